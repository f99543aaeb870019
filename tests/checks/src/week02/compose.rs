//! The check of `week02/compose`: Hangul against Python's unicodedata (`tests/reference/week02_compose.py`).

use candle_core::Result;
use serde::Deserialize;
use sol02_data::compose as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(&str) -> String;

/// Grades a crate's `compose`.
#[macro_export]
macro_rules! week02_compose {
    ($($subject:tt)+) => {
        $crate::week02::compose::check().grade(&($($subject)+::compose::compose as $crate::week02::compose::Subject))
    };
}

/// The check.
pub fn check() -> Check<String, Subject> {
    let truth: Subject = ours::compose;
    let observe = |subject: &Subject, text: &String, values: &mut Values| {
        values.text("text", subject(text));
        Ok(())
    };
    Check::new("week02/compose", truth, observe, |has, text, values| flawed(has, text, values))
        .cases(golden())
        .cases(others())
        .mistake(
            "trailing one too low",
            "Your syllables end in the consonant before the right one, or in none. Which number has the first trailing consonant, if 0 means none?",
            "Count trailing consonants from U+11A7, not from U+11A8: U+11A8 is number 1.",
        )
        .mistake(
            "trailing left apart",
            "Consonant and vowel become a syllable, and the trailing consonant stays beside it. What does T add to the syllable?",
            "After a syllable of L and V, look whether a trailing consonant follows, and add its number to the syllable.",
        )
        .mistake(
            "open syllable left alone",
            "A syllable that was whole already, such as 하, does not take the trailing consonant behind it. Is 하 + ᆫ not 한?",
            "A syllable without a trailing consonant may also stand in the text from the start: its number from U+AC00 is a multiple of 28.",
        )
        .mistake(
            "closed syllable takes another",
            "A syllable that has a trailing consonant takes a second one and becomes another syllable. How many has it room for?",
            "Add a trailing consonant only where the syllable has none: where its number from U+AC00 is a multiple of 28.",
        )
        .mistake(
            "21 and 28 swapped",
            "Your syllables are far from the right ones. How many syllables share a leading consonant and a vowel?",
            "A vowel changes every 28 syllables and a leading consonant every 21 times 28: (L * 21 + V) * 28 + T.",
        )
        .mistake(
            "old jamo taken in",
            "Your function also composes jamo that modern Hangul no longer has. Where do the 19, 21 and 27 modern ones end?",
            "Only U+1100 to U+1112, U+1161 to U+1175 and U+11A8 to U+11C2 compose; the blocks go on with old letters.",
        )
        .mistake(
            "U+11A7 swallowed",
            "U+11A7 disappears after a syllable. Is it a trailing consonant, or the place from which these are counted?",
            "Number 0 means that there is no trailing consonant: only numbers from 1 on are signs to take in.",
        )
        .mistake(
            "lone jamo lost",
            "Jamo that belong to no syllable are missing from your text. What should happen to a leading consonant without a vowel?",
            "Whatever makes no syllable goes into the result as it is: a lone jamo as well.",
        )
        .mistake(
            "compatibility jamo composed",
            "Your function also joins ㅎㅏㄴ, the jamo that a keyboard writes. Are these in the ranges of the statement?",
            "Compatibility jamo, U+3131 to U+3163, are signs of their own: leave them as they are, and ㅋㅋ too.",
        )
        .mistake(
            "the last sign lost",
            "The end of your text is missing. What do you do with what you still hold when the text is over?",
            "After the loop, push the sign or syllable that was waiting for what follows.",
        )
        .right("over a list of signs, in place", in_place)
        .right("by the index of a regular sequence", greedy)
}

#[derive(Deserialize)]
struct Golden {
    decomposed: u64,
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    name: String,
    text: String,
    composed: String,
}

fn golden() -> Result<Vec<Case<String>>> {
    let golden: Golden = fixtures::json("week02/compose.json")?;
    let case = |name: String, input: String, composed: String| {
        let mut values = Values::default();
        values.text("text", composed);
        Case { name, input, golden: Some(values) }
    };
    let mut cases: Vec<Case<String>> = golden.cases.into_iter().map(|c| case(c.name, c.text, c.composed)).collect();
    let apart: String = (0..11_172).flat_map(apart).collect();
    if fnv1a(apart.as_bytes()) != golden.decomposed {
        candle_core::bail!("the syllables taken apart are not those of Python");
    }
    cases.push(case("all 11,172 syllables, taken apart".into(), apart, ('가'..='힣').collect()));
    Ok(cases)
}

