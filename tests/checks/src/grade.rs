//! From what a subject did to a verdict: passed, or expected against actual, with a diagnosis where it is earned.
//!
//! A mistake is named when it alone explains every result, and differs from the truth on at least two inputs. When none
//! does, pairs are tried, and a pair is named only if no other pair explains the results too. Failing that, a mistake is
//! named that the results agree with on at least two inputs on which it differs from the truth and from every other
//! mistake; there a `NaN` is no evidence.

use std::rc::Rc;

use candle_core::{DType, Result, Tensor};
use week00_workbench::compare::Difference;
use workshop_base::verdict::{Came, Mistake, Seen, Verdict};

use crate::check::Check;
use crate::observe::{End, Observed, Values};

impl<I, S> Check<I, S> {
    pub(crate) fn grade_with(&self, subject: &dyn Fn(&I, &mut Values) -> Result<()>) -> Verdict {
        let got: Vec<Observed> =
            self.cases.iter().map(|case| Observed::of(|values| subject(&case.input, values))).collect();
        let expected = self.expected();

        if let Some(seen) = self.worst(&got, &expected) {
            return Verdict::Wrong { seen, mistakes: self.diagnose(&got, &expected) };
        }
        // What was given is right; a part may still be missing.
        if let Some(goal) = got.iter().find_map(|o| if let End::Todo(goal) = &o.end { Some(goal) } else { None }) {
            return Verdict::NotStarted { goal: goal.clone() };
        }
        for case in &self.refused {
            let came = match Observed::of(|values| subject(&case.input, values)).end {
                End::Failed(_) => continue,
                End::Done => Came::NoError,
                End::Panicked(message) | End::Todo(message) => Came::Panic { message },
            };
            return Verdict::Wrong { seen: Seen { on: case.name.clone(), row: None, came }, mistakes: vec![] };
        }
        Verdict::Passed { cases: self.cases.len() + self.refused.len() }
    }

    /// The disagreement that shows best: a value rather than a failure, and the smallest such case.
    fn worst(&self, got: &[Observed], expected: &[Observed]) -> Option<Seen> {
        let mut best: Option<(bool, usize, Seen)> = None;
        for ((case, got), expected) in self.cases.iter().zip(got).zip(expected) {
            let mut row = None;
            let (is_failure, size, came) = match (got.values.difference(&expected.values), &got.end) {
                (Some((name, got, expected, difference)), _) => {
                    row = row_of(expected, &difference);
                    (false, expected.elem_count(), cut(name, got, expected, &difference))
                }
                (None, End::Done | End::Todo(_)) => continue,
                (None, End::Failed(message)) => (true, 0, Came::Error { message: message.clone() }),
                (None, End::Panicked(message)) => (true, 0, Came::Panic { message: message.clone() }),
            };
            let seen = Seen { on: case.name.clone(), row, came };
            if best.as_ref().is_none_or(|(failed, smallest, _)| (is_failure, size) < (*failed, *smallest)) {
                best = Some((is_failure, size, seen));
            }
        }
        best.map(|(_, _, seen)| seen)
    }

    fn diagnose(&self, got: &[Observed], expected: &[Observed]) -> Vec<Mistake> {
        let singles: Vec<Rc<Vec<Observed>>> = self.mistakes.iter().map(|m| self.with_mistakes(&[&m.name])).collect();
        let agrees = |theirs: &[Observed], i: usize| got[i].agrees(&theirs[i]);
        let explains = |theirs: &[Observed]| (0..got.len()).all(|i| agrees(theirs, i));
        // The inputs on which the subject shows this mistake and nothing else.
        let evidence = |theirs: &[Observed], all_else_right: bool, others: &[&Rc<Vec<Observed>>]| {
            (0..got.len())
                .filter(|i| agrees(theirs, *i) && !theirs[*i].agrees(&expected[*i]) && !got[*i].agrees(&expected[*i]))
                .filter(|i| theirs[*i].end == End::Done)
                .filter(|i| all_else_right || !theirs[*i].values.has_nan())
                .filter(|i| others.iter().all(|other| !other[*i].agrees(&theirs[*i])))
                .count()
        };
        let others = |but: usize| -> Vec<&Rc<Vec<Observed>>> {
            singles.iter().enumerate().filter(|(other, _)| *other != but).map(|(_, theirs)| theirs).collect()
        };

        let named = |m: usize| vec![self.mistakes[m].clone()];
        // A mistake that alone of all explains every result: on some input each other one has been ruled out.
        let whole: Vec<usize> = (0..singles.len()).filter(|m| explains(&singles[*m])).collect();
        if let [m] = whole[..]
            && evidence(&singles[m], true, &[]) >= 2
        {
            return named(m);
        }
        let mut pairs = vec![];
        for first in 0..singles.len() {
            for second in first + 1..singles.len() {
                let theirs = self.with_mistakes(&[&self.mistakes[first].name, &self.mistakes[second].name]);
                if explains(&theirs) && evidence(&theirs, true, &singles.iter().collect::<Vec<_>>()) >= 2 {
                    pairs.push((first, second));
                }
            }
        }
        if let [(first, second)] = pairs[..] {
            return vec![self.mistakes[first].clone(), self.mistakes[second].clone()];
        }
        let mut shown = (0..singles.len()).filter(|m| evidence(&singles[*m], false, &others(*m)) >= 2);
        match (shown.next(), shown.next()) {
            (Some(m), None) => named(m),
            _ => vec![],
        }
    }
}

/// Where the row that is shown stands among others: its index.
fn row_of(expected: &Tensor, difference: &Difference) -> Option<String> {
    let Difference::Value { at, .. } = difference else { return None };
    let (_, leading) = at.split_last()?;
    let rows: usize = expected.dims().iter().take(leading.len()).product();
    (rows > 1).then(|| format!("{leading:?}"))
}

/// Expected and actual as text, cut to the row with the largest difference.
fn cut(name: &str, got: &Tensor, expected: &Tensor, difference: &Difference) -> Came {
    let what = name.to_owned();
    match difference {
        Difference::Shape { got, expected } => {
            Came::Shape { what, expected: format!("{expected:?}"), got: format!("{got:?}") }
        }
        Difference::Value { at, .. } => {
            let row = |t: &Tensor| row_at(t, at).unwrap_or_else(|error| error.to_string());
            Came::Values { what, expected: row(expected), got: row(got) }
        }
    }
}

fn row_at(t: &Tensor, at: &[usize]) -> Result<String> {
    const SHOWN: usize = 6;
    let Some((column, leading)) = at.split_last() else {
        return Ok(format!("{:.4}", t.to_dtype(DType::F64)?.to_scalar::<f64>()?));
    };
    let mut row = t.to_dtype(DType::F64)?;
    for index in leading {
        row = row.get(*index)?;
    }
    let numbers = row.to_vec1::<f64>()?;
    let start = column.saturating_sub(SHOWN / 2).min(numbers.len().saturating_sub(SHOWN));
    let end = (start + SHOWN).min(numbers.len());
    let shown: Vec<String> = numbers[start..end].iter().map(|x| number(*x)).collect();
    let before = if start > 0 { ".., " } else { "" };
    let after = if end < numbers.len() { ", .." } else { "" };
    Ok(format!("[{before}{}{after}]", shown.join(", ")))
}

/// Four digits that matter, whatever the size.
fn number(x: f64) -> String {
    if x == 0.0 || !x.is_finite() || (1e-3..1e5).contains(&x.abs()) { format!("{x:.4}") } else { format!("{x:.3e}") }
}
