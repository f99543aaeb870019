//! The live page in a real browser, as a learner and an instructor walk through it, at a desk and on a phone.
//!
//! Each walk has a server, a learner's home and a browser of its own.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use common::browser::Browser;
use common::{Server, solution, solution_with, stub};
use serde_json::json;

const PAGE: &str = "week04-attention/02-scaled-dot-product.html";
const DESK: (u32, u32) = (1280, 1000);
const PHONE: (u32, u32) = (390, 844);

/// The walk that measures time has the machine to itself.
static MACHINE: RwLock<()> = RwLock::new(());

struct Walk {
    browser: Browser,
    server: Server,
    _shared: Option<RwLockReadGuard<'static, ()>>,
}

impl Walk {
    fn start(alone: bool) -> Option<Self> {
        let shared = (!alone).then(|| MACHINE.read().unwrap_or_else(PoisonError::into_inner));
        let browser = Browser::start()?;
        browser.resize(DESK.0, DESK.1);
        Some(Self { browser, server: Server::start(), _shared: shared })
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.server.port)
    }

    /// Opens the page with cells and the exercise.
    fn open(&self, lang: &str) {
        self.browser.open(&self.url(&format!("{lang}/{PAGE}")));
        self.browser.wait("the first cell can be run", "$('#cell-1 .ws-bar button')");
    }

    /// What the browser complained of. It asks every site for a picture of its own.
    fn complaints(&self) -> Vec<String> {
        self.browser.complaints().into_iter().filter(|said| !said.contains("/favicon.ico")).collect()
    }
}

