//! The subcommands, a file each. Exit codes: 0 all is well, 1 something is not, 2 wrong usage.

use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use workshop_base::text::{self, Catalogue};
use workshop_base::tr;

use crate::artifacts::{Build, Progress};
use crate::course::{Course, Week};
use crate::exercise::Exercise;

mod agenda;
mod author;
mod check;
mod data;
mod data_make;
mod doctor;
mod hint;
mod list;
mod notebook;
mod report;
mod reset;
mod run;
mod solution;
mod start;
mod update;
mod watch;

/// An LLM course in Rust that you clone, run and are graded by
#[derive(Parser)]
#[command(name = "workshop", version, subcommand_required = false, disable_help_subcommand = true)]
pub struct Cli {
    /// The language to speak: en or ko (default: that of the locale)
    #[arg(long, global = true, value_parser = clap::builder::PossibleValuesParser::new(text::LANGUAGES))]
    lang: Option<String>,
    #[command(flatten)]
    start: start::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the book, serves it on this machine and opens it (the default)
    Start(start::Args),
    /// Runs a program of a week
    Run(run::Args),
    /// Grades your exercises
    Check(check::Args),
    /// Grades an exercise at each save of its file, and goes on to the next
    Watch(watch::Args),
    /// Lists the exercises and how far you are
    List(list::Args),
    /// Shows the next hint of an exercise
    Hint(hint::Args),
    /// Shows our solution of an exercise, once yours passes
    Solution(solution::Args),
    /// Puts a file back to its stub, and keeps what you had
    Reset(reset::Args),
    /// Brings new stubs under your edits, after the course has grown
    Update(update::Args),
    /// Says what this machine has and what it lacks for the course
    Doctor(doctor::Args),
    /// Opens a page's notebook in JupyterLab
    Notebook(notebook::Args),
    /// Makes a timetable for teaching a week
    Agenda(agenda::Args),
    /// Writes your report card
    Report(report::Args),
    /// The files that the course uses and does not ship: lists, downloads and verifies them, and makes the course's own
    Data(data::Args),
    /// For authors: generates and checks what the course is made of
    Author(author::Args),
}

/// The program: reads its arguments, does what they say, and gives the exit code.
pub fn main() -> ExitCode {
    let lang = asked_language().unwrap_or_else(text::asked_or_locale);
    let text = Catalogue::load(&lang);
    let mut command = in_language(Cli::command(), &text);
    let parsed = command.try_get_matches_from_mut(std::env::args_os()).and_then(|matches| {
        misplaced(&mut command, &matches, &text)?;
        Cli::from_arg_matches(&matches)
    });
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is no reason to fail again.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = match cli.command {
        None => start::execute(&cli.start, &text),
        Some(Command::Start(args)) => start::execute(&args, &text),
        Some(Command::Run(args)) => run::execute(&args, &text),
        Some(Command::Check(args)) => check::execute(&args, &text),
        Some(Command::Watch(args)) => watch::execute(&args, &text),
        Some(Command::List(args)) => list::execute(&args, &text),
        Some(Command::Hint(args)) => hint::execute(&args, &text),
        Some(Command::Solution(args)) => solution::execute(&args, &text),
        Some(Command::Reset(args)) => reset::execute(&args, &text),
        Some(Command::Update(args)) => update::execute(&args, &text),
        Some(Command::Doctor(args)) => doctor::execute(&args, &text),
        Some(Command::Notebook(args)) => notebook::execute(&args, &text),
        Some(Command::Agenda(args)) => agenda::execute(&args, &text),
        Some(Command::Report(args)) => report::execute(&args, &text),
        Some(Command::Data(args)) => data::execute(&args, &text),
        Some(Command::Author(args)) => author::execute(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::from(1)
    })
}

/// Refuses an option of `start` before another subcommand, which would not read it.
fn misplaced(command: &mut clap::Command, matches: &clap::ArgMatches, text: &Catalogue) -> Result<(), clap::Error> {
    let Some(subcommand) = matches.subcommand_name() else { return Ok(()) };
    let given = |id: &&&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let Some(option) = ["port", "no_open", "allow_host"].iter().find(given) else { return Ok(()) };
    let why = tr!(
        text,
        "{option} belongs behind {subcommand}, if {subcommand} has such an option",
        option = format!("--{}", option.replace('_', "-")),
        subcommand = subcommand
    );
    Err(command.error(ErrorKind::ArgumentConflict, why))
}

/// `--lang ko` or `--lang=ko`, read before anything else so that the help is in that language too.
fn asked_language() -> Option<String> {
    let mut args = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).take_while(|arg| arg != "--");
    while let Some(arg) = args.next() {
        if arg == "--lang" {
            return args.next();
        }
        if let Some(lang) = arg.strip_prefix("--lang=") {
            return Some(lang.to_owned());
        }
    }
    None
}

/// The command with its help in the reader's language.
fn in_language(mut command: clap::Command, text: &Catalogue) -> clap::Command {
    if let Some(about) = command.get_about().map(ToString::to_string) {
        command = command.about(text.get(&about).to_owned());
    }
    command = command.mut_args(|arg| match arg.get_help().map(ToString::to_string) {
        Some(help) => arg.help(text.get(&help).to_owned()),
        None => arg,
    });
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, |sub| in_language(sub, text)))
}

