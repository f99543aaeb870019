//! Measures the corpus: `cargo run --release -p workshop-datasets --example measure -- [MEGABYTES]`.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;
use workshop_datasets::corpus::{self, documents};
use workshop_datasets::lexicon::Lexicon;
use workshop_datasets::passages;
use workshop_datasets::split::Split;

fn main() {
    let megabytes = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(10);
    let lexicon = Lexicon::embedded();
    println!("lexicon: {} entries in {} lists", lexicon.entries().len(), lexicon.names().count());
    let (mut rules, mut alternatives) = (0, 0);
    for (kind, grammar) in corpus::grammars() {
        println!("{:12} {:4} rules {:5} alternatives", kind.name(), grammar.rules().count(), grammar.alternatives());
        rules += grammar.rules().count();
        alternatives += grammar.alternatives();
    }
    println!("together: {rules} rules, {alternatives} alternatives, {} passages", passages::all().len());
    documents(7, Split::Train).next();
    let start = Instant::now();
    let made: Vec<_> = documents(7, Split::Train).up_to(megabytes * 1_000_000).collect();
    let seconds = start.elapsed().as_secs_f64();
    let bytes: usize = made.iter().map(|one| one.text.len()).sum();
    println!(
        "{} documents, {:.1} MB in {seconds:.2} s: {:.0} MB/s",
        made.len(),
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / seconds
    );
    let start = Instant::now();
    let small: usize = documents(7, Split::Test).up_to(megabytes * 10_000).map(|one| one.text.len()).sum();
    println!("test split: {:.2} MB in {:.2} s", small as f64 / 1e6, start.elapsed().as_secs_f64());
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut sentences, mut distinct) = (0, HashSet::new());
    for one in &made {
        let kind = kinds.entry(one.kind.name()).or_default();
        kind.0 += 1;
        kind.1 += one.text.len();
        let split = one.text.split_inclusive(['.', '?', '!', '\n']).map(str::trim);
        for sentence in split.filter(|sentence| sentence.chars().count() > 2) {
            sentences += 1;
            distinct.insert(sentence);
        }
    }
    for (kind, (count, bytes)) in kinds {
        println!(
            "{kind:12} {count:6} documents {:5.1} % of the bytes",
            bytes as f64 * 100.0 / made.iter().map(|one| one.text.len()).sum::<usize>() as f64
        );
    }
    let texts: HashSet<&str> = made.iter().map(|one| one.text.as_str()).collect();
    println!(
        "sentences: {sentences}, distinct {} ({:.1} %)",
        distinct.len(),
        distinct.len() as f64 * 100.0 / f64::from(sentences)
    );
    println!("distinct documents: {:.1} %", texts.len() as f64 * 100.0 / made.len() as f64);
}
