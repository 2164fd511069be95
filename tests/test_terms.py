"""Terms: what does and does not tell two words apart in lexical search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.terms import STOP_WORDS, term_of, terms_of, words_of


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("anaemia", "anemia"),
        ("haemoglobin", "hemoglobin"),
        ("oestrogen", "estrogen"),
        ("oedema", "edema"),
        ("diarrhoea", "diarrhea"),
        ("oesophagus", "esophagus"),
        ("sulphate", "sulfate"),
        ("foetal", "fetal"),
        ("paediatric", "pediatric"),
        ("anaesthetic", "anesthetic"),
        ("caecum", "cecum"),
        ("metabolise", "metabolize"),
        ("randomised", "randomized"),
        ("immunisation", "immunization"),
        ("analyse", "analyze"),
        ("tumours", "tumors"),
        ("fibre", "fiber"),
        ("litres", "liters"),
        ("centre", "center"),
        ("ageing", "aging"),
    ],
)
def test_british_and_american_spelling_are_one_term(british: str, american: str) -> None:
    assert terms_of(british) == terms_of(american)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Magnesium", "MAGNESIUM"),
        ("supplement", "supplements"),
        ("absorbed", "absorbing"),
        ("crème", "creme"),
        ("naïve", "naive"),
        ("200 µg", "200 μg"),  # the micro sign and the Greek letter
        ("ﬁbres", "fibres"),  # a ligature
        ("x²", "x2"),
        ("Crohn’s disease", "Crohn's disease"),
        ("vitamin-D", "vitamin D"),
    ],
)
def test_case_accents_endings_and_compatibility_forms_do_not_tell_terms_apart(one: str, other: str) -> None:
    assert terms_of(one) == terms_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mg", "mcg"),
        ("mcg", "µg"),
        ("B6", "B12"),
        ("hyperkalaemia", "hypokalaemia"),
        ("oxide", "dioxide"),
        ("folate", "folic"),
    ],
)
def test_words_that_mean_different_things_stay_different_terms(one: str, other: str) -> None:
    assert terms_of(one) != terms_of(other)


def test_terms_keep_their_order_and_their_number() -> None:
    assert terms_of("Zinc, then iron; then zinc again.") == ["zinc", "iron", "zinc"]


def test_stop_words_are_left_out_with_and_without_their_apostrophe() -> None:
    assert terms_of("What is it, and why doesn't it do what it's said to? I don’t know.") == []
    assert terms_of("THE The the") == []


def test_no_word_that_limits_a_dose_or_names_a_group_is_a_stop_word() -> None:
    kept = ["day", "dose", "limit", "safe", "upper", "mg", "child", "women", "kidney", "avoid", "low", "high", "risk"]
    assert STOP_WORDS.isdisjoint(kept)


def test_words_are_cut_at_everything_that_is_neither_letter_nor_digit() -> None:
    assert words_of("1.2–2.4 g/day (n=120); snake_case") == [
        "1",
        "2",
        "2",
        "4",
        "g",
        "day",
        "n",
        "120",
        "snake",
        "case",
    ]


@pytest.mark.parametrize("text", ["", "   ", "?!…", "😀", "\u200b", "\ud800"])
def test_a_text_without_words_has_no_terms(text: str) -> None:
    assert terms_of(text) == []


@given(st.text(max_size=60))
def test_words_of_any_text_are_letters_and_digits_and_read_the_same_again(text: str) -> None:
    words = words_of(text)
    assert all(word.isalnum() for word in words)
    assert words_of(" ".join(words)) == words


@given(st.text(max_size=60))
def test_terms_of_any_text_are_never_empty(text: str) -> None:
    assert all(terms_of(text))
    assert all(term_of(word) for word in words_of(text))
