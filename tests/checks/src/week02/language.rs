//! The check of `week02/language`: n-grams by scikit-learn, distances by NLTK (`tests/reference/week02_language.py`).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use candle_core::Result;
use serde::Deserialize;
use sol02_data::language as ours;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

/// The functions under test.
pub struct Subject {
    /// `profile(text, size)`
    pub profile: fn(&str, usize) -> Vec<String>,
    /// `out_of_place(document, language)`
    pub out_of_place: fn(&[String], &[String]) -> usize,
}

/// Grades a crate's `language`.
#[macro_export]
macro_rules! week02_language {
    ($($subject:tt)+) => {
        $crate::week02::language::check().grade(&$crate::week02::language::Subject {
            profile: $($subject)+::language::profile,
            out_of_place: $($subject)+::language::out_of_place,
        })
    };
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Input {
    /// A profile.
    Profile {
        /// Of this text.
        text: String,
        /// With so many n-grams.
        size: usize,
    },
    /// A distance.
    Distance {
        /// The n-grams of a document.
        document: Vec<String>,
        /// Those of a language.
        language: Vec<String>,
    },
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth = Subject { profile: ours::profile, out_of_place: ours::out_of_place };
    let observe = |subject: &Subject, input: &Input, values: &mut Values| match input {
        Input::Profile { text, size } => {
            values.texts("n-grams", (subject.profile)(text, *size));
            Ok(())
        }
        Input::Distance { document, language } => {
            values.counts("distance", [(subject.out_of_place)(document, language)])
        }
    };
    Check::new("week02/language", truth, observe, flawed)
        .cases(golden())
        .cases(drawn())
        .mistake(
            "words not padded",
            "Your n-grams do not know where a word begins and ends. What stands on either side of each word?",
            "Put one space in front of each word and one behind before you cut it into n-grams.",
        )
        .mistake(
            "padded once",
            "Your words have a space on one side alone. How many n-grams has a word of one sign?",
            "Put one space in front of each word and one behind: a word of n signs has n + 2 n-grams of one sign, two of them spaces.",
        )
        .mistake(
            "across words",
            "Some of your n-grams hold the end of one word and the beginning of the next. Where is the text cut first?",
            "Split the text into words, and take the n-grams of each padded word by itself.",
        )
        .mistake(
            "no single signs",
            "Your profile holds no n-gram of one sign. Which lengths does the statement name?",
            "Take n-grams of 1, 2 and 3 signs.",
        )
        .mistake(
            "no three signs",
            "Your profile holds no n-gram of three signs. Is your range of lengths one too short?",
            "1..3 ends before 3: write 1..=3.",
        )
        .mistake(
            "rarest first",
            "Your profile begins with the n-grams that occur once. In which order does a sort put numbers?",
            "Sort by the count from large to small: std::cmp::Reverse turns an order around.",
        )
        .mistake(
            "equals the other way round",
            "Your n-grams are in the right order but where two are equally frequent. Did you turn the whole order around, or that of the counts?",
            "Largest count first, and for equal counts the smaller text first.",
        )
        .mistake(
            "equals as they came",
            "Your n-grams are in the right order but where two are equally frequent: these stand as they came. What does the statement say?",
            "For equal counts compare the n-grams themselves, as texts.",
        )
        .mistake(
            "once a word",
            "An n-gram that a word holds twice counts once for you. How often is ' a' in 'ab ab', and how often 'an' in 'banana'?",
            "Count every place at which an n-gram stands, also several in one word.",
        )
        .mistake(
            "missing ones cost nothing",
            "An n-gram that the language lacks adds nothing to your distance. Is then not the emptiest profile the nearest?",
            "Add the length of the language's profile for each n-gram that it lacks.",
        )
        .mistake(
            "missing ones cost the document's length",
            "The price of a missing n-gram is not the right one. Whose length is it, the document's or the language's?",
            "An n-gram that the language lacks counts as far as the language's profile is long.",
        )
        .mistake(
            "the language's n-grams",
            "You go through the n-grams of the language, and the statement asks for those of the document. Which of the two may be long?",
            "Go through the document's n-grams and look each up in the language's profile.",
        )
        .mistake(
            "distances cancel",
            "N-grams that moved up and others that moved down cancel each other out. Is a distance ever negative?",
            "Add the absolute difference of the two places: usize has abs_diff.",
        )
        .mistake(
            "one place off",
            "Where the two places are the same your distance is not 0, and elsewhere it is 1 too large. Where do places begin?",
            "Count both places from the same number, and subtract.",
        )
        .right("sorted runs and linear search", Subject { profile: runs, out_of_place: searched })
        .right("padded text of all words, cut at double spaces", Subject { profile: windows, out_of_place: by_map })
}

#[derive(Deserialize)]
struct Golden {
    profiles: Vec<GoldenProfile>,
    distances: Vec<GoldenDistance>,
}

#[derive(Deserialize)]
struct GoldenProfile {
    name: String,
    text: String,
    size: usize,
    grams: Vec<String>,
}

#[derive(Deserialize)]
struct GoldenDistance {
    name: String,
    document: Vec<String>,
    language: Vec<String>,
    distance: i64,
}

fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week02/language.json")?;
    let mut cases = vec![];
    for GoldenProfile { name, text, size, grams } in golden.profiles {
        let mut values = Values::default();
        values.texts("n-grams", grams);
        cases.push(Case {
            name: format!("profile: {name}"),
            input: Input::Profile { text, size },
            golden: Some(values),
        });
    }
    for GoldenDistance { name, document, language, distance } in golden.distances {
        let mut values = Values::default();
        values.counts("distance", [distance])?;
        let input = Input::Distance { document, language };
        cases.push(Case { name: format!("distance: {name}"), input, golden: Some(values) });
    }
    Ok(cases)
}

