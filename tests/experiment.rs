//! An experiment, as a learner meets it: the report, its run, its check, and the page to show.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::path::PathBuf;

use common::{Home, Server, text};
use serde_json::{Value, json};
use workshop::course::Course;

const EXPERIMENT: &str = "week04/saturation";
const FILE: &str = "exercises/week04-attention/experiments/saturation.md";
const RUN: &str = "cargo workshop run week04 saturation";
const HYPOTHESIS: &str = "I expect that <b>wide</b> heads saturate beyond 64 when not divided.";
const CONCLUSION: &str = "헤드 크기가 64를 넘으면 포화된다는 내 가설이 맞았다.";

/// A learner with a report.
struct Learner(Home);

impl Learner {
    fn new() -> Self {
        let learner = Self(Home::new());
        std::fs::create_dir_all(learner.file().parent().expect("a folder")).expect("a folder");
        learner.write(&stub());
        learner
    }

    /// One whose report has everything.
    fn with_report() -> Self {
        let learner = Self::new();
        learner.change("<!-- hypothesis -->\n", &format!("<!-- hypothesis -->\n{HYPOTHESIS}\n"));
        learner.change("seed = 0 ", "seed = 41 ");
        learner.change("head_sizes = [4, 16, 64, 128, 256, 1024]", "head_sizes = [4, 64, 512]");
        assert_eq!(learner.run().0, 0);
        learner.change("<!-- conclusion -->\n", &format!("<!-- conclusion -->\n{CONCLUSION}\n"));
        learner
    }

    fn file(&self) -> PathBuf {
        self.0.path().join(FILE)
    }

    fn read(&self) -> String {
        std::fs::read_to_string(self.file()).expect("the report")
    }

    fn write(&self, report: &str) {
        std::fs::write(self.file(), report).expect("written");
    }

    fn change(&self, old: &str, new: &str) {
        let report = self.read();
        assert!(report.contains(old), "no {old:?} in {report}");
        self.write(&report.replacen(old, new, 1));
    }

    fn said(&self, args: &[&str]) -> (i32, String) {
        let output = self.0.workshop(args);
        (output.status.code().unwrap_or(-1), text(&output))
    }

    fn run(&self) -> (i32, String) {
        self.said(&["run", "week04", "saturation"])
    }

    fn check(&self) -> (i32, String) {
        self.said(&["check", EXPERIMENT])
    }

    /// That a check says so, does not pass, and leaves the report as it is.
    #[track_caller]
    fn is_not_yet(&self, sentence: &str) {
        let before = std::fs::read(self.file()).expect("the report");
        let (code, said) = self.check();
        assert!(code == 1 && said.contains(sentence) && !said.contains("panicked"), "no {sentence:?} in {said}");
        assert_eq!(std::fs::read(self.file()).expect("the report"), before);
    }

    /// That the program refuses to run, says so, and leaves the report as it is.
    #[track_caller]
    fn is_refused(&self, sentence: &str) {
        let before = std::fs::read(self.file()).expect("the report");
        let (code, said) = self.run();
        assert!(code == 1 && said.contains(sentence) && !said.contains("panicked"), "no {sentence:?} in {said}");
        assert_eq!(std::fs::read(self.file()).expect("the report"), before);
    }

    fn page(&self) -> PathBuf {
        self.0.path().join(".workshop/reports/week04-saturation.html")
    }
}

fn stub() -> String {
    let course = Course::read().expect("the course");
    course.exercise(EXPERIMENT).and_then(|exercise| exercise.stub(&course.root)).expect("a stub")
}

