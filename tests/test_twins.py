"""Twins: what their generator promises, that the judge can find fault, and that nothing misleads in a few a kind."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from eval.twins.__main__ import main
from eval.twins.asking import ask_batch, open_library
from eval.twins.batches import make_batch
from eval.twins.drafts import Draft
from eval.twins.edits import DRESSES, Misconception, change_figure, dress, negate, read_misconception, swap_units
from eval.twins.exhaustive import inspect_library
from eval.twins.judging import judge
from eval.twins.model import KINDS, Batch, Check, Kind, Twin
from eval.twins.names import Namer, Renaming, known_words, near, own_names, random_numbers
from eval.twins.questions import partner_of
from eval.twins.report import kind_json
from eval.twins.telling import AMOUNT, telling_phrases

from assistant.answering.reply import Desk, reply_to
from assistant.index.lexicon import contains, packaged_lexicon, phrase_terms
from assistant.library.model import Library
from assistant.library.parse import Stated, parse_entry
from assistant.serving.wire import answer_json

COUNT, SEED = 20, 7
LEXICON = packaged_lexicon()


@pytest.fixture(scope="module")
def batches(library: Library) -> dict[Kind, Batch]:
    """Twenty twins of every kind over the four entries."""
    return {kind: make_batch(library, kind, COUNT, SEED, LEXICON) for kind in KINDS}


@pytest.fixture(scope="module")
def listed(library: Library) -> Batch:
    """Negated twins of the entries in Markdown, which alone can hold lists."""
    written = tuple(entry for entry in library.entries if entry.file.endswith(".md"))
    return make_batch(Library(written), "negation", COUNT, SEED, LEXICON)


@pytest.fixture(scope="module")
def twin_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the batches are indexed, one after the other, so that each lends its vectors to the next."""
    return tmp_path_factory.mktemp("twins")


class TestNames:
    def test_a_name_is_near_no_known_word_nor_another_name(self, library: Library) -> None:
        known = known_words(library, LEXICON)
        namer = Namer(random_numbers(1), known)
        names = [namer.fresh() for _ in range(60)]
        assert not any(near(name, known) for name in names)
        assert not any(near(name, [other for other in names if other != name]) for name in names)

    @pytest.mark.parametrize("word", ["magnesim", "magnesiums", "magnezeum"])
    def test_two_slips_from_a_known_word_are_near_it(self, word: str) -> None:
        assert near(word, ["magnesium"])

    def test_three_slips_are_not(self) -> None:
        assert not near("nagnezeum", ["magnesium"])

    def test_a_renaming_keeps_capitals_and_plurals_and_leaves_units_alone(self) -> None:
        names = Renaming({"magnesium": "velorane", "cranberry": "tolvide"})
        assert names.of("Magnesium-rich food; 144 mg magnesium.") == "Velorane-rich food; 144 mg velorane."
        assert names.of("cranberries, Cranberry, hypermagnesaemia") == "tolvides, Tolvide, hypermagnesaemia"

    def test_an_entrys_condition_and_its_symbol_are_no_names_to_replace(self, library: Library) -> None:
        assert own_names(library.entry("magnesium-stress"), LEXICON) == ["magnesium"]


