//! The check of `week02/mojibake`: UTF-8 misread by the codecs of Python and ftfy (`tests/reference/week02_mojibake.py`).

use candle_core::Result;
use serde::Deserialize;
use sol02_data::mojibake as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(&str) -> String;

/// Grades a crate's `mojibake`.
#[macro_export]
macro_rules! week02_mojibake {
    ($($subject:tt)+) => {
        $crate::week02::mojibake::check().grade(&($($subject)+::mojibake::repair as $crate::week02::mojibake::Subject))
    };
}

/// The check.
pub fn check() -> Check<String, Subject> {
    let truth: Subject = ours::repair;
    let observe = |subject: &Subject, text: &String, values: &mut Values| {
        values.text("text", subject(text));
        Ok(())
    };
    Check::new("week02/mojibake", truth, observe, |has, text, values| flawed(has, text, values))
        .cases(golden())
        .cases(drawn())
        .mistake(
            "once only",
            "What was misread once comes back, and what was misread twice does not. What is the result of your first step then?",
            "Go on as long as a step succeeds and changes something.",
        )
        .mistake(
            "Latin-1",
            "Text whose bytes lie from 80 to 9F does not come back. Which sign has the byte 80 in Windows-1252?",
            "Windows-1252 is not Latin-1: look the signs of the bytes 80 to 9F up in FROM_0X80.",
        )
        .mistake(
            "the five bytes refused",
            "Text stays broken where one of the bytes 81, 8D, 8F, 90, 9D takes part. What stands for these in FROM_0X80?",
            "The five bytes without a sign are read as the control characters of the same number: take them for bytes as well.",
        )
        .mistake(
            "broken UTF-8 let through",
            "A text that was right, such as café, comes out with a U+FFFD. Is every list of bytes UTF-8?",
            "Use String::from_utf8, and return the text itself where it fails; from_utf8_lossy puts U+FFFD for what it cannot read.",
        )
        .mistake(
            "signs left out",
            "Signs that are not in Windows-1252 disappear from your text. What follows from one such sign for the whole text?",
            "A sign without a byte proves that the text is not UTF-8 read as Windows-1252: return it as it is.",
        )
        .mistake(
            "piece by piece",
            "You also repair a part of a text whose other part was read rightly. What does the statement say of such a text?",
            "Turn the whole text into bytes or none of it: one sign without a byte, and the text stays.",
        )
        .mistake(
            "the control characters taken for bytes",
            "U+0080 counts as a byte for you. Which sign stands for the byte 80?",
            "Of the numbers 80 to 9F only the five in FROM_0X80 are signs of Windows-1252; the other control characters have no byte.",
        )
        .right("a table of all 256 bytes", by_table)
        .right("by recursion", by_recursion)
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    name: String,
    text: String,
    meant: String,
}

fn golden() -> Result<Vec<Case<String>>> {
    let golden: Golden = fixtures::json("week02/mojibake.json")?;
    let case = |case: GoldenCase| {
        let mut values = Values::default();
        values.text("text", case.meant);
        Case { name: case.name, input: case.text, golden: Some(values) }
    };
    Ok(golden.cases.into_iter().map(case).collect())
}

/// Syllables drawn from a seed, misread once, twice and not at all.
fn drawn() -> Result<Vec<Case<String>>> {
    let mut rng = Rng::seed(212);
    let weights = vec![1.0; 11_172];
    let mut case = |name: &str, length: usize, times: usize| -> Result<Case<String>> {
        let syllable = |place: usize| char::from_u32(0xac00 + place as u32);
        let mut text = String::new();
        for _ in 0..length {
            text.extend(syllable(rng.sample(&weights)?));
        }
        for _ in 0..times {
            text = text.bytes().map(sign_of).collect();
        }
        Ok(Case { name: name.to_owned(), input: text, golden: None })
    };
    Ok(vec![
        case("eight syllables, misread", 8, 1)?,
        case("six syllables, misread twice", 6, 2)?,
        case("seven syllables, read rightly", 7, 0)?,
    ])
}

fn sign_of(byte: u8) -> char {
    match byte {
        0x80..=0x9f => ours::FROM_0X80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// The repair with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, text: &str, values: &mut Values) -> Result<()> {
    let byte = |sign: char| {
        let code = u32::from(sign);
        if has("Latin-1") {
            return u8::try_from(code).ok();
        }
        match ours::FROM_0X80.iter().position(|high| *high == sign) {
            Some(_) if code < 0xa0 && has("the five bytes refused") => None,
            Some(place) => u8::try_from(0x80 + place).ok(),
            None if (0x80..0xa0).contains(&code) && !has("the control characters taken for bytes") => None,
            None => u8::try_from(code).ok(),
        }
    };
    let read = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if has("broken UTF-8 let through") => Some(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        Err(_) => None,
    };
    let step = |text: &str| -> Option<String> {
        if has("piece by piece") {
            // Runs of signs that have a byte, and the others one by one.
            let signs: Vec<char> = text.chars().collect();
            let runs = signs.chunk_by(|a, b| byte(*a).is_some() && byte(*b).is_some());
            let repaired = runs.map(|run| {
                let bytes: Vec<u8> = run.iter().copied().filter_map(byte).collect();
                match bytes.is_empty() {
                    true if has("signs left out") => String::new(),
                    true => run.iter().collect(),
                    false => read(bytes).unwrap_or_else(|| run.iter().collect()),
                }
            });
            return Some(repaired.collect());
        }
        let bytes: Option<Vec<u8>> = if has("signs left out") {
            Some(text.chars().filter_map(byte).collect())
        } else {
            text.chars().map(byte).collect()
        };
        read(bytes?)
    };
    let mut meant = text.to_owned();
    // Each step leaves fewer signs, but for a mistake.
    for _ in 0..if has("once only") { 1 } else { 10 } {
        match step(&meant) {
            Some(before) if before != meant => meant = before,
            _ => break,
        }
    }
    values.text("text", meant);
    Ok(())
}

/// Right, in an odd way: all 256 bytes are tried for each sign.
fn by_table(text: &str) -> String {
    let mut meant = text.to_owned();
    'again: loop {
        let mut bytes = vec![];
        for sign in meant.chars() {
            match (0..=255_u8).find(|byte| sign_of(*byte) == sign) {
                Some(byte) => bytes.push(byte),
                None => break 'again,
            }
        }
        match std::str::from_utf8(&bytes) {
            Ok(before) if before.chars().count() < meant.chars().count() => meant = before.to_owned(),
            _ => break,
        }
    }
    meant
}

/// Right as well: what one step gives, repaired.
fn by_recursion(text: &str) -> String {
    let bytes = text.chars().map(|sign| (0..=255_u8).find(|byte| sign_of(*byte) == sign)).collect::<Option<Vec<u8>>>();
    match bytes.map(String::from_utf8) {
        Some(Ok(before)) if !text.is_ascii() => by_recursion(&before),
        _ => text.to_owned(),
    }
}
