"""Wording: the same question in another frame, as keywords, in American spelling, shouted, or with a name spelt out."""

import csv
import re
from collections.abc import Sequence
from importlib import resources

from eval.stress.model import Altered

_FRAMES = (
    ("like_to_know", "I'd like to know: {whole}"),
    ("tell_me", "Could you tell me {question}"),
    ("wondering", "I was wondering, {question}"),
    ("quick", "Quick question. {whole}"),
    ("hello", "Hi there, {question}"),
    ("thanks", "{whole} Thanks!"),
    ("library", "According to the library, {question}"),
    ("curious", "{whole} I'm just curious."),
)
"""With {whole}, the question as a sentence of its own, or {question}, its first letter small."""
_SPELLINGS = (
    ("haem", "hem"), ("aemia", "emia"), ("rrhoea", "rrhea"), ("oestr", "estr"), ("oedema", "edema"),
    ("sulph", "sulf"), ("foet", "fet"), ("paed", "ped"), ("oesoph", "esoph"), ("fibre", "fiber"), ("colour", "color"),
    ("flavour", "flavor"), ("behaviour", "behavior"), ("tumour", "tumor"), ("centre", "center"), ("litre", "liter"),
    ("ageing", "aging"), ("programme", "program"), ("isation", "ization"), ("ised", "ized"), ("ising", "izing"),
    ("goitre", "goiter"), ("coeliac", "celiac"), ("favour", "favor"), ("neighbour", "neighbor"), ("labour", "labor"),
    ("yse", "yze"),
)  # fmt: skip
"""British beginnings, endings and words with the American ones."""
_DROPPED = frozenset(
    ("a", "an", "the", "is", "are", "was", "were", "be", "been", "do", "does", "did", "i", "me", "you", "of", "to",
     "it", "there", "that", "please", "can", "could", "will", "would", "have", "has", "had", "any", "some")
)  # fmt: skip
"""Words that a person leaves out of a search box; what is asked for, such as "how much" or "without", stays."""
_MOST_KEYWORDS = 8
"""Words of a question that somebody would shorten to keywords."""
_CONTRACTIONS = (
    ("what is", "what's"), ("how is", "how's"), ("does not", "doesn't"), ("is not", "isn't"), ("do not", "don't"),
)  # fmt: skip


def paraphrases(question: str) -> list[Altered]:
    """Return a question in other frames, as its keywords, in the other country's spelling and contracted.

    Only those that differ from it; none adds or loses a word that says what is asked.
    """
    bare = question.strip()
    opened = bare[:1].lower() + bare[1:] if bare[1:2].islower() else bare
    ended = bare if bare.endswith(("?", ".", "!")) else f"{bare}?"
    made = [Altered(name, frame.format(whole=ended, question=opened)) for name, frame in _FRAMES]
    keywords = _keywords(bare)
    if 2 <= len(keywords) <= _MOST_KEYWORDS:
        made.append(Altered("keywords", " ".join(keywords)))
    made += [Altered(f"{way}_spelling", text) for way, text in _respelt(bare)]
    contracted = bare
    for long, short in _CONTRACTIONS:
        contracted = re.sub(rf"\b{long}\b", short, contracted)
        contracted = re.sub(rf"\b{_opened(long)}\b", _opened(short), contracted)
    made.append(Altered("contracted", contracted))
    return [each for each in made if each.text != question]


def typed(question: str) -> list[Altered]:
    """Return a question in capitals, in small letters, and without or with too many marks; only those that differ."""
    bare = re.sub(r"(?<=\w)[?!.,;:]+(?=\s|$)", "", question)
    made = [
        Altered("capitals", question.upper()),
        Altered("small", question.lower()),
        Altered("no_marks", bare),
        Altered("small_no_marks", bare.lower()),
        Altered("many_marks", f"{bare}???!!"),
        Altered("wide_spaces", re.sub(r" ", "   ", question)),
        Altered("line_breaks", question.replace(" ", "\n", 2)),
        Altered("title_case", question.title()),
    ]
    return [each for each in made if each.text != question]


def abbreviated(question: str, pairs: Sequence[tuple[str, str]]) -> list[Altered]:
    """Return a question with an abbreviation spelt out, or a name abbreviated, for every pair that it holds."""
    made: list[Altered] = []
    for short, long in pairs:
        for old, new, way in ((short, long, "expanded"), (long, short.upper(), "abbreviated")):
            text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, question, flags=re.IGNORECASE)
            if text != question:
                made.append(Altered(f"{way} {short}", text))
    return made


def abbreviation_pairs() -> list[tuple[str, str]]:
    """Return (abbreviation, name in full) from the packaged lexicon: those whose letters open the words of the name."""
    content = resources.files("assistant.index").joinpath("lexicon.csv").read_text("utf-8")
    pairs: list[tuple[str, str]] = []
    for row in csv.DictReader(content.splitlines()):
        names = [row["name"], *filter(None, row["variants"].split("|"))]
        for short in names:
            for long in names:
                initials = "".join(word[0] for word in re.split(r"[\s-]+", long.lower()) if word)
                if len(initials) > 1 and short.lower() == initials:
                    pairs.append((short, long))
    return pairs


def _keywords(question: str) -> list[str]:
    words = re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", question.lower())
    return [word for word in words if word not in _DROPPED]


def _respelt(question: str) -> list[tuple[str, str]]:
    american, british = question, question
    for uk, us in _SPELLINGS:
        american = re.sub(uk, us, american, flags=re.IGNORECASE)
        # A short American spelling also stands in words that both countries spell alike.
        british = re.sub(us, uk, british, flags=re.IGNORECASE) if len(us) >= 5 else british
    return [("american", american), ("british", british)]


def _opened(words: str) -> str:
    return words[:1].upper() + words[1:]
