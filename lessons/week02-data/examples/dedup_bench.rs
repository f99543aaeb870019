//! Our side of a measurement against datasketch: MinHash and LSH of the lines of a file, and the exact truth.
//!
//! `tests/reference/week02_datasketch_bench.py` runs it, in three ways:
//!
//! ```text
//! dedup_bench prepare FILE OUT            the different lines of FILE, normalised, to OUT, a line each
//! dedup_bench truth FILE OUT T            all pairs with a similarity of T or more, by exact comparison, to OUT
//! dedup_bench find FILE OUT BANDS ROWS THREADS
//!                                         the candidates of LSH to OUT; seconds and counts to the standard output
//! ```

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use rayon::prelude::*;
use week02_data::all_pairs::{numbered, similar_pairs};
use week02_data::bands::{Signatures, candidates};
use week02_data::dedup::{Dedup, Duplicates, Verify, normalised};
use week02_data::sketch::{Sketcher, hash_shingles, permutations};

const K: usize = 5;
const PLACES: usize = 128;
const CHUNK: usize = 256;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["prepare", file, out] => {
            let text = read(file)?;
            let mut seen = HashSet::new();
            let mut lines = String::new();
            for line in text.lines().map(normalised).filter(|line| !line.is_empty()) {
                if seen.insert(line.clone()) {
                    lines += &line;
                    lines.push('\n');
                }
            }
            write(out, &lines)
        }
        ["truth", file, out, threshold] => {
            let text = read(file)?;
            let lines: Vec<&str> = text.lines().collect();
            let began = Instant::now();
            let pairs = similar_pairs(&numbered(&lines, K), threshold.parse().context("a threshold")?);
            println!(r#"{{"pairs": {}, "seconds": {:.3}}}"#, pairs.len(), began.elapsed().as_secs_f64());
            write(out, &listed(pairs.into_iter().map(|(i, j, _)| (i as u32, j as u32))))
        }
        ["find", file, out, bands, rows, threads] => {
            let (bands, rows): (usize, usize) = (bands.parse().context("bands")?, rows.parse().context("rows")?);
            let text = read(file)?;
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse().context("threads")?).build()?;
            pool.install(|| find(&text, out, bands, rows))
        }
        _ => bail!("prepare FILE OUT, truth FILE OUT THRESHOLD, or find FILE OUT BANDS ROWS THREADS"),
    }
}

fn find(text: &str, out: &str, bands: usize, rows: usize) -> Result<()> {
    let lines: Vec<&str> = text.lines().collect();
    let began = Instant::now();
    let sketcher = Sketcher::new(&permutations(PLACES, 1));
    let mut signatures = vec![0_u32; lines.len() * PLACES];
    signatures.par_chunks_mut(CHUNK * PLACES).zip(lines.par_chunks(CHUNK)).for_each(|(signatures, lines)| {
        let mut hashes = vec![];
        for (signature, line) in signatures.chunks_mut(PLACES).zip(lines) {
            hash_shingles(line, K, &mut hashes);
            sketcher.signature(&hashes, signature);
        }
    });
    let minhash = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let pairs = candidates(Signatures::new(&signatures, PLACES), bands, rows);
    let lsh = began.elapsed().as_secs_f64();
    // The whole job, as the lesson does it: normalised, exact duplicates, signatures, bands, exact comparison, clusters.
    let began = Instant::now();
    let found = Dedup { bands, rows, ..Dedup::default() }.find(&lines)?;
    let whole = began.elapsed().as_secs_f64();
    let unverified = Dedup { bands, rows, verify: Verify::Nothing, ..Dedup::default() }.find(&lines)?;
    let largest = |found: &Duplicates| found.clusters().first().map_or(1, Vec::len);
    println!(
        r#"{{"lines": {}, "minhash": {minhash:.3}, "lsh": {lsh:.3}, "pairs": {}, "whole": {whole:.3}, "near": {}, "largest": {}, "near_unverified": {}, "largest_unverified": {}}}"#,
        lines.len(),
        pairs.len(),
        found.near,
        largest(&found),
        unverified.near,
        largest(&unverified)
    );
    write(out, &listed(pairs.into_iter()))
}

fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| file.to_owned())
}

fn write(file: &str, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| file.to_owned())
}

fn listed(pairs: impl Iterator<Item = (u32, u32)>) -> String {
    pairs.fold(String::new(), |mut listed, (i, j)| {
        let _ = writeln!(listed, "{i} {j}"); // writing to a String cannot fail
        listed
    })
}