/// Words of few letters, so that counts are often equal, and the distances of their profiles.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(213);
    let mut words = |count: usize| -> Result<String> {
        let mut text = String::new();
        for _ in 0..count {
            for _ in 0..=rng.sample(&[1.0, 2.0, 2.0, 1.0])? {
                text.push(['가', '나', '다', 'ㅋ', 'b'][rng.sample(&[4.0, 3.0, 2.0, 1.0, 1.0])?]);
            }
            text.push_str([" ", "  ", "\n"][rng.sample(&[5.0, 1.0, 1.0])?]);
        }
        Ok(text)
    };
    let (short, long, other): (String, String, String) = (words(4)?, words(40)?, words(30)?);
    let case = |name: &str, input: Input| Case { name: name.to_owned(), input, golden: None };
    let distance = |document: Vec<String>, language: Vec<String>| Input::Distance { document, language };
    Ok(vec![
        case("profile: four words, drawn", Input::Profile { text: short.clone(), size: 300 }),
        case("profile: forty words, drawn", Input::Profile { text: long.clone(), size: 25 }),
        case("distance: four words from forty, drawn", distance(ours::profile(&short, 50), ours::profile(&long, 30))),
        case("distance: forty words from thirty, drawn", distance(ours::profile(&long, 40), ours::profile(&other, 60))),
    ])
}

/// Both functions with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    match input {
        Input::Profile { text, size } => {
            values.texts("n-grams", flawed_profile(has, text, *size));
            Ok(())
        }
        Input::Distance { document, language } => values.counts("distance", [flawed_distance(has, document, language)]),
    }
}