#[test]
fn from_the_stub_to_a_page_to_show() {
    let learner = Learner::new();
    learner.is_not_yet("not started");
    learner.is_not_yet(RUN);
    learner.is_refused("Your hypothesis is missing");

    learner.change("seed = 0 ", "seed = 41 ");
    learner.is_not_yet("Your hypothesis is missing");
    learner.change("seed = 41 ", "seed = 0 ");
    learner.change("<!-- hypothesis -->\n", &format!("<!-- hypothesis -->\n{HYPOTHESIS}\n"));
    learner.is_not_yet("still the ones that you were given");
    learner.change("seed = 0 ", "seed = 41 ");
    learner.change("head_sizes = [4, 16, 64, 128, 256, 1024]", "head_sizes = [4, 64, 512]");
    learner.is_not_yet("There is no result yet");

    let before = learner.read();
    let (code, said) = learner.run();
    assert!(code == 0 && said.contains("seed 41") && said.contains(".svg"), "{said}");
    let filled = learner.read();
    let (start, end) =
        (before.find("<!-- result -->").expect("a mark"), before.find("<!-- /result -->").expect("a mark"));
    assert!(filled.starts_with(&before[..start]) && filled.ends_with(&before[end..]), "{filled}");
    assert_eq!(filled.lines().filter(|line| line.starts_with('|')).count(), 2 + 2 * 3, "{filled}");
    assert!(filled.contains(", device cpu`"), "{filled}");
    // Again, and every number is the same.
    learner.run();
    assert_eq!(learner.read(), filled);
    learner.is_not_yet("Your conclusion is missing");
    learner.change("<!-- conclusion -->\n", "<!-- conclusion -->\nyes\n");
    learner.is_not_yet("Your conclusion is missing");

    learner.change("<!-- conclusion -->\nyes\n", &format!("<!-- conclusion -->\n{CONCLUSION}\n"));
    assert!(learner.said(&["list"]).1.contains("~  week04/saturation"));
    let (code, said) = learner.check();
    assert!(code == 0 && said.contains("passed") && said.contains("week04-saturation.html"), "{said}");
    assert!(learner.said(&["list"]).1.contains("✓  week04/saturation"));
    let page = std::fs::read_to_string(learner.page()).expect("a page");
    assert!(page.contains("&lt;b&gt;wide") && page.contains(CONCLUSION) && page.contains("<td>q·k</td>"), "{page}");
    assert!(
        page.contains("<svg") && !page.contains("<b>") && !page.contains("<script") && !page.contains("<!--"),
        "{page}"
    );

    let (_, said) = learner.said(&["report"]);
    assert!(said.contains("week04/saturation   passed"), "{said}");
    let card = std::fs::read_to_string(learner.0.path().join(".workshop/report.html")).expect("a card");
    assert!(card.contains("<a href=\"reports/week04-saturation.html\">"), "{card}");
}

#[test]
fn the_table_is_the_programs() {
    let learner = Learner::with_report();
    assert_eq!(learner.check().0, 0);
    let passed = learner.read();
    let (number, row) =
        (passed.lines().find(|line| line.starts_with("| 512 | q·k |")).expect("a row"), "| 512 | q·k |");
    let cell = number.split('|').nth(3).expect("a cell").trim();
    let other = format!("0.1{}", &cell[3..]);

    learner.change(&format!("{row} {cell} |"), &format!("{row} {other} |"));
    learner.is_not_yet(&format!(
        "Row 6 of the table, largest weight: the file says {other}, the run again {cell}. Have it"
    ));
    learner.write(&passed.replace(&format!("{number}\n"), ""));
    learner.is_not_yet("not complete: it has 5 rows, and the settings make 6");
    learner.write(&passed.replace("keys = 16 ", "keys = 32 "));
    learner.is_not_yet("made with other settings");
    learner.write(&passed.replace("<!-- /result -->", "my own words\n<!-- /result -->"));
    learner.is_not_yet("would be lost: my own words");
    learner.is_refused("would be lost: my own words");
    assert!(learner.said(&["report", EXPERIMENT]).0 == 1);
    assert!(learner.said(&["list"]).1.contains("✗  week04/saturation"));

    learner.write(&passed.replace("| largest weight |", "| <b>mine</b> |"));
    learner.is_not_yet("column 3 of the table: the file says <b>mine</b>, the run again largest weight.");

    // The page has the table of the repeat, whatever the learner's says; a report filled in in Korean passes in English.
    let stamp = passed.lines().find(|line| line.starts_with("`settings ")).expect("a stamp");
    learner.write(&passed.replace(stamp, &stamp.replace("device cpu", "device eight H100, certified")));
    assert_eq!(learner.check().0, 0);
    let page = || std::fs::read_to_string(learner.page()).expect("a page");
    assert!(page().contains(", device cpu</code>") && !page().contains("H100"), "{}", page());
    learner.write(&passed);
    assert_eq!(learner.said(&["--lang", "ko", "run", "week04", "saturation"]).0, 0);
    let korean = workshop_base::text::Catalogue::load("ko");
    assert!(learner.read().contains(&format!("| {} |", korean.get("head size"))), "{}", learner.read());
    assert_eq!(learner.check().0, 0, "{}", learner.check().1);
    assert!(page().contains("<th style=\"text-align: right\">head size</th>"), "{}", page());
    learner.write(&passed);

    // What is laid out in another way is the same: line ends, spaces, comments, a word more.
    learner.write(&passed.replace("keys = 16 ", "keys   =   16 # many").replace('\n', "\r\n"));
    assert_eq!(learner.check().0, 0, "{}", learner.check().1);
    let (code, said) = learner.said(&["report", EXPERIMENT]);
    assert!(code == 0 && said.contains("week04-saturation.html"), "{said}");
}

