//! Which language is it? By script, and by profiles of n-grams (the piece `language`).
//!
//! - [`Scripts`]: how many signs of each script a text has: the simple rule, a share of Hangul
//! - [`Identifier`]: the nearest of some profiles (Cavnar & Trenkle, 1994, §3), by default of four languages, from texts of
//!   half a page each that were written for this course
//! - [`Identifier::verdict`]: the same sentence by sentence, so that a text of two languages is called mixed

use serde::Serialize;
pub use sol02_data::language::{out_of_place, profile};

/// A language that the course's profiles know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Language {
    /// Korean.
    Korean,
    /// English.
    English,
    /// Japanese.
    Japanese,
    /// Chinese, in simplified characters.
    Chinese,
    /// Korean in Latin letters, which no profile knows unless it is asked for.
    RomanizedKorean,
}

impl Language {
    /// Those that [`Identifier::default`] knows.
    pub const ALL: [Self; 4] = [Self::Korean, Self::English, Self::Japanese, Self::Chinese];

    /// Its two letters in ISO 639-1, with the script where it is not the usual one.
    pub fn code(self) -> &'static str {
        match self {
            Self::Korean => "ko",
            Self::English => "en",
            Self::Japanese => "ja",
            Self::Chinese => "zh",
            Self::RomanizedKorean => "ko-Latn",
        }
    }

    /// The text that its profile is made from.
    pub fn sample(self) -> String {
        let text = match self {
            Self::Korean => include_str!("languages/ko.txt"),
            Self::English => include_str!("languages/en.txt"),
            Self::Japanese => include_str!("languages/ja.txt"),
            Self::Chinese => include_str!("languages/zh.txt"),
            Self::RomanizedKorean => return romanized(include_str!("languages/ko.txt")),
        };
        text.to_owned()
    }

    /// Another text, which no profile has seen.
    pub fn unseen(self) -> String {
        let text = match self {
            Self::Korean => include_str!("languages/ko-other.txt"),
            Self::English => include_str!("languages/en-other.txt"),
            Self::Japanese => include_str!("languages/ja-other.txt"),
            Self::Chinese => include_str!("languages/zh-other.txt"),
            Self::RomanizedKorean => return romanized(include_str!("languages/ko-other.txt")),
        };
        text.to_owned()
    }
}

/// How many signs of a text belong to each script. White space is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Scripts {
    /// Syllables and jamo.
    pub hangul: usize,
    /// Letters of the Latin script, with and without accents.
    pub latin: usize,
    /// Hiragana and katakana.
    pub kana: usize,
    /// Ideographs: hanja, kanji, hanzi.
    pub han: usize,
    /// Letters of any other script.
    pub other_letters: usize,
    /// Everything that is no letter: digits, punctuation, emoji.
    pub no_letters: usize,
}

impl Scripts {
    /// Counts.
    pub fn of(text: &str) -> Self {
        let mut scripts = Self::default();
        for sign in text.chars().filter(|sign| !sign.is_whitespace()) {
            let count = match sign {
                '가'..='힣'
                | '\u{1100}'..='\u{11ff}'
                | '\u{3131}'..='\u{318e}'
                | '\u{a960}'..='\u{a97f}'
                | '\u{d7b0}'..='\u{d7ff}' => &mut scripts.hangul,
                '\u{3040}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => &mut scripts.kana,
                '\u{3400}'..='\u{4dbf}'
                | '\u{4e00}'..='\u{9fff}'
                | '\u{f900}'..='\u{faff}'
                | '\u{20000}'..='\u{3ffff}' => &mut scripts.han,
                'a'..='z' | 'A'..='Z' | 'ａ'..='ｚ' | 'Ａ'..='Ｚ' => &mut scripts.latin,
                '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' if sign.is_alphabetic() => &mut scripts.latin,
                _ if sign.is_alphabetic() => &mut scripts.other_letters,
                _ => &mut scripts.no_letters,
            };
            *count += 1;
        }
        scripts
    }

    /// Letters of all scripts.
    pub fn letters(&self) -> usize {
        self.hangul + self.latin + self.kana + self.han + self.other_letters
    }

    /// The share of Hangul among the letters; 0 where there are none.
    pub fn hangul_share(&self) -> f64 {
        if self.letters() == 0 { 0.0 } else { self.hangul as f64 / self.letters() as f64 }
    }
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// One language, or nearly.
    One(Language),
    /// Several, none of which has four fifths of the letters.
    Mixed,
    /// No letters, or none that a profile knows.
    Unknown,
}

impl Verdict {
    /// Two letters, `mixed`, or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Self::One(language) => language.code(),
            Self::Mixed => "mixed",
            Self::Unknown => "unknown",
        }
    }
}

/// The share of the letters from which on a text is of one language.
const MAIN_SHARE: f64 = 0.8;
/// N-grams of a profile (Cavnar & Trenkle, 1994, §3.1: "the top 300 or so").
pub const PROFILE: usize = 300;

/// Profiles of languages.
#[derive(Debug, Clone)]
pub struct Identifier {
    profiles: Vec<(Language, Vec<String>)>,
    size: usize,
}

impl Default for Identifier {
    /// The four languages of the course, with profiles of 300 n-grams.
    fn default() -> Self {
        Self::trained(&Language::ALL.map(|language| (language, language.sample())), PROFILE)
    }
}

