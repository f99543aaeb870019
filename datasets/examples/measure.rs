//! Measures the corpus, alone or beside another text of lines:
//! `cargo run --release -p workshop-datasets --example measure -- [MEGABYTES] [FILE]`.
//!
//! What both are measured by: how the number of different words grows with the number of words (type–token curve), which share
//! of the sentences is distinct, and which share of the runs of four and of eight words stood in the text before.

use std::collections::HashSet;
use std::time::Instant;

use workshop_datasets::corpus::{self, documents};
use workshop_datasets::lexicon::Lexicon;
use workshop_datasets::passages;
use workshop_datasets::split::Split;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let megabytes = arguments.next().and_then(|word| word.parse().ok()).unwrap_or(10);
    let lexicon = Lexicon::embedded();
    println!("lexicon: {} entries in {} lists", lexicon.entries().len(), lexicon.names().count());
    let (mut rules, mut alternatives) = (0, 0);
    for (_, grammar) in corpus::grammars() {
        rules += grammar.rules().count();
        alternatives += grammar.alternatives();
    }
    println!("{rules} rules, {alternatives} alternatives, {} passages", passages::all().len());

    documents(7, Split::Train).next();
    let start = Instant::now();
    let made: Vec<String> = documents(7, Split::Train).up_to(megabytes * 1_000_000).map(|one| one.text).collect();
    let seconds = start.elapsed().as_secs_f64();
    let bytes: usize = made.iter().map(String::len).sum();
    println!("{} documents, {:.1} MB/s on one core", made.len(), bytes as f64 / 1e6 / seconds);
    let texts: HashSet<&str> = made.iter().map(String::as_str).collect();
    println!("distinct documents: {:.1} %", share(texts.len(), made.len()));

    let made: Vec<&str> = made.iter().map(String::as_str).collect();
    figures("the corpus", &made);
    if let Some(file) = arguments.next() {
        let other = std::fs::read_to_string(&file)?;
        // As much of it as there is of ours.
        let mut left = bytes;
        let lines = other.lines().take_while(|line| {
            let fits = left >= line.len();
            left = left.saturating_sub(line.len());
            fits
        });
        figures(&file, &lines.collect::<Vec<_>>());
    }
    Ok(())
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

fn figures(name: &str, texts: &[&str]) {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    println!("\n{name}: {:.1} MB", bytes as f64 / 1e6);
    let sentences = || texts.iter().flat_map(|text| text.split_inclusive(['.', '?', '!', '\n'])).map(str::trim);
    let long = || sentences().filter(|sentence| sentence.chars().count() > 2);
    let distinct: HashSet<&str> = long().collect();
    println!("sentences: {}, distinct {:.1} %", long().count(), share(distinct.len(), long().count()));
    let words: Vec<Vec<&str>> = texts.iter().map(|text| text.split_whitespace().collect()).collect();
    for n in [4, 8] {
        let (mut all, mut known) = (0, HashSet::new());
        for run in words.iter().flat_map(|words| words.windows(n)) {
            all += 1;
            known.insert(run);
        }
        println!("runs of {n} words that stood there before: {:.1} %", share(all - known.len(), all));
    }
    let mut types = HashSet::new();
    let mut next = 1000;
    for (i, word) in words.iter().flatten().enumerate() {
        types.insert(*word);
        if i + 1 == next {
            println!("{next:>9} words, {:>7} different", types.len());
            next *= 10;
        }
    }
    let all: usize = words.iter().map(Vec::len).sum();
    println!("{all:>9} words, {:>7} different", types.len());
}
