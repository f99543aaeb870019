//! `vocabularies FOLDER`: packs the vocabularies that the page's playground shows.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;
use week03_tokenizer::packed;
use week03_tokenizer::real::Real;

/// Packs the vocabularies that the page's playground shows
#[derive(Parser)]
struct Args {
    /// The folder to write to
    folder: PathBuf,
}

fn main() -> Result<()> {
    let Args { folder } = Args::parse();
    for real in Real::ALL {
        let place = folder.join(real.name()).with_extension("vocab");
        let bytes = packed::write(&real.tokenizer()?, true)?;
        workshop_base::files::write_whole(&place, &bytes).with_context(|| place.display().to_string())?;
        println!("{}: {} kB", place.display(), bytes.len() / 1000);
    }
    Ok(())
}
