//! Film reviews with their verdict, in NSMC's format: `id`, `document` and `label` (1 likes the film), separated by tabs.
//!
//! 132 reviews were written in full; the others are put together from clauses for and against, with turns ("they said it was bad,
//! and it is not"), a little irony, and the noise of the real ones. Films and people are invented.

use super::template::{Scene, Template};
use super::{Candidate, Items, key, put, written};
use crate::rng::Rng;
use crate::split::Split;
use crate::tasks::records::Record;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// A number that no other review of the seed has.
    pub id: u64,
    /// What it says.
    pub document: String,
    /// 1 likes the film, 0 does not.
    pub label: u8,
}

/// The reviews of a split, without end.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("reviews", seed, split, make)
}

/// A review as a line of the file.
pub fn line(item: &Item) -> String {
    format!("{}\t{}\t{}", item.id, item.document, item.label)
}

/// Writes a review as a line.
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    put(&line(item), to)
}

/// The clauses as the fields of one template, so that all of a review speak of the same film.
fn clauses() -> &'static (Template, Vec<String>) {
    static CLAUSES: OnceLock<(Template, Vec<String>)> = OnceLock::new();
    CLAUSES.get_or_init(|| {
        let mut template = Template::empty();
        let mut faults = Vec::new();
        let mut section = "";
        for line in include_str!("../../text/tasks/reviews.txt").lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) =
                line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|name| !name.contains(']'))
            {
                section = name;
            } else if !line.is_empty() {
                let record = Record { line: 0, fields: vec![(section.to_owned(), line.to_owned())] };
                faults.extend(template.extend(&record).err());
            }
        }
        (template, faults)
    })
}

fn by_hand() -> &'static [(u8, &'static str)] {
    static WRITTEN: OnceLock<Vec<(u8, &'static str)>> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let text = include_str!("../../text/tasks/reviews_written.txt");
        let parsed =
            text.lines().filter_map(|line| line.split_once(' ').map(|(label, review)| (label.parse(), review)));
        parsed.filter_map(|(label, review)| label.ok().map(|label| (label, review))).collect()
    })
}

fn make(number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    // The written ones lie in the file by label: every second one is taken from the other end.
    let all = by_hand();
    let (label, document) = match written(all, number) {
        Some(_) => {
            let place = (number / super::EVERY) as usize;
            let place = if place.is_multiple_of(2) { place / 2 } else { all.len() - 1 - place / 2 };
            (all[place].0, all[place].1.to_owned())
        }
        None => {
            let (document, label) = generated(rng);
            (label, document)
        }
    };
    // Blanks and signs do not count: a review with a blank less is the same review.
    let letters: String = document.chars().filter(|letter| ('가'..='힣').contains(letter)).collect();
    let key = key(&letters);
    Some(Candidate { item: Item { id: 1_000_000 + number, document, label }, split: key, same: key })
}

/// A review from clauses, and its label.
pub(super) fn generated(rng: &mut Rng) -> (String, u8) {
    let good = rng.chance(1, 2);
    (noisy(&composed(good, rng), rng), u8::from(good))
}

/// The clauses of a review, in the order of the text.
fn composed(good: bool, rng: &mut Rng) -> Vec<String> {
    let (template, _) = clauses();
    let scene = template.scene(rng);
    let (own, other) = if good { ("긍정", "부정") } else { ("부정", "긍정") };
    let mut aspects = ["연기", "이야기", "솜씨"];
    rng.shuffle(&mut aspects);
    let say = |side: &str, what: &str, rng: &mut Rng| -> String {
        let name = if side.is_empty() { what.to_owned() } else { format!("{side}.{what}") };
        template.text(&name, &scene, rng).unwrap_or_default()
    };
    let mut clauses = match rng.weighted(&[18, 22, 10, 12, 20, 13, 3, 8]) {
        0 => vec![say(own, "총평", rng)],
        1 => vec![say(own, aspects[0], rng), say(own, "총평", rng)],
        2 => vec![say("", "도입", rng), say(own, "총평", rng)],
        3 => vec![say("", "도입", rng), say(own, aspects[0], rng), say(own, aspects[1], rng)],
        4 => vec![
            say(other, aspects[0], rng),
            turned(&say(own, aspects[1], rng), good, &scene, rng),
            say(own, "총평", rng),
        ],
        5 => vec![say(own, "뒤집기", rng), say(own, aspects[0], rng)],
        6 => vec![say(own, "반어", rng)],
        _ => vec![say(own, aspects[0], rng), say(own, aspects[1], rng), say(own, "총평", rng)],
    };
    if rng.chance(1, 12) && clauses.len() > 1 {
        clauses.rotate_left(1);
        // The word of the turn must not open the review, nor may praise and blame change places.
        if clauses.iter().any(|clause| TURNS.iter().any(|turn| clause.starts_with(turn))) {
            clauses.rotate_right(1);
        }
    }
    clauses
}

