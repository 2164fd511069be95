/** What needs care: entries past review, findings of the check, gaps, and what readers thought. */
import { byId, call, inDays, inWords, link, make, tell } from "./staff-parts.js";
import { WORDS } from "./staff-words.js";

const CHOICES = [6, 12, 18, 24]; // months
let months = 12;

function table(heads, rows) {
  const head = make("thead", "", make("tr", "", ...heads.map((words) => {
    const cell = make("th", "", words);
    cell.scope = "col";
    return cell;
  })));
  return make("div", "wide", make("table", "", head, make("tbody", "", ...rows.map((cells) =>
    make("tr", "", ...cells.map((cell) => make("td", "", cell)))))));
}

const toEntry = (id, title) => link(title || id, `/library/${encodeURIComponent(id)}`);

function choosing() {
  const select = make("select", "", ...CHOICES.map((count) => {
    const option = make("option", "", WORDS.months(count));
    option.value = String(count);
    option.selected = count === months;
    return option;
  }));
  select.addEventListener("change", async () => {
    months = Number(select.value);
    await review();
    byId("review").querySelector("select").focus();
  });
  return make("label", "aside", `${WORDS.notReviewedFor} `, select);
}

async function review() {
  const { entries, served } = await call("GET", `review?days=${Math.round(months * 30.42)}`);
  const rows = entries.map((entry) => [
    toEntry(entry.id, entry.title),
    inDays(entry.last_reviewed) ?? WORDS.notReviewed,
    entry.days === null ? "—" : WORDS.days(entry.days),
    entry.confidence || WORDS.noConfidence,
  ]);
  byId("review").replaceChildren(
    make("div", "top", make("h3", "", WORDS.review), choosing()),
    make("p", "aside", WORDS.reviewNote(entries.length, served)),
    ...(rows.length > 0 ? [table([WORDS.entry, WORDS.reviewed, WORDS.age, WORDS.facetNames.confidence], rows)] : []));
}

async function findings() {
  const { checked, detail, findings: found } = await call("GET", "findings");
  const errors = found.filter(({ level }) => level === "error").length;
  const items = [...found].sort((one, two) => (one.level === "error" ? 0 : 1) - (two.level === "error" ? 0 : 1)).map((each) =>
    make("li", each.level,
      make("p", "", make("strong", "", each.level), " ", each.message),
      make("p", "aside", `${each.file}${each.line ? `, ${WORDS.line} ${each.line}` : ""} · ${each.code}`)));
  byId("findings").replaceChildren(
    make("h3", "", WORDS.findings),
    make("p", "aside", checked ? WORDS.findingsNote(errors, found.length - errors) : `${WORDS.notChecked} ${detail}`),
    make("ul", "findings", ...items));
}

function counted(title, heads, rows, least) {
  const cells = rows.map((row) => row.map(String));
  return make("div", "counted", make("h4", "", title),
    rows.length > 0 ? table([...heads, WORDS.count], cells) : make("p", "aside", WORDS.noGroups(least)));
}

const sectionOf = ({ section }) => inWords(WORDS.sections, section);
const opening = (title, { since, least }) => [
  make("h3", "", title),
  make("p", "aside", `${WORDS.since(inDays(since) ?? since)}. ${WORDS.privacy(least)}`),
];

async function gaps() {
  const found = await call("GET", "gaps");
  const subjectOf = ({ subject }) => inWords(WORDS.values, subject);
  byId("gaps").replaceChildren(...opening(WORDS.gaps, found),
    counted(WORDS.byBoth, [WORDS.subject, WORDS.section], found.groups.map((row) => [subjectOf(row), sectionOf(row), row.at_least]), found.least),
    counted(WORDS.bySubject, [WORDS.subject], found.subjects.map((row) => [subjectOf(row), row.at_least]), found.least),
    counted(WORDS.bySection, [WORDS.section], found.sections.map((row) => [sectionOf(row), row.at_least]), found.least));
}

async function feedback() {
  const found = await call("GET", "feedback");
  const entryOf = ({ entry }) => found.titles[entry] || inWords(WORDS.values, entry);
  const verdictOf = ({ verdict }) => inWords(WORDS.verdicts, verdict);
  byId("feedback").replaceChildren(...opening(WORDS.feedback, found),
    counted(WORDS.byVerdict, [WORDS.verdict], found.verdicts.map((row) => [verdictOf(row), row.at_least]), found.least),
    counted(WORDS.byEntry, [WORDS.entry, WORDS.section, WORDS.verdict],
      found.groups.map((row) => [entryOf(row), sectionOf(row), verdictOf(row), row.at_least]), found.least));
}

/** Reads the lists of a part of the desk anew. */
export async function refresh(view) {
  const lists = { care: [review, findings], readers: [gaps, feedback] }[view] ?? [];
  await Promise.all(lists.map((list) => list().catch(tell)));
}

/** Leaves nothing on the page for whoever comes next. */
export function emptyLists() {
  for (const id of ["review", "findings", "gaps", "feedback"]) byId(id).replaceChildren();
}
