//! Makes texts from nodes.

use super::check::Tally;
use super::{Alternative, Choice, Condition, Grammar, Node, Operand, Shape, Slot, Source, number};
use crate::hangul::{has_final, last_sound};
use crate::lexicon::Entry;
use crate::rng::{HASH_START, Rng, hash};
use crate::verbs::{conjugate, conjugate_word};
use std::collections::BTreeMap;

/// Rules that call one another deeper than this do so without an end.
const DEEPEST: usize = 40;

/// A text, what it is about, and the key from which its split follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// The text.
    pub text: String,
    /// The variables that were drawn, by name.
    pub values: BTreeMap<String, String>,
    /// A hash of the main choices: the same story about the same people and things has the same key.
    pub key: u64,
}

/// The main choices of a text that is not written yet.
pub struct Plan<'g> {
    run: Run<'g>,
    alternative: Option<&'g Alternative>,
    key: Option<u64>,
}

impl<'g> Plan<'g> {
    pub(super) fn new(grammar: &'g Grammar, rule: Option<usize>, rng: &'g mut Rng) -> Self {
        Self::tallied(grammar, rule, rng, None)
    }

    pub(super) fn tallied(
        grammar: &'g Grammar,
        rule: Option<usize>,
        rng: &'g mut Rng,
        tally: Option<&'g mut Tally>,
    ) -> Self {
        let mut run = Run {
            grammar,
            rng,
            tally,
            values: grammar.variables.iter().map(|_| Value::None).collect(),
            out: String::new(),
            depth: 0,
        };
        let mut key = hash(HASH_START, grammar.file.as_bytes());
        let mut alternative = None;
        let mut next = rule;
        // An alternative that only calls another rule is not yet a main choice.
        while let Some(rule) = next.take() {
            alternative = run.pick(&grammar.rules[rule].choice);
            let Some(chosen) = alternative else { break };
            key = hash(key, &(chosen.number as u64).to_le_bytes());
            if let [Node::Rule(inner)] = chosen.nodes[..]
                && chosen.key.is_empty()
                && inner != rule
            {
                next = Some(inner);
            }
        }
        let variables = alternative.map_or(&[][..], |chosen| &chosen.key);
        for variable in variables {
            run.draw(*variable);
            key = hash(hash(key, run.text(*variable).as_bytes()), b"/");
        }
        let key = (!variables.is_empty()).then_some(key);
        Self { run, alternative, key }
    }

    /// The key, where it follows from the main choices; else it follows from the text.
    pub fn key(&self) -> Option<u64> {
        self.key
    }

    /// Writes the text and its key.
    pub fn write(mut self) -> (String, u64) {
        self.fill();
        let text = std::mem::take(&mut self.run.out);
        let key = self.key.unwrap_or_else(|| hash(HASH_START, text.as_bytes()));
        (text, key)
    }

    /// Writes the text and says what was drawn.
    pub fn finish(mut self) -> Expansion {
        self.fill();
        let run = &self.run;
        let drawn = run.values.iter().enumerate().filter(|(_, value)| !matches!(value, Value::None));
        let values = drawn.map(|(place, _)| (run.grammar.variables[place].name.clone(), run.text(place))).collect();
        let text = std::mem::take(&mut self.run.out);
        let key = self.key.unwrap_or_else(|| hash(HASH_START, text.as_bytes()));
        Expansion { text, values, key }
    }

    fn fill(&mut self) {
        if let Some(alternative) = self.alternative {
            self.run.out.reserve(1024);
            self.run.nodes(&alternative.nodes);
            let end = self.run.out.trim_end().len();
            self.run.out.truncate(end);
        }
    }
}

#[derive(Clone, Debug)]
enum Value {
    None,
    Entry(&'static Entry),
    Number(i64),
    Text(String),
}

struct Run<'g> {
    grammar: &'g Grammar,
    rng: &'g mut Rng,
    tally: Option<&'g mut Tally>,
    values: Vec<Value>,
    out: String,
    depth: usize,
}

impl<'g> Run<'g> {
    fn nodes(&mut self, nodes: &'g [Node]) {
        for node in nodes {
            match node {
                Node::Text(text) => self.push(text),
                Node::Break => {
                    let end = self.out.trim_end_matches(' ').len();
                    self.out.truncate(end);
                    self.out.push('\n');
                }
                Node::Value(slot) => self.slot(slot),
                Node::Rule(rule) => self.rule(*rule),
                Node::Keep { variable, rule } => {
                    let start = self.out.len();
                    self.rule(*rule);
                    self.values[*variable] = Value::Text(self.out.get(start..).unwrap_or_default().to_owned());
                }
                Node::Choice(choice) => self.choice(choice),
            }
        }
    }

    /// Appends a text without doubling a space that an empty choice left.
    fn push(&mut self, text: &str) {
        let text = match self.out.as_bytes().last() {
            None | Some(b' ' | b'\n') => text.trim_start_matches(' '),
            _ => text,
        };
        if text.starts_with(['.', ',', '?', '!']) && self.out.ends_with(' ') {
            self.out.pop();
        }
        self.out.push_str(text);
    }

