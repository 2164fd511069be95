"""Parsing: every file is an entry or a `LibraryError`, the text is as received, and units tile it."""

import time
import unicodedata
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import LibraryError
from assistant.library.model import CANONICAL, Entry, Span
from assistant.library.parse import (
    MAX_BYTES,
    MAX_STRETCHES,
    Stated,
    check_tiling,
    decode_text,
    front_matter,
    is_safe_url,
    parse_entry,
)
from assistant.library.sections import heading_names

ROOT = Path(__file__).parents[1]
ENTRIES = [
    *sorted((ROOT / "corpus" / "library").glob("*.txt")),
    *sorted((ROOT / "corpus" / "sample").glob("*.md")),
    *sorted((ROOT / "tests" / "data" / "entries").glob("*.md")),
    *sorted((ROOT / "tests" / "data" / "entries").glob("*.txt")),
]
MD, TXT = Stated("made-up", "made-up.md"), Stated("made-up", "made-up.txt")
FRONT = "---\ntitle: What does it do?\nlast_reviewed: 2026-04-29\nconfidence: Moderate\npillar: Oils\n---\n"
BODY = "\n# What does it do?\n\n## Summary\n\nIt helps (PMID 27933574).\n"


def parsed(text: str, stated: Stated = MD) -> Entry:
    """A made-up text as an entry whose units tile it."""
    entry = parse_entry(text.encode(), stated)
    check_tiling(entry)
    return entry


def refusal(data: bytes, stated: Stated = MD) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(LibraryError) as caught:
        parse_entry(data, stated)
    return str(caught.value)


# Metadata


def test_front_matter_fills_what_the_manifest_leaves_blank() -> None:
    entry = parsed(FRONT + BODY)
    assert (entry.title, entry.last_reviewed, entry.confidence, entry.subjects) == (
        "What does it do?",
        "2026-04-29",
        "moderate",
        ("oils",),
    )


def test_the_manifest_goes_before_front_matter() -> None:
    stated = Stated(
        "x",
        "x.md",
        title="Mine",
        last_reviewed="2020-01-01",
        confidence="strong",
        subjects=("thassic oil",),
        url="https://a.example",
    )
    entry = parsed(FRONT + BODY, stated)
    assert (entry.title, entry.last_reviewed, entry.confidence) == ("Mine", "2020-01-01", "strong")
    assert (entry.subjects, entry.url) == (("thassic oil",), "https://a.example")


def test_the_title_is_the_heading_when_nobody_states_one() -> None:
    assert parsed(BODY).title == "What does it do?"
    assert parsed("It helps.", TXT).title == ""


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("last_reviewed: '2026-04-29'", "last_reviewed", "2026-04-29"),
        ("confidence:", "confidence", ""),
        ("confidence: null", "confidence", ""),
        ("title: No: not so", "title", None),
        ("title: 'No: not so'", "title", "No: not so"),
        ("title: yes", "title", "yes"),
        ("title: 007", "title", "007"),
        ("title: [a, b]", "title", "What does it do?"),
        ("title: >\n  over\n  two lines", "title", "over two lines"),
        ("url: http://a.example", "url", ""),
        ("url: https://a.example/b", "url", "https://a.example/b"),
        ("other: &a [*a]", "title", None),
        ("? [a, b]\n: c", "title", None),
        ("title: !!python/object/apply:os.getcwd []", "title", "What does it do?"),
        ("title: !!bool x", "title", "x"),
        ("title: !!timestamp x", "title", "x"),
        ("title: !!int ''", "title", "What does it do?"),
    ],
)
def test_fields_are_text_and_nothing_is_made_of_them(line: str, field: str, value: str | None) -> None:
    text = f"---\n{line}\n---\n{BODY}"
    if value is None:
        assert "the front matter is not YAML" in refusal(text.encode())
    else:
        assert getattr(parsed(text), field) == value


@pytest.mark.parametrize("text", ["2026-13-01", "29 April 2026", "2026-4-9", "20260429", "2026-02-30"])
def test_a_review_date_that_is_none_is_refused(text: str) -> None:
    assert f"last_reviewed is {text!r}" in refusal(f"---\nlast_reviewed: {text}\n---\n{BODY}".encode())
    assert f"last_reviewed is {text!r}" in refusal(BODY.encode(), Stated("x", "x.md", last_reviewed=text))


