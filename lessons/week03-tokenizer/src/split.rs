//! Pre-tokenizers: a text cut into words, within which a byte-pair encoding may merge and across which it may not.
//!
//! Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", §2.2, cut by category of sign, so that a
//! merge never joins letters and punctuation. Each model since has its own pattern. Here each is a small hand-written
//! scanner: it gives what the regular expression gives (the tests compare), and is several times as fast.
//!
//! | name here | regular expression | used by | name in llama.cpp |
//! |---|---|---|---|
//! | `Gpt2` | see [`Pattern::regex`] | GPT-2, RoBERTa, Hugging Face's `ByteLevel` | `gpt-2` |
//! | `Cl100k` | | GPT-4 | |
//! | `Llama3` | | Llama 3, and the course's own models | `llama-bpe` |
//! | `Qwen2` | | Qwen 2 and 2.5 | `qwen2` |
//! | `O200k` | | GPT-4o | `gpt-4o` |
//! | `SmolLm` | GPT-2's between digits | SmolLM and SmolLM2 | `smollm` |

use serde::{Deserialize, Serialize};

use crate::classes::Kinds;

/// A way to cut a text into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// GPT-2.
    Gpt2,
    /// GPT-4: cl100k_base.
    Cl100k,
    /// Llama 3: as GPT-4, but line ends are taken together with what is around them in another way.
    Llama3,
    /// Qwen 2: as Llama 3, each digit by itself.
    Qwen2,
    /// GPT-4o: o200k_base. Words also end where case says so.
    O200k,
    /// SmolLM2: each digit by itself, GPT-2 between them.
    SmolLm,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: [Self; 6] = [Self::Gpt2, Self::Cl100k, Self::Llama3, Self::Qwen2, Self::O200k, Self::SmolLm];

    /// The regular expression that the scanner stands for, as its model publishes it.
    pub fn regex(self) -> &'static str {
        match self {
            Self::Gpt2 => r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            Self::Cl100k => {
                r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
            }
            Self::Llama3 => {
                r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            }
            Self::Qwen2 => {
                r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            }
            Self::O200k => concat!(
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            ),
            Self::SmolLm => r"\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+",
        }
    }

    /// The words of a text, in order; together they are the text.
    pub fn words(self, text: &str) -> Words<'_> {
        Words { pattern: self, rest: text }
    }

    /// How many bytes the first word of a text has that is not empty.
    fn first(self, text: &str) -> usize {
        if self == Self::SmolLm {
            let first = text.chars().next();
            if let Some(digit) = first.filter(|c| Kinds::NUMBER.has(*c)) {
                return digit.len_utf8();
            }
            // No farther than the word and two signs, or every word would look through all that follows: white space gives its
            // last sign to what stands behind it, but not to a digit.
            let word = Self::Gpt2.first(text);
            let near = text[word..].chars().take(2).map(char::len_utf8).sum::<usize>() + word;
            return text[..near].find(|c| Kinds::NUMBER.has(c)).map_or(word, |digit| Self::Gpt2.first(&text[..digit]));
        }
        let scan = Scan { text };
        let word = match self {
            Self::Gpt2 | Self::SmolLm => scan.contraction(false).or_else(|| scan.gpt2()),
            Self::Cl100k => scan.contraction(true).or_else(|| scan.letters()).or_else(|| scan.modern(3, "\r\n")),
            Self::Llama3 => scan.contraction(true).or_else(|| scan.letters()).or_else(|| scan.modern(3, "\r\n")),
            Self::Qwen2 => scan.contraction(true).or_else(|| scan.letters()).or_else(|| scan.modern(1, "\r\n")),
            Self::O200k => scan.cased().or_else(|| scan.modern(3, "\r\n/")),
        };
        word.unwrap_or_else(|| scan.space(self))
    }
}

/// The words of a text.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    pattern: Pattern,
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (word, rest) = self.rest.split_at(self.pattern.first(self.rest));
        self.rest = rest;
        Some(word)
    }
}

