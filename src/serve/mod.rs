//! The live book: the pages, and cells and exercises that run, served to this machine alone.
//!
//! It runs the reader's code, so it is closed: see `closed.rs`.

mod closed;
mod exercise;
mod files;
mod queue;
mod run;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use workshop_base::text::{Catalogue, LANGUAGES};
use workshop_base::tr;

pub use closed::Hosts;

use crate::artifacts::{Build, Progress};
use crate::course::Course;
use crate::exercise::Exercise;
use crate::grade;
use crate::process::Stop;

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
    /// What is said, in each language.
    texts: [Arc<Catalogue>; LANGUAGES.len()],
    /// The names under which a browser may call the server.
    hosts: Hosts,
    token: String,
    queue: queue::Queue,
    runs: Mutex<Runs>,
    /// The hash of each exercise's file as this program wrote or graded it last.
    wrote: Mutex<HashMap<String, String>>,
}

/// What runs, and whether anything may.
#[derive(Debug, Default)]
struct Runs {
    now: Option<Running>,
    /// The program is about to end: what begins is stopped at once.
    closing: bool,
}

#[derive(Debug)]
struct Running {
    stop: Arc<Stop>,
    /// The page's Stop is for cells; a check ends only with the program.
    is_cell: bool,
}

impl App {
    /// What the server needs, with a token of its own. `hosts` are the names under which a browser may call it.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn new(
        course: Course,
        book: PathBuf,
        lessons: watch::Receiver<Lessons>,
        lang: &str,
        hosts: Hosts,
    ) -> Result<Self> {
        let token = grade::random_word()?;
        let texts = LANGUAGES.map(|lang| Arc::new(Catalogue::load(lang)));
        let lang = lang.to_owned();
        Ok(Self {
            course,
            book,
            lessons,
            lang,
            texts,
            hosts,
            token,
            queue: queue::Queue::default(),
            runs: Mutex::default(),
            wrote: Mutex::default(),
        })
    }

    /// The hash of an exercise's file as this program knows it.
    fn wrote(&self, exercise: &Exercise) -> Option<String> {
        self.wrote.lock().unwrap_or_else(PoisonError::into_inner).get(&exercise.id).cloned()
    }

    fn remember(&self, exercise: &Exercise, hash: &str) {
        self.wrote.lock().unwrap_or_else(PoisonError::into_inner).insert(exercise.id.clone(), hash.to_owned());
    }

    fn runs(&self) -> std::sync::MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers what has its turn, a cell or a check, so that it can be stopped.
    fn begin(&self, is_cell: bool) -> (Arc<Stop>, watch::Receiver<bool>) {
        let (stop, stopped) = Stop::new();
        let stop = Arc::new(stop);
        let mut runs = self.runs();
        runs.now = Some(Running { stop: stop.clone(), is_cell });
        if runs.closing {
            stop.now();
        }
        (stop, stopped)
    }

    /// A run has ended: there is nothing of it to stop.
    fn end(&self, stop: &Arc<Stop>) {
        self.runs().now.take_if(|running| Arc::ptr_eq(&running.stop, stop));
    }

    /// Stops the cell that is running, if one is.
    pub fn stop_running(&self) -> bool {
        self.runs().now.take_if(|running| running.is_cell).inspect(|running| running.stop.now()).is_some()
    }

    /// Stops what is running, cell or check, and what waits; returns when all has ended.
    pub async fn stop_all(&self) {
        {
            let mut runs = self.runs();
            runs.closing = true;
            runs.now.iter().for_each(|running| running.stop.now());
        }
        self.queue.idle().await;
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

/// More connections than this wait until others are closed: a browser opens six.
const CONNECTIONS: usize = 128;
/// How long a client may take to say what it wants.
const HEADERS: Duration = Duration::from_secs(30);

/// How long a client may take nothing of what it is sent.
const WRITING: Duration = Duration::from_secs(30);

/// Serves until the process ends.
///
/// # Errors
/// When the listener fails.
pub async fn serve(app: Arc<App>, listener: tokio::net::TcpListener) -> Result<()> {
    let api = Router::new()
        .route("/status", get(status))
        .route("/run", post(run::run))
        .route("/stop", post(stop))
        .route("/exercise", get(exercise::read_exercise))
        .route("/hint", post(exercise::hint))
        .route("/progress", get(exercise::read_progress))
        .route("/check", post(exercise::check))
        .layer(middleware::from_fn_with_state(app.clone(), closed::token));
    let router = Router::new()
        .nest("/api", api)
        .fallback(get(files::file))
        .layer(middleware::from_fn_with_state(app.clone(), closed::same_site))
        .with_state(app);
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = connections.clone().acquire_owned().await?;
        let Ok((stream, _)) = listener.accept().await else {
            // The other side has gone already, or this program has too many files open: that passes.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITING));
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEADERS);
            // A client that breaks off, or speaks no HTTP, is its own affair.
            let _ = http.serve_connection(TokioIo::new(Box::pin(stream)), service).await;
            drop(place);
        });
    }
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

/// The language of the page that asks.
fn language(app: &App, headers: &HeaderMap) -> Arc<Catalogue> {
    let asked = headers.get("x-workshop-lang").and_then(|value| value.to_str().ok());
    let of = |lang: &str| app.texts.iter().find(|text| text.lang() == lang).cloned();
    asked.and_then(of).or_else(|| of(&app.lang)).unwrap_or_default()
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

async fn stop(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"stopped": app.stop_running()}))
}
