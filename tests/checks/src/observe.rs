//! What a subject did on one input: the values it gave, in order, and how it ended.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Error, Result, Shape, Tensor};
use week00_workbench::compare::{Difference, Tolerance, compare};

use crate::texts;

/// A value that a subject gives: numbers, compared within a tolerance, or texts, compared exactly.
#[derive(Debug, Clone)]
pub enum Value {
    /// Numbers.
    Numbers(Tensor),
    /// A text.
    Text(String),
    /// Texts in their order.
    Texts(Vec<String>),
}

/// Where two values differ.
pub(crate) enum Gap<'a> {
    /// Numbers: those that came, those that were expected, and where they differ.
    Numbers(&'a Tensor, &'a Tensor, Difference),
    /// Texts: those that came and those that were expected, in one line each, cut to what matters.
    Texts(String, String),
}

impl Value {
    fn gap<'a>(&'a self, expected: &'a Self) -> Option<Gap<'a>> {
        match (self, expected) {
            (Self::Numbers(got), Self::Numbers(expected)) => {
                let difference = compare(got, expected, Tolerance::F32).unwrap_or_else(|_| {
                    // What cannot be read as numbers differs as a whole.
                    Some(Difference::Shape { got: got.dims().to_vec(), expected: expected.dims().to_vec() })
                });
                difference.map(|difference| Gap::Numbers(got, expected, difference))
            }
            (Self::Text(got), Self::Text(expected)) => {
                let (got, expected) = (got != expected).then(|| texts::cut(got, expected))?;
                Some(Gap::Texts(got, expected))
            }
            (Self::Texts(got), Self::Texts(expected)) => {
                let (got, expected) = (got != expected).then(|| texts::cut_list(got, expected))?;
                Some(Gap::Texts(got, expected))
            }
            _ => Some(Gap::Texts(format!("{self:?}"), format!("{expected:?}"))),
        }
    }

    fn same(&self, other: &Self, tolerance: Tolerance) -> bool {
        match (self, other) {
            (Self::Numbers(got), Self::Numbers(theirs)) => matches!(compare(got, theirs, tolerance), Ok(None)),
            (Self::Text(got), Self::Text(theirs)) => got == theirs,
            (Self::Texts(got), Self::Texts(theirs)) => got == theirs,
            _ => false,
        }
    }

    /// Whether it holds a `NaN`, or cannot be read as numbers.
    fn has_nan(&self) -> bool {
        let Self::Numbers(t) = self else { return false };
        let numbers = || t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
        numbers().map_or(true, |numbers| numbers.iter().any(|x| x.is_nan()))
    }

    /// How much there is to look at.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Numbers(t) => t.elem_count(),
            Self::Text(text) => text.len(),
            Self::Texts(texts) => texts.iter().map(|text| text.len() + 1).sum(),
        }
    }
}

/// Named values, in the order in which a subject gave them.
#[derive(Debug, Clone, Default)]
pub struct Values(Vec<(&'static str, Value)>);

impl Values {
    /// Notes numbers. The names must not depend on the subject.
    pub fn push(&mut self, name: &'static str, value: Tensor) {
        self.0.push((name, Value::Numbers(value)));
    }

    /// Notes the type of a tensor.
    pub fn dtype(&mut self, name: &'static str, tensor: &Tensor) {
        self.text(name, tensor.dtype().as_str());
    }

    /// Notes a text.
    pub fn text(&mut self, name: &'static str, text: impl Into<String>) {
        self.0.push((name, Value::Text(text.into())));
    }

    /// Notes texts, in their order.
    pub fn texts<T: Into<String>>(&mut self, name: &'static str, texts: impl IntoIterator<Item = T>) {
        self.0.push((name, Value::Texts(texts.into_iter().map(Into::into).collect())));
    }

    /// Notes whole numbers (counts, ids), shown as such.
    ///
    /// # Errors
    /// When they do not fit in an `i64`.
    pub fn counts<N>(&mut self, name: &'static str, numbers: impl IntoIterator<Item = N>) -> Result<()>
    where
        i64: TryFrom<N>,
        <i64 as TryFrom<N>>::Error: std::error::Error + Send + Sync + 'static,
    {
        let numbers: std::result::Result<Vec<i64>, _> = numbers.into_iter().map(i64::try_from).collect();
        self.push(name, Tensor::new(numbers.map_err(Error::wrap)?, &Device::Cpu)?);
        Ok(())
    }

    /// Notes numbers of double precision.
    ///
    /// # Errors
    /// When they cannot be made a tensor.
    pub fn numbers(&mut self, name: &'static str, numbers: impl IntoIterator<Item = f64>) -> Result<()> {
        self.push(name, Tensor::new(numbers.into_iter().collect::<Vec<f64>>(), &Device::Cpu)?);
        Ok(())
    }

    /// The first value, in order, that differs from the expected one: its name, its size, and the gap.
    pub(crate) fn difference<'a>(&'a self, expected: &'a Self) -> Option<(&'static str, usize, Gap<'a>)> {
        self.0
            .iter()
            .zip(&expected.0)
            .find_map(|((name, got), (_, expected))| Some((*name, expected.size(), got.gap(expected)?)))
    }

    /// Whether the values are the same up to and including the first that holds a `NaN`. What comes of a `NaN` later, in
    /// the gradients above all, hangs on the order of the operations and not on the mistake.
    fn same_up_to_nan(&self, other: &Self, tolerance: Tolerance) -> bool {
        for ((_, got), (_, theirs)) in self.0.iter().zip(&other.0) {
            if !got.same(theirs, tolerance) {
                return false;
            }
            if got.has_nan() {
                return true;
            }
        }
        true
    }

    pub(crate) fn has_nan(&self) -> bool {
        self.0.iter().any(|(_, value)| value.has_nan())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(&'static str, Value)> {
        self.0.iter()
    }
}

/// How a subject ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    /// It returned.
    Done,
    /// It returned an error.
    Failed(String),
    /// It reached a `todo!`.
    Todo(String),
    /// It panicked.
    Panicked(String),
}

/// What a subject did on one input.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) values: Values,
    pub(crate) end: End,
}

impl Observed {
    /// Runs a subject and notes what it does, whatever it does short of ending the process.
    pub(crate) fn of(run: impl FnOnce(&mut Values) -> Result<()>) -> Self {
        let mut values = Values::default();
        let end = match quietly(|| run(&mut values)) {
            Ok(Ok(())) => End::Done,
            Ok(Err(error)) => End::Failed(first_line(&error.to_string())),
            Err(message) => match message.strip_prefix(TODO) {
                Some(goal) => End::Todo(goal.trim_start_matches(": ").to_owned()),
                None => End::Panicked(message),
            },
        };
        Self { values, end }
    }

    /// Whether two subjects did the same on an input. A subject that stopped at a `todo!` is judged by what it gave before.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        self.agrees_within(other, Tolerance::F32)
    }

    pub(crate) fn agrees_within(&self, other: &Self, tolerance: Tolerance) -> bool {
        let stops = |o: &Self| !matches!(o.end, End::Done);
        let same_end = matches!(self.end, End::Todo(_)) || stops(self) == stops(other);
        let same_length = stops(self) || self.values.len() == other.values.len();
        same_end && same_length && self.values.same_up_to_nan(&other.values, tolerance)
    }
}

