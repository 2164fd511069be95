"""Near: a large library is searched without scoring every row, and finds what scoring every row would find."""

from pathlib import Path

import numpy as np
import pytest
from eval.vectors import made_up

from assistant.answering.question import read_question
from assistant.answering.reply import Desk, open_desk, reply_to
from assistant.answering.search import search_units
from assistant.errors import SnapshotError
from assistant.index import build
from assistant.index.build import build_snapshot
from assistant.index.dense import DenseIndex, NearIndex
from assistant.index.embedded import as_embedded
from assistant.index.moments import Moments
from assistant.index.snapshot import load_snapshot
from assistant.library.model import Library
from assistant.settings import PACKAGED_ENCODER

QUESTIONS = (
    "Which foods are rich in magnesium?",
    "How much magnesium was given in the trials?",
    "Does velorin interact with warfarin?",
    "What is the weather like in Oslo?",
)


@pytest.fixture(scope="module")
def large(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The desk of the four entries, built as a library of many would be."""
    index: Path = tmp_path_factory.mktemp("large")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(build, "EXACT", 0)
        build_snapshot(library, index, PACKAGED_ENCODER)
    return open_desk(load_snapshot(index, PACKAGED_ENCODER), "GB")


def test_a_large_library_answers_as_if_every_row_were_scored(large: Desk, desk: Desk) -> None:
    assert as_embedded(large.snapshot.engine).near
    assert not as_embedded(desk.snapshot.engine).near
    for question in QUESTIONS:
        reading = read_question(question, [], desk.vocabulary)
        vector = desk.snapshot.encoder.encode(question)
        found, wanted = (search_units(each.weigher.passages, reading, vector) for each in (large, desk))
        assert [each.row for each in found] == [each.row for each in wanted]
        for one, other in zip(found, wanted, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-4)
            assert one.unit_cosine == pytest.approx(other.unit_cosine, abs=1e-5)
        assert [each.text for each in reply_to(question, [], large).quotes] == [
            each.text for each in reply_to(question, [], desk).quotes
        ]


def test_only_rows_that_are_allowed_are_found_and_few_are_found_wherever_they_lie() -> None:
    vectors, query = made_up(6_000, 1), made_up(1, 2)[0]
    index, exact = NearIndex.of(vectors), DenseIndex.of(vectors).scores(query)
    allowed = np.arange(5, 6_000, 100)
    found = index.nearest(query, 10, allowed)
    assert set(found.tolist()) <= set(allowed.tolist())
    assert len(set(found.tolist()) & set(allowed[np.argsort(-exact[allowed])[:10]].tolist())) >= 9


def test_most_of_the_nearest_are_found_among_many() -> None:
    vectors, queries = made_up(30_000, 1), made_up(50, 2)
    index, exact = NearIndex.of(vectors), DenseIndex.of(vectors)
    shares = []
    for query in queries:
        best = set(np.argsort(-exact.scores(query))[:10].tolist())
        shares.append(len(best & set(index.nearest(query, 10).tolist())) / 10)
    assert np.mean(shares) >= 0.95


def test_moments_are_the_mean_and_the_spread_of_all_scores() -> None:
    vectors, query = made_up(2_000, 1), made_up(1, 2)[0]
    counts = np.arange(2_000) % 3
    moments = Moments.from_bytes(Moments.of(vectors, counts).to_bytes())
    scores = vectors @ query
    counted = np.repeat(scores, counts)
    assert moments.z_scores(scores, query) == pytest.approx((scores - counted.mean()) / counted.std(), abs=1e-3)


def test_what_is_no_such_index_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"nothing", DenseIndex.of(made_up(10, 1)).to_bytes()):
        (tmp_path / "near").write_bytes(data)
        with pytest.raises(SnapshotError, match="cannot be read"):
            NearIndex.in_place(tmp_path / "near")
