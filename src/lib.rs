//! The `workshop` program: an LLM course that is read as a book, run as notebooks and graded by its checks.
//!
//! All of it is a [`course`]: pages, and weeks with their exercises.
//! What a page is: [`page`] parses one, with its [`grid`]; [`catalogue`] puts it into another language by the sentences that
//! [`markup`] finds; [`book`] makes HTML of it, with the index of [`search`], the [`playground`] and the [`policy`] of each,
//! [`notebook`] a notebook, [`program`] a program; [`outputs`] records what its cells print.
//! What an exercise is: [`exercise`] describes it and makes the stub; [`grade`] swaps the learner's file in and runs the
//! check, or has an [`experiment`] repeated; [`mine`] runs the course on such files; [`progress`] keeps the verdict,
//! [`journal`] what was done when; [`report`] makes the report card of both, with [`model_share`]. [`files`] writes a
//! learner's file so that nothing is lost; [`update`] brings new stubs under what they wrote.
//! For whoever teaches: [`agenda`] plans a week. What the machine has: [`machine`], [`jupyter`].
//! How code is built and run: [`artifacts`] drives Cargo and `rustc`; [`process`] runs a program within limits, [`guard`] ends
//! what it leaves behind.
//! How data comes: [`download`] fetches what the manifest names.
//! How a page, a piece or a week begins: [`skeleton`], for authors.
//! What the reader sees: [`serve`], the live book; [`cmd`], a file a subcommand, in a [`terminal`].

pub mod agenda;
pub mod artifacts;
pub mod book;
pub mod catalogue;
pub mod cmd;
pub mod course;
pub mod download;
pub mod exercise;
pub mod experiment;
pub mod files;
pub mod grade;
pub mod grid;
pub mod guard;
pub mod journal;
pub mod jupyter;
pub mod machine;
pub mod markup;
pub mod mine;
pub mod model_share;
pub mod notebook;
pub mod outputs;
pub mod page;
pub mod playground;
pub mod policy;
pub mod process;
pub mod program;
pub mod progress;
pub mod report;
pub mod search;
pub mod serve;
pub mod skeleton;
pub mod terminal;
pub mod update;
