//! How large should the vocabulary be? Fills in the learner's report: `workshop run week03 vocabulary`.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use week00_workbench::{Show as _, plot};
use week03_tokenizer::vocabulary::{Settings, Texts, measure, name, table};
use workshop_base::experiment::{Handed, ReportError};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// The experiment of this program.
const ID: &str = "week03/vocabulary";

/// Runs the experiment with the settings of your report, and fills its table in.
#[derive(Parser)]
struct Args {}

fn main() -> ExitCode {
    workshop_base::run(vocabulary)
}

fn vocabulary() -> Result<()> {
    let Args {} = Args::parse();
    let text = Catalogue::from_env();
    let said = |error: ReportError| anyhow!(error.say(ID, &text));
    let handed = Handed::take("week03-tokenizer/experiments/vocabulary.md").map_err(said)?;
    let settings: Settings = handed.report().and_then(|report| report.settings()).map_err(said)?;
    settings.validate().map_err(|error| anyhow!(error.say(&text)))?;

    println!("{}", tr!(text, "Seed {seed}, {size} kB of text", seed = settings.seed, size = settings.kilobytes));
    let texts = Texts::new(&settings);
    let (mut records, mut curves) = (vec![], vec![]);
    for pattern in &settings.patterns {
        let measured = measure(&settings, *pattern, &texts)?;
        for record in &measured {
            println!(
                "{}",
                tr!(
                    text,
                    "{pattern}, {tokens} tokens: {fertility} tokens a word",
                    pattern = name(*pattern),
                    tokens = record.vocabulary,
                    fertility = format!("{:.3}", record.tokens_a_word)
                )
            );
        }
        let points = measured.iter().map(|record| ((record.vocabulary as f64).log2(), record.tokens_a_word));
        curves.push((name(*pattern), points.collect()));
        records.extend(measured);
    }
    // Tokens are counted, not computed: there is one device.
    handed.fill(|text| table(&records, text), "cpu", &text).map_err(said)?;
    if let Some(path) = handed.path() {
        println!("{}", tr!(text, "The table is in {path}; now your conclusion.", path = path.display()));
    }
    let (x, y) = (tr!(text, "vocabulary, as a power of 2"), tr!(text, "tokens a word"));
    plot::series(&x, &y, &curves)?.show()
}
