"""Dense search: faiss must say what numpy says, for every row, and give back what it was given."""

import faiss
import numpy as np
import pytest

from assistant.errors import SnapshotError
from assistant.index.dense import DenseIndex
from assistant.index.encoder import Vectors


def unit_vectors(rows: int, dimensions: int = 24, seed: int = 1) -> Vectors:
    """Random vectors of length 1."""
    made = np.random.default_rng(seed).standard_normal((rows, dimensions)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize("rows", [1, 2, 3, 100, 5000])
def test_scores_are_numpys_inner_products_in_row_order(rows: int) -> None:
    vectors = unit_vectors(rows)
    query = unit_vectors(1, seed=2)[0]
    scores = DenseIndex.of(vectors).scores(query)
    assert scores.shape == (rows,)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, vectors @ query, atol=1e-6)


def test_a_row_scores_one_with_itself_and_minus_one_with_its_opposite() -> None:
    vectors = unit_vectors(10)
    assert DenseIndex.of(vectors).scores(vectors[3])[3] == pytest.approx(1, abs=1e-6)
    assert DenseIndex.of(vectors).scores(-vectors[3])[3] == pytest.approx(-1, abs=1e-6)


def test_rows_with_the_same_vector_score_the_same() -> None:
    vectors = np.repeat(unit_vectors(1), 7, axis=0)
    assert len(set(DenseIndex.of(vectors).scores(unit_vectors(1, seed=3)[0]).tolist())) == 1


def test_the_row_minus_one_that_pads_short_results_never_leaks() -> None:
    vectors = unit_vectors(5)
    # Nothing compares with NaN, so a search finds no row at all and pads with -1, which numpy reads as the last row.
    scores = DenseIndex.of(vectors).scores(np.full(24, np.nan, dtype=np.float32))
    assert np.isnan(scores).tolist() == [True] * 5


def test_an_index_of_nothing_has_no_scores() -> None:
    assert DenseIndex.of(unit_vectors(3)[:0]).scores(unit_vectors(1)[0]).shape == (0,)


def test_a_query_in_any_memory_layout_gives_the_same_scores() -> None:
    index, query = DenseIndex.of(unit_vectors(5)), unit_vectors(1)[0]
    expected = index.scores(query).tolist()
    assert index.scores(np.repeat(query, 2)[::2]).tolist() == expected
    assert index.scores(query.astype(np.float64)).tolist() == expected


@pytest.mark.parametrize("shape", [(23,), (25,), (1, 24), (24, 1), ()])
def test_a_query_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"a query of shape .*; this index has 24 dimensions"):
        DenseIndex.of(unit_vectors(5)).scores(np.ones(shape, dtype=np.float32))


def test_an_index_reads_back_from_its_bytes_as_it_was() -> None:
    vectors = unit_vectors(50)
    index = DenseIndex.of(vectors)
    again = DenseIndex.from_bytes(index.to_bytes())
    assert (again.rows, again.dimensions) == (50, 24)
    assert again.to_bytes() == index.to_bytes()
    np.testing.assert_array_equal(again.vectors(), vectors)
    np.testing.assert_array_equal(again.vector(49), vectors[49])
    np.testing.assert_array_equal(again.scores(vectors[7]), index.scores(vectors[7]))


def test_the_bytes_of_an_index_do_not_depend_on_how_the_vectors_lie_in_memory() -> None:
    vectors = unit_vectors(9)
    assert DenseIndex.of(np.asfortranarray(vectors)).to_bytes() == DenseIndex.of(vectors).to_bytes()
    assert DenseIndex.of(np.repeat(vectors, 2, axis=0)[::2]).to_bytes() == DenseIndex.of(vectors).to_bytes()


@pytest.mark.parametrize("kept", [0, 3, 17, 60, -1])
def test_bytes_that_are_no_index_are_refused_in_one_line(kept: int) -> None:
    data = DenseIndex.of(unit_vectors(5)).to_bytes()
    with pytest.raises(SnapshotError, match=r"^the vector index cannot be read; run `assistant build` again$"):
        DenseIndex.from_bytes(data[:kept])
    with pytest.raises(SnapshotError):
        DenseIndex.from_bytes(b"no index of any kind")


def test_an_index_of_another_kind_is_refused() -> None:
    other = faiss.IndexFlatL2(24)
    with pytest.raises(SnapshotError):
        DenseIndex.from_bytes(faiss.serialize_index(other).tobytes())
