//! A cell that is run: the page's program up to it, compiled and run, what it prints streamed as it comes.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use anyhow::Result;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use workshop_base::rich::{self, Piece, Splitter};
use workshop_base::sources::MINE_ENV;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use super::closed::Sent;
use super::{App, Refusal, language};
use crate::artifacts::Build;
use crate::journal::{self, Event};
use crate::mine::Mine;
use crate::outputs;
use crate::process::{self, End, Limits, Stream};
use crate::program::{self, Compiled, Program};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRequest {
    page: String,
    cell: usize,
    cells: Vec<String>,
    /// On the learner's own pieces, where they pass.
    #[serde(default)]
    mine: bool,
}

pub(super) async fn run(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Sent(request): Sent<RunRequest>,
) -> Result<Response, Refusal> {
    let text = language(&app, &headers);
    let build = app.build(&text)?;
    let page =
        app.course.page(&request.page).map_err(|error| Refusal::new(StatusCode::NOT_FOUND, error.to_string()))?;
    if request.cell == 0 || request.cells.len() != request.cell || request.cell > page.cells().count() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "cells 1 to N are sent to run cell N"));
    }
    let ours = page.cells().map(|cell| cell.code.trim());
    let edited = !request.cells.iter().map(|code| code.trim()).eq(ours.take(request.cell));
    let (page, cell, mine) = (page.name.clone(), request.cell, request.mine);
    let event = Event::Cell { page, cell, edited, mine };
    let place = app.queue.place(&text)?;
    // Without a bound: a client that does not read must not hold up the run. What a cell prints is bounded.
    let (sender, receiver) = mpsc::unbounded_channel::<Bytes>();
    tokio::spawn(async move {
        if place.ahead > 0 {
            tell(&sender, &json!({"event": "queued", "ahead": place.ahead}));
        }
        let turn = tokio::select! {
            turn = place.turn() => turn,
            // The page has gone before its turn.
            () = sender.closed() => return,
        };
        let (stop, stopped) = app.begin(true);
        let mut work = pin!(run_cells(&app, &build, &request, &text, stopped, &sender));
        tokio::select! {
            ended = &mut work => if let Err(error) = ended.and_then(|()| journal::note(&event)) {
                let message = format!("{error:#}");
                tell(&sender, &json!({"event": "end", "status": "failed", "message": message, "compile_ms": 0, "run_ms": 0}));
            },
            // The page has gone: the program ends, with everything it started.
            () = sender.closed() => {
                stop.now();
                drop(work.await);
            }
        }
        app.end(&stop);
        drop(turn);
    });
    let lines = UnboundedReceiverStream::new(receiver).map(Ok::<_, std::convert::Infallible>);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

/// Tells the page, if it is still there.
fn tell(events: &mpsc::UnboundedSender<Bytes>, event: &Value) {
    let _ = events.send(Bytes::from(format!("{event}\n")));
}