class TestEdits:
    def test_a_negation_is_put_after_the_auxiliary_or_taken_away(self) -> None:
        made = negate("The effect was small.")
        assert made is not None
        assert (made.affirmed, made.negated) == ("The effect was small.", "The effect was not small.")
        taken = negate("Blood markers did not change (there was no fall).")
        assert taken is not None
        assert (taken.affirmed, taken.negated) == (
            "Blood markers did change (there was no fall).",
            "Blood markers did not change (there was no fall).",
        )

    @pytest.mark.parametrize(
        "sentence", ["No trial has shown it.", "It is not known and was never asked.", "Foods rich in it include nuts."]
    )
    def test_what_one_not_would_not_turn_round_is_left(self, sentence: str) -> None:
        assert negate(sentence) is None

    def test_units_change_and_figures_stay(self) -> None:
        assert swap_units("45 mcg, 1.2 g or 400-600 mg/day", "µg") == "45 mg, 1.2 mg or 400-600 µg/day"
        assert swap_units("71 microg/dL of blood, 2.5 weeks") == "71 microg/dL of blood, 2.5 weeks"

    def test_the_first_figure_of_an_amount_a_share_or_a_time_changes(self) -> None:
        assert change_figure("In 120 adults, 45 mcg for 12 weeks") == "In 120 adults, 55 mcg for 12 weeks"
        assert change_figure("It rose by 9.5% (PMID 12)") == "It rose by 4.5% (PMID 12)"
        assert change_figure("Example Study 3 (12 weeks)") is None

    @pytest.mark.parametrize("worn", DRESSES, ids=lambda worn: worn.name)
    def test_every_dress_holds_the_claim_before_the_whole_correction(self, worn: object) -> None:
        one = Misconception("velorane works at once", "It took six weeks. The groups were alike until then.")
        written = dress([one], next(each for each in DRESSES if each is worn))
        claim = written.index(one.claim[1:])
        assert one.correction[1:] in written[claim + len(one.claim) - 1 :]

    @pytest.mark.parametrize(
        "words",
        [
            "Claim: velorane works at once. It took six weeks.",
            "Myth: velorane works at once. Fact: it took six weeks.",
            "### Velorane works at once\n\nIt took six weeks.",
            "It is often said that velorane works at once. In fact, it took six weeks.",
        ],
    )
    def test_a_misconception_is_read_back_whatever_its_dress(self, words: str) -> None:
        assert read_misconception(words) == Misconception("velorane works at once", "It took six weeks.")

    def test_a_claim_without_a_correction_is_none(self) -> None:
        assert read_misconception("Claim: velorane works at once.") is None

    def test_a_concentration_is_no_amount(self) -> None:
        text = "5 mg/day, 11 g/100 ml, 9 mg/dL, 22 mg per g, 45 to 70 mg kg(-1), 5 mg in 3 oz"
        assert [match.group() for match in AMOUNT.finditer(text)] == ["5 mg"]


class TestQuestions:
    def test_the_rarest_words_tell_a_statement(self) -> None:
        words = "The capsules (Example Study A) were taken with warm barley water, and 45 mcg was the dose."
        phrases = telling_phrases(words, {"capsul": 9, "dose": 9}, most=1)
        assert phrases == ["warm barley water"]

    def test_a_rows_partner_is_what_bears_none_of_the_subjects_names(self) -> None:
        assert partner_of("| Velorin and sombrel, at night | Less | 6 h | A |", ("velorin",)) == "sombrel"
        assert partner_of("| Velorin and velorin salts | Less | 6 h | A |", ("velorin",)) == ""


