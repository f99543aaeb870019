//! An experiment: a report with the learner's hypothesis, settings and conclusion, whose table a lesson's program fills in.
//!
//! What is checked is that the run is theirs, complete and repeatable: the program makes the table again from the settings,
//! on our pieces, within the limits of a check. A report that passes becomes a page to show.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;
use tokio::sync::watch;
use workshop_base::experiment::{Filled, MARKDOWN, REPEAT_ENV, Report, ReportError, Section, without_comments};
use workshop_base::rich::{Piece, RICH_ENV, Splitter};
use workshop_base::sources::DEVICE_ENV;
use workshop_base::text::{Catalogue, LANG_ENV};
use workshop_base::tr;

use crate::artifacts::Build;
use crate::course::Course;
use crate::exercise::Exercise;
use crate::files::{with_plain_line_ends, write_whole};
use crate::markup;
use crate::process::{self, End, Limits, Stream};
use crate::progress::{self, Progress};
use crate::report;

/// What is to be said of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It is as it was generated.
    NotStarted,
    /// What is still to do.
    NotYet(String),
    /// It was stopped before it was known.
    Stopped,
    /// The run is theirs, complete, and repeats.
    Passed {
        /// The page to show.
        page: PathBuf,
    },
}

/// Where two numbers of a table count as the same: 1 in 1000, or one unit in the fifth decimal, the last that is printed.
const RELATIVE: f64 = 1e-3;
const ABSOLUTE: f64 = 1.5e-5;

/// The learner's file as it is generated from our report: without what we wrote and measured, and with a seed that is not
/// yet theirs.
///
/// # Errors
/// When a section of ours is missing, or there is no seed to change.
pub fn stub(ours: &str) -> Result<String> {
    let mut stub = ours.to_owned();
    for section in [Section::Hypothesis, Section::Result, Section::Conclusion] {
        stub = Report::parse(&stub)?.with(section, "");
    }
    let with_seed = |line: &str| {
        let seed = line.strip_prefix("seed = ")?;
        Some(format!("seed = 0{}", seed.trim_start_matches(|c: char| c.is_ascii_digit())))
    };
    let seeded: String = stub.lines().map(|line| with_seed(line).unwrap_or_else(|| line.to_owned()) + "\n").collect();
    if seeded == stub {
        bail!("its settings have no `seed = N` with another N than the 0 that a learner is to change");
    }
    Ok(seeded)
}

/// How the program is run that fills the report in.
pub fn command(exercise: &Exercise) -> String {
    format!("cargo workshop run {} {}", exercise.week(), exercise.program.as_deref().unwrap_or_default())
}

/// Where a passed report's page is kept: `.workshop/reports/week04-saturation.html`.
pub fn page(exercise: &Exercise) -> PathBuf {
    workshop_base::kept().join(page_name(&exercise.id))
}

/// The same, from the folder of the report card.
pub fn page_name(id: &str) -> String {
    format!("reports/{}.html", id.replace('/', "-"))
}

/// Judges a report. One that has passed as it is, by this hash of what decides it, is not run again.
///
/// # Errors
/// When the program was not built or cannot be started, or the page cannot be written.
pub async fn judge(
    course: &Course,
    build: &Build,
    exercise: &Exercise,
    file: &str,
    check: &str,
    text: &Catalogue,
    stop: watch::Receiver<bool>,
) -> Result<Judged> {
    let page = page(exercise);
    if page.is_file() && Progress::read()?.is_green(&exercise.id, &progress::hash(file.as_bytes()), check) {
        return Ok(Judged::Passed { page });
    }
    let stub = exercise.stub(&course.root)?;
    match repeat(build, exercise, file, &stub, text, stop).await? {
        Ok(repeated) => {
            write_whole(&page, html(exercise, &repeated, text)?)?;
            Ok(Judged::Passed { page })
        }
        Err(judged) => Ok(judged),
    }
}

/// A report whose table was made again.
#[derive(Debug)]
pub struct Repeated {
    /// The report, with the table of the repeat: nothing of the learner's stands in it.
    report: String,
    /// What was drawn with it, as SVG.
    drawings: Vec<String>,
}

