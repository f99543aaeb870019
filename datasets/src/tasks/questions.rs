//! Reading comprehension in KorQuAD's manner: a text, a question, and the answer as a piece of the text with its place in characters.
//!
//! Answers are marked in the templates, so that the place follows from the writing and is not searched for.

use super::template::{self, Template};
use super::{Candidate, Items, key};
use crate::rng::Rng;
use crate::split::Split;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::OnceLock;

/// A question about a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// A name that no other question of the seed has.
    pub id: String,
    /// The title of the text.
    pub title: String,
    /// The text.
    pub context: String,
    /// The question.
    pub question: String,
    /// The answer and its place.
    pub answers: Answers,
}

/// One answer, as lists of one: so the well-known files have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The words of the text.
    pub text: Vec<String>,
    /// Where they begin, in characters from 0.
    pub answer_start: Vec<usize>,
}

/// The questions of a split, without end.
pub fn items(seed: u64, split: Split) -> impl Iterator<Item = Item> {
    Items::new("questions", seed, split, make)
}

/// Writes a question as a line of JSON.
///
/// # Errors
/// What the writer reports.
pub fn write_line(item: &Item, to: &mut impl Write) -> io::Result<()> {
    super::put(&super::json(item), to)
}

fn templates() -> &'static (Vec<Template>, Vec<String>) {
    static TEMPLATES: OnceLock<(Vec<Template>, Vec<String>)> = OnceLock::new();
    TEMPLATES.get_or_init(|| template::read(include_str!("../../text/tasks/questions.txt")))
}

/// A marked piece of a text.
struct Mark {
    number: char,
    text: String,
    start: usize,
}

/// Takes the marks `«1:…»` out of a text.
fn unmarked(marked: &str) -> (String, Vec<Mark>) {
    let (mut text, mut length, mut marks) = (String::new(), 0, Vec::<Mark>::new());
    let mut letters = marked.chars().peekable();
    let mut open = false;
    while let Some(letter) = letters.next() {
        match letter {
            '«' => {
                let number = letters.next().unwrap_or('0');
                letters.next_if_eq(&':');
                marks.push(Mark { number, text: String::new(), start: length });
                open = true;
            }
            '»' => open = false,
            _ => {
                text.push(letter);
                length += 1;
                if let Some(mark) = marks.last_mut().filter(|_| open) {
                    mark.text.push(letter);
                }
            }
        }
    }
    (text, marks)
}

fn make(number: u64, rng: &mut Rng) -> Option<Candidate<Item>> {
    let template = rng.pick(&templates().0)?;
    let scene = template.scene(rng);
    let (context, marks) = unmarked(&template.text("글", &scene, rng)?);
    let mark = rng.pick(&marks)?;
    let question = template.text(&format!("물음{}", mark.number), &scene, rng)?;
    let title = template.text("제목", &scene, rng)?;
    let same = key(&format!("{context}\n{question}"));
    let answers = Answers { text: vec![mark.text.clone()], answer_start: vec![mark.start] };
    let split = key(&context);
    Some(Candidate {
        item: Item { id: format!("workshop-qa-{number:08}"), title, context, question, answers },
        split,
        same,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::template::Template;

    #[test]
    fn every_template_can_be_read_and_every_mark_has_a_question() {
        assert_eq!(templates().1, Vec::<String>::new());
        let mut rng = Rng::new(1, 1);
        for template in &templates().0 {
            let scene = Template::scene(template, &mut rng);
            let (_, marks) = unmarked(&template.text("글", &scene, &mut rng).unwrap());
            assert!(marks.len() >= 4);
            for mark in marks {
                assert!(template.all(&format!("물음{}", mark.number)).count() > 0, "{} {}", mark.number, mark.text);
            }
        }
    }

    #[test]
    fn the_answer_stands_where_it_is_said_to_stand() {
        for item in items(1, Split::Train).take(5000) {
            let [answer] = item.answers.text.as_slice() else { panic!("{item:?}") };
            let there: String =
                item.context.chars().skip(item.answers.answer_start[0]).take(answer.chars().count()).collect();
            assert_eq!(&there, answer);
            assert!(!answer.is_empty() && item.question.ends_with('?'), "{item:?}");
            // A question that holds its answer asks nothing.
            assert!(!item.question.contains(answer.as_str()), "{item:?}");
            assert_eq!(serde_json::from_str::<Item>(&super::super::json(&item)).unwrap(), item);
        }
    }

    #[test]
    fn marks_are_taken_out_and_counted_in_characters() {
        let (text, marks) = unmarked("가 «1:나다»라 «2:마»");
        assert_eq!(text, "가 나다라 마");
        assert_eq!(
            marks.iter().map(|mark| (mark.number, mark.text.as_str(), mark.start)).collect::<Vec<_>>(),
            [('1', "나다", 2), ('2', "마", 6)]
        );
    }
}
