//! The check of `week03/byte-alphabet`: the alphabet of transformers and tokenizers
//! (`tests/reference/week03_byte_alphabet.py`).

use std::ops::RangeInclusive;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::byte_alphabet as ours;
use week00_workbench::fixtures;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn() -> Vec<char>;

/// Grades a crate's `byte_alphabet`.
#[macro_export]
macro_rules! week03_byte_alphabet {
    ($($subject:tt)+) => {
        $crate::week03::byte_alphabet::check()
            .grade(&($($subject)+::byte_alphabet::byte_alphabet as $crate::week03::byte_alphabet::Subject))
    };
}

/// The check. An input is a range of bytes, whose characters are looked at.
pub fn check() -> Check<RangeInclusive<usize>, Subject> {
    let truth: Subject = ours::byte_alphabet;
    let observe =
        |subject: &Subject, bytes: &RangeInclusive<usize>, values: &mut Values| note(&subject(), bytes, values);
    Check::new("week03/byte-alphabet", truth, observe, flawed)
        .cases(golden())
        .mistake(
            "every byte as it is",
            "In your alphabet the space is a space and the byte 0 is invisible. Which bytes may stay as they are?",
            "Only the bytes 21 to 7E, A1 to AC and AE to FF are visible characters of Latin-1: give the others new characters.",
        )
        .mistake(
            "ASCII alone",
            "In your alphabet every byte from 80 on gets a new character. What does Latin-1 show for the byte E9?",
            "The bytes A1 to AC and AE to FF are visible in Latin-1, too: only 68 bytes get new characters.",
        )
        .mistake(
            "100 and the byte itself",
            "The byte 0 and the space are right, and from 7F on your new characters are too far. What is counted from U+0100 on?",
            "Count the hidden bytes, not all bytes: the hidden byte after the space is 7F, and its character follows that of the space.",
        )
        .mistake(
            "from 101 on",
            "Each of your new characters is one too far. Which character stands for the byte 0?",
            "The first hidden byte is U+0100 itself: use the counter, then raise it.",
        )
        .mistake(
            "the visible bytes first",
            "Your list holds the right 256 characters in another order. At which place does the character of a byte stand?",
            "The character of the byte b stands at index b: go over the bytes from 0 to FF once, and decide for each.",
        )
        .mistake(
            "the space kept",
            "In your alphabet the space is still a space. What would that do to a file with a merge on each line, `a b`?",
            "The space, 20, is hidden: it becomes Ġ. The visible bytes begin at 21, the `!`.",
        )
        .mistake(
            "DEL kept",
            "The byte 7F is still itself in your alphabet. What does it look like?",
            "7F is the control character DEL: the visible bytes of ASCII end at 7E, the `~`.",
        )
        .mistake(
            "the no-break space kept",
            "The byte A0 is still itself in your alphabet. Can you tell it from a space?",
            "A0 is the no-break space of Latin-1: the upper visible bytes begin at A1.",
        )
        .mistake(
            "the soft hyphen kept",
            "One byte above A0 is still itself in your alphabet, and is mostly invisible. Which?",
            "AD is the soft hyphen, which shows only at a line's end: it is the last of the 68 hidden bytes.",
        )
        .mistake(
            "80 to 9F kept",
            "The bytes from 80 to 9F are still themselves in your alphabet. What does Latin-1 have there?",
            "80 to 9F are control characters, as 00 to 1F are: give them new characters.",
        )
        .right("by reckoning", || {
            let character = |byte: u32| match byte {
                0..0x21 => 0x100 + byte,
                0x7f..0xa1 => 0x121 + byte - 0x7f,
                0xad => 0x143,
                _ => byte,
            };
            (0..256).filter_map(|byte| char::from_u32(character(byte))).collect()
        })
        .right("the visible ones first, then put in order", || {
            let visible = (0x21..=0x7e).chain(0xa1..=0xac).chain(0xae..=0xff);
            let mut pairs: Vec<(u32, u32)> = visible.map(|byte| (byte, byte)).collect();
            for byte in 0..256 {
                if !pairs.iter().any(|(known, _)| *known == byte) {
                    let next = 256 + pairs.iter().filter(|(_, character)| *character > 255).count() as u32;
                    pairs.push((byte, next));
                }
            }
            pairs.sort_unstable();
            pairs.into_iter().filter_map(|(_, character)| char::from_u32(character)).collect()
        })
}

fn note(characters: &[char], bytes: &RangeInclusive<usize>, values: &mut Values) -> Result<()> {
    values.counts("how many characters", [characters.len() as u64])?;
    let characters = characters.iter().skip(*bytes.start()).take(bytes.end() - bytes.start() + 1);
    values.text("characters", characters.collect::<String>());
    Ok(())
}

#[derive(Deserialize)]
struct Golden {
    characters: String,
}

/// Sixteen rows of sixteen, and all.
fn golden() -> Result<Vec<Case<RangeInclusive<usize>>>> {
    let golden: Golden = fixtures::json("week03/byte_alphabet.json")?;
    let characters: Vec<char> = golden.characters.chars().collect();
    let rows = (0..16).map(|row| 16 * row..=16 * row + 15);
    rows.chain([0..=255])
        .map(|bytes| {
            let mut values = Values::default();
            note(&characters, &bytes, &mut values)?;
            let name = format!("the bytes {:02X} to {:02X}", bytes.start(), bytes.end());
            Ok(Case { name, input: bytes, golden: Some(values) })
        })
        .collect()
}

/// The alphabet with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, bytes: &RangeInclusive<usize>, values: &mut Values) -> Result<()> {
    let is_visible = |byte: u32| match byte {
        _ if has("every byte as it is") => true,
        0x20 => has("the space kept"),
        0x7f => has("DEL kept"),
        0x80.. if has("ASCII alone") => false,
        0x80..0xa0 => has("80 to 9F kept"),
        0xa0 => has("the no-break space kept"),
        0xad => has("the soft hyphen kept"),
        _ => byte > 0x20,
    };
    let mut next = if has("from 101 on") { 0x101 } else { 0x100 };
    let (mut visible, mut hidden, mut all) = (vec![], vec![], vec![]);
    for byte in 0..256 {
        let character = if is_visible(byte) {
            byte
        } else if has("100 and the byte itself") {
            byte + if has("from 101 on") { 0x101 } else { 0x100 }
        } else {
            next += 1;
            next - 1
        };
        let character = char::from_u32(character).unwrap_or_default();
        if is_visible(byte) {
            visible.push(character)
        } else {
            hidden.push(character)
        }
        all.push(character);
    }
    let all = if has("the visible bytes first") { [visible, hidden].concat() } else { all };
    note(&all, bytes, values)
}
