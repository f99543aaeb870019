//! An exercise on its page: the learner's file, read and graded.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use super::closed::Sent;
use super::{App, Refusal, language};
use crate::course::slashes;
use crate::exercise::Exercise;
use crate::files::{back_up, with_plain_line_ends, write_whole};
use crate::journal::{self, Event};
use crate::{grade, progress};

#[derive(Deserialize)]
pub(super) struct ExerciseQuery {
    id: String,
}

pub(super) async fn read_exercise(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(query): Query<ExerciseQuery>,
) -> Result<Json<Value>, Refusal> {
    let exercise = find(&app, &query.id)?;
    let root = &app.course.root;
    let stub = exercise.stub(root)?;
    let file = on_disk(exercise, &language(&app, &headers))?;
    let hash = hash(file.as_deref());
    let passed = progress::Progress::read()?.is_green(&exercise.id, &hash, &progress::check_hash(root, exercise)?);
    let path = slashes(&exercise.file());
    let source = file.map_or_else(|| stub.clone(), |file| with_plain_line_ends(&file));
    Ok(Json(json!({"source": source, "hash": hash, "stub": stub, "path": path, "passed": passed})))
}

/// The learner's file; `None` where it was deleted. What is no source file is shown to nobody and written over by nobody.
fn on_disk(exercise: &Exercise, text: &Catalogue) -> Result<Option<String>, Refusal> {
    if !exercise.path().exists() {
        return Ok(None);
    }
    grade::hand_in(exercise, text).map(Some).map_err(|why| Refusal::new(StatusCode::CONFLICT, why))
}

/// What tells one content of the file from another.
fn hash(file: Option<&str>) -> String {
    file.map_or_else(String::new, |file| progress::hash(file.as_bytes()))
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
    let file = on_disk(exercise, &text)?;
    let plain = file.as_deref().map(with_plain_line_ends);
    let source = with_plain_line_ends(&request.source);
    let stub = exercise.stub(&app.course.root);
    if plain.as_ref() != Some(&source) {
        let now = hash(file.as_deref());
        if now != request.base {
            let title = tr!(text, "The file has changed on disk since this page read it.");
            return Ok(Json(json!({
                "verdict": "conflict", "title": title, "lines": [], "errors": [], "hash": request.base, "hint": "",
                "current": {"source": plain.unwrap_or_default(), "hash": now}, "ms": 0,
            })));
        }
        // What somebody else wrote, or what gives way to the stub, is gone from the page after a reload.
        if let Some(file) = &file
            && (app.wrote(exercise) != Some(now) || Some(&source) == stub.as_ref().ok())
            && plain.as_ref() != stub.as_ref().ok()
        {
            back_up(&workshop_base::home(), exercise, file.as_bytes())?;
        }
        let other_ends = file.is_some_and(|file| file.contains("\r\n"));
        write_whole(&exercise.path(), if other_ends { source.replace('\n', "\r\n") } else { source })?;
    }
    let now = hash(on_disk(exercise, &text)?.as_deref());
    app.remember(exercise, &now);
    let started = Instant::now();
    let (stop, stopped) = app.begin(false);
    let told = grade::grade(&app.course, &build, exercise, &text, stopped).await;
    app.end(&stop);
    let mut answer = json!(told?);
    answer["hash"] = json!(now);
    answer["ms"] = json!(started.elapsed().as_millis());
    Ok(Json(answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HintRequest {
    id: String,
    number: usize,
}

/// A hint was opened on the page: it counts as one that was asked for in the terminal.
pub(super) async fn hint(
    State(app): State<Arc<App>>,
    Sent(request): Sent<HintRequest>,
) -> Result<Json<Value>, Refusal> {
    let exercise = find(&app, &request.id)?;
    let number = request.number.clamp(1, exercise.hints.len());
    let is_new = progress::Progress::change(|progress| {
        let kept = progress.of_mut(&exercise.id);
        let is_new = number > kept.hints;
        kept.hints = kept.hints.max(number);
        is_new
    })?;
    if is_new {
        journal::note(&Event::Hint { id: exercise.id.clone(), number })?;
    }
    Ok(Json(json!({"hints": number})))
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
