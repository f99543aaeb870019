//! The check of `week03/stream`: bytes that come in parts, against Python's incremental decoder
//! (`tests/reference/week03_stream.py`).

use std::collections::BTreeMap;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::stream as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(&mut Vec<u8>, &[u8]) -> String;

/// Grades a crate's `push_token`.
#[macro_export]
macro_rules! week03_stream {
    ($($subject:tt)+) => {
        $crate::week03::stream::check().grade(&($($subject)+::stream::push_token as $crate::week03::stream::Subject))
    };
}

/// The tokens, in the order in which they come.
type Tokens = Vec<Vec<u8>>;

/// The check.
pub fn check() -> Check<Tokens, Subject> {
    let truth: Subject = ours::push_token;
    let observe = |subject: &Subject, tokens: &Tokens, values: &mut Values| run(*subject, tokens, values);
    Check::new("week03/stream", truth, observe, |has, tokens, values| {
        run(|waiting, token| flawed(has, waiting, token), tokens, values)
    })
    .cases(golden())
    .cases(drawn())
    .mistake(
        "each token by itself",
        "A syllable that comes in two tokens becomes U+FFFD twice. What must the first token's bytes do until the second is there?",
        "Put the token behind what waits, and leave an end that may still become a character in `waiting`.",
    )
    .mistake(
        "nothing until all is whole",
        "You give back nothing while the last character is not whole. Is what stands before it not certain?",
        "Give back the valid part at once: `Utf8Error::valid_up_to` says how long it is. Only the open end waits.",
    )
    .way("nothing until the open end is whole")
    .mistake(
        "nothing while the end is U+FFFD",
        "You hold back a whole text because it ends in U+FFFD. Can a text end so and be complete?",
        "Ask `str::from_utf8` and its `error_len`, not the text that `from_utf8_lossy` made: U+FFFD is also a character like any other.",
    )
    .mistake(
        "wrong bytes wait for ever",
        "After a byte that can never become a character, nothing more comes. What are you waiting for?",
        "Where `error_len` is `Some(n)`, write U+FFFD, take these n bytes out, and go on with the rest.",
    )
    .mistake(
        "wrong bytes dropped",
        "Bytes that are no UTF-8 vanish from your text. How would a reader know that something was there?",
        "Write one U+FFFD where `error_len` is `Some`, then take these bytes out.",
    )
    .mistake(
        "the rest thrown away",
        "What stands behind a wrong byte is lost. Which of the waiting bytes are wrong?",
        "Only `error_len` bytes from `valid_up_to` on are wrong: take these out, and look at the rest again.",
    )
    .mistake(
        "the rest comes late",
        "What stands behind a wrong byte comes only with the next token. Is it not certain already?",
        "Go on in a loop after a wrong byte, until the waiting bytes are empty or only an open end is left.",
    )
    .mistake(
        "one U+FFFD for each byte",
        "You write a U+FFFD for every byte that is wrong. How many does `from_utf8_lossy` write for the start of a character that is cut off?",
        "The start of a character that something else follows is one U+FFFD: take out `error_len` bytes at once.",
    )
    .mistake(
        "not taken out",
        "Your text says again what was said before. What stays in `waiting` after it has been given back?",
        "Take what you gave back out of `waiting`: `clear()` for all of it, `drain(..n)` for the first n bytes.",
    )
    .right("the open end first, the rest as a whole", |waiting, token| {
        waiting.extend_from_slice(token);
        let is_open = |bytes: &[u8]| {
            std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        };
        let longest = waiting.len().min(3);
        let open = (1..=longest).find(|n| is_open(&waiting[waiting.len() - n..])).unwrap_or(0);
        let end = waiting.split_off(waiting.len() - open);
        let text = String::from_utf8_lossy(waiting).into_owned();
        *waiting = end;
        text
    })
    .right("chunk by chunk", |waiting, token| {
        let bytes = [waiting.as_slice(), token].concat();
        waiting.clear();
        let mut text = String::new();
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            text += chunk.valid();
            at += chunk.valid().len() + chunk.invalid().len();
            let is_last = at == bytes.len();
            match std::str::from_utf8(chunk.invalid()) {
                Ok(_) => {}
                Err(error) if is_last && error.error_len().is_none() => waiting.extend(chunk.invalid()),
                Err(_) => text.push(char::REPLACEMENT_CHARACTER),
            }
        }
        text
    })
}

