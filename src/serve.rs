//! The live book: the pages, and cells and exercises that run, served to this machine alone.
//!
//! It runs the reader's code, so it is closed: loopback only, `Host` and `Origin` checked against DNS rebinding and other
//! sites, and a random token, new at every start, on everything that acts. Not against other people who are logged in on
//! the same machine: they can open the page as you can.

use std::path::{Component, Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use workshop_base::rich::{self, Piece, Splitter};
use workshop_base::text::{Catalogue, LANGUAGES};
use workshop_base::tr;

use crate::artifacts::{Build, Progress};
use crate::course::{Course, slashes};
use crate::exercise::Exercise;
use crate::files::write_whole;
use crate::grade;
use crate::outputs;
use crate::process::{self, End, Limits, Stop, Stream};
use crate::program::{self, Compiled, Program};
use crate::progress;

/// How far the lessons are.
#[derive(Debug, Clone)]
pub enum Lessons {
    /// Being built.
    Building(Progress),
    /// Built.
    Ready(Arc<Build>),
    /// They do not compile.
    Failed(String),
}

/// What the server knows.
pub struct App {
    /// The course.
    pub course: Course,
    /// The folder of the built book.
    pub book: PathBuf,
    /// The lessons.
    pub lessons: watch::Receiver<Lessons>,
    /// The language to begin with.
    pub lang: String,
    token: String,
    port: u16,
    /// One run at a time: the others wait here.
    turn: tokio::sync::Mutex<()>,
    running: Mutex<Option<Arc<Stop>>>,
}

impl App {
    /// What the server needs, with a token of its own.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new(
        course: Course,
        book: PathBuf,
        lessons: watch::Receiver<Lessons>,
        lang: &str,
        port: u16,
    ) -> Result<Self> {
        let token = grade::random_word()?;
        let lang = lang.to_owned();
        Ok(Self {
            course,
            book,
            lessons,
            lang,
            token,
            port,
            turn: tokio::sync::Mutex::new(()),
            running: Mutex::new(None),
        })
    }

    /// The hosts under which a browser on this machine may name the server.
    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|host| format!("{host}:{}", self.port))
    }

    /// Registers a run that can be stopped.
    fn begin(&self) -> (Arc<Stop>, watch::Receiver<bool>) {
        let (stop, stopped) = Stop::new();
        let stop = Arc::new(stop);
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop.clone());
        (stop, stopped)
    }

    /// Stops the cell that is running, if one is.
    pub fn stop_running(&self) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        running.inspect(|stop| stop.now()).is_some()
    }

    fn build(&self, text: &Catalogue) -> Result<Arc<Build>, Refusal> {
        match &*self.lessons.borrow() {
            Lessons::Ready(build) => Ok(build.clone()),
            Lessons::Building(_) => {
                Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, tr!(text, "The lessons are still being built.")))
            }
            Lessons::Failed(message) => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, message.clone())),
        }
    }
}

/// Serves until the process ends.
///
/// # Errors
/// When the listener fails.
pub async fn serve(app: Arc<App>, listener: tokio::net::TcpListener) -> Result<()> {
    let api = Router::new()
        .route("/status", get(status))
        .route("/run", post(run))
        .route("/stop", post(stop))
        .route("/exercise", get(read_exercise))
        .route("/check", post(check))
        .layer(middleware::from_fn_with_state(app.clone(), token));
    let router = Router::new()
        .nest("/api", api)
        .fallback(get(file))
        .layer(middleware::from_fn_with_state(app.clone(), same_site))
        .with_state(app);
    axum::serve(listener, router).await.context("the server failed")
}

