/**
 * Asking: sends a question and what was asked before, and reads the answer, whole or in pieces.
 *
 * Promises: no more is sent than the server takes; an answer that was cut off is a failure, not a shorter answer.
 */
import { WORDS, fill } from "./words.js";

const LONGEST_BODY = 8000; // bytes; the server refuses more than 8 kB
const MOST_TURNS = 10; // the server's limit
const PATIENCE = 30_000; // ms, far above a slow answer: a lost connection must not leave the reader waiting

/** A fault the reader is told about: a title and a sentence. */
export class Failure extends Error {
  constructor([title, detail = ""]) {
    super(title);
    this.detail = detail;
  }
}

/** The request, with as many of the last turns as fit. */
function bodyOf(question, history) {
  const sent = history.slice(-MOST_TURNS);
  const bytes = () => new TextEncoder().encode(JSON.stringify({ question, turns: sent })).length;
  while (sent.length > 0 && bytes() > LONGEST_BODY) sent.shift();
  return JSON.stringify({ question, turns: sent });
}

async function refusalOf(response) {
  const { busy, busy_for: [title, detail], not_ready: notReady, other } = WORDS.failures;
  const seconds = Number(response.headers.get("Retry-After"));
  if (response.status === 429) return new Failure(seconds > 0 ? [title, fill(detail, { seconds })] : busy);
  if (response.status === 503) return new Failure(notReady);
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  const problem = isProblem ? await response.json().catch(() => null) : null;
  return new Failure(problem?.title ? [problem.title, problem.detail] : other);
}

/** The events of a stream, [name, data] each, as they arrive. */
async function* eventsOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (waiting + value).split(/\r?\n\r?\n/);
    waiting = blocks.pop();
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      const field = (name) => lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ""));
      const data = field("data");
      if (data.length > 0) yield [field("event").at(-1) ?? "message", JSON.parse(data.join("\n"))];
    }
  }
}

/** The same events of an answer that came whole. */
function* piecesOf({ quotes, ...rest }) {
  yield ["meta", rest];
  for (const quote of quotes) yield ["quote", quote];
  yield ["done", rest];
}

/**
 * Asks, and yields the answer's events: `meta` with the disclaimer, a `quote` each, `done` with the rest.
 *
 * @throws Failure when there is no answer, or not all of it.
 */
export async function* answerTo(question, history) {
  const { slow, offline, unreachable, cut } = WORDS.failures;
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream, application/json;q=0.9" };
  const how = { method: "POST", headers, body: bodyOf(question, history), cache: "no-store" };
  const lost = (cause) => {
    throw new Failure(cause.name === "TimeoutError" ? slow : navigator.onLine ? unreachable : offline);
  };
  const response = await fetch("/v1/ask", { ...how, signal: AbortSignal.timeout(PATIENCE) }).catch(lost);
  if (!response.ok) throw await refusalOf(response);
  const streamed = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  let whole = false;
  try {
    for await (const event of streamed ? eventsOf(response.body) : piecesOf(await response.json())) {
      yield event;
      whole ||= event[0] === "done";
    }
  } catch (cause) {
    // A connection lost in the middle is told as such; a piece of another form is not ours to explain.
    throw cause instanceof SyntaxError ? new Failure(WORDS.failures.other) : new Failure(cut);
  }
  if (!whole) throw new Failure(cut);
}
