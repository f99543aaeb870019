// What makes a page of the course alive.
//
// A page is complete without this file: code, recorded outputs, hints and reasons are all in the HTML. This file adds,
// on any host: guesses before outputs, hints in order, quiz marks, the language link, the instructor's view; and, when
// `workshop` serves the page (it then puts a token into the head): editors, Run, Check, and the state of the build.
//
// Reads downwards: page data, small tools, the program's API, editors, outputs, cells, exercises, quiz, start.
(() => {
  "use strict";

  // ---- The page -----------------------------------------------------------------------------------------------------

  const pages = document.querySelectorAll("#ws-page");
  const page = pages.length > 0 ? JSON.parse(pages[0].textContent) : {};
  const token = document.querySelector('meta[name="workshop-token"]')?.content;
  // The print page holds many pages at once, whose cells are not one program.
  const live = Boolean(token) && pages.length === 1;
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  const narrow = window.matchMedia("(max-width: 600px)");

  /** A sentence in the page's language: English is the key, `{name}` takes a value. */
  function T(english, values = {}) {
    const sentence = page.strings?.[english] ?? english;
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  // ---- Small tools --------------------------------------------------------------------------------------------------

  /** Makes an element: `h("button", { class: "ws-button", onclick: run }, "Run")`. */
  function h(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value === true) node.setAttribute(key, "");
      else if (value !== false && value != null) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  function button(text, onclick, kind = "") {
    return h("button", { type: "button", class: `ws-button ${kind}`, onclick }, text);
  }

  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

  /** `promise`, unless `signal` is aborted first. */
  function unlessAborted(promise, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      promise.then(resolve, reject);
    });
  }

  /** A queue of one: what is given to it is done one after another. Who is aborted while waiting leaves the queue. */
  function oneAtATime() {
    let last = Promise.resolve();
    let length = 0;
    const queue = async (signal, work) => {
      const before = last;
      let leave;
      const mine = new Promise((resolve) => (leave = resolve));
      last = before.then(() => mine);
      length += 1;
      try {
        await unlessAborted(before, signal);
        return await work();
      } finally {
        length -= 1;
        leave();
      }
    };
    queue.busy = () => length > 0;
    return queue;
  }

  function duration(ms) {
    return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
  }

  // One live region for the page: people who listen hear how things ended, not each line on the way.
  const speaker = h("div", { class: "ws-hidden", "aria-live": "polite" });
  function announce(text) {
    speaker.textContent = text;
  }

  // ---- The program's API --------------------------------------------------------------------------------------------

  /** An error whose message is a sentence for the reader. */
  class Refusal extends Error {}

  const notRunning = () => T("The workshop program is not running. Start it with cargo run.");

  /** The sentence to show for whatever went wrong. A connection that breaks in the middle is a TypeError. */
  function sentence(error) {
    if (error instanceof Refusal) return error.message;
    console.error(error);
    return error instanceof TypeError ? notRunning() : String(error);
  }

  async function api(path, { body, ...options } = {}) {
    const headers = { "x-workshop-token": token, "x-workshop-lang": document.documentElement.lang };
    if (body) headers["content-type"] = "application/json";
    let response;
    try {
      response = await fetch(`/api/${path}`, { ...options, headers, body: body && JSON.stringify(body) });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refusal(notRunning());
    }
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({}));
    const said = error ?? T("The workshop program answered with an error ({status}).", { status: response.status });
    if (response.status === 403) banner.refused(said); // the token is of an earlier run: nothing on this page works
    throw new Refusal(said);
  }

  /** The JSON values of a streamed response, a line each. */
  async function* jsonLines(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + (value ?? "")).split("\n");
      rest = done ? "" : lines.pop();
      for (const line of lines) if (line.trim()) yield JSON.parse(line);
      if (done) return;
    }
  }

  /** The bar at the top: how far the build is, or why nothing can run. */
  const banner = {
    node: h("div", { class: "ws-banner", hidden: true }),

    show(state, ...children) {
      this.node.hidden = false;
      this.node.dataset.state = state;
      this.node.replaceChildren(...children);
    },
    building({ done, total, current }) {
      const text = T("The lessons are being built: {done} of {total}. You can read meanwhile.", { done, total });
      this.show("building", h("span", {}, text), h("span", { class: "ws-faint" }, current ?? ""),
        h("progress", { max: total || 1, value: total ? done : null, "aria-label": T("Build progress") }));
    },
    failed(message) {
      this.show("failed", h("strong", {}, T("The lessons could not be built.")), h("p", {}, message ?? ""));
    },
    refused(message) {
      this.stays = true;
      this.show("failed", h("span", {}, message), button(T("Reload the page"), () => location.reload()));
    },
    hide() {
      this.node.hidden = !this.stays;
    },
  };

  const build = { state: "unknown", changed: Promise.resolve() };

  /** Asks for the state of the build until it is ready; now and then also after a failure, for it may be mended. */
  async function watchBuild() {
    while (build.state !== "ready" && !banner.stays) {
      let tell;
      build.changed = new Promise((resolve) => (tell = resolve));
      try {
        const status = (await (await api("status")).json()).build;
        build.state = status.state;
        if (status.state === "building") banner.building(status);
        else if (status.state === "failed") banner.failed(status.message);
        else banner.hide();
      } catch (error) {
        build.state = "unknown"; // a request will then say itself what is wrong
        if (!banner.stays) banner.show("failed", h("span", {}, sentence(error)));
      }
      tell();
      await sleep(build.state === "building" ? 1000 : 5000);
    }
  }

  /** Resolves when the lessons are built; says so when that means waiting. */
  async function whenBuilt(signal, say) {
    if (build.state === "building") say(T("Starts as soon as the lessons are built."), "busy");
    while (build.state === "building") {
      await unlessAborted(build.changed, signal);
      if (build.state === "building") await unlessAborted(sleep(200), signal);
    }
  }

  // ---- Editors ------------------------------------------------------------------------------------------------------

  /**
   * Turns a `<pre><code>` into an editor.
   * @param {HTMLElement} code
   * @param {{text: string, label: string, run: function(), runOn?: function(), changed: function()}} options
   * @returns {{text(): string, setText(text: string), focus(line?: number, column?: number), mark(errors: object[])}}
   */
  function makeEditor(code, options) {
    options.label += `. ${T("Tab indents; Escape, then Tab, leaves the editor.")}`;
    return window.ace ? aceEditor(code, options) : plainEditor(code, options);
  }

  function aceEditor(code, { text, label, run, runOn, changed }) {
    code.classList.remove("language-rust");
    code.classList.add("editable", "hljs"); // mdBook's words: its copy button asks the editor, its theme colours it
    code.textContent = text;
    const editor = window.ace.edit(code);
    const dark = ["coal", "navy", "ayu"].some((theme) => document.documentElement.classList.contains(theme));
    editor.setOptions({
      mode: "ace/mode/rust",
      theme: dark ? "ace/theme/tomorrow_night" : "ace/theme/dawn",
      fontSize: "0.875em",
      maxLines: Infinity,
      tabSize: 4,
      useSoftTabs: true,
      useWorker: false,
      wrap: narrow.matches,
      showPrintMargin: false,
      showFoldWidgets: false,
      highlightActiveLine: false,
      highlightGutterLine: false,
      displayIndentGuides: false,
    });
    editor.renderer.setScrollMargin(10, 10);
    editor.renderer.setPadding(10);
    editor.session.getUndoManager().reset();
    narrow.addEventListener("change", () => editor.setOption("wrap", narrow.matches));
    // mdBook sets the theme of the editors in this list when the reader changes the book's.
    (window.editors ??= []).push(editor);

    // These open parts of ACE that mdBook does not ship; the browser's own Find and Go to are more use.
    const unusable = ["find", "replace", "gotoline", "showSettingsMenu", "goToNextError", "goToPreviousError"];
    editor.commands.removeCommands(unusable);
    const enter = { win: "Ctrl-Enter", mac: "Command-Enter|Ctrl-Enter" };
    editor.commands.addCommand({ name: "run", bindKey: enter, exec: run });
    if (runOn) editor.commands.addCommand({ name: "run and move on", bindKey: "Shift-Enter", exec: runOn });

    // Tab must not be a trap for people without a mouse: after Escape it leaves.
    let leaving = false;
    editor.on("blur", () => (leaving = false));
    editor.on("change", () => (leaving = false));
    editor.keyBinding.addKeyboardHandler({
      handleKeyboard(_data, _modifiers, key) {
        if (key === "esc") leaving = true;
        return key === "tab" && leaving ? { command: "null", passEvent: true } : undefined;
      },
    });
    editor.textInput.getElement().setAttribute("aria-label", label);
    editor.on("change", changed);

    return {
      text: () => editor.getValue(),
      setText: (value) => void editor.setValue(value, -1),
      focus(line, column = 1) {
        editor.focus();
        if (line) editor.gotoLine(line, column - 1);
      },
      mark: (errors) => editor.session.setAnnotations(errors.map((error) => ({
        row: (error.line ?? 1) - 1,
        column: (error.column ?? 1) - 1,
        text: error.text,
        type: error.level === "error" ? "error" : "warning",
      }))),
    };
  }

  function plainEditor(code, { text, label, run, runOn, changed }) {
    const area = h("textarea", {
      class: "ws-plain", "aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    });
    const fit = () => (area.rows = area.value.split("\n").length + 1);
    area.addEventListener("input", () => (fit(), changed()));
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      const wanted = event.ctrlKey || event.metaKey ? run : event.shiftKey ? runOn : undefined;
      if (wanted) (event.preventDefault(), wanted());
    });
    area.value = text;
    fit();
    code.closest("pre").replaceWith(area);
    return {
      text: () => area.value,
      setText: (value) => ((area.value = value), fit(), changed()),
      focus(line) {
        area.focus();
        const start = area.value.split("\n").slice(0, (line ?? 1) - 1).join("\n").length;
        if (line) area.setSelectionRange(start + Number(line > 1), start + Number(line > 1));
      },
      mark() {},
    };
  }

  // ---- Outputs ------------------------------------------------------------------------------------------------------

  const KEPT = 200 * 1024;

  /** Shows what a program prints, a frame at a time, and keeps the end of it when it is long. */
  class Printer {
    constructor(parent) {
      this.parent = parent;
      this.waiting = [];
      this.size = 0;
    }

    print(stream, text) {
      // Progress that overwrites its line with a carriage return: only what it ended with is left.
      this.waiting.push({ stream, text: text.replace(/[^\n]*\r(?!\n)/g, "") });
      if (this.waiting.length > 1000) this.flush(); // no frames are drawn in a tab behind
      else this.frame ??= requestAnimationFrame(() => this.flush());
    }

    flush() {
      cancelAnimationFrame(this.frame);
      this.frame = undefined;
      const box = this.code?.parentElement;
      const follows = !box || box.scrollTop + box.clientHeight > box.scrollHeight - 8; // unless the reader scrolled up
      for (const { stream, text } of this.waiting.splice(0)) {
        if (!this.code) {
          this.code = h("code", { class: "hljs" });
          this.parent.append(h("pre", { class: "ws-text" }, this.code));
        }
        let span = this.code.lastElementChild;
        if (span?.dataset.stream !== stream) {
          span = h("span", { "data-stream": stream });
          this.code.append(span);
        }
        const end = span.lastChild;
        if (end && end.length < 4096) end.appendData(text);
        else span.append(text);
        this.size += text.length;
      }
      while (this.size > KEPT) this.forget(this.size - KEPT);
      if (follows && this.code) this.code.parentElement.scrollTop = this.code.parentElement.scrollHeight;
    }

    forget(count) {
      const span = this.code.firstElementChild;
      const first = span.firstChild;
      this.size -= Math.min(count, first?.length ?? 0);
      if (first && first.length > count) first.deleteData(0, count);
      else if (first) first.remove();
      else span.remove();
      if (this.told) return;
      this.told = h("p", { class: "ws-note" }, T("This is the end of a longer output: the page keeps 200 KB."));
      this.code.parentElement.before(this.told);
    }

    rich(mime, data) {
      this.flush();
      this.code = undefined; // text that follows stands below
      this.size = 0;
      this.told = undefined;
      const drawing = mime === "image/svg+xml" ? safeSvg(data) : null;
      this.parent.append(drawing
        ? h("figure", { class: "ws-figure" }, drawing)
        : h("p", { class: "ws-note" }, T("This kind of output cannot be shown here: {mime}", { mime })));
      keepReadable(this.parent);
    }
  }

  /** On a phone a plot shrinks to three quarters; smaller, nobody could read its axes, and it scrolls. */
  function keepReadable(node) {
    for (const plot of node.querySelectorAll("svg.plot[width]")) {
      plot.style.minWidth = `${0.75 * parseFloat(plot.getAttribute("width"))}px`;
    }
  }

  /** The drawing without anything that runs or loads. */
  function safeSvg(source) {
    const SVG = "http://www.w3.org/2000/svg";
    const barred = ["script", "foreignObject", "style", "animate", "set"]; // the last two can write an `href`
    const root = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
    if (root.namespaceURI !== SVG || root.localName !== "svg" || root.querySelector("parsererror")) return null;
    for (const node of [root, ...root.querySelectorAll("*")]) {
      if (node.namespaceURI !== SVG || barred.includes(node.localName)) {
        node.remove();
        continue;
      }
      for (const { name, value } of [...node.attributes]) {
        const loads = /(^|:)href$/i.test(name) && !/^(#|data:image\/(png|jpeg|webp);)/.test(value.trim());
        if (loads || /^on/i.test(name)) node.removeAttribute(name);
      }
    }
    root.classList.add("plot");
    return document.importNode(root, true);
  }

  /** The compiler's messages in full, each with a way to the line that it is about. */
  function errorList(errors, placeOf) {
    return errors.map((error) => {
      const { name, href, go } = placeOf(error);
      const jump = (event) => (event.preventDefault(), go());
      return h("div", { class: "ws-error", "data-level": error.level },
        h("a", { href, onclick: jump }, name), h("pre", { class: "ws-text" }, h("code", { class: "hljs" }, error.text)));
    });
  }

  /** What stands under an editor: buttons, and a word on what is going on. */
  class Bar {
    constructor(keys, ...buttons) {
      this.status = h("span", { class: "ws-status" });
      this.node = h("div", { class: "ws-bar" }, ...buttons, this.status, h("span", { class: "ws-keys" }, keys));
    }

    /** @param {""|"busy"|"good"|"bad"} state */
    say(text, state = "") {
      clearInterval(this.clock);
      this.status.textContent = text;
      this.status.dataset.state = state;
    }

    /** A word and the seconds since, for as long as nothing else is said. */
    sayWithClock(text) {
      this.say(text, "busy");
      const start = Date.now();
      this.clock = setInterval(() => {
        this.status.textContent = `${text} ${Math.round((Date.now() - start) / 1000)} s`;
      }, 1000);
    }
  }

  const runKeys = isMac ? "⌘ Enter" : "Ctrl+Enter";

  // ---- Cells --------------------------------------------------------------------------------------------------------

  /** @type {Cell[]} in the order of the page, which is the order in which they are nested */
  let cells = [];
  const runs = oneAtATime();

  class Cell {
    constructor(node) {
      this.node = node;
      this.number = Number(node.dataset.cell);
      this.output = node.querySelector(".ws-output") ?? node.appendChild(h("div", { class: "ws-output" }));
      // All that a run replaces goes into one element, out of the fold that serves readers without JavaScript.
      const fold = this.output.querySelector(".ws-predict");
      fold?.querySelector("summary")?.remove();
      this.result = h("div", { class: "ws-result" });
      this.result.append(...(fold ?? this.output).childNodes);
      this.recorded = [...this.result.childNodes];
      this.label = h("p", { class: "ws-label" });
      this.output.replaceChildren(this.label, this.result);
      this.showRecorded();
      keepReadable(this.result);
      if (fold) this.askForGuess();
      if (live) this.goLive();
    }

    showRecorded() {
      this.fresh = false;
      this.label.textContent = T("Recorded output");
      this.result.replaceChildren(...this.recorded);
      this.output.hidden = this.result.textContent.trim() === "" && !this.result.querySelector("svg, img");
    }

    /** Keeps the output out of sight until the reader has committed to a guess, or says not to want one. */
    askForGuess() {
      const name = T("Your guess");
      const input = h("input", { type: "text", class: "ws-guess-text", autocomplete: "off", "aria-label": name });
      const nudge = h("p", { class: "ws-note", hidden: true }, T("Write a guess first: a wrong one teaches as well."));
      const reveal = (guess) => {
        const kept = h("p", { class: "ws-guessed" }, h("span", { class: "ws-faint" }, name), " ", h("q", {}, guess));
        if (guess) form.replaceWith(kept);
        else form.remove();
        this.output.classList.remove("ws-unguessed");
        this.output.tabIndex = -1;
        this.output.focus({ preventScroll: true }); // the button that had the focus is gone
      };
      const submit = (event) => {
        event.preventDefault();
        const guess = input.value.trim();
        nudge.hidden = guess !== "";
        if (guess) reveal(guess);
        else input.focus();
      };
      const form = h("form", { class: "ws-guess", onsubmit: submit },
        h("p", {}, T("What will this print? Commit to a guess before you look.")),
        h("div", { class: "ws-guess-row" }, input, h("button", { class: "ws-button ws-main" }, T("Show the output")),
          button(T("Show without guessing"), () => reveal(""), "ws-quiet")), nudge);
      this.output.classList.add("ws-unguessed");
      this.output.prepend(form);
    }

    goLive() {
      const code = this.node.querySelector("pre code");
      this.original = code.textContent.replace(/\n$/, "");
      this.editor = makeEditor(code, {
        text: this.original,
        label: T("Code of cell {number}", { number: this.number }),
        run: () => this.run(),
        runOn: () => this.runOn(),
        changed: () => this.edited(),
      });
      this.runButton = button(T("Run"), () => this.run(), "ws-main");
      this.stopButton = button(T("Stop"), () => this.stop());
      this.resetButton = button(T("Reset"), () => this.reset(), "ws-quiet");
      this.runButton.title = runKeys;
      this.stopButton.hidden = this.resetButton.hidden = true;
      const keys = T("{keys} runs, Shift+Enter runs and moves on, Esc then Tab leaves", { keys: runKeys });
      const mark = h("span", { class: "ws-mark" }, T("edited"));
      this.bar = new Bar(keys, this.runButton, this.stopButton, this.resetButton, mark);
      this.bar.status.after(h("span", { class: "ws-number" }, T("Cell {number}", { number: this.number })));
      this.errors = h("div", { class: "ws-errors" });
      this.output.before(this.bar.node, this.errors);
    }

    edited() {
      const differs = this.editor.text() !== this.original;
      this.node.classList.toggle("ws-edited", differs);
      this.resetButton.hidden = !differs;
      for (const cell of cells.slice(this.number - 1)) cell.goStale();
    }

    goStale() {
      if (this.fresh && !this.job) this.label.textContent = T("Your run, before your last edit");
    }

    reset() {
      this.editor.setText(this.original);
      this.showErrors([]);
      this.showRecorded();
      this.bar.say("");
      this.editor.focus();
    }

    runOn() {
      this.run();
      const next = cells[this.number];
      next?.node.scrollIntoView({ block: "nearest" });
      next?.editor.focus();
    }

    async run() {
      if (this.job) return;
      const job = (this.job = new AbortController());
      const say = (text, state) => this.bar.say(text, state);
      this.showJob(T("Cancel"));
      try {
        await whenBuilt(job.signal, say);
        if (runs.busy()) say(T("Waits for its turn."), "busy");
        await runs(job.signal, () => this.stream(job.signal));
      } catch (error) {
        if (error.name === "AbortError") say(T("Stopped"));
        else this.fail(sentence(error));
      }
      this.printer?.flush();
      this.job = undefined;
      this.running = false;
      this.showJob();
    }

    /** Swaps Run for a button that gives up, and back. */
    showJob(giveUp) {
      const hadFocus = [this.runButton, this.stopButton].includes(document.activeElement);
      this.resetButton.disabled = Boolean(giveUp);
      this.runButton.hidden = Boolean(giveUp);
      this.stopButton.hidden = !giveUp;
      this.stopButton.disabled = false;
      this.stopButton.textContent = giveUp ?? "";
      if (hadFocus) (giveUp ? this.stopButton : this.runButton).focus();
    }

    async stop() {
      this.stopButton.disabled = true;
      // The next in the queue may start only when the program has really stopped.
      if (this.running) await api("stop", { method: "POST" }).catch((error) => this.fail(sentence(error)));
      this.job?.abort();
    }

    async stream(signal) {
      signal.throwIfAborted();
      this.running = true;
      this.showJob(T("Stop"));
      this.showErrors([]);
      this.printer = undefined;
      let ended = false;
      const sources = cells.slice(0, this.number).map((cell) => cell.editor.text());
      const response = await api("run", {
        method: "POST", signal, body: { page: page.page, cell: this.number, cells: sources },
      });
      for await (const event of jsonLines(response)) {
        if (event.event === "compiling") this.bar.sayWithClock(T("Compiling"));
        else if (event.event === "running") (this.startOutput(), this.bar.sayWithClock(T("Running")));
        else if (event.event === "text") this.startOutput().print(event.stream, event.text);
        else if (event.event === "rich") this.startOutput().rich(event.mime, event.data);
        else if (event.event === "errors") this.showErrors(event.errors);
        else if (event.event === "end") ((ended = true), this.end(event));
      }
      if (!ended) this.fail(notRunning());
    }

    /** The old output stays until there is something to put in its place. */
    startOutput() {
      if (!this.printer) {
        this.fresh = true;
        this.result.replaceChildren();
        this.label.textContent = T("Your run");
        this.output.hidden = false;
        this.printer = new Printer(this.result);
      }
      return this.printer;
    }

    end({ status, message, compile_ms, run_ms }) {
      this.printer?.flush();
      if (status === "ok") {
        const times = { compile: duration(compile_ms ?? 0), run: duration(run_ms ?? 0) };
        this.bar.say(`✓ ${T("ran in {run}, compiled in {compile}", times)}`, "good");
        if (this.startOutput() && !this.result.hasChildNodes()) {
          this.result.append(h("p", { class: "ws-note" }, T("It printed nothing.")));
        }
        announce(T("Cell {number} has run.", { number: this.number }));
      } else if (status === "stopped") {
        this.bar.say(T("Stopped"));
        announce(T("Stopped"));
      } else {
        this.fail(message || endings()[status] || T("It failed"));
      }
    }

    fail(said) {
      this.bar.say(`✗ ${said}`, "bad");
      announce(said);
    }

    /** Marks each error in the cell that it is about, and writes all of them below this one. */
    showErrors(errors) {
      for (const cell of cells) cell.editor.mark(errors.filter((error) => (error.cell ?? this.number) === cell.number));
      this.errors.replaceChildren(...errorList(errors, ({ cell: number = this.number, line, column }) => ({
        name: number === this.number
          ? T("Line {line}", { line: line ?? 1 })
          : T("Cell {number}, line {line}", { number, line: line ?? 1 }),
        href: `#cell-${number}`,
        go: () => cells[number - 1]?.editor.focus(line ?? 1, column),
      })));
    }
  }

  /** How a run or a check ends that does not end well. */
  const endings = () => ({
    failed: T("It failed"),
    compile: T("It does not compile"),
    died: T("It stopped with a panic"),
    time: T("It took too long"),
    memory: T("It used too much memory"),
    output: T("It printed too much"),
  });

  // ---- Exercises ----------------------------------------------------------------------------------------------------

  const checks = oneAtATime();

  class Exercise {
    constructor(node) {
      this.node = node;
      this.id = node.dataset.exercise;
      this.lockHints();
      if (live) this.goLive().catch((error) => this.bar.say(sentence(error), "bad"));
    }

    /** A hint opens when the one before it has been opened. */
    lockHints() {
      const hints = [...this.node.querySelectorAll(".ws-hint")];
      hints.forEach((hint, i) => {
        const summary = hint.querySelector("summary");
        const lock = (locked) => {
          hint.classList.toggle("ws-locked", locked);
          summary.setAttribute("aria-disabled", String(locked));
          summary.title = locked ? T("Open the hint before this one first.") : "";
        };
        lock(i > 0);
        summary.addEventListener("click", (event) => hint.classList.contains("ws-locked") && event.preventDefault());
        hints[i - 1]?.addEventListener("toggle", () => lock(false), { once: true });
      });
    }

    async goLive() {
      this.checkButton = button(T("Check"), () => this.check(), "ws-main");
      this.cancelButton = button(T("Cancel"), () => this.job?.abort());
      this.stubButton = button(T("Back to the stub"), () => this.askForStub(), "ws-quiet");
      this.checkButton.title = runKeys;
      this.cancelButton.hidden = true;
      this.checkButton.disabled = this.stubButton.disabled = true;
      const keys = T("{keys} checks, Esc then Tab leaves", { keys: runKeys });
      this.bar = new Bar(keys, this.checkButton, this.cancelButton, this.stubButton);
      this.verdict = h("div", { class: "ws-verdict", hidden: true });

      const fold = this.node.querySelector(".ws-stub");
      const pre = fold?.querySelector("pre") ?? h("pre", {}, h("code"));
      this.work = h("div", { class: "ws-work" }, this.bar.node, this.verdict);
      if (fold) fold.after(this.work);
      else this.node.append(this.work);

      const file = await (await api(`exercise?id=${encodeURIComponent(this.id)}`)).json();
      this.hash = file.hash;
      this.stub = file.stub;
      this.work.prepend(pre);
      fold?.remove();
      this.editor = makeEditor(pre.querySelector("code"), {
        text: file.source,
        label: T("Your file for {exercise}", { exercise: this.id }),
        run: () => this.check(),
        changed: () => this.edited(),
      });
      this.path = file.path;
      this.checkButton.disabled = this.stubButton.disabled = false;
      if (file.passed) this.bar.say(`✓ ${T("Passed")}`, "good");
      else this.bar.say(T("Check saves this to your file and grades it."));
    }

    edited() {
      if (this.job) return;
      this.verdict.classList.add("ws-stale");
      this.bar.say(T("Not checked since your last edit."));
    }

    /** Asks in place: what would be lost is in view. */
    askForStub() {
      const done = (replace) => {
        asking.replaceWith(this.stubButton);
        if (replace) this.editor.setText(this.stub);
        this.stubButton.focus();
      };
      const keep = button(T("Keep my code"), () => done(false));
      const asking = h("span", { class: "ws-asking", onkeydown: (event) => event.key === "Escape" && done(false) },
        T("Replace your code by the stub?"), button(T("Replace"), () => done(true), "ws-danger"), keep);
      this.stubButton.replaceWith(asking);
      keep.focus();
    }

    async check(base = this.hash) {
      if (this.job || !this.editor) return;
      const job = (this.job = new AbortController());
      const busy = (on) => {
        const hadFocus = [this.checkButton, this.cancelButton].includes(document.activeElement);
        this.checkButton.hidden = on;
        this.cancelButton.hidden = !on;
        if (hadFocus) (on ? this.cancelButton : this.checkButton).focus();
      };
      busy(true);
      const source = this.editor.text();
      try {
        await whenBuilt(job.signal, (text, state) => this.bar.say(text, state));
        const result = await checks(job.signal, async () => {
          this.bar.sayWithClock(T("Checking"));
          const body = { id: this.id, source, base };
          return (await api("check", { method: "POST", signal: job.signal, body })).json();
        });
        if (result.hash) this.hash = result.hash;
        this.show(result);
      } catch (error) {
        if (error.name === "AbortError") this.bar.say(T("Stopped"));
        else this.bar.say(`✗ ${sentence(error)}`, "bad");
      }
      this.job = undefined;
      busy(false);
      if (this.editor.text() !== source) this.edited();
    }

    show(result) {
      const { verdict, lines = [], errors = [], hint, ms } = result;
      const passed = verdict === "passed";
      const words = { passed: T("Passed"), wrong: T("Not yet"), "not-started": T("Not started"), ...endings() };
      const word = verdict === "conflict" ? T("The file has changed outside this page") : (words[verdict] ?? verdict);
      const [said, ...seen] = lines;
      const mark = { passed: "✓", "not-started": "○", conflict: "!" }[verdict] ?? "✗";
      const parts = [h("p", { class: "ws-verdict-word" }, h("span", { "aria-hidden": "true" }, mark), " ", word)];
      if (said) parts.push(h("p", {}, said));
      if (seen.length > 0) parts.push(h("pre", { class: "ws-text" }, h("code", { class: "hljs" }, seen.join("\n"))));
      parts.push(...errorList(errors, ({ line, column }) => ({
        name: T("Line {line}", { line: line ?? 1 }),
        href: "#",
        go: () => this.editor.focus(line ?? 1, column),
      })));
      if (hint) parts.push(h("p", { class: "ws-note" }, hint));
      if (verdict === "conflict") parts.push(this.conflict(result.current));
      if (passed) parts.push(...this.compare());
      this.editor.mark(errors);
      this.verdict.dataset.verdict = verdict;
      this.verdict.classList.remove("ws-stale");
      this.verdict.replaceChildren(...parts);
      this.verdict.hidden = false;
      this.bar.say(ms == null ? "" : T("checked in {time}", { time: duration(ms) }));
      announce([word, said].filter(Boolean).join(". "));
    }

    /** Two versions of the file: the reader sees both and chooses. */
    conflict({ source, hash }) {
      const take = () => {
        this.hash = hash;
        this.editor.setText(source);
        this.verdict.hidden = true;
        this.editor.focus();
      };
      const keep = () => this.check(hash);
      return h("div", {},
        h("details", {}, h("summary", {}, T("Show the file")), h("pre", {}, h("code", { class: "hljs" }, source))),
        h("p", { class: "ws-asking" }, button(T("Take the file"), take), button(T("Keep mine"), keep)));
    }

    /** Once it passes: the way to our version, which stays folded until the reader opens it. */
    compare() {
      const name = this.path?.split(/[\\/]/).pop() ?? "";
      const ours = [...document.querySelectorAll(".ws-listing")]
        .find((listing) => name && listing.querySelector("summary")?.textContent.includes(name));
      if (!ours) return [];
      ours.id ||= `ours-${this.id.replace(/\W+/g, "-")}`;
      const go = () => ours.querySelector("summary").focus();
      return [h("p", {}, h("a", { href: `#${ours.id}`, onclick: () => setTimeout(go) }, T("Compare with ours")))];
    }
  }

  // ---- Quiz ---------------------------------------------------------------------------------------------------------

  /** Shows the reason for the option chosen, with a mark; reasons that were shown stay, to be compared. */
  function setUpQuestion(question) {
    const why = (option) => option.querySelector(".ws-why");
    const answer = (option) => {
      if (!option || option.classList.contains("ws-answered")) return;
      const right = option.dataset.right === "true";
      const verdict = right ? T("Right.") : T("Not this one.");
      why(option)?.prepend(h("strong", {}, `${right ? "✓" : "✗"} ${verdict}`), " ");
      option.classList.add("ws-answered");
      announce(why(option)?.textContent ?? verdict);
    };
    // Arrow keys choose as they move through a group of radio buttons. That is looking around, not answering.
    let moving = false;
    const help = h("p", { class: "ws-note ws-quiz-keys" }, T("Enter answers with the chosen option."));
    question.append(help);
    question.addEventListener("keydown", (event) => {
      moving = event.key.startsWith("Arrow");
      question.classList.toggle("ws-moving", moving);
      if (event.key === "Enter" || event.key === " ") answer(event.target.closest(".ws-option"));
    });
    question.addEventListener("pointerdown", () => (moving = false));
    question.addEventListener("click", (event) => {
      if (!moving && event.target.matches("input")) answer(event.target.closest(".ws-option"));
    });
  }

  // ---- Start --------------------------------------------------------------------------------------------------------

  /** The same page in the other languages, beside mdBook's own buttons. */
  function addLanguages() {
    const buttons = document.querySelector(".right-buttons");
    const parts = location.pathname.split("/");
    const at = parts.indexOf(page.lang);
    if (!buttons || at < 0) return;
    for (const [lang, label] of Object.entries(page.other ?? {})) {
      const link = h("a", { class: "ws-lang", lang, hreflang: lang, href: parts.with(at, lang).join("/") }, label);
      link.addEventListener("click", () => (link.hash = location.hash));
      buttons.prepend(link);
    }
  }

  /** `?instructor` in the address shows the speaker notes until the tab is closed; `?instructor=off` hides them. */
  function showNotesToInstructor() {
    const asked = new URLSearchParams(location.search).get("instructor");
    let shown = asked !== null && asked !== "off";
    try {
      if (asked !== null) sessionStorage.setItem("ws-instructor", shown ? "on" : "off");
      else shown = sessionStorage.getItem("ws-instructor") === "on";
    } catch { /* no storage: the address alone decides */ }
    document.body.classList.toggle("ws-instructor", shown);
    for (const notes of document.querySelectorAll(".ws-speaker")) {
      notes.prepend(h("p", { class: "ws-label" }, T("Speaker notes")));
    }
  }

  document.body.append(speaker);
  addLanguages();
  showNotesToInstructor();
  cells = [...document.querySelectorAll(".ws-cell")].map((node) => new Cell(node));
  document.querySelectorAll(".ws-exercise").forEach((node) => new Exercise(node));
  document.querySelectorAll(".ws-question").forEach(setUpQuestion);
  if (live) {
    document.body.classList.add("ws-live");
    document.getElementById("mdbook-content")?.before(banner.node);
    watchBuild();
  }
})();
