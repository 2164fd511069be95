"""Swaps: twins in which names, units, groups of people or table rows have changed places.

Each kind asks both twins for their own statement, so that the same words stand under two names and only one is right.
"""

from collections.abc import Sequence

from assistant.answering.quotes import quotable_range
from assistant.index.lexicon import Lexicon, contains, phrase_terms
from assistant.library.model import Entry
from assistant.library.segment import split_row
from eval.labelled import Place
from eval.twins.drafts import Draft, label_of, units_holding
from eval.twins.edits import MICRO_SIGNS, swap_units
from eval.twins.model import Check, Twin
from eval.twins.names import Renaming
from eval.twins.questions import about_dose, about_pair, about_population, about_unit, partner_of
from eval.twins.telling import AMOUNT
from eval.twins.workshop import Made, Workshop, dose_checks, second_draft, twins_of

GROUPS = (
    ("Pregnancy", "pregnancy"), ("Breastfeeding", "breastfeeding"), ("Children", "children"),
    ("Older adults", "older adults"), ("Kidney disease", "kidney disease"), ("Liver disease", "liver disease"),
    ("Athletes", "athletes", "exercise performance"), ("Diabetes", "diabetes"), ("Epilepsy", "epilepsy"),
    ("Smokers", "smokers"),
)  # fmt: skip
"""Groups of people: the label a statement stands under, how a question names it, and what else speaks of it."""


def make_nutrient(shop: Workshop, draft: Draft, turn: int) -> Made:
    """Ask about every unit of the twin under its own name, and of the source under its: never the other's entry."""
    source, entry = draft.source, draft.entry(f"a{turn}")
    twins: list[Twin] = []
    original = Draft(source, Renaming({}), source.text, source.subjects)
    for number in range(len(source.units)):
        for each, stands, other in ((draft, entry, source), (original, source, entry)):
            right = units_holding(stands, each.words(number))
            wrong = units_holding(other, (original if each is draft else draft).words(number))
            if right and source.units[number].kind != "myth" and each.body.count(each.words(number)) == 1:
                unit = min(right)[1]
                asked = about_unit(stands, unit, each.subject, shop.frequencies)
                twins += twins_of(shop, each, asked, right, wrong, "twin" if each is draft else "source")
    return Made((entry,), tuple(twins), dose_checks(draft, entry))


def make_unit(shop: Workshop, draft: Draft, turn: int) -> Made:
    """Give a second twin every amount in another unit, and ask each for its own."""
    second = second_draft(shop, draft.source)
    micro = MICRO_SIGNS[int(shop.numbers.integers(len(MICRO_SIGNS)))]
    swapped = Draft(second.source, second.names, swap_units(second.body, micro), second.subjects)
    one, two = draft.entry(f"a{turn}"), swapped.entry(f"unit{turn}")
    twins: list[Twin] = []
    for number, unit in enumerate(draft.source.units):
        mine, theirs = draft.words(number), swap_units(swapped.words(number), micro)
        if unit.quotable and unit.kind != "row" and AMOUNT.search(mine) and swap_units(mine, micro) != mine:
            here, there = units_holding(one, mine), units_holding(two, theirs)
            if here and there and draft.has_once(mine) and swapped.has_once(theirs):
                here, there = here | _same_amount(one, mine), there | _same_amount(two, theirs)
                plain = about_dose(mine, draft.subject, shop.frequencies)
                other = about_dose(theirs, swapped.subject, shop.frequencies)
                twins += twins_of(shop, draft, plain, here, there, "as_was")
                twins += twins_of(shop, swapped, other, there, here, "swapped")
    return Made((one, two), tuple(twins), (*dose_checks(draft, one), *dose_checks(swapped, two)))


def _same_amount(entry: Entry, words: str) -> frozenset[Place]:
    """The units of an entry that name the first amount of a statement too, in the same unit."""
    amount = AMOUNT.search(words)
    if amount is None:
        return frozenset()
    numbers = [n for n in range(len(entry.units)) if quotable_range(entry, n)]
    return frozenset(
        (entry.id, n) for n in numbers if any(m.group() == amount.group() for m in AMOUNT.finditer(entry.words(n)))
    )


