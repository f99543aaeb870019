// How the book is looked at: the instructor's view, the size of the type, the keys.
(() => {
  "use strict";

  const { page, live, T, h, button, dock, dialog, menuButton, shortcut, shortcuts, store, announce, cells } = window.workshop;

  // ---- The instructor's view ----------------------------------------------------------------------------------------

  const view = {
    shown: false,

    /** `?instructor` in the address opens the view until the tab is closed; `?instructor=off` closes it. */
    start() {
      const asked = new URLSearchParams(location.search).get("instructor");
      this.shown = asked !== null && asked !== "off";
      try {
        if (asked === null) this.shown = sessionStorage.getItem("ws-instructor") === "on";
      } catch { /* no storage: the address alone decides */ }
      for (const notes of document.querySelectorAll(".ws-speaker")) {
        notes.prepend(h("p", { class: "ws-label" }, T("Speaker notes")));
      }
      // The minutes of a week stand beside its title in the table of contents.
      for (const title of document.querySelectorAll("#mdbook-sidebar .part-title")) {
        const minutes = page.parts?.[title.textContent.trim()];
        if (minutes) title.append(h("span", { class: "ws-minutes" }, ` · ${T("{minutes} min", { minutes })}`));
      }
      this.clock = h("span", { class: "ws-clock" });
      this.bar = h("div", { class: "ws-teach", role: "group", "aria-label": T("Instructor's view") },
        this.clock, h("span", { class: "ws-keys-hint" }, T("n: next step")), sizeControl(),
        button(T("Leave"), () => this.toggle(), "ws-quiet"));
      dock.append(this.bar);
      this.button = menuButton(T("Instructor's view (i)"), "M3 4h18M5 4v11h14V4M12 15v3M8 21l4-3l4 3", () => this.toggle());
      shortcut(["i"], T("instructor's view: speaker notes, folded outputs, a clock"), () => this.toggle());
      this.apply();
      setInterval(() => this.tick(), 5000);
    },

    toggle() {
      this.shown = !this.shown;
      try {
        sessionStorage.setItem("ws-instructor", this.shown ? "on" : "off");
      } catch { /* no storage: until the page is left */ }
      this.apply();
      announce(this.shown ? T("Instructor's view is on") : T("Instructor's view is off"));
    },

    apply() {
      document.body.classList.toggle("ws-instructor", this.shown);
      this.button.setAttribute("aria-pressed", String(this.shown));
      for (const { output } of cells) output.classList.remove("ws-opened"); // each begins folded
      this.bar.hidden = !this.shown;
      this.tick();
    },

    /** How long the page has been open, against what it should take. */
    tick() {
      const now = Math.floor(performance.now() / 60000);
      this.clock.textContent = page.minutes ? T("{now} of {minutes} min", { now, minutes: page.minutes }) : "";
      this.clock.classList.toggle("ws-late", Boolean(page.minutes) && now > page.minutes);
    },
  };

  // ---- The size of the type -----------------------------------------------------------------------------------------

  const SIZES = [0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.75, 2];

  /** `step` sizes larger; the usual size for 0. Kept in the browser, and set by the head of the page before it is drawn. */
  function resize(step) {
    const now = store.get("ws-size") || 1;
    const at = SIZES.indexOf(now) < 0 ? SIZES.indexOf(1) : SIZES.indexOf(now);
    const size = step === 0 ? 1 : SIZES[Math.min(Math.max(at + step, 0), SIZES.length - 1)];
    store.set("ws-size", size === 1 ? null : size);
    document.documentElement.style.setProperty("--ws-size", size);
    announce(T("Type at {percent} %", { percent: Math.round(size * 100) }));
    for (const editor of window.editors ?? []) editor.resize(true);
  }

  function sizeControl() {
    const make = (text, name, step) => {
      const node = button(text, () => resize(step), "ws-size");
      node.setAttribute("aria-label", name);
      return node;
    };
    return h("span", { class: "ws-sizes", role: "group", "aria-label": T("Size of the type") },
      make("A−", T("Smaller type"), -1), make("A", T("Usual type"), 0), make("A+", T("Larger type"), 1));
  }

  // ---- From cell to cell --------------------------------------------------------------------------------------------

  /** The number of the cell that the reader is at: the one with the focus, or the last above the middle of the window. */
  function here() {
    const focused = cells.findIndex(({ node }) => node.contains(document.activeElement));
    if (focused >= 0) return focused;
    return cells.findLastIndex(({ node }) => node.getBoundingClientRect().top < innerHeight / 2);
  }

  function goTo(cell) {
    if (!cell) return;
    cell.node.scrollIntoView({ block: "start" });
    const target = cell.runButton && !cell.runButton.hidden ? cell.runButton : (cell.stopButton ?? cell.node);
    if (target === cell.node) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  /** The next step of a lecture: the output of the cell that has the focus, then the next cell. */
  function next() {
    const at = here();
    const focused = at >= 0 && cells[at].node.contains(document.activeElement);
    if (focused && cells[at].folded) {
      cells[at].open();
      cells[at].output.scrollIntoView({ block: "nearest" });
      announce(T("The output of cell {number} is shown.", { number: at + 1 }));
    } else goTo(cells[at + 1]);
  }

  // ---- Start --------------------------------------------------------------------------------------------------------

  function help() {
    const rows = [
      ...shortcuts.map(({ keys, says }) => [keys, says]),
      [["←", "→"], T("page before, page after")],
      ...(live ? [[["Ctrl+Enter"], T("in an editor: run the cell, check the exercise")],
        [["Shift+Enter"], T("in an editor: run the cell and move on")],
        [["Esc", "Tab"], T("in an editor: one after the other, leave it")]] : []),
    ];
    const list = h("dl", { class: "ws-key-list" }, ...rows.map(([keys, says]) => h("div", {},
      h("dt", {}, ...keys.flatMap((key, i) => [i > 0 ? " " : "", h("kbd", {}, key)])), h("dd", {}, says))));
    return dialog(T("Keys"), "ws-help", h("h2", {}, T("Keys")), list,
      h("p", { class: "ws-size-row" }, T("Size of the type"), " ", sizeControl()));
  }

  function startView() {
    let helpBox;
    const showHelp = () => (helpBox ??= help()).showModal();
    if (cells.length > 0) {
      shortcut(["n"], T("next cell; in the instructor's view its output first"), next);
      shortcut(["p"], T("cell before"), () => goTo(cells[here() - 1]));
      if (live) shortcut(["r"], T("run this cell"), () => cells[Math.max(here(), 0)].run());
    }
    shortcut(["+", "="], T("larger type"), () => resize(1));
    shortcut(["-"], T("smaller type"), () => resize(-1));
    shortcut(["0"], T("usual type"), () => resize(0));
    shortcut(["?"], T("show these keys"), showHelp);
    menuButton(T("Keys and size of the type (?)"), "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.5", showHelp);
    view.start();
  }

  Object.assign(window.workshop, { startView });
})();
