//! Templates with Korean grammar in them: rules, variables drawn from the lexicon, particles and forms.
//!
//! The language is described in `datasets/README.md`. A file is read once into nodes that hold numbers in the place of names, so
//! that an expansion looks nothing up.

mod certain;
mod check;
mod expand;
pub(crate) mod number;
mod parse;

use crate::hangul::Particle;
use crate::lexicon::{Entry, Lexicon};
use crate::rng::Rng;
use crate::verbs::Form;
use std::collections::BTreeMap;

pub use check::Report;
pub use expand::{Expansion, Plan};

/// What is wrong with a file of templates.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}:{line}: {fault}")]
pub struct GrammarError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub fault: Fault,
}

/// The kinds of mistakes in a file of templates.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Fault {
    /// `<rule>` names no rule.
    #[error("there is no rule “{0}”")]
    Rule(String),
    /// `let x = list` names no list.
    #[error("the lexicon has no list “{0}”")]
    List(String),
    /// `{x}` names no variable.
    #[error("there is no variable “{0}”")]
    Variable(String),
    /// `{x.field}`: an entry of the list lacks it.
    #[error("“{entry}” has no field “{field}”")]
    Field {
        /// The first entry without it.
        entry: String,
        /// The field.
        field: String,
    },
    /// `{x~form}` names no form, or one that its words cannot take.
    #[error("“{word}” has no form “{form}”")]
    Form {
        /// A word of the variable.
        word: String,
        /// The form.
        form: String,
    },
    /// `{x:particle}` names no particle.
    #[error("there is no particle “{0}”")]
    Particle(String),
    /// A bracket without its other half.
    #[error("“{0}” stands without its other half")]
    Bracket(char),
    /// A line that is none of comment, `let`, rule and alternative.
    #[error("neither a rule, an alternative, a “let” nor a comment: {0}")]
    Line(String),
    /// A name that is given twice.
    #[error("“{0}” is given twice")]
    Twice(String),
    /// A rule without alternatives.
    #[error("the rule “{0}” has no alternative")]
    Empty(String),
    /// An alternative that no expansion reached.
    #[error("no expansion reached: {0}")]
    Unreached(String),
    /// No alternative fitted its conditions.
    #[error("in {0} expansions no alternative here fitted its conditions")]
    DeadEnd(u32),
    /// A kept choice that was used before it was made.
    #[error("in {count} expansions “{name}” was used before it was chosen")]
    Unset {
        /// The variable.
        name: String,
        /// How often.
        count: u32,
    },
    /// Rules that call one another without an end.
    #[error("“{0}” calls itself without an end")]
    Endless(String),
}

/// A file of templates.
#[derive(Debug)]
pub struct Grammar {
    file: String,
    variables: Vec<Variable>,
    rules: Vec<Rule>,
    rule_names: BTreeMap<String, usize>,
    /// The line of each alternative, by its number.
    lines: Vec<(usize, String)>,
}

#[derive(Debug)]
struct Rule {
    line: usize,
    name: String,
    choice: Choice,
}

#[derive(Debug)]
struct Variable {
    name: String,
    source: Source,
}

#[derive(Debug)]
enum Source {
    List(Vec<&'static Entry>),
    Number(i64, i64),
    Sum(Operand, char, Operand),
    Template(Vec<Node>),
    /// Set by `<name=rule>`.
    Kept,
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Variable(usize),
    Number(i64),
}

#[derive(Debug, Default)]
struct Choice {
    line: usize,
    alternatives: Vec<Alternative>,
    total: u32,
    conditional: bool,
}

#[derive(Debug)]
struct Alternative {
    number: usize,
    weight: u32,
    conditions: Vec<Condition>,
    nodes: Vec<Node>,
    /// The first three variables that are printed whatever is chosen below; empty where they have few values together.
    key: Vec<usize>,
}

#[derive(Debug)]
struct Condition {
    variable: usize,
    field: Option<String>,
    values: Vec<String>,
    /// `!=`
    not: bool,
}

#[derive(Debug)]
enum Node {
    Text(String),
    /// `//`
    Break,
    Value(Box<Slot>),
    Rule(usize),
    /// `<name=rule>`
    Keep {
        variable: usize,
        rule: usize,
    },
    Choice(Choice),
}

#[derive(Debug)]
struct Slot {
    line: usize,
    variable: usize,
    field: Option<String>,
    shape: Shape,
    particle: Option<Particle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    AsItIs,
    /// `~이름`: a given name that ends in a consonant takes 이.
    Familiar,
    Verb(Form),
    Number(number::Style),
}

impl Grammar {
    /// Reads a file of templates; the lists are those of the embedded lexicon.
    ///
    /// # Errors
    /// The first mistake, with its file and line.
    pub fn parse(file: &str, text: &str) -> Result<Self, GrammarError> {
        Self::parse_all(file, text).map_err(|mut errors| errors.swap_remove(0))
    }

    /// The same, with every mistake.
    ///
    /// # Errors
    /// All mistakes, in the order of their lines; never an empty list.
    pub fn parse_all(file: &str, text: &str) -> Result<Self, Vec<GrammarError>> {
        parse::read(file, text, Lexicon::embedded())
    }

    /// Whether there is a rule of this name.
    pub fn has(&self, rule: &str) -> bool {
        self.rule_names.contains_key(rule)
    }

    /// The names of the rules.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.name.as_str())
    }

    /// How many alternatives there are, the inline ones included.
    pub fn alternatives(&self) -> usize {
        self.lines.len()
    }

    /// One text. A rule that does not exist gives an empty one.
    pub fn expand(&self, rule: &str, rng: &mut Rng) -> Expansion {
        self.plan(rule, rng).finish()
    }

    /// The main choices only: what the key follows from. The rest is made by [`Plan::finish`].
    pub fn plan<'a>(&'a self, rule: &str, rng: &'a mut Rng) -> Plan<'a> {
        Plan::new(self, self.rule_names.get(rule).copied(), rng)
    }
}
