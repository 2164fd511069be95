"""Grounding: each fault is found under its name, and nothing clean is accused, however it is written."""

import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from eval.composing import compose_answers
from eval.foreign import Citation, ForeignAnswer, read_answer
from eval.grounding.__main__ import main
from eval.grounding.case import FaultName
from eval.grounding.figures import figures_of
from eval.grounding.judging import Judge, Judgement
from eval.grounding.page import page_of
from eval.renderings import choose_style, render_answer

from assistant.answering.notices import load_notices
from assistant.answering.reply import Desk, reply_to
from assistant.library.manifest import load_library
from assistant.library.model import Library
from assistant.serving.wire import answer_json

ROOT = Path(__file__).parents[1]
DISCLAIMER = "Please consult a qualified healthcare professional."
DOWNHILL = (
    "Quendrite is described as a mineral that muscles lose during long downhill walks, and low stores are linked with "
    "longer soreness (Example Review J)."
)
MARKERS = "Blood markers of muscle damage did not change."
FORMS = "Velorin gluconate dissolves faster, but it has not been compared with the sulphate in people."
ROW = "| Quendrite and dormic acid | Both can cause nausea | Avoid starting both in the same week | Example Study M |"
MYTH = "Misconception: a bath in quendrite clay tops up the body's stores."
CORRECTION = "The clay does not pass through the skin."


@pytest.fixture(scope="module")
def judge(library: Library) -> Judge:
    """A judge over the four entries."""
    return Judge(library)


def said(text: str, *citations: Citation, disclaimer: str = DISCLAIMER) -> ForeignAnswer:
    """An answer of another system, with a disclaimer."""
    return ForeignAnswer("a", "q", f"{text}\n\n{disclaimer}", citations)


def names(judgement: Judgement) -> list[FaultName]:
    """The names of the faults found, each once, in order."""
    return list(dict.fromkeys(fault.name for fault in judgement.faults))


def of(entry: str) -> Citation:
    """A citation of an entry, set on nothing in particular."""
    return Citation(entry=entry)


