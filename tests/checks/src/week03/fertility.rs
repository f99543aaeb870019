//! The check of `week03/fertility`: ratios of exact fractions in Python, with the counts of a tokenizer of Hugging Face
//! (`tests/reference/week03_fertility.py`).

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::fertility::fertility as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test: `fertility(texts, counts)`.
pub type Subject = fn(&[String], &[usize]) -> (f64, f64);

/// Grades a crate's `fertility`.
#[macro_export]
macro_rules! week03_fertility {
    ($($subject:tt)+) => {{
        let subject: $crate::week03::fertility::Subject = $($subject)+::fertility::fertility;
        $crate::week03::fertility::check().grade(&subject)
    }};
}

/// Texts, and how many tokens each has.
#[derive(Debug, Clone)]
pub struct Input {
    texts: Vec<String>,
    counts: Vec<usize>,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe =
        |subject: &Subject, input: &Input, values: &mut Values| note(subject(&input.texts, &input.counts), values);
    let truth: Subject = ours;
    Check::new("week03/fertility", truth, observe, flawed)
        .cases(golden())
        .cases(Ok(edges()))
        .cases(drawn())
        .mistake(
            "mean of the ratios",
            "A short text counts as much as a long one in your result. Do you divide first, or add first?",
            "Add the tokens, words and bytes of all texts first, and divide the sums once.",
        )
        .mistake(
            "characters for bytes",
            "Your second number is too small by a third to two thirds for Korean. What do you count, and what is asked for?",
            "Bytes are asked for: `len` of a text gives them. `chars().count()` gives characters.",
        )
        .mistake(
            "cut at single spaces",
            "Your first number is off where several spaces or a line end stand in a text. What is a word between two spaces?",
            "`split_whitespace` cuts at all white space and gives no empty words; `split(' ')` does neither.",
        )
        .mistake(
            "spaces and words added",
            "Your first number is a little too small. How many words do two texts with one space each have?",
            "Count the words of each text by `split_whitespace`, not the spaces.",
        )
        .mistake(
            "first ratio upside down",
            "Your first number is words a token. Which of the two should stand above the line?",
            "Tokens a word: the tokens are divided by the words.",
        )
        .mistake(
            "second ratio upside down",
            "Your second number is tokens a byte. Which of the two should stand above the line?",
            "Bytes a token: the bytes are divided by the tokens.",
        )
        .mistake(
            "both swapped",
            "Your two numbers stand in each other's place. Which comes first?",
            "Give tokens a word first and bytes a token second.",
        )
        .mistake(
            "NaN for nothing",
            "Where there is nothing to divide by, you do not say 0. What is 0 divided by 0 in floats, and what is 4 divided by 0?",
            "A ratio to nothing is 0 here: look whether the number below the line is 0 before you divide.",
        )
        .way("1 for nothing")
        .mistake(
            "whole numbers divided",
            "Your numbers have nothing behind the point. What does `/` do with two whole numbers in Rust?",
            "It drops the rest. Make both numbers `f64` before you divide: `a as f64 / b as f64`.",
        )
        .mistake(
            "tokens a text",
            "Your first number is tokens a text. How many words does a text have?",
            "Divide by the words of all texts, not by the number of texts.",
        )
        .mistake(
            "white space has no bytes",
            "Your second number is a little too small. Does a space take a byte, and must a tokenizer encode it?",
            "Count all bytes of a text, white space too: `text.len()`.",
        )
        .right("text by text", |texts, counts| {
            let mut sums = [0.0_f64; 3];
            for (text, count) in texts.iter().zip(counts) {
                let mut inside = false;
                for character in text.chars() {
                    sums[0] += f64::from(u8::from(!inside && !character.is_whitespace()));
                    inside = !character.is_whitespace();
                    sums[1] += character.len_utf8() as f64;
                }
                sums[2] += *count as f64;
            }
            let [words, bytes, tokens] = sums;
            (if words > 0.0 { tokens / words } else { 0.0 }, if tokens > 0.0 { bytes / tokens } else { 0.0 })
        })
        .right("of all texts as one", |texts, counts| {
            let text = texts.join("\n");
            let (words, bytes) = (text.split_whitespace().count(), text.len() - texts.len().saturating_sub(1));
            let tokens = counts.iter().sum::<usize>();
            let ratio = |above: usize, below: usize| (above as f64 / below.max(1) as f64) * f64::from(u8::from(below > 0));
            (ratio(tokens, words), ratio(bytes, tokens))
        })
}

