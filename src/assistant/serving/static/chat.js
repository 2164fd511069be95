/**
 * The chat page: sends a question, shows the answer.
 *
 * Promises: what the server sends is only ever text, never markup; no quotation is shown unless all of the answer's
 * fingerprints agree; a link leads to an https entry, to PubMed or to this server; nothing outlives the page.
 */
import { WORDS } from "./strings.js";

const PUBMED = "https://pubmed.ncbi.nlm.nih.gov";
const LONGEST_BODY = 8000; // bytes; the server refuses more than 8 kB
const MOST_TURNS = 10; // the server's limit
const PATIENCE = 30_000; // ms, far above a slow answer: a lost connection must not leave the reader waiting

const FIGURE = /(\d[\d.,–-]*\s(?:mcg|[kmµμ]?g|m?l|IU|days?|weeks?|months?)\b(?:\/\w+)?)/;

const byId = (id) => document.getElementById(id);
const log = byId("log");
const input = byId("question");

/** What was asked, the subjects the server confirmed, the names dropped: all of the conversation ever sent back. */
let turns = [];
/** Whether a question is on its way: one at a time, so that answers stand in the order of their questions. */
let busy = false;

/** A fault the reader is told about: a title and a sentence. */
class Failure extends Error {
  constructor([title, detail = ""]) {
    super(title);
    this.detail = detail;
  }
}

/** An element holding text and other elements. A string becomes a text node, so markup in it stays text. */
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter(Boolean));
  return element;
}

