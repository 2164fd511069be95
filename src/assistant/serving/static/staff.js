/** The staff desk: coming in and going, its four parts, and its keys. */
import { emptyLists, refresh } from "./staff-care.js";
import { copyAnswer, onPassage, startAgain } from "./staff-ask.js";
import { nextFormat } from "./staff-copy.js";
import { button, byId, call, make, over, say, tell } from "./staff-parts.js";
import { preview } from "./staff-preview.js";
import { clearFilters, empty, search, step } from "./staff-search.js";
import { WORDS } from "./staff-words.js";

const VIEWS = Object.keys(WORDS.viewNames);
const FIRST_FIELD = { search: "q", ask: "question", care: "review", readers: "gaps" };
let view = "search";

function open(name, { focus = true } = {}) {
  view = name;
  for (const each of VIEWS) byId(each).hidden = each !== name;
  for (const tab of byId("views").children) {
    if (tab.dataset.view === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  document.title = `${WORDS.viewNames[name]} · ${WORDS.heading}`;
  if (focus) byId(FIRST_FIELD[name]).focus({ preventScroll: true });
  refresh(name);
}

/** Shows the door, and leaves nothing of the desk behind it. */
function close(words = "") {
  byId("desk").hidden = true;
  byId("door").hidden = false;
  byId("refusal").textContent = words;
  empty();
  startAgain();
  emptyLists();
  byId("key").focus();
}

async function enter() {
  const { entries, snapshot } = await call("GET", "session");
  byId("served").textContent = WORDS.served(entries, snapshot);
  byId("door").hidden = true;
  byId("desk").hidden = false;
  byId("refusal").textContent = "";
  startAgain();
  open("search");
  await search();
}

byId("enter").addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = byId("key").value.trim();
  byId("key").value = "";
  byId("refusal").textContent = "";
  try {
    await call("POST", "session", { key });
    await enter();
  } catch (failure) {
    const words = { 401: WORDS.wrongKey, 429: WORDS.tooMany(failure.seconds ?? "60"), 503: WORDS.failures.notReady }[failure.status];
    byId("refusal").textContent = words ?? WORDS.failures.other;
  }
});

byId("leave").addEventListener("click", async () => {
  await call("DELETE", "session").catch(tell);
  close();
});
over.addEventListener("over", () => close(WORDS.over));

const move = (by) => () => { if (view === "search") step(by); };
const KEYS = {
  "/": () => { open("search"); byId("q").select(); },
  j: move(1),
  k: move(-1),
  c: () => ({ search: preview.copy, ask: copyAnswer })[view]?.(),
  f: nextFormat,
  o: () => { if (view === "search") preview.open(); },
  x: () => { if (view === "search") clearFilters(); },
  "?": () => byId("help").showModal(),
  ...Object.fromEntries(VIEWS.map((name, at) => [String(at + 1), () => open(name)])),
};

document.addEventListener("keydown", (event) => {
  if (byId("desk").hidden || byId("help").open || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const { target } = event;
  const isTyping = target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  if (event.key === "Escape" && isTyping) {
    byId(view === "search" ? "results" : view === "ask" ? "customer" : FIRST_FIELD[view]).focus();
    return;
  }
  if (isTyping || !byId("keys-on").checked || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

for (const element of document.querySelectorAll("[data-words]")) element.textContent = WORDS[element.dataset.words];
for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", WORDS[element.dataset.label]);
for (const name of VIEWS) {
  const tab = button(WORDS.viewNames[name], "", () => open(name));
  tab.dataset.view = name;
  byId("views").append(tab);
}
byId("keys").append(...WORDS.keys.flatMap(([keys, words]) =>
  [make("dt", "", ...keys.split("  ").map((key) => make("kbd", "", key))), make("dd", "", words)]));
byId("help-button").addEventListener("click", () => byId("help").showModal());
onPassage((unit) => {
  open("search", { focus: false });
  preview.show({ ...unit, why: null });
  byId("preview").focus();
});

// On a narrow screen the filters stand folded above what was found.
byId("facets").open = matchMedia("(min-width: 64rem)").matches;

enter().catch((failure) => {
  close();
  if (failure.status !== 401) say(WORDS.failures.offline);
});