/// A request that is not answered, and why.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl Refusal {
    fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self(status, why.into())
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// Refuses what names another host, or comes from another site: the answer to DNS rebinding and cross-site requests.
async fn same_site(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !is_ours(&app, request.headers()) {
        let why = "this server answers only pages of its own, on this machine";
        return Refusal::new(StatusCode::FORBIDDEN, why).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

fn is_ours(app: &App, headers: &HeaderMap) -> bool {
    let value = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let known = |host: &str| app.hosts().iter().any(|known| known == host);
    let origin_is_ours = |origin: &str| origin.strip_prefix("http://").is_some_and(known);
    value(header::HOST).is_some_and(known) && value(header::ORIGIN).is_none_or(origin_is_ours)
}

/// Refuses what does not carry this start's token.
async fn token(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let sent = request.headers().get("x-workshop-token").and_then(|value| value.to_str().ok());
    if sent != Some(app.token.as_str()) {
        let text = language(&app, request.headers());
        return Refusal::new(
            StatusCode::FORBIDDEN,
            tr!(text, "This page is older than the program that serves it: reload the page."),
        )
        .into_response();
    }
    next.run(request).await
}

/// The language of the page that asks.
fn language(app: &App, headers: &HeaderMap) -> Catalogue {
    let asked = headers.get("x-workshop-lang").and_then(|value| value.to_str().ok());
    Catalogue::load(asked.filter(|lang| LANGUAGES.contains(lang)).unwrap_or(&app.lang))
}

async fn status(State(app): State<Arc<App>>) -> Json<Value> {
    let build = match &*app.lessons.borrow() {
        Lessons::Building(Progress { done, total, current }) => {
            json!({"state": "building", "done": done, "total": total, "current": current, "message": ""})
        }
        Lessons::Ready(_) => json!({"state": "ready", "done": 1, "total": 1, "current": "", "message": ""}),
        Lessons::Failed(message) => {
            json!({"state": "failed", "done": 0, "total": 1, "current": "", "message": message})
        }
    };
    Json(json!({"build": build}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunRequest {
    page: String,
    cell: usize,
    cells: Vec<String>,
}

async fn run(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Json(request): Json<RunRequest>,
) -> Result<Response, Refusal> {
    let text = language(&app, &headers);
    let build = app.build(&text)?;
    let page =
        app.course.page(&request.page).map_err(|error| Refusal::new(StatusCode::NOT_FOUND, error.to_string()))?;
    if request.cell == 0 || request.cells.len() != request.cell || request.cell > page.cells().count() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "cells 1 to N are sent to run cell N"));
    }
    let package = outputs::package(page).to_owned();
    let (sender, receiver) = mpsc::unbounded_channel::<Value>();
    tokio::spawn(async move {
        let _turn = app.turn.lock().await;
        let (stop, stopped) = app.begin();
        let mut work = pin!(run_cells(&build, &package, &request, &text, stopped, &sender));
        tokio::select! {
            ended = &mut work => if let Err(error) = ended {
                let message = format!("{error:#}");
                // The page may have gone.
                let _ = sender.send(json!({"event": "end", "status": "failed", "message": message, "compile_ms": 0, "run_ms": 0}));
            },
            // The page has gone: the program ends, with everything it started.
            () = sender.closed() => {
                stop.now();
                drop(work.await);
            }
        }
    });
    let lines = UnboundedReceiverStream::new(receiver)
        .map(|event| Ok::<_, std::convert::Infallible>(Bytes::from(format!("{event}\n"))));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

async fn run_cells(
    build: &Build,
    package: &str,
    request: &RunRequest,
    text: &Catalogue,
    stopped: watch::Receiver<bool>,
    events: &mpsc::UnboundedSender<Value>,
) -> Result<()> {
    // The page may have gone at any time; then there is nobody to tell.
    let tell = |event: Value| drop(events.send(event));
    let end = |status: &str, message: String, compile_ms: u128, run_ms: u128| {
        tell(json!({"event": "end", "status": status, "message": message, "compile_ms": compile_ms, "run_ms": run_ms}));
    };
    let started = Instant::now();
    tell(json!({"event": "compiling"}));
    let program = Program::new(request.cells.iter().enumerate().map(|(i, code)| (i + 1, code.as_str())));
    let externs = program::externs(build, package);
    let path = match program::compile(build, program::CELLS, program.source(), externs, &[], stopped.clone()).await? {
        Compiled::Program(path) => path,
        Compiled::Errors(errors) => {
            let errors: Vec<_> = errors.iter().map(|error| program.explain(error)).collect();
            tell(json!({"event": "errors", "errors": errors}));
            end("compile", tr!(text, "It does not compile."), started.elapsed().as_millis(), 0);
            return Ok(());
        }
        Compiled::Ended(ended) => {
            end(ended_word(ended), ended_sentence(ended, text), started.elapsed().as_millis(), 0);
            return Ok(());
        }
    };
    let compile_ms = started.elapsed().as_millis();
    tell(json!({"event": "running"}));
    let mut command = tokio::process::Command::new(path);
    command.env(rich::RICH_ENV, "1").env("RUST_BACKTRACE", "0").current_dir(workshop_base::root());
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
    let ended = process::run(command, "", Limits::CELL, stopped, |stream, bytes| match stream {
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
        ended => (ended_word(ended), ended_sentence(ended, text)),
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
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.splitter.line(&String::from_utf8_lossy(&line)).into_iter().for_each(&mut *forward);
        }
    }

    fn end(&mut self, forward: &mut impl FnMut(Piece)) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.splitter.line(&String::from_utf8_lossy(&rest)).into_iter().for_each(forward);
        }
    }
}

fn ended_word(end: End) -> &'static str {
    match end {
        End::Exited(Some(0)) => "ok",
        End::Exited(_) => "failed",
        End::Stopped => "stopped",
        End::Time => "time",
        End::Memory => "memory",
        End::Output => "output",
    }
}