/// Reads a report and has its table made again, or gives what is to be said.
///
/// # Errors
/// When the program was not built or cannot be started.
pub async fn repeat(
    build: &Build,
    exercise: &Exercise,
    file: &str,
    stub: &str,
    text: &Catalogue,
    stop: watch::Receiver<bool>,
) -> Result<Result<Repeated, Judged>> {
    // An editor may have put a byte-order mark there.
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    if with_plain_line_ends(file) == stub {
        return Ok(Err(Judged::NotStarted));
    }
    let filled = match complete(file, stub, exercise, text) {
        Ok(filled) => filled,
        Err(why) => return Ok(Err(Judged::NotYet(why))),
    };
    let program = build.program(exercise.program.as_deref().unwrap_or_default())?;
    let mut command = Command::new(program);
    command.env(REPEAT_ENV, "1").env(RICH_ENV, "1").env(LANG_ENV, text.lang()).env(DEVICE_ENV, "cpu");
    command.env("RUST_LIB_BACKTRACE", "0");
    let (mut out, mut err) = (vec![], vec![]);
    let end = process::run(command, file, Limits::check(), stop, |stream, bytes| match stream {
        Stream::Out => out.extend_from_slice(bytes),
        Stream::Err => err.extend_from_slice(bytes),
    })
    .await?;
    match end {
        End::Exited(Some(0)) => {}
        End::Stopped => return Ok(Err(Judged::Stopped)),
        // What it refuses, it says itself.
        End::Exited(code) => {
            let said = String::from_utf8_lossy(&err).trim().to_owned();
            let code = code.map_or_else(String::new, |code| code.to_string());
            let ended = tr!(text, "The program ended ({code}) before the check was done.", code = code);
            return Ok(Err(Judged::NotYet(if said.is_empty() { ended } else { said })));
        }
        end => return Ok(Err(Judged::NotYet(end.say(Limits::check(), text).unwrap_or_default()))),
    }
    let (mut results, mut drawings) = (vec![], vec![]);
    for piece in Splitter::split(&String::from_utf8_lossy(&out)) {
        match piece {
            Piece::Rich { mime, data } if mime == MARKDOWN => results.push(data),
            Piece::Rich { mime, data } if mime == "image/svg+xml" => drawings.push(data),
            _ => {}
        }
    }
    let report = Report::parse(file)?;
    // In the reader's language first.
    let repeats: Vec<String> = results.iter().map(|result| report.with(Section::Result, result)).collect();
    let rows = |repeat: &String| {
        let filled = Report::parse(repeat)?.result()?.context("the program printed no table")?;
        Ok::<_, anyhow::Error>(filled.rows)
    };
    let again: Vec<_> = repeats.iter().map(rows).collect::<Result<_>>()?;
    let report = repeats.into_iter().next().context("the program printed no table")?;
    Ok(match difference(&filled.rows, &again, text) {
        Some(difference) => {
            let again = tr!(text, "Have it filled in again: {command}", command = self::command(exercise));
            Err(Judged::NotYet(format!("{difference} {again}")))
        }
        None => Ok(Repeated { report, drawings }),
    })
}

/// The table of a report that has everything, made with these settings.
///
/// # Errors
/// The sentence that says what it lacks first.
fn complete(file: &str, stub: &str, exercise: &Exercise, text: &Catalogue) -> Result<Filled, String> {
    let said = |error: ReportError| error.say(&exercise.id, text);
    let report = Report::parse(file).map_err(said)?;
    if !report.is_written(Section::Hypothesis) {
        return Err(said(ReportError::NoHypothesis));
    }
    let settings: toml::Table = report.settings().map_err(said)?;
    if Report::parse(stub).and_then(|stub| stub.settings()).is_ok_and(|generated: toml::Table| generated == settings) {
        return Err(tr!(
            text,
            "The settings are still the ones that you were given: choose your own, at least the seed."
        ));
    }
    let Some(filled) = report.result().map_err(said)? else {
        return Err(tr!(text, "There is no result yet: {command} fills it in.", command = command(exercise)));
    };
    if filled.settings != report.settings_hash().map_err(said)? {
        return Err(tr!(
            text,
            "The result was made with other settings than the ones in the file. Have it filled in again: {command}",
            command = command(exercise)
        ));
    }
    if !report.is_written(Section::Conclusion) {
        return Err(tr!(
            text,
            "Your conclusion is missing: write between {begin} and {end} whether you were right, and which numbers decide it, a sentence or more.",
            begin = Section::Conclusion.begin(),
            end = Section::Conclusion.end()
        ));
    }
    Ok(filled)
}

