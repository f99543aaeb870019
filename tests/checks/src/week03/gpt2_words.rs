//! The check of `week03/gpt2-words`: words as tokenizers and the package regex cut them
//! (`tests/reference/week03_gpt2_words.py`).

use std::collections::BTreeMap;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::gpt2_words as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(&str) -> Vec<String>;

/// Grades a crate's `gpt2_words`.
#[macro_export]
macro_rules! week03_gpt2_words {
    ($($subject:tt)+) => {
        $crate::week03::gpt2_words::check()
            .grade(&($($subject)+::gpt2_words::gpt2_words as $crate::week03::gpt2_words::Subject))
    };
}

/// The check.
pub fn check() -> Check<String, Subject> {
    let truth: Subject = ours::gpt2_words;
    let observe = |subject: &Subject, text: &String, values: &mut Values| {
        values.texts("words", subject(text));
        Ok(())
    };
    Check::new("week03/gpt2-words", truth, observe, |has, text, values| {
        values.texts("words", flawed(has, text));
        Ok(())
    })
    .cases(golden())
    .cases(drawn())
    .mistake(
        "a space for itself",
        "In your list a single space between two words is a word of its own. With which of the two does it go?",
        "A run of letters, digits or signs takes one space before it: ` 학교에` is one word.",
    )
    .mistake(
        "all spaces before a word",
        "Your word takes all the spaces before it. How many does ` ?` in the pattern stand for?",
        "A word takes one space, the last; the others are a word of their own.",
    )
    .mistake(
        "any white space before a word",
        "A tab or a line end goes with your word, as a space does. What stands before `\\p{L}+` in the pattern?",
        "Only the space itself, U+0020, goes with a word. Other white space is a word of its own.",
    )
    .mistake(
        "white space in one",
        "Two spaces between words come out as one word. What does `(?!\\S)` hold back?",
        "Where something follows, a run of more than one white space ends before its last sign, which goes with what follows or stands alone.",
    )
    .mistake(
        "held back at the end",
        "The last white space of a text comes out alone. What follows it there?",
        "Hold the last sign of white space back only where something follows: at the end of the text the run is one word.",
    )
    .mistake(
        "only a space held back",
        "Two line ends before a word come out as one word. Does `\\s+(?!\\S)` ask which white space is the last?",
        "Whatever the last sign of white space is, it is held back where something follows: a line end then stands alone.",
    )
    .mistake(
        "no English endings",
        "`it's` becomes three words in your list. What do the first seven alternatives of the pattern take?",
        "Before all else look whether the rest starts with 's, 't, 're, 've, 'm, 'll or 'd: then that is the word.",
    )
    .mistake(
        "endings in capitals",
        "You take 'S in IT'S for an ending. Does GPT-2's pattern pass over case?",
        "The endings are written in small letters: 'S is a sign and a letter for GPT-2. Later models changed that.",
    )
    .mistake(
        "letters and digits in one",
        "Letters and digits come out as one word. Which alternatives of the pattern take them?",
        "` ?\\p{L}+` and ` ?\\p{N}+` are two: a run ends where letters become digits.",
    )
    .mistake(
        "signs one by one",
        "Each of several signs in a row is a word of its own. What does the `+` behind `[^\\s\\p{L}\\p{N}]` say?",
        "A run of signs, with one space before it or none, is one word.",
    )
    .mistake(
        "ASCII alone",
        "A Korean word and the full stop behind it come out as one. Is 가 a letter for you?",
        "`\\p{L}` holds the letters of all writing systems: use `char::is_alphabetic` and `char::is_numeric`.",
    )
    .right("sign by sign, without looking back", by_signs)
    .right("as a list of rules, tried in order", by_rules)
}

#[derive(Deserialize)]
struct Golden {
    cases: BTreeMap<String, GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    text: String,
    words: Vec<String>,
}

fn golden() -> Result<Vec<Case<String>>> {
    let golden: Golden = fixtures::json("week03/gpt2_words.json")?;
    let case = |(name, case): (String, GoldenCase)| {
        let mut values = Values::default();
        values.texts("words", case.words);
        Case { name, input: case.text, golden: Some(values) }
    };
    Ok(golden.cases.into_iter().map(case).collect())
}

fn drawn() -> Result<Vec<Case<String>>> {
    const SIGNS: &str = "가학a9 \n\t.'sS    !  ";
    let mut rng = Rng::seed(304);
    let signs: Vec<char> = SIGNS.chars().collect();
    ["eighteen signs, drawn", "twenty-five signs, drawn"]
        .into_iter()
        .zip([18, 25])
        .map(|(name, length)| {
            let places: Vec<usize> = (0..length).map(|_| rng.sample(&vec![1.0; signs.len()])).collect::<Result<_>>()?;
            Ok(Case { name: name.to_owned(), input: places.into_iter().map(|i| signs[i]).collect(), golden: None })
        })
        .collect()
}

const ENDINGS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Letter,
    Number,
    Sign,
}

fn kind_of(c: char) -> Kind {
    match c {
        _ if c.is_whitespace() => Kind::Space,
        _ if c.is_alphabetic() => Kind::Letter,
        _ if c.is_numeric() => Kind::Number,
        _ => Kind::Sign,
    }
}

