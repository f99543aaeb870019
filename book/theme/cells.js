// Cells: guesses, edits that are kept, runs, and what becomes of their outputs.
(() => {
  "use strict";

  const {
    page, live, T, h, button, oneAtATime, store, hashOf, duration, announce, sentence, notRunning, api,
    jsonLines, whenBuilt, makeEditor, Printer, keepReadable, errorList, Bar, runKeys,
  } = window.workshop;

  // ---- Cells --------------------------------------------------------------------------------------------------------

  /** @type {Cell[]} in the order of the page, which is the order in which they are nested */
  const cells = [];
  const runs = oneAtATime();
  const keyOf = (number) => `ws-cell:${page.page}:${number}`;

  /** The switch of the page's head: whether cells run on the reader's own pieces. */
  const mine = {
    key: "ws-mine",
    on: false,

    /** Only where the week of the page has pieces to write. */
    show() {
      if (!page.pieces?.length) return;
      const kept = store.get(this.key) ?? {};
      this.on = Boolean(kept[page.page]);
      const box = h("input", { type: "checkbox", role: "switch", id: "ws-mine", "aria-describedby": "ws-mine-says" });
      box.checked = this.on;
      box.addEventListener("change", () => {
        this.on = box.checked;
        store.set(this.key, { ...store.get(this.key), [page.page]: this.on });
        cells.forEach((cell) => cell.showLabel());
      });
      const says = T("Cells then use the exercises of this week that you have solved, and ours for the rest.");
      const node = h("div", { class: "ws-mine" }, h("label", { for: "ws-mine" }, box, " ", T("Run on my pieces")),
        h("span", { class: "ws-note", id: "ws-mine-says" }, says));
      const head = document.querySelector("main .ws-meta");
      head?.after(node);
    },
  };

  class Cell {
    constructor(node) {
      this.node = node;
      this.number = Number(node.dataset.cell);
      this.output = node.querySelector(".ws-output") ?? node.appendChild(h("div", { class: "ws-output" }));
      // All that a run replaces goes into one element, out of the fold that serves readers without JavaScript.
      const fold = this.output.querySelector(".ws-predict");
      fold?.querySelector("summary")?.remove();
      this.result = h("div", { class: "ws-result" });
      this.missing = this.output.querySelector(".ws-missing"); // says why the output is recorded; beside the fold
      this.missing?.remove();
      this.result.append(...(fold ?? this.output).childNodes);
      this.recorded = [...this.result.childNodes];
      this.label = h("p", { class: "ws-label" });
      // Seen in the instructor's view alone.
      const name = T("Show the output of cell {number}", { number: this.number });
      this.showButton = button(T("Show the output"), () => (this.open(), this.takeFocus()), "ws-show");
      this.showButton.setAttribute("aria-label", name);
      this.output.replaceChildren(...[this.showButton, this.label, this.missing, this.result].filter(Boolean));
      if (live) this.goLive();
      this.showRecorded();
      keepReadable(this.result);
      if (fold) this.askForGuess();
    }

    showRecorded() {
      this.ran = null;
      this.result.replaceChildren(...this.recorded);
      if (this.missing) this.missing.hidden = false;
      const empty = this.result.textContent.trim() === "" && !this.result.querySelector("svg, img");
      this.output.hidden = empty && !this.missing;
      this.showLabel();
    }

    /** The code of this cell and of those above: what its output is of. */
    sources() {
      return [...cells.slice(0, this.number - 1), this].map((cell) => cell.editor.text());
    }

    /** Says what made the output, and whether that is still what stands here. */
    showLabel() {
      const above = live ? [...cells.slice(0, this.number - 1), this] : [];
      if (!this.ran) {
        const edited = above.some((cell) => cell.differs());
        this.label.textContent = edited ? T("Recorded output of the page's own code, without your edits") : T("Recorded output");
        return;
      }
      const stale = this.ran.mine !== mine.on || this.ran.sources.join("\n") !== this.sources().join("\n");
      const said = stale && !this.job ? T("Your run, before your last change") : T("Your run");
      this.label.replaceChildren(said, this.ran.pieces ? ` · ${this.ran.pieces}` : "");
    }

    /** In the instructor's view an output is folded until it is asked for. */
    open() {
      this.output.classList.add("ws-opened");
    }

    get folded() {
      const shown = document.body.classList.contains("ws-instructor") && !this.output.hidden;
      return shown && !this.output.classList.contains("ws-opened");
    }

    /** For what was shown when the button that asked for it is gone. */
    takeFocus() {
      this.output.tabIndex = -1;
      this.output.focus({ preventScroll: true });
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
        this.takeFocus();
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
      this.base = hashOf(this.original);
      this.older = [];
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

    differs() {
      return this.editor.text() !== this.original;
    }

    edited() {
      this.showEdited();
      if (!this.hearing) this.keep();
      for (const cell of cells.slice(this.number - 1)) cell.showLabel();
    }

    showEdited() {
      this.node.classList.toggle("ws-edited", this.differs());
      this.resetButton.hidden = !this.differs();
    }

    /** Keeps the edit in the browser, with a hash of the code that it is an edit of. */
    keep() {
      const record = { base: this.base, ...(this.differs() && { text: this.editor.text() }), old: this.older };
      const empty = !this.differs() && this.older.length === 0;
      if (store.set(keyOf(this.number), empty ? null : record) || empty || Cell.told) return;
      Cell.told = true;
      const said = T("This browser cannot keep your edits: they are gone when you leave the page.");
      this.errors.after(h("p", { class: "ws-note ws-older" }, said));
      announce(said);
    }

    /** Brings back what the reader wrote here; `older` are edits of code that the page no longer has. */
    restore(text, older) {
      this.older = older;
      if (text !== null) this.editor.setText(text);
      else if (older.length > 0) this.keep();
      for (const old of older) this.offer(old);
    }

    /**
     * Another tab has kept an edit of this cell. It is taken here when this cell is not edited, or is as that tab found it;
     * if not, it is offered.
     */
    hear({ base, text, old = [] }, before) {
      const here = this.editor.text();
      const others = [...old];
      if (text !== undefined && text !== here) {
        if (base === this.base && (!this.differs() || here === before?.text)) {
          this.hearing = true; // it is kept already
          this.editor.setText(text);
          this.hearing = false;
        } else others.push(text);
      }
      const news = others.filter((other) => other !== this.editor.text() && !this.older.includes(other));
      if (news.length === 0) return;
      if (base !== this.base) this.forget?.(); // a tab with other code than this one: only its last edit is offered
      this.older = [...this.older, ...news];
      for (const other of news) {
        const node = this.offer(other);
        const forget = () => ((this.older = this.older.filter((text) => text !== other)), node.remove());
        if (base !== this.base && other === text) this.forget = forget;
      }
      if (base === this.base) this.keep();
      announce(T("There is another edit of yours of cell {number}.", { number: this.number }));
    }

    /** An edit of code that the page no longer has, or of another tab: both are in view, and the reader chooses. */
    offer(old) {
      const done = () => {
        this.older = this.older.filter((text) => text !== old);
        this.keep();
        node.remove();
        this.editor.focus();
      };
      const take = () => (this.editor.setText(old), done());
      const node = h("div", { class: "ws-older" },
        h("p", {}, T("There is another edit of yours of this cell: of the page's code as it was before, or of another tab.")),
        h("details", {}, h("summary", {}, T("Show your edit")), h("pre", { class: "ws-text" }, h("code", {}, old))),
        h("p", { class: "ws-asking" }, button(T("Take my edit"), take), button(T("Keep what stands here"), done)));
      this.errors.after(node);
      return node;
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
        if (error.name === "AbortError") (say(T("Stopped")), announce(T("Stopped")));
        else this.fail(sentence(error));
      }
      this.printer?.flush();
      this.job = undefined;
      this.running = null;
      this.begun = false;
      this.showJob();
      this.showLabel();
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
      // Before it has begun, what runs is another tab's; this one leaves the program's queue when its request is given up.
      if (this.begun) await api("stop", { method: "POST" }).catch((error) => this.fail(sentence(error)));
      this.job?.abort();
    }

    async stream(signal) {
      signal.throwIfAborted();
      this.showJob(T("Stop"));
      this.showErrors([]);
      this.printer = undefined;
      let ended = false;
      const sources = this.sources();
      this.running = { sources, mine: mine.on };
      const body = { page: page.page, cell: this.number, cells: sources, ...(mine.on && { mine: true }) };
      const response = await api("run", { method: "POST", signal, body });
      for await (const event of jsonLines(response)) {
        if (event.event === "queued" && event.ahead > 0) {
          this.bar.say(T("Waits for its turn, {ahead} before it.", { ahead: event.ahead }), "busy");
        } else if (event.event === "mine") this.running.pieces = piecesOf(event);
        else if (event.event === "compiling") ((this.begun = true), this.bar.sayWithClock(T("Compiling")));
        else if (event.event === "running") (this.startOutput(), this.bar.sayWithClock(T("Running")));
        else if (event.event === "text") this.startOutput().print(event.stream, event.text);
        else if (event.event === "rich") this.startOutput().rich(event.mime, event.data);
        else if (event.event === "errors") this.showErrors(event.errors);
        else if (event.event === "end") ((ended = true), (this.begun = false), this.end(event));
      }
      if (!ended) this.fail(notRunning());
    }

    /** The old output stays until there is something to put in its place. */
    startOutput() {
      if (!this.printer) {
        this.ran = this.running;
        this.result.replaceChildren();
        if (this.missing) this.missing.hidden = true;
        this.output.hidden = false;
        this.open();
        this.showLabel();
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

  /** Which pieces a run was on, in words: `week04/softmax` is the reader's softmax. */
  function piecesOf({ yours = [], ours = [] }) {
    const names = (ids) => ids.map((id) => id.split("/").pop()).join(", ");
    if (yours.length === 0) return T("on our pieces: none of yours has passed its check yet");
    const own = T("on your {pieces}", { pieces: names(yours) });
    return ours.length === 0 ? own : `${own}, ${T("on our {pieces}", { pieces: names(ours) })}`;
  }

  /** The edits that the browser kept, each put where the code that it is an edit of stands now. */
  function restoreEdits() {
    const prefix = keyOf("");
    const records = store.keys(prefix).map((key) => ({ number: Number(key.slice(prefix.length)), ...store.get(key) }));
    if (cells.length === 0 || records.length === 0) return;
    const found = cells.map(() => ({ text: null, older: [] }));
    for (const { number, base, text, old = [] } of records) {
      const fits = (i) => cells[i]?.base === base && found[i].text === null;
      const nearest = found[Math.min(Math.max(number, 1), cells.length) - 1];
      nearest.older.push(...old);
      if (text === undefined) continue;
      const place = fits(number - 1) ? number - 1 : cells.findIndex((_, i) => fits(i));
      if (place >= 0) found[place].text = text;
      else nearest.older.push(text);
    }
    found.forEach(({ text, older }, i) => cells[i].restore(text, older));
    for (const { number } of records) {
      const cell = cells[number - 1];
      if (!cell || (!cell.differs() && cell.older.length === 0)) store.set(keyOf(number), null);
    }
  }

  function startCells() {
    if (live) mine.show();
    for (const node of document.querySelectorAll(".ws-cell")) cells.push(new Cell(node));
    if (!live) return;
    restoreEdits();
    window.addEventListener("storage", ({ key, oldValue, newValue }) => {
      const cell = cells.find(({ number }) => keyOf(number) === key);
      if (cell && newValue) cell.hear(JSON.parse(newValue), JSON.parse(oldValue));
    });
    // A page that comes back by the browser's Back has heard nothing meanwhile.
    window.addEventListener("pageshow", ({ persisted }) => {
      for (const cell of persisted ? cells : []) {
        const kept = store.get(keyOf(cell.number));
        if (kept) cell.hear(kept, { text: cell.editor.text() });
      }
    });
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

  Object.assign(window.workshop, { cells, startCells, endings });
})();
