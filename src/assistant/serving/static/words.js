/** The words of the page, which the server put into it: see words.toml. */
const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const WORDS = Object.freeze(read("words"));

/** A text with its {names} filled in. What is filled in is never searched for names. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** The server's word for something, in ours; an unknown one is given back as it is. */
export const inWords = (names, name) => (Object.hasOwn(names, name) ? names[name] : name);

/** The origins whose pages the frame listens to, besides its own. */
export const sites = () => read("sites");
