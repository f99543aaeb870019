//! The `workshop` program: an LLM course that is read as a book, run as notebooks and graded by its checks.
//!
//! What a page is: [`page`] parses one; [`catalogue`] puts it into another language; [`book`] makes HTML of it,
//! [`notebook`] a notebook, [`program`] a program; [`outputs`] records what its cells print.
//! What an exercise is: [`exercise`] describes it and makes the stub; [`grade`] swaps the learner's file in and runs the
//! check; [`progress`] keeps the verdict, [`journal`] what was done when.
//! How code is built and run: [`artifacts`] drives Cargo and `rustc`; [`process`] runs a program within limits.
//! How data comes: [`download`] fetches what the manifest names.
//! What the reader sees: [`serve`], the live book; [`cmd`], a file a subcommand.

pub mod artifacts;
pub mod book;
pub mod catalogue;
pub mod cmd;
pub mod course;
pub mod download;
pub mod exercise;
pub mod grade;
pub mod journal;
pub mod markup;
pub mod notebook;
pub mod outputs;
pub mod page;
pub mod process;
pub mod program;
pub mod progress;
pub mod serve;
