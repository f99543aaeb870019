// Grids: one row of attention as a table. The reader changes its numbers and sees the rest follow, or works the rest out.
//
// The finished table is in the page; `src/grid.rs` made it, with the same arithmetic and the same rounding as here.
(() => {
  "use strict";

  const { page, T, h, announce, composing, hashOf, store } = window.workshop;

  // ---- Numbers ------------------------------------------------------------------------------------------------------

  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  /** Decimals that are shown, and asked for. */
  const DECIMALS = { product: 3, score: 3, exp: 3, sum: 3, weight: 3, total: 3, context: 2 };

  /** One form for what input methods and other programs write: full-width digits, other signs for minus. */
  const plain = (text) => text.normalize("NFKC").trim().replace(/[−–]/g, "-");

  /** @returns {number} NaN for what is no number; infinite for what is too large for one */
  const parse = (text) => (NUMBER.test(plain(text)) ? Number(plain(text)) : NaN);

  function fixed(number, decimals) {
    if (number === -Infinity) return "−∞";
    if (Math.abs(number) >= 1e6) return number.toExponential(3).replace("e+", "e").replace("-", "−");
    const rounded = Math.round(Math.abs(number) * 10 ** decimals) / 10 ** decimals;
    return `${number < 0 && rounded > 0 ? "−" : ""}${rounded.toFixed(decimals)}`;
  }

  /** A number as its part of the table shows it. */
  function shown(part, number) {
    const text = fixed(number, DECIMALS[part]);
    const short = (part === "product" || part === "score") && !text.includes("e");
    return short && text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  }

  const add = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

  /**
   * A row of attention. The fields keep every score small enough for `exp`, so nothing has to be subtracted first.
   * @param {{query: number[], keys: number[][], values: number[][], looks: boolean[]}} given
   */
  function attend({ query, keys, values, looks }) {
    const products = keys.map((key) => add(key.map((x, i) => query[i] * x)));
    const scores = products.map((product, i) => (looks[i] ? product / Math.sqrt(query.length) : -Infinity));
    const exps = scores.map(Math.exp);
    const sum = add(exps);
    const weights = exps.map((exp) => (sum > 0 ? exp / sum : 0)); // all blocked: it looks nowhere
    const context = values[0].map((_, column) => add(weights.map((weight, i) => weight * values[i][column])));
    return { products, scores, exps, sum, weights, total: add(weights), context };
  }

  // ---- What slips ---------------------------------------------------------------------------------------------------

  /** Whether a reader's number is this one, to the last decimal that is asked for. */
  function near(part, given, number) {
    if (!Number.isFinite(number)) return given === number;
    return Math.abs(given - number) <= Math.max(1.001 * 10 ** -DECIMALS[part], Math.abs(number) * 5e-4);
  }

  /**
   * Numbers that come of a typical slip, each with what to say of it.
   * @returns {[number, string][]}
   */
  function slips({ part, row, column }, given, n, names) {
    const d = given.query.length;
    const root = Math.sqrt(d);
    const elsewhere = (numbers, says) => numbers.flatMap((x, i) => (i === row ? [] : [[x, says(names.words[i])]]));
    const share = (numbers) => numbers[row] / add(numbers);
    switch (part) {
      case "product":
        return [
          ...elsewhere(n.products, (word) => T("This is the product of another row, {word}.", { word })),
          [-n.products[row], T("Look at the sign: two minuses make a plus, one makes a minus.")],
          [add(given.keys[row]) + add(given.query), T("You added the elements. Multiply them in pairs first.")],
        ];
      case "score":
        return [
          [n.products[row], T("This is the product itself. Divide it by the root of {d}.", { d })],
          [n.products[row] / d, T("You divided by {d}. Divide by its root.", { d })],
          [n.products[row] * root, T("You multiplied by the root of {d}. Divide by it.", { d })],
          ...elsewhere(n.scores, (word) => T("This is the score of another row, {word}.", { word })),
        ];
      case "exp":
        return [
          [n.scores[row], T("This is the score itself. Raise e to it.")],
          [Math.exp(n.products[row]), T("You raised e to the product. Raise it to the score.")],
          [Math.E * n.scores[row], T("You multiplied by e. Raise e to the score.")],
          [2 ** n.scores[row], T("You raised 2 to the score. Raise e, which is 2.718.")],
          [10 ** n.scores[row], T("You raised 10 to the score. Raise e, which is 2.718.")],
          ...elsewhere(n.exps, (word) => T("This belongs to another row, {word}.", { word })),
        ];
      case "sum":
        return [
          [add(n.scores), T("You added the scores. Add the column after them, e to the score.")],
          [add(n.products.map((product) => Math.exp(product / root))), T("A blocked word adds 0.")],
          [add(n.products), T("You added the products. Add the column e to the score.")],
        ];
      case "weight":
        return [
          [n.exps[row], T("This is e to the score itself. Divide it by the sum of its column.")],
          [share(n.scores), T("You shared out the scores. Share out e to the score.")],
          [share(n.products.map(Math.exp)), T("The root is forgotten here: these weights come of the products.")],
          [n.exps[row] / names.words.length, T("You divided by the number of words. Divide by the sum.")],
          [n.weights[row] * 100, T("Write a part of 1, not of 100.")],
          ...elsewhere(n.weights, (word) => T("This is the weight of another row, {word}.", { word })),
        ];
      default: {
        const values = given.values.map((value) => value[column]);
        const others = n.context.flatMap((x, i) => (i === column ? [] : [[x, i]]));
        return [
          [add(values), T("You added the values. Multiply each by its weight first.")],
          [add(values) / values.length, T("This is the plain average. Multiply each value by its weight, and add up.")],
          [add(values.map((x, i) => x * n.exps[i])), T("You multiplied by e to the score. Take the weights.")],
          ...others.map(([x, i]) => [x, T("This belongs to another column, {feature}.", { feature: names.features[i] })]),
        ];
      }
    }
  }

  /** What is to be done in a cell. */
  const how = (part, d) => ({
    product: T("Multiply the query and the key in pairs, and add up."),
    score: T("Divide the product by the root of {d}.", { d }),
    exp: T("Raise e to the score: a calculator has a key for it, exp."),
    sum: T("Add up the column e to the score."),
    weight: T("Divide e to the score by the sum of its column."),
    context: T("Multiply each value of the column by its weight, and add up."),
  })[part];

  // ---- The grid -----------------------------------------------------------------------------------------------------

  /** The order in which the table is worked: a column after the other. */
  const ORDER = ["query", "key", "product", "score", "exp", "sum", "weight", "value", "context"];

  class Grid {
    constructor(node, number) {
      this.node = node;
      this.key = `ws-grid:${page.page}:${number}`;
      this.base = hashOf(node.querySelector("table").outerHTML);
      this.says = node.querySelector(".ws-grid-says");
      this.says.id = `ws-grid-says-${number}`;
      this.rows = [...node.querySelectorAll("tr[data-key]")];
      this.boxes = this.rows.map((row) => row.querySelector("[type=checkbox]"));
      const heads = [...node.querySelectorAll("thead tr:last-child th")].map((head) => head.textContent);
      const d = node.querySelectorAll("[data-part=query]").length;
      this.names = { words: this.rows.map((row) => row.querySelector("label").textContent.trim()), features: heads.slice(d) };
      this.fields = [];
      this.cells = [];
      node.querySelectorAll("td[data-part]").forEach((td) => this.prepare(td));
      const rank = ({ part, column, row }) => ORDER.indexOf(part) * 1e4 + column * 100 + row;
      this.order = [...this.fields, ...this.cells.filter(({ input }) => input)].sort((a, b) => rank(a) - rank(b));
      for (const entry of this.order) {
        entry.input.addEventListener("focus", () => this.say(entry));
        entry.input.addEventListener("keydown", (event) => this.move(event, entry));
      }
      // mdBook turns pages with the arrow keys.
      node.addEventListener("keydown", (event) => event.key.startsWith("Arrow") && event.stopPropagation());
      for (const box of this.boxes) {
        box.disabled = false;
        box.addEventListener("change", () => this.changed(true));
      }
      this.buttons = [...node.querySelectorAll(".ws-bar button")];
      for (const button of this.buttons) button.addEventListener("click", () => this.press(button.dataset.mode));
      this.restore();
    }

    /** A cell of the table: a field that the reader changes, or a number with a place to work it out. */
    prepare(td) {
      const { part } = td.dataset;
      const column = Number(td.dataset.column);
      const row = this.rows.indexOf(td.parentElement);
      const input = td.querySelector(".ws-grid-field");
      if (input) {
        const field = { td, part, column, row, input, start: input.value, value: Number(input.value) };
        input.readOnly = false;
        input.addEventListener("input", () => this.typed(field));
        input.addEventListener("change", () => field.problem && announce(field.problem));
        return void this.fields.push(field);
      }
      const cell = { td, part, column, row, span: td.querySelector(".ws-grid-shown"), bar: td.querySelector(".ws-grid-bar") };
      if (part !== "total") {
        cell.input = h("input", { class: "ws-grid-answer", autocomplete: "off", spellcheck: "false", "aria-label": this.label(cell) });
        if (part !== "product" && part !== "score" && part !== "context") cell.input.inputMode = "decimal"; // never below 0
        cell.span.after(cell.input);
        cell.input.addEventListener("input", () => (this.mark(cell, ""), this.say(cell)));
        cell.input.addEventListener("change", () => (this.judgeAll(), this.judge(cell, true), this.keep()));
      }
      this.cells.push(cell);
    }

    label({ part, row, column }) {
      const word = this.names.words[row];
      return {
        product: () => T("product of {word}", { word }),
        score: () => T("score of {word}", { word }),
        exp: () => T("e to the score of {word}", { word }),
        weight: () => T("weight of {word}", { word }),
        sum: () => T("sum of the column e to the score"),
        context: () => T("context, {feature}", { feature: this.names.features[column] }),
      }[part]();
    }

    /** What the reader has given: the last numbers of the fields that were numbers. */
    given() {
      const part = (name, row) => this.fields.filter((field) => field.part === name && field.row === row).map(({ value }) => value);
      return {
        query: part("query", -1),
        keys: this.rows.map((_, row) => part("key", row)),
        values: this.rows.map((_, row) => part("value", row)),
        looks: this.boxes.map((box) => box.checked),
      };
    }

    typed(field) {
      this.read(field);
      this.say(field);
      this.changed(true);
    }

    /** Takes the number of a field; or says what is wrong with it, and keeps the one before. */
    read(field) {
      const { input, value } = field;
      const largest = Number(input.dataset.largest);
      const text = plain(input.value);
      const number = parse(text);
      const counts = { text: input.value.trim(), value: shown("score", value), largest };
      if (text === "") field.problem = T("Write a number here; until then the table counts with {value}.", counts);
      else if (text.includes(",")) field.problem = T("Write decimals after a point, as in 0.5; until then the table counts with {value}.", counts);
      else if (Number.isNaN(number)) field.problem = T("“{text}” is not a number; until then the table counts with {value}.", counts);
      else if (Math.abs(number) > largest) field.problem = T("Write a number from −{largest} to {largest}; until then the table counts with {value}.", counts);
      else {
        field.problem = "";
        field.value = number;
      }
      input.setAttribute("aria-invalid", String(Boolean(field.problem)));
    }

    /** Works the table again. @param {boolean} seen whether the reader is to see what has changed */
    changed(seen) {
      const given = this.given();
      const n = (this.numbers = attend(given));
      const lists = { product: n.products, score: n.scores, exp: n.exps, weight: n.weights, context: n.context, sum: [n.sum], total: [n.total] };
      let context = false;
      this.rows.forEach((row, i) => row.classList.toggle("ws-blocked", !given.looks[i]));
      for (const cell of this.cells) {
        cell.exact = lists[cell.part][cell.row < 0 ? cell.column : cell.row];
        const text = shown(cell.part, cell.exact);
        if (cell.span.textContent !== text) {
          cell.span.textContent = text;
          context ||= cell.part === "context";
          if (seen) this.flash(cell);
        }
        cell.bar?.style.setProperty("--ws-weight", cell.exact.toFixed(4));
      }
      this.judgeAll();
      if (seen && context && this.mode === "show") this.tell();
      if (seen) this.keep();
    }

    flash(cell) {
      cell.td.classList.add("ws-changed");
      clearTimeout(cell.timer);
      cell.timer = setTimeout(() => cell.td.classList.remove("ws-changed"), 1200);
    }

    /** Says the context once the reader has stopped typing. */
    tell() {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => {
        const cells = this.cells.filter(({ part }) => part === "context");
        const numbers = cells.map(({ column, span }) => `${this.names.features[column]} ${span.textContent}`);
        announce(T("Context: {numbers}", { numbers: numbers.join(", ") }));
      }, 700);
    }

    /** A cell that is mended changes what there is to say of those after it. */
    judgeAll() {
      this.cells.forEach((cell) => cell.input && this.judge(cell, false));
    }

    /** The number that the reader wrote into a cell. */
    entered({ part, input }) {
      const text = plain(input.value);
      return part === "score" && /^-(inf|infinity|∞)$/i.test(text) ? -Infinity : parse(text);
    }

    /** Marks what the reader worked out. */
    judge(cell, aloud) {
      const text = plain(cell.input.value);
      if (text === "") return this.mark(cell, "");
      const number = this.entered(cell);
      if (near(cell.part, number, cell.exact)) this.mark(cell, "right");
      else this.mark(cell, "wrong", this.hint(cell, text, number));
      if (!aloud) return;
      this.say(cell);
      const answers = this.cells.filter(({ input }) => input);
      const all = answers.every(({ td }) => td.dataset.mark === "right");
      if (all) this.says.textContent = T("All right: you have worked the whole row.");
      announce(all ? this.says.textContent : cell.problem || T("Right."));
    }

    mark(cell, mark, problem = "") {
      cell.problem = problem;
      if (mark) cell.td.dataset.mark = mark;
      else delete cell.td.dataset.mark;
      cell.input.setAttribute("aria-invalid", String(mark === "wrong"));
    }

    /** One sentence for a wrong number: the slip that it looks like, or what is to be done. */
    hint(cell, text, number) {
      const { part, row, exact } = cell;
      const given = this.given();
      if (text.includes(",")) return T("Write decimals after a point, as in 0.5.");
      if (Number.isNaN(number)) return T("“{text}” is not a number.", { text });
      if (part === "score" && exact === -Infinity) return T("A blocked word has the score −∞: write -inf.");
      if (row >= 0 && !given.looks[row] && part !== "product") return T("e to −∞ is 0, so a blocked word has the weight 0.");
      if (this.follows(cell, number, given)) return T("This follows from a cell before it, which is not right yet.");
      const slip = slips(cell, given, this.numbers, this.names).find(([x]) => Number.isFinite(x) && near(part, number, x));
      if (slip) return slip[1];
      const digits = DECIMALS[part];
      if (Math.abs(number - exact) <= 10 ** (1 - digits)) return T("Nearly: round only at the end, and give {digits} decimals.", { digits });
      return how(part, given.query.length);
    }

    /** Whether a number comes of the reader's own numbers in the cells before, of which one is wrong. */
    follows(cell, number, given) {
      const whole = this.coming(cell, given, false);
      if (near(cell.part, whole, cell.exact)) return false; // nothing before it is wrong
      return near(cell.part, number, whole) || near(cell.part, number, this.coming(cell, given, true));
    }

    /**
     * What comes of the reader's own numbers in the cells before.
     * @param {boolean} rounded whether the reader went on with the numbers as they are written, or with all their decimals
     */
    coming({ part, row, column, exact }, given, rounded) {
      const own = (name, at = row) => {
        const cell = this.cells.find((other) => other.part === name && other.row === at);
        const number = this.entered(cell);
        const empty = plain(cell.input.value) === "";
        if (!empty && rounded) return number;
        if (!empty && near(name, number, cell.exact)) return cell.exact;
        const comes = this.coming(cell, given, rounded);
        return empty || near(name, number, comes) ? comes : number;
      };
      const all = (name) => this.rows.map((_, at) => own(name, at));
      switch (part) {
        case "product": return exact;
        case "score": return given.looks[row] ? own("product") / Math.sqrt(given.query.length) : -Infinity;
        case "exp": return Math.exp(own("score"));
        case "sum": return add(all("exp"));
        case "weight": return own("exp") / own("sum", -1);
        default: return add(all("weight").map((weight, i) => weight * given.values[i][column]));
      }
    }

    /** Below the table: what is wrong, or what is to be done in the cell that the reader is at. */
    say(entry) {
      // What was wrong last is said until it is mended: the reader has moved on when it is marked.
      if (entry.problem) this.wrong = entry;
      const about = [entry, this.wrong].find((other) => other?.problem && other.input.checkVisibility());
      const asked = this.cells.includes(entry) && !entry.td.dataset.mark;
      const right = entry.td.dataset.mark === "right" ? T("Right.") : "";
      const task = asked ? how(entry.part, this.given().query.length) : right;
      this.says.textContent = about ? `${about.input.getAttribute("aria-label")}: ${about.problem}` : task || this.intro;
      this.says.classList.toggle("ws-grid-wrong", Boolean(about));
      this.order.forEach(({ input }) => input.removeAttribute("aria-describedby"));
      about?.input.setAttribute("aria-describedby", this.says.id);
    }

    /** Enter and the arrows down and up go through the table in the order in which it is worked. */
    move(event, entry) {
      const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || composing(event) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const usable = this.order.filter(({ input }) => input.checkVisibility());
      const next = usable[usable.indexOf(entry) + (event.shiftKey ? -step : step)];
      if (!next) return void this.judge(entry, true); // the last one is not left
      next.input.focus();
      next.input.select();
    }

    press(mode) {
      if (mode === "reset") {
        for (const field of this.fields) {
          field.input.value = field.start;
          this.read(field);
        }
        for (const box of this.boxes) box.checked = true;
        for (const { input } of this.cells) if (input) input.value = "";
        this.says.classList.remove("ws-grid-wrong");
        this.show(this.mode);
        this.changed(true);
        store.set(this.key, null);
        announce(T("The numbers of the page are back."));
      } else {
        this.show(mode);
        this.keep();
        announce(this.says.textContent);
      }
    }

    /** `work`: the reader fills in what follows from the fields; `show`: it is there. */
    show(mode) {
      this.mode = mode;
      this.node.dataset.mode = mode;
      for (const button of this.buttons) {
        if (button.dataset.mode !== "reset") button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
      }
      this.says.classList.remove("ws-grid-wrong");
      this.intro = mode === "work"
        ? T("Fill in a cell and leave it: it is marked. Enter goes on to the next.")
        : T("Change a number, or take a tick away: the rest follows.");
      this.says.textContent = this.intro;
    }

    /** What the reader changed and filled in is kept by the browser. */
    keep() {
      store.set(this.key, {
        base: this.base, mode: this.mode,
        fields: this.fields.map(({ input }) => input.value),
        looks: this.boxes.map((box) => box.checked),
        answers: this.cells.map(({ input }) => input?.value ?? ""),
      });
    }

    restore() {
      const kept = store.get(this.key);
      const mine = kept?.base === this.base ? kept : null; // of another table: it does not fit
      // After Back, a browser fills in fields itself.
      this.fields.forEach((field, i) => (field.input.value = mine?.fields?.[i] ?? field.start));
      this.boxes.forEach((box, i) => (box.checked = mine?.looks?.[i] ?? true));
      this.cells.forEach(({ input }, i) => input && (input.value = mine?.answers?.[i] ?? ""));
      this.fields.forEach((field) => this.read(field));
      this.show(mine?.mode === "show" ? "show" : "work");
      this.changed(false);
    }
  }

  const startGrids = () => document.querySelectorAll(".ws-grid").forEach((node, i) => new Grid(node, i + 1));
  Object.assign(window.workshop, { startGrids });
})();
