"""Limits: what is linked to what limits it, in texts made up to hold one link each."""

import pytest

from assistant.library.model import Entry
from assistant.library.parse import Stated, parse_entry


def entry_of(*sections: str) -> Entry:
    """A made-up entry with these sections."""
    text = "# Title\n\n" + "\n\n".join(sections) + "\n"
    return parse_entry(text.encode(), Stated("made-up", "made-up.md"))


def limits_of(entry: Entry, words: str) -> list[str]:
    """The words of the units that limit the one that opens so."""
    ((_, unit),) = [(n, u) for n, u in enumerate(entry.units) if entry.words(n).startswith(words)]
    return [entry.words(number) for number in unit.limited_by]


DOSE = "One trial gave 400 mg a day and soreness fell (Reed 2016 PMID 1234567)."


@pytest.mark.parametrize(
    "limit",
    [
        "Such high doses are not anchored to any guideline.",
        "The upper level for adults is 350 mg a day.",
        "No amount in this entry is an established dose.",
        "Reed 2016 was small and had no placebo group.",
        "Reed 2016 was funded by Salt Works Ltd.",
        "A conflict of interest: the authors are employees of the maker.",
    ],
)
def test_a_dose_is_linked_to_what_limits_it_wherever_it_stands(limit: str) -> None:
    entry = entry_of(f"## Summary\n\n{DOSE}", f"## Safety\n\n{limit}")
    assert limits_of(entry, "One trial") == [limit]


def test_another_studys_funding_and_limits_are_not_linked() -> None:
    entry = entry_of(f"## Summary\n\n{DOSE}", "## Safety\n\nMoss 2011 (PMID 7654321) was funded by Salt Works Ltd.")
    assert limits_of(entry, "One trial") == []


def test_a_benefit_is_linked_to_the_sentence_after_it_that_leans_on_it() -> None:
    entry = entry_of("## Summary\n\nIt improved sleep (PMID 1234567).  This was a small study without a placebo group.")
    assert limits_of(entry, "It improved") == ["This was a small study without a placebo group."]


def test_what_states_no_dose_benefit_or_study_has_no_limits() -> None:
    entry = entry_of("## Summary\n\nIt is a mineral. However, results are unclear.")
    assert limits_of(entry, "It is a mineral.") == []


def test_a_unit_never_limits_itself() -> None:
    entry = entry_of("## Summary\n\nA small trial gave 400 mg a day and was unclear (PMID 1234567).")
    assert limits_of(entry, "A small trial") == []


def test_the_upper_level_stands_before_a_lesser_limit() -> None:
    lesser = "The trial was small (PMID 1234567)."
    upper = "The upper level is 350 mg a day, and no amount is established."
    entry = entry_of(f"## Summary\n\n{DOSE}", f"## Safety\n\n{lesser} {upper}")
    assert limits_of(entry, "One trial") == [upper, lesser]


PLAIN = "Some people took 250 mg twice a day."


def test_a_dose_that_no_limit_is_on_has_the_one_of_the_next_sentence() -> None:
    doubt = "The groups were unmatched."
    assert limits_of(entry_of(f"## Summary\n\n{PLAIN} {doubt}"), "Some people") == [doubt]
    apart = entry_of(f"## Summary\n\n{PLAIN}", f"## How it works\n\n{doubt}")
    assert limits_of(apart, "Some people") == []


def test_an_amount_that_is_not_established_limits_a_dose_wherever_it_stands_and_whatever_it_cites() -> None:
    limit = "An amount that helps is not established (PMID 7654321)."
    entry = entry_of(f"## Doses\n\n{limit}", f"## Timing\n\n{PLAIN}")
    assert limits_of(entry, "Some people") == [limit]
