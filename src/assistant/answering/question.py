"""Reading a question: its words repaired, its subjects and other arguments found, its kinds named.

Everything is shown or can be: what was corrected, what was carried over from the turns before. The words themselves are
never quoted back as ours.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache, cached_property

from rapidfuzz.distance import DamerauLevenshtein

from assistant.answering.folding import fold, fold_keeping_capitals
from assistant.answering.names import (
    is_opposite,
    names_a_child,
    only_within_others,
    stands_for_itself,
    without_verbs,
)
from assistant.errors import QuestionError
from assistant.index.encoder import Encoder
from assistant.index.kinds import Kind, packaged_kinds
from assistant.index.lexicon import Item, ItemKind, Lexicon, Terms, contains, phrase_terms
from assistant.index.terms import STOP_WORDS, term_of, words_of
from assistant.library.model import Library

MAX_CHARACTERS = 1000
MAX_TURNS = 10
STRICT: frozenset[ItemKind] = frozenset({"substance", "medicine", "population"})
"""What an answer must name when the question does; a condition or a lay word only makes a unit likelier."""
_KEPT: frozenset[ItemKind] = frozenset({"medicine", "population"})
"""What is said once of the person asked about, and holds for what is asked next."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the same conversation and the subjects it was answered about. It holds no answer text."""

    question: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it was read."""

    text: str
    """As asked."""
    read_as: str
    """As asked, with misspellings repaired; what a reader is shown."""
    plain: str
    """The same folded to plain small letters; what search sees."""
    terms: tuple[str, ...]
    """Its content terms in order, without stop words and without its subjects' names."""
    subjects: tuple[str, ...]
    """The library's subjects it is about, named or carried over."""
    entries: frozenset[str]
    """The entries that have one of these subjects; empty when it names none."""
    arguments: tuple[Item, ...]
    """Substances, medicines and populations it names beside its subjects: an answer must speak of each."""
    synonyms: tuple[Item, ...]
    """Conditions, lay words and abbreviations in it."""
    kinds: tuple[Kind, ...]
    corrections: tuple[tuple[str, str], ...]
    carried_over: tuple[str, ...]
    """Subjects taken from the turns before, and then the medicines and populations named there."""


