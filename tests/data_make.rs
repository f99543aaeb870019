//! `workshop data make`, as a learner meets it: the bytes on the disk, the exit code and what was said.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Output;

use common::{Home, text};
use serde_json::Value;

struct Place(Home);

impl Place {
    fn new() -> Self {
        Self(Home::new())
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("made/corpus.jsonl")
    }

    fn part(&self) -> PathBuf {
        self.0.path().join("made/corpus.jsonl.part")
    }

    fn make(&self, args: &[&str]) -> Output {
        let mut command = self.0.command(&["data", "make"]);
        command.args(args).arg("--out").arg(self.out()).output().expect("it runs")
    }

    fn read(&self) -> String {
        std::fs::read_to_string(self.out()).expect("a file of text")
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_corpus_is_written_in_lines_of_json_and_the_same_again() {
    let place = Place::new();
    let done = place.make(&["corpus", "--size", "100KB"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let first = place.read();
    assert!((100_000..110_000).contains(&first.len()), "{}", first.len());
    let mut ids = BTreeSet::new();
    for line in first.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(line["text"].as_str().is_some_and(|text| text.chars().any(|letter| ('가'..='힣').contains(&letter))));
        assert!(line["kind"].is_string());
        assert!(ids.insert(line["id"].as_str().expect("an id").to_owned()));
    }
    let again = place.make(&["corpus", "--size", "100KB", "--force"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    assert!(place.read() == first, "another corpus");
    let other = place.make(&["corpus", "--size", "100KB", "--seed", "8", "--force"]);
    assert_eq!(other.status.code(), Some(0), "{}", text(&other));
    assert!(place.read() != first, "the same corpus");
    assert!(!place.part().exists());
}

#[test]
fn what_is_to_be_tested_with_is_not_trained_on() {
    let place = Place::new();
    let texts = |split: &str| -> BTreeSet<String> {
        let done = place.make(&["corpus", "--size", "60KB", "--split", split, "--force"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done));
        let line =
            |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["text"].as_str().expect("text").to_owned();
        place.read().lines().map(line).collect()
    };
    let (train, validation, test) = (texts("train"), texts("validation"), texts("test"));
    assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
}

#[test]
fn plain_text_has_an_empty_line_between_documents() {
    let place = Place::new();
    let done = place.make(&["corpus", "--size", "20KB", "--format", "text"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let made = place.read();
    assert!(made.contains("\n\n") && !made.contains("\"kind\""));
}

#[test]
fn a_file_that_is_there_is_kept() {
    let place = Place::new();
    std::fs::create_dir_all(place.0.path().join("made")).expect("a folder");
    std::fs::write(place.out(), "mine").expect("written");
    let done = place.make(&["corpus", "--size", "20KB"]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    assert!(text(&done).contains("--force"));
    assert_eq!(place.read(), "mine");
    assert!(!place.part().exists());
}

#[test]
fn what_a_run_that_was_cut_off_left_is_written_over() {
    let place = Place::new();
    std::fs::create_dir_all(place.0.path().join("made")).expect("a folder");
    std::fs::write(place.part(), "half a li").expect("written");
    let done = place.make(&["corpus", "--size", "20KB"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(place.read().starts_with('{') && !place.part().exists());
}

#[test]
fn bad_input_is_one_clear_sentence() {
    let place = Place::new();
    for (args, word) in [
        (&["corpsu"][..], "corpsu"),
        (&["corpus", "--size", "ten"], "ten"),
        (&["corpus", "--size", "0MB"], "0MB"),
        (&["corpus", "--split", "dev"], "dev"),
        (&["corpus", "--seed", "x"], "x"),
        (&["corpus", "--format", "csv"], "csv"),
        (&["reviews", "--format", "text"], "reviews"),
    ] {
        let done = place.make(args);
        assert_eq!(done.status.code(), Some(2), "{args:?}: {}", text(&done));
        assert!(err(&done).contains(word), "{args:?}: {}", text(&done));
        assert!(!place.out().exists() && !place.part().exists());
    }
    let no_name = place.make(&[]);
    assert_eq!(no_name.status.code(), Some(2));
    assert!(out(&no_name).contains("corpus"), "{}", text(&no_name));
    let korean = place.0.command(&["--lang", "ko", "data", "make"]).output().expect("it runs");
    let is_korean = |line: &str| line.chars().any(|c| ('가'..='힣').contains(&c));
    assert!(!out(&korean).is_empty() && out(&korean).lines().all(is_korean), "{}", text(&korean));
    let no_file = place.0.command(&["data", "make", "corpus"]).output().expect("it runs");
    assert_eq!(no_file.status.code(), Some(2));
    assert!(err(&no_file).contains("--out"));
    let folder = place.0.command(&["data", "make", "corpus", "--out"]).arg(place.0.path()).output().expect("it runs");
    assert_eq!(folder.status.code(), Some(2), "{}", text(&folder));
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let place = Place::new();
    std::fs::write(place.0.path().join("made"), "a file, where a folder should be").expect("written");
    let done = place.make(&["corpus", "--size", "20KB"]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    assert!(err(&done).contains("corpus.jsonl"));
}

#[test]
fn a_run_that_is_cut_off_leaves_nothing_under_the_name() {
    let place = Place::new();
    let mut command = place.0.command(&["data", "make", "corpus", "--size", "2GB", "--out"]);
    let mut run = command.arg(place.out()).spawn().expect("it runs");
    while !place.part().metadata().is_ok_and(|data| data.len() > 0) {
        assert!(run.try_wait().expect("a state").is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    run.kill().expect("it is killed");
    run.wait().expect("it ended");
    assert!(place.part().exists() && !place.out().exists());
}
