//! `workshop notebook`: a page's notebook in JupyterLab, as a copy that is the learner's own.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use workshop_base::text::{Catalogue, LANG_ENV};
use workshop_base::tr;

use crate::course::{Course, Week};
use crate::jupyter::{self, Jupyter};
use crate::notebook;
use crate::page::Page;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The page, such as week04/scaled-dot-product; a week alone means its first page with a notebook
    page: String,
    /// The port to serve on
    #[arg(long)]
    port: Option<u16>,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
    /// What to hand to JupyterLab
    #[arg(last = true)]
    args: Vec<String>,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let course = Course::read()?;
    let (week, page) = match chosen(&course, &args.page, text) {
        Ok(found) => found,
        Err(error) => return Ok(super::wrong_usage(&error)),
    };
    let jupyter = Jupyter::find();
    let missing = jupyter.missing();
    let (Some((lab, _)), true) = (&jupyter.lab, missing.is_empty()) else {
        eprintln!(
            "{}",
            tr!(text, "JupyterLab or its Rust kernel is not here. Install what is missing, then run this again:")
        );
        missing.iter().for_each(|command| eprintln!("  {command}"));
        return Ok(ExitCode::from(1));
    };
    let source = course.root.join("book").join("src");
    let copy = jupyter::copy(&source.join(notebook::file(page, text.lang())), week)?;
    println!("{}", tr!(text, "Your copy: {file}", file = copy.path.display()));
    if copy.outdated {
        println!(
            "{}",
            tr!(
                text,
                "The course's notebook has changed since, and yours is kept because you edited it: rename it to get the new one."
            )
        );
    }
    if !jupyter::is_warm(&course, week)? {
        warm(&course, week, lab, text)?;
    }

    let mut command = Command::new(lab);
    jupyter::prepare(&mut command)?;
    // Each kernel compiles in a folder of its own.
    command.env_remove("EVCXR_TMPDIR").env(LANG_ENV, text.lang());
    command.arg(&copy.path).args(args.no_open.then_some("--no-browser"));
    command.args(args.port.map(|port| format!("--port={port}"))).args(&args.args);
    // It asks its own question at Ctrl-C.
    super::become_program(command)
}

/// The page that the words name, and its week.
fn chosen<'a>(course: &'a Course, name: &str, text: &Catalogue) -> Result<(&'a Week, &'a Page)> {
    let (week, page) = name.split_once('/').unwrap_or((name, ""));
    let week = super::week(course, week, text)?;
    let mut pages = course.pages.iter().filter(|page| page.week() == week.folder && page.cells().next().is_some());
    let last = |page: &Page| page.name.rsplit('/').next().unwrap_or_default().to_owned();
    let short =
        |page: &Page| last(page).trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('-').to_owned();
    let known: Vec<String> = pages.clone().map(|page| format!("{}/{}", week.short(), short(page))).collect();
    if known.is_empty() {
        return Err(anyhow!(tr!(text, "{week} has no notebook yet", week = week.short())));
    }
    pages
        .find(|known| page.is_empty() || last(known) == page || short(known) == page)
        .map(|page| (week, page))
        .ok_or_else(|| {
            anyhow!(tr!(text, "there is no notebook {name}: there are {known}", name = name, known = known.join(", ")))
        })
}

/// Fills the kernel's cache, which takes minutes once.
fn warm(course: &Course, week: &Week, lab: &Path, text: &Catalogue) -> Result<()> {
    let started = Instant::now();
    println!(
        "{}",
        tr!(
            text,
            "The first time, the kernel compiles the crates of this week: a few minutes. After that, a notebook starts in seconds."
        )
    );
    let bar = super::waiting(tr!(text, "Compiling"));
    let done = jupyter::warm(course, week, lab);
    bar.finish_and_clear();
    done.with_context(|| tr!(text, "The crates do not compile in the notebook's kernel"))?;
    println!("{}", tr!(text, "Compiled in {seconds} s.", seconds = started.elapsed().as_secs()));
    Ok(())
}
