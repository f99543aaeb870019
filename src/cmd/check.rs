//! `workshop check`: grades exercises, one file swapped in at a time.

use std::process::ExitCode;

use anyhow::Result;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::artifacts::Build;
use crate::course::Course;
use crate::exercise::Exercise;
use crate::grade::{self, Told};
use crate::process::Stop;
use crate::update;

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
    update::remember_stubs(&workshop_base::home(), &course)?;
    let build = super::build(text)?;
    super::block_on(check(&course, &build, &exercises, text))
}

async fn check(course: &Course, build: &Build, exercises: &[&Exercise], text: &Catalogue) -> Result<ExitCode> {
    let is_one = exercises.len() == 1;
    let mut passed = 0;
    for exercise in exercises {
        let (_keep, stop) = Stop::new();
        let bar = super::waiting(tr!(text, "checking {id}", id = exercise.id));
        let told = grade::grade(course, build, exercise, text, stop).await;
        bar.finish_and_clear();
        match told {
            Ok(told) => {
                passed += usize::from(told.verdict == "passed");
                // Among many, that one is not started says enough.
                print(&told, is_one || told.verdict != "not-started");
            }
            // The others are graded all the same.
            Err(error) => eprintln!("{}   {error:#}", exercise.id),
        }
    }
    if !is_one {
        println!("{}", tr!(text, "{passed} of {total} passed", passed = passed, total = exercises.len()));
    }
    Ok(ExitCode::from(u8::from(passed < exercises.len())))
}

/// Prints what became of an exercise, and below it what there is to say.
pub(super) fn print(told: &Told, whole: bool) {
    println!("{}", told.title);
    if !whole {
        return;
    }
    for line in told.lines.iter().chain(told.errors.iter().map(|error| &error.text)) {
        for line in line.lines() {
            println!("  {line}");
        }
    }
    if !told.hint.is_empty() {
        println!("  {}", told.hint);
    }
}
