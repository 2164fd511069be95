"""The rules of every answer: each broken on purpose, and refused as it would leave.

An `Answer` or a `Quote` that breaks them can be made only by force, as here. The sixth rule, that the same question
gives the same answer, is one of several answers: it stands in `test_reply`.
"""

import copy
import dataclasses
from collections.abc import Callable

import pytest

from assistant.answering.answer import Answer, Pointer
from assistant.answering.notices import Notice, load_notices
from assistant.answering.question import Turn
from assistant.answering.quotes import Quote, Role
from assistant.answering.reply import Desk, reply_to
from assistant.answering.rules import check_answer
from assistant.errors import RuleError
from assistant.library.model import Library

FOODS = "Which foods are rich in magnesium?"


@pytest.fixture(scope="module")
def answered(desk: Desk) -> Answer:
    """An answer with quotations: one in the role of answer, and a caution."""
    answer = reply_to(FOODS, [], desk)
    assert [quote.role for quote in answer.quotes] == ["answer", "caution"]
    return answer


@pytest.fixture(scope="module")
def redirected(desk: Desk) -> Answer:
    """A notice with cautions under it."""
    answer = reply_to("Should I take velorin? I'm pregnant", [], desk)
    assert (answer.status, answer.reason) == ("redirected", "personal_advice")
    return answer


def forged(quote: Quote, **changes: object) -> Quote:
    """A quotation changed by force."""
    made = copy.copy(quote)
    for name, value in changes.items():
        object.__setattr__(made, name, value)
    return made


def with_quotes(answer: Answer, *quotes: Quote) -> Answer:
    """An answer with other quotations."""
    return dataclasses.replace(answer, quotes=quotes)


def quote_of(desk: Desk, entry_id: str, words: str, role: Role) -> Quote:
    """The unit that opens with these words, quoted in a role."""
    library = desk.snapshot.library
    entry = library.entry(entry_id)
    (number,) = [n for n in range(len(entry.units)) if entry.words(n).startswith(words)]
    return Quote(library, entry_id, number, number, role)


def refused(answer: Answer, library: Library, rule: str) -> None:
    """Assert that it is refused by this rule, and that no word of the question is repeated."""
    with pytest.raises(RuleError, match=rule) as caught:
        check_answer(answer, library)
    assert answer.question not in str(caught.value)


def test_answers_as_they_are_made_keep_the_rules(desk: Desk, answered: Answer, redirected: Answer) -> None:
    check_answer(answered, desk.snapshot.library)
    check_answer(redirected, desk.snapshot.library)
    for question in ("Is it safe?", "hello", "What about zinc?", "I want to kill myself", "weather?"):
        check_answer(reply_to(question, [], desk), desk.snapshot.library)


class TestRule1Verbatim:
    @pytest.mark.parametrize("change", [str.upper, lambda text: text[:-1], lambda text: text + ".", lambda text: ""])
    def test_other_words(self, desk: Desk, answered: Answer, change: Callable[[str], str]) -> None:
        quote = answered.quotes[0]
        altered = with_quotes(answered, forged(quote, text=change(quote.text)))
        refused(altered, desk.snapshot.library, "rule 1, verbatim")

    def test_the_words_of_another_place(self, desk: Desk, answered: Answer) -> None:
        first, second = answered.quotes
        refused(with_quotes(answered, forged(first, text=second.text)), desk.snapshot.library, "rule 1, verbatim")


class TestRule2WholeUnits:
    @pytest.mark.parametrize(
        ("entry_id", "first", "last"),
        [
            ("velorin", 15, 15),  # one item of a list
            ("velorin", 14, 16),  # a list but for its last item
            ("velorin", 5, 5),  # "The effect was small", without the effect
            ("magnesium-stress", 7, 7),  # "These shift magnesium"
            ("magnesium-stress", 32, 33),  # two rows
            ("magnesium-stress", 39, 39),  # the disclaimer, as a quotation
            ("magnesium-stress", 5, 6),  # two sections
            ("magnesium-stress", 40, 400),
        ],
    )
    def test_less_or_other_than_what_is_whole(
        self, desk: Desk, answered: Answer, entry_id: str, first: int, last: int
    ) -> None:
        entry = desk.snapshot.library.entry(entry_id)
        text = entry.words(first, min(last, len(entry.units) - 1))
        changed = forged(answered.quotes[0], entry_id=entry_id, entry=entry, first=first, last=last, text=text)
        refused(with_quotes(answered, changed), desk.snapshot.library, "rule 2, whole units")


