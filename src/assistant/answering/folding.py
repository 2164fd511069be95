"""Folding: what a question says, whatever characters it is written with.

Every gate reads folded text, so a look-alike letter or an invisible one hides nothing from it. Folded text is for
deciding and matching only and is never shown. Must not know what any gate looks for.
"""

import re
import unicodedata
from collections.abc import Iterable

_ROUNDS = 8  # two are enough for anything typed; the bound keeps a pathological string from looping
_MARKS_IN_A_ROW = 8  # no writing system stacks more on a letter, and normalising longer runs takes quadratic time

# What unicodedata does not call a format character (Cf), yet shows as nothing: joiners, fillers, variation selectors.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | {
    chr(point) for start, end in ((0xFE00, 0xFE10), (0xE0000, 0xE1000)) for point in range(start, end)
}
_DROPPED_CATEGORIES = frozenset({"Cf", "Cs", "Cc"})

# Read before normalising, which would spoil them: quotes, hyphens, the braille blank (seen as a space), the lunate
# sigma (seen as a c), and the two Arabic formulas that would otherwise grow to eight and eighteen letters.
_BEFORE = str.maketrans(
    dict.fromkeys("‘’‚‛ʼʹ′´`＇ˈ", "'")
    | dict.fromkeys("“”„‟″«»＂", '"')
    | dict.fromkeys("‐‑‒–—―−﹣－", "-")
    | dict.fromkeys("\u2800\ufdfa\ufdfb", " ")
    | dict.fromkeys("ϲϹ", "c")
)

# Letters of the Latin script that no normalisation takes to a to z; boxed capitals, and the letters that spell flags.
_LATIN = dict(
    zip("łŁøØđĐħĦŧŦıȷɑɡɩʋɪʟɴʀʏᴀʙᴄᴅᴇғɢʜᴊᴋᴍᴏᴘꜱᴛᴜᴠᴡᴢɨƙƚɇ", "llooddhhttijagivilnryabcdefghjkmopstuvwzikle", strict=True)
)
_LATIN |= {"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe"}
_LATIN |= {chr(start + i): chr(97 + i) for start in (0x1F150, 0x1F170, 0x1F1E6) for i in range(26)}

# Letters of other scripts that look the same as a Latin one: a word written in these alone may still be meant as Latin.
_ALIKE = dict(
    [
        *zip("АВЕКМНОРСТХУІЈЅԀԌԚԜҮавеокмнрстхуіјѕԁһԛԝѵүӏ", "abekmhopctxyijsdgqwyabeokmhpctxyijsdhqwvyl", strict=True),
        *zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεοικνρτυχϳ", "abezhikmnoptyxaeoikvptuxj", strict=True),
        *zip("օսոհցզյՕՍ", "ounhgqjou", strict=True),
        *zip("ᎪᏴᏟᎠᎬᎻᎥᎫᏦᏞᎷᎾᏢᎡᏚᎢᏙᏔᎩᏃ", "abcdehijklmoprstvwyz", strict=True),
    ]
)
# Letters that pass for a Latin one only beside real Latin letters.
_ALIKE_BESIDE_LATIN = dict(
    [
        *zip("пгиьшязцчбд", "nruwweauyad", strict=True),
        *zip("βγδζηθλπσςωφ", "byaznolnoswo", strict=True),
    ]
)
# One Greek letter alone is the name of a compound ("α-tocopherol"), not a disguise.
_GREEK_SYMBOLS = frozenset("αβγδεζηθικλμνπρστυφχωΑΒΓΔΕΩ")
_SCRIPTS_WITH_ALIKES = ((0x0370, 0x0530), (0x0531, 0x0590), (0x13A0, 0x1400), (0x1F00, 0x2000), (0xAB70, 0xABC0))

_WORD_ALONE = str.maketrans(_ALIKE | _LATIN)
_WORD_BESIDE_LATIN = str.maketrans(_ALIKE_BESIDE_LATIN | _ALIKE | _LATIN)
_WORD = re.compile(r"[^\s!-/:-@\[-`{-~]+")


