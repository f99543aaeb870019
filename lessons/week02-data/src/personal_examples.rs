//! Short texts with personal data marked by hand, and others that only look like it: how well the masks find it.
//!
//! **Every number and address here is invented.** Telephone and account numbers are zeros, e-mail addresses stand under
//! `example.com` (RFC 2606), IPv4 addresses come from the ranges that are set apart for documentation (RFC 5737), card
//! numbers are those that payment services publish for tests.

use std::ops::Range;

use crate::personal::{Kind, mask};

/// A line a text: the kind, and the text with what must be masked between ⟦ and ⟧.
const MARKED: &str = include_str!("../text/personal.tsv");

/// A text, and where its personal data stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// Its kind; `None` for a text that only looks as if.
    pub kind: Option<Kind>,
    /// The text, without marks.
    pub text: String,
    /// What must be masked, in bytes.
    pub places: Vec<Range<usize>>,
}

/// The texts.
pub fn marked() -> Vec<Marked> {
    MARKED.lines().filter_map(|line| line.split_once('\t')).map(|(kind, text)| unmark(kind, text)).collect()
}

fn unmark(kind: &str, line: &str) -> Marked {
    let kind = Kind::ALL.into_iter().find(|known| known.name().replace(' ', "-").to_lowercase() == kind);
    let (mut text, mut places) = (String::new(), vec![]);
    for sign in line.chars() {
        match (sign, places.last_mut()) {
            ('⟦', _) => places.push(text.len()..text.len()),
            ('⟧', Some(place)) => place.end = text.len(),
            _ => text.push(sign),
        }
    }
    Marked { kind, text, places }
}

/// How well a kind is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// The kind.
    pub kind: Kind,
    /// Found where it stands.
    pub right: usize,
    /// Found where there is nothing of this kind.
    pub wrong: usize,
    /// Not found.
    pub missed: usize,
}

impl Score {
    /// Of what was found, the share that is personal data of this kind.
    pub fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    /// Of the personal data of this kind, the share that was found.
    pub fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missed) as f64
    }
}

/// The score of each kind, in the order of [`Kind::ALL`].
pub fn score(texts: &[Marked]) -> Vec<Score> {
    let mut scores = Kind::ALL.map(|kind| Score { kind, right: 0, wrong: 0, missed: 0 });
    for text in texts {
        let found = mask(&text.text).found;
        for score in &mut scores {
            let places: &[Range<usize>] = if text.kind == Some(score.kind) { &text.places } else { &[] };
            let of_kind = found.iter().filter(|found| found.kind == score.kind).count();
            let right = found.iter().filter(|found| found.kind == score.kind && places.contains(&found.at)).count();
            score.right += right;
            score.wrong += of_kind - right;
            score.missed += places.len() - right;
        }
    }
    scores.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_are_read_and_the_score_is_what_the_page_says() {
        let texts = marked();
        assert!(texts.iter().all(|text| text.places.is_empty() == text.kind.is_none()), "a line has a wrong kind");
        let counts = score(&texts).into_iter().map(|score| (score.right, score.wrong, score.missed));
        let expected = [(6, 2, 1), (3, 0, 0), (2, 0, 1), (10, 0, 1), (2, 0, 1), (2, 1, 0)];
        assert_eq!(counts.collect::<Vec<_>>(), expected, "in the order of {:?}", Kind::ALL);
    }
}
