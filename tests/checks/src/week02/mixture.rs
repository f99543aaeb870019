//! The check of `week02/mixture`: shares by SciPy (`tests/reference/week02_mixture.py`).

use candle_core::{Device, Result};
use serde::Deserialize;
use sol02_data::mixture as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub struct Subject {
    /// `mixture(sizes, alpha)`
    pub mixture: fn(&[u64], f64) -> Vec<f64>,
}

/// Grades a crate's `mixture`.
#[macro_export]
macro_rules! week02_mixture {
    ($($subject:tt)+) => {
        $crate::week02::mixture::check().grade(&$crate::week02::mixture::Subject {
            mixture: $($subject)+::mixture::mixture,
        })
    };
}

/// Sizes and the power.
#[derive(Debug, Clone)]
pub struct Input {
    sizes: Vec<u64>,
    alpha: f64,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        values.numbers("shares", (subject.mixture)(&input.sizes, input.alpha))
    };
    Check::new("week02/mixture", Subject { mixture: ours::mixture }, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "no power",
            "Your shares do not change with alpha. What are they in proportion to?",
            "Take each size to the power alpha before you divide by the sum.",
        )
        .mistake(
            "times alpha",
            "Your shares are those by size, whatever alpha is. What does a factor do to a quotient of two sizes?",
            "alpha is a power, not a factor: a factor cancels in the division. Use `powf`.",
        )
        .mistake(
            "not divided",
            "Your shares do not sum to 1. Which part of the formula makes them?",
            "Divide each power by the sum of all powers.",
        )
        .mistake(
            "divided by the sum of the sizes",
            "Your shares sum to 1 only where alpha is 1. Which numbers do you add up for the division?",
            "Divide by the sum of the powers, not by the sum of the sizes.",
        )
        .mistake(
            "power of the shares",
            "Your shares sum to more than 1 where alpha is below 1. Does a power keep the sum?",
            "After the power the numbers do not sum to 1 any more: divide by their own sum, at the end.",
        )
        .mistake(
            "temperature",
            "Your shares move the wrong way: a small alpha gives the large sources even more. What is 1 over alpha here?",
            "You took a root, the power 1 / alpha, as with a temperature. Here alpha itself is the power.",
        )
        .mistake(
            "alpha from one",
            "Your shares are right at alpha 0.5 and lie on the wrong side elsewhere. Which alpha draws by size?",
            "The power is alpha, not 1 - alpha: at 1 the shares are those by size, at 0 all are alike.",
        )
        .mistake(
            "softmax",
            "Your large sources take nearly everything. Is it a power of the size, or e to the power of it?",
            "Use `size.powf(alpha)`. An exponential belongs to the softmax of Week 4.",
        )
        .mistake(
            "a share for an empty source",
            "You draw from a source that has no text. What is 0 to the power 0?",
            "0 to the power 0 is 1: give a source of size 0 the share 0 before you take powers.",
        )
        .mistake(
            "NaN without text",
            "Where no source has text you divide by 0. What should the shares be there?",
            "Where the sum of the powers is 0, return 0 for every source.",
        )
        .right("through logarithms", Subject { mixture: by_logarithms })
        .right("from the shares by size, divided once more", Subject { mixture: from_shares })
}

fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        sizes: Vec<u64>,
        alpha: f64,
        shares: Vec<f64>,
    }
    let case = |golden: Golden| {
        let mut values = Values::default();
        values.numbers("shares", golden.shares)?;
        Ok(Case { name: golden.name, input: Input { sizes: golden.sizes, alpha: golden.alpha }, golden: Some(values) })
    };
    fixtures::json::<Vec<Golden>>("week02/mixture.json")?.into_iter().map(case).collect()
}

fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(61);
    let mut cases = vec![
        Case { name: "no source".into(), input: Input { sizes: vec![], alpha: 0.5 }, golden: None },
        Case { name: "two sources without text".into(), input: Input { sizes: vec![0, 0], alpha: 0.5 }, golden: None },
        Case { name: "no text, all alike".into(), input: Input { sizes: vec![0, 0, 0], alpha: 0.0 }, golden: None },
        Case {
            name: "two empty, all alike".into(),
            input: Input { sizes: vec![0, 5, 0, 9], alpha: 0.0 },
            golden: None,
        },
    ];
    for alpha in [0.2, 0.6] {
        let sizes = rng.uniform(1.0, 1e6, 5, &Device::Cpu)?.to_vec1::<f32>()?;
        let sizes = sizes.into_iter().map(|size| size as u64).collect();
        cases.push(Case {
            name: format!("five drawn sizes, alpha {alpha}"),
            input: Input { sizes, alpha },
            golden: None,
        });
    }
    Ok(cases)
}

/// The shares with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let sizes: Vec<f64> = input.sizes.iter().map(|size| *size as f64).collect();
    let by_size: f64 = sizes.iter().sum();
    let alpha = if has("temperature") {
        1.0 / input.alpha
    } else if has("alpha from one") {
        1.0 - input.alpha
    } else {
        input.alpha
    };
    let powers: Vec<f64> = sizes
        .iter()
        .map(|size| {
            if *size == 0.0 && !has("a share for an empty source") {
                0.0
            } else if has("no power") {
                *size
            } else if has("times alpha") {
                size * alpha
            } else if has("softmax") {
                // Of sizes in relation to their sum, so that it is finite.
                (alpha * size / by_size.max(1.0) * 20.0).exp()
            } else if has("power of the shares") {
                (size / by_size).powf(alpha)
            } else {
                size.powf(alpha)
            }
        })
        .collect();
    let total: f64 = if has("not divided") || has("power of the shares") {
        1.0
    } else if has("divided by the sum of the sizes") {
        by_size
    } else {
        powers.iter().sum()
    };
    let share = |power: &f64| if total > 0.0 || has("NaN without text") { power / total } else { 0.0 };
    values.numbers("shares", powers.iter().map(share))
}

/// Right, in an odd way: the powers as exponentials of logarithms, less the largest.
fn by_logarithms(sizes: &[u64], alpha: f64) -> Vec<f64> {
    let logs: Vec<f64> = sizes.iter().map(|size| (*size as f64).ln()).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let terms: Vec<f64> =
        logs.iter().map(|log| if log.is_finite() { ((log - largest) * alpha).exp() } else { 0.0 }).collect();
    let total: f64 = terms.iter().sum();
    terms.iter().map(|term| if total == 0.0 { 0.0 } else { term / total }).collect()
}

/// Right as well: a power of the shares by size, and then their own sum.
fn from_shares(sizes: &[u64], alpha: f64) -> Vec<f64> {
    let all: u64 = sizes.iter().sum();
    let mut shares: Vec<f64> = vec![];
    for size in sizes {
        shares.push(if *size > 0 { (*size as f64 / all as f64).powf(alpha) } else { 0.0 });
    }
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        shares.iter_mut().for_each(|share| *share /= total);
    }
    shares
}
