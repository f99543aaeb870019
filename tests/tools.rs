//! The tools around the course, as a person meets them: doctor, notebook, agenda, report, and a program's device.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Home, ID, solution, solution_with, text};
use serde_json::{Value, json};

fn kept(home: &Home) -> PathBuf {
    let folder = home.path().join(".workshop");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The exit code and what was printed.
fn said(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("workshop starts");
    (output.status.code().unwrap_or(-1), text(&output))
}

fn workshop(home: &Home, args: &[&str]) -> (i32, String) {
    said(&mut home.command(args))
}

fn is_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

// ---- doctor

#[test]
fn doctor_says_what_is_here_and_what_to_do() {
    let home = Home::new();
    let (_, found) = workshop(&home, &["doctor"]);
    for what in
        ["Rust compiler: rustc 1.", "Cargo: cargo 1.", "Cores: ", "Memory: ", "Free disk: ", "GPU: ", "Data files: "]
    {
        assert!(found.contains(what), "no {what:?} in {found}");
    }
    let marks = ["✓ ", "! ", "✗ "];
    assert!(found.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).count() > 10, "{found}");
    for lines in found.lines().collect::<Vec<_>>().windows(2) {
        if lines[0].starts_with(marks[1]) || lines[0].starts_with(marks[2]) {
            assert!(lines[1].starts_with("  "), "nothing is said to do about {:?}", lines[0]);
        }
    }
    let empty = tempfile::tempdir().expect("a folder");
    let (code, found) = said(home.command(&["doctor"]).env("WORKSHOP_CACHE", empty.path()));
    assert!(found.contains("! Data files: 0 of") && found.contains("stories260K"), "{found}");
    assert_eq!(code, 0, "data is optional: {found}");
}

#[cfg(unix)]
#[test]
fn without_a_compiler_doctor_is_red() {
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let (code, found) = said(home.command(&["doctor"]).env("PATH", folder.path()));
    assert!(code == 1 && found.contains("✗ Rust compiler: none") && found.contains("rustup"), "{found}");
    // One that is too old, and one that never answers.
    program(folder.path(), "rustc", "echo 'rustc 1.2.3 (old)'");
    program(folder.path(), "git", "exec /bin/sleep 600");
    let (code, found) = said(home.command(&["doctor"]).env("PATH", folder.path()));
    assert!(code == 1 && found.contains("✗ Rust compiler: rustc 1.2.3 (old)"), "{found}");
    assert!(found.contains("! Git: none"), "{found}");
}

#[test]
fn what_is_pasted_names_nobody() {
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let person = folder.path().join("hong-gildong");
    let cache = person.join("cache");
    std::fs::create_dir_all(&cache).expect("a folder");
    let mut command = home.command(&["--lang", "ko", "doctor", "--report"]);
    let cargo =
        std::env::var_os("CARGO_HOME").or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo").into()));
    let rustup = std::env::var_os("RUSTUP_HOME")
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".rustup").into()));
    command.env("CARGO_HOME", cargo.unwrap_or_default()).env("RUSTUP_HOME", rustup.unwrap_or_default());
    command.env("HOME", &person).env("USERPROFILE", &person).env("USER", "gildong").env("USERNAME", "gildong");
    command.env("WORKSHOP_CACHE", &cache).env("WORKSHOP_HUB_KEY", "secret-word").env("WORKSHOP_LANG", "gildong");
    command.env("WORKSHOP_CHECK_SECONDS", "77");
    let (_, found) = said(&mut command);
    assert!(found.starts_with("```text\n") && found.trim_end().ends_with("```"), "{found}");
    assert!(found.contains("WORKSHOP_CACHE=~") && found.contains("WORKSHOP_LANG=~"), "{found}");
    assert!(found.contains("WORKSHOP_CHECK_SECONDS=77") && found.contains("WORKSHOP_HUB_KEY=…"), "{found}");
    for private in ["gildong", "secret-word"] {
        assert!(!found.contains(private), "{private} in {found}");
    }
    assert!(!is_korean(&found) && found.contains("Rust compiler"), "{found}");
}

// ---- agenda

