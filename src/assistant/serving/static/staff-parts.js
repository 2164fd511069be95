/**
 * What the parts of the staff desk share. What the server sends becomes text, never markup; a link leads to https or to
 * this server; nothing is kept in the browser, and no question stands in an address.
 */
import { WORDS } from "./staff-words.js";

export const byId = (id) => document.getElementById(id);

/** An element holding text and other elements. A string becomes a text node, so markup in it stays text. */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

export function button(words, className, onClick) {
  const element = make("button", className, words);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

/** The server's word for something, in ours; an unknown one is given back as it is. */
export const inWords = (names, name) => (Object.hasOwn(names, name ?? "") ? names[name] : String(name));

/** A link in a new tab to an https page or to this server; anything else is only its words. */
export function link(words, address) {
  const url = URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  const isSafe = url && (url.protocol === "https:" || (url.origin === location.origin && /^https?:$/.test(url.protocol)));
  if (!isSafe) return make("span", "", words);
  const element = make("a", "", words, make("span", "unseen", ` ${WORDS.newTab}`));
  element.href = url.href;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}

/** The cells of a table's row as the library writes it, between bars. */
export const cellsOf = (row) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

/** A date in words, or null. */
export function inDays(date) {
  if (!/^\d{4}-\d\d-\d\d$/.test(date ?? "") || Number.isNaN(Date.parse(date))) return null;
  return new Date(date).toLocaleDateString("en-GB", { dateStyle: "medium", timeZone: "UTC" });
}

export const percent = (share) => `${Math.round(share * 100)} %`;

/** Says something once, for everybody: it is shown, and read out. */
export function say(words) {
  const status = byId("status");
  status.textContent = "";
  setTimeout(() => { status.textContent = words; }, 30);
  clearTimeout(say.ends);
  say.ends = setTimeout(() => { status.textContent = ""; }, 2500);
}

/** A bar from 0 to 1, with a line where a threshold is. Its number stands beside it in words. */
export function bar(share, threshold = null) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "bar");
  svg.setAttribute("viewBox", "0 0 100 8");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const rect = (className, x, width) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ class: className, x, width, y: 0, height: 8 })) made.setAttribute(name, value);
    return made;
  };
  svg.append(rect("whole", 0, 100), rect("part", 0, 100 * Math.max(0, Math.min(1, share))));
  if (threshold !== null) svg.append(rect("limit", 100 * threshold - 0.5, 1));
  return svg;
}

/** Whoever listens hears that the session is over. */
export const over = new EventTarget();

export class Refused extends Error {
  constructor(status, seconds) {
    super(WORDS.failures.other);
    this.status = status;
    this.seconds = seconds;
  }
}

/** Asks the desk's doors. What is looked for travels in the body. Raises Refused, or AbortError when it was overtaken. */
export async function call(method, path, body, signal) {
  const headers = { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) };
  const how = { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal };
  const response = await fetch(`/v1/staff/${path}`, how);
  if (response.status === 401 && path !== "session") over.dispatchEvent(new Event("over"));
  if (!response.ok) throw new Refused(response.status, response.headers.get("Retry-After"));
  return response.status === 204 ? null : response.json();
}

/** Tells a failure, unless it was only overtaken. */
export function tell(failure) {
  if (failure.name === "AbortError" || failure.status === 401) return;
  say(failure instanceof Refused ? WORDS.failures.other : WORDS.failures.offline);
}
