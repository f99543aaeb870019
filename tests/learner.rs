//! What a learner does between two checks: list, hint, solution, reset, watch, update.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Output, Stdio};

use common::{Home, ID, solution, solution_with, stub, text};

const FILE: &str = "exercises/week04-attention/src/scaled_dot_product.rs";
const KEPT: &str = "week04-attention/scaled_dot_product";

/// The solution with the mistake that the scores are not scaled.
fn unscaled() -> String {
    solution_with("/ (d as f64).sqrt())?", "/ 1.0)?")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

/// A file in the folder that is kept for the learner.
fn kept(home: &Home, name: &str) -> PathBuf {
    home.path().join(".workshop").join(name)
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| format!("{}: {error}", path.display()))
}

/// How many exercises the course has.
fn exercises() -> usize {
    common::exercises().len()
}

#[test]
fn a_list_tells_from_the_kept_verdicts() {
    let home = Home::new();
    let list = |mark: &str, passed: usize| {
        let output = home.workshop(&["list"]);
        let said = text(&output);
        assert_eq!(code(&output), 0, "{said}");
        let line = said.lines().find(|line| line.contains(ID)).expect("a line for the exercise").to_owned();
        assert!(line.starts_with(&format!("{mark}  {ID}  ")), "expected {mark}: {said}");
        assert!(said.contains(&format!("{passed} of {} passed", exercises())), "{said}");
        let first = &common::exercises()[0];
        assert!(said.contains(&format!("then cargo workshop check {first}")), "{said}");
        line
    };
    assert!(list("○", 0).ends_with("core   25 min"));
    home.check();
    list("○", 0);
    home.hand_in(&unscaled());
    list("~", 0);
    home.check();
    list("✗", 0);
    home.hand_in(&solution());
    list("~", 0);
    home.check();
    list("✓", 1);
    home.hand_in(&(solution() + "// more\n"));
    list("~", 0);
    home.hand_in(&solution());
    list("✓", 1);
    std::fs::remove_file(home.file()).expect("removed");
    list("○", 0);

    home.workshop(&["hint", ID]);
    assert!(list("○", 0).contains("1 of 3 hints"));
    // A week alone: its lines of the whole list, and no others.
    let exercises = |week: &[&str], of: &str| -> Vec<String> {
        let said = text(&home.workshop(week));
        said.lines()
            .filter(|line| line.contains(&format!("  {of}")))
            .map(|line| line.split("  ").take(2).collect())
            .collect()
    };
    assert_eq!(exercises(&["list", "week04"], "week"), exercises(&["list"], "week04/"));
    let output = home.workshop(&["list", "week99"]);
    assert!(code(&output) == 2 && text(&output).contains("there is no exercise week99"), "{}", text(&output));
}

#[test]
fn start_says_how_far_the_learner_is() {
    let home = Home::new();
    let mut start =
        home.command(&["start", "--port", "0", "--no-open"]).stdout(Stdio::piped()).spawn().expect("workshop starts");
    let lines = BufReader::new(start.stdout.take().expect("its output")).lines();
    let found = lines
        .map_while(Result::ok)
        .take_while(|line| !line.contains("http"))
        .any(|line| line == format!("0 of {} exercises passed", exercises()));
    let _ = start.kill();
    let _ = start.wait();
    assert!(found);
}

#[test]
fn an_option_before_another_command_is_refused() {
    let home = Home::new();
    for wrong in
        [&["--port", "5050", "list"][..], &["--no-open", "start"], &["--allow-host", "name", "check", "week04"]]
    {
        let output = home.workshop(wrong);
        let said = format!("{} belongs behind", wrong[0]);
        assert!(code(&output) == 2 && text(&output).contains(&said), "{wrong:?}: {}", text(&output));
    }
    assert_eq!(code(&home.workshop(&["--lang", "ko", "list"])), 0);
}

/// What is typed or sent to end it reaches the lesson's program.
#[cfg(target_os = "linux")]
#[test]
fn a_run_becomes_the_program() {
    if !common::has_data("stories260K") {
        return;
    }
    let home = Home::new();
    let mut run = home.command(&["run", "week04", "tell"]).stdout(Stdio::null()).spawn().expect("workshop starts");
    let program = format!("/proc/{}/exe", run.id());
    let became = loop {
        let now = std::fs::read_link(&program).is_ok_and(|exe| exe.ends_with("tell"));
        if now || run.try_wait().expect("its state").is_some() {
            break now;
        }
    };
    assert!(became, "it is the lesson's program under the same number");
    assert!(run.wait().expect("it ends").success());
}

#[test]
fn hints_come_one_by_one_and_then_all() {
    let home = Home::new();
    let hint = || text(&home.workshop(&["hint", ID]));
    for (number, left) in [(1, "2 hints are left"), (2, "One hint is left"), (3, "the last hint")] {
        let said = hint();
        assert!(said.starts_with(&format!("Hint {number} of 3\n")) && said.contains(left), "{said}");
        assert_eq!(said.matches(" of 3\n").count(), 1, "{said}");
    }
    let all = hint();
    assert!((1..=3).all(|number| all.contains(&format!("Hint {number} of 3\n"))), "{all}");
    // Seeing them again is not one more hint.
    assert_eq!(read(kept(&home, "journal.jsonl")).lines().count(), 3);
}

