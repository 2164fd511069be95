"""Statements: twins that say the opposite, a misconception in another dress, or what an older version said."""

from dataclasses import dataclass

from assistant.index.lexicon import contains, phrase_terms
from assistant.library.model import Entry
from eval.twins.drafts import Draft, units_holding
from eval.twins.edits import DRESSES, HEADINGS, Dress, Misconception, change_figure, dress, negate, read_misconception
from eval.twins.model import Check, Twin
from eval.twins.questions import Asked, about_claim, about_statement
from eval.twins.workshop import Made, Workshop, dose_checks, second_draft, twins_of


def make_negation(shop: Workshop, draft: Draft, turn: int) -> Made:
    """Affirm every statement in one twin and negate it in the other, and ask each subject for its own."""
    source, second = draft.source, second_draft(shop, draft.source)
    affirmed, negated = draft, second
    pairs: list[tuple[str, str]] = []
    for number, unit in enumerate(source.units):
        if unit.kind != "sentence" or unit.lead is not None or unit.last is not None:
            continue
        mine, theirs = negate(draft.words(number)), negate(second.words(number))
        if mine and theirs and affirmed.has_once(draft.words(number)) and negated.has_once(second.words(number)):
            affirmed = affirmed.edited(draft.words(number), mine.affirmed)
            negated = negated.edited(second.words(number), theirs.negated)
            pairs.append((mine.affirmed, theirs.negated))
    lists = _listed(shop, affirmed, negated) if draft.is_markdown else None
    if lists:
        affirmed, negated = lists.affirmed, lists.negated
    one, two = affirmed.entry(f"affirmed{turn}"), negated.entry(f"negated{turn}")
    twins: list[Twin] = []
    for mine_words, their_words in pairs:
        here, there = units_holding(one, mine_words), units_holding(two, their_words)
        if here and there and affirmed.has_once(mine_words) and negated.has_once(their_words):
            # The longer side, so that what is kept apart is no mere citation that another statement ends with too.
            part = max(their_words.split(" not ", 1), key=len)
            kept = Check("negation_kept", two.id, part, " not ")
            one_asked = about_statement(mine_words, draft.subject, "", shop.frequencies)
            two_asked = about_statement(their_words, second.subject, "", shop.frequencies)
            twins += twins_of(shop, affirmed, one_asked, here, there, "affirmed")
            twins += twins_of(shop, negated, two_asked, there, here, "negated", (kept,))
    for item in lists.items if lists else ():
        here, there = units_holding(one, item), units_holding(two, item)
        if lists and here and there:
            kept = Check("negation_kept", two.id, item, lists.lead.format(subject=second.subject, negated=" not"))
            question = [
                Asked("listed", "Was {subject} tested in {item}?"),
                Asked("listed_keyword", "{subject} {item} tested"),
            ]
            for each, right, wrong, made in (
                (affirmed, here, there, "list_affirmed"),
                (negated, there, here, "list_negated"),
            ):
                asked = [Asked(q.shape, q.text.format(subject=each.subject, item=item)) for q in question]
                twins += twins_of(shop, each, asked, right, wrong, made, (kept,))
    return Made((one, two), tuple(twins), (*dose_checks(affirmed, one), *dose_checks(negated, two)))


@dataclass(frozen=True, slots=True)
class _Lists:
    affirmed: Draft
    negated: Draft
    lead: str
    items: tuple[str, ...]


_LEADS = (
    "The trials did{negated} test {subject} in:\n\n",
    "The following people did{negated} take part in the trials of {subject}:\n\n",
    "### Who the trials of {subject} did{negated} include\n\n",
    "Groups who were{negated} given {subject} in any trial:\n\n",
)


def _listed(shop: Workshop, affirmed: Draft, negated: Draft) -> _Lists | None:
    """Put a list under a lead-in into both twins: without its lead-in, an item says nothing or the opposite."""
    held = phrase_terms(affirmed.source.text)
    items = [item for item in shop.lexicon.items if item.kind == "condition" and len(item.name) > 4]
    absent = [f"people with {item.name}" for item in items if not any(contains(held, name) for name in item.names)]
    if len(absent) < 4:
        return None
    chosen = tuple(absent[number] for number in shop.numbers.choice(len(absent), 4, replace=False))
    lead = _LEADS[int(shop.numbers.integers(len(_LEADS)))]
    body = "\n".join(f"- {item}" for item in chosen)
    drafts = [
        _with_list(each, lead.format(subject=each.subject, negated=word) + body)
        for each, word in ((affirmed, ""), (negated, " not"))
    ]
    return _Lists(drafts[0], drafts[1], lead.strip(), chosen)


