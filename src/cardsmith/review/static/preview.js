// The page of `cardsmith preview` and `cardsmith review`. Card HTML comes rendered and sanitised; all else is set as text.
"use strict";

const mode = document.body.dataset.mode;
const isReview = mode === "review";
const token = document.querySelector('meta[name="cardsmith-token"]').content;
const PAGE = 25; // cards that a sheet shows at a time

const $ = (selector, root = document) => root.querySelector(selector);
const view = $(".pv-view"), stage = $(".pv-stage"), main = $(".pv-main"), filters = $(".pv-filters");

const state = {
  index: { cards: [], topics: [], problems: [], since: "", undo: "", version: -1 },
  list: [],
  at: 0,
  page: 0,
  face: 0,
  isFlipped: false,
  isSheet: false,
  editing: null,
};
const order = new Map(); // of all cards that the page has met: they do not move about while they are judged
const met = new Set(); // of them the drafts

// ---- data: the same two questions, asked of the server or of cards.js

const source = mode === "static"
  ? { index: async () => window.CARDSMITH.index, cards: async (ids) => window.CARDSMITH.cards }
  : {
    index: () => get("/api/index"),
    cards: (ids) => get(`/api/cards?ids=${ids.map(encodeURIComponent).join(",")}`),
  };

async function get(url) {
  const answer = await fetch(url, { cache: "no-store" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function post(what, body, signal) {
  const headers = { "Content-Type": "application/json", "X-Cardsmith-Token": token };
  const answer = await fetch(`/api/${what}`, { method: "POST", headers, body: JSON.stringify(body), signal });
  const data = await answer.json();
  return { status: answer.status, data, problems: (data && data.problems) || [] };
}

// ---- elements

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "html") made.innerHTML = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

function problemElement(problem) {
  const words = [element("strong", {}, problem.message), element("span", {}, [problem.where, problem.code].filter(Boolean).join("  "))];
  if (problem.hint) words.push(element("span", {}, problem.hint));
  return element("div", { class: `pv-problem ${problem.severity}`, lang: "en" }, ...words);
}

function cardElement(html, label, row) {
  const night = document.documentElement.classList.contains("nightMode") ? " nightMode" : " cs-day";
  const draft = row && row.draft ? " draft" : "";
  return element("div", { class: `pv-card card${night}${draft}`, role: "group", "aria-label": label, html });
}

// ---- MathJax: loaded once something has a formula; content is typeset unseen and then swapped in, so nothing shifts

let loading = null;
function mathjax() {
  loading ??= new Promise((done, failed) => {
    const script = element("script", { src: "mathjax.js" });
    script.onload = () => MathJax.startup.promise.then(done);
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

// Of cards only: what else strangers write, such as a title or what a card cites, no safety has judged.
async function typeset(node) {
  const cards = [...node.querySelectorAll(".card")].filter((card) => /\\[([]/.test(card.textContent));
  if (!cards.length) return;
  await mathjax();
  await MathJax.typesetPromise(cards);
}

// What scrolls sideways must be reachable by keyboard.
function reachable(node) {
  for (const wide of node.querySelectorAll("mjx-container, .cs pre, .cs table")) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  }
}

let turn = 0;
async function show(node, { keepScroll = true } = {}) {
  const mine = ++turn;
  stage.replaceChildren(node);
  await typeset(node);
  if (mine !== turn) return false;
  const top = scrollY;
  view.replaceChildren(node);
  reachable(node);
  scrollTo(0, keepScroll ? top : 0);
  return true;
}

// ---- the list

function matches(row, wanted) {
  if (wanted.topic && row.topic !== wanted.topic) return false;
  if (wanted.article && row.path !== wanted.article) return false;
  if (wanted.kind && row.kind !== wanted.kind) return false;
  if (isReview && !wanted.show && !row.waits) return false;
  if (wanted.show === "drafts" && !row.draft) return false;
  if (wanted.show === "flagged" && !row.flags.length) return false;
  if (wanted.show === "twins" && !row.twins.length) return false;
  if (wanted.show === "changed" && !row.change) return false;
  return wanted.words.every((word) => row.search.includes(word));
}

function chosen() {
  const data = new FormData(filters);
  const words = data.get("q").toLowerCase().split(/\s+/).filter(Boolean);
  return { topic: data.get("topic"), article: data.get("article"), kind: data.get("kind"), show: data.get("show"), words };
}

function current() {
  return state.list[state.at];
}

// A review ends behind the last card, where the page says what to do next.
function last() {
  return isReview ? state.list.length : Math.max(0, state.list.length - 1);
}

function pages() {
  return Math.max(1, Math.ceil(state.list.length / PAGE));
}

function pageAt(at) {
  return Math.min(pages() - 1, Math.floor(at / PAGE));
}

function drafts(one, more) {
  const number = state.index.cards.filter((row) => row.draft).length;
  return number ? `${number} ${number === 1 ? `draft ${one}` : `drafts ${more}`}` : "";
}

function refilter({ stay } = {}) {
  const wanted = chosen();
  state.list = state.index.cards.filter((row) => matches(row, wanted));
  const place = state.list.findIndex((row) => row.id === stay);
  state.at = place >= 0 ? place : Math.min(state.at, last());
  state.page = pageAt(state.at);
  const known = new Map(state.list.map((row) => [row.path, row.article]));
  fillArticles(wanted.article, known);
}

function fillArticles(selected, known) {
  const options = [element("option", { value: "" }, "All articles")];
  if (selected && !known.has(selected)) known.set(selected, selected);
  for (const [path, title] of known) options.push(element("option", { value: path }, title));
  filters.article.replaceChildren(...options);
  filters.article.value = selected;
}

function fillFilters() {
  const topic = filters.topic.value, kind = filters.kind.value, shown = filters.show.value;
  const cards = state.index.cards;
  const count = (test) => cards.filter(test).length;
  filters.topic.replaceChildren(
    element("option", { value: "" }, "All topics"),
    ...state.index.topics.map((t) => element("option", { value: t.slug }, `${t.title} (${count((row) => row.topic === t.slug)})`)),
  );
  const kinds = [...new Set(cards.map((row) => row.kind))].sort();
  filters.kind.replaceChildren(element("option", { value: "" }, "All kinds"), ...kinds.map((name) => element("option", { value: name }, name)));
  const since = `Changed since ${state.index.since}`;
  const shows = [["", "All cards"], ["drafts", `Drafts (${count((row) => row.draft)})`], ["flagged", `Flagged (${count((row) => row.flags.length)})`], ["twins", `Near-duplicates (${count((row) => row.twins.length)})`]];
  if (isReview) {
    shows[0][0] = "all";
    shows.unshift(["", `${state.index.since ? since : "Queue"} (${count((row) => row.waits)})`]);
  } else if (state.index.since) shows.push(["changed", `${since} (${count((row) => row.change)})`]);
  filters.show.replaceChildren(...shows.map(([value, words]) => element("option", { value }, words)));
  filters.topic.value = topic;
  filters.kind.value = kind;
  filters.show.value = shows.some(([value]) => value === shown) ? shown : "";
}

// ---- one card

async function render(options) {
  updateFrame();
  const isWhole = !Object.values(chosen()).some((value) => value.length);
  if (current()) return state.isSheet ? renderSheet(options) : renderOne(options);
  if (isReview && state.index.cards.length && (state.list.length || isWhole)) return show(endElement(), options);
  const words = state.index.cards.length ? "No card passes the filters." : "No cards.";
  return show(element("p", { class: "pv-empty", lang: "en" }, words), options);
}

function endElement() {
  const others = state.index.since ? 0 : state.index.cards.filter((row) => row.waits && !row.draft).length;
  const steps = [
    ["cardsmith check", "names what is wrong still"],
    ["cardsmith build", "makes the packages for Anki, without the drafts"],
    ["git add decks && git commit", "lets everybody see what was decided"],
  ];
  return element("section", { class: "pv-end", lang: "en" },
    element("h3", {}, "The end of the queue"),
    element("p", {}, `${drafts("waits", "wait") || "No draft waits"}.`),
    others ? element("p", {}, `${others === 1 ? "1 other card has" : `${others} other cards have`} problems.`) : null,
    element("dl", {}, ...steps.flatMap(([command, words]) => [element("dt", {}, command), element("dd", {}, words)])));
}

async function renderOne(options) {
  const row = current();
  const mine = ++turn;
  const twins = row.twins.slice(0, 3);
  const cards = await source.cards([row.id, ...twins]);
  if (mine !== turn || !cards[row.id]) return;
  const full = cards[row.id];
  state.full = full;
  state.face = Math.min(state.face, Math.max(0, full.faces.length - 1));
  const left = element("div", { class: "pv-left" }, titleElement(row), facesElement(full), faceElement(full));
  const side = element("aside", { class: "pv-side", "aria-label": "About this card", lang: "en" }, ...sideSections(row, full, cards, twins));
  const node = element("div", { class: "pv-one" }, left, side);
  if (full.compared) node.append(comparedElement(full.compared));
  await show(node, options);
}

function titleElement(row) {
  const chips = row.flags.map((flag) => element("span", { class: "pv-chip" }, flag));
  if (row.change) chips.push(element("span", { class: "pv-chip good" }, row.change));
  return element("h3", { class: "pv-title", lang: "en" }, element("code", {}, `${row.path}:${row.line}`), element("span", {}, row.id), draftChip(row), ...chips);
}

function draftChip(row) {
  return row && row.draft ? element("span", { class: "pv-chip draft", title: "does not ship until somebody accepts it" }, "draft") : null;
}

function facesElement(full) {
  if (full.faces.length < 2) return null;
  const buttons = full.faces.map((face, number) =>
    element("button", { type: "button", "data-face": number, "aria-pressed": `${number === state.face}` }, face.name));
  return element("div", { class: "pv-faces", role: "group", "aria-label": "Cards of this note", lang: "en" }, ...buttons);
}

function faceElement(full) {
  const face = full.faces[state.face];
  if (!face) return full.compared ? null : element("div", { class: "pv-card" }, element("p", { class: "pv-empty", lang: "en" }, "This card cannot be rendered."));
  const card = cardElement(state.isFlipped ? face.back : face.front, state.isFlipped ? "Answer" : "Question", current());
  card.tabIndex = 0;
  card.dataset.side = state.isFlipped ? "back" : "front";
  return card;
}

function sideSections(row, full, cards, twins) {
  const sections = [];
  if (full.problems.length) {
    sections.push(element("section", { "aria-label": "Problems" }, element("h3", {}, "Problems"), ...full.problems.map(problemElement)));
  }
  const excerpt = full.excerpt;
  if (excerpt) {
    const text = element("p", { class: "pv-excerpt", lang: "zh", tabindex: "0", role: "group", "aria-label": "Excerpt" },
      excerpt.before, excerpt.quote ? element("mark", {}, excerpt.quote) : "", excerpt.after);
    sections.push(element("section", {}, element("h3", {}, "Excerpt"), text, element("p", { class: "pv-where" }, excerpt.place)));
  } else if (full.fields.cite) {
    sections.push(element("section", {}, element("h3", {}, "Cited"), element("p", { class: "pv-excerpt" }, full.fields.cite)));
  }
  const near = twins.filter((id) => cards[id] && cards[id].faces.length);
  if (near.length) {
    const shown = near.map((id) => {
      const twin = state.index.cards.find((other) => other.id === id);
      return [element("p", { class: "pv-where" }, id, " ", draftChip(twin)), cardElement(cards[id].faces[0].back, `Near-duplicate ${id}`, twin)];
    });
    sections.push(element("section", { class: "pv-twins" }, element("h3", {}, "Near-duplicates"), ...shown.flat()));
  }
  return sections;
}

function comparedElement(compared) {
  const side = (words, html) => html
    ? element("div", {}, element("h3", {}, words), cardElement(html, words)) : null;
  return element("section", { class: "pv-compare", "aria-label": "Old and new", lang: "en" },
    side(`Old (${state.index.since})`, compared.old), side("New", compared.new));
}

// ---- a sheet of cards, a page at a time

async function renderSheet(options) {
  const rows = state.list.slice(state.page * PAGE, (state.page + 1) * PAGE);
  const mine = ++turn;
  const cards = await source.cards(rows.map((row) => row.id));
  if (mine !== turn) return;
  const node = element("div", { class: "pv-sheet" });
  let path = "";
  for (const row of rows) {
    const full = cards[row.id];
    if (!full) continue;
    if (row.path !== path) node.append(element("h3", {}, row.article, element("small", {}, (path = row.path))));
    if (row.draft) node.append(element("p", { class: "pv-title", lang: "en" }, element("span", {}, row.id), draftChip(row)));
    node.append(...full.problems.map(problemElement), ...full.faces.map((face) => {
      const card = cardElement(face.back, row.id, row);
      card.dataset.id = row.id;
      return card;
    }));
    if (full.compared) node.append(comparedElement(full.compared));
  }
  await show(node, options);
}

// ---- the frame

function say(words, isBad = false) {
  const status = $(".pv-status");
  status.textContent = words;
  status.classList.toggle("bad", isBad);
}

function updateFrame() {
  const total = state.list.length;
  for (const [name, pressed] of [["sheet", state.isSheet], ["night", isNight()], ["phone", main.classList.contains("pv-phone")]]) {
    $(`[data-do="${name}"]`).setAttribute("aria-pressed", `${pressed}`);
  }
  $('[data-do="flip"]').disabled = state.isSheet || !current();
  $('[data-do="previous"]').disabled = state.isSheet ? state.page === 0 : state.at === 0;
  $('[data-do="next"]').disabled = state.isSheet ? state.page >= pages() - 1 : state.at >= last();
  const broken = $(".pv-broken");
  broken.hidden = !state.index.problems.length;
  broken.replaceChildren(...state.index.problems.map(problemElement));
  const waiting = $(".pv-waiting"), waits = isReview ? drafts("waits", "wait") : drafts("does not ship", "do not ship");
  waiting.textContent = waits || "No draft waits";
  waiting.hidden = !isReview && !waits;
  let words = state.isSheet ? `page ${state.page + 1} of ${pages()}, ${total} cards` : current() ? `${state.at + 1} / ${total}` : "";
  if (isReview) {
    const bar = $(".pv-progress"), done = met.size - state.index.cards.filter((row) => row.draft).length;
    bar.hidden = !met.size;
    bar.setAttribute("aria-valuemax", `${met.size}`);
    bar.setAttribute("aria-valuenow", `${done}`);
    bar.firstElementChild.style.width = `${met.size ? (100 * done) / met.size : 0}%`;
    $(".pv-decisions").hidden = false;
    $('[data-do="undo"]').disabled = !state.index.undo;
    const none = state.isSheet || !current() || Boolean(state.editing);
    for (const name of ["accept", "edit", "reject"]) $(`[data-do="${name}"]`).disabled = none;
    $('[data-do="draft"]').disabled = none || current().draft;
  }
  $(".pv-count").textContent = words;
}

function isNight() {
  return document.documentElement.classList.contains("nightMode");
}

function setNight(on) {
  document.documentElement.classList.toggle("nightMode", on);
  for (const card of document.querySelectorAll(".pv-card.card")) {
    card.classList.toggle("nightMode", on);
    card.classList.toggle("cs-day", !on);
  }
}

// ---- moving

function go(at) {
  if (state.editing) return;
  say("");
  if (state.isSheet) {
    state.page = Math.max(0, Math.min(pages() - 1, state.page + Math.sign(at - state.at)));
    state.at = state.page * PAGE;
  } else {
    state.at = Math.max(0, Math.min(last(), at));
    state.face = 0;
    state.isFlipped = isReview;
  }
  return render({ keepScroll: false });
}

const actions = {
  next: () => go(state.at + 1),
  previous: () => go(state.at - 1),
  flip() {
    if (state.isSheet || state.editing) return;
    state.isFlipped = !state.isFlipped;
    return render();
  },
  sheet() {
    if (state.editing) return;
    state.isSheet = !state.isSheet;
    state.page = pageAt(state.at);
    state.at = Math.min(state.at, Math.max(0, state.list.length - 1));
    return render({ keepScroll: false });
  },
  phone() {
    main.classList.toggle("pv-phone");
    updateFrame();
  },
  night() {
    setNight(!isNight());
    updateFrame();
  },
  search: () => filters.q.focus(),
  face() {
    if (!state.full || state.isSheet || state.editing) return;
    state.face = (state.face + 1) % Math.max(1, state.full.faces.length);
    return render();
  },
  help: () => $(".pv-help").showModal(),
};

const keys = [
  ["j →", "next card or page", "next"],
  ["k ←", "previous card or page", "previous"],
  ["space", "flip", "flip"],
  ["c", "next cloze, or the reverse", "face"],
  ["/", "search", "search"],
  ["s", "sheet: all cards with their answers", "sheet"],
  ["w", "phone width", "phone"],
  ["t", "light or night", "night"],
  ["?", "these keys", "help"],
];

// ---- deciding

if (isReview) {
  Object.assign(actions, {
    accept: () => decide("accept"),
    draft: () => current() && !current().draft && decide("draft"),
    reject() {
      const row = current();
      if (!row || !state.full || state.editing || state.isSheet) return;
      if (!row.released) return decide("reject");
      // Learners would lose the card: that takes more than a key.
      leaving = state.full;
      $("code", retire).textContent = row.id;
      retire.returnValue = "";
      retire.showModal();
    },
    async undo() {
      if (state.editing || !state.index.undo) return;
      const { status, data, problems } = await post("undo", {});
      if (status !== 200) return say(problems[0].message, true);
      await reload({ stay: data.card });
      say(`taken back: ${data.card}`);
    },
    edit() {
      if (!state.editing && !state.isSheet && state.full && current()) openForm();
    },
  });
  keys.push(
    ["Enter", "accept: it ships", "accept"], ["e", "edit", "edit"], ["d", "back to draft: it does not ship", "draft"],
    ["x", "reject: delete from the file", "reject"], ["u", "undo", "undo"],
  );
}

const retire = $(".pv-retire");
let leaving = null; // the card that the question is about, as it was seen
retire.addEventListener("close", () => {
  if (retire.returnValue !== "retire") return;
  if (state.full.id === leaving.id && state.full.hash === leaving.hash) return decide("reject", { retire: true });
  say("the card changed meanwhile; nothing was written", true);
});

let deciding = false;
async function decide(what, also = {}) {
  const row = current();
  if (deciding || state.editing || state.isSheet || !row || !state.full || state.full.id !== row.id) return;
  deciding = true;
  try {
    const { status, problems } = await post(what, { id: row.id, hash: state.full.hash, ...also });
    if (status !== 200) {
      await reload({ stay: row.id });
      return say(`${problems[0].message}. ${problems[0].hint}`, true);
    }
    const stay = what === "draft" ? row.id : (state.list[++state.at] || {}).id;
    await reload({ stay });
    const done = { accept: row.draft ? "accepted" : "no draft, nothing to accept", draft: "a draft again", reject: "rejected" };
    say(`${done[what]}: ${row.id}`);
  } finally {
    deciding = false;
  }
}

const TEXTS = ["front", "back", "text", "extra", "quote", "cite"];
const LISTS = ["aka", "tags"];

function openForm() {
  const full = state.full, fields = full.fields;
  const names = TEXTS.filter((name) => name in fields || (name !== "text" ? !("text" in fields && (name === "front" || name === "back")) : !("front" in fields)));
  const form = element("form", { class: "pv-form", lang: "en", "aria-label": `Edit ${full.id}`, novalidate: true });
  form.append(element("h3", {}, `Edit ${full.id}`));
  const kind = element("select", { name: "kind" }, ...["definition", "formula", "claim", "enumeration", "progression"].map((name) => element("option", {}, name)));
  kind.value = fields.kind;
  form.append(element("label", {}, "kind", kind));
  for (const name of names) form.append(element("label", {}, name, area(name, fields[name] || "")));
  for (const name of LISTS) form.append(element("label", {}, `${name}, one a line`, area(name, (fields[name] || []).join("\n"))));
  if (!("text" in fields)) {
    const box = element("input", { type: "checkbox", name: "reverse" });
    box.checked = Boolean(fields.reverse);
    form.append(element("label", { class: "pv-check" }, box, "reverse: also asked the other way round"));
  }
  if (fields.draft) {
    const box = element("input", { type: "checkbox", name: "draft" });
    form.append(element("label", { class: "pv-check" }, box, "keep it a draft: without this, saving accepts the card"));
  }
  const pairs = element("fieldset", {}, element("legend", {}, "where: symbol and meaning"));
  for (const [symbol, meaning] of [...Object.entries(fields.where || {}), ["", ""]]) {
    const input = (label, value) => {
      const made = element("input", { type: "text", "aria-label": label, "data-where": label, spellcheck: "false" });
      made.value = value;
      return made;
    };
    pairs.append(element("div", { class: "pv-pair" }, input("symbol", symbol), input("meaning", meaning)));
  }
  form.append(pairs, element("div", { class: "pv-problems", "aria-live": "polite" }));
  form.append(element("div", { class: "pv-buttons" },
    element("button", { type: "button", "data-do": "cancel", title: "Escape" }, "Cancel"),
    element("button", { type: "submit", "data-do": "save", title: "Ctrl+Enter" }, "Save")));
  state.editing = { id: full.id, hash: full.hash, form, timer: 0, sent: 0 };
  state.isFlipped = true;
  form.addEventListener("input", () => {
    clearTimeout(state.editing.timer);
    state.editing.timer = setTimeout(attempt, 150);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
  $('[data-do="cancel"]', form).addEventListener("click", closeForm);
  $(".pv-side", view).replaceChildren(form);
  updateFrame();
  $("textarea", form).focus();
  attempt();
}

function area(name, value) {
  const made = element("textarea", { name, rows: Math.min(8, Math.max(1, value.split("\n").length, Math.ceil(value.length / 42))), spellcheck: "false", lang: "zh" });
  made.value = value;
  return made;
}

function formFields(form) {
  const fields = { kind: form.elements.kind.value };
  for (const name of TEXTS) if (form.elements[name]) fields[name] = form.elements[name].value;
  for (const name of LISTS) fields[name] = form.elements[name].value.split("\n");
  for (const name of ["reverse", "draft"]) if (form.elements[name]) fields[name] = form.elements[name].checked;
  fields.where = Object.fromEntries([...form.querySelectorAll(".pv-pair")].map((pair) => [...pair.children].map((input) => input.value)));
  return fields;
}

async function attempt() {
  const editing = state.editing;
  if (!editing) return;
  const mine = ++editing.sent;
  const { status, data, problems } = await post("try", { id: editing.id, hash: editing.hash, fields: formFields(editing.form) });
  if (state.editing !== editing || mine !== editing.sent) return;
  $(".pv-problems", editing.form).replaceChildren(...problems.map(problemElement));
  $('[data-do="save"]', editing.form).disabled = status !== 200;
  if (status !== 200) return;
  state.face = Math.min(state.face, Math.max(0, data.faces.length - 1));
  const left = element("div", { class: "pv-left" }, $(".pv-title", view).cloneNode(true), facesElement(data), faceElement(data));
  const turnNow = ++turn;
  stage.replaceChildren(left);
  await typeset(left);
  if (turnNow === turn && state.editing === editing) {
    $(".pv-left", view).replaceWith(left);
    reachable(left);
  }
}

async function save() {
  const editing = state.editing;
  if (!editing || deciding) return;
  deciding = true;
  try {
    clearTimeout(editing.timer);
    const { status, problems } = await post("edit", { id: editing.id, hash: editing.hash, fields: formFields(editing.form) });
    if (status !== 200) {
      $(".pv-problems", editing.form).replaceChildren(...problems.map(problemElement));
      return say(problems[0].message, true);
    }
    state.editing = null;
    const box = editing.form.elements.draft;
    await reload({ stay: editing.id });
    say(`${box && !box.checked ? "saved and accepted" : "saved"}: ${editing.id}`);
    main.focus({ preventScroll: true });
  } finally {
    deciding = false;
  }
}

function closeForm() {
  state.editing = null;
  main.focus({ preventScroll: true });
  return render();
}

// ---- live: files that were saved show at once, and the place stays

async function reload({ stay } = {}) {
  const index = await source.index();
  const here = stay || (current() || {}).id;
  for (const row of index.cards) {
    row.search = `${row.id} ${row.path} ${row.article} ${row.text}`.toLowerCase();
    if (!order.has(row.id)) order.set(row.id, order.size);
    if (row.draft) met.add(row.id);
  }
  if (isReview) index.cards.sort((a, b) => order.get(a.id) - order.get(b.id));
  state.index = index;
  fillFilters();
  refilter({ stay: here });
  if (state.editing) return updateFrame();
  return render();
}

function listen() {
  const events = new EventSource("/api/events");
  events.onmessage = (event) => {
    if (Number(event.data) !== state.index.version && !deciding) reload();
  };
  addEventListener("pagehide", () => events.close());
}

// ---- wiring

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button && button.dataset.face !== undefined) {
    state.face = Number(button.dataset.face);
    return state.editing ? attempt() : render();
  }
  const action = button && actions[button.dataset.do];
  if (action) action();
  else if (!button && event.target.closest(".pv-left .pv-card") && !event.target.closest("a, summary, details") && !String(getSelection())) actions.flip();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.editing) return closeForm();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && state.editing) { event.preventDefault(); return save(); }
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  const on = event.target;
  if (on.matches("input, textarea, select")) {
    if (event.key === "Escape" || (event.key === "Enter" && on === filters.q)) {
      event.preventDefault(); // Escape would empty a search without a word
      on.blur();
      main.focus({ preventScroll: true });
    }
    return;
  }
  if (on.matches("button, a, summary") && (event.key === " " || event.key === "Enter")) return;
  const names = { " ": "space", ArrowRight: "→", ArrowLeft: "←" };
  const key = names[event.key] || event.key;
  const found = keys.find(([written]) => written.split(" ").includes(key));
  if (!found) return;
  event.preventDefault();
  actions[found[2]]();
});

filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("input", (event) => {
  if (state.editing) return;
  if (event.target.name === "topic") filters.article.value = "";
  state.face = 0;
  refilter({ stay: (current() || {}).id });
  state.at = state.page = 0;
  state.isFlipped = isReview;
  render({ keepScroll: false });
});

$(".pv-help dl").append(...keys.flatMap(([key, words]) => [element("dt", {}, key), element("dd", {}, words)]));
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
setNight(prefersDark.matches);
prefersDark.addEventListener("change", (event) => { setNight(event.matches); updateFrame(); });
state.isFlipped = isReview;
reload().then(() => {
  if (mode !== "static") listen();
  document.body.dataset.ready = "true";
});
