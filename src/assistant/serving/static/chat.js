/**
 * The chat: a question, its answer, and the next.
 *
 * Promises: one question at a time; the words asked outlive neither the page nor "Start again"; the focus stays where the
 * reader writes.
 */
import { Showing } from "./answer.js";
import { Failure, answerTo } from "./asking.js";
import { byId, make, say } from "./elements.js";
import { WORDS } from "./words.js";

const log = byId("log");
const input = byId("question");
const again = byId("start-again");

/** What was asked, the subjects the server confirmed, the names dropped: all of the conversation ever sent back. */
let turns = [];
/** Whether a question is on its way: one at a time, so that answers stand in the order of their questions. */
let busy = false;
/** Counts conversations: an answer that arrives after "Start again" belongs to none. */
let conversation = 0;

/** What the reader can do with an answer: go on without a carried name, or say which subject was meant. */
const actsOn = (question) => ({
  drop(name) {
    if (busy) return;
    turns = turns.map((turn, at) =>
      at < turns.length - 1 ? turn : { ...turn, dropped: [...(turn.dropped ?? []), name] });
    ask(question);
  },
  // The one chosen is sent as if it had been confirmed last.
  choose: (subject) => ask(question, [...turns, { question, subjects: [subject] }]),
});

function begin(question) {
  say(""); // so that the same announcement twice running is two changes, and is heard twice
  const head = make("h2", "", question);
  head.dir = "auto";
  const article = make("article", "", head);
  article.ariaBusy = "true"; // until it is whole
  log.append(article);
  byId("welcome").hidden = true;
  again.hidden = false;
  input.value = "";
  // On a touch screen the keyboard would cover the answer.
  if (matchMedia("(pointer: coarse)").matches) input.blur();
  else input.focus({ preventScroll: true });
  return article;
}

async function ask(question, history = turns) {
  if (busy) return;
  busy = true;
  const mine = conversation;
  const article = begin(question);
  const showing = new Showing(article, actsOn(question));
  // Under the answer, where it pushes nothing down: what arrives stands above it.
  const pending = make("p", "pending", WORDS.pending);
  log.append(pending);
  article.scrollIntoView();
  try {
    for await (const [name, data] of answerTo(question, history)) {
      if (mine !== conversation) return;
      pending.remove();
      if (["meta", "quote", "done"].includes(name)) await showing[name](data);
    }
    const { status, question: read } = showing.answer;
    turns.push({ question, subjects: status === "clarify" ? [] : read.subjects });
  } catch (cause) {
    if (mine !== conversation) return;
    tell(cause, showing, question);
  } finally {
    pending.remove();
    article.ariaBusy = null;
    if (mine === conversation) {
      busy = false;
      article.scrollIntoView();
    }
  }
}

/** Tells of a failure in words, and gives the question back. */
function tell(cause, showing, question) {
  // Whatever is not a Failure is an answer that does not have the agreed form.
  const failure = cause instanceof Failure ? cause : new Failure(WORDS.failures.other);
  showing.clear();
  showing.add(make("p", "notice failure", make("strong", "", failure.message), ` ${failure.detail}`));
  input.value ||= question; // unless the next one has been begun
  say(`${failure.message}. ${failure.detail}`);
}

function startAgain() {
  conversation += 1;
  busy = false;
  turns = [];
  log.replaceChildren();
  input.value = "";
  byId("welcome").hidden = false;
  again.hidden = true;
  input.focus({ preventScroll: true });
  scrollTo({ top: 0 });
  say(WORDS.new_question);
}

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
byId("suggestions")?.addEventListener("click", ({ target }) => {
  const chosen = target.closest("button");
  if (chosen) ask(chosen.textContent);
});
again.addEventListener("click", startAgain);