/** A button that does not send the form. */
function button(words, className, onClick) {
  const element = make("button", className, words);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

/** The address if it may be followed, else null. Origins are compared whole: a user name can imitate a host. */
function safeAddress(address, allowed) {
  if (typeof address !== "string" || !address || !URL.canParse(address, location.href)) return null;
  const url = new URL(address, location.href);
  const here = url.origin === location.origin && /^https?:$/.test(url.protocol); // a blob: address also has our origin
  return here || allowed(url) ? url.href : null;
}

const toSource = (address) => safeAddress(address, (url) => url.origin === PUBMED);
const toEntry = (address) => safeAddress(address, (url) => url.protocol === "https:");

/** A link in a new tab, since the conversation is kept nowhere but in this one; without an address, only the words. */
function link(words, address) {
  if (!address) return make("span", "", words);
  const element = make("a", "", words, make("span", "unseen", ` ${WORDS.newTab}`));
  element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}

/** Whether a text has its fingerprint. Over plain http there is no crypto, and the server's own check must do. */
async function agrees({ text, sha256 }) {
  if (!crypto.subtle) return true;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}

/** The server's word for something, in ours; an unknown one is given back as it is. */
const inWords = (names, name) => (Object.hasOwn(names, name) ? names[name] : name);

/** Whether the cells are the quoted text but for its bars: that text alone has a fingerprint. */
function isWholeRow(cells, text) {
  const bare = (parts) => parts.map((part) => part.trim()).filter(Boolean).join("|");
  return bare(cells) === bare(text.split("|"));
}

/** The same text, where no line ends between a figure and its unit, or within a range. */
const unbroken = (text) => text.split(FIGURE).map((part, index) => (index % 2 ? make("span", "figure", part) : part));

/** A row stands upright, so that its column names stay beside its cells on the narrowest screen. */
function upright({ columns, cells }) {
  const rows = cells.map((cell, column) => {
    const head = make("th", "", columns[column]);
    head.scope = "row";
    return make("tr", "", head, make("td", "", ...unbroken(cell)));
  });
  return make("table", "", make("tbody", "", ...rows));
}

function reviewDate(date) {
  if (!/^\d{4}-\d\d-\d\d$/.test(date ?? "") || Number.isNaN(Date.parse(date))) return WORDS.notReviewed;
  return `${WORDS.reviewed} ${new Date(date).toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" })}`;
}

/** What is known of the entry a quotation comes from; what is not known is said to be so. */
function factsOf({ entry }) {
  const confidence = Object.hasOwn(WORDS.confidences, entry.confidence ?? "");
  return [
    reviewDate(entry.last_reviewed),
    confidence ? `${WORDS.confidence} ${WORDS.confidences[entry.confidence]}` : WORDS.noConfidence,
    entry.provenance === "sample" && WORDS.sample,
  ].filter(Boolean);
}

const sectionOf = ({ section }) => ` — ${WORDS.section} ${inWords(WORDS.sections, section)}`;
const roleOf = ({ role }) => role !== "answer" && inWords(WORDS.roles, role);
const addressOf = (quote) => toEntry(quote.fragment_url) ?? toEntry(quote.url) ?? toEntry(quote.entry.url);

/** What is copied: the quotation with what must not be lost from it: its label, its limits, the disclaimer. */
function asPlainText(quote, { quotes, disclaimer }) {
  const limits = ({ role, entry }) => ["qualifier", "caution"].includes(role) && entry.id === quote.entry.id;
  const pieces = [quote, ...(quote.role === "answer" ? quotes.filter(limits) : [])].map((piece) => [
    roleOf(piece),
    piece.label,
    piece.table?.columns.join(" | "),
    `“${piece.text}”`,
    `${piece.entry.title}${sectionOf(piece)}. ${factsOf(piece).join(". ")}.`,
    addressOf(piece),
  ].filter(Boolean).join("\n"));
  return [...pieces, disclaimer.text].join("\n\n");
}

function copyButton(quote, answer) {
  return button(WORDS.copy, "quiet", async ({ target }) => {
    const copied = await navigator.clipboard.writeText(asPlainText(quote, answer)).then(() => true, () => false);
    target.textContent = copied ? WORDS.copied : WORDS.notCopied;
    say(target.textContent);
    setTimeout(() => { target.textContent = WORDS.copy; }, 2000);
  });
}

function quotation(quote, answer) {
  const { entry, table, text } = quote;
  const address = addressOf(quote);
  const block = make("blockquote", "", ...(table && isWholeRow(table.cells, text) ? [upright(table)] : unbroken(text)));
  if (address) block.cite = address;
  const sources = quote.sources.flatMap(({ label, pmid, url }, index) =>
    [index > 0 && ", ", link(pmid ? `${label} (PMID ${pmid})` : label, toSource(url))]);
  const figure = make("figure", "",
    roleOf(quote) && make("h3", "", roleOf(quote)),
    // Many sentences of an entry never name its subject, so a quotation always stands under it.
    entry.subjects.length > 0 && make("p", "about", `${WORDS.about} ${entry.subjects[0]}`),
    quote.label && make("p", "label", quote.label),
    block,
    make("figcaption", "",
      make("p", "place", link(entry.title, address), sectionOf(quote)),
      make("p", "", factsOf(quote).join(" · ")),
      sources.length > 0 && make("p", "", `${WORDS.sources} `, ...sources),
      navigator.clipboard && copyButton(quote, answer)));
  figure.dataset.role = quote.role;
  return figure;
}

/** What was taken over from earlier, each with the way to drop it: nothing is carried unseen. */
function carried(names, question) {
  const without = (name) => turns.map((turn, at) =>
    at < turns.length - 1 ? turn : { ...turn, dropped: [...(turn.dropped ?? []), name] });
  const chips = names.map((name) => {
    const drop = button("×", "quiet", () => ask(question, (turns = without(name))));
    drop.ariaLabel = `${WORDS.drop} ${name}`;
    return make("li", "chip", `${name} `, drop);
  });
  return make("div", "carried", make("p", "", WORDS.answeringAbout), make("ul", "", ...chips));
}

/** The subjects the question may be about. The one chosen is sent as if it had been confirmed last. */
function choices(subjects, question) {
  const choose = (subject) => ask(question, [...turns, { question, subjects: [subject] }]);
  const items = subjects.map((subject) => make("li", "", button(subject, "choice", () => choose(subject))));
  return make("div", "", make("p", "", WORDS.whichSubject), make("ul", "", ...items));
}

function whereToLook(places) {
  const toReader = ({ entry }) => toEntry(`/library/${encodeURIComponent(entry)}`);
  const items = places.map((place) => make("li", "", link(place.title, toReader(place)), sectionOf(place)));
  return make("div", "places", make("h3", "", WORDS.whereToLook), make("ul", "", ...items));
}

/** Shows an answer under its question, and says it once. */
async function show(exchange, answer, question) {
  const { notice, disclaimer, question: read } = answer;
  const urgent = ["emergency", "crisis"].includes(answer.reason);
  // In an emergency the notice stands alone. Else all quotations or none: a dose must not lose what limits it.
  const quotes = urgent ? [] : answer.quotes;
  const whole = Boolean(disclaimer?.text) && (await Promise.all(quotes.map(agrees))).every(Boolean);
  const shown = whole ? quotes : [];

  const parts = [
    read.read_as !== read.text.trim().split(/\s+/).join(" ") && make("p", "read-as", `${WORDS.readAs} ${read.read_as}`),
    read.carried_over.length > 0 && carried(read.carried_over, question),
    notice && make("p", urgent ? "notice urgent" : "notice", notice.text),
    answer.status === "clarify" && read.subjects.length > 1 && choices(read.subjects, question),
    !whole && make("p", "notice", WORDS.withheld),
    ...shown.map((quote) => quotation(quote, answer)),
    !urgent && answer.nearest.length > 0 && whereToLook(answer.nearest),
    answer.degraded && make("p", "aside", WORDS.degraded),
  ];
  exchange.append(...parts.filter(Boolean));
  if (disclaimer?.text) {
    byId("disclaimer").textContent = disclaimer.text;
    byId("disclaimer").hidden = false;
  }
  const count = shown.length === 1 ? WORDS.oneQuotation : shown.length > 1 && WORDS.quotations(shown.length);
  say([notice?.text, !whole && WORDS.withheld, count].filter(Boolean).join(" "));
}

const say = (words) => { byId("status").textContent = words; };

/** The request, with as many of the last turns as fit. */
function bodyOf(question, history) {
  const sent = history.slice(-MOST_TURNS);
  const bytes = () => new TextEncoder().encode(JSON.stringify({ question, turns: sent })).length;
  while (sent.length > 0 && bytes() > LONGEST_BODY) sent.shift();
  return JSON.stringify({ question, turns: sent });
}

async function failureOf(response) {
  const { busy: full, notReady, other } = WORDS.failures;
  const seconds = Number(response.headers.get("Retry-After"));
  if (response.status === 429) return new Failure([full[0], seconds > 0 ? WORDS.busyFor(seconds) : full[1]]);
  if (response.status === 503) return new Failure(notReady);
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  const problem = isProblem ? await response.json().catch(() => null) : null;
  return new Failure(problem?.title ? [problem.title, problem.detail] : other);
}

async function request(question, history) {
  const { slow, offline, unreachable } = WORDS.failures;
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const how = { method: "POST", headers, body: bodyOf(question, history), cache: "no-store" };
  const response = await fetch("/v1/ask", { ...how, signal: AbortSignal.timeout(PATIENCE) }).catch((cause) => {
    throw new Failure(cause.name === "TimeoutError" ? slow : navigator.onLine ? unreachable : offline);
  });
  if (!response.ok) throw await failureOf(response);
  return response.json();
}

async function ask(question, history = turns) {
  if (busy) return;
  busy = true;
  say(""); // so that the same announcement twice running is two changes, and is heard twice
  const head = make("h2", "", question);
  head.dir = "auto";
  const pending = make("p", "pending", WORDS.pending);
  const exchange = make("article", "", head, pending);
  log.append(exchange);
  byId("suggestions").hidden = true;
  byId("start-again").hidden = false;
  input.value = "";
  input.focus({ preventScroll: true });
  exchange.scrollIntoView();
  try {
    const answer = await request(question, history);
    await show(exchange, answer, question);
    turns.push({ question, subjects: answer.status === "clarify" ? [] : answer.question.subjects });
  } catch (cause) {
    // Whatever is not a Failure is an answer that does not have the agreed form.
    const failure = cause instanceof Failure ? cause : new Failure(WORDS.failures.other);
    exchange.append(make("p", "notice failure", make("strong", "", failure.message), ` ${failure.detail}`));
    input.value ||= question; // unless the next one has been begun
    say(`${failure.message}. ${failure.detail}`);
  }
  busy = false;
  pending.remove();
  exchange.scrollIntoView();
}

async function suggest() {
  const response = await fetch("/v1/entries");
  const { entries } = await response.json();
  const items = entries.slice(0, 3).map(({ title }) => make("li", "", button(title, "choice", () => ask(title))));
  byId("suggestions").querySelector("ul").append(...items);
  byId("suggestions").hidden = items.length === 0 || log.hasChildNodes();
}

for (const element of document.querySelectorAll("[data-words]")) element.textContent = WORDS[element.dataset.words];
input.placeholder = WORDS.inputHint;
log.ariaLabel = WORDS.conversation;

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.value.trim()) ask(input.value.trim());
  input.focus({ preventScroll: true });
});
input.addEventListener("keydown", (event) => {
  // While a word is being composed (Japanese, Chinese, …) Enter belongs to the keyboard, not to us.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("ask").requestSubmit();
});
byId("start-again").addEventListener("click", () => location.reload()); // the conversation is kept in this page only
suggest().catch(() => {}); // without suggestions the page is still whole
