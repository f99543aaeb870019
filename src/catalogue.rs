//! The catalogue: every sentence that a person reads, collected, kept in `book/po`, and checked.
//!
//! English is the source and the key. The sentences come from the pages (prose, notes, quizzes), the exercises (titles,
//! statements, hints, goals), the data (what each file is, and each set that is made), the checks (mistakes, cases), the
//! program (`tr!` in the sources, what clap says) and the live page (`T("..")` in its script).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::CommandFactory as _;
use polib::catalog::Catalog;
use polib::message::{Message, MessageMutView as _};
use polib::metadata::CatalogMetadata;
use regex::Regex;
use workshop_base::text::Catalogue;

use crate::artifacts::Build;
use crate::course::{Course, slashes};
use crate::exercise;
use crate::files::keep_numbered;
use crate::markup::map_messages;
use crate::page::{self, Block, Kind, Page};

/// A sentence and where it stands.
type Found = (String, String);

/// Every sentence of the course, in order, each once, with the places it stands in.
///
/// # Errors
/// When a source cannot be read, or the checks cannot be built.
pub fn collect(course: &Course, build: &Build) -> Result<Vec<Found>> {
    let mut found = vec![];
    summary(&course.root, &mut found)?;
    for page in &course.pages {
        of_page(page, &mut found)?;
    }
    for exercise in course.exercises() {
        let file = if exercise.is_experiment() { "experiments.toml" } else { "exercises.toml" };
        let place = format!("solutions/{}/{file}", exercise.folder);
        found.push((exercise.title.clone(), place.clone()));
        for text in std::iter::once(&exercise.statement).chain(&exercise.hints) {
            map_messages(text, |message| {
                found.push((message.to_owned(), place.clone()));
                String::new()
            });
        }
        let solution = exercise.solution();
        let text = std::fs::read_to_string(course.root.join(&solution))?;
        found.extend(exercise::goals(&text).map(|goal| (goal.to_owned(), slashes(&solution))));
    }
    for file in workshop_base::data::manifest().map_err(|error| anyhow!(error.to_string()))?.files {
        found.push((file.what, "datasets/manifest.toml".to_owned()));
    }
    for target in workshop_datasets::make::TARGETS {
        found.push((target.about.to_owned(), "datasets/src/make.rs".to_owned()));
    }
    of_checks(build, &mut found)?;
    of_sources(&course.root, &mut found)?;
    of_clap(&crate::cmd::Cli::command(), &mut found);

    let mut places: HashMap<String, usize> = HashMap::new();
    let mut once: Vec<Found> = vec![];
    for (sentence, place) in found {
        match places.get(&sentence) {
            Some(at) if once[*at].1.split(' ').any(|known| known == place) => {}
            Some(at) => once[*at].1 += &format!(" {place}"),
            None => {
                places.insert(sentence.clone(), once.len());
                once.push((sentence, place));
            }
        }
    }
    Ok(once)
}

fn summary(root: &Path, found: &mut Vec<Found>) -> Result<()> {
    let text = std::fs::read_to_string(root.join("book/src/SUMMARY.md"))?;
    let place = "book/src/SUMMARY.md".to_owned();
    for line in text.lines().map(str::trim) {
        let title = line.split_once('[').and_then(|(_, rest)| rest.split_once("](")).map(|(title, _)| title);
        let part = line.strip_prefix("# ");
        found.extend(title.or(part).map(|sentence| (sentence.to_owned(), place.clone())));
    }
    let config: toml::Table = toml::from_str(&std::fs::read_to_string(root.join("book/book.toml"))?)?;
    for key in ["title", "description"] {
        if let Some(sentence) = config.get("book").and_then(|book| book.get(key)).and_then(toml::Value::as_str) {
            found.push((sentence.to_owned(), "book/book.toml".to_owned()));
        }
    }
    Ok(())
}

