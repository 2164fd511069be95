/**
 * Every word of the page that is ours. To translate or reword the page, change this file and nothing else.
 *
 * Not here, because the server sends them: notices, labels, the disclaimer and the library's own words.
 */
export const WORDS = Object.freeze({
  heading: "Ask the library",
  explanation:
    "Every answer is an exact quotation from the reference library, with its source. It is not personal health advice.",
  conversation: "Conversation",
  suggestions: "Questions to start with",
  inputLabel: "Your question",
  inputHint: "Ask a question",
  send: "Ask",
  startAgain: "Start again",
  pending: "Looking in the library…",

  readAs: "Read as:",
  answeringAbout: "Answering about:",
  drop: "Drop",
  whichSubject: "Which do you mean?",
  degraded: "Part of the search is unavailable just now, so this answer may miss something the library says.",
  withheld: "This answer’s quotations are not shown: at least one of them does not match the library’s own text.",
  whereToLook: "Where to look",

  // What a quotation is for. An answer's own quotation needs no label.
  roles: { qualifier: "What limits this", caution: "Caution", nearest: "The nearest the library says" },

  about: "About",
  section: "section:",
  // The names are ours, never the library's words; an unknown section keeps the name it came with.
  sections: {
    summary: "summary",
    mechanism: "how it works",
    dose: "doses and intake",
    forms: "forms",
    timing: "timing",
    safety: "safety and strength of evidence",
    populations: "particular groups",
    interactions: "interactions",
    guidelines: "guidelines",
    practical: "in practice",
    myths: "misconceptions",
    relevance: "who it concerns",
  },
  reviewed: "Last reviewed",
  notReviewed: "Review date not known",
  confidence: "Library’s confidence:",
  confidences: { strong: "strong", moderate: "moderate", limited: "limited" },
  noConfidence: "Confidence not stated",
  sample: "Sample entry, not by the publisher",
  sources: "Studies cited:",
  newTab: "(opens in a new tab)",
  copy: "Copy with citation",
  copied: "Copied",
  notCopied: "Could not copy",

  oneQuotation: "Answer: 1 quotation.",
  quotations: (/** @type {number} */ count) => `Answer: ${count} quotations.`,

  failures: {
    offline: ["You are offline", "Your question was not sent. Try again when you are connected."],
    unreachable: ["The library could not be reached", "Your question was not answered. Try again in a moment."],
    slow: ["The library took too long to answer", "Try again in a moment."],
    busy: ["The library is busy", "Too many questions are waiting. Try again in a moment."],
    notReady: ["The library is not ready", "It is starting or being updated. Try again in a minute."],
    other: ["Something went wrong", "Your question was not answered. Try again in a moment."],
  },
  busyFor: (/** @type {number} */ seconds) => `Too many questions are waiting. Try again in ${seconds} s.`,
});
