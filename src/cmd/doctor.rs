//! `workshop doctor`: what this machine has and what it lacks for the course.

use std::process::ExitCode;

use anyhow::Result;
use workshop_base::data::{self, CACHE_ENV, DataError};
use workshop_base::sources::{DEVICE_ENV, MINE_ENV};
use workshop_base::text::{Catalogue, LANG_ENV};
use workshop_base::{HOME_ENV, tr};

use crate::course::Course;
use crate::journal;
use crate::jupyter::{Jupyter, KERNEL_VERSION};
use crate::machine;
use crate::playground::CARGO_ENV;
use crate::process::CHECK_SECONDS_ENV;
use crate::progress::Progress;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Print it in English and without your name, to paste into a question
    #[arg(long)]
    report: bool,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let english = Catalogue::default();
    let text = if args.report { &english } else { text };
    let course = Course::read()?;
    let findings = examine(&course, text);
    let lines: Vec<String> = findings.iter().map(Finding::say).collect();
    let needed = findings.iter().any(|finding| finding.mark == Mark::Bad);
    if args.report {
        let version = env!("CARGO_PKG_VERSION");
        println!("```text\nworkshop {version}\n{}\n```", anonymous(&lines.join("\n")));
        return Ok(ExitCode::from(u8::from(needed)));
    }
    lines.iter().for_each(|line| println!("{line}"));
    println!();
    if needed {
        println!("{}", tr!(text, "Something that the course needs is missing: see ✗."));
    } else {
        println!("{}", tr!(text, "Everything that the course needs is here. What is marked ! is optional."));
    }
    Ok(ExitCode::from(u8::from(needed)))
}

/// How good or bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    /// Something optional is missing, or there is little of something.
    Little,
    /// Something that is needed is missing.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    mark: Mark,
    what: String,
    found: String,
    /// What to do.
    advice: String,
}

impl Finding {
    fn good(what: String, found: String) -> Self {
        Self { mark: Mark::Good, what, found, advice: String::new() }
    }

    fn little(what: String, found: String, advice: String) -> Self {
        Self { mark: Mark::Little, what, found, advice }
    }

    fn bad(what: String, found: String, advice: String) -> Self {
        Self { mark: Mark::Bad, what, found, advice }
    }

    fn say(&self) -> String {
        let mark = match self.mark {
            Mark::Good => '✓',
            Mark::Little => '!',
            Mark::Bad => '✗',
        };
        let advice = if self.advice.is_empty() { String::new() } else { format!("\n  {}", self.advice) };
        format!("{mark} {}: {}{advice}", self.what, self.found)
    }
}

fn examine(course: &Course, text: &Catalogue) -> Vec<Finding> {
    let lessons = lessons(course, text);
    let built = lessons.mark == Mark::Good;
    let mut findings = vec![
        Finding::good(tr!(text, "System"), machine::system()),
        compiler(course, text),
        cargo(text),
        cores(text),
        memory(text),
        disk(course, built, text),
        vectors(text),
        gpu(text),
        git(text),
    ];
    findings.extend(jupyter(&Jupyter::find(), text));
    findings.extend([data_files(text), lessons, kept(text), variables(text)]);
    findings
}

fn nothing(text: &Catalogue) -> String {
    tr!(text, "none")
}

/// What a program on PATH says of its version.
fn version(program: &str) -> Option<String> {
    let said = machine::ask(&machine::find(program, &[])?, &["--version"])?;
    Some(said.lines().next().unwrap_or_default().to_owned())
}

fn compiler(course: &Course, text: &Catalogue) -> Finding {
    let what = tr!(text, "Rust compiler");
    let file = std::fs::read_to_string(course.root.join("rust-toolchain.toml")).unwrap_or_default();
    let file: toml::Table = toml::from_str(&file).unwrap_or_default();
    let needed = file.get("toolchain").and_then(|toolchain| toolchain.get("channel")).and_then(toml::Value::as_str);
    let needed = needed.unwrap_or_default();
    let advice = tr!(
        text,
        "The course is made with Rust {version}: install rustup from https://rustup.rs, which picks that version by itself.",
        version = needed
    );
    match version("rustc") {
        None => Finding::bad(what, nothing(text), advice),
        Some(found) => {
            let numbers = |version: &str| -> Vec<u32> { version.split('.').filter_map(|n| n.parse().ok()).collect() };
            let number = found.split(' ').nth(1).unwrap_or_default();
            match numbers(number).cmp(&numbers(needed)) {
                std::cmp::Ordering::Less => Finding::bad(what, found, advice),
                std::cmp::Ordering::Equal => Finding::good(what, found),
                std::cmp::Ordering::Greater => Finding::little(what, found, advice),
            }
        }
    }
}

fn cargo(text: &Catalogue) -> Finding {
    let what = "Cargo".to_owned();
    match version("cargo") {
        Some(found) => Finding::good(what, found),
        None => Finding::bad(
            what,
            nothing(text),
            tr!(text, "Install rustup from https://rustup.rs: it brings Cargo along."),
        ),
    }
}