impl Identifier {
    /// Learns from a text for each language.
    pub fn trained(texts: &[(Language, String)], size: usize) -> Self {
        let profiles = texts.iter().map(|(language, text)| (*language, profile(&letters_of(text), size))).collect();
        Self { profiles, size }
    }

    /// The profile of a language; empty where it knows none.
    pub fn profile_of(&self, language: Language) -> &[String] {
        self.profiles.iter().find(|(known, _)| *known == language).map_or(&[], |(_, profile)| profile)
    }

    /// How far a text is from each language, in the order of the profiles.
    pub fn distances(&self, text: &str) -> Vec<(Language, usize)> {
        let document = profile(&letters_of(text), self.size);
        self.profiles.iter().map(|(language, profile)| (*language, out_of_place(&document, profile))).collect()
    }

    /// The nearest language; none where the text has no letters, where two are equally near, or where no profile holds
    /// anything of it.
    pub fn identify(&self, text: &str) -> Option<Language> {
        let document = profile(&letters_of(text), self.size);
        // The space is in every profile, and says nothing.
        let document: Vec<String> = document.into_iter().filter(|gram| gram != " ").collect();
        if document.is_empty() {
            return None; // a text of dots is as many sentences, and each would ask every profile
        }
        let known = self.profiles.iter().map(|(language, profile)| {
            let distance = out_of_place(&document, profile);
            (distance, *language, distance < document.len() * profile.len())
        });
        // What holds not one n-gram of the text is no candidate.
        let mut candidates: Vec<(usize, Language)> =
            known.filter_map(|(distance, language, holds_some)| holds_some.then_some((distance, language))).collect();
        candidates.sort_unstable();
        match candidates[..] {
            [(nearest, _), (next, _), ..] if nearest == next => None,
            [(_, language), ..] => Some(language),
            [] => None,
        }
    }

    /// Sentence by sentence: the share of the letters that stand in sentences of each language, largest first.
    pub fn shares(&self, text: &str) -> Vec<(Language, f64)> {
        let mut letters: Vec<(Language, usize)> = self.profiles.iter().map(|(language, _)| (*language, 0)).collect();
        for sentence in text.split(['\n', '.', '!', '?', '。', '！', '？']) {
            if let Some(language) = self.identify(sentence)
                && let Some((_, count)) = letters.iter_mut().find(|(known, _)| *known == language)
            {
                *count += Scripts::of(sentence).letters();
            }
        }
        let total: usize = letters.iter().map(|(_, count)| count).sum();
        letters.retain(|(_, count)| *count > 0);
        letters.sort_by_key(|(language, count)| (std::cmp::Reverse(*count), *language));
        letters.into_iter().map(|(language, count)| (language, count as f64 / total as f64)).collect()
    }

    /// What the text is as a whole.
    pub fn verdict(&self, text: &str) -> Verdict {
        match self.shares(text).first() {
            None => Verdict::Unknown,
            Some((language, share)) if *share >= MAIN_SHARE => Verdict::One(*language),
            Some(_) => Verdict::Mixed,
        }
    }
}

/// Korean in Latin letters, letter by letter: the Revised Romanization without its rules for sounds that meet.
///
/// ```
/// assert_eq!(week02_data::language::romanized("한글 abc"), "hangeul abc");
/// ```
pub fn romanized(text: &str) -> String {
    const LEADING: [&str; 19] =
        ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"];
    const VOWELS: [&str; 21] = [
        "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu",
        "eu", "ui", "i",
    ];
    const TRAILING: [&str; 28] = [
        "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng",
        "t", "t", "k", "t", "p", "t",
    ];
    let mut latin = String::with_capacity(text.len());
    for sign in text.chars() {
        let syllable = (u32::from(sign).wrapping_sub(0xac00)) as usize;
        match (LEADING.get(syllable / 588), VOWELS.get(syllable / 28 % 21), TRAILING.get(syllable % 28)) {
            (Some(l), Some(v), Some(t)) => latin.extend([l, v, t].into_iter().copied()),
            _ => latin.push(sign),
        }
    }
    latin
}

/// The letters in lower case, and a space for each run of anything else: digits and punctuation say nothing (§3.1).
fn letters_of(text: &str) -> String {
    text.to_lowercase().chars().map(|sign| if sign.is_alphabetic() || sign == '\'' { sign } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unseen_text_is_recognised_sentence_by_sentence() {
        let identifier = Identifier::default();
        for language in Language::ALL {
            assert_eq!(identifier.identify(&language.unseen()), Some(language));
            assert_eq!(identifier.verdict(&language.unseen()), Verdict::One(language));
        }
    }

    #[test]
    fn two_languages_are_mixed_and_none_is_unknown() {
        let identifier = Identifier::default();
        let both = "오늘은 날씨가 좋다. 우리는 강가에 간다. The weather is good today. We go to the river.";
        assert_eq!(identifier.verdict(both), Verdict::Mixed);
        for nothing in ["", "123 456", "!!! ...", "Ελληνικά"] {
            assert_eq!(identifier.verdict(nothing), Verdict::Unknown, "{nothing}");
        }
    }

    #[test]
    fn scripts_are_counted() {
        let scripts = Scripts::of("한글 ㅋㅋ abc é 漢字 かな Ж 12!");
        let expected = Scripts { hangul: 4, latin: 4, kana: 2, han: 2, other_letters: 1, no_letters: 3 };
        assert_eq!(scripts, expected);
        assert!((scripts.hangul_share() - 4.0 / 13.0).abs() < 1e-12);
        assert_eq!(Scripts::of("").hangul_share(), 0.0);
    }
}
