//! Training and encoding beside `tokenizers` and `tiktoken-rs`, on the same lines, in one run.
//!
//! `RAYON_NUM_THREADS=2 WORKSHOP_CACHE=.. cargo bench -p week03-tokenizer --bench speed`
//! reads `nsmc/raw.txt` of the cache.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context as _, Error, Result};
use rayon::prelude::*;
use tokenizers::Tokenizer;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use week03_tokenizer::real::Real;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::tokenizer::Tokenizer as Ours;
use week03_tokenizer::{batch, byte_level, train};

fn seconds<T>(what: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let start = Instant::now();
    let value = black_box(what()?);
    Ok((start.elapsed().as_secs_f64(), value))
}

fn ours(lines: &[&str], merges: usize) -> Result<Ours> {
    let words = batch::count_words(lines, Pattern::Gpt2);
    let settings = train::Settings { least: 0, ..train::Settings::byte_level(256 + merges) };
    Ok(Ours::new(Pattern::Gpt2, train::train(&words, &settings)?))
}

fn theirs(lines: &[&str], merges: usize) -> Result<Tokenizer> {
    let mut tokenizer = Tokenizer::new(BPE::default());
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, false, true)));
    let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
        .show_progress(false)
        .vocab_size(256 + merges)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build()
        .into();
    tokenizer.train(&mut trainer, lines.iter().copied()).map_err(Error::from_boxed)?;
    Ok(tokenizer)
}

fn main() -> Result<()> {
    let cache =
        std::env::var_os("WORKSHOP_CACHE").context("WORKSHOP_CACHE names the folder that holds nsmc/raw.txt")?;
    let text = std::fs::read_to_string(std::path::Path::new(&cache).join("nsmc/raw.txt")).context("nsmc/raw.txt")?;
    let lines: Vec<&str> = text.lines().collect();
    let megabytes = text.len() as f64 / 1e6;
    println!("{} lines, {megabytes:.1} MB, {} threads", lines.len(), rayon::current_num_threads());

    println!("\n{:<26}{:>12}{:>14}{:>8}  equal", "training", "ours s", "tokenizers s", "ratio");
    let mut models = vec![];
    for merges in [8_000, 32_000] {
        let (ours, model) = seconds(|| ours(&lines, merges))?;
        let (theirs, tokenizer) = seconds(|| theirs(&lines, merges))?;
        let id_of = |token: &[u8]| tokenizer.token_to_id(&byte_level::written(token));
        let equal = (0..).zip(model.bpe.tokens()).all(|(id, token)| id_of(token) == Some(id));
        println!("{:<26}{ours:>12.2}{theirs:>14.2}{:>8.1}  {equal}", format!("{merges} merges"), theirs / ours);
        models.push((merges, model, tokenizer));
    }

    println!("\n{:<26}{:>12}{:>14}{:>8}  equal", "encoding", "ours MB/s", "theirs MB/s", "ratio");
    let row = |name: &str, ours: f64, theirs: f64, equal: bool| {
        println!("{name:<26}{:>12.1}{:>14.1}{:>8.1}  {equal}", megabytes / ours, megabytes / theirs, theirs / ours);
    };
    for (merges, model, tokenizer) in &models {
        let (ours, ids) = seconds(|| Ok(batch::encode(model, &lines)))?;
        let (theirs, encoded) =
            seconds(|| tokenizer.encode_batch_fast(lines.clone(), false).map_err(Error::from_boxed))?;
        let equal = ids.iter().zip(&encoded).all(|(ids, encoded)| ids == encoded.get_ids());
        row(&format!("tokenizers, {merges} merges"), ours, theirs, equal);
    }
    for real in Real::ALL {
        let tokenizer = real.tokenizer()?;
        let core = real.tiktoken();
        let (ours, ids) = seconds(|| Ok(batch::encode(&tokenizer, &lines)))?;
        let (theirs, encoded) =
            seconds(|| Ok(lines.par_iter().map(|line| core.encode_ordinary(line)).collect::<Vec<_>>()))?;
        row(&format!("tiktoken-rs, {}", real.name()), ours, theirs, ids == encoded);
    }
    Ok(())
}
