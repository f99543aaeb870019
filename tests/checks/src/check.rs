//! A check: cases, mistakes and odd but right solutions, and the proof that they are what they say.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use candle_core::Result;
use workshop_base::verdict::{Mistake, Verdict};

use crate::observe::{Observed, Value, Values};

/// What a subject is run on, with what it should give where somebody else has said so.
#[derive(Debug, Clone)]
pub struct Case<I> {
    /// The case in a few words: "a query that may look nowhere".
    pub name: String,
    /// The input.
    pub input: I,
    /// The golden values, from a reference that nobody here wrote. Where there are none, the solution says.
    pub golden: Option<Values>,
}

/// Runs the code under test on one input and notes what it gives.
type Observe<I, S> = fn(&S, &I, &mut Values) -> Result<()>;
/// Does the same with the named mistakes built in.
type Flawed<I> = fn(&dyn Fn(&str) -> bool, &I, &mut Values) -> Result<()>;

/// How far off a mistake of rounding may be on an input.
type AtMost<I> = fn(&I) -> f64;

/// The check of one exercise. `I` is an input, `S` the functions under test.
pub struct Check<I, S> {
    pub(crate) id: &'static str,
    pub(crate) cases: Vec<Case<I>>,
    pub(crate) refused: Vec<Case<I>>,
    pub(crate) mistakes: Vec<Mistake>,
    /// Other ways to make a mistake: which one, and the name by which `flawed` is asked for this way.
    pub(crate) ways: Vec<(usize, &'static str)>,
    /// Mistakes of rounding: which one, and how far off it may be on an input.
    pub(crate) roundings: Vec<(usize, AtMost<I>)>,
    pub(crate) flawed: Flawed<I>,
    pub(crate) right: Vec<(&'static str, S)>,
    pub(crate) truth: S,
    pub(crate) observe: Observe<I, S>,
    memo: RefCell<BTreeMap<String, Rc<Vec<Observed>>>>,
}

impl<I, S> Check<I, S> {
    /// A check without cases. `truth` is the solution, `observe` runs a subject on an input and notes what it gives,
    /// `flawed` does so for an implementation that has the mistakes it is told to have.
    pub fn new(id: &'static str, truth: S, observe: Observe<I, S>, flawed: Flawed<I>) -> Self {
        Self {
            id,
            cases: vec![],
            refused: vec![],
            mistakes: vec![],
            ways: vec![],
            roundings: vec![],
            flawed,
            right: vec![],
            truth,
            observe,
            memo: RefCell::default(),
        }
    }

    /// Adds cases.
    ///
    /// # Panics
    /// When they could not be made: the course is broken, and no verdict would be right.
    #[must_use]
    pub fn cases(mut self, cases: Result<impl IntoIterator<Item = Case<I>>>) -> Self {
        self.cases.extend(cases.unwrap_or_else(|error| panic!("the cases of {}: {error}", self.id)));
        self
    }

    /// Adds an input that must be refused with an error, not with a panic and not with a value.
    #[must_use]
    pub fn refuses(mut self, name: &str, input: I) -> Self {
        self.refused.push(Case { name: name.to_owned(), input, golden: None });
        self
    }

    /// Adds a plausible mistake: its name, as `flawed` is asked for it, what to say the first time, and on repetition.
    #[must_use]
    pub fn mistake(mut self, name: &str, symptom: &str, remedy: &str) -> Self {
        self.mistakes.push(Mistake { name: name.into(), symptom: symptom.into(), remedy: remedy.into() });
        self
    }

    /// Adds another way to make the mistake added last, for which the same sentences are true: its name, as `flawed` is
    /// asked for it.
    #[must_use]
    pub fn way(mut self, name: &'static str) -> Self {
        self.ways.push((self.mistakes.len() - 1, name));
        self
    }

    /// Says that the mistake added last is one of rounding. There are more ways to round than can be listed, so it is
    /// also named where all results are right but for this much on each input.
    #[must_use]
    pub fn rounding(mut self, at_most: AtMost<I>) -> Self {
        self.roundings.push((self.mistakes.len() - 1, at_most));
        self
    }

    /// Adds an odd but right solution, which must pass.
    #[must_use]
    pub fn right(mut self, name: &'static str, subject: S) -> Self {
        self.right.push((name, subject));
        self
    }

    /// Grades the functions of a crate.
    pub fn grade(&self, subject: &S) -> Verdict {
        self.grade_with(&|input, values| (self.observe)(subject, input, values))
    }

    pub(crate) fn expected(&self) -> Vec<Observed> {
        self.cases
            .iter()
            .map(|case| match &case.golden {
                Some(golden) => Observed { values: golden.clone(), end: crate::observe::End::Done },
                None => Observed::of(|values| (self.observe)(&self.truth, &case.input, values)),
            })
            .collect()
    }

    /// What an implementation with these mistakes gives on every case.
    pub(crate) fn with_mistakes(&self, names: &[&str]) -> Rc<Vec<Observed>> {
        let key = names.join("\n");
        if let Some(known) = self.memo.borrow().get(&key) {
            return known.clone();
        }
        let has = |name: &str| names.contains(&name);
        let run = |case: &Case<I>| Observed::of(|values| (self.flawed)(&has, &case.input, values));
        let observed: Rc<Vec<Observed>> = Rc::new(self.cases.iter().map(run).collect());
        self.memo.borrow_mut().insert(key, observed.clone());
        observed
    }
}

/// What the course's own tools need of any check.
pub trait Listed {
    /// The exercise.
    fn id(&self) -> &'static str;
    /// The mistakes it knows.
    fn mistakes(&self) -> &[Mistake];
    /// The names of its cases, and of the values that are compared on them.
    fn names(&self) -> Vec<String>;
    /// Proves that the check is what it says.
    fn self_test(&self) -> SelfTest;
}

/// What a check found about itself.
#[derive(Debug, Default)]
pub struct SelfTest {
    /// What is wrong with it; empty when nothing is.
    pub problems: Vec<String>,
    /// For each named value, the largest relative error of the solution against the golden values.
    pub errors: Vec<(&'static str, f64)>,
    /// Cases, and how many of them are golden.
    pub cases: (usize, usize),
    /// Pairs of mistakes: tried, not passed, and named as exactly these two or one of them.
    pub pairs: (usize, usize, usize),
}

impl<I, S> Listed for Check<I, S> {
    fn id(&self) -> &'static str {
        self.id
    }

    fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.cases.iter().chain(&self.refused).map(|case| case.name.clone()).collect();
        for observed in self.expected() {
            for (name, _) in observed.values.iter() {
                if !names.iter().any(|known| known == name) {
                    names.push((*name).to_owned());
                }
            }
        }
        names
    }

    fn self_test(&self) -> SelfTest {
        let golden = self.cases.iter().filter(|case| case.golden.is_some()).count();
        let mut test = SelfTest { cases: (self.cases.len(), golden), ..SelfTest::default() };
        let mut must_pass = |name: &str, verdict: Verdict| {
            if !matches!(verdict, Verdict::Passed { .. }) {
                test.problems.push(format!("{name} must pass: {verdict:?}"));
            }
        };
        must_pass("the solution", self.grade(&self.truth));
        for (name, subject) in &self.right {
            must_pass(name, self.grade(subject));
        }
        let graded = |names: &[&str]| {
            let has = |name: &str| names.contains(&name);
            self.grade_with(&|input, values| (self.flawed)(&has, input, values))
        };
        must_pass("an implementation without mistakes", graded(&[]));
        let listed = self.mistakes.iter().map(|mistake| (mistake, &*mistake.name));
        for (mistake, way) in listed.chain(self.ways.iter().map(|(m, way)| (&self.mistakes[*m], *way))) {
            let verdict = graded(&[way]);
            let why = match &verdict {
                Verdict::Wrong { mistakes, .. } if *mistakes == [mistake.clone()] => continue,
                Verdict::Passed { .. } => "passes: no case shows it".to_owned(),
                Verdict::Wrong { mistakes, .. } if mistakes.is_empty() => {
                    "is caught and not named: in two cases at least it must differ from the truth and from each other \
                     mistake"
                        .to_owned()
                }
                other => format!("must be caught and named alone: {other:?}"),
            };
            test.problems.push(format!("the mistake {way:?} {why}"));
        }
        for (i, first) in self.mistakes.iter().enumerate() {
            for second in &self.mistakes[i + 1..] {
                test.pairs.0 += 1;
                let verdict = graded(&[&first.name, &second.name]);
                let Verdict::Wrong { mistakes, .. } = verdict else { continue };
                test.pairs.1 += 1;
                if mistakes.iter().any(|mistake| mistake != first && mistake != second) {
                    let named: Vec<_> = mistakes.iter().map(|m| &m.name).collect();
                    test.problems.push(format!("{:?} with {:?} is taken for {named:?}", first.name, second.name));
                } else if !mistakes.is_empty() {
                    test.pairs.2 += 1;
                }
            }
        }
        test.errors = self.errors_against_golden();
        test
    }
}

impl<I, S> Check<I, S> {
    /// The largest relative error of the solution for each named value: the largest difference of a case, over the
    /// largest value of that case.
    fn errors_against_golden(&self) -> Vec<(&'static str, f64)> {
        let mut errors: Vec<(&'static str, f64)> = vec![];
        for case in &self.cases {
            let Some(golden) = &case.golden else { continue };
            let observed = Observed::of(|values| (self.observe)(&self.truth, &case.input, values));
            for ((name, got), (_, expected)) in observed.values.iter().zip(golden.iter()) {
                let error = match (got, expected) {
                    (Value::Numbers(got), Value::Numbers(expected)) => relative_error(got, expected),
                    // Texts are right or wrong.
                    _ => continue,
                };
                let error = error.unwrap_or(f64::INFINITY);
                match errors.iter_mut().find(|(known, _)| known == name) {
                    Some((_, largest)) => *largest = largest.max(error),
                    None => errors.push((name, error)),
                }
            }
        }
        errors
    }
}

fn relative_error(got: &candle_core::Tensor, expected: &candle_core::Tensor) -> Result<f64> {
    use candle_core::DType::F64;
    let (got, expected) = (got.to_dtype(F64)?.flatten_all()?, expected.to_dtype(F64)?.flatten_all()?);
    let largest = |t: &candle_core::Tensor| -> Result<f64> { t.abs()?.max(0)?.to_scalar::<f64>() };
    // Where all is next to nothing (the gradient of a softmax that is all but 0 and 1), a ratio says nothing.
    Ok(largest(&(got - &expected)?)? / largest(&expected)?.max(1e-3))
}