def test_a_confidence_of_our_own_making_is_refused() -> None:
    assert "confidence is 'certain'" in refusal(f"---\nconfidence: certain\n---\n{BODY}".encode())


def test_front_matter_is_one_unit_without_its_last_line_break() -> None:
    entry = parsed(FRONT + BODY)
    assert entry.words(0) == FRONT.rstrip()
    assert [section.name for section in entry.sections] == ["preamble", "summary"]


def test_the_fields_can_be_read_alone() -> None:
    assert front_matter((FRONT + BODY).encode(), "x.md")["pillar"] == "Oils"
    assert front_matter(b"It helps.", "x.md") == front_matter(b"It helps.", "x.txt") == {}


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://library.example.org/learn/a?b=c#d", True),
        ("http://library.example.org", False),
        ("javascript:alert(1)", False),
        ("https://user@library.example.org", False),
        ("https://localhost/a", False),
        ("https://a.example/<b>", False),
        ("https://a.example/ b", False),
        ("https://exämple.org", False),
        ("https://[a.example", False),
        ("", False),
    ],
)
def test_only_plain_https_links_are_safe(url: str, *, safe: bool) -> None:
    assert is_safe_url(url) is safe


def test_a_known_heading_is_told_from_an_unknown_one() -> None:
    assert heading_names("Side effects")
    assert not heading_names("Xyzzy")


# Bad files


@pytest.mark.parametrize("stated", [MD, TXT])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n\t\n\xc2\xa0\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8 text (byte 0 is 0x89)"),
        (b"It helps.\x00\n", "control character U+0000"),
        (b"It\nhelps.\x1b[31m\n", ":2: control character U+001B"),
        (b"Doses of 5 \xb5g.\n", "not UTF-8 text (byte 11 is 0xb5)"),
        ("It helps.".encode("utf-16"), "not UTF-8 text (byte 0 is 0xff)"),
        ("It helps.".encode("utf-16-le"), "control character U+0000"),
        (b"a" * 3_000_000, "3,000,000 bytes; an entry may have 2,000,000"),
        (b"It helps.\n\n" * (MAX_STRETCHES + 1), "2,001 sections or paragraphs"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_no_text_is_refused_and_said_so(data: bytes, said: str, stated: Stated) -> None:
    message = refusal(data, stated)
    assert message.startswith(stated.file)
    assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\ntitle: T\n\nIt helps.\n", "not closed"),
        ("\n\n---\ntitle: T\n\nIt helps.\n", "not closed"),
        (f"---\n- a\n- b\n---\n{BODY}", "not a list of `name: value` lines"),
        (f"---\njust words\n---\n{BODY}", "not a list of `name: value` lines"),
        (f"---\ntitle: a: b\n---\n{BODY}", ":2: the front matter is not YAML"),
        (f"---\ntitle: [a\n---\n{BODY}", "not YAML"),
        (f"---\na: {'[' * 5000}\n---\n{BODY}", "not YAML"),
        (f"---\na: {'x' * 20_001}\n---\n{BODY}", "more than 20,000 characters"),
        (FRONT, "no text in it"),
        ("# A\n\n## B\n\n### C\n", "no text in it"),
        ("---\n\n***\n", "not closed"),
        ("***\n\n```\ncode\n```\n", "no text in it"),
    ],
)
def test_broken_markdown_is_refused_and_said_so(text: str, said: str) -> None:
    assert said in refusal(text.encode())


def test_front_matter_in_a_flat_export_is_refused() -> None:
    assert "name the file .md" in refusal((FRONT + BODY).encode(), TXT)


@pytest.mark.parametrize("file", ["x.pdf", "x", "x.md.exe", "md"])
def test_only_two_forms_are_read(file: str) -> None:
    assert "only .md and .txt" in refusal(b"It helps.", Stated("x", file))


def test_aliases_in_front_matter_do_not_multiply() -> None:
    # Ten lists, each of ten of the last: a "billion laughs" file; and the same with merged maps.
    lists = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10 if n else ['x'])}]" for n in range(11))
    maps = "\n".join(f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 10 if n else [])}], k{n}: v}}" for n in range(11))
    started = time.process_time()
    assert parsed(f"---\n{lists}\n{maps}\ntitle: T\n---\n{BODY}").title == "T"
    assert time.process_time() - started < 2


