// Editors, and what stands under them: a bar, outputs, the compiler's messages.
(() => {
  "use strict";

  const { T, h, composing, isMac } = window.workshop;
  const narrow = window.matchMedia("(max-width: 600px)");

  // ---- Editors ------------------------------------------------------------------------------------------------------

  /**
   * Turns a `<pre><code>` into an editor.
   * @param {HTMLElement} code
   * @param {{text: string, label: string, run: function(), runOn?: function(), changed: function()}} options
   * @returns {{text(): string, setText(text: string), focus(line?: number, column?: number), mark(errors: object[])}}
   */
  function makeEditor(code, options) {
    options.label += `. ${T("Tab indents; Escape, then Tab, leaves the editor.")}`;
    const frame = code.closest("pre");
    const paper = h("pre", { class: "ws-paper", "aria-hidden": "true" }, h("code", { class: "language-rust" }));
    frame.before(paper);
    const editor = window.ace ? aceEditor(code, options) : plainEditor(code, options);
    printed.push(() => (paper.firstChild.textContent = editor.text()));
    return editor;
  }

  // An editor does not wrap its lines on paper. A copy of its text does.
  const printed = [];
  const onPaper = () => printed.forEach((copy) => copy());
  window.addEventListener("beforeprint", onPaper);
  window.matchMedia("print").addEventListener("change", onPaper);

  function aceEditor(code, { text, label, run, runOn, changed }) {
    const isRust = code.classList.contains("language-rust"); // or the report of an experiment
    code.classList.remove("language-rust", "language-markdown");
    code.classList.add("editable", "hljs"); // mdBook's words: its copy button asks the editor, its theme colours it
    code.textContent = text;
    const editor = window.ace.edit(code);
    const dark = ["coal", "navy", "ayu"].some((theme) => document.documentElement.classList.contains(theme));
    editor.setOptions({
      mode: isRust ? "ace/mode/rust" : "ace/mode/text",
      theme: dark ? "ace/theme/tomorrow_night" : "ace/theme/dawn",
      fontSize: "0.875em",
      maxLines: Infinity,
      tabSize: 4,
      useSoftTabs: true,
      useWorker: false,
      wrap: narrow.matches || !isRust,
      showPrintMargin: false,
      showFoldWidgets: false,
      highlightActiveLine: false,
      highlightGutterLine: false,
      displayIndentGuides: false,
    });
    editor.renderer.setScrollMargin(10, 10);
    editor.renderer.setPadding(10);
    editor.session.getUndoManager().reset();
    narrow.addEventListener("change", () => editor.setOption("wrap", narrow.matches || !isRust));
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
    let setting = false;
    editor.on("change", (change) => {
      moveMarks(editor.session, change);
      if (!setting) changed();
    });
    editor.renderer.updateFull(true); // its height at once, not a frame later

    return {
      text: () => editor.getValue(),
      setText(value) {
        setting = true; // what was there goes first: for a moment the editor is empty
        editor.setValue(value, -1);
        setting = false;
        changed();
      },
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

  /** A mark goes when its line is edited, and moves when lines come or go above it. */
  function moveMarks(session, { action, start, end }) {
    const marks = session.getAnnotations();
    if (marks.length === 0) return;
    const lines = (end.row - start.row) * (action === "insert" ? 1 : -1);
    const whole = start.column === 0 && end.column === 0 && lines !== 0; // lines that come or go as a whole touch no other
    const touched = (action === "insert" ? start.row : end.row) - Number(whole);
    const stays = marks.filter(({ row }) => row < start.row || row > touched);
    session.setAnnotations(stays.map((mark) => (mark.row > touched ? { ...mark, row: mark.row + lines } : mark)));
  }

  function plainEditor(code, { text, label, run, runOn, changed }) {
    const area = h("textarea", {
      class: "ws-plain", "aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    });
    const fit = () => (area.rows = area.value.split("\n").length + 1);
    area.addEventListener("input", () => (fit(), changed()));
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || composing(event)) return;
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

  Object.assign(window.workshop, { makeEditor, Printer, keepReadable, errorList, Bar, runKeys });
})();
