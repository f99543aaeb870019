//! The subcommands, a file each. Exit codes: 0 all is well, 1 something is not, 2 wrong usage.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use workshop_base::text::{self, Catalogue};
use workshop_base::tr;

use crate::artifacts::{Build, Progress};
use crate::course::Course;
use crate::exercise::Exercise;

mod author;
mod check;
mod data;
mod hint;
mod run;
mod start;

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
    /// Shows the next hint of an exercise
    Hint(hint::Args),
    /// The files that the course uses and does not ship: lists, downloads and verifies them
    Data(data::Args),
    /// For authors: generates and checks what the course is made of
    Author(author::Args),
}

/// The program: reads its arguments, does what they say, and gives the exit code.
pub fn main() -> ExitCode {
    let lang = asked_language().unwrap_or_else(|| text::locale().to_owned());
    let text = Catalogue::load(&lang);
    let parsed =
        in_language(Cli::command(), &text).try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
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
        Some(Command::Hint(args)) => hint::execute(&args, &text),
        Some(Command::Data(args)) => data::execute(&args, &text),
        Some(Command::Author(args)) => author::execute(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::from(1)
    })
}

/// `--lang ko` or `--lang=ko`, read before anything else so that the help is in that language too.
fn asked_language() -> Option<String> {
    let mut args = std::env::args().take_while(|arg| arg != "--");
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
        Some(what) => exercise.id == what || exercise.id.split('/').next() == Some(what) || exercise.folder == what,
    };
    let exercises: Vec<&Exercise> = course.exercises().filter(named).collect();
    if exercises.is_empty() {
        let known: Vec<&str> = course.exercises().map(|exercise| exercise.id.as_str()).collect();
        let what = what.unwrap_or_default();
        bail!(tr!(text, "there is no exercise {what}: there are {known}", what = what, known = known.join(", ")));
    }
    Ok(exercises)
}

/// Says what was wrong with the command, and that it was the command.
fn wrong_usage(error: &anyhow::Error) -> ExitCode {
    eprintln!("{error:#}");
    ExitCode::from(2)
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
    build_and_tell(text, |_| {})
}

fn build_and_tell(text: &Catalogue, mut tell: impl FnMut(Progress)) -> Result<Build> {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(tr!(text, "Building the lessons"));
    let built = Build::run(|progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(progress.current.chars().take(40).collect::<String>());
        tell(progress);
    });
    bar.finish_and_clear();
    built
}