#[test]
fn a_page_holds_what_an_editor_leaves() {
    let learner = Learner::with_report();
    learner.change(HYPOTHESIS, &format!("{HYPOTHESIS}\n\n```\nnever closed"));
    learner.write(&format!("\u{feff}{}", learner.read()));
    assert_eq!(learner.check().0, 0, "{}", learner.check().1);
    let page = std::fs::read_to_string(learner.page()).expect("a page");
    assert!(page.contains("<h1>How wide may a head be"), "{page}");
    assert!(page.contains("never closed\n\n</code>") && page.contains("<td>q·k</td>"), "{page}");
    assert!(page.contains("<h2>Settings</h2>") && page.contains(&format!("<p>{CONCLUSION}</p>")), "{page}");
    // Nor is a stub begun by that mark alone.
    learner.write(&format!("\u{feff}{}", stub()));
    learner.is_not_yet("not started");
}

#[test]
fn a_program_asked_for_help_runs_nothing() {
    let learner = Learner::with_report();
    learner.change(", device cpu`", ", device other`");
    let before = learner.read();
    let (code, said) = learner.said(&["run", "week04", "saturation", "--", "--help"]);
    assert!(code == 0 && said.contains("Usage"), "{said}");
    assert_ne!(learner.said(&["run", "week04", "saturation", "--", "more"]).0, 0);
    assert_eq!(learner.read(), before);
}

#[test]
fn what_has_passed_is_not_run_again() {
    let learner = Learner::with_report();
    let seconds = |limit: &str| {
        let output = learner.0.command(&["check", EXPERIMENT]).env("WORKSHOP_CHECK_SECONDS", limit).output();
        let output = output.expect("workshop starts");
        (output.status.code(), text(&output))
    };
    let (code, said) = seconds("0");
    assert!(code == Some(1) && said.contains("more than 0 seconds"), "{said}");
    assert_eq!(seconds("60").0, Some(0));
    assert_eq!(seconds("0").0, Some(0));
    // Its page is made again where it is gone, and that takes a run.
    std::fs::remove_file(learner.page()).expect("removed");
    assert_eq!(seconds("0").0, Some(1));
    assert_eq!(seconds("60").0, Some(0));
    assert!(learner.page().is_file());
    learner.change(CONCLUSION, &format!("{CONCLUSION} 정말로."));
    assert_eq!(seconds("0").0, Some(1));
}

#[test]
fn settings_that_cannot_be_run_are_named() {
    let learner = Learner::with_report();
    let passed = learner.read();
    for (old, new, sentence) in [
        ("keys = 16 ", "keys = 1 ", "keys = 1: allowed is 2 to 1024"),
        ("keys = 16 ", "keys = 16.5 ", "keys = 16.5"),
        ("keys = 16 ", "kees = 16 ", "unknown field `kees`"),
        ("seed = 41 ", "seed = -1 ", "seed = -1"),
        ("seed = 41 ", "seed = 99999999999999999999999999 ", "Settings, line"),
        ("queries = 1000 ", "queries = 9223372036854775807 ", "allowed is 100 to 10000"),
        ("[4, 64, 512]", "[4, 64, 4611686018427387904]", "each larger than the one before"),
        ("[4, 64, 512]", "[4, 64, 4096]", "at most 33554432 numbers"),
        ("[true, false]", "[]", "divided = []"),
        ("saturated_above = 0.9 ", "saturated_above = nan ", "saturated_above = NaN"),
        ("```toml", "```", "a block of TOML"),
    ] {
        learner.write(&passed);
        learner.change(old, new);
        learner.is_refused(sentence);
    }
    // A hash that somebody puts there does not help: the program itself refuses.
    learner.write(&passed.replace("keys = 16 ", "keys = 1 "));
    let report = learner.read();
    let hash = workshop_base::experiment::Report::parse(&report).expect("marks").settings_hash().expect("settings");
    let stamp = passed.lines().find(|line| line.starts_with("`settings ")).expect("a stamp");
    learner.change(stamp, &format!("`settings {hash}, device cpu`"));
    learner.is_not_yet("keys = 1: allowed is 2 to 1024");
}

