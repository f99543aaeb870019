//! How much memory some work takes at most.
//!
//! A thread of its own asks the operating system every millisecond how much memory the process holds (its resident set),
//! and keeps the largest answer. It does not see
//!
//! - a peak that is over before the next question;
//! - memory that was asked for and never written to: the system hands it out on the first write;
//! - memory that the process had used and freed before without giving it back: using it again costs nothing new;
//! - whose memory it is: what other threads do at the same time is counted as well.
//!
//! So it is a measurement, a little different in each run, and good for what is large: tens of megabytes and more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// How long the thread waits between two questions.
const STEP: Duration = Duration::from_millis(1);

/// The value of `work`, and how many bytes more than before the process held at most while it ran, the value included.
///
/// ```
/// use week00_workbench::memory;
/// let (numbers, bytes) = memory::peak(|| Ok(vec![1_u8; 50_000_000]))?;
/// assert_eq!(numbers.len(), 50_000_000);
/// assert!(bytes > 40_000_000);
/// # Ok::<(), anyhow::Error>(())
/// ```
///
/// # Errors
/// The error of `work`, or when the system does not say how much memory the process holds.
pub fn peak<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, u64)> {
    let watch = Watch::start()?;
    let value = work()?;
    // The value is still alive: what it holds is seen, however short the work was.
    let bytes = watch.end()?;
    Ok((value, bytes))
}

/// What the process holds now, in bytes.
fn resident() -> Option<u64> {
    memory_stats::memory_stats().map(|stats| stats.physical_mem as u64)
}

/// A thread that watches the memory of the process, until it is dropped.
struct Watch {
    before: u64,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

/// What the watching thread and the one that works have in common.
#[derive(Default)]
struct Seen {
    largest: AtomicU64,
    #[cfg(test)]
    questions: AtomicU64,
    over: AtomicBool,
}

impl Seen {
    fn ask(&self) {
        if let Some(now) = resident() {
            self.largest.fetch_max(now, Ordering::SeqCst);
        }
        #[cfg(test)]
        self.questions.fetch_add(1, Ordering::SeqCst);
    }
}

impl Watch {
    fn start() -> Result<Self> {
        let before = resident().context("the system does not say how much memory this process holds")?;
        let seen = Arc::new(Seen::default());
        let theirs = seen.clone();
        let thread = std::thread::Builder::new()
            .name("memory".to_owned())
            .spawn(move || {
                while !theirs.over.load(Ordering::SeqCst) {
                    theirs.ask();
                    std::thread::sleep(STEP);
                }
            })
            .context("no thread to watch the memory")?;
        Ok(Self { before, seen, thread: Some(thread) })
    }

    /// The largest growth so far, this moment included.
    fn end(self) -> Result<u64> {
        let now = resident().context("the system does not say how much memory this process holds")?;
        Ok(now.max(self.seen.largest.load(Ordering::SeqCst)).saturating_sub(self.before))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.seen.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // It ends by itself, and there is nothing to do about a thread that panicked.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = 96 << 20;
    /// What other tests of this process may take or give back meanwhile.
    const OTHERS: u64 = 24 << 20;

    // One test, so that two measurements never run at the same time.
    #[test]
    fn a_buffer_that_is_written_to_is_seen_once() -> Result<()> {
        let buffer = || std::hint::black_box(vec![1_u8; SIZE as usize]);
        let close = |bytes: u64| (SIZE - OTHERS..SIZE + OTHERS).contains(&bytes);

        let (kept, bytes) = peak(|| Ok(buffer()))?;
        assert!(close(bytes), "a buffer of {SIZE} bytes that is handed back: {bytes}");
        let ((), bytes) = peak(|| Ok(()))?;
        assert!(bytes < OTHERS, "what was there before does not count: {bytes}");
        drop(kept);

        // Freed before the end: seen as soon as the thread has asked twice while it was there, however long that takes.
        let watch = Watch::start()?;
        let short = buffer();
        let asked = watch.seen.questions.load(Ordering::SeqCst);
        while watch.seen.questions.load(Ordering::SeqCst) < asked + 2 {
            std::thread::yield_now();
        }
        drop(short);
        let bytes = watch.end()?;
        assert!(close(bytes), "a buffer of {SIZE} bytes that is freed again: {bytes}");

        let error = peak(|| -> Result<()> { anyhow::bail!("no room") }).expect_err("the error of the work");
        assert_eq!(error.to_string(), "no room");
        Ok(())
    }

    #[test]
    fn a_panic_in_the_work_ends_the_thread() {
        let seen = std::panic::catch_unwind(|| {
            let watch = Watch::start().expect("a watch");
            let seen = watch.seen.clone();
            std::panic::resume_unwind(Box::new(seen));
        });
        let seen = seen.expect_err("a panic").downcast::<Arc<Seen>>().expect("what was seen");
        assert!(seen.over.load(Ordering::SeqCst));
        assert_eq!(Arc::strong_count(&seen), 1, "the thread has ended and let go of it");
    }
}
