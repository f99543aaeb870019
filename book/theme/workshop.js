// Quiz, languages, progress; and the start of everything.
(() => {
  "use strict";

  /* global path_to_root */

  const { page, live, T, h, speaker, announce, api, dock, banner, watchBuild, startCells, startExercises, startGrids,
    startPlaygrounds, startSearch, startView, sleep } = window.workshop;

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

  /** How much of the course the reader has solved, and what comes next: at the head of the first page. */
  async function showProgress() {
    const head = page.page === "introduction" ? document.querySelector("main .ws-meta") : null;
    if (!head) return;
    const node = h("div", { class: "ws-progress" }); // its height is there from the start
    head.after(node);
    try {
      const { exercises, passed, total } = await (await api("progress")).json();
      const next = exercises.find(({ state }) => state !== "passed");
      const text = T("{passed} of {total} exercises passed", { passed, total });
      node.append(h("span", {}, text), h("progress", { max: total, value: passed, "aria-label": text }));
      if (next) node.append(h("a", { href: hrefOf(next) }, T("Next: {title}", { title: next.title })));
      else if (total > 0) node.append(h("span", {}, T("All of them are solved.")));
    } catch { /* nothing to show: the place stays empty, so that nothing moves */ }
  }

  const hrefOf = ({ page, id }) => `${path_to_root}${page.replace(/(\.html|\.md)?(#.*)?$/, "")}.html#${id.replace("/", "-")}`;

  document.body.append(speaker);
  (document.getElementById("mdbook-body-container") ?? document.body).append(dock);
  // Whatever fails in one of them, the page is shown.
  let shown = Promise.resolve();
  try {
    addLanguages();
    startCells();
    startExercises();
    startGrids();
    startPlaygrounds();
    startSearch();
    startView();
    document.querySelectorAll(".ws-question").forEach(setUpQuestion);
    if (live) {
      document.body.classList.add("ws-live");
      dock.prepend(banner.node);
      shown = showProgress();
      watchBuild();
    }
  } finally {
    // What comes at once from the program is in its place before the page is seen; what takes longer comes later.
    Promise.race([shown, sleep(300)]).finally(() => document.documentElement.classList.remove("ws-starting"));
  }
})();
