"""Units: what must not be parted is not, and what must not be quoted is not.

The given entry and the fictional ones are the world; every other text here is made up to hold one hazard.
"""

from pathlib import Path

import pytest

from assistant.library.model import Entry, Unit
from assistant.library.parse import Stated, check_tiling, parse_entry
from assistant.library.segment import split_row
from assistant.library.sentences import sentence_spans

ROOT = Path(__file__).parents[1]
GIVEN = ROOT / "corpus" / "library" / "000_6903c3b35cf1f047.txt"
FICTIONAL = ROOT / "tests" / "data" / "entries"
SAMPLE = sorted((ROOT / "corpus" / "sample").glob("*.md"))


def entry_of(text: str, *, markdown: bool = True) -> Entry:
    """A made-up text as an entry."""
    entry = parse_entry(text.encode(), Stated("made-up", "made-up.md" if markdown else "made-up.txt"))
    check_tiling(entry)
    return entry


def under(heading: str, text: str) -> Entry:
    """A text as one section of a Markdown entry."""
    return entry_of(f"# Title\n\n## {heading}\n\n{text}\n")


def units(entry: Entry, *kinds: str) -> list[tuple[str, str]]:
    """Kind and words of each unit, of these kinds alone when any is named; never headings and title."""
    skipped = () if kinds else ("title", "heading", "metadata")
    chosen = [(number, unit.kind) for number, unit in enumerate(entry.units) if not kinds or unit.kind in kinds]
    return [(kind, entry.words(number)) for number, kind in chosen if kind not in skipped]


def find(entry: Entry, words: str) -> tuple[int, Unit]:
    """The one unit that opens with these words, and its number."""
    ((number, unit),) = [(n, u) for n, u in enumerate(entry.units) if entry.words(n).startswith(words)]
    return number, unit


def leads_to(entry: Entry, words: str) -> str:
    """The first words of the unit that the one opening with `words` leans on; empty when it stands alone."""
    _, unit = find(entry, words)
    return "" if unit.lead is None else " ".join(entry.words(unit.lead).split()[:3])


@pytest.fixture(scope="module")
def given_entry() -> Entry:
    """The given entry, with nothing stated of it."""
    entry = parse_entry(GIVEN.read_bytes(), Stated("given", GIVEN.name))
    check_tiling(entry)
    return entry


