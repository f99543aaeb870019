//! Grading: the learner's one file swapped in for ours, the check run in a process of its own.
//!
//! Because everything else is ours, neither a broken neighbour nor an unsolved predecessor matters: a file that does not
//! compile is that exercise's verdict alone.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use tokio::sync::watch;
use workshop_base::text::Catalogue;
use workshop_base::tr;
use workshop_base::verdict::{self, Verdict};

use crate::artifacts::{Build, Diagnostic, Extern};
use crate::course::{Course, slashes};
use crate::exercise::{self, Exercise};
use crate::experiment::{self, Judged};
use crate::files::with_plain_line_ends;
use crate::journal::{self, Event};
use crate::process::{self, End, Limits, Stream};
use crate::program::{self, Compiled};
use crate::progress::{self, Progress};

/// What became of an exercise.
#[derive(Debug)]
pub enum Outcome {
    /// The check came to a verdict.
    Verdict(Verdict),
    /// The file does not compile.
    Compile(Vec<Diagnostic>),
    /// The compiler did not come to an end with it.
    Compiler(End),
    /// The process ended without a verdict; with the last that it said.
    Died(End, String),
    /// What is to be said of an experiment's report.
    Experiment(Judged),
}

impl Outcome {
    /// Whether it passed.
    pub fn passed(&self) -> bool {
        matches!(self, Self::Verdict(Verdict::Passed { .. }) | Self::Experiment(Judged::Passed { .. }))
    }
}

/// What the learner is told.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// One word: `passed`, `wrong`, `not-started`, `compile`, `died`, `stopped`, `time`, `memory`, `output`, `processes`.
    pub verdict: &'static str,
    /// The exercise and what became of it.
    pub title: String,
    /// What there is to say.
    pub lines: Vec<String>,
    /// What the compiler said.
    pub errors: Vec<FileError>,
    /// Where to turn next.
    pub hint: String,
}

/// An error of the compiler in the learner's file.
#[derive(Debug, Clone, Serialize)]
pub struct FileError {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// `error`
    pub level: String,
    /// The whole message.
    pub text: String,
}

/// Grades one exercise and keeps the verdict.
///
/// # Errors
/// When the check itself cannot be compiled or started.
pub async fn grade(
    course: &Course,
    build: &Build,
    exercise: &Exercise,
    text: &Catalogue,
    stop: watch::Receiver<bool>,
) -> Result<Told> {
    let file = match hand_in(exercise, text) {
        Ok(file) => file,
        Err(why) => {
            let told = told(exercise, "died", &tr!(text, "not graded"), vec![why], text);
            journal::note(&Event::Check {
                id: exercise.id.clone(),
                verdict: told.verdict.to_owned(),
                mistakes: vec![],
            })?;
            return Ok(told);
        }
    };
    let check = progress::check_hash(&course.root, exercise)?;
    let outcome = if exercise.is_experiment() {
        Outcome::Experiment(experiment::judge(course, build, exercise, &file, &check, text, stop).await?)
    } else {
        outcome(build, exercise, &file, stop).await?
    };
    let (named_before, hints) = Progress::change(|progress| {
        let kept = progress.of_mut(&exercise.id);
        if matches!(
            outcome,
            Outcome::Died(End::Stopped, _) | Outcome::Compiler(End::Stopped) | Outcome::Experiment(Judged::Stopped)
        ) {
            // Nothing is known of the file.
            return (vec![], kept.hints);
        }
        kept.file = progress::hash(file.as_bytes());
        kept.check = check;
        kept.passed = outcome.passed();
        if kept.passed {
            kept.named.clear();
        }
        // Of each mistake, whether it was named before.
        let mut named_before = vec![];
        if let Outcome::Verdict(Verdict::Wrong { mistakes, .. }) = &outcome {
            for mistake in mistakes {
                let times = kept.named.entry(mistake.name.clone()).or_insert(0);
                named_before.push(*times > 0);
                *times += 1;
            }
        }
        (named_before, kept.hints)
    })?;
    let mistakes = match &outcome {
        Outcome::Verdict(Verdict::Wrong { mistakes, .. }) => {
            mistakes.iter().map(|mistake| mistake.name.clone()).collect()
        }
        _ => vec![],
    };
    let told = tell(exercise, outcome, &named_before, hints, text);
    journal::note(&Event::Check { id: exercise.id.clone(), verdict: told.verdict.to_owned(), mistakes })?;
    Ok(told)
}

