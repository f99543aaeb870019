//! The live book's server, spoken to as a page does, and as a page must not.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::time::{Duration, Instant};

use common::{Answer, ID, Server, exchange, solution, solution_with};
use serde_json::{Value, json};

const PAGE: &str = "week04-attention/02-scaled-dot-product";

fn last(events: &[Value]) -> &Value {
    events.last().expect("an end")
}

fn printed(events: &[Value]) -> String {
    events.iter().filter(|event| event["event"] == "text").filter_map(|event| event["text"].as_str()).collect()
}

#[test]
fn cells_run_and_say_what_is_wrong_in_their_own_lines() {
    let server = Server::start();
    let events = server.run(PAGE, &["let a = 20;", "let a = a + 1;\nprintln!(\"{}\", a * 2)"]);
    assert_eq!(printed(&events), "42\n", "{events:?}");
    assert_eq!(last(&events)["status"], "ok");

    // Only the output of the cell that was asked for; a rich output apart from the text.
    let plot = "use week00_workbench::{Show as _, plot};\nprintln!(\"two\");\nplot::lines(\"x\", \"y\", 0.0..=1.0, &[(\"line\", &|x| x)])?.show()?;";
    let events = server.run(PAGE, &["println!(\"one\");", plot]);
    assert_eq!(printed(&events), "two\n");
    let rich: Vec<&Value> = events.iter().filter(|event| event["event"] == "rich").collect();
    assert!(rich.len() == 1 && rich[0]["data"].as_str().is_some_and(|svg| svg.starts_with("<svg")), "{rich:?}");

    let events = server.run(PAGE, &["let a = 1;", "let b = 2;\nlet c: u8 = \"three\";"]);
    let errors = events.iter().find(|event| event["event"] == "errors").expect("errors");
    let error = &errors["errors"][0];
    assert_eq!((&error["cell"], &error["line"]), (&json!(2), &json!(2)), "{error}");
    assert!(
        error["text"].as_str().is_some_and(|text| text.contains("cell 2, line 2") && text.contains("2 |")),
        "{error}"
    );
    assert_eq!(last(&events)["status"], "compile");

    let events = server.run(PAGE, &["anyhow::bail!(\"no luck\");"]);
    assert!(printed(&events).contains("no luck") && last(&events)["status"] == "failed", "{events:?}");
    let events = server.run(PAGE, &["panic!(\"oh\");"]);
    assert!(printed(&events).contains("oh") && last(&events)["status"] == "failed", "{events:?}");
    let events = server.run(PAGE, &["panic!(\"above\");", "println!(\"never\");"]);
    assert!(last(&events)["message"].as_str().is_some_and(|message| message.contains("Cell 1")), "{events:?}");
    assert!(printed(&events).contains("above"), "why it failed: {events:?}");
    // Leaving early, even with success, is not running; text without a line end does not hide the next cell.
    let events = server.run(PAGE, &["return Ok(());", "println!(\"never\");"]);
    assert_eq!(last(&events)["status"], "failed", "{events:?}");
    let events = server.run(PAGE, &["print!(\"one\"); eprintln!(\"quiet\");", "println!(\"two\");"]);
    assert_eq!((printed(&events).as_str(), &last(&events)["status"]), ("two\n", &json!("ok")), "{events:?}");
    // An error in a crate of the course keeps its place.
    let events = server.run(PAGE, &["week04_attention::naive::dot(&[1.0]);"]);
    let errors = events.iter().find(|event| event["event"] == "errors").expect("errors");
    let text = errors["errors"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("cell 1, line 1") && text.contains("naive.rs:"), "{text}");
}

#[test]
fn an_endless_cell_is_stopped_and_the_next_one_runs() {
    let server = Server::start();
    let started = Instant::now();
    let events = std::thread::scope(|scope| {
        let run = scope.spawn(|| server.run(PAGE, &["println!(\"on\"); loop { std::hint::spin_loop() }"]));
        std::thread::sleep(Duration::from_secs(4));
        let answer = server.api("POST", "/api/stop", "");
        assert!(answer.body.contains("true"), "{}", answer.body);
        run.join().expect("the run ends")
    });
    assert!(started.elapsed() < Duration::from_secs(60));
    assert!(printed(&events) == "on\n" && last(&events)["status"] == "stopped", "{events:?}");
    assert_eq!(last(&server.run(PAGE, &["println!(\"next\");"]))["status"], "ok");
    // Gigabytes of output end, too.
    let events = server.run(PAGE, &["loop { println!(\"{}\", \"x\".repeat(1000)) }"]);
    assert_eq!(last(&events)["status"], "output");
}

