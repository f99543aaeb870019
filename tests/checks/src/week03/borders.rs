//! The check of `week03/borders`: borders by Python's lengths, precision and recall by nltk
//! (`tests/reference/week03_borders.py`).

use std::collections::BTreeSet;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::borders as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The functions under test.
pub struct Subject {
    /// `borders(tokens)`
    pub borders: fn(&[String]) -> Vec<usize>,
    /// `precision_recall(predicted, right)`
    pub score: fn(&[usize], &[usize]) -> (f64, f64),
}

/// Grades a crate's `borders`.
#[macro_export]
macro_rules! week03_borders {
    ($($subject:tt)+) => {
        $crate::week03::borders::check().grade(&$crate::week03::borders::Subject {
            borders: $($subject)+::borders::borders,
            score: $($subject)+::borders::precision_recall,
        })
    };
}

/// One input, for one of the two functions.
#[derive(Debug, Clone)]
pub enum Input {
    /// Tokens.
    Tokens(Vec<String>),
    /// Predicted borders and the right ones.
    Borders(Vec<usize>, Vec<usize>),
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { borders: ours::borders, score: ours::precision_recall };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        measure(&subject.borders, &subject.score, input, values)
    };
    Check::new("week03/borders", truth, observe, flawed)
        .cases(golden())
        .cases(Ok(edges()))
        .cases(drawn())
        .mistake(
            "bytes for characters",
            "Your borders of Hangul stand about three times too far to the right. What does `len` of a text count?",
            "`len` counts bytes, and a syllable has three: count characters, with `chars().count()`.",
        )
        .mistake(
            "end of the text is a border",
            "You have one border more than there are places between tokens. Is anything cut at the end of the text?",
            "The last token ends where the text ends: that is no border. Leave it out.",
        )
        .mistake(
            "start of the text is a border",
            "You have a border at 0. Is anything cut before the first token?",
            "Note a place behind a token, once its length has been added, and not before.",
        )
        .way("where tokens begin")
        .mistake(
            "lengths for places",
            "Your numbers are the lengths of the tokens. Where in the whole text does the second token end?",
            "Add the lengths up from the start of the text.",
        )
        .mistake(
            "empty tokens end something",
            "An empty token gives you a border twice, one at 0, or one at the end of the text. What does it cut?",
            "An empty token ends nothing: pass over it, also where it is the last.",
        )
        .way("last of the list left out")
        .mistake(
            "precision and recall the other way round",
            "Your two shares stand in each other's place. Which one is a share of what was predicted?",
            "Precision divides the hits by the predicted borders, recall by the right ones; precision comes first.",
        )
        .mistake(
            "of none, 0",
            "Where nothing was predicted, or nothing is right, you say 0. How many of no borders are wrong?",
            "Give 1 where the number that you divide by is 0.",
        )
        .way("of none, NaN")
        .mistake(
            "compared place by place",
            "Your shares are too small once one border is too many. Is a border only right at the same index of both lists?",
            "Ask of each predicted border whether it stands anywhere among the right ones: `contains`.",
        )
        .mistake(
            "one number below both",
            "Your precision and your recall are the same. Of what is each of them a share?",
            "Precision is a share of the predicted borders, recall a share of the right ones.",
        )
        .way("predicted below both")
        .way("right below both")
        .mistake(
            "wrong borders counted",
            "Your shares are those of what does not agree. What do you count?",
            "Count the borders that stand in both lists.",
        )
        .right(
            "by sets, and by the places of characters",
            Subject {
                borders: |tokens| {
                    let mut ends = BTreeSet::new();
                    let mut text = String::new();
                    for token in tokens {
                        text.push_str(token);
                        ends.insert(text.len());
                    }
                    let (end, characters) = (text.len(), text.char_indices().enumerate());
                    characters.filter(|(_, (at, _))| *at > 0 && *at < end && ends.contains(at)).map(|(i, _)| i).collect()
                },
                score: |predicted, right| {
                    let set = |borders: &[usize]| borders.iter().copied().collect::<BTreeSet<usize>>();
                    let (predicted, right) = (set(predicted), set(right));
                    let wrong = predicted.difference(&right).count();
                    let missed = right.difference(&predicted).count();
                    let share = |bad: usize, all: usize| 1.0 - bad as f64 / all.max(1) as f64;
                    (share(wrong, predicted.len()), share(missed, right.len()))
                },
            },
        )
        .right(
            "from the end",
            Subject {
                borders: |tokens| {
                    let mut left: usize = tokens.iter().map(|token| token.chars().count()).sum();
                    let mut places = vec![];
                    for token in tokens.iter().rev().filter(|token| !token.is_empty()) {
                        left -= token.chars().count();
                        places.insert(0, left);
                    }
                    places.into_iter().skip(1).collect()
                },
                score: |predicted, right| {
                    let of = |some: &[usize], all: &[usize]| match some.len() as f64 {
                        0.0 => 1.0,
                        count => some.iter().map(|border| f64::from(u8::from(all.contains(border)))).sum::<f64>() / count,
                    };
                    (of(predicted, right), of(right, predicted))
                },
            },
        )
}

type Borders<'a> = &'a dyn Fn(&[String]) -> Vec<usize>;
type Score<'a> = &'a dyn Fn(&[usize], &[usize]) -> (f64, f64);

fn measure(borders: Borders<'_>, score: Score<'_>, input: &Input, values: &mut Values) -> Result<()> {
    match input {
        Input::Tokens(tokens) => values.counts("borders", borders(tokens)),
        Input::Borders(predicted, right) => {
            let (precision, recall) = score(predicted, right);
            values.numbers("precision", [precision])?;
            values.numbers("recall", [recall])
        }
    }
}

