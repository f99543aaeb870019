//! The check of `week03/chat`: conversations, as transformers writes them by SmolLM2's template
//! (`tests/reference/week03_chat.py`).

use std::collections::BTreeMap;

use candle_core::Result;
use serde::Deserialize;
use sol03_tokenizer::chat as ours;
use sol03_tokenizer::special::split_special;
use week00_workbench::fixtures;

use super::special::note;
use crate::check::{Case, Check};
use crate::observe::Values;

/// The function under test.
pub type Subject = fn(&[(String, String)], bool) -> Vec<(bool, String)>;

/// Grades a crate's `chat_parts`.
#[macro_export]
macro_rules! week03_chat {
    ($($subject:tt)+) => {
        $crate::week03::chat::check().grade(&($($subject)+::chat::chat_parts as $crate::week03::chat::Subject))
    };
}

/// A conversation.
#[derive(Debug, Clone)]
pub struct Input {
    /// Roles and contents.
    messages: Vec<(String, String)>,
    /// Whether an answer is asked for.
    answer: bool,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let truth: Subject = ours::chat_parts;
    let observe =
        |subject: &Subject, input: &Input, values: &mut Values| note(&subject(&input.messages, input.answer), values);
    Check::new("week03/chat", truth, observe, |has, input, values| {
        note(&flawed(has, &input.messages, input.answer), values)
    })
    .cases(golden())
    .cases(Ok(by_hand()))
    .mistake(
        "the content cut at special tokens",
        "A content that holds `<|im_end|>` becomes special tokens in your list. Who wrote it?",
        "Mark as special only what you write yourself: a content goes into one part of text, whatever it holds.",
    )
    .mistake(
        "all is text",
        "No part of yours is a special token. Which of them did the program itself write as one?",
        "`<|im_start|>` and `<|im_end|>` are parts of their own, marked `true`.",
    )
    .mistake(
        "role and content in two parts",
        "Your role and your content are two parts. How many parts is the text between two special tokens?",
        "One part: `format!(\"{role}\\n{content}\")`. Two parts would be encoded one by one, and a merge could not cross.",
    )
    .mistake(
        "no line end behind the role",
        "Role and content touch in your text. What stands between them?",
        "Behind the role stands a line end, then the content.",
    )
    .mistake(
        "no line end behind a message",
        "Your messages touch: `<|im_end|><|im_start|>`. What stands behind each `<|im_end|>`?",
        "Behind `<|im_end|>` stands a part of text, a line end, behind the last message as well.",
    )
    .mistake(
        "a line end within the special token",
        "Your special token is longer than `<|im_end|>`. Is there such a token in the vocabulary?",
        "The line end behind `<|im_end|>` is a part of its own, and it is text.",
    )
    .mistake(
        "no line end behind the last message",
        "The line end behind your last message is missing. Is a conversation joined by line ends, or does each message end with one?",
        "Each message ends with a line end, the last one too: do not join, append.",
    )
    .mistake(
        "always asked for an answer",
        "Your conversation ends with `assistant` although no answer is asked for. When is it?",
        "Append `<|im_start|>` and the role only if `answer` is true.",
    )
    .mistake(
        "never asked for an answer",
        "An answer is asked for, and your conversation does not say who speaks next. What would a model write?",
        "If `answer` is true, append `<|im_start|>` and the text `assistant` with a line end.",
    )
    .mistake(
        "no answer after an answer",
        "An answer is asked for, and you leave it out where the assistant spoke last. What does the statement make it depend on?",
        "If `answer` is true, the two parts are there, whoever spoke last.",
    )
    .mistake(
        "a system message that nobody wrote",
        "Your conversation begins with a system message that is not among the messages. Whose instructions are they?",
        "Write the messages that you were given, and no others: such a default belongs to the template of one model.",
    )
    .mistake(
        "no line end behind assistant",
        "Your last part is `assistant` without a line end. What would the model have to write first?",
        "In training a line end follows each role: write it, so that the model begins with its answer.",
    )
    .mistake(
        "the answer closed",
        "Your answer is over before it begins. Who writes the `<|im_end|>` of the answer?",
        "Leave the last message open: the model itself ends it.",
    )
    .mistake(
        "contents trimmed",
        "White space around a content is missing in your text. Did the statement ask for that?",
        "Put the content in as it is.",
    )
    .right("a template with places, filled in", |messages, answer| {
        const MESSAGE: [(bool, &str); 4] =
            [(true, "<|im_start|>"), (false, "ROLE\nCONTENT"), (true, "<|im_end|>"), (false, "\n")];
        let filled = |(role, content): &(String, String)| {
            let fill = |part: &str| match part.split_once("ROLE\nCONTENT") {
                Some(_) => [role.as_str(), content].join("\n"),
                None => part.to_owned(),
            };
            MESSAGE.map(|(special, part)| (special, fill(part)))
        };
        let mut parts: Vec<(bool, String)> = messages.iter().flat_map(filled).collect();
        if answer {
            parts.extend([(true, "<|im_start|>".to_owned()), (false, "assistant\n".to_owned())]);
        }
        parts
    })
    .right("an open answer as a message whose end is cut off", |messages, answer| {
        let open = ("assistant".to_owned(), String::new());
        let all = messages.iter().chain(answer.then_some(&open));
        let mut parts = vec![];
        for (role, content) in all {
            let text = role.clone() + "\n" + content;
            for (special, part) in [(true, "<|im_start|>"), (false, &*text), (true, "<|im_end|>"), (false, "\n")] {
                parts.push((special, part.to_string()));
            }
        }
        parts.truncate(parts.len() - if answer { 2 } else { 0 });
        parts
    })
}

