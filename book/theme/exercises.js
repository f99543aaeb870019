// Exercises: hints in order, the learner's file in an editor, Check and its verdict.
(() => {
  "use strict";

  const {
    live, T, h, button, oneAtATime, store, duration, announce, sentence, api, whenBuilt, makeEditor, errorList, Bar, runKeys,
    endings,
  } = window.workshop;

  // ---- Exercises ----------------------------------------------------------------------------------------------------

  const checks = oneAtATime();

  class Exercise {
    constructor(node) {
      this.node = node;
      this.id = node.dataset.exercise;
      this.key = `ws-exercise:${this.id}`;
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
        // The program counts it as one that `workshop hint` has shown.
        const count = () => api("hint", { method: "POST", body: { id: this.id, number: i + 1 } }).catch(() => {});
        if (live) hint.addEventListener("toggle", count, { once: true });
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

      const file = await this.read();
      this.hash = file.hash;
      this.saved = file.source;
      this.stub = file.stub;
      this.work.prepend(pre);
      fold?.remove();
      this.editor = makeEditor(pre.querySelector("code"), {
        text: file.source,
        label: T("Your file for {exercise}", { exercise: this.id }),
        run: () => this.check(),
        changed: () => this.edited(),
      });
      this.checkButton.disabled = this.stubButton.disabled = false;
      if (file.passed) this.bar.say(`✓ ${T("Passed")}`, "good");
      else this.bar.say(T("Check saves this to your file and grades it."));
      this.restore(file);
      const look = () => document.visibilityState === "visible" && this.lookAtFile();
      document.addEventListener("visibilitychange", look);
      window.addEventListener("focus", look);
      window.addEventListener("storage", ({ key, oldValue, newValue }) => {
        if (key === this.key && newValue) this.hear(JSON.parse(newValue), JSON.parse(oldValue));
      });
      // A page that comes back by the browser's Back has heard nothing meanwhile.
      window.addEventListener("pageshow", ({ persisted }) => {
        const kept = persisted && store.get(this.key);
        if (kept) this.hear(kept, { text: this.editor.text() });
      });
    }

    async read(options) {
      return (await api(`exercise?id=${encodeURIComponent(this.id)}`, options)).json();
    }

    /** What the reader wrote here and did not check is in the browser, with the hash of the file that it is an edit of. */
    restore(file) {
      const kept = store.get(this.key);
      if (!kept || kept.text === file.source) return void store.set(this.key, null);
      this.hash = kept.base; // if the file is another by now, a check will say so as well
      this.editor.setText(kept.text);
      if (kept.base === file.hash) this.bar.say(T("Your edits are back. Check saves them to your file."));
      else this.showConflict(file);
    }

    /**
     * Another tab has kept an edit of the file. It is taken here when nothing is edited, or the text is as that tab found
     * it; if not, the reader chooses.
     */
    hear({ base, text }, before) {
      const here = this.editor.text();
      if (text === here) return;
      if (here !== this.saved && here !== before?.text) return void this.showOther(text);
      this.hearing = true; // it is kept already
      this.editor.setText(text);
      this.hearing = false;
      if (base === this.hash) return;
      this.hash = base; // that tab has seen the file since
      this.read().then((file) => file.hash === base && (this.saved = file.source)).catch(() => {});
    }

    /** Whether another program has changed the file: asked whenever the reader comes back to the page. */
    async lookAtFile() {
      if (this.job || this.looking) return;
      this.looking = true;
      try {
        const file = await this.read();
        if (this.job || file.hash === this.hash) return;
        if (this.editor.text() === file.source) this.take(file);
        else if (this.editor.text() === this.saved) {
          this.take(file);
          this.verdict.classList.add("ws-stale");
          this.bar.say(T("The file has changed outside this page: this is its text now."));
          announce(T("The file has changed outside this page: this is its text now."));
        } else if (file.hash !== this.asked) this.showConflict(file);
      } catch { /* not running: the next thing that the reader does will say so */ } finally {
        this.looking = false;
      }
    }

    /** Puts the file's text here. */
    take({ source, hash }) {
      this.hash = hash;
      this.saved = source;
      if (this.editor.text() !== source) this.editor.setText(source);
      store.set(this.key, null);
    }

    /** Before anything is checked: the file is not the one that the reader's edits began with. */
    showConflict(file) {
      this.asked = file.hash;
      const keep = () => {
        this.hash = file.hash;
        this.saved = file.source;
        this.verdict.hidden = true;
        this.edited();
        this.editor.focus();
      };
      this.show({ verdict: "conflict", lines: [T("You have edits here that are not in the file.")], current: file }, keep);
    }

    /** Two tabs were edited at the same time. */
    showOther(text) {
      const done = () => {
        this.verdict.hidden = true;
        this.edited();
        this.editor.focus();
      };
      const choice = this.choice(T("Show the other edit"), text,
        button(T("Take the other edit"), () => (this.editor.setText(text), done())), button(T("Keep mine"), done));
      const lines = [T("You have other edits here.")];
      this.show({ verdict: "conflict", word: T("Another tab has edits of this file"), lines, choice });
    }

    edited() {
      const text = this.editor.text();
      const kept = this.hearing || store.set(this.key, text === this.saved ? null : { base: this.hash, text });
      if (this.job) return;
      this.verdict.classList.add("ws-stale");
      this.bar.say(kept ? T("Not checked since your last edit.")
        : T("This browser cannot keep your edits: check, and they are in your file."));
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
      this.sent = undefined;
      try {
        await whenBuilt(job.signal, (text, state) => this.bar.say(text, state));
        const result = await checks(job.signal, async () => {
          this.bar.sayWithClock(T("Checking"));
          const body = { id: this.id, source, base };
          this.sent = source;
          return (await api("check", { method: "POST", signal: job.signal, body })).json();
        });
        if (result.hash) this.hash = result.hash;
        if (result.verdict !== "conflict") {
          this.saved = source; // a check writes the file
          store.set(this.key, null);
        }
        this.show(result, () => this.check(result.current.hash));
      } catch (error) {
        const stopped = error.name === "AbortError";
        const said = stopped ? T("Stopped") : sentence(error);
        this.bar.say(stopped ? said : `✗ ${said}`, stopped ? "" : "bad");
        announce(said);
        await this.lookForSent();
      }
      this.job = undefined;
      busy(false);
      if (this.editor.text() !== source) this.edited();
    }

    /** A check writes the file before it grades, also one whose answer does not come. */
    async lookForSent() {
      if (this.sent === undefined) return;
      try {
        const file = await this.read({ signal: AbortSignal.timeout(5000) });
        if (file.source !== this.sent) return;
        this.hash = file.hash;
        this.saved = file.source;
        store.set(this.key, null); // what was typed since is kept at the end of the check
      } catch { /* not running: the next check will say so */ }
    }

    show(result, keep) {
      const { verdict, lines = [], errors = [], hint, ms } = result;
      const passed = verdict === "passed";
      const words = { passed: T("Passed"), wrong: T("Not yet"), "not-started": T("Not started"), ...endings() };
      const changed = T("The file has changed outside this page");
      const word = result.word ?? (verdict === "conflict" ? changed : (words[verdict] ?? verdict));
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
      if (verdict === "conflict") parts.push(result.choice ?? this.conflict(result.current, keep));
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
    conflict(file, keep) {
      const take = () => {
        this.take(file);
        this.verdict.hidden = true;
        this.bar.say("");
        this.editor.focus();
      };
      return this.choice(T("Show the file"), file.source, button(T("Take the file"), take), button(T("Keep mine"), keep));
    }

    choice(title, text, ...buttons) {
      return h("div", {},
        h("details", {}, h("summary", {}, title), h("pre", {}, h("code", { class: "hljs" }, text))),
        h("p", { class: "ws-asking" }, ...buttons));
    }

    /** Once it passes: the way to our version, which stays folded until the reader opens it. */
    compare() {
      const ours = document.querySelector(`.ws-listing[data-file="${CSS.escape(this.node.dataset.solution)}"]`);
      if (!ours) return [];
      ours.id ||= `ours-${this.node.id}`;
      const go = () => ours.querySelector("summary").focus();
      return [h("p", {}, h("a", { href: `#${ours.id}`, onclick: () => setTimeout(go) }, T("Compare with ours")))];
    }
  }

  const startExercises = () => document.querySelectorAll(".ws-exercise").forEach((node) => new Exercise(node));
  Object.assign(window.workshop, { startExercises });
})();