/// One alternative of a pattern a method: how many bytes of the text it takes, from its start; `None` where it takes none.
struct Scan<'a> {
    text: &'a str,
}

/// What is neither white space, letter nor number.
fn is_sign(c: char) -> bool {
    !Kinds::SPACE.or(Kinds::LETTER).or(Kinds::NUMBER).has(c)
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\n')
}

impl Scan<'_> {
    /// How far signs of a kind reach, from `start`.
    fn run(&self, start: usize, kind: impl Fn(char) -> bool) -> usize {
        let rest = &self.text[start..];
        start + rest.find(|c| !kind(c)).unwrap_or(rest.len())
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`, at the start or at a place.
    fn contraction(&self, any_case: bool) -> Option<usize> {
        contraction(self.text, any_case)
    }

    /// `[^\r\n\p{L}\p{N}]?\p{L}+`
    fn letters(&self) -> Option<usize> {
        let is_letter = |c| Kinds::LETTER.has(c);
        let first = self.text.chars().next()?;
        let start = if is_letter(first) {
            0
        } else if is_line_end(first) || Kinds::NUMBER.has(first) {
            return None;
        } else {
            first.len_utf8()
        };
        let end = self.run(start, is_letter);
        (end > start).then_some(end)
    }

    /// `\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[closing]*`
    fn modern(&self, digits: usize, closing: &str) -> Option<usize> {
        let numbers = self.text.chars().take(digits).take_while(|c| Kinds::NUMBER.has(*c));
        let numbers: usize = numbers.map(char::len_utf8).sum();
        if numbers > 0 {
            return Some(numbers);
        }
        let start = usize::from(self.text.starts_with(' '));
        let end = self.run(start, is_sign);
        (end > start).then(|| self.run(end, |c| closing.contains(c)))
    }

    // ANCHOR: gpt2
    /// ` ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+`
    fn gpt2(&self) -> Option<usize> {
        let start = usize::from(self.text.starts_with(' '));
        let first = self.text[start..].chars().next()?;
        if Kinds::LETTER.has(first) {
            Some(self.run(start, |c| Kinds::LETTER.has(c)))
        } else if Kinds::NUMBER.has(first) {
            Some(self.run(start, |c| Kinds::NUMBER.has(c)))
        } else if is_sign(first) {
            Some(self.run(start, is_sign))
        } else {
            None
        }
    }
    // ANCHOR_END: gpt2

    /// The two alternatives of o200k for words: upper case, then lower case, and a contraction.
    fn cased(&self) -> Option<usize> {
        const UPPER: Kinds = Kinds::UPPER.or(Kinds::CASELESS).or(Kinds::MARK);
        const LOWER: Kinds = Kinds::LOWER.or(Kinds::CASELESS).or(Kinds::MARK);
        let first = self.text.chars().next()?;
        let ended = |end: usize| end + contraction(&self.text[end..], true).unwrap_or(0);
        // A sign before the word may be taken, and is given back where the word then is none.
        let mut starts = vec![];
        if !is_line_end(first) && !Kinds::LETTER.or(Kinds::NUMBER).has(first) {
            starts.push(first.len_utf8());
        }
        starts.push(0);
        for start in &starts {
            let upper = self.run(*start, |c| UPPER.has(c));
            let lower = self.run(upper, |c| LOWER.has(c));
            if lower > upper {
                return Some(ended(lower));
            }
            // `UPPER*` gives back until `LOWER+` finds a sign that is both.
            let back = self.text[*start..upper].char_indices().rev().find(|(_, c)| LOWER.has(*c));
            if let Some((at, c)) = back {
                return Some(ended(self.run(*start + at + c.len_utf8(), |c| LOWER.has(c))));
            }
        }
        for start in &starts {
            let upper = self.run(*start, |c| UPPER.has(c));
            if upper > *start {
                return Some(ended(self.run(upper, |c| LOWER.has(c))));
            }
        }
        None
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`; GPT-2 has not the first of these, cl100k has `\s++$` in front.
    fn space(&self, pattern: Pattern) -> usize {
        let end = self.run(0, |c| Kinds::SPACE.has(c));
        let lines = match pattern {
            Pattern::Gpt2 | Pattern::SmolLm => false,
            Pattern::Cl100k => end < self.text.len(),
            _ => true,
        };
        match self.text[..end].rfind(is_line_end) {
            Some(last) if lines => last + 1,
            _ => self.last_goes_on(end),
        }
    }

    /// Of white space up to `end`, the last sign goes to the word that follows, if there is one and if it is not all.
    fn last_goes_on(&self, end: usize) -> usize {
        match self.text[..end].chars().next_back() {
            Some(last) if end < self.text.len() && end > last.len_utf8() => end - last.len_utf8(),
            Some(_) => end,
            // Every sign is white space, a letter, a number or none of these: there is no other. It would stand alone.
            None => self.text.chars().next().map_or(0, char::len_utf8),
        }
    }
}

