//! The check of `week03/utf8`: bytes against Python's encoder (`tests/reference/week03_utf8.py`).

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::utf8 as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test: `utf8_bytes(character)`.
pub type Subject = fn(char) -> Vec<u8>;

/// Grades a crate's `utf8`.
#[macro_export]
macro_rules! week03_utf8 {
    ($($subject:tt)+) => {{
        let subject: $crate::week03::utf8::Subject = $($subject)+::utf8::utf8_bytes;
        $crate::week03::utf8::check().grade(&subject)
    }};
}

/// The check.
pub fn check() -> Check<char, Subject> {
    let observe = |subject: &Subject, input: &char, values: &mut Values| {
        note(&subject(*input), values);
        Ok(())
    };
    let truth: Subject = ours::utf8_bytes;
    Check::new("week03/utf8", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "later bytes without their mark",
            "Your first bytes are right, and the later ones do not begin with 10. How would a reader know that they go on?",
            "Every byte after the first is 0b1000_0000 and six bits of the number: `0x80 | six`.",
        )
        .mistake(
            "first byte without its mark",
            "Your first byte does not say how many bytes follow. How does the table mark it?",
            "Set the bits of the table: 0xc0 before one more byte, 0xe0 before two, 0xf0 before three.",
        )
        .mistake(
            "bits of the byte before",
            "Your later bytes hold bits that an earlier byte holds already. How many bits of the number go into each?",
            "Cut each group to six bits with `& 0x3f` before you mark it.",
        )
        .mistake(
            "lowest bits first",
            "Your bytes are the right ones in the wrong order. Which byte does a reader need first?",
            "The byte that holds the highest bits, and the length, stands first.",
        )
        .mistake(
            "later bytes turned round",
            "Your first byte is right, and the bytes after it stand in reverse order. Which six bits come first?",
            "After the first byte go on from the highest bits of the number to the lowest: shift by 12, then 6, then 0.",
        )
        .mistake(
            "two halves of UTF-16",
            "Your characters above U+FFFF have six bytes. How many does the table give them?",
            "Those are the two halves of UTF-16, each written by itself. UTF-8 writes the number as it is, in four bytes.",
        )
        .mistake(
            "the last of a length",
            "The last character of a length gets one byte too many. Which is the largest number of 7 bits, and where do you put it?",
            "0x7f still has one byte, 0x7ff two and 0xffff three: include the ends, with `..=` or `<=`.",
        )
        .mistake(
            "the first of the next length",
            "The first character of a length gets one byte too few. How many bits has 0x80?",
            "0x80 needs two bytes, 0x800 three and 0x10000 four: a range must end one before.",
        )
        .mistake(
            "three bytes at most",
            "Your characters above U+FFFF are wrong, and those below are right. How many bits do three bytes hold?",
            "Three bytes hold 16 bits. From 0x10000 on take four: 0xf0 with the highest three bits, then six and six and six.",
        )
        .mistake(
            "the number itself",
            "Your bytes are those of the number, without marks. How would a reader know where a character ends?",
            "Share the bits out as the table says: the highest after the mark of the first byte, then six in each byte.",
        )
        .mistake(
            "steps of eight bits",
            "Your later bytes are taken from the wrong place of the number. By how many bits does each byte go on?",
            "A later byte holds six bits: shift by 6, 12 and 18, not by 8, 16 and 24.",
        )
        .right("by the standard library", |character| character.to_string().into_bytes())
        .right("by division, from the right", by_division)
}

/// Bytes as bits, so that the marks are seen.
fn note(bytes: &[u8], values: &mut Values) {
    let bits: Vec<String> = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    values.text("bytes", bits.join(" "));
}

/// What Python gives.
fn golden() -> Result<Vec<Case<char>>> {
    #[derive(Deserialize)]
    struct Golden {
        cases: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        name: String,
        character: char,
        bytes: Vec<u8>,
    }
    let golden: Golden = fixtures::json("week03/utf8.json")?;
    let case = |one: One| {
        let mut values = Values::default();
        note(&one.bytes, &mut values);
        Case { name: one.name, input: one.character, golden: Some(values) }
    };
    Ok(golden.cases.into_iter().map(case).collect())
}

/// Characters of each length drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<char>>> {
    let mut rng = Rng::seed(31);
    let mut cases = vec![];
    for (name, low, high) in [
        ("a drawn character of one byte", 0, 0x7f),
        ("a drawn character of two bytes", 0x80, 0x7ff),
        ("a drawn syllable", 0xac00, 0xd7a3),
        ("a drawn character of three bytes", 0x800, 0xd7ff),
        ("a drawn character of four bytes", 0x10000, 0x10_ffff),
    ] {
        for _ in 0..4 {
            let code = rng.uniform(low as f32, high as f32, 1, &candle_core::Device::Cpu)?.to_vec1::<f32>()?[0] as u32;
            let input = char::from_u32(code.clamp(low, high)).unwrap_or('가');
            cases.push(Case { name: name.to_owned(), input, golden: None });
        }
    }
    Ok(cases)
}

/// The bytes with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &char, values: &mut Values) -> Result<()> {
    let code = *input as u32;
    if has("the number itself") {
        let bytes = code.to_be_bytes();
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
        let mut bytes = bytes[start..].to_vec();
        if has("lowest bits first") {
            bytes.reverse();
        }
        note(&bytes, values);
        return Ok(());
    }
    if has("two halves of UTF-16") && code > 0xffff {
        let halves = input.encode_utf16(&mut [0; 2]).to_vec().into_iter();
        let three = |half: u16| [0xe0 | half >> 12, 0x80 | half >> 6 & 0x3f, 0x80 | half & 0x3f].map(|byte| byte as u8);
        note(&halves.flat_map(three).collect::<Vec<_>>(), values);
        return Ok(());
    }
    let ends =
        [0x7f, 0x7ff, 0xffff].map(|end| match (has("the last of a length"), has("the first of the next length")) {
            (true, false) => end - 1,
            (false, true) => end + 1,
            _ => end,
        });
    let later = ends.iter().filter(|end| code > **end).count();
    let later = if has("three bytes at most") { later.min(2) } else { later };
    let step = if has("steps of eight bits") { 8 } else { 6 };
    let first = code >> (step * later as u32);
    let mark = if has("first byte without its mark") { 0 } else { [0, 0xc0, 0xe0, 0xf0][later] };
    let mut bytes = vec![(mark | first) as u8];
    for place in (0..later as u32).rev() {
        let group = code >> (step * place);
        let group = if has("bits of the byte before") { group } else { group & 0x3f };
        let mark = if has("later bytes without their mark") { 0 } else { 0x80 };
        bytes.push((mark | group) as u8);
    }
    if has("later bytes turned round") {
        bytes[1..].reverse();
    }
    if has("lowest bits first") {
        bytes.reverse();
    }
    note(&bytes, values);
    Ok(())
}

/// Right, in an odd way: remainders of 64, and the first byte from the count of them.
fn by_division(character: char) -> Vec<u8> {
    let mut rest = character as u32;
    let mut bytes = vec![];
    // A first byte after `n` others has room for 6 - n bits; alone it has 7.
    let mut room = 128;
    while rest >= room {
        bytes.insert(0, (128 + rest % 64) as u8);
        rest /= 64;
        room = if room == 128 { 32 } else { room / 2 };
    }
    let mark = [0, 192, 224, 240][bytes.len()];
    bytes.insert(0, mark + rest as u8);
    bytes
}
