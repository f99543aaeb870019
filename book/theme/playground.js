// The playground: text becomes tokens while the reader types, in the vocabularies that `workshop author playground` built.
//
// The lesson's own crate does the work, as WebAssembly (lessons/week03-tokenizer/playground). It knows numbers alone: bytes
// are written to where `reserve` says, and of each token it gives the id and the byte after its last.
(() => {
  "use strict";

  const { page, T, h, store } = window.workshop;

  const FOLDER = `${path_to_root}../playground/`;
  const FIRST = "나는 오늘 학교에 갔다. 학교에서 친구를 만났다! I met a friend at school. ㅋㅋㅋ 😀";
  /** Signs of a text that are taken at most: more than anyone reads coloured. */
  const MOST = 20000;

  const read = async (file) => {
    const answer = await fetch(FOLDER + file);
    if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
    return answer.arrayBuffer();
  };

  /** The library: its own memory, and texts to it. */
  class Library {
    static async open() {
      const { instance } = await WebAssembly.instantiate(await read("tokenizer.wasm"), {});
      return new Library(instance.exports);
    }

    constructor(exports) {
      this.exports = exports;
    }

    put(bytes) {
      const at = this.exports.reserve(bytes.length);
      new Uint8Array(this.exports.memory.buffer, at, bytes.length).set(bytes);
    }

    load(bytes) {
      this.put(bytes);
      return this.exports.load();
    }

    /** @returns {{id: number, end: number}[]} */
    encode(vocabulary, bytes) {
      this.put(bytes);
      const count = this.exports.encode(vocabulary);
      const numbers = new Uint32Array(this.exports.memory.buffer, this.exports.output(), 2 * Math.max(count, 0));
      return Array.from({ length: Math.max(count, 0) }, (_, i) => ({ id: numbers[2 * i], end: numbers[2 * i + 1] }));
    }
  }

  const whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  /** A token as it is shown: its text, or its bytes where it is a part of a character. */
  function shown(bytes) {
    try {
      return { text: whole.decode(bytes).replaceAll("\n", "⏎\n"), cut: false };
    } catch {
      return { text: Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" "), cut: true };
    }
  }

  class Row {
    constructor(name, file) {
      this.file = file;
      this.count = h("span", { class: "ws-count" }, T("loading"));
      this.tokens = h("p", { class: "ws-tokens" });
      this.node = h("div", { class: "ws-vocabulary" }, h("h4", {}, name, " ", this.count), this.tokens);
    }

    async load(library) {
      try {
        this.number = library.load(new Uint8Array(await read(this.file)));
        if (this.number < 0) throw new Error(this.file);
        this.library = library;
      } catch {
        this.count.textContent = T("could not be loaded");
      }
    }

    show(bytes, signs) {
      if (!this.library) return;
      const pieces = this.library.encode(this.number, bytes);
      this.count.textContent = signs === 0 ? "" : T("{tokens} tokens, {ratio} a character",
        { tokens: pieces.length, ratio: (pieces.length / signs).toFixed(2) });
      let start = 0;
      this.tokens.replaceChildren(...pieces.map(({ id, end }) => {
        const { text, cut } = shown(bytes.subarray(start, end));
        start = end;
        return h("span", { class: cut ? "ws-token ws-cut" : "ws-token", title: id }, text);
      }));
    }
  }

  async function start(node, number) {
    const key = `ws-playground:${page.page}:${number}`;
    const field = h("textarea", { rows: 3, maxlength: MOST, spellcheck: "false", "aria-label": T("Text") });
    field.value = store.get(key) ?? FIRST;
    const rows = Array.from(node.querySelectorAll("li"), (item) => new Row(item.textContent, item.dataset.file));
    const note = h("p", { class: "ws-note" }, T("A token in figures is a part of a character: its bytes. Point at a token to see its id."));
    node.replaceChildren(h("label", {}, T("Type or paste text"), field), ...rows.map((row) => row.node), note);

    const show = () => {
      const bytes = new TextEncoder().encode(field.value);
      const signs = Array.from(field.value).length;
      rows.forEach((row) => row.show(bytes, signs));
    };
    let waiting = 0;
    field.addEventListener("input", () => {
      store.set(key, field.value);
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(show);
    });
    let library;
    try {
      library = await Library.open();
    } catch {
      rows.forEach((row) => (row.count.textContent = T("could not be loaded")));
      return;
    }
    // One after the other: the first is there before the largest has come.
    for (const row of rows) {
      await row.load(library);
      show();
    }
  }

  /** Nothing is fetched before the reader comes near. */
  function startPlaygrounds() {
    document.querySelectorAll(".ws-playground").forEach((node, i) => {
      const seen = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        seen.disconnect();
        start(node, i + 1);
      }, { rootMargin: "600px" });
      seen.observe(node);
    });
  }

  Object.assign(window.workshop, { startPlaygrounds });
})();
