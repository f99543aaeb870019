//! Records with slots: the fields of one item share their words and numbers, so that a label, an answer or a translation is right
//! because of how it was written.
//!
//! A smaller language than [`crate::grammar`], which writes one text: here several fields (premise and hypothesis, Korean and English)
//! see one scene, numbers are computed, and every entry may have fields of its own.
//!
//! - `{물건}` is a word of the list `물건`, the same at each mention; `{물건2}` is another one, never equal to the first.
//!   `{물건.en}` is a field; `{물건:을}` adds a particle, `{물건::을}` is the particle alone.
//! - `let: n = 2..9; k = 1..4; m = n + k; 때 = 번역.때; 쪽 = [왼쪽|오른쪽]` names numbers, lists and choices.
//!   `{n*1000+500}` computes; `{n~하나}` 두, `{n~셈}` 둘, `{n~일}` 이 (see [`crate::grammar`]); `{n~one}` two; `{n~comma}` 1,000.
//! - `{이름~이름:은}` 민준이는; `{물건.en~a}` an umbrella; `{물건.en~s}` umbrellas, or the field `복수` where it has one.
//! - `[a|b]` is a free choice at each expansion; `(a|b|c)` follows the way of speaking, chosen once a scene.

mod english;
mod parse;

use crate::grammar::number::{self, Style};
use crate::hangul::{has_final, particle};
use crate::lexicon::{Entry, Lexicon};
use crate::rng::{HASH_START, Rng, hash};
use english::{english, plural, with_article, with_commas};
use std::sync::OnceLock;

pub(super) use english::capital;
pub(super) use parse::read;

/// The lists of the tasks; those of [`Lexicon::embedded`] are looked up after them.
pub(super) fn lists() -> &'static Lexicon {
    static LISTS: OnceLock<Lexicon> = OnceLock::new();
    LISTS.get_or_init(|| Lexicon::parse(include_str!("../../../text/tasks/lists.txt")))
}

/// A piece of text with slots.
#[derive(Debug, Default)]
pub(super) struct Pattern(Vec<Node>);

#[derive(Debug)]
enum Node {
    Text(String),
    Slot(Slot),
    Choice(Vec<Pattern>),
    Speech(Vec<Pattern>),
}

#[derive(Debug)]
struct Slot {
    value: Source,
    form: String,
    particle: String,
    bare: bool,
}

#[derive(Debug)]
enum Source {
    Word { variable: usize, field: String },
    Sum(Sum),
}

/// `n*3+m-1`, read from left to right.
#[derive(Debug)]
struct Sum(Vec<(char, Term)>);

#[derive(Debug)]
enum Term {
    Number(i64),
    Variable(usize),
}

#[derive(Debug)]
enum Origin {
    List { entries: Vec<&'static Entry>, name: String },
    Range(Sum, Sum),
    Value(Sum),
    Choice(Pattern),
}

/// One record of a file of templates.
#[derive(Debug)]
pub(super) struct Template {
    variables: Vec<(String, Origin)>,
    fields: Vec<(String, Pattern)>,
}

/// What the variables of a template are in one item.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    values: Vec<Value>,
    speech: usize,
}

#[derive(Clone, Debug)]
enum Value {
    Entry(&'static Entry),
    Number(i64),
    Text(String),
}

impl Template {
    /// Draws the words and numbers of one item.
    pub fn scene(&self, rng: &mut Rng) -> Scene {
        let mut scene = Scene { values: Vec::with_capacity(self.variables.len()), speech: rng.below(3) as usize };
        for (_, origin) in &self.variables {
            let value = match origin {
                Origin::List { entries, .. } => scene.fresh(entries, rng),
                Origin::Value(sum) => Value::Number(sum.value(&scene)),
                Origin::Range(low, high) => Value::Number(rng.range(low.value(&scene), high.value(&scene))),
                Origin::Choice(pattern) => Value::Text(pattern.write(&scene, rng)),
            };
            scene.values.push(value);
        }
        scene
    }

    /// The scene with another entry of the list in the place of `name`; `None` where that is no entry of a list.
    pub fn with_another(&self, scene: &Scene, name: &str, rng: &mut Rng) -> Option<Scene> {
        let place = self.variables.iter().position(|(found, _)| found == name)?;
        let Origin::List { entries, .. } = &self.variables.get(place)?.1 else { return None };
        let mut other = scene.clone();
        other.values[place] = scene.fresh(entries, rng);
        Some(other)
    }

    /// The patterns of `key`.
    pub fn all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Pattern> {
        self.fields.iter().filter(move |(name, _)| name == key).map(|(_, pattern)| pattern)
    }

    /// A random pattern of `key`, written out; `None` when the record has no such field.
    pub fn text(&self, key: &str, scene: &Scene, rng: &mut Rng) -> Option<String> {
        let all: Vec<&Pattern> = self.all(key).collect();
        rng.pick(&all).map(|pattern| pattern.write(scene, rng))
    }