# The stored text


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.stem[:24])
def test_a_file_in_order_is_stored_as_it_is(path: Path) -> None:
    entry = parsed(path.read_text(encoding="utf-8"), Stated("x", path.name))
    assert entry.text.encode() == path.read_bytes()


def test_a_byte_order_mark_goes_and_line_ends_become_one_kind() -> None:
    assert decode_text("\ufeffIt helps.\r\nIt\rdoes.\n".encode(), "x.txt") == "It helps.\nIt\ndoes.\n"
    windows = parsed((FRONT + BODY).replace("\n", "\r\n"))
    assert windows.units == parsed(FRONT + BODY).units


def test_letters_are_composed_but_signs_stay_as_they_are() -> None:
    # e + acute is composed; the micro sign, the superscript and the ligature, which NFKC would change, stay.
    assert (
        decode_text("cafe\u0301 5 \u00b5g 10\u2079 \ufb01sh".encode(), "x.txt")
        == "caf\u00e9 5 \u00b5g 10\u2079 \ufb01sh"
    )


# Grouping


def test_sections_are_those_of_the_headings_whatever_their_level() -> None:
    for mark in ("##", "###"):
        entry = parsed(f"# T\n\n{mark} Summary\n\nIt is.\n\n{mark} Side effects\n\nNone.\n\n{mark}# More\n\nNone.\n")
        assert [section.name for section in entry.sections] == ["preamble", "summary", "safety"]


def test_a_stray_heading_of_the_first_level_does_not_swallow_the_rest() -> None:
    entry = parsed("# T\n\n## Summary\n\nIt is.\n\n## Side effects\n\nNone.\n\n# How it works\n\nIt does.\n")
    assert [section.name for section in entry.sections] == ["preamble", "summary", "safety", "mechanism"]


def test_without_headings_a_list_stays_with_its_lead_in() -> None:
    entry = parsed("It is a mineral.\n\nDo not take it with:\n\n- warfarin\n- statins\n\nAsk first.\n")
    lead = next(number for number, unit in enumerate(entry.units) if unit.kind == "lead")
    assert entry.whole(lead + 2, lead + 2) == (lead, lead + 2)


def test_boilerplate_under_the_title_lies_in_the_preamble() -> None:
    entry = parsed("# T\n\nThis entry is part of a library.\n\n## Summary\n\nIt is.\n")
    assert [(unit.kind, entry.section_of[n].name) for n, unit in enumerate(entry.units)] == [
        ("title", "preamble"),
        ("boilerplate", "preamble"),
        ("heading", "summary"),
        ("sentence", "summary"),
    ]


def test_a_correction_in_the_manifest_names_the_line() -> None:
    text = "It is a mineral.\nTake care.\nNothing else.\n"
    entry = parsed(text, Stated("x", "x.txt", sections=((2, "safety"),)))
    assert [(s.name, s.how) for s in entry.sections][1] == ("safety", "corrected")
    assert "line 7, but they begin on [1, 2, 3]" in refusal(
        text.encode(), Stated("x", "x.txt", sections=((7, "dose"),))
    )


# Properties

