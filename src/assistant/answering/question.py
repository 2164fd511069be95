"""Reading a question: its words repaired, its subjects and other arguments found, its kinds named.

Everything is shown or can be: what was corrected, what was carried over from the turns before. The words themselves are
never quoted back as ours.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.answering.conversation import MAX_TURNS as MAX_TURNS
from assistant.answering.conversation import Turn as Turn
from assistant.answering.conversation import standing_after
from assistant.answering.followup import in_full
from assistant.answering.names import names_a_child
from assistant.answering.naming import items_in
from assistant.answering.unlisted import unlisted_in
from assistant.answering.vocabulary import Vocabulary as Vocabulary
from assistant.answering.vocabulary import topical as topical
from assistant.errors import QuestionError
from assistant.index.kinds import Kind, packaged_kinds
from assistant.index.lexicon import Item, ItemKind, Terms
from assistant.index.terms import STOP_WORDS, words_of

MAX_CHARACTERS = 1000
STRICT: frozenset[ItemKind] = frozenset({"substance", "medicine", "population"})
"""What an answer must name when the question does; a condition or a lay word only makes a unit likelier."""


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
    leans: bool
    """It was written out from the turns before."""
    choices: tuple[str, ...]
    """Subjects of which it means one and does not say which."""
    recalls: str
    """The question before in full, in plain small letters, when it asks how the answer to that is known; else empty."""
    said: tuple[Item, ...]
    """What was said earlier of the person asked about and not again here: shown, and its cautions come along."""
    kinds: tuple[Kind, ...]
    corrections: tuple[tuple[str, str], ...]
    carried_over: tuple[str, ...]
    """Subjects taken from the turns before, and then the medicines and populations named there."""


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
    plain, corrections = vocabulary.repair(question)
    standing = standing_after(turns, vocabulary)
    full = in_full(plain, standing, vocabulary)
    words = words_of(full.text)
    terms = vocabulary.terms_for(words)
    spelt = vocabulary.names_in(terms)
    named = [*spelt, *vocabulary.symbols_in(question, alone=not spelt)]
    subjects = tuple(dict.fromkeys(place.subject for place in named))
    about = tuple(dict.fromkeys((*full.subjects, *subjects))) if full.subjects else subjects
    # A subject that is no entry's main one, such as the stress of "magnesium and stress", is still what is asked about.
    taken = {term for place in named if place.subject in vocabulary.mains for term in place.name}
    names = frozenset[Terms]().union(*(vocabulary.names_of[subject] for subject in about))
    mentions = [
        mention.item for mention in vocabulary.lexicon.mentions(terms) if not names.intersection(mention.item.names)
    ]
    must = frozenset(items_in(full.asked or full.text, vocabulary))
    arguments = tuple(dict.fromkeys(item for item in mentions if item.kind in STRICT and item in must))
    kinds = packaged_kinds().of(full.text)
    held = bool(about) or any(item.kind == "substance" for item in mentions)
    strange = unlisted_in(full.text, question, {kind.name for kind in kinds}, vocabulary, names_held=held)
    arguments = tuple(dict.fromkeys((*arguments, *strange)))
    here = {*items_in(plain, vocabulary)}
    if names_a_child(full.asked or full.text):
        children = [item for item in vocabulary.lexicon.items if item.name == "children"]
        arguments = tuple(dict.fromkeys((*arguments, *children)))
        here.update(children)
    said = tuple(each for each in standing.said if each.item not in here)
    chosen = frozenset(entries)
    found_entries = frozenset[str]().union(*(vocabulary.entries_of[subject] for subject in about))
    content = [term for term, word in zip(terms, words, strict=True) if word not in STOP_WORDS]
    return Reading(
        text=question,
        read_as=full.text if corrections or full.leans else " ".join(question.split()),
        plain=full.text,
        terms=tuple(term for term in content if term not in taken),
        subjects=about,
        entries=found_entries & chosen if chosen and found_entries & chosen else found_entries,
        arguments=arguments,
        synonyms=tuple(dict.fromkeys(item for item in mentions if item.kind not in STRICT)),
        said=tuple(each.item for each in said if each.item not in arguments),
        choices=() if any(set(full.choices) <= set(e.subjects) for e in vocabulary.library.entries) else full.choices,
        leans=full.leans,
        recalls=full.recalls,
        kinds=kinds,
        corrections=tuple(corrections.items()),
        carried_over=(*full.subjects, *(each.name for each in said)),
    )


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
