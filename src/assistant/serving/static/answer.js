/**
 * An answer under its question, as its pieces arrive.
 *
 * Promises: all of the answer's quotations are shown or none, and none whose fingerprint does not agree; in an emergency
 * the notice stands alone; the answer is said once, when it is whole.
 */
import { button, byId, link, make, say, toEntry } from "./elements.js";
import { feedbackOn } from "./feedback.js";
import { agrees, quotation } from "./quotation.js";
import { WORDS, fill, inWords } from "./words.js";

/** What was taken over from earlier, each with the way to drop it: nothing is carried unseen. */
function carried(names, drop) {
  const chips = names.map((name) => {
    const off = button("×", "quiet", () => drop(name));
    off.ariaLabel = fill(WORDS.drop, { name });
    return make("li", "chip", `${name} `, off);
  });
  return make("div", "carried", make("p", "", WORDS.answering_about), make("ul", "", ...chips));
}

/** The subjects the question may be about; the notice above has asked. */
function choices(subjects, choose) {
  const items = subjects.map((subject) => make("li", "", button(subject, "choice", () => choose(subject))));
  const list = make("ul", "choices", ...items);
  list.ariaLabel = WORDS.which_subject;
  return list;
}

/** Where the reader may look: an entry once, with its sections. */
function whereToLook(places) {
  const titles = new Map(places.map(({ entry, title }) => [entry, title]));
  const toReader = ({ entry, section }) => toEntry(`/library/${encodeURIComponent(entry)}#${encodeURIComponent(section)}`);
  const items = [...titles].map(([entry, title]) => {
    const links = places.filter((place) => place.entry === entry)
      .flatMap((place, index) => [index > 0 && " · ", link(inWords(WORDS.sections, place.section), toReader(place))]);
    return make("li", "", make("p", "", title), make("p", "", ...links));
  });
  return make("div", "places", make("h3", "", WORDS.where_to_look), make("ul", "", ...items));
}

/** An answer being shown in an article. */
export class Showing {
  /**
   * @param article where it is shown, under its question.
   * @param acts what the reader can do: `drop` a carried name, `choose` a subject.
   */
  constructor(article, acts) {
    this.article = article;
    this.acts = acts;
    this.answer = { quotes: [] };
    this.figures = [];
    this.withheld = false;
  }

  /** What must be seen whatever follows. */
  meta(meta) {
    Object.assign(this.answer, meta, { quotes: [] });
    const { notice, disclaimer, question: read, status, reason } = meta;
    this.urgent = ["emergency", "crisis"].includes(reason);
    this.withheld = !disclaimer?.text;
    if (disclaimer?.text) byId("disclaimer").textContent = disclaimer.text;
    const asked = read.text.trim().split(/\s+/).join(" ");
    this.add(
      read.read_as !== asked && make("p", "read-as", `${WORDS.read_as} ${read.read_as}`),
      read.carried_over.length > 0 && carried(read.carried_over, this.acts.drop),
      notice && make("p", this.urgent ? "notice urgent" : "notice", notice.text),
      status === "clarify" && read.subjects.length > 1 && choices(read.subjects, this.acts.choose),
    );
  }

  /** A quotation. One that is not the library's takes those before it away: a dose must not lose what limits it. */
  async quote(quote) {
    if (this.urgent) return;
    this.withheld ||= !(await agrees(quote));
    if (this.withheld) return this.clear();
    this.answer.quotes.push(quote);
    const figure = quotation(quote, this.answer);
    this.figures.push(figure);
    this.add(figure);
  }

  /** The rest; returns the answer as it was shown. */
  done(rest) {
    const { nearest, degraded } = Object.assign(this.answer, { ...rest, quotes: this.answer.quotes });
    const { notice, quotes } = this.answer;
    this.add(
      this.withheld && make("p", "notice", WORDS.withheld),
      !this.urgent && nearest.length > 0 && whereToLook(nearest),
      degraded && make("p", "aside", WORDS.degraded),
      !this.urgent && feedbackOn(this.answer),
    );
    const count = quotes.length === 1 ? WORDS.one_quotation : quotes.length > 1 && fill(WORDS.quotations, { count: quotes.length });
    say([notice?.text, this.withheld && WORDS.withheld, count].filter(Boolean).join(" "));
    return this.answer;
  }

  /** Takes away what was shown of an answer that did not arrive whole. */
  clear() {
    for (const figure of this.figures.splice(0)) figure.remove();
    this.answer.quotes = [];
  }

  add(...parts) {
    this.article.append(...parts.filter(Boolean));
  }
}
