//! Training and encoding beside `tokenizers` and `tiktoken-rs`, on the same lines, in one run.
//!
//! `RAYON_NUM_THREADS=2 WORKSHOP_CACHE=.. cargo bench -p week03-tokenizer --bench speed`
//! reads `nsmc/raw.txt` of the cache.

use std::hint::black_box;
use std::time::Instant;

use tokenizers::Tokenizer;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use week03_tokenizer::bpe::Bpe;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::{batch, train};

fn seconds<T>(what: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let value = black_box(what());
    (start.elapsed().as_secs_f64(), value)
}

fn main() {
    let cache = std::env::var_os("WORKSHOP_CACHE").expect("WORKSHOP_CACHE names the folder that holds nsmc/raw.txt");
    let text = std::fs::read_to_string(std::path::Path::new(&cache).join("nsmc/raw.txt")).expect("nsmc/raw.txt");
    let lines: Vec<&str> = text.lines().collect();
    let megabytes = text.len() as f64 / 1e6;
    println!("{} lines, {megabytes:.1} MB, {} threads", lines.len(), rayon::current_num_threads());

    println!(
        "\n{:<34}{:>9}{:>13}{:>8}  equal",
        "training, byte-level, GPT-2's words", "ours s", "tokenizers s", "ratio"
    );
    let mut models = vec![];
    for merges in [8_000, 32_000] {
        let (ours, bpe) = seconds(|| {
            let words = batch::count_words(&lines, Pattern::Gpt2);
            let settings = train::Settings { least: 0, ..train::Settings::byte_level(256 + merges) };
            train::train(&words, &settings).expect("a text")
        });
        let (theirs, tokenizer) = seconds(|| {
            let mut tokenizer = Tokenizer::new(BPE::default());
            tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, false, true)));
            let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
                .show_progress(false)
                .vocab_size(256 + merges)
                .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
                .build()
                .into();
            tokenizer.train(&mut trainer, lines.iter().copied()).expect("a text");
            tokenizer
        });
        let equal =
            bpe.tokens().iter().enumerate().all(|(id, token)| {
                tokenizer.token_to_id(&week03_tokenizer::byte_level::written(token)) == Some(id as u32)
            });
        println!("{:<34}{ours:>9.2}{theirs:>13.2}{:>8.1}  {equal}", format!("{merges} merges"), theirs / ours);
        models.push((merges, bpe, tokenizer));
    }

    println!("\n{:<34}{:>9}{:>13}{:>8}  equal", "encoding, all lines", "ours MB/s", "theirs MB/s", "ratio");
    let row = |name: String, ours: f64, theirs: f64, equal: bool| {
        println!("{name:<34}{:>9.1}{:>13.1}{:>8.1}  {equal}", megabytes / ours, megabytes / theirs, theirs / ours);
    };
    for (merges, bpe, tokenizer) in &models {
        let (ours, ids) = seconds(|| batch::encode(bpe, Pattern::Gpt2, &lines));
        let (theirs, encoded) = seconds(|| tokenizer.encode_batch_fast(lines.clone(), false).expect("lines"));
        let equal = ids.iter().zip(&encoded).all(|(ids, encoded)| ids == encoded.get_ids());
        row(format!("tokenizers, {merges} merges"), ours, theirs, equal);
    }
    let tiktoken = [
        ("r50k (GPT-2)", tiktoken_rs::r50k_base(), Pattern::Gpt2, 50_256),
        ("cl100k", tiktoken_rs::cl100k_base(), Pattern::Cl100k, 100_256),
        ("o200k", tiktoken_rs::o200k_base(), Pattern::O200k, 199_998),
    ];
    for (name, core, pattern, size) in tiktoken {
        let core = core.expect("the vocabulary that tiktoken-rs brings");
        let tokens = (0..size).map(|id| core.decode_bytes(&[id]).expect("a token").into()).collect();
        let bpe = Bpe::from_ranks(tokens).expect("all bytes");
        let (ours, ids) = seconds(|| batch::encode(&bpe, pattern, &lines));
        let (theirs, encoded) = seconds(|| {
            use rayon::prelude::*;
            lines.par_iter().map(|line| core.encode_ordinary(line)).collect::<Vec<_>>()
        });
        row(format!("tiktoken-rs, {name}"), ours, theirs, ids == encoded);
    }
}
