"""The reader page: every unit where a citation points, everything escaped, the front matter left out."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.notices import load_notices
from assistant.answering.quotes import Quote, quotable_range
from assistant.library.model import Entry, Library
from assistant.library.parse import Stated, parse_entry
from assistant.serving.plain import contents_page, entry_markdown
from assistant.serving.reader import reader_page
from assistant.serving.wire import quote_json

ENTRIES = ("magnesium-stress", "velorin", "thassic-oil", "quendrite")
SAMPLE = sorted((Path(__file__).parents[1] / "corpus" / "sample").glob("*.md"))
DISCLAIMER = load_notices("GB").disclaimer.text
HOSTILE = (
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    '"><svg onload=window.ran=1>',
    "</p></main><iframe src=javascript:alert(1)>",
    "[a link](javascript:alert(1)) and ![one](https://elsewhere.example/p.png)",
    "&lt;script&gt; &amp;lt;",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "<!-- --><style>@import 'https://elsewhere.example'</style>",
)


class Page(HTMLParser):
    """A page read as a browser reads it: its elements, ids, and the text of each id."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: dict[str, str] = {}
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attributes)
        assert not any(name.startswith("on") for name in given), given
        assert "style" not in given
        self.links += [str(given[name]) for name in ("href", "src") if name in given]
        name = given.get("id") or ""
        if name:
            self.ids.append(name)
        if tag == "script":
            assert given.get("type") == "application/ld+json" or given.get("src") == "/static/reader.js", given
        if tag not in ("meta", "link"):
            self._open.append((tag, name))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, name in self._open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data


def page_of(entry: Entry) -> Page:
    """The entry's page, read."""
    page = Page(reader_page(entry, DISCLAIMER))
    assert page._open == []
    return page


def entry_of(text: str, **stated: str) -> Entry:
    """A made-up text as an entry."""
    return parse_entry(text.encode(), Stated(id="made", file="made.md", **stated))  # type: ignore[arg-type]


def outside(links: list[str]) -> list[str]:
    """Those of a page's addresses that lead away from this server."""
    return [link for link in links if not link.startswith(("/", "#")) or link.startswith("//")]


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_a_citation_leads_to_the_very_words(library: Library, entry_id: str) -> None:
    entry = library.entry(entry_id)
    page = page_of(entry)
    for number in range(len(entry.units)):
        if place := quotable_range(entry, number):
            quote = Quote(library, entry_id, *place, "answer")
            path, _, anchor = quote_json("q1", quote, None)["url"].partition("#")
            assert path == f"/library/{entry_id}"
            shown = "".join(page.texts[anchor].split())
            first = entry.words(quote.first)
            if entry.units[quote.first].kind == "row":
                # A row is shown cell by cell, each under its column.
                assert all("".join(cell.split()) in shown for cell in first.strip("|").split("|"))
            else:
                assert shown == "".join(first.split())


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_every_unit_but_front_matter_title_and_table_head_is_shown_once(library: Library, entry_id: str) -> None:
    entry = library.entry(entry_id)
    page = page_of(entry)
    shown = [int(name[1:]) for name in page.ids if re.fullmatch(r"u\d+", name)]
    left_out = {n for n, unit in enumerate(entry.units) if unit.kind in ("metadata", "title", "head")}
    assert shown == [n for n in range(len(entry.units)) if n not in left_out]
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("entry_id", ["velorin", "thassic-oil"])
def test_front_matter_and_its_links_are_not_shown(library: Library, entry_id: str) -> None:
    entry = library.entry(entry_id)
    assert "related_products" in entry.text
    html = reader_page(entry, DISCLAIMER)
    for hidden in ("related_products", "shop", "slug", "pillar", "Example Editor", "?ref="):
        assert hidden not in html
    assert outside(page_of(entry).links) == [entry.url]


def test_the_disclaimer_stands_above_the_text_and_the_facts_beside_the_title(library: Library) -> None:
    html = reader_page(library.entry("magnesium-stress"), DISCLAIMER)
    facts = "Last reviewed 29 April 2026 · Confidence: moderate"
    assert (
        html.index("<h1>")
        < html.index(facts)
        < html.index(f">{DISCLAIMER}<")
        < html.index("Stress and magnesium status")
    )
    assert "How do stress and magnesium depletion reinforce each other?</title>" in html
    assert html.startswith('<!doctype html><html lang="en-GB">')


def test_what_is_not_known_is_said_to_be_unknown(library: Library) -> None:
    html = reader_page(library.entry("quendrite"), DISCLAIMER)
    assert "Review date not known · Confidence not stated" in html
    assert "Sample entry" not in html


def test_a_sample_entry_says_what_it_is(library: Library) -> None:
    entry = dataclasses.replace(library.entry("quendrite"), provenance="sample")
    assert "Sample entry, not by the publisher" in reader_page(entry, DISCLAIMER)


def test_sections_are_headed_by_our_labels_and_can_be_pointed_at(library: Library) -> None:
    page = page_of(library.entry("magnesium-stress"))
    assert page.texts["dose"] == "Amounts and sources"
    assert page.texts["myths"] == "Misconceptions"
    # The preamble has no heading, the citation has one.
    assert page.tags.count("h2") == len(library.entry("magnesium-stress").sections)
    assert {f"#{name}" for name in ("dose", "myths", "safety")} <= set(page.links)