class TestTheGivenEntry:
    def test_every_line_lies_in_its_section(self, given_entry: Entry) -> None:
        sections = [
            given_entry.section_of[next(n for n, unit in enumerate(given_entry.units) if unit.span.end > start)].name
            for start in _line_starts(given_entry.text)
        ]
        assert sections == [
            *("preamble", "summary", "mechanism", "dose", "forms", "timing", "safety", "populations"),
            *("interactions",) * 5,
            *("guidelines", "practical", "myths", "myths", "relevance"),
        ]

    def test_there_are_42_prose_sentences(self, given_entry: Entry) -> None:
        # 37 are units of their own, on lines 2-9, 14 and 15, the disclaimer's two among them; 5 lie within the myths.
        prose = [u for u in given_entry.units if u.kind in ("sentence", "disclaimer")]
        counts = [sum(_line_of(given_entry, unit) == line for unit in prose) for line in (*range(2, 10), 14, 15)]
        assert counts == [5, 6, 3, 3, 3, 3, 4, 3, 3, 4]
        assert len(prose) == sum(counts) == 37
        myths = [u.span for u in given_entry.units if u.kind == "myth"]
        assert [len(sentence_spans(given_entry.text, span.start, span.end)) for span in myths] == [3, 2]

    def test_the_first_line_is_boilerplate_and_the_last_a_stem(self, given_entry: Entry) -> None:
        assert given_entry.units[0].kind == "boilerplate"
        assert given_entry.units[-1].kind == "stem"
        assert not given_entry.units[0].quotable
        assert not given_entry.units[-1].quotable

    def test_the_disclaimer_is_known_sentence_by_sentence(self, given_entry: Entry) -> None:
        disclaimers = units(given_entry, "disclaimer")
        assert [words[:10] for _, words in disclaimers] == ["This is a ", "Discuss an"]
        assert all(_line_of(given_entry, u) == 15 for u in given_entry.units if u.kind == "disclaimer")

    def test_each_misconception_is_one_unit_on_its_own_line(self, given_entry: Entry) -> None:
        myths = [unit for unit in given_entry.units if unit.kind == "myth"]
        assert [_line_of(given_entry, unit) for unit in myths] == [16, 17]
        lines = given_entry.text.split("\n")
        assert [unit.span.of(given_entry.text) for unit in myths] == lines[15:17]

    def test_rows_lean_on_their_head_and_have_its_columns(self, given_entry: Entry) -> None:
        number, head = find(given_entry, "| Interaction |")
        assert (head.kind, head.quotable) == ("head", False)
        assert split_row(given_entry.words(number).split("\n")[0]) == ["Interaction", "Issue", "Guidance", "Citation"]
        rows = [(n, unit) for n, unit in enumerate(given_entry.units) if unit.kind == "row"]
        assert [(unit.lead, len(split_row(given_entry.words(n)))) for n, unit in rows] == [(number, 4), (number, 4)]

    def test_labels_of_populations_are_known(self, given_entry: Entry) -> None:
        labels = [
            unit.label for n, unit in enumerate(given_entry.units) if given_entry.section_of[n].name == "populations"
        ]
        assert labels == ["Kidney disease (eGFR below 30)", "Older adults", "Athletes", "Pregnancy"]

    def test_doses_limits_funding_and_mice_are_marked(self, given_entry: Entry) -> None:
        assert "limiter" in find(given_entry, "Specific elevated")[1].marks
        assert "dose" in find(given_entry, "L-threonate")[1].marks
        assert "conflict" in find(given_entry, "Pickering 2020 review")[1].marks
        assert "animal" in find(given_entry, "(3) Impaired")[1].marks
        assert "caution" in find(given_entry, "Above-UL")[1].marks


def _line_starts(text: str) -> list[int]:
    return [0, *(n + 1 for n, character in enumerate(text[:-1]) if character == "\n")]


def _line_of(entry: Entry, unit: Unit) -> int:
    return entry.text.count("\n", 0, unit.span.start) + 1


MYTH = "Claim: more is better. In the trial, more did nothing."
CORRECTED = {
    "one paragraph": MYTH,
    "myth and fact in one paragraph": "**Myth:** more is better. **Fact:** more did nothing.",
    "myth and fact in two paragraphs": "Myth: more is better.\n\nFact: more did nothing.",
    "numbered": "Myth 1: more is better. In the trial, more did nothing.",
    "with a dash": "Misconception - more is better. In the trial, more did nothing.",
    "with an adjective": "Common belief: more is better. In the trial, more did nothing.",
    "the claim alone, then a paragraph": "Claim: more is better.\n\nIn the trial, more did nothing.",
    "a turn within one sentence": "Claim: more is better, but in the trial more did nothing.",
    "a correction within one sentence": "Claim: more is better; in fact, in the trial, more did nothing.",
    "said": "It is often said that more is better. In fact, in the trial, more did nothing.",
    "said, in two paragraphs": "It is often said that more is better.\n\nIn fact, more did nothing.",
    "people say": "Many people believe that more is better. Reality: more did nothing.",
    "a sub-heading": "### More is better\n\nIn the trial, more did nothing.",
    "a sub-heading over two paragraphs": "### More is better\n\nIn the trial, more did nothing.\n\nNor did less.",
    "a sub-heading over a claim": f"### More is better\n\n{MYTH}",
    "a bold line": "**More is better.**\n\nIn the trial, more did nothing.",
    "an item": f"- {MYTH}",
    "an item with the correction nested": "- Myth: more is better.\n  - Fact: more did nothing.",
    "an item with the correction below": "- Myth: more is better.\n- Fact: more did nothing.",
    "an item with the correction indented": "1. Myth: more is better.\n\n   Fact: more did nothing.",
    "a claim with its correction in a list": "Claim: more is better. Trials say:\n\n- it did nothing\n- it cost more",
}