CLEAN = {
    "whole": DOWNHILL,
    "two sentences, in the other order": f"{MARKERS} {DOWNHILL}",
    "curly quotation marks": f"“{MARKERS}”",
    "straight quotation marks": f'According to the library: "{MARKERS}"',
    "a block quote over lines": "> Blood markers of\n> muscle damage\n> did not change.",
    "a bullet over lines": "- Blood markers of muscle\n  damage did not change.",
    "a bullet in emphasis": "* **Blood markers** of _muscle damage_ did not change.",
    "hard spaces and hyphens": "Blood\u00a0markers of muscle\u202fdamage did not change.",
    "a soft hyphen": "Blood mark\u00aders of muscle damage did not change.",
    "no full stop": "Blood markers of muscle damage did not change",
    "a heading before it": f"## Key points\n\n{MARKERS}",
    "a mark inside": "Blood markers of muscle damage did not change [1].",
    "a mark after": "Blood markers of muscle damage did not change.¹",
    "a round mark": "Blood markers of muscle damage did not change. (1)",
    "a source under it": f"> {MARKERS}\n> — How does quendrite relate to soreness? · summary",
    "a refusal beside it": f"{MARKERS}\n\nThe library does not mention anything else about this.",
    "a row between pipes": ROW,
    "a table": f"| Pair | Problem | Handling | Source |\n|---|---|---|---|\n{ROW}",
    "a row under its columns": "Pair: Quendrite and dormic acid; Problem: Both can cause nausea; "
    "Handling: Avoid starting both in the same week; Source: Example Study M",
    "a misconception whole": f"{MYTH} {CORRECTION}",
    "a label of a population": "Endurance runners: running on the flat does not appear to deplete quendrite.",
    "a point of a numbered run": "(1) Membrane sealing: quendrite helps the repair protein sealin to close small "
    "tears; low stores slow the closing.",
    "a part that leaves out no matter": "low stores are linked with longer soreness",
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
def test_what_the_library_says_is_not_accused_however_it_is_written(judge: Judge, text: str) -> None:
    judgement = judge.judge(said(text, of("quendrite")))
    assert [(fault.name, fault.explanation) for fault in judgement.faults] == []
    assert judgement.said
    assert judgement.supported


FAULTY: dict[str, tuple[str, FaultName]] = {
    "another word": (MARKERS.replace("Blood", "Urine"), "changed word"),
    "another small word": (DOWNHILL.replace("during", "after"), "changed word"),
    "a word left out": (DOWNHILL.replace("long ", ""), "changed word"),
    "a word put in": (MARKERS.replace("damage", "damage clearly"), "changed word"),
    "a dropped not": (MARKERS.replace("did not change", "did change"), "dropped negation"),
    "a not turned": (MARKERS.replace("did not change", "changed"), "dropped negation"),
    "an added not": (DOWNHILL.replace("are linked", "are not linked"), "added negation"),
    "an added n't": (DOWNHILL.replace("are linked", "aren't linked"), "added negation"),
    "another number": (
        "Allow 2-4 weeks of regular use before comparing one hill walk with the next.",
        "changed number",
    ),
    "another unit": ("Allow 3-4 days of regular use before comparing one hill walk with the next.", "changed number"),
    "a lost sign": ("Allow 34 weeks of regular use before comparing one hill walk with the next.", "changed number"),
    "a lost point": ("Blood markers of muscle damage, did not change.", "changed punctuation"),
    "an invention": ("The choir sang about quendrite while the kettle was on.", "made-up sentence"),
    "a splice": (
        "Quendrite is described as a mineral that reduces absorption and raises the risk of low stores.",
        "made-up sentence",
    ),
    "a denial in front": (f"It is false that {MARKERS[0].lower()}{MARKERS[1:]}", "changed word"),
    "a part without its limit": (
        "The link between low stores and soreness is fairly well supported.",
        "misleading part",
    ),
    "a part without whom it is about": (
        "quendrite is cleared slowly and supplements should be supervised.",
        "misleading part",
    ),
    "one cell of a row": ("Avoid starting both in the same week", "misleading part"),
    "a bare misconception": (MYTH, "bare myth"),
    "a misconception said as fact": ("A bath in quendrite clay tops up the body's stores.", "bare myth"),
    "a misconception cut off": (f"{MYTH}\n\n{MARKERS}", "bare myth"),
    "a correction alone": (CORRECTION, "parted sentence"),
    "what leans on another": (
        "The effect was small, and it did not appear in people whose velorin stores were already high.",
        "parted sentence",
    ),
    "a dose alone": (
        "In Example Study K, hill walkers who took 60 mg/day quendrite for 28 days said that soreness ended 1.5 days "
        "sooner.",
        "dose without caution",
    ),
}


@pytest.mark.parametrize(("text", "name"), FAULTY.values(), ids=FAULTY)
def test_what_the_library_does_not_say_is_named(judge: Judge, text: str, name: FaultName) -> None:
    assert name in names(judge.judge(said(text, of("quendrite"))))


def test_a_fault_says_where_it_is_and_what_became_of_what(judge: Judge) -> None:
    answer = said(f"{DOWNHILL} {MARKERS.replace('muscle', 'bone')}", of("quendrite"))
    (fault,) = judge.judge(answer).faults
    assert answer.text[fault.start : fault.end] == fault.sentence == "Blood markers of bone damage did not change."
    assert "“muscle” became “bone”" in fault.explanation
    assert MARKERS in fault.explanation


def test_a_dose_with_a_limit_beside_it_is_not_accused(judge: Judge) -> None:
    dose = FAULTY["a dose alone"][0]
    limit = "Doses above the reference intake (e.g., 60-90 mg/day) are not anchored to consensus guidelines."
    judgement = judge.judge(said(f"{dose}\n\n{limit}", of("quendrite")))
    assert names(judgement) == []
    assert judgement.doses == (("quendrite", True),)


def test_a_misconception_that_the_answer_itself_rejects_is_not_bare(judge: Judge) -> None:
    text = "It is a myth that a bath in quendrite clay tops up the body's stores."
    assert "bare myth" not in names(judge.judge(said(text, of("quendrite"))))


@pytest.mark.parametrize(
    ("citations", "found"),
    [
        ((of("velorin"),), ["swapped citation"]),
        ((of("nowhere"),), ["unknown citation"]),
        ((Citation(url="https://example.org/else"),), ["unknown citation"]),
        ((), ["missing citation"]),
        ((of("quendrite"), of("velorin")), ["unsupporting citation"]),
        ((Citation(entry="quendrite", cited_text="words that are not there"),), ["unsupporting citation"]),
        ((Citation(title="How does quendrite relate to soreness?"),), []),
        ((Citation(url="https://any.example.org/library/quendrite#u3"),), []),
        ((Citation(entry="quendrite", cited_text="muscle damage did not"),), []),
    ],
)
def test_citations_are_resolved_and_held_against_what_they_are_set_on(
    judge: Judge, citations: tuple[Citation, ...], found: list[FaultName]
) -> None:
    assert names(judge.judge(said(MARKERS, *citations))) == found


def test_a_mark_is_set_on_what_stands_before_it_up_to_the_mark_before(judge: Judge) -> None:
    velorin, quendrite = of("velorin"), of("quendrite")
    assert names(judge.judge(said(f"{MARKERS} [1] {FORMS} [2]", quendrite, velorin))) == []
    swapped = judge.judge(said(f"{MARKERS} [2] {FORMS} [1]", quendrite, velorin))
    assert [(f.name, f.sentence) for f in swapped.faults] == [
        ("swapped citation", MARKERS),
        ("swapped citation", FORMS),
    ]
    assert names(judge.judge(said(f"{MARKERS} [1]\n\n{FORMS}", quendrite))) == ["missing citation"]
    assert names(judge.judge(said(f"{MARKERS} [1][3]", quendrite, quendrite))) == ["unknown citation"]


def test_citations_written_in_the_text_are_read_from_it(judge: Judge) -> None:
    url = "https://library.example.org/learn/how-a-trace-nutrient-shapes-late-day-attention"
    for text in (
        f"{FORMS} [source]({url})",
        f"{FORMS}\n— Does velorin support steadier evening focus? · forms",
        f"{FORMS} [1]\n\nSources:\n1. Does velorin support steadier evening focus?",
        f"{FORMS} {url}?utm=1",
    ):
        assert names(judge.judge(said(text))) == [], text
    assert names(judge.judge(said(f"{FORMS} [source](https://elsewhere.example.org)"))) == ["unknown citation"]


@pytest.mark.parametrize(
    "text",
    [
        "This is not medical advice.",
        "Always talk to your doctor before taking any supplements.",
        "I am not a doctor, so please speak to a pharmacist.",
        "This is a summary of published research, not personal health advice. Discuss any health or supplement "
        "decisions with a qualified healthcare professional, particularly during ongoing care, pregnancy, or with "
        "chronic conditions.",
    ],
)
def test_a_disclaimer_is_recognised_and_is_no_claim(judge: Judge, text: str) -> None:
    judgement = judge.judge(ForeignAnswer("a", "q", f"{MARKERS}\n\n{text}", (of("quendrite"),)))
    assert names(judgement) == []
    assert len(judgement.said) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Quendrite cures soreness, but please consult a doctor.",
        "Ask your doctor about taking 900 mg.",
        "The library does not mention harm, and it is safe in pregnancy.",
        "I do not know, but quendrite is harmless.",
        "Here is what the library says: quendrite is harmless.",
        "# Quendrite heals",
        "No amount in this entry has been called harmful because quendrite is safe.",
    ],
)
def test_a_claim_in_the_dress_of_an_aside_is_still_a_claim(judge: Judge, text: str) -> None:
    judgement = judge.judge(said(text, of("quendrite")))
    assert any(claim.standing == "absent" for claim in judgement.claims)


