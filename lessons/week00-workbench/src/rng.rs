//! Random tensors from a seed.
//!
//! candle's CPU device cannot be seeded, so every random number of the course comes from here: a ChaCha8 stream, the
//! same on every platform and with every number of threads.

use candle_core::{Device, Result, Shape, Tensor, bail};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// A stream of random numbers. Two streams with one seed give the same numbers.
#[derive(Debug, Clone)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// A stream that depends on `seed` alone.
    pub fn seed(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// An `f32` tensor of independent numbers from the standard normal distribution (mean 0, variance 1).
    ///
    /// # Errors
    /// When the device cannot hold it.
    pub fn normal(&mut self, shape: impl Into<Shape>, device: &Device) -> Result<Tensor> {
        let shape = shape.into();
        let numbers: Vec<f32> = (0..shape.elem_count()).map(|_| self.0.sample(StandardNormal)).collect();
        Tensor::from_vec(numbers, shape, device)
    }

    /// An `f32` tensor of independent numbers, each equally likely from `low` to `high`, which rounding may give itself.
    ///
    /// # Errors
    /// When `low` is above `high`, they are not a finite distance apart, or the device cannot hold it.
    pub fn uniform(&mut self, low: f32, high: f32, shape: impl Into<Shape>, device: &Device) -> Result<Tensor> {
        if low > high || !(high - low).is_finite() {
            bail!("no number can be drawn from {low} to {high}: give the smaller one first, and finite ones");
        }
        let shape = shape.into();
        let numbers: Vec<f32> = (0..shape.elem_count()).map(|_| low + (high - low) * self.0.random::<f32>()).collect();
        Tensor::from_vec(numbers, shape, device)
    }

    /// Initial weights of a linear layer, uniform in $\pm\sqrt{6 / (in + out)}$: the variance of what goes through it stays
    /// about the same in both directions.
    ///
    /// Glorot & Bengio (2010), §4.2.1, equation 16.
    ///
    /// # Shapes
    /// → `(out, in)`
    ///
    /// # Errors
    /// When the device cannot hold it.
    pub fn xavier(&mut self, outputs: usize, inputs: usize, device: &Device) -> Result<Tensor> {
        let bound = (6.0 / (inputs + outputs).max(1) as f32).sqrt();
        self.uniform(-bound, bound, (outputs, inputs), device)
    }

    /// What dropout multiplies by while training: 0 with probability `p`, else $1 / (1 - p)$, so that the mean stays.
    ///
    /// Srivastava et al. (2014), §4, scaled while training ("inverted").
    ///
    /// # Errors
    /// When `p` is not in `0..1`, or the device cannot hold it.
    pub fn dropout(&mut self, p: f32, shape: impl Into<Shape>, device: &Device) -> Result<Tensor> {
        if !(0.0..1.0).contains(&p) {
            bail!("a dropout of {p} is not a probability from 0 to below 1");
        }
        let shape = shape.into();
        let kept = 1.0 / (1.0 - p);
        let numbers: Vec<f32> =
            (0..shape.elem_count()).map(|_| if self.0.random::<f32>() < p { 0.0 } else { kept }).collect();
        Tensor::from_vec(numbers, shape, device)
    }

    /// Draws a place, each as likely as its weight says. The weights need not sum to 1.
    ///
    /// # Errors
    /// When a weight is negative or not finite, or none is positive.
    pub fn sample(&mut self, weights: &[f32]) -> Result<usize> {
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) || total <= 0.0 {
            bail!("nothing can be drawn from these weights: they are finite, not negative, and not all zero");
        }
        let mut left = self.0.random::<f64>() * total;
        for (place, weight) in weights.iter().enumerate() {
            left -= f64::from(*weight);
            if left < 0.0 {
                return Ok(place);
            }
        }
        // Rounding may leave a rest: it belongs to the last that can be drawn.
        Ok(weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_moments_are_right() -> Result<()> {
        let draw = |seed| Rng::seed(seed).normal(10_000, &Device::Cpu)?.to_vec1::<f32>();
        assert_eq!(draw(1)?, draw(1)?);
        assert_ne!(draw(1)?, draw(2)?);
        let numbers = draw(1)?;
        let mean = numbers.iter().sum::<f32>() / 10_000.0;
        let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 10_000.0;
        // Standard errors: 0.01 for the mean, 0.014 for the variance; four of them.
        assert!(mean.abs() < 0.04 && (variance - 1.0).abs() < 0.06, "mean {mean}, variance {variance}");
        Ok(())
    }

    #[test]
    fn weights_and_dropout_keep_the_size_of_what_goes_through() -> Result<()> {
        let mut rng = Rng::seed(3);
        let x = rng.normal((500, 300), &Device::Cpu)?;
        let y = x.matmul(&rng.xavier(300, 300, &Device::Cpu)?.t()?)?;
        let size = y.sqr()?.mean_all()?.to_scalar::<f32>()?;
        assert!((size - 1.0).abs() < 0.05, "variance {size}");
        let mask = rng.dropout(0.25, 40_000, &Device::Cpu)?.to_vec1::<f32>()?;
        let dropped = mask.iter().filter(|m| **m == 0.0).count();
        // The standard error of the count is 87; five of them.
        assert!(dropped.abs_diff(10_000) < 435, "{dropped}");
        assert!(mask.iter().all(|m| *m == 0.0 || (m - 4.0 / 3.0).abs() < 1e-6));
        assert!(rng.dropout(1.0, 1, &Device::Cpu).is_err() && rng.dropout(f32::NAN, 1, &Device::Cpu).is_err());
        Ok(())
    }

    #[test]
    fn numbers_lie_between_their_bounds_and_the_bounds_in_order() -> Result<()> {
        let mut rng = Rng::seed(4);
        // Here the spacing of f32 is 2: rounding gives both bounds.
        let (low, high) = (16_777_216.0, 16_777_218.0);
        let drawn = rng.uniform(low, high, 100, &Device::Cpu)?.to_vec1::<f32>()?;
        assert!(drawn.iter().all(|x| (low..=high).contains(x)) && drawn.contains(&high), "{drawn:?}");
        for (low, high) in [(1.0, -1.0), (0.0, f32::NAN), (f32::MIN, f32::MAX), (0.0, f32::INFINITY)] {
            assert!(rng.uniform(low, high, 1, &Device::Cpu).is_err(), "{low} to {high}");
        }
        Ok(())
    }

    #[test]
    fn samples_follow_their_weights() -> Result<()> {
        let mut rng = Rng::seed(5);
        let mut counts = [0_usize; 4];
        for _ in 0..40_000 {
            counts[rng.sample(&[1.0, 0.0, 2.0, 1.0])?] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!(counts[0].abs_diff(10_000) < 435 && counts[2].abs_diff(20_000) < 500, "{counts:?}");
        for wrong in [&[][..], &[0.0], &[1.0, f32::NAN], &[2.0, -1.0]] {
            assert!(rng.sample(wrong).is_err(), "{wrong:?}");
        }
        Ok(())
    }
}