/// No piece is that long: what is longer is not one.
const LONGEST: u64 = workshop_base::experiment::LONGEST;

/// The learner's file.
///
/// # Errors
/// When it cannot be graded: the sentence that says why.
pub fn hand_in(exercise: &Exercise, text: &Catalogue) -> Result<String, String> {
    let (path, file) = (exercise.path(), slashes(&exercise.file()));
    let missing = || {
        tr!(text, "{file} is missing: cargo workshop reset {id} brings the stub back", id = exercise.id, file = file)
    };
    let metadata = std::fs::metadata(&path).map_err(|_| missing())?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(tr!(text, "{file} is not a source file of at most 1 MB.", file = file));
    }
    let bytes = std::fs::read(&path)
        .map_err(|error| tr!(text, "{path} cannot be read: {error}", path = file, error = error))?;
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        tr!(text, "{file} is not UTF-8: look at line {line}, or save the file as UTF-8.", file = file, line = line)
    })
}

/// The pieces of these packages whose files pass as they are now, each with its file's text; graded again where file or
/// check have changed since. A stub is not graded: nobody has begun with it.
///
/// # Errors
/// When a check cannot be compiled or started.
pub async fn green(
    course: &Course,
    build: &Build,
    packages: &[String],
    text: &Catalogue,
    stop: watch::Receiver<bool>,
) -> Result<Vec<(String, String)>> {
    let (mut green, mut progress) = (vec![], Progress::read()?);
    for week in &course.weeks {
        let Some(first) = week.pieces().next().filter(|first| packages.contains(&first.solution_package())) else {
            continue;
        };
        // One hash serves the week: its pieces are decided by the same files.
        let check = progress::check_hash(&course.root, first)?;
        for exercise in week.pieces() {
            let Ok(source) = hand_in(exercise, text) else { continue };
            if with_plain_line_ends(&source) == exercise.stub(&course.root)? {
                continue;
            }
            let file = progress::hash(source.as_bytes());
            let known = progress.of(&exercise.id).is_some_and(|kept| kept.file == file && kept.check == check);
            if !known && !*stop.borrow() {
                grade(course, build, exercise, text, stop.clone()).await?;
                progress = Progress::read()?;
            }
            if progress.is_green(&exercise.id, &file, &check) {
                green.push((exercise.id.clone(), source));
            }
        }
    }
    Ok(green)
}

/// The source of a crate root in which some modules are taken from the learner's files: the crate's own `lib.rs`, each
/// `pub mod name;` with the path of the file it means.
///
/// # Errors
/// When the crate's root cannot be read.
pub fn swapped_root(lib: &Path, mine: &[(String, std::path::PathBuf)]) -> Result<String> {
    let text = std::fs::read_to_string(lib).with_context(|| format!("{} cannot be read", lib.display()))?;
    let folder = lib.parent().unwrap_or(Path::new("."));
    let mut root = String::new();
    for line in text.lines() {
        if let Some(module) =
            line.strip_prefix("pub mod ").or(line.strip_prefix("mod ")).and_then(|rest| rest.strip_suffix(';'))
        {
            let ours = folder.join(format!("{module}.rs"));
            let path = mine.iter().find(|(name, _)| name == module).map_or(&ours, |(_, path)| path);
            root.push_str(&format!("#[path = {:?}]\n", path.display().to_string()));
        }
        root.push_str(line);
        root.push('\n');
    }
    Ok(root)
}

/// A piece has no unsafe code: it could run before the check, and forge its verdict.
const FLAGS: [&str; 1] = ["-Funsafe-code"];