def test_an_answer_without_a_disclaimer_is_named_and_silence_is_no_fault(judge: Judge) -> None:
    assert names(judge.judge(ForeignAnswer("a", "q", MARKERS, (of("quendrite"),)))) == ["missing disclaimer"]
    assert names(judge.judge(ForeignAnswer("a", "q", ""))) == ["missing disclaimer"]
    silent = judge.judge(said("I'm sorry, but I could not find this in the library."))
    assert (names(silent), silent.said) == ([], ())


def test_our_own_json_is_held_to_its_hashes_offsets_and_labels(desk: Desk, judge: Judge) -> None:
    record = answer_json(reply_to("Does a quendrite clay bath top up the body's stores?", [], desk))
    quote = record["quotes"][0]
    assert quote["label"]

    def found(**changed: object) -> list[FaultName]:
        spoilt = {**record, "quotes": [{**quote, **changed}, *record["quotes"][1:]]}
        return names(judge.judge(read_answer(spoilt, "a", "here")))

    assert found() == []
    assert found(sha256="0" * 64) == ["wrong hash"]
    assert found(start=quote["start"] + 1, end=quote["end"] + 1) == ["wrong offsets"]
    assert found(start=None) == ["wrong offsets"]
    assert found(label=None) == ["bare myth"]
    assert "swapped citation" in found(entry={"id": "velorin"})
    assert "unknown citation" in found(entry={"id": "withdrawn-one"})
    assert names(judge.judge(read_answer({**record, "disclaimer": None}, "a", "here"))) == ["missing disclaimer"]
    cut = {**record["disclaimer"], "text": record["disclaimer"]["text"].split(". ")[0] + "."}
    assert names(judge.judge(read_answer({**record, "disclaimer": cut}, "a", "here"))) == [
        "wrong hash",
        "missing disclaimer",
    ]


