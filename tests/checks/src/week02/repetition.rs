//! The check of `week02/repetition`: n-grams by scikit-learn, coverage by pandas (`tests/reference/week02_repetition.py`).

use std::collections::BTreeMap;

use candle_core::{Device, Result};
use serde::Deserialize;
use sol02_data::repetition as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The functions under test.
pub struct Subject {
    /// `top_ngram_share(words, n)`
    pub top: fn(&[&str], usize) -> f64,
    /// `duplicate_ngram_share(words, n)`
    pub duplicate: fn(&[&str], usize) -> f64,
}

/// Grades a crate's `repetition`.
#[macro_export]
macro_rules! week02_repetition {
    ($($subject:tt)+) => {
        $crate::week02::repetition::check().grade(&$crate::week02::repetition::Subject {
            top: $($subject)+::repetition::top_ngram_share,
            duplicate: $($subject)+::repetition::duplicate_ngram_share,
        })
    };
}

/// Words, and how many make a sequence.
#[derive(Debug, Clone)]
pub struct Input {
    words: Vec<String>,
    n: usize,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        let words: Vec<&str> = input.words.iter().map(String::as_str).collect();
        values.numbers("top share", [(subject.top)(&words, input.n)])?;
        values.numbers("duplicate share", [(subject.duplicate)(&words, input.n)])
    };
    let truth = Subject { top: ours::top_ngram_share, duplicate: ours::duplicate_ngram_share };
    Check::new("week02/repetition", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "top: overlaps twice",
            "Your top share is too large where the sequence overlaps itself, and can be above 1. How often may a character count?",
            "Do not multiply the length by the count: mark the words of each occurrence, and count the marked ones once.",
        )
        .mistake(
            "top: what occurs once",
            "A text without any repetition gets a top share above 0 from you. How often does its most frequent sequence occur?",
            "Where the largest count is 1, or there is none, nothing repeats: return 0.",
        )
        .mistake("top: the first of equals", EQUALS[0], EQUALS[1])
        .way("top: the last of equals")
        .mistake(
            "top: one occurrence",
            "Your top share counts the sequence once, however often it occurs. Which characters stand in it?",
            "All occurrences count: mark the words of each of them.",
        )
        .mistake(
            "top: share of sequences",
            "Your top share is that of the sequences, not of the characters. What is divided by what?",
            "Count the characters in the marked words, and divide by the characters of all words.",
        )
        .mistake(
            "duplicates: first occurrence left out",
            "Your duplicate share leaves the first occurrence out. Does it stand in a sequence that occurs more than once?",
            "Count all sequences first. Then go through the text again, and mark every occurrence of what was counted twice.",
        )
        .mistake(
            "duplicates: overlaps twice",
            "Your duplicate share is too large where sequences overlap, and can be above 1. How often may a character count?",
            "Mark words instead of adding lengths: a word that is marked twice still counts once.",
        )
        .mistake(
            "duplicates: share of sequences",
            "Your duplicate share is that of the sequences, not of the characters. What is divided by what?",
            "Mark the words of the sequences that repeat, and take the share of the characters.",
        )
        .mistake(
            "bytes",
            "Your shares are off where Hangul and Latin letters stand together. How many bytes has a Hangul syllable, and how many a Latin letter?",
            "`len()` counts bytes, three for a syllable: use `chars().count()`.",
        )
        .mistake(
            "words",
            "Your shares are right where all words are equally long. What is counted, words or characters?",
            "A long word weighs more: add up the characters of the words.",
        )
        .mistake(
            "first word of each",
            "You count one word for each place where a sequence begins. Which words stand in the sequence?",
            "Mark the words from `start` to `start + n`, not the one at `start` alone.",
        )
        .mistake(
            "steps of n",
            "You miss sequences that do not begin at word 0, n, 2n, and so on. Where may a sequence begin?",
            "Sequences overlap: use `words.windows(n)`, not `chunks`.",
        )
        .mistake(
            "last sequence missed",
            "You miss the sequence that ends with the last word. At how many places can a sequence of n words begin?",
            "A sequence begins at 0 to `words.len() - n`, the last included.",
        )
        .right("characters in the place of words", Subject { top: top_by_characters, duplicate: duplicate_by_pairs })
        .right("sequences as text", Subject { top: top_as_text, duplicate: duplicate_as_text })
}

