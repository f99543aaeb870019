//! The check of `week03/pairs`: what Hugging Face's trainer merges next (`tests/reference/week03_bpe.py`), and small words
//! with their edges.

use std::collections::BTreeMap;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::pairs as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

type Words = Vec<(Vec<u32>, u64)>;
type Found = Option<((u32, u32), u64)>;

/// The function under test: `most_frequent_pair(words)`.
pub type Subject = fn(&[(Vec<u32>, u64)]) -> Found;

/// Grades a crate's `pairs`.
#[macro_export]
macro_rules! week03_pairs {
    ($($subject:tt)+) => {{
        let subject: $crate::week03::pairs::Subject = $($subject)+::pairs::most_frequent_pair;
        $crate::week03::pairs::check().grade(&subject)
    }};
}

/// The check.
pub fn check() -> Check<Words, Subject> {
    let observe = |subject: &Subject, input: &Words, values: &mut Values| {
        note(subject(input), values);
        Ok(())
    };
    let truth: Subject = ours::most_frequent_pair;
    Check::new("week03/pairs", truth, observe, flawed)
        .cases(Ok(edges()))
        .cases(golden())
        .cases(drawn())
        .mistake(
            "every word once",
            "A rare word weighs as much as a frequent one. What is the number beside a word for?",
            "A word that occurs n times adds n to each of its pairs, not 1.",
        )
        .mistake(
            "ties to the larger ids",
            "Where two pairs occur equally often, you take the one with the larger ids. Which of equals does your maximum keep?",
            "`max_by_key` keeps the last of equals. Go through the pairs from the end, or compare `(count, Reverse(pair))`.",
        )
        .mistake(
            "ties to the first met",
            "Where two pairs occur equally often, you take the one that stands first in the words. Which one is asked for?",
            "Of equally frequent pairs take the one with the smaller ids: go through them in order of their ids.",
        )
        .mistake(
            "pairs without overlap",
            "You count a run of one symbol too low. How many places for the pair `a a` are there in `a a a`?",
            "Pairs may overlap when they are counted: look at every place, as `windows(2)` does.",
        )
        .mistake(
            "every second place",
            "Some pairs are missed altogether. Which symbols stand side by side in a word of three?",
            "`chunks(2)` cuts a word into parts. `windows(2)` moves on by one symbol, and sees every pair.",
        )
        .mistake(
            "pairs across words",
            "You count a pair whose two symbols stand in different words. May a merge join two words?",
            "Look for pairs in each word by itself: the last symbol of a word has no right neighbour.",
        )
        .mistake(
            "both orders together",
            "You count `a b` and `b a` as one pair. Would they become the same token?",
            "A pair has an order: do not sort its two symbols.",
        )
        .mistake(
            "a word counts once",
            "A pair that stands twice in a word counts once. How often does it occur there?",
            "Add the word's count at every place of the pair, not once for each word that holds it.",
        )
        .mistake(
            "last pair of a word forgotten",
            "The last pair of each word is missing. How many pairs has a word of n symbols?",
            "A word of n symbols has n - 1 pairs: let your index go up to n - 2, included.",
        )
        .right("counted in a hash table, compared with the ids turned round", hashed)
        .right("every pair of ids that occurs, counted by going through all words again", again)
}

fn note(found: Found, values: &mut Values) {
    values.text("pair", format!("{found:?}"));
}

/// What Hugging Face's trainer merges.
fn golden() -> Result<Vec<Case<Words>>> {
    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        name: String,
        words: Words,
        pair: (u32, u32),
        count: u64,
    }
    let golden: Golden = fixtures::json("week03/pairs.json")?;
    let case = |one: One| {
        let mut values = Values::default();
        note(Some((one.pair, one.count)), &mut values);
        Case { name: one.name, input: one.words, golden: Some(values) }
    };
    Ok(golden.cases.into_iter().map(case).collect())
}

