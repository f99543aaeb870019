//! A browser: Debian's Chromium, driven through ChromeDriver.
//!
//! The dozen WebDriver calls that are needed are made by hand: a client library would bring fifty crates to everybody's
//! `cargo test`. Without ChromeDriver a test is skipped and says so, unless `WORKSHOP_BROWSER=required`. With
//! `WORKSHOP_SCREENSHOTS=folder` it leaves pictures there to look at.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::exchange;

/// A browser of its own, with nothing in its storage.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts ChromeDriver and a headless Chromium.
    pub fn start() -> Option<Self> {
        // On a port that it chooses itself, and says.
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut driver = match driver {
            Ok(driver) => driver,
            Err(error) => {
                assert!(std::env::var_os("WORKSHOP_BROWSER").is_none(), "chromedriver cannot be started: {error}");
                eprintln!("skipped: chromedriver cannot be started: {error}");
                return None;
            }
        };
        let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("chromedriver says its port");
        // Nobody may stop reading: it would block on a full pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let mut browser = Self { driver, port, session: String::new() };
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
        let options = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args}, "goog:loggingPrefs": {"browser": "ALL"}, "unhandledPromptBehavior": "accept",
        }}});
        let session = browser.call("POST", "/session", &options);
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        Some(browser)
    }

    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
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

    pub fn command(&self, command: &str, body: Value) -> Value {
        self.call("POST", &format!("/session/{}/{command}", self.session), &body)
    }

    /// A command of the browser's own protocol, for what WebDriver has no words for.
    pub fn devtools(&self, command: &str, params: Value) -> Value {
        self.command("goog/cdp/execute", json!({"cmd": command, "params": params}))
    }

    /// What the browser complained of since it was last asked: errors of scripts, refused by a policy, not found.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", json!({"type": "browser"}));
        let entries = log.as_array().cloned().unwrap_or_default();
        let said = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        let complaint = |entry: &&Value| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
        entries.iter().filter(complaint).map(said).collect()
    }

    /// Presses keys together; their names as the page sees them, and letters.
    pub fn keys(&self, chord: &[&str]) {
        let code = |name: &str| match name {
            "Tab" => "\u{e004}".to_owned(),
            "Enter" => "\u{e007}".to_owned(),
            "Shift" => "\u{e008}".to_owned(),
            "Control" => "\u{e009}".to_owned(),
            "Escape" => "\u{e00c}".to_owned(),
            "End" => "\u{e010}".to_owned(),
            "Home" => "\u{e011}".to_owned(),
            "ArrowUp" => "\u{e013}".to_owned(),
            "ArrowDown" => "\u{e015}".to_owned(),
            letter => letter.to_owned(),
        };
        let keys: Vec<String> = chord.iter().map(|name| code(name)).collect();
        let down = keys.iter().map(|key| json!({"type": "keyDown", "value": key}));
        let up = keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key}));
        let actions: Vec<Value> = down.chain(up).collect();
        self.command("actions", json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    /// Types text where the focus is, letter by letter.
    pub fn type_text(&self, text: &str) {
        for letter in text.chars() {
            self.keys(&[&letter.to_string()]);
        }
    }

    /// Types a syllable as an input method does: its forms on the way, then what it ends as.
    pub fn compose(&self, forms: &[&str]) {
        for form in forms {
            let end = form.encode_utf16().count();
            self.devtools("Input.imeSetComposition", json!({"text": form, "selectionStart": end, "selectionEnd": end}));
        }
        self.devtools("Input.insertText", json!({"text": forms.last()}));
    }

    /// How much of what was in view has moved since the page was opened, in the browser's own measure; 0.1 is its limit
    /// for a page that feels steady.
    pub fn layout_shift(&self) -> (f64, String) {
        let shift = self.js(
            "return new Promise((done) => { let sum = 0; const moved = []; \
             new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) { sum += e.value; \
               moved.push(e.value.toFixed(4) + ' ' + e.sources.map((s) => s.node?.nodeName + '.' + s.node?.className).join(' ')); } }) \
               .observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done([sum, moved.join('; ')]), 200); })",
        );
        (shift[0].as_f64().expect("a number"), shift[1].as_str().expect("what moved").to_owned())
    }

    pub fn is(&self, what: &str, script: &str) {
        assert_eq!(self.js(&format!("return Boolean({script})")), json!(true), "it does not hold: {what}");
    }

    /// Nothing is wider than the window.
    pub fn fits(&self, what: &str) {
        let wide = self.js(
            "const w = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= w) return []; \
             return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > w + 1) \
               .slice(0, 5).map((e) => e.outerHTML.slice(0, 120))",
        );
        assert_eq!(wide, json!([]), "{what} scrolls sideways");
    }

    pub fn open(&self, url: &str) {
        self.command("url", json!({"url": url}));
        self.settle();
    }

    pub fn reload(&self) {
        self.command("refresh", json!({}));
        self.settle();
    }

    fn settle(&self) {
        self.js("window.lostErrors = []; window.addEventListener('error', (e) => lostErrors.push(String(e.message)));
             document.fonts.ready.then(() => requestAnimationFrame(() => document.body.dataset.settled = 'yes'))");
        self.wait(
            "the page has come to rest",
            "document.readyState === 'complete' && document.body.dataset.settled && !$('.ws-starting')",
        );
    }

    pub fn resize(&self, width: u32, height: u32) {
        self.command("window/rect", json!({"width": width, "height": height}));
    }

    /// Runs a script in the page; `$` in it finds an element.
    pub fn js(&self, script: &str) -> Value {
        let script = format!("const $ = (s) => document.querySelector(s); {script}");
        self.command("execute/sync", json!({"script": script, "args": []}))
    }

    /// Waits until a script is true.
    pub fn wait(&self, what: &str, script: &str) {
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

    pub fn text(&self, selector: &str) -> String {
        self.js(&format!("return $({})?.innerText ?? ''", json!(selector))).as_str().unwrap_or_default().to_owned()
    }

    /// Clicks as a person does: the element must be there, visible and not covered.
    pub fn click(&self, selector: &str) {
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
        self.command(&format!("element/{}/click", self.element(selector)), json!({}));
    }

    /// WebDriver's name of an element.
    fn element(&self, selector: &str) -> String {
        let element = self.command("element", json!({"using": "css selector", "value": selector}));
        let id = element.as_object().and_then(|element| element.values().next()).and_then(Value::as_str);
        id.expect("an element").to_owned()
    }

    /// Lets the mouse rest on an element.
    pub fn hover(&self, selector: &str) {
        let origin = json!({"element-6066-11e4-a52e-4f735466cecf": self.element(selector)});
        let moves = [1, 0].map(|x| json!({"type": "pointerMove", "origin": origin, "x": x, "y": 0, "duration": 20}));
        self.command("actions", json!({"actions": [{"type": "pointer", "id": "mouse", "actions": moves}]}));
    }

    /// Clicks the button that says this, inside an element.
    pub fn press(&self, inside: &str, says: &str) {
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
    pub fn edit(&self, inside: &str, text: &str) {
        self.wait("an editor", &format!("$({} + ' .ace_editor')?.env?.editor", json!(inside)));
        self.js(&format!(
            "const e = $({} + ' .ace_editor').env.editor; e.setValue({}, 1);",
            json!(inside),
            json!(text)
        ));
    }

    /// Leaves a picture of what is to be seen, where pictures are wanted.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("WORKSHOP_SCREENSHOTS") else { return };
        let picture = self.call("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        let bytes = BASE64_STANDARD.decode(picture.as_str().unwrap_or_default()).expect("base64");
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
