//! The check of `week03/wordpiece`: words cut as Hugging Face's `tokenizers` cuts them (`tests/reference/week03_wordpiece.py`).

use std::collections::BTreeSet;

use candle_core::{Device, Result};
use serde::Deserialize;
use sol03_tokenizer::wordpiece::wordpiece;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test: `wordpiece(word, vocabulary, longest)`.
pub type Subject = fn(&str, &BTreeSet<String>, usize) -> Vec<String>;

/// Grades a crate's `wordpiece`.
#[macro_export]
macro_rules! week03_wordpiece {
    ($($subject:tt)+) => {
        $crate::week03::wordpiece::check()
            .grade(&{ $($subject)+::wordpiece::wordpiece as $crate::week03::wordpiece::Subject })
    };
}

/// Words, and what they are cut by.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    words: Vec<String>,
    vocabulary: BTreeSet<String>,
    longest: usize,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        note(input, input.words.iter().map(|word| subject(word, &input.vocabulary, input.longest)), values);
        Ok(())
    };
    Check::new("week03/wordpiece", wordpiece as Subject, observe, flawed)
        .cases(golden())
        .cases(Ok(edges()))
        .cases(drawn())
        .mistake(
            "looked up without ##",
            "Inside a word you give tokens that begin words. How does the vocabulary mark a token that does not?",
            "Behind the first token, put `##` in front of the piece before you look it up, and keep it in the token.",
        )
        .mistake(
            "## left out of the result",
            "Your words are cut in the right places, and no token has its `##`. What would the ids be?",
            "What stands in the vocabulary is the token with its `##`: give that back, as you looked it up.",
        )
        .mistake(
            "[UNK] after the tokens so far",
            "Your result has `[UNK]` beside other tokens. How much of a word is unknown when a part of it is?",
            "Where no token fits, throw away what you have so far: the whole word is one `[UNK]`.",
        )
        .mistake(
            "[UNK] for a character",
            "You go on after a character that fits no token. What does the rule say of the whole word?",
            "Return `[UNK]` alone as soon as nothing fits: WordPiece knows no unknown part of a word.",
        )
        .mistake(
            "tokens so far, and no more",
            "A word that cannot be cut to its end loses that end without a sign. What stands for such a word?",
            "When nothing fits, return `[UNK]` alone in the place of the tokens so far.",
        )
        .mistake(
            "shortest first",
            "You take a shorter token than you could. Which of all that fit does WordPiece take?",
            "Begin with the whole rest and shorten it at its end: the first that fits is the longest.",
        )
        .mistake(
            "tries a shorter token",
            "You find a cut where WordPiece finds none. Does it ever take a decision back?",
            "It is greedy: once the longest token is taken, it stays, even if the rest then fits nothing.",
        )
        .mistake(
            "longest in bytes",
            "Some words that are short enough are unknown to you, and Korean ones first. What does `str::len` count?",
            "`longest` counts characters: `word.chars().count()`. A Hangul syllable has three bytes.",
        )
        .mistake(
            "longest excluded",
            "A word of exactly `longest` characters is unknown to you. Is it too long?",
            "Only a word of more than `longest` characters is unknown: compare with `>`.",
        )
        .mistake(
            "longest ignored",
            "You cut words that are longer than `longest`. What becomes of them?",
            "Before you cut: a word of more than `longest` characters is `[UNK]`.",
        )
        .mistake(
            "an empty word is unknown",
            "You give a token for a word without characters. How many tokens does it take to cover nothing?",
            "An empty word has no tokens: give an empty `Vec`.",
        )
        .right("one function calls itself for the rest", |word, vocabulary, longest| {
            fn cut(prefix: &str, rest: &str, vocabulary: &BTreeSet<String>) -> Option<Vec<String>> {
                let mut end = rest.len();
                while end > 0 {
                    if rest.is_char_boundary(end) {
                        let token = prefix.to_owned() + &rest[..end];
                        if vocabulary.contains(&token) {
                            let mut tokens = vec![token];
                            tokens.extend(cut("##", &rest[end..], vocabulary)?);
                            return Some(tokens);
                        }
                    }
                    end -= 1;
                }
                rest.is_empty().then(Vec::new)
            }
            let fits = word.chars().count() <= longest;
            fits.then(|| cut("", word, vocabulary)).flatten().unwrap_or_else(|| vec!["[UNK]".to_owned()])
        })
        .right("the longest of all tokens that fit", |word, vocabulary, longest| {
            let mut tokens: Vec<String> = vec![];
            let mut rest = word;
            while !rest.is_empty() && word.chars().count() <= longest {
                let bare = |token: &'_ String| match (tokens.is_empty(), token.strip_prefix("##")) {
                    (true, _) => Some(token.clone()),
                    (false, inner) => inner.map(str::to_owned),
                };
                let fits = vocabulary.iter().filter_map(|token| Some((bare(token)?, token.clone())));
                let fits = fits.filter(|(text, _)| !text.is_empty() && rest.starts_with(text.as_str()));
                let Some((text, token)) = fits.max_by_key(|(text, _)| text.len()) else { break };
                tokens.push(token);
                rest = &rest[text.len()..];
            }
            if rest.is_empty() { tokens } else { vec!["[UNK]".to_owned()] }
        })
}