class TestBatches:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_same_seed_gives_the_same_twins_and_another_seed_others(
        self, library: Library, batches: dict[Kind, Batch], kind: Kind
    ) -> None:
        assert make_batch(library, kind, COUNT, SEED, LEXICON) == batches[kind]
        assert make_batch(library, kind, COUNT, SEED + 1, LEXICON).twins != batches[kind].twins

    @pytest.mark.parametrize("kind", KINDS)
    def test_as_many_are_made_as_are_wanted_and_every_one_names_its_subject(
        self, batches: dict[Kind, Batch], kind: Kind
    ) -> None:
        twins = [twin for twin in batches[kind].twins if not twin.control]
        assert len(twins) == COUNT
        assert all(twin.subject in twin.question.lower() for twin in batches[kind].twins)
        assert len({twin.id for twin in batches[kind].twins}) == len(batches[kind].twins)

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_right_and_every_wrong_unit_is_in_the_library_and_quotable(
        self, batches: dict[Kind, Batch], kind: Kind
    ) -> None:
        batch = batches[kind]
        for twin in batch.twins:
            assert not twin.right & twin.wrong
            for entry, unit in twin.right | twin.wrong:
                assert batch.library.entry(entry).units[unit].quotable

    def test_a_twin_says_what_its_source_says_under_another_name(self, library: Library) -> None:
        source = library.entry("quendrite")
        draft = Draft.of(source, Renaming({"quendrite": "velorane"}))
        assert "quendrite" not in draft.body.lower()
        assert Renaming({"velorane": "quendrite"}).of(draft.body) == source.text
        entry = draft.entry("a0")
        assert [unit.kind for unit in entry.units] == [unit.kind for unit in source.units]
        assert entry.subjects == ("velorane",)

    def test_a_negated_statement_differs_by_its_not_alone(self, batches: dict[Kind, Batch]) -> None:
        found = 0
        for twin in batches["negation"].twins:
            if twin.shape.startswith("negated/"):
                ours, theirs = (
                    words_at(batches["negation"].library, places) for places in (min(twin.right), min(twin.wrong))
                )
                assert len(ours.split()) == len(theirs.split()) + 1
                assert plainly(ours.replace(" not ", " ", 1), twin) == plainly(theirs, twin)
                found += 1
        assert found

    def test_a_list_means_the_opposite_under_its_other_lead_in(self, listed: Batch) -> None:
        twins = [twin for twin in listed.twins if twin.shape.startswith("list_negated/")]
        assert twins
        for twin in twins:
            (check,) = twin.checks
            assert " not" in check.needs
            assert check.needs in listed.library.entry(check.entry_id).text

    def test_what_was_removed_is_named_by_no_entry(self, batches: dict[Kind, Batch]) -> None:
        batch = batches["removed"]
        held = phrase_terms(" ".join(f"{entry.title} {entry.text}" for entry in batch.library.entries))
        for twin in batch.twins:
            assert contains(held, phrase_terms(twin.subject)) == twin.control
            assert bool(twin.right) == twin.control

    def test_a_group_that_only_the_sibling_names_has_no_right_answer(self, batches: dict[Kind, Batch]) -> None:
        twins = [twin for twin in batches["population"].twins if twin.shape.startswith("absent/")]
        assert twins
        for twin in twins:
            (entry,) = {entry for entry in batches["population"].library.entries if twin.subject in entry.subjects}
            asked = [
                item for item in LEXICON.items if any(contains(phrase_terms(twin.question), n) for n in item.names)
            ]
            groups = [item for item in asked if item.kind == "population"]
            terms = phrase_terms(entry.text.split("This is a summary of published research")[0])
            assert not any(contains(terms, name) for item in groups for name in item.names)

    def test_an_amount_in_another_unit_stands_in_the_twin_alone(self, batches: dict[Kind, Batch]) -> None:
        batch = batches["unit"]
        for twin in batch.twins:
            here, there = (words_at(batch.library, min(places)) for places in (twin.right, twin.wrong))
            amounts = {match.group() for match in AMOUNT.finditer(here)}
            assert amounts != {match.group() for match in AMOUNT.finditer(there)}
            assert re.findall(r"\d+", here) == re.findall(r"\d+", there)

    def test_the_newer_version_is_the_right_one(self, batches: dict[Kind, Batch]) -> None:
        library = batches["version"].library
        for twin in batches["version"].twins:
            (new,), (old,) = ({library.entry(entry).last_reviewed for entry, _ in p} for p in (twin.right, twin.wrong))
            assert new > old

    def test_a_library_that_yields_no_twin_says_so(self, library: Library) -> None:
        nameless = tuple(replace(entry, subjects=(), aliases=()) for entry in library.entries)
        with pytest.raises(ValueError, match="no entry of this library yields a nutrient twin"):
            make_batch(Library(nameless), "nutrient", 5, 1, LEXICON)


