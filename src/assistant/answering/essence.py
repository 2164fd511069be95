"""The essence of a question: what was typed without what is planted in it or dressed around it.

Orders to an assistant, markup, code, encoded text, greetings and frames say nothing that a library can answer, and
would only blur what is asked. They are recognised by their build, in `essence.toml`, and by what they do not name.
Whoever asks is never cut away: a part that names a group, a condition or somebody's state stays. Triage reads the whole
text nevertheless, and what was left out alone.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from assistant.answering.asides import Part, Use, kept_of, packaged_wording
from assistant.answering.folding import fold
from assistant.answering.grammar import packaged_grammar
from assistant.answering.language import SmallWords, is_foreign
from assistant.answering.names import names_a_child
from assistant.answering.question import Vocabulary, topical
from assistant.index.lexicon import ItemKind, Terms, phrase_terms
from assistant.index.terms import STOP_WORDS, words_of

_NAMING: Final[frozenset[ItemKind]] = frozenset({"substance", "medicine", "population", "condition", "form"})
_SUBJECTS: Final[frozenset[ItemKind]] = frozenset({"substance", "medicine"})
_PERSONS: Final[frozenset[ItemKind]] = frozenset({"medicine", "population", "condition"})
_CERTAIN: Final[frozenset[ItemKind]] = frozenset({"substance", "medicine", "population"})
"""What a word names whatever stands around it; "for your eyes only" names no condition."""
_KNOWN_SHARE: Final = 0.5
"""The share of its topical terms, from 0 to 1, that a part about the library has in common with it."""
_MOST_NAMED: Final = 2
"""Topical terms of a part that may be no more than a name that nobody listed."""
_FEWEST_TELLING: Final = 2
"""Topical terms, below which their share tells nothing."""
_NOISE_SHARE: Final = 0.6
"""The share of its words, from 0 to 1, that nobody knows, from which a part is noise or another language."""
_FEWEST_NOISY: Final = 3
"""Words of a part, below which unknown ones may be names."""
_MOST_FRAMES: Final = 3
_SHOUTED: Final = re.compile(r"(?<![^\s])[A-Z]{3,}(?: [A-Z]{3,})+(?![^\s.,:;!?])")
_LOOKED_AT: Final = 120
"""Characters after a capital, in which it is seen what begins there."""
_MARK: Final = re.compile(r"[.?!<{`\n]")
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])\s+(?=(?!I['’])[A-Z][a-z'’]+\b)")
_ENDS: Final = "?!. "
_QUOTED: Final = "\"'“”‘’«»` "


@dataclass(frozen=True)
class Sieve:
    """What the essence of questions to one library is found with."""

    vocabulary: Vocabulary

    @cached_property
    def _names(self) -> dict[str, tuple[Terms, ...]]:
        """The names of the library's subjects by their first term."""
        table: dict[str, tuple[Terms, ...]] = {}
        for name, _, _ in self.vocabulary.subject_names:
            table[name[0]] = (*table.get(name[0], ()), name)
        return table

    @cached_property
    def _small(self) -> SmallWords:
        return packaged_grammar().small_words

    def essence_of(self, question: str) -> str:
        """Return a question without what is planted in it or dressed around it.

        Args:
            question: as typed, already checked and past triage.

        Returns:
            The parts that ask or say who asks, as they were typed and in their order; the whole question where nothing
            can be told apart. Never empty. Time is linear in the length.
        """
        return self.parted(question, _nothing)[0]

    def parted(self, question: str, sounds_planted: Callable[[str], bool]) -> tuple[str, str]:
        """Return the essence of a question, as `essence_of` does, and the parts that were left out, each on a line.

        Args:
            question: as typed, already checked.
            sounds_planted: whether a part that names nothing of the library speaks to a machine or of another matter.
        """
        wording = packaged_wording()
        spans = self._spans(question)
        if spans == [(0, len(question))]:
            return self._unframed(question), ""
        parts = [self._part(question, start, end) for start, end in spans]
        kept = kept_of([part for part in parts if not self._is_of_another_matter(part, question, parts)])
        if len(kept) > 1:
            heard = [part for part in kept if part.may_be_planted and sounds_planted(question[part.start : part.end])]
            kept = [part for part in kept if part not in heard] or kept
        chosen = frozenset(part.start for part in kept)
        pieces: list[str] = []
        for place, part in enumerate(parts):
            if part.start not in chosen:
                continue
            if (
                pieces
                and place
                and parts[place - 1].start in chosen
                and not wording.markup.search(question, parts[place - 1].end, part.start)
            ):
                pieces[-1] += question[parts[place - 1].end : part.end]
            else:
                pieces.append(question[part.start : part.end])
        if not pieces:
            return question, ""
        if len(kept) < len(parts):
            pieces = [_unquoted(piece) for piece in pieces]
        bare = self._unframed(" ".join(pieces))
        if not topical(phrase_terms(bare)) and topical(phrase_terms(question)):
            return question, ""
        return bare, "\n".join(question[part.start : part.end] for part in parts if part.start not in chosen)

    def _spans(self, question: str) -> list[tuple[int, int]]:
        """Cut a question into its parts, without white space at their ends and without markup."""
        wording = packaged_wording()
        cuts = {0, len(question)}
        gone: list[tuple[int, int]] = []
        for match in wording.markup.finditer(question):
            if not self._names_subject(phrase_terms(match.group())):
                gone.append(match.span())
                cuts.update(match.span())
        cuts.update(match.end() for match in wording.ends.finditer(question))
        cuts.update(match.start() for match in wording.begins.finditer(question))
        if not question.isupper():
            for match in _SHOUTED.finditer(question):
                cuts.update(match.span())
            cuts.update(self._unmarked_beginnings(question))
        places = sorted(cuts)
        spans = []
        removed = {start for start, end in gone for start in range(start, end)}
        for start, end in pairwise(places):
            inside = question[start:end]
            if start in removed or not any(character.isalnum() for character in inside):
                continue
            begin = start + len(inside) - len(inside.lstrip())
            spans.append((begin, begin + len(inside.strip())))
        return spans

    def _unmarked_beginnings(self, question: str) -> Iterable[int]:
        """Yield where a capital after a small word, with no mark between, begins a command or a sentence."""
        wording = packaged_wording()
        words = re.findall(r"\b[A-Za-z][\w']*", question)
        if sum(word[0].isupper() for word in words) * 2 > len(words):
            return
        for match in _CAPITAL.finditer(question):
            rest = fold(_MARK.split(question[match.end() : match.end() + _LOOKED_AT], maxsplit=1)[0])
            first = words_of(rest)[0]
            if (
                first in STOP_WORDS
                or any(wording.fits(name, rest) for name in ("planted", "dressing", "command"))
                or self._is_noise(rest)
            ):
                yield match.end()

    def _part(self, question: str, start: int, end: int) -> Part:
        folded = fold(question[start:end])
        terms = phrase_terms(folded)
        mentioned = {mention.item.kind for mention in self.vocabulary.lexicon.mentions(terms)}
        names_subject = self._names_subject(terms) or not mentioned.isdisjoint(_SUBJECTS)
        use = self._use(folded, terms, mentioned, names_subject=names_subject)
        wording = packaged_wording()
        leans = wording.fits("referring", folded) or wording.fits("personal", folded) or names_a_child(folded)
        asks = wording.fits("asking", folded)
        return Part(
            start,
            end,
            use,
            names_subject=names_subject,
            names_none=not (names_subject or mentioned & _NAMING),
            may_be_planted=not (names_subject or mentioned & _CERTAIN or (asks and leans)),
            asks=asks,
            stands_alone=not leans,
        )

    def _use(self, folded: str, terms: Terms, mentioned: set[ItemKind], *, names_subject: bool) -> Use:
        wording = packaged_wording()
        personal = wording.fits("personal", folded) or names_a_child(folded)
        if wording.fits("planted", folded) and not (personal and mentioned & _PERSONS):
            return "planted"
        if wording.fits("code", folded) and not names_subject:
            return "planted"
        if wording.fits("dressing", folded) and not names_subject and not mentioned & _PERSONS:
            return "dressing"
        if names_subject or mentioned & _NAMING:
            return "asks"
        if personal:
            return "tells"
        if self._is_noise(folded):
            return "dressing"
        asks = wording.fits("asking", folded)
        about = topical(term for term, word in zip(terms, words_of(folded), strict=True) if word not in STOP_WORDS)
        known = sum(term in self.vocabulary.terms for term in about)
        of_library = known >= _KNOWN_SHARE * len(about)
        if asks and about and of_library:
            return "asks"
        if asks and (wording.fits("leaning", folded) or len(about) < _FEWEST_TELLING):
            return "tells"
        if wording.fits("command", folded) or asks or not about:
            return "idle"
        if mentioned or of_library or wording.fits("persons", folded) or len(about) <= _MOST_NAMED:
            return "tells" if mentioned or any(self._is_unknown(word) for word in words_of(folded)) else "idle"
        return "idle"

    def _is_of_another_matter(self, part: Part, question: str, parts: Sequence[Part]) -> bool:
        """Whether a part asks something of which the entries say nothing that another part asks about."""
        if not (part.names_none and part.asks and part.stands_alone):
            return False
        others = [each for each in parts if each.use in ("asks", "tells")]
        if any(packaged_wording().fits("beside", fold(question[each.start : each.end])) for each in others):
            return False
        named = [self.vocabulary.names_in(phrase_terms(question[each.start : each.end])) for each in others]
        subjects = {place.subject for places in named for place in places}
        entries = frozenset[str]().union(*(self.vocabulary.entries_of[subject] for subject in subjects))
        words = [word for word in words_of(question[part.start : part.end]) if word not in STOP_WORDS]
        about = topical(phrase_terms(" ".join(words)))
        if not entries or len(about) < _FEWEST_TELLING:
            return False
        holding = self.vocabulary.entries_with
        return sum(not entries.isdisjoint(holding.get(term, ())) for term in about) <= _KNOWN_SHARE * len(about)

    def _names_subject(self, terms: Sequence[str]) -> bool:
        return any(
            tuple(terms[at : at + len(name)]) == name
            for at, term in enumerate(terms)
            for name in self._names.get(term, ())
        )

    def _is_unknown(self, word: str) -> bool:
        """Whether a word may be the name of something that nobody listed."""
        return (
            len(word) > 3
            and word.isalpha()
            and word not in self.vocabulary.words
            and not self.vocabulary.encoder.knows_word(word)
        )

    def _is_noise(self, folded: str) -> bool:
        """Whether a part is in another language, or of words that nobody knows and no misspelling explains."""
        if is_foreign(folded, self._small):
            return True
        words = words_of(folded)
        if len(words) < _FEWEST_NOISY or not self._small.english.isdisjoint(words):
            return False
        unknown = [word for word in words if self._is_unknown(word)]
        foreign = any(not names.isdisjoint(words) for names in self._small.others.values())
        if not unknown or not (foreign or len(unknown) >= _NOISE_SHARE * len(words)):
            return False
        return any(self.vocabulary.correct(word) is None for word in unknown)

    def _unframed(self, text: str) -> str:
        """Take the frames off both ends of a text, as long as something to ask is left; of many end marks leave one."""
        wording = packaged_wording()
        for _ in range(_MOST_FRAMES):
            found = wording.opening.match(text)
            if found is None or not topical(phrase_terms(text[found.end() :])):
                break
            text = text[found.end() :]
        found = wording.closing.search(text)
        if found and topical(phrase_terms(text[: found.start()])):
            text = text[: found.start()]
        bare = text.rstrip(_ENDS)
        return f"{bare}?" if bare and len(text) > len(bare) + 1 and "?" in text[len(bare) :] else text


def _nothing(part: str) -> bool:
    """Say of no part that it is planted."""
    return False


def _unquoted(piece: str) -> str:
    """Take off the quotation marks around a piece, and one that was left without its fellow."""
    bare = piece.strip(_QUOTED)
    return bare or piece
