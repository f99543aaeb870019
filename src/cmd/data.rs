//! `workshop data`: the files that the course uses and does not ship, and those that it makes.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use workshop_base::data::{self, DataError, DataFile, Manifest, State, units};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::download::{self, Downloader, Event};
use crate::machine;

use super::data_make;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Another manifest, for data of your own (default: datasets/manifest.toml)
    #[arg(long, global = true, value_name = "FILE")]
    manifest: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Lists the files, and says which are on this machine
    List,
    /// Downloads files, and goes on where a download stopped
    Get(Get),
    /// Reads the files that are on this machine, and says whether they are the right ones
    Verify {
        /// The files; all that are here where it is left out
        ids: Vec<String>,
    },
    /// Writes texts of the course's own, from a seed
    Make(data_make::Args),
}

#[derive(clap::Args)]
struct Get {
    /// The files, such as stories260K
    ids: Vec<String>,
    /// Every file of the manifest
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Do not ask before downloading
    #[arg(long)]
    yes: bool,
    /// How many seconds to wait for a source that sends nothing
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let say = |error: DataError| anyhow!(error.say(text));
    let manifest = args.manifest.as_deref().map_or_else(data::manifest, Manifest::read).map_err(say)?;
    let ids = match &args.what {
        What::List | What::Make(_) => &[][..],
        What::Get(get) => &get.ids,
        What::Verify { ids } => ids,
    };
    let named = match named(&manifest, ids) {
        Ok(named) => named,
        Err(error) => return Ok(super::wrong_usage(&say(error))),
    };
    let folder = data::cache();
    match &args.what {
        What::Make(make) => data_make::execute(make, text),
        What::List => list(&manifest, &folder, text),
        What::Get(get) if get.all => download(&manifest.files.iter().collect::<Vec<_>>(), get, &folder, text),
        What::Get(_) if named.is_empty() => {
            list(&manifest, &folder, text)?;
            Ok(super::wrong_usage(&anyhow!(tr!(text, "Name the files to get, or --all for every one."))))
        }
        What::Get(get) => download(&named, get, &folder, text),
        What::Verify { .. } if named.is_empty() => {
            verify(&manifest.files.iter().collect::<Vec<_>>(), State::Damaged, &folder, text)
        }
        What::Verify { .. } => verify(&named, State::Absent, &folder, text),
    }
}

/// The files that were named, each once.
fn named<'a>(manifest: &'a Manifest, ids: &[String]) -> Result<Vec<&'a DataFile>, DataError> {
    let mut named: Vec<&DataFile> = vec![];
    for id in ids {
        let file = manifest.file(id)?;
        if !named.iter().any(|other| other.id == file.id) {
            named.push(file);
        }
    }
    Ok(named)
}

fn list(manifest: &Manifest, folder: &Path, text: &Catalogue) -> Result<ExitCode> {
    println!("{}", tr!(text, "Files are kept in {folder}", folder = folder.display()));
    let longest = |of: fn(&DataFile) -> &str| manifest.files.iter().map(|file| of(file).chars().count()).max();
    let (ids, licences) = (longest(|file| &file.id).unwrap_or(0), longest(|file| &file.licence).unwrap_or(0));
    for file in &manifest.files {
        let state = match file.state(folder, false) {
            Ok(State::Whole) => tr!(text, "here"),
            Ok(State::Absent) => tr!(text, "not here"),
            Ok(State::Damaged) => tr!(text, "damaged"),
            Err(error) => error.say(text),
        };
        let DataFile { id, licence, what, size, .. } = file;
        let what = text.get(what);
        println!("{id:<ids$}  {:>9}  {licence:<licences$}  {state}: {what}", units(*size));
    }
    Ok(ExitCode::SUCCESS)
}

/// `worst`: what a file may not be, besides damaged.
fn verify(files: &[&DataFile], worst: State, folder: &Path, text: &Catalogue) -> Result<ExitCode> {
    let mut all_well = true;
    for file in files {
        let path = folder.join(&file.path);
        let (id, shown) = (&file.id, path.display());
        match file.state(folder, true) {
            Ok(State::Whole) => println!("{}", tr!(text, "{id}: whole", id = id)),
            Ok(State::Absent) => {
                all_well &= worst != State::Absent;
                println!("{}", tr!(text, "{id}: not here", id = id));
            }
            Ok(State::Damaged) => {
                all_well = false;
                let error = DataError::Changed { id: id.clone(), path: shown.to_string() };
                println!("{}", tr!(text, "{id}: damaged. {error}", id = id, error = error.say(text)));
            }
            Err(error) => {
                all_well = false;
                println!("{id}: {}", error.say(text));
            }
        }
    }
    Ok(ExitCode::from(u8::from(!all_well)))
}

