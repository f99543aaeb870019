//! The check of `week03/expectation`: expected counts against PyTorch's gradient of a log-sum, itself compared with
//! SentencePiece's list of all segmentations (`tests/reference/week03_expectation.py`).

use std::collections::BTreeMap;

use candle_core::{Device, Result};
use serde::Deserialize;
use sol03_tokenizer::expectation::expected_counts;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

type Counts = BTreeMap<String, f64>;

/// The function under test: `expected_counts(text, scores)`.
pub type Subject = fn(&str, &Counts) -> (Counts, f64);

/// Grades a crate's `expected_counts`.
#[macro_export]
macro_rules! week03_expectation {
    ($($subject:tt)+) => {
        $crate::week03::expectation::check()
            .grade(&{ $($subject)+::expectation::expected_counts as $crate::week03::expectation::Subject })
    };
}

/// Texts, and the scores of the tokens.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    texts: Vec<String>,
    scores: Counts,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        note(input.texts.iter().map(|text| subject(text, &input.scores)).collect(), values)
    };
    Check::new("week03/expectation", expected_counts as Subject, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "best segmentation alone",
            "The best segmentation alone decides your result. How probable are the others, taken together?",
            "The counts are a mean over all segmentations: add probabilities where Viterbi takes the largest.",
        )
        .way("a maximum in the place of the sum")
        .mistake(
            "every segmentation alike",
            "You give every segmentation the same weight. Is a segmentation of two frequent tokens as probable as one of five rare ones?",
            "Weigh each by its probability: the scores belong into `forward`, `backward` and the token itself.",
        )
        .mistake(
            "probabilities, not logarithms",
            "Short texts are right, and a long one is impossible to you. How small can an `f64` be?",
            "A product of hundreds of probabilities is rounded to 0: keep logarithms, and add them by log-sum-exp.",
        )
        .mistake(
            "forward alone",
            "You take the ways to a token into account, and not the ways on from it. Must the text not be cut to its end?",
            "Multiply (add, in logarithms) the sum over all ways from the token's end to the end of the text: `backward[end]`.",
        )
        .mistake(
            "backward from the start",
            "Your counts use the ways on from the start of a token. Which part of the text does the token itself cover?",
            "The token leads from `start` to `end`: ways to `start`, the token, ways on from `end`.",
        )
        .mistake(
            "not divided by the total",
            "Your counts are too small for a text that has one segmentation alone. How often is its token expected there?",
            "Divide by the probability of the text: subtract the log of the sum over all segmentations before you take `exp`.",
        )
        .mistake(
            "one place for each token",
            "A token that stands at several places of a text counts once with you. What happens to its first count?",
            "Add what you find at each place: `*counts.entry(token).or_default() += ..`.",
        )
        .mistake(
            "tokens without a count listed",
            "You list tokens that stand in no segmentation of the text. What is left out?",
            "Leave out what has no way through it: enter a token only where its probability is above 0.",
        )
        .mistake(
            "NaN where there is no way",
            "For a text without a segmentation you give counts. What is minus infinity less minus infinity?",
            "Where the total is minus infinity, there are no counts: give an empty map.",
        )
        .mistake(
            "probability for its logarithm",
            "Your counts are right, and the second value is no logarithm. What is asked for?",
            "Give back the log-probability: minus infinity where there is no segmentation, 0 for an empty text.",
        )
        .right("scaled at every place", |text, scores| {
            // Probabilities, with the logarithm of a common factor kept apart for each place.
            let ends: Vec<usize> = text.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
            let starts: Vec<usize> = [0].into_iter().chain(ends).collect();
            let n = starts.len() - 1;
            let p = |i: usize, j: usize| scores.get(&text[starts[i]..starts[j]]).map_or(0.0, |score| score.exp());
            let pass = |to: &dyn Fn(usize, usize) -> f64| -> Vec<(f64, f64)> {
                let mut ways: Vec<(f64, f64)> = vec![(1.0, 0.0)];
                for j in 1..=n {
                    let from: Vec<usize> = (0..j).filter(|i| ways[*i].0 * to(*i, j) > 0.0).collect();
                    let top = from.iter().map(|i| ways[*i].1).fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = from.iter().map(|i| (ways[*i].1 - top).exp() * to(*i, j)).sum();
                    ways.push(if sum > 0.0 { (1.0, top + sum.ln()) } else { (0.0, 0.0) });
                }
                ways
            };
            let forward = pass(&|i, j| p(i, j));
            let mut backward = pass(&|i, j| p(n - j, n - i));
            backward.reverse();
            let mut counts = Counts::new();
            let (possible, total) = forward[n];
            for i in 0..n {
                for j in i + 1..=n {
                    let share = forward[i].0 * p(i, j) * backward[j].0;
                    if possible > 0.0 && share > 0.0 {
                        let share = share * (forward[i].1 + backward[j].1 - total).exp();
                        *counts.entry(text[starts[i]..starts[j]].to_owned()).or_default() += share;
                    }
                }
            }
            (counts, if possible > 0.0 { total } else { f64::NEG_INFINITY })
        })
        .right("the difference that a score makes", |text, scores| {
            // The count of a token is the derivative of the log-probability, carried along in forward mode.
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut ways: Vec<(f64, Counts)> = vec![(0.0, Counts::new())];
            for end in 1..places.len() {
                let arcs: Vec<(usize, &str, f64)> = (0..end)
                    .filter_map(|start| {
                        let token = &text[places[start]..places[end]];
                        let log = ways[start].0 + scores.get(token)?;
                        (log > f64::NEG_INFINITY).then_some((start, token, log))
                    })
                    .collect();
                let top = arcs.iter().map(|arc| arc.2).fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = arcs.iter().map(|arc| (arc.2 - top).exp()).sum();
                let mut counts = Counts::new();
                for (start, token, log) in &arcs {
                    let share = (log - top).exp() / sum;
                    for (known, count) in &ways[*start].1 {
                        *counts.entry(known.clone()).or_default() += share * count;
                    }
                    *counts.entry((*token).to_owned()).or_default() += share;
                }
                ways.push(if arcs.is_empty() { (f64::NEG_INFINITY, counts) } else { (top + sum.ln(), counts) });
            }
            ways.pop().map_or((Counts::new(), 0.0), |(log, counts)| (counts, log))
        })
}

