/** Copying with citation: the format is chosen once for the whole desk. */
import { button, make, say } from "./staff-parts.js";
import { WORDS } from "./staff-words.js";

let format = "text";

/** Copies what is ready to paste. HTML goes as such and, for plain fields, as its source. */
export async function copy(formats) {
  const text = formats?.[format];
  if (!text) return say(WORDS.notCopied);
  const plain = new Blob([text], { type: "text/plain" });
  const rich = format === "html" && { "text/html": new Blob([text], { type: "text/html" }) };
  const item = new ClipboardItem({ "text/plain": plain, ...rich });
  const done = await navigator.clipboard?.write([item]).then(() => true, () => false);
  return say(done ? WORDS.copied(WORDS.formats[format]) : WORDS.notCopied);
}

function choose(name) {
  format = name;
  for (const radio of document.querySelectorAll(`.formats input[value=${name}]`)) radio.checked = true;
}

export function nextFormat() {
  const names = Object.keys(WORDS.formats);
  choose(names[(names.indexOf(format) + 1) % names.length]);
  say(`${WORDS.copyAs} ${WORDS.formats[format]}`);
}

/** The formats to choose from, and the button that copies; `group` keeps two such bars on the page apart. */
export function copying(formats, group) {
  const choices = Object.entries(WORDS.formats).map(([name, label]) => {
    const radio = make("input");
    Object.assign(radio, { type: "radio", name: `format-${group}`, value: name, checked: name === format });
    radio.addEventListener("change", () => choose(name));
    return make("label", "", radio, make("span", "", label));
  });
  return make("div", "copying",
    make("fieldset", "formats", make("legend", "unseen", WORDS.copyAs), ...choices),
    button([WORDS.copy, make("kbd", "", "c")], "strong", () => copy(formats)));
}