@dataclass(frozen=True)
class Vocabulary:
    """What the library can be asked about: its words, and its entries by the names of their subjects."""

    library: Library
    lexicon: Lexicon
    encoder: Encoder

    @cached_property
    def words(self) -> dict[str, int]:
        """Every word of the library, the lexicon and everyday speech, in small letters, with how often it occurs.

        A word that is only of everyday speech counts 0.
        """
        counts: dict[str, int] = {}
        for entry in self.library.entries:
            for word in words_of(" ".join([*entry.subjects, *entry.aliases, entry.title, entry.text])):
                counts[word] = counts.get(word, 0) + 1
        for item in self.lexicon.items:
            for word in item.spelt:
                counts.setdefault(word, 1)
        for word in (*packaged_kinds().generic, *STOP_WORDS):
            counts.setdefault(word, 0)
        return counts

    @cached_property
    def terms(self) -> frozenset[str]:
        """Every term of the library and the lexicon."""
        return frozenset(term_of(word) for word, count in self.words.items() if count)

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
        return tuple(sorted((name for name in found if name[0]), key=lambda each: (-len(each[0]), each)))

    @cached_property
    def substance_terms(self) -> frozenset[str]:
        """The single terms that substances are named by, those of the lexicon and the library's main subjects."""
        mains = {phrase_terms(entry.subjects[0]) for entry in self.library.entries if entry.subjects}
        named = {name for item in self.lexicon.items if item.kind == "substance" for name in item.names}
        return frozenset(name[0] for name in mains | named if len(name) == 1)

    @cached_property
    def symbols(self) -> tuple[tuple[str, str, str], ...]:
        """(symbol such as Mg, subject, entry id): aliases of two letters, told from a unit by their capital."""
        return tuple(
            (alias.capitalize(), entry.subjects[0], entry.id)
            for entry in self.library.entries
            for alias in entry.aliases
            if entry.subjects and len(alias) == 2 and alias.isascii() and alias.isalpha()
        )

    def correct(self, word: str) -> str | None:
        """Return the library's word that a misspelt one stands for, or None when it is well spelt or nothing is near.

        At most one slip in a word of four to seven letters, two in a longer one; never from hyper- to hypo- or back, nor
        to one of them when the other is as near.
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
            for candidate in self._by_length.get(length, ()):
                distance = DamerauLevenshtein.distance(word, candidate, score_cutoff=limit)
                everyday = not self.words[candidate]
                if (
                    distance <= limit
                    and not is_opposite(word, candidate)
                    and not (everyday and candidate[0] != word[0])
                ):
                    key = (int(distance), candidate[0] != word[0], -self.words[candidate], candidate)
                    best = key if best is None or key < best else best
        return best[3] if best is not None else None


def read_question(
    question: str, turns: Sequence[Turn], vocabulary: Vocabulary, *, entries: Iterable[str] = ()
) -> Reading:
    """Read a question in its conversation.

    Args:
        question: as asked, already checked by `checked_question`.
        turns: the turns before, oldest first.
        vocabulary: what the library can be asked about.
        entries: ids the reader has limited the question to; empty for all.
    """
    plain, corrections = _repaired(question, vocabulary)
    words = words_of(plain)
    terms = without_verbs(words, phrase_terms(plain), vocabulary.substance_terms, vocabulary.words)

    named = [(name, subject, entry_id) for name, subject, entry_id in vocabulary.subject_names if contains(terms, name)]
    typed = fold_keeping_capitals(question)
    named += [
        (phrase_terms(symbol), subject, entry_id)
        for symbol, subject, entry_id in vocabulary.symbols
        if stands_for_itself(symbol, typed, alone=not named)
    ]
    # "haem iron" also holds "iron": only the longest of names that overlap counts.
    places = {(name, at) for name, _, _ in named for at in range(len(terms)) if terms[at : at + len(name)] == name}
    longest = [each for each in named if not only_within_others(each[0], places)]
    subjects = tuple(dict.fromkeys(subject for _, subject, _ in longest))
    # A subject that is no entry's main one, such as the stress of "magnesium and stress", is still what is asked about.
    mains = {entry.subjects[0] for entry in vocabulary.library.entries if entry.subjects}
    taken = {term for name, subject, _ in longest if subject in mains for term in name}

    mentions = [mention.item for mention in vocabulary.lexicon.mentions(terms)]
    subject_terms = {name for name, subject, _ in vocabulary.subject_names if subject in subjects}
    arguments = tuple(
        dict.fromkeys(item for item in mentions if item.kind in STRICT and not subject_terms.intersection(item.names))
    )
    if names_a_child(plain):
        children = [item for item in vocabulary.lexicon.items if item.name == "children"]
        arguments = tuple(dict.fromkeys((*arguments, *children)))
    synonyms = tuple(
        dict.fromkeys(
            item for item in mentions if item.kind not in STRICT and not subject_terms.intersection(item.names)
        )
    )

    carried: tuple[str, ...] = ()
    kept: tuple[Item, ...] = ()
    if not subjects and not any(item.kind == "substance" for item in arguments):
        earlier = next((turn.subjects for turn in reversed(turns) if turn.subjects), ())
        known = {subject for _, subject, _ in vocabulary.subject_names}
        carried = tuple(subject for subject in dict.fromkeys(each.lower() for each in earlier) if subject in known)
        kept = tuple(_said_before(turns, carried, {item.kind for item in arguments}, vocabulary))
        arguments = tuple(dict.fromkeys((*arguments, *kept)))
    about = subjects or carried
    chosen = frozenset(entries)
    found_entries = frozenset(entry_id for _, subject, entry_id in vocabulary.subject_names if subject in about)
    content = [term for term, word in zip(terms, words, strict=True) if word not in STOP_WORDS]
    return Reading(
        text=question,
        read_as=plain if corrections else " ".join(question.split()),
        plain=plain,
        terms=tuple(term for term in content if term not in taken),
        subjects=about,
        entries=found_entries & chosen if chosen and found_entries & chosen else found_entries,
        arguments=arguments,
        synonyms=synonyms,
        kinds=packaged_kinds().of(plain),
        corrections=tuple(corrections.items()),
        carried_over=(*carried, *(item.name for item in kept)),
    )


def _repaired(question: str, vocabulary: Vocabulary) -> tuple[str, dict[str, str]]:
    """Return a question in plain small letters with its misspellings repaired, and which words were."""
    corrections: dict[str, str] = {}
    pieces: list[str] = []
    for piece in fold(question).split(" "):
        bare = piece.strip("?!.,;:'\"()[]")
        found = vocabulary.correct(bare) if bare else None
        if found is not None:
            corrections.setdefault(bare, found)
            piece = piece.replace(bare, found)
        pieces.append(piece)
    return " ".join(pieces), corrections


def _said_before(
    turns: Sequence[Turn], subjects: Sequence[str], named: Set[ItemKind], vocabulary: Vocabulary
) -> Iterator[Item]:
    """Yield the medicines and populations that the turns about the subjects carried over named, each once.

    A question that names a population of its own asks about that one, and likewise a medicine.
    """
    said: set[Item] = set()
    for turn in turns:
        if any(subject.lower() in subjects for subject in turn.subjects):
            for mention in vocabulary.lexicon.mentions(phrase_terms(_repaired(turn.question, vocabulary)[0])):
                if mention.item.kind in _KEPT - named and mention.item not in said:
                    said.add(mention.item)
                    yield mention.item


def topical(terms: Iterable[str]) -> list[str]:
    """Return the terms that say what a question is about, each once: those that are not generic."""
    generic = _generic_terms()
    return [term for term in dict.fromkeys(terms) if term not in generic]


@cache
def _generic_terms() -> frozenset[str]:
    return frozenset(term_of(word) for word in packaged_kinds().generic)


def checked_question(question: str) -> str:
    """Return a question without the white space around it.

    Raises:
        QuestionError: empty, longer than `MAX_CHARACTERS`, or with control characters.
    """
    if len(question) > MAX_CHARACTERS:
        raise QuestionError(f"the question has {len(question):,} characters; it may have {MAX_CHARACTERS:,}")
    for character in question:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise QuestionError(f"the question holds the control character U+{ord(character):04X}; take it out")
    if not question.strip():
        raise QuestionError("the question is empty; ask something such as 'Which foods are rich in magnesium?'")
    return question.strip()
