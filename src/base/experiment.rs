//! The report of an experiment: a Markdown file of the learner's.
//!
//! Its sections stand between marks such as `<!-- hypothesis -->` and `<!-- /hypothesis -->`, so that headings may be in any
//! language. A lesson's program takes it ([`Handed`]), reads the settings and fills in the result; the grader reads it
//! ([`Report`]) and has the program make the result again.

use std::fmt::{Debug, Display};
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::files::write_whole;
use crate::text::{Catalogue, LANGUAGES};
use crate::{rich, tr};

/// Set by the grader: the program reads the report from its standard input, and prints the result instead of writing it.
pub const REPEAT_ENV: &str = "WORKSHOP_REPEAT";

/// The media type under which a repeated result is printed: first in the reader's language, then in the others, because the
/// report may have been filled in in any of them.
pub const MARKDOWN: &str = "text/markdown";

/// No report is that long: what is longer is not one.
pub const LONGEST: u64 = 1 << 20;

/// The letters that make a sentence at least. A Hangul syllable counts as two.
const SENTENCE: usize = 20;

/// A section of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What the learner expects, written before the run.
    Hypothesis,
    /// What they chose, as TOML in a fence.
    Settings,
    /// What the program measured.
    Result,
    /// What the learner makes of it.
    Conclusion,
}

impl Section {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Hypothesis, Self::Settings, Self::Result, Self::Conclusion];

    fn name(self) -> &'static str {
        match self {
            Self::Hypothesis => "hypothesis",
            Self::Settings => "settings",
            Self::Result => "result",
            Self::Conclusion => "conclusion",
        }
    }

    /// The line before it.
    pub fn begin(self) -> String {
        format!("<!-- {} -->", self.name())
    }

    /// The line after it.
    pub fn end(self) -> String {
        format!("<!-- /{} -->", self.name())
    }
}

/// Why a report cannot be used.
#[derive(Debug)]
pub enum ReportError {
    /// There is no such file.
    Missing(String),
    /// It is a folder, or a pipe.
    NotAFile(String),
    /// It cannot be read or written.
    Io(String, std::io::Error),
    /// It is too long, or not UTF-8.
    NotText(String),
    /// The next mark does not stand where it should.
    Mark(String),
    /// Nothing was expected before the run.
    NoHypothesis,
    /// There is no fence with settings.
    NoSettings,
    /// The settings are not what the program takes.
    Settings {
        /// The line of the report, from 1.
        line: usize,
        /// What stands there.
        shown: String,
        /// What is wrong with it.
        why: String,
    },
    /// The result holds a line that no program wrote.
    Foreign(String),
}

impl ReportError {
    /// The message in the reader's language, about the report of the experiment with this id.
    pub fn say(&self, id: &str, text: &Catalogue) -> String {
        match self {
            Self::Missing(file) => {
                tr!(text, "{file} is missing: cargo workshop reset {id} brings the stub back", id = id, file = file)
            }
            Self::NotAFile(file) => tr!(text, "{file} is a folder or a pipe, not a file: move it away", file = file),
            Self::Io(file, error) => format!("{file}: {error}"),
            Self::NotText(file) => {
                tr!(text, "{file} is not a text of at most 1 MB in UTF-8: save it as UTF-8", file = file)
            }
            Self::Mark(mark) => tr!(
                text,
                "The line {mark} is missing, stands there twice or out of order: put it back. `cargo workshop reset {id}` brings all of them back, and keeps what you wrote beside.",
                mark = mark,
                id = id
            ),
            Self::NoHypothesis => tr!(
                text,
                "Your hypothesis is missing: before the run, write between {begin} and {end} what you expect and why, a sentence or more.",
                begin = Section::Hypothesis.begin(),
                end = Section::Hypothesis.end()
            ),
            Self::NoSettings => tr!(
                text,
                "Your settings are missing: between {begin} and {end} stands a block of TOML, fenced by three backticks.",
                begin = Section::Settings.begin(),
                end = Section::Settings.end()
            ),
            Self::Settings { line, shown, why } => {
                tr!(text, "Settings, line {line}, {shown}: {why}", line = line, shown = shown, why = why)
            }
            Self::Foreign(line) => tr!(
                text,
                "Between {begin} and {end} stands a line that the program did not write, and it would be lost: {line}. Move it to another section.",
                begin = Section::Result.begin(),
                end = Section::Result.end(),
                line = line
            ),
        }
    }
}

