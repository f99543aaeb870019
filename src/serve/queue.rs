//! One run at a time: the others wait, and too many are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::http::StatusCode;
use tokio::sync::{Mutex, OwnedMutexGuard};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use super::Refusal;

/// More than this do not wait: the page itself sends one run at a time.
const LONGEST: usize = 16;

/// Who runs, and how many wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    turn: Arc<Mutex<()>>,
    length: Arc<AtomicUsize>,
}

/// A place in the queue; dropped, it is left.
#[derive(Debug)]
pub(super) struct Place {
    turn: Arc<Mutex<()>>,
    length: Arc<AtomicUsize>,
    /// How many were before it.
    pub(super) ahead: usize,
}

/// A turn: while it is held, nobody else runs.
#[derive(Debug)]
pub(super) struct Turn {
    _turn: OwnedMutexGuard<()>,
    _place: Place,
}

impl Queue {
    /// Waits until nobody runs.
    pub(super) async fn idle(&self) {
        drop(self.turn.lock().await);
    }

    /// The last place.
    pub(super) fn place(&self, text: &Catalogue) -> Result<Place, Refusal> {
        let ahead = self.length.fetch_add(1, SeqCst);
        let place = Place { turn: self.turn.clone(), length: self.length.clone(), ahead };
        if ahead >= LONGEST {
            let why = tr!(text, "{count} runs are waiting already: wait for them, or stop them.", count = ahead);
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, why));
        }
        Ok(place)
    }
}

impl Place {
    /// Waits for the turn: first come, first served.
    pub(super) async fn turn(self) -> Turn {
        Turn { _turn: self.turn.clone().lock_owned().await, _place: self }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.length.fetch_sub(1, SeqCst);
    }
}
