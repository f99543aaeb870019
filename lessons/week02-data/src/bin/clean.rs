//! Cleans a dump into a corpus: `workshop run week02 clean -- INPUT --out FOLDER`.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use week00_workbench::datasets::raw;
use week02_data::pipeline::score::{StepScore, mistakes, scores};
use week02_data::pipeline::{
    self, Document, Finished, PRESETS, PipelineError, Progress, Reading, Report, Run, Settings, Split, Stage,
};
use week02_data::report;
use workshop_base::data::units;
use workshop_base::files::write_whole;
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Cleans documents: decodes, normalises, takes texts out of web pages, removes other languages, bad text and copies, masks
/// personal data, and divides what is left. Stopped or killed, it goes on where it was when it is started again.
#[derive(Parser)]
struct Args {
    /// Files: TSV, CSV, JSON, JSON Lines, lines of text, also gzipped, or parquet
    #[arg(required_unless_present = "sample")]
    input: Vec<PathBuf>,
    /// The folder for the results
    #[arg(long)]
    out: PathBuf,
    /// Clean this many documents of the course's raw sample, and hold the result against the truth
    #[arg(long, value_name = "DOCUMENTS", num_args = 0..=1, default_missing_value = "10000", conflicts_with = "input")]
    sample: Option<u64>,
    /// The seed of the sample
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The column with the text; without it document, text or content
    #[arg(long)]
    column: Option<String>,
    /// The names of the columns, where the first line is a record already
    #[arg(long, value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// Columns that are not carried over to the output
    #[arg(long, value_delimiter = ',')]
    drop: Vec<String>,
    /// What to do about a record that cannot be read
    #[arg(long, value_enum, default_value_t = OnBroken::Skip)]
    on_broken: OnBroken,
    /// A file of settings, TOML or JSON; what it leaves out is as in the preset `default`
    #[arg(long, conflicts_with = "preset")]
    settings: Option<PathBuf>,
    /// Settings by name: default, gentle or strict
    #[arg(long)]
    preset: Option<String>,
    /// Files of test sets that nothing of may stay in the corpus
    #[arg(long, value_name = "FILE")]
    test_set: Vec<PathBuf>,
    /// Threads; without it, as many as there are cores. The result is the same
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Throw an earlier run in the folder away
    #[arg(long)]
    fresh: bool,
    /// Print the settings as TOML, to begin a file of your own with, and do nothing
    #[arg(long)]
    show_settings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnBroken {
    Skip,
    Stop,
}

fn main() -> ExitCode {
    workshop_base::end_quietly_on_a_closed_pipe();
    let args = Args::parse();
    let text = Catalogue::from_env();
    match clean(&args, &text) {
        Ok(code) => code,
        Err(error) => {
            let said = error.downcast_ref::<PipelineError>().map(|error| error.say(&text));
            eprintln!("{}", said.unwrap_or_else(|| format!("{error:#}")));
            // What is asked for wrongly is 2, what goes wrong is 1.
            let usage = [
                |error: &PipelineError| matches!(error, PipelineError::Settings { .. }),
                |error: &PipelineError| matches!(error, PipelineError::Column { .. }),
            ];
            let is_usage = error.downcast_ref::<PipelineError>().is_some_and(|error| usage.iter().any(|is| is(error)));
            ExitCode::from(if is_usage { 2 } else { 1 })
        }
    }
}

fn clean(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let settings = settings(args, text)?;
    if args.show_settings {
        print!("{}", toml::to_string(&settings)?);
        return Ok(ExitCode::SUCCESS);
    }
    let mut run = Run {
        inputs: args.input.clone(),
        reading: Reading {
            column: args.column.clone(),
            columns: args.columns.clone(),
            drop: args.drop.clone(),
            stop_on_broken: args.on_broken == OnBroken::Stop,
        },
        settings,
        tests: args.test_set.clone(),
        out: args.out.clone(),
        threads: args.threads.map(usize::from),
        fresh: args.fresh,
    };
    if let Some(documents) = args.sample {
        take_sample(&mut run, documents, args.seed)?;
    }
    say_settings(args, &run, text);

    let stop = Arc::new(AtomicBool::new(false));
    let (asked, note) = (stop.clone(), tr!(text, "stopping after this batch …"));
    // Without it, Ctrl-C ends the program at once, and nothing is lost either.
    let _ = ctrlc::set_handler(move || {
        eprintln!("{note}");
        asked.store(true, Ordering::Relaxed);
    });
    let (began, mut shown) = (Instant::now(), Shown::new(text));
    let finished = run.go(&mut |progress| {
        shown.show(progress);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    shown.bar.finish_and_clear();
    let (report, seconds) = match finished? {
        Finished::Done(report) => (report, Some(began.elapsed().as_secs_f64())),
        Finished::Already(report) => (report, None),
        Finished::Stopped => {
            println!("{}", tr!(text, "Stopped. The same command goes on from here."));
            return Ok(ExitCode::from(130));
        }
    };
    let scores = match args.sample {
        Some(documents) => truth(&run.settings, documents, args.seed, text)?,
        None => vec![],
    };
    print!("{}", report::terminal(&report.tally, &scores, text));
    if report.tally.broken > 0 {
        println!("{}", tr!(text, "{n} broken records were left out", n = report.tally.broken));
    }
    let page = run.out.join("report.html");
    let html = report::html(&report, &scores, text)?;
    write_whole(&page, html).with_context(|| format!("{} cannot be written", page.display()))?;
    say_results(&report, &run.out, seconds, shown.resumed_at, text);
    Ok(ExitCode::SUCCESS)
}

fn settings(args: &Args, text: &Catalogue) -> Result<Settings> {
    if let Some(path) = &args.settings {
        return Ok(Settings::read(path)?);
    }
    let name = args.preset.as_deref().unwrap_or(PRESETS[0].0);
    match PRESETS.iter().find(|(known, _)| *known == name) {
        Some((_, preset)) => Ok(preset()),
        None => {
            let known = PRESETS.map(|(known, _)| known).join(", ");
            let why = tr!(text, "there is no preset {name}: there are {known}", name = name, known = known);
            Err(PipelineError::Settings { file: String::new(), why }.into())
        }
    }
}

/// Writes the raw sample and its test set beside the results, unless they are there, and makes them the input.
fn take_sample(run: &mut Run, documents: u64, seed: u64) -> Result<()> {
    let folder = run.out.join("sample");
    let (dump, test_set) = (folder.join(format!("raw-{seed}-{documents}.jsonl")), folder.join("test-set.txt"));
    let cannot = |path: &Path| format!("{} cannot be written", path.display());
    if !dump.is_file() {
        let mut lines = vec![];
        for raw in raw::dump(seed).take(usize::try_from(documents)?) {
            raw.write_line(&mut lines)?;
        }
        write_whole(&dump, lines).with_context(|| cannot(&dump))?;
        write_whole(&test_set, raw::test_set().join("\n") + "\n").with_context(|| cannot(&test_set))?;
    }
    run.reading.drop.push("truth".to_owned());
    run.inputs = vec![dump];
    run.tests = vec![test_set];
    Ok(())
}

/// What becomes of the sample, held against the truth about it: cleaned once more in memory, where every step is seen.
fn truth(settings: &Settings, documents: u64, seed: u64, text: &Catalogue) -> Result<Vec<StepScore>> {
    let sample: Vec<raw::Raw> = raw::dump(seed).take(usize::try_from(documents)?).collect();
    let dirty = sample.iter().zip(0..).map(|(raw, number)| Document::from_raw(number, raw)).collect();
    let outcomes = pipeline::clean(dirty, settings, &raw::test_set())?.outcomes;
    let truths: Vec<raw::Truth> = sample.into_iter().map(|raw| raw.truth).collect();
    let (lost, left) = mistakes(&outcomes, &truths);
    println!(
        "{}",
        tr!(
            text,
            "Of the sample, {lost} good documents were removed, and {left} are left that should have gone.",
            lost = lost,
            left = left
        )
    );
    Ok(scores(&outcomes, &truths))
}

fn say_settings(args: &Args, run: &Run, text: &Catalogue) {
    let threads = run.threads.map_or_else(|| tr!(text, "all cores"), |threads| threads.to_string());
    let what = match (&args.settings, &args.preset) {
        (Some(path), _) => path.display().to_string(),
        (None, preset) => preset.clone().unwrap_or_else(|| PRESETS[0].0.to_owned()),
    };
    let seed = match args.sample {
        Some(_) => tr!(text, "seed {seed}", seed = args.seed),
        None => tr!(text, "no seed: nothing is drawn"),
    };
    println!(
        "{}",
        tr!(text, "Settings {what}, threads {threads}, {seed}", what = what, threads = threads, seed = seed)
    );
}

fn say_results(report: &Report, out: &Path, seconds: Option<f64>, resumed_at: Option<u64>, text: &Catalogue) {
    let parts: Vec<String> = Split::ALL
        .iter()
        .map(|split| format!("{} {}", split.name(), report.tally.parts.get(split.name()).copied().unwrap_or(0)))
        .collect();
    println!("{}", tr!(text, "{parts} documents, in {folder}", parts = parts.join(", "), folder = out.display()));
    println!("{}", tr!(text, "The report: {path}", path = out.join("report.html").display()));
    match (seconds, resumed_at) {
        (None, _) => println!("{}", tr!(text, "All this was done by an earlier run; start anew with --fresh.")),
        (Some(_), Some(at)) => {
            println!("{}", tr!(text, "Went on after document {at}, where an earlier run ended", at = at))
        }
        (Some(seconds), None) => {
            let rate = |amount: u64| amount as f64 / seconds.max(1e-6);
            println!(
                "{}",
                tr!(
                    text,
                    "{seconds} s: {documents} documents and {bytes} of text a second",
                    seconds = format!("{seconds:.1}"),
                    documents = format!("{:.0}", rate(report.tally.documents)),
                    bytes = units(rate(report.tally.bytes) as u64)
                )
            );
        }
    }
}

/// How far it is: a bar on a terminal, else a line for each stage.
struct Shown<'a> {
    text: &'a Catalogue,
    bar: ProgressBar,
    stage: Option<Stage>,
    /// Where an earlier run ended, if it did.
    resumed_at: Option<u64>,
}

impl<'a> Shown<'a> {
    fn new(text: &'a Catalogue) -> Self {
        let bar = ProgressBar::new(1);
        if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {percent} %  {msg}") {
            bar.set_style(style);
        }
        Self { text, bar, stage: None, resumed_at: None }
    }

    fn show(&mut self, progress: &Progress) {
        if self.stage.is_none() {
            self.resumed_at = progress.resumed_at;
        }
        let name = match progress.stage {
            Stage::First => tr!(self.text, "each document"),
            Stage::Compare => tr!(self.text, "looking for copies"),
            Stage::Second | Stage::Done => tr!(self.text, "writing"),
        };
        if self.stage != Some(progress.stage) && self.bar.is_hidden() {
            eprintln!("{name} …");
        }
        self.stage = Some(progress.stage);
        self.bar.set_prefix(name);
        self.bar.set_length(progress.all.max(1));
        self.bar.set_position(progress.done);
        self.bar.set_message(tr!(self.text, "{n} documents", n = progress.documents));
    }
}