class TestMisconceptions:
    @pytest.mark.parametrize("text", CORRECTED.values(), ids=CORRECTED.keys())
    def test_a_claim_and_its_correction_are_one_unit(self, text: str) -> None:
        assert units(under("Myths", text)) == [("myth", text)]

    @pytest.mark.parametrize("text", CORRECTED.values(), ids=CORRECTED.keys())
    def test_two_of_a_form_are_two_units(self, text: str) -> None:
        other = text.replace("ore is better", "ore is safer")
        assert units(under("Myths", f"{text}\n\n{other}")) == [("myth", text), ("myth", other)]

    @pytest.mark.parametrize(
        "name", [name for name, text in CORRECTED.items() if "\n" not in text and "- " not in text]
    )
    def test_in_a_flat_export_likewise(self, name: str) -> None:
        entry = entry_of(f"It is a mineral (PMID 1).\n{CORRECTED[name]}\n", markdown=False)
        assert ("myth", CORRECTED[name]) in units(entry)

    def test_in_a_flat_export_the_correction_may_be_the_next_line(self) -> None:
        text = "Myth: more is better.\nFact: more did nothing.\nMyth: less is safer.\nFact: less did nothing."
        entry = entry_of(f"It is a mineral (PMID 1).\n{text}\nThis entry is relevant for:\n", markdown=False)
        assert units(entry)[1:] == [
            ("myth", "Myth: more is better.\nFact: more did nothing."),
            ("myth", "Myth: less is safer.\nFact: less did nothing."),
            ("stem", "This entry is relevant for:"),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "Claim: more is better.",
            "**Myth:** more is better (Smith 2016).",
            "Claim: more is better. (Smith 2016.)",
            "It is often said that more is better.",
            "### More is better",
            "### More is better\n\nClaim: more is better still.",
            "### More is better\n\nMany people say so.",
            "- Myth: more is better.",
            "**More is better.**",
        ],
    )
    def test_a_bare_claim_is_a_fragment_and_never_quoted(self, text: str) -> None:
        entry = under("Myths", f"{text}\n\n### Less is safer\n\n{MYTH}")
        assert units(entry)[-1] == ("myth", f"### Less is safer\n\n{MYTH}")
        assert not any(unit.quotable for unit in entry.units[:-1])

    @pytest.mark.parametrize("markdown", [True, False])
    def test_a_bare_claim_takes_no_other_misconception_for_its_correction(self, *, markdown: bool) -> None:
        gap = "\n\n" if markdown else "\n"
        said = "It is often said that less is safer. In fact less did nothing."
        entry = entry_of(f"It is a mineral (PMID 1).{gap}Claim: more is better.{gap}{said}{gap}", markdown=markdown)
        assert [words for kind, words in units(entry) if kind == "fragment"] == ["Claim: more is better."]
        assert units(entry)[-1] == ("myth", said)

    @pytest.mark.parametrize("heading", ["How it works", "In practice", "Unheard-of heading"])
    def test_a_claim_outside_its_section_is_whole_all_the_same(self, heading: str) -> None:
        assert units(under(heading, f"It is a mineral.\n\n{MYTH}")) == [
            ("sentence", "It is a mineral."),
            ("myth", MYTH),
        ]
        assert units(under(heading, f"- {MYTH}\n- Myth: less is.")) == [
            ("myth", f"- {MYTH}"),
            ("fragment", "- Myth: less is."),
        ]
        assert units(under(heading, f"It is a mineral. {MYTH}")) == [("sentence", "It is a mineral."), ("myth", MYTH)]

    def test_what_is_often_said_is_not_parted_from_what_is_so(self) -> None:
        said = "It is often said that more is better. In fact more did nothing. Nor did less."
        assert units(under("In practice", f"Ask first. {said}")) == [("sentence", "Ask first."), ("myth", said)]

    def test_the_disclaimer_ends_a_misconception(self) -> None:
        entry = under("Myths", f"{MYTH} This is not medical advice.")
        assert units(entry) == [("myth", MYTH), ("disclaimer", "This is not medical advice.")]

    @pytest.mark.parametrize(
        "path", [GIVEN, FICTIONAL / "quendrite.txt", *FICTIONAL.glob("*.md"), *SAMPLE], ids=lambda path: path.stem[:24]
    )
    def test_no_misconception_is_parted_in_any_entry(self, path: Path) -> None:
        entry = parse_entry(path.read_bytes(), Stated("x", path.name))
        myths = [n for n, unit in enumerate(entry.units) if unit.kind == "myth"]
        assert len(myths) >= 2
        assert all(entry.whole(n, n) == (n, n) for n in myths)
        openings = ("Claim:", "Myth:", "Misconception:", "- Claim:", "- Myth:", "It is often said", "People often say")
        assert not [
            n for n, u in enumerate(entry.units) if u.kind == "sentence" and entry.words(n).startswith(openings)
        ]