/// The exercises that a word names: a week, an exercise, or everything.
fn chosen<'a>(course: &'a Course, what: Option<&str>, text: &Catalogue) -> Result<Vec<&'a Exercise>> {
    let named = |exercise: &&Exercise| match what {
        None => true,
        Some(what) => exercise.id == what || exercise.week() == what || exercise.folder == what,
    };
    let exercises: Vec<&Exercise> = course.exercises().filter(named).collect();
    if exercises.is_empty() {
        let known: Vec<&str> = course.exercises().map(|exercise| exercise.id.as_str()).collect();
        let what = what.unwrap_or_default();
        bail!(tr!(text, "there is no exercise {what}: there are {known}", what = what, known = known.join(", ")));
    }
    Ok(exercises)
}

/// The one exercise that a word names.
fn one<'a>(course: &'a Course, what: &str, text: &Catalogue) -> Result<&'a Exercise> {
    match chosen(course, Some(what), text)?.as_slice() {
        [exercise] => Ok(exercise),
        several => {
            let known: Vec<&str> = several.iter().map(|exercise| exercise.id.as_str()).collect();
            bail!(tr!(
                text,
                "{what} names several exercises; name one of {known}",
                what = what,
                known = known.join(", ")
            ));
        }
    }
}

/// The week that a word names.
fn week<'a>(course: &'a Course, name: &str, text: &Catalogue) -> Result<&'a Week> {
    let known: Vec<&str> = course.weeks.iter().map(Week::short).collect();
    let known = known.join(", ");
    course
        .week(name)
        .ok_or_else(|| anyhow!(tr!(text, "there is no week {week}: there are {known}", week = name, known = known)))
}

/// Something that turns at a terminal while there is nothing to count: a piece that never ends is given a minute, and the
/// crates of a notebook take several.
fn waiting(said: String) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(said);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// Says what was wrong with the command, and that it was the command.
fn wrong_usage(error: &anyhow::Error) -> ExitCode {
    eprintln!("{error:#}");
    ExitCode::from(2)
}

/// Runs asynchronous work to its end; it listens to [`interrupted`] itself.
fn block_on_to_the_end<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

/// Runs asynchronous work to its end, or until the reader interrupts it: then what it started ends with it.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = work => Some(ended),
            () = interrupted() => None,
        }
    });
    // The work is dropped by now, and with it the programs it was running.
    ended.unwrap_or_else(|| std::process::exit(130))
}

/// Does work that must come to its end: Ctrl-C ends the programs that it starts, and not this one.
fn uninterrupted<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Once a signal has been listened to, it does not end the program any more.
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted() => {}
            () = std::future::ready(()) => {}
        }
    });
    work()
}

/// Gives way to another program: what is typed or sent to end this one reaches that one, and its end is ours.
#[cfg(unix)]
fn become_program(mut command: std::process::Command) -> Result<ExitCode> {
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    Err(error).with_context(|| format!("{} cannot be started", command.get_program().display()))
}

/// Runs another program to its end, which is ours. Ctrl-C is for that program alone.
#[cfg(not(unix))]
fn become_program(mut command: std::process::Command) -> Result<ExitCode> {
    let cannot = || format!("{} cannot be started", command.get_program().display());
    let status = uninterrupted(|| command.status().with_context(cannot))?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

/// Waits for Ctrl-C, or for being told to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut end), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = end.recv() => {}
                _ = hang_up.recv() => {}
            }
            return;
        }
    }
    // Where there is no such signal, there is nothing to wait for.
    let _ = tokio::signal::ctrl_c().await;
}

/// Builds the lessons, showing how far it is.
fn build(text: &Catalogue) -> Result<Build> {
    build_and_tell(text, &[], |_| {})
}

fn build_and_tell(text: &Catalogue, args: &[&str], mut tell: impl FnMut(Progress)) -> Result<Build> {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(tr!(text, "Building the lessons"));
    let built = Build::run_with(args, |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(progress.current.chars().take(40).collect::<String>());
        tell(progress);
    });
    bar.finish_and_clear();
    built
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Week;

    #[test]
    fn one_word_names_a_week_an_exercise_or_nothing() -> Result<()> {
        let exercise = |folder: &str, id: &str| Exercise {
            id: id.to_owned(),
            title: String::new(),
            core: true,
            difficulty: 1,
            importance: 1,
            minutes: 1,
            statement: String::new(),
            hints: Default::default(),
            parts: vec![],
            program: None,
            folder: folder.to_owned(),
        };
        let week = |folder: &str, ids: &[&str]| Week {
            folder: folder.to_owned(),
            exercises: ids.iter().map(|id| exercise(folder, id)).collect(),
        };
        let weeks = vec![week("week01-a", &["week01/x", "week01/y"]), week("week02-b", &["week02/x"])];
        let course = Course { root: "nowhere".into(), pages: vec![], weeks };
        let text = Catalogue::default();
        let ids = |what| -> Result<Vec<&str>> {
            Ok(chosen(&course, what, &text)?.into_iter().map(|exercise| exercise.id.as_str()).collect())
        };
        assert_eq!(ids(None)?, ["week01/x", "week01/y", "week02/x"]);
        assert_eq!(ids(Some("week01"))?, ["week01/x", "week01/y"]);
        assert_eq!(ids(Some("week02-b"))?, ["week02/x"]);
        assert!(ids(Some("week0")).is_err());
        assert_eq!(one(&course, "week01/y", &text)?.id, "week01/y");
        let several = one(&course, "week01", &text).map_err(|error| error.to_string());
        assert!(several.is_err_and(|why| why.contains("week01/x, week01/y")));
        Ok(())
    }
}