    /// The first pattern of `key` as it stands in the file when it holds no slot.
    pub fn fixed(&self, key: &str) -> Option<&str> {
        match self.all(key).next()?.0.as_slice() {
            [Node::Text(text)] => Some(text),
            _ => None,
        }
    }
}

impl Scene {
    /// An entry that no variable holds yet.
    fn fresh(&self, entries: &[&'static Entry], rng: &mut Rng) -> Value {
        let held = |entry: &Entry| {
            self.values.iter().any(|value| matches!(value, Value::Entry(held) if held.text == entry.text))
        };
        for _ in 0..50 {
            match rng.pick(entries) {
                Some(entry) if held(entry) => {}
                Some(entry) => return Value::Entry(entry),
                None => break,
            }
        }
        entries.iter().find(|entry| !held(entry)).map_or(Value::Text(String::new()), |entry| Value::Entry(entry))
    }

    /// The way of speaking: 0 해요체, 1 shortened, 2 해라체.
    pub fn speech(&self) -> usize {
        self.speech
    }

    /// A hash of everything that was drawn.
    pub fn key(&self) -> u64 {
        self.values.iter().fold(HASH_START, |key, value| match value {
            Value::Entry(entry) => hash(hash(key, entry.text.as_bytes()), b"|"),
            Value::Number(number) => hash(hash(key, &number.to_le_bytes()), b"|"),
            Value::Text(text) => hash(hash(key, text.as_bytes()), b"|"),
        })
    }

    fn number(&self, variable: usize) -> i64 {
        match self.values.get(variable) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }
}

impl Sum {
    fn value(&self, scene: &Scene) -> i64 {
        self.0.iter().fold(0, |sum, (sign, term)| {
            let number = match term {
                Term::Number(number) => *number,
                Term::Variable(variable) => scene.number(*variable),
            };
            match sign {
                '+' => sum + number,
                '-' => sum - number,
                '*' => sum * number,
                '/' => sum.checked_div(number).unwrap_or(0),
                _ => sum.checked_rem(number).unwrap_or(0),
            }
        })
    }
}

impl Pattern {
    /// The text in this scene.
    pub fn write(&self, scene: &Scene, rng: &mut Rng) -> String {
        let mut text = String::new();
        self.put(scene, rng, &mut text);
        text
    }

    fn put(&self, scene: &Scene, rng: &mut Rng, text: &mut String) {
        for node in &self.0 {
            match node {
                Node::Text(words) => text.push_str(words),
                Node::Slot(slot) => slot.put(scene, text),
                Node::Choice(parts) => {
                    if let Some(part) = rng.pick(parts) {
                        part.put(scene, rng, text);
                    }
                }
                Node::Speech(parts) => {
                    if let Some(part) = parts.get(scene.speech % parts.len()) {
                        part.put(scene, rng, text);
                    }
                }
            }
        }
    }
}

impl Slot {
    fn put(&self, scene: &Scene, text: &mut String) {
        let value = match &self.value {
            Source::Sum(sum) => Value::Number(sum.value(scene)),
            Source::Word { variable, .. } => scene.values.get(*variable).cloned().unwrap_or(Value::Number(0)),
        };
        let word = match (&value, &self.value) {
            (Value::Number(number), _) => self.said(*number),
            (Value::Entry(entry), Source::Word { field, .. }) => self.formed(entry, field),
            (Value::Entry(entry), Source::Sum(_)) => entry.text.clone(),
            (Value::Text(written), _) if self.form == "cap" => capital(written),
            (Value::Text(written), _) => written.clone(),
        };
        if !self.bare {
            text.push_str(&word);
        }
        if !self.particle.is_empty() {
            text.push_str(&particle(&word, &self.particle));
        }
    }

    fn said(&self, number: i64) -> String {
        match (self.form.as_str(), Style::of(&self.form)) {
            ("one", _) => english(number),
            ("comma", _) => with_commas(number),
            (_, Some(style)) => number::words(number, style),
            _ => number.to_string(),
        }
    }

    fn formed(&self, entry: &Entry, field: &str) -> String {
        let word = if field.is_empty() { &entry.text } else { entry.field(field).unwrap_or_default() };
        match self.form.as_str() {
            "a" => with_article(word),
            "s" => entry.field("복수").map_or_else(|| plural(word), str::to_owned),
            "cap" => capital(word),
            // The familiar form of a given name: 민준 → 민준이, 수아 → 수아.
            "이름" if has_final(word) => format!("{word}이"),
            _ => word.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(written: &str, seed: u64) -> Vec<String> {
        let (templates, faults) = read(written);
        assert_eq!(faults, Vec::<String>::new());
        let mut rng = Rng::new(seed, 0);
        let scene = templates[0].scene(&mut rng);
        templates[0].fields.iter().map(|(_, pattern)| pattern.write(&scene, &mut rng)).collect()
    }

    #[test]
    fn the_fields_of_a_record_see_one_scene() {
        for seed in 0..50 {
            let texts = expand("let: n = 2..9; m = n+1\n가: {이름}와 {이름2}\n나: {이름}와 {이름2}\n다: {m-n}", seed);
            assert_eq!(texts[0], texts[1]);
            let (first, second) = texts[0].split_once("와 ").unwrap();
            assert_ne!(first, second);
            assert_eq!(texts[2], "1");
        }
    }

    #[test]
    fn numbers_are_computed_and_said() {
        let texts = expand(
            "let: n = 3..3; k = 12..12\n가: {n*1000+500:을}\n나: {n~하나} 개, {n::은}\n다: {k~one}, {n*1000~comma}\n라: {k~일}",
            1,
        );
        assert_eq!(texts, ["3500을", "세 개, 은", "twelve, 3,000", "십이"]);
    }

    #[test]
    fn choices_nest_and_speech_is_kept() {
        for seed in 0..20 {
            let texts = expand("가: [가[나|다]|라] (해요|함|하다) (해요|함|하다) (괄호)", seed);
            let words: Vec<&str> = texts[0].split(' ').collect();
            assert_eq!(words[1], words[2]);
            assert!(["가나", "가다", "라"].contains(&words[0]));
            assert_eq!(words[3], "(괄호)");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for wrong in [
            "가: {없는목록}",
            "가: [열림",
            "가: {이름:없는조사}",
            "가: {이름.없는칸}",
            "가: {이름~없는꼴}",
            "let: n\n가: 나",
        ] {
            assert_eq!(read(wrong).1.len(), 1, "{wrong}");
        }
        assert_eq!(lists().faults(), []);
    }
}