#[test]
fn an_exercise_is_read_saved_and_graded() {
    let server = Server::start();
    let read = || -> Value {
        let answer = server.api("GET", &format!("/api/exercise?id={ID}"), "");
        serde_json::from_str(&answer.body).expect("an exercise")
    };
    let check = |source: &str, base: &Value| -> Value {
        let body = json!({"id": ID, "source": source, "base": base}).to_string();
        serde_json::from_str(&server.api("POST", "/api/check", &body).body).expect("a verdict")
    };
    let exercise = read();
    assert_eq!((&exercise["source"], &exercise["passed"]), (&exercise["stub"], &json!(false)));
    let wrong = check(&solution_with("D::Minus1)?.detach()", "D::Minus1)?.zeros_like()?"), &exercise["hash"]);
    assert_eq!(wrong["verdict"], "wrong", "{wrong}");
    assert!(wrong["lines"][0].as_str().is_some_and(|line| line.contains("large scores")), "{wrong}");

    // Somebody else changed the file: nothing is overwritten.
    server.home.hand_in("// mine\n");
    let conflict = check(&solution(), &wrong["hash"]);
    assert_eq!((&conflict["verdict"], &conflict["current"]["source"]), (&json!("conflict"), &json!("// mine\n")));
    let passed = check(&solution(), &conflict["current"]["hash"]);
    assert_eq!(passed["verdict"], "passed", "{passed}");
    assert_eq!(std::fs::read_to_string(server.home.file()).expect("the file"), solution());
    assert_eq!(read()["passed"], json!(true));
}

#[test]
fn what_the_page_writes_over_is_kept_and_its_hints_count() {
    let server = Server::start();
    let backups = || -> Vec<String> {
        let folder = server.home.path().join(".workshop").join("backups").join("week04-attention");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut kept: Vec<String> =
            entries.map(|entry| std::fs::read_to_string(entry.path()).expect("a backup")).collect();
        kept.sort();
        kept
    };
    let get = || -> Value {
        let answer = server.api("GET", &format!("/api/exercise?id={ID}"), "");
        serde_json::from_str(&answer.body).expect("an exercise")
    };
    let check = |source: &str, base: &Value| -> Value {
        let body = json!({"id": ID, "source": source, "base": base}).to_string();
        serde_json::from_str(&server.api("POST", "/api/check", &body).body).expect("a verdict")
    };
    // The stub gives way, and what the page itself wrote: nothing to keep.
    let first = check(&format!("{}// one\n", solution()), &get()["hash"]);
    let second = check(&format!("{}// two\n", solution()), &first["hash"]);
    assert_eq!((&second["verdict"], backups().len()), (&json!("passed"), 0));
    // What another editor wrote, and what gives way to the stub.
    let outside = format!("{}// outside\n", solution());
    server.home.hand_in(&outside);
    let third = check(&format!("{}// three\n", solution()), &get()["hash"]);
    assert_eq!(backups(), [outside.as_str()], "{third}");
    let stub = get()["stub"].as_str().expect("a stub").to_owned();
    assert_eq!(check(&stub, &third["hash"])["verdict"], "not-started");
    assert_eq!(backups(), [outside, format!("{}// three\n", solution())]);

    for number in [1, 2, 1, 99] {
        let body = json!({"id": ID, "number": number}).to_string();
        assert_eq!(server.api("POST", "/api/hint", &body).status, 200);
    }
    let list = common::text(&server.home.workshop(&["list"]));
    assert!(list.contains("3 of 3 hints"), "{list}");
    let journal = std::fs::read_to_string(server.home.path().join(".workshop/journal.jsonl")).expect("a journal");
    assert_eq!(journal.matches("\"what\":\"hint\"").count(), 3, "{journal}");
}

