//! From what a subject did to a verdict: passed, or expected against actual, with a diagnosis where it is earned.
//!
//! A mistake is named when it alone explains every result, in one of the ways to make it, and differs from the truth on at
//! least two inputs. When none does, a mistake of rounding is named if every result is as near to the truth as it must be,
//! and two are not near enough to pass. Then pairs are tried, and a pair is named only if no other pair explains the results too. Failing that, a mistake is
//! named that the results agree with on at least two inputs on which it differs from the truth and from every other
//! mistake; there a `NaN` is no evidence.

use std::rc::Rc;

use candle_core::{DType, Result, Tensor};
use week00_workbench::compare::{Difference, Tolerance};
use workshop_base::verdict::{Came, Mistake, Seen, Verdict};

use crate::check::Check;
use crate::observe::{End, Gap, Observed, Values};

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
                (Some((name, size, Gap::Numbers(got, expected, difference))), _) => {
                    row = row_of(expected, &difference);
                    (false, size, cut(name, got, expected, &difference))
                }
                (Some((name, size, Gap::Texts(got, expected))), _) => {
                    (false, size, Came::Values { what: name.to_owned(), expected, got })
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
        // Every way to make a single mistake, with the mistake that it is.
        let listed = self.mistakes.iter().enumerate().map(|(m, mistake)| (m, &*mistake.name));
        let singles: Vec<(usize, Rc<Vec<Observed>>)> =
            listed.chain(self.ways.iter().copied()).map(|(m, way)| (m, self.with_mistakes(&[way]))).collect();
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
            singles.iter().filter(|(other, _)| *other != but).map(|(_, theirs)| theirs).collect()
        };

        let named = |m: usize| vec![self.mistakes[m].clone()];
        // A mistake that alone of all explains every result: on some input each other one has been ruled out.
        let mut whole: Vec<&(usize, Rc<Vec<Observed>>)> =
            singles.iter().filter(|(_, theirs)| explains(theirs)).collect();
        whole.sort_by_key(|(m, _)| *m);
        whole.dedup_by_key(|(m, _)| *m);
        if let [(m, theirs)] = whole[..]
            && evidence(theirs, true, &[]) >= 2
        {
            return named(*m);
        }
        let off = (0..got.len()).filter(|i| !got[*i].agrees(&expected[*i])).count();
        for (m, at_most) in &self.roundings {
            let near = |i: usize| {
                let tolerance = Tolerance { relative: 0.0, absolute: at_most(&self.cases[i].input) };
                got[i].agrees(&expected[i]) || got[i].agrees_within(&expected[i], tolerance)
            };
            if off >= 2 && (0..got.len()).all(near) {
                return named(*m);
            }
        }
        let mut pairs = vec![];
        for first in 0..self.mistakes.len() {
            for second in first + 1..self.mistakes.len() {
                let theirs = self.with_mistakes(&[&self.mistakes[first].name, &self.mistakes[second].name]);
                if explains(&theirs) && evidence(&theirs, true, &others(usize::MAX)) >= 2 {
                    pairs.push((first, second));
                }
            }
        }
        if let [(first, second)] = pairs[..] {
            return vec![self.mistakes[first].clone(), self.mistakes[second].clone()];
        }
        let mut shown: Vec<usize> =
            singles.iter().filter(|(m, theirs)| evidence(theirs, false, &others(*m)) >= 2).map(|(m, _)| *m).collect();
        shown.sort_unstable();
        shown.dedup();
        match shown[..] {
            [m] => named(m),
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
        Difference::Value { at, got: g, expected: e, .. } => {
            let gap = (g - e).abs();
            let row = |t: &Tensor| row_at(t, at, gap).unwrap_or_else(|error| error.to_string());
            Came::Values { what, expected: row(expected), got: row(got) }
        }
    }
}

fn row_at(t: &Tensor, at: &[usize], gap: f64) -> Result<String> {
    const SHOWN: usize = 6;
    // What is counted, or is 1 or 0, is shown as a whole number.
    let number = |x: f64, gap: f64| if t.dtype().is_int() { format!("{x:.0}") } else { number(x, gap) };
    let Some((column, leading)) = at.split_last() else {
        return Ok(number(t.to_dtype(DType::F64)?.to_scalar::<f64>()?, gap));
    };
    let mut row = t.to_dtype(DType::F64)?;
    for index in leading {
        row = row.get(*index)?;
    }
    let numbers = row.to_vec1::<f64>()?;
    let start = column.saturating_sub(SHOWN / 2).min(numbers.len().saturating_sub(SHOWN));
    let end = (start + SHOWN).min(numbers.len());
    let shown: Vec<String> = numbers[start..end].iter().map(|x| number(*x, gap)).collect();
    let before = if start > 0 { ".., " } else { "" };
    let after = if end < numbers.len() { ", .." } else { "" };
    Ok(format!("[{before}{}{after}]", shown.join(", ")))
}

/// Four digits that matter, whatever the size, and more where a gap would not show in them.
fn number(x: f64, gap: f64) -> String {
    // Two digits of the gap; none where there is none, or where it is infinite.
    let digits = |gap: f64| if gap > 0.0 && gap.is_finite() { (1.0 - gap.log10()).ceil() as usize } else { 0 };
    if x == 0.0 || !x.is_finite() || (1e-3..1e5).contains(&x.abs()) {
        format!("{x:.0$}", digits(gap).clamp(4, 8))
    } else {
        format!("{x:.0$e}", digits(gap / x.abs()).clamp(3, 8))
    }
}
