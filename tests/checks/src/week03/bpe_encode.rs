//! The check of `week03/bpe-encode`: the tokens that models of Hugging Face make of words
//! (`tests/reference/week03_bpe.py`), and merges made by hand.

use std::cmp::Reverse;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::{bpe_encode as ours, merge::merge_pair};
use week00_workbench::fixtures;

use crate::check::{Case, Check};
use crate::observe::Values;

type Merges = Vec<(u32, u32, u32)>;

/// The function under test: `bpe_encode(symbols, merges)`.
pub type Subject = fn(&[u32], &[(u32, u32, u32)]) -> Vec<u32>;

/// Grades a crate's `bpe_encode`.
#[macro_export]
macro_rules! week03_bpe_encode {
    ($($subject:tt)+) => {{
        let subject: $crate::week03::bpe_encode::Subject = $($subject)+::bpe_encode::bpe_encode;
        $crate::week03::bpe_encode::check().grade(&subject)
    }};
}

/// A word, and the merges that were learnt.
#[derive(Debug, Clone)]
pub struct Input {
    symbols: Vec<u32>,
    merges: Merges,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        note(&subject(&input.symbols, &input.merges), values);
        Ok(())
    };
    let truth: Subject = ours::bpe_encode;
    Check::new("week03/bpe-encode", truth, observe, flawed)
        .cases(Ok(by_hand()))
        .cases(golden())
        .mistake(
            "the leftmost pair first",
            "You merge the pair that stands first in the word. Which of the pairs was learnt first?",
            "The order of `merges` decides, not the place in the word: look for the earliest merge whose pair stands anywhere.",
        )
        .mistake(
            "the longest token first",
            "You take the longest token that fits at the beginning, then the next. Is it what the merges make, in their order?",
            "That is WordPiece's way. Here start from the symbols, and merge: the earliest learnt pair first, until none is left.",
        )
        .mistake(
            "the first occurrence alone",
            "A pair that stands twice is merged once, and then its turn is over. Does it come up again?",
            "Merge all occurrences of a pair, as `merge_pair` does, or look again from the first merge on after each one.",
        )
        .mistake(
            "the last learnt first",
            "You apply the merges from the last to the first. Which were there first, when the tokens were learnt?",
            "Begin at the front of `merges`: a later merge joins what earlier ones have made.",
        )
        .way("from the last to the first, once")
        .mistake(
            "one merge and no more",
            "You stop after one merge. May two tokens that were just made merge with their neighbours?",
            "Repeat until no pair of neighbours stands in `merges`.",
        )
        .mistake(
            "counted anew",
            "You merge the pair that is most frequent in this word. What was counted, and when?",
            "Counts belong to the training. To encode, only the order in which the merges were learnt matters.",
        )
        .mistake(
            "the right part stays",
            "The right part of a pair still stands behind its token. How many symbols does a merge take in?",
            "Put `merged` in the place of both symbols: `merge_pair` does so, and gives the new symbols.",
        )
        .right("through the list of merges once", |symbols, merges| {
            merges.iter().fold(symbols.to_vec(), |symbols, (left, right, merged)| {
                merge_pair(&symbols, (*left, *right), *merged)
            })
        })
        .right("one place at a time, the lowest rank and then the leftmost", by_rank)
}

fn note(symbols: &[u32], values: &mut Values) {
    values.text("tokens", format!("{symbols:?}"));
}

/// What Hugging Face gives.
fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct Golden {
        vocabularies: Vec<Vocabulary>,
    }
    #[derive(Deserialize)]
    struct Vocabulary {
        name: String,
        merges: Merges,
        cases: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        symbols: Vec<u32>,
        result: Vec<u32>,
    }
    let golden: Golden = fixtures::json("week03/bpe_encode.json")?;
    let cases = golden.vocabularies.into_iter().flat_map(|vocabulary| {
        vocabulary.cases.into_iter().map(move |one| {
            let mut values = Values::default();
            note(&one.result, &mut values);
            let input = Input { symbols: one.symbols, merges: vocabulary.merges.clone() };
            Case { name: vocabulary.name.clone(), input, golden: Some(values) }
        })
    });
    Ok(cases.collect())
}