async fn run_cells(
    app: &App,
    build: &Build,
    request: &RunRequest,
    text: &Catalogue,
    stopped: watch::Receiver<bool>,
    events: &mpsc::UnboundedSender<Bytes>,
) -> Result<()> {
    let tell = |event: Value| tell(events, &event);
    let end = |status: &str, message: String, compile_ms: u128, run_ms: u128| {
        tell(json!({"event": "end", "status": status, "message": message, "compile_ms": compile_ms, "run_ms": run_ms}));
    };
    let started = Instant::now();
    tell(json!({"event": "compiling"}));
    let program = Program::new(request.cells.iter().enumerate().map(|(i, code)| (i + 1, code.as_str())));
    let package = outputs::package(app.course.page(&request.page)?);
    let mut externs = program::externs(build, package);
    if request.mine {
        let mine = Mine::of(&app.course, build, package, text, stopped.clone()).await;
        if *stopped.borrow() {
            end(End::Stopped.word(), ended_sentence(End::Stopped, text), started.elapsed().as_millis(), 0);
            return Ok(());
        }
        let mine = mine?;
        externs = mine.with(externs);
        tell(json!({"event": "mine", "yours": mine.yours, "ours": mine.ours}));
    }
    let path =
        match program::compile(build, program::CELLS, program.source(), &[], externs, &[], stopped.clone()).await? {
            Compiled::Program(path) => path,
            Compiled::Errors(errors) => {
                let errors: Vec<_> = errors.iter().map(|error| program.explain(error)).collect();
                tell(json!({"event": "errors", "errors": errors}));
                end("compile", tr!(text, "It does not compile."), started.elapsed().as_millis(), 0);
                return Ok(());
            }
            Compiled::Ended(ended) => {
                end(ended.word(), ended.say_of_compiler(text), started.elapsed().as_millis(), 0);
                return Ok(());
            }
        };
    let compile_ms = started.elapsed().as_millis();
    tell(json!({"event": "running"}));
    let mut command = tokio::process::Command::new(path);
    command.env(rich::RICH_ENV, "1").env("RUST_BACKTRACE", "0").current_dir(workshop_base::root());
    if request.mine {
        command.env(MINE_ENV, "1");
    }
    let started = Instant::now();
    let mut reader = Reader::default();
    // The cell that is running, and what the cells above the one that was asked for said on standard error: shown only if
    // one of them fails.
    let at = AtomicUsize::new(0);
    let (mut above, mut errors, mut errors_at) = (String::new(), Reader::default(), 0);
    let mut forward_error = |piece: Piece| match piece {
        Piece::Cell { cell } => errors_at = cell,
        Piece::Text { text } if errors_at == request.cell => {
            tell(json!({"event": "text", "stream": "err", "text": text}))
        }
        Piece::Text { text } => above.push_str(&text),
        Piece::Rich { .. } => {}
    };
    let mut forward = |piece: Piece| match piece {
        Piece::Cell { cell } => at.store(cell, Relaxed),
        Piece::Text { text } if at.load(Relaxed) == request.cell => {
            tell(json!({"event": "text", "stream": "out", "text": text}))
        }
        Piece::Rich { mime, data } if at.load(Relaxed) == request.cell => {
            tell(json!({"event": "rich", "mime": mime, "data": data}))
        }
        Piece::Text { .. } | Piece::Rich { .. } => {}
    };
    let ended = process::run(command, "", Limits::cell(), stopped, |stream, bytes| match stream {
        Stream::Out => reader.take(bytes, &mut forward),
        Stream::Err => errors.take(bytes, &mut forward_error),
    })
    .await?;
    reader.end(&mut forward);
    errors.end(&mut forward_error);
    let run_ms = started.elapsed().as_millis();
    let (word, message) = match ended {
        // It left early, with or without an error.
        End::Exited(_) if at.load(Relaxed) < request.cell => {
            tell(json!({"event": "text", "stream": "err", "text": above}));
            ("failed", tr!(text, "Cell {at} above it failed.", at = at.load(Relaxed).max(1)))
        }
        ended => (ended.word(), ended_sentence(ended, text)),
    };
    end(word, message, compile_ms, run_ms);
    Ok(())
}

/// Bytes to lines to pieces.
#[derive(Default)]
struct Reader {
    rest: Vec<u8>,
    splitter: Splitter,
}

impl Reader {
    fn take(&mut self, bytes: &[u8], forward: &mut impl FnMut(Piece)) {
        self.rest.extend_from_slice(bytes);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        let mut waiting: Option<String> = None;
        for line in whole.split_inclusive(|byte| *byte == b'\n') {
            for piece in self.splitter.line(&String::from_utf8_lossy(line)) {
                match piece {
                    // What comes at once is told at once: an event a line would be a hundred times the text.
                    Piece::Text { text } => waiting.get_or_insert_default().push_str(&text),
                    piece => {
                        waiting.take().into_iter().for_each(|text| forward(Piece::Text { text }));
                        forward(piece);
                    }
                }
            }
        }
        waiting.into_iter().for_each(|text| forward(Piece::Text { text }));
    }

    fn end(&mut self, forward: &mut impl FnMut(Piece)) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.splitter.line(&String::from_utf8_lossy(&rest)).into_iter().for_each(forward);
        }
    }
}

/// What the page says about how a cell ended, beside the word.
fn ended_sentence(end: End, text: &Catalogue) -> String {
    match end {
        End::Exited(Some(0)) => String::new(),
        End::Exited(Some(code)) => tr!(text, "The cell ended with an error (exit code {code}).", code = code),
        End::Exited(None) => tr!(text, "The cell was ended by a signal: it aborted, or used more stack than there is."),
        end => end.say(Limits::cell(), text).unwrap_or_default(),
    }
}
