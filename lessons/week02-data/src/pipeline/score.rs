//! What a run did, held against the truth of the raw sample.

use serde::Serialize;
use week00_workbench::datasets::raw::{Dirt, Truth};

use super::Outcome;
use super::steps::Step;

/// How a step did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepScore {
    /// The step.
    pub step: Step,
    /// Documents that reached it with the dirt that it is for.
    pub dirty: usize,
    /// Of these, those that it dealt with: removed, or brought back to what they should be.
    pub caught: usize,
    /// Documents that it removed or, where it removes nothing, changed.
    pub touched: usize,
    /// Of these, those for which that was right: those that should go, or are what they should be at the end.
    pub rightly: usize,
}

impl StepScore {
    /// The share of what it touched that deserved it; 1 where it touched nothing.
    pub fn precision(&self) -> f64 {
        if self.touched == 0 { 1.0 } else { self.rightly as f64 / self.touched as f64 }
    }

    /// The share of its dirt that it dealt with; 1 where there was none.
    pub fn recall(&self) -> f64 {
        if self.dirty == 0 { 1.0 } else { self.caught as f64 / self.dirty as f64 }
    }
}

// ANCHOR: step_for
/// The step whose task a kind of dirt is.
pub fn step_for(dirt: Dirt) -> Option<Step> {
    Some(match dirt {
        Dirt::Clean => return None,
        Dirt::Mojibake | Dirt::Cp949 => Step::Decode,
        Dirt::Decomposed | Dirt::FullWidth | Dirt::Control => Step::Normalise,
        Dirt::Html => Step::Html,
        Dirt::Foreign => Step::Language,
        Dirt::TooShort | Dirt::Spam | Dirt::Repeated | Dirt::Empty => Step::Quality,
        Dirt::Personal => Step::Personal,
        Dirt::ExactDuplicate => Step::Exact,
        Dirt::NearDuplicate => Step::Near,
        Dirt::Contaminated => Step::Decontaminate,
    })
}
// ANCHOR_END: step_for

/// The score of every step, in order; each truth is that of the outcome at the same place.
///
/// A step that removes is right about every document that should go, whichever step it is the task of: 15 of ㅋ removed as
/// no Korean are as gone as if they had been removed as no good text.
pub fn scores(outcomes: &[Outcome], truths: &[Truth]) -> Vec<StepScore> {
    Step::ALL.into_iter().map(|step| score(step, outcomes, truths)).collect()
}

fn score(step: Step, outcomes: &[Outcome], truths: &[Truth]) -> StepScore {
    let mut score = StepScore { step, dirty: 0, caught: 0, touched: 0, rightly: 0 };
    let removes = !matches!(step, Step::Decode | Step::Normalise | Step::Html | Step::Personal);
    for (outcome, truth) in outcomes.iter().zip(truths) {
        let removed_by = outcome.removed.as_ref().map(|(step, _)| *step);
        let reached = removed_by.is_none_or(|by| by >= step);
        let changed = outcome.changed.contains(&step);
        let is_its_task = step_for(truth.dirt) == Some(step);
        // What a later step removes counts too: its text is as this one left it.
        let mended = is_mended(outcome, truth);
        let touched = if removes { removed_by == Some(step) } else { changed };
        let spoiled = truth.clean.is_some() && (removes || !mended);
        score.touched += usize::from(touched);
        score.rightly += usize::from(touched && !spoiled);
        score.dirty += usize::from(is_its_task && reached);
        let caught = if removes { removed_by == Some(step) } else { mended };
        score.caught += usize::from(is_its_task && reached && caught);
    }
    score
}

/// Whether a document that stays is what it should be: its text, up to white space; without the personal data.
pub fn is_mended(outcome: &Outcome, truth: &Truth) -> bool {
    if truth.dirt == Dirt::Personal {
        return truth.personal.iter().all(|datum| !outcome.text.contains(datum.as_str()));
    }
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    truth.clean.as_ref().is_some_and(|clean| plain(clean) == plain(&outcome.text))
}

/// Documents that were good, or could be mended, and were removed; and those that should have gone, and are left.
pub fn mistakes(outcomes: &[Outcome], truths: &[Truth]) -> (usize, usize) {
    let pairs = || outcomes.iter().zip(truths);
    let lost = pairs().filter(|(outcome, truth)| outcome.removed.is_some() && truth.clean.is_some()).count();
    let left = pairs().filter(|(outcome, truth)| outcome.removed.is_none() && truth.clean.is_none()).count();
    (lost, left)
}