/// Runs the check on a piece in the place of the solution.
///
/// # Errors
/// When the check itself cannot be compiled or started.
pub async fn outcome(build: &Build, exercise: &Exercise, piece: &str, stop: watch::Receiver<bool>) -> Result<Outcome> {
    let package = exercise.solution_package();
    let lib = build.library_root(&package).with_context(|| format!("solutions/{} was not built", exercise.folder))?;
    let mine = [(exercise.module(), exercise.file())];
    let check = exercise.check_macro();
    let file = exercise::check_file(&exercise.id);
    if !workshop_base::root().join(&file).is_file() {
        bail!("{} has no check: {} is missing", exercise.id, file.display());
    }
    // What is compiled besides the libraries and the piece: ours beside it.
    let mut hasher = sha2::Sha256::default();
    progress::hash_into(&mut hasher, lib.parent().unwrap_or(lib))?;
    let hash = workshop_base::data::hex(&sha2::Digest::finalize(hasher));
    let source = format!(
        "{}\n// {hash}\nfn main() {{\n    ::checks::report(|| ::checks::{check}!(crate));\n}}\n",
        swapped_root(lib, &mine)?
    );
    let mut externs: Vec<Extern> = build.externs(&package);
    externs.extend(build.library("checks"));
    let beside = [(exercise.file(), piece)];
    let program = match program::compile(build, &check, &source, &beside, externs, &FLAGS, stop.clone()).await? {
        Compiled::Program(program) => program,
        Compiled::Errors(errors) => return Ok(Outcome::Compile(errors)),
        Compiled::Ended(end) => return Ok(Outcome::Compiler(end)),
    };
    let word = random_word()?;
    let (mut out, mut err) = (vec![], vec![]);
    let mut command = tokio::process::Command::new(program);
    command.env("RUST_BACKTRACE", "0");
    let end = process::run(command, &format!("{word}\n"), Limits::check(), stop, |stream, bytes| match stream {
        Stream::Out => out.extend_from_slice(bytes),
        Stream::Err => err.extend_from_slice(bytes),
    })
    .await?;
    let (verdict, _printed) = verdict::receive(&word, &String::from_utf8_lossy(&out));
    match (verdict, end) {
        (Some(verdict), End::Exited(Some(0))) => Ok(Outcome::Verdict(verdict)),
        (_, end) => Ok(Outcome::Died(end, String::from_utf8_lossy(&err).into_owned())),
    }
}

/// A word that nobody can guess.
///
/// # Errors
/// When the system has no random numbers.
pub fn random_word() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok(workshop_base::data::hex(&bytes))
}

fn told(exercise: &Exercise, verdict: &'static str, title: &str, lines: Vec<String>, text: &Catalogue) -> Told {
    let hint =
        if verdict == "passed" { String::new() } else { tr!(text, "hint: cargo workshop hint {id}", id = exercise.id) };
    Told { verdict, title: format!("{}   {title}", exercise.id), lines, errors: vec![], hint }
}