class TestRule3FixedWords:
    def test_a_notice_of_ones_own(self, desk: Desk, redirected: Answer) -> None:
        assert redirected.notice is not None
        for notice in (
            Notice("personal-advice", 1, "Take 400 mg twice a day."),
            dataclasses.replace(redirected.notice, version=2),
            redirected.notices.for_reason("emergency"),
            redirected.disclaimer,
        ):
            refused(dataclasses.replace(redirected, notice=notice), desk.snapshot.library, "rule 3, fixed words")

    def test_a_file_of_notices_of_ones_own(self, desk: Desk, answered: Answer) -> None:
        labels = {**answered.notices.labels, "caution": "All clear"}
        for notices in (
            dataclasses.replace(answered.notices, labels=labels),
            dataclasses.replace(answered.notices, region="XX"),
            dataclasses.replace(load_notices("US"), region="GB"),
        ):
            refused(dataclasses.replace(answered, notices=notices), desk.snapshot.library, "rule 3, fixed words")

    def test_a_pointer_under_another_title(self, desk: Desk) -> None:
        silent = reply_to("Is magnesium safe in pregnancy?", [], desk)
        for pointer in (
            Pointer("magnesium-stress", "Magnesium is safe in pregnancy", "safety"),
            Pointer("zinc", "Zinc", "safety"),
        ):
            changed = dataclasses.replace(silent, nearest=(pointer,))
            refused(changed, desk.snapshot.library, "rule 3, fixed words")

    def test_a_misconception_without_its_label(
        self, desk: Desk, answered: Answer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        myth = quote_of(desk, "velorin", "Myth: velorin works", "answer")
        assert with_quotes(answered, myth).label(myth) == "A misconception the library corrects"
        check_answer(with_quotes(answered, myth), desk.snapshot.library)
        monkeypatch.setattr(Answer, "label", lambda self, quote: None)
        refused(with_quotes(answered, myth), desk.snapshot.library, "a misconception without its label")


class TestRule4TheDisclaimer:
    @pytest.mark.parametrize("text", ["", "  ", "Ask nobody."])
    def test_empty_or_other(self, desk: Desk, answered: Answer, text: str) -> None:
        disclaimer = dataclasses.replace(answered.disclaimer, text=text)
        notices = dataclasses.replace(answered.notices, disclaimer=disclaimer)
        refused(dataclasses.replace(answered, notices=notices), desk.snapshot.library, "rule 4, the disclaimer")

    def test_it_is_no_field_that_could_be_left_out(self) -> None:
        assert "disclaimer" not in {field.name for field in dataclasses.fields(Answer)}

    @pytest.mark.parametrize("question", ["I have taken an overdose of magnesium", "I want to kill myself"])
    def test_a_quotation_or_a_pointer_beside_an_emergency(self, desk: Desk, answered: Answer, question: str) -> None:
        alone = reply_to(question, [], desk)
        assert alone.reason in ("emergency", "crisis")
        caution = answered.quotes[1]
        refused(with_quotes(alone, caution), desk.snapshot.library, "rule 4")
        pointer = Pointer("velorin", desk.snapshot.library.entry("velorin").title, "dose")
        refused(dataclasses.replace(alone, nearest=(pointer,)), desk.snapshot.library, "rule 4")


class TestRule5OneSnapshot:
    def test_an_entry_that_is_no_longer_served(self, desk: Desk, answered: Answer) -> None:
        library = desk.snapshot.library
        left = Library(tuple(each for each in library.entries if each.id != "magnesium-stress"))
        refused(answered, left, "rule 5, one snapshot")

    def test_the_same_entry_of_another_snapshot(self, desk: Desk, answered: Answer) -> None:
        library = desk.snapshot.library
        again = Library(tuple(dataclasses.replace(each) for each in library.entries))
        assert again == library
        refused(answered, again, "rule 5, one snapshot")

    def test_no_snapshot_named(self, desk: Desk, answered: Answer) -> None:
        refused(dataclasses.replace(answered, snapshot_id=""), desk.snapshot.library, "rule 5, one snapshot")


class TestStatusesAndRoles:
    def test_quotations_out_of_order(self, desk: Desk, answered: Answer) -> None:
        refused(with_quotes(answered, *reversed(answered.quotes)), desk.snapshot.library, "status answered")

    def test_an_answer_without_an_answer(self, desk: Desk, answered: Answer) -> None:
        refused(with_quotes(answered), desk.snapshot.library, "status answered")
        refused(with_quotes(answered, answered.quotes[1]), desk.snapshot.library, "status answered")

    def test_a_role_that_is_none(self, desk: Desk, answered: Answer) -> None:
        odd = forged(answered.quotes[1], role="advertisement")
        refused(with_quotes(answered, answered.quotes[0], odd), desk.snapshot.library, "status answered")

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            ("answered", "not_in_library"),
            ("abstained", None),
            ("abstained", "emergency"),
            ("redirected", "language"),
            ("clarify", "crisis"),
        ],
    )
    def test_a_reason_of_another_status(self, desk: Desk, status: str, reason: str | None) -> None:
        silent = reply_to("Is magnesium safe in pregnancy?", [], desk)
        notice = silent.notices.notices.get(reason or "")
        changed = dataclasses.replace(silent, status=status, reason=reason, notice=notice)  # type: ignore[arg-type]
        refused(changed, desk.snapshot.library, f"status {status} with reason {reason}")

    @pytest.mark.parametrize("question", ["Is magnesium safe in pregnancy?", "hello", "Is it safe?"])
    def test_a_quotation_beside_silence(self, desk: Desk, answered: Answer, question: str) -> None:
        silent = reply_to(question, [], desk)
        refused(with_quotes(silent, *answered.quotes), desk.snapshot.library, f"status {silent.status} with roles")

    def test_silence_without_its_notice(self, desk: Desk) -> None:
        silent = dataclasses.replace(reply_to("Is it safe?", [], desk), notice=None)
        refused(silent, desk.snapshot.library, "status clarify with roles")

    def test_an_answer_beside_a_notice_for_personal_advice(
        self, desk: Desk, answered: Answer, redirected: Answer
    ) -> None:
        refused(with_quotes(redirected, answered.quotes[0]), desk.snapshot.library, "status redirected with roles")

    def test_a_dose_beside_a_notice_for_personal_advice(self, desk: Desk, redirected: Answer) -> None:
        library = desk.snapshot.library
        single = quote_of(desk, "velorin", "Headache was the commonest", "caution")
        # Within a list, too: its lead-in holds no number.
        listed = Quote(library, "velorin", 14, 17, "caution")
        assert "dose" not in listed.entry.units[14].marks
        for dose in (single, listed):
            refused(with_quotes(redirected, dose), library, "beside the notice")

    def test_nearest_shows_two_at_most_and_never_a_dose(self, desk: Desk) -> None:
        silent = reply_to("Is magnesium safe in pregnancy?", [], desk)
        notice = silent.notices.for_reason("nearest")
        near = dataclasses.replace(silent, status="nearest", reason="nearest", notice=notice)
        kidneys = quote_of(desk, "magnesium-stress", "Kidney disease", "nearest")
        check_answer(with_quotes(near, kidneys), desk.snapshot.library)
        refused(with_quotes(near, kidneys, kidneys, kidneys), desk.snapshot.library, "status nearest with roles")
        dose = quote_of(desk, "magnesium-stress", "Wienecke and Nolden 2016 (PMID", "nearest")
        refused(with_quotes(near, dose), desk.snapshot.library, "beside the notice")


def test_a_reply_that_breaks_a_rule_is_not_given(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Quote, "sha256", "0" * 64)
    with pytest.raises(RuleError, match="rule 1"):
        reply_to(FOODS, [Turn("velorin?", ("velorin",))], desk)