/// Words small enough to count by hand.
fn edges() -> Vec<Case<Words>> {
    let case = |input: &[(&[u32], u64)], expected: Found| {
        let input: Words = input.iter().map(|(word, count)| (word.to_vec(), *count)).collect();
        let mut values = Values::default();
        note(expected, &mut values);
        Case { name: format!("{input:?}"), input, golden: Some(values) }
    };
    vec![
        case(&[], None),
        case(&[(&[], 3), (&[7], 4)], None),
        case(&[(&[1, 2], 1)], Some(((1, 2), 1))),
        case(&[(&[1, 2], 2), (&[3, 4], 5)], Some(((3, 4), 5))),
        case(&[(&[5, 6], 3), (&[1, 9], 3)], Some(((1, 9), 3))),
        case(&[(&[2, 3], 4), (&[2, 1], 4)], Some(((2, 1), 4))),
        case(&[(&[7, 7, 7], 2), (&[1, 2], 3)], Some(((7, 7), 4))),
        case(&[(&[1, 2, 1, 2], 2), (&[3, 4], 3)], Some(((1, 2), 4))),
        case(&[(&[1, 2], 2), (&[2, 1], 2), (&[4, 5], 3)], Some(((4, 5), 3))),
        case(&[(&[1, 2, 3], 1), (&[4, 2, 3], 1)], Some(((2, 3), 2))),
        case(&[(&[1], 9), (&[2], 9), (&[4, 3], 1)], Some(((4, 3), 1))),
    ]
}

/// Words drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Words>>> {
    let mut rng = Rng::seed(32);
    let mut below = |high: u32| -> Result<u32> {
        let x = rng.uniform(0.0, high as f32, 1, &candle_core::Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as u32).min(high - 1)) // rounding may reach the upper end
    };
    let mut cases = vec![];
    for _ in 0..8 {
        let mut words = vec![];
        for _ in 0..5 {
            let length = below(6)?;
            let word: Vec<u32> = (0..length).map(|_| below(4)).collect::<Result<_>>()?;
            words.push((word, u64::from(1 + below(4)?)));
        }
        cases.push(Case { name: "drawn words".to_owned(), input: words, golden: None });
    }
    Ok(cases)
}

/// The most frequent pair with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Words, values: &mut Values) -> Result<()> {
    // Every place of a pair: the word in which it stands, and the pair.
    let mut places: Vec<(usize, (u32, u32))> = vec![];
    for (number, (word, _)) in input.iter().enumerate() {
        let before = places.len();
        let mut at = 0;
        while at + 1 < word.len() {
            let pair = (word[at], word[at + 1]);
            let is_run = has("pairs without overlap") && pair.0 == pair.1;
            let is_last = has("last pair of a word forgotten") && at + 2 == word.len();
            let (low, high) = (pair.0.min(pair.1), pair.0.max(pair.1));
            let pair = if has("both orders together") { (low, high) } else { pair };
            let is_known = has("a word counts once") && places[before..].iter().any(|(_, known)| *known == pair);
            if !is_last && !is_known {
                places.push((number, pair));
            }
            at += if is_run || has("every second place") { 2 } else { 1 };
        }
        let next = input.get(number + 1).and_then(|(next, _)| next.first());
        if has("pairs across words")
            && let (Some(last), Some(first)) = (word.last(), next)
        {
            places.push((number, (*last, *first)));
        }
    }
    let mut counts: Vec<((u32, u32), u64)> = vec![];
    for (number, pair) in places {
        let times = if has("every word once") { 1 } else { input[number].1 };
        match counts.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, count)) => *count += times,
            None => counts.push((pair, times)),
        }
    }
    if !has("ties to the first met") {
        counts.sort_unstable();
    }
    let last = has("ties to the larger ids");
    let mut best: Found = None;
    for (pair, count) in counts {
        if best.is_none_or(|(_, most)| count > most || last && count == most) {
            best = Some((pair, count));
        }
    }
    note(best, values);
    Ok(())
}

/// Right, in an odd way.
fn hashed(words: &[(Vec<u32>, u64)]) -> Found {
    let mut counts = std::collections::HashMap::new();
    for (word, times) in words {
        for i in 1..word.len() {
            *counts.entry((word[i - 1], word[i])).or_insert(0) += times;
        }
    }
    counts.into_iter().max_by(|(pair, count), (other, most)| count.cmp(most).then(other.cmp(pair)))
}

/// Right as well, and slow.
fn again(words: &[(Vec<u32>, u64)]) -> Found {
    let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for (word, _) in words {
        for pair in word.iter().zip(word.iter().skip(1)) {
            counts.insert((*pair.0, *pair.1), 0);
        }
    }
    for (pair, count) in &mut counts {
        for (word, times) in words {
            *count += times * word.windows(2).filter(|two| (two[0], two[1]) == *pair).count() as u64;
        }
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most)
}
