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
//! To add one: write the file, and name it in [`all`].

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
    vec![
        Box::new(week02::group::check()),
        Box::new(week02::join::check()),
        Box::new(week02::records::check()),
        Box::new(week02::compose::check()),
        Box::new(week02::mojibake::check()),
        Box::new(week02::language::check()),
        Box::new(week02::repetition::check()),
        Box::new(week02::perplexity::check()),
        Box::new(week02::personal::check()),
        Box::new(week02::shingles::check()),
        Box::new(week02::minhash::check()),
        Box::new(week02::lsh::check()),
        Box::new(week02::clusters::check()),
        Box::new(week02::contamination::check()),
        Box::new(week02::mixture::check()),
        Box::new(week03::utf8::check()),
        Box::new(week03::pairs::check()),
        Box::new(week03::merge::check()),
        Box::new(week03::bpe_encode::check()),
        Box::new(week03::byte_alphabet::check()),
        Box::new(week03::stream::check()),
        Box::new(week03::gpt2_words::check()),
        Box::new(week03::wordpiece::check()),
        Box::new(week03::viterbi::check()),
        Box::new(week03::expectation::check()),
        Box::new(week03::special::check()),
        Box::new(week03::chat::check()),
        Box::new(week03::borders::check()),
        Box::new(week03::fertility::check()),
        Box::new(week03::extend::check()),
        Box::new(week04::softmax::check()),
        Box::new(week04::scaled_dot_product::check()),
        Box::new(week04::masks::check()),
        Box::new(week04::heads::check()),
        Box::new(week04::multi_head::check()),
        Box::new(week04::sinusoidal::check()),
        Box::new(week04::rope::check()),
        Box::new(week04::grouped_query::check()),
        Box::new(week04::cache_size::check()),
        Box::new(week04::latent::check()),
        Box::new(week04::online_softmax::check()),
        Box::new(week04::flash_tile::check()),
    ]
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
