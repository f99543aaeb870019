//! The check of `week03/merge`: what a model of Hugging Face with one merge makes of symbols
//! (`tests/reference/week03_bpe.py`).

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::merge as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test: `merge_pair(symbols, pair, merged)`.
pub type Subject = fn(&[u32], (u32, u32), u32) -> Vec<u32>;

/// Grades a crate's `merge`.
#[macro_export]
macro_rules! week03_merge {
    ($($subject:tt)+) => {{
        let subject: $crate::week03::merge::Subject = $($subject)+::merge::merge_pair;
        $crate::week03::merge::check().grade(&subject)
    }};
}

/// Symbols, a pair, and what it becomes.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    symbols: Vec<u32>,
    pair: (u32, u32),
    merged: u32,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        note(&subject(&input.symbols, input.pair, input.merged), values);
        Ok(())
    };
    let truth: Subject = ours::merge_pair;
    Check::new("week03/merge", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "second symbol stays",
            "After a merge, the second symbol of the pair still stands there. How many symbols does a merge take in?",
            "A merge takes in two symbols: move on by two after it, and by one otherwise.",
        )
        .mistake(
            "last symbol lost",
            "The last symbol vanishes where it does not merge. Does your loop come to it?",
            "Let the loop reach the last symbol, which has no right neighbour, and push it as it is.",
        )
        .mistake(
            "first occurrence only",
            "Only the first occurrence of the pair is merged. What happens to those after it?",
            "Go on after a merge until the end of the symbols.",
        )
        .mistake(
            "from the right",
            "In a run of one symbol you merge from the right. Where does the search begin?",
            "Search from the left: of three equal symbols, the first two merge.",
        )
        .mistake(
            "either order",
            "You also merge the two symbols where they stand the other way round. Which comes first in the pair?",
            "Compare the left symbol with `pair.0` and the right one with `pair.1`, nothing else.",
        )
        .mistake(
            "every second place",
            "A pair is found at some places and missed at others. At which places do you look?",
            "`chunks(2)` sees every second place. Move on by one symbol where nothing merges, and by two where something does.",
        )
        .mistake(
            "first symbol alone",
            "You merge the first symbol of the pair whatever follows it. Which symbols must stand there?",
            "Compare both: the symbol with `pair.0`, and the one after it, if there is one, with `pair.1`.",
        )
        .right("in the list itself, from the left", |symbols, pair, merged| {
            let mut symbols = symbols.to_vec();
            let mut i = 0;
            while i + 1 < symbols.len() {
                if (symbols[i], symbols[i + 1]) == pair {
                    symbols.splice(i..i + 2, [merged]);
                }
                i += 1;
            }
            symbols
        })
        .right("by a pattern of slices", |mut symbols, pair, merged| {
            let mut result = vec![];
            while let [first, rest @ ..] = symbols {
                match rest {
                    [second, rest @ ..] if (*first, *second) == pair => {
                        result.push(merged);
                        symbols = rest;
                    }
                    _ => {
                        result.push(*first);
                        symbols = rest;
                    }
                }
            }
            result
        })
}

fn note(symbols: &[u32], values: &mut Values) {
    values.text("symbols", format!("{symbols:?}"));
}

fn name(input: &Input) -> String {
    format!("merge_pair(&{:?}, {:?}, {})", input.symbols, input.pair, input.merged)
}

/// What a model with one merge gives.
fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        #[serde(flatten)]
        input: Input,
        result: Vec<u32>,
    }
    let golden: Golden = fixtures::json("week03/merge.json")?;
    let case = |one: One| {
        let mut values = Values::default();
        note(&one.result, &mut values);
        Case { name: name(&one.input), input: one.input, golden: Some(values) }
    };
    Ok(golden.cases.into_iter().map(case).collect())
}

/// Symbols drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(33);
    let mut below = |high: u32| -> Result<u32> {
        let x = rng.uniform(0.0, high as f32, 1, &candle_core::Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as u32).min(high - 1)) // rounding may reach the upper end
    };
    let mut cases = vec![];
    for _ in 0..6 {
        let length = 6 + below(8)?;
        let symbols: Vec<u32> = (0..length).map(|_| below(3)).collect::<Result<_>>()?;
        let input = Input { symbols, pair: (below(3)?, below(3)?), merged: 300 };
        cases.push(Case { name: "drawn symbols".to_owned(), input, golden: None });
    }
    Ok(cases)
}

/// A merge with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let mut symbols = input.symbols.clone();
    let mut pair = input.pair;
    let is_backwards = has("from the right");
    if is_backwards {
        symbols.reverse();
        pair = (pair.1, pair.0);
    }
    let mut result = vec![];
    let mut i = 0;
    let mut merges = 0;
    while i < symbols.len() {
        let next = symbols.get(i + 1).copied();
        let fits = |(first, second): (u32, u32)| {
            if has("first symbol alone") {
                return if is_backwards { next == Some(second) } else { symbols[i] == first && next.is_some() };
            }
            symbols[i] == first && next == Some(second)
        };
        let does_fit = fits(pair) || has("either order") && fits((pair.1, pair.0));
        let may = !(has("first occurrence only") && merges > 0);
        if does_fit && may {
            result.push(input.merged);
            merges += 1;
            i += if has("second symbol stays") { 1 } else { 2 };
            continue;
        }
        if !(has("last symbol lost") && next.is_none()) {
            result.push(symbols[i]);
        }
        if has("every second place") {
            result.extend(next);
            i += 1;
        }
        i += 1;
    }
    if is_backwards {
        result.reverse();
    }
    note(&result, values);
    Ok(())
}