fn of_page(page: &Page, found: &mut Vec<Found>) -> Result<()> {
    for Block { kind, .. } in &page.blocks {
        let place = format!("book/src/{}.md", page.name);
        match kind {
            Kind::Prose(text) | Kind::Speaker(text) => {
                map_messages(text, |message| {
                    found.push((message.to_owned(), place.clone()));
                    String::new()
                });
            }
            Kind::Cell(cell) => found.extend(cell.figure.iter().map(|(alt, _)| (alt.clone(), place.clone()))),
            Kind::Quiz(file) => {
                let place = format!("book/src/{}/{file}", page.week());
                for question in page::quiz(page, file)? {
                    let answers = question.options.iter().flat_map(|option| [&option.text, &option.why]);
                    let sentences = std::iter::once(&question.text).chain(answers).filter(|text| has_words(text));
                    found.extend(sentences.map(|sentence| (sentence.clone(), place.clone())));
                }
            }
            Kind::Grid(grid) => {
                let mut grid = grid.clone();
                let sentences = grid.sentences().filter(|text| has_words(text));
                found.extend(sentences.map(|sentence| (sentence.clone(), place.clone())));
            }
            Kind::Listing(_) | Kind::Exercise(_) | Kind::Minutes(_) | Kind::Playground => {}
        }
    }
    Ok(())
}

/// Whether there is anything to translate once code and formulas are gone.
pub fn has_words(text: &str) -> bool {
    let mut inside = None;
    text.chars().any(|c| {
        match inside {
            Some(mark) if c == mark => inside = None,
            Some(_) => {}
            None if c == '`' || c == '$' => inside = Some(c),
            None => return c.is_alphabetic(),
        }
        false
    })
}

fn of_checks(build: &Build, found: &mut Vec<Found>) -> Result<()> {
    for (id, sentences) in checks(build)? {
        let place = slashes(&exercise::check_file(&id));
        found.extend(sentences.into_iter().map(|sentence| (sentence, place.clone())));
    }
    Ok(())
}

