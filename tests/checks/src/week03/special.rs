//! The check of `week03/special`: added tokens, as tokenizers cuts them out (`tests/reference/week03_special.py`).

use std::collections::BTreeMap;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::special as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(&str, &[String]) -> Vec<(bool, String)>;

/// Grades a crate's `split_special`.
#[macro_export]
macro_rules! week03_special {
    ($($subject:tt)+) => {
        $crate::week03::special::check()
            .grade(&($($subject)+::special::split_special as $crate::week03::special::Subject))
    };
}

/// A text and the special tokens.
#[derive(Debug, Clone)]
pub struct Input {
    text: String,
    special: Vec<String>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth: Subject = ours::split_special;
    let observe =
        |subject: &Subject, input: &Input, values: &mut Values| note(&subject(&input.text, &input.special), values);
    Check::new("week03/special", truth, observe, |has, input, values| {
        note(&flawed(has, &input.text, &input.special), values)
    })
    .cases(golden())
    .cases(drawn())
    .mistake(
        "the first of the list",
        "Where `<s>` and `<s>>` both begin, you take the one that is listed first. Which does the statement ask for?",
        "Of all that begin at a place take the longest: `max_by_key` with the length.",
    )
    .mistake(
        "one token after the other",
        "What you find depends on the order of the list, even where two tokens begin at different places. Which place comes first in the text?",
        "Go through the text from its start, once, and look at each place for all tokens: do not cut the whole text by one of them first.",
    )
    .mistake(
        "the longest of the text",
        "You take the longest token of the whole text before one that begins earlier. Which does a reader meet first?",
        "Go through the text from its start: length decides only among those that begin at the same place.",
    )
    .mistake(
        "empty parts",
        "Your list has parts of no text, where two special tokens touch or the text begins with one. What would they become?",
        "Note a text only where it is not empty.",
    )
    .mistake(
        "the end lost",
        "What stands behind the last special token is missing. When do you note a part?",
        "After the loop, note the text since the last special token, if there is any.",
    )
    .mistake(
        "the first one only",
        "Behind the first special token all is one text for you. May there be another?",
        "After a special token go on behind it, until the text ends.",
    )
    .mistake(
        "sign by sign",
        "Your text comes out in parts of one sign. How many parts is the text between two special tokens?",
        "Remember where the text began, and note it as a whole when a special token or the end comes.",
    )
    .mistake(
        "texts marked",
        "You mark the texts and not the special tokens. What does `true` mean here?",
        "The `bool` says whether the part is a special token.",
    )
    .mistake(
        "trimmed",
        "White space around special tokens is missing in your parts. Do the parts together make the text?",
        "Change nothing in the text: the parts, one after the other, must be the text.",
    )
    .right("the next place of each token, by find", by_find)
    .right("from the end, by recursion", by_recursion)
}

pub(super) fn note(parts: &[(bool, String)], values: &mut Values) -> Result<()> {
    values.texts("the parts", parts.iter().map(|(_, part)| part.clone()));
    values.counts("which are special (1) and which are text (0)", parts.iter().map(|(special, _)| u8::from(*special)))
}

#[derive(Deserialize)]
struct Golden {
    cases: BTreeMap<String, GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    text: String,
    special: Vec<String>,
    parts: Vec<(bool, String)>,
}

fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week03/special.json")?;
    let case = |(name, case): (String, GoldenCase)| {
        let mut values = Values::default();
        note(&case.parts, &mut values)?;
        Ok(Case { name, input: Input { text: case.text, special: case.special }, golden: Some(values) })
    };
    golden.cases.into_iter().map(case).collect()
}

fn drawn() -> Result<Vec<Case<Input>>> {
    const PIECES: [&str; 8] = ["<a>", "<a>b", "b<c>", "<c>", "안녕", " ", "b", "<"];
    let mut rng = Rng::seed(305);
    let special: Vec<String> = ["<a>", "<c>", "<a>b", "b<c>"].map(String::from).to_vec();
    ["ten pieces, drawn", "twenty pieces, drawn"]
        .into_iter()
        .zip([10, 20])
        .map(|(name, count)| {
            let pieces: Vec<&str> =
                (0..count).map(|_| Ok(PIECES[rng.sample(&[1.0; PIECES.len()])?])).collect::<Result<_>>()?;
            let input = Input { text: pieces.concat(), special: special.clone() };
            Ok(Case { name: name.to_owned(), input, golden: None })
        })
        .collect()
}

/// The parts with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, text: &str, special: &[String]) -> Vec<(bool, String)> {
    let mut parts = vec![(false, text.to_owned())];
    if has("the longest of the text") || has("one token after the other") {
        let mut order = special.to_vec();
        if has("the longest of the text") {
            order.sort_by_key(|token| std::cmp::Reverse(token.len()));
        }
        for token in &order {
            parts =
                parts
                    .into_iter()
                    .flat_map(|(is_special, part)| {
                        if is_special { vec![(true, part)] } else { cut(has, &part, std::slice::from_ref(token)) }
                    })
                    .collect();
        }
    } else {
        parts = cut(has, text, special);
    }
    if has("the end lost") && parts.last().is_some_and(|(is_special, _)| !is_special) {
        parts.pop();
    }
    let texts = parts.into_iter().flat_map(|(is_special, part)| match is_special {
        false if has("sign by sign") => part.chars().map(|c| (false, c.to_string())).collect(),
        false if has("trimmed") => vec![(false, part.trim().to_owned())],
        _ => vec![(is_special, part)],
    });
    texts
        .filter(|(is_special, part)| *is_special || !part.is_empty() || has("empty parts"))
        .map(|(is_special, part)| (is_special != has("texts marked"), part))
        .collect()
}

fn cut(has: &dyn Fn(&str) -> bool, text: &str, special: &[String]) -> Vec<(bool, String)> {
    let mut parts = vec![];
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let mut here = special.iter().filter(|token| text[at..].starts_with(token.as_str()));
        let token = if has("the first of the list") { here.next() } else { here.max_by_key(|token| token.len()) };
        let stopped = has("the first one only") && !parts.is_empty();
        match token.filter(|_| !stopped) {
            Some(token) => {
                parts.push((false, text[start..at].to_owned()));
                parts.push((true, token.clone()));
                at += token.len();
                start = at;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    parts.push((false, text[start..].to_owned()));
    parts
}

/// Right, in an odd way: of the next place of each token the first, and there the longest.
fn by_find(text: &str, special: &[String]) -> Vec<(bool, String)> {
    let mut parts = vec![];
    let mut rest = text;
    loop {
        let places = special.iter().filter_map(|token| Some((rest.find(token.as_str())?, token)));
        let Some((at, token)) = places.min_by_key(|(at, token)| (*at, std::cmp::Reverse(token.len()))) else { break };
        if at > 0 {
            parts.push((false, rest[..at].to_owned()));
        }
        parts.push((true, token.clone()));
        rest = &rest[at + token.len()..];
    }
    if !rest.is_empty() {
        parts.push((false, rest.to_owned()));
    }
    parts
}

/// Right as well: what begins here, and then the rest.
fn by_recursion(text: &str, special: &[String]) -> Vec<(bool, String)> {
    let Some(first) = text.chars().next() else { return vec![] };
    let here = special.iter().filter(|token| text.starts_with(token.as_str())).max_by_key(|token| token.len());
    let length = here.map_or(first.len_utf8(), String::len);
    let mut parts = by_recursion(&text[length..], special);
    match (here, parts.first_mut()) {
        (None, Some((false, next))) => next.insert(0, first),
        _ => parts.insert(0, (here.is_some(), text[..length].to_owned())),
    }
    parts
}
