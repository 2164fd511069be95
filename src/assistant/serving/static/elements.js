/**
 * Elements, made of text and other elements.
 *
 * Promises: what the server sends is only ever text, never markup; a link leads to an https entry, to PubMed or to this
 * server.
 */
import { WORDS } from "./words.js";

const PUBMED = "https://pubmed.ncbi.nlm.nih.gov";
const FIGURE = /(\d[\d.,–-]*\s(?:mcg|[kmµμ]?g|m?l|IU|days?|weeks?|months?)\b(?:\/\w+)?)/;

export const byId = (id) => document.getElementById(id);

/** Says words to a screen reader, in the page's one live region. */
export const say = (words) => { byId("status").textContent = words; };

/** An element holding text and other elements. A string becomes a text node, so markup in it stays text. */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter(Boolean));
  return element;
}

/** A button that does not send the form. */
export function button(words, className, onClick) {
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

export const toSource = (address) => safeAddress(address, (url) => url.origin === PUBMED);
export const toEntry = (address) => safeAddress(address, (url) => url.protocol === "https:");

/** A link in a new tab, since the conversation is kept nowhere but in this one; without an address, only the words. */
export function link(words, address) {
  if (!address) return make("span", "", words);
  const element = make("a", "", words, make("span", "unseen", ` ${WORDS.new_tab}`));
  element.href = address;
  element.target = "_blank";
  element.rel = "noopener noreferrer";
  return element;
}

/** The same text, where no line ends between a figure and its unit, or within a range. */
export const unbroken = (text) =>
  text.split(FIGURE).map((part, index) => (index % 2 ? make("span", "figure", part) : part));
