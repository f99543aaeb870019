//! Which variables a template prints whatever is chosen below it: the key of a document follows from them before it is written.

use super::{Choice, Grammar, Node, Source};
use std::collections::BTreeSet;

/// Fewer combinations than this, and the key follows from the text: a hundredth of them would be too few, or none.
const ENOUGH: usize = 400;

type Set = BTreeSet<usize>;

/// Sets the key variables of the alternatives of every rule.
pub(super) fn mark(grammar: &mut Grammar) {
    let mut known: Vec<Set> = vec![Set::new(); grammar.rules.len()];
    // From below: a set only grows, and few rules call one another in circles.
    for _ in 0..16 {
        let next: Vec<Set> = grammar.rules.iter().map(|rule| of_choice(grammar, &known, &rule.choice)).collect();
        if next == known {
            break;
        }
        known = next;
    }
    let sets: Vec<Vec<Set>> = grammar
        .rules
        .iter()
        .map(|rule| rule.choice.alternatives.iter().map(|one| of_nodes(grammar, &known, &one.nodes)).collect())
        .collect();
    for (rule, sets) in sets.into_iter().enumerate() {
        for (place, set) in sets.into_iter().enumerate() {
            let key: Vec<usize> = set.into_iter().take(3).collect();
            let combinations: usize = key.iter().map(|variable| grammar.size(*variable)).product();
            if combinations >= ENOUGH {
                grammar.rules[rule].choice.alternatives[place].key = key;
            }
        }
    }
}

fn of_choice(grammar: &Grammar, known: &[Set], choice: &Choice) -> Set {
    let mut sets = choice.alternatives.iter().map(|one| of_nodes(grammar, known, &one.nodes));
    let first = sets.next().unwrap_or_default();
    sets.fold(first, |common, set| &common & &set)
}

fn of_nodes(grammar: &Grammar, known: &[Set], nodes: &[Node]) -> Set {
    let mut all = Set::new();
    for node in nodes {
        match node {
            Node::Text(_) | Node::Break => {}
            // A field alone does not tell two entries apart.
            Node::Value(slot) => match &grammar.variables[slot.variable].source {
                Source::List(_) | Source::Number(..) if slot.field.is_none() => {
                    all.insert(slot.variable);
                }
                Source::Template(nodes) => all.extend(of_nodes(grammar, known, nodes)),
                _ => {}
            },
            Node::Rule(rule) | Node::Keep { rule, .. } => all.extend(&known[*rule]),
            Node::Choice(choice) => all.extend(of_choice(grammar, known, choice)),
        }
    }
    all
}

impl Grammar {
    fn size(&self, variable: usize) -> usize {
        match &self.variables[variable].source {
            Source::List(entries) => entries.len(),
            Source::Number(low, high) => (high - low + 1).max(1) as usize,
            _ => 1,
        }
    }
}