impl std::fmt::Display for ReportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say("ID", &Catalogue::default()))
    }
}

impl std::error::Error for ReportError {}

/// A report, its sections found.
#[derive(Debug)]
pub struct Report<'a> {
    text: &'a str,
    places: [Range<usize>; 4],
}

/// What a program filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The hash of the settings it ran with.
    pub settings: String,
    /// The table: its head, then its rows.
    pub rows: Vec<Vec<String>>,
}

impl<'a> Report<'a> {
    /// Finds the sections.
    ///
    /// # Errors
    /// When a mark is missing, or not in its place.
    pub fn parse(text: &'a str) -> Result<Self, ReportError> {
        let marks: Vec<String> = Section::ALL.iter().flat_map(|section| [section.begin(), section.end()]).collect();
        let mut places = [0..0, 0..0, 0..0, 0..0];
        let (mut found, mut at) = (0, 0);
        for line in text.split_inclusive('\n') {
            if let Some(mark) = marks.iter().position(|mark| mark == line.trim()) {
                if mark != found {
                    return Err(ReportError::Mark(marks[found.min(mark)].clone()));
                }
                let place = &mut places[mark / 2];
                *place = if mark % 2 == 0 { at + line.len()..text.len() } else { place.start..at };
                found += 1;
            }
            at += line.len();
        }
        match marks.get(found) {
            Some(missing) => Err(ReportError::Mark(missing.clone())),
            None => Ok(Self { text, places }),
        }
    }

    /// Where a section stands in the text, without its marks.
    pub fn place(&self, section: Section) -> Range<usize> {
        self.places[section as usize].clone()
    }

    fn section(&self, section: Section) -> &'a str {
        &self.text[self.place(section)]
    }

    /// Whether a section holds a sentence.
    pub fn is_written(&self, section: Section) -> bool {
        let letters = without_comments(self.section(section));
        let weight = |c: char| if c >= '\u{1100}' { 2 } else { 1 };
        letters.chars().filter(|c| c.is_alphabetic()).map(weight).sum::<usize>() >= SENTENCE
    }

    /// The settings, as the program that takes them knows them.
    ///
    /// # Errors
    /// When there are none, or a field is unknown, missing or of another kind; the message gives the line.
    pub fn settings<S: DeserializeOwned>(&self) -> Result<S, ReportError> {
        let place = self.place(Section::Settings);
        let (mut start, mut end, mut at) = (None, None, place.start);
        for line in self.section(Section::Settings).split_inclusive('\n') {
            match (line.trim(), start) {
                ("```toml", None) => start = Some(at + line.len()),
                ("```", Some(_)) if end.is_none() => end = Some(at),
                _ => {}
            }
            at += line.len();
        }
        let (Some(start), Some(end)) = (start, end) else { return Err(ReportError::NoSettings) };
        let block = &self.text[start..end];
        toml::from_str(block).map_err(|error| {
            let before = error.span().and_then(|span| block.get(..span.start)).unwrap_or_default();
            let above = before.matches('\n').count();
            ReportError::Settings {
                line: self.text[..start].lines().count() + above + 1,
                shown: short(block.lines().nth(above).unwrap_or_default()),
                why: short(error.message()),
            }
        })
    }

    /// The hash of the settings: of what they say, not of how it is laid out.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn settings_hash(&self) -> Result<String, ReportError> {
        let table: toml::Table = self.settings()?;
        Ok(crate::data::hex(&Sha256::digest(table.to_string())[..8]))
    }

    /// What a program filled in; `None` where none did.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn result(&self) -> Result<Option<Filled>, ReportError> {
        let mut filled = Filled::default();
        for line in self.section(Section::Result).lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(row) = line.strip_prefix('|') {
                if !line.chars().all(|c| "|-: ".contains(c)) {
                    let row = row.strip_suffix('|').unwrap_or(row);
                    filled.rows.push(row.split('|').map(|cell| cell.trim().to_owned()).collect());
                }
            } else if let Some((settings, _)) = line.strip_prefix(STAMP).and_then(|rest| rest.split_once(',')) {
                filled.settings = settings.to_owned();
            } else {
                return Err(ReportError::Foreign(short(line)));
            }
        }
        Ok((filled != Filled::default()).then_some(filled))
    }

    /// The report with another content of a section.
    pub fn with(&self, section: Section, content: &str) -> String {
        let Range { start, end } = self.place(section);
        let content = if content.is_empty() { "\n".to_owned() } else { format!("\n{}\n\n", content.trim()) };
        let content = if self.text.contains("\r\n") { content.replace('\n', "\r\n") } else { content };
        format!("{}{content}{}", &self.text[..start], &self.text[end..])
    }
}

