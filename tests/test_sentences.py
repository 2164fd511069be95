"""Sentences: golden cases worked by hand, properties over any text, and pysbd as an outside oracle.

In a golden case `|` stands where a sentence must end; what is split on no `|` must stay one piece.
"""

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.library.blocks import split_blocks
from assistant.library.model import Span
from assistant.library.parse import Stated, parse_entry
from assistant.library.sentences import sentence_spans

ROOT = Path(__file__).parents[1]
GIVEN = ROOT / "corpus" / "library" / "000_6903c3b35cf1f047.txt"
SAMPLE = sorted((ROOT / "corpus" / "sample").glob("*.md"))
FICTIONAL = [path for path in sorted((ROOT / "tests" / "data" / "entries").iterdir()) if path.suffix in (".md", ".txt")]


def split(text: str) -> list[str]:
    """The sentences of a text, as words."""
    return [span.of(text) for span in sentence_spans(text, 0, len(text))]


@pytest.mark.parametrize(
    "case",
    [
        # Abbreviations.
        "Doses (e.g., 400-600 mg/day) are not anchored.|Oxide is cheap.",
        "Leafy plants, e.g. Swiss chard, hold some.|So do nuts.",
        "It is fat-soluble, i.e. Fat helps.|Take note.",
        "Iron vs. Zinc was not tested.|Copper was.",
        "Daily dosing vs. weekly dosing made no difference.|Both raised levels.",
        "A dose of approx. 400 mg was used.|It was split.",
        "Wienecke et al. 2016 ran it.|Others did not.",
        "As Smith et al. The Lancet reported, it rose.|Nobody agreed.",
        "See cf. Pitre 2021 for sleep.|Then stop.",
        "Dr. Mah and Prof. Pitre agreed.|St. John's wort differs.",
        "It was funded by Halden Nutrition Ltd. Its sales rose.",
        "Ginger, mint, galangal etc.|Trials are few.",
        "The U.S. Food and Drug Administration banned it.|Sales fell.",
        "Taken at 9 a.m. Participants then slept.",
        "Given i.v. Magnesium acts at once.|Given by mouth it does not.",
        "Taken b.i.d. With food it is gentler.",
        "It came from J. Nutr. 2010 and Am. J. Clin. Nutr. 2009.|Neither is recent.",
        "By a Ph.D. Student it was read.|Good.",
        "Lactobacillus spp. Strains differ.|So do doses.",
        "The max. 400 mg is a limit.|The min. 20 mg is not.",
        "They rested for 30 min.|Then they ate.",
        # Numbers.
        "It gives 144 mg per 1.5-2 g salt.|It is not cheap.",
        "The ratio was 0.72 (95% CI 0.57 to 0.91).|Women differed.",
        "The effect was clear, p < 0.05.|In men it was not.",
        "It rose (p < 0.05).|It fell (p = 0.2).",
        "In all, 3,667 people took part.|Of those, 12 left.",
        "It was set in 2020.|The next is due.",
        "The rate was 0.5.|12 trials agreed.",
        "It was sold from Oct. 1992 to Jun. 1993.|Then not.",
        "Advice: 1. Sleep more.|2. Eat less.|It suits women.|(IA) 8. The last is unsure.",
        "They were in arm 2.|The rest were not.",
        "Doses ran to 400 mg/day.|Above that nobody went.",
        "It was 5 μg.|It was 5 µg/kg.|It was 5 mcg.",
        "See No. 5 for salt.|See nos. 3 and 4 for iron.",
        "The answer is no.|Trials do not show it.",
        "See Fig. 2 and Figs. 3-4.|See Ref. 12, vol. 3, pp. 12-19.",
        "Up to 25 °C.|Above it, nothing.",
        "About 0·1 g/d went with an RR of 1·057 (95 % CI 1·042, 1·073).|It was weak.",
        "1. Take stock of sleep.|2. Note the dose.|3. Stop there.",
        # What may open a sentence.
        "Clearance falls.|eGFR below 30 needs care.",
        "Fish hold it.|n-3 fats matter.",
        "It was studied.|mTOR was not.",
        "It dissolves.|pH matters.",
        "Some is stored.|α-tocopherol is one form.",
        "It is a vitamin.|25(OH)D is measured.",
        "It is a hormone.|5-HT is made from it.",
        "It was even.|≥20 ng/mL was the mark.",
        "Costs rose.|£20 million was spent.",
        "It has a name.|Šimunović 2019 gave it.",
        "It fell. iron did not.",
        "It fell vs. non-haem iron.|So it is.",
        # Single letters.
        "In E. coli it grew.|In S. boulardii it did not.",
        "Counts of E. Coli fell.|Others rose.",
        "It was read by J. Smith and C. J. Jones.|They agreed.",
        "It is vitamin D.|Trials differ.",
        "They took vitamins C and E.|Trials differ.",
        "It was vitamin C.|The rest was sugar.",
        "It was hepatitis B.|Care is needed.",
        "They were in group A.|The others were not.",
        "It is coenzyme A.|Heat destroys it.",
        "Men complain of ED.|Trials are few.",
        # Brackets.
        "It rose (Mah and Pitre 2021 SR/MA).|Others found none.",
        "It helps (see the form entry, 3ca17b72. It says more) in part.|So be it.",
        "(Some trials differ.)|The next one does not.",
        "[Not in people. Only in mice.]|It is unsure.",
        "It rose (see Table 2.) The next line is not sure.",
        "It rose (unclosed and so on.|Then it fell.",
        "It rose (unclosed.|Then (e.g. Smith. And Jones) it fell.|It ended.",
        "It rose SR/MA).|Then it fell.",
        "a) First it rose. b) Second it fell.",
        "It has three steps: (1) it holds; it slows.|(2) It spares.|(3) It sets.",
        "(a) It holds.|(b) It spares.|(ii) It sets.",
        "(1) … (2) … (3) … all hold.|The end.",
        "It rose (one. Two. Three. " + "Four five six. " * 40 + "Seven).|Then it fell.",
        "It rose ([6]-gingerol (ginger. Root)).|It fell.",
        "Sleep got better.[3,4]|Mood did not.[5]|Pain rose.¹²|It fell.",
        # Quotation marks, emphasis, stops of other kinds.
        "They said, “Sleep more. Eat less.” often.|It helped.",
        "“Not now. Not here.”|So they said.",
        "An “unclosed mark.|And more.",
        'They asked "does it work?"|The reply was "not yet."|So it stands.',
        "The label said “safe.”|It was not.",
        "Does it help?|It may!|Nobody knows.",
        "It rose…|The next fell.",
        "It rose ... The next fell.",
        "**Dose.**|Trials used *20 mg.*|**Most** did.",
        "It is **not safe.**|Ask first.",
        "It joined a gain and a limit; the limit is large.|So read both.",
        "Kidney disease (eGFR below 30): care is needed; it builds up.|Older adults: none.",
        "It was long,\nand wrapped.|The next\nwas too.",
        "It rose.\u00a0|Then it stayed, after a hard space.",
        "No stop at all",
        "It ran on.Then no space came.",
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(case: str) -> None:
    assert split(case.replace("|", " ")) == [part.strip() for part in case.split("|")]


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        (2, ["33260549).", "excretion.", "feedback.", "pNN50.", "guidelines."]),
        (3, ["(cortisol).", "excretion.", "excitation.", "excitability.", "restoration.", "hydroxylase."]),
        (5, ["repletion.", "applications.", "(3ca17b72)."]),
        (7, ["studies.", "recommendations.", "disturbance."]),
        (8, ["hypermagnesaemia.", "SR/MA).", "context.", "population."]),
    ],
)
def test_the_given_entry_is_split_where_it_should_be(line: int, ends: list[str]) -> None:
    words = GIVEN.read_text(encoding="utf-8").split("\n")[line - 1]
    assert [sentence.split()[-1] for sentence in split(words)] == ends


