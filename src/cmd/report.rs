//! `workshop report`: the report card.

use std::process::ExitCode;

use anyhow::Result;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::files::write_whole;
use crate::journal;
use crate::progress::Progress;
use crate::report::{self, Activity, Report};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let report = Report::new(&course, &Progress::read()?, &journal::read()?)?;
    let folder = workshop_base::kept();
    let path = folder.join("report.html");
    write_whole(&path, report::html(&report, text))?;

    if let Some(step) = report.first_step(text) {
        println!("{step}\n");
    }
    summary(&report, text);
    println!("\n{}", tr!(text, "The whole card: {file}", file = path.display()));
    if args.open && open::that_detached(&path).is_err() {
        println!("{}", tr!(text, "No browser could be opened: open that file yourself."));
    }
    Ok(ExitCode::SUCCESS)
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