/// What is said of equally frequent sequences.
const EQUALS: [&str; 2] = [
    "Where several sequences are equally frequent, your top share is not always the largest. Which one do you take?",
    "Compute the share of each sequence with the largest count, and return the largest share.",
];

fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        words: Vec<String>,
        n: usize,
        top: f64,
        duplicate: f64,
    }
    let case = |golden: Golden| {
        let mut values = Values::default();
        values.numbers("top share", [golden.top])?;
        values.numbers("duplicate share", [golden.duplicate])?;
        Ok(Case { name: golden.name, input: Input { words: golden.words, n: golden.n }, golden: Some(values) })
    };
    fixtures::json::<Vec<Golden>>("week02/repetition.json")?.into_iter().map(case).collect()
}

fn drawn() -> Result<Vec<Case<Input>>> {
    let case = |name: &str, words: &[&str], n| Case {
        name: name.into(),
        input: Input { words: words.iter().map(|word| (*word).to_owned()).collect(), n },
        golden: None,
    };
    let mut cases = vec![
        case("no words", &[], 2),
        case("n = 0", &["가", "가"], 0),
        case("words without characters", &["", "", ""], 1),
        case(
            "a short and a long pair, twice each",
            &["a", "b", "x", "가나다", "라마바", "a", "b", "y", "가나다", "라마바"],
            2,
        ),
        case(
            "a long and a short pair, twice each",
            &["가나다", "라마바", "x", "a", "b", "가나다", "라마바", "y", "a", "b"],
            2,
        ),
        case(
            "a short pair after a long one, twice each",
            &["가나", "다라", "x", "하", "하나", "가나", "다라", "y", "하", "하나"],
            2,
        ),
        case("syllables and letters", &["안녕", "abc", "안녕", "def"], 1),
        case("laughter, and more of it", &["하하", "하하", "하하", "호", "하하", "하하"], 2),
        case("three times the same, n = 3", &["또", "또", "또", "또", "또", "끝"], 3),
        case("the end repeats", &["x", "가", "나", "다", "가", "나"], 2),
    ];
    let mut rng = Rng::seed(63);
    for (length, n) in [(14, 2), (40, 3)] {
        let drawn = rng.uniform(0.0, 3.0, length, &Device::Cpu)?.to_vec1::<f32>()?;
        let words: Vec<&str> = drawn.into_iter().map(|x| ["가", "나나", "d"][(x as usize).min(2)]).collect();
        cases.push(case(&format!("{length} drawn words, n = {n}, again"), &words, n));
    }
    Ok(cases)
}

/// Both shares with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let words: Vec<&str> = input.words.iter().map(String::as_str).collect();
    let n = input.n;
    let length = |word: &str| -> usize {
        if has("words") {
            1
        } else if has("bytes") {
            word.len()
        } else {
            word.chars().count()
        }
    };
    let all: usize = words.iter().map(|word| length(word)).sum();
    let share = |inside: usize, all: usize| if all == 0 { 0.0 } else { inside as f64 / all as f64 };
    let count = if n == 0 { 0 } else { (words.len() + 1).saturating_sub(n + usize::from(has("last sequence missed"))) };
    let starts: Vec<usize> = (0..count).step_by(if has("steps of n") { n.max(1) } else { 1 }).collect();
    let mut places: BTreeMap<&[&str], Vec<usize>> = BTreeMap::new();
    for start in &starts {
        places.entry(&words[*start..start + n]).or_default().push(*start);
    }
    let lengths = |starts: &[usize]| -> usize {
        starts.iter().map(|start| words[*start..start + n].iter().map(|word| length(word)).sum::<usize>()).sum()
    };
    let marked = |starts: &[usize]| -> usize {
        let mut marks = vec![false; words.len()];
        let end = |start: usize| start + if has("first word of each") { 1 } else { n };
        starts.iter().for_each(|start| marks[*start..end(*start)].fill(true));
        words.iter().zip(marks).filter(|(_, mark)| *mark).map(|(word, _)| length(word)).sum()
    };

    let most = places.values().map(Vec::len).max().unwrap_or(0);
    let least = if has("top: what occurs once") { 1 } else { 2 };
    let mut tops: Vec<&Vec<usize>> = places.values().filter(|starts| starts.len() == most && most >= least).collect();
    if has("top: the last of equals") {
        tops.reverse();
    }
    if has("top: the first of equals") || has("top: the last of equals") {
        tops.truncate(1);
    }
    let of_top = |at: &Vec<usize>| {
        if has("top: share of sequences") {
            share(at.len(), starts.len())
        } else if has("top: one occurrence") {
            share(lengths(&at[..1]), all)
        } else if has("top: overlaps twice") {
            share(lengths(at), all)
        } else {
            share(marked(at), all)
        }
    };
    values.numbers("top share", [tops.into_iter().map(of_top).fold(0.0, f64::max)])?;

    let skipped = usize::from(has("duplicates: first occurrence left out"));
    let repeated: Vec<usize> =
        places.values().filter(|at| at.len() > 1).flat_map(|at| at.iter().skip(skipped).copied()).collect();
    let duplicate = if has("duplicates: share of sequences") {
        share(repeated.len(), starts.len())
    } else if has("duplicates: overlaps twice") {
        share(lengths(&repeated), all)
    } else {
        share(marked(&repeated), all)
    };
    values.numbers("duplicate share", [duplicate])
}

