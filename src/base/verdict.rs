//! What a check found, and the channel by which a graded process tells the grader.
//!
//! The channel: the grader writes a random word to the graded process's standard input; the check reads it *before* any
//! code of the learner runs, and prefixes the one line that carries the verdict with it. Code that does not know the word
//! cannot forge a verdict: printing `ok`, or leaving with 0, is not a pass.

use std::io::{BufRead as _, Write as _};

use serde::{Deserialize, Serialize};

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
    /// The value that was expected, cut to what matters.
    pub expected: String,
    /// The value (or error, or panic) that came instead.
    pub got: String,
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
