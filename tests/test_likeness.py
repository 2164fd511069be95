"""Likeness: the metric and the neighbours, against what numpy says of them."""

import numpy as np
import pytest

from assistant.errors import SnapshotError
from assistant.index.encoder import Vectors
from assistant.index.likeness import Likeness


def vectors(rows: int, seed: int, dimensions: int = 12) -> Vectors:
    """Random vectors of length 1, most of them spread along the first direction."""
    made = np.random.default_rng(seed).standard_normal((rows, dimensions))
    made[:, 0] *= 5
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    """Of 120 entries with two units and one chunk each."""
    return Likeness.of(vectors(240, 1), vectors(120, 2), range(120))


def test_the_metric_can_measure_lengths(likeness: Likeness) -> None:
    np.testing.assert_array_equal(likeness.metric, likeness.metric.T)
    assert np.linalg.eigvalsh(likeness.metric).min() > 0


def test_where_all_texts_differ_counts_less(likeness: Likeness) -> None:
    diagonal = np.diag(likeness.metric)
    assert diagonal[0] < diagonal[1:].min()


def test_lengths_are_measured_by_the_metric(likeness: Likeness) -> None:
    for rows, lengths in ((vectors(240, 1), likeness.unit_lengths), (vectors(120, 2), likeness.chunk_lengths)):
        np.testing.assert_allclose(lengths, [np.sqrt(row @ likeness.metric @ row) for row in rows], atol=1e-3)


def test_neighbours_are_the_nearest_others_under_the_metric(likeness: Likeness) -> None:
    root = np.linalg.cholesky(likeness.metric.astype(np.float64))
    chunks = vectors(120, 2) @ root
    chunks /= np.linalg.norm(chunks, axis=1, keepdims=True)
    cosines = chunks @ chunks.T
    np.fill_diagonal(cosines, -1)
    assert likeness.neighbours.shape == (120, 4)  # one for each thirty entries
    for row in range(120):
        found = cosines[row, likeness.neighbours[row]]
        np.testing.assert_allclose(found, np.sort(cosines[row])[::-1][:4], atol=2e-3)
        np.testing.assert_allclose(likeness.nearness[row], np.maximum(found, 0), atol=2e-3)


def test_an_entry_of_several_chunks_lies_in_their_middle() -> None:
    chunks = vectors(31, 3)
    twice = np.repeat(chunks, 2, axis=0)
    one, two = Likeness.of(chunks, chunks, range(31)), Likeness.of(chunks, twice, [row // 2 for row in range(62)])
    np.testing.assert_array_equal(one.neighbours, two.neighbours)


@pytest.mark.parametrize("entries", [1, 2, 29])
def test_a_small_library_has_no_neighbours(entries: int) -> None:
    assert Likeness.of(vectors(entries, 1), vectors(entries, 1), range(entries)).neighbours.shape == (entries, 0)


def test_of_texts_that_are_all_alike_nothing_is_learned() -> None:
    same = np.repeat(vectors(1, 1), 5, axis=0)
    found = Likeness.of(same, same, range(5))
    np.testing.assert_array_equal(found.metric, np.eye(12))
    np.testing.assert_allclose(found.unit_lengths, 1, atol=1e-4)


def test_it_reads_back_as_it_was_and_the_same_library_gives_the_same_bytes(likeness: Likeness) -> None:
    data = likeness.to_bytes()
    assert Likeness.from_bytes(data).to_bytes() == data
    assert Likeness.of(vectors(240, 1), vectors(120, 2), range(120)).to_bytes() == data


@pytest.mark.parametrize("kept", [0, 10, 500])
def test_a_file_cut_short_is_refused_in_one_line(likeness: Likeness, kept: int) -> None:
    with pytest.raises(SnapshotError, match=r"^the likeness file cannot be read .*run `assistant build` again$"):
        Likeness.from_bytes(likeness.to_bytes()[:kept])
