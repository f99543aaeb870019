//! What a page's cells print: recorded, and compared with what they print now.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use workshop_base::data::{self, DataError};
use workshop_base::rich::{self, Piece, Splitter};

use crate::artifacts::Build;
use crate::course::Course;
use crate::page::{Cell, Page};
use crate::process::{self, End, Limits, Stream};
use crate::program::{self, Compiled, Program};
use crate::progress::hash_into;

/// What one cell printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The text.
    pub text: String,
    /// The drawing.
    pub svg: Option<String>,
}

/// What became of running a page.
#[derive(Debug)]
pub struct Ran {
    /// For each cell that ran, by number, what it printed.
    pub outputs: Vec<(usize, Output)>,
    /// The data files that were missing; the cells that need them were left out.
    pub missing: Option<String>,
}

/// The week's package whose crates a page's cells may use.
pub fn package(page: &Page) -> &str {
    if page.week().is_empty() { "week00-workbench" } else { page.week() }
}

/// Why the page's `data` cells cannot run here, if they cannot.
pub fn missing(page: &Page) -> Vec<DataError> {
    page.front.needs.iter().filter_map(|id| data::file(id).err()).collect()
}

/// Runs a page's cells, as one program.
///
/// # Errors
/// When a cell does not compile or fails; the message says which, and how.
pub async fn run(build: &Build, page: &Page) -> Result<Ran> {
    let missing = missing(page).first().map(ToString::to_string);
    let cells: Vec<&Cell> = page.cells().filter(|cell| !cell.data || missing.is_none()).collect();
    let program = Program::new(cells.iter().map(|cell| (cell.number, cell.code.as_str())));
    let (_keep, stop) = process::Stop::new();
    let name = page.name.replace(['/', '-'], "_");
    let externs = program::externs(build, package(page));
    let path = match program::compile(build, &name, program.source(), &[], externs, &[], stop.clone()).await? {
        Compiled::Program(path) => path,
        Compiled::Errors(errors) => {
            let errors: Vec<String> = errors.iter().map(|error| program.explain(error).text).collect();
            bail!("{}: a cell does not compile\n{}", page.name, errors.join("\n"));
        }
        Compiled::Ended(end) => bail!("{}: compiling ended: {end:?}", page.name),
    };
    let mut command = tokio::process::Command::new(path);
    command.env(rich::RICH_ENV, "1").current_dir(workshop_base::root());
    let (mut out, mut err) = (vec![], vec![]);
    let end = process::run(command, "", Limits::cell(), stop, |stream, bytes| match stream {
        Stream::Out => out.extend_from_slice(bytes),
        Stream::Err => err.extend_from_slice(bytes),
    })
    .await?;
    let outputs = split(&String::from_utf8_lossy(&out));
    if end != End::Exited(Some(0)) {
        let last = outputs.last().map_or(0, |(number, _)| *number);
        bail!(
            "{}: cell {last} failed ({end:?}): {}",
            page.name,
            rich::without_marks(&String::from_utf8_lossy(&err)).trim()
        );
    }
    if outputs.len() < cells.len() {
        bail!("{}: the program left before cell {}", page.name, outputs.len() + 1);
    }
    Ok(Ran { outputs, missing })
}

fn split(printed: &str) -> Vec<(usize, Output)> {
    let mut outputs: Vec<(usize, Output)> = vec![];
    for piece in Splitter::split(printed) {
        match (piece, outputs.last_mut()) {
            (Piece::Cell { cell }, _) => outputs.push((cell, Output::default())),
            (Piece::Text { text }, Some((_, output))) => output.text.push_str(&text),
            (Piece::Rich { data, .. }, Some((_, output))) => output.svg = Some(data),
            (_, None) => {}
        }
    }
    outputs
}

/// Where a package keeps texts that are compiled in.
const TEXT: &str = "text";

/// The hash of what made a page's outputs: its cells, the sources of the crates they use with the texts that are compiled
/// in, the locked versions.
///
/// # Errors
/// When a source cannot be read.
pub fn made_by(course: &Course, build: &Build, page: &Page) -> Result<String> {
    let mut hasher = Sha256::new();
    for cell in page.cells() {
        hasher.update(format!("{:?}\n{}\n", cell.flags(), cell.code));
    }
    for package in build.ladder(package(page)) {
        if let (Some(folder), Some(root)) = (build.folder(&package), build.library_root(&package)) {
            hash_into(&mut hasher, root.parent().unwrap_or(root))?;
            // What a crate takes in with `include_str!` lies beside its sources, or here.
            hash_into(&mut hasher, &folder.join(TEXT))?;
            hash_into(&mut hasher, &folder.join("Cargo.toml"))?;
        }
    }
    hasher.update(locked(&course.root, package(page))?);
    Ok(data::hex(&hasher.finalize()[..8]))
}

