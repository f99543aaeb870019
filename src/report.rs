//! The report card: what the learner has done, from the files that `workshop` keeps and from nothing else.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
pub use workshop_base::html::document;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::exercise::Exercise;
use crate::experiment;
use crate::journal::{Entry, Event};
use crate::markup::{escape, with_code};
use crate::model_share::{Part, REFERENCE};
use crate::progress::{self, Kept, Progress, State};

/// A longer pause between two entries of the journal is no work, in minutes.
pub const PAUSE: u64 = 10;

/// What the learner has done.
#[derive(Debug)]
pub struct Report {
    /// The weeks that have exercises, each with its number.
    pub weeks: Vec<(String, Vec<Row>)>,
    /// What was done besides.
    pub activity: Activity,
    /// Each part of the reference model, and whose it is.
    pub parts: Vec<(Part, Owner)>,
}

/// One exercise.
#[derive(Debug)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its title, in English.
    pub title: String,
    /// Whether the week's core contains it.
    pub core: bool,
    /// How far it is.
    pub state: State,
    /// Whether it has passed, with another file or another check.
    pub passed_before: bool,
    /// Hints shown.
    pub hints: usize,
    /// Whether the solution was shown before it passed.
    pub spoiled: bool,
    /// Checks until it passed for the first time; so far, where it has not.
    pub checks: usize,
    /// The mistakes that were named, and how often.
    pub mistakes: BTreeMap<String, usize>,
    /// Of an experiment that has passed, its own report, as a file beside the card.
    pub page: Option<String>,
}

/// What was done besides exercises.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Cells run.
    pub cells: usize,
    /// Among them, those that were edited.
    pub edited: usize,
    /// Programs run.
    pub programs: usize,
    /// Cells and programs that ran on the learner's pieces.
    pub mine: usize,
    /// Minutes at work: the pauses between entries, where none is longer than [`PAUSE`].
    pub minutes: u64,
    /// Days with an entry, by universal time.
    pub days: usize,
}

/// Whose code computes a part of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The learner's: all its pieces have passed.
    Yours,
    /// Ours, as long as a piece has not passed.
    Ours,
    /// Ours: no exercise is about it yet.
    NoPiece,
}

impl Report {
    /// Puts it together.
    ///
    /// # Errors
    /// When a source of the checks cannot be read.
    pub fn new(course: &Course, progress: &Progress, journal: &[Entry]) -> Result<Self> {
        let states = progress::states(course)?;
        let mut weeks: Vec<(String, Vec<Row>)> = vec![];
        for week in course.weeks.iter().filter(|week| !week.exercises.is_empty()) {
            let of_week = states.iter().filter(|(exercise, _)| exercise.folder == week.folder);
            let rows = of_week.map(|(exercise, state)| row(exercise, *state, progress, journal)).collect();
            weeks.push((week.number().to_owned(), rows));
        }
        let passed: BTreeSet<&str> = (weeks.iter().flat_map(|(_, rows)| rows))
            .filter(|row| row.state == State::Passed)
            .map(|row| row.id.as_str())
            .collect();
        let owner = |part: Part| {
            let mut pieces = course.exercises().filter(|exercise| exercise.parts.contains(&part));
            let is_green = |exercise: &Exercise| passed.contains(exercise.id.as_str());
            match pieces.next() {
                None => Owner::NoPiece,
                Some(first) if is_green(first) && pieces.all(is_green) => Owner::Yours,
                Some(_) => Owner::Ours,
            }
        };
        let parts = Part::ALL.map(|part| (part, owner(part))).to_vec();
        Ok(Self { activity: activity(journal), parts, weeks })
    }

    /// Exercises passed and all exercises, of the core or besides it.
    pub fn passed(&self, core: bool) -> (usize, usize) {
        let rows = self.weeks.iter().flat_map(|(_, rows)| rows).filter(|row| row.core == core);
        rows.fold((0, 0), |(passed, all), row| (passed + usize::from(row.state == State::Passed), all + 1))
    }

    /// The share of the reference model's floating-point operations that run through the learner's pieces, in percent.
    pub fn share(&self) -> f64 {
        let yours = self.parts.iter().filter(|(_, owner)| *owner == Owner::Yours);
        100.0 * yours.map(|(part, _)| REFERENCE.flops(*part)).sum::<u64>() as f64 / REFERENCE.total() as f64
    }

