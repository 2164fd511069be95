/**
 * The frame: the chat behind a launcher, on another site's page.
 *
 * Promises: it listens only to the page that holds it, and only where that page's origin is an allowed site; it tells that
 * page whether it is open and how large its launcher is, and nothing else.
 */
import "./chat.js";
import { byId } from "./elements.js";
import { WORDS, sites } from "./words.js";

const COLOURS = [
  "accent", "on-accent", "page", "paper", "ink", "soft-ink", "line", "caution", "myth", "tint", "alarm", "on-alarm",
];
const KINDS = { ...Object.fromEntries(COLOURS.map((name) => [name, "color"])), radius: "border-radius", sans: "font-family", serif: "font-family" };
const MARGIN = 8; // px on each side of the launcher, for its shadow and its ring of focus

const root = document.documentElement;
const launcher = byId("launcher");
const panel = byId("chat");
const allowed = new Set([location.origin, ...sites()]);

/** The way to the page that holds the frame; before its greeting there is none. */
let page = null;

function show(open) {
  panel.hidden = !open;
  byId("closed").hidden = open;
  launcher.ariaExpanded = String(open);
  root.classList.toggle("open", open);
  page?.postMessage({ open });
  (open ? byId("question") : launcher).focus({ preventScroll: true });
}

/** Takes the theme over: known names alone, and values that are what the name needs. */
function wear(theme) {
  for (const [name, kind] of Object.entries(KINDS)) {
    const value = theme?.[name];
    if (typeof value === "string" && value.length < 200 && !/[()]\s*url|url\(|var\(/i.test(value) && CSS.supports(kind, value)) {
      root.style.setProperty(`--${name}`, value);
    }
  }
}

addEventListener("message", ({ data, origin, ports, source }) => {
  if (source !== parent || !allowed.has(origin) || data?.assistant !== "hello" || ports.length !== 1) return;
  page?.close();
  [page] = ports;
  wear(data.theme);
  const { width, height } = launcher.getBoundingClientRect();
  const size = [Math.ceil(width) + 2 * MARGIN, Math.ceil(height) + 2 * MARGIN];
  page.postMessage({ title: WORDS.heading, size });
});

launcher.addEventListener("click", () => show(true));
byId("close").addEventListener("click", () => show(false));
addEventListener("keydown", ({ key, isComposing }) => {
  if (key === "Escape" && !isComposing && !panel.hidden) show(false);
});
if (parent === window) show(true); // opened by itself, it is a page
