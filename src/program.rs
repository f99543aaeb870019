//! A page's cells as one program: each cell in a block inside the one before.
//!
//! So that repeated imports and redefinitions mean what they mean in a notebook, where each cell sees what the cells
//! before it defined.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::artifacts::{self, Build, Diagnostic, Extern, Unit};
use crate::files::write_whole;
use crate::process::{self, End, Limits};

/// The source of a program, and where each cell stands in it.
#[derive(Debug, Clone)]
pub struct Program {
    source: String,
    /// For each cell: its number, its first line in the source, and how many lines it has.
    places: Vec<(usize, usize, usize)>,
}

impl Program {
    /// The program of these cells, given with their numbers.
    pub fn new<'a>(cells: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut source = "#![allow(warnings)]\nfn main() -> ::anyhow::Result<()> {\n".to_owned();
        let mut places = vec![];
        for (number, code) in cells {
            source.push_str(&format!("{{ ::week00_workbench::begin_cell({number});\n"));
            places.push((number, source.lines().count() + 1, code.lines().count()));
            source.push_str(code.trim_end());
            // A last expression is a statement, as it is in a notebook when nothing is shown of it.
            source.push_str("\n;\n");
        }
        source.push_str("::std::result::Result::Ok(()) }\n");
        // Each inner block gives its result to the one around it.
        source.push_str(&"}".repeat(places.len().saturating_sub(1)));
        source.push_str(if places.is_empty() { "" } else { "}\n" });
        Self { source, places }
    }

    /// The source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where a line of the source stands: the cell's number and the line in it, both from 1.
    pub fn place(&self, line: usize) -> Option<(usize, usize)> {
        let (number, first, count) = self.places.iter().rev().find(|(_, first, _)| *first <= line)?;
        // What is wrong behind the end of a cell (a bracket never closed) is shown at its last line.
        Some((*number, (line - first + 1).min((*count).max(1))))
    }

    /// An error of the compiler, in the lines of the cells.
    pub fn explain(&self, diagnostic: &Diagnostic) -> CellError {
        let own = || diagnostic.spans.iter().filter(|span| is_generated(&span.file_name));
        let primary = own().find(|span| span.is_primary).or_else(|| own().next());
        let (cell, line) = primary.and_then(|span| self.place(span.line_start)).unwrap_or((1, 1));
        let column = primary.map_or(1, |span| span.column_start);
        let rendered = diagnostic.rendered.as_deref().unwrap_or_default();
        let mut ours = true;
        let text: Vec<String> = rendered.trim_end().lines().map(|line| self.relocate(line, &mut ours)).collect();
        CellError { cell, line, column, level: diagnostic.level.clone(), text: text.join("\n") }
    }

    /// A line of the compiler's message, with the line numbers of the cell: `12 | let x` and `--> file:12:5`.
    /// `ours` says whether the lines that follow speak of the cells, or of another file.
    fn relocate(&self, line: &str, ours: &mut bool) -> String {
        if let Some((arrow, place)) = line.split_once("--> ").or_else(|| line.split_once("::: ")) {
            let mut parts = place.rsplitn(3, ':');
            *ours = is_generated(place);
            if !*ours {
                return line.to_owned();
            }
            let (column, at) = (parts.next().unwrap_or_default(), parts.next().and_then(|at| at.parse().ok()));
            if let Some((cell, at)) = at.and_then(|at| self.place(at)) {
                return format!("{arrow}--> cell {cell}, line {at}, column {column}");
            }
        }
        let bare = line.trim_start();
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        if *ours
            && digits > 0
            && bare[digits..].trim_start().starts_with(['|', '~', '+', '-'])
            && let Some((_, at)) = bare[..digits].parse().ok().and_then(|at| self.place(at))
        {
            let width = line.len() - bare.len() + digits;
            return format!("{at:>width$}{}", &bare[digits..]);
        }
        line.to_owned()
    }
}

/// An error of the compiler, in the lines of the reader's cells.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CellError {
    /// The cell.
    pub cell: usize,
    /// The line in it.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// `error`
    pub level: String,
    /// The whole message.
    pub text: String,
}

/// The name under which the live page's cells are compiled.
pub const CELLS: &str = "cells";

/// What became of compiling.
#[derive(Debug)]
pub enum Compiled {
    /// A program to run.
    Program(PathBuf),
    /// It does not compile.
    Errors(Vec<Diagnostic>),
    /// It was stopped, or took too long.
    Ended(End),
}

/// The crates from outside that every cell may name.
pub const SHARED: [&str; 2] = ["anyhow", "candle-core"];

/// What the cells of a week's pages may name: its lesson crate, those that it depends on, and [`SHARED`].
pub fn externs(build: &Build, week_package: &str) -> Vec<Extern> {
    let mut externs: Vec<Extern> = vec![];
    for package in build.ladder(week_package) {
        let is_lesson = package.starts_with("week");
        let used = if is_lesson { build.externs(&package) } else { vec![] };
        let shared = used.into_iter().filter(|used| SHARED.iter().any(|name| name.replace('-', "_") == used.name));
        for found in shared.chain(build.library(&package).filter(|_| is_lesson)) {
            if !externs.contains(&found) {
                externs.push(found);
            }
        }
    }
    externs
}

