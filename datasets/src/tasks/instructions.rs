//! Instructions with their responses: `instruction`, `input` (empty where there is none) and `output`.
//!
//! 122 pairs were written in full. The others come from templates whose response is computed from the slots, and from the other
//! tasks: summaries and titles of news, verdicts of reviews, translations.

use super::records::{self, Record};
use super::template::{self, Template};
use super::{Candidate, Items, key, news, parallel, reviews, written};
use crate::rng::Rng;
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// An instruction and its response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What is to be done.
    pub instruction: String,
    /// With what; may be empty.
    pub input: String,
    /// The response.
    pub output: String,
}

/// The pairs of a split, without end.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("instructions", seed, split, make)
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
    TEMPLATES.get_or_init(|| template::read(include_str!("../../text/tasks/instructions.txt")))
}

fn by_hand() -> &'static [Record] {
    static WRITTEN: OnceLock<Vec<Record>> = OnceLock::new();
    WRITTEN.get_or_init(|| records::read(include_str!("../../text/tasks/instructions_written.txt")))
}

fn make(number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    let item = match written(by_hand(), number) {
        Some(record) => {
            Item { instruction: record.text("지시"), input: record.text("입력"), output: record.text("응답") }
        }
        None => match rng.weighted(&[80, 6, 3, 4, 4, 3]) {
            0 => from_template(rng)?,
            1 => about_news(
                rng,
                &["다음 기사를 한 문장으로 요약해 줘.", "기사를 읽고 한 문장으로 줄여 주세요."],
                |news| news.summary,
            )?,
            2 => about_news(
                rng,
                &["다음 기사에 제목을 붙여 줘.", "이 기사에 알맞은 제목을 지어 주세요."],
                |news| news.title,
            )?,
            3 => verdict(rng)?,
            4 => translation(rng, true)?,
            _ => translation(rng, false)?,
        },
    };
    // The input alone decides: one text under two instructions stays in one split.
    let split = key(if item.input.is_empty() { &item.instruction } else { &item.input });
    let same = key(&format!("{}\n{}\n{}", item.instruction, item.input, item.output));
    Some(Candidate { item, split, same })
}

fn from_template(rng: &mut Rng) -> Option<Item> {
    let template = rng.pick(&templates().0)?;
    let scene = template.scene(rng);
    let mut text = |key: &str| template.text(key, &scene, rng);
    let (instruction, input) = (text("지시")?, text("입력").unwrap_or_default());
    Some(Item { instruction, input, output: text("응답")? })
}

fn about_news(rng: &mut Rng, asked: &[&str], answer: fn(news::Item) -> String) -> Option<Item> {
    let instruction = (*rng.pick(asked)?).to_owned();
    let news = news::generated(rng)?;
    Some(Item { instruction, input: news.body.clone(), output: answer(news) })
}

fn verdict(rng: &mut Rng) -> Option<Item> {
    let asked =
        ["다음 영화평이 ‘긍정’인지 ‘부정’인지 골라 줘.", "이 관람평은 ‘긍정’인가요, ‘부정’인가요? 하나만 골라 주세요."];
    let instruction = (*rng.pick(&asked)?).to_owned();
    let (input, label) = reviews::generated(rng);
    Some(Item { instruction, input, output: if label == 1 { "긍정" } else { "부정" }.to_owned() })
}

fn translation(rng: &mut Rng, into_english: bool) -> Option<Item> {
    let pair = parallel::generated(rng)?.item;
    let (asked, input, output) = if into_english {
        (["다음 문장을 영어로 옮겨 줘.", "영어로 번역해 주세요."], pair.ko, pair.en)
    } else {
        (["다음 문장을 우리말로 옮겨 줘.", "한국어로 번역해 주세요."], pair.en, pair.ko)
    };
    Some(Item { instruction: (*rng.pick(&asked)?).to_owned(), input, output })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_can_be_read_and_every_written_pair_is_whole() {
        assert_eq!(templates().1, Vec::<String>::new());
        assert!(by_hand().len() >= 120);
        for record in by_hand() {
            assert!(record.get("지시").is_some() && record.all("응답").count() == 1, "{record:?}");
        }
    }

    #[test]
    fn items_parse_back_and_answer() {
        for item in items(1, Split::Train).take(5000) {
            assert!(!item.instruction.is_empty() && !item.output.trim().is_empty(), "{item:?}");
            assert_eq!(serde_json::from_str::<Item>(&super::super::json(&item)).unwrap(), item);
        }
    }

    #[test]
    fn sums_are_right() {
        let mut sums = 0;
        for item in items(2, Split::Train).take(20_000) {
            let Some((first, second)) = item.input.split_once(" 더하기 ") else { continue };
            let (Ok(first), Ok(second)) = (first.parse::<u32>(), second.parse::<u32>()) else { continue };
            assert!(item.output.contains(&(first + second).to_string()), "{item:?}");
            sums += 1;
        }
        assert!(sums > 50, "{sums}");
    }
}
