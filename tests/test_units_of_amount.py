"""Amounts: a number and its unit stay together, are found by any of their spellings, and are shown as they stand."""

import pytest

from assistant.answering.question import read_question
from assistant.answering.reply import Desk, reply_to
from assistant.answering.search import query_terms
from assistant.index.terms import terms_of
from assistant.library.model import Library
from assistant.library.parse import Stated, parse_entry
from assistant.library.sentences import sentence_spans

SPELLINGS = ("mcg", "µg", "μg", "ug", "micrograms")
"""The third is the Greek letter, the second the micro sign."""


@pytest.mark.parametrize("unit", SPELLINGS)
def test_every_spelling_of_micrograms_looks_for_every_other(desk: Desk, unit: str) -> None:
    terms = set(query_terms(read_question(f"who took 45 {unit}", [], desk.vocabulary)))
    assert {term for spelling in SPELLINGS for term in terms_of(spelling)} <= terms


@pytest.mark.parametrize("sign", ["µ", "μ"])
def test_the_sign_is_stored_and_shown_as_it_was_received(sign: str) -> None:
    entry = parse_entry(f"# T\n\n## Dose\n\nIt gave 45 {sign}g a day.\n".encode(), Stated("a", "a.md"))
    assert entry.words(len(entry.units) - 1) == f"It gave 45 {sign}g a day."


@pytest.mark.parametrize("amount", ["2.6 mcg", "1.5-2 g", "1,000 mg", "4.5 IU", "0.8 mg/d", "5 ml. per kg", "400 mg"])
def test_a_number_is_never_parted_from_its_unit(amount: str) -> None:
    text = f"One trial gave {amount} to each. Another gave none."
    for span in sentence_spans(text, 0, len(text)):
        assert (amount in span.of(text)) is span.of(text).startswith("One")


def test_an_answer_holds_no_amount_that_the_library_does_not_state(desk: Desk, library: Library) -> None:
    for question in (
        "How much magnesium in micrograms?",
        "How many mcg of velorin in trials?",
        "400 mg in g of magnesium?",
    ):
        for quote in reply_to(question, [], desk).quotes:
            assert quote.text in library.entry(quote.entry_id).text