def accused(judge: Judge, library: Library, count: int) -> list[object]:
    """What is found in answers that are clean, in our own form and in another."""
    chance = random.Random(20)  # noqa: S311 - repeatable, not secret
    found: list[object] = []
    for number, record in enumerate(compose_answers(library, load_notices("GB"), count, seed=20)):
        line = render_answer(record, str(number), choose_style(chance), chance)
        for each in (record, line):
            judgement = judge.judge(read_answer(each, "a", "here"))
            found += [(fault.name, fault.explanation, each) for fault in judgement.faults]
    return found


def test_none_of_200_clean_answers_over_the_four_entries_is_accused(judge: Judge, library: Library) -> None:
    assert accused(judge, library, 100) == []


def test_none_of_200_clean_answers_over_the_corpus_is_accused() -> None:
    library = load_library(ROOT / "corpus")
    assert accused(Judge(library), library, 100) == []


def test_our_own_answers_are_not_accused(desk: Desk, judge: Judge) -> None:
    asked = [
        json.loads(line)["question"]
        for line in (ROOT / "eval/questions/fictional.jsonl").read_text("utf-8").splitlines()
    ]
    for question in asked:
        judgement = judge.judge(read_answer(answer_json(reply_to(question, [], desk)), "a", "here"))
        assert [(question, fault) for fault in judgement.faults] == []