    fn rule(&mut self, rule: usize) {
        if self.depth >= DEEPEST {
            if let Some(tally) = &mut self.tally {
                tally.endless(rule);
            }
            return;
        }
        self.depth += 1;
        self.choice(&self.grammar.rules[rule].choice);
        self.depth -= 1;
    }

    fn choice(&mut self, choice: &'g Choice) {
        if let Some(alternative) = self.pick(choice) {
            self.nodes(&alternative.nodes);
        }
    }

    fn pick(&mut self, choice: &'g Choice) -> Option<&'g Alternative> {
        let all = &choice.alternatives;
        if self.tally.is_none() && !choice.conditional {
            if choice.total as usize == all.len() {
                return self.rng.pick(all);
            }
            let mut left = self.rng.below(choice.total);
            return all.iter().find(|one| {
                let here = left < one.weight;
                left = left.saturating_sub(one.weight);
                here
            });
        }
        let mut weights = Vec::with_capacity(all.len());
        for one in all {
            let fits = one.conditions.iter().all(|condition| self.fits(condition));
            weights.push(if fits { one.weight } else { 0 });
        }
        if let Some(tally) = &mut self.tally {
            return tally.rarest(choice, &weights, self.rng);
        }
        if weights.iter().all(|weight| *weight == 0) { None } else { all.get(self.rng.weighted(&weights)) }
    }

    fn fits(&mut self, condition: &Condition) -> bool {
        self.draw(condition.variable);
        let matches = |text: &str| condition.values.iter().any(|value| value == text);
        let holds = match (&self.values[condition.variable], &condition.field) {
            (Value::Entry(entry), None) => matches(&entry.text),
            (Value::Entry(entry), Some(field)) => entry.field(field).is_some_and(matches),
            (Value::Number(number), _) => matches(&number.to_string()),
            (Value::Text(text), _) => matches(text),
            (Value::None, _) => matches(""),
        };
        holds != condition.not
    }

    /// Gives a variable its value, once.
    fn draw(&mut self, variable: usize) {
        if !matches!(self.values[variable], Value::None) {
            return;
        }
        let value = match &self.grammar.variables[variable].source {
            Source::List(entries) => self.entry(entries),
            Source::Number(low, high) => Value::Number(self.rng.range(*low, *high)),
            Source::Sum(left, sign, right) => {
                let (left, right) = (self.operand(*left), self.operand(*right));
                Value::Number(match sign {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    '/' => left.checked_div(right).unwrap_or_default(),
                    _ => left.checked_rem(right).unwrap_or_default(),
                })
            }
            Source::Template(nodes) => {
                if self.depth >= DEEPEST {
                    return;
                }
                self.depth += 1;
                let out = std::mem::take(&mut self.out);
                self.nodes(nodes);
                self.depth -= 1;
                Value::Text(std::mem::replace(&mut self.out, out))
            }
            Source::Kept => Value::None,
        };
        self.values[variable] = value;
    }

    /// An entry whose word stands in no other variable, where that can be found soon.
    fn entry(&mut self, entries: &[&'static Entry]) -> Value {
        let mut last = Value::None;
        for _ in 0..24 {
            let Some(entry) = self.rng.pick(entries) else { break };
            last = Value::Entry(entry);
            let taken =
                self.values.iter().any(|value| matches!(value, Value::Entry(other) if other.text == entry.text));
            if !taken {
                break;
            }
        }
        last
    }

    fn operand(&mut self, operand: Operand) -> i64 {
        match operand {
            Operand::Number(number) => number,
            Operand::Variable(variable) => {
                self.draw(variable);
                if let Value::Number(number) = self.values[variable] { number } else { 0 }
            }
        }
    }

    fn text(&self, variable: usize) -> String {
        match &self.values[variable] {
            Value::None => String::new(),
            Value::Entry(entry) => entry.text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
        }
    }

    fn slot(&mut self, slot: &Slot) {
        self.draw(slot.variable);
        let start = self.out.len();
        match &self.values[slot.variable] {
            Value::None => {
                if let Some(tally) = &mut self.tally {
                    tally.unset(slot.line, slot.variable);
                }
            }
            Value::Entry(entry) => match (&slot.field, slot.shape) {
                (None, Shape::Verb(form)) => self.out.push_str(&conjugate(entry, form)),
                (Some(field), Shape::Verb(form)) => {
                    self.out.push_str(&conjugate_word(entry.field(field).unwrap_or_default(), form))
                }
                (Some(field), _) => self.out.push_str(entry.field(field).unwrap_or_default()),
                (None, _) => self.out.push_str(&entry.text),
            },
            Value::Number(value) => match slot.shape {
                Shape::Number(style) => self.out.push_str(&number::words(*value, style)),
                _ => self.out.push_str(&value.to_string()),
            },
            Value::Text(text) => match slot.shape {
                Shape::Verb(form) => self.out.push_str(&conjugate_word(text, form)),
                _ => self.out.push_str(text),
            },
        }
        if slot.shape == Shape::Familiar && has_final(self.out.get(start..).unwrap_or_default()) {
            self.out.push('이');
        }
        if let Some(particle) = slot.particle {
            let sound = last_sound(self.out.get(start..).unwrap_or_default());
            self.out.push_str(particle.after(sound));
        }
    }
}