fn tell(exercise: &Exercise, outcome: Outcome, named_before: &[bool], hints: usize, text: &Catalogue) -> Told {
    let limits = match outcome {
        Outcome::Compiler(_) => Limits::compiler(),
        _ => Limits::check(),
    };
    let mut told = match outcome {
        Outcome::Verdict(Verdict::Passed { cases }) => {
            let title = tr!(text, "passed ({cases} cases)", cases = cases);
            told(exercise, "passed", &title, vec![], text)
        }
        Outcome::Verdict(Verdict::NotStarted { goal }) => {
            let line = tr!(text, "still to write: {goal}", goal = text.get(&goal));
            told(exercise, "not-started", &tr!(text, "not started"), vec![line], text)
        }
        Outcome::Verdict(Verdict::Wrong { seen, mistakes }) => {
            let said = |(mistake, before): (&verdict::Mistake, &bool)| {
                // The first time the symptom, on repetition the remedy.
                text.get(if *before { &mistake.remedy } else { &mistake.symptom }).to_owned()
            };
            let mut lines: Vec<String> = mistakes.iter().zip(named_before).map(said).collect();
            lines.push(seen.say(text));
            told(exercise, "wrong", &tr!(text, "not yet"), lines, text)
        }
        Outcome::Compile(errors) => {
            let mut told = told(exercise, "compile", &tr!(text, "does not compile"), vec![], text);
            told.errors = errors.iter().map(|error| file_error(exercise, error)).collect();
            if errors.iter().all(|error| error.spans.iter().all(|span| !is_of(exercise, &span.file_name))) {
                told.lines = vec![tr!(
                    text,
                    "The check calls the functions of this file: keep their names and what they take and give."
                )];
            }
            told
        }
        Outcome::Compiler(end) => {
            let mut lines = vec![tr!(text, "The compiler did not come to an end with this file.")];
            let word = match end.say(limits, text) {
                Some(why) => {
                    lines.push(why);
                    end.word()
                }
                None => "died",
            };
            told(exercise, word, &tr!(text, "not yet"), lines, text)
        }
        Outcome::Experiment(Judged::NotStarted) => {
            let line = tr!(
                text,
                "Write your hypothesis, choose the settings, then: {command}",
                command = experiment::command(exercise)
            );
            told(exercise, "not-started", &tr!(text, "not started"), vec![line], text)
        }
        Outcome::Experiment(Judged::NotYet(why)) => told(exercise, "wrong", &tr!(text, "not yet"), vec![why], text),
        Outcome::Experiment(Judged::Stopped) => {
            told(exercise, "stopped", &tr!(text, "not yet"), vec![tr!(text, "It was stopped.")], text)
        }
        Outcome::Experiment(Judged::Passed { page }) => {
            let line = tr!(text, "Your report as a page to show: {page}", page = page.display());
            told(exercise, "passed", &tr!(text, "passed: the run repeats"), vec![line], text)
        }
        Outcome::Died(end, said) => {
            let (word, line) = match end {
                End::Exited(code) => ("died", died(code, &said, text)),
                end => (end.word(), end.say(limits, text).unwrap_or_default()),
            };
            let mut lines = vec![line];
            lines.extend(said.lines().take(5).map(str::to_owned));
            told(exercise, word, &tr!(text, "not yet"), lines, text)
        }
    };
    told.lines.iter_mut().for_each(|line| *line = plain(line));
    told.errors.iter_mut().for_each(|error| error.text = plain(&error.text));
    if !told.hint.is_empty() && hints < exercise.hints.len() {
        let next = hints + 1;
        told.hint = tr!(text, "hint {next} of 3: cargo workshop hint {id}", next = next, id = exercise.id);
    }
    told
}

/// A text of the learner's program, fit for a terminal: a control character shows as a sign, and the end of a long one is
/// left out.
fn plain(text: &str) -> String {
    const LONGEST: usize = 4000;
    let sign = |c: char| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c };
    let mut short: String = text.chars().take(LONGEST).map(sign).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// The sentence for a program that ended before its verdict.
fn died(code: Option<i32>, said: &str, text: &Catalogue) -> String {
    match code {
        _ if said.contains("has overflowed its stack") => {
            tr!(text, "It used more stack than there is. Does a function call itself without end?")
        }
        None => tr!(text, "It was ended by a signal: it aborted, or a second panic came while the first was handled."),
        Some(code) => tr!(text, "The program ended ({code}) before the check was done.", code = code),
    }
}

/// Whether a place is in the learner's file.
fn is_of(exercise: &Exercise, place: &str) -> bool {
    Path::new(place).ends_with(exercise.file())
}

fn file_error(exercise: &Exercise, diagnostic: &Diagnostic) -> FileError {
    let own = || diagnostic.spans.iter().filter(|span| is_of(exercise, &span.file_name));
    let primary = own().find(|span| span.is_primary).or_else(|| own().next());
    // It was compiled as a copy.
    let file = exercise.file().display().to_string();
    let copy = primary.and_then(|span| span.file_name.strip_suffix(&file)).filter(|copy| !copy.is_empty());
    let rendered = match (&diagnostic.rendered, primary) {
        (Some(rendered), Some(_)) => rendered.trim_end().to_owned(),
        // What stands elsewhere is ours: the learner can do nothing there.
        _ => format!("error: {}", diagnostic.message),
    };
    FileError {
        line: primary.map_or(1, |span| span.line_start),
        column: primary.map_or(1, |span| span.column_start),
        level: diagnostic.level.clone(),
        text: copy.map_or_else(|| rendered.clone(), |copy| rendered.replace(copy, "")),
    }
}