fn cores(text: &Catalogue) -> Finding {
    let (what, cores) = (tr!(text, "Cores"), machine::cores());
    if cores < 2 {
        return Finding::little(what, cores.to_string(), tr!(text, "The course is made for two: expect longer runs."));
    }
    Finding::good(what, cores.to_string())
}

fn memory(text: &Catalogue) -> Finding {
    let (what, memory) = (tr!(text, "Memory"), machine::memory_mb());
    let found = format!("{} GB", machine::gigabytes(memory));
    if memory < machine::MEMORY_MB {
        let advice = tr!(text, "The course is made for 8 GB of memory: close other programs while the lessons build.");
        return Finding::little(what, found, advice);
    }
    Finding::good(what, found)
}

fn disk(course: &Course, built: bool, text: &Catalogue) -> Finding {
    let what = tr!(text, "Free disk");
    let Some(free) = machine::free_disk(&course.root).map(|bytes| bytes >> 20) else {
        return Finding::little(what, tr!(text, "unknown"), tr!(text, "This system does not say how much is free."));
    };
    let found = format!("{} GB", machine::tenths_of_gigabytes(free));
    if free >= machine::DISK_MB {
        return Finding::good(what, found);
    }
    let advice =
        tr!(text, "The lessons take {needed} GB once they are built: make room.", needed = machine::disk_needed());
    // Once built, they only change a little.
    if built { Finding::little(what, found, advice) } else { Finding::bad(what, found, advice) }
}

fn vectors(text: &Catalogue) -> Finding {
    let what = tr!(text, "Vector instructions");
    let known = machine::vector_instructions();
    let named =
        |has: bool| known.iter().filter(|(_, here)| *here == has).map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
    let (has, lacks) = (named(true), named(false));
    if has.is_empty() {
        let advice = tr!(text, "candle computes without them on this processor: everything works, more slowly.");
        return Finding::little(what, nothing(text), advice);
    }
    Finding::good(
        what,
        if lacks.is_empty() { has } else { tr!(text, "{has} (not: {lacks})", has = has, lacks = lacks) },
    )
}

fn gpu(text: &Catalogue) -> Finding {
    let what = "GPU".to_owned();
    if cfg!(target_os = "macos") {
        return Finding::good(what, "Apple Metal".to_owned());
    }
    let query = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
    let cards = machine::find("nvidia-smi", &[]).and_then(|program| machine::ask(&program, &query));
    let Some(cards) = cards.filter(|cards| !cards.is_empty()) else {
        return Finding::good(what, tr!(text, "none, and none is needed"));
    };
    let cards = cards.lines().collect::<Vec<_>>().join("; ");
    let compiler = machine::nvcc().and_then(|program| machine::ask(&program, &["--version"]));
    match compiler.as_deref().and_then(|said| said.lines().find_map(|line| line.split_once("release "))) {
        Some((_, release)) => Finding::good(what, format!("{cards}; nvcc {release}")),
        None => {
            let advice = tr!(
                text,
                "To compute on it (`--device cuda`), install NVIDIA's CUDA toolkit, which has nvcc: https://developer.nvidia.com/cuda-downloads"
            );
            Finding::little(what, cards, advice)
        }
    }
}

fn git(text: &Catalogue) -> Finding {
    let what = "Git".to_owned();
    match version("git") {
        Some(found) => Finding::good(what, found),
        None => Finding::little(
            what,
            nothing(text),
            tr!(text, "Without it you cannot update the course: https://git-scm.com"),
        ),
    }
}

fn jupyter(jupyter: &Jupyter, text: &Catalogue) -> [Finding; 2] {
    let missing = jupyter.missing().join("; ");
    let advice = || tr!(text, "For notebooks: {commands}", commands = missing);
    let lab = match &jupyter.lab {
        Some((_, version)) => Finding::good("JupyterLab".to_owned(), version.clone()),
        None => Finding::little("JupyterLab".to_owned(), nothing(text), advice()),
    };
    let what = tr!(text, "Rust kernel for Jupyter");
    let version = jupyter.kernel_version.as_deref().map_or_else(|| tr!(text, "version unknown"), str::to_owned);
    let found = format!("evcxr_jupyter {version}");
    let kernel = match (&jupyter.kernel, jupyter.registered) {
        // Without JupyterLab its lack is said once.
        (None, _) => Finding::little(what, nothing(text), if jupyter.lab.is_none() { String::new() } else { advice() }),
        (Some(_), false) if jupyter.lab.is_none() => Finding::good(what, found),
        (Some(_), false) => Finding::little(what, tr!(text, "{found}, unknown to Jupyter", found = found), advice()),
        (Some(_), true) if same_series(&version) => Finding::good(what, found),
        (Some(_), true) => {
            let advice = tr!(
                text,
                "The notebooks are tested with {version}: cargo install evcxr_jupyter --version {version} --locked",
                version = KERNEL_VERSION
            );
            Finding::little(what, found, advice)
        }
    };
    [lab, kernel]
}

