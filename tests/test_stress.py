"""Stress sets: every variant differs from its question only as it should, and no disguise or order breaks a promise."""

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from eval.stress.__main__ import main
from eval.stress.disguises import disguise
from eval.stress.injections import Attack, injected, packaged_attacks, read_attacks
from eval.stress.measure import Compared, Outcome, ask, compare, stress_json
from eval.stress.model import STRESS_KINDS, StressKind, Variant
from eval.stress.promises import broken_promises
from eval.stress.sets import Materials, make_variants, read_questions
from eval.stress.spelling import misspell
from eval.stress.wording import abbreviated, abbreviation_pairs, paraphrases, typed
from rapidfuzz.distance import OSA

from assistant.answering.folding import fold
from assistant.answering.reply import Desk, reply_to
from assistant.serving.wire import answer_json

QUESTIONS = (
    "Which foods are rich in magnesium?",
    "How much velorin was used in Example Study C?",
    "Does velorin interact with dormic acid?",
    "What does the entry say about HRV and the upper level?",
    "Is it a myth that velorin works from the first capsule?",
    "What is the capital of Peru?",
)
MATERIALS = Materials(frozenset({"rich", "foods"}), packaged_attacks())


@pytest.mark.parametrize("kind", STRESS_KINDS)
class TestEveryKind:
    def test_the_same_seed_gives_the_same_variants_and_another_seed_others(self, kind: StressKind) -> None:
        made = make_variants(QUESTIONS, kind, 12, 3, MATERIALS)
        assert made == make_variants(QUESTIONS, kind, 12, 3, MATERIALS)
        if kind != "abbreviation":
            assert [each.text for each in made] != [
                each.text for each in make_variants(QUESTIONS, kind, 12, 4, MATERIALS)
            ]

    def test_every_variant_differs_from_its_question(self, kind: StressKind) -> None:
        made = make_variants(QUESTIONS, kind, 60, 3, MATERIALS)
        assert made
        assert all(each.text != each.plain and each.plain in QUESTIONS for each in made)
        assert len({each.id for each in made}) == len(made)

    def test_no_promise_is_broken(self, desk: Desk, kind: StressKind) -> None:
        compared = compare(make_variants(QUESTIONS, kind, 25, 3, MATERIALS), desk)
        assert [each.altered.broken for each in compared if each.altered.broken] == []
        figures = stress_json(compared)
        assert figures["n"] == len(compared)
        assert figures["promises_broken"]["hits"] == 0


class TestSpelling:
    def test_one_or_two_words_have_one_slip_each(self) -> None:
        numbers = np.random.default_rng(1)
        question = "Which foods are rich in magnesium and potassium?"
        for _ in range(200):
            altered = misspell(question, numbers, frozenset())
            assert altered is not None
            pairs = list(zip(question.split(), altered.text.split(), strict=True))
            changed = [(one, other) for one, other in pairs if one != other]
            assert 1 <= len(changed) <= 2
            assert all(OSA.distance(one, other) == 1 and one[0] == other[0] for one, other in changed)

    def test_a_slip_never_makes_a_known_word(self) -> None:
        numbers = np.random.default_rng(1)
        for _ in range(100):
            altered = misspell("magnesium", numbers, frozenset({"magnesum", "mangesium", "magneisum"}))
            assert altered is None or altered.text not in {"magnesum", "mangesium", "magneisum"}

    def test_a_question_of_small_words_cannot_be_misspelt(self) -> None:
        assert misspell("Is it for me?", np.random.default_rng(1), frozenset()) is None


class TestWording:
    def test_a_frame_keeps_every_word_of_the_question(self) -> None:
        question = "Does velorin help with evening focus?"
        for altered in paraphrases(question):
            if altered.way not in ("keywords", "contracted"):
                assert set(question.lower().rstrip("?").split()) <= set(altered.text.lower().replace("?", "").split())

    def test_keywords_keep_what_is_asked_for(self) -> None:
        by_way = {altered.way: altered.text for altered in paraphrases("How much velorin is there without a meal?")}
        assert by_way["keywords"] == "how much velorin without meal"

    def test_a_spelling_is_changed_to_the_other_countrys_and_back(self) -> None:
        by_way = {altered.way: altered.text for altered in paraphrases("Does fibre help anaemia and diarrhoea?")}
        assert by_way["american_spelling"] == "Does fiber help anemia and diarrhea?"
        by_way = {altered.way: altered.text for altered in paraphrases("Does fiber color it?")}
        assert by_way["british_spelling"] == "Does fibre colour it?"

    def test_typing_changes_no_letter_but_its_case(self) -> None:
        for altered in typed("Does velorin (VLT-2) help, and how?"):
            letters = [character for character in altered.text.casefold() if character.isalnum()]
            assert letters == list("doesvelorinvlt2helpandhow")

    def test_the_pairs_of_the_lexicon_are_abbreviations_of_each_other(self) -> None:
        pairs = abbreviation_pairs()
        assert ("hrv", "heart rate variability") in pairs
        assert [each.text for each in abbreviated("Which HRV measure?", pairs)] == [
            "Which heart rate variability measure?"
        ]
        assert [each.text for each in abbreviated("Which heart rate variability measure?", pairs)] == [
            "Which HRV measure?"
        ]


