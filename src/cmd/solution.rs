//! `workshop solution`: our solution, once the learner's own passes.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::exercise::{self, Exercise};
use crate::journal::{self, Event};
use crate::progress::{self, Progress, State};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The exercise, such as week04/scaled-dot-product
    exercise: String,
    /// Show it although yours has not passed; `workshop list` will say so
    #[arg(long)]
    spoil: bool,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let exercise = match super::one(&course, &args.exercise, text) {
        Ok(exercise) => exercise,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    let shown = show(&course, exercise, args.spoil, text)?;
    Ok(ExitCode::from(u8::from(!shown)))
}

/// Prints our solution, if the learner's file passes as it is or `spoil` asks for it all the same. Whether it was shown.
pub(super) fn show(course: &Course, exercise: &Exercise, spoil: bool, text: &Catalogue) -> Result<bool> {
    let id = &exercise.id;
    let is_green = progress::states(course)?.contains(&(exercise, State::Passed));
    if !is_green && !spoil {
        eprintln!(
            "{}",
            tr!(
                text,
                "Your {id} has not passed as it is now: the solution is shown once it does. To see it before, and have that remembered: cargo workshop solution {id} --spoil",
                id = id
            )
        );
        return Ok(false);
    }
    let path = course.root.join(exercise.solution());
    let solution = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let has_passed =
        |event: &Event| matches!(event, Event::Check { id: of, verdict, .. } if of == id && verdict == "passed");
    if !is_green && !journal::read()?.iter().any(|entry| has_passed(&entry.event)) {
        Progress::change(|progress| progress.of_mut(id).spoiled = true)?;
    }
    journal::note(&Event::Solution { id: id.clone() })?;
    print!("{}", exercise::without_marks(&exercise.as_the_learners(&solution)));
    Ok(true)
}
