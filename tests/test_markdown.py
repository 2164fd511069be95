"""Markdown: what a reader shows in a block quotation is the text, whatever it holds, and nothing else."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answering.quotes import Quote, quotable_range
from assistant.library.model import Library
from assistant.serving.markdown import block_quotation, escaped, quotations_in

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARKS = "ab1 .)\\`*_[]()<>&;#~|-+=!:/x\n"


def trimmed(text: str) -> str:
    """A text without white space at the ends of its lines, as units are."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


TEXTS = st.text(st.sampled_from(MARKS), min_size=1, max_size=40).map(trimmed).filter(bool)


def shown(markdown: str) -> list[str]:
    """The paragraphs of a block quotation as a reader shows them; nothing but words and line ends may be in them."""
    tokens = READER.parse(markdown)
    assert (tokens[0].type, tokens[-1].type) == ("blockquote_open", "blockquote_close")
    assert {token.type for token in tokens[1:-1]} <= {"paragraph_open", "paragraph_close", "inline"}
    paragraphs = []
    for token in tokens:
        if token.type == "inline":
            assert {child.type for child in token.children or ()} <= {"text", "text_special", "hardbreak"}
            paragraphs.append("".join("\n" if c.type == "hardbreak" else c.content for c in token.children or ()))
    return paragraphs


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_what_is_shown_is_the_text_and_reading_it_back_gives_the_text(text: str) -> None:
    quotation = block_quotation(text)
    assert shown(quotation) == [part.strip("\n") for part in re.split(r"\n\n+", text)]
    assert [words for _, _, words in quotations_in(f"Before.\n\n{quotation}\n\nAfter.")] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "![x](https://elsewhere.example/x.png)",
        "[x](javascript:alert(1))",
        "[x]: https://elsewhere.example/",
        "# Heading\n---\n1. one\n    code",
        "> inner\n\n    indented",
        "p < 0.05 & n > 3; R&D; &lt;b&gt;; ~30 to ~40 %; snake_case; 5 * 3",
        "| a | b |\n| --- | --- |",
        "~~~\nfence\n~~~",
    ],
)
def test_marks_do_nothing(text: str) -> None:
    assert "\n\n".join(shown(block_quotation(text))) == text
    assert [words for _, _, words in quotations_in(block_quotation(text))] == [text]


def test_ordinary_words_are_left_as_they_are() -> None:
    text = "Claim: 400-600 mg/day (p < 0.05, 95 % CI -3 to 2) helps. It did not; ~30 % dropped out (R&D, 2020)."
    assert block_quotation(text) == f"> {text}"


def test_all_that_can_be_quoted_is_read_back(library: Library) -> None:
    for entry in library.entries:
        for number in range(len(entry.units)):
            if place := quotable_range(entry, number):
                quote = Quote(library, entry.id, *place, "answer")
                assert [words for *_, words in quotations_in(block_quotation(quote.text, quote.columns))] == [
                    quote.text
                ]


def test_a_row_is_shown_as_a_table_under_its_columns() -> None:
    row = "| <b>Magnesium</b> \\| zinc | 8-12 weeks |"
    quotation = block_quotation(row, ["A|B", "*How long*"])
    tokens = [token.content for token in READER.parse(quotation) if token.type == "inline"]
    assert tokens == ["A|B", "\\*How long\\*", "\\<b>Magnesium\\</b> | zinc", "8-12 weeks"]
    assert [words for _, _, words in quotations_in(quotation)] == [row]


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_title_is_one_line_of_plain_words(text: str) -> None:
    (token,) = [token for token in READER.parse(f"Title: {escaped(text)}") if token.type == "inline"]
    assert "".join(child.content for child in token.children or ()) == f"Title: {' '.join(text.split())}"