#[test]
fn a_week_has_a_timetable() {
    let home = Home::new();
    let course = workshop::course::Course::read().expect("the course");
    let (code, planned) = workshop(&home, &["agenda", "week04", "--minutes", "10000"]);
    assert_eq!(code, 0, "{planned}");
    for page in course.pages.iter().filter(|page| page.week() == "week04-attention" && page.front.core) {
        assert!(planned.contains(page.title()), "{planned}");
    }
    for exercise in course.exercises().filter(|exercise| exercise.core && exercise.folder == "week04-attention") {
        assert!(planned.contains(&format!("Exercise: {}", exercise.title)), "{planned}");
    }
    assert!(planned.contains("0:00–") && planned.contains("Break") && !planned.contains("Does not fit"), "{planned}");

    let first = course.pages.iter().find(|page| page.week() == "week04-attention").expect("a page").front.minutes;
    let (code, little) = workshop(&home, &["agenda", "week04", "--minutes", &first.to_string()]);
    assert!(code == 0 && little.contains("Does not fit:"), "{little}");
    let (code, too_little) = workshop(&home, &["agenda", "week04", "--minutes", &(first - 1).to_string()]);
    assert!(code == 1 && too_little.contains("too few") && too_little.contains(&first.to_string()), "{too_little}");
    let without = workshop(&home, &["agenda", "week04", "--breaks", "50/0"]).1;
    assert!(!without.contains("Break"), "{without}");
    for wrong in
        [&["agenda", "week77"][..], &["agenda", "week04", "--minutes", "0"], &["agenda", "week04", "--breaks", "9"]]
    {
        assert_eq!(workshop(&home, wrong).0, 2, "{wrong:?}");
    }
}

// ---- report

fn card(home: &Home) -> String {
    std::fs::read_to_string(kept(home).join("report.html")).expect("a report card")
}

#[test]
fn an_empty_home_is_told_where_to_begin() {
    let home = Home::new();
    let (code, summary) = workshop(&home, &["report"]);
    assert!(code == 0 && summary.contains("Nothing is recorded yet") && summary.contains("0.0 %"), "{summary}");
    let card = card(&home);
    // The first exercise of the ladder.
    let first = &common::exercises()[0];
    assert!(
        card.contains(&format!("<code>cargo workshop check {first}</code>")) && !card.contains("<script"),
        "{card}"
    );
}

#[test]
fn the_report_card_says_what_was_done() {
    let home = Home::new();
    home.hand_in(&solution_with("/ (d as f64).sqrt())?", "/ 1.0)?"));
    home.check();
    let (_, tried) = workshop(&home, &["report"]);
    assert!(tried.contains(&format!("{ID}   not yet")) && tried.contains("0.0 %"), "{tried}");
    workshop(&home, &["hint", ID]);
    home.hand_in(&solution());
    home.check();
    let journal = kept(&home).join("journal.jsonl");
    let done = std::fs::read_to_string(&journal).expect("a journal");
    let at = |seconds: u64| 1_700_000_000 + seconds;
    // Two minutes, then a pause, then ten minutes, which still count; and a line that was cut short.
    let cell = |seconds, edited| {
        json!({"at": at(seconds), "what": "cell", "page": "<b>", "cell": 1, "edited": edited, "mine": false})
            .to_string()
    };
    let ours = [cell(0, false), cell(120, true), cell(5000, false), cell(5600, true), "{\"at\":".to_owned()].join("\n");
    std::fs::write(&journal, format!("{ours}\n{done}")).expect("written");
    let (code, summary) = workshop(&home, &["report"]);
    assert!(code == 0 && summary.contains("passed: 1 of ") && summary.contains(&format!("{ID}   passed")), "{summary}");
    assert!(summary.contains("cells run: 4, changed: 2") && summary.contains("days: 2"), "{summary}");
    // The share of the attention alone, by hand: 83,886,080 of 216,662,016.
    assert!(summary.contains("55.8 %"), "{summary}");
    let card = card(&home);
    assert!(card.contains("mistakes met: no scale ×1") && card.contains("<td class=\"number\">2</td>"), "{card}");
    assert!(card.contains("<strong>12</strong>minutes at work"), "{card}");

    home.hand_in(&(solution() + "// more\n"));
    let (_, changed) = workshop(&home, &["report"]);
    assert!(changed.contains("passed, changed since") && changed.contains("0.0 %"), "{changed}");
}

