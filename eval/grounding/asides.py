"""Asides: what an answer says that is no claim about health: disclaimers, refusals, fixed words, citations, frames.

What is not surely an aside is a claim. So an aside holds no figure, most are known by having no word that is not on a
short list, and a refusal that goes on to something else is a claim.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from assistant.answering.notices import load_notices
from assistant.library.model import Library, SectionName
from eval.grounding.layout import lay_out
from eval.grounding.words import words_in

Aside = Literal["disclaimer", "refusal", "notice", "label", "source", "frame", "question"]

_REGIONS = ("GB", "US", "EU")
_MOST = 60
"""Words of an aside; a longer sentence is a claim."""
_ADVISES = re.compile(
    r"\b(?:consult|ask|see|contact|speak (?:to|with)|talk (?:to|with)|check with|seek|discuss)\b.{0,80}"
    r"\b(?:doctor|gp|physician|pharmacist|dietitian|midwife|professional|provider|practitioner|advice)s?\b"
    r"|\b(?:not|no substitute|nor)\b.{0,60}\badvice\b|\b(?:general|educational|informational)\b.{0,40}\bpurposes?\b",
    re.IGNORECASE,
)
_DISCLAIMER_WORDS = frozenset(
    """
    a about advice ai always am an and any are as ask assistant be before best breastfeeding by care change changes
    changing check chronic circumstances condition conditions considered constitute consult contact content
    decisions diagnose diagnosis diet dietitian disclaimer discuss do doctor doctor's does educational especially
    first for from general gp guidance have health healthcare here history i i'm if important in individual
    information informational intended is it it's its making may me meant medical medication medications medicine
    medicines midwife my needs new no nor not note nurse of on only or other our particularly personal personalised
    personalized pharmacist physician please practitioner pregnancy pregnant prescribed prescription professional
    professional's professionals provided provider published purposes qualified regarding regimen registered
    relevant remember replace replacement research routine see seek should situation so speak specific start
    starting stop stopping substitute such summary supplement supplements take taking talk than that the their this
    to treat treatment use using when with without you your
    """.split()  # noqa: SIM905 - reads as words
)
_REFUSALS = (
    r"i (?:do not|don't|did not|didn't|cannot|can't|could not|couldn't|am unable to|was unable to|am not able to) "
    r"(?:have|find|answer|locate|see|know|provide|help)\b",
    r"(?:the|this|my|our|these|none of the) (?:[\w'-]+ ){0,4}?(?:library|entry|entries|sources?|documents?|context|"
    r"passages?|collection|material|information|results?) (?:[\w'-]+ ){0,4}?"
    r"(?:does not|do not|doesn't|don't|did not|cannot|holds? no|contains? no|has no|have no|includes? no|gives? no)\b",
    r"(?:there (?:is|are|was|were) )?(?:no|nothing) "
    r"(?:(?:direct|exact|further|matching|other|relevant|specific|such) ){0,2}"
    r"(?:information|entry|entries|mention|passages?|answer|sources?|results?)\b",
    r"not (?:stated|found|covered|mentioned|answered) (?:in|by) (?:the|this) library\b",
    r"(?:please )?(?:try|rephrase|could you)\b.{0,100}\b(?:question|rephrase|specific)\b",
)
_REFUSAL = re.compile(
    rf"(?:(?:i'm |i am )?(?:very )?(?:sorry|afraid|unfortunately),? (?:but )?(?:that )?)?(?:{'|'.join(_REFUSALS)})",
    re.IGNORECASE,
)
_TURN = re.compile(
    r";|:|, (?:and|so|because|it|they|you)\b|"
    r"\b(?:but|however|although|though|yet|except|unless|because|since|and it|and they|and you|"
    r"it is|it can|they can|you can)\b",
    re.IGNORECASE,
)
"""What goes on to say something else."""
_SAYS = frozenset("says say said states stated notes noted reads reports according quote quoted".split())  # noqa: SIM905 - reads as words
_FRAME_WORDS = frozenset(
    """
    a above according adds also an and another answer answers are article as based below brief by can cited
    collection direct entries entry evidence exact exactly finding findings following for found from further health
    here here's i in is it it's its library lists noted notes nutri of on one own page passage passages per
    provided question quotation quote quoted quotes reads reference relevant reply reports response s said same say
    says section sentence sentences short source sources state stated states summary tailor tell that the these
    this to verbatim we what which whole with word words you your
    """.split()  # noqa: SIM905 - reads as words
)
_SOURCE_WORDS = frozenset(
    """
    accessed and by citation citations cited confidence date entry from further id in known last library limited
    link moderate more not of pmid publisher publisher's read reading reference references review reviewed sample
    section see source sources stated strong the updated url via
    """.split()  # noqa: SIM905 - reads as words
)
_HEADING_WORDS = frozenset(
    """
    a an and answer background benefits bottom caution cautions conclusion details disclaimer dosage dose doses
    effects evidence findings food foods for from how important in interactions is key library limit limitations
    limits line note notes of on overview point points quotation quote quotes references research risks safety says
    side sources summary takeaway takeaways the to warning warnings what when who
    """.split()  # noqa: SIM905 - reads as words
)
_PLEASANTRY = re.compile(
    r"(?:i )?hope (?:this|that) helps|(?:let me know|feel free to ask)[\w\s,']{0,60}|(?:great|good) question|"
    r"sure|certainly|of course|thank(?:s| you)[\w\s,']{0,30}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asides:
    """Tells asides from claims, for one library."""

    fixed: frozenset[tuple[str, ...]]
    """The words of each sentence of the notices and labels."""
    disclaimers: frozenset[tuple[str, ...]]
    subjects: frozenset[str]
    """Words of the entries' subjects and aliases."""
    titles: tuple[tuple[str, ...], ...]
    """The words of the entries' titles and ids, the longest first."""

    def name(self, text: str, words: tuple[str, ...], *, heading: bool, source: bool) -> Aside | None:
        """Name the aside that a sentence is, None for a claim.

        Args:
            text: the sentence without its dress, on one line.
            words: its words.
            heading: whether it stands as a heading.
            source: whether it stands where sources are listed.
        """
        if words in self.disclaimers:
            return "disclaimer"
        if words in self.fixed or not any(word.isalnum() for word in words):
            return "notice"
        if len(words) > _MOST:
            return None
        if self._is_source(words, source=source):
            return "source"
        if any(word[0].isdigit() for word in words):
            return None
        if _ADVISES.search(text) and all(word in _DISCLAIMER_WORDS for word in words if word.isalpha() or "'" in word):
            return "disclaimer"
        if text.rstrip().endswith("?"):
            return "question"
        bare = text.strip(" \t.!,-–—()[]*_").replace("’", "'")
        refuses = _REFUSAL.match(bare)
        if refuses and not _TURN.search(bare, refuses.end()):
            return "refusal"
        if heading and len(words) <= 8 and all(word in _HEADING_WORDS or word in self.subjects for word in words):
            return "label"
        if self.is_frame(text) or _PLEASANTRY.fullmatch(bare):
            return "frame"
        return None

    def is_source(self, text: str) -> bool:
        """Whether words only name a source: an entry's title, a section, a date."""
        return self._is_source(_words(text), source=True)

    def is_frame(self, text: str) -> bool:
        """Whether words only introduce a quotation: "According to the library:", "The entry on velorin says"."""
        words = self._without_titles(_words(text))
        introduces = text.rstrip(" “\"'").endswith((":", ",")) or any(word in _SAYS for word in words)
        return introduces and all(word in _FRAME_WORDS or word in self.subjects for word in words)

    def _is_source(self, words: tuple[str, ...], *, source: bool) -> bool:
        """Whether a line holds nothing but what names a source: titles, sections, dates, numbers."""
        left = self._without_titles(words)
        if not source and len(left) == len(words):
            return False
        return all(word in _SOURCE_WORDS or word in get_args(SectionName) or not word.isalpha() for word in left)

    def _without_titles(self, words: tuple[str, ...]) -> tuple[str, ...]:
        joined = f" {' '.join(words)} "
        for title in self.titles:
            joined = joined.replace(f" {' '.join(title)} ", " ")
        return tuple(joined.split())


def asides_of(library: Library) -> Asides:
    """Prepare what tells asides from claims for a library: its titles and subjects, and our own fixed words."""
    sets = [load_notices(region) for region in _REGIONS]
    notices = [notice.text for each in sets for notice in each.notices.values()]
    labels = [label for each in sets for label in each.labels.values()]
    names = [entry.title for entry in library.entries] + [entry.id for entry in library.entries]
    titles = {_words(name) for name in (*names, *(name.replace("-", " ") for name in names))}
    return Asides(
        fixed=frozenset(_sentences((*notices, *labels))),
        disclaimers=frozenset(_sentences([each.disclaimer.text for each in sets])),
        subjects=frozenset(
            word.text
            for entry in library.entries
            for subject in (*entry.subjects, *entry.aliases)
            for word in words_in(subject)
        ),
        titles=tuple(sorted((title for title in titles if title), key=lambda title: (-len(title), title))),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.text for word in words_in(text))


def _sentences(texts: Iterable[str]) -> Iterable[tuple[str, ...]]:
    for text in texts:
        layout = lay_out(text)
        ends = sorted(layout.ends)
        for start, end in zip([0, *ends], ends, strict=False):
            if start < end:
                yield tuple(word.text for word in layout.words[start:end])
