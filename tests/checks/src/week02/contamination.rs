//! The check of `week02/contamination`: n-grams by NLTK, coverage by pandas (`tests/reference/week02_contamination.py`).

use std::collections::BTreeSet;

use candle_core::{Device, Result};
use serde::Deserialize;
use sol02_data::contamination as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub struct Subject {
    /// `overlap(document, test, n)`
    pub overlap: fn(&str, &BTreeSet<String>, usize) -> f64,
}

/// Grades a crate's `contamination`.
#[macro_export]
macro_rules! week02_contamination {
    ($($subject:tt)+) => {
        $crate::week02::contamination::check().grade(&$crate::week02::contamination::Subject {
            overlap: $($subject)+::contamination::overlap,
        })
    };
}

/// A document and what a test set holds.
#[derive(Debug, Clone)]
pub struct Input {
    document: String,
    test: BTreeSet<String>,
    n: usize,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        values.numbers("overlap", [(subject.overlap)(&input.document, &input.test, input.n)])
    };
    Check::new("week02/contamination", Subject { overlap: ours::overlap }, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "sequences counted",
            "You give the share of the sequences that are held. How many words does one held sequence of n words cover?",
            "Mark all n words of each sequence that is held, and give the share of the words that are marked.",
        )
        .mistake(
            "words counted in each sequence",
            "Your overlap can be larger than 1. In how many sequences may one word stand?",
            "Mark the words, with a `Vec<bool>`, and count the marks at the end: a word counts once.",
        )
        .mistake(
            "first words alone",
            "Your overlap is too small: it counts one word for each place where a sequence begins. Which words stand in it?",
            "Mark the words from `start` to `start + n`, not the one at `start` alone.",
        )
        .mistake(
            "steps of n",
            "You find a sequence only if it begins at word 0, n, 2n, and so on. Where else may it begin?",
            "Look at every place: `words.windows(n)`, not `chunks`, and no step of n.",
        )
        .mistake(
            "stops at the first",
            "You find one place and no more. May the document hold several sequences of the test set?",
            "Go on after a sequence that is held: look at all of them.",
        )
        .mistake(
            "all or nothing",
            "You give 0 or 1, never a share. How many of the words are held?",
            "Divide the number of the marked words by the number of all words.",
        )
        .mistake(
            "last sequence missed",
            "You miss a sequence that ends with the last word. Of how many places can a sequence of n words begin at?",
            "A sequence begins at 0 to `words.len() - n`, the last included.",
        )
        .mistake(
            "divided by the test set",
            "You divide by the size of the test set. Of what is it the share?",
            "Divide by the number of words of the document.",
        )
        .mistake(
            "split at single spaces",
            "Two spaces, a tab or a line break put you off. What do you get between two spaces that follow one another?",
            "`split(' ')` gives empty words, and keeps tabs and line breaks inside words: use `split_whitespace`.",
        )
        .mistake(
            "lower case",
            "You find a sequence whose capital letters differ. Does the test set hold these very signs?",
            "Compare the words as they are here. Making both alike is a step of its own, before.",
        )
        .right("by ranges of marked words", Subject { overlap: by_ranges })
        .right("word by word, looking back", Subject { overlap: looking_back })
}

fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        document: String,
        test: BTreeSet<String>,
        n: usize,
        overlap: f64,
    }
    let case = |golden: Golden| {
        let mut values = Values::default();
        values.numbers("overlap", [golden.overlap])?;
        let input = Input { document: golden.document, test: golden.test, n: golden.n };
        Ok(Case { name: golden.name, input, golden: Some(values) })
    };
    fixtures::json::<Vec<Golden>>("week02/contamination.json")?.into_iter().map(case).collect()
}

