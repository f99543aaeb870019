//! Random tensors from a seed.
//!
//! candle's CPU device cannot be seeded, so every random number of the course comes from here: a ChaCha8 stream, the
//! same on every platform and with every number of threads.

use candle_core::{Device, Result, Shape, Tensor};
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

    /// An `f32` tensor of independent numbers, each equally likely in `low..high`.
    ///
    /// # Errors
    /// When the device cannot hold it.
    pub fn uniform(&mut self, low: f32, high: f32, shape: impl Into<Shape>, device: &Device) -> Result<Tensor> {
        let shape = shape.into();
        let numbers: Vec<f32> = (0..shape.elem_count()).map(|_| low + (high - low) * self.0.random::<f32>()).collect();
        Tensor::from_vec(numbers, shape, device)
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
}
