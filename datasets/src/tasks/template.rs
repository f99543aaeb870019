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

use super::records::{self, Record};
use crate::grammar::number::{self, Style};
use crate::hangul::{has_final, particle};
use crate::lexicon::{Entry, Lexicon};
use crate::rng::{HASH_START, Rng, hash};
use std::sync::OnceLock;

/// The lists of the tasks; those of [`Lexicon::embedded`] are looked up after them.
pub(super) fn lists() -> &'static Lexicon {
    static LISTS: OnceLock<Lexicon> = OnceLock::new();
    LISTS.get_or_init(|| Lexicon::parse(include_str!("../../text/tasks/lists.txt")))
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

/// Reads a file of templates: those that could be read, and what is wrong with the others (a test holds that nothing is).
pub(super) fn read(text: &str) -> (Vec<Template>, Vec<String>) {
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
        if !key.is_empty() && crate::hangul::Particle::of(key).is_none() {
            return Err(format!("no particle “{key}”"));
        }
        Ok(Slot { value, form: form.to_owned(), particle: key.to_owned(), bare })
    }

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

/// `word` with a capital at its head.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `a` or `an` by the first sound; the exceptions are those of the lists.
fn with_article(word: &str) -> String {
    let vowel = word.starts_with(['a', 'e', 'i', 'o', 'u'])
        && !["uni", "use", "one", "eu"].iter().any(|head| word.starts_with(head));
    format!("{} {word}", if vowel || word.starts_with("hour") { "an" } else { "a" })
}

fn plural(word: &str) -> String {
    let consonant_y = word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|tail| word.ends_with(tail)) => format!("{word}es"),
        None => format!("{word}s"),
    }
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A number below a hundred in English words; larger ones in digits.
fn english(number: i64) -> String {
    match usize::try_from(number) {
        Ok(small) if small < 20 => SMALL[small].to_owned(),
        Ok(two) if two < 100 && two % 10 == 0 => TENS[two / 10].to_owned(),
        Ok(two) if two < 100 => format!("{}-{}", TENS[two / 10], SMALL[two % 10]),
        _ => with_commas(number),
    }
}

fn with_commas(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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
    fn english_nouns_take_their_article_and_plural() {
        assert_eq!(["umbrella", "book", "uniform"].map(with_article), ["an umbrella", "a book", "a uniform"]);
        assert_eq!(["box", "city", "key", "watch"].map(plural), ["boxes", "cities", "keys", "watches"]);
        assert_eq!(english(42), "forty-two");
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