/// Compiles a source into a program, unless the very same was compiled before. `beside` are files that it names, each
/// with its place relative to the source.
///
/// # Errors
/// When the compiler cannot be started.
pub async fn compile(
    build: &Build,
    name: &str,
    source: &str,
    beside: &[(PathBuf, &str)],
    externs: Vec<Extern>,
    flags: &[&str],
    stop: tokio::sync::watch::Receiver<bool>,
) -> Result<Compiled> {
    // The libraries' names hold a hash of what made them, so this hash covers them.
    let mut hasher = Sha256::new();
    hasher.update(source);
    for (place, text) in beside {
        hasher.update(format!("{}\n{text}", place.display()));
    }
    for Extern { name, path } in &externs {
        let modified = path.metadata().and_then(|data| data.modified()).ok();
        hasher.update(format!("{name}={}{modified:?}", path.display()));
    }
    let hash = workshop_base::data::hex(&hasher.finalize()[..8]);
    let folder = build.scratch().join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    let out = folder.join(format!("{name}-{hash}{}", std::env::consts::EXE_SUFFIX));
    if let Ok(file) = std::fs::File::open(&out) {
        // Used now: so it is not among the oldest, which are removed. Where that fails it is compiled again some day.
        let _ = file.set_modified(std::time::SystemTime::now());
        return Ok(Compiled::Program(out));
    }
    // A page's cells are run again and again with small changes; a check is compiled anew for each change of one file.
    keep_latest(&folder, name, if name == CELLS { 12 } else { 2 });
    // In a folder of its own: another terminal may be compiling the same thing now.
    let own = tempfile::Builder::new().prefix(COMPILING).tempdir_in(&folder)?;
    let root = own.path().join(format!("{name}.rs"));
    std::fs::write(&root, source)?;
    for (place, text) in beside {
        // A copy: the file itself may be saved again while the compiler reads it.
        write_whole(&own.path().join(place), text)?;
    }
    let made = own.path().join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let flags = flags.iter().map(ToString::to_string).collect();
    let unit = Unit { name: name.to_owned(), root, program: true, externs, flags, out: made.clone(), folder: None };
    let compiled = finish(build, &unit, stop).await?;
    if let Compiled::Program(_) = &compiled {
        std::fs::rename(&made, &out).with_context(|| format!("{} cannot be written", out.display()))?;
        return Ok(Compiled::Program(out));
    }
    Ok(compiled)
}

/// The folders in which programs are compiled begin with this.
pub const COMPILING: &str = "compiling-";

/// Whether a place in a message of the compiler is in a source that was made here, not in somebody's file.
fn is_generated(place: &str) -> bool {
    place.contains(COMPILING)
}

/// Removes all but the latest files of a folder whose names begin with `prefix`, and what a compilation that was killed left an hour ago. What is younger
/// than a minute stays: somebody else may be about to run it.
pub fn keep_latest(folder: &std::path::Path, prefix: &str, kept: usize) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?.elapsed().unwrap_or_default(), entry.path())))
        .collect();
    entries.sort();
    let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(_, path)| path.is_dir());
    for (_, old) in folders.iter().filter(|(age, _)| age.as_secs() > 3600) {
        let _ = std::fs::remove_dir_all(old);
    }
    let is_one =
        |path: &std::path::Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
    let files = files.iter().filter(|(_, path)| is_one(path));
    for (_, old) in files.skip(kept).filter(|(age, _)| age.as_secs() > 60) {
        let _ = std::fs::remove_file(old);
    }
}

/// Runs the compiler on a unit.
///
/// # Errors
/// When it cannot be started, or fails without saying why.
pub async fn finish(build: &Build, unit: &Unit, stop: tokio::sync::watch::Receiver<bool>) -> Result<Compiled> {
    let mut stderr = vec![];
    let command = tokio::process::Command::from(build.rustc(unit));
    let end = process::run(command, "", Limits::compiler(), stop, |_, bytes| stderr.extend_from_slice(bytes)).await?;
    let stderr = String::from_utf8_lossy(&stderr);
    match end {
        End::Exited(Some(0)) => Ok(Compiled::Program(unit.out.clone())),
        End::Exited(_) => {
            let errors = artifacts::errors(&stderr);
            // A compiler that says nothing has crashed: some code is too deep for it.
            Ok(if errors.is_empty() { Compiled::Ended(end) } else { Compiled::Errors(errors) })
        }
        end => Ok(Compiled::Ended(end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_program_are_lines_of_the_cells() {
        let program = Program::new([(1, "let a = 1;\nlet b = 2;"), (3, "a + b")]);
        let line = |text: &str| 1 + program.source.lines().position(|line| line.contains(text)).expect("it is there");
        assert_eq!(program.place(line("let b")), Some((1, 2)));
        assert_eq!(program.place(line("a + b")), Some((3, 1)));
        let mut ours = true;
        let mut relocate = |text: String| program.relocate(&text, &mut ours);
        let at = line("a + b");
        assert_eq!(relocate(format!(" --> target/{COMPILING}x/cells.rs:{at}:5")), " --> cell 3, line 1, column 5");
        assert_eq!(relocate(format!("{at} | a + b")), "1 | a + b");
        // What stands in another file stays there.
        assert_eq!(relocate(format!(" --> lessons/plot.rs:{at}:5")), format!(" --> lessons/plot.rs:{at}:5"));
        assert_eq!(relocate(format!("{at} | a + b")), format!("{at} | a + b"));
        assert_eq!(program.source.matches('{').count(), program.source.matches('}').count());
    }
}
