//! `workshop list`: how far the learner is, from the kept verdicts.

use std::process::ExitCode;

use anyhow::Result;
use unicode_width::UnicodeWidthStr as _;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::{Course, slashes};
use crate::exercise::Exercise;
use crate::progress::{self, Kept, Progress, State};
use crate::update;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A week (week04) or an exercise (week04/scaled-dot-product); everything where it is left out
    what: Option<String>,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    // Of a home that cannot be written to (a submission, say) there is still a list.
    let _ = update::remember_stubs(&workshop_base::home(), &course);
    let exercises = match super::chosen(&course, args.what.as_deref(), text) {
        Ok(exercises) => exercises,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    print(&course, &exercises, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints how far these exercises are, and what to do next.
pub(super) fn print(course: &Course, exercises: &[&Exercise], text: &Catalogue) -> Result<()> {
    let progress = Progress::read()?;
    let states = progress::states(course)?;
    let states: Vec<_> = states.into_iter().filter(|(exercise, _)| exercises.contains(exercise)).collect();
    let rows = states.iter().map(|(exercise, state)| row(exercise, *state, progress.of(&exercise.id), text));
    lines(&rows.collect::<Vec<_>>()).iter().for_each(|line| println!("{line}"));
    println!("{}", tr!(text, "✓ passed   ✗ not yet   ○ not started   ~ not checked as it is now"));
    let passed = states.iter().filter(|(_, state)| *state == State::Passed).count();
    println!("{}", tr!(text, "{passed} of {total} passed", passed = passed, total = states.len()));
    if let Some((exercise, _)) = states.iter().find(|(_, state)| *state != State::Passed) {
        let (id, file) = (&exercise.id, slashes(&exercise.file()));
        println!("{}", tr!(text, "Next: write {file}, then cargo workshop check {id}", file = file, id = id));
    }
    Ok(())
}

/// What is told of an exercise, a column each.
fn row(exercise: &Exercise, state: State, kept: Option<&Kept>, text: &Catalogue) -> [String; 7] {
    let hints = kept.map_or(0, |kept| kept.hints.min(exercise.hints.len()));
    let spoiled = kept.is_some_and(|kept| kept.spoiled);
    [
        state.mark().to_owned(),
        exercise.id.clone(),
        text.get(&exercise.title).to_owned(),
        if exercise.core { tr!(text, "core") } else { tr!(text, "extra") },
        tr!(text, "{minutes} min", minutes = exercise.minutes),
        if hints > 0 { tr!(text, "{hints} of 3 hints", hints = hints) } else { String::new() },
        if spoiled { tr!(text, "solution seen before it passed") } else { String::new() },
    ]
}

/// Rows as lines, each column as wide as its widest entry.
fn lines<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let widths: Vec<usize> = (0..N).map(|i| rows.iter().map(|row| row[i].width()).max().unwrap_or(0)).collect();
    let padded =
        |(entry, width_of_column): (&String, &usize)| entry.clone() + &" ".repeat(width_of_column - entry.width());
    rows.iter()
        .map(|row| row.iter().zip(&widths).map(padded).collect::<Vec<_>>().join("  ").trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["✓", "a/long-name", "어텐션", "x"], ["○", "b", "Mask", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(lines(&rows), ["✓  a/long-name  어텐션  x", "○  b            Mask"]);
    }
}
