//! Walks a file of templates until every alternative was used, and says what was never reached or went wrong.

use super::{Alternative, Choice, Fault, Grammar, GrammarError, Plan};
use crate::rng::Rng;
use std::collections::{BTreeMap, BTreeSet};

/// What [`Grammar::check`] found.
#[derive(Debug)]
pub struct Report {
    /// How many texts were made.
    pub expansions: u32,
    /// What is wrong; empty where all is well.
    pub errors: Vec<GrammarError>,
}

/// Counts the uses of each alternative, and steers a run to the one that was used least.
#[derive(Debug)]
pub(super) struct Tally {
    uses: Vec<u32>,
    dead: BTreeMap<usize, u32>,
    unset: BTreeMap<(usize, usize), u32>,
    endless: BTreeSet<usize>,
}

impl Tally {
    pub(super) fn rarest<'g>(&mut self, choice: &'g Choice, weights: &[u32], rng: &mut Rng) -> Option<&'g Alternative> {
        let open: Vec<&Alternative> =
            choice.alternatives.iter().zip(weights).filter(|(_, weight)| **weight > 0).map(|(one, _)| one).collect();
        // Now and then any of them, so that conditions on earlier choices meet all values.
        let chosen = if rng.chance(1, 4) {
            rng.pick(&open).copied()
        } else {
            open.into_iter().min_by_key(|one| self.uses[one.number])
        };
        match chosen {
            Some(one) => self.uses[one.number] += 1,
            None => *self.dead.entry(choice.line).or_default() += 1,
        }
        chosen
    }

    pub(super) fn unset(&mut self, line: usize, variable: usize) {
        *self.unset.entry((line, variable)).or_default() += 1;
    }

    pub(super) fn endless(&mut self, rule: usize) {
        self.endless.insert(rule);
    }
}

impl Grammar {
    /// Expands `rules` in turn up to `rounds` times, until each alternative of the file was used at least once.
    pub fn check(&self, rules: &[&str], rounds: u32) -> Report {
        let mut tally = Tally {
            uses: vec![0; self.lines.len()],
            dead: BTreeMap::new(),
            unset: BTreeMap::new(),
            endless: BTreeSet::new(),
        };
        let mut errors = Vec::new();
        for rule in rules.iter().filter(|rule| !self.has(rule)) {
            errors.push(self.error(1, Fault::Rule((*rule).to_owned())));
        }
        let mut expansions = 0;
        for round in 0..rounds {
            for rule in rules {
                let mut rng = Rng::named("check", 0, u64::from(expansions));
                Plan::tallied(self, self.rule_names.get(*rule).copied(), &mut rng, Some(&mut tally)).write();
                expansions += 1;
            }
            if round >= rounds / 10 && tally.uses.iter().all(|uses| *uses > 0) {
                break;
            }
        }
        for (uses, (line, shown)) in tally.uses.iter().zip(&self.lines) {
            if *uses == 0 {
                errors.push(self.error(*line, Fault::Unreached(shown.clone())));
            }
        }
        errors.extend(tally.dead.iter().map(|(line, count)| self.error(*line, Fault::DeadEnd(*count))));
        errors.extend(tally.unset.iter().map(|((line, variable), count)| {
            self.error(*line, Fault::Unset { name: self.variables[*variable].name.clone(), count: *count })
        }));
        errors.extend(
            tally
                .endless
                .iter()
                .map(|rule| self.error(self.rules[*rule].line, Fault::Endless(self.rules[*rule].name.clone()))),
        );
        errors.sort_by_key(|error| error.line);
        Report { expansions, errors }
    }

    fn error(&self, line: usize, fault: Fault) -> GrammarError {
        GrammarError { file: self.file.clone(), line, fault }
    }
}