/// Whether a kernel of this version runs the notebooks as they were tested: 0.22.1 does.
fn same_series(version: &str) -> bool {
    let series = |version: &str| version.rsplit_once('.').map(|(series, _)| series.to_owned());
    series(version) == series(KERNEL_VERSION)
}

fn data_files(text: &Catalogue) -> Finding {
    let what = tr!(text, "Data files");
    let files = match data::manifest() {
        Ok(manifest) => manifest.files,
        Err(error) => return Finding::bad(what, nothing(text), error.say(text)),
    };
    let folder = data::cache();
    let (mut whole, mut missing, mut broken) = (0, vec![], vec![]);
    for file in &files {
        match file.whole(&folder) {
            Ok(_) => whole += 1,
            Err(DataError::Missing { .. }) => missing.push(file.id.as_str()),
            Err(error) => broken.push(error.say(text)),
        }
    }
    let found =
        tr!(text, "{here} of {total} in {folder}", here = whole, total = files.len(), folder = folder.display());
    if !missing.is_empty() {
        broken.insert(
            0,
            tr!(
                text,
                "Not here: {names}. Cells that need them keep their recorded output; `cargo workshop data get --all` fetches them.",
                names = missing.join(", ")
            ),
        );
    }
    if broken.is_empty() { Finding::good(what, found) } else { Finding::little(what, found, broken.join("\n  ")) }
}

/// The libraries of the lessons lie beside this program, where both were built.
fn lessons(course: &Course, text: &Catalogue) -> Finding {
    let what = tr!(text, "Lessons");
    let here = std::env::current_exe().ok().and_then(|program| program.parent().map(std::path::Path::to_owned));
    let folder = here.unwrap_or_default();
    let is_built = |week: &&str| folder.join(format!("lib{}.rlib", week.replace('-', "_"))).is_file();
    let weeks: Vec<&str> = course.weeks.iter().map(|week| week.folder.as_str()).collect();
    let (built, rest): (Vec<&str>, Vec<&str>) = weeks.iter().partition(|week| is_built(week));
    let found = tr!(text, "{built} of {total} built", built = built.len(), total = weeks.len());
    if rest.is_empty() {
        return Finding::good(what, found);
    }
    Finding::little(what, found, tr!(text, "`cargo run` builds them while you read: a few minutes."))
}

/// Whether what the learner does can be kept.
fn kept(text: &Catalogue) -> Finding {
    let what = tr!(text, "Your work");
    let found = workshop_base::kept().display().to_string();
    match Progress::change(|_| ()).and_then(|()| journal::read()) {
        Ok(_) => Finding::good(what, found),
        Err(error) => Finding::bad(what, found, format!("{error:#}")),
    }
}

fn variables(text: &Catalogue) -> Finding {
    // Values of our own only: another program's may be a secret.
    let ours = [HOME_ENV, CACHE_ENV, LANG_ENV, DEVICE_ENV, MINE_ENV, CHECK_SECONDS_ENV, CARGO_ENV];
    let mut set: Vec<String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with("WORKSHOP_"))
        .map(
            |(name, value)| {
                if ours.contains(&name.as_str()) { format!("{name}={value}") } else { format!("{name}=…") }
            },
        )
        .collect();
    set.sort();
    let what = tr!(text, "Variables");
    let found = if set.is_empty() { nothing(text) } else { set.join(" ") };
    let gone = |name: &&str| workshop_base::folder_of(name).is_some_and(|folder| !folder.is_dir());
    match [HOME_ENV, CACHE_ENV].into_iter().find(gone) {
        Some(name) => Finding::little(what, found, tr!(text, "{name} names a folder that is not there.", name = name)),
        None => Finding::good(what, found),
    }
}

/// The text without the learner's folder and name.
fn anonymous(said: &str) -> String {
    let mut said = said.to_owned();
    let folder = machine::user_folder().unwrap_or_default();
    let names = ["USER", "USERNAME", "LOGNAME"].iter().filter_map(|name| std::env::var(name).ok());
    let last = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    if folder.parent().is_some() {
        said = said.replace(&*folder.to_string_lossy(), "~");
    }
    for name in names.chain(last).filter(|name| !name.is_empty()) {
        said = without_word(&said, &name);
    }
    said
}

/// The text with `~` for each occurrence of a word that stands alone.
fn without_word(text: &str, word: &str) -> String {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        out.push_str(before);
        let alone = !inside(out.chars().next_back()) && !inside(after.chars().next());
        out.push_str(if alone { "~" } else { word });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_left_out_where_it_stands_alone() {
        assert_eq!(without_word("/mnt/kim/x kim, kimchi akim kim", "kim"), "/mnt/~/x ~, kimchi akim ~");
        assert_eq!(without_word("nothing", "kim"), "nothing");
    }

    #[test]
    fn a_patch_release_of_the_kernel_will_do() {
        assert!(same_series("0.22.9") && !same_series("0.21.0") && !same_series("1.22.0") && !same_series("unknown"));
    }
}
