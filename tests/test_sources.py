"""Sources: a study gets a number only where the entry itself gives it one beyond doubt."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.library.model import Entry
from assistant.library.parse import Stated, parse_entry
from assistant.library.sources import Source, numbers_by_study, pubmed_url, sources_of

ROOT = Path(__file__).parents[1]
GIVEN = ROOT / "corpus" / "library" / "000_6903c3b35cf1f047.txt"
ENTRIES = [
    GIVEN,
    *sorted((ROOT / "corpus" / "sample").glob("*.md")),
    *sorted((ROOT / "tests" / "data" / "entries").glob("*.md")),
    *sorted((ROOT / "tests" / "data" / "entries").glob("*.txt")),
]


def sources_in(text: str) -> list[Source]:
    """The sources of a made-up flat entry, whole."""
    entry = parse_entry(text.encode(), Stated("x", "x.txt"))
    return sources_of(entry, 0, len(entry.units) - 1)


@pytest.mark.parametrize(
    "text",
    [
        "Wienecke and Nolden 2016 (PMID 27933574) ran it.",
        "Wienecke 2016 Nutrients PMID 27933574.",
        "Wienecke et al. (2016) [PMID: 27933574].",
        "Wienecke et al., 2016, Am J Clin Nutr, PMID 27933574.",
        "(Wienecke 2016; PMID 27933574)",
        "Later, Wienecke 2016 (PMID 27933574) ran it.",
        "However, Wienecke, Nolden and Mah 2016 (PMID 27933574) ran it.",
        "Wienecke, Nolden & Mah 2016 PMID27933574",
        "Wienecke 2016 International Journal of Sport and Health (PMID 27933574).",
    ],
)
def test_a_number_that_follows_its_study_is_its_own(text: str) -> None:
    assert numbers_by_study(text) == {("Wienecke", "2016"): "27933574"}


@pytest.mark.parametrize(
    "text",
    [
        "Wienecke 2016 ran it. Another did not (PMID 27933574).",
        "Wienecke 2016 and the later trial of Mah (PMID 27933574).",
        "Wienecke 2016 was smaller than a review (PMID 27933574).",
        "Wienecke 2016 (90 days; PMID 27933574).",
        "Wienecke 2016 (PMIDs 27933574, 33260549).",
        "Wienecke 2016 (PMID 27933574). Later, Wienecke 2016 (PMID 33260549).",
        "Wienecke 2016 (PMID 279335741).",
        "Wienecke 2016 (PMC 27933574).",
        "27933574 Wienecke 2016",
    ],
)
def test_a_number_that_may_be_anothers_is_nobodys(text: str) -> None:
    assert numbers_by_study(text) == {}


def test_a_bare_name_is_linked_by_what_the_entry_says_elsewhere() -> None:
    text = "Wienecke and Nolden 2016 (PMID 27933574) ran it.\nThe Wienecke 2016 effect was small; Mah 2021 saw none."
    entry = parse_entry(text.encode(), Stated("x", "x.txt"))
    assert sources_of(entry, 1, 1) == [
        Source("Wienecke 2016", "27933574", "https://pubmed.ncbi.nlm.nih.gov/27933574/"),
        Source("Mah 2021", None, None),
    ]


def test_each_source_is_listed_once_in_order() -> None:
    text = "Mah 2021 and again Mah 2021 (PMID 111111), with PMID 222222 and PMIDs 333333, 444444 and 222222."
    assert [source.label for source in sources_in(text)] == ["Mah 2021", "PMID 222222", "PMID 333333", "PMID 444444"]
    assert sources_in(text)[0].pmid == "111111"


@pytest.mark.parametrize(
    "text", ["In 2016 it rose.", "Since 1990, and by May 2003, it fell.", "The 2016 review.", "PMID 33260549, 2016."]
)
def test_a_year_alone_names_no_study(text: str) -> None:
    assert [source.label for source in sources_in(text) if not source.label.startswith("PMID 3326")] == []


def test_two_studies_of_one_year_are_told_apart_by_their_letter() -> None:
    text = "Mah 2021a (PMID 111111) and Mah 2021b (PMID 222222)."
    assert numbers_by_study(text) == {("Mah", "2021a"): "111111", ("Mah", "2021b"): "222222"}


def test_the_citation_cell_of_a_row_is_its_source() -> None:
    table = (
        "| Pair | Guidance | Reference |\n|---|---|---|\n| A | Ask | NIH sheet |\n| B | Ask | Mah 2021 |\n| C | Ask | |"
    )
    labels = [source.label for source in sources_in(f"Medicines interact with it.\n{table}\n")]
    assert labels == ["Mah 2021", "NIH sheet"]


@pytest.fixture(scope="module")
def given_entry() -> Entry:
    """The given entry, with nothing stated of it."""
    return parse_entry(GIVEN.read_bytes(), Stated("given", GIVEN.name))


def test_the_given_entry_has_two_numbered_studies(given_entry: Entry) -> None:
    assert numbers_by_study(given_entry.text) == {("Pickering", "2020"): "33260549", ("Wienecke", "2016"): "27933574"}
    named = {source.label for n in range(len(given_entry.units)) for source in sources_of(given_entry, n, n)}
    assert named == {
        "Pickering 2020",
        "Wienecke 2016",
        "Mah 2021",
        "NIH ODS — Magnesium Fact Sheet for Health Professionals",
    }


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.stem[:24])
def test_every_number_stands_in_the_passage_or_beside_its_study(path: Path) -> None:
    entry = parse_entry(path.read_bytes(), Stated("x", path.name))
    for number in range(len(entry.units)):
        words = entry.words(number)
        given_here = set(re.findall(r"\d{4,8}", words))
        for source in sources_of(entry, number, number):
            assert (source.pmid is None) == (source.url is None)
            assert source.label.split(" ")[0] in words
            if source.pmid is not None:
                assert source.pmid in given_here or f"PMID {source.pmid}" in entry.text
                assert source.url == pubmed_url(source.pmid)
        listed = {source.pmid for source in sources_of(entry, number, number)}
        assert set(re.findall(r"PMID (\d+)", words)) <= listed


PIECES = [
    "Mah",
    " and ",
    "Pitre",
    " 2021",
    " 2016",
    " (PMID ",
    "27933574",
    "33260549",
    ")",
    ". ",
    ", ",
    " et al.",
    " Nutrients",
    "\n",
    "x",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_number_is_supplied_that_the_text_does_not_give(text: str) -> None:
    found = numbers_by_study(text)
    assert all(f"PMID {pmid}" in text for pmid in found.values())
    for (surname, year), pmid in found.items():
        assert re.search(rf"{surname}[^\n.]*\b{year}\b[^\d]*PMID {pmid}", text.replace("et al.", "et al"))


@pytest.mark.parametrize(
    "piece", ["A", "Aa, ", "Aa-", "A'", "PMID 1234, ", "PMID 1234 ", "Aa 2016 ", "Aa et al. ", "(", "2016"]
)
def test_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        numbers_by_study(text)
        return time.process_time() - started

    # Eight times the text: eight times the time when linear, sixty-four when quadratic. One fair run of three will do.
    assert any(seconds(40_000) < 24 * seconds(5_000) + 0.1 for _ in range(3))
