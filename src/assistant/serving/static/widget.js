/**
 * Puts the chat on a page: <script src="https://…/widget.js" data-site="https://…" defer></script>
 *
 * Everything a reader sees is in a frame from our host, which neither the page's styles nor its scripts can reach. This
 * script only gives the frame its place. Its size never changes: closed, all but the launcher is clipped away, so that
 * nothing on the page moves. Where the frame is not allowed, nothing appears.
 */
(() => {
  const { src, dataset } = document.currentScript;
  const home = new URL(src).origin;
  if (dataset.site && dataset.site !== location.origin) {
    console.warn(`widget.js: data-site is ${dataset.site}, but this page is of ${location.origin}; nothing is shown.`);
    return;
  }
  if (document.querySelector("library-assistant")) return;

  // Pixels, since the page's own root may be of any size.
  const LOOKS = `
    :host { all: initial !important; }
    iframe {
      position: fixed; z-index: 2147483000; inset: auto 8px 8px auto; border: 0; color-scheme: light dark;
      width: min(432px, 100vw - 16px); height: min(704px, 100vh - 16px); visibility: hidden;
      clip-path: inset(calc(100% - var(--height, 0px)) 0 0 calc(100% - var(--width, 0px)));
    }
    iframe.ready { visibility: visible; }
    iframe.open { clip-path: none; border-radius: 16px; box-shadow: 0 0 0 1px rgb(0 0 0 / 12%), 0 16px 48px rgb(0 0 0 / 25%); }
    @media (max-width: 30rem), (max-height: 30rem) {
      iframe { inset: 0; width: 100%; height: 100%; }
      iframe.open { border-radius: 0; }
    }
    @media print { iframe { display: none; } }`;
  const NAMES = [
    "accent", "on-accent", "page", "paper", "ink", "soft-ink", "line", "caution", "myth", "tint", "alarm", "on-alarm",
    "radius", "sans", "serif",
  ];

  function themeOf() {
    const style = getComputedStyle(document.documentElement);
    const given = NAMES.map((name) => [name, style.getPropertyValue(`--assistant-${name}`).trim()]);
    return Object.fromEntries(given.filter(([, value]) => value));
  }

  const frame = document.createElement("iframe");
  // It may run its own scripts, open a citation in a tab, and copy; not lead this page elsewhere.
  for (const right of ["scripts", "same-origin", "forms", "popups", "popups-to-escape-sandbox"]) {
    frame.sandbox.add(`allow-${right}`);
  }
  frame.allow = "clipboard-write";
  frame.referrerPolicy = "no-referrer";
  frame.src = `${home}/widget`;

  const pixels = (number) => `${Math.min(Math.max(Number(number) || 0, 0), 400)}px`;

  /** What the frame says: its name and its launcher's size, once; then whether it is open. */
  function heed({ data }) {
    if (data.size) {
      frame.title = String(data.title);
      frame.style.setProperty("--width", pixels(data.size[0]));
      frame.style.setProperty("--height", pixels(data.size[1]));
      frame.classList.add("ready");
    }
    if (typeof data.open === "boolean") frame.classList.toggle("open", data.open);
  }

  // A line of its own between the two: no other window can speak on it, and only our host gets its end.
  frame.addEventListener("load", () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = heed;
    frame.contentWindow.postMessage({ assistant: "hello", theme: themeOf() }, home, [port2]);
  });

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOKS);
  const place = document.createElement("library-assistant");
  const shadow = place.attachShadow({ mode: "closed" });
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(frame);
  document.body.append(place);
})();