/// Right, in an odd way: for every character, the word that it stands in.
fn top_by_characters(words: &[&str], n: usize) -> f64 {
    let owners: Vec<usize> =
        words.iter().enumerate().flat_map(|(place, word)| word.chars().map(move |_| place)).collect();
    let starts: Vec<usize> = (0..words.len()).filter(|start| n > 0 && start + n <= words.len()).collect();
    let same = |a: usize, b: usize| words[a..a + n] == words[b..b + n];
    let count = |start: usize| starts.iter().filter(|other| same(start, **other)).count();
    let most = starts.iter().map(|start| count(*start)).max().unwrap_or(0);
    let mut best = 0.0_f64;
    for start in starts.iter().filter(|start| most > 1 && count(**start) == most) {
        let is_in =
            |place: &usize| starts.iter().any(|other| same(*start, *other) && (*other..other + n).contains(place));
        let inside = owners.iter().filter(|place| is_in(place)).count();
        best = best.max(inside as f64 / owners.len().max(1) as f64);
    }
    best
}

/// Right as well: every pair of places compared.
fn duplicate_by_pairs(words: &[&str], n: usize) -> f64 {
    let last = (words.len() + 1).saturating_sub(n);
    let mut inside = vec![0; words.len()];
    for a in 0..if n > 0 { last } else { 0 } {
        for b in 0..last {
            if a != b && (0..n).all(|i| words[a + i] == words[b + i]) {
                inside[a..a + n].fill(1);
            }
        }
    }
    let total: usize = words.iter().map(|word| word.chars().count()).sum();
    let repeated: usize = words.iter().zip(inside).map(|(word, inside)| inside * word.chars().count()).sum();
    if total > 0 { repeated as f64 / total as f64 } else { 0.0 }
}

/// Right as well: sequences as text with a sign between that no word holds.
fn top_as_text(words: &[&str], n: usize) -> f64 {
    let keys = keys(words, n);
    let count = |key: &String| keys.iter().filter(|other| *other == key).count();
    let most = keys.iter().map(&count).max().unwrap_or(0);
    if most < 2 {
        return 0.0;
    }
    let shares = keys.iter().filter(|key| count(key) == most).map(|key| share_of(words, n, &|other| other == key));
    shares.fold(0.0, f64::max)
}

fn duplicate_as_text(words: &[&str], n: usize) -> f64 {
    let keys = keys(words, n);
    share_of(words, n, &|key| keys.iter().filter(|other| *other == key).count() > 1)
}

fn keys(words: &[&str], n: usize) -> Vec<String> {
    if n == 0 { vec![] } else { words.windows(n).map(|sequence| sequence.join("\u{1f}")).collect() }
}

fn share_of(words: &[&str], n: usize, counts: &dyn Fn(&String) -> bool) -> f64 {
    let keys = keys(words, n);
    let is_in =
        |place: usize| (place.saturating_sub(n.saturating_sub(1))..=place).filter_map(|s| keys.get(s)).any(counts);
    let length = |place: usize| words[place].chars().count();
    let all: usize = (0..words.len()).map(length).sum();
    let inside: usize = (0..words.len()).filter(|place| is_in(*place)).map(length).sum();
    inside as f64 / all.max(1) as f64
}