#[derive(Deserialize)]
struct Golden {
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    name: String,
    tokens: Vec<String>,
    predicted: Vec<usize>,
    right: Vec<usize>,
    precision: f64,
    recall: f64,
}

/// What nltk says.
fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week03/borders.json")?;
    let mut cases = vec![];
    for case in golden.cases {
        let mut values = Values::default();
        values.counts("borders", case.predicted.clone())?;
        cases.push(Case { name: case.name.clone(), input: Input::Tokens(case.tokens), golden: Some(values) });
        let mut values = Values::default();
        values.numbers("precision", [case.precision])?;
        values.numbers("recall", [case.recall])?;
        cases.push(Case { name: case.name, input: Input::Borders(case.predicted, case.right), golden: Some(values) });
    }
    Ok(cases)
}

/// Nothing, and what ends nothing.
fn edges() -> Vec<Case<Input>> {
    let tokens = |name: &str, tokens: &[&str]| Case {
        name: name.to_owned(),
        input: Input::Tokens(tokens.iter().map(|token| (*token).to_owned()).collect()),
        golden: None,
    };
    let borders = |name: &str, predicted: &[usize], right: &[usize]| Case {
        name: name.to_owned(),
        input: Input::Borders(predicted.to_vec(), right.to_vec()),
        golden: None,
    };
    vec![
        tokens("no tokens", &[]),
        tokens("one token", &["학교에서"]),
        tokens("an empty token alone", &[""]),
        tokens("empty tokens at the start", &["", "", "학교", "에"]),
        tokens("an empty token between others", &["학교", "", "에서", "는"]),
        tokens("empty tokens at the end", &["학교", "에", "", ""]),
        tokens("an empty token at the end", &["나", "는", "간", "다", ""]),
        borders("nothing predicted", &[], &[2, 3]),
        borders("nothing to predict", &[1, 2, 3], &[]),
        borders("nothing at all", &[], &[]),
        borders("nothing agrees", &[1, 3], &[2, 4, 6]),
        borders("a border too many at the front", &[1, 2, 4, 7], &[2, 4, 7]),
        borders("every place predicted", &[1, 2, 3, 4, 5], &[2, 5]),
    ]
}

/// Syllables, cut at random twice.
fn drawn() -> Result<Vec<Case<Input>>> {
    const SYLLABLES: [char; 8] = ['학', '교', '에', '서', '는', 'a', ' ', '😀'];
    let mut rng = Rng::seed(20_260_311);
    let mut cases = vec![];
    for number in 1..=6 {
        let mut cut = |share: f32, places: &mut Vec<usize>, tokens: &mut Vec<String>| -> Result<()> {
            let mut token = String::new();
            for place in 1..=24 {
                token.push(SYLLABLES[rng.sample(&[1.0; SYLLABLES.len()])?]);
                if place < 24 && rng.sample(&[1.0 - share, share])? == 1 {
                    places.push(place);
                    tokens.push(std::mem::take(&mut token));
                }
            }
            tokens.push(token);
            Ok(())
        };
        let (mut predicted, mut right, mut tokens) = (vec![], vec![], vec![]);
        cut(0.5, &mut predicted, &mut tokens)?;
        cut(0.3, &mut right, &mut vec![])?;
        let name = format!("24 signs, cut at random, {number}");
        cases.push(Case { name: name.clone(), input: Input::Tokens(tokens), golden: None });
        cases.push(Case { name, input: Input::Borders(predicted, right), golden: None });
    }
    Ok(cases)
}

/// Both functions with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    let borders = |tokens: &[String]| -> Vec<usize> {
        let (mut place, mut places) = (0, vec![]);
        if has("start of the text is a border") && !tokens.is_empty() {
            places.push(0);
        }
        let last = tokens.len().saturating_sub(1);
        for (i, token) in tokens.iter().enumerate() {
            let length = if has("bytes for characters") { token.len() } else { token.chars().count() };
            let counts = length > 0 || has("empty tokens end something");
            let before = place;
            place = if has("lengths for places") { length } else { place + length };
            if has("last of the list left out") {
                if i < last && length > 0 {
                    places.push(place);
                }
            } else if counts {
                places.push(if has("where tokens begin") { before } else { place });
            }
        }
        if !has("end of the text is a border") && !has("last of the list left out") {
            places.pop();
        }
        places
    };
    let score = |predicted: &[usize], right: &[usize]| -> (f64, f64) {
        let agrees = |(i, border): (usize, &usize)| {
            if has("compared place by place") { right.get(i) == Some(border) } else { right.contains(border) }
        };
        let hits = predicted.iter().enumerate().filter(|border| agrees(*border)).count();
        let share = |all: usize| {
            let hits = if has("wrong borders counted") { all.saturating_sub(hits) } else { hits };
            match all {
                0 if has("of none, 0") => 0.0,
                0 if has("of none, NaN") => f64::NAN,
                0 => 1.0,
                all => hits as f64 / all as f64,
            }
        };
        let union = predicted.len() + right.len() - right.iter().filter(|border| predicted.contains(border)).count();
        let (precision, recall) = if has("one number below both") {
            (share(union), share(union))
        } else if has("predicted below both") {
            (share(predicted.len()), share(predicted.len()))
        } else if has("right below both") {
            (share(right.len()), share(right.len()))
        } else {
            (share(predicted.len()), share(right.len()))
        };
        if has("precision and recall the other way round") { (recall, precision) } else { (precision, recall) }
    };
    measure(&borders, &score, input, values)
}
