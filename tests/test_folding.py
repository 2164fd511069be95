"""Folding: what is written with other characters is read as what it says."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.folding import fold, without_marks

ANY_TEXT = st.text(st.characters(), max_size=60)  # every code point, lone surrogates too


@settings(deadline=None)
@given(ANY_TEXT)
def test_folding_never_raises_and_folding_again_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded


def test_every_character_folds_to_something_stable() -> None:
    for block in [*range(0, 0x34000, 4096), 0xE0000, 0x10F000]:  # every plane in which anything is assigned
        folded = fold(" ".join(f"a{chr(point)}b {chr(point)}" for point in range(block, block + 4096)))
        assert fold(folded) == folded, hex(block)


@settings(deadline=None)
@given(ANY_TEXT)
def test_no_invisible_character_survives(text: str) -> None:
    categories = {unicodedata.category(character) for character in fold(text)}
    assert categories.isdisjoint({"Cf", "Cs", "Cc"})


@given(st.text(st.sampled_from("abc XYZ'\u200b\u00a0\t\n")))
def test_white_space_is_single_and_never_at_an_end(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("I want to kіll mуself", "i want to kill myself"),  # Cyrillic і and у
        ("ѕυіϲіԁе", "suicide"),  # Cyrillic and Greek, no Latin letter at all
        ("sui\u200bci\u00adde", "suicide"),
        ("su\u202eici\u2066de", "suicide"),
        ("Ｏｖｅｒｄｏｓｅ", "overdose"),
        ("𝓼𝓾𝓲𝓬𝓲𝓭𝓮", "suicide"),
        ("ⓢⓤⓘⓒⓘⓓⓔ", "suicide"),
        ("🅺🅸🅻🅻", "kill"),
        ("ᴋɪʟʟ ᴍʏsᴇʟғ", "kill myself"),
        ("suïcíde", "suicide"),
        ("S\u0336u\u0336i\u0336c\u0336i\u0336d\u0336e", "suicide"),
        ("ᏦᎥᏞᏞ", "kill"),
        ("k\x00i\x07ll", "kill"),
        ("\ud800die", "die"),
        ("can’t “breathe”", 'can\'t "breathe"'),
        ("self–harm", "self-harm"),
        ("  too \n many\tpills ", "too many pills"),
    ],
)
def test_a_disguised_word_is_read_as_what_it_says(written: str, read: str) -> None:
    assert fold(written) == read


@pytest.mark.parametrize(
    "word",
    [
        "хочу умереть",
        "не могу",
        "λάδι",
        "магний",
        "أريد",
        "मैग्नीशियम",
        "마그네슘",
        "マグネシウム",
        "镁",
        "μg",
        "β-carotene",
        "ω-3",
    ],
)
def test_a_word_really_in_another_script_keeps_its_letters(word: str) -> None:
    assert fold(word) == unicodedata.normalize("NFC", word)


def test_latin_accents_go_and_the_marks_of_other_scripts_stay() -> None:
    assert fold("Crème brûlée, Łódź, Straße") == "creme brulee, lodz, strasse"
    assert fold("é й") == "e й"


def test_marks_are_dropped_from_every_script_for_substring_search() -> None:
    assert without_marks("أريد ё é") == "اريد е e"


@pytest.mark.parametrize("piece", ["a\u0327\u0301", "\ufdfa", "аa ", "kill ", "а б ", "é", "\u200b", "한", "\ud800"])
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    def seconds(text: str) -> float:
        def once() -> float:
            started = time.process_time()
            fold(text)
            return time.process_time() - started

        return min(once() for _ in range(5))

    short = piece * (10_000 // len(piece))
    # Eight times the text takes 8 times the time if linear, 64 times if quadratic: between is room for a busy machine.
    assert seconds(short * 8) < 24 * seconds(short) + 0.005  # seconds: the clock's own grain
