//! How wide may a head be before attention saturates? Fills in the learner's report: `workshop run week04 saturation`.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use week00_workbench::rng::Rng;
use week00_workbench::{Show as _, device, plot};
use week04_attention::saturation::{Settings, measure, scores, table};
use workshop_base::experiment::{Handed, ReportError};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// The experiment of this program.
const ID: &str = "week04/saturation";

/// Runs the experiment with the settings of your report, and fills its table in.
#[derive(Parser)]
struct Args {}

fn main() -> ExitCode {
    workshop_base::run(saturation)
}

fn saturation() -> Result<()> {
    let Args {} = Args::parse();
    let text = Catalogue::from_env();
    let said = |error: ReportError| anyhow!(error.say(ID, &text));
    let handed = Handed::take("week04-attention/experiments/saturation.md").map_err(said)?;
    let settings: Settings = handed.report().and_then(|report| report.settings()).map_err(said)?;
    settings.validate().map_err(|error| anyhow!(error.say(&text)))?;

    let device = device().map_err(|error| anyhow!(error.say(&text)))?;
    let name = device::name(&device);
    let dtype = Rng::seed(settings.seed).normal(1, &device)?.dtype().as_str();
    println!(
        "{}",
        tr!(text, "Device {name}, numbers {dtype}, seed {seed}", name = name, dtype = dtype, seed = settings.seed)
    );
    let (mut records, mut curves) = (vec![], vec![]);
    for divided in &settings.divided {
        let mut points = vec![];
        for d in &settings.head_sizes {
            let record = measure(&settings, *d, *divided, &device)?;
            let largest = format!("{:.3}", record.largest);
            println!(
                "{}",
                tr!(
                    text,
                    "{scores}, D = {d}: the largest weight is {largest} on average",
                    scores = scores(*divided),
                    d = d,
                    largest = largest
                )
            );
            points.push(((*d as f64).log2(), record.largest));
            records.push(record);
        }
        curves.push((scores(*divided).to_owned(), points));
    }
    handed.fill(|text| table(&records, &settings, text), name, &text).map_err(said)?;
    if let Some(path) = handed.path() {
        println!("{}", tr!(text, "The table is in {path}; now your conclusion.", path = path.display()));
    }
    let (x, y) = (tr!(text, "head size D, as a power of 2"), tr!(text, "largest weight, on average"));
    plot::series(&x, &y, &curves)?.show()
}