/// Begins the line below a table that says what it was made with.
const STAMP: &str = "`settings ";

/// A Markdown text without HTML's comments.
pub fn without_comments(markdown: &str) -> String {
    let mut parts = markdown.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once("-->").map_or("", |(_, rest)| rest))
}

/// A text of the learner's in a message.
fn short(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.trim().chars().take(160).map(plain).collect();
    if text.trim().chars().nth(160).is_some() {
        short.push('…');
    }
    short
}

/// A setting that a program does not take.
#[derive(Debug, Clone)]
pub struct Refused {
    field: &'static str,
    value: String,
    allowed: Allowed,
}

/// What a setting may say.
#[derive(Debug, Clone)]
enum Allowed {
    /// A number from the first to the second.
    Between(String, String),
    /// What this sentence says.
    Said(fn(&Catalogue) -> String),
}

impl Refused {
    /// The message in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        let allowed = match &self.allowed {
            Allowed::Between(least, most) => tr!(text, "{least} to {most}", least = least, most = most),
            Allowed::Said(say) => say(text),
        };
        tr!(text, "{field} = {value}: allowed is {allowed}", field = self.field, value = self.value, allowed = allowed)
    }
}

/// Refuses a setting unless it `holds`; `allowed` says what it may be.
///
/// # Errors
/// When it does not hold.
pub fn require(
    holds: bool,
    field: &'static str,
    value: impl Debug,
    allowed: fn(&Catalogue) -> String,
) -> Result<(), Refused> {
    if holds {
        return Ok(());
    }
    // A list may be of any length.
    Err(Refused { field, value: short(&format!("{value:?}")), allowed: Allowed::Said(allowed) })
}

/// Refuses a number below the first or above the second.
///
/// # Errors
/// When it is.
pub fn between<N: PartialOrd + Display>(field: &'static str, value: N, least: N, most: N) -> Result<(), Refused> {
    if (&least..=&most).contains(&&value) {
        return Ok(());
    }
    Err(Refused { field, value: value.to_string(), allowed: Allowed::Between(least.to_string(), most.to_string()) })
}

/// A report in the hands of a lesson's program.
#[derive(Debug)]
pub struct Handed {
    /// Where it lies; `None` where the grader handed it over.
    path: Option<PathBuf>,
    /// As it was when it was read.
    text: String,
}

