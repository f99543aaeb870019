//! Small talk in the format of the Korean chatbot data: `Q`, `A` and `label`, separated by commas.
//!
//! The label is the mood of what is said: 0 everyday, 1 something hard, 2 something good.

use super::template::{self, Template};
use super::{Candidate, Items, key};
use crate::rng::Rng;
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// Something said, and an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What is said.
    #[serde(rename = "Q")]
    pub question: String,
    /// The answer.
    #[serde(rename = "A")]
    pub answer: String,
    /// 0 everyday, 1 something hard, 2 something good.
    pub label: u8,
}

/// The pairs of a split, without end; small talk has few wordings, so that a long stream repeats itself.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("chat", seed, split, make)
}

/// A pair as a line of the file.
pub fn line(item: &Item) -> String {
    format!("{},{},{}", quoted(&item.question), quoted(&item.answer), item.label)
}

/// Reads a line that [`line`] wrote; `None` when it has another form.
pub fn parse(line: &str) -> Option<Item> {
    let mut cells = vec![String::new()];
    let mut inside = false;
    for letter in line.chars() {
        match letter {
            '"' => inside = !inside,
            ',' if !inside => cells.push(String::new()),
            _ => cells.last_mut()?.push(letter),
        }
    }
    let [question, answer, label] = <[String; 3]>::try_from(cells).ok()?;
    Some(Item { question, answer, label: label.parse().ok()? })
}

/// Writes a pair as a line.
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    super::put(&line(item), to)
}

/// A cell; one with a comma stands in quotes. The texts hold no straight quotes of their own.
fn quoted(cell: &str) -> String {
    if cell.contains(',') { format!("\"{cell}\"") } else { cell.to_owned() }
}

fn templates() -> &'static (Vec<Template>, Vec<String>) {
    static TEMPLATES: OnceLock<(Vec<Template>, Vec<String>)> = OnceLock::new();
    TEMPLATES.get_or_init(|| template::read(include_str!("../../text/tasks/chat.txt")))
}

fn make(_number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    let template = rng.pick(&templates().0)?;
    let scene = template.scene(rng);
    let question = template.text("말", &scene, rng)?;
    let answer = template.text("답", &scene, rng)?;
    let label = template.fixed("갈래")?.parse().ok()?;
    let (split, same) = (key(&question), key(&format!("{question}\n{answer}")));
    Some(Candidate { item: Item { question, answer, label }, split, same })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read() {
        assert_eq!(templates().1, Vec::<String>::new());
        assert!(templates().0.iter().all(|template| ["0", "1", "2"].contains(&template.fixed("갈래").unwrap())));
    }

    #[test]
    fn lines_parse_back() {
        for item in items(1, Split::Train).take(3000) {
            assert!(!item.question.contains('"') && !item.answer.contains('"'), "{item:?}");
            assert_eq!(parse(&line(&item)), Some(item));
        }
        assert_eq!(parse("가,나"), None);
    }
}