/// Merges and words small enough to follow by hand.
fn by_hand() -> Vec<Case<Input>> {
    let case = |symbols: &[u32], merges: &[(u32, u32, u32)], expected: &[u32]| {
        let mut values = Values::default();
        note(expected, &mut values);
        let name = format!("bpe_encode(&{symbols:?}, &{merges:?})");
        Case { name, input: Input { symbols: symbols.to_vec(), merges: merges.to_vec() }, golden: Some(values) }
    };
    let steps = [(2, 3, 4), (1, 2, 5), (1, 4, 6)];
    vec![
        case(&[], &steps, &[]),
        case(&[1], &steps, &[1]),
        case(&[3, 2, 1], &steps, &[3, 2, 1]),
        case(&[1, 2, 3], &[], &[1, 2, 3]),
        case(&[1, 2, 3], &steps, &[6]),
        case(&[1, 2, 3, 1, 2], &steps, &[6, 5]),
        case(&[1, 2, 1, 2, 3], &steps, &[5, 6]),
        case(&[2, 3, 2, 3], &steps, &[4, 4]),
        case(&[1, 2, 3], &[(2, 3, 4), (1, 2, 5), (5, 3, 6)], &[1, 4]),
        case(&[1, 1, 1, 1, 1], &[(1, 1, 2), (2, 2, 3)], &[3, 1]),
        case(&[1, 2, 1, 2, 1, 2, 3], &[(2, 3, 4), (1, 2, 5)], &[5, 5, 1, 4]),
    ]
}

/// The tokens with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let Input { symbols, merges } = input;
    if has("the longest token first") {
        note(&longest(symbols, merges), values);
        return Ok(());
    }
    if has("from the last to the first, once") {
        let merge = |symbols: Vec<u32>, (left, right, merged): &_| merge_pair(&symbols, (*left, *right), *merged);
        note(&merges.iter().rev().fold(symbols.clone(), merge), values);
        return Ok(());
    }
    let mut symbols = symbols.clone();
    let rank = |pair: (u32, u32)| merges.iter().position(|(left, right, _)| (*left, *right) == pair);
    // Of "the first occurrence alone": the merges whose turn is over.
    let mut done = 0;
    // Where a part stays, it need not end.
    for _ in 0..100 {
        let count = |pair: (u32, u32)| symbols.windows(2).filter(|two| (two[0], two[1]) == pair).count();
        let found = symbols.windows(2).enumerate().filter_map(|(at, two)| {
            let rank = rank((two[0], two[1]))?;
            if rank < done {
                return None;
            }
            let turn = if has("the last learnt first") { merges.len() - rank } else { rank };
            let often = if has("counted anew") { count((two[0], two[1])) } else { 0 };
            let place = if has("the leftmost pair first") { at } else { 0 };
            Some(((place, Reverse(often), turn, at), rank))
        });
        let Some(((.., at), rank)) = found.min_by_key(|(order, _)| *order) else { break };
        let (left, right, merged) = merges[rank];
        if has("the right part stays") {
            symbols[at] = merged;
        } else if has("the first occurrence alone") {
            symbols.splice(at..at + 2, [merged]);
            done = rank + 1;
        } else if has("the leftmost pair first") {
            symbols.splice(at..at + 2, [merged]);
        } else {
            symbols = merge_pair(&symbols, (left, right), merged);
        }
        if has("one merge and no more") {
            break;
        }
    }
    note(&symbols, values);
    Ok(())
}

/// The longest token that fits, from the left.
fn longest(symbols: &[u32], merges: &[(u32, u32, u32)]) -> Vec<u32> {
    let mut tokens: Vec<(Vec<u32>, u32)> = vec![];
    for (left, right, merged) in merges {
        let spelt =
            |id: &u32| tokens.iter().find(|(_, token)| token == id).map_or(vec![*id], |(parts, _)| parts.clone());
        tokens.push(([spelt(left), spelt(right)].concat(), *merged));
    }
    let mut result = vec![];
    let mut rest = symbols;
    while let Some(first) = rest.first() {
        let fits = tokens.iter().filter(|(parts, _)| rest.starts_with(parts)).max_by_key(|(parts, _)| parts.len());
        let (length, id) = fits.map_or((1, *first), |(parts, id)| (parts.len(), *id));
        result.push(id);
        rest = &rest[length..];
    }
    result
}

/// Right, in another way.
fn by_rank(symbols: &[u32], merges: &[(u32, u32, u32)]) -> Vec<u32> {
    let mut symbols = symbols.to_vec();
    let rank = |two: &[u32]| merges.iter().position(|merge| two == [merge.0, merge.1]);
    while let Some((rank, at)) = symbols.windows(2).enumerate().filter_map(|(at, two)| Some((rank(two)?, at))).min() {
        symbols.splice(at..at + 2, [merges[rank].2]);
    }
    symbols
}
