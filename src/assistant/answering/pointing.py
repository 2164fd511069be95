"""Pointing: what the pronouns of a question stand for, and a question with one of them named.

Works on plain text, small letters; every word it returns was given to it. Must not know the library.
"""

import re
from collections.abc import Sequence

_PEOPLE_DO = (
    r"(?! (?:say|said|claim|tell|think|recommend|know|knew|heat|heated|test|tested|give|gave|measure|measured|put|use"
    r"|used|do|did|follow|followed|mean|sell|sold|call|add|added|look|looked|took|ate|had|found|show|showed)\b)"
)
"""After a they who are people: they say, they gave."""
_REPLACED = re.compile(
    rf"\b(?:(?:it|they{_PEOPLE_DO}|them|these|those)(?='|\b)(?! (?:is|was|be) (?:true|that))"
    r"|(?:this|that)(?=\s*[?!.,]|\s*$))"
)
_MANY = re.compile(rf"(?<!of )\b(?:they|them|these|those|theyre|they're|em)\b{_PEOPLE_DO}")
_POSSESSIVE = re.compile(r"\b(?:its|their)\b")
_ACTS = re.compile(
    r"\b(?:does|do|can|will|could|would|did|doesnt|dont|cant|doesn't) (?P<it>it|they|this|that)\b"
    r"(?! (?:take|matter|mean|depend))|\b(?:is|are|was|were) (?P<is>it|they|this|that) "
    r"(?=better|worse|safer|stronger|as |the same|same as|like |taken|absorbed)"
    r"|\b(?:take|taking|mix|combine|compare|use|have|eat|drink|swap|replace|between) (?P<object>it|them|this|that)\b"
    r"|\b(?!(?:is|was|does|do|did|has|if|that|when|because|as|but|and|so|how|what|why|be|may|might|can|could|will|would"
    r"|should|must) )[a-z]+ (?P<turned>it|them) (?=into|alongside|together with|instead of|before|after|and|or|with)"
)
"""A pronoun that does something, is compared, or has something done with it: not the it of "is it true that"."""
_ACTED_ON = re.compile(
    r"\b(?P<verb>affect|affects|stop|stops|block|blocks|help|helps|reduce|lower|raise|boost|improve|hinder|cancel|replace"
    r"|with|than|like|to) (?P<it>it|them|that|this|those)\b"
    r"(?=\s*[?!.,]|\s*$|\s(?:being|getting|going|working|from|in|or|and)\b)"
)
_ABOUT = re.compile(r"\b(?:for|on|about) (?P<it>that|this|it)(?=[\s?!.]*$)")
_PEOPLE = re.compile(r"\b(?:they|them)\b")
_NTH = re.compile(
    r"(?<=\w )the (?P<which>first|second|former|latter|last)(?: one| of them)?"
    r"(?=\s*[?!.,]|\s*$|\s(?:is|are|was|does|has|for|any|in|with|or|and)\b)"
)
_ONE = re.compile(r"\b(?:it|its)\b")
_NOT_THINGS = frozenset(
    """does is was has this less us yes always perhaps besides times sometimes years weeks months days hours minutes
    levels effects benefits results things means says ones whats thats""".split()  # noqa: SIM905 - reads as words
)
"""Words in -s that are no things one could speak of as they."""


def with_pronoun_named(text: str, name: str) -> str | None:
    """Return a text with its first pronoun replaced by a name; None when it has none that may be."""
    if match := _POSSESSIVE.search(text):
        return f"{text[: match.start()]}{name}'s{text[match.end() :]}"
    if match := _REPLACED.search(text):
        return f"{text[: match.start()]}{name}{text[match.end() :]}"
    return None


def with_people_named(text: str, name: str) -> str | None:
    """Return a text with its first they or them replaced by a group's name; None when it has none."""
    match = _PEOPLE.search(text)
    return f"{text[: match.start()]}{name}{text[match.end() :]}" if match else None


def actor_place(text: str) -> tuple[int, int] | None:
    """Return where a pronoun stands that does something: the it of "does it lower folate?"."""
    match = _ACTS.search(text)
    return next((match.span(name) for name, pronoun in match.groupdict().items() if pronoun), None) if match else None


def object_place(text: str) -> tuple[str, int, int] | None:
    """Return the word before a pronoun to which something is done, and where that stands: zinc may block it."""
    match = _ACTED_ON.search(text)
    return (match["verb"], *match.span("it")) if match else None


def about_place(text: str) -> tuple[int, int] | None:
    """Return where a pronoun stands for what was asked before: the that of "is zinc as good for that?"."""
    match = _ABOUT.search(text)
    return match.span("it") if match else None


def with_one_named(text: str, name: str) -> str | None:
    """Return a text that speaks of one thing and of several with the one named: do they block iron?

    None when it does not speak of both.
    """
    match = _ONE.search(text) if _MANY.search(text) else None
    return f"{text[: match.start()]}{name}{text[match.end() :]}" if match else None


def with_several_named(text: str, name: str) -> str | None:
    """Return a text with its first they, them, these or those replaced by a name; None when it has none."""
    match = _MANY.search(text)
    if match is None:
        return None
    verb = " are" if match.group() in ("theyre", "they're") else ""
    return f"{text[: match.start()]}{name}{verb}{text[match.end() :]}"


def things_in(text: str) -> list[str]:
    """Return the words of a text that name several things, in order: the mushrooms of "vitamin d in mushrooms".

    A verb in -s is told by what stands before it only as far as the caller leaves subjects out: magnesium helps.
    """
    return [
        word
        for word in re.findall(r"[a-z]{4,}", text)
        if word[-1] == "s" and word[-2:] not in ("ss", "us", "is") and word not in _NOT_THINGS
    ]


def named_ordinal(text: str, names: Sequence[str]) -> tuple[str, str] | None:
    """Return a text with "the first" or "the second one" replaced by that of some names, and the name.

    None when it speaks of none, or of a first anything else: the first week.
    """
    match = _NTH.search(text)
    at = {"first": 0, "former": 0, "second": 1, "latter": -1, "last": -1}[match["which"]] if match else None
    if match is None or at is None or len(names) < 2 or at >= len(names):
        return None
    return f"{text[: match.start()]}{names[at]}{text[match.end() :]}", names[at]
