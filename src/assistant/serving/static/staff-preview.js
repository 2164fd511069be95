/** One passage in its place: what stands around it, what travels with it, why it was found, and copying it. */
import { copy, copying } from "./staff-copy.js";
import { bar, byId, call, cellsOf, inDays, inWords, link, make, percent, say, tell } from "./staff-parts.js";
import { WORDS } from "./staff-words.js";

const BLOCKS = ["item", "heading", "myth", "boilerplate", "lead", "fragment"];
const MOST_KEPT = 200;

const pane = byId("preview");
const known = new Map();
let shown = null;

/** What the desk knows of a passage; asked for once, and ahead for the one below. */
function fetched({ entry, unit }) {
  const path = `units/${encodeURIComponent(entry)}/${unit}`;
  if (!known.has(path)) {
    if (known.size > MOST_KEPT) known.clear();
    known.set(path, call("GET", path).catch((failure) => { known.delete(path); throw failure; }));
  }
  return known.get(path);
}

/** A table as a table; its bars are no words. */
function rowOf(text, tag, className) {
  const cells = cellsOf(text.split("\n")[0]).map((cell) => make(tag, "", cell));
  for (const cell of tag === "th" ? cells : []) cell.scope = "col";
  return make("tr", className, ...cells);
}

/** The section around a passage: sentences in paragraphs, rows in tables, all else on lines of its own. */
function context(units) {
  const blocks = [];
  let open = null;
  let rows = null;
  for (const { kind, text, quoted } of units) {
    if (kind === "head" || kind === "row") {
      if (kind === "head" || !rows) blocks.push(make("div", "wide", make("table", "", (rows = make("tbody")))));
      rows.append(rowOf(text, kind === "head" ? "th" : "td", quoted ? "quoted" : ""));
      open = null;
      continue;
    }
    rows = null;
    const piece = make("span", quoted ? "quoted" : "", kind === "heading" ? text.replace(/^#+\s*/, "") : text);
    if (BLOCKS.includes(kind)) {
      open = null;
      blocks.push(make("p", kind, piece));
    } else if (open) open.append(" ", piece);
    else blocks.push((open = make("p", "", piece)));
  }
  return make("div", "context", ...blocks);
}

export function factsOf(entry, days = null) {
  const date = inDays(entry.last_reviewed);
  return make("p", "facts",
    make("span", days !== null && days > 365 ? "late" : "", date ? `${WORDS.reviewed} ${date}` : WORDS.notReviewed,
      days !== null && days > 365 && ` (${WORDS.overdue})`),
    ` · ${entry.confidence ? `${WORDS.confidence} ${entry.confidence}` : WORDS.noConfidence}`,
    entry.provenance === "sample" && ` · ${WORDS.sample}`);
}

function why(found) {
  if (!found) return null;
  const rows = Object.entries(WORDS.scores).flatMap(([name, label]) =>
    [make("dt", "", label), make("dd", "", String(found[name]))]);
  const likely = found.probability === null ? null : make("div", "likelihood",
    make("span", "", found.veto ? `${WORDS.veto}: ${found.veto}` : `${WORDS.likely}: ${percent(found.probability)}`),
    !found.veto && bar(found.probability));
  return make("section", "found",
    make("h4", "", WORDS.foundBy),
    found.matched.length > 0
      ? make("p", "", `${WORDS.matched}: `, ...found.matched.flatMap((word, at) => [at > 0 && " ", make("mark", "", word)]))
      : make("p", "", WORDS.noMatch),
    likely,
    make("dl", "scores", ...rows),
    make("p", "aside", WORDS.scoreNote));
}

function draw(unit, data) {
  const { entry, section, companions } = data;
  const limits = companions.map((quote) => make("li", quote.role === "caution" ? "caution" : "",
    make("strong", "", inWords(WORDS.roles, quote.role)), " ", quote.text));
  const sources = data.quote?.sources ?? [];
  pane.replaceChildren(...[
    make("h3", "", entry.title || entry.id),
    factsOf(entry, data.days_since_review),
    data.quote ? copying(data.formats, "search") : make("p", "aside", WORDS.notQuotable),
    make("h4", "", inWords(WORDS.sections, section.name),
      section.how === "inferred" && make("small", "", ` ${WORDS.inferred(section.confidence)}`)),
    data.quote?.label && make("p", "label", data.quote.label),
    context(data.context),
    limits.length > 0 && make("h4", "", WORDS.travels),
    limits.length > 0 && make("ul", "limits", ...limits),
    sources.length > 0 && make("p", "facts", `${WORDS.sources}: `, ...sources.flatMap(({ label, pmid, url }, at) =>
      [at > 0 && ", ", url ? link(pmid && !label.startsWith("PMID") ? `${label} (PMID ${pmid})` : label, url) : label])),
    why(unit.why),
    make("p", "facts", link(WORDS.open, `/library/${encodeURIComponent(entry.id)}#u${data.unit}`),
      data.quote && ` · ${entry.id} · ${data.quote.start}–${data.quote.end} · sha256 ${data.quote.sha256.slice(0, 12)}`),
  ].filter(Boolean));
  pane.scrollTop = 0;
}

async function show(unit, next) {
  shown = { unit, data: null };
  const mine = shown;
  try {
    const data = await fetched(unit);
    if (shown !== mine) return;
    mine.data = data;
    draw(unit, data);
    if (next) fetched(next).catch(() => {});
  } catch (failure) {
    tell(failure);
  }
}

function clear() {
  shown = null;
  known.clear();
  pane.replaceChildren(make("p", "aside", WORDS.choose));
}

const copyShown = () => (shown?.data ? copy(shown.data.formats) : say(WORDS.choose));

function open() {
  pane.querySelector("p.facts:last-child a")?.click();
}

/** Forgets what it knows: the library has changed. */
const forget = () => known.clear();

export const preview = { show, clear, forget, copy: copyShown, open };