/// The text of the elements of ours that is hard to read on what is behind it, with the ratio; at least 4.5 is asked for,
/// 3 of large type.
const HARD_TO_READ: &str = "
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a + below[i] * (1 - a));
    const light = (rgb) => { const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (e) => { const up = e.parentElement ? behind(e.parentElement) : [255, 255, 255];
        return over(rgba(getComputedStyle(e).backgroundColor), up); };
    const opacity = (e) => e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1;
    const found = [];
    for (const e of document.querySelectorAll('[class*=ws-]:not(html, body), :is(main, .ws-dock, dialog) *')) {
        if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('.ace_editor, math, svg, :disabled, [aria-disabled=true], .ws-hidden, .ws-skip, .ws-keys, .ws-locked')) continue;
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
        const style = getComputedStyle(e);
        const ground = behind(e);
        const [r, g, b, a] = rgba(style.color);
        const [one, two] = [light(over([r, g, b, a * opacity(e)], ground)), light(ground)];
        const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${e.tagName} .${e.className}: ${e.textContent.trim().slice(0, 30)}`);
    }
    return [...new Set(found)];";

/// What people who listen, or have no mouse, could not use.
const UNNAMED: &str = "
    const name = (e) => e.getAttribute('aria-label') || e.innerText?.trim() || e.title || e.labels?.[0]?.innerText || e.placeholder;
    const found = [...document.querySelectorAll('button, input, textarea, summary, a[href], svg[role=img]')]
        .filter((e) => e.checkVisibility() && !name(e)).map((e) => e.outerHTML.slice(0, 120));
    let last = 1;
    for (const e of document.querySelectorAll('main :is(h1, h2, h3, h4)')) {
        const level = Number(e.tagName[1]);
        if (level > last + 1) found.push(`${e.tagName} after h${last}: ${e.innerText}`);
        last = level;
    }
    for (const e of document.querySelectorAll('svg.plot')) if (!e.getAttribute('aria-label')) found.push('a drawing without words');
    return found;";

#[test]
fn every_page_is_quiet_steady_and_fits() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    let pages = ["introduction.html", "the-program.html", PAGE, "print.html", "toc.html"];
    for (width, height) in [DESK, PHONE] {
        browser.resize(width, height);
        for lang in ["en", "ko"] {
            for page in pages {
                let name = format!("{lang}/{page} at {width}");
                browser.open(&walk.url(&format!("{lang}/{page}")));
                browser.fits(&name);
                let (shift, moved) = browser.layout_shift();
                println!("{name}: layout shift {shift:.4}");
                assert!(shift < 0.05, "{name} moves while it is loaded: {shift}: {moved}");
                assert_eq!(browser.js(UNNAMED), json!([]), "{name}");
                assert_eq!(walk.complaints(), [""; 0], "{name}");
            }
        }
    }
    let read = |theme: &str| {
        let found = browser.js(HARD_TO_READ);
        found.as_array().into_iter().flatten().map(|text| format!("{theme}: {text}")).collect::<Vec<_>>()
    };
    let mut hard = vec![];
    for theme in ["light", "rust", "coal", "navy", "ayu"] {
        browser.js(&format!("localStorage.setItem('mdbook-theme', '{theme}')"));
        for page in ["introduction.html", PAGE] {
            browser.open(&walk.url(&format!("ko/{page}")));
            browser.js("document.querySelectorAll('details').forEach((e) => e.open = true)");
            hard.extend(read(theme));
            browser.picture(&format!("phone-{theme}-{}", if page == PAGE { "page" } else { "introduction" }));
        }
        browser.keys(&["/"]);
        browser.type_text("어텐션");
        browser.wait("results", "$('.ws-search-list li')");
        hard.extend(read(theme));
        browser.picture(&format!("phone-{theme}-search"));
        assert_eq!(walk.complaints(), [""; 0], "{theme}");
    }
    assert_eq!(hard, [""; 0]);
}

#[test]
fn a_cell_is_edited_run_stopped_and_kept() {
    let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    let Some(walk) = Walk::start(true) else { return };
    let browser = &walk.browser;
    walk.open("en");
    assert!(browser.text("#cell-1 .ws-text").contains("고양이가"), "the recorded output");
    assert!(browser.js("return document.querySelectorAll('math').length").as_u64() > Some(5), "formulas");
    browser.is("a drawing has words", "$('#cell-4 svg.plot').getAttribute('aria-label').includes('weights')");
    browser.picture("desktop-light");

    // Edit a cell and run it.
    let edit =
        "let words = vec![\"하나\".to_string(), \"둘\".to_string()];\nprintln!(\"{} words: {words:?}\", words.len());";
    browser.edit("#cell-1", edit);
    assert!(browser.text("#cell-1 .ws-label").contains("without your edits"));
    assert!(
        browser.text("#cell-2 .ws-label").contains("without your edits"),
        "what stands below is of the same program"
    );
    browser.press("#cell-1", "Run");
    browser.wait("the edited cell has run", "$('#cell-1 .ws-text')?.innerText.includes('2 words')");
    assert!(browser.text("#cell-1").contains("하나"));
    browser.wait("it says what made this", "$('#cell-1 .ws-label').innerText === 'Your run'");

    // A reload keeps the edit, and does not pass the recorded output off as its.
    browser.reload();
    let text = "$('#cell-1 .ace_editor').env.editor.getValue()";
    browser.wait("the editor is back", "$('#cell-1 .ace_editor')?.env");
    assert_eq!(browser.js(&format!("return {text}")), json!(edit));
    browser.is("it is marked", "$('#cell-1.ws-edited .ws-mark').offsetParent");
    assert!(browser.text("#cell-1 .ws-label").contains("without your edits"));

    // The course changes that cell: the reader is asked, and nothing is lost.
    let key = json!(format!("ws-cell:{}:1", PAGE.trim_end_matches(".html")));
    browser.js(&format!(
        "const r = JSON.parse(localStorage[{key}]); r.base = 'of before'; localStorage[{key}] = JSON.stringify(r)"
    ));
    browser.reload();
    browser.wait("it asks", "$('#cell-1 .ws-older')");
    browser.is("the page's own code stands there meanwhile", &format!("{text}.includes('고양이가')"));
    browser.reload();
    browser.wait("it asks again", "$('#cell-1 .ws-older')");
    browser.press("#cell-1", "Take my edit");
    assert_eq!(browser.js(&format!("return {text}")), json!(edit));
    browser.is("it is answered", "!$('#cell-1 .ws-older')");
    browser.reload();
    browser.wait("the editor is back", "$('#cell-1 .ace_editor')?.env");
    assert_eq!(browser.js(&format!("return [{text}, Boolean($('.ws-older'))]")), json!([edit, false]));

    // A browser that keeps nothing says so.
    browser.js("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }");
    browser.edit("#cell-2", "1 + 1");
    browser.wait("it says so", "$('#cell-2').innerText.includes('cannot keep your edits')");
    walk.open("en");

    // Errors of the compiler, on the reader's own lines, also in a cell above.
    let rows = |cell: u32| {
        browser
            .js(&format!("return $('#cell-{cell} .ace_editor').env.editor.session.getAnnotations().map((a) => a.row)"))
    };
    browser.edit("#cell-1", "let a = 1;\nlet b: u8 = \"two\";\nlet c: u8 =\n    \"three\";");
    browser.press("#cell-1", "Run");
    browser.wait("the error is shown", "$('#cell-1').innerText.includes('mismatched types')");
    assert!(browser.text("#cell-1").contains("line 2"), "{}", browser.text("#cell-1"));
    assert_eq!(rows(1), json!([1, 3]));
    browser
        .is("in the margin", "$('#cell-1 .ace_gutter-cell.ace_error, #cell-1 .ace_gutter-cell_svg-icons.ace_error')");
    browser.hover("#cell-1 .ace_gutter-cell.ace_error, #cell-1 .ace_gutter-cell_svg-icons.ace_error");
    let told = "[...document.querySelectorAll('.ace_tooltip')].some((e) => e.checkVisibility() && e.innerText.includes('mismatched'))";
    browser.wait("the mouse is told there", told);
    browser.picture("compile-error");
    browser.js("const e = $('#cell-1 .ace_editor').env.editor; e.session.insert({row: 0, column: 0}, '// new\\n')");
    assert_eq!(rows(1), json!([2, 4]), "marks go with their lines");
    browser.js("const e = $('#cell-1 .ace_editor').env.editor; e.session.insert({row: 2, column: 12}, '1; //')");
    assert_eq!(rows(1), json!([4]), "a mark goes when its line is edited");
    browser.press("#cell-2", "Run");
    browser.wait("the cell above is blamed", "$('#cell-2 .ws-errors').innerText.includes('Cell 1, line 5')");
    assert_eq!(rows(1), json!([4]));
    browser.js("[...document.querySelectorAll('#cell-2 .ws-errors a')].find((a) => a.innerText.includes('Cell 1')).id = 'there'");
    browser.click("#there");
    browser.wait("the way there", "$('#cell-1').contains(document.activeElement)");

    // An endless cell, stopped.
    browser.edit("#cell-1", "println!(\"endless\");\nloop { std::hint::spin_loop() }");
    assert_eq!(rows(1), json!([]));
    browser.press("#cell-1", "Run");
    browser.wait("its output streams", "$('#cell-1 .ws-text')?.innerText.includes('endless')");
    browser.press("#cell-1", "Stop");
    browser.wait("it is stopped", "/stopped/i.test($('#cell-1').innerText)");

    // Reset brings code and recorded output back, and forgets the edit.
    browser.press("#cell-1", "Reset");
    browser.wait("the recorded output is back", "$('#cell-1 .ws-text')?.innerText.includes('고양이가')");
    assert_eq!(
        browser.js(&format!("return [localStorage[{key}] ?? null, $('#cell-1 .ws-label').innerText]")),
        json!([null, "Recorded output"])
    );

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
    assert_eq!(walk.complaints(), [""; 0]);
}

#[test]
fn keys_and_an_input_method_are_enough() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    walk.open("en");
    // From the top: past the menu, then to the first editor.
    browser.keys(&["Tab"]);
    browser.is("the first stop leads past the menu", "document.activeElement.matches('.ws-skip')");
    browser.keys(&["Enter"]);
    let mut stops = 0;
    while browser.js("return Boolean(document.activeElement.closest('#cell-1 .ace_editor'))") != json!(true) {
        browser.keys(&["Tab"]);
        stops += 1;
        assert!(stops < 40, "Tab does not come to the first editor");
    }
    let text = "$('#cell-1 .ace_editor').env.editor.getValue()";
    browser.keys(&["Control", "a"]);
    browser.type_text("println!(\"");
    // As an input method types: nothing is run by the Enter that ends a syllable.
    for forms in [&["ㅇ", "아", "안"][..], &["ㄴ", "녀", "녕"], &["ㅎ", "하"], &["ㅅ", "세"], &["ㅇ", "요"]]
    {
        browser.compose(forms);
    }
    browser.is("the text is whole", &format!("{text}.includes('안녕하세요')"));
    browser.devtools("Input.imeSetComposition", json!({"text": "끝", "selectionStart": 1, "selectionEnd": 1}));
    for kind in ["rawKeyDown", "keyUp"] {
        let key = json!({"type": kind, "windowsVirtualKeyCode": 229, "key": "Process", "code": "Enter"});
        browser.devtools("Input.dispatchKeyEvent", key);
    }
    browser.devtools("Input.insertText", json!({"text": "끝"}));
    browser.is("it does not run", "!$('#cell-1 .ws-status').dataset.state");
    browser.is("it is no new line", &format!("{text}.split('\\n').length === 1"));
    browser.keys(&["End"]);
    // The editor may have closed the quotes and the bracket itself.
    browser.js("const e = $('#cell-1 .ace_editor').env.editor; e.setValue(e.getValue().replace(/[\"()\\];]*$/, '') + '\");', 1)");
    browser.keys(&["Control", "Enter"]);
    browser.wait("it has run", "$('#cell-1 .ws-text')?.innerText.includes('안녕하세요끝')");
    browser.keys(&["Escape"]);
    browser.keys(&["Tab"]);
    browser.is("Escape, then Tab leaves", "document.activeElement.closest('#cell-1 .ws-bar')");
    browser.is("what has the focus is seen", "getComputedStyle(document.activeElement).outlineStyle !== 'none'");

    // Step by step through the cells.
    browser.keys(&["n"]);
    browser.is("the next cell", "document.activeElement.closest('#cell-2 .ws-bar')");
    browser.keys(&["r"]);
    browser.wait("it has run", "$('#cell-2 .ws-status').dataset.state");
    browser.keys(&["p"]);
    browser.is("the cell before", "document.activeElement.closest('#cell-1 .ws-bar')");
    browser.keys(&["Shift", "?"]);
    browser.wait("the keys are told", "$('.ws-help[open]')?.innerText.includes('next cell')");
    browser.picture("keys");
    browser.keys(&["Escape"]);
    browser.wait("the help is gone", "!$('.ws-help[open]') && document.activeElement.closest('#cell-1 .ws-bar')");

    // Where the editor could not be had, a plain text field takes its place.
    browser.devtools("Network.enable", json!({}));
    browser.devtools("Network.setBlockedURLs", json!({"urls": ["*/ace-*.js"]}));
    browser.reload();
    browser.wait("a plain field", "$('#cell-2 textarea.ws-plain')");
    browser.js("$('#cell-2 textarea').select(); $('#cell-2 textarea').focus()");
    for forms in [&["ㅎ", "하", "한"][..], &["ㄱ", "그", "글"]] {
        browser.compose(forms);
    }
    assert_eq!(browser.js("return $('#cell-2 textarea').value"), json!("한글"));
    browser.js("$('#cell-2 textarea').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true}))");
    browser.is("it does not run", "!$('#cell-2 .ws-status').dataset.state");
}

#[test]
fn an_exercise_is_graded_and_no_edit_is_lost() {
    let Some(walk) = Walk::start(false) else { return };
    let (browser, file) = (&walk.browser, walk.server.home.file());
    walk.open("en");
    let exercise = "#week04-scaled-dot-product";
    let text = "return $('#week04-scaled-dot-product .ace_editor').env.editor.getValue()";
    let ready =
        "$('#week04-scaled-dot-product .ace_editor')?.env && $('#week04-scaled-dot-product .ws-status').innerText";
    browser.wait("the file has been read", "$('#week04-scaled-dot-product').innerText.includes('Check saves this')");

    // Another program writes the file: without edits here its text is taken, with edits the learner is asked.
    let came_back = || browser.js("window.dispatchEvent(new Event('focus'))");
    walk.server.home.hand_in(&format!("{}// from an editor\n", stub()));
    came_back();
    browser.wait("its text is here", "$('#week04-scaled-dot-product').innerText.includes('this is its text now')");
    assert_eq!(browser.js(text), json!(format!("{}// from an editor\n", stub())));
    browser.edit(exercise, "// mine\n");
    walk.server.home.hand_in(&format!("{}// again\n", stub()));
    came_back();
    browser.wait("it asks", "$('#week04-scaled-dot-product .ws-verdict').dataset.verdict === 'conflict' && $('#week04-scaled-dot-product .ws-verdict').offsetParent");
    assert_eq!(browser.js(text), json!("// mine\n"), "the edit stands");
    browser.js("$('#week04-scaled-dot-product .ws-verdict').scrollIntoView({block: 'center'})");
    browser.picture("conflict");
    browser.press(exercise, "Take the file");
    assert_eq!(browser.js(text), json!(format!("{}// again\n", stub())));

    // Edits that were not checked survive a reload; with another file beneath them they are not put over it.
    browser.edit(exercise, "// unsaved\n");
    browser.reload();
    browser.wait("the edit is back", &format!("{ready}.includes('Your edits are back')"));
    assert_eq!(browser.js(text), json!("// unsaved\n"));
    walk.server.home.hand_in(&stub());
    browser.reload();
    browser.wait("it asks", "$('#week04-scaled-dot-product .ws-verdict')?.dataset.verdict === 'conflict'");
    assert_eq!(browser.js(text), json!("// unsaved\n"));
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), stub(), "nothing is written unasked");
    browser.press(exercise, "Keep mine");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), stub(), "nor by choosing: Check writes");

    // Not started, wrong, the same again, right.
    let grade = |source: &str, until: &str| {
        browser.edit(exercise, source);
        browser.press(exercise, "Check");
        browser.wait(
            until,
            &format!("$('#week04-scaled-dot-product .ws-verdict').textContent.includes({})", json!(until)),
        );
    };
    grade(&format!("{}// mine\n", stub()), "still to write");

    // A check that is given up has written the file all the same: that is not another program's change.
    let endless = solution_with(
        "let weights = attention_weights(q, k, mask)?;",
        "while std::hint::black_box(true) {}\n    let weights = attention_weights(q, k, mask)?;",
    );
    browser.edit(exercise, &endless);
    browser.press(exercise, "Check");
    browser.wait("it is written", "/Checking/.test($('#week04-scaled-dot-product .ws-status').innerText)");
    let started = Instant::now();
    while std::fs::read_to_string(&file).expect("the file") != endless {
        assert!(started.elapsed().as_secs() < 60, "the file is not written");
    }
    browser.press(exercise, "Cancel");
    browser.wait("it is given up", "$('#week04-scaled-dot-product .ws-status').innerText === 'Stopped'");
    assert_eq!(browser.text("[aria-live].ws-hidden"), "Stopped");
    browser.edit(exercise, &format!("{}// after Cancel\n", stub()));
    browser.press(exercise, "Check");
    browser.wait(
        "it is graded",
        "/Not started|changed outside/.test($('#week04-scaled-dot-product .ws-verdict:not(.ws-stale)')?.textContent)",
    );
    browser.is("without a conflict", "$('#week04-scaled-dot-product .ws-verdict').dataset.verdict === 'not-started'");

    // Hints that are opened here are counted.
    browser.js("window.asked = []; const real = fetch; window.fetch = (path, options) => { if (path === '/api/hint') asked.push(options.body); return real(path, options) }");
    for _ in 0..3 {
        browser.js("$('#week04-scaled-dot-product .ws-hint summary').click()");
    }
    browser.wait("the hint is counted once", "asked.join() === '{\"id\":\"week04/scaled-dot-product\",\"number\":1}'");
    let wrong = solution_with("/ (d as f64).sqrt())?", "/ 1.0)?");
    grade(&wrong, "sharper than they should be");
    grade(&wrong.replace("/ 1.0)?", "/ 1.00)?"), "Divide the scores by the square root");
    browser.js("$('#week04-scaled-dot-product').scrollIntoView()");
    browser.picture("exercise-wrong");
    grade(&solution().replacen("use ", "use nothing::", 1), "It does not compile");
    browser.is(
        "the margin says where",
        "$('#week04-scaled-dot-product .ace_editor').env.editor.session.getAnnotations().length > 0",
    );
    grade(&solution(), "Passed");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), solution(), "the file on disk is what was checked");
    browser
        .is("nothing waits in the browser", "!Object.keys(localStorage).some((key) => key.startsWith('ws-exercise'))");
    browser.click("#week04-scaled-dot-product .ws-verdict a");
    browser.wait("ours", "document.activeElement.closest('.ws-listing')?.innerText.includes('attention_weights')");

    // A question of the quiz gives its reason.
    browser.js("$('.ws-question input').scrollIntoView({block: 'center'})");
    browser.click(".ws-question .ws-option[data-right=true] input");
    browser.wait("the reason", "$('.ws-question .ws-option[data-right=true] .ws-why').offsetParent");
    assert_eq!(walk.complaints(), [""; 0]);
}

#[test]
fn two_tabs_share_edits_and_stop_only_their_own() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    let go = |tab: &serde_json::Value| browser.command("window", json!({"handle": tab}));
    let cell = |n: u32| format!("$('#cell-{n} .ace_editor')?.env?.editor.getValue()");
    let piece = "$('#week04-scaled-dot-product .ace_editor')?.env?.editor.getValue()";
    let [first, second] = [(); 2].map(|()| browser.command("window/new", json!({"type": "tab"}))["handle"].clone());
    go(&first);
    walk.open("en");
    browser.wait("the file has been read", piece);
    go(&second);
    walk.open("en");
    browser.wait("the file has been read", piece);

    // What is typed in one is in the other, where nothing was typed.
    browser.edit("#cell-1", "1 + 1");
    browser.edit("#week04-scaled-dot-product", "// of the second\n");
    go(&first);
    browser.wait("the cell's edit", &format!("{} === '1 + 1'", cell(1)));
    browser.wait("the exercise's edit", &format!("{piece} === '// of the second\\n'"));
    browser.is("nothing to ask", "!$('.ws-older') && !$('#week04-scaled-dot-product .ws-verdict')?.offsetParent");
    browser.edit("#cell-1", "1 + 2");
    go(&second);
    browser.wait("and back", &format!("{} === '1 + 2'", cell(1)));

    // Both were edited before they heard of each other: each is in view.
    browser.js("const key = Object.keys(localStorage).find((k) => k.startsWith('ws-cell')); \
        const newValue = JSON.stringify({ ...JSON.parse(localStorage[key]), text: '3 + 3' }); \
        window.dispatchEvent(new StorageEvent('storage', { key, oldValue: null, newValue }))");
    browser
        .is("mine stands", &format!("{} === '1 + 2' && $('#cell-1 .ws-older').textContent.includes('3 + 3')", cell(1)));
    go(&first);
    browser.wait("also in the first", "$('#cell-1 .ws-older')?.textContent.includes('3 + 3')");
    browser.press("#cell-1", "Take my edit");
    browser.is("it is taken", &format!("{} === '3 + 3'", cell(1)));
    browser.js("const key = Object.keys(localStorage).find((k) => k.startsWith('ws-exercise')); \
        window.dispatchEvent(new StorageEvent('storage', { key, oldValue: null, newValue: JSON.stringify({ base: '', text: '// theirs' }) }))");
    browser.is(
        "the reader is asked",
        "$('#week04-scaled-dot-product .ws-verdict').offsetParent && $('#week04-scaled-dot-product .ws-verdict').textContent.includes('// theirs')",
    );
    browser.press("#week04-scaled-dot-product", "Take the other edit");
    browser.is("it is taken", &format!("{piece} === '// theirs'"));

    // A cell that waits for another tab's is given up without ending that.
    browser.edit("#cell-1", "println!(\"endless\");\nloop { std::hint::spin_loop() }");
    browser.press("#cell-1", "Run");
    browser.wait("it runs", "$('#cell-1 .ws-text')?.innerText.includes('endless')");
    go(&second);
    browser.press("#cell-2", "Run");
    browser.wait("it waits", "$('#cell-2 .ws-status').innerText.includes('1 before it')");
    browser.press("#cell-2", "Stop");
    browser.wait("it is given up", "$('#cell-2 .ws-status').innerText === 'Stopped'");
    go(&first);
    assert_eq!(
        browser.js("return new Promise((done) => setTimeout(() => done($('#cell-1 .ws-status').dataset.state), 1500))"),
        json!("busy"),
        "the other tab's runs on"
    );
    browser.press("#cell-1", "Stop");
    browser.wait("it is stopped", "$('#cell-1 .ws-status').innerText === 'Stopped'");
    assert_eq!(walk.complaints(), [""; 0]);
}

#[test]
fn words_are_found_in_both_languages() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    let first = "$('.ws-search-list a')";
    for (lang, word, part) in [("ko", "소프트맥", "소프트맥스"), ("en", "softm", "softmax")] {
        browser.open(&walk.url(&format!("{lang}/introduction.html")));
        browser.keys(&["/"]);
        browser.wait("the dialog", "document.activeElement.matches('.ws-search-text')");
        browser.type_text(word);
        browser.wait("results", first);
        assert!(
            browser.text(".ws-search-list mark").to_lowercase().starts_with(word),
            "{}",
            browser.text(".ws-search-list")
        );
        assert!(browser.text(".ws-search-list").to_lowercase().contains(part));
        browser.picture(&format!("search-{lang}"));
        browser.keys(&["ArrowDown"]);
        browser.is("an arrow goes to the first", &format!("document.activeElement === {first}"));
        browser.keys(&["ArrowUp"]);
        browser.is("and back", "document.activeElement.matches('.ws-search-text')");
        let found = browser.js(&format!("return {first}.pathname"));
        browser.keys(&["Enter"]);
        browser.wait("the page", &format!("location.pathname === {found}"));
        browser.wait(
            "the words are marked",
            "CSS.highlights.get('ws-found')?.size > 0 && $('.ws-marks button')?.offsetParent",
        );
        browser.is(
            "the section is in view",
            "location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)))",
        );
        browser.picture(&format!("found-{lang}"));
        browser.click(".ws-marks button");
        browser.is("the marks are gone", "!CSS.highlights.has('ws-found') && !$('.ws-marks').offsetParent");
    }
    // What an input method leaves unfinished finds as well; what is nowhere is said to be nowhere.
    browser.open(&walk.url("ko/introduction.html"));
    browser.js("$('.ws-menu-button').focus()");
    browser.keys(&["s"]);
    for query in ["소프ㅌ", "소픝", "어테", "ㅅ"] {
        browser.js(&format!(
            "const i = $('.ws-search-text'); i.value = {}; i.dispatchEvent(new Event('input'))",
            json!(query)
        ));
        browser.wait(query, "$('.ws-search-list a') && $('.ws-search-count').innerText");
        browser.js("const i = $('.ws-search-text'); i.value = 'qqqq'; i.dispatchEvent(new Event('input'))");
        browser.wait("nothing", "!$('.ws-search-list a') && $('.ws-search-count').innerText");
    }
    browser.keys(&["Escape"]);
    browser.wait("the focus is where it was", "document.activeElement.matches('.ws-menu-button')");
    // Only what begins beside the dialog closes it: no click on its padding, no selection that ends outside.
    browser.keys(&["s"]);
    let rect = browser.js("return $('.ws-search').getBoundingClientRect().toJSON()");
    let at = |side: &str| rect[side].as_f64().expect("a number") as i64;
    let padding = (at("left") + 3, at("top") + 3);
    let field = browser.js("const r = $('.ws-search-text').getBoundingClientRect(); return [r.left + 30, r.top + 10]");
    let field = (field[0].as_f64().expect("x") as i64, field[1].as_f64().expect("y") as i64);
    let beside = (at("left") / 2, at("top") + 30);
    let drag = |from: (i64, i64), to: (i64, i64)| {
        let to_point = |(x, y): (i64, i64)| json!({"type": "pointerMove", "x": x, "y": y, "duration": 20});
        let button = |kind: &str| json!({"type": kind, "button": 0});
        let moves = json!([to_point(from), button("pointerDown"), to_point(to), button("pointerUp")]);
        browser.command("actions", json!({"actions": [{"type": "pointer", "id": "mouse", "actions": moves}]}));
    };
    for (what, from, to) in [("its padding", padding, padding), ("a selection", field, beside)] {
        drag(from, to);
        browser.is(what, "$('.ws-search').open");
    }
    drag(beside, beside);
    browser.is("a click beside it closes it", "!$('.ws-search').open");
    assert_eq!(walk.complaints(), [""; 0]);
}

#[test]
fn an_instructor_goes_from_cell_to_cell_and_prints() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    for (width, height) in [DESK, PHONE] {
        browser.resize(width, height);
        walk.open("en");
        browser.is("notes are not for readers", "!$('.ws-speaker').offsetParent");
        browser.keys(&["i"]);
        browser.is("notes", "$('.ws-speaker').offsetParent && $('.ws-teach').offsetParent");
        assert!(browser.text(".ws-clock").contains("0 of"), "{}", browser.text(".ws-clock"));
        browser.is(
            "outputs are folded",
            "![...document.querySelectorAll('.ws-result, .ws-guess')].some((e) => e.offsetParent)",
        );
        browser.fits("the instructor's view");
        let shown = |cell: u32| browser.js(&format!("return Boolean($('#cell-{cell} .ws-result').offsetParent)"));
        // To the first cell, its output, the second cell.
        let start = browser.js("window.scrollTo(0, 0); document.activeElement.blur(); return true");
        assert_eq!(start, json!(true));
        browser.keys(&["n"]);
        assert_eq!((shown(1), shown(2)), (json!(false), json!(false)));
        browser.keys(&["n"]);
        assert_eq!((shown(1), shown(2)), (json!(true), json!(false)));
        browser.picture(&format!("instructor-{width}"));
        browser.keys(&["n"]);
        browser.is("the second cell", "document.activeElement.closest('#cell-2')");
        // An output that waits for a guess is shown without one.
        browser.click("#cell-5 .ws-show");
        browser.is("shown", "$('#cell-5 .ws-result').offsetParent && !$('#cell-5 .ws-guess')?.offsetParent");
        assert_eq!(browser.js(HARD_TO_READ), json!([]));
        // Type for the last row, kept over a reload.
        browser.keys(&["+"]);
        browser.keys(&["+"]);
        browser.fits("large type");
        browser.reload();
        browser.wait("the view is back", "$('.ws-teach')?.offsetParent");
        browser.is("the type is still large", "parseFloat(getComputedStyle(document.documentElement).fontSize) > 12");
        browser.picture(&format!("instructor-large-{width}"));
        browser.keys(&["0"]);
        browser.keys(&["i"]);
        browser.is("and back", "!$('.ws-speaker').offsetParent && $('#cell-1 .ws-result').offsetParent");
    }
    // On paper, from a dark theme.
    browser.js("localStorage.setItem('mdbook-theme', 'navy')");
    browser.resize(800, 1000);
    for page in [PAGE, "print.html"] {
        browser.open(&walk.url(&format!("ko/{page}")));
        let runs = page == PAGE; // the book as one page holds many programs, and makes no editors
        browser.is(
            "cells run",
            &format!("document.body.classList.contains('ws-live') === {runs} && Boolean($('.ace_editor')) === {runs}"),
        );
        browser.devtools("Emulation.setEmulatedMedia", json!({"media": "print"}));
        browser.wait(
            "no buttons, no bars",
            "![...document.querySelectorAll('main button, .ws-dock > *, .ws-hint')].some((e) => e.offsetParent)",
        );
        browser.is(
            "the text of the cells",
            "$('.ws-cell pre').innerText.length > 10 && $('.ws-cell .ws-result').offsetParent",
        );
        browser.is("outputs that wait for a guess", "[...document.querySelectorAll('.ws-cell .ws-result')].every((e) => e.offsetParent || e.closest('[hidden]'))");
        browser.is("dark on white", "getComputedStyle(document.body).color === 'rgb(0, 0, 0)' && getComputedStyle(document.documentElement).backgroundColor === 'rgb(255, 255, 255)'");
        browser.fits("paper");
        browser.js("$('#cell-4')?.scrollIntoView()");
        browser.picture(&format!("paper-{}", if page == PAGE { "page" } else { "book" }));
        browser.devtools("Emulation.setEmulatedMedia", json!({"media": ""}));
    }
    assert_eq!(walk.complaints(), [""; 0]);
}

/// Answers in the program's place, so that what it says seldom or not yet can be seen: states of the build, progress, pieces.
const ANSWERS: &str = "
    const asked = {};
    const real = window.fetch;
    const lines = (...events) => new Response(events.map((e) => JSON.stringify(e) + '\\n').join(''));
    window.fetch = (path, options) => {
        const name = String(path).replace('/api/', '');
        asked[name] = (asked[name] ?? 0) + 1;
        const builds = window.failing ? { state: 'failed', message: 'no disk' }
            : { state: asked.status > 1 ? 'ready' : 'building', done: 3, total: 9, current: 'candle' };
        if (name === 'status') return Promise.resolve(Response.json({ build: builds }));
        if (name === 'progress') return Promise.resolve(Response.json({ passed: 1, total: 2, exercises: [
            { id: 'week04/other', title: 'Other', state: 'passed', page: 'week04-attention/02-scaled-dot-product' },
            { id: 'week04/scaled-dot-product', title: 'Scaled', state: 'changed', page: 'week04-attention/02-scaled-dot-product' }] }));
        if (name === 'run') { window.sent = JSON.parse(options.body); return Promise.resolve(lines({ event: 'queued', ahead: 2 },
            { event: 'mine', yours: ['week04/scaled-dot-product'], ours: [] }, { event: 'running' },
            { event: 'text', stream: 'out', text: 'ran' }, { event: 'end', status: 'ok', compile_ms: 1, run_ms: 1 })); }
        return real(path, options);
    };
    window.asked = asked;";

#[test]
fn what_the_program_says_of_builds_progress_and_pieces_is_shown() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    let added = browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": ANSWERS}));
    browser.open(&walk.url("en/introduction.html"));
    browser.wait("progress", "$('.ws-progress')?.innerText.includes('1 of 2 exercises passed')");
    browser.is("the bar of the build", "$('.ws-banner').innerText.includes('3 of 9')");
    browser.picture("progress");
    browser.wait("it is built", "!$('.ws-banner').offsetParent");
    let (shift, _) = browser.layout_shift();
    assert!(shift < 0.05, "the page moves when the bar goes: {shift}");
    browser.click(".ws-progress a");
    browser.wait(
        "the next exercise",
        "location.hash === '#week04-scaled-dot-product' && $(location.hash)?.matches('.ws-exercise')",
    );

    // The switch says what it does, is sent only when it is on, and is kept.
    walk.open("en");
    browser.press("#cell-1", "Run");
    browser.wait("it has run", "window.sent");
    browser.is("as always", "!('mine' in sent)");
    browser.click(".ws-mine label");
    assert!(
        browser.text("#cell-1 .ws-label").contains("before your last change"),
        "{}",
        browser.text("#cell-1 .ws-label")
    );
    browser.reload();
    browser.is("it is kept", "$('.ws-mine input').checked");
    browser.press("#cell-1", "Run");
    browser.wait("it says on what", "$('#cell-1 .ws-label').innerText.includes('on your scaled-dot-product')");
    browser.is("on the reader's pieces", "sent.mine === true");

    // A build that failed: what to do, and no more questions.
    let id = added["identifier"].as_str().expect("an identifier");
    browser.devtools("Page.removeScriptToEvaluateOnNewDocument", json!({"identifier": id}));
    let failing = format!("window.failing = true; {ANSWERS}");
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": failing}));
    walk.open("en");
    browser.wait("why, and what to do", "/no disk[^]*start it again/.test($('.ws-banner').innerText)");
    browser.picture("build-failed");
    assert_eq!(browser.js("return new Promise((done) => setTimeout(() => done(asked.status), 6000))"), json!(1));
    assert_eq!(walk.complaints(), [""; 0]);
}

#[test]
fn a_phone_reads_and_runs_in_korean() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    browser.resize(PHONE.0, PHONE.1);
    browser.open(&walk.url("ko/introduction.html"));
    browser.js("localStorage.setItem('mdbook-theme', 'navy')");
    walk.open("ko");
    assert_eq!(browser.js("return document.documentElement.lang"), json!("ko"));
    assert_eq!(browser.js("return /[가-힣]/.test($('h1[id]').innerText)"), json!(true), "{}", browser.text("h1[id]"));
    browser.fits("the page on a phone");
    browser.picture("phone-dark-korean");
    let small = browser.js(
        "return [...document.querySelectorAll('main button, .menu-bar button')].filter((e) => e.offsetParent && \
         Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24).map((e) => e.outerHTML.slice(0, 90))",
    );
    assert_eq!(small, json!([]), "too small for a finger");
    browser.press("#cell-1", "실행");
    browser.wait("a cell has run in Korean", "$('#cell-1 .ws-status').dataset.state === 'good'");
    browser.js("$('#week04-scaled-dot-product').scrollIntoView()");
    browser.picture("phone-dark-exercise");
    assert_eq!(walk.complaints(), [""; 0]);
}

/// The parts of the grid: `cells(part)` are what it computes, `set(input, text)` types.
const GRID: &str = "
    const all = (s) => [...document.querySelectorAll('.ws-grid ' + s)];
    const shown = (part) => all(`[data-part=${part}] .ws-grid-shown`).map((e) => e.textContent);
    const answer = (part, row) => all(`[data-part=${part}] .ws-grid-answer`)[row];
    const set = (input, text) => { input.focus(); input.value = text; input.dispatchEvent(new Event('input')); input.dispatchEvent(new Event('change')); };
    const says = () => $('.ws-grid-says').textContent;";

#[test]
fn a_row_of_attention_is_changed_and_its_numbers_follow() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    walk.open("en");
    let js = |script: &str| browser.js(&format!("{GRID} {script}"));
    browser.press(".ws-grid", "Show the numbers");

    // Rows that PyTorch worked, typed in; the same that the loops of the lesson are tested with.
    let golden = std::fs::read_to_string("tests/fixtures/week04/grid.txt").expect("the golden values");
    let mut largest = 0.0_f64;
    for case in golden.split("case ").skip(1) {
        let numbers = |name: &str| -> Vec<f64> {
            let lines = case.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            lines.flat_map(str::split_whitespace).map(|x| x.parse().expect("a number")).collect()
        };
        let given = json!({"query": numbers("query"), "key": numbers("key"), "value": numbers("value")});
        let looks = numbers("looks");
        let found = js(&format!(
            "for (const [part, numbers] of Object.entries({given})) \
                 all(`[data-part=${{part}}] input`).forEach((input, i) => set(input, String(numbers[i]))); \
             all('[type=checkbox]').forEach((box, i) => box.checked !== Boolean({looks:?}[i]) && box.click()); \
             return Object.fromEntries(['product', 'score', 'exp', 'sum', 'weight', 'total', 'context'].map((p) => [p, shown(p)]))"
        ));
        assert!(!found.to_string().contains("NaN"), "{found}");
        for (part, name, decimals) in [
            ("product", "products", 3),
            ("score", "scores", 3),
            ("exp", "exps", 3),
            ("sum", "sum", 3),
            ("weight", "weights", 3),
            ("context", "context", 2),
        ] {
            let shown = found[part].as_array().expect("cells");
            let expected = numbers(name);
            assert_eq!(shown.len(), expected.len(), "{part}");
            for (shown, expected) in shown.iter().zip(expected) {
                let text = shown.as_str().unwrap_or_default().replace('−', "-").replace('∞', "inf");
                let number: f64 = text.parse().unwrap_or_else(|_| panic!("{part}: {text:?} in {case}"));
                let allowed =
                    if text.contains('e') { 5.1e-4 * expected.abs() } else { 0.5001 * 10.0_f64.powi(-decimals) };
                assert!(
                    number == expected || (number - expected).abs() <= allowed,
                    "{part}: {text}, not {expected}, in {case}"
                );
                largest = largest.max(if expected.is_finite() { (number - expected).abs() / allowed } else { 0.0 });
            }
        }
        let total = if looks.contains(&1.0) { "1.000" } else { "0.000" };
        assert_eq!(found["total"], json!([total]), "{case}");
        // The bars are the weights.
        let bars = js("return all('.ws-grid-bar').map((e) => Number(e.style.getPropertyValue('--ws-weight')))");
        for (bar, weight) in bars.as_array().into_iter().flatten().zip(numbers("weights")) {
            assert!((bar.as_f64().expect("a number") - weight).abs() < 1e-4, "{bars} in {case}");
        }
    }
    assert!(largest > 0.1, "something was rounded: {largest}");

    // What changes is marked for a moment, and the context is said once the typing has stopped.
    browser.press(".ws-grid", "Reset");
    let before = js("return [shown('weight'), shown('context')]");
    assert_eq!(before, json!([["0.083", "0.225", "0.610", "0.083"], ["5.91", "5.05"]]));
    browser.wait("nothing is marked", "!$('.ws-changed')");
    js("set(all('tr[data-key=\"1\"] [data-part=key] input')[2], '1')");
    assert_eq!(
        js("return all('.ws-changed').map((e) => e.dataset.part).join(' ')"),
        json!("weight product score exp weight weight weight sum context context"),
        "the product of the cat is 5 now, and all weights have changed"
    );
    browser.picture("grid-changed");
    browser.wait("it is said", "$('[aria-live].ws-hidden').textContent.startsWith('Context: animal 7.')");
    browser.wait("the marks go", "!$('.ws-changed')");

    // What is no number is said to be none, and the numbers stay.
    let kept = js("return ['product', 'score', 'exp', 'sum', 'weight', 'context'].map(shown)");
    for (text, says) in [
        ("", "Write a number here"),
        ("abc", "“abc” is not a number"),
        ("-", "“-” is not a number"),
        ("1,5", "after a point"),
        ("1e999", "from −10 to 10"),
        ("10.01", "from −10 to 10"),
        ("NaN", "“NaN” is not a number"),
        ("0x10", "is not a number"),
    ] {
        let found = js(&format!(
            "const input = all('[data-part=query] input')[0]; set(input, {}); return [says(), input.ariaInvalid, \
             ['product', 'score', 'exp', 'sum', 'weight', 'context'].map(shown), $('.ws-grid').innerText.includes('NaN, ')]",
            json!(text)
        ));
        let said = found[0].as_str().unwrap_or_default();
        assert!(said.contains(says) && said.contains("counts with 1"), "{text:?}: {said}");
        assert_eq!((&found[1], &found[2]), (&json!("true"), &kept), "{text:?}");
    }
    browser.picture("grid-bad-input");
    for text in ["−2", "-2.0", " -2 ", "－２", "-2e0"] {
        let found = js(&format!(
            "const input = all('[data-part=query] input')[0]; set(input, {}); return [input.ariaInvalid, says(), shown('product')]",
            json!(text)
        ));
        assert_eq!(
            found,
            json!(["false", "Change a number, or take a tick away: the rest follows.", ["0", "2", "1", "0"]]),
            "{text:?}"
        );
    }

    // All of it is there again after a reload, and gone after Reset.
    js("all('[type=checkbox]')[3].click()");
    browser.reload();
    assert_eq!(
        js(
            "return [$('.ws-grid').dataset.mode, all('[data-part=query] input')[0].value, shown('score'), all('.ws-blocked').length]"
        ),
        json!(["show", "-2e0", ["0", "1", "0.5", "−∞"], 1])
    );
    browser.press(".ws-grid", "Reset");
    browser.reload();
    assert_eq!(js("return [shown('weight'), all('.ws-blocked').length]"), json!([before[0], 0]));
    assert_eq!(walk.complaints(), [""; 0]);
}

#[test]
fn a_row_of_attention_is_worked_by_hand() {
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    walk.open("en");
    let js = |script: &str| browser.js(&format!("{GRID} {script}"));
    browser.is(
        "the reader is offered the work first",
        "$('.ws-grid').dataset.mode === 'work' && !$('.ws-grid [data-part=weight] .ws-grid-shown').checkVisibility()",
    );

    // A slip is told by what it makes; each alone, in an empty table. Rows: small, cat, fish, ate.
    for (part, row, text, says) in [
        ("product", 1, "4", "another row, 물고기를"),
        ("product", 2, "7", "added the elements"),
        ("product", 2, "3.99", "Nearly: round only at the end, and give 3"),
        ("score", 2, "4", "product itself. Divide it by the root of 4"),
        ("score", 1, "0.5", "You divided by 4. Divide by its root"),
        ("score", 2, "8", "You multiplied by the root"),
        ("score", 2, "1", "divided by 4"),
        ("exp", 2, "2", "score itself"),
        ("exp", 2, "54.598", "raised e to the product"),
        ("exp", 2, "5.4366", "multiplied by e"),
        ("exp", 2, "4", "raised 2 to the score"),
        ("exp", 0, "0", "score itself"),
        ("exp", 0, "7.389", "another row, 물고기를"),
        ("sum", 0, "3", "added the scores"),
        ("sum", 0, "6", "added the products"),
        ("weight", 2, "7.389", "Divide it by the sum of its column"),
        ("weight", 2, "0.667", "shared out the scores"),
        ("weight", 2, "0.853", "root is forgotten"),
        ("weight", 2, "1.847", "number of words"),
        ("weight", 2, "61.03", "not of 100"),
        ("weight", 1, "0.610", "another row, 물고기를"),
        ("weight", 1, "0.4", "Divide e to the score by the sum"),
        ("context", 0, "16", "You added the values"),
        ("context", 0, "4", "plain average"),
        ("context", 0, "71.517", "multiplied by e to the score"),
        ("context", 0, "5.05", "another column, food"),
        ("context", 1, "five", "“five” is not a number"),
        ("context", 1, "5,05", "after a point"),
    ] {
        let found = js(&format!(
            "const input = answer('{part}', {row}); set(input, '{text}'); \
             const found = [says(), input.ariaInvalid, input.parentElement.dataset.mark, $('[aria-live].ws-hidden').textContent]; \
             set(input, ''); return [...found, input.ariaInvalid, input.parentElement.dataset.mark ?? null]"
        ));
        let said = found[0].as_str().unwrap_or_default();
        assert!(said.contains(says), "{part} {row}, {text}: {said}");
        assert!(said.ends_with(found[3].as_str().unwrap_or("?")), "it is said aloud: {found}");
        assert_eq!(
            [&found[1], &found[2], &found[4], &found[5]],
            [&json!("true"), &json!("wrong"), &json!("false"), &json!(null)]
        );
    }
    // A number that follows from a wrong one before it is not blamed for that.
    js("set(answer('score', 2), '3'); set(answer('exp', 2), '20.0855')");
    assert!(browser.text(".ws-grid-says").contains("follows from a cell before it"));
    js("set(answer('score', 2), ''); set(answer('exp', 2), '')");
    // Nor is any that comes of it further on, with its decimals or without; a slip in one of those is.
    for (cells, blamed) in [
        (
            "exp 2 9.5, sum 0 14.218, weight 0 0.07, weight 1 0.191, weight 2 0.668, context 0 5.92, context 1 5.49",
            "exp 2",
        ),
        ("exp 2 9.5, weight 2 0.668, sum 0 14.218, context 1 5.484", "exp 2"),
        ("exp 2 9.5, weight 0 0.070, weight 1 0.191, weight 2 0.668, weight 3 0.070, context 0 5.918", "exp 2"),
        ("product 2 5, score 2 2.5, exp 2 12.182, sum 0 16.9, weight 2 0.721", "product 2"),
        ("sum 0 14.218, weight 2 0.520, context 0 5.03", "sum 0"),
        ("weight 2 0.4, context 1 3.37", "weight 2"),
        ("exp 2 9.5, sum 0 14.218, weight 2 0.5, context 1 4.14", "exp 2, weight 2"),
        ("exp 2 9.5, sum 0 20", "exp 2, sum 0"),
    ] {
        let said = js(&format!(
            "const cells = '{cells}'.split(', ').map((cell) => cell.split(' ')); \
             for (const [part, row, text] of cells) set(answer(part, row), text); \
             const said = cells.map(([part, row]) => {{ const input = answer(part, row); set(input, input.value); \
                 return [`${{part}} ${{row}}`, input.parentElement.dataset.mark, says()]; }}); \
             for (const [part, row] of cells) set(answer(part, row), ''); return said"
        ));
        let wrong: Vec<_> = said.as_array().into_iter().flatten().filter(|cell| cell[1] == "wrong").collect();
        assert!(wrong.len() >= 2, "{said}");
        let follows =
            |cell: &&&serde_json::Value| cell[2].as_str().unwrap_or_default().contains("follows from a cell before");
        let found: Vec<_> = wrong.iter().filter(|cell| !follows(cell)).filter_map(|cell| cell[0].as_str()).collect();
        assert_eq!(found.join(", "), blamed, "{cells}: {said}");
    }
    // What is mended takes its blame with it.
    js(
        "set(answer('exp', 2), '9.5'); set(answer('sum', 0), '14.218'); set(answer('exp', 2), '7.389'); answer('sum', 0).focus()",
    );
    assert!(browser.text(".ws-grid-says").ends_with("Add up the column e to the score."));
    js("set(answer('exp', 2), ''); set(answer('sum', 0), '')");

    // The whole row with the keyboard alone, column by column, to the last decimal or one off by rounding.
    js("answer('product', 0).focus()");
    let row = [
        "0", "2", "4", "0", "0", "1", "2", "0", "1", "2.718", "7.39", "1", "12.107", "0.083", "0.225", "0.61", "0.082",
        "5.85", "5.05",
    ];
    for (i, text) in row.iter().enumerate() {
        browser.type_text(text);
        browser.keys(&["Enter"]);
        if i == 4 {
            browser.keys(&["ArrowUp"]);
            browser.is("an arrow goes back", "document.activeElement.value === '0'");
            browser.keys(&["ArrowDown"]);
        }
        // Between the weights and the context stand the values, which are given.
        if i == 16 {
            for _ in 0..8 {
                browser.is("a value", "document.activeElement.closest('[data-part=value]')");
                browser.keys(&["Enter"]);
            }
        }
    }
    let marks = "all('.ws-grid-answer').map((e) => e.parentElement.dataset.mark)";
    let wrong = js(&format!("return {marks}.filter((mark) => mark !== 'right').length"));
    assert_eq!(wrong, json!(1), "5.85 is not near enough: {}", js(&format!("return {marks}")));
    assert!(browser.text(".ws-grid-says").contains("and give 2 decimals"), "{}", browser.text(".ws-grid-says"));
    js("set(answer('context', 0), '5.91')");
    assert_eq!(browser.text(".ws-grid-says"), "All right: you have worked the whole row.");
    browser.js("$('.ws-grid').scrollIntoView({block: 'center'})");
    browser.picture("grid-worked");

    // Another key: what was right is so no longer. A blocked word.
    js("set(all('tr[data-key=\"2\"] [data-part=key] input')[0], '0')");
    assert_eq!(js("return answer('product', 2).parentElement.dataset.mark"), json!("wrong"));
    js("set(all('tr[data-key=\"2\"] [data-part=key] input')[0], '1'); all('[type=checkbox]')[2].click()");
    assert_eq!(
        js("return ['product', 'score', 'exp', 'weight'].map((part) => answer(part, 2).parentElement.dataset.mark)"),
        json!(["right", "wrong", "wrong", "wrong"])
    );
    for (part, row, text, says) in [
        ("score", 2, "2", "A blocked word has the score −∞"),
        ("score", 2, "-inf", ""),
        ("exp", 2, "7.389", "e to −∞ is 0"),
        ("exp", 2, "0", ""),
        ("sum", 0, "12.107", "A blocked word adds 0"),
        ("sum", 0, "4.718", ""),
        ("weight", 2, "0", ""),
    ] {
        let mark = js(&format!(
            "set(answer('{part}', {row}), '{text}'); return answer('{part}', {row}).parentElement.dataset.mark"
        ));
        assert_eq!(mark, json!(if says.is_empty() { "right" } else { "wrong" }), "{part} {text}");
        assert!(browser.text(".ws-grid-says").contains(says), "{part} {text}: {}", browser.text(".ws-grid-says"));
    }
    // What was filled in is kept, and looking at the numbers costs nothing.
    browser.reload();
    assert_eq!(js("return answer('score', 2).value"), json!("-inf"));
    // A kept entry without its parts is no reason to stop.
    js("for (const key of Object.keys(localStorage)) if (key.startsWith('ws-grid:')) { \
         const { base, answers } = JSON.parse(localStorage[key]); localStorage[key] = JSON.stringify({ base }); window.name = JSON.stringify([key, base, answers]); }");
    browser.reload();
    assert_eq!(js("return [all('[data-part=query] input')[0].value, answer('score', 2).value]"), json!(["1", ""]));
    js("const [key, base, answers] = JSON.parse(window.name); localStorage[key] = JSON.stringify({ base, answers })");
    browser.reload();
    assert_eq!(js("return answer('score', 2).value"), json!("-inf"));
    browser.press(".ws-grid", "Show the numbers");
    browser.is("they are there", "!$('.ws-grid-answer').checkVisibility()");
    browser.press(".ws-grid", "Work it yourself");
    assert_eq!(js("return answer('score', 2).value"), json!("-inf"));

    // On paper it is the finished table. On a phone it scrolls in its box, in both languages, and nothing else does.
    browser.press(".ws-grid", "Reset");
    browser.devtools("Emulation.setEmulatedMedia", json!({"media": "print"}));
    browser.is(
        "finished",
        "[...document.querySelectorAll('.ws-grid-shown, .ws-grid-bar')].every((e) => e.checkVisibility({ visibilityProperty: true })) && \
         ![...document.querySelectorAll('.ws-grid :is(.ws-grid-answer, button, [type=checkbox])')].some((e) => e.checkVisibility())",
    );
    browser.js("$('.ws-grid').scrollIntoView({block: 'center'})");
    browser.picture("grid-paper");
    browser.devtools("Emulation.setEmulatedMedia", json!({"media": ""}));
    browser.resize(PHONE.0, PHONE.1);
    for lang in ["en", "ko"] {
        walk.open(lang);
        browser.fits("the grid on a phone");
        js("answer('context', 1).focus()");
        browser
            .is("what has the focus is in view", "document.activeElement.getBoundingClientRect().right <= innerWidth");
        js("all('[data-part=key] input')[0].focus()");
        browser.is(
            "and not below the first column",
            "document.activeElement.getBoundingClientRect().left >= $('.ws-grid tr[data-key] th').getBoundingClientRect().right",
        );
        browser.js("$('.ws-grid').scrollIntoView({block: 'center'})");
        browser.picture(&format!("grid-phone-{lang}"));
    }
    assert_eq!(walk.complaints(), [""; 0]);
}

/// A static host that knows nothing of the course: files below `/any/base/`.
fn static_host(folder: std::path::PathBuf) -> u16 {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                let mut lines = reader.by_ref().lines().map_while(Result::ok);
                let Some(first) = lines.next() else { return };
                // The rest of the head says nothing that matters here.
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let path = first.split(' ').nth(1).unwrap_or("/").split('?').next().unwrap_or("/");
                let name = path.strip_prefix("/any/base/").map(|name| folder.join(name));
                let name = name.map(|name| if name.is_dir() { name.join("index.html") } else { name });
                let found = name.and_then(|name| Some((std::fs::read(&name).ok()?, name)));
                let (status, body, name) =
                    found.map_or(("404 Not Found", vec![], "x".into()), |(body, name)| ("200 OK", body, name));
                let kind = match name.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
                    "html" => "text/html",
                    "js" => "text/javascript",
                    "css" => "text/css",
                    "svg" => "image/svg+xml",
                    "json" => "application/json",
                    _ => "application/octet-stream",
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                // The browser may have gone on to another page.
                let _ = reader.get_mut().write_all(head.as_bytes()).and_then(|()| reader.get_mut().write_all(&body));
            });
        }
    });
    port
}

#[test]
fn the_static_site_works_below_any_path() {
    let _shared = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
    let Some(browser) = Browser::start() else { return };
    let home = common::Home::new();
    let site = home.path().join("site");
    let built = home.workshop(&["author", "site", &site.display().to_string()]);
    assert!(built.status.success(), "{}", common::text(&built));
    let base = format!("http://127.0.0.1:{}/any/base/", static_host(site));
    for (width, height) in [DESK, PHONE] {
        browser.resize(width, height);
        browser.open(&base);
        browser.wait("the first page", "location.pathname.startsWith('/any/base/en/') && $('h1')");
        browser.open(&format!("{base}en/{PAGE}"));
        browser.fits("the static page");
        browser.is("what is recorded is shown", "$('#cell-1 .ws-text').innerText.includes('고양이가')");
        browser.is(
            "nothing can be run",
            "![...document.querySelectorAll('main button')].some((b) => /run|check/i.test(b.innerText))",
        );
        // The grid is the same size without its script, with it, and with all numbers shown: nothing moves.
        let sizes = || {
            browser.js(
                "return [...document.querySelectorAll('.ws-grid, .ws-grid :is(th, td, .ws-grid-says, .ws-bar)')].map((e) => \
                 [e.offsetLeft, e.offsetWidth, e.offsetHeight].join())",
            )
        };
        let started = sizes();
        browser.press(".ws-grid", "Show the numbers");
        browser.is("the grid works here as well", "$('[data-part=weight] .ws-grid-shown').checkVisibility()");
        assert_eq!(sizes(), started);
        browser.js("localStorage.clear()");
        browser.devtools("Network.enable", json!({}));
        browser.devtools("Network.setBlockedURLs", json!({"urls": ["*/grid-*.js"]}));
        browser.reload();
        browser.is("it is finished", "[...document.querySelectorAll('.ws-grid-shown')].every((e) => e.checkVisibility()) && !$('.ws-grid-answer')");
        assert_eq!(sizes(), started);
        browser.devtools("Network.setBlockedURLs", json!({"urls": []}));
        browser.reload();
        browser.complaints(); // of the script that was kept away
        browser.wait(
            "the notebook is there",
            "(window.notebook ??= 'asked', fetch($('a[download]').href).then((r) => window.notebook = r.status), window.notebook === 200)",
        );
        browser.js("$('.ws-question input').scrollIntoView({block: 'center'})");
        browser.click(".ws-question .ws-option[data-right=true] input");
        browser.wait("the reason", "$('.ws-question .ws-option[data-right=true] .ws-why').offsetParent");
        browser.click(".ws-lang");
        browser.wait("the same page in Korean", "location.pathname.includes('/any/base/ko/week04')");
        browser.open(&format!("{base}ko/introduction.html"));
        browser.keys(&["/"]);
        browser.wait("the dialog", "document.activeElement.matches('.ws-search-text')");
        let said = |answer: &str, said: &str| {
            browser.js(&format!(
                "window.real ??= fetch; window.fetch = {answer}; $('.ws-search-text').dispatchEvent(new Event('input'))"
            ));
            browser.wait("it says why", &format!("{said}.test($('.ws-search-count').innerText)"));
        };
        browser.type_text("어텐션");
        browser.wait("results", "$('.ws-search-list a')");
        browser.reload();
        browser.keys(&["/"]);
        browser.js("$('.ws-search-text').value = '어텐션'");
        said("() => Promise.reject(new TypeError('no network'))", "/^(?!.*cargo).+/");
        said("() => Promise.resolve(new Response('', { status: 404 }))", "/^(?!.*Error).*404/");
        said("window.real", "/[0-9]/");
        browser.wait("results", "$('.ws-search-list a')");
        browser.keys(&["Enter"]);
        browser.wait(
            "a section of a page below the base",
            "location.pathname.startsWith('/any/base/ko/') && location.hash",
        );
        let known = |said: &String| !said.contains("/favicon.ico");
        assert_eq!(browser.complaints().into_iter().filter(known).collect::<Vec<_>>(), [""; 0]);
    }
}

/// Needs what `workshop author playground` builds, for which not every machine has a compiler.
#[test]
fn text_becomes_tokens_in_the_playground() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("target/workshop/playground/tokenizer.wasm").is_file() {
        assert!(std::env::var_os("WORKSHOP_PLAYGROUND").is_none(), "the playground was not built");
        return println!("skipped: the playground was not built (workshop author playground)");
    }
    let Some(walk) = Walk::start(false) else { return };
    let browser = &walk.browser;
    let site = walk.server.home.path().join("site");
    let built = walk.server.home.workshop(&["author", "site", &site.display().to_string()]);
    assert!(built.status.success(), "{}", common::text(&built));
    for base in [walk.url(""), format!("http://127.0.0.1:{}/any/base/", static_host(site))] {
        for (lang, loading) in [("en", "loading"), ("ko", "불러오는 중")] {
            browser.open(&format!("{base}{lang}/week03-tokenizer/09-vocabulary.html"));
            browser.js("$('.ws-playground').scrollIntoView({ block: 'center' })");
            let rows = "[...document.querySelectorAll('.ws-vocabulary')]";
            browser.wait(
                "all vocabularies are loaded",
                &format!("{rows}.length >= 4 && {rows}.every((row) => !row.innerText.includes('{loading}'))"),
            );
            browser.js("const field = $('.ws-playground textarea'); field.value = '안녕 hello'; \
                 field.dispatchEvent(new Event('input'))");
            let tokens = |name: &str| {
                format!(
                    "{rows}.find((row) => row.querySelector('h4').innerText.startsWith('{name}')).querySelectorAll('.ws-token')"
                )
            };
            // The ids of GPT-2 and GPT-4o as page 4 of the week prints them.
            for (name, ids) in [("GPT-2", "168,243,230,167,227,243,23748"), ("GPT-4o", "14307,98931,40617")] {
                browser.wait("the ids", &format!("[...{}].map((t) => t.title).join() === '{ids}'", tokens(name)));
            }
            browser.is("a part of a syllable is its bytes", &format!("{}[0].innerText === 'EC'", tokens("GPT-2")));
            let text = browser.js(
                "return [...document.querySelector('.ws-vocabulary').querySelectorAll('.ws-token')].map((t) => t.textContent).join('')",
            );
            assert_eq!(text, json!("안녕 hello"));
            browser.picture(&format!("playground-{lang}"));
            browser.resize(PHONE.0, PHONE.1);
            browser.fits("the playground on a phone");
            browser.resize(DESK.0, DESK.1);
        }
    }
    assert_eq!(walk.complaints(), [""; 0]);
}
