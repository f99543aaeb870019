//! The plain texts under the dirt. Every sentence has several forms, so that two texts on one topic are no duplicates.

use std::sync::OnceLock;

use crate::rng::Rng;

const CLEAN: &str = include_str!("../../text/raw/clean.txt");
const FOREIGN: &str = include_str!("../../text/raw/foreign.txt");
const TEST: &str = include_str!("../../text/raw/test.txt");

/// The blocks of a file: lines without the comments, parted by empty lines.
fn blocks(file: &'static str) -> Vec<Vec<&'static str>> {
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.is_empty()).filter(|block| !block.is_empty()).map(<[&str]>::to_vec).collect()
}

fn topics() -> &'static [Vec<&'static str>] {
    static READ: OnceLock<Vec<Vec<&'static str>>> = OnceLock::new();
    READ.get_or_init(|| blocks(CLEAN))
}

fn languages() -> &'static [Vec<&'static str>] {
    static READ: OnceLock<Vec<Vec<&'static str>>> = OnceLock::new();
    READ.get_or_init(|| blocks(FOREIGN))
}

/// The lines of the small test set that some documents of the dump are contaminated with.
pub fn test_set() -> Vec<&'static str> {
    blocks(TEST).into_iter().flatten().collect()
}

/// A plain Korean text of four to seven sentences, in one to two paragraphs.
pub(super) fn plain(rng: &mut Rng) -> String {
    let mut text = String::new();
    let Some(topic) = rng.pick(topics()) else { return text };
    let wanted = rng.range(4, 7) as u32;
    let (mut left, mut open) = (topic.len() as u32, wanted);
    for line in topic {
        // Each line has the same chance, and exactly as many as are wanted are taken.
        if rng.chance(open, left) {
            open -= 1;
            if !text.is_empty() {
                text.push(if rng.chance(1, 5) { '\n' } else { ' ' });
            }
            text.push_str(&chosen(line, rng));
        }
        left -= 1;
    }
    text
}

/// The line with one of the alternatives of each bracket.
fn chosen(line: &str, rng: &mut Rng) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('[') {
        let (inside, after) = after.split_once(']').unwrap_or((after, ""));
        let alternatives: Vec<&str> = inside.split('|').collect();
        text.push_str(before);
        text.push_str(rng.pick(&alternatives).copied().unwrap_or_default());
        rest = after;
    }
    text + rest
}

/// A text in another language.
pub(super) fn foreign(rng: &mut Rng) -> String {
    let Some((name, lines)) = rng.pick(languages()).and_then(|language| language.split_first()) else {
        return String::new();
    };
    let mut lines = lines.to_vec();
    rng.shuffle(&mut lines);
    lines.truncate(rng.range(3, 5) as usize);
    lines.join(if matches!(*name, "japanese" | "chinese") { "" } else { " " })
}

/// A line of the test set.
pub(super) fn test_line(rng: &mut Rng) -> &'static str {
    rng.pick(&test_set()).copied().unwrap_or_default()
}