def fold(text: str) -> str:
    """Fold a text for matching.

    Compatibility forms are normalised (NFKC), invisible characters and lone surrogates dropped, letters that pass for
    Latin ones replaced where a word is not really in the other script, Latin accents stripped, quotes and hyphens
    straightened, case folded, white space made single. Text in another script keeps its letters and marks.

    Args:
        text: any string at all, of any length.

    Returns:
        The folded text, in time linear in the length; folding it again changes nothing.
    """
    folded = _folded_once(text)
    for _ in range(_ROUNDS):
        again = _folded_once(folded)
        if again == folded:
            break
        folded = again
    return folded


def without_marks(text: str) -> str:
    """Drop the combining marks of every script: "أ" and "ا" are one then. For substring search only."""
    text = unicodedata.normalize("NFD", text)
    return text.translate({ord(c): None for c in set(text) if unicodedata.category(c) == "Mn"})


def fold_keeping_capitals(text: str) -> str:
    """Fold a text as `fold` does, with its capitals: for the few names that only a capital tells from a unit."""
    straight = unicodedata.normalize("NFKC", without_marks(_without_invisible(unicodedata.normalize("NFKC", text))))
    words = []
    for word in straight.split():
        folded = fold(word)
        capitals = len(folded) == len(word)
        words.append(
            "".join(c.upper() if o.isupper() else c for c, o in zip(folded, word, strict=True)) if capitals else folded
        )
    return " ".join(words)


def is_latin(character: str) -> bool:
    """Say whether a letter is of the Latin script."""
    point = ord(character)
    return point < 0x250 or 0x1D00 <= point < 0x1DC0 or 0x1E00 <= point < 0x1F00 or 0x2C60 <= point < 0x2C80


def _folded_once(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _without_invisible(text).translate(_BEFORE)).translate(_BEFORE)
        text = _without_lookalikes(unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFC", _without_latin_accents(text).casefold())
    elif not text.isprintable():
        text = _without_invisible(text)
    return " ".join(text.casefold().split())


def _without_invisible(text: str) -> str:
    present = set(text)
    dropped = {
        ord(c)
        for c in present
        if c in _INVISIBLE or (unicodedata.category(c) in _DROPPED_CATEGORIES and not c.isspace())
    }
    text = text.translate(dict.fromkeys(dropped))
    marks = _character_class(c for c in present if unicodedata.combining(c))
    if marks:
        text = re.sub(f"({marks}{{{_MARKS_IN_A_ROW}}}){marks}+", r"\1", text)
    return text


def _without_lookalikes(text: str) -> str:
    present = set(text)
    if not any(_has_alikes(c) or c in _LATIN for c in present):
        return text
    native_letters = {c for c in present if _has_alikes(c) and c.isalpha() and c not in _ALIKE}
    native = bool(native_letters) and any(
        not native_letters.isdisjoint(word) and not _has_latin(word) for word in _WORD.findall(text)
    )

    def folded(match: re.Match[str]) -> str:
        word = match.group()
        if word.isascii():
            return word
        if _has_latin(word):
            return word.translate(_WORD_BESIDE_LATIN)
        if native or word in _GREEK_SYMBOLS:
            return word
        return word.translate(_WORD_ALONE)

    return _WORD.sub(folded, text)


def _has_latin(word: str) -> bool:
    return any(is_latin(c) and c.isalpha() for c in word)


def _has_alikes(character: str) -> bool:
    return any(start <= ord(character) < end for start, end in _SCRIPTS_WITH_ALIKES)


def _without_latin_accents(text: str) -> str:
    present = set(text)
    marks = _character_class(c for c in present if unicodedata.category(c) in ("Mn", "Me"))
    if not marks:
        return text
    others = _character_class(c for c in present if c.isalpha() and not is_latin(c))
    if not others:
        return re.sub(f"{marks}+", "", text)
    return re.sub(f"({others}{marks}+)|{marks}+", r"\1", text)


def _character_class(characters: Iterable[str]) -> str:
    inside = "".join(sorted(characters))
    return f"[{re.escape(inside)}]" if inside else ""
