//! The check of `week02/shingles`: shingles and similarities by nltk (`tests/reference/week02_shingles.py`).

use std::collections::{BTreeSet, HashMap};

use candle_core::Result;
use serde::Deserialize;
use sol02_data::shingles as ours;
use week00_workbench::fixtures;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The functions under test.
pub struct Subject {
    /// `shingles(text, k)`
    pub shingles: fn(&str, usize) -> Vec<String>,
    /// `jaccard(a, b)`
    pub jaccard: fn(&[String], &[String]) -> f64,
}

/// Grades a crate's `shingles`.
#[macro_export]
macro_rules! week02_shingles {
    ($($subject:tt)+) => {
        $crate::week02::shingles::check().grade(&$crate::week02::shingles::Subject {
            shingles: $($subject)+::shingles::shingles,
            jaccard: $($subject)+::shingles::jaccard,
        })
    };
}

/// What one of the two functions is given: a mistake may stand in only one of them.
#[derive(Debug, Clone)]
pub enum Input {
    /// A text and the length of a shingle.
    Text(String, usize),
    /// Some sets, each compared with each.
    Sets(Vec<Vec<String>>),
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { shingles: ours::shingles, jaccard: ours::jaccard };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.shingles, &subject.jaccard, input, values)
    };
    Check::new("week02/shingles", truth, observe, flawed)
        .cases(golden())
        .cases(Ok(by_hand()))
        .mistake(
            "bytes instead of signs",
            "Your shingles of Korean text are cut in the middle of a syllable, and those of English are right. How many bytes has 가?",
            "Collect the signs first, `text.chars().collect::<Vec<char>>()`, and take windows of these, not of the bytes.",
        )
        .mistake(
            "words instead of signs",
            "Your shingles are made of whole words. Of what are they made on this page?",
            "Take windows of `text.chars()`, in which a space is a sign like any other, and do not split the text into words.",
        )
        .mistake(
            "spaces left out",
            "Your shingles are right for a text without spaces. Is a space a sign?",
            "A space and the end of a line count like any other sign: leave the text as it is.",
        )
        .mistake(
            "repetitions kept",
            "A shingle that stands twice in the text stands twice in your list. How often is it in a set?",
            "Each shingle once: `sort`, and then `dedup`, which removes equal neighbours.",
        )
        .mistake(
            "blocks instead of windows",
            "Your shingles do not overlap. Where does the second one begin?",
            "A shingle begins at every sign: `windows(k)`, not `chunks(k)`.",
        )
        .mistake(
            "last one missing",
            "The shingle at the end of the text is missing. At which sign does the last one begin?",
            "A text of n signs has n - k + 1 places where a shingle begins, the last at n - k: include it.",
        )
        .mistake(
            "nothing for a short text",
            "A text with fewer signs than k has no shingles in your list. What should two short texts be compared by?",
            "Where the text has signs, but fewer than k, its only shingle is the whole text: make k as small as the text.",
        )
        .way("padded with spaces")
        .mistake(
            "not sorted",
            "Your list holds the right shingles in the order of the text. In which order should they stand?",
            "Sort the list before you return it.",
        )
        .mistake(
            "over the smaller set",
            "A set that lies within a larger one gets 1 from you. How large are the two together?",
            "You divide by the size of the smaller set: divide by that of the union.",
        )
        .mistake(
            "over the larger set",
            "Your similarity is a little too high wherever both sets have something of their own. What do you divide by?",
            "You divide by the size of the larger set: divide by that of the union, |A| + |B| less what is common.",
        )
        .mistake(
            "over both sizes",
            "Two equal sets get one half from you. How often is a common shingle counted below the line?",
            "|A| + |B| counts what is common twice: take it away once.",
        )
        .mistake(
            "twice over both sizes",
            "Equal sets get 1 and distinct ones 0, and all between is too high. Which coefficient do you compute?",
            "This is Dice's coefficient, 2 |A ∩ B| / (|A| + |B|): divide |A ∩ B| by |A ∪ B| instead.",
        )
        .mistake(
            "integers divided",
            "Your similarity is 0 or 1 and nothing between. Of which type are the numbers that you divide?",
            "In whole numbers 2 / 6 is 0: make both an `f64` before you divide.",
        )
        .mistake(
            "two empty sets",
            "Two empty sets should get 1. What do you divide by there?",
            "Where both sets are empty the union is, and 0 / 0 is not a number: return 1.0 there.",
        )
        .way("two empty sets give NaN")
        .right("through sets", Subject { shingles: by_sets, jaccard: jaccard_by_sets })
        .right("from the end, and by looking up", Subject { shingles: from_the_end, jaccard: jaccard_by_search })
}

