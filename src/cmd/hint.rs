//! `workshop hint`: the hints of an exercise, one more at each call.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::catalogue::translated;
use crate::course::Course;
use crate::journal::{self, Event};
use crate::progress::Progress;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The exercise, such as week04/scaled-dot-product
    exercise: String,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let exercise = match super::chosen(&course, Some(&args.exercise), text).as_deref() {
        Ok([exercise]) => *exercise,
        Ok(_) => {
            return Ok(super::wrong_usage(&anyhow!(tr!(text, "name one exercise, such as week04/scaled-dot-product"))));
        }
        Err(error) => return Ok(super::wrong_usage(error)),
    };
    let shown = Progress::change(|progress| {
        let kept = progress.of_mut(&exercise.id);
        kept.hints = (kept.hints + 1).min(exercise.hints.len());
        kept.hints
    })?;
    journal::note(&Event::Hint { id: exercise.id.clone(), number: shown })?;
    for (i, hint) in exercise.hints.iter().take(shown).enumerate() {
        println!("{}", tr!(text, "Hint {n} of 3", n = i + 1));
        println!("{}\n", translated(hint, text).trim());
    }
    Ok(ExitCode::SUCCESS)
}
