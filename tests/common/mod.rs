//! What the end-to-end tests share: a learner's home of its own, the program, a running server, and HTTP by hand.
//!
//! HTTP is spoken by hand because these tests must send what no client library sends: a foreign `Host`, a path with `..` in
//! it, half a request.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::expect_used, reason = "a test says what it expects")]

pub mod browser;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const ID: &str = "week04/scaled-dot-product";
const FILE: &str = "exercises/week04-attention/src/scaled_dot_product.rs";

/// The exercises of the course and its experiments, in order.
pub fn exercises() -> Vec<String> {
    let mut weeks: Vec<PathBuf> = std::fs::read_dir(root().join("solutions"))
        .expect("the solutions")
        .map(|entry| entry.expect("a folder").path())
        .collect();
    weeks.sort();
    let files = weeks.iter().flat_map(|week| ["exercises.toml", "experiments.toml"].map(|file| week.join(file)));
    let ids = files.flat_map(|file| {
        let text = std::fs::read_to_string(file).expect("a list");
        let ids = text.lines().filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
        ids.map(str::to_owned).collect::<Vec<_>>()
    });
    ids.collect()
}

/// The folder of the course.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The solution of the exercise, to break or to hand in.
pub fn solution() -> String {
    std::fs::read_to_string(root().join("solutions/week04-attention/src/scaled_dot_product.rs")).expect("the solution")
}

/// The solution with something replaced, which must be there.
pub fn solution_with(old: &str, new: &str) -> String {
    let solution = solution();
    assert!(solution.contains(old), "the solution has no {old:?}");
    solution.replace(old, new)
}

pub fn stub() -> String {
    let course = workshop::course::Course::read().expect("the course");
    course.exercise(ID).and_then(|exercise| exercise.stub(&course.root)).expect("a stub")
}

/// A learner's home, away from the files of whoever runs the tests.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        home.hand_in(&stub());
        home
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join(FILE)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn hand_in(&self, text: &str) {
        let file = self.file();
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workshop"));
        command.args(args).env("WORKSHOP_HOME", self.path()).env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    /// Runs `workshop` to its end.
    pub fn workshop(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("workshop starts")
    }

    /// Grades the file that was handed in: the exit code and what was printed.
    pub fn check(&self) -> (i32, String) {
        let output = self.workshop(&["check", ID]);
        (output.status.code().unwrap_or(-1), text(&output))
    }
}

pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Whether a data file of the course is on this machine; says so where it is not.
pub fn has_data(id: &str) -> bool {
    workshop_base::data::file(id).inspect_err(|error| eprintln!("skipped: {error}")).is_ok()
}

/// A running `workshop start`.
pub struct Server {
    pub child: Child,
    pub port: u16,
    pub token: String,
    pub home: Home,
}

impl Server {
    /// Starts it on a free port and waits until the lessons are built.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more arguments.
    pub fn start_with(args: &[&str]) -> Self {
        let home = Home::new();
        let mut child = home
            .command(&["start", "--port", "0", "--no-open"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("workshop starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("http://127.0.0.1:")?.1.split('/').next()?.parse().ok())
            .expect("an address");
        // Nobody may stop reading: the server would block on a full pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let mut server = Self { child, port, token: String::new(), home };
        let page = server.get("/en/introduction.html");
        let meta = page.body.split_once("name=\"workshop-token\" content=\"").expect("a token").1;
        server.token = meta.split('"').next().expect("a token").to_owned();
        let started = Instant::now();
        while !server.api("GET", "/api/status", "").body.contains("\"ready\"") {
            assert!(started.elapsed() < Duration::from_secs(1200), "the lessons are not built");
            std::thread::sleep(Duration::from_millis(200));
        }
        server
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("Host", &format!("127.0.0.1:{}", self.port))], "")
    }

    /// A request as the page sends it.
    pub fn api(&self, method: &str, path: &str, body: &str) -> Answer {
        let host = format!("127.0.0.1:{}", self.port);
        self.send(
            method,
            path,
            &[("Host", &host), ("x-workshop-token", &self.token), ("content-type", "application/json")],
            body,
        )
    }

    /// Any request at all.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        request += "\r\n";
        request += body;
        exchange(self.port, &request)
    }

    /// Runs the last of these cells: the events of the stream.
    pub fn run(&self, page: &str, cells: &[&str]) -> Vec<Value> {
        let body = serde_json::json!({"page": page, "cell": cells.len(), "cells": cells}).to_string();
        let answer = self.api("POST", "/api/run", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Sends a request to a server on this machine and reads the answer to its end.
pub fn exchange(port: u16, request: &str) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(180))).expect("a limit");
    // A server that refuses may close before it has read all of it: what it answered is what counts.
    let _ = stream.write_all(request.as_bytes());
    let mut bytes = vec![];
    let mut buffer = [0; 1 << 14];
    // A server may keep the connection open although it was asked not to: stop where it said that the answer ends.
    while !is_whole(&bytes) {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => bytes.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunk(body) } else { body.to_owned() };
    Answer { status, head: head.to_owned(), body }
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| bytes.len() >= end + 4 + length)
}

fn unchunk(body: &str) -> String {
    let mut whole = vec![];
    let mut rest = body.as_bytes();
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap_or("0").trim(), 16).unwrap_or(0);
        if size == 0 || rest.len() < end + 2 + size {
            break;
        }
        whole.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[(end + 4 + size).min(rest.len())..];
    }
    String::from_utf8_lossy(&whole).into_owned()
}
