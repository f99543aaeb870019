//! The pipeline over files: the same bytes with any number of threads, killed or not; what is wrong, said.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use week00_workbench::datasets::raw::{self, Raw};
use week02_data::pipeline::{Document, Finished, PipelineError, Reading, Report, Run, Settings, Stage, clean};

const FILES: [&str; 5] = ["train.jsonl.gz", "validation.jsonl.gz", "test.jsonl.gz", "removed.jsonl.gz", "report.json"];

/// A folder with the raw sample in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn with_sample(count: usize) -> Self {
        let place = Self::new();
        let mut lines = vec![];
        raw::dump(1).take(count).for_each(|raw| raw.write_line(&mut lines).expect("memory"));
        place.write("raw.jsonl", &lines);
        place.write("test.txt", raw::test_set().join("\n").as_bytes());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), bytes).expect("written");
        self.path(name)
    }

    /// A run of the sample.
    fn run(&self, out: &str) -> Run {
        Run {
            inputs: vec![self.path("raw.jsonl")],
            reading: Reading { drop: vec!["truth".to_owned()], ..Reading::default() },
            tests: vec![self.path("test.txt")],
            out: self.path(out),
            ..Run::default()
        }
    }

    /// A run of another file.
    fn of(&self, input: PathBuf) -> Run {
        Run { inputs: vec![input], out: self.path("out"), ..Run::default() }
    }
}

fn go(run: &Run) -> Result<Box<Report>, PipelineError> {
    match run.go(&mut |_| ControlFlow::Continue(()))? {
        Finished::Done(report) | Finished::Already(report) => Ok(report),
        Finished::Stopped => panic!("nobody stopped it"),
    }
}

/// The SHA-256 of every result.
fn digests(out: &Path) -> BTreeMap<&'static str, String> {
    FILES.map(|name| (name, workshop_base::data::sha256(&out.join(name)).expect(name))).into()
}