impl Handed {
    /// Takes the report `week04-attention/experiments/saturation.md` from the learner's exercises, or from the grader.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn take(file: &str) -> Result<Self, ReportError> {
        if std::env::var_os(REPEAT_ENV).is_some() {
            return Ok(Self { path: None, text: read(std::io::stdin(), file)? });
        }
        let path = crate::home().join("exercises").join(file);
        Ok(Self { text: read_file(&path)?, path: Some(path) })
    }

    /// The report, once it has a hypothesis, and nothing stands where the result goes.
    ///
    /// # Errors
    /// When one of them is not so, or a mark is missing.
    pub fn report(&self) -> Result<Report<'_>, ReportError> {
        let report = Report::parse(&self.text)?;
        if !report.is_written(Section::Hypothesis) {
            return Err(ReportError::NoHypothesis);
        }
        report.result()?;
        Ok(report)
    }

    /// Fills the table in, and what it was made with: in the reader's language, and for the grader in the others too. What
    /// the learner has written into the file meanwhile is kept.
    ///
    /// # Errors
    /// When the file cannot be read again, or written.
    pub fn fill(
        &self,
        table: impl Fn(&Catalogue) -> String,
        device: &str,
        text: &Catalogue,
    ) -> Result<(), ReportError> {
        let settings = self.report()?.settings_hash()?;
        let result = |text: &Catalogue| format!("{}\n\n{STAMP}{settings}, device {device}`", table(text).trim());
        let Some(path) = &self.path else {
            let show = |result: String| {
                rich::show(MARKDOWN, &result, "result").map_err(|error| ReportError::Io("stdout".into(), error))
            };
            show(result(text))?;
            let others = LANGUAGES.into_iter().filter(|lang| *lang != text.lang());
            return others.map(|lang| result(&Catalogue::load(lang))).try_for_each(show);
        };
        let now = read_file(path)?;
        let report = Report::parse(&now)?;
        report.result()?;
        let filled = report.with(Section::Result, &result(text));
        write_whole(path, &filled).map_err(|error| ReportError::Io(path.display().to_string(), error))
    }

    /// The file that was filled in; `None` where the grader handed the report over.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

fn read_file(path: &Path) -> Result<String, ReportError> {
    let file = path.display().to_string();
    if !path.exists() {
        return Err(ReportError::Missing(file));
    }
    // A pipe would be waited for.
    if !path.is_file() {
        return Err(ReportError::NotAFile(file));
    }
    let opened = std::fs::File::open(path).map_err(|error| ReportError::Io(file.clone(), error))?;
    read(opened, &file)
}