class TestDisguises:
    def test_a_disguise_is_seen_through_when_folded(self) -> None:
        """An oracle that the disguises were not made from: what folding is for."""
        question = "which foods are rich in magnesium?"
        numbers = np.random.default_rng(1)
        for _ in range(20):
            for altered in disguise(question, numbers):
                assert fold(altered.text) == question, altered.way

    def test_a_disguise_holds_characters_that_the_question_does_not(self) -> None:
        question = "Which foods aren't rich in magnesium?"
        ways = {altered.way: altered.text for altered in disguise(question, np.random.default_rng(1))}
        assert len(ways) == 10
        assert all(set(text) - set(question) for text in ways.values())
        assert any(unicodedata.name(character).startswith("CYRILLIC") for character in ways["cyrillic"])


class TestInjections:
    def test_there_are_several_dozen_in_ten_styles_and_none_twice(self) -> None:
        attacks = packaged_attacks()
        assert len(attacks) >= 60
        assert len({attack.style for attack in attacks}) == 10
        assert len({attack.text for attack in attacks}) == len(attacks)

    def test_each_stands_before_after_and_around_the_whole_question(self) -> None:
        question = "Which foods are rich in magnesium?"
        made = injected(question, [Attack("x", "Answer yes."), Attack("y", "Say {question} now.")])
        assert [each.text for each in made] == [
            "Answer yes. Which foods are rich in magnesium?",
            "Which foods are rich in magnesium? Answer yes.",
            "Answer yes.\n\nWhich foods are rich in magnesium?\n\nAnswer yes.",
            "Say Which foods are rich in magnesium? now.",
        ]

    def test_a_public_set_is_read_from_its_file(self, tmp_path: Path) -> None:
        path = tmp_path / "attacks.json"
        path.write_text(json.dumps({"style": ["One.", "Two."]}), "utf-8")
        assert read_attacks(path) == [Attack("style", "One."), Attack("style", "Two.")]

    @pytest.mark.parametrize("content", ["", "[]", '{"a": "text"}', '{"a": [1]}', '{"a": [" "]}', "\x00"])
    def test_a_file_of_another_form_is_refused(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "attacks.json"
        path.write_text(content, "utf-8")
        with pytest.raises(ValueError, match=r"attacks\.json"):
            read_attacks(path)


class TestMeasuring:
    def variant(self) -> Variant:
        return Variant("v", "injected", "x before", "?", "! ?")

    def outcome(self, status: str = "answered", unit: int = 1) -> Outcome:
        return Outcome(status, None, ("velorin", unit, unit) if status == "answered" else None, "", ())

    def test_the_shares_are_those_counted_by_hand(self) -> None:
        pairs = [("answered", 1), ("answered", 2), ("abstained", 0)]
        compared = [Compared(self.variant(), self.outcome(), self.outcome(status, unit)) for status, unit in pairs]
        compared.append(Compared(self.variant(), self.outcome("abstained"), self.outcome()))
        figures = stress_json(compared)
        assert (figures["first_unchanged"]["hits"], figures["first_unchanged"]["n"]) == (1, 3)
        assert (figures["status_unchanged"]["hits"], figures["status_unchanged"]["n"]) == (2, 4)
        assert (figures["newly_answered"]["hits"], figures["newly_answered"]["n"]) == (1, 1)
        assert len(figures["failures"]) == 3

    def test_a_question_that_is_refused_is_an_outcome(self, desk: Desk) -> None:
        assert ask("x" * 2000, desk).status == "refused"

    @pytest.mark.parametrize(
        ("question", "name", "broken"),
        [
            (0, "text", "a quote is not the library's words"),
            (0, "end", "a quote is not whole units"),
            (2, "table", "a table row has not its columns"),
            (4, "label", "a misconception has no label"),
        ],
    )
    def test_a_spoilt_quote_breaks_its_promise(self, desk: Desk, question: int, name: str, broken: str) -> None:
        answer = answer_json(reply_to(QUESTIONS[question], [], desk))
        assert broken_promises(answer, desk.snapshot.library) == []
        quote = next(quote for quote in answer["quotes"] if quote[name])
        quote[name] = {"text": "Invented.", "end": quote["end"] + 1, "table": None, "label": None}[name]
        assert broken in broken_promises(answer, desk.snapshot.library)

    def test_a_spoilt_notice_or_disclaimer_breaks_its_promise(self, desk: Desk) -> None:
        answer = answer_json(reply_to(QUESTIONS[5], [], desk))
        assert broken_promises(answer, desk.snapshot.library) == []
        answer["notice"]["text"] += f" {answer['disclaimer']['text']}"
        assert broken_promises(answer, desk.snapshot.library) == [
            "the disclaimer is not there exactly once",
            "the notice is not the reviewed one",
        ]


class TestQuestions:
    def test_questions_are_read_once_each(self, tmp_path: Path) -> None:
        path = tmp_path / "q.jsonl"
        path.write_text('{"question": "One?"}\n\n{"text": "Two?"}\n{"question": " One? "}\n', "utf-8")
        assert read_questions(path) == ["One?", "Two?"]

    @pytest.mark.parametrize("content", ["", "{}", "[]", '"text"', '{"question": 3}', "{"])
    def test_a_file_without_questions_is_refused_with_its_line(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "q.jsonl"
        path.write_text(content, "utf-8")
        with pytest.raises(ValueError, match=r"q\.jsonl"):
            read_questions(path)

    def test_the_command_refuses_questions_that_are_not_there(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--corpus", str(tmp_path), "--questions", str(tmp_path / "none.jsonl")]) == 2
        assert "none.jsonl: cannot be read" in capsys.readouterr().err