    /// What to do first, where nothing was done.
    pub fn first_step(&self, text: &Catalogue) -> Option<String> {
        let rows = || self.weeks.iter().flat_map(|(_, rows)| rows);
        let begun = self.activity != Activity::default() || rows().any(|row| row.state != State::NotStarted);
        let first = rows().find(|row| row.core).filter(|_| !begun)?;
        Some(tr!(
            text,
            "Nothing is recorded yet. Start the book with `cargo run`, read its first page and run a cell; then write {title} and have it graded: `cargo workshop check {id}`.",
            title = text.get(&first.title),
            id = first.id
        ))
    }
}

fn row(exercise: &Exercise, state: State, progress: &Progress, journal: &[Entry]) -> Row {
    let none = Kept::default();
    let kept = progress.of(&exercise.id).unwrap_or(&none);
    let mut row = Row {
        id: exercise.id.clone(),
        title: exercise.title.clone(),
        core: exercise.core,
        state,
        passed_before: kept.passed && state == State::Changed,
        hints: kept.hints,
        spoiled: kept.spoiled,
        checks: 0,
        mistakes: BTreeMap::new(),
        page: None,
    };
    if state == State::Passed && exercise.is_experiment() && experiment::page(exercise).is_file() {
        row.page = Some(experiment::page_name(&exercise.id));
    }
    let mut passed = false;
    for entry in journal {
        let Event::Check { id, verdict, mistakes } = &entry.event else { continue };
        if *id != exercise.id {
            continue;
        }
        row.checks += usize::from(!passed);
        passed |= verdict == "passed";
        for mistake in mistakes {
            *row.mistakes.entry(mistake.clone()).or_default() += 1;
        }
    }
    row
}

fn activity(journal: &[Entry]) -> Activity {
    let mut activity = Activity::default();
    for entry in journal {
        match entry.event {
            Event::Cell { edited, mine, .. } => {
                activity.cells += 1;
                activity.edited += usize::from(edited);
                activity.mine += usize::from(mine);
            }
            Event::Program { mine, .. } => {
                activity.programs += 1;
                activity.mine += usize::from(mine);
            }
            _ => {}
        }
    }
    // Two programs may have written at once, and a clock may have been set back.
    let mut times: Vec<u64> = journal.iter().map(|entry| entry.at).collect();
    times.sort_unstable();
    let gaps = times.windows(2).map(|two| two[1] - two[0]).filter(|gap| *gap <= PAUSE * 60);
    activity.minutes = gaps.sum::<u64>() / 60;
    activity.days = times.iter().map(|at| at / 86_400).collect::<BTreeSet<_>>().len();
    activity
}

/// The report card as a page.
pub fn html(report: &Report, text: &Catalogue) -> String {
    let title = tr!(text, "Report card");
    let mut page = format!("<h1>{}</h1>\n", escape(&title));
    if let Some(step) = report.first_step(text) {
        page += &format!("<p class=\"first\">{}</p>\n", with_code(&step));
    }
    page += &figures(report, text);
    page += &share(report, text);
    for (number, rows) in &report.weeks {
        page += &exercises(&tr!(text, "Week {number}", number = number), rows, text);
    }
    let note = tr!(
        text,
        "Minutes at work are counted from the journal of what you did: the time between two entries, unless it is more than {pause} minutes. Days are those of universal time. Everything here was read from files on this machine, and nothing was sent anywhere.",
        pause = PAUSE
    );
    document(&title, &format!("{page}<p><small>{}</small></p>\n", escape(&note)), text)
}

fn figures(report: &Report, text: &Catalogue) -> String {
    let ((core, all_core), (extra, all_extra)) = (report.passed(true), report.passed(false));
    let Activity { cells, edited, programs, mine, minutes, days } = &report.activity;
    let mut figures = vec![(format!("{core}/{all_core}"), tr!(text, "core exercises passed"))];
    if all_extra > 0 {
        figures.push((format!("{extra}/{all_extra}"), tr!(text, "extra exercises passed")));
    }
    figures.extend([
        (minutes.to_string(), tr!(text, "minutes at work")),
        (days.to_string(), tr!(text, "days with work")),
        (cells.to_string(), tr!(text, "cells run")),
        (edited.to_string(), tr!(text, "cells changed by you")),
        (programs.to_string(), tr!(text, "programs run")),
        (mine.to_string(), tr!(text, "runs on your own pieces")),
    ]);
    let items: String =
        figures.iter().map(|(number, what)| format!("<li><strong>{number}</strong>{}</li>\n", escape(what))).collect();
    format!("<ul class=\"figures\">\n{items}</ul>\n")
}

