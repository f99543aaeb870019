//! Reads a file of templates into nodes.

use super::number::Style;
use super::{
    Alternative, Choice, Condition, Fault, Grammar, GrammarError, Node, Operand, Rule, Shape, Slot, Source, Variable,
    certain,
};
use crate::hangul::Particle;
use crate::lexicon::{Entry, Lexicon};
use crate::verbs::Form;
use std::collections::BTreeMap;

/// A line that is not empty: its number, and its text with its continuations.
type Line = (usize, String);

pub(super) fn read(file: &str, text: &str, lexicon: &'static Lexicon) -> Result<Grammar, Vec<GrammarError>> {
    let lines = logical(text);
    let mut reader = Reader {
        file,
        lexicon,
        errors: Vec::new(),
        variables: Vec::new(),
        names: BTreeMap::new(),
        rules: BTreeMap::new(),
        lines: Vec::new(),
    };
    let heads = reader.names(&lines);
    let mut templates = Vec::new();
    for (place, (line, source)) in heads.variables.iter().enumerate() {
        if source.starts_with(['<', '[']) {
            templates.push((place, reader.template(*line, source)));
        }
    }
    for (place, nodes) in templates {
        reader.variables[place].source = Source::Template(nodes);
    }
    let mut rules = Vec::new();
    for (line, name, alternatives) in heads.rules {
        let mut choice = Choice { line, ..Choice::default() };
        for (line, text) in alternatives {
            let alternative = reader.alternative(line, &mut Cursor { rest: &text, line }, 0);
            choice.push(alternative);
        }
        if choice.alternatives.is_empty() {
            reader.fail(line, Fault::Empty(name.clone()));
        }
        rules.push(Rule { line, name, choice });
    }
    if !reader.errors.is_empty() {
        reader.errors.sort_by_key(|error| error.line);
        return Err(reader.errors);
    }
    let mut grammar = Grammar {
        file: file.to_owned(),
        variables: reader.variables,
        rules,
        rule_names: reader.rules,
        lines: reader.lines,
    };
    certain::mark(&mut grammar);
    Ok(grammar)
}

/// Drops comments and empty lines and joins a line that ends in `\` with the next.
fn logical(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = false;
    for (place, line) in text.lines().enumerate() {
        let line = line.trim();
        if !open && (line.is_empty() || line.starts_with('#')) {
            continue;
        }
        let (part, more) = line.strip_suffix('\\').map_or((line, false), |part| (part.trim_end(), true));
        match lines.last_mut() {
            Some((_, last)) if open => {
                last.push(' ');
                last.push_str(part);
            }
            _ => lines.push((place + 1, part.to_owned())),
        }
        open = more;
    }
    lines
}

struct Heads {
    variables: Vec<(usize, String)>,
    rules: Vec<(usize, String, Vec<Line>)>,
}

struct Reader<'a> {
    file: &'a str,
    lexicon: &'static Lexicon,
    errors: Vec<GrammarError>,
    variables: Vec<Variable>,
    names: BTreeMap<String, usize>,
    rules: BTreeMap<String, usize>,
    lines: Vec<(usize, String)>,
}

struct Cursor<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, start: &str) -> bool {
        self.rest.strip_prefix(start).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    fn until(&mut self, end: char) -> Option<&'a str> {
        let (inside, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(inside)
    }
}

impl Choice {
    fn push(&mut self, alternative: Alternative) {
        self.total += alternative.weight;
        self.conditional |= !alternative.conditions.is_empty();
        self.alternatives.push(alternative);
    }
}