fn measure(
    shingles: &dyn Fn(&str, usize) -> Vec<String>,
    jaccard: &dyn Fn(&[String], &[String]) -> f64,
    input: &Input,
    values: &mut Values,
) -> Result<()> {
    match input {
        Input::Text(text, k) => values.texts("shingles", shingles(text, *k)),
        Input::Sets(sets) => {
            let pairs = sets.iter().enumerate().flat_map(|(i, a)| sets[i..].iter().map(move |b| (a, b)));
            values.numbers("similarities", pairs.map(|(a, b)| jaccard(a, b)))?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Golden {
    shingles: Vec<GoldenText>,
    jaccard: Vec<GoldenPair>,
}

#[derive(Deserialize)]
struct GoldenText {
    name: String,
    text: String,
    k: usize,
    shingles: Vec<String>,
}

#[derive(Deserialize)]
struct GoldenPair {
    name: String,
    a: String,
    b: String,
    k: usize,
    jaccard: f64,
}

/// What nltk says.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week02/shingles.json")?;
    let mut cases = vec![];
    for GoldenText { name, text, k, shingles } in golden.shingles {
        let mut values = Values::default();
        values.texts("shingles", shingles);
        cases.push(Case {
            name: format!("{name}: {text:?}, k = {k}"),
            input: Input::Text(text, k),
            golden: Some(values),
        });
    }
    for GoldenPair { name, a, b, k, jaccard } in golden.jaccard {
        let sets = vec![ours::shingles(&a, k), ours::shingles(&b, k)];
        let mut values = Values::default();
        values.numbers("similarities", [1.0, jaccard, 1.0])?;
        cases.push(Case { name: format!("{name}, k = {k}"), input: Input::Sets(sets), golden: Some(values) });
    }
    Ok(cases)
}

/// What nltk does not say: no signs, and no shingles.
fn by_hand() -> Vec<Case<Input>> {
    let set = |text: &str| ours::shingles(text, 1);
    let case = |name: &str, input| Case { name: name.to_owned(), input, golden: None };
    vec![
        case("a text without signs", Input::Text(String::new(), 3)),
        case("two empty sets", Input::Sets(vec![vec![]])),
        case("an empty set and others", Input::Sets(vec![vec![], set("가나"), set("나다라"), set("나")])),
    ]
}

/// Both functions with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let shingles = |text: &str, k: usize| -> Vec<String> {
        let mut units: Vec<String> = if has("bytes instead of signs") {
            // A byte that is no letter of its own, so that windows of bytes can be put together again.
            text.bytes().map(|byte| char::from(byte).to_string()).collect()
        } else if has("words instead of signs") {
            text.split_whitespace().map(str::to_owned).collect()
        } else {
            text.chars().map(String::from).collect()
        };
        if has("spaces left out") {
            units.retain(|unit| !unit.trim().is_empty());
        }
        let short = units.len() < k;
        if short && !units.is_empty() && has("padded with spaces") {
            units.resize(k, " ".to_owned());
        } else if short && has("nothing for a short text") {
            return vec![];
        }
        let k = k.min(units.len()).max(1);
        let glue = if has("words instead of signs") { " " } else { "" };
        let join = |window: &[String]| {
            if has("bytes instead of signs") {
                let bytes: Vec<u8> = window.iter().filter_map(|unit| unit.chars().next()).map(|c| c as u8).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            } else {
                window.join(glue)
            }
        };
        let mut found: Vec<String> = if has("blocks instead of windows") {
            units.chunks(k).map(join).collect()
        } else {
            units.windows(k).map(join).collect()
        };
        if has("last one missing") && !short {
            found.pop();
        }
        if !has("repetitions kept") {
            let mut seen = BTreeSet::new();
            found.retain(|shingle| seen.insert(shingle.clone()));
        }
        if !has("not sorted") {
            found.sort_unstable();
        }
        found
    };
    let jaccard = |a: &[String], b: &[String]| -> f64 {
        let common = a.iter().filter(|shingle| b.contains(shingle)).count();
        let union = a.len() + b.len() - common;
        if union == 0 {
            return match (has("two empty sets"), has("two empty sets give NaN")) {
                (true, _) => 0.0,
                (_, true) => f64::NAN,
                _ => 1.0,
            };
        }
        let below = if has("over the smaller set") {
            a.len().min(b.len()).max(1)
        } else if has("over the larger set") {
            a.len().max(b.len())
        } else if has("over both sizes") || has("twice over both sizes") {
            a.len() + b.len()
        } else {
            union
        };
        let above = if has("twice over both sizes") { 2 * common } else { common };
        if has("integers divided") { (above / below) as f64 } else { above as f64 / below as f64 }
    };
    measure(&shingles, &jaccard, input, values)
}

/// Right, in an odd way: by a sorted set.
fn by_sets(text: &str, k: usize) -> Vec<String> {
    let count = text.chars().count();
    if count <= k {
        return Some(text.to_owned()).filter(|text| !text.is_empty()).into_iter().collect();
    }
    let set: BTreeSet<String> = (0..=count - k).map(|i| text.chars().skip(i).take(k).collect()).collect();
    set.into_iter().collect()
}

fn jaccard_by_sets(a: &[String], b: &[String]) -> f64 {
    let (a, b): (BTreeSet<&String>, BTreeSet<&String>) = (a.iter().collect(), b.iter().collect());
    let union = a.union(&b).count();
    if union == 0 { 1.0 } else { a.intersection(&b).count() as f64 / union as f64 }
}

/// Right as well: by the places of the bytes, last shingle first.
fn from_the_end(text: &str, k: usize) -> Vec<String> {
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    ends.reverse();
    let k = k.min(ends.len() - 1);
    let mut found: Vec<String> = vec![];
    for window in ends.windows(k + 1).filter(|_| k > 0) {
        let shingle = &text[window[k]..window[0]];
        if let Err(place) = found.binary_search_by(|known| known.as_str().cmp(shingle)) {
            found.insert(place, shingle.to_owned());
        }
    }
    found
}

fn jaccard_by_search(a: &[String], b: &[String]) -> f64 {
    let mut sides: HashMap<&str, u8> = HashMap::new();
    a.iter().for_each(|shingle| *sides.entry(shingle).or_default() |= 1);
    b.iter().for_each(|shingle| *sides.entry(shingle).or_default() |= 2);
    let common = sides.values().filter(|side| **side == 3).count();
    if sides.is_empty() { 1.0 } else { common as f64 / sides.len() as f64 }
}