WORDS = st.sampled_from([
    "Velorin is a mineral.", "It is lost in sweat (e.g., 5-10 mg/day).", "However, it did not help.", "5 µg", "a|b",
    "Claim: more is better.", "Myth: more is better. Fact: it is not.", "**Myth:** it cures.", "In fact it does not.",
    "It is often said that it cures.", "Pregnancy: not studied. Children: none.", "(1) One; (2) two.", "p < 0.05.",
    "See the entry (3ca17b72).", "Foods that hold it:", "This entry is relevant for:",
    "This entry is part of a library.",
    "This is not medical advice.", "E. coli vs. S. typhi", "Smith et al. 2016 (PMID 27933574).",
    "(unclosed [bracket",
    "naïve cafe\u0301 ﬁsh 漢字 🐟", "“quoted. Twice.”", "…",
])  # fmt: skip
PROSE = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
HEADINGS = st.sampled_from(
    [
        "# T",
        "## Summary",
        "## How it works",
        "### Myth: it cures",
        "## Misconceptions",
        "## Who should be careful",
        "##",
    ]
)
LISTS = st.builds(
    lambda marks, words: "\n".join(f"{mark} {word}" for mark, word in zip(marks, words, strict=False)),
    st.lists(st.sampled_from(["-", "*", "1.", "  -", "    •", "\t+"]), min_size=4, max_size=4),
    st.lists(WORDS, min_size=1, max_size=4),
)
TABLES = st.builds(
    lambda head, rows: "\n".join([*head, *(f"| {row} | Ask. | Smith 2016 |" for row in rows)]),
    st.sampled_from(
        [
            ["| Pair | Guidance | Source |", "|---|---|---|"],
            ["| a | b |", "|---|"],
            [],
            ["Pair | G | S", "--- | --- | ---"],
        ]
    ),
    st.lists(WORDS, max_size=3),
)
OTHERS = st.sampled_from(
    ["", "  ", "---", "```\ncode\n```", "```", "<!-- note -->", "> quoted", "Setext\n===", "\u2028", "\ufeff", "\t"]
)
FRONTS = st.sampled_from(["", FRONT, "---\n---\n", "---\ntitle: T\n", "\n" + FRONT, "---\n- a\n---\n"])
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
MARKDOWN = st.builds(
    lambda front, blocks, gap, end: (front + gap.join(blocks)).replace("\n", end),
    FRONTS,
    st.lists(st.one_of(HEADINGS, PROSE, PROSE, LISTS, TABLES, OTHERS, st.text(max_size=20)), max_size=14),
    st.sampled_from(["\n\n", "\n"]),
    ENDS,
)
FLAT = st.builds(
    lambda lines, end: end.join(lines),
    st.lists(st.one_of(PROSE, PROSE, TABLES, OTHERS, st.text(max_size=20)), max_size=20),
    ENDS,
)


def entry_or_none(text: str, stated: Stated) -> Entry | None:
    """The entry, or None for a text that is refused with a `LibraryError`; any other error is the test's."""
    try:
        return parse_entry(text.encode(), stated)
    except LibraryError as error:
        message = str(error)
    assert message.startswith(stated.file)
    return None


def assert_promises(text: str, stated: Stated) -> None:
    """All that is always true of an entry."""
    entry = entry_or_none(text, stated)
    assert entry_or_none(text, stated) == entry
    if entry is None:
        return
    check_tiling(entry)
    unified = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    assert entry.text == unicodedata.normalize("NFC", unified)
    for number, unit in enumerate(entry.units):
        words = entry.words(number)
        assert words == words.strip()
        first, last = entry.whole(number, number)
        assert first <= number <= last
        assert entry.whole(first, last) == (first, last)
        assert entry.section_of[first] is entry.section_of[last]
        if unit.kind == "row":
            assert unit.lead is not None
            assert entry.units[unit.lead].kind == "head"
        if unit.kind == "item" and unit.lead is not None:
            assert first <= unit.lead
        if unit.lead is not None:
            assert entry.section_of[unit.lead] is entry.section_of[number]
        if unit.kind == "myth":
            assert (first, last) == (number, number)
        if unit.quotable:
            assert entry.section_of[number].name not in ("relevance", "references")
            assert "related_products" not in words
    for section in entry.sections:
        assert 0.0 <= section.confidence <= 1.0
        assert section.name in ("preamble", "references", "other", *CANONICAL)


@given(MARKDOWN)
@settings(max_examples=300, deadline=None)
def test_every_markdown_text_is_an_entry_or_refused(text: str) -> None:
    assert_promises(text, MD)


@given(FLAT)
@settings(max_examples=300, deadline=None)
def test_every_flat_text_is_an_entry_or_refused(text: str) -> None:
    assert_promises(text, TXT)


@given(st.binary(max_size=60), st.sampled_from([MD, TXT]))
@settings(max_examples=200, deadline=None)
def test_every_file_of_bytes_is_an_entry_or_refused(data: bytes, stated: Stated) -> None:
    with suppress(LibraryError):
        check_tiling(parse_entry(data, stated))