impl Reader<'_> {
    fn fail(&mut self, line: usize, fault: Fault) {
        self.errors.push(GrammarError { file: self.file.to_owned(), line, fault });
    }

    /// The first pass: what names there are.
    fn names(&mut self, lines: &[Line]) -> Heads {
        let mut heads = Heads { variables: Vec::new(), rules: Vec::new() };
        for (line, text) in lines {
            if let Some((name, source)) = text.strip_prefix("let ").and_then(|rest| rest.split_once('=')) {
                let source = source.trim();
                self.variable(*line, name.trim(), Source::Kept);
                let read = self.source(*line, source);
                if let Some(last) = self.variables.last_mut() {
                    last.source = read;
                }
                heads.variables.push((*line, source.to_owned()));
            } else if let Some(alternative) = text.strip_prefix("- ") {
                match heads.rules.last_mut() {
                    Some((_, _, alternatives)) => alternatives.push((*line, alternative.to_owned())),
                    None => self.fail(*line, Fault::Line(text.clone())),
                }
            } else if let Some(name) = text.strip_suffix(':').filter(|name| !name.contains(' ')) {
                if self.rules.insert(name.to_owned(), heads.rules.len()).is_some() {
                    self.fail(*line, Fault::Twice(name.to_owned()));
                }
                heads.rules.push((*line, name.to_owned(), Vec::new()));
            } else {
                self.fail(*line, Fault::Line(text.clone()));
            }
        }
        // Kept choices may be read before the line that makes them.
        for (_, text) in lines {
            for part in text.split('<').skip(1) {
                if let Some((name, _)) = part.split_once('>').and_then(|(inside, _)| inside.split_once('='))
                    && !self.names.contains_key(name)
                {
                    self.variable(0, name, Source::Kept);
                }
            }
        }
        heads
    }

    fn variable(&mut self, line: usize, name: &str, source: Source) {
        if self.names.insert(name.to_owned(), self.variables.len()).is_some() {
            self.fail(line, Fault::Twice(name.to_owned()));
        }
        self.variables.push(Variable { name: name.to_owned(), source });
    }

    /// What follows `let x =`; a template is read later, when all names are known.
    fn source(&mut self, line: usize, text: &str) -> Source {
        if text.starts_with(['<', '[']) {
            return Source::Kept;
        }
        let numbers =
            text.strip_prefix("수(").and_then(|rest| rest.strip_suffix(')')).and_then(|inside| inside.split_once(".."));
        if let Some((Ok(low), Ok(high))) = numbers.map(|(low, high)| (low.trim().parse(), high.trim().parse())) {
            return Source::Number(low, high);
        }
        if let [left, sign @ ("+" | "-" | "*" | "/" | "%"), right] = text.split_whitespace().collect::<Vec<_>>()[..] {
            let mut operand = |name: &str| match (name.parse(), self.names.get(name)) {
                (Ok(number), _) => Operand::Number(number),
                (_, Some(place)) => Operand::Variable(*place),
                _ => {
                    self.errors.push(GrammarError {
                        file: self.file.to_owned(),
                        line,
                        fault: Fault::Variable(name.to_owned()),
                    });
                    Operand::Number(0)
                }
            };
            return Source::Sum(operand(left), sign.chars().next().unwrap_or('+'), operand(right));
        }
        match self.lexicon.list(text) {
            Some(entries) => Source::List(entries),
            None => {
                self.fail(line, Fault::List(text.to_owned()));
                Source::Kept
            }
        }
    }

    fn template(&mut self, line: usize, text: &str) -> Vec<Node> {
        self.nodes(&mut Cursor { rest: text, line }, 0)
    }

    /// Weight, conditions and nodes.
    fn alternative(&mut self, line: usize, cursor: &mut Cursor, depth: usize) -> Alternative {
        let number = self.lines.len();
        let shown: String = cursor.rest.chars().take(40).collect();
        self.lines.push((line, shown));
        let mut weight = 1;
        if let Some((digits, rest)) = cursor.rest.split_once('*')
            && let Ok(found) = digits.parse()
        {
            weight = found;
            cursor.rest = rest.trim_start();
        }
        let mut conditions = Vec::new();
        while cursor.take("?{") {
            let Some(inside) = cursor.until('}') else {
                self.fail(line, Fault::Bracket('{'));
                break;
            };
            cursor.rest = cursor.rest.trim_start();
            conditions.extend(self.condition(line, inside));
        }
        Alternative { number, weight, conditions, nodes: self.nodes(cursor, depth), key: Vec::new() }
    }

    fn condition(&mut self, line: usize, inside: &str) -> Option<Condition> {
        let (left, values) = inside.split_once('=')?;
        let (left, not) = left.strip_suffix('!').map_or((left, false), |left| (left, true));
        let (name, field) = left.split_once('.').map_or((left, None), |(name, field)| (name, Some(field.to_owned())));
        let Some(variable) = self.names.get(name.trim()).copied() else {
            self.fail(line, Fault::Variable(name.to_owned()));
            return None;
        };
        Some(Condition {
            variable,
            field,
            values: values.split('|').map(|value| value.trim().to_owned()).collect(),
            not,
        })
    }

    /// Nodes up to the end, or inside brackets up to `|` or `]`, which are left.
    fn nodes(&mut self, cursor: &mut Cursor, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut text = String::new();
        let flush = |text: &mut String, nodes: &mut Vec<Node>| {
            if !text.is_empty() {
                nodes.push(Node::Text(std::mem::take(text)));
            }
        };
        while let Some(letter) = cursor.rest.chars().next() {
            if depth > 0 && (letter == '|' || letter == ']') {
                break;
            }
            let doubled = ["{{", "}}", "[[", "]]", "<<", ">>"].into_iter().find(|pair| cursor.rest.starts_with(pair));
            if let Some(pair) = doubled {
                cursor.rest = &cursor.rest[pair.len()..];
                text.push(letter);
                continue;
            }
            if cursor.take("//") {
                flush(&mut text, &mut nodes);
                nodes.push(Node::Break);
                continue;
            }
            cursor.rest = &cursor.rest[letter.len_utf8()..];
            let node = match letter {
                '{' => cursor.until('}').map(|inside| self.slot(cursor.line, inside)),
                '<' => cursor.until('>').map(|inside| self.call(cursor.line, inside)),
                '[' => self.inline(cursor, depth + 1),
                '}' | ']' | '>' => None,
                _ => {
                    text.push(letter);
                    continue;
                }
            };
            flush(&mut text, &mut nodes);
            match node {
                Some(node) => nodes.extend(node),
                None => {
                    self.fail(cursor.line, Fault::Bracket(letter));
                    break;
                }
            }
        }
        flush(&mut text, &mut nodes);
        nodes
    }

    /// `[a|b]` from after its opening bracket; the outer `None`: it is not closed.
    fn inline(&mut self, cursor: &mut Cursor, depth: usize) -> Option<Option<Node>> {
        let mut choice = Choice { line: cursor.line, ..Choice::default() };
        loop {
            let alternative = self.alternative(cursor.line, cursor, depth);
            choice.push(alternative);
            if cursor.take("]") {
                return Some(Some(Node::Choice(choice)));
            }
            if !cursor.take("|") {
                return None;
            }
        }
    }

    /// `<rule>` and `<name=rule>`.
    fn call(&mut self, line: usize, inside: &str) -> Option<Node> {
        let (name, rule) = inside.split_once('=').map_or((None, inside), |(name, rule)| (Some(name), rule));
        let Some(rule) = self.rules.get(rule).copied() else {
            self.fail(line, Fault::Rule(rule.to_owned()));
            return None;
        };
        Some(match name.and_then(|name| self.names.get(name)) {
            Some(variable) => Node::Keep { variable: *variable, rule },
            None => Node::Rule(rule),
        })
    }

    /// `{variable.field~form:particle}`.
    fn slot(&mut self, line: usize, inside: &str) -> Option<Node> {
        let (left, particle) = inside.split_once(':').map_or((inside, None), |(left, particle)| (left, Some(particle)));
        let (left, form) = left.split_once('~').map_or((left, None), |(left, form)| (left, Some(form)));
        let (name, field) = left.split_once('.').map_or((left, None), |(name, field)| (name, Some(field)));
        let Some(variable) = self.names.get(name).copied() else {
            self.fail(line, Fault::Variable(name.to_owned()));
            return None;
        };
        let found = particle.map(|key| (key, Particle::of(key)));
        if let Some((key, None)) = found {
            self.fail(line, Fault::Particle(key.to_owned()));
        }
        if let Some(field) = field {
            self.field(line, variable, field);
        }
        let shape = form.map_or(Shape::AsItIs, |form| self.shape(line, variable, field, form));
        Some(Node::Value(Box::new(Slot {
            line,
            variable,
            field: field.map(str::to_owned),
            shape,
            particle: found.and_then(|(_, particle)| particle),
        })))
    }

    /// Every entry of the list must have the field.
    fn field(&mut self, line: usize, variable: usize, field: &str) {
        let lacking = match &self.variables[variable].source {
            Source::List(entries) => {
                entries.iter().find(|entry| entry.field(field).is_none()).map(|entry| entry.text.clone())
            }
            _ => Some(self.variables[variable].name.clone()),
        };
        if let Some(entry) = lacking {
            self.fail(line, Fault::Field { entry, field: field.to_owned() });
        }
    }

    fn shape(&mut self, line: usize, variable: usize, field: Option<&str>, form: &str) -> Shape {
        let source = &self.variables[variable].source;
        let number = matches!(source, Source::Number(..) | Source::Sum(..));
        let text =
            |entry: &Entry| field.map_or(entry.text.clone(), |field| entry.field(field).unwrap_or_default().to_owned());
        let noun = match source {
            Source::List(entries) => entries.iter().map(|entry| text(entry)).find(|word| !word.ends_with('다')),
            _ => None,
        };
        let word = noun.clone().unwrap_or_else(|| self.variables[variable].name.clone());
        match (form, Style::of(form), Form::of(form)) {
            ("이름", ..) if !number => Shape::Familiar,
            (_, Some(style), _) if number => Shape::Number(style),
            (_, _, Some(form)) if !number && noun.is_none() => Shape::Verb(form),
            _ => {
                self.fail(line, Fault::Form { word, form: form.to_owned() });
                Shape::AsItIs
            }
        }
    }
}
