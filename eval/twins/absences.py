"""Absences: questions about what has been taken out of the library, or never was in it. Silence is right.

The same statements stay in the library under another name, so only the subject tells that there is no answer.
"""

from collections.abc import Sequence, Set

from assistant.library.model import Entry, Library
from eval.twins.drafts import Draft, units_holding
from eval.twins.model import Twin
from eval.twins.names import Renaming
from eval.twins.questions import Asked, about_unit
from eval.twins.workshop import Made, Workshop, dose_checks, twins_of

_GHOSTS = 2
"""Names of each kind, invented and real, that every source's questions are asked about."""


def make_removed(shop: Workshop, draft: Draft, turn: int, *, absent: Sequence[str], out: Set[str]) -> Made:
    """Ask the twin's questions about what is not in the library, and of the twin itself to compare.

    Args:
        shop: what the makers share.
        draft: the source's first twin, which stays.
        turn: the number of the round.
        absent: real substances that the library names nowhere.
        out: ids of the sources that are not in the library, so that their own names are absent too.
    """
    source, entry = draft.source, draft.entry(f"a{turn}")
    ghosts = [("invented", shop.other.fresh()) for _ in range(_GHOSTS)]
    if absent:
        ghosts += [("real", str(shop.numbers.choice(list(absent)))) for _ in range(_GHOSTS)]
    if source.id in out:
        ghosts += [("taken_out", source.subjects[0])]
    others = [name for name in draft.names.names.values() if name not in draft.subject]
    twins: list[Twin] = []
    for number, unit in enumerate(source.units):
        right = units_holding(entry, draft.words(number))
        if unit.kind == "myth" or not right or not draft.has_once(draft.words(number)):
            continue
        asked = about_unit(entry, min(right)[1], draft.subject, shop.frequencies)
        # One that also speaks of another of the twin's names would rightly be answered.
        asked = [a for a in asked if draft.subject in a.text.lower() and not any(o in a.text.lower() for o in others)]
        twins += twins_of(shop, draft, asked, right, frozenset(), "control", control=True)
        for made, name in ghosts:
            ghost = Draft(source, Renaming({}), "", (name,))
            lost = Renaming({draft.subject: name})
            twins += twins_of(shop, ghost, [Asked(a.shape, lost.of(a.text)) for a in asked], frozenset(), right, made)
    return Made((entry,), tuple(twins), dose_checks(draft, entry))


def that_can_be_taken_out(library: Library) -> frozenset[str]:
    """Return ids of entries, at most a third, that no entry which stays names: once out, nothing is known of them."""
    out: list[Entry] = []
    for entry in library.entries:
        if len(out) < len(library.entries) // 3 and entry.subjects and not _is_named(entry, library, out):
            out.append(entry)
    stay = [entry for entry in library.entries if entry not in out]
    return frozenset(entry.id for entry in out if not any(_names(other, entry) for other in stay))


def _is_named(entry: Entry, library: Library, out: Sequence[Entry]) -> bool:
    return any(_names(other, entry) for other in library.entries if other is not entry and other not in out)


def _names(other: Entry, entry: Entry) -> bool:
    """Whether one entry names the main subject of another, by any of its names."""
    names = Renaming(dict.fromkeys((entry.subjects[0].lower(), *(a for a in entry.aliases if len(a) > 2)), "\x00"))
    return "\x00" in names.of(" ".join([other.title, other.text, *other.subjects, *other.aliases]))
