//! The check of `week04/softmax`: weights against PyTorch's `torch.softmax` (`tests/reference/week04_softmax.py`).

use candle_core::{Device, Result, Tensor};
use sol04_attention::softmax as ours;
use week00_workbench::fixtures::Golden;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub struct Subject {
    /// `softmax(scores)`
    pub softmax: fn(&[f32]) -> Vec<f32>,
}

/// Grades a crate's `softmax`.
#[macro_export]
macro_rules! week04_softmax {
    ($($subject:tt)+) => {
        $crate::week04::softmax::check()
            .grade(&$crate::week04::softmax::Subject { softmax: $($subject)+::softmax::softmax })
    };
}

/// The scores.
pub type Input = Vec<f32>;

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, scores: &Input, values: &mut Values| push(values, (subject.softmax)(scores));
    Check::new("week04/softmax", Subject { softmax: ours::softmax }, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "no shift",
            "Your weights are lost for large scores, whether positive or negative. Which of your intermediate values leaves the range of f32?",
            "e^89 is infinite in f32, and e^-105 is 0: subtract the largest score from every score before exp.",
        )
        .mistake(
            "mean subtracted",
            "Your weights are lost when one score is far ahead of the others. How large can an exponent still be after your subtraction?",
            "After the mean is subtracted, an exponent can still be above 88: subtract the largest score, and none is above 0.",
        )
        .mistake(
            "smallest subtracted",
            "Your weights are lost when one score is far ahead of another. How large can an exponent still be after you have subtracted the smallest score?",
            "After the smallest score is subtracted, every other exponent is above 0: subtract the largest, and none is.",
        )
        .mistake(
            "first subtracted",
            "Your weights are lost when a score is far ahead of the first one. How large can an exponent still be after your subtraction?",
            "The first score may be far below the largest: subtract the largest score, and no exponent is above 0.",
        )
        .mistake(
            "large scores cut off",
            "Scores above a certain bound can no longer be told apart in your weights. What can you do to all scores alike, so that none is cut off?",
            "Cut no score off: subtract the largest score from every score, and no exponent is above 0.",
        )
        .mistake(
            "NaN replaced by 1",
            "Where the division gives NaN, you return 1, and your weights no longer sum to 1. Which of your intermediate values is the first that is infinite or 0?",
            "A NaN cannot be repaired afterwards: subtract the largest score from every score before exp, and none arises.",
        )
        .mistake(
            "NaN replaced by 0",
            "Where the division gives NaN, you return 0, and your weights no longer sum to 1. Which of your intermediate values is the first that is infinite or 0?",
            "A NaN cannot be repaired afterwards: subtract the largest score from every score before exp, and none arises.",
        )
        .mistake(
            "largest starts at 0",
            "Your weights are lost when all scores are far below 0. What does your search for the largest score start with?",
            "A search that starts with 0 never finds a negative largest score: start with f32::NEG_INFINITY.",
        )
        .mistake(
            "shift above only",
            "Your weights sum to 1 only while the largest score is 0. Do both sides of your division see the same exponents?",
            "You subtract the largest score above the line and not in the sum below it: sum the same exponentials that you divide.",
        )
        .mistake(
            "shift below only",
            "Your weights grow with the largest score, as if the sum below the line knew it and the term above did not. Do both see the same exponents?",
            "You subtract the largest score in the sum below the line and not above it: divide the same exponentials that you sum.",
        )
        .mistake(
            "shift put back",
            "Your weights are all too large or too small by the largest score. Does the weight change when every score grows by the same amount?",
            "The subtraction cancels in the division, so there is nothing to add back: the quotient is the weight.",
        )
        .mistake(
            "not divided",
            "Your weights grow with the scores, beyond every bound. Which part of the formula makes them sum to 1?",
            "Divide each exponential by the sum of all of them.",
        )
        .mistake(
            "divided by the largest",
            "Your largest weight is always 1. What do your weights sum to?",
            "Divide each exponential by the sum of all of them, not by the largest.",
        )
        .mistake(
            "divided by the count",
            "Your weights sum to 1 only when all scores are equal. What should the division make the sum of all weights?",
            "Divide by the sum of the exponentials, not by how many there are.",
        )
        .mistake(
            "divided by the sum of the scores",
            "Your weights change their sign with the scores. Which numbers must add up to 1 after the division?",
            "Divide by the sum of the exponentials, not by the sum of the scores.",
        )
        .mistake(
            "no exponential",
            "A score of 0 gets the weight 0 from you, and a negative one a negative weight. What makes every number positive?",
            "Take e to the power of each score first, and divide those by their sum.",
        )
        .mistake(
            "2 instead of e",
            "Your weights are flatter than they should be. By which factor does a weight grow when its score grows by 1?",
            "The base is e, 2.718, not 2: use exp, not exp2.",
        )
        .mistake(
            "logarithm of the weights",
            "Your weights are zero or negative. What would e to their power be?",
            "You return the logarithm of the weights (log-softmax): return the weights themselves.",
        )
        .right("through the logarithm of the sum, in f64", Subject { softmax: by_log_sum_exp })
        .right("one pass that corrects its sum when a larger score comes", Subject { softmax: streaming })
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden = Golden::load("week04/softmax.safetensors")?;
    golden
        .names()
        .into_iter()
        .map(|name| {
            let input = golden.get(&name, "scores")?.to_vec1()?;
            let mut values = Values::default();
            values.push("weights", golden.get(&name, "weights")?);
            Ok(Case { name, input, golden: Some(values) })
        })
        .collect()
}

