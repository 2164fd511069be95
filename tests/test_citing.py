"""Citing: what is pasted says what the library says, whatever an entry holds. Read back by each format's own reader."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pybtex.database import parse_string

from assistant.answering.companions import Companions
from assistant.answering.notices import load_notices
from assistant.answering.question import read_question
from assistant.answering.quotes import Quote, quotable_range
from assistant.answering.reply import Desk
from assistant.library.model import Library
from assistant.serving.citing import FORMATS, citations, own_label

BASE = "https://desk.example"
NOTICES = load_notices("GB")
DISCLAIMER = NOTICES.disclaimer.text
HOSTILE = [
    "}, author = {Mallory",
    "}\n@misc{other, title = {Other}}",
    "@misc{x, title={y}}",
    "\\input{/etc/passwd} $x_1^2$ 50 % & more # ~ \\",
    "{{{",
    "one\r\nER  - \r\nTY  - BOOK\r\nTI  - Other",
    "one\x0bUR  - https://elsewhere.example\x0c\x85\u2028\u2029AB  - x",
    "\x00\x1b[31m\x07\u202eevil\u200b",
    "</blockquote><script>window.ran=1</script>",
    '" onmouseover="window.ran=1',
    "*a* _b_ `c` [d](javascript:window.ran=1) ![e](x) <f@g.h> ~~i~~ | j &amp; k",
    "# heading",
    "1. list",
    "- list\n> quote\n\n    code\n---",
    '"quoted" % comment',
]


def renamed(library: Library, title: str) -> Library:
    """The library with every title replaced."""
    return Library(tuple(dataclasses.replace(entry, title=title) for entry in library.entries))


def cited(library: Library, entry_id: str = "velorin") -> dict[str, str]:
    """The citations of one unit of an entry, with another that travels along."""
    entry = library.entry(entry_id)
    places = [place for n, unit in enumerate(entry.units) if unit.quotable and (place := quotable_range(entry, n))]
    quote, caution = Quote(library, entry_id, *places[0], "answer"), Quote(library, entry_id, *places[1], "caution")
    return citations([quote, caution], lambda _: None, NOTICES, BASE)


class Shown(HTMLParser):
    """What a page would show of some HTML, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.tags = "", list[tuple[str, dict[str, str | None]]]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        self.words += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.words += data