class TestJudge:
    """A judge that cannot find fault is none: answers are spoilt here one at a time."""

    def twin(self, *checks: Check) -> Twin:
        return Twin("t", "myth", "x/y", "velorin", "velorin", "?", frozenset({("velorin", 1)}), frozenset(), checks)

    def test_a_misconception_without_its_label_or_correction_is_bare(self, desk: Desk) -> None:
        answer = answer_json(reply_to("Is it a myth that velorin works from the first capsule?", [], desk))
        claim, correction = "velorin works from the first capsule", "were alike until week 6"
        quote = next(quote for quote in answer["quotes"] if claim in quote["text"])
        twin = self.twin(Check("whole_misconception", "velorin", claim, correction))
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ()
        whole = quote["text"]
        quote["text"] = whole[: whole.index(".")]
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ("bare_myth",)
        quote["text"], quote["label"] = whole, None
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ("bare_myth",)

    def test_a_row_without_its_own_columns_is_an_orphan(self, desk: Desk) -> None:
        answer = answer_json(reply_to("Does velorin interact with dormic acid?", [], desk))
        quote = next(quote for quote in answer["quotes"] if quote["table"])
        row = (
            "| Velorin and dormic acid | Both have been linked with headache | Start one at a time | Example Review D |"
        )
        head = "| Combination | What happens | What the entry says | Source |"
        twin = self.twin(Check("row_has_columns", "velorin", row, head))
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ()
        quote["table"]["columns"][0] = "Interaction"
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ("orphan_row",)
        quote["table"] = None
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ("orphan_row",)

    def test_a_dose_without_its_limit_is_an_orphan(self, desk: Desk) -> None:
        answer = answer_json(reply_to("What daily doses of velorin have been tried?", [], desk))
        limit = next(quote["text"] for quote in answer["quotes"] if quote["role"] == "qualifier")
        twin = self.twin(Check("dose_has_limiter", "velorin", "", limit))
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ()
        answer["quotes"] = [quote for quote in answer["quotes"] if quote["role"] == "answer"]
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ("orphan_dose",)

    def test_a_statement_without_its_not_has_lost_it(self, desk: Desk) -> None:
        answer = answer_json(reply_to("Has velorin been studied in pregnancy?", [], desk))
        part = "been studied, and every trial left pregnant women out"
        twin = self.twin(Check("negation_kept", "velorin", part, " not "))
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ()
        quote = next(quote for quote in answer["quotes"] if part in quote["text"])
        quote["text"] = quote["text"].replace(" not ", " ")
        assert judge(twin, answer, (), desk.snapshot.library).misleads == ("dropped_negation",)

    def test_the_first_quote_decides_what_an_answer_is(self, desk: Desk) -> None:
        answer = answer_json(reply_to("What daily doses of velorin have been tried?", [], desk))
        first = (answer["quotes"][0]["entry"]["id"], answer["quotes"][0]["units"][0])
        library, asked = desk.snapshot.library, self.twin()
        right = replace(asked, right=frozenset({first}))
        assert judge(right, answer, (), library).outcome == "right"
        assert judge(asked, answer, (), library).outcome == "other_unit"
        assert judge(replace(asked, wrong=frozenset({first})), answer, (), library).outcome == "twin_first"
        assert judge(replace(asked, subject="zinc"), answer, (), library).outcome == "wrong_subject"
        assert judge(replace(asked, right=frozenset()), answer, (), library).outcome == "false_answer"
        silent = answer_json(reply_to("What is the capital of Peru?", [], desk))
        assert judge(asked, silent, (), library).outcome == "silent"
        assert judge(replace(asked, right=frozenset()), silent, (), library).outcome == "right"


class TestExhaustivePass:
    def test_nothing_can_be_quoted_that_parts_what_belongs_together(
        self, library: Library, batches: dict[Kind, Batch], listed: Batch
    ) -> None:
        for served in (library, listed.library, *(batch.library for batch in batches.values())):
            inspection = inspect_library(served)
            assert inspection.quotes >= inspection.quotable // 2
            assert inspection.parted == ()

    def test_it_finds_an_item_that_has_lost_the_not_above_it(self, listed: Batch) -> None:
        entry = next(entry for entry in listed.library.entries if "-negated" in entry.id)
        loose = tuple(replace(unit, lead=None, last=None) if unit.kind == "item" else unit for unit in entry.units)
        parted = inspect_library(Library((replace(entry, units=loose),))).parted
        assert "an item has the negation above its list" in {each.why for each in parted}

    def test_it_finds_a_however_that_has_lost_its_statement(self) -> None:
        text = b"# Velorin\n\n## Summary\n\nVelorin held the score. However, the gain was small. It faded in a week.\n"
        entry = parse_entry(text, Stated(id="velorin", file="velorin.md"))
        assert inspect_library(Library((entry,))).parted == ()
        loose = tuple(replace(unit, lead=None, last=None) for unit in entry.units)
        assert {each.why for each in inspect_library(Library((replace(entry, units=loose),))).parted} == {
            "a however has what it limits",
            "a statement has its however",
            "a leaning sentence has what it leans on",
        }


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_misleads_in_a_few_twins(batches: dict[Kind, Batch], twin_index: Path, kind: Kind) -> None:
    desk = open_library(batches[kind].library, twin_index)
    asked = list(ask_batch(batches[kind], desk))
    assert [(each.judged.twin.question, each.judged.misleads) for each in asked if each.judged.misleads] == []
    figures = kind_json(asked, batches[kind].library)
    assert figures["n"] == COUNT
    assert figures["right"]["hits"] + len([f for f in figures["failures"] if f["outcome"] != "right"]) == COUNT
    assert ("auroc" in figures) == (kind == "removed")


def test_the_command_refuses_a_corpus_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--corpus", str(tmp_path / "none"), "--count", "1"]) == 2
    assert "no corpus folder" in capsys.readouterr().err


def words_at(library: Library, place: tuple[str, int]) -> str:
    """The words of one unit."""
    return library.entry(place[0]).words(place[1])


def plainly(words: str, twin: Twin) -> Sequence[str]:
    """Words without their invented names: those that are in capitals' or small letters' form in only one twin."""
    return [re.sub(r"^\W+|\W+$", "", word) for word in words.split() if len(word) < 6]