/// The packages that a package of the workspace is linked with, a line each, in the versions of `Cargo.lock`.
fn locked(root: &Path, package: &str) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
        #[serde(default)]
        checksum: String,
        #[serde(default)]
        dependencies: Vec<String>,
    }
    let path = root.join("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let lock: Lock = toml::from_str(&text).with_context(|| format!("{}", path.display()))?;
    let (mut waiting, mut linked) = (vec![package.to_owned()], BTreeSet::new());
    while let Some(named) = waiting.pop() {
        // A dependency is a name, with the version where there are several.
        let mut words = named.split(' ');
        let (name, version) = (words.next(), words.next());
        let is_it = |p: &&Package| Some(&*p.name) == name && version.is_none_or(|version| p.version == version);
        for found in lock.package.iter().filter(is_it) {
            if linked.insert(format!("{} {} {}\n", found.name, found.version, found.checksum)) {
                waiting.extend(found.dependencies.iter().cloned());
            }
        }
    }
    Ok(linked.into_iter().collect())
}

/// How what a page prints now differs from what is recorded.
pub fn differences(page: &Page, ran: &Ran) -> Vec<String> {
    let mut found = vec![];
    for (number, now) in &ran.outputs {
        let Some(cell) = page.cells().find(|cell| cell.number == *number) else { continue };
        let at = format!("{}, cell {number}", page.name);
        let recorded = cell.output.as_deref().unwrap_or_default();
        if cell.varies {
            if recorded.trim().is_empty() != now.text.trim().is_empty() {
                found.push(format!("{at}: it printed something when recorded and nothing now, or the other way round"));
            }
        } else if let Some((line, recorded, now)) = first_difference(recorded, &now.text, page.front.tolerance) {
            found.push(format!("{at}, line {line}: recorded {recorded:?}, now {now:?}"));
        }
        match (&cell.figure, &now.svg) {
            (None, Some(_)) => found.push(format!("{at}: it draws, and no drawing is recorded")),
            (Some((_, file)), None) => found.push(format!("{at}: {file} is recorded, and it draws nothing")),
            (Some((_, file)), Some(svg)) if !cell.varies => {
                let recorded = std::fs::read_to_string(page.path.with_file_name(file)).unwrap_or_default();
                if let Some((line, ..)) = first_difference(&recorded, svg, 0.01) {
                    found.push(format!("{at}: {file} differs from line {line} on"));
                }
            }
            _ => {}
        }
    }
    found
}

/// The first line in which two texts differ: words to the letter, numbers to a relative tolerance.
fn first_difference(recorded: &str, now: &str, tolerance: f64) -> Option<(usize, String, String)> {
    let (mut a, mut b) = (recorded.trim_end().lines(), now.trim_end().lines());
    for line in 1.. {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (a, b) => {
                let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
                if !same(a, b, tolerance) {
                    return Some((line, a.to_owned(), b.to_owned()));
                }
            }
        }
    }
    None
}

fn same(a: &str, b: &str, tolerance: f64) -> bool {
    let (a, b) = (pieces(a), pieces(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| {
            a == b
                || match (a.parse::<f64>(), b.parse::<f64>()) {
                    // Whole numbers count something: they are the same or they are not.
                    (Ok(x), Ok(y)) if a.contains('.') && b.contains('.') => {
                        (x - y).abs() <= tolerance * x.abs().max(y.abs()) + last_digit(a)
                    }
                    _ => false,
                }
        })
}

/// One unit of the last digit that is printed: rounding may tip it.
fn last_digit(number: &str) -> f64 {
    let decimals = number.split(['e', 'E']).next().and_then(|n| n.split_once('.')).map_or(0, |(_, d)| d.len());
    if number.contains('.') { 10_f64.powi(-i32::try_from(decimals).unwrap_or(0)) * 1.01 } else { 0.0 }
}

/// A line as numbers and what stands between them.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = vec![];
    let mut start = 0;
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut in_number = None;
    for (i, c) in line.char_indices() {
        if in_number != Some(is_number(c)) {
            if i > start {
                pieces.push(&line[start..i]);
            }
            start = i;
            in_number = Some(is_number(c));
        }
    }
    if start < line.len() {
        pieces.push(&line[start..]);
    }
    pieces
}