/// Cases that the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(41);
    let mut uniform = |low: f32, high: f32, n: usize| rng.uniform(low, high, n, &Device::Cpu)?.to_vec1();
    Ok(vec![
        Case { name: "no scores".into(), input: vec![], golden: None },
        Case { name: "nine drawn scores".into(), input: uniform(-5.0, 5.0, 9)?, golden: None },
        Case { name: "nine drawn scores around 500".into(), input: uniform(495.0, 505.0, 9)?, golden: None },
        Case { name: "nine drawn scores around -500".into(), input: uniform(-505.0, -495.0, 9)?, golden: None },
    ])
}

fn push(values: &mut Values, weights: Vec<f32>) -> Result<()> {
    values.push("weights", Tensor::new(weights, &Device::Cpu)?);
    Ok(())
}

/// The softmax with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, scores: &Input, values: &mut Values) -> Result<()> {
    push(values, flawed_softmax(has, scores))
}

fn flawed_softmax(has: &dyn Fn(&str) -> bool, scores: &[f32]) -> Vec<f32> {
    let start = if has("largest starts at 0") { 0.0 } else { f32::NEG_INFINITY };
    let largest = scores.iter().copied().fold(start, f32::max);
    let repaired = ["NaN replaced by 1", "NaN replaced by 0"].into_iter().find(|name| has(name));
    let shift = if has("no shift") || has("not divided") || has("large scores cut off") || repaired.is_some() {
        0.0
    } else if has("smallest subtracted") {
        scores.iter().copied().fold(f32::INFINITY, f32::min)
    } else if has("first subtracted") {
        scores.first().copied().unwrap_or_default()
    } else if has("mean subtracted") {
        scores.iter().sum::<f32>() / scores.len() as f32
    } else {
        largest
    };
    let power = |x: f32| if has("2 instead of e") { x.exp2() } else { x.exp() };
    let exps = |shift: f32| -> Vec<f32> {
        let bound = if has("large scores cut off") { 88.0 } else { f32::INFINITY };
        let term = |score: &f32| if has("no exponential") { *score } else { power(score.min(bound) - shift) };
        scores.iter().map(term).collect()
    };
    let above = exps(if has("shift below only") && !has("shift above only") { 0.0 } else { shift });
    let below = exps(if has("shift above only") { 0.0 } else { shift });
    let divisor: f32 = if has("not divided") {
        1.0
    } else if has("divided by the largest") {
        above.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    } else if has("divided by the count") {
        scores.len() as f32
    } else if has("divided by the sum of the scores") {
        scores.iter().sum()
    } else {
        below.iter().sum()
    };
    above
        .into_iter()
        .map(|e| e / divisor)
        .map(|weight| match repaired {
            Some(name) if weight.is_nan() => f32::from(u8::from(name.ends_with('1'))),
            _ => weight,
        })
        .map(|weight| if has("shift put back") { weight + largest } else { weight })
        .map(|weight| if has("logarithm of the weights") { weight.ln() } else { weight })
        .collect()
}

/// Right, in an odd way: in f64, each weight as e to the score less the logarithm of the sum.
fn by_log_sum_exp(scores: &[f32]) -> Vec<f32> {
    let scores: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
    let Some(largest) = scores.iter().copied().reduce(f64::max) else { return vec![] };
    let log_sum = largest + scores.iter().map(|score| (score - largest).exp()).sum::<f64>().ln();
    scores.iter().map(|score| (score - log_sum).exp() as f32).collect()
}

/// Right as well: the sum so far belongs to the largest score so far, and shrinks when a larger one comes.
fn streaming(scores: &[f32]) -> Vec<f32> {
    let (mut largest, mut total) = (f32::MIN, 0.0_f32);
    for score in scores {
        if *score > largest {
            total *= (largest - score).exp();
            largest = *score;
        }
        total += (score - largest).exp();
    }
    scores.iter().map(|score| (score - largest).exp() / total).collect()
}