@given(st.text(alphabet=st.sampled_from("aB1 .,;:!?…()[]\"'“”*_\n\u00a0vs|-é"), max_size=200))
@settings(max_examples=300, deadline=None)
def test_sentences_tile_their_stretch(text: str) -> None:
    spans = sentence_spans(text, 0, len(text))
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    assert edges == sorted(edges)
    assert all(not text[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True))
    assert all(span.of(text) == span.of(text).strip() for span in spans)


@given(st.text(max_size=40), st.text(max_size=120), st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_what_lies_outside_the_stretch_changes_nothing(before: str, text: str, after: str) -> None:
    inside = sentence_spans(text, 0, len(text))
    moved = sentence_spans(before + text + after, len(before), len(before) + len(text))
    assert moved == [Span(span.start + len(before), span.end + len(before)) for span in inside]


def _continues_in_small_letters(words: str) -> bool:
    """Whether words look like the rest of a sentence: they open small, on no term such as eGFR, n-3 or α-."""
    first = words.lstrip("\"'“‘«([*_-•+ \t")
    return first[:1].islower() and not (
        first[1:4] != first[1:4].lower() or first[1:2] in ("-", ")") or first[:1] > "\u0370"
    )


@pytest.mark.parametrize("path", [GIVEN, *SAMPLE, *FICTIONAL], ids=lambda path: path.stem[:24])
def test_no_unit_starts_in_the_middle_of_a_sentence(path: Path) -> None:
    # A dropped "not" begins here: the half of a sentence that stands after an abbreviation.
    entry = parse_entry(path.read_bytes(), Stated("x", path.name))
    sentences = [
        entry.words(n) for n, unit in enumerate(entry.units) if unit.kind in ("sentence", "myth", "lead", "disclaimer")
    ]
    assert len(sentences) > 20
    assert [words for words in sentences if _continues_in_small_letters(words)] == []


def _segmenter() -> Callable[[str], list[str]]:
    """pysbd, or a skipped test: it is no dependency, and warns as it is compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pysbd: Any = pytest.importorskip("pysbd", reason="pysbd, the outside oracle, is not installed")
        made = pysbd.Segmenter(language="en", clean=False)

    def segment(words: str) -> list[str]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [str(part) for part in made.segment(words)]

    return segment


def _ends(parts: list[str]) -> set[int]:
    """Where each part but the last ends, counted in characters that are not white space."""
    total, found = 0, set()
    for part in parts:
        total += len("".join(part.split()))
        found.add(total)
    return found - {total}


def test_boundaries_are_those_of_pysbd() -> None:
    segment = _segmenter()
    ours = theirs = both = paragraphs = lost = 0
    odd: list[str] = []
    for path in (GIVEN, *SAMPLE, *FICTIONAL):
        text = path.read_text(encoding="utf-8")
        markdown = path.suffix == ".md"
        body = text.index("\n---\n") + 5 if markdown else 0
        for block in split_blocks(text, body, markdown=markdown):
            words = block.span.of(text)
            if block.kind != "paragraph" or "|" in words:
                continue
            parts = segment(words)
            if "".join("".join(parts).split()) != "".join(words.split()):
                lost += 1
                continue  # pysbd has lost words here; it cannot judge
            mine, other = _ends(split(words)), _ends(parts)
            paragraphs += 1
            ours += len(mine)
            theirs += len(other)
            both += len(mine & other)
            odd += [f"{path.stem[:16]}: {words[:40]!r}"] if mine - other else []
    # Measured 2026-11: 380 paragraphs, none lost; 744 boundaries of ours, 744 of pysbd's, all 744 the same. Elsewhere,
    # on 3,600 passages of abstracts, a textbook and patient pages, 0.997 to 0.998 of ours were pysbd's and 0.91 to 0.98
    # of its were ours; some hundred that it lacks were read by hand: all but a few ended a sentence ("vitamin D. The").
    assert (paragraphs >= 350, lost <= 10, ours >= 700) == (True, True, True)
    assert both / ours >= 0.99, odd
    assert both / theirs >= 0.95


@pytest.mark.parametrize(
    "piece", [".", ". ", "(", "()", "A. ", "Aa. ", "(A. ", ".)", "…", ".*", "a", ") ", "1. ", "[1]", "e.g. ", "e.g. A "]
)
def test_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        sentence_spans(text, 0, len(text))
        return time.process_time() - started

    # Eight times the text: eight times the time when linear, sixty-four when quadratic. One fair run of three will do.
    assert any(seconds(40_000) < 24 * seconds(5_000) + 0.1 for _ in range(3))