class TestPopulations:
    def test_a_sentence_under_a_label_leans_on_it(self) -> None:
        entry = under(
            "Populations", "Pregnancy: it was not studied. Doses stayed low. Children: one trial. It was stopped."
        )
        assert [u.label for u in entry.units if u.kind == "sentence"] == [
            "Pregnancy",
            "Pregnancy",
            "Children",
            "Children",
        ]
        assert leads_to(entry, "Doses stayed") == "Pregnancy: it was"
        assert leads_to(entry, "It was stopped") == "Children: one trial."
        assert leads_to(entry, "Children") == ""

    def test_a_chain_leans_on_the_label_through_what_stands_between(self) -> None:
        entry = under("Populations", "Pregnancy: it was not studied. Doses stayed low. This was by design.")
        assert leads_to(entry, "This was") == "Doses stayed low."
        assert leads_to(entry, "Doses") == "Pregnancy: it was"

    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("**Pregnancy:** it was not studied.", "Pregnancy"),
            ("**Pregnancy**: it was not studied.", "Pregnancy"),
            ("Kidney disease (eGFR below 30): care is needed.", "Kidney disease (eGFR below 30)"),
            ("Pregnancy — it was not studied.", "Pregnancy"),
            ("Infants under 1.5 kg: none took part.", "Infants under 1.5 kg"),
        ],
    )
    def test_labels_of_every_dress_are_known(self, text: str, label: str) -> None:
        assert find(under("Populations", text), text[:6])[1].label == label
        assert find(under("Populations", f"- {text}"), "- ")[1].label == label

    def test_a_bold_run_in_is_a_label_in_any_section(self) -> None:
        entry = under("Adverse effects", "**Pregnancy.** Doses stayed low. Nobody fell ill.")
        assert leads_to(entry, "Doses stayed") == "**Pregnancy.**"
        assert leads_to(entry, "Nobody fell") == "**Pregnancy.**"

    def test_all_units_are_marked_as_a_population(self) -> None:
        entry = under("Populations", "Pregnancy: it was not studied.\n\n- Children: none took part in it.")
        assert all("population" in unit.marks for unit in entry.units if unit.quotable)


class TestLeaning:
    @pytest.mark.parametrize(
        "opening",
        [
            "This was",
            "These were",
            "It was",
            "They were",
            "Such cases were",
            "Both were",
            "The effect was",
            "In this trial sleep was",
            "Of these, some were",
            "Neither was",
            "Therefore it was",
            "The latter was",
            "**This** was",
            "Others were",
            "Its taste was",
            "Those were",
            "The same trial was",
            "In that study it was",
            "From these it was",
            "That figure was",
            "The authors say it was",
            "The investigators thought it",
            "For sudden death it was",
            "Among older men they were",
        ],
    )
    def test_a_sentence_that_opens_on_another_leans_on_it(self, opening: str) -> None:
        entry = under("Adverse effects", f"One trial ran for a year. {opening} stopped early.")
        assert leads_to(entry, opening) == "One trial ran"

    @pytest.mark.parametrize(
        "opening",
        [
            "It is unclear whether sleep",
            "It remains unclear whether sleep",
            "This entry says that sleep",
            "Both sleep and mood",
            "Neither sleep nor mood",
            "Sleep",
            "Thistle",
            "Italian diets",
            "The authors of one review say that it",
            "For adults it is wise to ask whether sleep",
            "That sleep",
            "For sudden death the risk",
        ],
    )
    def test_a_sentence_that_stands_alone_leans_on_none(self, opening: str) -> None:
        entry = under("Adverse effects", f"One trial ran for a year. {opening} changed with the dose.")
        assert leads_to(entry, opening) == ""

    def test_a_paragraph_that_opens_on_another_leans_on_its_last_sentence(self) -> None:
        entry = under("Adverse effects", "One trial ran for a year. Another ran for two.\n\nThese were small.")
        assert leads_to(entry, "These were") == "Another ran for"

    def test_nothing_leans_over_a_heading_or_a_table(self) -> None:
        table = "| a | b |\n|---|---|\n| 1 | 2 |"
        entry = under("Adverse effects", f"One ran.\n\n### Two\n\nThis ran too.\n\n{table}\n\nThey ran on.")
        assert leads_to(entry, "This ran") == ""
        assert leads_to(entry, "They ran") == ""

    @pytest.mark.parametrize(
        "opening",
        ["However, in men", "But in men", "In men this was so. Yet", "That said, in men", "The effect was small:"],
    )
    def test_a_contrast_and_its_statement_are_linked_both_ways(self, opening: str) -> None:
        entry = under("Adverse effects", f"Sleep got better. {opening} it did not.")
        number = len(entry.units) - 1
        assert entry.units[number].lead == number - 1
        assert entry.units[number - 1].last == number