fn lines(path: &Path) -> Vec<Value> {
    let mut text = String::new();
    MultiGzDecoder::new(std::fs::File::open(path).expect("a file")).read_to_string(&mut text).expect("gzip");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn the_same_bytes_come_out_of_any_number_of_threads() {
    let place = Place::with_sample(5200);
    let mut seen = vec![];
    for threads in [1, 2, 7] {
        let run = Run { threads: Some(threads), ..place.run(&format!("out-{threads}")) };
        let report = go(&run).expect("a run");
        assert_eq!(report.tally.documents, 5200);
        assert!(!run.out.join("work").exists() && !run.out.join("train.jsonl.gz.part").exists());
        seen.push(digests(&run.out));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[test]
fn files_and_memory_agree_about_every_document() {
    let place = Place::with_sample(2500);
    let run = place.run("out");
    let report = go(&run).expect("a run");
    let sample: Vec<Raw> = raw::dump(1).take(2500).collect();
    let documents = sample.iter().zip(0..).map(|(raw, number)| Document::from_raw(number, raw)).collect();
    let cleaned = clean(documents, &run.settings, &raw::test_set()).expect("settings");

    let mut kept = BTreeMap::new();
    for split in ["train", "validation", "test"] {
        for line in lines(&run.out.join(format!("{split}.jsonl.gz"))) {
            assert!(line.get("source").is_some() && line.get("truth").is_none(), "{line}");
            kept.insert(line["id"].as_str().expect("an id").to_owned(), (split, line["text"].clone()));
        }
    }
    let removed: BTreeMap<String, Value> = lines(&run.out.join("removed.jsonl.gz"))
        .into_iter()
        .map(|line| (line["id"].as_str().expect("an id").to_owned(), line))
        .collect();
    assert_eq!(kept.len() + removed.len(), 2500);
    for outcome in &cleaned.outcomes {
        match &outcome.removed {
            None => {
                let (split, text) = &kept[&outcome.id];
                assert_eq!((Some(*split), text), (outcome.split.map(|s| s.name()), &json!(outcome.text)));
            }
            Some((step, reason)) => {
                let line = &removed[&outcome.id];
                assert_eq!((&line["step"], &line["reason"]), (&json!(step.name()), &json!(reason)));
            }
        }
    }
    // The same counts, but for the bytes, which are those of CP949 in memory and of UTF-8 from a file.
    let mut tally = report.tally.clone();
    tally.bytes = cleaned.tally.bytes;
    assert_eq!(tally, cleaned.tally);
}

#[test]
fn a_run_that_is_stopped_goes_on_to_the_same_bytes() {
    let place = Place::with_sample(5200);
    let whole = Run { threads: Some(2), ..place.run("whole") };
    go(&whole).expect("a run");
    // Stopped after every batch there is.
    let stopped = Run { threads: Some(1), ..place.run("stopped") };
    let (mut times, mut stages) = (0, vec![]);
    let report = loop {
        let finished = stopped.go(&mut |progress| {
            stages.push(progress.stage);
            // Compared in one go: stopped in the middle it would begin again for ever.
            let last_of_compare = progress.stage != Stage::Compare || progress.done == progress.all && times % 2 == 0;
            if last_of_compare { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match finished.expect("a run") {
            Finished::Stopped => times += 1,
            Finished::Done(report) => break report,
            Finished::Already(_) => panic!("it was never done"),
        }
        assert!(times < 40, "it does not get on: {stages:?}");
    };
    assert!(times >= 5, "{times} stops: {stages:?}");
    assert_eq!(digests(&stopped.out), digests(&whole.out));
    // Begun again when all is done, nothing is written.
    let Ok(Finished::Already(again)) = stopped.go(&mut |_| ControlFlow::Continue(())) else { panic!("done already") };
    assert_eq!(again, report);
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    let place = Place::with_sample(5200);
    let program = |out: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clean"));
        command.arg(place.path("raw.jsonl")).args(["--drop", "truth", "--threads", "1", "--test-set"]);
        command.arg(place.path("test.txt")).arg("--out").arg(place.path(out));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(program("whole").status().expect("it runs").success());
    let state = place.path("killed").join("state.json");
    let read = || std::fs::read_to_string(&state).unwrap_or_default();
    let (mut kills, mut seen) = (0, std::collections::BTreeSet::new());
    // Killed at each change of the state, and a little later each time: between a state and what comes after it.
    loop {
        let before = read();
        let mut child = program("killed").spawn().expect("it runs");
        let ended = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break Some(status);
            }
            if read() != before {
                std::thread::sleep(std::time::Duration::from_millis(kills * 37 % 150));
                break None;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        };
        match ended {
            Some(status) => {
                assert!(status.success());
                break;
            }
            None => {
                child.kill().expect("killed");
                child.wait().expect("gone");
                kills += 1;
                let stage = serde_json::from_str::<Value>(&read()).expect("a whole state")["stage"].to_string();
                seen.insert(stage);
                assert!(kills < 60);
            }
        }
    }
    assert!(kills >= 4 && seen.len() >= 2, "{kills} kills, in {seen:?}");
    assert_eq!(digests(&place.path("killed")), digests(&place.path("whole")));
}

#[test]
fn what_was_written_beyond_the_state_is_written_again() {
    let place = Place::with_sample(3000);
    let run = Run { threads: Some(1), ..place.run("out") };
    go(&Run { out: place.path("whole"), ..run.clone() }).expect("a run");
    // Stopped once in each half; then the files get what a killed run would have left behind its state.
    for wanted in [Stage::First, Stage::Second] {
        let stopped = run.go(&mut |progress| {
            if progress.stage == wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(stopped.expect("a run"), Finished::Stopped);
        for name in ["train", "removed"] {
            let path = run.out.join(format!("{name}.jsonl.gz.part"));
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).expect("a file");
            file.write_all(b"half a chunk").expect("written");
        }
        std::fs::write(run.out.join("work/00000099.jsonl"), "{\"half").expect("written");
    }
    go(&run).expect("a run");
    assert_eq!(digests(&run.out), digests(&place.path("whole")));
}

#[test]
fn what_changed_is_noticed_and_said() {
    let place = Place::with_sample(2600);
    let run = Run { threads: Some(1), ..place.run("out") };
    assert_eq!(run.go(&mut |_| ControlFlow::Break(())).expect("a run"), Finished::Stopped);
    let says = |run: &Run, what: &str| {
        let error = go(run).expect_err(what).to_string();
        assert!(error.contains(what) && error.contains("--fresh"), "{error}");
    };
    says(&Run { settings: Settings::strict(), ..run.clone() }, "other settings");
    let reading = Reading { stop_on_broken: true, ..run.reading.clone() };
    says(&Run { reading, ..run.clone() }, "in another way");
    says(&Run { tests: vec![], ..run.clone() }, "other test sets");
    let other = place.write("other.jsonl", b"{\"document\":\"x\"}\n");
    says(&Run { inputs: vec![other], ..run.clone() }, "another input");
    // The same bytes under another name are the same input; another end of them is not.
    std::fs::rename(place.path("raw.jsonl"), place.path("moved.jsonl")).expect("renamed");
    let moved = Run { inputs: vec![place.path("moved.jsonl")], ..run.clone() };
    assert_eq!(moved.go(&mut |_| ControlFlow::Break(())).expect("a run"), Finished::Stopped);
    let mut file = std::fs::OpenOptions::new().append(true).open(place.path("moved.jsonl")).expect("a file");
    file.write_all(b"{\"document\":\"x\"}\n").expect("written");
    says(&moved, "another input");
    // Anew it may be anything.
    let report = go(&Run { fresh: true, settings: Settings::gentle(), ..moved.clone() }).expect("a run");
    assert_eq!((report.tally.documents, report.made_from.settings), (2601, Settings::gentle()));
    // And a damaged state is no state.
    std::fs::write(run.out.join("state.json"), "{\"version\":1,").expect("written");
    says(&moved, "is damaged");
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let place = Place::with_sample(50);
    let run = place.run("out");
    std::fs::create_dir(&run.out).expect("a folder");
    std::fs::write(run.out.join("train.jsonl.gz"), "mine").expect("written");
    let error = go(&run).expect_err("another's file").to_string();
    assert!(error.contains("train.jsonl.gz"), "{error}");
    assert_eq!(std::fs::read(run.out.join("train.jsonl.gz")).expect("still there"), b"mine");
    // A file where the folder should be.
    let error = go(&Run { out: place.write("file", b"x"), ..run }).expect_err("no folder").to_string();
    assert!(error.contains("cannot be written"), "{error}");
}

#[test]
fn two_runs_do_not_work_in_one_folder() {
    let place = Place::with_sample(2600);
    let run = Run { threads: Some(1), ..place.run("out") };
    let mut tried = 0;
    let finished = run.go(&mut |_| {
        tried += 1;
        assert!(matches!(go(&run), Err(PipelineError::Busy { .. })));
        ControlFlow::Continue(())
    });
    assert!(matches!(finished, Ok(Finished::Done(_))) && tried > 0);
}

#[test]
fn an_input_without_a_document_is_a_sentence() {
    let place = Place::new();
    for (name, bytes) in
        [("empty.jsonl", &b""[..]), ("empty.tsv", b"id\tdocument\n"), ("empty.json", b"[]"), ("blank.jsonl", b"\n\n")]
    {
        let run = Run { out: place.path(&format!("out-{name}")), ..place.of(place.write(name, bytes)) };
        let error = go(&run).expect_err(name).to_string();
        assert!(error.contains(name) && error.lines().count() == 1, "{name}: {error}");
    }
    let error = go(&place.of(place.path("none.jsonl"))).expect_err("no file").to_string();
    assert!(error.contains("none.jsonl cannot be read"), "{error}");
    let error = go(&place.of(place.write("other.tsv", b"id\tbody\n1\tx\n"))).expect_err("no column").to_string();
    assert!(error.contains("no column document: it has id, body"), "{error}");
}

#[test]
fn a_corpus_of_which_nothing_is_left_is_whole() {
    let place = Place::new();
    let run = place.of(place.write("short.txt", "네\n아니요\n".as_bytes()));
    let report = go(&run).expect("a run");
    assert_eq!((report.tally.documents, report.tally.kept), (2, 0));
    assert!(lines(&run.out.join("train.jsonl.gz")).is_empty());
    assert_eq!(lines(&run.out.join("removed.jsonl.gz")).len(), 2);
    let page = week02_data::report::html(&report, &[], &workshop_base::text::Catalogue::default()).expect("a page");
    assert!(page.contains("Data report"));
}

#[test]
fn bytes_that_are_no_text_do_no_harm() {
    let place = Place::new();
    // Every pair of bytes, on lines of their own, from a generator that everybody knows.
    let mut state = 1_u32;
    let mut bytes = b"id\tdocument\n".to_vec();
    for number in 0..3000 {
        bytes.extend(format!("{number}\t").bytes());
        for _ in 0..40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push((state >> 24) as u8);
        }
        bytes.push(b'\n');
    }
    let run = place.of(place.write("noise.tsv", &bytes));
    let report = go(&run).expect("a run");
    println!("{:?} {}", report.tally.steps, report.tally.broken);
    assert_eq!(report.tally.kept, 0);
    let stop =
        Run { reading: Reading { stop_on_broken: true, ..Reading::default() }, out: place.path("stopped"), ..run };
    let error = go(&stop).expect_err("a broken record").to_string();
    assert!(error.contains("noise.tsv, line") && error.contains("--on-broken skip"), "{error}");
}