fn download(files: &[&DataFile], args: &Get, folder: &Path, text: &Catalogue) -> Result<ExitCode> {
    let downloader = Downloader::new(Duration::from_secs(args.timeout), text)?;
    let mut wanted = vec![];
    for &file in files {
        let path = folder.join(&file.path);
        let (id, path) = (&file.id, path.display());
        match file.state(folder, true).map_err(|error| anyhow!(error.say(text)))? {
            State::Whole => {
                println!("{}", tr!(text, "{id} is here already, and whole: {path}", id = id, path = path));
                continue;
            }
            State::Damaged => println!("{}", tr!(text, "{id} is here and damaged: {path}", id = id, path = path)),
            State::Absent => {}
        }
        println!("{id}: {}", text.get(&file.what));
        println!(
            "  {}",
            tr!(
                text,
                "{size}, licence: {licence}, from {source}",
                size = units(file.size),
                licence = file.licence,
                source = file.source
            )
        );
        wanted.push(file);
    }
    let to_come = wanted.iter().fold(0, |sum: u64, file| sum.saturating_add(download::missing(folder, file)));
    if let Some(free) = machine::free_disk(folder).filter(|free| *free < to_come) {
        let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
        return Err(anyhow!(tr!(
            text,
            "{lacking} MB of disk are lacking: {needed} MB are to come, and {free} MB are free where {folder} is. Make room, or set WORKSHOP_CACHE to a folder on another disk.",
            lacking = megabytes(to_come - free),
            needed = megabytes(to_come),
            free = free / 1_000_000,
            folder = folder.display()
        )));
    }
    if !wanted.is_empty() && !args.yes && !confirmed(to_come, text)? {
        println!("{}", tr!(text, "Nothing was downloaded."));
        return Ok(ExitCode::from(1));
    }
    let mut failed = false;
    for file in wanted {
        let mut shown = Shown::new(&file.id, file.size);
        let got = downloader.get(file, folder, &mut |event| match event {
            Event::Note(note) => shown.note(&note),
            Event::At(bytes) => shown.at(bytes),
        });
        shown.bar.finish_and_clear();
        match got {
            Ok(()) => {
                let path = folder.join(&file.path);
                println!("{}", tr!(text, "{id} is here, and whole: {path}", id = file.id, path = path.display()));
            }
            Err(error) => {
                failed = true;
                eprintln!("{error:#}");
            }
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}

/// Asks before downloading, where there is somebody to ask.
fn confirmed(bytes: u64, text: &Catalogue) -> Result<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(true);
    }
    eprint!("{} ", tr!(text, "Download {size}? [Y/n]", size = units(bytes)));
    std::io::stderr().flush()?;
    let mut answer = String::new();
    // Nothing at all is the end of the input, not a consent.
    let is_answer = std::io::stdin().read_line(&mut answer)? > 0;
    Ok(is_answer && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes" | "예" | "네"))
}

/// How far a file is: a bar on a terminal, else a line for every tenth.
pub(super) struct Shown<'a> {
    name: &'a str,
    size: u64,
    pub(super) bar: ProgressBar,
    at: Option<u64>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(name: &'a str, size: u64) -> Self {
        let bar = ProgressBar::new(size);
        let template =
            "{prefix} [{bar:30}] {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta_precise}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(name.to_owned());
        Self { name, size, bar, at: None }
    }

    fn note(&self, note: &str) {
        self.bar.suspend(|| eprintln!("{}: {note}", self.name));
    }

    pub(super) fn at(&mut self, bytes: u64) {
        self.bar.set_position(bytes);
        if self.at.is_none() {
            // What was there before is no sign of how fast the rest will come.
            self.bar.reset_eta();
        }
        let tenth = |bytes: u64| bytes.saturating_mul(10) / self.size.max(1);
        if self.bar.is_hidden() && self.at.is_some_and(|at| tenth(bytes) > tenth(at)) {
            eprintln!("{}: {} %  {} / {}", self.name, tenth(bytes) * 10, units(bytes), units(self.size));
        }
        self.at = Some(bytes);
    }
}