@given(st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n{BODY}"))
@settings(max_examples=200, deadline=None)
def test_every_front_matter_is_read_or_refused(text: str) -> None:
    assert_promises(text, MD)


@given(MARKDOWN, st.data())
@settings(max_examples=100, deadline=None)
def test_widening_a_range_never_narrows_another(text: str, data: st.DataObject) -> None:
    entry = entry_or_none(text, MD)
    if entry is None:
        return
    numbers = st.integers(0, len(entry.units) - 1)
    a, b, c, d = sorted(data.draw(st.tuples(numbers, numbers, numbers, numbers)))
    outer, inner = entry.whole(a, d), entry.whole(b, c)
    assert outer[0] <= inner[0] <= b
    assert c <= inner[1] <= outer[1]
    assert entry.whole(*outer) == outer


@given(
    st.lists(
        st.sampled_from(["Claim: a is b. It is not.", "Myth: c is d.\n\nFact: it is not.", "### E is f\n\nIt is not."]),
        min_size=1,
    )
)
@settings(max_examples=60, deadline=None)
def test_misconceptions_are_as_many_as_were_written(myths: list[str]) -> None:
    entry = parsed("# T\n\n## Summary\n\nIt is.\n\n## Myths\n\n" + "\n\n".join(myths))
    assert [entry.words(n) for n, unit in enumerate(entry.units) if unit.kind == "myth"] == myths


@pytest.mark.parametrize("bad", [[(0, 3), (2, 9)], [(0, 3)], []])
def test_check_tiling_finds_overlaps_and_gaps(bad: list[tuple[int, int]]) -> None:
    entry = parsed("It helps.\n", TXT)
    unit = entry.units[0]
    broken = Entry(
        **{name: getattr(entry, name) for name in Entry.__dataclass_fields__}
        | {"units": tuple(type(unit)(Span(*edges), "sentence") for edges in bad)}
    )
    with pytest.raises(LibraryError, match="please report this file"):
        check_tiling(broken)


# Time

DEEP = "\n".join(f"{' ' * (n % 200)}- item {n}" for n in range(10_000))


@pytest.mark.parametrize("stated", [MD, TXT], ids=["md", "txt"])
@pytest.mark.parametrize(
    "piece",
    [
        "It helps the sleeper. ", "(", ")", "((", ".", "A. ", "| a ", "| a | b |\n", "|\n", "-", "# ", "#", "1", "1,",
        "* ", "- a\n", "  ", "`", "<!--", "[", "*", "Aa, ", "A-", "Claim: ", "hyper", "PMID 1234, ",
        "It is said. In fact. ",
        "a: ", "This is. However. ", "| ",
    ],
)  # fmt: skip
def test_time_grows_with_the_length_and_no_faster(piece: str, stated: Stated) -> None:
    def seconds(length: int) -> float:
        text = "It is a mineral.\n\n" + piece * (length // len(piece)) + "x"
        started = time.process_time()
        entry_or_none(text, stated)
        return time.process_time() - started

    # Eight times the text: eight times the time when linear, sixty-four when quadratic. One fair run of three will do.
    assert any(seconds(40_000) < 24 * seconds(5_000) + 0.1 for _ in range(3))


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        (TXT, "It helps the sleeper (e.g., in 2-3 trials). " * 23_000),
        (MD, "x" * 1_000_000),
        (TXT, "(" * 100_000),
        (TXT, "|\n" * 50_000),
        (MD, "|\n" * 50_000),
        (MD, "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 50_000),
        (MD, DEEP),
        (MD, "\n".join(f"{'  ' * n}- item" for n in range(700))),
        (MD, "# " + " " * 500_000 + "x\n\nIt is."),
        (TXT, "It is.\n" + " " * 500_000 + "x|\n"),
    ],
    ids=[
        "one line",
        "one word",
        "brackets",
        "pipes",
        "pipes in md",
        "a table",
        "lists",
        "a deep list",
        "a heading",
        "a gap",
    ],
)
def test_a_large_file_takes_seconds_at_most(stated: Stated, text: str) -> None:
    assert len(text.encode()) <= MAX_BYTES
    started = time.process_time()
    assert entry_or_none(text, stated) is not None
    assert time.process_time() - started < 30


def test_spans_rise() -> None:
    entry = parsed(FRONT + BODY)
    assert all(one.span.end <= other.span.start for one, other in pairwise(entry.units))
    for start, end in ((-1, 2), (2, 2), (3, 1)):
        with pytest.raises(LibraryError, match="is not a place"):
            Span(start, end)


def test_a_range_outside_the_entry_is_refused() -> None:
    with pytest.raises(LibraryError, match="units 0-9 are not all in entry 'made-up', which has 4"):
        parsed(FRONT + BODY).whole(0, 9)
