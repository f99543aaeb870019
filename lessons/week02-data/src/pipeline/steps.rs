//! The steps that look at one document at a time: a step is a line in a table.

use serde::{Deserialize, Serialize};
use week00_workbench::datasets::raw::Raw;

use super::Settings;
use crate::decontaminate::TestSets;
use crate::language::{Identifier, Language, Scripts, Verdict};
use crate::quality::measure;
use crate::{decode, html, mojibake, personal, unicode};

/// A document on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its place in the input, from 0.
    pub number: u64,
    /// Its name: the column `id` where there is one, else its number.
    pub id: String,
    /// The other columns, as they came.
    pub columns: Vec<(String, String)>,
    /// The text as it came. Empty once it is decoded.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Whether it came in another encoding than UTF-8 and was decoded while it was read.
    #[serde(skip)]
    pub decoded: bool,
    /// The text as it is by now. Empty before it is decoded.
    pub text: String,
    /// The steps that changed it.
    pub changed: Vec<Step>,
}

impl Document {
    /// A document of the raw sample; the truth about it stays behind.
    pub fn from_raw(number: u64, raw: &Raw) -> Self {
        let columns = vec![("source".to_owned(), raw.source.to_owned()), ("date".to_owned(), raw.date.clone())];
        Self { number, id: raw.id.clone(), columns, bytes: raw.bytes.clone(), ..Self::default() }
    }
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Bytes become text, and mojibake what was meant.
    Decode,
    /// One form for what looks alike.
    Normalise,
    /// A web page becomes its main text.
    Html,
    /// Other languages go.
    Language,
    /// What is no good text goes.
    Quality,
    /// Personal data are masked.
    Personal,
    /// Exact copies go.
    Exact,
    /// Near copies go.
    Near,
    /// What the test sets hold goes.
    Decontaminate,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 9] = [
        Self::Decode,
        Self::Normalise,
        Self::Html,
        Self::Language,
        Self::Quality,
        Self::Personal,
        Self::Exact,
        Self::Near,
        Self::Decontaminate,
    ];

    /// Its name, as in the report's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Normalise => "normalise",
            Self::Html => "html",
            Self::Language => "language",
            Self::Quality => "quality",
            Self::Personal => "personal",
            Self::Exact => "exact",
            Self::Near => "near",
            Self::Decontaminate => "decontaminate",
        }
    }
}

/// What a step did to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Same,
    /// Its text is another now.
    Changed,
    /// It goes, for this reason.
    Removed(String),
}

// ANCHOR: by_document
/// A step: its name, and what it does with a document.
pub type ByDocument = (Step, fn(&Cleaner, &mut Document) -> Fate);

/// The steps that look at one document, in their order.
pub const BY_DOCUMENT: [ByDocument; 6] = [
    (Step::Decode, decode),
    (Step::Normalise, normalise),
    (Step::Html, html),
    (Step::Language, language),
    (Step::Quality, quality),
    (Step::Personal, personal),
];
// ANCHOR_END: by_document

/// The settings, and what is made from them once.
#[derive(Debug, Clone)]
pub struct Cleaner {
    pub(super) settings: Settings,
    pub(super) tests: TestSets,
    identifier: Identifier,
}

impl Cleaner {
    /// Makes ready what the steps need; `tests` are the texts of the test sets.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn new<T: AsRef<str>>(settings: Settings, tests: &[T]) -> Result<Self, super::PipelineError> {
        settings.validate()?;
        let wrong = |error: crate::decontaminate::DecontaminateError| super::PipelineError::Settings {
            file: String::new(),
            why: error.to_string(),
        };
        let mut sets = TestSets::new(settings.decontaminate.clone()).map_err(wrong)?;
        tests.iter().for_each(|text| sets.add(text.as_ref()));
        Ok(Self { settings, tests: sets, identifier: Identifier::default() })
    }
}

