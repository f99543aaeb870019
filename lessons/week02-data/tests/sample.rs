//! The pipeline on the raw sample, whose truth is known.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use week00_workbench::datasets::raw::{self, Dirt, Raw, Truth};
use week02_data::pipeline::score::{StepScore, mistakes, scores};
use week02_data::pipeline::{Cleaned, Document, PRESETS, Settings, Step, clean};

fn cleaned(settings: &Settings, seed: u64, count: usize) -> (Cleaned, Vec<Truth>) {
    let sample: Vec<Raw> = raw::dump(seed).take(count).collect();
    let documents = sample.iter().zip(0..).map(|(raw, number)| Document::from_raw(number, raw)).collect();
    let cleaned = clean(documents, settings, &raw::test_set()).expect("settings");
    (cleaned, sample.into_iter().map(|raw| raw.truth).collect())
}

/// Precision and recall that each step has at least. Measured with seeds 1 and 2 on 4,000 documents each, the smaller of
/// the two, and less three standard errors of it or a hundredth.
const FLOORS: [(Step, f64, f64); 9] = [
    (Step::Decode, 0.99, 0.99),
    (Step::Normalise, 0.99, 0.99),
    (Step::Html, 0.90, 0.90),
    (Step::Language, 0.82, 0.99),
    (Step::Quality, 0.80, 0.88),
    (Step::Personal, 0.99, 0.62),
    (Step::Exact, 0.99, 0.99),
    (Step::Near, 0.83, 0.85),
    (Step::Decontaminate, 0.99, 0.50),
];

#[test]
fn every_step_finds_what_it_is_for_and_little_else() {
    for seed in [1, 2] {
        let (cleaned, truths) = cleaned(&Settings::default(), seed, 4000);
        let scores: Vec<StepScore> = scores(&cleaned.outcomes, &truths);
        for (score, (step, precision, recall)) in scores.iter().zip(FLOORS) {
            println!("seed {seed}: {score:?} precision {:.3} recall {:.3}", score.precision(), score.recall());
            assert_eq!(score.step, step);
            assert!(score.dirty > 30, "{score:?}: too few to judge by");
            assert!(score.precision() >= precision && score.recall() >= recall, "seed {seed}: {score:?}");
        }
        let (lost, left) = mistakes(&cleaned.outcomes, &truths);
        println!("seed {seed}: {lost} lost, {left} left");
        assert!(lost < 200 && left < 60, "{lost} lost, {left} left");
    }
}

#[test]
fn what_is_counted_adds_up() {
    for (name, preset) in PRESETS {
        let (cleaned, truths) = cleaned(&preset(), 3, 1500);
        let tally = &cleaned.tally;
        let removed: u64 = tally.steps.values().map(|step| step.removed).sum();
        assert_eq!((tally.documents, tally.kept + removed), (1500, 1500), "{name}");
        assert_eq!(tally.parts.values().sum::<u64>(), tally.kept);
        assert_eq!(tally.lengths_before.bins.iter().sum::<u64>(), 1500);
        assert_eq!(tally.hangul_after.bins.iter().sum::<u64>(), tally.kept);
        assert_eq!(cleaned.texts().count() as u64, tally.kept);
        for step in tally.steps.values() {
            assert_eq!(step.reasons.values().sum::<u64>(), step.removed);
            assert_eq!(step.examples.len() as u64, step.removed.min(3));
        }
        // Each step sees what the one before it left.
        let mut reached = 1500;
        for step in Step::ALL {
            assert_eq!(tally.steps[&step].reached, reached, "{name}: {step:?}");
            reached -= tally.steps[&step].removed;
        }
        let kept =
            |dirt| cleaned.outcomes.iter().zip(&truths).filter(|(o, t)| t.dirt == dirt && o.removed.is_none()).count();
        assert_eq!(kept(Dirt::Empty), 0, "{name}");
    }
}

#[test]
fn presets_differ_in_what_they_keep() {
    let kept = |settings: Settings| cleaned(&settings, 5, 1500).0.tally.kept;
    let (gentle, default, strict) = (kept(Settings::gentle()), kept(Settings::default()), kept(Settings::strict()));
    assert!(gentle > default && default > strict, "{gentle} {default} {strict}");
}

#[test]
fn no_example_shows_what_is_masked() {
    let (cleaned, truths) = cleaned(&Settings { personal: vec![], ..Settings::strict() }, 7, 3000);
    let shown: String = cleaned.tally.steps.values().flat_map(|step| &step.examples).map(|e| e.text.as_str()).collect();
    for datum in truths.iter().flat_map(|truth| &truth.personal).filter(|datum| datum.contains(['@', '-'])) {
        assert!(!shown.contains(datum.as_str()), "{datum}");
    }
}

#[test]
fn parts_hang_on_the_text_alone() {
    let (small, _) = cleaned(&Settings::default(), 9, 1000);
    let (large, _) = cleaned(&Settings::default(), 9, 2000);
    for (small, large) in small.outcomes.iter().zip(&large.outcomes) {
        assert_eq!(small, large, "documents that come later change nothing about one that is there");
    }
}