fn run(push: impl Fn(&mut Vec<u8>, &[u8]) -> String, tokens: &Tokens, values: &mut Values) -> Result<()> {
    let mut waiting = vec![];
    let texts: Vec<String> = tokens.iter().map(|token| push(&mut waiting, token)).collect();
    values.texts("the text after each token", texts);
    values.counts("the bytes that wait in the end", waiting)
}

#[derive(Deserialize)]
struct Golden {
    cases: BTreeMap<String, GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    parts: Tokens,
    texts: Vec<String>,
    waiting: usize,
}

fn golden() -> Result<Vec<Case<Tokens>>> {
    let golden: Golden = fixtures::json("week03/stream.json")?;
    let case = |(name, case): (String, GoldenCase)| {
        let bytes = case.parts.concat();
        let mut values = Values::default();
        values.texts("the text after each token", case.texts);
        values.counts("the bytes that wait in the end", bytes[bytes.len() - case.waiting..].iter().copied())?;
        Ok(Case { name, input: case.parts, golden: Some(values) })
    };
    golden.cases.into_iter().map(case).collect()
}

/// Bytes of which some are text, cut anywhere.
fn drawn() -> Result<Vec<Case<Tokens>>> {
    let mut rng = Rng::seed(303);
    let mut below = |end: usize| rng.sample(&vec![1.0; end]);
    let mut cases = vec![];
    for name in ["a text with wrong bytes, drawn", "another text with wrong bytes, drawn"] {
        let mut bytes = vec![];
        for _ in 0..12 {
            match below(4)? {
                0 => bytes.push(below(256)? as u8),
                1 => bytes.push(b'a' + below(26)? as u8),
                _ => bytes.extend(char::from_u32(0xac00 + below(11_172)? as u32).unwrap_or('한').to_string().bytes()),
            }
        }
        let mut tokens = vec![];
        while !bytes.is_empty() {
            let length = (1 + below(4)?).min(bytes.len());
            tokens.push(bytes.drain(..length).collect());
        }
        cases.push(Case { name: name.to_owned(), input: tokens, golden: None });
    }
    Ok(cases)
}

/// `push_token` with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, waiting: &mut Vec<u8>, token: &[u8]) -> String {
    if has("each token by itself") {
        return String::from_utf8_lossy(token).into_owned();
    }
    waiting.extend_from_slice(token);
    let take = |waiting: &mut Vec<u8>, count: usize| {
        if !has("not taken out") {
            waiting.drain(..count);
        }
    };
    if has("nothing while the end is U+FFFD") {
        let text = String::from_utf8_lossy(waiting).into_owned();
        if text.ends_with(char::REPLACEMENT_CHARACTER) {
            return String::new();
        }
        take(waiting, waiting.len());
        return text;
    }
    let mut text = String::new();
    // Where what was said stays, it is said again with the next token, and not for ever with this one.
    let mut said = 0;
    loop {
        match std::str::from_utf8(&waiting[said..]) {
            Ok(rest) => {
                text += rest;
                said = waiting.len();
                take(waiting, said);
                return text;
            }
            Err(_) if has("nothing until all is whole") => return text,
            Err(error) if has("nothing until the open end is whole") && error.error_len().is_none() => {
                take(waiting, said);
                return text;
            }
            Err(error) => {
                let valid = said + error.valid_up_to();
                text += &String::from_utf8_lossy(&waiting[said..valid]);
                said = valid;
                let wrong = match error.error_len() {
                    Some(wrong) if !has("wrong bytes wait for ever") => wrong,
                    _ => {
                        take(waiting, said);
                        return text;
                    }
                };
                if !has("wrong bytes dropped") {
                    text.push(char::REPLACEMENT_CHARACTER);
                }
                if has("the rest thrown away") {
                    waiting.clear();
                    return text;
                }
                said += if has("one U+FFFD for each byte") { 1 } else { wrong };
                if has("the rest comes late") {
                    take(waiting, said);
                    return text;
                }
            }
        }
    }
}