#[test]
fn what_the_files_say_is_escaped_and_what_is_damaged_is_said() {
    let home = Home::new();
    let event =
        json!({"at": 1, "what": "check", "id": ID, "verdict": "wrong", "mistakes": ["<script>alert(1)</script>"]});
    std::fs::write(kept(&home).join("journal.jsonl"), event.to_string() + "\n").expect("written");
    workshop(&home, &["report"]);
    assert!(!card(&home).contains("<script") && card(&home).contains("&lt;script&gt;"));
    std::fs::write(kept(&home).join("progress.json"), "{ not").expect("written");
    let (code, damaged) = workshop(&home, &["report"]);
    assert!(code == 1 && damaged.contains("progress.json is damaged: delete it"), "{damaged}");
}

// ---- run --device

#[test]
fn a_device_that_is_not_here_is_refused_before_anything_is_built() {
    let home = Home::new();
    let nowhere = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let mut command = home.command(&[&["run", "week04", "attend"], args].concat());
        for name in ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"] {
            command.env(name, nowhere.path());
        }
        said(command.env("PATH", nowhere.path()))
    };
    if !Path::new("/usr/local/cuda/bin/nvcc").exists() {
        let (code, refused) = run(&["--device", "cuda"]);
        assert!(code == 1 && refused.contains("nvcc") && refused.lines().count() == 1, "{refused}");
    }
    let mut named = home.command(&["run", "week04", "attend"]);
    if !Path::new("/usr/local/cuda/bin/nvcc").exists() {
        let (code, refused) = said(named.env("WORKSHOP_DEVICE", "CUDA").env("PATH", nowhere.path()));
        assert!(code == 1 && refused.contains("nvcc") && refused.lines().count() == 1, "{refused}");
    }
    if !cfg!(target_os = "macos") {
        let (code, refused) = run(&["--device", "metal"]);
        assert!(code == 1 && refused.contains("Apple") && refused.lines().count() == 1, "{refused}");
    }
    let (code, refused) = run(&["--device", "cuda", "--mine"]);
    assert!(code == 2 && refused.contains("--mine"), "{refused}");
    assert_eq!(run(&["--device", "tpu"]).0, 2);
}

#[test]
fn a_program_says_its_device_first_and_is_written_down() {
    let home = Home::new();
    let with = |device: &str| {
        let mut command = home.command(&["run", "week04", "attend"]);
        said(command.env("WORKSHOP_DEVICE", device))
    };
    let (code, refused) = with("abacus");
    assert!(code == 1 && refused.contains("abacus") && refused.contains("cpu, cuda and metal"), "{refused}");
    let journal = std::fs::read_to_string(kept(&home).join("journal.jsonl")).expect("a journal");
    assert_eq!(journal.matches("\"name\":\"attend\"").count(), 1, "{journal}");
    if common::has_data("stories260K") {
        let mut command = home.command(&["run", "week04", "attend", "--device", "cpu"]);
        let (code, shown) = said(command.env("WORKSHOP_DEVICE", "abacus"));
        assert!(code == 0 && shown.starts_with("Device cpu, numbers f32"), "{shown}");
    }
}

