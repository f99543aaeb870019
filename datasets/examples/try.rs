//! Prints expansions of a rule of a file of templates: `cargo run -q -p workshop-datasets --example try -- FILE RULE SEED COUNT`.
//!
//! Every mistake of the file is listed; with several entry rules, name them as `a,b` to have the whole file checked.

use std::process::ExitCode;
use workshop_datasets::grammar::Grammar;
use workshop_datasets::rng::Rng;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, rules, seed, count] = &words[..] else {
        eprintln!("usage: try FILE RULE[,RULE...] SEED COUNT");
        return ExitCode::from(2);
    };
    let (Ok(text), Ok(seed), Ok(count)) = (std::fs::read_to_string(file), seed.parse::<u64>(), count.parse::<u64>())
    else {
        eprintln!("FILE must be readable, SEED and COUNT must be numbers");
        return ExitCode::from(2);
    };
    let grammar = match Grammar::parse_all(file, &text) {
        Ok(grammar) => grammar,
        Err(errors) => {
            errors.iter().for_each(|error| eprintln!("{error}"));
            return ExitCode::FAILURE;
        }
    };
    let rules: Vec<&str> = rules.split(',').collect();
    for index in 0..count {
        for rule in &rules {
            println!("{}\n", grammar.expand(rule, &mut Rng::new(seed, index)).text);
        }
    }
    let report = grammar.check(&rules, 4000);
    report.errors.iter().for_each(|error| eprintln!("{error}"));
    eprintln!(
        "{} rules, {} alternatives, {} mistakes in {} expansions",
        grammar.rules().count(),
        grammar.alternatives(),
        report.errors.len(),
        report.expansions
    );
    if report.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
