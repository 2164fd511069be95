"""Terms: the words of a text as lexical search sees them.

Case, accents, British and American spelling and endings do not tell two terms apart. Display text never comes from
here.
"""

import re
import unicodedata
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[^\W_]+")
_SPELLINGS = (
    ("aemi", "emi"), ("haem", "hem"), ("oestr", "estr"), ("oedem", "edem"), ("rrhoea", "rrhea"), ("oeso", "eso"),
    ("sulph", "sulf"), ("foet", "fet"), ("paed", "ped"), ("anaes", "anes"), ("caec", "cec"), ("isation", "ization"),
    ("ising", "izing"), ("ised", "ized"), ("ise", "ize"), ("yse", "yze"), ("our", "or"), ("fibre", "fiber"),
    ("litre", "liter"), ("centre", "center"), ("ageing", "aging"),
)  # fmt: skip
"""British spellings and the American ones they are folded to, wherever in a word they stand, in terms only."""

STOP_WORDS = frozenset(
    """a about above after again against ain all also am an and any anybody anyone anything are aren arent as at be
    because been before being below between both but by can cannot cant come could couldn couldnt did didn didnt do
    does doesn doesnt doing don done dont down during each either else ever every few for from further get gets
    getting give given go goes going got had hadn has hasn hasnt have haven having he hello hence her here hers
    herself hi him himself his how however i id if ill im in indeed instead into is isn isnt it its itself ive just
    keep kind know let lets like ll look made make makes many may maybe me mean might mine more most much must my
    myself near need needs neither never no nor not now of off often oh ok okay on once one ones only onto or other
    others ought our ours ourselves out over own per perhaps please possible put quite rather re really s said same
    say says see seem seems shall she should shouldn since so some somebody someone something sometimes soon still
    such sure t take taken taking takes tell than thank thanks that thats the their theirs them themselves then there
    theres these they theyre thing things think this those though through thus to together too toward towards under
    until unless up upon us use used uses using ve very via vs want wanted was wasn way we well were weren what whats
    whatever when whenever where whereas wherever whether which whichever while who whoever whole whom whose why will
    with within without won wont would wouldn yes yet you your youre yours yourself yourselves""".split()  # noqa: SIM905  three hundred quoted words would be harder to read
)
"""Words that say nothing about what a passage is about."""


_WHOLE = frozenset({"glycinate", "bisglycinate", "lactate", "aging"})
"""Words whose stem is the name of another thing: they are their own terms."""


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


def words_of(text: str) -> list[str]:
    """Split a text into its words, in order: small letters, no accents, compatibility forms folded (µ is μ)."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    for character in set(folded):  # not one by one: a text has many characters, and few different ones
        if character in "'’" or unicodedata.combining(character):
            folded = folded.replace(character, "")
    return _WORD.findall(folded)


@lru_cache(maxsize=65_536)
def term_of(word: str) -> str:
    """Return the term of one word as `words_of` gives it: spelling folded, ending taken off (Snowball English)."""
    for british, american in _SPELLINGS:
        word = word.replace(british, american)
    if word in _WHOLE:
        return word
    return str(_stemmer().stemWord(word))


def terms_of(text: str) -> list[str]:
    """Return the terms of a text, in order, without stop words."""
    return [term_of(word) for word in words_of(text) if word not in STOP_WORDS]
