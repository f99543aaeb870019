//! Reading a record of templates: its variables, and its fields as patterns.

use super::super::records::{self, Record};
use super::{Node, Origin, Pattern, Slot, Source, Sum, Template, Term, lists};
use crate::grammar::number::Style;
use crate::hangul::Particle;
use crate::lexicon::{Entry, Lexicon};

/// Reads a file of templates: those that could be read, and what is wrong with the others (a test holds that nothing is).
pub(in crate::tasks) fn read(text: &str) -> (Vec<Template>, Vec<String>) {
    let mut faults = Vec::new();
    let mut templates = Vec::new();
    for record in records::read(text) {
        match Template::of(&record) {
            Ok(template) => templates.push(template),
            Err(fault) => faults.push(format!("line {}: {fault}", record.line)),
        }
    }
    (templates, faults)
}

impl Template {
    /// Reads a record. Lists that are not named by `let` are found by the name of the slot.
    pub fn of(record: &Record) -> Result<Self, String> {
        let mut template = Self::empty();
        template.extend(record)?;
        Ok(template)
    }

    /// A template without fields.
    pub fn empty() -> Self {
        Self { variables: Vec::new(), fields: Vec::new() }
    }

    /// Adds the fields of a record, which see the variables that are there already.
    pub fn extend(&mut self, record: &Record) -> Result<(), String> {
        for part in record.all("let").flat_map(|line| line.split(';')).map(str::trim).filter(|part| !part.is_empty()) {
            let (name, origin) = part.split_once(" = ").ok_or_else(|| format!("“{part}” is no let"))?;
            let origin = self.origin(origin.trim())?;
            self.variables.push((name.trim().to_owned(), origin));
        }
        for (key, value) in record.fields.iter().filter(|(key, _)| key != "let") {
            let pattern = self.pattern(value)?;
            self.fields.push((key.clone(), pattern));
        }
        Ok(())
    }

    fn origin(&mut self, written: &str) -> Result<Origin, String> {
        if let Some((low, high)) = written.split_once("..") {
            return Ok(Origin::Range(self.sum(low)?, self.sum(high)?));
        }
        if written.starts_with('[') {
            return Ok(Origin::Choice(self.pattern(written)?));
        }
        match list(written) {
            Some(entries) => Ok(Origin::List { entries, name: written.to_owned() }),
            None => Ok(Origin::Value(self.sum(written)?)),
        }
    }

    fn variable(&mut self, name: &str) -> Result<usize, String> {
        if let Some(place) = self.variables.iter().position(|(found, _)| found == name) {
            return Ok(place);
        }
        let base = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let entries = list(base).ok_or_else(|| format!("no list and no variable “{name}”"))?;
        self.variables.push((name.to_owned(), Origin::List { entries, name: base.to_owned() }));
        Ok(self.variables.len() - 1)
    }

    fn sum(&mut self, written: &str) -> Result<Sum, String> {
        let mut terms = Vec::new();
        let mut sign = '+';
        let mut word = String::new();
        for letter in written.chars().chain(['+']) {
            if !"+-*/%".contains(letter) {
                word.push(letter);
                continue;
            }
            let name = word.trim();
            let term = match name.parse() {
                Ok(number) => Term::Number(number),
                Err(_) => Term::Variable(self.variable(name)?),
            };
            terms.push((sign, term));
            sign = letter;
            word.clear();
        }
        Ok(Sum(terms))
    }

    /// Reads a text with slots and choices.
    pub fn pattern(&mut self, written: &str) -> Result<Pattern, String> {
        let letters: Vec<char> = written.chars().collect();
        let mut nodes = Vec::new();
        let mut text = String::new();
        let mut at = 0;
        while at < letters.len() {
            let open = letters[at];
            let close = match open {
                '{' => '}',
                '[' => ']',
                '(' => ')',
                _ => {
                    text.push(open);
                    at += 1;
                    continue;
                }
            };
            let end = matching(&letters[at..], open, close)
                .ok_or_else(|| format!("“{open}” is not closed in “{written}”"))?
                + at;
            let inside: String = letters[at + 1..end].iter().collect();
            let parts = alternatives(&inside);
            if open == '(' && parts.len() < 2 {
                text.push(open);
                at += 1;
                continue;
            }
            nodes.push(Node::Text(std::mem::take(&mut text)));
            nodes.push(match open {
                '{' => Node::Slot(self.slot(&inside)?),
                '[' => Node::Choice(parts.iter().map(|part| self.pattern(part)).collect::<Result<_, _>>()?),
                _ => Node::Speech(parts.iter().map(|part| self.pattern(part)).collect::<Result<_, _>>()?),
            });
            at = end + 1;
        }
        nodes.push(Node::Text(text));
        nodes.retain(|node| !matches!(node, Node::Text(text) if text.is_empty()));
        Ok(Pattern(nodes))
    }

    fn slot(&mut self, inside: &str) -> Result<Slot, String> {
        let (rest, bare, key) = match (inside.split_once("::"), inside.split_once(':')) {
            (Some((rest, key)), _) => (rest, true, key),
            (None, Some((rest, key))) => (rest, false, key),
            (None, None) => (inside, false, ""),
        };
        let (rest, form) = rest.split_once('~').unwrap_or((rest, ""));
        let value = if rest.contains(['+', '-', '*', '/', '%']) {
            Source::Sum(self.sum(rest)?)
        } else {
            let (name, field) = rest.split_once('.').unwrap_or((rest, ""));
            let variable = self.variable(name)?;
            if let Origin::List { entries, name } = &self.variables[variable].1 {
                let lacking = entries.iter().find(|entry| !field.is_empty() && entry.field(field).is_none());
                if let Some(entry) = lacking {
                    return Err(format!("“{}” of “{name}” has no field “{field}”", entry.text));
                }
            }
            Source::Word { variable, field: field.to_owned() }
        };
        if !form.is_empty() && !["a", "s", "one", "comma", "cap", "이름"].contains(&form) && Style::of(form).is_none()
        {
            return Err(format!("no form “{form}”"));
        }
        if !key.is_empty() && Particle::of(key).is_none() {
            return Err(format!("no particle “{key}”"));
        }
        Ok(Slot { value, form: form.to_owned(), particle: key.to_owned(), bare })
    }
}

/// A list of the tasks or of the corpus.
fn list(name: &str) -> Option<Vec<&'static Entry>> {
    lists().list(name).or_else(|| Lexicon::embedded().list(name))
}

/// Where the bracket that opens `letters` is closed.
fn matching(letters: &[char], open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    letters.iter().position(|letter| {
        depth += i32::from(*letter == open) - i32::from(*letter == close);
        depth == 0
    })
}

/// The parts between the `|` of the outermost level.
fn alternatives(inside: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for letter in inside.chars() {
        depth += i32::from("{[(".contains(letter)) - i32::from("}])".contains(letter));
        match (letter, parts.last_mut()) {
            ('|', _) if depth == 0 => parts.push(String::new()),
            (_, Some(last)) => last.push(letter),
            (_, None) => {}
        }
    }
    parts
}
