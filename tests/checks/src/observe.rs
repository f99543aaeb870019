//! What a subject did on one input: the values it gave, in order, and how it ended.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use candle_core::{DType, Result, Tensor};
use week00_workbench::compare::{Difference, Tolerance, compare};

/// Named values, in the order in which a subject gave them.
#[derive(Debug, Clone, Default)]
pub struct Values(Vec<(&'static str, Tensor)>);

impl Values {
    /// Notes a value. The names must not depend on the subject.
    pub fn push(&mut self, name: &'static str, value: Tensor) {
        self.0.push((name, value));
    }

    /// The first value, in order, that differs from the expected one.
    pub(crate) fn difference<'a>(
        &'a self,
        expected: &'a Self,
    ) -> Option<(&'static str, &'a Tensor, &'a Tensor, Difference)> {
        self.difference_within(expected, Tolerance::F32)
    }

    fn difference_within<'a>(
        &'a self,
        expected: &'a Self,
        tolerance: Tolerance,
    ) -> Option<(&'static str, &'a Tensor, &'a Tensor, Difference)> {
        self.0.iter().zip(&expected.0).find_map(|((name, got), (_, expected))| {
            let difference = compare(got, expected, tolerance).unwrap_or_else(|_| {
                // What cannot be read as numbers differs as a whole.
                Some(Difference::Shape { got: got.dims().to_vec(), expected: expected.dims().to_vec() })
            });
            difference.map(|difference| (*name, got, expected, difference))
        })
    }

    pub(crate) fn has_nan(&self) -> bool {
        let nan = |t: &Tensor| -> Result<bool> {
            let sum = t.to_dtype(DType::F64)?.sum_all()?.to_scalar::<f64>()?;
            Ok(sum.is_nan())
        };
        self.0.iter().any(|(_, value)| nan(value).unwrap_or(true))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(&'static str, Tensor)> {
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
            Err(message) => match message.strip_prefix("not yet implemented") {
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
        same_end && same_length && self.values.difference_within(&other.values, tolerance).is_none()
    }
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
            let message = info.payload_as_str().unwrap_or("a panic without a message").to_owned();
            LAST_PANIC.set(Some(message));
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    QUIET.set(false);
    result.map_err(|_| LAST_PANIC.take().unwrap_or_else(|| "a panic without a message".to_owned()))
}