class TestLists:
    def test_a_list_comes_whole_with_its_lead_in(self) -> None:
        entry = under("How much", "Foods that hold it:\n\n- ember beans\n- tarn kelp\n- blue millet\n\nBoil them.")
        lead = find(entry, "Foods that")[0]
        assert entry.units[lead].kind == "lead"
        for number in range(lead, lead + 4):
            assert entry.whole(number, number) == (lead, lead + 3)
        assert entry.whole(lead + 4, lead + 4) == (lead + 4, lead + 4)

    def test_a_do_not_list_is_not_read_without_its_heading(self) -> None:
        items = "- Taking it with warfarin is what one trial did.\n- Doses were above 90 mg a day in that trial."
        for heading in ("### Avoid", "### In brief"):
            entry = under("Interactions", f"{heading}\n\n{items}")
            lead = find(entry, heading)[0]
            assert entry.units[lead].kind == "lead"
            assert entry.whole(lead + 1, lead + 1) == entry.whole(lead + 2, lead + 2) == (lead, lead + 2)

    @pytest.mark.parametrize("above", ["The following should be avoided.", "None of these is safe.", "Do not do so."])
    def test_a_sentence_that_announces_a_list_comes_with_it(self, above: str) -> None:
        entry = under(
            "Adverse effects", f"{above}\n\n- It is taken with milk every morning.\n- It is taken at night with water."
        )
        lead = find(entry, above)[0]
        assert entry.whole(lead + 1, lead + 1) == (lead, lead + 2)

    def test_things_listed_under_a_section_heading_need_it(self) -> None:
        entry = under("Who should be careful", "- people with kidney disease of any stage\n- pregnant women")
        assert entry.whole(len(entry.units) - 1, len(entry.units) - 1) == (1, 3)

    def test_statements_under_a_plain_section_heading_stand_alone(self) -> None:
        entry = under(
            "Particular groups",
            "- Pregnancy: it has not been studied.\n- Children: none took part in any of the trials.",
        )
        assert [unit.lead for unit in entry.units if unit.kind == "item"] == [None, None]

    def test_statements_under_a_heading_that_turns_their_meaning_do_not(self) -> None:
        entry = under(
            "Who should not take it", "- Children: it is taken in small doses.\n- Adults: it is taken at night."
        )
        assert entry.whole(2, 2) == (1, 3)

    def test_a_nested_list_is_one_list(self) -> None:
        entry = under("How much", "Doses:\n\n- in adults\n  - 20 mg\n  - 45 mg\n- in children, none")
        assert entry.whole(3, 3) == (2, 6)

    def test_a_lead_in_that_leans_on_another_brings_it(self) -> None:
        entry = under("Adverse effects", "Some people fell ill. They should avoid it:\n\n- at night\n- with milk")
        lead = find(entry, "Some people")[0]
        assert entry.whole(lead + 3, lead + 3) == (lead, lead + 3)

    def test_a_stem_with_nothing_after_it_is_not_quoted(self) -> None:
        entry = entry_of(
            "It is a mineral (PMID 1).\nFoods that hold it include:\nIt is lost in water.\n", markdown=False
        )
        assert units(entry)[1] == ("stem", "Foods that hold it include:")