#[test]
fn only_its_own_pages_are_answered() {
    let server = Server::start();
    let ours = format!("127.0.0.1:{}", server.port);
    let token = server.token.clone();
    let run = json!({"page": PAGE, "cell": 1, "cells": ["println!(\"run\");"]}).to_string();
    let post = |host: &str, origin: Option<&str>, token: Option<&str>| -> Answer {
        let mut headers = vec![("Host", host), ("content-type", "application/json")];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        headers.extend(token.map(|token| ("x-workshop-token", token)));
        server.send("POST", "/api/run", &headers, &run)
    };
    let same = format!("http://{ours}");
    assert_eq!(post(&ours, Some(&same), Some(&token)).status, 200);
    assert_eq!(post(&format!("localhost:{}", server.port), None, Some(&token)).status, 200);
    for (why, host, origin, sent) in [
        ("no token", ours.as_str(), None, None),
        ("an old token", ours.as_str(), None, Some("0123456789abcdef0123456789abcdef")),
        ("a rebound name", "evil.example", None, Some(token.as_str())),
        ("another port", "127.0.0.1:1", None, Some(token.as_str())),
        ("another site", ours.as_str(), Some("http://evil.example"), Some(token.as_str())),
        ("a sandboxed frame", ours.as_str(), Some("null"), Some(token.as_str())),
        ("https", ours.as_str(), Some(same.replace("http:", "https:").leak() as &str), Some(token.as_str())),
    ] {
        let answer = post(host, origin, sent);
        assert_eq!(answer.status, 403, "{why}: {}", answer.body);
        assert!(!answer.body.contains("run"), "{why}: {}", answer.body);
    }
    assert_eq!(server.send("GET", "/en/introduction.html", &[("Host", "evil.example")], "").status, 403);
    assert_eq!(exchange(server.port, "GET /en/introduction.html HTTP/1.1\r\nConnection: close\r\n\r\n").status, 403);
}

#[test]
fn nothing_outside_the_book_is_served() {
    let server = Server::start();
    assert_eq!(server.get("/en/week04-attention/02-scaled-dot-product.html").status, 200);
    assert_eq!(server.get("/").status, 307);
    for path in [
        "/../Cargo.toml",
        "/en/../../../../Cargo.toml",
        "/en/%2e%2e/%2e%2e/%2e%2e/%2e%2e/Cargo.toml",
        "/en/..%2f..%2f..%2f..%2fCargo.toml",
        "/en/..%5c..%5cCargo.toml",
        "/%252e%252e/Cargo.toml",
        "//etc/passwd",
        "/en/%00",
        "/en/%ff",
        "/nothing-here",
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 404, "{path}: {} {}", answer.head, answer.body);
    }
}

#[test]
fn a_page_runs_on_the_learners_green_pieces() {
    let server = Server::start();
    let cell = "use candle_core::{Device, Tensor};\nlet x = Tensor::ones((2, 4), candle_core::DType::F32, &Device::Cpu)?;\n\
                week04_attention::scaled_dot_product::attention(&x, &x, &x, None)?;\nprintln!(\"done\");";
    let run = |mine: bool| {
        let body = json!({"page": PAGE, "cell": 1, "cells": [cell], "mine": mine}).to_string();
        let answer = server.api("POST", "/api/run", &body);
        answer.body.lines().map(|line| serde_json::from_str(line).expect("an event")).collect::<Vec<Value>>()
    };
    let pieces = |events: &[Value]| events.iter().find(|event| event["event"] == "mine").cloned().unwrap_or_default();
    let called = "println!(\"the learner's own\");";
    let first = "    let d = q.dim(D::Minus1)?;";
    let right = solution_with(first, &format!("{called}\n{first}"));

    // Not started: ours runs, and says so.
    let events = run(true);
    assert_eq!((pieces(&events)["yours"].clone(), printed(&events)), (json!([]), "done\n".to_owned()), "{events:?}");
    assert!(pieces(&events)["ours"].as_array().is_some_and(|ours| ours.contains(&json!(ID))), "{events:?}");
    // Right: the learner's, where it is asked for.
    server.home.hand_in(&right);
    let events = run(true);
    assert_eq!(pieces(&events)["yours"], json!([ID]), "{events:?}");
    assert_eq!(printed(&events), "the learner's own\ndone\n");
    assert_eq!(printed(&run(false)), "done\n");
    // Changed: what runs is what the file says now.
    server.home.hand_in(&right.replace("the learner's own", "changed"));
    assert_eq!(printed(&run(true)), "changed\ndone\n");
    // Wrong: ours again.
    server.home.hand_in(&right.replace("/ (d as f64).sqrt())?", "/ 1.0)?"));
    assert_eq!(printed(&run(true)), "done\n");
    // Graded is what was begun, each time that it changed, and no stub.
    let journal = std::fs::read_to_string(server.home.path().join(".workshop/journal.jsonl")).expect("a journal");
    assert_eq!(journal.matches("\"what\":\"check\"").count(), 3, "{journal}");
}
