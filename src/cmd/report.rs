//! `workshop report`: the report card, or the report of an experiment.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::files::write_whole;
use crate::process::Stop;
use crate::progress::Progress;
use crate::report::{self, Activity, Report};
use crate::{experiment, grade, journal};

#[derive(clap::Args)]
pub(super) struct Args {
    /// An experiment (week04/saturation): then its report, as a page to show; the report card where it is left out
    experiment: Option<String>,
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    if let Some(name) = &args.experiment {
        return of_experiment(&course, name, args.open, text);
    }
    let report = Report::new(&course, &Progress::read()?, &journal::read()?)?;
    let folder = workshop_base::kept();
    let path = folder.join("report.html");
    write_whole(&path, report::html(&report, text))?;

    if let Some(step) = report.first_step(text) {
        println!("{step}\n");
    }
    summary(&report, text);
    println!("\n{}", tr!(text, "The whole card: {file}", file = path.display()));
    if args.open {
        open_page(&path, text);
    }
    Ok(ExitCode::SUCCESS)
}

fn open_page(path: &Path, text: &Catalogue) {
    if open::that_detached(path).is_err() {
        println!("{}", tr!(text, "No browser could be opened: open that file yourself."));
    }
}

/// The report of an experiment, once it passes.
fn of_experiment(course: &Course, name: &str, open: bool, text: &Catalogue) -> Result<ExitCode> {
    let exercise = match super::one(course, name, text) {
        Ok(exercise) if exercise.is_experiment() => exercise,
        Ok(exercise) => {
            let id = &exercise.id;
            return Ok(super::wrong_usage(&anyhow!(tr!(
                text,
                "{id} is no experiment: what you did there stands in the report card, `cargo workshop report`",
                id = id
            ))));
        }
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    let build = super::build(text)?;
    let (_keep, stop) = Stop::new();
    let told = super::block_on(grade::grade(course, &build, exercise, text, stop))?;
    super::check::print(&told, true);
    let passed = told.verdict == "passed";
    if open && passed {
        open_page(&experiment::page(exercise), text);
    }
    Ok(ExitCode::from(u8::from(!passed)))
}

fn summary(report: &Report, text: &Catalogue) {
    let ((core, all_core), (extra, all_extra)) = (report.passed(true), report.passed(false));
    println!(
        "{}",
        tr!(
            text,
            "Exercises passed: {core} of {all_core} core, {extra} of {all_extra} extra",
            core = core,
            all_core = all_core,
            extra = extra,
            all_extra = all_extra
        )
    );
    for row in report.weeks.iter().flat_map(|(_, rows)| rows) {
        println!("  {}   {}", row.id, report::state_name(row, text));
    }
    println!("{}", tr!(text, "Of the model, {percent} % is yours", percent = format!("{:.1}", report.share())));
    let Activity { cells, edited, programs, minutes, days, .. } = &report.activity;
    println!(
        "{}",
        tr!(
            text,
            "Minutes at work: {minutes}; days: {days}; cells run: {cells}, changed: {edited}; programs run: {programs}",
            minutes = minutes,
            days = days,
            cells = cells,
            edited = edited,
            programs = programs
        )
    );
}