fn read(from: impl std::io::Read, file: &str) -> Result<String, ReportError> {
    let mut bytes = vec![];
    from.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| ReportError::Io(file.to_owned(), error))?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= LONGEST);
    text.ok_or_else(|| ReportError::NotText(file.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Title\n\n<!-- hypothesis -->\n\nIt saturates beyond sixteen.\n\n<!-- /hypothesis -->\n<!-- settings -->\n```toml\nseed = 7 # mine\nsizes = [1, 2]\n```\n<!-- /settings -->\n<!-- result -->\n<!-- /result -->\nmore\n<!-- conclusion -->\nno\n<!-- /conclusion -->\n";

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Settings {
        seed: u64,
        sizes: Vec<u64>,
    }

    fn settings_error(text: &str) -> String {
        let report = Report::parse(text).expect("marks");
        report.settings::<Settings>().expect_err("wrong settings").to_string()
    }

    #[test]
    fn a_report_is_read_and_filled_and_nothing_else_changes() {
        for text in [TEXT.to_owned(), TEXT.replace('\n', "\r\n")] {
            let report = Report::parse(&text).expect("marks");
            assert!(report.is_written(Section::Hypothesis) && !report.is_written(Section::Conclusion));
            assert_eq!(report.settings::<Settings>().expect("settings").sizes, [1, 2]);
            assert_eq!(report.result().expect("empty"), None);
            let result = "| a | b |\n|---:|---|\n| 1 | 2 |\n\n`settings ab12, device cpu`";
            let filled = report.with(Section::Result, result);
            let again = Report::parse(&filled).expect("marks");
            let rows = vec![vec!["a".to_owned(), "b".into()], vec!["1".into(), "2".into()]];
            assert_eq!(again.result().expect("filled"), Some(Filled { settings: "ab12".into(), rows }));
            assert_eq!(again.with(Section::Result, ""), report.with(Section::Result, ""));
            assert_eq!(filled.contains("\r\n"), text.contains("\r\n"));
            assert_eq!(filled.replace("\r\n", "").contains('\n'), !text.contains("\r\n"));
        }
    }

    #[test]
    fn the_hash_is_of_what_the_settings_say() {
        let hash = |text: &str| Report::parse(text).expect("marks").settings_hash().expect("settings");
        let other = TEXT.replace("seed = 7 # mine\nsizes = [1, 2]", "sizes = [ 1,\n 2 ]\nseed=7");
        assert_eq!(hash(TEXT), hash(&other));
        assert_ne!(hash(TEXT), hash(&TEXT.replace("seed = 7", "seed = 8")));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (mark, text) in [
            ("<!-- /settings -->", TEXT.replace("<!-- /settings -->\n", "")),
            ("<!-- hypothesis -->", TEXT.replace("<!-- hypothesis -->", "")),
            ("<!-- hypothesis -->", TEXT.replace("# Title", "<!-- hypothesis -->")),
            ("<!-- /conclusion -->", TEXT[..TEXT.len() - 4].to_owned()),
            ("<!-- hypothesis -->", String::new()),
        ] {
            let error = Report::parse(&text).expect_err("a mark").to_string();
            assert!(error.contains(mark), "{error}");
        }
        let twice = format!("{TEXT}<!-- result -->\n");
        assert!(Report::parse(&twice).is_err());

        let wrong = |old: &str, new: &str| settings_error(&TEXT.replace(old, new));
        let error = wrong("seed = 7 # mine", "seeds = 7");
        assert!(error.contains("line 10, seeds = 7: unknown field `seeds`"), "{error}");
        let error = wrong("sizes = [1, 2]", "sizes = [1, -2]");
        assert!(error.contains("line 11, sizes = [1, -2]: ") && error.contains("`-2`"), "{error}");
        let error = wrong("seed = 7", "seed = 99999999999999999999999");
        assert!(error.contains("line 10"), "{error}");
        let error = wrong("sizes = [1, 2]\n", "");
        assert!(error.contains("missing field `sizes`"), "{error}");
        assert!(wrong("```toml", "```").contains("a block of TOML"));
        assert!(wrong("seed = 7", &format!("{} = 7", "x".repeat(9999))).len() < 600);

        let foreign = TEXT.replace("<!-- result -->\n", "<!-- result -->\nmy own words\n");
        let error = Report::parse(&foreign).expect("marks").result().expect_err("words").to_string();
        assert!(error.contains("my own words"), "{error}");
    }

    #[test]
    fn a_setting_is_refused_by_name_and_a_long_one_is_cut() {
        let say = |refused: Result<(), Refused>| refused.expect_err("refused").say(&Catalogue::default());
        assert!(between("keys", 2, 2, 3).is_ok() && between("keys", 3, 2, 3).is_ok());
        assert_eq!(say(between("keys", 4, 2, 3)), "keys = 4: allowed is 2 to 3");
        let sizes = |sizes: &[u64]| require(sizes.len() < 3, "sizes", sizes, |_| "two".to_owned());
        assert!(sizes(&[1, 2]).is_ok());
        assert_eq!(say(sizes(&[1, 2, 3])), "sizes = [1, 2, 3]: allowed is two");
        assert!(say(sizes(&[1; 9999])).len() < 400);
    }

    #[test]
    fn a_sentence_is_more_than_a_word_and_a_comment_is_none() {
        let written = |words: &str| {
            let text = TEXT.replace("It saturates beyond sixteen.", words);
            Report::parse(&text).expect("marks").is_written(Section::Hypothesis)
        };
        assert!(written("헤드가 넓어지면 포화된다.") && written("It saturates beyond sixteen."));
        assert!(!written("") && !written("모른다") && !written("I do not know") && !written("1234567890 1234567890"));
        assert!(
            !written("<!-- a long comment\nof many many words -->")
                && !written("<!-- a comment that never ends at all")
        );
    }
}
