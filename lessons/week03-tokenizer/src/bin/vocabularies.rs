//! `vocabularies FOLDER`: packs the vocabularies that the page's playground shows.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Parser;
use week03_tokenizer::real::Real;
use week03_tokenizer::{course, gguf, packed};

/// Packs the vocabularies that the page's playground shows: the course's own, those of OpenAI, and, from its file,
/// SmolLM2's
#[derive(Parser)]
struct Args {
    /// The folder to write to
    folder: PathBuf,
    /// SmolLM2 as GGUF, else the file that WORKSHOP_SMOLLM2 names; without either, its vocabulary is left out
    #[arg(long)]
    smollm2: Option<PathBuf>,
}

fn main() -> Result<()> {
    let Args { folder, smollm2 } = Args::parse();
    let write = |name: &str, bytes: Vec<u8>| {
        let place = folder.join(name).with_extension("vocab");
        workshop_base::files::write_whole(&place, &bytes).with_context(|| place.display().to_string())?;
        println!("{}: {} kB", place.display(), bytes.len() / 1000);
        anyhow::Ok(())
    };
    write("course", packed::write(&course::tokenizer()?, false)?)?;
    for real in Real::ALL {
        write(real.name(), packed::write(&real.tokenizer()?, true)?)?;
    }
    if let Some(file) = smollm2.or_else(|| std::env::var_os("WORKSHOP_SMOLLM2").map(PathBuf::from)) {
        let at = || file.display().to_string();
        let bytes = std::fs::read(&file).with_context(at)?;
        let tokenizer = gguf::read(&bytes).and_then(|head| head.tokenizer()).with_context(at)?;
        write("smollm2", packed::write(&tokenizer, false)?)?;
    }
    Ok(())
}