fn share(report: &Report, text: &Catalogue) -> String {
    let percent = format!("{:.1}", report.share());
    let title = tr!(text, "{percent} % of the model is yours", percent = percent);
    let rule = tr!(
        text,
        "Of the floating-point operations of stories260K, a model of {layers} layers, in one forward pass over {context} tokens. A multiply-add counts as two, and only matrix products are counted. A part is yours when every piece of it has passed.",
        layers = REFERENCE.layers,
        context = REFERENCE.context
    );
    let row = |(part, owner): &(Part, Owner)| {
        let (class, whose) = match owner {
            Owner::Yours => ("passed", tr!(text, "yours")),
            Owner::Ours => ("todo", tr!(text, "ours, until yours passes")),
            Owner::NoPiece => ("todo", tr!(text, "ours: no exercise yet")),
        };
        let flops = REFERENCE.flops(*part) as f64;
        format!(
            "<tr><td>{}</td><td class=\"number\">{:.1} M</td><td class=\"number\">{:.1} %</td><td class=\"{class}\">{}</td></tr>\n",
            escape(&part_name(*part, text)),
            flops / 1e6,
            100.0 * flops / REFERENCE.total() as f64,
            escape(&whose)
        )
    };
    let rows: String = report.parts.iter().map(row).collect();
    let head = [
        ("", tr!(text, "Part")),
        ("number", tr!(text, "Operations")),
        ("number", tr!(text, "Share")),
        ("", tr!(text, "Whose")),
    ];
    format!(
        "<h2>{}</h2>\n<div class=\"bar\" role=\"img\" aria-label=\"{percent} %\"><span style=\"width:{percent}%\"></span></div>\n{}\
         <p><small>{}</small></p>\n",
        escape(&title),
        table(&head, &rows),
        escape(&rule)
    )
}

fn part_name(part: Part, text: &Catalogue) -> String {
    match part {
        Part::Qkv => tr!(text, "Queries, keys and values"),
        Part::Attention => tr!(text, "Attention: scores and weighted sums"),
        Part::OutputProjection => tr!(text, "Output projection"),
        Part::FeedForward => tr!(text, "Feed-forward"),
        Part::Logits => tr!(text, "Logits"),
    }
}

fn exercises(week: &str, rows: &[Row], text: &Catalogue) -> String {
    let row = |row: &Row| {
        let class = if row.state == State::Passed { "passed" } else { "todo" };
        let mut title = escape(text.get(&row.title));
        if let Some(page) = &row.page {
            title = format!("<a href=\"{}\">{title}</a>", escape(page));
        }
        if !row.core {
            title += &format!(" ({})", escape(&tr!(text, "extra")));
        }
        let solution = if row.spoiled { tr!(text, "shown") } else { "–".to_owned() };
        let mistakes: Vec<String> = row.mistakes.iter().map(|(name, times)| format!("{name} ×{times}")).collect();
        let mistakes = if mistakes.is_empty() {
            String::new()
        } else {
            tr!(text, "mistakes met: {names}", names = mistakes.join(", "))
        };
        format!(
            "<tr><td>{title}<small>{}</small><small>{}</small></td><td class=\"{class}\">{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td><td>{}</td></tr>\n",
            escape(&row.id),
            escape(&mistakes),
            escape(&state_name(row, text)),
            row.checks,
            row.hints,
            escape(&solution)
        )
    };
    let head = [
        ("", tr!(text, "Exercise")),
        ("", tr!(text, "State")),
        ("number", tr!(text, "Checks until it passed")),
        ("number", tr!(text, "Hints")),
        ("", tr!(text, "Solution")),
    ];
    let body: String = rows.iter().map(row).collect();
    format!("<h2>{}</h2>\n{}", escape(week), table(&head, &body))
}

/// How far it is, in a word or two.
pub fn state_name(row: &Row, text: &Catalogue) -> String {
    match row.state {
        State::NotStarted => tr!(text, "not started"),
        State::Passed => tr!(text, "passed"),
        State::Changed if row.passed_before => tr!(text, "passed, changed since"),
        State::NotYet | State::Changed => tr!(text, "not yet"),
    }
}

fn table(head: &[(&str, String)], rows: &str) -> String {
    let head: String =
        head.iter().map(|(class, name)| format!("<th class=\"{class}\">{}</th>", escape(name))).collect();
    format!("<div class=\"wide\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}
