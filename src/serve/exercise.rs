//! An exercise on its page: the learner's file, read and graded.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use workshop_base::tr;

use super::closed::Sent;
use super::{App, Refusal, language};
use crate::course::slashes;
use crate::exercise::Exercise;
use crate::files::write_whole;
use crate::process::Stop;
use crate::{grade, progress};

#[derive(Deserialize)]
pub(super) struct ExerciseQuery {
    id: String,
}

pub(super) async fn read_exercise(
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
pub(super) struct CheckRequest {
    id: String,
    source: String,
    base: String,
}

pub(super) async fn check(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Sent(request): Sent<CheckRequest>,
) -> Result<Json<Value>, Refusal> {
    let text = language(&app, &headers);
    let build = app.build(&text)?;
    let exercise = find(&app, &request.id)?;
    let _turn = app.queue.place(&text)?.turn().await;
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

/// How far the learner is, from the kept verdicts.
pub(super) async fn read_progress(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    let text = language(&app, &headers);
    let states = progress::states(&app.course)?;
    let passed = states.iter().filter(|(_, state)| *state == progress::State::Passed).count();
    let of = |(exercise, state): &(&Exercise, progress::State)| {
        let page = app.course.page_of(&exercise.id).map(|page| page.name.as_str());
        json!({"id": exercise.id, "title": text.get(&exercise.title), "state": state.word(), "page": page})
    };
    let exercises: Vec<Value> = states.iter().map(of).collect();
    Ok(Json(json!({"exercises": exercises, "passed": passed, "total": states.len()})))
}
