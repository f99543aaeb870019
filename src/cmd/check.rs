//! `workshop check`: grades exercises, one file swapped in at a time.

use std::process::ExitCode;

use anyhow::Result;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::grade;
use crate::process::Stop;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A week (week04) or an exercise (week04/scaled-dot-product); everything where it is left out
    what: Option<String>,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let exercises = match super::chosen(&course, args.what.as_deref(), text) {
        Ok(exercises) => exercises,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    let build = super::build(text)?;
    let mut passed = 0;
    for exercise in &exercises {
        let (_keep, stop) = Stop::new();
        let told = super::block_on(grade::grade(&course, &build, exercise, text, stop))?;
        println!("{}", told.title);
        for line in told.lines.iter().chain(told.errors.iter().map(|error| &error.text)) {
            for line in line.lines() {
                println!("  {line}");
            }
        }
        if !told.hint.is_empty() {
            println!("  {}", told.hint);
        }
        passed += usize::from(told.verdict == "passed");
    }
    if exercises.len() > 1 {
        println!("{}", tr!(text, "{passed} of {total} passed", passed = passed, total = exercises.len()));
    }
    Ok(ExitCode::from(u8::from(passed < exercises.len())))
}