class TestTables:
    TABLE = "| Pair | Issue | Guidance |\n|---|---|---|\n| A and B | None | Reasonable |\n| A and C | Bleeding | Ask |"

    @pytest.mark.parametrize("markdown", [True, False])
    def test_a_row_leans_on_its_head(self, *, markdown: bool) -> None:
        gap = "\n\n" if markdown else "\n"
        entry = entry_of(f"Warfarin and other medicines interact with it.{gap}{self.TABLE}{gap}", markdown=markdown)
        assert [kind for kind, _ in units(entry)] == ["sentence", "head", "row", "row"]
        assert [unit.lead for unit in entry.units if unit.kind == "row"] == [1, 1]

    @pytest.mark.parametrize(
        "lines", ["| A and B | None | Reasonable |", "| Pair | Guidance |\n| A and B | Reasonable |"]
    )
    def test_a_table_without_a_head_is_fragments(self, lines: str) -> None:
        assert {kind for kind, _ in units(under("Interactions", lines))} == {"fragment"}

    def test_a_row_with_a_cell_too_few_or_too_many_is_a_fragment(self) -> None:
        entry = under("Interactions", f"{self.TABLE}\n| A and D | Reasonable |\n| A | and | E | Reasonable |")
        assert [kind for kind, _ in units(entry)] == ["head", "row", "row", "fragment", "fragment"]

    def test_a_separator_of_another_width_makes_no_head(self) -> None:
        assert {kind for kind, _ in units(under("Interactions", self.TABLE.replace("|---|---|---|", "|---|")))} == {
            "fragment"
        }

    def test_a_pipe_within_a_cell_is_kept(self) -> None:
        assert split_row(r"| a \| b | c |") == [r"a \| b", "c"]
        assert split_row("a | b") == ["a", "b"]


class TestWhatIsNeverQuoted:
    def test_relevance_and_references_are_not(self) -> None:
        entry = under("Relevance", "This entry is relevant for:\n\n- people who run\n\nIt is for runners.")
        assert {unit.kind for unit in entry.units[2:]} == {"stem"}
        entry = under(
            "References", "Smith 2016. A trial. PMID 27933574.\n\n- Jones 2019.\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        )
        assert {unit.kind for unit in entry.units[2:]} == {"reference", "head"}
        assert not any(unit.quotable for unit in entry.units)

    def test_rules_fences_comments_and_headings_are_not(self) -> None:
        entry = under(
            "How it works",
            "It is.\n\n---\n\n```\ncode\n```\n\n<!-- It cures all. -->\n\n### It cures all\n\nIt does not.",
        )
        assert units(entry, "sentence", "item", "row", "myth", "lead") == [
            ("sentence", "It is."),
            ("sentence", "It does not."),
        ]

    @pytest.mark.parametrize("path", [*sorted(FICTIONAL.glob("*.md")), *SAMPLE], ids=lambda path: path.stem[:24])
    def test_front_matter_and_its_sales_link_are_not(self, path: Path) -> None:
        entry = parse_entry(path.read_bytes(), Stated("x", path.name))
        assert (entry.units[0].kind, entry.units[0].quotable) == ("metadata", False)
        said = [entry.words(n) for n, unit in enumerate(entry.units) if unit.quotable]
        assert not [words for words in said if "related_products" in words or "shop." in words or "slug:" in words]

    @pytest.mark.parametrize("before", ["", "\n\n", "\ufeff", " \n"])
    def test_nor_when_blank_lines_or_a_byte_order_mark_stand_before_it(self, before: str) -> None:
        entry = entry_of(
            f"{before}---\ntitle: T\nrelated_products: https://shop.example/a\n---\n\n# T\n\n## Summary\n\nIt is.\n"
        )
        assert [words for kind, words in units(entry) if kind == "sentence"] == ["It is."]
        assert entry.title == "T"
