//! What a check found, and the channel by which a graded process tells the grader.
//!
//! The channel: the grader writes a random word to the graded process's standard input; the check reads it *before* any
//! code of the learner runs, and prefixes the one line that carries the verdict with it. Code that does not know the word
//! cannot forge a verdict: printing `ok`, or leaving with 0, is not a pass. This holds against accidents and simple tricks,
//! not against intent: the word is in the process's memory, where code that goes looking for it finds it, just as whoever
//! wants to cheat finds the solution in its folder.

use std::io::{BufRead as _, Write as _};

use serde::{Deserialize, Serialize};

use crate::text::Catalogue;
use crate::tr;

/// What a check found about one exercise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Verdict {
    /// All cases agree.
    Passed {
        /// How many cases were compared.
        cases: usize,
    },
    /// The stub's `todo!` was reached.
    NotStarted {
        /// What the stub asks for.
        goal: String,
    },
    /// Some case disagrees.
    Wrong {
        /// What was seen on the case that shows it best.
        seen: Seen,
        /// The mistakes that the results agree with; empty when no diagnosis was earned.
        mistakes: Vec<Mistake>,
    },
}

/// Expected against actual, on one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The case, in a few words.
    pub on: String,
    /// The index of the row that is shown, where there are several: `[1]`.
    #[serde(default)]
    pub row: Option<String>,
    /// What came of it.
    pub came: Came,
}

/// What came of a case, instead of what was expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Came {
    /// Other values.
    Values {
        /// What they are: `weights`.
        what: String,
        /// The values that were expected, cut to what matters.
        expected: String,
        /// Those that came.
        got: String,
    },
    /// Another shape.
    Shape {
        /// Of what: `weights`.
        what: String,
        /// The shape that was expected.
        expected: String,
        /// The one that came.
        got: String,
    },
    /// An error, where a value was expected.
    Error {
        /// The error.
        message: String,
    },
    /// A panic.
    Panic {
        /// Its message.
        message: String,
    },
    /// A value, where an error was expected.
    NoError,
}

impl Seen {
    /// The sentence that says it.
    pub fn say(&self, text: &Catalogue) -> String {
        let on = text.get(&self.on);
        let on = match &self.row {
            Some(row) => tr!(text, "{on}, row {row}", on = on, row = row),
            None => on.to_owned(),
        };
        match &self.came {
            Came::Values { what, expected, got } => {
                let what = text.get(what);
                tr!(
                    text,
                    "on {on}: expected {what} {expected}, got {got}",
                    on = on,
                    what = what,
                    expected = expected,
                    got = got
                )
            }
            Came::Shape { what, expected, got } => {
                let what = text.get(what);
                tr!(
                    text,
                    "on {on}: expected {what} of shape {expected}, got {got}",
                    on = on,
                    what = what,
                    expected = expected,
                    got = got
                )
            }
            Came::Error { message } => {
                tr!(text, "on {on}: expected a value, got the error: {message}", on = on, message = message)
            }
            Came::Panic { message } => tr!(text, "on {on}: the code panicked: {message}", on = on, message = message),
            Came::NoError => tr!(text, "on {on}: expected an error, got a value", on = on),
        }
    }
}

/// A named mistake, with what a teacher would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// A short name, unique within the exercise.
    pub name: String,
    /// Said the first time: what the results look like.
    pub symptom: String,
    /// Said on repetition: what to do.
    pub remedy: String,
}

/// The graded process's end of the channel. Opened before any code of the learner runs.
#[derive(Debug)]
pub struct Sender {
    word: String,
}

impl Sender {
    /// Reads the grader's word from standard input.
    ///
    /// # Errors
    /// When there is none.
    pub fn open() -> std::io::Result<Self> {
        let mut word = String::new();
        std::io::stdin().lock().read_line(&mut word)?;
        let word = word.trim().to_owned();
        if word.is_empty() {
            return Err(std::io::Error::other("the grader sent no word: this program is started by `workshop check`"));
        }
        Ok(Self { word })
    }

    /// Tells the grader.
    ///
    /// # Errors
    /// When the grader has gone.
    pub fn send(self, verdict: &Verdict) -> std::io::Result<()> {
        let line = serde_json::to_string(verdict)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{} {line}", self.word)?;
        out.flush()
    }
}

/// The grader's end: the verdict in what the process printed, and all that it printed besides.
pub fn receive(word: &str, output: &str) -> (Option<Verdict>, String) {
    let mut verdict = None;
    let mut rest = String::new();
    for line in output.split_inclusive('\n') {
        match line.strip_prefix(word).and_then(|line| serde_json::from_str(line.trim()).ok()) {
            Some(found) => verdict = Some(found),
            None => rest.push_str(line),
        }
    }
    (verdict, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_with_the_word_counts() {
        let forged = "ok\n{\"kind\":\"passed\",\"cases\":9}\nsecret {\"kind\":\"passed\",\"cases\":9}\n";
        assert_eq!(receive("w1", forged), (None, forged.to_owned()));
        let (verdict, rest) = receive("w1", "hello\n\nw1 {\"kind\":\"passed\",\"cases\":3}\n");
        assert_eq!(verdict, Some(Verdict::Passed { cases: 3 }));
        assert_eq!(rest, "hello\n\n");
    }
}
