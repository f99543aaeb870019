//! Where two tensors differ, and how far.

use std::fmt;

use candle_core::{DType, Result, Tensor};

/// How far apart two numbers may be and still agree: `|a - b| <= absolute + relative * |b|`, with `b` the expected one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Allowed as a share of the expected value.
    pub relative: f64,
    /// Allowed besides, for values near zero.
    pub absolute: f64,
}

impl Tolerance {
    /// For one layer in `f32`, with sums of a few hundred terms: 1e-5 relative, 1e-6 absolute. An `f32` carries about 7
    /// digits; the sums of two libraries run in different orders and lose the last.
    pub const F32: Self = Self { relative: 1e-5, absolute: 1e-6 };

    /// Whether `got` agrees with `expected`. `NaN` agrees with `NaN` alone, an infinity with itself.
    pub fn agrees(&self, got: f64, expected: f64) -> bool {
        if got.is_nan() || expected.is_nan() {
            return got.is_nan() && expected.is_nan();
        }
        got == expected || (got - expected).abs() <= self.absolute + self.relative * expected.abs()
    }
}

/// The first thing that sets two tensors apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// The shapes differ.
    Shape {
        /// The shape that came.
        got: Vec<usize>,
        /// The shape that was expected.
        expected: Vec<usize>,
    },
    /// The values differ.
    Value {
        /// Where the largest difference is, an index a dimension.
        at: Vec<usize>,
        /// The value there.
        got: f64,
        /// The value that was expected there.
        expected: f64,
        /// How many values differ.
        count: usize,
        /// How many there are.
        total: usize,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape { got, expected } => write!(f, "the shape is {got:?}, not {expected:?}"),
            Self::Value { at, got, expected, count, total } => {
                write!(f, "{count} of {total} values differ, most at {at:?}: {got:?}, not {expected:?}")
            }
        }
    }
}

/// The difference between two tensors, or `None` where they agree.
///
/// # Errors
/// When a tensor cannot be read as numbers.
pub fn compare(got: &Tensor, expected: &Tensor, tolerance: Tolerance) -> Result<Option<Difference>> {
    if got.dims() != expected.dims() {
        return Ok(Some(Difference::Shape { got: got.dims().to_vec(), expected: expected.dims().to_vec() }));
    }
    let numbers = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
    let (got_numbers, expected_numbers) = (numbers(got)?, numbers(expected)?);
    let mut worst: Option<(f64, usize)> = None;
    let mut count = 0;
    for (i, (g, e)) in got_numbers.iter().zip(&expected_numbers).enumerate() {
        if tolerance.agrees(*g, *e) {
            continue;
        }
        count += 1;
        let gap = (g - e).abs();
        let gap = if gap.is_nan() { f64::INFINITY } else { gap };
        if worst.is_none_or(|(largest, _)| gap > largest) {
            worst = Some((gap, i));
        }
    }
    Ok(worst.map(|(_, i)| Difference::Value {
        at: unravel(i, got.dims()),
        got: got_numbers[i],
        expected: expected_numbers[i],
        count,
        total: got_numbers.len(),
    }))
}

/// A flat index as one index a dimension.
fn unravel(mut flat: usize, dims: &[usize]) -> Vec<usize> {
    let mut at: Vec<usize> = dims
        .iter()
        .rev()
        .map(|dim| {
            let index = flat % dim;
            flat /= dim;
            index
        })
        .collect();
    at.reverse();
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_largest_difference_is_found() -> Result<()> {
        let a = Tensor::new(&[[1.0_f32, 2.0], [3.0, f32::NAN]], &Device::Cpu)?;
        let b = Tensor::new(&[[1.0_f32, 2.5], [4.0, f32::NAN]], &Device::Cpu)?;
        let difference = compare(&a, &b, Tolerance::F32)?.expect("they differ");
        assert_eq!(difference.to_string(), "2 of 4 values differ, most at [1, 0]: 3.0, not 4.0");
        assert_eq!(compare(&a, &a, Tolerance::F32)?, None);
        let short = compare(&a, &b.get(0)?, Tolerance::F32)?.expect("the shapes differ");
        assert_eq!(short.to_string(), "the shape is [2, 2], not [2]");
        Ok(())
    }
}
