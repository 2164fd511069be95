"""What a question asks of every unit alike, worked out once: its topics with their weights, and what it names.

Must not know how the numbers are weighed; that is for `evidence`.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.answering.passages import Passages
from assistant.answering.quantities import Quantity, quantities_asked
from assistant.answering.question import Reading, topical
from assistant.answering.search import Candidate
from assistant.index.encoder import Encoder
from assistant.index.kinds import Kind
from assistant.index.lexicon import Item, Terms, phrase_terms
from assistant.index.terms import term_of, words_of

_DESCRIBING = frozenset(
    {
        "funding", "source", "trial_size", "trial_participants", "trial_length", "dose_studied", "evidence_strength",
        "time_to_effect", "figure",
    }
)  # fmt: skip
"""Kinds that ask about a study: a condition then says which study, and the answer need not name it again."""
_INFLECTED = ("ing", "ed", "ly")
"""Endings of words that are no names."""
Sex = Literal["men", "women", ""]
_SEXES: dict[Sex, re.Pattern[str]] = {
    "men": re.compile(r"\b(?:m[ae]n|males?|boys?)\b"),
    "women": re.compile(r"\b(?:wom[ae]n|females?|girls?|pregnan\w+|breastfe\w+|(?:post|peri)?-?menopaus\w+)\b"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made ready to be held against units."""

    reading: Reading
    weights: dict[str, float]
    """Its topical terms with how much each tells, from 0 to 1."""
    other_names: dict[str, tuple[Terms, ...]]
    """Of each topical term: the other names of what it is part of."""
    rare: tuple[str, ...]
    """Topical terms that are no everyday words and no known names: a medicine, a salt, a plant nobody listed."""
    proper: tuple[str, ...]
    """Topical terms that are names of something in the library other than its subjects: an author, a place, a trial."""
    subjects: tuple[Terms, ...]
    substances: frozenset[Terms]
    """The names of the subjects and substances it is about."""
    together: tuple[tuple[str, frozenset[Terms]], ...]
    """Of two subjects or more asked about at once: each with its names. Empty when they are only compared."""
    conditions: tuple[Item, ...]
    details: tuple[Item, ...]
    """The forms and bodies it names."""
    named: frozenset[Terms]
    """Every name of all that it names."""
    required: tuple[Kind, ...]
    free: tuple[Kind, ...]
    """Its kinds that rule nothing out."""
    describing: bool
    """Whether it asks about a study rather than about the subject."""
    comparing: bool
    quantities: tuple[Quantity, ...]
    """The sorts of number it asks for."""
    sex: Sex
    titled: str | None
    """The entry whose title it is, or None."""
    best_score: float
    best_unit_cosine: float
    best_chunk_cosine: float
    best_unit_bm25: float
    ceiling: float
    """About the highest BM25 score its terms can reach."""


def sex_of(words: str) -> Sex:
    """Return the one sex that words speak of; nothing when they speak of both or of neither."""
    small = words.lower()
    spoken = [sex for sex, pattern in _SEXES.items() if pattern.search(small)]
    return spoken[0] if len(spoken) == 1 else ""


def ask_of(reading: Reading, passages: Passages, candidates: Sequence[Candidate], encoder: Encoder) -> Asked:
    """Make a question ready to be held against its candidates, of which there is at least one."""
    items = (*reading.synonyms, *reading.arguments)
    weights = {term: passages.rarity(term) for term in topical(reading.terms)}
    other_names = {
        term: tuple(
            name for item in items if any(term in each for each in item.names) for name in (*item.names, *item.broader)
        )
        for term in weights
    }
    subjects = tuple(phrase_terms(subject) for subject in reading.subjects)
    substances = {name for item in reading.arguments if item.kind == "substance" for name in item.names}
    names = {kind.name for kind in reading.kinds}
    return Asked(
        reading=reading,
        weights=weights,
        other_names=other_names,
        rare=tuple(_rare(reading.plain, weights, items, encoder)),
        proper=tuple(term for term in weights if term in passages.snapshot.wording.proper_names),
        subjects=subjects,
        substances=frozenset((*subjects, *substances)),
        together=() if "comparison" in names or len(subjects) < 2 else _with_names(reading.subjects, passages),
        conditions=tuple(item for item in reading.synonyms if item.kind == "condition"),
        details=tuple(item for item in reading.synonyms if item.kind in ("form", "body")),
        named=frozenset(name for item in items for name in item.names),
        required=tuple(kind for kind in reading.kinds if kind.required),
        free=tuple(kind for kind in reading.kinds if not kind.required and kind.name != "overview"),
        describing=bool(names & _DESCRIBING),
        comparing="comparison" in names,
        quantities=quantities_asked(reading.plain),
        sex=sex_of(reading.plain),
        titled=passages.titles.get(phrase_terms(reading.text)) or passages.titles.get(phrase_terms(reading.plain)),
        best_score=max(each.score for each in candidates),
        best_unit_cosine=max(each.unit_cosine for each in candidates),
        best_chunk_cosine=max(each.chunk_cosine for each in candidates),
        best_unit_bm25=max(each.unit_bm25 for each in candidates),
        ceiling=sum(passages.rarity(term) for term in reading.terms) * 6 + 1.0,
    )


def _with_names(subjects: Sequence[str], passages: Passages) -> tuple[tuple[str, frozenset[Terms]], ...]:
    """Return subjects with their names: those of the entries that they are the main subject of included."""
    entries = passages.snapshot.library.entries
    return tuple(
        (
            subject,
            frozenset({phrase_terms(subject)}).union(
                *(passages.own_names[entry.id] for entry in entries if entry.subjects[:1] == (subject,))
            ),
        )
        for subject in subjects
    )


def _rare(plain: str, weights: Collection[str], items: Iterable[Item], encoder: Encoder) -> Iterable[str]:
    """Yield the topical terms whose words are not whole pieces of the encoder's vocabulary, and no lay names."""
    lay = {term for item in items if item.kind == "lay" for name in item.names for term in name}
    for word in dict.fromkeys(words_of(plain)):
        term = term_of(word)
        if term not in weights or term in lay or len(word) < 4 or not word.isalpha() or word.endswith(_INFLECTED):
            continue
        if not encoder.knows_word(word):
            yield term
