//! The pipeline on the raw sample, whose truth is known.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use week00_workbench::datasets::raw::{self, Raw};
use week02_data::pipeline::score::{mistakes, scores};
use week02_data::pipeline::{Document, Settings, clean};

#[test]
fn every_step_finds_what_it_is_for_and_little_else() {
    let sample: Vec<Raw> = raw::dump(1).take(4000).collect();
    let documents = sample.iter().enumerate().map(|(i, raw)| Document::from_raw(i as u64, raw)).collect();
    let cleaned = clean(documents, &Settings::default(), &raw::test_set()).expect("settings");
    let truths: Vec<raw::Truth> = sample.iter().map(|raw| raw.truth.clone()).collect();
    for score in scores(&cleaned.outcomes, &truths) {
        println!("{:?} precision {:.3} recall {:.3}", score, score.precision(), score.recall());
    }
    println!("{:?}", mistakes(&cleaned.outcomes, &truths));
    println!("{}", serde_json::to_string_pretty(&cleaned.tally).expect("x"));
    let mut shown = std::collections::BTreeMap::<String, usize>::new();
    for ((outcome, truth), raw) in cleaned.outcomes.iter().zip(&truths).zip(&sample) {
        let wrong = outcome.removed.is_some() == truth.clean.is_some()
            || (outcome.removed.is_none() && !week02_data::pipeline::score::is_mended(outcome, truth));
        if wrong {
            let n = shown
                .entry(format!("{:?} {:?}", truth.dirt, outcome.removed.as_ref().map(|r| r.1.clone())))
                .or_default();
            *n += 1;
            if *n <= 2 {
                println!("--- {:?} {:?}\n{}\n=>{}", truth.dirt, outcome.removed, raw.text(), outcome.text);
            }
        }
    }
    println!("{shown:#?}");
}