#[test]
fn what_is_no_report_gets_a_sentence() {
    let learner = Learner::with_report();
    let passed = learner.read();
    let (half, _) = passed.split_at(passed.find("## Result").expect("a heading"));
    for (report, sentence) in [
        (half.to_owned(), "<!-- result --> is missing"),
        (passed.replace("<!-- /hypothesis -->", ""), "<!-- /hypothesis --> is missing"),
        (String::new(), "<!-- hypothesis --> is missing"),
        (format!("{passed}{passed}"), "<!-- hypothesis --> is missing, stands there twice"),
    ] {
        learner.write(&report);
        learner.is_not_yet(sentence);
        learner.is_refused(sentence);
        learner.is_refused("`cargo workshop reset week04/saturation`");
    }
    std::fs::write(learner.file(), [0xff, 0xfe, 0x00]).expect("written");
    learner.is_not_yet("UTF-8");
    learner.is_refused("UTF-8");
    learner.write(&"x".repeat(2 << 20));
    learner.is_not_yet("1 MB");
    learner.is_refused("1 MB");
    std::fs::remove_file(learner.file()).expect("removed");
    for (code, said) in [learner.run(), learner.check()] {
        assert!(code == 1 && said.contains("is missing: cargo workshop reset week04/saturation"), "{said}");
    }
    std::fs::create_dir(learner.file()).expect("a folder");
    let (code, said) = learner.run();
    assert!(code == 1 && said.contains("not a file: move it away") && !said.contains("UTF-8"), "{said}");
}

#[test]
fn it_is_an_exercise_like_any_other() {
    let learner = Learner::with_report();
    let mine = learner.read();
    let backup = learner.0.path().join(".workshop/backups/week04-attention/saturation.1.md");
    let (code, said) = learner.said(&["reset", EXPERIMENT]);
    assert!(code == 0 && said.contains(&backup.display().to_string()), "{said}");
    assert_eq!((learner.read(), std::fs::read_to_string(backup).expect("a backup")), (stub(), mine.clone()));
    assert!(learner.said(&["hint", EXPERIMENT]).1.starts_with("Hint 1 of 3"));
    assert!(learner.said(&["list", "week04"]).1.contains("○  week04/saturation"));
    assert!(learner.said(&["agenda", "week04", "--minutes", "10000"]).1.contains("How wide may a head be"));
    assert_eq!(learner.said(&["solution", EXPERIMENT]).0, 1);
    assert!(learner.said(&["solution", EXPERIMENT, "--spoil"]).1.contains("## Conclusion"));
    assert_eq!(learner.said(&["report", common::ID]).0, 2);
    assert_eq!(learner.said(&["report", "week04/none"]).0, 2);

    // A new stub comes under what was written.
    learner.write(&mine);
    let base = learner.0.path().join(".workshop/stubs/week04-attention/saturation.md");
    let old = stub().replace("## Conclusion", "## The end");
    std::fs::write(&base, &old).expect("written");
    learner.change("## Conclusion", "## The end");
    let (code, said) = learner.said(&["update"]);
    assert!(code == 0 && said.contains("week04/saturation: the new stub was merged under your edits"), "{said}");
    assert_eq!(learner.read(), mine);

    // No piece: a run on one's own pieces does not ask for it.
    let (code, said) = learner.said(&["run", "week04", "saturation", "--mine"]);
    assert!(code == 0 && !said.contains("week04/saturation: "), "{said}");
}

#[test]
fn it_runs_on_the_learners_pieces_too() {
    let learner = Learner::with_report();
    learner.0.hand_in(&common::solution());
    let table =
        |report: &str| report.lines().filter(|line| line.starts_with('|')).map(str::to_owned).collect::<Vec<_>>();
    let ours = table(&learner.read());
    let (code, said) = learner.said(&["run", "week04", "saturation", "--mine"]);
    assert!(code == 0 && said.contains("week04/scaled-dot-product: yours"), "{said}");
    assert_eq!(table(&learner.read()), ours);
    assert_eq!(learner.check().0, 0, "{}", learner.check().1);
}

#[test]
fn the_live_page_reads_and_checks_it() {
    let server = Server::start();
    let exercise = || -> Value {
        let answer = server.api("GET", &format!("/api/exercise?id={EXPERIMENT}"), "");
        serde_json::from_str(&answer.body).expect("an exercise")
    };
    let check = |source: &str| -> Value {
        let base = &exercise()["hash"];
        let body = json!({"id": EXPERIMENT, "source": source, "base": base}).to_string();
        serde_json::from_str(&server.api("POST", "/api/check", &body).body).expect("a verdict")
    };
    assert_eq!((exercise()["path"].as_str(), exercise()["source"].as_str()), (Some(FILE), Some(stub().as_str())));
    assert_eq!(check(&stub())["verdict"], "not-started");
    let begun = stub().replace("seed = 0 ", "seed = 3 ");
    let told = check(&begun);
    assert!(told["verdict"] == "wrong" && told["lines"][0].as_str().is_some_and(|why| why.contains("hypothesis")));
    assert_eq!(std::fs::read_to_string(server.home.path().join(FILE)).expect("the report"), begun);
    // Markdown is not shown as Rust, where mdBook would hide its headings.
    let page = server.get("/en/week04-attention/02-scaled-dot-product.html").body;
    assert!(page.contains("<code class=\"language-markdown\"># How wide may a head be"));
}