fn contraction(text: &str, any_case: bool) -> Option<usize> {
    let mut signs = text.strip_prefix('\'')?.chars().map(|c| if any_case { folded(c) } else { c });
    match (signs.next()?, signs.next()) {
        ('s' | 't' | 'm' | 'd', _) => {
            // `ſ` is an `s` where case does not count, and has two bytes.
            text[1..].chars().next().map(|c| 1 + c.len_utf8())
        }
        ('r', Some('e')) | ('v', Some('e')) | ('l', Some('l')) => Some(3),
        _ => None,
    }
}

/// A letter of a contraction without its case.
fn folded(c: char) -> char {
    if c == 'ſ' { 's' } else { c.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_regex<'a>(regex: &fancy_regex::Regex, text: &'a str) -> Vec<&'a str> {
        regex.find_iter(text).map(|found| found.unwrap().as_str()).collect()
    }

    /// Signs at which the patterns turn: letters of every kind, marks, numbers, spaces, line ends, contractions.
    const SIGNS: &str = "aBzſéÉǅʰ한글ㅋ가\u{1112}\u{1161}\u{301}\u{300}09٣½Ⅳ .,!?'’\"-_/#@~(\t\n\r\u{a0}\u{3000}\u{2028}\u{85}\u{200d}😀日🇰\u{fe0f}sStTrReEvVmMlLdD";

    fn random_text(state: &mut u64, signs: &[char]) -> String {
        let mut next = || {
            // xorshift64: enough to mix signs.
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            *state
        };
        let length = next() % 24;
        (0..length).map(|_| signs[(next() % signs.len() as u64) as usize]).collect()
    }

    #[test]
    fn the_scanners_cut_as_the_regular_expressions_do() {
        let signs: Vec<char> = SIGNS.chars().collect();
        for pattern in Pattern::ALL {
            let regex = fancy_regex::Regex::new(pattern.regex()).unwrap();
            let mut state = 4;
            for _ in 0..60_000 {
                let text = random_text(&mut state, &signs);
                let words: Vec<&str> = pattern.words(&text).collect();
                assert_eq!(words, by_regex(&regex, &text), "{pattern:?} on {text:?}");
            }
        }
    }

    /// Where each word looks through all that follows, this would take very long.
    #[test]
    fn a_long_text_is_looked_at_once() {
        for pattern in Pattern::ALL {
            assert!(pattern.words(&"가나 ".repeat(300_000)).count() >= 300_000);
            assert!(pattern.words(&"1".repeat(300_000)).count() > 0);
            assert!(pattern.words(&" 1".repeat(300_000)).count() >= 300_000);
        }
    }

    #[test]
    fn the_words_are_the_text() {
        for pattern in Pattern::ALL {
            for text in ["", " ", "나는 학교에 갔다.", "it's  2026\n\n\n  년", "\u{301}a"] {
                assert_eq!(pattern.words(text).collect::<String>(), text);
                assert!(pattern.words(text).all(|word| !word.is_empty()));
            }
        }
    }
}