#[test]
fn a_story_is_told_and_what_cannot_be_told_is_one_sentence() {
    if !common::has_data("stories260K") || !common::has_data("tok512") {
        return;
    }
    let home = Home::new();
    let tell = |args: &[&str]| said(&mut home.command(&[&["run", "week04", "tell", "--"], args].concat()));
    let (code, story) = tell(&["--tokens", "40"]);
    let begins = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park.";
    assert!(code == 0 && story.starts_with("Device cpu, numbers f32") && story.contains(begins), "{story}");
    assert!(story.contains("40 tokens told"), "{story}");
    let (code, ended) = tell(&["The cat sat on the mat."]);
    assert!(code == 0 && ended.contains("145 tokens told; then the model chose <s>"), "{ended}");
    for (args, why) in [(&["  "][..], "the sentence is empty"), (&[&"Lily ".repeat(600)], "at most 512")] {
        let (code, refused) = tell(args);
        assert!(code == 1 && refused.contains(why) && refused.lines().count() == 1, "{refused}");
    }
    let (code, full) = tell(&["Tom saw a big frog.", "--tokens", "600"]);
    assert!(code == 1 && full.contains("Tom wanted") && full.contains("the model's context is full"), "{full}");
    let (code, elsewhere) = said(home.command(&["run", "week04", "tell"]).env("WORKSHOP_CACHE", home.path()));
    assert!(code == 1 && elsewhere.contains("workshop data get stories260K"), "{elsewhere}");
    let layer = |layer| said(&mut home.command(&["run", "week04", "attend", "--", "--layer", layer]));
    assert!(layer("4").1.contains("Layer 4, head 2") && layer("5").1.contains("there is no layer 5"));
}

// ---- notebook

#[cfg(unix)]
fn program(folder: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
}

/// A Jupyter that does nothing but say how it was called: what is tested is ours.
#[cfg(unix)]
struct Desk {
    home: Home,
    tools: tempfile::TempDir,
}

#[cfg(unix)]
impl Desk {
    fn new() -> Self {
        let desk = Self { home: Home::new(), tools: tempfile::tempdir().expect("a folder") };
        let tools = desk.tools.path();
        program(
            tools,
            "jupyter-lab",
            "[ \"$1\" = --version ] && echo 4.0.0 || echo \"lab $@ cargo=$CARGO_INCREMENTAL evcxr=$EVCXR_TMPDIR\"",
        );
        program(tools, "jupyter-kernelspec", "echo '{\"kernelspecs\": {\"rust\": {}}}'");
        // It prints what the set-up cell would, into the notebook that it is given.
        let ran = r#"{"cells": [{"outputs": [{"output_type": "stream", "text": ["warm\n"]}]}]}"#;
        program(
            tools,
            "jupyter-execute",
            &format!(
                "for file; do :; done; cp \"$file\" '{}'; echo \"$EVCXR_TMPDIR\" > '{}'; printf '%s' '{ran}' > \"$file\"",
                tools.join("warmed").display(),
                tools.join("where").display()
            ),
        );
        program(tools, "evcxr_jupyter", "exit 1");
        desk
    }

    fn notebook(&self, args: &[&str]) -> (i32, String) {
        let mut command = self.home.command(&[&["notebook"], args].concat());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.tools.path().to_owned()].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).expect("a path"));
        command.env("XDG_CACHE_HOME", self.tools.path().join("cache")).env("CARGO_INCREMENTAL", "0");
        said(command.env("EVCXR_TMPDIR", "elsewhere"))
    }

    fn copy(&self) -> PathBuf {
        kept(&self.home).join("notebooks").join("week04").join("01-why-attention.ipynb")
    }

    fn read(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.copy()).expect("a copy")).expect("a notebook")
    }

    fn write(&self, notebook: &Value) {
        std::fs::write(self.copy(), notebook.to_string()).expect("written");
    }
}