#[derive(Deserialize)]
struct Golden {
    cases: BTreeMap<String, GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    messages: Vec<(String, String)>,
    answer: bool,
    parts: Vec<(bool, String)>,
}

fn golden() -> Result<Vec<Case<Input>>> {
    let golden: Golden = fixtures::json("week03/chat.json")?;
    let case = |(name, case): (String, GoldenCase)| {
        let mut values = Values::default();
        note(&case.parts, &mut values)?;
        Ok(Case { name, input: Input { messages: case.messages, answer: case.answer }, golden: Some(values) })
    };
    golden.cases.into_iter().map(case).collect()
}

/// The solution answers these: transformers refuses a conversation without messages.
fn by_hand() -> [Case<Input>; 4] {
    let said = [("user", "안녕?"), ("assistant", "안녕하세요?")];
    [
        ("no messages", false, &[][..]),
        ("no messages, an answer asked for", true, &[]),
        ("one more answer", true, &said),
        ("an answer to nobody", true, &said[1..]),
    ]
    .map(|(name, answer, messages)| Case {
        name: name.to_owned(),
        input: Input {
            messages: messages.iter().map(|(role, content)| ((*role).into(), (*content).into())).collect(),
            answer,
        },
        golden: None,
    })
}

/// The parts with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, messages: &[(String, String)], answer: bool) -> Vec<(bool, String)> {
    let special = |token: &str| (!has("all is text"), token.to_owned());
    let text = |text: &str| (false, text.to_owned());
    let mut parts = vec![];
    if has("a system message that nobody wrote") && messages.first().is_none_or(|(role, _)| role != "system") {
        let default = "system\nYou are a helpful assistant.";
        parts.extend([special("<|im_start|>"), text(default), special("<|im_end|>"), text("\n")]);
    }
    for (i, (role, content)) in messages.iter().enumerate() {
        parts.push(special("<|im_start|>"));
        let line = if has("no line end behind the role") { "" } else { "\n" };
        let content = if has("contents trimmed") { content.trim() } else { content };
        let inside = if has("the content cut at special tokens") {
            let whole = format!("{role}{line}{content}");
            split_special(&whole, &["<|im_start|>".to_owned(), "<|im_end|>".to_owned()])
        } else if has("role and content in two parts") {
            vec![(false, format!("{role}{line}")), (false, content.to_owned())]
        } else {
            vec![(false, format!("{role}{line}{content}"))]
        };
        parts.extend(inside.into_iter().map(|(is, part)| if is { special(&part) } else { text(&part) }));
        let is_last = i + 1 == messages.len();
        if has("no line end behind a message") || is_last && has("no line end behind the last message") {
            parts.push(special("<|im_end|>"));
        } else if has("a line end within the special token") {
            parts.push(special("<|im_end|>\n"));
        } else {
            parts.extend([special("<|im_end|>"), text("\n")]);
        }
    }
    let after_answer = messages.last().is_some_and(|(role, _)| role == "assistant");
    let left_out = has("never asked for an answer") || has("no answer after an answer") && after_answer;
    let asked = answer && !left_out || has("always asked for an answer");
    if asked {
        parts.push(special("<|im_start|>"));
        parts.push(text(if has("no line end behind assistant") { "assistant" } else { "assistant\n" }));
        if has("the answer closed") {
            parts.push(special("<|im_end|>"));
        }
    }
    parts
}
