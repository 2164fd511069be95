/** Feedback: whether an answer was of use. Only which words were shown is sent, never what was asked. */
import { button, byId, make, say } from "./elements.js";
import { WORDS } from "./words.js";

/** Whether the server takes feedback; a refusal hides it for good, and nobody is told of it. */
let taken = true;

async function send(verdict, { snapshot, status, reason, quotes }) {
  const shown = quotes.map(({ entry, start, end }) => ({ entry: entry.id, start, end }));
  const body = JSON.stringify({ verdict, snapshot, status, reason, quotes: shown });
  const how = { method: "POST", headers: { "Content-Type": "application/json" }, body };
  return fetch("/v1/feedback", how).then((response) => response.status === 204, () => false);
}

/** The question whether an answer was useful, with a button for each verdict; null when nobody takes it. */
export function feedbackOn(answer) {
  if (!taken) return null;
  const give = async (verdict) => {
    taken = await send(verdict, answer);
    if (!taken) {
      for (const each of document.querySelectorAll(".feedback")) each.remove();
      byId("question").focus({ preventScroll: true });
      return;
    }
    const thanks = make("p", "", WORDS.thanks);
    thanks.tabIndex = -1;
    row.replaceChildren(thanks);
    thanks.focus({ preventScroll: true });
    say(WORDS.thanks);
  };
  const buttons = Object.entries(WORDS.verdicts).map(([verdict, words]) => button(words, "quiet", () => give(verdict)));
  const row = make("div", "feedback", make("p", "", WORDS.helpful), ...buttons);
  row.role = "group";
  row.ariaLabel = WORDS.helpful;
  return row;
}