def make_population(shop: Workshop, draft: Draft, turn: int) -> Made:
    """Set the statements of two twins under other groups of people, so that the same words stand under another's label.

    A group that only the sibling speaks of has no answer: silence is right.
    """
    source = draft.source
    second = second_draft(shop, source)
    places = [number for number in range(len(source.units)) if _speaks_of_one_group(shop, source, number)]
    groups = [group for group in GROUPS if not _named_elsewhere(shop.lexicon, source, group[1:], places)]
    places = places[: len(groups) - 1]
    if len(places) < 2:
        return Made((), ())
    order = [groups[number] for number in shop.numbers.permutation(len(groups))[: len(places) + 1]]
    twins: list[Twin] = []
    drafts, entries = [], []
    for each, turned, mark in ((draft, order, "grouped"), (second, order[1:] + order[:1], "regrouped")):
        edited = each
        for number, (label, *_) in zip(places, turned, strict=False):
            words = each.words(number)
            edited = edited.edited(words, words.replace(each.names.of(label_of(source, number)), label, 1))
        drafts.append(edited)
        entries.append(edited.entry(f"{mark}{turn}"))
    for which, turned in ((0, order), (1, order[1:] + order[:1])):
        mine, entry, sibling = drafts[which], entries[which], entries[1 - which]
        there = {name: _under(sibling, label) for label, name, *_ in order}
        for label, name, *_ in turned[: len(places)]:
            if right := _under(entry, label):
                asked = about_population(mine.subject, name)
                twins += twins_of(shop, mine, asked, right, there[name], "present")
        absent = turned[-1][1]
        if there[absent]:
            twins += twins_of(shop, mine, about_population(mine.subject, absent), frozenset(), there[absent], "absent")
    checks = [check for each, entry in zip(drafts, entries, strict=True) for check in dose_checks(each, entry)]
    return Made(tuple(entries), tuple(twins), tuple(checks))


def _under(entry: Entry, label: str) -> frozenset[Place]:
    """The units that stand under a label in an entry."""
    return frozenset(
        (entry.id, n) for n, unit in enumerate(entry.units) if unit.quotable and label_of(entry, n) == label
    )


def _speaks_of_one_group(shop: Workshop, source: Entry, number: int) -> bool:
    """Whether a unit stands under its own label and its statement names no other group, nor another substance."""
    label = label_of(source, number)
    if not label or source.section_of[number].name != "populations" or source.text.count(source.words(number)) != 1:
        return False
    rest = phrase_terms(source.words(number).split(":", 1)[1])
    own = {phrase_terms(name) for name in (*source.subjects, *source.aliases)}
    named = [mention.item for mention in shop.lexicon.mentions(rest)]
    grouped = {phrase_terms(word) for _, *words in GROUPS for word in words}
    return not any(
        item.kind == "population"
        or grouped.intersection(item.names)
        or (item.kind in ("substance", "medicine") and not own.intersection(item.names))
        for item in named
    )


def _named_elsewhere(lexicon: Lexicon, source: Entry, group: Sequence[str], places: Sequence[int]) -> bool:
    """Whether an entry names a group anywhere but under the labels that will be replaced."""
    said = {phrase_terms(word) for word in group}
    names = said.union(*(item.names for item in lexicon.items if said.intersection(item.names)))
    for number, unit in enumerate(source.units):
        if unit.kind in ("metadata", "disclaimer"):
            continue
        words = source.words(number).split(":", 1)[1] if number in places else source.words(number)
        held = phrase_terms(words)
        if any(contains(held, name) for name in names):
            return True
    return False


def make_row(shop: Workshop, draft: Draft, turn: int) -> Made:
    """Give the rows of a second twin's table each other's first cells, and ask each subject for its own row."""
    source, second = draft.source, second_draft(shop, draft.source)
    rows = [n for n, unit in enumerate(source.units) if unit.kind == "row" and unit.lead is not None]
    edited = second
    for at, number in enumerate(rows):
        words, other = second.words(number), second.words(rows[(at + 1) % len(rows)])
        first, moved = split_row(words)[0], split_row(other)[0]
        if edited.has_once(words) and first:
            edited = edited.edited(words, words.replace(first, moved, 1))
    one, two = draft.entry(f"a{turn}"), edited.entry(f"rows{turn}")
    twins: list[Twin] = []
    checks: list[Check] = []
    for each, entry, sibling in ((draft, one, two), (edited, two, one)):
        for number, unit in enumerate(entry.units):
            if unit.kind != "row" or unit.lead is None:
                continue
            row, head = entry.words(number), entry.words(unit.lead).split("\n")[0]
            checks.append(Check("row_has_columns", entry.id, row, head))
            partner = partner_of(row, (*entry.subjects, *entry.aliases))
            named = phrase_terms(partner)
            right = frozenset(
                (entry.id, n)
                for n, other in enumerate(entry.units)
                if other.quotable and contains(phrase_terms(entry.words(n)), named)
            )
            wrong = frozenset((sibling.id, n) for n, u in enumerate(sibling.units) if u.kind == "row")
            if partner and (entry.id, number) in right:
                twins += twins_of(shop, each, about_pair(each.subject, partner), right, wrong, "row")
    return Made((one, two), tuple(twins), (*checks, *dose_checks(draft, one), *dose_checks(edited, two)))
