"""Lexical search: bm25s must give the sum that is worked out by hand from Lucene's formula."""

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import SnapshotError
from assistant.index.lexical import LexicalIndex

DOCUMENTS = [["zinc", "iron"], ["zinc"], ["iron", "iron", "copper"]]
"""Three documents of 2, 1 and 3 terms: 2 on average."""


def bm25(documents: Sequence[Sequence[str]], query: Sequence[str], row: int) -> float:
    """The score of one document: idf ln(1 + (N - n + 0.5) / (n + 0.5)), saturation tf / (tf + k1 (1 - b + b dl/avgdl)).

    Source:
        Kamphuis, de Vries, Boytsov and Lin, "Which BM25 Do You Mean?", ECIR 2020, the variant Lucene (accurate).
    """
    mean = sum(len(document) for document in documents) / len(documents)
    score = 0.0
    for term in query:
        holding = sum(term in document for document in documents)
        times = documents[row].count(term)
        if times:
            idf = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
            score += idf * times / (times + 1.2 * (1 - 0.75 + 0.75 * len(documents[row]) / mean))
    return score


def test_scores_match_the_sum_worked_by_hand() -> None:
    index = LexicalIndex.of(DOCUMENTS)
    # copper, in one of three: idf ln(1 + 2.5/1.5) = 0.98083; once in 3 terms: 1 / (1 + 1.2 * 1.375) = 0.37736
    assert index.scores(["copper"]).tolist() == pytest.approx([0, 0, 0.37013], abs=1e-5)
    # zinc, in two of three: idf ln(1 + 1.5/2.5) = 0.47000; in 2 terms: 1 / 2.2 = 0.45455; in 1: 1 / 1.75 = 0.57143
    assert index.scores(["zinc"]).tolist() == pytest.approx([0.21364, 0.26857, 0], abs=1e-5)
    # iron likewise; twice in 3 terms: 2 / (2 + 1.65) = 0.54795
    assert index.scores(["iron"]).tolist() == pytest.approx([0.21364, 0, 0.25754], abs=1e-5)


def test_the_score_of_a_question_is_the_sum_of_its_terms_and_a_repeated_term_counts_again() -> None:
    index = LexicalIndex.of(DOCUMENTS)
    assert index.scores(["zinc", "iron"]).tolist() == pytest.approx([0.42729, 0.26857, 0.25754], abs=2e-5)
    assert index.scores(["zinc", "zinc"]).tolist() == pytest.approx([0.42729, 0.53715, 0], abs=2e-5)


words = st.sampled_from(["zinc", "iron", "copper", "salt", "a", "b"])


@given(st.lists(st.lists(words, max_size=8), min_size=1, max_size=8).filter(any), st.lists(words, max_size=6))
def test_scores_follow_the_formula_for_any_documents(documents: list[list[str]], query: list[str]) -> None:
    expected = [bm25(documents, query, row) for row in range(len(documents))]
    assert LexicalIndex.of(documents).scores(query).tolist() == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("query", [[], ["tin"], ["tin", "lead"], [""]])
def test_a_question_without_a_known_term_scores_zero_everywhere(query: list[str]) -> None:
    assert LexicalIndex.of(DOCUMENTS).scores(query).tolist() == [0, 0, 0]


def test_an_unknown_term_changes_no_score() -> None:
    index = LexicalIndex.of(DOCUMENTS)
    assert index.scores(["tin", "zinc"]).tolist() == index.scores(["zinc"]).tolist()


def test_the_index_knows_which_terms_it_holds() -> None:
    index = LexicalIndex.of(DOCUMENTS)
    assert [index.has(term) for term in ("zinc", "copper", "tin", "")] == [True, True, False, False]


@pytest.mark.parametrize("documents", [[["zinc"], []], [[], ["zinc"]], [[], [], ["zinc"], []]])
def test_documents_without_terms_keep_their_row(documents: list[list[str]]) -> None:
    scores = LexicalIndex.of(documents).scores(["zinc"])
    assert [score > 0 for score in scores] == [bool(document) for document in documents]


def test_documents_without_any_term_score_zero_and_raise_no_warning(tmp_path: Path) -> None:
    index = LexicalIndex.of([[], []])
    index.save(tmp_path)
    assert index.scores(["zinc"]).tolist() == [0, 0]
    assert LexicalIndex.load(tmp_path, 2).scores(["zinc"]).tolist() == [0, 0]


def test_an_index_reads_back_as_it_was(tmp_path: Path) -> None:
    LexicalIndex.of(DOCUMENTS).save(tmp_path)
    again = LexicalIndex.load(tmp_path, 3)
    assert again.rows == 3
    for query in (["zinc"], ["copper", "iron", "tin"], []):
        assert again.scores(query).tolist() == LexicalIndex.of(DOCUMENTS).scores(query).tolist()


def test_a_lost_or_garbled_file_is_refused(tmp_path: Path) -> None:
    for garbled in (b"", b"{}", b"no such thing", None):
        LexicalIndex.of(DOCUMENTS).save(tmp_path)
        for path in sorted(tmp_path.iterdir()):
            kept = path.read_bytes()
            if garbled is None:
                path.unlink()
            elif path.suffix == ".npy" or garbled != b"{}":
                path.write_bytes(garbled)
            else:
                continue
            with pytest.raises(SnapshotError, match=r"^the lexical index cannot be read .*run `assistant build` again"):
                LexicalIndex.load(tmp_path, 3)
            path.write_bytes(kept)


def test_the_same_documents_give_the_same_files_in_every_process(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from assistant.index.lexical import LexicalIndex; "
        "LexicalIndex.of([['zinc', 'iron'], ['tin', 'lead', 'zinc'], ['salt']]).save(pathlib.Path(sys.argv[1]))"
    )
    digests = []
    for seed in ("0", "1", "20261123"):
        folder = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program, folder], env=environment, check=True)
        digests.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()})
    assert digests[0] == digests[1] == digests[2]


def test_weighted_scores_are_the_terms_scores_each_times_its_weight() -> None:
    index = LexicalIndex.of(DOCUMENTS)
    expected = 0.5 * index.scores(["zinc"]) + 2.0 * index.scores(["iron"])
    found = index.weighted_scores({"zinc": 0.5, "iron": 2.0, "tin": 9.0})
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-6)
    assert index.weighted_scores({"tin": 1.0}).tolist() == [0, 0, 0]


def test_a_term_tells_more_the_fewer_documents_hold_it() -> None:
    index = LexicalIndex.of(DOCUMENTS)
    assert index.rarity("copper") == pytest.approx(math.log(1 + 2.5 / 1.5))
    assert index.rarity("zinc") == pytest.approx(math.log(1 + 1.5 / 2.5))
    assert [index.rarity(term) for term in ("tin", "")] == [0.0, 0.0]