/// Writes what a page prints into the page, its drawings beside it, and the hash of what made them.
///
/// # Errors
/// When the page cannot be read or written, or its data files are missing, so that not every cell ran.
pub fn record(page: &Page, ran: &Ran, made_by: &str) -> Result<bool> {
    if let Some(missing) = &ran.missing {
        bail!("{} cannot be recorded whole: {missing}", page.name);
    }
    let old = std::fs::read_to_string(&page.path).with_context(|| format!("{} cannot be read", page.path.display()))?;
    let stem = page.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut new = String::new();
    let mut number = 0;
    let mut lines = old.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("recorded = ") {
            continue;
        }
        new.push_str(line);
        new.push('\n');
        if new == "+++\n" {
            continue;
        }
        if line == "+++" && !new.contains("\nrecorded = ") {
            new.truncate(new.len() - "+++\n".len());
            new.push_str(&format!("recorded = \"{made_by}\"\n+++\n"));
        }
        if !line.starts_with("```rust,cell") {
            if line.starts_with("```") && line.len() > 3 {
                copy_fence(&mut lines, &mut new);
            }
            continue;
        }
        number += 1;
        copy_fence(&mut lines, &mut new);
        let figure = skip_recorded(&mut lines, &stem);
        let Some((_, output)) = ran.outputs.iter().find(|(n, _)| *n == number) else { continue };
        if !output.text.is_empty() {
            if output.text.lines().any(|line| line.starts_with("```")) {
                bail!("{}, cell {number} prints a line that starts with ```", page.name);
            }
            new.push_str(&format!("```output\n{}\n```\n", output.text.trim_end_matches('\n')));
        }
        if let Some(svg) = &output.svg {
            let file = format!("{stem}.cell-{number}.svg");
            std::fs::write(page.path.with_file_name(&file), svg)?;
            // The author may have said it better than the plot says of itself.
            let alt = figure.unwrap_or_else(|| label(svg).unwrap_or_default().to_owned());
            new.push_str(&format!("![{alt}]({file})\n"));
        }
    }
    remove_stale_drawings(&page.path, &new)?;
    let changed = old != new;
    if changed {
        std::fs::write(&page.path, new)?;
    }
    Ok(changed)
}

fn copy_fence<'a>(lines: &mut impl Iterator<Item = &'a str>, new: &mut String) {
    for line in lines {
        new.push_str(line);
        new.push('\n');
        if line == "```" {
            return;
        }
    }
}

/// Passes over a recorded output and drawing; gives the drawing's text.
fn skip_recorded<'a>(lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>, stem: &str) -> Option<String> {
    if lines.next_if(|line| *line == "```output").is_some() {
        copy_fence(lines, &mut String::new());
    }
    let prefix = format!("]({stem}.cell-");
    let figure = lines.next_if(|line| line.starts_with("![") && line.contains(&prefix))?;
    figure.strip_prefix("![").and_then(|rest| rest.split_once(&prefix)).map(|(alt, _)| alt.to_owned())
}

/// What an SVG says of itself.
fn label(svg: &str) -> Option<&str> {
    Some(svg.split_once("aria-label=\"")?.1.split_once('"')?.0)
}

fn remove_stale_drawings(page: &Path, text: &str) -> Result<()> {
    let stem = format!("{}.cell-", page.file_stem().unwrap_or_default().to_string_lossy());
    for entry in std::fs::read_dir(page.parent().unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&stem) && !text.contains(&name) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_is_where_it_is_hashed() {
        let (root, mut sources) = (workshop_base::root(), vec![]);
        for packages in ["lessons", "solutions"] {
            for package in std::fs::read_dir(root.join(packages)).expect("packages").flatten() {
                crate::catalogue::walk(&package.path().join("src"), &mut sources).expect("sources");
            }
        }
        crate::catalogue::walk(&root.join("datasets").join("src"), &mut sources).expect("sources");
        sources.retain(|source| source.extension().is_some_and(|ending| ending == "rs"));
        let mut included = 0;
        for source in sources {
            let text = std::fs::read_to_string(&source).expect("a source");
            let calls = ["include_str!(", "include_bytes!(", "include!("];
            for path in calls.iter().flat_map(|call| text.split(call).skip(1)) {
                let path = path.trim_start().strip_prefix('"').and_then(|path| path.split_once('"')).expect("a path").0;
                let taken = source.with_file_name(path).canonicalize().expect("a file");
                let package = source.ancestors().find(|folder| folder.join("Cargo.toml").is_file()).expect("a package");
                let package = package.canonicalize().expect("a folder");
                let hashed = ["src", TEXT].iter().any(|folder| taken.starts_with(package.join(folder)));
                assert!(hashed, "{} takes in {}", source.display(), taken.display());
                included += 1;
            }
        }
        assert!(included > 0);
    }

    #[test]
    fn words_to_the_letter_and_numbers_to_the_tolerance() {
        assert!(first_difference("a 0.50 b\n", "a 0.51 b", 1e-4).is_none(), "rounding may tip the last digit");
        assert!(first_difference("a 0.50 b", "a 0.53 b", 1e-4).is_some());
        assert!(first_difference("a 12 b", "a 13 b", 1e-4).is_some());
        assert!(first_difference("a", "b", 1.0).is_some());
        assert!(first_difference("a\nb", "a", 1.0).is_some());
        assert_eq!(first_difference("x\n-1.0", "x\n1.0", 1e-4).map(|(line, ..)| line), Some(2));
    }
}
