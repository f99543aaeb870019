//! The sentences of the course in the reader's language.
//!
//! English is the source and the key. `book/po/LANGUAGE.po` holds every other language; a sentence that is missing there
//! is shown in English, and `workshop author check` turns red. Write `tr!(catalogue, "Built {n} crates", n = 3)`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use polib::catalog::Catalog;

/// The variable by which `workshop` tells the programs it starts which language to speak.
pub const LANG_ENV: &str = "WORKSHOP_LANG";

/// The languages of the course; the first is the source.
pub const LANGUAGES: [&str; 2] = ["en", "ko"];

/// What each calls itself, in the same order.
pub const NAMES: [&str; LANGUAGES.len()] = ["English", "한국어"];

/// One language's sentences, by their English originals.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    lang: String,
    sentences: BTreeMap<String, String>,
}

impl Catalogue {
    /// The catalogue of `lang`. English needs no file; a file that cannot be read leaves everything in English.
    pub fn load(lang: &str) -> Self {
        let mut sentences = BTreeMap::new();
        if lang != LANGUAGES[0]
            && let Ok(file) = read(lang)
        {
            for message in file.messages().filter(|m| m.is_translated() && !m.is_fuzzy()) {
                if let Ok(sentence) = message.msgstr() {
                    sentences.insert(message.msgid().to_owned(), sentence.to_owned());
                }
            }
        }
        Self { lang: lang.to_owned(), sentences }
    }

    /// The catalogue of the language that `workshop` asked for, else of the locale.
    pub fn from_env() -> Self {
        Self::load(&asked_or_locale())
    }

    /// The language's code, such as `ko`.
    pub fn lang(&self) -> &str {
        if self.lang.is_empty() { LANGUAGES[0] } else { &self.lang }
    }

    /// Every sentence, with its translation, in alphabetical order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sentences.iter().map(|(english, translation)| (english.as_str(), translation.as_str()))
    }

    /// The sentence in this language, or in English where this language has none.
    pub fn get<'a>(&'a self, english: &'a str) -> &'a str {
        self.sentences.get(english).map_or(english, String::as_str)
    }
}

/// Reads the file of `lang`.
///
/// # Errors
/// When it cannot be read, or a line is not of the format; the message gives file and line.
pub fn read(lang: &str) -> Result<Catalog, String> {
    let path = path(lang);
    let at = |why: String| format!("{}: {why}", path.display());
    parse(&std::fs::read_to_string(&path).map_err(|error| at(error.to_string()))?).map_err(at)
}

/// Reads sentences in gettext's format. polib panics on lines that are not of the format, and on the empty comment with
/// which other tools begin a file: the first are refused here, the second left out.
fn parse(text: &str) -> Result<Catalog, String> {
    let mut clean = String::new();
    let mut begun = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        let is_comment = line.starts_with('#');
        let quoted = line.strip_prefix("msg").and_then(|rest| rest.split_once(' ')).map_or(line, |(_, rest)| rest);
        let is_quoted = quoted.len() > 1 && quoted.starts_with('"') && quoted.ends_with('"');
        begun |= line.starts_with("msg");
        if !(line.is_empty() || is_comment || is_quoted && begun) {
            return Err(format!("line {} is neither a comment nor a quoted text: {line}", number + 1));
        }
        if line != "#" {
            clean.push_str(line);
            clean.push('\n');
        }
    }
    polib::po_file::parse_from_reader(clean.as_bytes()).map_err(|error| error.to_string())
}

/// Where the sentences of `lang` are kept.
pub fn path(lang: &str) -> PathBuf {
    crate::root().join("book").join("po").join(format!("{lang}.po"))
}

/// The language that [`LANG_ENV`] names, else that of the locale.
pub fn asked_or_locale() -> String {
    std::env::var(LANG_ENV)
        .ok()
        .filter(|lang| LANGUAGES.contains(&lang.as_str()))
        .unwrap_or_else(|| locale().to_owned())
}

/// The course's language that fits the locale best.
pub fn locale() -> &'static str {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    of_locale(&locale)
}

/// The course's language that a locale such as `ko_KR.UTF-8` names. Its code may begin another's: `kok` is Konkani.
fn of_locale(locale: &str) -> &'static str {
    let code = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
    LANGUAGES.into_iter().find(|lang| *lang == code).unwrap_or(LANGUAGES[0])
}

/// Puts the named values into the sentence: `{name}` becomes the value. In one pass, because a value may have braces of its
/// own.
pub fn fill(sentence: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = sentence;
    while let Some((before, from)) = rest.split_once('{') {
        filled.push_str(before);
        let value = |(name, after)| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (value, after));
        if let Some((value, after)) = from.split_once('}').and_then(value) {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push('{');
            rest = from;
        }
    }
    filled + rest
}

/// A sentence in the catalogue's language, with named values filled in. The sentence must be a literal: it is how
/// `workshop author po` finds it.
#[macro_export]
macro_rules! tr {
    ($catalogue:expr, $sentence:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::text::fill($catalogue.get($sentence), &[$((stringify!($name), ($value).to_string())),*])
    };
}

/// Columns that a label takes in a terminal: a Hangul syllable takes two.
pub fn width_of(label: &str) -> usize {
    let is_wide = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}');
    label.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_tools_write_is_read_and_the_rest_refused() {
        let head = "#\nmsgid \"\"\nmsgstr \"\"\n\"Language: ko\\n\"\n";
        let read = parse(&format!("{head}\n#~ msgid \"old\"\n\nmsgid \"\"\n\"a \"\n\"b\"\nmsgstr \"c\"\n"))
            .expect("it is read");
        assert_eq!(read.messages().map(|message| message.msgid().to_owned()).collect::<Vec<_>>(), ["a b"]);
        for wrong in ["msgid \"", "msgid a", "\"", "nonsense"] {
            assert!(parse(&format!("{head}\n{wrong}\n")).expect_err(wrong).contains("line 6"), "{wrong}");
        }
    }

    #[test]
    fn a_locale_names_a_language_of_the_course_or_leaves_it_english() {
        for korean in ["ko", "ko_KR.UTF-8", "ko.UTF-8", "ko-KR", "ko@a"] {
            assert_eq!(of_locale(korean), "ko", "{korean}");
        }
        for english in ["kok_IN.UTF-8", "", "C", "POSIX", "de_DE.UTF-8", "en_GB"] {
            assert_eq!(of_locale(english), "en", "{english}");
        }
    }

    #[test]
    fn values_are_filled_in() {
        let english = Catalogue::default();
        assert_eq!(tr!(english, "{n} of {total}", n = 3, total = "4"), "3 of 4");
        assert_eq!(tr!(english, "{a} and {b}", a = "{b}", b = "{a}"), "{b} and {a}");
        assert_eq!(tr!(english, "{ {a}} {b} {{a} {", a = 1), "{ 1} {b} {1 {");
    }
}