def _with_list(draft: Draft, block: str) -> Draft:
    """Put a block at the end of the section on groups of people; the draft unchanged where it has none."""
    source = draft.source
    ends = [section.last for section in source.sections if section.name == "populations"]
    words = draft.words(ends[0]) if ends else ""
    return draft.edited(words, f"{words}\n\n{block}") if draft.has_once(words) else draft


def make_myth(shop: Workshop, draft: Draft, turn: int) -> Made:
    """Write the misconceptions of two twins in two other dresses, and ask whether each claim is so."""
    source = draft.source
    dresses = [each for each in DRESSES if draft.is_markdown or not each.markdown]
    chosen = shop.numbers.choice(len(dresses), 2, replace=False)
    entries: list[Entry] = []
    twins: list[Twin] = []
    checks: list[Check] = []
    for each, number, mark in zip((draft, second_draft(shop, source)), chosen, ("dressed", "redressed"), strict=True):
        worn = dresses[int(number)]
        dressed = _dressed(each, worn, HEADINGS[int(shop.numbers.integers(len(HEADINGS)))])
        if dressed is None:
            continue
        edited, misconceptions = dressed
        entry = edited.entry(f"{mark}{turn}")
        entries.append(entry)
        checks += dose_checks(edited, entry)
        for one in misconceptions:
            # Each dress chooses the case of the first letter.
            claim, correction = one.claim[1:], one.correction[1:]
            whole = Check("whole_misconception", entry.id, claim, correction)
            right = units_holding(entry, claim) | units_holding(entry, correction)
            if right and edited.has_once(claim) and edited.has_once(correction):
                asked = about_claim(one.claim, each.subject, shop.frequencies)
                twins += twins_of(shop, edited, asked, right, frozenset(), worn.name, (whole,))
                checks.append(whole)
    return Made(tuple(entries), tuple(twins), tuple(checks))


def _dressed(draft: Draft, worn: Dress, heading: str) -> tuple[Draft, list[Misconception]] | None:
    """Write a draft's section of misconceptions anew; None when it has none that can be parted from its correction."""
    source = draft.source
    numbers = [number for number, unit in enumerate(source.units) if unit.kind == "myth"]
    read = [read_misconception(draft.words(number)) for number in numbers]
    found = [each for each in read if each is not None]
    if not found or numbers != list(range(numbers[0], numbers[-1] + 1)):
        return None
    before = numbers[0] - 1
    headed = draft.is_markdown and source.units[before].kind == "heading"
    old = draft.names.of(source.words(before if headed else numbers[0], numbers[-1]))
    new = dress(found, worn)
    if not draft.is_markdown:
        new = new.replace("\n\n", "\n")
    if not draft.has_once(old):
        return None
    return draft.edited(old, f"## {heading}\n\n{new}" if headed else new), found


def make_version(shop: Workshop, draft: Draft, turn: int) -> Made:
    """Keep an older version of the twin beside it, with other figures: the newer one stands first."""
    older = draft
    changed: list[tuple[str, str]] = []
    for number, unit in enumerate(draft.source.units):
        words = draft.words(number)
        new = change_figure(words) if unit.quotable and unit.kind != "myth" else None
        if new and older.has_once(words):
            older = older.edited(words, new)
            changed.append((words, new))
    one, two = draft.entry(f"a{turn}", "2026-05-01"), older.entry(f"older{turn}", "2019-03-01")
    twins: list[Twin] = []
    for now, then in changed:
        right, wrong = units_holding(one, now), units_holding(two, then)
        if right and wrong and draft.has_once(now) and older.has_once(then):
            section = one.section_of[min(right)[1]].name
            asked = about_statement(now, draft.subject, section, shop.frequencies)
            twins += twins_of(shop, draft, asked, right, wrong, "figure")
    return Made((two, one), tuple(twins), (*dose_checks(draft, one), *dose_checks(older, two)))
