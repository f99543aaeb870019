//! The checks of the exercises, and the mistakes they know.
//!
//! A check stands in `weekNN/name.rs` for the exercise `weekNN/name`. It gives
//!
//! - `check()`: the cases, golden and drawn, the plausible mistakes with what a teacher would say, and odd but right
//!   solutions;
//! - a macro `weekNN_name!(subject)`, which binds the check to a crate's functions and grades them. `workshop check` calls
//!   it with the solutions and one file of the learner's in place of ours; `cargo test -p exNN-topic` with the
//!   learner's whole crate.
//!
//! `workshop author new piece` makes the file, and names it twice in `weekNN/mod.rs`, as a module and in the order of the
//! course. (A macro could make the modules of that list, but `cargo fmt` finds no module in a macro.)

/// The checks of a week, each from the module of its name.
macro_rules! checks {
    ($($name:ident),* $(,)?) => {
        vec![$(Box::new($name::check())),*]
    };
}

mod check;
mod grade;
mod observe;
mod texts;
pub mod week02;
pub mod week03;
pub mod week04;

pub use check::{Case, Check, Listed, SelfTest};
pub use observe::{Value, Values};

use workshop_base::text::Catalogue;
use workshop_base::tr;
use workshop_base::verdict::{Sender, Verdict};

/// Every check of the course.
pub fn all() -> Vec<Box<dyn Listed>> {
    [week02::all(), week03::all(), week04::all()].into_iter().flatten().collect()
}

/// Grades and tells the grader: the body of the program that `workshop check` compiles and starts.
pub fn report(grade: impl FnOnce() -> Verdict) {
    // The channel opens first: from here on the learner's code may run.
    let sent = Sender::open().and_then(|sender| sender.send(&grade()));
    if let Err(error) = sent {
        eprintln!("{error}");
        std::process::exit(2);
    }
}

/// Grades, and panics with the diagnosis unless it passed: the body of an exercise's `cargo test`.
///
/// # Panics
/// When the exercise has not passed.
pub fn assert_passed(id: &str, grade: impl FnOnce() -> Verdict) {
    let text = Catalogue::from_env();
    let said = match grade() {
        Verdict::Passed { .. } => return,
        Verdict::NotStarted { goal } => tr!(text, "not started: {goal}", goal = text.get(&goal)),
        Verdict::Wrong { seen, mistakes } => {
            let named = mistakes.iter().map(|mistake| format!("{}\n", text.get(&mistake.symptom)));
            let named: String = named.collect();
            named + &seen.say(&text)
        }
    };
    panic!("{id}: {said}");
}
