"""Batches: many twins of one kind over one library, so that it is indexed once for all of them.

The same library, kind, count and seed give the same batch; the first twin of each entry is the same for every kind, so
that one index can lend its vectors to the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from assistant.errors import LibraryError
from assistant.index.lexicon import Lexicon, contains, phrase_terms
from assistant.library.model import Entry, Library
from eval.twins.absences import make_removed, that_can_be_taken_out
from eval.twins.model import Batch, Check, Kind, Twin
from eval.twins.names import Namer, known_words, own_names, random_numbers
from eval.twins.statements import make_myth, make_negation, make_version
from eval.twins.swaps import make_nutrient, make_population, make_row, make_unit
from eval.twins.telling import unit_frequencies
from eval.twins.workshop import Maker, Workshop, first_draft

_LEAST_OF_A_SOURCE = 30
"""Twins taken from one entry at least, where it yields them: few entries are quick to index."""
_ROUNDS = 12
"""How often an entry may be twinned anew."""
_CONTROLS = 0.25
"""Questions asked to compare with, as a share of those that count."""
_PLAIN: dict[Kind, Maker] = {
    "nutrient": make_nutrient,
    "unit": make_unit,
    "population": make_population,
    "negation": make_negation,
    "myth": make_myth,
    "row": make_row,
    "version": make_version,
}


def make_batch(library: Library, kind: Kind, count: int, seed: int, lexicon: Lexicon) -> Batch:
    """Make twins of one kind from a library.

    Args:
        library: any; its entries are left as they are, and one without a subject that its text names is not twinned.
        kind: which twins.
        count: how many, as near as the entries yield; questions asked to compare with come on top.
        seed: of all that is left to chance.
        lexicon: the words that are no nutrient's invented name.

    Raises:
        ValueError: no entry of the library can be twinned so.
    """
    numbers = random_numbers(seed, kind)
    known = known_words(library, lexicon)
    plain = Namer(random_numbers(seed, "first twins"), known)
    shop = Workshop(kind, lexicon, unit_frequencies(library), numbers, plain, Namer(numbers, known))
    sources = [entry for entry in library.entries if own_names(entry, lexicon)]
    order = random_numbers(seed, "order").permutation(len(sources))
    sources = [sources[number] for number in order]
    out = that_can_be_taken_out(library) if kind == "removed" else frozenset()
    maker: Maker = (
        partial(make_removed, absent=_unnamed(library, lexicon), out=out) if kind == "removed" else _PLAIN[kind]
    )
    quota = max(_LEAST_OF_A_SOURCE, -(-count // max(1, len(sources))))
    used: dict[str, Entry] = {}
    entries: dict[str, Entry] = {}
    twins: list[Twin] = []
    checks: list[Check] = []
    for source, turn in _turns(sources):
        wanted = min(quota, count - sum(not twin.control for twin in twins))
        if wanted <= 0:
            break
        # Its names come from a stream of their own, in one order for every kind.
        draft = first_draft(shop, source)
        try:
            made = maker(shop, draft, turn)
        except LibraryError as error:
            raise ValueError(f"the {kind} twin of {source.id!r} cannot be read: {error}; mend the maker") from None
        used[source.id] = source
        entries |= {entry.id: entry for entry in made.entries}
        checks += made.checks
        twins += _some([twin for twin in made.twins if not twin.control], wanted, numbers)
        twins += _some([twin for twin in made.twins if twin.control], int(wanted * _CONTROLS), numbers)
    if not twins:
        raise ValueError(f"no entry of this library yields a {kind} twin; use one with more entries, or another kind")
    kept = [entry for entry in used.values() if entry.id not in out]
    numbered = tuple(replace(twin, id=f"{kind}-{seed}-{number:05d}") for number, twin in enumerate(twins))
    return Batch(kind, Library((*kept, *entries.values())), numbered, tuple(checks))


def _turns(sources: Sequence[Entry]) -> Iterator[tuple[Entry, int]]:
    for turn in range(_ROUNDS):
        for source in sources:
            yield source, turn


def _some(twins: Sequence[Twin], wanted: int, numbers: np.random.Generator) -> list[Twin]:
    """Choose some of a source's twins at random, from every way they were made as evenly as may be."""
    groups: dict[str, list[Twin]] = {}
    for twin in twins:
        groups.setdefault(twin.shape.split("/")[0], []).append(twin)
    queues = [[group[number] for number in numbers.permutation(len(group))] for group in groups.values()]
    chosen: list[Twin] = []
    while len(chosen) < wanted and any(queues):
        for queue in queues:
            if queue and len(chosen) < wanted:
                chosen.append(queue.pop())
    return chosen


def _unnamed(library: Library, lexicon: Lexicon) -> list[str]:
    """Return the substances of the lexicon that no entry names, by any of their names."""
    held = [phrase_terms(" ".join([e.title, e.text, *e.subjects, *e.aliases])) for e in library.entries]
    return [
        item.name
        for item in lexicon.items
        if item.kind == "substance" and not any(contains(terms, name) for terms in held for name in item.names)
    ]