fn drawn() -> Result<Vec<Case<Input>>> {
    let test: BTreeSet<String> = ["나 다", "다 라", "Na da"].map(String::from).into();
    let case = |name: &str, document: &str, n| Case {
        name: name.into(),
        input: Input { document: document.into(), test: test.clone(), n },
        golden: None,
    };
    let mut cases = vec![
        case("an empty document", "", 2),
        case("white space alone", " \n ", 2),
        case("n = 0", "가 나 다", 0),
        case("a sequence at the end", "가 가 나 다", 2),
        case("a tab and two line breaks", "나\t다\n\n라 가", 2),
        case("spaces at both ends", "  나  다 ", 2),
        case("small letters", "na da na Na", 2),
        case("sequences that meet", "나 다 라 나 다", 2),
    ];
    let mut rng = Rng::seed(62);
    for length in [11, 24] {
        let drawn = rng.uniform(0.0, 4.0, length, &Device::Cpu)?.to_vec1::<f32>()?;
        let words: Vec<&str> = drawn.into_iter().map(|x| ["가", "나", "다", "라"][(x as usize).min(3)]).collect();
        cases.push(case(&format!("{length} drawn words"), &words.join(" "), 2));
    }
    Ok(cases)
}

/// The overlap with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    values.numbers("overlap", [flawed_overlap(has, input)])
}

fn flawed_overlap(has: &dyn Fn(&str) -> bool, Input { document, test, n }: &Input) -> f64 {
    let n = *n;
    let lower = |text: &str| if has("lower case") { text.to_lowercase() } else { text.to_owned() };
    let (document, test) = (lower(document), test.iter().map(|held| lower(held)).collect::<BTreeSet<_>>());
    let words: Vec<&str> = if has("split at single spaces") {
        document.split(' ').collect()
    } else {
        document.split_whitespace().collect()
    };
    if n == 0 || words.len() < n {
        return 0.0;
    }
    let places = words.len() - n + usize::from(!has("last sequence missed"));
    let step = if has("steps of n") { n } else { 1 };
    let held = (0..places).step_by(step).filter(|start| test.contains(&words[*start..start + n].join(" ")));
    let held: Vec<usize> = held.take(if has("stops at the first") { 1 } else { usize::MAX }).collect();
    let mut marks = vec![0_usize; words.len()];
    for start in &held {
        let end = if has("first words alone") { start + 1 } else { start + n };
        marks[*start..end].iter_mut().for_each(|mark| *mark += 1);
    }
    let count = if has("words counted in each sequence") {
        marks.iter().sum()
    } else {
        marks.iter().filter(|mark| **mark > 0).count()
    };
    if has("all or nothing") {
        f64::from(u8::from(count > 0))
    } else if has("sequences counted") {
        held.len() as f64 / places.max(1) as f64
    } else if has("divided by the test set") {
        count as f64 / test.len().max(1) as f64
    } else {
        count as f64 / words.len() as f64
    }
}

/// Right, in an odd way: the places that are held become ranges, which are joined where they touch.
fn by_ranges(document: &str, test: &BTreeSet<String>, n: usize) -> f64 {
    let words: Vec<String> = document.split_whitespace().map(str::to_owned).collect();
    if n == 0 || words.is_empty() {
        return 0.0;
    }
    let (mut covered, mut end) = (0, 0);
    for start in 0..words.len() {
        let Some(sequence) = words.get(start..start + n) else { break };
        if test.contains(&sequence.join(" ")) {
            covered += start + n - end.max(start);
            end = start + n;
        }
    }
    covered as f64 / words.len() as f64
}

/// Right as well: a word is held if one of the sequences that it stands in is.
fn looking_back(document: &str, test: &BTreeSet<String>, n: usize) -> f64 {
    let words: Vec<&str> = document.split_whitespace().collect();
    let is_held = |word: usize| {
        (word.saturating_sub(n.saturating_sub(1))..=word).any(|start| {
            let sequence = words.iter().skip(start).take(n).copied().collect::<Vec<_>>();
            n > 0 && sequence.len() == n && test.contains(&sequence.join(" "))
        })
    };
    let held = (0..words.len()).filter(|word| is_held(*word)).count();
    held as f64 / words.len().max(1) as f64
}
