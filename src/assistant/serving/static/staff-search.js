/** Search as one types: facets, what was found and why, and the one that is chosen. */
import { byId, button, call, inDays, inWords, make, percent, tell } from "./staff-parts.js";
import { preview } from "./staff-preview.js";
import { WORDS } from "./staff-words.js";

const PAUSE = 60; // ms between the last key and the search
const OPEN = 7; // values of a facet shown before "more"

const input = byId("q");
const list = byId("results");
let filters = {};
let units = [];
let chosen = -1;
let snapshot = "";
let running = null;
let waiting = 0;

/** The name of a facet's value. */
const nameOf = (facet, row) => {
  if (facet === "entry") return row.title ?? row.value;
  return inWords(facet === "section" ? WORDS.sections : WORDS.values, row.value);
};

/** The words of a passage, those that match marked; between the cells of a row stands a point in place of a bar. */
function parts({ kind, parts: pieces }) {
  const bare = (text, at) => {
    const open = at === 0 ? text.replace(/^\s*\|\s*/, "") : text;
    return (at === pieces.length - 1 ? open.replace(/\s*\|\s*$/, "") : open).replaceAll(" | ", " · ");
  };
  return pieces.map(([text, isMatch], at) => (isMatch ? make("mark", "", text) : kind === "row" ? bare(text, at) : text));
}

function option(unit, index) {
  const { why } = unit;
  const facts = [
    inWords(WORDS.sections, unit.section),
    inDays(unit.last_reviewed) ?? WORDS.notReviewed,
    unit.confidence || WORDS.noConfidence,
    unit.sample && WORDS.sample,
  ].filter(Boolean).join(" · ");
  const likely = why?.probability === null || why?.probability === undefined ? null : why.veto
    ? make("span", "veto", WORDS.veto)
    : make("span", "likely", WORDS.likelyShort(percent(why.probability)));
  const element = make("div", "hit",
    make("div", "top", make("span", "title", unit.title), likely),
    make("div", "said", ...parts(unit)),
    make("div", "facts", make("span", `role ${["caution", "qualifier", "misconception"].includes(unit.role) ? unit.role : "answer"}`,
      inWords(WORDS.values, unit.role)), ` ${facts}`));
  element.id = `hit-${index}`;
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", "false");
  element.addEventListener("click", () => choose(index));
  return element;
}

/** Chooses one of what was found, and shows it in its place. */
export function choose(index) {
  if (units.length === 0) return;
  const next = Math.max(0, Math.min(units.length - 1, index));
  list.children[chosen]?.setAttribute("aria-selected", "false");
  chosen = next;
  const element = list.children[chosen];
  element.setAttribute("aria-selected", "true");
  element.scrollIntoView({ block: "nearest" });
  for (const owner of [input, list]) owner.setAttribute("aria-activedescendant", element.id);
  preview.show(units[chosen], units[chosen + 1]);
}

export const step = (by) => choose(chosen + by);

function group(facet, rows) {
  const values = [...rows].sort((one, two) => two.chosen - one.chosen);
  const field = make("fieldset", "", make("legend", "", WORDS.facetNames[facet]));
  const boxes = values.map((row) => {
    const box = make("input");
    box.type = "checkbox";
    box.checked = row.chosen;
    box.addEventListener("change", () => {
      const set = new Set(filters[facet]);
      set[box.checked ? "add" : "delete"](row.value);
      filters[facet] = [...set];
      search({ keep: `${facet} ${row.value}` });
    });
    box.dataset.place = `${facet} ${row.value}`;
    return make("label", "check", box, make("span", "", nameOf(facet, row)), make("span", "count", String(row.count)));
  });
  field.append(...boxes.slice(0, OPEN));
  if (boxes.length > OPEN) {
    const rest = make("details", "", make("summary", "", WORDS.more(boxes.length - OPEN)), ...boxes.slice(OPEN));
    rest.open = group.open.has(facet);
    rest.addEventListener("toggle", () => group.open[rest.open ? "add" : "delete"](facet));
    field.append(rest);
  }
  return field;
}
group.open = new Set();

/** What was read out of the words, and how long it took. */
function told(found) {
  const { question } = found;
  const read = question.read_as && question.read_as !== input.value.trim()
    ? ` · ${WORDS.searchedFor} “${question.read_as}”` : "";
  return question.searched ? `${WORDS.found(found.total, Math.round(found.ms))}${read}` : WORDS.all(found.total);
}

function show(found, keep) {
  if (found.snapshot !== snapshot) preview.forget();
  snapshot = found.snapshot;
  units = found.units;
  chosen = -1;
  byId("reading").textContent = told(found);
  byId("facet-groups").replaceChildren(...Object.keys(WORDS.facetNames).map((facet) => group(facet, found.facets[facet] ?? [])));
  byId("clear").hidden = !Object.values(filters).some((values) => values.length > 0);
  list.replaceChildren(...units.map(option));
  list.scrollTop = 0;
  input.removeAttribute("aria-activedescendant");
  list.removeAttribute("aria-activedescendant");
  if (units.length === 0) {
    list.append(make("p", "aside", WORDS.nothing));
    list.firstChild.setAttribute("role", "option");
    preview.clear();
  } else choose(0);
  // The box that was changed has been drawn anew; the focus stays on it.
  if (keep) [...document.querySelectorAll("[data-place]")].find((box) => box.dataset.place === keep)?.focus();
}

/** Searches now; what is still on its way is overtaken. */
export async function search({ keep = null } = {}) {
  clearTimeout(waiting);
  running?.abort();
  const mine = (running = new AbortController());
  try {
    const found = await call("POST", "search", { q: input.value, filters }, mine.signal);
    if (mine === running) show(found, keep);
  } catch (failure) {
    tell(failure);
  }
}

export function clearFilters() {
  filters = {};
  search();
}

/** Begins again, for whoever comes in next. */
export function empty() {
  running?.abort();
  input.value = "";
  filters = {};
  units = [];
  list.replaceChildren();
  byId("facet-groups").replaceChildren();
  byId("reading").textContent = "";
  preview.clear();
}

input.placeholder = WORDS.searchHint;
input.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, PAUSE);
});
byId("looking").addEventListener("submit", (event) => {
  event.preventDefault();
  list.focus();
});
for (const owner of [input, list]) {
  owner.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.isComposing) return;
    event.preventDefault();
    step(by);
  });
}
byId("clear").addEventListener("click", clearFilters);
