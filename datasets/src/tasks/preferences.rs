//! Preferences: a prompt, the better and the worse answer, and what makes the difference.
//!
//! Short and long answers stand on both sides, so that length does not give the choice away: the test below measures it.

use super::template::{self, Template};
use super::{Candidate, Items, key};
use crate::rng::Rng;
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// A pair of answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What is asked.
    pub prompt: String,
    /// The better answer.
    pub chosen: String,
    /// The worse one.
    pub rejected: String,
    /// One of [`KINDS`]: politeness, honesty, an answer to what was asked, safety.
    pub kind: String,
}

/// What makes one answer better than the other.
pub const KINDS: [&str; 4] = ["공손함", "정직함", "알맞음", "안전함"];

/// The pairs of a split, without end.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("preferences", seed, split, make)
}

/// Writes a pair as a line of JSON.
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    super::put(&super::json(item), to)
}

fn templates() -> &'static (Vec<Template>, Vec<String>) {
    static TEMPLATES: OnceLock<(Vec<Template>, Vec<String>)> = OnceLock::new();
    TEMPLATES.get_or_init(|| template::read(include_str!("../../text/tasks/preferences.txt")))
}

fn make(_number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    let template = rng.pick(&templates().0)?;
    let scene = template.scene(rng);
    let (prompt, kind) = (template.text("물음", &scene, rng)?, template.text("갈래", &scene, rng)?);
    // Which of the two is the longer one is drawn first; where a record cannot give it, the last draw stands.
    let longer = rng.chance(1, 2);
    let mut item = Item { prompt, chosen: String::new(), rejected: String::new(), kind };
    for _ in 0..TRIES {
        item.chosen = template.text("좋음", &scene, rng)?;
        item.rejected = template.text("나쁨", &scene, rng)?;
        if (item.chosen.chars().count() > item.rejected.chars().count()) == longer {
            break;
        }
    }
    // A friendly close lengthens some of the better answers, as the worse ones tend to go on.
    if longer && ["정직함", "안전함"].contains(&item.kind.as_str()) && rng.chance(1, 2) {
        let closes = template::lists().list("맺음")?;
        item.chosen = format!("{} {}", item.chosen, rng.pick(&closes)?.text);
    }
    let (split, same) = (key(&item.prompt), key(&format!("{}\n{}\n{}", item.prompt, item.chosen, item.rejected)));
    Some(Candidate { item, split, same })
}

const TRIES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert_eq!(templates().1, Vec::<String>::new());
        for template in &templates().0 {
            assert!(KINDS.contains(&template.fixed("갈래").unwrap()));
            assert!(template.all("좋음").count() >= 2 && template.all("나쁨").count() >= 2);
        }
    }

    #[test]
    fn length_does_not_give_the_choice_away() {
        let (mut longer, mut chosen, mut rejected) = (0, 0, 0);
        let items: Vec<Item> = items(1, Split::Train).take(6000).collect();
        for item in &items {
            assert_ne!(item.chosen, item.rejected);
            let lengths = (item.chosen.chars().count(), item.rejected.chars().count());
            longer += u32::from(lengths.0 > lengths.1);
            chosen += lengths.0;
            rejected += lengths.1;
            assert_eq!(serde_json::from_str::<Item>(&super::super::json(item)).unwrap(), *item);
        }
        // Taking the longer (or the shorter) answer is right about half the time.
        assert!((2600..3400).contains(&longer), "{longer}");
        let ratio = chosen as f64 / rejected as f64;
        assert!((0.6..1.6).contains(&ratio), "{ratio}");
    }
}
