//! `workshop reset`: a file back to its stub; what was there is kept.

use std::process::ExitCode;

use anyhow::Result;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::{Course, slashes};
use crate::exercise::Exercise;
use crate::files;
use crate::journal::{self, Event};
use crate::update;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The exercise, such as week04/scaled-dot-product
    exercise: String,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let exercise = match super::one(&course, &args.exercise, text) {
        Ok(exercise) => exercise,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    reset(&course, exercise, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Puts the file back to its stub and says where the old one is kept.
pub(super) fn reset(course: &Course, exercise: &Exercise, text: &Catalogue) -> Result<()> {
    let (home, stub, path) = (workshop_base::home(), exercise.stub(&course.root)?, exercise.path());
    let file = slashes(&exercise.file());
    let content = files::read_if_there(&path)?;
    if content.as_deref() == Some(stub.as_bytes()) {
        println!("{}", tr!(text, "{file} is the stub already", file = file));
        return Ok(());
    }
    let backup = content.map(|content| files::back_up(&home, exercise, &content)).transpose()?;
    files::write_whole(&path, &stub)?;
    update::remember(&home, exercise, &stub)?;
    journal::note(&Event::Reset { id: exercise.id.clone() })?;
    println!("{}", tr!(text, "{file} is the stub again", file = file));
    if let Some(backup) = backup {
        println!("{}", tr!(text, "what you had is kept in {backup}", backup = backup.display()));
    }
    Ok(())
}
