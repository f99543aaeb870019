// What makes a page of the course alive: what all its scripts share.
//
// A page is complete without them: code, recorded outputs, hints and reasons are all in the HTML. They add, on any host:
// search, guesses before outputs, hints in order, quiz marks, grids that can be worked, the playground, the language link,
// the instructor's view; and, when `workshop` serves the page (it then puts a token into the head): editors, Run, Check, and
// the state of the build.
//
// In this order: base.js, editor.js, cells.js, exercises.js, grid.js, playground.js, search.js, view.js, workshop.js, which starts them.
(() => {
  "use strict";

  // ---- The page -----------------------------------------------------------------------------------------------------

  const pages = document.querySelectorAll("script.ws-page");
  const page = pages.length > 0 ? JSON.parse(pages[0].textContent) : {};
  if (pages.length > 1) delete page.minutes; // those of its first page alone
  const token = document.querySelector('meta[name="workshop-token"]')?.content;
  // The print page holds many pages at once, whose cells are not one program.
  const live = Boolean(token) && pages.length === 1;
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

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

  /** A drawing of 24 by 24 out of lines: `icon("M4 4h16")`. */
  function icon(lines) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", lines);
    svg.append(path);
    return svg;
  }

  function button(text, onclick, kind = "") {
    return h("button", { type: "button", class: `ws-button ${kind}`, onclick }, text);
  }

  /** Whether a key belongs to an input method: Safari ends a composition before it tells of the key. */
  const composing = (event) => event.isComposing || event.keyCode === 229;

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

  /** What the reader left here: kept by the browser, where it lets us. */
  const store = {
    get(key) {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    /** Keeps a value, or forgets the key for `null`. @returns {boolean} whether that was possible */
    set(key, value) {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(value));
        return true;
      } catch {
        return false; // forbidden, or full
      }
    },
    keys(prefix) {
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
      } catch {
        return [];
      }
    },
  };

  /** Tells two texts apart. Not for secrets. */
  function hashOf(text) {
    let [a, b] = [0x811c9dc5, 0x1b873593];
    for (let i = 0; i < text.length; i += 1) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
      b = Math.imul(b, 31) + text.charCodeAt(i);
    }
    return (a >>> 0).toString(36) + (b >>> 0).toString(36);
  }

  function duration(ms) {
    return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
  }

  // One live region for the page: people who listen hear how things ended, not each line on the way.
  const speaker = h("div", { class: "ws-hidden", "aria-live": "polite" });
  function announce(text) {
    speaker.textContent = text;
  }

  // ---- Bars, dialogs, keys ------------------------------------------------------------------------------------------

  // Bars at the foot of the window: over the page, so that nothing moves when one comes or goes.
  const dock = h("div", { class: "ws-dock" });

  /** A dialog over the page. The browser keeps the focus in it, closes it on Esc, and gives the focus back. */
  function dialog(name, kind, ...children) {
    const close = button("×", () => node.close(), "ws-quiet ws-close");
    close.setAttribute("aria-label", T("Close"));
    const node = h("dialog", { class: `ws-dialog ${kind}`, "aria-label": name }, ...children, close);
    node.addEventListener("keydown", (event) => event.stopPropagation()); // mdBook turns pages with the arrow keys
    // A click beside it. One on its padding is of the dialog as well, and so is a selection that began in it and ends outside.
    let beganBeside = false;
    node.addEventListener("pointerdown", ({ target, clientX, clientY }) => {
      const { left, right, top, bottom } = node.getBoundingClientRect();
      const isIn = left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
      beganBeside = target === node && !isIn;
    });
    node.addEventListener("click", (event) => event.target === node && beganBeside && node.close());
    document.body.append(node);
    return node;
  }

  const right = document.querySelector(".right-buttons");

  /** A button in the menu bar. */
  function menuButton(name, lines, onclick) {
    const node = h("button", { type: "button", class: "icon-button ws-menu-button", title: name, "aria-label": name, onclick },
      icon(lines));
    right?.insertBefore(node, right.querySelector("a")); // before the languages
    return node;
  }

  /** @type {{keys: string[], says: string, act: function(): void}[]} */
  const shortcuts = [];
  const typing = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], .ace_editor, dialog";

  /** Keys that act wherever nobody is typing. */
  function shortcut(keys, says, act) {
    shortcuts.push({ keys, says, act });
  }

  // Before mdBook, which would show its own help.
  document.addEventListener("keydown", (event) => {
    const { key, code, altKey, ctrlKey, metaKey } = event;
    if (altKey || ctrlKey || metaKey || event.target.closest?.(typing)) return;
    // A Korean keyboard gives ㄴ, or no letter at all, where the key says S.
    const latin = /^[ -~]$/.test(key) ? key : code.replace(/^Key/, "").toLowerCase();
    const found = shortcuts.find(({ keys }) => keys.includes(latin));
    if (!found || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    found.act();
  }, true);

  // ---- The program's API --------------------------------------------------------------------------------------------

  /** An error whose message is a sentence for the reader. */
  class Refusal extends Error {}

  const notRunning = () => T("The workshop program is not running. Start it with cargo run.");
  /** The same of any host: a static site is no program of the reader's. */
  const noConnection = () => (token ? notRunning() : T("There is no connection to the book's site."));

  /** The sentence to show for whatever went wrong. A connection that breaks in the middle is a TypeError. */
  function sentence(error) {
    if (error instanceof Refusal) return error.message;
    console.error(error);
    return error instanceof TypeError ? noConnection() : String(error);
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

  /** The bar that says how far the build is, or why nothing can run. */
  const banner = {
    node: h("div", { class: "ws-banner", hidden: true }),

    show(state, ...children) {
      this.node.hidden = false;
      this.node.dataset.state = state;
      this.node.replaceChildren(...children);
    },
    /** Announces a state once, however often the program is asked. */
    tell(text) {
      if (text === this.told) return;
      this.told = text;
      announce(text);
    },
    building({ done, total, current }) {
      const text = T("The lessons are being built: {done} of {total}. You can read meanwhile.", { done, total });
      this.show("building", h("span", {}, text), h("span", { class: "ws-faint" }, current ?? ""),
        h("progress", { max: total || 1, value: total ? done : null, "aria-label": T("Build progress") }));
    },
    failed(message) {
      const said = T("The lessons could not be built.");
      this.show("failed", h("strong", {}, said), h("p", {}, message ?? ""),
        h("p", {}, T("Nothing can run. Mend what it says, end the program with Ctrl-C and start it again.")));
      this.tell([said, message].filter(Boolean).join(" "));
    },
    unreachable(message) {
      this.show("failed", h("span", {}, message));
      this.tell(message);
    },
    refused(message) {
      this.stays = true;
      this.tell(message);
      this.show("failed", h("span", {}, message), button(T("Reload the page"), () => location.reload()));
    },
    hide() {
      if (!this.node.hidden && !this.stays) this.tell(T("The lessons are built."));
      this.node.hidden = !this.stays;
    },
  };

  const build = { state: "unknown" };

  /** Asks for the state of the build until it is built, or has failed: the program builds once. */
  async function watchBuild() {
    while (!["ready", "failed"].includes(build.state) && !banner.stays) {
      try {
        const status = (await (await api("status")).json()).build;
        build.state = status.state;
        if (status.state === "building") banner.building(status);
        else if (status.state === "failed") banner.failed(status.message);
        else banner.hide();
      } catch (error) {
        build.state = "unknown"; // a request will then say itself what is wrong
        if (!banner.stays) banner.unreachable(sentence(error));
      }
      await sleep(build.state === "building" ? 1000 : 5000);
    }
  }

  /** Resolves when the lessons are built; says so when that means waiting. */
  async function whenBuilt(signal, say) {
    if (build.state === "building") say(T("Starts as soon as the lessons are built."), "busy");
    while (build.state === "building") await unlessAborted(sleep(200), signal);
  }

  window.workshop = {
    page, live, isMac, T, h, button, sleep, composing, oneAtATime, store, hashOf, duration, speaker, announce,
    dock, dialog, menuButton, shortcuts, shortcut, Refusal, sentence, notRunning, noConnection,
    api, jsonLines, banner, watchBuild, whenBuilt,
  };
})();
