//! `workshop update`: new stubs under the learner's edits, after the course has grown.

use std::process::ExitCode;

use anyhow::Result;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::{Course, slashes};
use crate::exercise::Exercise;
use crate::update::{self, Updated};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Run `git pull` before, with your edited exercises set aside
    #[arg(long)]
    pull: bool,
    /// Keep your file of this exercise as it is: you have looked at what is new in its stub
    #[arg(long, value_name = "EXERCISE", conflicts_with = "pull")]
    mine: Option<String>,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let home = workshop_base::home();
    let mut course = Course::read()?;
    update::remember_stubs(&home, &course)?;
    if let Some(name) = &args.mine {
        let exercise = match super::one(&course, name, text) {
            Ok(exercise) => exercise,
            Err(error) => return Ok(super::wrong_usage(&error)),
        };
        update::keep_mine(&home, exercise, &exercise.stub(&course.root)?)?;
        println!("{}", tr!(text, "{id}: your file stays as it is", id = exercise.id));
        return Ok(ExitCode::SUCCESS);
    }
    if args.pull {
        // Exercises that lie elsewhere are nothing to Git.
        let edited: Vec<&Exercise> = course.exercises().filter(|_| home == course.root).collect();
        if !super::uninterrupted(|| update::pull(&course.root, &edited, text))? {
            eprintln!("{}", tr!(text, "Git could not pull (it says why above): your files are as they were."));
            return Ok(ExitCode::from(1));
        }
        let old = std::mem::replace(&mut course, Course::read()?);
        for exercise in old.exercises().filter(|old| course.exercise(&old.id).is_err() && old.path().exists()) {
            let (id, file) = (&exercise.id, slashes(&exercise.file()));
            println!("{}", tr!(text, "{id} is no longer in the course; your file {file} stays", id = id, file = file));
        }
    }
    let (mut changed, mut left) = (0, 0);
    for exercise in course.exercises() {
        let updated = update::update(&home, exercise, &exercise.stub(&course.root)?)?;
        if let Some(sentence) = sentence(exercise, &updated, text) {
            println!("{sentence}");
            match updated {
                Updated::Conflict { .. } | Updated::Unfinished | Updated::NotText => left += 1,
                _ => changed += 1,
            }
        }
    }
    if changed + left == 0 {
        println!("{}", tr!(text, "Your exercises are up to date."));
    }
    Ok(ExitCode::from(u8::from(left > 0)))
}

/// What is said of an exercise; nothing, where nothing has changed.
fn sentence(exercise: &Exercise, updated: &Updated, text: &Catalogue) -> Option<String> {
    let (id, file) = (&exercise.id, slashes(&exercise.file()));
    Some(match updated {
        Updated::UpToDate => return None,
        Updated::Written => tr!(text, "{id}: {file} is new", id = id, file = file),
        Updated::Replaced => tr!(text, "{id}: you had not begun; it is the new stub now", id = id),
        Updated::Merged { backup } => tr!(
            text,
            "{id}: the new stub was merged under your edits; your old file is kept in {backup}",
            id = id,
            backup = backup.display()
        ),
        Updated::Conflict { merge } => tr!(
            text,
            "{id}: you and the new stub changed the same lines. Your file is as it was; {merge} has both. Take over what you want, then: cargo workshop update --mine {id}",
            id = id,
            merge = merge.display()
        ),
        Updated::Unfinished => tr!(
            text,
            "{id}: {file} holds the marks of a merge (<<<<<<<): choose between the two sides, remove the marks, then update again",
            id = id,
            file = file
        ),
        Updated::NotText => tr!(
            text,
            "{id}: {file} is not text in UTF-8, so it is left alone. Save it as UTF-8 and update again, or: cargo workshop reset {id}",
            id = id,
            file = file
        ),
    })
}