const TURNS: [&str; 5] = ["하지만", "그래도", "그런데", "근데", "그러나"];

/// The clause with the word of the turn before it; “그래도” leads only from blame to praise.
fn turned(clause: &str, good: bool, scene: &Scene, rng: &mut Rng) -> String {
    let among: &[&str] = match (scene.speech(), good) {
        (2, true) => &["하지만", "그러나", "그래도", "그런데"],
        (2, false) => &["하지만", "그러나", "그런데"],
        (_, true) => &["근데", "그런데", "하지만", "그래도"],
        (_, false) => &["근데", "그런데", "하지만"],
    };
    format!("{} {clause}", rng.pick(among).unwrap_or(&"하지만"))
}

/// Sets the full stops as people do or do not, adds signs, shortens words and drops blanks, each at a low rate.
// The rates are the same for both labels: noise must not give the verdict away.
fn noisy(clauses: &[String], rng: &mut Rng) -> String {
    let (between, after) = match rng.weighted(&[48, 22, 8, 8, 8, 6]) {
        0 => (". ", "."),
        1 => (". ", ""),
        2 => ("... ", "..."),
        3 => (". ", "!"),
        4 => (" ", ""),
        _ => ("~ ", "~"),
    };
    let mut text = clauses.join(between);
    text.push_str(after);
    for (long, short, rate) in SHORTER {
        if rng.chance(*rate, 100) {
            text = text.replace(long, short);
        }
    }
    if rng.chance(17, 100) {
        let sign =
            rng.pick(&[" ㅋㅋ", " ㅋㅋㅋ", " ㅠㅠ", " ㅎㅎ", ";;", " ^^", "!!", "..", " ㄷㄷ", " ㅜㅜ"]).copied();
        text = text.trim_end_matches(['.', '~', '!']).to_owned() + sign.unwrap_or_default();
    }
    if rng.chance(10, 100) {
        text = text.split(' ').fold(String::new(), |mut text, word| {
            text.push_str(if text.is_empty() || rng.chance(2, 5) { "" } else { " " });
            text.push_str(word);
            text
        });
    }
    text
}

/// Words as they are said, and the usual mistakes: long form, short form, times of a hundred.
const SHORTER: &[(&str, &str, u32)] = &[
    ("재미있", "재밌", 60),
    ("이야기", "얘기", 30),
    ("처음", "첨", 8),
    ("마음", "맘", 10),
    ("너무", "넘", 6),
    ("정말", "진짜", 30),
    ("오랜만", "오랫만", 12),
    ("않", "안", 4),
    ("그렸", "그려냈", 5),
    ("이런 걸", "이런걸", 30),
    ("볼 거", "볼거", 30),
    ("못 ", "못", 15),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clause_can_be_read() {
        assert_eq!(clauses().1, Vec::<String>::new());
        assert_eq!(by_hand().len(), 132);
        assert_eq!(by_hand().iter().filter(|(label, _)| *label == 1).count(), 66);
        for section in
            ["도입", "긍정.총평", "부정.총평", "긍정.반어", "부정.뒤집기", "긍정.솜씨", "부정.연기", "긍정.이야기"]
        {
            assert!(clauses().0.all(section).count() > 5, "{section}");
        }
    }

    #[test]
    fn labels_are_balanced_and_lines_parse_back() {
        let items: Vec<Item> = items(1, Split::Train).take(5000).collect();
        let liked = items.iter().filter(|item| item.label == 1).count();
        assert!((2300..2700).contains(&liked), "{liked}");
        for item in &items {
            let line = line(item);
            let parts: Vec<&str> = line.split('\t').collect();
            assert_eq!(parts.len(), 3, "{line}");
            assert_eq!(
                (parts[0].parse(), parts[1], parts[2].parse()),
                (Ok(item.id), item.document.as_str(), Ok(item.label))
            );
            assert!(item.document.chars().count() >= 3, "{line}");
        }
    }

    #[test]
    fn every_written_review_comes_once() {
        let splits = Split::ALL
            .map(|split| items(1, split).take(if split == Split::Train { 2000 } else { 20 }).collect::<Vec<_>>());
        let all: Vec<&str> = splits.iter().flatten().map(|item| item.document.as_str()).collect();
        for (_, review) in by_hand() {
            assert_eq!(all.iter().filter(|found| found == &review).count(), 1, "{review}");
        }
    }
}
