"""The labels of marks fit the corpus, and the measures over them match counts made by hand."""

from pathlib import Path

import pytest
from eval.ask import Json, Reply
from eval.cautions import Probe, caution_measures, probe_measures, probes_of
from eval.judge import Judged, judge
from eval.labelled import Labelled, Place
from eval.marks import HALVES, HandLabel, hand_labels, link_measures, mark_measures

from assistant.library.manifest import load_library
from assistant.library.model import Library

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def corpus_library() -> Library:
    """The whole corpus."""
    return load_library(ROOT / "corpus")


@pytest.fixture(scope="module")
def labels(corpus_library: Library) -> dict[Place, HandLabel]:
    """The hand labels."""
    return hand_labels(corpus_library)


def test_every_quotable_unit_of_nine_entries_has_one_label(
    labels: dict[Place, HandLabel], corpus_library: Library
) -> None:
    owners = {place[0] for place in labels}
    assert len(owners) == 9
    for owner in owners:
        units = corpus_library.by_id[owner].units
        assert {(owner, n) for n, unit in enumerate(units) if unit.quotable} == {p for p in labels if p[0] == owner}
        assert len({label.half for place, label in labels.items() if place[0] == owner}) == 1


def test_only_cautions_name_whom_they_are_for_and_only_limits_limit(labels: dict[Place, HandLabel]) -> None:
    for place, label in labels.items():
        assert not label.names or "caution" in label.marks, place
        assert not label.limits or label.marks & {"limiter", "conflict"}, place
        assert place not in label.limits


@pytest.mark.parametrize("half", HALVES)
def test_rules_find_eight_cautions_and_limits_of_ten_on_either_half(
    half: str, labels: dict[Place, HandLabel], corpus_library: Library
) -> None:
    found = {each.name: each.value for each in mark_measures(labels, corpus_library, half)}
    for name in ("dose, recall", "caution, recall", "limiter, recall", "caution, precision"):
        value = found[name]
        assert value is not None
        assert value >= 0.8, name
    assert all(each.n > 0 for each in link_measures(labels, corpus_library, half))


def record(*quotes: tuple[str, int]) -> Json:
    """An answer that quotes units of the given entry in these roles."""
    return {
        "status": "answered",
        "reason": None,
        "quotes": [
            {
                "role": role, "label": None, "text": "400 mg", "sha256": "", "start": 0, "end": 1,
                "units": [unit, unit], "section": "summary",
                "entry": {"id": "magnesium-stress", "title": "", "last_reviewed": "", "url": ""},
            }
            for role, unit in quotes
        ],
    }  # fmt: skip


def judged(question: str, library: Library, *quotes: tuple[str, int]) -> Judged:
    """A question with the answer of these quotations."""
    labelled = Labelled(
        question, "dev", question, "other", True, frozenset(), frozenset(), False, "plain", "magnesium", False
    )
    return judge("given", labelled, Reply(record(*quotes), None, (), 0.0), library)


def test_the_measures_match_counts_made_by_hand(labels: dict[Place, HandLabel], corpus_library: Library) -> None:
    # Unit 4 is a dose and a benefit, limited by 5; 23 and 24 are cautions that name kidney disease; 28 names steroids.
    answers = [
        judged("how much", corpus_library, ("answer", 4), ("qualifier", 5), ("caution", 23)),
        judged("how much with kidney disease", corpus_library, ("answer", 4), ("caution", 23)),
        judged("how much with prednisolone", corpus_library, ("answer", 4), ("caution", 28)),
        judged("which foods", corpus_library, ("answer", 12)),
    ]
    found = {each.name: (each.value, each.n) for each in caution_measures(answers, labels)}
    assert found["caution recall"] == (1.0, 3)
    assert found["cautions naming what is asked"] == (2 / 3, 3)
    assert found["questions with every such caution"] == (0.5, 2)
    assert found["orphan doses"] == (2 / 3, 3)
    assert found["accompanying quotations"] == (1.0, 4)


def test_probes_ask_of_every_name_once_a_form_and_count_what_they_meet(
    labels: dict[Place, HandLabel], corpus_library: Library
) -> None:
    probes = list(probes_of(labels, corpus_library))
    asked = [probe.question for probe in probes]
    assert "Is magnesium safe with kidney disease?" in asked
    assert len({(probe.entry, probe.question) for probe in probes}) == len(probes)
    assert all(probe.cautions for probe in probes)
    probe = Probe("dev", "magnesium-stress", "?", "kidney disease", frozenset({("magnesium-stress", 23)}))
    met, every, bare = probe_measures([(probe, record(("answer", 23))), (probe, record(("answer", 4)))])
    assert (met.value, every.value, bare.value) == (0.5, 0.5, 0.5)