/// A place in a thousand of a text that may be lost in decoding.
const LOST_PER_MILLE: usize = 50;

fn decode(cleaner: &Cleaner, document: &mut Document) -> Fate {
    let decoded = decode::decode(&std::mem::take(&mut document.bytes));
    let mut changed = document.decoded || decoded.encoding != "UTF-8";
    document.text = decoded.text;
    // Counting the signs of a document that is far too long is all that is done with it.
    let signs = document.text.chars().count();
    if signs > cleaner.settings.longest {
        return Fate::Removed("too long".to_owned());
    }
    if decoded.lost * 1000 > signs * LOST_PER_MILLE {
        return Fate::Removed("unreadable bytes".to_owned());
    }
    if cleaner.settings.repair {
        let meant = mojibake::repair(&document.text);
        changed |= meant != document.text;
        document.text = meant;
    }
    if changed { Fate::Changed } else { Fate::Same }
}

fn normalise(cleaner: &Cleaner, document: &mut Document) -> Fate {
    let (mut text, _) = unicode::normalise(&document.text);
    if cleaner.settings.fold_width {
        text = unicode::fold_width(&text);
    }
    replace(document, text)
}

fn html(cleaner: &Cleaner, document: &mut Document) -> Fate {
    if !cleaner.settings.html || !is_page(&document.text) {
        return Fate::Same;
    }
    let page = html::read(&document.text);
    let blocks: Vec<&str> = html::main_blocks(&page.blocks).map(|block| block.text.as_str()).collect();
    // What an entity such as &nbsp; stood for is normalised as well.
    let (text, _) = unicode::normalise(&blocks.join("\n"));
    replace(document, text)
}

/// Whether a text is a web page, or a piece of one: it begins as one, or ends two paragraphs or blocks.
fn is_page(text: &str) -> bool {
    let begin: String = text.trim_start().chars().take(200).collect::<String>().to_ascii_lowercase();
    let ends = ["</p>", "</div>", "</li>", "</td>", "</span>", "<br>", "<br/>", "<br />"];
    let count = |end: &&str| text.matches(*end).take(2).count();
    begin.starts_with("<!doctype html")
        || begin.contains("<html")
        || ends.iter().map(|end| count(&end)).sum::<usize>() > 1
}

fn language(cleaner: &Cleaner, document: &mut Document) -> Fate {
    let wanted = cleaner.settings.language.as_str();
    if wanted.is_empty() {
        return Fate::Same;
    }
    // Cheap first: Hangul writes Korean and nothing else, so profiles are asked only where it does not prevail. A text
    // without letters is for the rules of quality to judge.
    if wanted == Language::Korean.code() && Scripts::of(&document.text).hangul_share() >= 0.5 {
        return Fate::Same;
    }
    match cleaner.identifier.verdict(&document.text) {
        Verdict::One(found) if found.code() != wanted => Fate::Removed(found.code().to_owned()),
        Verdict::Mixed => Fate::Removed("mixed".to_owned()),
        _ => Fate::Same,
    }
}

fn quality(cleaner: &Cleaner, document: &mut Document) -> Fate {
    // The first rule that does not keep it says why; those after it are not asked, for some are dear.
    let mut rules = cleaner.settings.quality.rules.iter();
    match rules.find(|rule| !rule.keeps(measure(&document.text, rule.measure, None))) {
        Some(rule) => Fate::Removed(rule.measure.to_string()),
        None => Fate::Same,
    }
}

fn personal(cleaner: &Cleaner, document: &mut Document) -> Fate {
    let masked = personal::mask_kinds(&document.text, &cleaner.settings.personal);
    replace(document, masked.text)
}

fn replace(document: &mut Document, text: String) -> Fate {
    if text == document.text {
        return Fate::Same;
    }
    document.text = text;
    Fate::Changed
}

/// The languages that are told apart.
pub(super) fn languages() -> Vec<&'static str> {
    Language::ALL.into_iter().map(Language::code).collect()
}
