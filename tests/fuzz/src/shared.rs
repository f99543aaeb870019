//! What the targets share: how much memory they may take, and how a panic ends a run.

use std::alloc::System;
use std::borrow::Cow;
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::Mutex;

use cap::Cap;

/// Counts what is allocated. Beyond the limit nothing is given, and the program aborts: a length that a file only claims must
/// not become a buffer of that length.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// Of the last panic, what it said.
static SAID: Mutex<String> = Mutex::new(String::new());

/// To be called once, before the first input: limits the memory, and keeps a panic quiet until it is known that nobody
/// catches it. The reader of parquet catches those of its crate.
pub fn start(bytes: usize) {
    if MEMORY.set_limit(bytes).is_err() {
        eprintln!("{} bytes are in use before the first input", MEMORY.allocated());
        process::abort();
    }
    panic::set_hook(Box::new(|info| {
        if let Ok(mut said) = SAID.lock() {
            *said = info.to_string();
        }
    }));
}

/// Runs a target on one input. A panic is told and ends the program, and libFuzzer then keeps the input.
pub fn watched(target: impl FnOnce()) {
    if panic::catch_unwind(AssertUnwindSafe(target)).is_err() {
        if let Ok(said) = SAID.lock() {
            eprintln!("{said}");
        }
        process::abort();
    }
}

/// Any bytes as text.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
