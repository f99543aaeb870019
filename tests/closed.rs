//! The live book runs code, so it is closed: each way in that it must refuse, tried on the real server.
//!
//! Printed is a table of what was asked and what came. Linux, because what is left running is looked for in `/proc`.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Answer, Home, ID, Server, exchange, text};
use serde_json::{Value, json};

const PAGE: &str = "week04-attention/02-scaled-dot-product";

/// Rows of the table that is printed.
#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn expect(&mut self, asked: &str, answer: &Answer, status: u16) {
        self.0.push(format!("| {asked} | {} |", answer.status));
        assert_eq!(answer.status, status, "{asked}: {} {}", answer.head, answer.body);
        assert!(!answer.body.contains("it ran"), "{asked}: {}", answer.body);
    }

    fn print(self) {
        println!("| request | answer |\n|---|---|\n{}", self.0.join("\n"));
    }
}

fn run_body(code: &str) -> String {
    json!({"page": PAGE, "cell": 1, "cells": [code]}).to_string()
}

fn events(answer: &Answer) -> Vec<Value> {
    answer.body.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn status(answer: &Answer) -> String {
    events(answer).last().and_then(|end| Some(end["status"].as_str()?.to_owned())).unwrap_or_default()
}

/// Opens a connection and sends this, and nothing more.
fn send_only(port: u16, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.write_all(bytes).expect("sent");
    stream
}

/// The processes whose command line has this in it.
fn processes(with: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let is_it = |entry: &std::fs::DirEntry| {
        std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(with))
    };
    entries.filter(is_it).count()
}

