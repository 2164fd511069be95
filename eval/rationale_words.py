"""Rationale words: what the wording of one sentence of an abstract says of it, by itself.

Its terms, numbers and names; whether it states an aim, a method, a result; which part of a labelled abstract it opens.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from assistant.index.terms import terms_of

_LABEL = re.compile(
    r"\W*(?:(background|objectives?|aims?|purpose|context|introduction|importance|rationale|hypothesis)|"
    r"(methods?|design|setting|participants|patients|materials|measurements|interventions?|data sources?|study)|"
    r"(results?|findings|main results|outcomes?|principal findings)|"
    r"(conclusions?|interpretation|significance|discussion|implications?|relevance|summary))\b",
    re.IGNORECASE,
)
"""How a labelled abstract opens its parts; capitals or a colon must follow, which `part_of` checks."""
_OURS = re.compile(
    r"\b(?:we|our|here|herein|this study|these (?:results|findings|data|studies)|the present study|"
    r"this (?:report|paper))\b",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"\b(?:show(?:s|ed|n)?|found|find|demonstrat\w+|suggest\w*|indicat\w+|reveal\w*|conclud\w+|identif\w+|"
    r"observ\w+|associated|resulted|increased|decreased|reduced|improved|confirm\w+|provid\w+ evidence|support\w*|"
    r"establish\w*)\b",
    re.IGNORECASE,
)
_AIMS = re.compile(
    r"\b(?:aim(?:ed|s)?|objective|investigat\w+|whether|to (?:determine|assess|evaluate|examine|test|study)|"
    r"hypothes\w+|unclear|unknown|poorly understood|remains|sought)\b",
    re.IGNORECASE,
)
_METHODS = re.compile(
    r"\b(?:randomi[sz]ed|enrolled|recruited|measured|assessed|analy[sz]ed|using|performed|participants were|"
    r"patients were|were (?:obtained|collected|assigned|included|treated))\b",
    re.IGNORECASE,
)
_STATISTICS = re.compile(r"\bp\s*[<=>]|\bCI\b|\b(?:odds|hazard|risk|rate) ratio|\b[HOR]R\b|%|\bn\s*=", re.IGNORECASE)
_HEDGES = re.compile(r"\b(?:may|might|could|likely|possibl\w+|potential\w*|suggest\w*|appear\w*)\b", re.IGNORECASE)
_NEGATIONS = re.compile(
    r"\b(?:no|not|nor|neither|never|without|lack\w*|fail\w*|absen\w+|unable|independent of|unaffected|cannot)\b",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:increas\w*|elevat\w*|higher|greater|more|enhanc\w*|up-?regulat\w*|promot\w*|induc\w*|improv\w*|activat\w*|"
    r"rais\w*|stimulat\w*)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:decreas\w*|reduc\w*|lower\w*|less|fewer|diminish\w*|down-?regulat\w*|inhibit\w*|suppress\w*|impair\w*|"
    r"protect\w*|prevent\w*|block\w*|attenuat\w*)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,·]\d+)*")
_NAME = re.compile(r"\b(?=\w*[A-Z0-9])(?=\w*[A-Za-z])[\w-]*(?:[A-Z0-9][\w-]*[A-Z0-9]|[a-z][A-Z0-9]|[A-Za-z]\d)[\w-]*\b")
"""A gene, a medicine's code or an abbreviation: capitals or digits within a word."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is compared: worked out once, for all claims."""

    terms: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    numbers: frozenset[str]
    names: frozenset[str]
    cues: tuple[float, ...]
    """Whether each of `CUES` is in it, 1 or 0."""


_PATTERNS = (_OURS, _SHOWS, _AIMS, _METHODS, _STATISTICS, _HEDGES, _NEGATIONS, _UP, _DOWN)
CUES = ("ours", "shows", "aims", "methods", "statistics", "hedges", "negations", "up", "down")
PARTS = ("aim", "method", "result", "conclusion")


def read_sentence(words: str) -> Sentence:
    """Read a sentence."""
    terms = tuple(terms_of(words))
    return Sentence(
        terms,
        frozenset(pairwise(terms)),
        frozenset(_NUMBER.findall(words)),
        frozenset(name.lower() for name in _NAME.findall(words)),
        tuple(float(pattern.search(words) is not None) for pattern in _PATTERNS),
    )


def part_of(words: str) -> int:
    """Return which part of a labelled abstract a sentence opens, from 1 to 4; 0 when it opens none."""
    found = _LABEL.match(words)
    if found is None or not found.lastindex:
        return 0
    following = words[found.end() :].lstrip()
    return found.lastindex if found.group().strip().isupper() or following.startswith(":") else 0
