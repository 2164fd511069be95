"""Edits: the one thing in which a twin differs: a "not", a unit, a figure, a dress of words.

Each takes words and returns words; none knows of entries, units or questions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.library.misconceptions import CLAIM, CORRECTION
from assistant.library.sentences import sentence_spans
from eval.twins.telling import AMOUNT

_NEGATIONS = re.compile(
    r"\b(?:not|no|none|nor|never|neither|without|cannot|nothing|nobody|hardly|barely|scarcely|unlikely|lacks?|failed|"
    r"\w+n['’]t)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(did|does|do|is|are|was|were|has|have|had|can|could|should) not(?= (?!only\b|just\b|least\b))"
)
_ASSERTED = re.compile(r"\b(is|are|was|were|can|could|should|has been|have been|had been)\b(?= [a-z])")
_RUMOUR = re.compile(
    r"^(?:it is (?:often|sometimes|widely) said|(?:many |some )?people (?:often )?(?:say|believe|think)) that ",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SWAPS = (
    (re.compile(r"(?<=\d)(\s?)(?:mcg|microg|µg|μg)\b"), "mg"),
    (re.compile(r"(?<=\d)(\s?)micrograms?\b"), "milligrams"),
    (re.compile(r"(?<=\d)(\s?)milligrams?\b"), "micrograms"),
    (re.compile(r"(?<=\d)(\s?)IU\b"), "mcg"),
    (re.compile(r"(?<=\d)(\s?)(?:g|grams?)\b(?!\s?/)"), "mg"),
)
MICRO_SIGNS = ("mcg", "µg", "μg", "microg")
"""Ways to write microgram: U+00B5 and U+03BC are two characters."""
_FIGURE = re.compile(
    r"(?<![\w.,/-])([1-9])(\d*)(?=(?:\.\d+)?\s?(?:%|mg|mcg|µg|μg|g|IU|days?|weeks?|months?|years?|cups?)(?!\w))"
)


@dataclass(frozen=True, slots=True)
class Negated:
    """One statement, affirmed and negated, that differs by its "not" alone."""

    affirmed: str
    negated: str


def negate(sentence: str) -> Negated | None:
    """Return a statement and its negation, or None when no single "not" would turn it round.

    A statement that holds one negation loses it; one without any gets one after its first auxiliary. Words in brackets,
    and labels before a colon, are left alone.
    """
    plain = _BRACKETED.sub(lambda match: " " * len(match.group()), sentence)
    negations = _NEGATIONS.findall(plain)
    if len(negations) == 1 and (match := _NEGATED.search(plain)):
        end = match.end(1)
        return Negated(sentence[:end] + sentence[match.end() :], sentence)
    if not negations and (match := _ASSERTED.search(plain)):
        return Negated(sentence, f"{sentence[: match.end()]} not{sentence[match.end() :]}")
    return None


def swap_units(words: str, micro: str = "mcg") -> str:
    """Return words with every amount in another unit: mg for mcg, micrograms (written `micro`) for mg; figures stay.

    The statement becomes another one, which is what a twin is for; nothing is converted.
    """

    def swapped(match: re.Match[str]) -> str:
        amount = match.group()
        if re.search(r"\bmg\b|(?<=\d)mg\b", amount):
            return re.sub(r"mg\b", micro, amount)
        for pattern, unit in _SWAPS:
            if pattern.search(amount):
                return pattern.sub(rf"\g<1>{unit}", amount)
        return amount

    return AMOUNT.sub(swapped, words)


def change_figure(words: str) -> str | None:
    """Return words with their first figure of an amount, a share or a time changed; None when they hold none.

    Its first digit goes up by one, and from nine to four: never the same, never nought. Words in brackets stay.
    """
    plain = _BRACKETED.sub(lambda match: " " * len(match.group()), words)
    match = _FIGURE.search(plain)
    if match is None:
        return None
    digit = "4" if match.group(1) == "9" else str(int(match.group(1)) + 1)
    return words[: match.start()] + digit + words[match.start() + 1 :]


@dataclass(frozen=True, slots=True)
class Misconception:
    """A claim and what corrects it, each one or more sentences, without a label."""

    claim: str
    """Without its full stop."""
    correction: str


def read_misconception(words: str) -> Misconception | None:
    """Part a misconception into its claim and its correction; None when the two cannot be told apart."""
    if heading := re.match(r"#{1,6}\s+(.+?)\s*#*\n+", words):
        claim, rest = heading.group(1), words[heading.end() :]
    else:
        bare = CLAIM.sub("", words, count=1).strip().removeprefix("**").strip()
        spans = sentence_spans(bare, 0, len(bare)) if bare else []
        if len(spans) < 2:
            return None
        claim, rest = spans[0].of(bare), bare[spans[1].start :]
        claim = _RUMOUR.sub("", claim)
    claim = claim.strip().strip('*_"“”').rstrip(".!?").strip()
    correction = re.sub(r"\s*\n\s*", " ", CORRECTION.sub("", rest.strip(), count=1).strip(" ,"))
    if not claim or not correction or "\n" in claim:
        return None
    return Misconception(_lower(claim), _upper(correction))


@dataclass(frozen=True, slots=True)
class Dress:
    """A way in which a library may write its misconceptions."""

    name: str
    pattern: str
    """With {claim}, {Claim}, {correction}, {Correction} and {number}; \\n\\n parts paragraphs."""
    markdown: bool
    """Whether it needs headings, lists or bold print, which a flat export has not."""


DRESSES = (
    Dress("claim", "Claim: {claim}. {Correction}", markdown=False),
    Dress("myth_fact", "Myth: {claim}. Fact: {correction}", markdown=False),
    Dress("often_said", "It is often said that {claim}. In fact {correction}", markdown=False),
    Dress("many_believe", "Many people believe that {claim}. {Correction}", markdown=False),
    Dress("quoted", "“{Claim}.” {Correction}", markdown=False),
    Dress("two_lines", "Misconception: {claim}.\n\nReality: {correction}", markdown=False),
    Dress("heading", "### {Claim}\n\n{Correction}", markdown=True),
    Dress("heading_question", "### Does the saying hold that {claim}?\n\n{Correction}", markdown=True),
    Dress("bold_pair", "**Myth {number}:** {claim}.\n\n**Fact:** {Correction}", markdown=True),
    Dress("bold_claim", "**{Claim}.**\n\n{Correction}", markdown=True),
    Dress("bold_run_in", "**{Claim}.** {Correction}", markdown=True),
    Dress("items", "- **Misconception:** {claim}. {Correction}", markdown=True),
    Dress("numbered", "{number}. Myth: {claim}. {Correction}", markdown=True),
    Dress("heading_two_paragraphs", "### {Claim}\n\nThis is often repeated.\n\n{Correction}", markdown=True),
)
HEADINGS = ("Myths", "Common misconceptions", "What people get wrong", "Claims and facts", "Things often said")
"""How a section of misconceptions may be headed."""


def dress(misconceptions: Sequence[Misconception], chosen: Dress) -> str:
    """Write misconceptions in one dress, a paragraph or more each."""
    between = "\n" if chosen.name in ("items", "numbered") else "\n\n"
    return between.join(
        chosen.pattern.format(
            claim=each.claim,
            Claim=_upper(each.claim),
            correction=_lower(each.correction),
            Correction=each.correction,
            number=number,
        )
        for number, each in enumerate(misconceptions, start=1)
    )


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _lower(words: str) -> str:
    """Small first letter, unless the first word is an abbreviation or a name with inner capitals."""
    first = words.split(maxsplit=1)[0] if words else ""
    return words if any(char.isupper() for char in first[1:]) else words[:1].lower() + words[1:]