@pytest.mark.parametrize("payload", HOSTILE)
@pytest.mark.parametrize("place", ["title", "heading", "sentence", "item", "myth", "cell", "column", "facts"])
def test_whatever_an_entry_holds_is_shown_as_text(payload: str, place: str) -> None:
    payload = payload.replace("|", "/")
    held = {place: payload}
    entry = entry_of(
        f"# A {held.get('title', '')} title\n\n## Summary\n\nIt is {held.get('sentence', '')} a mineral.\n\n"
        f"## {held.get('heading', 'Other')} things\n\nFoods that hold it:\n\n- nuts {held.get('item', '')}\n- seeds\n\n"
        f"## Interactions\n\n| Pair {held.get('column', '')} | Issue |\n|---|---|\n"
        f"| It and {held.get('cell', '')} | None |\n\n"
        f"## Common misconceptions\n\nMyth: it cures {held.get('myth', '')} all. In fact it cured nobody.\n"
    )
    if place == "facts":
        entry = dataclasses.replace(entry, id=payload, title="", confidence=payload, last_reviewed=payload)
    page = page_of(entry)
    assert set(page.tags) <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "link",
            "script",
            "body",
            "header",
            "nav",
            "ul",
            "li",
            "a",
            "main",
            "article",
        ),
        *("section", "h1", "h2", "p", "span", "button", "table", "thead", "tbody", "tr", "th", "td"),
    }
    assert outside(page.links) == []
    assert payload in page.text


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: str(path.stem))
def test_every_sample_entry_makes_a_page_with_ids_of_its_own(path: Path) -> None:
    entry = parse_entry(path.read_bytes(), Stated(id=path.stem, file=path.name))
    page = page_of(entry)
    assert len(page.ids) == len(set(page.ids))
    assert outside(page.links) == []
    shown = "".join(page.text.split())
    for number, unit in enumerate(entry.units):
        if unit.kind in ("sentence", "myth", "item"):
            assert "".join(entry.words(number).split()) in shown


def test_two_sections_of_one_name_have_ids_of_their_own() -> None:
    entry = entry_of(
        "# T\n\n## Summary\n\nIt is.\n\n## Safety\n\nIt is safe.\n\n## Forms\n\nTwo.\n\n"
        "## Adverse effects\n\nNone were seen.\n"
    )
    assert [section.name for section in entry.sections].count("safety") == 2
    page = page_of(entry)
    assert len(page.ids) == len(set(page.ids))
    assert page.texts["safety"] == "Safety and evidence"


def described(html: str) -> dict[str, Any]:
    """The page's block of linked data."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


def test_a_page_describes_itself_with_what_the_manifest_and_the_entry_state(library: Library) -> None:
    entry = library.entry("magnesium-stress")
    data = described(reader_page(entry, DISCLAIMER))
    assert (data["@context"], data["@type"]) == ("https://schema.org", "MedicalWebPage")
    assert (data["name"], data["lastReviewed"], data["isBasedOn"]) == (entry.title, "2026-04-29", entry.url)
    assert [each["name"] for each in data["about"]] == ["magnesium", "stress"]
    numbers = [re.sub(r"\D", "", each["url"].removeprefix("https://")) for each in data["citation"]]
    assert "27933574" in numbers
    assert all(number in entry.text for number in numbers)
    unknown = described(reader_page(library.entry("quendrite"), DISCLAIMER))
    assert {"lastReviewed", "isBasedOn", "citation"}.isdisjoint(unknown)


@pytest.mark.parametrize("payload", ["</script><script>window.ran=1</script>", "<!--<script>", "\u2028]]>&"])
def test_no_title_can_end_the_block_that_describes_a_page(payload: str) -> None:
    entry = dataclasses.replace(entry_of("# T\n\n## Summary\n\nIt is.\n"), title=payload)
    assert described(reader_page(entry, DISCLAIMER))["name"] == payload
    assert page_of(entry).tags.count("script") == 2


def test_a_citation_names_title_review_version_and_place(library: Library) -> None:
    entry = library.entry("magnesium-stress")
    assert page_of(entry).texts["citation"] == (
        f"{entry.title} — Last reviewed 29 April 2026. Confidence: moderate; version {entry.sha256[:12]}. {entry.url}"
    )


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_an_entry_as_markdown_holds_every_quotable_word_and_no_front_matter(library: Library, entry_id: str) -> None:
    entry = library.entry(entry_id)
    text = entry_markdown(entry, DISCLAIMER)
    assert text.count(f"> {DISCLAIMER}") == 1
    for number, unit in enumerate(entry.units):
        if unit.quotable:
            assert entry.words(number) in text
    for hidden in ("related_products", "shop", "slug:", "?ref="):
        assert hidden not in text


def test_the_contents_lead_to_every_entry_and_no_title_makes_a_mark(library: Library) -> None:
    first = dataclasses.replace(library.entries[0], title="[x](javascript:alert(1)) *b* <i>\n# c")
    text = contents_page(Library((first, *library.entries[1:])), DISCLAIMER)
    assert text.startswith("# Ask the library\n\n> ")
    assert re.findall(r"\]\((/library/[^)]+)\): ", text) == [f"/library/{entry.id}.md" for entry in library.entries]
    assert r"- [\[x\](javascript:alert(1)) \*b\* \<i\> \# c](/library/" in text
