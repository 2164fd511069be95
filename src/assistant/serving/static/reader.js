/** The reader page: marks the words a citation points at, and brings them into view. Without it, single units are marked. */
const text = document.getElementById("text");
const copy = document.getElementById("copy");
const MOST = 500; // units; an address may name any number

/** Wraps an element's contents in a mark, or a row's cell by cell. */
function markUnit(element) {
  for (const part of element.localName === "tr" ? element.cells : [element]) {
    const mark = document.createElement("mark");
    mark.append(...part.childNodes);
    part.append(mark);
  }
}

function unmark() {
  for (const mark of text.querySelectorAll("mark")) mark.replaceWith(...mark.childNodes);
  text.querySelector("[tabindex]")?.removeAttribute("tabindex");
}

/** Marks the units of an address such as #u12 or #u31-32, and moves the focus there, so that reading goes on from them. */
function showCited() {
  unmark();
  const [, first, last = first] = /^#u(\d{1,6})(?:-(\d{1,6}))?$/.exec(location.hash) ?? [];
  const units = [];
  for (let number = Number(first); number <= Math.min(Number(last), Number(first) + MOST); number += 1) {
    const unit = document.getElementById(`u${number}`);
    if (unit) units.push(unit);
  }
  text.classList.toggle("has-cited", units.length > 0);
  if (units.length === 0) return;
  units.forEach(markUnit);
  for (const [number, { lastChild: mark, nextSibling: space }] of units.entries()) {
    // What stands between two of them is marked with the first, so that no gap is left.
    if (space?.nodeType === Node.TEXT_NODE && space.nextSibling === units[number + 1]) mark.append(space);
  }
  units[0].tabIndex = -1;
  units[0].focus({ preventScroll: true });
  units[0].scrollIntoView({ block: "start" });
}

addEventListener("hashchange", showCited);
showCited();

copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  const { textContent: citation } = document.getElementById("citation");
  const words = citation.replace(/(?<= )\/library\/\S+$/, (path) => location.origin + path);
  const copied = await navigator.clipboard.writeText(words).then(() => true, () => false);
  document.getElementById("status").textContent = copied ? copy.dataset.copied : copy.dataset.notCopied;
});