fn note((tokens_a_word, bytes_a_token): (f64, f64), values: &mut Values) -> Result<()> {
    values.numbers("tokens a word", [tokens_a_word])?;
    values.numbers("bytes a token", [bytes_a_token])
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    name: String,
    texts: Vec<String>,
    counts: Vec<usize>,
    tokens_a_word: f64,
    bytes_a_token: f64,
}

/// What Python says.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week03/fertility.json")?;
    let case = |case: GoldenCase| {
        let mut values = Values::default();
        note((case.tokens_a_word, case.bytes_a_token), &mut values)?;
        Ok(Case { name: case.name, input: Input { texts: case.texts, counts: case.counts }, golden: Some(values) })
    };
    golden.cases.into_iter().map(case).collect()
}

/// Nothing to divide by.
fn edges() -> Vec<Case<Input>> {
    let case = |name: &str, texts: &[&str], counts: &[usize]| Case {
        name: name.to_owned(),
        input: Input { texts: texts.iter().map(|text| (*text).to_owned()).collect(), counts: counts.to_vec() },
        golden: None,
    };
    vec![
        case("no texts", &[], &[]),
        case("an empty text", &[""], &[0]),
        case("white space alone", &["  \n\t "], &[3]),
        case("a text without tokens", &["나는 간다"], &[0]),
        case("a word of many tokens", &["뷁"], &[3]),
        case("line ends between words", &["첫째\n둘째\n셋째", "넷째\n"], &[6, 3]),
        case("several spaces", &["  나는   간다  "], &[7]),
    ]
}

/// Texts of drawn words.
fn drawn() -> Result<Vec<Case<Input>>> {
    const WORDS: [&str; 8] = ["나는", "학교에서", "GPU를", "갔다.", "a", "😀", "책상과", "ㅋㅋㅋ"];
    const GAPS: [&str; 4] = [" ", "  ", "\n", "\t"];
    let mut rng = Rng::seed(20_260_312);
    let mut cases = vec![];
    for number in 1..=6 {
        let (mut texts, mut counts) = (vec![], vec![]);
        for _ in 0..=rng.sample(&[1.0; 4])? {
            let mut text = String::new();
            for _ in 0..=rng.sample(&[1.0; 9])? {
                text += WORDS[rng.sample(&[1.0; WORDS.len()])?];
                text += GAPS[rng.sample(&[6.0, 1.0, 1.0, 1.0])?];
            }
            counts.push(1 + rng.sample(&[1.0; 20])?);
            texts.push(text);
        }
        cases.push(Case { name: format!("drawn texts {number}"), input: Input { texts, counts }, golden: None });
    }
    Ok(cases)
}

/// The function with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let words_of = |text: &str| {
        if has("cut at single spaces") {
            text.split(' ').count()
        } else if has("spaces and words added") {
            // One more than the spaces, for all texts together: added below.
            text.chars().filter(|c| c.is_whitespace()).count()
        } else {
            text.split_whitespace().count()
        }
    };
    let bytes_of = |text: &str| {
        let counted = |c: &char| !(has("white space has no bytes") && c.is_whitespace());
        let size = |c: char| if has("characters for bytes") { 1 } else { c.len_utf8() };
        text.chars().filter(counted).map(size).sum::<usize>()
    };
    let ratio = |above: usize, below: usize| match below {
        0 if has("1 for nothing") => 1.0,
        0 if !has("NaN for nothing") => 0.0,
        _ if has("whole numbers divided") => (above / below.max(1)) as f64,
        _ => above as f64 / below as f64,
    };
    let both = |texts: &[String], counts: &[usize]| {
        let tokens: usize = counts.iter().sum();
        let mut words: usize = texts.iter().map(|text| words_of(text)).sum();
        if has("spaces and words added") && !texts.is_empty() {
            words += 1;
        }
        if has("tokens a text") {
            words = texts.len();
        }
        let bytes: usize = texts.iter().map(|text| bytes_of(text)).sum();
        let first = if has("first ratio upside down") { ratio(words, tokens) } else { ratio(tokens, words) };
        let second = if has("second ratio upside down") { ratio(tokens, bytes) } else { ratio(bytes, tokens) };
        if has("both swapped") { (second, first) } else { (first, second) }
    };
    if !has("mean of the ratios") || input.texts.is_empty() {
        return note(both(&input.texts, &input.counts), values);
    }
    let each: Vec<(f64, f64)> = input
        .texts
        .iter()
        .zip(&input.counts)
        .map(|(text, count)| both(std::slice::from_ref(text), &[*count]))
        .collect();
    let mean = |of: fn(&(f64, f64)) -> f64| each.iter().map(of).sum::<f64>() / each.len() as f64;
    note((mean(|both| both.0), mean(|both| both.1)), values)
}