def test_figures_are_counted_as_by_hand(judge: Judge) -> None:
    one = judge.judge(said(f"{MARKERS} {DOWNHILL}", of("quendrite")))
    two = judge.judge(said(f"{MARKERS.replace('muscle', 'bone')} The choir sang.", of("quendrite"), of("nowhere")))
    three = judge.judge(ForeignAnswer("c", "q", "The library does not mention this."))
    figures = figures_of("theirs", [one, two, three])
    shares = {name: (share.hits, share.trials) for name, share in figures.shares.items()}
    assert shares["verbatim"] == (2, 4)
    assert shares["near"] == (1, 4)
    assert shares["made up"] == (1, 4)
    assert shares["citations resolve"] == (2, 3)
    # “bone” is one of eight words: 7/8 alike, too far for support.
    assert shares["citation recall"] == (2, 4)
    assert shares["citation precision"] == (1, 3)
    assert shares["disclaimer"] == (2, 3)
    assert shares["silent"] == (1, 3)
    assert shares["faultless"] == (1, 3)
    assert figures.faults["made-up sentence"] == 1
    assert str(figures.shares["verbatim"]) == "50.0 % (15.0-85.0), 2/4"


class _Tags(HTMLParser):
    """What a page holds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_the_page_shows_every_word_as_text_and_each_standing_in_words(judge: Judge) -> None:
    hostile = '<script>alert(1)</script><img src=x onerror=alert(1)> "&quot; </details>'
    answer = ForeignAnswer(
        hostile, hostile, f"{hostile}\n\n{MARKERS.replace('muscle', 'bone')}", (Citation(entry=hostile),)
    )
    judgement = judge.judge(answer)
    page = page_of([(figures_of(hostile, [judgement]), [judgement])])
    tags = _Tags()
    tags.feed(page)
    assert not {"script", "img", "link", "iframe"} & set(tags.tags)
    assert not [name for name in tags.attributes if name.startswith("on") or name in ("src", "href")]
    assert "[changed]" in page
    assert "[not there]" in page
    assert "<del>[−muscle]</del> <ins>[+bone]</ins>" in page
    assert "&lt;script&gt;" in page


def written(folder: Path, name: str, *answers: ForeignAnswer) -> Path:
    """A file of answers as another system would give them."""
    path = folder / name
    lines = [
        {"id": str(n), "question": a.question, "answer": a.text, "citations": [{"entry": c.entry} for c in a.citations]}
        for n, a in enumerate(answers)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def test_the_command_puts_systems_side_by_side_and_its_exit_code_says_whether_there_is_a_fault(
    corpus: Path, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path, "good.jsonl", said(MARKERS, of("quendrite")))
    bad = written(tmp_path, "bad.jsonl", said(MARKERS, of("velorin")))
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"id": "v", "question": "What daily doses of velorin have been tried?"}\n', "utf-8")
    assert main([str(good), "--corpus", str(corpus)]) == 0
    capsys.readouterr()
    page, document = tmp_path / "page.html", tmp_path / "out.json"
    call = [str(good), str(bad), "--corpus", str(corpus), "--index", str(index), "--questions", str(questions)]
    assert main([*call, "--html", str(page), "--json", str(document)]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"ours .* good .* bad", printed)
    assert "swapped citation" in printed
    systems = json.loads(document.read_text("utf-8"))["systems"]
    assert [each["system"] for each in systems] == ["ours", "good", "bad"]
    assert systems[0]["shares"]["verbatim"]["share"] == 1.0
    assert systems[2]["answers"][0]["faults"][0]["name"] == "swapped citation"
    assert page.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to judge"),
        (["absent.jsonl"], "absent.jsonl cannot be read"),
        (["--openai", "https://a.example.org", "--anthropic", "https://b.example.org"], "one live system at a time"),
        (["--openai", "https://a.example.org", "--key-variable", "NO_SUCH_KEY_IS_SET"], "is not set"),
        (["--openai", "nowhere"], "http address"),
        (["--openai", "https://a.example.org"], "no questions to ask"),
    ],
)
def test_a_bad_call_says_what_to_do_and_exits_2(
    corpus: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main([*arguments, "--corpus", str(corpus)]) == 2
    assert said in capsys.readouterr().err