#[test]
fn the_solution_is_shown_to_who_has_one() {
    let home = Home::new();
    let list = || text(&home.workshop(&["list"]));
    let refused = |home: &Home| {
        let output = home.workshop(&["solution", ID]);
        assert!(
            code(&output) == 1 && output.stdout.is_empty() && text(&output).contains("--spoil"),
            "{}",
            text(&output)
        );
    };
    refused(&home);
    home.hand_in(&solution());
    refused(&home);
    home.check();
    let output = home.workshop(&["solution", ID]);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(code(&output) == 0 && shown.contains("exps.broadcast_div(&total)?.to_dtype(q.dtype())\n}\n"), "{shown}");
    assert!(["SOLUTION", "ANCHOR", "// END"].iter().all(|mark| !shown.contains(mark)), "{shown}");

    // What has passed once is not spoiled any more.
    home.hand_in(&stub());
    refused(&home);
    assert_eq!(code(&home.workshop(&["solution", ID, "--spoil"])), 0);
    assert!(!list().contains("solution seen"), "{}", list());

    let home = Home::new();
    let list = || text(&home.workshop(&["list"]));
    let output = home.workshop(&["solution", ID, "--spoil"]);
    assert!(code(&output) == 0 && text(&output) == shown, "{}", text(&output));
    assert!(list().contains("solution seen before it passed"), "{}", list());
    home.hand_in(&solution());
    home.check();
    let line = list().lines().find(|line| line.contains(ID)).expect("a line for the exercise").to_owned();
    assert!(line.starts_with('✓') && line.contains("solution seen before it passed"), "{line}");
    assert!(read(kept(&home, "journal.jsonl")).contains("\"what\":\"solution\""));
    assert_eq!(code(&home.workshop(&["solution", "week04/none"])), 2);
}

