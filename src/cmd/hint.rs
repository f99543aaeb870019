//! `workshop hint`: the hints of an exercise, the next one at each call.

use std::process::ExitCode;

use anyhow::Result;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::catalogue::translated;
use crate::course::Course;
use crate::exercise::Exercise;
use crate::journal::{self, Event};
use crate::progress::Progress;
use crate::terminal;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The exercise, such as week04/scaled-dot-product
    exercise: String,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    match super::one(&course, &args.exercise, text) {
        Ok(exercise) => show(exercise, text)?,
        Err(error) => return Ok(super::wrong_usage(&error)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the next hint, or all of them when all were shown before.
pub(super) fn show(exercise: &Exercise, text: &Catalogue) -> Result<()> {
    let total = exercise.hints.len();
    let shown = Progress::change(|progress| {
        let kept = progress.of_mut(&exercise.id);
        let shown = kept.hints.min(total);
        kept.hints = (shown + 1).min(total);
        shown
    })?;
    let (from, to) = if shown < total { (shown, shown + 1) } else { (0, total) };
    for (i, hint) in exercise.hints.iter().enumerate().take(to).skip(from) {
        println!("{}", tr!(text, "Hint {n} of 3", n = i + 1));
        println!("{}\n", terminal::markdown(&translated(hint, text), terminal::columns()).trim());
    }
    if shown < total {
        journal::note(&Event::Hint { id: exercise.id.clone(), number: to })?;
        println!(
            "{}",
            match total - to {
                0 => tr!(text, "That was the last hint; ask again to see all three."),
                1 => tr!(text, "One hint is left."),
                left => tr!(text, "{left} hints are left.", left = left),
            }
        );
    }
    Ok(())
}