/// Notes each word with what it became.
fn note(input: &Input, cut: impl Iterator<Item = Vec<String>>, values: &mut Values) {
    let shown = |word: &String| if word.chars().count() > 20 { "a long word".to_owned() } else { word.clone() };
    let lines = input.words.iter().zip(cut).map(|(word, tokens)| format!("{} → {}", shown(word), tokens.join(" ")));
    values.texts("tokens", lines);
}

/// The cases of `tokenizers`.
fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Golden>,
    }
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        tokens: Vec<Vec<String>>,
        #[serde(flatten)]
        input: Input,
    }
    let file: File = fixtures::json("week03/wordpiece.json")?;
    let case = |case: Golden| {
        let mut values = Values::default();
        note(&case.input, case.tokens.into_iter(), &mut values);
        Case { name: case.name, input: case.input, golden: Some(values) }
    };
    Ok(file.cases.into_iter().map(case).collect())
}

fn case(name: &str, vocabulary: &[&str], longest: usize, words: &[&str]) -> Case<Input> {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let input = Input { words: texts(words), vocabulary: texts(vocabulary).into_iter().collect(), longest };
    Case { name: name.to_owned(), input, golden: None }
}

/// Edges, by hand.
fn edges() -> Vec<Case<Input>> {
    vec![
        case("no word may have a character", &["가", "##가"], 0, &["가", "", "가가"]),
        case("tokens inside words alone", &["##가", "##나"], 100, &["가", "가나", "나", ""]),
        case("a limit of two", &["가나", "가", "##나", "##다"], 2, &["가나", "가나다", "가", "나", "가다"]),
    ]
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(35);
    let mut below = |high: usize| -> Result<usize> {
        let x = rng.uniform(0.0, high as f32, 1, &Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as usize).min(high - 1))
    };
    let syllables = ["학", "교", "에", "서"];
    let mut text = |longest: usize| -> Result<String> {
        let length = 1 + below(longest)?;
        (0..length).map(|_| Ok(syllables[below(syllables.len())?])).collect()
    };
    let mut cases = vec![];
    for tokens in [8, 16, 32] {
        let mut vocabulary = BTreeSet::new();
        for i in 0..tokens {
            vocabulary.insert(if i % 3 == 0 { text(3)? } else { format!("##{}", text(3)?) });
        }
        let words = (0..12).map(|_| text(7)).collect::<Result<Vec<String>>>()?;
        let name = format!("{tokens} tokens, drawn");
        cases.push(Case { name, input: Input { words, vocabulary, longest: 6 }, golden: None });
    }
    Ok(cases)
}

/// Words cut with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let Input { words, vocabulary, longest } = input;
    note(input, words.iter().map(|word| flawed_word(has, word, vocabulary, *longest)), values);
    Ok(())
}

fn flawed_word(has: &dyn Fn(&str) -> bool, word: &str, vocabulary: &BTreeSet<String>, longest: usize) -> Vec<String> {
    let unknown = || vec!["[UNK]".to_owned()];
    let length = if has("longest in bytes") { word.len() } else { word.chars().count() };
    let is_long = if has("longest excluded") { length >= longest } else { length > longest };
    if (is_long && !has("longest ignored") && !word.is_empty()) || (word.is_empty() && has("an empty word is unknown"))
    {
        return unknown();
    }
    if has("tries a shorter token") {
        let mut tokens = vec![];
        return if backtracking(has, word, vocabulary, &mut tokens) { tokens } else { unknown() };
    }
    let mut tokens = vec![];
    let mut rest = word;
    let mut is_first = true;
    while let Some(character) = rest.chars().next() {
        let fits = fitting(has, rest, is_first, vocabulary);
        let best = if has("shortest first") { fits.first() } else { fits.last() };
        is_first = false;
        match best {
            Some((end, token)) => {
                tokens.push(token.clone());
                rest = &rest[*end..];
            }
            None if has("[UNK] for a character") => {
                tokens.push("[UNK]".to_owned());
                rest = &rest[character.len_utf8()..];
            }
            None if has("[UNK] after the tokens so far") => {
                tokens.push("[UNK]".to_owned());
                return tokens;
            }
            None if has("tokens so far, and no more") => return tokens,
            None => return unknown(),
        }
    }
    tokens
}

/// The tokens that the rest of a word begins with, the shortest first: where they end, and what is given back for them.
fn fitting(
    has: &dyn Fn(&str) -> bool,
    rest: &str,
    is_first: bool,
    vocabulary: &BTreeSet<String>,
) -> Vec<(usize, String)> {
    let inside = if is_first || has("looked up without ##") { "" } else { "##" };
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.filter(|end| vocabulary.contains(&format!("{inside}{}", &rest[..*end])))
        .map(|end| {
            let shown = if has("## left out of the result") { "" } else { inside };
            (end, format!("{shown}{}", &rest[..end]))
        })
        .collect()
}

fn backtracking(
    has: &dyn Fn(&str) -> bool,
    rest: &str,
    vocabulary: &BTreeSet<String>,
    tokens: &mut Vec<String>,
) -> bool {
    if rest.is_empty() {
        return true;
    }
    let mut fits = fitting(has, rest, tokens.is_empty(), vocabulary);
    if !has("shortest first") {
        fits.reverse();
    }
    for (end, token) in fits {
        tokens.push(token);
        if backtracking(has, &rest[end..], vocabulary, tokens) {
            return true;
        }
        tokens.pop();
    }
    false
}