fn ended_sentence(end: End, text: &Catalogue) -> String {
    let limits = Limits::CELL;
    match end {
        End::Exited(Some(0)) => String::new(),
        End::Exited(Some(code)) => tr!(text, "The cell ended with an error (exit code {code}).", code = code),
        End::Exited(None) => tr!(text, "The cell was ended by a signal: it aborted, or used more stack than there is."),
        End::Stopped => tr!(text, "Stopped."),
        End::Time => {
            tr!(text, "Stopped after {seconds} seconds, the limit for a cell.", seconds = limits.time.as_secs())
        }
        End::Memory => {
            tr!(text, "Stopped: it used more than {gigabytes} GB of memory.", gigabytes = limits.memory >> 30)
        }
        End::Output => tr!(text, "Stopped: it printed more than {megabytes} MB.", megabytes = limits.output >> 20),
    }
}

async fn stop(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"stopped": app.stop_running()}))
}

#[derive(Deserialize)]
struct ExerciseQuery {
    id: String,
}

async fn read_exercise(
    State(app): State<Arc<App>>,
    Query(query): Query<ExerciseQuery>,
) -> Result<Json<Value>, Refusal> {
    let exercise = find(&app, &query.id)?;
    let root = &app.course.root;
    let source = std::fs::read_to_string(exercise.path())
        .with_context(|| format!("{} cannot be read", exercise.file().display()))?;
    let hash = progress::hash(source.as_bytes());
    let passed = progress::Progress::read()?.is_green(&exercise.id, &hash, &progress::check_hash(root, exercise)?);
    let path = slashes(&exercise.file());
    Ok(Json(json!({"source": source, "hash": hash, "stub": exercise.stub(root)?, "path": path, "passed": passed})))
}

fn find<'a>(app: &'a App, id: &str) -> Result<&'a Exercise, Refusal> {
    app.course.exercise(id).map_err(|error| Refusal::new(StatusCode::NOT_FOUND, error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckRequest {
    id: String,
    source: String,
    base: String,
}

async fn check(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Json(request): Json<CheckRequest>,
) -> Result<Json<Value>, Refusal> {
    let text = language(&app, &headers);
    let build = app.build(&text)?;
    let exercise = find(&app, &request.id)?;
    let _turn = app.turn.lock().await;
    // Not among what the page's Stop ends: that is for cells.
    let (_keep, stopped) = Stop::new();
    let path = exercise.path();
    let on_disk = std::fs::read_to_string(&path).unwrap_or_default();
    let hash = progress::hash(on_disk.as_bytes());
    let source = request.source.replace("\r\n", "\n");
    if source != on_disk {
        if hash != request.base {
            let title = tr!(text, "The file has changed on disk since this page read it.");
            return Ok(Json(json!({
                "verdict": "conflict", "title": title, "lines": [], "errors": [], "hash": request.base, "hint": "",
                "current": {"source": on_disk, "hash": hash}, "ms": 0,
            })));
        }
        write_whole(&path, &source)?;
    }
    let started = Instant::now();
    let told = grade::grade(&app.course, &build, exercise, &text, stopped).await?;
    let mut answer = json!(told);
    answer["hash"] = json!(progress::hash(source.as_bytes()));
    answer["ms"] = json!(started.elapsed().as_millis());
    Ok(Json(answer))
}

/// A file of the book. Nothing outside it can be named: a path is taken apart, and only plain names are put together.
async fn file(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let Some(decoded) = percent_decode(uri.path()) else { return not_found() };
    if decoded == "/" {
        return Redirect::temporary(&format!("/{}/", app.lang)).into_response();
    }
    let mut path = app.book.clone();
    for component in Path::new(decoded.trim_start_matches('/')).components() {
        match component {
            Component::Normal(name) => path.push(name),
            _ => return not_found(),
        }
    }
    if path.is_dir() {
        if !decoded.ends_with('/') {
            return Redirect::temporary(&format!("{}/", uri.path())).into_response();
        }
        path.push("index.html");
    }
    let Ok(content) = tokio::fs::read(&path).await else { return not_found() };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ending == "html" {
        let meta = format!("<head>\n<meta name=\"workshop-token\" content=\"{}\">", app.token);
        let page = String::from_utf8_lossy(&content).replacen("<head>", &meta, 1);
        return ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    }
    ([(header::CONTENT_TYPE, media_type(ending))], content).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is no such page.\n").into_response()
}

fn media_type(ending: &str) -> &'static str {
    match ending {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" | "ipynb" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" | "toml" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// `%41` to `A`; `None` where that is not UTF-8, or holds what no file of the book is named with.
fn percent_decode(path: &str) -> Option<String> {
    let mut bytes = vec![];
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(['\0', '\\', ':'])).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_page_is_named_is_refused() {
        assert_eq!(percent_decode("/a%20b/%EA%B0%80").as_deref(), Some("/a b/가"));
        for bad in ["/%", "/%4", "/%zz", "/%ff", "/a%00", "/..%5c..", "/c%3a/x"] {
            assert_eq!(percent_decode(bad), None, "{bad}");
        }
    }
}