#[test]
fn a_reset_keeps_what_was_there() {
    let home = Home::new();
    let reset = || {
        let output = home.workshop(&["reset", ID]);
        assert_eq!(code(&output), 0, "{}", text(&output));
        assert_eq!(read(home.file()), stub());
        text(&output)
    };
    let backup = |number: usize| kept(&home, "backups").join(format!("{KEPT}.{number}.rs"));
    assert!(reset().contains("is the stub already"));
    assert!(!kept(&home, "backups").exists());

    home.hand_in("first");
    assert!(reset().contains(&backup(1).display().to_string()));
    home.hand_in("second");
    reset();
    // Not text at all.
    std::fs::write(home.file(), [0xff, 0xfe]).expect("written");
    reset();
    std::fs::remove_file(home.file()).expect("removed");
    assert!(!reset().contains("is kept"));
    assert_eq!((read(backup(1)), read(backup(2))), ("first".into(), "second".into()));
    assert_eq!(std::fs::read(backup(3)).expect("the third"), [0xff, 0xfe]);
    assert!(!backup(4).exists());

    // The same is not kept twice.
    home.hand_in("first");
    assert!(reset().contains(&backup(1).display().to_string()) && !backup(4).exists());
    assert_eq!(code(&home.workshop(&["reset", "week04/none"])), 2);
    assert_eq!(code(&home.workshop(&["reset"])), 2);
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_read_from_files_alone() {
    let home = Home::new();
    for (name, command) in [("progress.json", "list"), ("journal.jsonl", "report")] {
        let place = kept(&home, name);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        std::os::unix::fs::symlink("/dev/null", &place).expect("linked");
        let output = home.workshop(&[command]);
        let said = text(&output);
        assert!(code(&output) == 1 && said.contains(name) && said.contains("is not a file"), "{said}");
        std::fs::remove_file(place).expect("removed");
    }
}

/// A running `workshop watch`, its input a pipe.
struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(home: &Home, what: &str) -> Self {
        let mut command = home.command(&["watch", what]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("workshop starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    /// Reads on until a line contains this: the lines before it.
    fn until(&mut self, word: &str) -> String {
        let mut before = String::new();
        for line in self.lines.by_ref() {
            let line = line.expect("a line");
            if line.contains(word) {
                return before;
            }
            before += &(line + "\n");
        }
        panic!("the watch ended without {word:?}:\n{before}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watch_checks_at_each_save() {
    let home = Home::new();
    let mut watch = Watch::start(&home, ID);
    watch.until("The input is not a terminal");
    watch.until("not started");
    watch.until(&format!("Save {FILE}"));
    home.hand_in(&unscaled());
    watch.until("not yet");
    watch.until("sharper than they should be");
    watch.until("Save ");

    // As many editors save: a new file takes the place of the old one.
    let new = home.file().with_extension("new");
    std::fs::write(&new, solution()).expect("written");
    std::fs::rename(new, home.file()).expect("renamed");
    watch.until("passed (");
    watch.until("All passed: 1 of 1.");
    watch.until("Save ");

    // What cannot be graded does not end it.
    std::fs::remove_file(home.file()).expect("removed");
    watch.until("is missing");
    watch.until("Save ");

    // A save while the last one is being graded is graded after it.
    home.hand_in(&unscaled());
    watch.until("checking");
    home.hand_in(&(solution() + "// again\n"));
    watch.until("All passed");
    watch.until("Save ");

    drop(watch.child.stdin.take());
    assert_eq!(watch.child.wait().expect("it ends").code(), Some(0));
    assert!(text(&home.workshop(&["list"])).contains(&format!("✓  {ID}")));
}

#[test]
fn two_files_that_are_saved_at_once_are_checked_once_each() {
    let home = Home::new();
    let course = workshop::course::Course::read().expect("the course");
    let pieces: Vec<_> = course.exercises().filter(|exercise| exercise.week() == "week04").take(3).collect();
    let [first, second, third] = pieces[..] else { panic!("three pieces") };
    let mut watch = Watch::start(&home, "week04");
    watch.until(&format!("checking {}", first.id));
    watch.until("Save ");
    // The second is on the disk before the first is checked: when that passes, the watch goes on to it by itself.
    for piece in [second, first] {
        std::fs::write(home.path().join(piece.file()), read(course.root.join(piece.solution()))).expect("written");
    }
    watch.until(&format!("checking {}", third.id));
    watch.until("Save ");
    drop(watch.child.stdin.take());
    assert_eq!(watch.child.wait().expect("it ends").code(), Some(0));
    let journal = read(kept(&home, "journal.jsonl"));
    let checks = |of: &str| journal.lines().filter(|line| line.contains("check") && line.contains(of)).count();
    assert_eq!(checks(&second.id), 1, "{journal}");
}

#[test]
fn a_watch_begins_with_nothing_to_check_when_all_has_passed() {
    let home = Home::new();
    home.hand_in(&solution());
    home.check();
    let mut watch = Watch::start(&home, ID);
    let before = watch.until("All passed: 1 of 1.");
    assert!(!before.contains("checking"), "{before}");
    assert_eq!(code(&home.workshop(&["watch", "week99"])), 2);
}

/// A stub as it was before the course grew: with another goal, and without a line that has come since.
fn old_stub() -> String {
    let (old_goal, new_line) = ("the context, in other words", "//! `..` stands for any leading dimensions");
    let goal = "the context: each query's weighted average of the values";
    let stub = stub();
    assert!(stub.contains(goal) && stub.contains(new_line));
    let lines = stub.lines().filter(|line| !line.starts_with(new_line)).map(|line| format!("{line}\n"));
    lines.collect::<String>().replace(goal, old_goal)
}

#[test]
fn an_update_brings_new_stubs_under_the_learners_edits() {
    let home = Home::new();
    let base = kept(&home, "stubs").join(format!("{KEPT}.rs"));
    let update = |args: &[&str]| {
        let output = home.workshop(&[&["update"], args].concat());
        (code(&output), text(&output))
    };
    let (done, said) = update(&[]);
    assert!(done == 0 && said.contains("week04/softmax") && said.contains(" is new"), "{said}");
    let (done, said) = update(&[]);
    assert!(done == 0 && said.contains("up to date"), "{said}");
    assert_eq!(read(base.clone()), stub());

    // The course has grown since the file was made.
    let grown = |mine: &str| {
        std::fs::write(&base, old_stub()).expect("written");
        home.hand_in(mine);
    };
    grown(&old_stub());
    let (done, said) = update(&[]);
    assert!(done == 0 && said.contains("had not begun") && read(home.file()) == stub(), "{said}");

    let mine = |stub: &str| stub.replacen("pub fn attention(", "// mine\npub fn attention(", 1);
    grown(&mine(&old_stub()));
    let (done, said) = update(&[]);
    assert!(done == 0 && said.contains("merged") && read(home.file()) == mine(&stub()), "{said}");
    assert_eq!(read(kept(&home, "backups").join(format!("{KEPT}.2.rs"))), mine(&old_stub()));
    assert!(update(&[]).1.contains("up to date"));

    let mine = old_stub()
        .replace("use candle_core", "// mine\nuse candle_core")
        .replace("mention: a query", "mention: any query");
    grown(&mine);
    let (done, said) = update(&[]);
    let merge = kept(&home, "update").join(format!("{KEPT}.1.rs"));
    assert!(done == 1 && said.contains("--mine") && said.contains(&merge.display().to_string()), "{said}");
    assert!(read(home.file()) == mine && read(merge).contains("<<<<<<< yours"));
    let (done, said) = update(&["--mine", ID]);
    assert!(done == 0 && said.contains("stays") && read(home.file()) == mine, "{said}");
    assert!(update(&[]).1.contains("up to date"));

    std::fs::remove_file(home.file()).expect("removed");
    let (done, said) = update(&[]);
    assert!(done == 0 && said.contains("is new") && read(home.file()) == stub(), "{said}");
    assert_eq!(update(&["--mine", "week04/none"]).0, 2);
    assert_eq!(update(&["--mine", ID, "--pull"]).0, 2);
}