fn flawed_profile(has: &dyn Fn(&str) -> bool, text: &str, size: usize) -> Vec<String> {
    let (before, behind) = match (has("words not padded"), has("padded once")) {
        (true, _) => ("", ""),
        (_, true) => (" ", ""),
        _ => (" ", " "),
    };
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let parts: Vec<String> = if has("across words") && !words.is_empty() {
        vec![format!("{before}{}{behind}", words.join(" "))]
    } else {
        words.iter().map(|word| format!("{before}{word}{behind}")).collect()
    };
    let lengths = usize::from(has("no single signs")) + 1..=3 - usize::from(has("no three signs"));
    let mut counts: Vec<(String, usize)> = vec![]; // in the order in which they came
    for part in parts {
        let signs: Vec<char> = part.chars().collect();
        let mut seen: Vec<String> = vec![];
        for n in lengths.clone() {
            for gram in signs.windows(n) {
                let gram: String = gram.iter().collect();
                if has("once a word") && seen.contains(&gram) {
                    continue;
                }
                seen.push(gram.clone());
                match counts.iter_mut().find(|(known, _)| *known == gram) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((gram, 1)),
                }
            }
        }
    }
    counts.sort_by(|(a, times_a), (b, times_b)| {
        let by_count = if has("rarest first") { times_a.cmp(times_b) } else { times_b.cmp(times_a) };
        by_count.then_with(|| match (has("equals as they came"), has("equals the other way round")) {
            (true, _) => std::cmp::Ordering::Equal,
            (_, true) => b.cmp(a),
            _ => a.cmp(b),
        })
    });
    counts.into_iter().take(size).map(|(gram, _)| gram).collect()
}

fn flawed_distance(has: &dyn Fn(&str) -> bool, document: &[String], language: &[String]) -> i64 {
    let (from, to) = if has("the language's n-grams") { (language, document) } else { (document, language) };
    let missing = match (has("missing ones cost nothing"), has("missing ones cost the document's length")) {
        (true, _) => 0,
        (_, true) => from.len(),
        _ => to.len(),
    };
    let off = i64::from(has("one place off"));
    let each = from.iter().enumerate().map(|(place, gram)| match to.iter().position(|other| other == gram) {
        Some(other) if has("distances cancel") => other as i64 - place as i64 + off,
        Some(other) => other.abs_diff(place) as i64 + off,
        None => missing as i64,
    });
    each.sum::<i64>().abs()
}

/// Right, in an odd way: all n-grams sorted, equal ones counted as runs.
fn runs(text: &str, size: usize) -> Vec<String> {
    let mut grams: Vec<String> = vec![];
    for word in text.split_whitespace() {
        let signs: Vec<String> =
            [" ".to_owned()].into_iter().chain(word.chars().map(String::from)).chain([" ".to_owned()]).collect();
        for start in 0..signs.len() {
            for end in start + 1..=(start + 3).min(signs.len()) {
                grams.push(signs[start..end].concat());
            }
        }
    }
    grams.sort();
    let mut ranked: Vec<(usize, String)> =
        grams.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0].clone())).collect();
    ranked.sort_by_key(|(count, _)| Reverse(*count)); // stable: equals stay sorted
    ranked.truncate(size);
    ranked.into_iter().map(|(_, gram)| gram).collect()
}

fn searched(document: &[String], language: &[String]) -> usize {
    let mut sum = 0;
    for (place, gram) in document.iter().enumerate() {
        sum += language.iter().position(|other| other == gram).map_or(language.len(), |other| place.abs_diff(other));
    }
    sum
}

/// Right as well: windows over one text in which two spaces part the words.
fn windows(text: &str, size: usize) -> Vec<String> {
    let padded: String = text.split_whitespace().map(|word| format!(" {word} ")).collect();
    let signs: Vec<char> = padded.chars().collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for n in 1..=3 {
        for gram in signs.windows(n) {
            let gram: String = gram.iter().collect();
            if !gram.contains("  ") {
                *counts.entry(gram).or_default() += 1;
            }
        }
    }
    let mut ranked: Vec<(Reverse<usize>, String)> =
        counts.into_iter().map(|(gram, count)| (Reverse(count), gram)).collect();
    ranked.sort();
    ranked.into_iter().map(|(_, gram)| gram).take(size).collect()
}

fn by_map(document: &[String], language: &[String]) -> usize {
    let places: BTreeMap<&String, usize> = language.iter().zip(0..).collect();
    (0..)
        .zip(document)
        .map(|(place, gram): (usize, _)| places.get(gram).map_or(language.len(), |o| o.abs_diff(place)))
        .sum()
}
