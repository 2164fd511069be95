/** Asking as a customer: what the customer sees, and why. */
import { copy, copying } from "./staff-copy.js";
import { bar, button, byId, call, inWords, link, make, percent, tell } from "./staff-parts.js";
import { factsOf } from "./staff-preview.js";
import { WORDS } from "./staff-words.js";

const MOST_TURNS = 10; // the server's limit

const input = byId("question");
let turns = [];
let busy = false;
let formats = {};
let openPassage = () => {};

function quotation(quote) {
  const { entry, role, label, text, table } = quote;
  const cells = table && table.cells.map((cell, at) => make("tr", "", make("th", "", table.columns[at] ?? ""), make("td", "", cell)));
  return make("figure", role,
    role !== "answer" && make("p", "heading", inWords(WORDS.roles, role)),
    label && make("p", "label", label),
    make("blockquote", "", cells ? make("table", "", make("tbody", "", ...cells)) : text),
    make("figcaption", "",
      make("p", "", link(entry.title || entry.id, quote.url), ` — ${inWords(WORDS.sections, quote.section)}`),
      factsOf(entry)));
}

/** The answer as a customer meets it: the notice, the quotations, where to look, the disclaimer. */
function customers({ notice, quotes, nearest, disclaimer, question, reason }) {
  const isUrgent = ["emergency", "crisis"].includes(reason);
  return [
    make("h3", "asked", question.text),
    question.read_as !== question.text && make("p", "aside", `${WORDS.readAs}: ${question.read_as}`),
    notice && make("p", isUrgent ? "notice urgent" : "notice", notice.text),
    ...quotes.map(quotation),
    nearest.length > 0 && make("div", "nearest", make("h4", "", WORDS.whereToLook), make("ul", "",
      ...nearest.map((place) => make("li", "", link(place.title, `/library/${encodeURIComponent(place.entry)}`),
        ` — ${inWords(WORDS.sections, place.section)}`)))),
    make("p", "disclaimer", disclaimer.text),
  ].filter(Boolean);
}

function triage({ reason, group, evidence, head }) {
  const named = inWords(WORDS.reasons, reason);
  const said = !reason ? WORDS.ordinary : group === "head" ? WORDS.byHead(named)
    : group ? WORDS.byPattern(named, group.replaceAll("_", " ")) : named;
  const rows = head.map(({ reason: name, probability, threshold }) => make("div", "weighed",
    make("span", "", inWords(WORDS.reasons, name)), bar(probability, threshold),
    make("span", "number", `${percent(probability)} / ${percent(threshold)}`)));
  return [make("h4", "", WORDS.triage), make("p", "", said),
    evidence.length > 0 && make("p", "aside", `${WORDS.evidence}: ${evidence.map((name) => name.replaceAll("_", " ")).join(", ")}`),
    rows.length > 0 && make("p", "aside", WORDS.headNote), ...rows];
}

function reading(read) {
  if (!read) return [];
  const names = (items) => items.map(({ name, kind }) => `${name} (${kind})`).join(", ") || WORDS.none;
  const rows = [
    [WORDS.subjects, read.subjects.join(", ") || WORDS.none],
    [WORDS.mustName, names(read.must_name)],
    read.also.length > 0 && [WORDS.also, names(read.also)],
    [WORDS.kinds, read.kinds.map(({ name, meaning }) => `${name.replaceAll("_", " ")}: ${meaning}`).join(" ") || WORDS.none],
  ].filter(Boolean);
  return [make("h4", "", WORDS.read), make("dl", "pairs", ...rows.flatMap(([term, value]) => [make("dt", "", term), make("dd", "", value)]))];
}

function passage(unit, threshold) {
  const place = button(unit.title, "place", () => openPassage(unit));
  return make("li", unit.veto ? "out" : "",
    make("div", "top", place, make("span", "aside", inWords(WORDS.sections, unit.section)),
      unit.quoted && make("span", "likely", WORDS.quoted),
      unit.veto ? make("span", "veto", `${WORDS.veto}: ${unit.veto}`) : make("span", "number", percent(unit.probability))),
    !unit.veto && bar(unit.probability, threshold),
    make("p", "said", unit.text));
}

/** Why: the decision first, then what it rests on. */
function reasons({ triage: heard, reading: read, silence, units }) {
  const isLikely = silence.reason === "not_in_library" && silence.likeliest >= silence.threshold;
  const decide = WORDS.decisions[silence.status === "answered" ? "answered" : isLikely ? "not_whole" : silence.reason];
  const shown = (share) => (share === null ? "—" : percent(share));
  const decision = decide ? decide(shown(silence.likeliest), shown(silence.threshold)) : silence.status;
  return [
    make("h3", "", WORDS.decision), make("p", "decision", decision),
    ...triage(heard), ...reading(read),
    make("h4", "", WORDS.likeliest),
    make("p", "aside", silence.weighed > 0
      ? `${WORDS.ruledOut(silence.ruled_out, silence.weighed)} ${WORDS.threshold} ${percent(silence.threshold)}.` : WORDS.notSearched),
    make("ol", "passages", ...units.map((unit) => passage(unit, silence.threshold))),
  ].filter(Boolean);
}

function showTurns() {
  byId("earlier").textContent = turns.length > 0 ? WORDS.earlier(turns.length) : "";
  byId("again").hidden = turns.length === 0;
}

async function ask() {
  const question = input.value.trim();
  if (!question || busy) return;
  busy = true;
  try {
    const { answer, why, formats: ready } = await call("POST", "explain", { question, turns: turns.slice(-MOST_TURNS) });
    formats = ready;
    byId("answer").replaceChildren(...customers(answer));
    if (answer.quotes.length > 0) byId("answer").firstChild.after(copying(formats, "ask"));
    byId("why").replaceChildren(...reasons(why));
    turns.push({ question, subjects: answer.status === "clarify" ? [] : answer.question.subjects });
    input.select();
    showTurns();
  } catch (failure) {
    tell(failure);
  }
  busy = false;
}

/** Begins again: a new conversation. */
export function startAgain() {
  turns = [];
  formats = {};
  input.value = "";
  byId("answer").replaceChildren(make("p", "aside", WORDS.customerNote));
  byId("why").replaceChildren(make("p", "aside", WORDS.whyNote));
  showTurns();
}

/** Copies the answer, with its notice before it. */
export const copyAnswer = () => copy(formats);

/** Says what opens a passage that was weighed. */
export function onPassage(open) {
  openPassage = open;
}

input.placeholder = WORDS.askHint;
byId("asking").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
byId("again").addEventListener("click", () => {
  startAgain();
  input.focus();
});
