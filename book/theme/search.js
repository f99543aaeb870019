// Search: an index in the page's language, fetched when it is first asked for.
//
// A word is found wherever its letters stand, so that 어텐션 finds 어텐션은; the last syllable may be unfinished, as an
// input method leaves it while one types.
(() => {
  "use strict";

  /* global path_to_root */
  const { T, h, button, composing, dock, dialog, menuButton, shortcut, sentence, Refusal, noConnection } = window.workshop;
  const SHOWN = 30;

  /** One form for what looks the same. */
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const literal = (text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

  // ---- Words as they are typed --------------------------------------------------------------------------------------

  const FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
  const LAST = ["", ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];
  const [GA, HIH] = [0xac00, 0xd7a3];

  /** The syllables that begin with this consonant, as a class of a regular expression. */
  function beginningWith(consonant) {
    const from = GA + FIRST.indexOf(consonant) * 588;
    return `[${consonant}${String.fromCharCode(from)}-${String.fromCharCode(from + 587)}]`;
  }

  /** What the last letter of a word may become when more is typed. */
  function unfinished(letter) {
    if (FIRST.includes(letter)) return beginningWith(letter);
    const code = letter.charCodeAt(0);
    if (code < GA || code > HIH) return literal(letter);
    const last = (code - GA) % 28;
    if (last === 0) return `[${letter}-${String.fromCharCode(code + 27)}]`;
    // 갓 may go on to 가사.
    const open = String.fromCharCode(code - last);
    return FIRST.includes(LAST[last]) ? `(?:${letter}|${open}${beginningWith(LAST[last])})` : letter;
  }

  /** Patterns for the words of a query, the longest form of each. */
  function patternsOf(query) {
    const words = [...new Set(fold(query).split(/\s+/).filter(Boolean))];
    return words.map((word) => {
      const letters = [...word];
      const last = letters.pop();
      return new RegExp(`${literal(word)}|${literal(letters.join(""))}${unfinished(last)}`, "g");
    });
  }

  // ---- The index ----------------------------------------------------------------------------------------------------

  let fetched;

  /** Every section of the book, with its fields folded. */
  function sections() {
    fetched ??= load().catch((error) => {
      fetched = undefined; // the next try asks again
      throw error;
    });
    return fetched;
  }

  async function load() {
    const broken = () => {
      throw new Refusal(noConnection());
    };
    const response = await fetch(`${path_to_root}search.json`, { cache: "no-cache" }).catch(broken);
    if (!response.ok) throw new Refusal(T("The search index cannot be read ({status}).", { status: response.status }));
    const { pages } = JSON.parse(await response.text().catch(broken));
    return pages.flatMap(({ href, part, sections }) => {
      const title = sections.find(({ level }) => level === 1)?.heading ?? "";
      const above = [];
      return sections.map(({ id, level, heading, text, code }) => {
        above.length = Math.min(above.length, Math.max(level - 2, 0));
        const trail = [part, level > 1 ? title : "", ...above].filter(Boolean);
        if (level > 1) above.push(heading);
        const fields = [level === 1 ? heading : "", heading, text, code, title].map((field) => field.normalize("NFC"));
        return { href: id ? `${href}#${id}` : href, heading: heading || title, trail, fields, folded: fields.map(fold) };
      });
    });
  }

  const WEIGHTS = [12, 6, 2, 0.5, 0.25]; // title, heading, text, code, the title of the page around it
  const LETTER = /[\p{L}\p{N}]/u;

  /** How well a section answers; 0 where a word is missing. */
  function score({ folded }, patterns) {
    let sum = 0;
    for (const pattern of patterns) {
      let best = 0;
      folded.forEach((field, i) => {
        let hits = 0;
        for (const { index } of field.matchAll(pattern)) {
          hits += index > 0 && LETTER.test(field[index - 1]) ? 0.5 : 1; // the start of a word counts for more
          if (hits > 4) break;
        }
        best += WEIGHTS[i] * (hits > 0 ? 1 + Math.min(hits, 4) / 4 : 0);
      });
      if (best === 0) return 0;
      sum += best;
    }
    return sum;
  }

  async function find(query) {
    const patterns = patternsOf(query);
    if (patterns.length === 0) return [];
    const scored = (await sections()).map((section) => ({ section, score: score(section, patterns) }));
    return scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score).map(({ section }) => section);
  }

  // ---- Results ------------------------------------------------------------------------------------------------------

  /** Where the patterns match in a text: pairs of start and end, in order, without overlaps. */
  function matches(text, patterns) {
    const folded = fold(text);
    if (folded.length !== text.length) return []; // a letter that folds into two
    const all = patterns.flatMap((pattern) => [...folded.matchAll(pattern)].map((m) => [m.index, m.index + m[0].length]));
    all.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    let reached = 0;
    return all.filter(([start, end]) => start >= reached && (reached = end));
  }

  function marked(text, patterns) {
    const parts = [];
    let at = 0;
    for (const [start, end] of matches(text, patterns)) {
      parts.push(text.slice(at, start), h("mark", {}, text.slice(start, end)));
      at = end;
    }
    return [...parts, text.slice(at)];
  }

  /** The part of a section around its first match. */
  function excerpt({ fields: [, , text, code] }, patterns) {
    const source = matches(text, patterns).length > 0 || matches(code, patterns).length === 0 ? text : code;
    const [first] = matches(source, patterns)[0] ?? [0];
    let from = Math.max(0, first - 50);
    if (from > 0) from = source.indexOf(" ", from) + 1 || from;
    const to = from + 170;
    const cut = source.slice(Math.min(from, first), to);
    return [from > 0 ? "… " : "", ...marked(cut, patterns), source.length > to ? " …" : ""];
  }

  // ---- The words on the page ----------------------------------------------------------------------------------------

  /** Marks what was searched for, without touching the page: where the browser can, and until the reader has seen it. */
  function markOnPage(query) {
    const main = document.querySelector("main");
    if (!query || !main || !window.CSS?.highlights) return;
    const patterns = patternsOf(query);
    const ranges = [];
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.parentElement.closest("script, style, .ace_editor, .ws-paper")) continue;
      for (const [start, end] of matches(node.data, patterns)) {
        const range = new Range();
        range.setStart(node, start);
        range.setEnd(node, end);
        ranges.push(range);
      }
    }
    unmark();
    if (ranges.length === 0) return;
    CSS.highlights.set("ws-found", new Highlight(...ranges));
    marks.replaceChildren(h("span", {}, T("Marked on this page: {query}", { query })), button(T("Remove the marks"), unmark));
    marks.hidden = false;
  }

  const marks = h("div", { class: "ws-marks", hidden: true });

  function unmark() {
    window.CSS?.highlights?.delete("ws-found");
    marks.hidden = true;
  }

  // ---- The dialog ---------------------------------------------------------------------------------------------------

  function startSearch() {
    let box;
    const open = () => {
      box ??= makeDialog();
      box.showModal();
      box.querySelector("input").select();
    };
    menuButton(T("Search the book (/)"), "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L21 21", open);
    shortcut(["/", "s"], T("search the book"), open);
    dock.append(marks);
    const address = new URL(location.href);
    const query = address.searchParams.get("highlight");
    if (query) {
      address.searchParams.delete("highlight");
      history.replaceState(history.state, "", address); // a reload marks nothing
      markOnPage(query);
    }
    document.addEventListener("keydown", (event) => event.key === "Escape" && !composing(event) && unmark());
  }

  function makeDialog() {
    const input = h("input", {
      type: "text", role: "searchbox", enterkeyhint: "search", class: "ws-search-text", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      "aria-label": T("Search the book"), "aria-controls": "ws-found", placeholder: T("Search the book"),
    });
    const count = h("p", { class: "ws-note ws-search-count", "aria-live": "polite" });
    const list = h("ol", { class: "ws-search-list", id: "ws-found" });
    const node = dialog(T("Search the book"), "ws-search", input, count, list);
    let last = "";
    let waiting;

    const show = async () => {
      const query = input.value;
      last = query;
      const patterns = patternsOf(query);
      try {
        const found = await find(query);
        if (query !== last) return; // more was typed meanwhile
        list.replaceChildren(...found.slice(0, SHOWN).map((section) => item(section, patterns, query)));
        count.textContent = patterns.length === 0 ? ""
          : found.length === 0 ? T("Nothing is found.")
          : found.length > SHOWN ? T("The best {shown} of {count} places", { shown: SHOWN, count: found.length })
          : T("{count} places", { count: found.length });
      } catch (error) {
        count.textContent = sentence(error);
      }
    };

    const item = (section, patterns, query) => {
      const [path, anchor = ""] = section.href.split("#");
      const address = new URL(path_to_root + path, location.href);
      address.searchParams.set("highlight", query.trim());
      address.hash = anchor;
      const here = new URL(path_to_root + path, location.href).pathname === location.pathname;
      const go = (event) => {
        if (!here || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault(); // the page is here, and may hold outputs
        node.close();
        location.hash = anchor;
        markOnPage(query);
      };
      return h("li", {}, h("a", { href: address.href, onclick: go },
        h("span", { class: "ws-search-trail" }, section.trail.join(" › ")),
        h("strong", {}, ...marked(section.heading, patterns)),
        h("span", { class: "ws-search-excerpt" }, ...excerpt(section, patterns))));
    };

    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, 120);
    });
    node.addEventListener("keydown", (event) => {
      if (composing(event)) return; // this key belongs to the input method
      const links = [...list.querySelectorAll("a")];
      const at = links.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
      if (to !== undefined) {
        event.preventDefault();
        (links[Math.min(to, links.length - 1)] ?? input).focus();
      } else if (event.key === "Enter" && document.activeElement === input) {
        event.preventDefault();
        clearTimeout(waiting);
        show().then(() => list.querySelector("a")?.click());
      }
    });
    return node;
  }

  Object.assign(window.workshop, { startSearch });
})();
