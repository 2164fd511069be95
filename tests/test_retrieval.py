"""The retrieval benchmark: its measures by hand, its ranking the shipped search's, its figures alone on stdout."""

import json
import math
from pathlib import Path

import pytest
from eval.beir import Collection, collection_library, read_collection
from eval.indexing import open_index
from eval.retrieval import SINGLE, first_queries, main, measure_run, run_search, run_single
from eval.searching import Searcher

from assistant.answering.ranking import rank_entries

DOCUMENTS = {
    "oil": "Thassic oil was given to mice. Their sleep did not change. Thassic oil is pressed from seeds.",
    "food": "Velorin is absorbed with food. Fat in the meal raises its absorption.",
    "bone": "Quendrite is stored in bone. Bone loses it slowly.",
    "heart": "Heart rate fell after exercise. Resting heart rate is lower in trained people.",
}
QUERIES = {"q1": "thassic oil and sleep", "q2": "velorin absorption with meals", "q3": "zzzz"}
QRELS = {"q1": {"oil": 2, "food": 0}, "q2": {"food": 1, "bone": 1}, "q3": {"heart": 1, "bone": 0}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of four documents about substances that do not exist, with three judged queries."""
    path = tmp_path_factory.mktemp("beir")
    corpus = [{"_id": name, "title": "", "text": text} for name, text in DOCUMENTS.items()]
    queries = [{"_id": name, "text": text} for name, text in QUERIES.items()]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (path / "qrels").mkdir()
    lines = [f"{query}\t{doc}\t{grade}\n" for query, judged in QRELS.items() for doc, grade in judged.items()]
    (path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def collection(folder: Path) -> Collection:
    return read_collection(folder, "dev")


@pytest.fixture(scope="module")
def searcher(collection: Collection, cache: Path) -> Searcher:
    return Searcher.of(open_index(collection_library(collection.documents), cache))


# Measures


def test_measures_match_the_sums_worked_by_hand() -> None:
    qrels = {"q": {"a": 2, "b": 1, "c": 0}}
    row = measure_run("x", {"q": ["b", "x", "a"]}, qrels)
    figures = {measure.name: measure.value for measure in row.measures}
    gain = 1 / math.log2(2) + 2 / math.log2(4)
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert figures["nDCG@10"] == pytest.approx(gain / ideal)
    assert figures["R@100"] == 1.0
    assert figures["MRR@10"] == 1.0
    second = measure_run("x", {"q": ["c", "a"]}, qrels)
    assert [measure.value for measure in second.measures][1:] == [0.5, 0.5]


def test_a_judged_query_that_finds_nothing_counts_as_nought() -> None:
    qrels = {"q": {"a": 1}, "r": {"a": 1}, "s": {"a": 1}, "t": {"a": 1}}
    row = measure_run("x", {"q": ["a"], "r": []}, qrels)
    assert [(measure.value, measure.n) for measure in row.measures] == [(0.25, 4)] * 3
    nothing = measure_run("x", {}, qrels)
    assert [measure.value for measure in nothing.measures] == [0.0] * 3


def test_the_order_of_a_run_stands_whatever_the_ids() -> None:
    assert measure_run("x", {"q": ["z", "a"]}, {"q": {"a": 1}}).measures[2].value == 0.5
    assert measure_run("x", {"q": ["a", "z"]}, {"q": {"z": 1}}).measures[2].value == 0.5


def test_a_run_that_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="'q2', which has no judgment"):
        measure_run("x", {"q2": ["a"]}, {"q": {"a": 1}})
    with pytest.raises(ValueError, match="a document twice for query 'q'"):
        measure_run("x", {"q": ["a", "a"]}, {"q": {"a": 1}})


def test_every_figure_has_its_number_of_queries_and_an_interval_that_holds_it() -> None:
    qrels = {f"q{number}": {"a": 1} for number in range(30)}
    row = measure_run("x", {query: ["a"] if number % 3 else ["b"] for number, query in enumerate(qrels)}, qrels)
    report = row.as_json()
    assert report["queries"] == 30
    assert report["MRR@10"] == pytest.approx(20 / 30)
    low, high = report["intervals"]["MRR@10"]  # type: ignore[index]  # a JSON object
    assert 0.4 < low < 20 / 30 < high < 0.9


# The ranking


def test_documents_stand_in_the_order_of_the_shipped_ranking(searcher: Searcher) -> None:
    asked = searcher.ask("thassic oil and sleep")
    order = [(each.entry_id, each.score) for each in rank_entries(searcher.snapshot, asked.reading, asked.vector)]
    assert searcher.documents(asked) == order
    assert len(order) == len(DOCUMENTS)
    assert searcher.documents(asked, limit=2) == order[:2]


def test_documents_are_found_by_their_words_and_all_are_ranked(searcher: Searcher, collection: Collection) -> None:
    run = run_search(searcher, collection, pools=False)
    assert {query: found[0] for query, found in run.items() if query != "q3"} == {"q1": "oil", "q2": "food"}
    assert all(sorted(found) == sorted(DOCUMENTS) for found in run.values())


def test_in_pools_only_judged_documents_are_ranked(searcher: Searcher, collection: Collection) -> None:
    runs = [run_search(searcher, collection, pools=True)]
    runs += [run_single(name, searcher, collection, pools=True) for name in SINGLE if name.startswith("encoder")]
    for run in runs:
        assert {query: set(found) for query, found in run.items()} == {query: set(QRELS[query]) for query in QUERIES}


def test_bm25_alone_finds_nothing_where_no_word_occurs(searcher: Searcher, collection: Collection) -> None:
    for name in ("BM25 of chunks", "BM25 of units"):
        run = run_single(name, searcher, collection, pools=False)
        assert run["q1"] == ["oil"]
        assert run["q3"] == []


def test_the_first_queries_keep_their_judgments(collection: Collection) -> None:
    fewer = first_queries(collection, 2)
    assert (list(fewer.queries), dict(fewer.qrels)) == (["q1", "q2"], {"q1": QRELS["q1"], "q2": QRELS["q2"]})
    assert list(first_queries(collection, None).queries) == list(QUERIES)


# The index and the command


def test_an_index_is_built_once_and_known_by_its_content(
    searcher: Searcher, collection: Collection, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = open_index(collection_library(collection.documents), cache)
    assert again.id == searcher.snapshot.id
    captured = capsys.readouterr()
    assert "Embedding" not in captured.err
    assert captured.out == ""
    assert len(list(cache.iterdir())) == 1


def test_a_like_library_is_not_embedded_again(
    searcher: Searcher, collection: Collection, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = collection_library(collection.documents)
    fewer = collection_library(collection.documents[:2])
    assert len(open_index(fewer, cache, like=whole).units) == 5
    assert "Embedding" not in capsys.readouterr().err


def test_an_index_that_was_stopped_half_way_goes_on_from_there(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two parts of two entries: the second embeds only its own texts, four units and two chunks."""
    monkeypatch.setattr("eval.indexing.PART", 2)
    snapshot = open_index(collection_library(collection.documents), tmp_path)
    assert len(snapshot.units) == 9
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Embedding")]
    assert lines == ["Embedding: 7 of 7", "Embedding: 6 of 6"]


def test_the_command_prints_one_json_object_and_nothing_else(
    folder: Path, cache: Path, searcher: Searcher, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder), "--split", "dev", "--json", "--ablate", "--limit-queries", "2", "--cache", str(cache)]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["queries"] == 2
    assert report["MRR@10"] == 1.0
    assert {"nDCG@10", "R@100", "split"} <= report.keys()
    assert report["ablations"].keys() == SINGLE.keys()


def test_the_command_names_what_is_wrong_and_exits_with_two(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "--split", "test", "--json", "--cache", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "has no split 'test'; it has: dev" in captured.err
    with pytest.raises(SystemExit) as stop:
        main([str(folder), "--split", "dev", "--limit-queries", "0"])
    assert stop.value.code == 2


def test_public_pools_are_ranked_with_the_shipped_search(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part of MEDIQA 2019: only the documents that its first eight queries judge."""
    whole = read_collection(shared_data / "beir" / "mediqa2019", "dev")
    few = first_queries(whole, 8)
    wanted = {document for judged in few.qrels.values() for document in judged}
    documents = tuple(document for document in whole.documents if document.id in wanted)
    searcher = Searcher.of(open_index(collection_library(documents), tmp_path))
    row = measure_run("pools", run_search(searcher, few, pools=True), few.qrels)
    assert row.measures[0].value is not None
    assert row.measures[0].value > 0.8
    assert row.measures[0].n == 8