/// The resident memory of a process, in KB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn wait_until(what: &str, is: impl Fn() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < Duration::from_secs(60), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_must_be_refused_is_refused() {
    let server = Server::start();
    let mut table = Table::default();
    let ours = format!("127.0.0.1:{}", server.port);
    let same = format!("http://{ours}");
    let token = server.token.clone();
    let run = run_body("println!(\"it ran\");");
    let json_kind = ("content-type", "application/json");
    let send =
        |method: &str, path: &str, headers: &[(&str, &str)], body: &str| server.send(method, path, headers, body);

    // Names that are not ours: a rebound name leads here, and its pages would be ours to read.
    for host in ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", "[::1]", "0.0.0.0", ""] {
        table.expect(&format!("DNS rebinding: a page as {host:?}"), &send("GET", "/en/", &[("Host", host)], ""), 403);
        let headers = [("Host", host), ("x-workshop-token", token.as_str()), json_kind];
        table.expect(&format!("DNS rebinding: a run as {host:?}"), &send("POST", "/api/run", &headers, &run), 403);
    }
    table.expect("no Host at all", &exchange(server.port, "GET /en/ HTTP/1.1\r\nConnection: close\r\n\r\n"), 403);
    let twice = [("Host", ours.as_str()), ("Host", "evil.example")];
    table.expect("two Hosts", &send("GET", "/en/", &twice, ""), 403);

    // Pages of other sites.
    for origin in
        ["http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "https://127.0.0.1:4040", "file://"]
    {
        let headers = [("Host", ours.as_str()), ("Origin", origin), ("x-workshop-token", token.as_str()), json_kind];
        table.expect(&format!("cross-site POST from {origin}"), &send("POST", "/api/run", &headers, &run), 403);
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let headers = [("Host", ours.as_str()), ("content-type", kind)];
        table.expect(&format!("a form, {kind}"), &send("POST", "/api/run", &headers, &run), 403);
        let headers = [("Host", ours.as_str()), ("content-type", kind), ("x-workshop-token", token.as_str())];
        table.expect(&format!("a form with the token, {kind}"), &send("POST", "/api/run", &headers, &run), 415);
    }
    let preflight = [
        ("Host", ours.as_str()),
        ("Origin", "http://evil.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "x-workshop-token"),
    ];
    let answer = send("OPTIONS", "/api/run", &preflight, "");
    table.expect("cross-site preflight", &answer, 403);
    assert!(!answer.head.to_lowercase().contains("access-control-allow"), "{}", answer.head);
    for (who, origin, expected) in [("cross-site", "http://evil.example", 403), ("of our own page", same.as_str(), 403)]
    {
        let headers = [
            ("Host", ours.as_str()),
            ("Origin", origin),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        // There is none: without a token the answer is no, and with one it is not a WebSocket.
        table.expect(&format!("WebSocket, {who}"), &send("GET", "/api/run", &headers, ""), expected);
    }

    // Tokens.
    for (which, sent) in [
        ("no token", None),
        ("an empty token", Some("")),
        ("an old token", Some("0123456789abcdef0123456789abcdef")),
        ("half the token", Some(&token[..16])),
    ] {
        for (method, path) in [
            ("POST", "/api/run"),
            ("POST", "/api/stop"),
            ("POST", "/api/check"),
            ("GET", "/api/status"),
            ("GET", "/api/exercise"),
        ] {
            let mut headers = vec![("Host", ours.as_str()), ("Origin", same.as_str()), json_kind];
            headers.extend(sent.map(|sent| ("x-workshop-token", sent)));
            table.expect(&format!("{which}: {path}"), &send(method, path, &headers, &run), 403);
        }
    }

    // Paths.
    for path in [
        "/../Cargo.toml",
        "/en/../../../../Cargo.toml",
        "/en/%2e%2e/%2e%2e/%2e%2e/%2e%2e/Cargo.toml",
        "/en/%2E%2E%2F%2E%2E%2F%2E%2E%2FCargo.toml",
        "/en/..%2f..%2f..%2f..%2fCargo.toml",
        "/en/..%5c..%5cCargo.toml",
        "/en/..\\..\\Cargo.toml",
        "/%252e%252e/Cargo.toml",
        "/en/%c0%ae%c0%ae/%c0%ae%c0%ae/Cargo.toml",
        "/en/%ef%bc%8e%ef%bc%8e/Cargo.toml",
        "/en/..;/..;/Cargo.toml",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/C:%5cWindows%5cwin.ini",
        "/en/%00",
        "/en/introduction.html%00.png",
        "/en/%ff",
        "/en/%zz",
    ] {
        table.expect(&format!("path {path}"), &server.get(path), 404);
    }
    let proxy = [("Host", ours.as_str())];
    table.expect("path of another server", &send("GET", "http://evil.example/en/../Cargo.toml", &proxy, ""), 404);
    for id in ["../../Cargo.toml", "week04/../../x", "/etc/passwd", "week04%2F..%2Fx"] {
        table.expect(&format!("exercise {id}"), &server.api("GET", &format!("/api/exercise?id={id}"), ""), 404);
        let body = json!({"id": id, "source": "", "base": ""}).to_string();
        table.expect(&format!("check {id}"), &server.api("POST", "/api/check", &body), 404);
        let body = json!({"page": id, "cell": 1, "cells": ["println!(\"it ran\");"]}).to_string();
        table.expect(&format!("run page {id}"), &server.api("POST", "/api/run", &body), 404);
    }

    // Bodies.
    let huge = format!(
        "POST /api/run HTTP/1.1\r\nHost: {ours}\r\nx-workshop-token: {token}\r\ncontent-type: application/json\r\n\
         Connection: close\r\nContent-Length: 104857600\r\n\r\n"
    );
    table.expect("a body of 100 MB, announced", &exchange(server.port, &huge), 413);
    table.expect("a body of 100 MB, sent in pieces", &hundred_megabytes(server.port, &ours, &token), 413);
    let cells = json!({"page": PAGE, "cell": 1, "cells": ["x".repeat(2 << 20)]}).to_string();
    table.expect("cells of 2 MB", &server.api("POST", "/api/run", &cells), 413);
    let nested = "[".repeat(200_000);
    for (which, body) in [("no JSON", "{"), ("nested brackets", nested.as_str()), ("another shape", "{\"page\": 1}")] {
        table.expect(which, &server.api("POST", "/api/run", body), 400);
    }
    for cell in [0, 2, 99, usize::MAX] {
        let body = json!({"page": PAGE, "cell": cell, "cells": ["println!(\"it ran\");"]}).to_string();
        table.expect(&format!("cell {cell} of one"), &server.api("POST", "/api/run", &body), 400);
    }
    let long = "x".repeat(600_000);
    let headers = [("Host", ours.as_str()), ("x-long", long.as_str())];
    table.expect("a header of 600 KB", &send("GET", "/en/", &headers, ""), 431);

    // After all that, it works; and what it serves is fenced in.
    let answer = server.api("POST", "/api/run", &run);
    assert!(answer.status == 200 && status(&answer) == "ok", "{}", answer.body);
    let policy = |path: &str| {
        let head = server.get(path).head;
        let line = head.lines().find_map(|line| line.strip_prefix("content-security-policy: "));
        line.expect("a policy").to_owned()
    };
    let page = policy("/en/week04-attention/02-scaled-dot-product.html");
    assert!(page.contains("default-src 'none'") && page.contains("frame-ancestors 'self'"), "{page}");
    let scripts = page.split(';').find(|part| part.trim().starts_with("script-src")).expect("scripts");
    assert!(!scripts.contains("unsafe") && !scripts.contains('*') && scripts.contains("sha256-"), "{scripts}");
    assert!(policy("/en/search.json").contains("sandbox"));
    table.print();
}

/// What comes when a body of unknown length goes on and on.
fn hundred_megabytes(port: u16, host: &str, token: &str) -> Answer {
    let head = format!(
        "POST /api/run HTTP/1.1\r\nHost: {host}\r\nx-workshop-token: {token}\r\ncontent-type: application/json\r\n\
         Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let mut stream = send_only(port, head.as_bytes());
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 16, "x".repeat(1 << 16));
    let mut sent = 0;
    // It answers and closes long before the end.
    while sent < 100 << 20 && stream.write_all(chunk.as_bytes()).is_ok() {
        sent += 1 << 16;
    }
    assert!(sent < 100 << 20, "it took all of it");
    let mut said = vec![];
    let _ = stream.read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said).into_owned();
    let status = said.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, head: said, body: String::new() }
}