/// The first place where a table is none of those that the program makes, one for each language: these differ in their heads.
fn difference(kept: &[Vec<String>], languages: &[Vec<Vec<String>>], text: &Catalogue) -> Option<String> {
    let again = languages.first()?;
    let (rows, expected) = (kept.len().saturating_sub(1), again.len().saturating_sub(1));
    let widths = |rows: &[Vec<String>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
    if rows != expected || widths(kept) != widths(again) {
        return Some(tr!(
            text,
            "The table is not complete: it has {rows} rows, and the settings make {expected}, all with the same columns.",
            rows = rows,
            expected = expected
        ));
    }
    if !languages.iter().any(|again| again.first() == kept.first()) {
        let columns = kept.iter().zip(again).take(1).flat_map(|(kept, again)| kept.iter().zip(again));
        let other = columns.enumerate().find(|(_, (kept, again))| kept != again);
        return other.map(|(number, (kept, again))| {
            tr!(
                text,
                "The head of column {column} of the table: the file says {kept}, the run again {again}.",
                column = number + 1,
                kept = kept,
                again = again
            )
        });
    }
    for (number, (kept_row, again_row)) in kept.iter().zip(again).enumerate().skip(1) {
        for (column, (kept_cell, again_cell)) in kept_row.iter().zip(again_row).enumerate() {
            if !is_same(kept_cell, again_cell) {
                return Some(tr!(
                    text,
                    "Row {row} of the table, {column}: the file says {kept}, the run again {again}.",
                    row = number,
                    column = again[0][column],
                    kept = kept_cell,
                    again = again_cell
                ));
            }
        }
    }
    None
}

fn is_same(kept: &str, again: &str) -> bool {
    let close = |(a, b): (f64, f64)| {
        let size = a.abs().max(b.abs());
        size.is_finite() && (a - b).abs() <= ABSOLUTE + RELATIVE * size
    };
    kept == again || kept.parse().ok().zip(again.parse().ok()).is_some_and(close)
}

/// The report as a page that needs nothing else: the learner's text, and the drawings below their table.
///
/// # Errors
/// When a section is missing.
fn html(exercise: &Exercise, repeated: &Repeated, text: &Catalogue) -> Result<String> {
    let report = Report::parse(&repeated.report)?;
    let (mut body, mut at) = (String::new(), 0);
    // Each by itself: what one section does not close (a fence) must not swallow the next.
    let mut part = |end: usize| {
        body += &markup::untrusted_html(&without_comments(&repeated.report[at..end]));
        at = end;
        if end == report.place(Section::Result).end {
            body.extend(repeated.drawings.iter().map(|svg| format!("<figure>\n{svg}</figure>\n")));
        }
    };
    for section in Section::ALL {
        let place = report.place(section);
        part(place.start);
        part(place.end);
    }
    part(repeated.report.len());
    let note = tr!(
        text,
        "{id}: the table and the drawing are a program's. It was run again with these settings, and the numbers came out the same.",
        id = exercise.id
    );
    let body = format!("{body}<p><small>{}</small></p>\n", markup::escape(&note));
    Ok(report::document(text.get(&exercise.title), &body, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &str) -> Vec<Vec<String>> {
        table.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn tables_are_the_same_up_to_rounding() {
        let said = |kept: &str, again: &str| {
            difference(&rows(kept), &[rows(again), rows("가|나\n1|2")], &Catalogue::default())
        };
        assert_eq!(said("a|b\n4|0.1000\n8|x", "a|b\n4|0.1001\n8|x"), None);
        assert_eq!(said("가|나\n4|0.1000\n8|x", "a|b\n4|0.1001\n8|x"), None);
        let headed = said("가|mine\n4|1", "a|b\n4|1").expect("another head");
        assert!(headed.contains("column 1 of the table: the file says 가, the run again a."), "{headed}");
        assert_eq!(said("a\n0.00001", "a\n0.00002"), None);
        assert_eq!(said("a\nNaN", "a\nNaN"), None);
        let edited = said("a|b\n4|0.9000", "a|b\n4|0.9010").expect("another number");
        assert!(edited.contains("Row 1 of the table, b: the file says 0.9000, the run again 0.9010."), "{edited}");
        for (kept, again) in [("a\n1e999", "a\n1"), ("a\nNaN", "a\n1"), ("a\nx", "a\ny"), ("a\n", "a\n0")] {
            assert!(said(kept, again).is_some(), "{kept:?}");
        }
        for kept in ["a|b", "a|b\n1|2", "a|b\n1|2\n3|4\n5|6", "a|b\n1|2\n3", "a\n1|2\n3|4", ""] {
            assert!(said(kept, "a|b\n1|2\n3|4").expect("rows").contains("not complete"), "{kept:?}");
        }
    }

    #[test]
    fn a_stub_lacks_what_the_learner_writes() -> Result<()> {
        let ours = "<!-- hypothesis -->\nh\n<!-- /hypothesis -->\n<!-- settings -->\n```toml\nseed = 17   # yours\n```\n\
                    <!-- /settings -->\n<!-- result -->\n| a |\n<!-- /result -->\n<!-- conclusion -->\nc\n<!-- /conclusion -->\n";
        let expected = ours.replace("\nh\n", "\n\n").replace("\nc\n", "\n\n").replace("\n| a |\n", "\n\n");
        assert_eq!(stub(ours)?, expected.replace("seed = 17   #", "seed = 0   #"));
        assert!(stub(&ours.replace("seed = 17", "seed = 0")).is_err());
        assert!(stub(&ours.replace("<!-- result -->", "")).is_err());
        Ok(())
    }
}
