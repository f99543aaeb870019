//! `workshop data make`: writes a data set of the course's own, from a seed.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::ValueEnum;
use workshop_base::data::units;
use workshop_base::text::Catalogue;
use workshop_base::tr;
use workshop_datasets::make::{Format, Made, MakeError, TARGETS, make_as};
use workshop_datasets::split::Split;

use crate::machine;

use super::data::Shown;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The data set, such as corpus; all are listed where it is left out
    name: Option<String>,
    /// How much to write, such as 500KB, 10MB or 1GB
    #[arg(long, default_value = "10MB", value_name = "SIZE")]
    size: String,
    /// The part of it: what is in one is in no other
    #[arg(long, value_enum, default_value_t = Part::Train)]
    split: Part,
    /// The same seed writes the same bytes on every machine
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// JSON lines, or plain text with an empty line between documents
    #[arg(long, value_enum, default_value_t = Shape::Jsonl)]
    format: Shape,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    Train,
    Validation,
    Test,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    Jsonl,
    Text,
}

/// What is to be written.
struct Order<'a> {
    name: &'a str,
    bytes: u64,
    split: Split,
    seed: u64,
    format: Format,
}

pub(super) fn execute(args: &Args, text: &Catalogue) -> Result<ExitCode> {
    let wrong = |said: String| Ok(super::wrong_usage(&anyhow!(said)));
    let Some(name) = &args.name else {
        list(text);
        return wrong(tr!(text, "Name the data set to make."));
    };
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        let names = TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
        return wrong(tr!(text, "There is no data set {name}. There are: {names}.", name = name, names = names));
    };
    let Some(bytes) = size(&args.size) else {
        return wrong(tr!(text, "{size} is not a size: write it as 500KB, 10MB or 1GB.", size = args.size));
    };
    let Some(out) = &args.out else {
        return wrong(tr!(text, "Name the file to write with --out."));
    };
    if out.is_dir() {
        return wrong(tr!(text, "{path} is a folder: name a file in it.", path = out.display()));
    }
    if out.exists() && !args.force {
        let said = tr!(
            text,
            "{path} is there already: name another file, or write over it with --force.",
            path = out.display()
        );
        eprintln!("{said}");
        return Ok(ExitCode::from(1));
    }
    let split = match args.split {
        Part::Train => Split::Train,
        Part::Validation => Split::Validation,
        Part::Test => Split::Test,
    };
    let format = match args.format {
        Shape::Jsonl => Format::Jsonl,
        Shape::Text => Format::Text,
    };
    if format == Format::Text && !target.is_text {
        return wrong(tr!(text, "There is no plain text of {name}: leave out --format.", name = name));
    }
    room(out, bytes, text)?;
    let made = write(&Order { name, bytes, split, seed: args.seed, format }, out)?;
    println!(
        "{}",
        tr!(
            text,
            "{path}: {items} items, {size}, split {split}, seed {seed}",
            path = out.display(),
            items = made.items,
            size = units(made.bytes),
            split = split.name(),
            seed = args.seed
        )
    );
    Ok(ExitCode::SUCCESS)
}

fn list(text: &Catalogue) {
    let longest = TARGETS.iter().map(|target| target.name.len()).max().unwrap_or(0);
    for target in TARGETS {
        println!("{:<longest$}  {}", target.name, text.get(target.about));
    }
}

/// `10MB` as bytes: units of a thousand, in capitals or not; a bare number counts bytes.
fn size(written: &str) -> Option<u64> {
    let written = written.trim().to_ascii_uppercase();
    let digits = written.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &written[digits.len()..] {
        "" | "B" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit).filter(|bytes| *bytes > 0)
}

/// The folder that a file would stand in.
fn folder(out: &Path) -> &Path {
    out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn room(out: &Path, bytes: u64, text: &Catalogue) -> Result<()> {
    match machine::free_disk(folder(out)) {
        Some(free) if free < bytes => Err(anyhow!(tr!(
            text,
            "{size} are wanted, and {free} are free where {path} is to stand. Ask for less, or name a file on another disk.",
            size = units(bytes),
            free = units(free),
            path = out.display()
        ))),
        _ => Ok(()),
    }
}

/// Where there is no bar, a line for every tenth is worth it from here on: below, all is done in a second or two.
const LONG: u64 = 100_000_000;

/// Writes beside the file and renames at the end, so that there is never half a file under its name.
fn write(order: &Order, out: &Path) -> Result<Made> {
    let cannot = || format!("{} cannot be written", out.display());
    std::fs::create_dir_all(folder(out)).with_context(cannot)?;
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let made = File::create(&part).map_err(MakeError::from).and_then(|file| {
        let mut file = BufWriter::with_capacity(1 << 18, file);
        let mut shown = Shown::new(order.name, order.bytes);
        let is_shown = order.bytes >= LONG || !shown.bar.is_hidden();
        let mut at = 0;
        let made =
            make_as(order.format, order.name, (order.seed, order.split), order.bytes, &mut file, &mut |bytes| {
                // Not for each document: drawing would take longer than writing.
                if is_shown && bytes - at >= 1 << 18 {
                    shown.at(bytes);
                    at = bytes;
                }
                ControlFlow::Continue(())
            })?;
        shown.bar.finish_and_clear();
        file.flush()?;
        Ok(made)
    });
    let done = made.map_err(anyhow::Error::from).and_then(|made| {
        std::fs::rename(&part, out)?;
        Ok(made)
    });
    if done.is_err()
        && let Err(error) = std::fs::remove_file(&part)
        && error.kind() != ErrorKind::NotFound
    {
        eprintln!("{}: {error}", part.display());
    }
    done.with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read_in_units_of_a_thousand() {
        for (written, bytes) in
            [("10MB", 10_000_000), ("500kb", 500_000), ("1 GB", 1_000_000_000), ("12", 12), ("3m", 3_000_000)]
        {
            assert_eq!(size(written), Some(bytes), "{written}");
        }
        for wrong in ["", "MB", "0", "0MB", "-1MB", "1.5MB", "10XB", "99999999999GB", "열", "10메가"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
    }
}