#[test]
fn a_hundred_clients_and_slow_ones_do_not_hold_up_the_others() {
    let server = Server::start();
    let port = server.port;
    let ours = format!("127.0.0.1:{port}");
    let mut table = Table::default();

    // A hundred at once: all get the page; runs queue up, and too many are refused.
    let codes: Vec<(u16, u16, String)> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| {
                    let page = server.get("/en/introduction.html").status;
                    let run = server.api("POST", "/api/run", &run_body("println!(\"{}\", 6 * 7);"));
                    (page, run.status, status(&run))
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("an answer")).collect()
    });
    let count = |run: u16| codes.iter().filter(|(page, code, _)| *page == 200 && *code == run).count();
    let (ran, refused) = (count(200), count(429));
    assert!(ran >= 1 && refused >= 1 && ran + refused == 100, "{ran} ran, {refused} were refused");
    assert!(codes.iter().all(|(_, code, end)| *code != 200 || end == "ok"), "{codes:?}");
    table
        .0
        .push(format!("| 100 clients, each a page and a run | 100 pages; {ran} runs, {refused} told to wait (429) |"));

    // Clients that never say what they want, or never come to the end of a body.
    let silent: Vec<TcpStream> = (0..50).map(|_| send_only(port, b"GET /en/ HTTP/1.1\r\nHost: ")).collect();
    let token = &server.token;
    let half = format!(
        "POST /api/run HTTP/1.1\r\nHost: {ours}\r\nx-workshop-token: {token}\r\ncontent-type: application/json\r\nContent-Length: 900\r\n\r\n{{"
    );
    let mut unfinished: Vec<TcpStream> = (0..50).map(|_| send_only(port, half.as_bytes())).collect();
    assert_eq!(status(&server.api("POST", "/api/run", &run_body("println!(\"still here\");"))), "ok");
    table.0.push("| 50 half headers and 50 half bodies | others are served meanwhile |".to_owned());

    // A client that reads a byte a second: its run goes on to its end, and the next one has its turn.
    let slow_body = run_body("for i in 0..200_000 { println!(\"{i}\"); }");
    let request = format!(
        "POST /api/run HTTP/1.1\r\nHost: {ours}\r\nx-workshop-token: {token}\r\ncontent-type: application/json\r\nContent-Length: {}\r\n\r\n{slow_body}",
        slow_body.len()
    );
    let mut slow = send_only(port, request.as_bytes());
    let mut byte = [0];
    for _ in 0..3 {
        slow.read_exact(&mut byte).expect("a byte");
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(status(&server.api("POST", "/api/run", &run_body("println!(\"next\");"))), "ok");
    slow.read_exact(&mut byte).expect("it is still being sent");
    table.0.push("| a client that reads a byte a second | its run ends; the next one runs |".to_owned());

    // A client that reads nothing of a great many small lines costs the server no more than their text.
    let before = resident(server.child.id());
    let body = run_body("use std::io::Write as _; std::io::stdout().write_all(&vec![b'\\n'; 4_000_000])?;");
    let request = format!(
        "POST /api/run HTTP/1.1\r\nHost: {ours}\r\nx-workshop-token: {token}\r\ncontent-type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let deaf = send_only(port, request.as_bytes());
    assert_eq!(status(&server.api("POST", "/api/run", &run_body("println!(\"after it\");"))), "ok");
    let grown = resident(server.child.id()).saturating_sub(before) >> 10;
    assert!(grown < 200, "the server has grown by {grown} MB");
    table.0.push(format!("| a client that reads nothing of 4,000,000 lines | the server grows by {grown} MB |"));
    drop(deaf);

    // As many as the server takes, each asking for much and reading nothing: they are given up.
    let ask = format!("GET /en/print.html HTTP/1.1\r\nHost: {ours}\r\n\r\n").repeat(200);
    let greedy: Vec<TcpStream> = (0..128).map(|_| send_only(port, ask.as_bytes())).collect();
    assert_eq!(server.get("/en/introduction.html").status, 200);
    table.0.push("| 128 clients that ask for pages and read none | given up; others are served |".to_owned());
    drop(greedy);

    // Those that never ended are told so.
    let mut said = String::new();
    unfinished[0].set_read_timeout(Some(Duration::from_secs(120))).expect("a limit");
    let _ = unfinished[0].read_to_string(&mut said);
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    table.0.push("| a body that never ends | 408 |".to_owned());
    drop(silent);
    table.print();
}

#[test]
fn what_runs_ends_with_the_page_and_with_the_program() {
    let mut server = Server::start();
    let ours = format!("127.0.0.1:{}", server.port);
    let endless = |seconds: u32| {
        run_body(&format!("std::process::Command::new(\"sleep\").arg(\"{seconds}\").status()?; loop {{}}"))
    };
    let start = |body: &str| {
        let request = format!(
            "POST /api/run HTTP/1.1\r\nHost: {ours}\r\nx-workshop-token: {}\r\ncontent-type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            server.token,
            body.len()
        );
        send_only(server.port, request.as_bytes())
    };
    let page = start(&endless(876_543));
    wait_until("the cell runs", || processes("876543") > 0);
    drop(page);
    wait_until("it ends with the page", || processes("876543") == 0);

    // Memory, of the program and of what it starts.
    let run = |code: &str| status(&server.api("POST", "/api/run", &run_body(code)));
    assert_eq!(run("let big = vec![1_u8; 12 << 30]; println!(\"{}\", big.len());"), "memory");
    assert_eq!(
        run("std::process::Command::new(\"sh\").args([\"-c\", \"head -c 12G /dev/zero | tail\"]).status()?;"),
        "memory"
    );

    let _page = start(&endless(765_432));
    wait_until("the cell runs", || processes("765432") > 0);
    server.child.kill().expect("killed, without a chance to clean up");
    server.child.wait().expect("it has ended");
    wait_until("it ends with the program", || processes("765432") == 0);
}

#[test]
fn a_stop_also_ends_the_learners_piece_that_is_checked_for_a_run() {
    let server = Server::start();
    server.home.hand_in(&common::solution_with(
        "    let d = q.dim",
        "    std::process::Command::new(\"sleep\").arg(\"654321\").status().ok();\n    let d = q.dim",
    ));
    let body = json!({"page": PAGE, "cell": 1, "cells": ["println!(\"it ran\");"], "mine": true}).to_string();
    let answer = std::thread::scope(|scope| {
        let run = scope.spawn(|| server.api("POST", "/api/run", &body));
        wait_until("the check runs", || processes("654321") > 0);
        assert!(server.api("POST", "/api/stop", "").body.contains("true"));
        run.join().expect("an answer")
    });
    assert_eq!(status(&answer), "stopped", "{}", answer.body);
    assert_eq!(processes("654321"), 0);
    assert_eq!(status(&server.api("POST", "/api/run", &run_body("println!(\"next\");"))), "ok");
    assert!(server.api("POST", "/api/stop", "").body.contains("false"), "nothing runs");
}

#[test]
fn a_signal_is_passed_on_and_an_interrupt_ends_cleanly() {
    for (name, number) in [("SEGV", 11), ("BUS", 7), ("ABRT", 6), ("KILL", 9), ("TERM", 15)] {
        use std::os::unix::process::ExitStatusExt as _;
        let mut guard = std::process::Command::new(env!("CARGO_BIN_EXE_workshop"))
            .args(["__guard", "sh", "-c", &format!("kill -{name} $$")])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        let hold = guard.stdin.take();
        assert_eq!(guard.wait().expect("it ends").signal(), Some(number), "{name}");
        drop(hold);
    }
    let mut server = Server::start();
    let id = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill starts").success());
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_file_that_is_no_text_is_neither_shown_nor_written_over() {
    let server = Server::start();
    let file = server.home.file();
    let latin = b"// caf\xe9\n".to_vec();
    std::fs::write(&file, &latin).expect("written");
    let answer = server.api("GET", &format!("/api/exercise?id={ID}"), "");
    assert!(answer.status == 409 && answer.body.contains("is not UTF-8"), "{}", answer.body);
    for base in ["", "e3b0c44298fc1c149afbf4c8996fb924"] {
        let body = json!({"id": ID, "source": "// page\n", "base": base}).to_string();
        assert_eq!(server.api("POST", "/api/check", &body).status, 409);
        assert_eq!(std::fs::read(&file).expect("the file"), latin);
    }
    // Other line endings are nothing to overwrite a file for.
    let other_ends = common::stub().replace('\n', "\r\n");
    server.home.hand_in(&other_ends);
    let read: Value =
        serde_json::from_str(&server.api("GET", &format!("/api/exercise?id={ID}"), "").body).expect("an exercise");
    assert_eq!(read["source"], json!(common::stub()));
    let body = json!({"id": ID, "source": read["source"], "base": read["hash"]}).to_string();
    let verdict: Value = serde_json::from_str(&server.api("POST", "/api/check", &body).body).expect("a verdict");
    assert_eq!(verdict["verdict"], "not-started", "{verdict}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), other_ends);
    // A file that was deleted is the stub to write, and writing it is no conflict.
    std::fs::remove_file(&file).expect("removed");
    let read: Value =
        serde_json::from_str(&server.api("GET", &format!("/api/exercise?id={ID}"), "").body).expect("an exercise");
    let body = json!({"id": ID, "source": common::solution(), "base": read["hash"]}).to_string();
    let verdict: Value = serde_json::from_str(&server.api("POST", "/api/check", &body).body).expect("a verdict");
    assert_eq!(verdict["verdict"], "passed", "{verdict}");
}

#[test]
fn a_forwarded_port_is_answered_when_it_was_asked_for() {
    let server = Server::start_with(&["--allow-host", "name-4040.example.org", "--allow-host", "localhost:5050"]);
    let get = |host: &str, origin: &str| {
        let headers = [("Host", host), ("Origin", origin), ("x-workshop-token", server.token.as_str())];
        server.send("GET", "/api/status", &headers, "").status
    };
    assert_eq!(get("name-4040.example.org", "https://name-4040.example.org"), 200);
    assert_eq!(get("localhost:5050", "http://localhost:5050"), 200);
    assert_eq!(get("localhost:5051", "http://localhost:5051"), 403);
    assert_eq!(get("name-4040.example.org", "https://evil.example"), 403);

    let home = Home::new();
    for bad in ["*", "https://example.org", "example.org:x"] {
        let output = home.workshop(&["start", "--no-open", "--allow-host", bad]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
        assert!(text(&output).contains("address bar"), "{}", text(&output));
    }
}

#[test]
fn a_file_changed_meanwhile_is_not_overwritten_even_by_many() {
    let server = Server::start();
    let body = |source: &str| json!({"id": ID, "source": source, "base": "0"}).to_string();
    let before = std::fs::read_to_string(server.home.file()).expect("the file");
    let verdicts: Vec<Value> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|i| {
                let (server, body) = (&server, body(&format!("// {i}\n")));
                scope.spawn(move || server.api("POST", "/api/check", &body))
            })
            .collect();
        clients
            .into_iter()
            .map(|client| serde_json::from_str(&client.join().expect("sent").body).expect("JSON"))
            .collect()
    });
    assert!(verdicts.iter().all(|verdict| verdict["verdict"] == "conflict"), "{verdicts:?}");
    assert_eq!(std::fs::read_to_string(server.home.file()).expect("the file"), before);
}
