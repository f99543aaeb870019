//! Which bands find which duplicates? Fills in the learner's report: `workshop run week02 thresholds`.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use week00_workbench::{Show as _, plot};
use week02_data::lsh::s_curve;
use week02_data::thresholds::{Settings, collection, measure, table};
use workshop_base::experiment::{Handed, ReportError};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// The experiment of this program.
const ID: &str = "week02/thresholds";

/// Runs the experiment with the settings of your report, and fills its table in.
#[derive(Parser)]
struct Args {}

fn main() -> ExitCode {
    workshop_base::run(thresholds)
}

fn thresholds() -> Result<()> {
    let Args {} = Args::parse();
    let text = Catalogue::from_env();
    let said = |error: ReportError| anyhow!(error.say(ID, &text));
    let handed = Handed::take("week02-data/experiments/thresholds.md").map_err(said)?;
    let settings: Settings = handed.report().and_then(|report| report.settings()).map_err(said)?;
    settings.validate().map_err(|error| anyhow!(error.say(&text)))?;

    let collection = collection(&settings);
    println!(
        "{}",
        tr!(text, "{count} texts and a near copy of each, seed {seed}", count = settings.texts, seed = settings.seed)
    );
    let mut records = vec![];
    for shingle in &settings.shingles {
        let measured = measure(&settings, &collection, *shingle);
        println!(
            "{}",
            tr!(
                text,
                "shingles of {shingle} signs: {duplicates} of {pairs} pairs are duplicates",
                shingle = shingle,
                duplicates = measured.first().map_or(0, |record| record.duplicates),
                pairs = measured.first().map_or(0, |record| record.pairs)
            )
        );
        records.extend(measured);
    }
    handed.fill(|text| table(&records, &settings, text), "cpu", &text).map_err(said)?;
    if let Some(path) = handed.path() {
        println!("{}", tr!(text, "The table is in {path}; now your conclusion.", path = path.display()));
    }
    let curves: Vec<(String, Vec<(f64, f64)>)> = settings
        .bands_rows
        .iter()
        .map(|(bands, rows)| {
            let points = (0..=100).map(|i| f64::from(i) / 100.0).map(|s| (s, s_curve(s, *bands, *rows)));
            (format!("{bands} × {rows}"), points.collect())
        })
        .collect();
    plot::series(&tr!(text, "Jaccard similarity"), &tr!(text, "probability of a candidate"), &curves)?.show()
}