def plain(text: str) -> str:
    """A text without the characters that cannot be seen, on one line."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def check_bibtex(text: str, title: str) -> None:
    (entry,) = parse_string(text, "bibtex").entries.values()
    assert set(entry.fields) <= {"title", "howpublished", "year", "abstract", "note"}
    back = {r"\textbackslash{}": "\\", r"\textbraceleft{}": "{", r"\textbraceright{}": "}", r"\textasciitilde{}": "~"}
    back |= {r"\textasciicircum{}": "^", **{f"\\{each}": each for each in "$&%#_"}}
    pattern = re.compile("|".join(re.escape(each) for each in back))
    assert " ".join(pattern.sub(lambda m: back[m[0]], entry.fields["title"][1:-1]).split()) == (
        plain(title) or "velorin"
    )


def check_ris(text: str, title: str) -> None:
    (entry,) = rispy.loads(text)
    assert (entry["type_of_reference"], entry["title"]) == ("ELEC", plain(title) or "velorin")
    assert set(entry) <= {"type_of_reference", "title", "date", "year", "abstract", "notes", "urls"}
    assert {line[2:6] for line in text.split("\r\n") if line} == {"  - "}
    assert not re.search(r"[^\r]\n|\r[^\n]", text)


def check_html(html: str, title: str) -> None:
    shown = Shown(html)
    assert {tag for tag, _ in shown.tags} <= {"blockquote", "p", "a", "em", "strong", "br"}
    assert all(set(given) <= {"cite", "href"} for _, given in shown.tags)
    assert all((value or "").startswith("https://") for _, given in shown.tags for value in given.values())
    assert f"— {plain(title) or 'velorin'} (" in shown.words


def check_markdown(text: str, title: str) -> None:
    shown = Shown(MarkdownIt("commonmark").render(text))
    assert {tag for tag, _ in shown.tags} <= {"blockquote", "p", "a", "em", "strong", "br"}
    assert {given["href"] or "" for tag, given in shown.tags if tag == "a"} == {
        "https://library.example.org/learn/how-a-trace-nutrient-shapes-late-day-attention"
        + (given["href"] or "").partition("attention")[2]
        for tag, given in shown.tags
        if tag == "a"
    }
    assert f"— {plain(title) or 'velorin'} (" in shown.words


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_a_title_in_every_format(library: Library, title: str) -> None:
    made = cited(renamed(library, title))
    assert tuple(made) == FORMATS
    check_bibtex(made["bibtex"], title)
    check_ris(made["ris"], title)
    check_html(made["html"], title)
    check_markdown(made["markdown"], title)
    assert plain(title) in made["text"]


ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)
MARKS = st.text(alphabet="{}\\@%$\n\r#*_[]()<>&|~`1.-> ", max_size=30)


def test_no_title_ends_a_field_or_opens_a_tag(library: Library) -> None:
    @settings(max_examples=60, deadline=None)
    @given(ANYTHING | MARKS)
    def holds(title: str) -> None:
        made = cited(renamed(library, title))
        check_bibtex(made["bibtex"], title)
        check_ris(made["ris"], title)
        check_html(made["html"], title)
        check_markdown(made["markdown"], title)

    holds()


def test_every_quotation_of_the_library_is_shown_word_for_word(desk: Desk) -> None:
    library = desk.snapshot.library
    renderer = MarkdownIt("commonmark")
    for entry in library.entries:
        for number, unit in enumerate(entry.units):
            place = quotable_range(entry, number) if unit.quotable else None
            if place is None:
                continue
            quote = Quote(library, entry.id, *place, "answer")
            made = citations([quote], lambda _: None, NOTICES, BASE)
            assert f"“{quote.text}”" in made["text"]
            words = quote.text.split()
            assert " ".join(words) in " ".join(Shown(renderer.render(made["markdown"])).words.split())
            if not quote.columns:
                assert " ".join(words) in " ".join(Shown(made["html"]).words.split())
            assert plain(quote.text) in rispy.loads(made["ris"])[0]["abstract"]
            assert all(
                " ".join(DISCLAIMER.split()) in " ".join(text.split())
                for name, text in made.items()
                if name != "bibtex"
            )


def test_a_dose_takes_along_what_limits_it(desk: Desk) -> None:
    library = desk.snapshot.library
    entry = library.entry("magnesium-stress")
    number = next(
        n for n, unit in enumerate(entry.units) if {"dose"} <= unit.marks and unit.limited_by and unit.quotable
    )
    place = quotable_range(entry, number)
    assert place is not None
    quote = Quote(library, entry.id, *place, "answer")
    reading = read_question("magnesium", [], desk.vocabulary)
    along = Companions(desk.weigher.passages, reading, desk.snapshot.encoder.encode(quote.text)).of([quote])
    assert along
    made = citations([quote, *along], lambda _: None, NOTICES, BASE)
    for each in along:
        assert all(plain(each.text) in plain(made[name]) for name in ("text", "ris"))
    assert "What limits this" in made["text"]
    assert made["text"].index(quote.text) < made["text"].index(along[0].text) < made["text"].index(DISCLAIMER)


def test_a_table_row_keeps_its_columns(desk: Desk) -> None:
    library = desk.snapshot.library
    entry, number = next((e, n) for e in library.entries for n, unit in enumerate(e.units) if unit.kind == "row")
    quote = Quote(library, entry.id, number, number, "answer")
    made = citations([quote], lambda _: None, NOTICES, BASE)
    assert quote.columns
    shown = Shown(made["html"])
    assert [tag for tag, _ in shown.tags].count("th") == len(quote.columns)
    for name in ("text", "markdown"):
        assert " | ".join(quote.columns) in made[name].replace("\\", "")


def test_a_misconception_is_never_without_its_label(desk: Desk) -> None:
    library = desk.snapshot.library
    label = NOTICES.label("misconception")
    entry, number = next((e, n) for e in library.entries for n, unit in enumerate(e.units) if unit.kind == "myth")
    quote = Quote(library, entry.id, number, number, "answer")
    made = citations([quote], lambda each: own_label(each, NOTICES), NOTICES, BASE)
    assert all(label in text for text in made.values())
    assert made["text"].startswith(label)


def test_a_notice_comes_before_what_it_allows(desk: Desk) -> None:
    entry = desk.snapshot.library.entry("velorin")
    place = next(place for n, u in enumerate(entry.units) if u.quotable and (place := quotable_range(entry, n)))
    quote = Quote(desk.snapshot.library, entry.id, *place, "caution")
    made = citations([quote], lambda _: None, NOTICES, BASE, "Ask <a doctor> & *wait*.")
    assert made["text"].startswith("Ask <a doctor> & *wait*.\n\nCaution\n")
    assert Shown(made["html"]).words.startswith("Ask <a doctor> & *wait*.")
    assert Shown(MarkdownIt("commonmark").render(made["markdown"])).words.startswith("Ask <a doctor> & *wait*.")
    assert citations([], lambda _: None, NOTICES, BASE) == {}