/// The jamo of a syllable.
fn apart(syllable: u32) -> impl Iterator<Item = char> {
    let (l, v, t) = (syllable / 588, syllable / 28 % 21, syllable % 28);
    [Some(0x1100 + l), Some(0x1161 + v), (t > 0).then_some(0x11a7 + t)].into_iter().flatten().filter_map(char::from_u32)
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// Cases that NFC as a whole would answer otherwise, and drawn ones.
fn others() -> Result<Vec<Case<String>>> {
    let case = |name: &str, input: String| Case { name: name.to_owned(), input, golden: None };
    let mut rng = Rng::seed(211);
    let signs: Vec<char> =
        "가한값하 a\u{1100}\u{1112}\u{1113}\u{1161}\u{1175}\u{1176}\u{11a7}\u{11a8}\u{11c2}\u{11c3}ㅎㅏ"
            .chars()
            .chain((0..6).flat_map(|i| [0x1100 + i * 3, 0x1161 + i * 3, 0x11a8 + i * 4]).filter_map(char::from_u32))
            .collect();
    let weights = vec![1.0; signs.len()];
    let mut drawn = |length: usize| (0..length).map(|_| Ok(signs[rng.sample(&weights)?])).collect::<Result<String>>();
    Ok(vec![
        case("an accent, which is no Hangul", "e\u{301} \u{1112}\u{1161}\u{11ab}".to_owned()),
        case("jamo in any order, drawn", drawn(60)?),
        case("more of them, drawn", drawn(200)?),
    ])
}

/// Composition with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, text: &str, values: &mut Values) -> Result<()> {
    let jamo = |sign: char, first: u32, count: u32| u32::from(sign).checked_sub(first).filter(|n| *n < count);
    let old = has("old jamo taken in");
    let keyboard = has("compatibility jamo composed");
    let leading = |sign: char| {
        let of_keyboard = || "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ".chars().position(|c| c == sign).map(|n| n as u32);
        jamo(sign, 0x1100, if old { 95 } else { 19 }).or_else(|| of_keyboard().filter(|_| keyboard))
    };
    let vowel = |sign: char| {
        jamo(sign, 0x1161, if old { 70 } else { 21 }).or_else(|| jamo(sign, 0x314f, 21).filter(|_| keyboard))
    };
    let trailing = |sign: char| {
        let first = if has("trailing one too low") { 0x11a8 } else { 0x11a7 };
        let lowest = u32::from(!has("trailing one too low") && !has("U+11A7 swallowed"));
        let of_keyboard = || {
            let place = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ".chars().position(|c| c == sign);
            place.map(|n| n as u32 + 0x11a8 - first)
        };
        let count = 0x11c3 - first + if old { 61 } else { 0 };
        jamo(sign, first, count).filter(|t| *t >= lowest).or_else(|| of_keyboard().filter(|_| keyboard))
    };
    let syllable = |l: u32, v: u32| {
        let place = if has("21 and 28 swapped") { (l * 28 + v) * 21 } else { (l * 21 + v) * 28 };
        char::from_u32(0xac00 + place).unwrap_or('\u{fffd}')
    };
    let room = |sign: char| jamo(sign, 0xac00, 11_172).is_some_and(|s| s % 28 == 0);
    let is_alone = |sign: char| matches!(sign, '\u{1100}'..='\u{11ff}');
    let mut composed = String::new();
    let mut held: Option<(char, bool)> = None; // a sign, and whether we made it of two
    let push = |composed: &mut String, held: Option<(char, bool)>| {
        composed.extend(held.map(|(sign, _)| sign).filter(|sign| !(has("lone jamo lost") && is_alone(*sign))));
    };
    for sign in text.chars() {
        let joined = held.and_then(|(last, made)| {
            if let (Some(l), Some(v)) = (leading(last), vowel(sign)) {
                return Some((syllable(l, v), true));
            }
            let takes = match made {
                _ if has("trailing left apart") => false,
                // What was just made of L and V has room, wherever its number led.
                true => true,
                false if has("closed syllable takes another") => jamo(last, 0xac00, 11_172).is_some(),
                false => room(last) && !has("open syllable left alone"),
            };
            let t = trailing(sign).filter(|_| takes)?;
            let place = u32::from(last) + t;
            Some((char::from_u32(place).unwrap_or('\u{fffd}'), false))
        });
        if joined.is_none() {
            push(&mut composed, held);
        }
        held = joined.or(Some((sign, false)));
    }
    if !has("the last sign lost") {
        push(&mut composed, held);
    }
    values.text("text", composed);
    Ok(())
}

/// Right, in an odd way: a list of signs that shrinks.
fn in_place(text: &str) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at + 1 < signs.len() {
        let (first, second) = (signs[at] as u32, signs[at + 1] as u32);
        let joined = if (0x1100..0x1113).contains(&first) && (0x1161..0x1176).contains(&second) {
            Some(0xac00 + 588 * (first - 0x1100) + 28 * (second - 0x1161))
        } else if (0xac00..=0xd7a3).contains(&first)
            && (first - 0xac00).is_multiple_of(28)
            && (0x11a8..=0x11c2).contains(&second)
        {
            Some(first + second - 0x11a7)
        } else {
            None
        };
        match joined.and_then(char::from_u32) {
            Some(sign) => {
                signs[at] = sign;
                signs.remove(at + 1);
            }
            None => at += 1,
        }
    }
    signs.into_iter().collect()
}

/// Right as well: at each place the longest sequence that makes a syllable.
fn greedy(text: &str) -> String {
    let signs: Vec<u32> = text.chars().map(u32::from).collect();
    let (mut at, mut composed) = (0, String::new());
    while at < signs.len() {
        let (syllable, length) = match signs[at..] {
            [l @ 0x1100..=0x1112, v @ 0x1161..=0x1175, t @ 0x11a8..=0x11c2, ..] => {
                (0xac00 + ((l - 0x1100) * 21 + v - 0x1161) * 28 + t - 0x11a7, 3)
            }
            [l @ 0x1100..=0x1112, v @ 0x1161..=0x1175, ..] => (0xac00 + ((l - 0x1100) * 21 + v - 0x1161) * 28, 2),
            [s @ 0xac00..=0xd7a3, t @ 0x11a8..=0x11c2, ..] if (s - 0xac00) % 28 == 0 => (s + t - 0x11a7, 2),
            [other, ..] => (other, 1),
            [] => break,
        };
        composed.extend(char::from_u32(syllable));
        at += length;
    }
    composed
}
