//! The live page in a real browser: Debian's Chromium, driven through ChromeDriver.
//!
//! The dozen WebDriver calls that are needed are made by hand: a client library would bring fifty crates to everybody's
//! `cargo test`. Without ChromeDriver the test is skipped and says so, unless `WORKSHOP_BROWSER=required`. With
//! `WORKSHOP_SCREENSHOTS=folder` it leaves pictures there to look at.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Server, exchange, solution, solution_with, stub};
use serde_json::{Value, json};

const PAGE: &str = "week04-attention/02-scaled-dot-product.html";

struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts ChromeDriver and a headless Chromium.
    fn start() -> Option<Self> {
        // A port that is free now.
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let driver = match driver {
            Ok(driver) => driver,
            Err(error) => {
                assert!(std::env::var_os("WORKSHOP_BROWSER").is_none(), "chromedriver cannot be started: {error}");
                eprintln!("skipped: chromedriver cannot be started: {error}");
                return None;
            }
        };
        let mut browser = Self { driver, port, session: String::new() };
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "chromedriver does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ];
        let options = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": args}}}});
        let session = browser.call("POST", "/session", &options);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let answer = exchange(self.port, &request);
        let value: Value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        value["value"].clone()
    }

    fn command(&self, command: &str, body: Value) -> Value {
        self.call("POST", &format!("/session/{}/{command}", self.session), &body)
    }

    fn open(&self, url: &str) {
        self.command("url", json!({"url": url}));
        self.js("window.lostErrors = []; window.addEventListener('error', (e) => lostErrors.push(String(e.message)));
             document.fonts.ready.then(() => requestAnimationFrame(() => document.body.dataset.settled = 'yes'))");
        self.wait("the page has come to rest", "document.readyState === 'complete' && document.body.dataset.settled");
    }

    fn resize(&self, width: u32, height: u32) {
        self.command("window/rect", json!({"width": width, "height": height}));
    }

    /// Runs a script in the page; `$` in it finds an element.
    fn js(&self, script: &str) -> Value {
        let script = format!("const $ = (s) => document.querySelector(s); {script}");
        self.command("execute/sync", json!({"script": script, "args": []}))
    }

    /// Waits until a script is true.
    fn wait(&self, what: &str, script: &str) {
        let started = Instant::now();
        while self.js(&format!("return Boolean({script})")) != json!(true) {
            if started.elapsed() > Duration::from_secs(180) {
                self.picture("failed");
                let seen = self.js(
                    "return [document.readyState, document.activeElement?.outerHTML.slice(0, 200), window.lostErrors, \
                     document.querySelector('.ws-banner')?.innerText, \
                     [...document.querySelectorAll('.ws-status')].map((s) => s.innerText + ' ' + s.dataset.state), \
                     document.querySelector('.ws-cell')?.innerText]",
                );
                panic!("it never came to this: {what}; the page shows {seen:#}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn text(&self, selector: &str) -> String {
        self.js(&format!("return $({})?.innerText ?? ''", json!(selector))).as_str().unwrap_or_default().to_owned()
    }

    /// Clicks as a person does: the element must be there, visible and not covered.
    fn click(&self, selector: &str) {
        // Editors grow with their text at the next frame: what is clicked must have come to rest.
        let place = || {
            self.js(&format!(
                "const e = $({}); e?.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
                 const r = e?.getBoundingClientRect(); return [r?.x, r?.y, window.scrollY]",
                json!(selector)
            ))
        };
        let mut last = Value::Null;
        for _ in 0..50 {
            let now = place();
            if now == last {
                break;
            }
            last = now;
            std::thread::sleep(Duration::from_millis(30));
        }
        let element = self.command("element", json!({"using": "css selector", "value": selector}));
        let id = element
            .as_object()
            .and_then(|element| element.values().next())
            .and_then(Value::as_str)
            .expect("an element");
        self.command(&format!("element/{id}/click"), json!({}));
    }

    /// Clicks the button that says this, inside an element.
    fn press(&self, inside: &str, says: &str) {
        let mark = format!(
            "document.querySelectorAll('[data-pressed]').forEach((b) => b.removeAttribute('data-pressed')); \
             const b = [...document.querySelectorAll({} + ' button')].find((b) => b.innerText.trim() === {} && b.offsetParent); \
             b?.setAttribute('data-pressed', ''); return Boolean(b)",
            json!(inside),
            json!(says)
        );
        // What is above a button may still grow between finding its place and clicking there. A person clicks again.
        for attempt in 1..=3 {
            self.wait(&format!("a button {says:?} in {inside}"), &format!("(() => {{ {mark} }})()"));
            self.js(
                "window.clicked = false; $('[data-pressed]').addEventListener('click', () => window.clicked = true)",
            );
            self.click("[data-pressed]");
            for _ in 0..20 {
                if self.js("return window.clicked") == json!(true) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            println!("click {attempt} on {says:?} in {inside} did not reach it");
        }
        panic!("no click reaches the button {says:?} in {inside}");
    }

    /// Puts text into the editor inside an element, as typing would.
    fn edit(&self, inside: &str, text: &str) {
        self.wait("an editor", &format!("$({} + ' .ace_editor')?.env?.editor", json!(inside)));
        self.js(&format!(
            "const e = $({} + ' .ace_editor').env.editor; e.setValue({}, 1);",
            json!(inside),
            json!(text)
        ));
    }

    /// Leaves a picture of what is to be seen, where pictures are wanted.
    fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("WORKSHOP_SCREENSHOTS") else { return };
        let picture = self.call("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        let bytes = base64(picture.as_str().unwrap_or_default());
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, bytes)).expect("a picture");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.call("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut buffer, mut bits) = (vec![], 0_u32, 0);
    for digit in text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte)) {
        buffer = (buffer << 6) | u32::try_from(digit).unwrap_or(0);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    bytes
}

#[test]
fn the_live_page_runs_stops_and_grades() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start();
    let url = |lang: &str| format!("http://127.0.0.1:{}/{lang}/{PAGE}", server.port);
    browser.resize(1280, 1000);
    browser.open(&url("en"));
    browser.wait("the first cell can be run", "$('#cell-1 button')");
    assert!(browser.text("#cell-1 .ws-text").contains("고양이가"), "the recorded output");
    assert!(browser.js("return document.querySelectorAll('math').length").as_u64() > Some(5), "formulas");
    assert!(
        browser
            .js("return $('#cell-4 svg.plot')?.getAttribute('aria-label')")
            .as_str()
            .is_some_and(|label| label.contains("weights"))
    );
    browser.picture("desktop-light");

    // Edit a cell and run it.
    browser.edit(
        "#cell-1",
        "let words = vec![\"하나\".to_string(), \"둘\".to_string()];\nprintln!(\"{} words: {words:?}\", words.len());",
    );
    browser.press("#cell-1", "Run");
    browser.wait("the edited cell has run", "$('#cell-1 .ws-text')?.innerText.includes('2 words')");
    assert!(browser.text("#cell-1").contains("하나"));

    // An error of the compiler, on the reader's own line.
    browser.edit("#cell-1", "let a = 1;\nlet b: u8 = \"two\";");
    browser.press("#cell-1", "Run");
    browser.wait("the error is shown", "$('#cell-1').innerText.includes('mismatched types')");
    assert!(browser.text("#cell-1").contains("line 2"), "{}", browser.text("#cell-1"));
    browser.picture("compile-error");

    // An endless cell, stopped.
    browser.edit("#cell-1", "println!(\"endless\");\nloop { std::hint::spin_loop() }");
    browser.press("#cell-1", "Run");
    browser.wait("its output streams", "$('#cell-1 .ws-text')?.innerText.includes('endless')");
    browser.press("#cell-1", "Stop");
    browser.wait("it is stopped", "/stopped/i.test($('#cell-1').innerText)");

    // Reset brings code and recorded output back.
    browser.press("#cell-1", "Reset");
    browser.wait("the recorded output is back", "$('#cell-1 .ws-text')?.innerText.includes('고양이가')");

    // The click to output of a warm cell: a new text each time, so that it is compiled each time.
    let mut times: Vec<u128> = (0..20)
        .map(|i| {
            browser.edit("#cell-1", &format!("println!(\"run number {i} of 20\");"));
            let started = Instant::now();
            browser.press("#cell-1", "Run");
            browser.wait("the output", &format!("$('#cell-1 .ws-text')?.innerText.includes('run number {i} of 20')"));
            started.elapsed().as_millis()
        })
        .collect();
    times.sort_unstable();
    println!("click to output of 20 edited cells: median {} ms, largest {} ms", times[10], times[19]);
    browser.press("#cell-1", "Reset");

    // The exercise: not started, wrong, the same again, right.
    let exercise = ".ws-exercise";
    browser.wait("the file has been read", "$('.ws-exercise').innerText.includes('Check saves this')");
    let grade = |source: &str, until: &str| {
        browser.edit(exercise, source);
        browser.press(exercise, "Check");
        browser.wait(until, &format!("$('.ws-verdict').textContent.includes({})", json!(until)));
    };
    grade(&format!("{}// mine\n", stub()), "still to write");
    let wrong = solution_with("/ (d as f64).sqrt())?", "/ 1.0)?");
    grade(&wrong, "sharper than they should be");
    grade(&wrong.replace("/ 1.0)?", "/ 1.00)?"), "Divide the scores by the square root");
    browser.js("$('.ws-exercise').scrollIntoView()");
    browser.picture("exercise-wrong");
    grade(&solution(), "Passed");
    assert_eq!(
        std::fs::read_to_string(server.home.file()).expect("the file"),
        solution(),
        "the file on disk is what was checked"
    );

    // A question of the quiz gives its reason.
    browser.js("$('.ws-question input').scrollIntoView({block: 'center'})");
    browser.click(".ws-question .ws-option[data-right=true] input");
    browser.wait("the reason", "$('.ws-question .ws-option[data-right=true] .ws-why').offsetParent");

    // Korean, dark, on a phone; nothing is wider than the screen.
    browser.open(&url("ko"));
    browser.js("localStorage.setItem('mdbook-theme', 'navy')");
    browser.resize(390, 844);
    browser.open(&url("ko"));
    browser.wait("the page in Korean", "document.documentElement.lang === 'ko' && $('#cell-1 button')");
    assert_eq!(browser.js("return /[가-힣]/.test($('h1[id]').innerText)"), json!(true), "{}", browser.text("h1[id]"));
    assert_eq!(
        browser.js("return document.documentElement.scrollWidth <= window.innerWidth"),
        json!(true),
        "it scrolls sideways"
    );
    browser.picture("phone-dark-korean");
    browser.press("#cell-1", "실행");
    browser.wait("a cell has run in Korean", "$('#cell-1 .ws-status').dataset.state === 'good'");
}
