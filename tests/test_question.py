"""Reading a question: misspellings, subjects, what is carried over, and what is refused."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.question import (
    MAX_CHARACTERS,
    Reading,
    Turn,
    Vocabulary,
    checked_question,
    read_question,
    topical,
)
from assistant.answering.reply import Desk
from assistant.errors import QuestionError
from assistant.index.lexicon import packaged_lexicon
from assistant.library.model import Entry, Library


@pytest.fixture(scope="module")
def vocabulary(desk: Desk) -> Vocabulary:
    """What the four entries can be asked about."""
    return desk.vocabulary


@pytest.fixture(scope="module")
def minerals(library: Library, vocabulary: Vocabulary) -> Vocabulary:
    """The same entries about iron, haem iron, vitamin D and zinc."""
    names = (("iron", ("fe",)), ("haem iron", ()), ("vitamin d", ("cholecalciferol",)), ("zinc", ("zn",)))
    entries: list[Entry] = [
        dataclasses.replace(entry, subjects=(subject,), aliases=aliases)
        for entry, (subject, aliases) in zip(library.entries, names, strict=True)
    ]
    return Vocabulary(Library(tuple(entries)), packaged_lexicon(), vocabulary.encoder)


def names(reading: Reading) -> set[str]:
    """The names of what a question names beside its subjects."""
    return {item.name for item in reading.arguments}


class TestMisspellings:
    @pytest.mark.parametrize(
        ("asked", "word", "meant"),
        [
            ("which foods have magneisum", "magneisum", "magnesium"),
            ("is velorn safe", "velorn", "velorin"),
            ("quendrtie and soreness", "quendrtie", "quendrite"),
            ("magnesium and ashwaganda", "ashwaganda", "ashwagandha"),
            ("magnesium glycnate", "glycnate", "glycinate"),
            ("corticosteriod therapy and magnesium", "corticosteriod", "corticosteroid"),
        ],
    )
    def test_a_misspelt_word_is_repaired_from_the_library_and_shown(
        self, vocabulary: Vocabulary, asked: str, word: str, meant: str
    ) -> None:
        reading = read_question(asked, [], vocabulary)
        assert reading.corrections == ((word, meant),)
        assert meant in reading.read_as
        assert word not in reading.plain.split()
        assert reading.text == asked

    @pytest.mark.parametrize(
        "asked",
        [
            "Which foods are rich in magnesium?",
            "what did the weather do to my garden yesterday",
            "is selenium or fisetin any good",
            "HRV, RDA, UL, eGFR and 5-HT",
            "does oedema or edema follow",
        ],
    )
    def test_a_word_that_is_well_spelt_stays(self, vocabulary: Vocabulary, asked: str) -> None:
        reading = read_question(asked, [], vocabulary)
        assert reading.corrections == ()
        assert reading.read_as == asked

    def test_punctuation_about_a_misspelt_word_stays(self, vocabulary: Vocabulary) -> None:
        assert read_question("(Magneisum), is it safe?", [], vocabulary).read_as == "(magnesium), is it safe?"

    @pytest.mark.parametrize("word", ["mg", "ul", "zin", "400", "b6", "the"])
    def test_short_words_and_numbers_are_never_repaired(self, vocabulary: Vocabulary, word: str) -> None:
        assert vocabulary.correct(word) is None

    def test_at_most_one_slip_in_six_letters_and_two_in_more(self, vocabulary: Vocabulary) -> None:
        assert vocabulary.correct("velorn") == "velorin"
        assert vocabulary.correct("vlorn") is None
        assert vocabulary.correct("magneziumm") == "magnesium"
        assert vocabulary.correct("maagneziumm") is None

    def test_hyper_never_becomes_hypo_nor_hypo_hyper(self, vocabulary: Vocabulary) -> None:
        assert "hypermagnesaemia" in vocabulary.words
        assert vocabulary.correct("hypermagnesaemai") == "hypermagnesaemia"
        hypo = "hypomagnesaemia"
        letters = "abcdefghijklmnopqrstuvwxyz"
        slips = {hypo}
        for place in range(len(hypo)):
            slips |= {hypo[:place] + hypo[place + 1 :]}
            slips |= {hypo[:place] + letter + hypo[place + 1 :] for letter in letters}
            slips |= {hypo[:place] + letter + hypo[place:] for letter in letters}
        assert len(slips) > 700
        assert {vocabulary.correct(slip) for slip in slips} == {None}

    @pytest.mark.parametrize("word", ["unsupervised", "intercellular", "nonquendrite", "intracelluler"])
    def test_a_word_is_never_turned_round(self, vocabulary: Vocabulary, word: str) -> None:
        meant = vocabulary.correct(word)
        assert meant is None or meant.startswith(word[:5])

    @given(st.text(alphabet="abcdefghimnoprstuvyz", min_size=4, max_size=16))
    @settings(max_examples=300, deadline=None)
    def test_whatever_is_repaired_becomes_a_word_of_the_library_two_slips_away(
        self, vocabulary: Vocabulary, word: str
    ) -> None:
        meant = vocabulary.correct(word)
        if meant is not None:
            assert meant in vocabulary.words
            assert word not in vocabulary.words
            assert abs(len(meant) - len(word)) <= 2


class TestSubjects:
    def test_a_subject_is_named_by_any_of_its_names(self, vocabulary: Vocabulary) -> None:
        assert read_question("what does thassic acid do", [], vocabulary).subjects == ("thassic oil",)
        reading = read_question("Thassic oil or magnesium?", [], vocabulary)
        assert set(reading.subjects) == {"thassic oil", "magnesium"}
        assert reading.entries == {"thassic-oil", "magnesium-stress"}

    @pytest.mark.parametrize(
        ("asked", "subjects"),
        [
            ("is haem iron safe", {"haem iron"}),
            ("is iron safe", {"iron"}),
            ("is haem iron better than iron", {"haem iron", "iron"}),
            ("is cholecalciferol safe", {"vitamin d"}),
            ("vitamin k and d", set()),
        ],
    )
    def test_the_longest_of_names_that_overlap_counts(
        self, minerals: Vocabulary, asked: str, subjects: set[str]
    ) -> None:
        assert set(read_question(asked, [], minerals).subjects) == subjects

    def test_a_chemical_symbol_is_told_from_a_unit_by_its_capital(
        self, vocabulary: Vocabulary, minerals: Vocabulary
    ) -> None:
        assert read_question("Which foods have Mg?", [], vocabulary).subjects == ("magnesium",)
        assert read_question("is 400 mg too much", [], vocabulary).subjects == ()
        assert read_question("Does Zn beat Fe?", [], minerals).subjects == ("iron", "zinc")
        assert read_question("fez and znake", [], minerals).subjects == ()

    def test_a_subject_is_no_argument_of_its_own_question(self, vocabulary: Vocabulary) -> None:
        reading = read_question("Is magnesium safe with warfarin in pregnancy, or zinc?", [], vocabulary)
        assert reading.subjects == ("magnesium",)
        assert names(reading) == {"warfarin", "pregnancy", "zinc"}

    @pytest.mark.parametrize(
        ("asked", "item"),
        [
            ("can I take it if I'm expecting a baby", "children"),
            ("is it ok on blood thinners", "blood thinner"),
            ("velorin and my dodgy kidneys", "kidney disease"),
            ("magnesium for the elderly", "older adults"),
            ("magnesium while nursing mothers feed", "breastfeeding"),
            ("magnesium with heartburn tablets", "heartburn tablets"),
        ],
    )
    def test_lay_words_name_groups_and_medicines(self, vocabulary: Vocabulary, asked: str, item: str) -> None:
        assert item in names(read_question(asked, [], vocabulary))

    @pytest.mark.parametrize(
        ("asked", "item"),
        [
            ("why am I so knackered", "fatigue"),
            ("do I wee it out", "urinary excretion"),
            ("what is hrv", "heart rate variability"),
            ("can't nod off", "sleep"),
        ],
    )
    def test_lay_words_mean_what_the_library_calls_otherwise(
        self, vocabulary: Vocabulary, asked: str, item: str
    ) -> None:
        assert item in {each.name for each in read_question(asked, [], vocabulary).synonyms}

    def test_terms_leave_out_stop_words_and_the_subject(self, vocabulary: Vocabulary) -> None:
        reading = read_question("Which foods are rich in magnesium?", [], vocabulary)
        assert reading.terms == ("food", "rich")
        assert topical(reading.terms) == ["rich"]

    def test_entries_a_reader_has_limited_it_to_are_kept(self, minerals: Vocabulary) -> None:
        asked = "haem iron, or zinc?"
        assert read_question(asked, [], minerals).entries == {"velorin", "quendrite"}
        assert read_question(asked, [], minerals, entries=["quendrite"]).entries == {"quendrite"}


class TestConversations:
    FOODS = Turn("Which foods are rich in magnesium?", ("magnesium",))

    def test_the_last_subject_is_carried_over_and_shown(self, vocabulary: Vocabulary) -> None:
        reading = read_question("How long before it works?", [Turn("velorin?", ("velorin",)), self.FOODS], vocabulary)
        assert reading.subjects == reading.carried_over == ("magnesium",)
        assert reading.entries == {"magnesium-stress"}
        assert reading.text == "How long before it works?"

    @pytest.mark.parametrize("asked", ["What about velorin?", "is velorin safe", "And velorn?"])
    def test_a_subject_in_the_question_overrides(self, vocabulary: Vocabulary, asked: str) -> None:
        reading = read_question(asked, [self.FOODS], vocabulary)
        assert reading.subjects == ("velorin",)
        assert reading.carried_over == ()

    def test_a_substance_the_library_lacks_overrides_too(self, vocabulary: Vocabulary) -> None:
        reading = read_question("What about zinc?", [self.FOODS], vocabulary)
        assert (reading.subjects, reading.carried_over) == ((), ())
        assert names(reading) == {"zinc"}

    def test_a_turn_without_subjects_does_not_hide_the_one_before(self, vocabulary: Vocabulary) -> None:
        turns = [self.FOODS, Turn("What is the weather?")]
        assert read_question("Is it safe?", turns, vocabulary).carried_over == ("magnesium",)

    def test_a_subject_left_out_of_every_turn_is_dropped_and_a_group_stays_until_it_is_dropped(
        self, vocabulary: Vocabulary
    ) -> None:
        turn = Turn("Is magnesium safe in pregnancy?")
        reading = read_question("How much is used?", [turn], vocabulary)
        assert (reading.subjects, reading.arguments, reading.carried_over) == ((), (), ("pregnancy",))
        dropped = dataclasses.replace(turn, dropped=("Pregnancy",))
        assert read_question("How much is used?", [dropped], vocabulary).carried_over == ()

    def test_what_no_entry_is_about_is_not_carried(self, vocabulary: Vocabulary) -> None:
        turns = [Turn("x", ("<b>zinc</b>", "MAGNESIUM", "magnesium", "x" * 500))]
        assert read_question("Is it safe?", turns, vocabulary).carried_over == ("magnesium",)

    def test_a_group_named_earlier_is_not_forgotten(self, vocabulary: Vocabulary) -> None:
        turns = [Turn("Is magnesium safe in pregnancy on warfarin?", ("magnesium",)), Turn("Why?", ("magnesium",))]
        reading = read_question("And how much is used?", turns, vocabulary)
        assert names(reading) == {"pregnancy", "warfarin"}
        assert reading.carried_over == ("magnesium", "pregnancy", "warfarin")

    def test_a_misspelt_group_named_earlier_is_not_forgotten(self, vocabulary: Vocabulary) -> None:
        turns = [Turn("is magnesium safe if pregnent", ("magnesium",))]
        assert names(read_question("And how much is used?", turns, vocabulary)) == {"pregnancy"}

    def test_a_group_in_the_question_takes_the_place_of_the_one_before(self, vocabulary: Vocabulary) -> None:
        turns = [Turn("Is magnesium safe in pregnancy on warfarin?", ("magnesium",))]
        reading = read_question("And for older adults?", turns, vocabulary)
        assert names(reading) == {"older adults", "warfarin"}

    def test_a_group_named_about_another_subject_stays_shown_and_rules_nothing_out(
        self, vocabulary: Vocabulary
    ) -> None:
        turns = [Turn("Is velorin safe in pregnancy?", ("velorin",)), self.FOODS]
        reading = read_question("How long before it works?", turns, vocabulary)
        assert reading.carried_over == ("magnesium", "pregnancy")
        assert reading.arguments == ()
        assert [item.name for item in reading.said] == ["pregnancy"]

    def test_where_a_pronoun_stands_for_the_subject_only_its_name_is_carried(self, vocabulary: Vocabulary) -> None:
        turns = [Turn("Does magnesium help my aubergine allergy?", ("magnesium",))]
        reading = read_question("Is it safe?", turns, vocabulary)
        assert "aubergin" not in " ".join([*reading.terms, reading.plain, reading.read_as])


class TestBadQuestions:
    @pytest.mark.parametrize("question", ["", " ", "\n\t \r\n"])
    def test_an_empty_question_is_refused_with_an_example(self, question: str) -> None:
        with pytest.raises(QuestionError, match="is empty; ask something such as"):
            checked_question(question)

    @pytest.mark.parametrize("length", [1_001, 100_000])
    def test_a_long_question_is_refused_with_its_length(self, length: int) -> None:
        with pytest.raises(QuestionError, match=f"has {length:,} characters; it may have 1,000"):
            checked_question("x" * length)

    def test_the_longest_question_is_read(self, vocabulary: Vocabulary) -> None:
        assert MAX_CHARACTERS == 1_000
        assert read_question(checked_question("magnesium " * 100), [], vocabulary).subjects == ("magnesium",)

    @pytest.mark.parametrize(
        ("character", "name"), [("\x00", "U+0000"), ("\x1b", "U+001B"), ("\x85", "U+0085"), ("\ud800", "U+D800")]
    )
    def test_control_characters_are_refused_by_name_and_the_words_not_repeated(self, character: str, name: str) -> None:
        with pytest.raises(QuestionError, match=f"control character {name.replace('+', '.')}; take it out") as caught:
            checked_question(f"secret{character}words")
        assert "secret" not in str(caught.value)

    def test_line_breaks_and_white_space_about_it_are_fine(self) -> None:
        assert checked_question("  Is magnesium\n\tsafe?\r\n") == "Is magnesium\n\tsafe?"


@given(st.text(min_size=1, max_size=120))
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_or_read(vocabulary: Vocabulary, text: str) -> None:
    try:
        question = checked_question(text)
    except QuestionError:
        return
    reading = read_question(question, [Turn(question, ("magnesium",))], vocabulary)
    assert reading.text == question
    assert all(meant in vocabulary.words for _, meant in reading.corrections)
    assert set(reading.subjects) <= {subject for _, subject, _ in vocabulary.subject_names}
    assert reading == read_question(question, [Turn(question, ("magnesium",))], vocabulary)
