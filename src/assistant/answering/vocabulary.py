"""The vocabulary: what a library can be asked about, and how its names are found in a text.

Its words, for repairing misspelt ones, and the names of its entries' subjects. Found by their first word, so that a
large library is as quick to look a name up in as a small one. Must not know what a conversation is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from assistant.answering.folding import fold, fold_keeping_capitals
from assistant.answering.names import is_opposite, sound_alike, stands_for_itself, without_verbs
from assistant.index.encoder import Encoder
from assistant.index.kinds import packaged_kinds
from assistant.index.lexicon import ItemKind, Lexicon, Terms, phrase_terms
from assistant.index.terms import STOP_WORDS, term_of, words_of
from assistant.library.model import Library

_VITAMIN = phrase_terms("vitamin")
"""Before a letter, people write vit."""
_NAMES: frozenset[ItemKind] = frozenset({"substance", "medicine", "form"})
"""Items whose words are names of things that are taken."""


@dataclass(frozen=True, slots=True, order=True)
class NamePlace:
    """A subject's name in a text, at terms `start` to `end`, exclusive."""

    start: int
    end: int
    name: Terms
    subject: str
    entry_id: str


@dataclass(frozen=True)
class Vocabulary:
    """What the library can be asked about: its words, and its entries by the names of their subjects."""

    library: Library
    lexicon: Lexicon
    encoder: Encoder
    counted: Mapping[str, int] | None = field(default=None, compare=False, repr=False)
    """How often the library has each of its words, where an index was built of it; None to count them here."""

    @cached_property
    def words(self) -> dict[str, int]:
        """Every word of the library, the lexicon and everyday speech, in small letters, with how often it occurs.

        A word that is only of everyday speech counts 0.
        """
        counts: dict[str, int] = dict(self.counted or {})
        for entry in self.library.entries if self.counted is None else ():
            for word in words_of(" ".join([*entry.subjects, *entry.aliases, entry.title, entry.text])):
                counts[word] = counts.get(word, 0) + 1
        for item in self.lexicon.items:
            for word in words_of(" ".join(item.spelt)):
                counts.setdefault(word, 1)
        for word in (*packaged_kinds().generic, *STOP_WORDS):
            counts.setdefault(word, 0)
        return counts

    @cached_property
    def terms(self) -> frozenset[str]:
        """Every term of the library and the lexicon."""
        return frozenset(term_of(word) for word, count in self.words.items() if count)

    @cached_property
    def words_by_root(self) -> dict[str, list[str]]:
        """The words of the library and the lexicon of five letters or more, by their first five."""
        table: dict[str, list[str]] = {}
        for word, count in self.words.items():
            if count and len(word) >= 5:
                table.setdefault(word[:5], []).append(word)
        return table

    @cached_property
    def _by_length(self) -> dict[int, list[str]]:
        table: dict[int, list[str]] = {}
        for word in sorted(self.words):
            if len(word) >= 4 and word.isalpha():
                table.setdefault(len(word), []).append(word)
        return table

    @cached_property
    def subject_names(self) -> tuple[tuple[Terms, str, str], ...]:
        """(name in terms, subject it stands for, entry id), longest names first."""
        found: list[tuple[Terms, str, str]] = []
        for entry in self.library.entries:
            for subject in entry.subjects:
                found.append((phrase_terms(subject), subject, entry.id))
            for alias in entry.aliases:
                if entry.subjects and (len(alias) > 2 or not alias.isalpha()):
                    found.append((phrase_terms(alias), entry.subjects[0], entry.id))
        short = [(("vit", *name[1:]), subject, entry_id) for name, subject, entry_id in found if name[:1] == _VITAMIN]
        return tuple(sorted({name for name in (*found, *short) if name[0]}, key=_longest_first))

    @cached_property
    def listed(self) -> frozenset[str]:
        """The library's subjects and the lexicon's substances, by name."""
        subjects = {subject for entry in self.library.entries for subject in entry.subjects}
        return frozenset(subjects | {item.name for item in self.lexicon.items if item.kind == "substance"})

    @cached_property
    def _names_by_first(self) -> dict[str, list[tuple[Terms, str, str]]]:
        table: dict[str, list[tuple[Terms, str, str]]] = {}
        for name in self.subject_names:
            table.setdefault(name[0][0], []).append(name)
        return table

    @cached_property
    def names_of(self) -> dict[str, frozenset[Terms]]:
        """Every name of each subject."""
        table: dict[str, set[Terms]] = {}
        for name, subject, _ in self.subject_names:
            table.setdefault(subject, set()).add(name)
        return {subject: frozenset(names) for subject, names in table.items()}

    @cached_property
    def entries_of(self) -> dict[str, frozenset[str]]:
        """The ids of the entries that each subject is one of."""
        table: dict[str, set[str]] = {}
        for _, subject, entry_id in self.subject_names:
            table.setdefault(subject, set()).add(entry_id)
        return {subject: frozenset(ids) for subject, ids in table.items()}

    @cached_property
    def mains(self) -> frozenset[str]:
        """The subjects that are some entry's main one."""
        return frozenset(entry.subjects[0] for entry in self.library.entries if entry.subjects)

    @cached_property
    def any_without_subject(self) -> bool:
        """Whether it is not known of some entry what it is about."""
        return any(not entry.subjects for entry in self.library.entries)

    @cached_property
    def substance_terms(self) -> frozenset[str]:
        """The single terms that substances are named by, those of the lexicon and the library's main subjects."""
        mains = {phrase_terms(entry.subjects[0]) for entry in self.library.entries if entry.subjects}
        named = {name for item in self.lexicon.items if item.kind == "substance" for name in item.names}
        return frozenset(name[0] for name in mains | named if len(name) == 1)

    @cached_property
    def entries_with(self) -> dict[str, frozenset[str]]:
        """The ids of the entries that hold each term, in their text or their names."""
        table: dict[str, set[str]] = {}
        for entry in self.library.entries:
            text = " ".join([*entry.subjects, *entry.aliases, entry.title, entry.text])
            for term in {term_of(word) for word in set(words_of(text))}:
                table.setdefault(term, set()).add(entry.id)
        return {term: frozenset(ids) for term, ids in table.items()}

    @cached_property
    def symbols(self) -> tuple[tuple[str, str, str], ...]:
        """(symbol such as Mg, subject, entry id): aliases of two letters, told from a unit by their capital."""
        return tuple(
            (alias.capitalize(), entry.subjects[0], entry.id)
            for entry in self.library.entries
            for alias in entry.aliases
            if entry.subjects and len(alias) == 2 and alias.isascii() and alias.isalpha()
        )

    def terms_for(self, words: Sequence[str]) -> Terms:
        """Return the term of each word of a text, in order; a verb such as ironing stands as it is, and is no iron."""
        return without_verbs(words, tuple(term_of(word) for word in words), self.substance_terms, self.words)

    def names_in(self, terms: Sequence[str]) -> list[NamePlace]:
        """Find the subjects' names in a text.

        Args:
            terms: all its terms in order, stop words included, as `terms_for` gives them.

        Returns:
            Each place of each name, longest names first, then by name; one that lies within a longer name, such as the
            iron of haem iron, is left out.
        """
        places = [
            NamePlace(start, start + len(name), name, subject, entry_id)
            for start, term in enumerate(terms)
            for name, subject, entry_id in self._names_by_first.get(term, ())
            if tuple(terms[start : start + len(name)]) == name
        ]
        outer = [
            place
            for place in places
            if not any(
                other.start <= place.start and place.end <= other.end and len(other.name) > len(place.name)
                for other in places
            )
        ]
        return sorted(outer, key=lambda place: (_longest_first((place.name, place.subject, place.entry_id)), place))

    def symbols_in(self, question: str, *, alone: bool) -> list[NamePlace]:
        """Find the symbols in a question as it was typed, such as Mg; their places are not told.

        Args:
            question: with its capitals.
            alone: whether it names no other subject.
        """
        typed = fold_keeping_capitals(question)
        return [
            NamePlace(0, 0, phrase_terms(symbol), subject, entry_id)
            for symbol, subject, entry_id in self.symbols
            if stands_for_itself(symbol, typed, alone=alone)
        ]

    def repair(self, question: str) -> tuple[str, dict[str, str]]:
        """Return a question in plain small letters with its misspellings repaired, and which words were."""
        corrections: dict[str, str] = {}
        pieces: list[str] = []
        for piece in fold(question).split(" "):
            bare = piece.strip("?!.,;:'\"()[]")
            found = self.correct(bare) if bare else None
            if found is not None:
                corrections.setdefault(bare, found)
                piece = piece.replace(bare, found)
            pieces.append(piece)
        return " ".join(pieces), corrections

    @cached_property
    def _name_words(self) -> frozenset[str]:
        """The words of names, of which many that are two letters apart are two things."""
        named = [name for item in self.lexicon.items if item.kind in _NAMES for name in item.spelt]
        own = [name for entry in self.library.entries for name in (*entry.subjects, *entry.aliases)]
        return frozenset(word for name in (*named, *own) for word in words_of(name))

    def correct(self, word: str) -> str | None:
        """Return the library's word that a misspelt one stands for, or None when it is well spelt or nothing is near.

        At most one slip in a word of four to seven letters, two in a longer one; never from hyper- to hypo- or back,
        nor to one of them when the other is as near. To a word of everyday speech only from one that begins alike, and
        to a name by two slips only from one that sounds alike.
        """
        limit = 1 if len(word) <= 7 else 2
        if (
            len(word) < 4
            or not word.isalpha()
            or word in STOP_WORDS
            or word in self.words
            or self.encoder.knows_word(word)
        ):
            return None
        if term_of(word) in self.terms or any(
            word == plural for plural in (f"{word[:-1]}s", f"{word}s") if plural in self.words
        ):
            return None
        best: tuple[int, bool, int, str] | None = None
        for length in range(len(word) - limit, len(word) + limit + 1):
            near = process.extract(
                word,
                self._by_length.get(length, ()),
                scorer=DamerauLevenshtein.distance,
                score_cutoff=limit,
                limit=None,
            )
            for candidate, distance, _ in near:
                everyday = not self.words[candidate]
                if (
                    not is_opposite(word, candidate)
                    and not (everyday and candidate[0] != word[0])
                    and not (distance > 1 and candidate in self._name_words and not sound_alike(word, candidate))
                ):
                    key = (int(distance), candidate[0] != word[0], -self.words[candidate], candidate)
                    best = key if best is None or key < best else best
        return best[3] if best is not None else None


def _longest_first(name: tuple[Terms, str, str]) -> tuple[int, tuple[Terms, str, str]]:
    return -len(name[0]), name


def topical(terms: Iterable[str]) -> list[str]:
    """Return the terms that say what a question is about, each once: those that are not generic."""
    generic = _generic_terms()
    return [term for term in dict.fromkeys(terms) if term not in generic]


@cache
def _generic_terms() -> frozenset[str]:
    return frozenset(term_of(word) for word in packaged_kinds().generic)