/// The checks that prove themselves, by exercise, with every sentence that a learner may read of them.
///
/// # Errors
/// When they cannot be run.
pub fn checks(build: &Build) -> Result<BTreeMap<String, Vec<String>>> {
    let output = std::process::Command::new(build.program("sentences")?)
        .env("RUST_BACKTRACE", "0")
        .output()
        .context("the checks cannot be run")?;
    if !output.status.success() {
        bail!("a check does not come to its end:\n{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// `tr!(text, "..")` in Rust and `T("..")` in the live page's script.
fn of_sources(root: &Path, found: &mut Vec<Found>) -> Result<()> {
    let mut files = vec![];
    for folder in ["src", "lessons", "tests/checks/src", "book/theme"] {
        walk(&root.join(folder), &mut files)?;
    }
    for file in files {
        let name = slashes(file.strip_prefix(root).unwrap_or(&file));
        let sentences = match file.extension().and_then(|ending| ending.to_str()) {
            Some("rs") if name != "src/base/text.rs" && name != "src/catalogue.rs" => {
                calls(r#"\btr!\(\s*[^",]+,\s*"((?:[^"\\]|\\.|\\\n)*)""#, &std::fs::read_to_string(&file)?)
            }
            Some("js") => script_sentences(&std::fs::read_to_string(&file)?),
            _ => continue,
        };
        found.extend(sentences.into_iter().map(|sentence| (sentence, name.clone())));
    }
    Ok(())
}

/// The sentences that the live page's script says: `T("..")`.
pub fn script_sentences(script: &str) -> Vec<String> {
    calls(r#"\bT\(\s*"((?:[^"\\]|\\.)*)""#, script)
}

fn calls(pattern: &str, text: &str) -> Vec<String> {
    let Ok(pattern) = Regex::new(pattern) else { return vec![] };
    pattern.captures_iter(text).map(|found| unescape(&found[1])).collect()
}

/// The files below a folder, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<std::io::Result<_>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.path().is_dir() { walk(&entry.path(), files)? } else { files.push(entry.path()) }
    }
    Ok(())
}

/// A string literal's content as the string it stands for.
fn unescape(literal: &str) -> String {
    let mut out = String::new();
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

fn of_clap(command: &clap::Command, found: &mut Vec<Found>) {
    let place = "src/cmd".to_owned();
    let about = command.get_about().map(ToString::to_string);
    let helps = command.get_arguments().filter_map(|arg| arg.get_help().map(ToString::to_string));
    found.extend(about.into_iter().chain(helps).map(|sentence| (sentence, place.clone())));
    for sub in command.get_subcommands() {
        of_clap(sub, found);
    }
}

/// What `update` did to a catalogue.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Sentences in it.
    pub total: usize,
    /// New sentences, still to be translated.
    pub missing: Vec<String>,
    /// Changed sentences, whose old translation is kept and marked for review.
    pub fuzzy: Vec<String>,
    /// Sentences that are no longer used, and are gone.
    pub dropped: Vec<String>,
    /// The catalogue as it was, with the translations of those that are gone.
    pub backup: Option<PathBuf>,
}

/// Brings the catalogue of `lang` up to date: new sentences come in without a translation, or with that of the closest
/// sentence that went, marked `fuzzy`.
///
/// # Errors
/// When the file cannot be read or written.
pub fn update(lang: &str, sentences: &[Found]) -> Result<Update> {
    let path = workshop_base::text::path(lang);
    let old = read(lang)?;
    let mut known: BTreeMap<&str, (&str, bool)> = BTreeMap::new();
    for message in old.messages() {
        known.insert(message.msgid(), (message.msgstr().unwrap_or_default(), message.is_fuzzy()));
    }
    let current: std::collections::HashSet<&str> = sentences.iter().map(|(sentence, _)| sentence.as_str()).collect();
    let gone: Vec<(&str, &str)> = known
        .iter()
        .filter(|(sentence, (translation, _))| !current.contains(**sentence) && !translation.is_empty())
        .map(|(sentence, (translation, _))| (*sentence, *translation))
        .collect();

    let dropped: Vec<String> = gone.iter().map(|(sentence, _)| (*sentence).to_owned()).collect();
    let mut update = Update { total: sentences.len(), dropped, ..Update::default() };
    if !update.dropped.is_empty() {
        let name = workshop_base::kept().join("backups").join(path.file_name().unwrap_or_default());
        update.backup = Some(keep_numbered(&name, &std::fs::read(&path)?)?);
    }
    let mut metadata = CatalogMetadata::new();
    metadata.project_id_version = "workshop".to_owned();
    metadata.language = lang.to_owned();
    metadata.mime_version = "1.0".to_owned();
    metadata.content_type = "text/plain; charset=UTF-8".to_owned();
    metadata.content_transfer_encoding = "8bit".to_owned();
    let mut new = Catalog::new(metadata);
    for (sentence, places) in sentences {
        let (translation, fuzzy) = match known.get(sentence.as_str()) {
            Some((translation, fuzzy)) => ((*translation).to_owned(), *fuzzy),
            None => match closest(sentence, &gone) {
                Some(translation) => (translation.to_owned(), true),
                None => (String::new(), false),
            },
        };
        if translation.is_empty() {
            update.missing.push(sentence.clone());
        } else if fuzzy {
            update.fuzzy.push(sentence.clone());
        }
        let mut message = Message::build_singular()
            .with_source(places.clone())
            .with_msgid(sentence.clone())
            .with_msgstr(translation)
            .done();
        if fuzzy {
            message.flags_mut().add_flag("fuzzy");
        }
        new.append_or_update(message);
    }
    polib::po_file::write_to_file(&new, &path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(update)
}

fn read(lang: &str) -> Result<Catalog> {
    let path = workshop_base::text::path(lang);
    if !path.exists() {
        return Ok(Catalog::new(CatalogMetadata::new()));
    }
    workshop_base::text::read(lang).map_err(|error| anyhow::anyhow!(error))
}

/// The translation of the sentence most like this one, if one is like it at all.
fn closest<'a>(sentence: &str, gone: &[(&str, &'a str)]) -> Option<&'a str> {
    let likeness = |old: &str| similar::TextDiff::from_chars(old, sentence).ratio();
    gone.iter()
        .map(|(old, translation)| (likeness(old), *translation))
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, translation)| translation)
}

/// What is wrong with the catalogue of `lang`: a sentence that is missing, marked for review, or no longer used, or whose
/// code, formulas or named values differ from the English.
///
/// # Errors
/// When the file cannot be read.
pub fn problems(lang: &str, sentences: &[Found]) -> Result<Vec<String>> {
    Ok(problems_in(&read(lang)?, lang, sentences))
}