/// The words of a text with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, text: &str) -> Vec<String> {
    let kind = |c: char| match c {
        _ if c.is_whitespace() => Kind::Space,
        _ if has("ASCII alone") && !c.is_ascii() => Kind::Sign,
        _ if c.is_alphabetic() => Kind::Letter,
        _ if c.is_numeric() && has("letters and digits in one") => Kind::Letter,
        _ if c.is_numeric() => Kind::Number,
        _ => Kind::Sign,
    };
    let signs: Vec<char> = text.chars().collect();
    let run = |start: usize| {
        let of = kind(signs[start]);
        let length = signs[start..].iter().take_while(|c| kind(**c) == of).count();
        start + if of == Kind::Sign && has("signs one by one") { 1 } else { length }
    };
    let ending = |start: usize| {
        let rest: String = signs[start..].iter().take(3).collect();
        let rest = if has("endings in capitals") { rest.to_ascii_lowercase() } else { rest };
        ENDINGS.iter().find(|ending| !has("no English endings") && rest.starts_with(**ending)).map(|e| e.len())
    };
    let mut words = vec![];
    let mut at = 0;
    while at < signs.len() {
        let is_space = kind(signs[at]) == Kind::Space;
        let spaces = if is_space { run(at) } else { at };
        let follows = spaces < signs.len();
        let goes_on = |space: char| match has("any white space before a word") {
            true => true,
            false => space == ' ',
        };
        let end = if let Some(length) = ending(at) {
            at + length
        } else if !is_space {
            run(at)
        } else if has("a space for itself") {
            spaces
        } else if follows
            && (spaces - at == 1 || has("all spaces before a word"))
            && signs[at..spaces].iter().all(|c| goes_on(*c))
        {
            run(spaces)
        } else if spaces - at > 1 && !has("white space in one") && (follows || has("held back at the end")) {
            let last = signs[spaces - 1];
            if has("only a space held back") && last != ' ' { spaces } else { spaces - 1 }
        } else {
            spaces
        };
        words.push(signs[at..end].iter().collect());
        at = end;
    }
    words
}

/// Right, in an odd way: each sign joins the word before it or begins a new one.
fn by_signs(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = vec![];
    let mut left = 0; // signs of an English ending that are still to come
    for (i, c) in signs.iter().enumerate() {
        let rest: String = signs[i..].iter().take(3).collect();
        let last = words.last().and_then(|word| word.chars().next_back());
        let is_ending = words.last().is_some_and(|word| ENDINGS.contains(&word.as_str()));
        let next = signs.get(i + 1).map(|next| kind_of(*next));
        if left > 0 {
            left -= 1;
            words.last_mut().map(|word| word.push(*c)).unwrap_or_default();
            continue;
        }
        let joins = match (last, kind_of(*c)) {
            (None, _) => false,
            (Some(last), Kind::Space) => {
                // The last white space of several is held back where something follows.
                kind_of(last) == Kind::Space && !(next.is_some_and(|next| next != Kind::Space))
            }
            (Some(last), kind) => {
                let alone = words.last().is_some_and(|word| word.chars().count() == 1);
                last == ' ' && alone || kind_of(last) == kind && !is_ending
            }
        };
        let before = words.last().is_some_and(|word| word == " ");
        let starts_ending = ENDINGS.iter().find(|ending| rest.starts_with(**ending));
        match starts_ending {
            // Behind a space or another sign the apostrophe belongs to these.
            Some(ending) if !(before || joins && last.is_some_and(|last| kind_of(last) == Kind::Sign)) => {
                words.push(c.to_string());
                left = ending.len() - 1;
            }
            _ if joins => words.last_mut().map(|word| word.push(*c)).unwrap_or_default(),
            _ => words.push(c.to_string()),
        }
    }
    words
}

/// Right as well: the alternatives of the pattern, as functions that say how much they take.
fn by_rules(text: &str) -> Vec<String> {
    type Rule = fn(&str) -> usize;
    fn run(text: &str, kind: Kind) -> usize {
        let space = usize::from(text.starts_with(' '));
        let length: usize = text[space..].chars().take_while(|c| kind_of(*c) == kind).map(char::len_utf8).sum();
        if length > 0 { space + length } else { 0 }
    }
    const RULES: [Rule; 6] = [
        |text| ENDINGS.iter().find(|ending| text.starts_with(**ending)).map_or(0, |ending| ending.len()),
        |text| run(text, Kind::Letter),
        |text| run(text, Kind::Number),
        |text| run(text, Kind::Sign),
        |text| {
            let spaces: Vec<usize> =
                text.chars().take_while(|c| kind_of(*c) == Kind::Space).map(char::len_utf8).collect();
            let all: usize = spaces.iter().sum();
            if all == text.len() { all } else { all - spaces.last().unwrap_or(&0) }
        },
        |text| text.chars().take_while(|c| kind_of(*c) == Kind::Space).map(char::len_utf8).sum(),
    ];
    let mut words = vec![];
    let mut rest = text;
    while let Some(length) = RULES.iter().map(|rule| rule(rest)).find(|length| *length > 0) {
        words.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    words
}