/// What a `todo!` says before its own words.
const TODO: &str = "not yet implemented";

/// The name of a source file that a learner writes, `exercises/week04-attention/src/masks.rs`; only there does a line
/// number help. The check compiles a copy that lies elsewhere under this name.
fn learners_file(file: &str) -> Option<String> {
    let parts: Vec<&str> = file.split(['/', '\\']).collect();
    match parts[..] {
        [.., "exercises", week, "src", name] => Some(format!("exercises/{week}/src/{name}")),
        _ => None,
    }
}

/// Zeros for an input that is to be refused.
pub(crate) fn zeros(shape: impl Into<Shape>) -> Tensor {
    // Of a small shape they cannot fail to be made.
    Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap_or_else(|error| panic!("zeros: {error}"))
}

/// The gradient that arrives at an input; zeros where it takes no part in the result.
pub(crate) fn arrived(gradients: &GradStore, var: &Tensor) -> Result<Tensor> {
    gradients.get(var).map_or_else(|| var.zeros_like(), |gradient| Ok(gradient.clone()))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static QUIET: RefCell<bool> = const { RefCell::new(false) };
}

/// Runs `f`; a panic in it is not printed, and its message is returned instead.
fn quietly<T>(f: impl FnOnce() -> T) -> std::result::Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.with_borrow(|quiet| *quiet) {
                return usual(info);
            }
            let mut message = info.payload_as_str().unwrap_or("a panic without a message").to_owned();
            if let Some(at) = info.location()
                && let Some(file) = learners_file(at.file())
                && !message.starts_with(TODO)
            {
                message += &format!(" ({file}:{})", at.line());
            }
            LAST_PANIC.set(Some(message));
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    QUIET.set(false);
    result.map_err(|_| LAST_PANIC.take().unwrap_or_else(|| "a panic without a message".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_named_in_a_learners_file_alone() {
        let ours = "exercises/week04-attention/src/masks.rs";
        assert_eq!(learners_file(ours).as_deref(), Some(ours));
        assert_eq!(learners_file(&format!("/tmp/compiling-1/{ours}")).as_deref(), Some(ours));
        assert_eq!(learners_file(r"C:\c\exercises\week04-attention\src\masks.rs").as_deref(), Some(ours));
        assert_eq!(learners_file("/home/me/exercises/.cargo/candle-core/src/tensor.rs"), None);
        assert_eq!(learners_file("solutions/week04-attention/src/masks.rs"), None);
    }

    #[test]
    fn the_goal_of_a_todo_has_no_line() {
        let todo = Observed::of(|_| todo!("the goal"));
        assert_eq!(todo.end, End::Todo("the goal".into()));
    }

    #[test]
    fn both_infinities_are_no_nan() -> Result<()> {
        let has_nan = |numbers: &[f32]| Ok::<_, Error>(Value::Numbers(Tensor::new(numbers, &Device::Cpu)?).has_nan());
        assert!(!has_nan(&[f32::INFINITY, f32::NEG_INFINITY])?);
        assert!(has_nan(&[1.0, f32::NAN])?);
        Ok(())
    }

    #[test]
    fn what_comes_after_a_nan_is_not_compared() {
        let values = |first: f32, second: f32| {
            let mut values = Values::default();
            values.push("weights", Tensor::new(first, &candle_core::Device::Cpu)?);
            values.push("gradient", Tensor::new(second, &candle_core::Device::Cpu)?);
            Ok::<_, candle_core::Error>(values)
        };
        let same =
            |a: Result<Values>, b: Result<Values>| Ok::<_, candle_core::Error>(a?.same_up_to_nan(&b?, Tolerance::F32));
        assert!(matches!(same(values(f32::NAN, 1.0), values(f32::NAN, 2.0)), Ok(true)));
        assert!(matches!(same(values(f32::NAN, 1.0), values(0.0, 1.0)), Ok(false)));
        assert!(matches!(same(values(0.5, 1.0), values(0.5, 2.0)), Ok(false)));
    }
}