fn problems_in(catalogue: &Catalog, lang: &str, sentences: &[Found]) -> Vec<String> {
    let known: HashMap<&str, _> = catalogue.messages().map(|message| (message.msgid(), message)).collect();
    let mut problems = vec![];
    for (sentence, places) in sentences {
        let place = places.split(' ').next().unwrap_or_default();
        let shown = cut(sentence);
        match known.get(sentence.as_str()) {
            None => problems.push(format!("{place}: not in {lang}.po: {shown:?}")),
            Some(message) if !message.is_translated() => problems.push(format!("{place}: not translated: {shown:?}")),
            Some(message) if message.is_fuzzy() => problems.push(format!("{place}: to be reviewed: {shown:?}")),
            Some(message) => {
                let translation = message.msgstr().unwrap_or_default();
                if pieces(sentence) != pieces(translation) {
                    problems.push(format!("{place}: code, formulas or {{values}} differ: {shown:?}"));
                }
            }
        }
    }
    let current: std::collections::HashSet<&str> = sentences.iter().map(|(sentence, _)| sentence.as_str()).collect();
    for message in catalogue.messages().filter(|message| !current.contains(message.msgid())) {
        let shown = cut(message.msgid());
        problems.push(format!("{lang}.po: no longer used: {shown:?}"));
    }
    problems
}

/// As much of a sentence as it takes to find it.
pub fn cut(sentence: &str) -> String {
    sentence.chars().take(60).collect()
}

/// What a translation must keep: code, formulas and named values, in any order.
fn pieces(sentence: &str) -> Vec<&str> {
    let mut pieces = vec![];
    let mut rest = sentence;
    while let Some(start) = rest.find(['`', '$', '{']) {
        let end_mark = if rest[start..].starts_with('{') { '}' } else { rest.as_bytes()[start] as char };
        let Some(length) = rest[start + 1..].find(end_mark) else { break };
        pieces.push(&rest[start..start + length + 2]);
        rest = &rest[start + length + 2..];
    }
    pieces.sort_unstable();
    pieces
}

/// Markdown in another language.
pub fn translated(markdown: &str, text: &Catalogue) -> String {
    map_messages(markdown, |message| text.get(message).to_owned())
}

/// A page in another language: prose, notes and grids replaced, everything that runs left alone.
pub fn translate(page: &Page, text: &Catalogue) -> Page {
    let mut page = page.clone();
    for block in &mut page.blocks {
        match &mut block.kind {
            Kind::Prose(prose) | Kind::Speaker(prose) => *prose = translated(prose, text),
            Kind::Grid(grid) => grid.sentences().for_each(|sentence| *sentence = text.get(sentence).to_owned()),
            _ => {}
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_stale_and_changed_sentences_are_problems() {
        let mut catalogue = Catalog::new(CatalogMetadata::new());
        let mut add = |english: &str, korean: &str, fuzzy: bool| {
            let mut message =
                Message::build_singular().with_msgid(english.to_owned()).with_msgstr(korean.to_owned()).done();
            if fuzzy {
                message.flags_mut().add_flag("fuzzy");
            }
            catalogue.append_or_update(message);
        };
        add("whole", "온전함", false);
        add("empty", "", false);
        add("changed", "바뀜", true);
        add("run `x` on $y$", "`x` 실행", false);
        add("gone", "사라짐", false);
        let current = ["whole", "empty", "changed", "run `x` on $y$", "new"].map(|s| (s.to_owned(), "a.md".to_owned()));
        let found = problems_in(&catalogue, "ko", &current);
        let expected = ["not translated", "to be reviewed", "differ", "not in ko.po", "no longer used"];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
    }

    #[test]
    fn what_must_be_kept_is_compared_in_any_order() {
        assert_eq!(pieces("a `x` and $y$ {n}"), pieces("{n} $y$ `x`"));
        assert_ne!(pieces("a `x`"), pieces("a `y`"));
        assert!(has_words("a `x`") && !has_words("`x` $y$ 1"));
        assert_eq!(unescape("a\\\"b\\n\\\n    c"), "a\"b\nc");
    }
}