/// Notes what was found in each text: which tokens, how often, and the log-probability.
fn note(found: Vec<(Counts, f64)>, values: &mut Values) -> Result<()> {
    values.texts("tokens", found.iter().map(|(counts, _)| counts.keys().cloned().collect::<Vec<_>>().join(" ")));
    values.numbers("log-probabilities", found.iter().map(|(_, log)| *log))?;
    values.numbers("counts", found.iter().flat_map(|(counts, _)| counts.values().copied()))
}

/// The cases of PyTorch.
fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Golden>,
    }
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        results: Vec<Found>,
        #[serde(flatten)]
        input: Input,
    }
    #[derive(Deserialize)]
    struct Found {
        log: Option<f64>,
        counts: Counts,
    }
    let file: File = fixtures::json("week03/expectation.json")?;
    file.cases
        .into_iter()
        .map(|case| {
            let mut values = Values::default();
            let found = case.results.into_iter().map(|found| (found.counts, found.log.unwrap_or(f64::NEG_INFINITY)));
            note(found.collect(), &mut values)?;
            Ok(Case { name: case.name, input: case.input, golden: Some(values) })
        })
        .collect()
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(37);
    let mut below = |high: usize| -> Result<usize> {
        let x = rng.uniform(0.0, high as f32, 1, &Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as usize).min(high - 1))
    };
    let syllables = ["학", "교", "에", "서"];
    let mut cases = vec![];
    for (tokens, longest) in [(5, 6), (10, 9), (20, 180)] {
        let mut scores: Counts = syllables.iter().map(|token| ((*token).to_owned(), -14.0)).collect();
        for _ in 0..tokens {
            let length = 2 + below(2)?;
            let token = (0..length).map(|_| Ok(syllables[below(4)?])).collect::<Result<String>>()?;
            scores.insert(token, -9.0 - below(40)? as f64 / 8.0);
        }
        let mut texts = vec![];
        for _ in 0..3 {
            let length = longest - below(longest / 3)?;
            texts.push((0..length).map(|_| Ok(syllables[below(4)?])).collect::<Result<String>>()?);
        }
        let name = format!("{tokens} tokens, texts of up to {longest} syllables, drawn");
        cases.push(Case { name, input: Input { texts, scores }, golden: None });
    }
    Ok(cases)
}

/// Counts with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    note(input.texts.iter().map(|text| flawed_text(has, text, &input.scores)).collect(), values)
}

fn flawed_text(has: &dyn Fn(&str) -> bool, text: &str, scores: &Counts) -> (Counts, f64) {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let last = places.len() - 1;
    let underflow = |log: f64| if has("probabilities, not logarithms") { log.exp().ln() } else { log };
    let add = |a: f64, b: f64| {
        let (small, large) = if a < b { (a, b) } else { (b, a) };
        if small == f64::NEG_INFINITY || has("best segmentation alone") || has("a maximum in the place of the sum") {
            large
        } else {
            large + (small - large).exp().ln_1p()
        }
    };
    let alike = has("every segmentation alike");
    let score = |start: usize, end: usize| {
        scores.get(&text[places[start]..places[end]]).map(|score| if alike { 0.0 } else { *score })
    };
    let mut forward = vec![f64::NEG_INFINITY; last + 1];
    let mut backward = forward.clone();
    (forward[0], backward[last]) = (0.0, 0.0);
    for end in 1..=last {
        for start in 0..end {
            if let Some(score) = score(start, end) {
                forward[end] = underflow(add(forward[end], forward[start] + score));
            }
        }
    }
    for start in (0..last).rev() {
        for end in start + 1..=last {
            if let Some(score) = score(start, end) {
                backward[start] = underflow(add(backward[start], backward[end] + score));
            }
        }
    }
    let total = forward[last];
    let divisor = if has("not divided by the total") { 0.0 } else { total };
    let mut counts = Counts::new();
    let is_possible = total > f64::NEG_INFINITY || has("NaN where there is no way");
    for start in 0..last {
        for end in start + 1..=last {
            let Some(score) = score(start, end).filter(|_| is_possible || has("tokens without a count listed")) else {
                continue;
            };
            let token = text[places[start]..places[end]].to_owned();
            let onwards = match () {
                () if has("forward alone") => 0.0,
                () if has("backward from the start") => backward[start],
                () => backward[end],
            };
            let through = forward[start] + score + backward[end];
            let log = forward[start] + score + onwards - divisor;
            let mut count =
                if has("NaN where there is no way") && total == f64::NEG_INFINITY { f64::NAN } else { log.exp() };
            if has("best segmentation alone") {
                count = if through > total - 1e-9 * total.abs().max(1.0) { 1.0 } else { 0.0 };
            }
            let is_listed =
                has("tokens without a count listed") || count.is_nan() || (through > f64::NEG_INFINITY && count > 0.0);
            if !is_listed {
                continue;
            }
            let count = if through > f64::NEG_INFINITY || count.is_nan() { count } else { 0.0 };
            let known = counts.entry(token).or_default();
            *known = if has("one place for each token") { count } else { *known + count };
        }
    }
    (counts, if has("probability for its logarithm") { total.exp() } else { total })
}
