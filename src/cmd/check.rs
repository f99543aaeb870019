//! `workshop check`: grades exercises, one file swapped in at a time.

use std::process::ExitCode;

use anyhow::{Result, bail};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::artifacts::Build;
use crate::course::Course;
use crate::exercise::Exercise;
use crate::grade;
use crate::process::Stop;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A week (week04) or an exercise (week04/scaled-dot-product); everything where it is left out
    what: Option<String>,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let exercises = match chosen(&course, args.what.as_deref()) {
        Ok(exercises) => exercises,
        Err(error) => {
            eprintln!("{error:#}");
            return Ok(ExitCode::from(2));
        }
    };
    let build = Build::run(|_| {})?;
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

fn chosen<'a>(course: &'a Course, what: Option<&str>) -> Result<Vec<&'a Exercise>> {
    let exercises: Vec<&Exercise> = match what {
        None => course.exercises().collect(),
        Some(id) if id.contains('/') => vec![course.exercise(id)?],
        Some(week) => course.week(week)?.exercises.iter().collect(),
    };
    if exercises.is_empty() {
        bail!("{} has no exercises", what.unwrap_or("the course"));
    }
    Ok(exercises)
}
