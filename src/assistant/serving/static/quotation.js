/** A quotation with its citation: visibly the library's words, with what is known of where they come from. */
import { button, link, make, say, toEntry, toSource, unbroken } from "./elements.js";
import { WORDS, fill, inWords } from "./words.js";

/** Whether a text has its fingerprint. Over plain http there is no crypto, and the server's own check must do. */
export async function agrees({ text, sha256 }) {
  if (!crypto.subtle) return true;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}

/** The text as it is read: of a single item of a list its mark is there, but not seen. */
function asRead(text) {
  const [, mark, rest] = /^([-*+•] )([^\n]*)$/.exec(text) ?? [null, "", text];
  return [mark && make("span", "mark", mark), ...unbroken(rest)];
}

/** Whether the cells are the quoted text but for its bars: that text alone has a fingerprint. */
function isWholeRow(cells, text) {
  const bare = (parts) => parts.map((part) => part.trim()).filter(Boolean).join("|");
  return bare(cells) === bare(text.split("|"));
}

/** A row stands upright, so that its column names stay beside its cells on the narrowest screen. */
function upright({ columns, cells }) {
  const rows = cells.map((cell, column) => {
    const head = make("th", "", columns[column]);
    head.scope = "row";
    return make("tr", "", head, make("td", "", ...unbroken(cell)));
  });
  return make("table", "", make("tbody", "", ...rows));
}

function reviewDate(day) {
  if (!/^\d{4}-\d\d-\d\d$/.test(day ?? "") || Number.isNaN(Date.parse(day))) return WORDS.not_reviewed;
  const date = new Date(day).toLocaleDateString(WORDS.language, { dateStyle: "long", timeZone: "UTC" });
  return fill(WORDS.reviewed, { date });
}

const sectionOf = ({ section }) => fill(WORDS.section, { section: inWords(WORDS.sections, section) });

/** What is known of the place a quotation comes from; what is not known is said to be so. */
function factsOf(quote) {
  const { confidence, last_reviewed: day, provenance } = quote.entry;
  return [
    sectionOf(quote),
    reviewDate(day),
    Object.hasOwn(WORDS.confidences, confidence ?? "")
      ? fill(WORDS.confidence, { level: WORDS.confidences[confidence] })
      : WORDS.no_confidence,
    provenance === "sample" && WORDS.sample,
  ].filter(Boolean);
}

const roleOf = ({ role }) => role !== "answer" && inWords(WORDS.roles, role);
const publishedAt = (quote) => toEntry(quote.fragment_url) ?? toEntry(quote.url) ?? toEntry(quote.entry.url);

/** The reader page at the quoted words, all of them: the units from the first to the last. */
function placeOf({ entry, units }) {
  const [first, last] = units;
  const range = last > first ? `${first}-${last}` : first;
  return toEntry(`/library/${encodeURIComponent(entry.id)}#u${range}`);
}

/** What is copied: the quotation with what must not be lost from it: its label, its limits, the disclaimer. */
function asPlainText(quote, { quotes, disclaimer }) {
  const limits = ({ role, entry }) => ["qualifier", "caution"].includes(role) && entry.id === quote.entry.id;
  const pieces = [quote, ...(quote.role === "answer" ? quotes.filter(limits) : [])].map((piece) => [
    roleOf(piece),
    piece.label,
    piece.table?.columns.join(" | "),
    `“${piece.text}”`,
    `${piece.entry.title} — ${factsOf(piece).join(". ")}.`,
    publishedAt(piece),
  ].filter(Boolean).join("\n"));
  return [...pieces, disclaimer.text].join("\n\n");
}

function copyButton(quote, answer) {
  return button(WORDS.copy, "quiet", async ({ target }) => {
    const copied = await navigator.clipboard.writeText(asPlainText(quote, answer)).then(() => true, () => false);
    target.textContent = copied ? WORDS.copied : WORDS.not_copied;
    say(target.textContent);
    setTimeout(() => { target.textContent = WORDS.copy; }, 2000);
  });
}

/**
 * A figure of one quotation.
 *
 * @param quote as the server sends it; its fingerprint has been checked.
 * @param answer the answer it belongs to, whose limits and disclaimer are copied along.
 */
export function quotation(quote, answer) {
  const { entry, table, text } = quote;
  const address = publishedAt(quote);
  const block = make("blockquote", "", ...(table && isWholeRow(table.cells, text) ? [upright(table)] : asRead(text)));
  if (address) block.cite = address;
  const sources = quote.sources.flatMap(({ label, pmid, url }, index) =>
    [index > 0 && ", ", link(pmid && !label.includes(pmid) ? `${label} (PMID ${pmid})` : label, toSource(url))]);
  const figure = make("figure", "",
    roleOf(quote) && make("h3", "", roleOf(quote)),
    // Many sentences of an entry never name its subject, so a quotation always stands under it.
    entry.subjects.length > 0 && make("p", "about", fill(WORDS.about, { subject: entry.subjects[0] })),
    quote.label && make("p", "label", quote.label),
    block,
    make("figcaption", "",
      make("p", "place", link(entry.title, address)),
      make("p", "facts", factsOf(quote).join(" · ")),
      sources.length > 0 && make("p", "", `${WORDS.sources} `, ...sources),
      make("p", "actions", link(WORDS.read, placeOf(quote)), navigator.clipboard && copyButton(quote, answer))));
  Object.assign(figure.dataset, { role: quote.role, section: quote.section });
  return figure;
}