#[cfg(unix)]
#[test]
fn a_notebook_is_the_learners_own_copy_on_a_warm_cache() {
    let desk = Desk::new();
    let (code, shown) = desk.notebook(&["week04", "--no-open", "--port", "8999", "--", "--more"]);
    assert!(code == 0 && shown.contains("a few minutes"), "{shown}");
    let call = format!("lab {} --no-browser --port=8999 --more cargo= evcxr=\n", desk.copy().display());
    assert!(shown.ends_with(&call), "{shown}");
    // The cache was filled in a folder that stays, with the crates of the week.
    let warmed = std::fs::read_to_string(desk.tools.path().join("warmed")).expect("it was run");
    let root = common::root().display().to_string();
    assert!(
        warmed.contains(&format!("{root}/lessons/week04-attention/notebook")) && warmed.contains("Cargo.lock"),
        "{warmed}"
    );
    let place = std::fs::read_to_string(desk.tools.path().join("where")).expect("it was run");
    assert_eq!(Path::new(place.trim()), desk.tools.path().join("cache").join("workshop-notebooks"));
    // The copy differs from the course's in the way to the crates alone.
    let original = common::root().join("book/src/week04-attention/01-why-attention.ipynb");
    let original: Value = serde_json::from_str(&std::fs::read_to_string(original).expect("a notebook")).expect("JSON");
    for (ours, theirs) in
        original["cells"].as_array().expect("cells").iter().zip(desk.read()["cells"].as_array().expect("cells"))
    {
        if ours["id"] == "setup" {
            assert!(
                theirs["source"].to_string().contains(&format!("{root}/lessons/week04-attention/notebook")),
                "{theirs}"
            );
            assert_eq!(ours["source"].as_array().map(Vec::len), theirs["source"].as_array().map(Vec::len));
        } else {
            assert_eq!(ours, theirs);
        }
    }
    let (_, again) = desk.notebook(&["week04/scaled-dot-product"]);
    assert!(!again.contains("a few minutes") && again.contains("lab "), "warm by now: {again}");
    let (_, korean) = desk.notebook(&["week04/02-scaled-dot-product", "--lang", "ko"]);
    assert!(korean.contains("02-scaled-dot-product.ko.ipynb"), "{korean}");
}

#[cfg(unix)]
#[test]
fn a_copy_is_refreshed_unless_it_was_edited() {
    let desk = Desk::new();
    desk.notebook(&["week04"]);
    let fresh = desk.read();
    // An older course's copy, run and saved by Jupyter: nobody's work is in it.
    let mut old = fresh.clone();
    old["metadata"]["workshop"]["copied"]["from"] = json!("older");
    old["cells"][0]["outputs"] = json!(["ran"]);
    desk.write(&old);
    desk.notebook(&["week04"]);
    assert_eq!(desk.read(), fresh);
    // The same with a word of the learner's: kept, and said.
    old["cells"][0]["source"] = json!("my own words");
    desk.write(&old);
    let (code, shown) = desk.notebook(&["week04"]);
    assert!(code == 0 && shown.contains("yours is kept"), "{shown}");
    assert_eq!(desk.read(), old);
    // Edited, and the course has not changed: nothing to say.
    old["metadata"]["workshop"]["copied"]["from"] = fresh["metadata"]["workshop"]["copied"]["from"].clone();
    desk.write(&old);
    assert!(!desk.notebook(&["week04"]).1.contains("kept"));
    assert_eq!(desk.read(), old);
    // What is no notebook any more is not written over.
    std::fs::write(desk.copy(), "notes").expect("written");
    let (code, shown) = desk.notebook(&["week04"]);
    assert!(code == 1 && shown.contains("no notebook any more"), "{shown}");
    assert_eq!(std::fs::read_to_string(desk.copy()).expect("it"), "notes");
}

#[cfg(unix)]
#[test]
fn what_is_missing_for_notebooks_is_said_with_the_commands() {
    let desk = Desk::new();
    program(desk.tools.path(), "jupyter-kernelspec", "echo '{\"kernelspecs\": {}}'");
    let (code, shown) = desk.notebook(&["week04"]);
    assert!(code == 1 && shown.contains("evcxr_jupyter --install") && !shown.contains("jupyterlab\n"), "{shown}");
    assert!(!desk.copy().exists());
    // A kernel that does not compile the crates: what Jupyter said is shown, and nothing counts as warm.
    // The kernel reports neither a panic nor a `?` error, so an exit code of 0 alone is no success.
    let desk = Desk::new();
    for exit in [1, 0] {
        program(desk.tools.path(), "jupyter-execute", &format!("echo 'no such crate' >&2; exit {exit}"));
        let (code, shown) = desk.notebook(&["week04"]);
        assert!(code == 1 && shown.contains("no such crate"), "{shown}");
    }
    for wrong in ["week04/none", "week77"] {
        let (code, shown) = desk.notebook(&[wrong]);
        assert!(code == 2 && shown.contains("week04"), "{shown}");
    }
}
