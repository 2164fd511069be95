"""Rationales: halves without leakage, F1 by hand and by scikit-learn, a head that is fitted, kept and refused."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from eval.beir import Document, collection_library, document_entry
from eval.indexing import open_index
from eval.rationale_features import FEATURES, Scene, Scenes
from eval.rationale_head import HEAD, MOST, Example, choose, fit_head, read_head, write_head
from eval.rationale_words import CUES, part_of, read_sentence
from eval.rationales import Choice, f1_of, main, measure_f1
from eval.records import DataError
from eval.scifact import Claim, Place, Rationale, group_claims, part_in_halves, read_claims, units_of
from eval.searching import Searcher
from sklearn.metrics import precision_recall_fscore_support

from assistant.library.model import Span

NAMES = tuple(
    f"{stem}{end}"
    for end in ("in", "one", "ate")
    for stem in ("velor", "quendr", "thass", "orm", "brast", "culv", "dern")
)
EFFECTS = ("sleep", "growth", "pulse", "hearing", "thirst", "warmth", "balance") * 3


def abstract_of(number: int) -> str:
    """An abstract of four sentences about a substance that does not exist; the third states its effect."""
    name, effect = NAMES[number], EFFECTS[number]
    return (
        f"BACKGROUND: Little is known of {name} in adults. METHODS: We enrolled {number + 12} adults and saw them. "
        f"RESULTS: The {name} group had better {effect} than the others. They were seen again in spring."
    )


def claim(name: str, *cited: str, rationales: Sequence[Rationale] = ()) -> Claim:
    return Claim(name, f"claim {name}", cited, tuple(rationales))


def choice(
    chosen: set[Place], gold: Sequence[set[Place]], rationales: Sequence[set[Place]] = (), group: str = "g"
) -> Choice:
    return Choice(group, frozenset(chosen), tuple(map(frozenset, gold)), tuple(map(frozenset, rationales or gold)), 0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-one abstracts, and a claim on each; those of odd number have no evidence for theirs."""
    path = tmp_path_factory.mktemp("scifact")
    corpus = path / "beir" / "scifact"
    corpus.mkdir(parents=True)
    (path / "quotes").mkdir()
    documents, claims = [], []
    for number, (name, effect) in enumerate(zip(NAMES, EFFECTS, strict=True)):
        text = abstract_of(number)
        documents.append({"_id": f"d{number}", "title": f"{name} in adults", "text": text})
        start, end = text.index("RESULTS"), text.index(" They were")
        span = {"sentence": 2, "start": start, "end": end, "text": text[start:end]}
        held = number % 2 == 0
        evidence = [{"doc_id": f"d{number}", "label": "SUPPORT", "spans": [span]}] if held else []
        words = f"{name} gives better {effect}." if held else f"{name} raises the cost of care."
        claims.append({"qid": str(number), "claim": words, "cited_doc_ids": [f"d{number}"], "evidence": evidence})
    for place, rows in ((corpus / "corpus.jsonl", documents), (path / "quotes" / "claims.jsonl", claims)):
        place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    documents = [Document(f"d{number}", f"{name} in adults", abstract_of(number)) for number, name in enumerate(NAMES)]
    return Scenes(Searcher.of(open_index(collection_library(documents), tmp_path_factory.mktemp("cache"))))


# Claims and halves


def test_claims_are_read_with_their_rationales(folder: Path) -> None:
    claims = read_claims(folder / "quotes" / "claims.jsonl")
    assert [len(each.rationales) for each in claims] == [1, 0] * 10 + [1]
    first = claims[0]
    assert first.rationales[0].spans[0].of(abstract_of(0)).startswith("RESULTS: The velorin group")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"qid": "1"}', r":1: 'claim' is None; it must be text"),
        ('{"qid": "1", "claim": "x", "cited_doc_ids": "d", "evidence": []}', r":1: 'cited_doc_ids' is 'd'"),
        ('{"qid": "1", "claim": "x", "cited_doc_ids": [], "evidence": {}}', r":1: 'evidence' is {}; it must be a list"),
        (
            '{"qid": "1", "claim": "x", "cited_doc_ids": [], "evidence": [{"doc_id": "d", "spans": []}]}',
            r":1, evidence 1: a rationale without sentences",
        ),
        (
            '{"qid": "1", "claim": "x", "cited_doc_ids": [], '
            '"evidence": [{"doc_id": "d", "spans": [{"start": 3, "end": 3}]}]}',
            r"evidence 1, spans 1: Span\(3, 3\) is not a place",
        ),
        (
            '{"qid": "1", "claim": "x", "cited_doc_ids": [], "evidence": [{"doc_id": "d", "spans": [{"start": "3"}]}]}',
            r"start '3' and end None must be whole numbers",
        ),
        ("", "no claim in it"),
    ],
)
def test_a_broken_claim_is_named_by_its_place(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "claims.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=fault):
        read_claims(tmp_path / "claims.jsonl")


def test_claims_that_share_an_abstract_over_others_are_one_group() -> None:
    chain = [claim("3", "a", "b"), claim("7", "c"), claim("5", "b", "d"), claim("9", "d")]
    assert group_claims(chain) == {"3": "3", "5": "3", "9": "3", "7": "7"}
    assert group_claims(chain[::-1]) == group_claims(chain)
    evidence = claim("8", "x", rationales=[Rationale("a", (Span(0, 1),))])
    assert group_claims([*chain, evidence])["8"] == "3"


def test_no_abstract_lies_in_both_halves() -> None:
    claims = [claim(str(number), f"d{number}", f"d{number + 1 if number % 3 else number}") for number in range(300)]
    halves = part_in_halves(claims)
    seen = {
        half: {doc for each in claims if halves[each.id] == half for doc in each.cited} for half in ("fit", "report")
    }
    assert not seen["fit"] & seen["report"]
    assert 60 < sum(half == "fit" for half in halves.values()) < 240


def test_a_gold_sentence_is_the_unit_with_its_words_or_the_parts_of_it() -> None:
    text = "Sleep was poor at first. It rose in spring. Nobody fell ill."
    entry = document_entry(Document("d", "t", text))
    second = text.index("It rose")
    assert units_of(entry, Span(second, text.index(" Nobody"))) == {("d", 1)}
    assert units_of(entry, Span(0, text.index(" Nobody"))) == {("d", 0), ("d", 1)}
    assert units_of(entry, Span(second, second + 7)) == {("d", 1)}
    assert units_of(entry, Span(second - 3, text.index(" Nobody"))) == {("d", 1)}


# Measures


def test_f1_is_that_of_the_sums_worked_by_hand() -> None:
    """Chosen 3 of which 1 is gold; gold 2 of which 1 is chosen: P 1/3, R 1/2, F1 2/5."""
    one = choice({("d", 1), ("d", 2)}, [{("d", 1)}, {("d", 3)}])
    without = choice({("e", 0)}, [])
    assert one.counts == (1, 2, 1, 2)
    assert without.counts == (0, 1, 0, 0)
    assert f1_of([one.counts, without.counts]) == pytest.approx((2 / 5, 1 / 3, 1 / 2))
    assert f1_of([]) == (0.0, 0.0, 0.0)


def test_the_right_sentence_of_a_wrong_abstract_is_wrong() -> None:
    assert choice({("e", 1)}, [{("d", 1)}]).counts == (0, 1, 0, 1)


def test_f1_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(3)
    truth, chosen = random.random((40, 12)) < 0.2, random.random((40, 12)) < 0.3
    counts = [
        choice(
            {("d", int(at)) for at in np.nonzero(picked)[0]}, [{("d", int(at))} for at in np.nonzero(right)[0]]
        ).counts
        for right, picked in zip(truth, chosen, strict=True)
    ]
    precision, recall, both, _ = precision_recall_fscore_support(truth.ravel(), chosen.ravel(), average="binary")
    assert f1_of(counts) == pytest.approx((both, precision, recall))


def test_the_stricter_count_wants_a_rationale_whole() -> None:
    gold = [{("d", 1)}, {("d", 2)}, {("d", 5)}]
    rationales = [{("d", 1), ("d", 2)}, {("d", 5)}]
    half = choice({("d", 1), ("d", 5)}, gold, rationales)
    assert half.counts == (2, 2, 2, 3)
    assert half.whole_counts == (1, 2, 1, 3)
    whole = choice({("d", 1), ("d", 2)}, gold, rationales)
    assert whole.whole_counts == (2, 2, 2, 3)


def test_the_interval_resamples_groups_of_claims_whole() -> None:
    counts = [(1, 1, 1, 1), (0, 1, 0, 1)] * 20
    apart = measure_f1("x", counts, [str(number) for number in range(40)])[0]
    assert (apart.value, apart.n) == (0.5, 40)
    assert apart.low is not None
    assert apart.high is not None
    assert 0.3 < apart.low < 0.5 < apart.high < 0.7
    together = measure_f1("x", counts, ["one"] * 40)[0]
    assert (together.low, together.high) == (0.5, 0.5)


# The head


def scene_of(values: Sequence[float], abstracts: Sequence[int]) -> Scene:
    """A scene whose first feature has these values, and all others nought."""
    features = np.zeros((len(values), len(FEATURES)))
    features[:, 0] = values
    return Scene(tuple(("d", at) for at in range(len(values))), np.array(abstracts, dtype=np.intp), features)


def test_at_most_three_sentences_of_an_abstract_are_chosen_and_ties_go_by_order() -> None:
    scene = scene_of([0.0] * 6, [0, 0, 0, 0, 0, 1])
    assert MOST == 3
    assert choose(scene, [0.9, 0.9, 0.9, 0.9, 0.4, 0.9], 0.5) == {("d", 0), ("d", 1), ("d", 2), ("d", 5)}
    assert choose(scene, [0.5, 0.4, 0.4, 0.4, 0.4, 0.4], 0.5) == {("d", 0)}
    assert choose(scene, [0.1] * 6, 0.5) == frozenset()


def examples_of(count: int) -> list[Example]:
    """Examples in which the sentence with the highest cosine, and it alone, is gold."""
    random = np.random.default_rng(1)
    found = []
    for number in range(count):
        values = random.uniform(0.0, 0.4, 8)
        values[number % 8] = 0.9
        gold = (frozenset({("d", number % 8)}),)
        found.append(Example(str(number), scene_of(values.tolist(), [0] * 8), gold, gold))
    return found


def test_a_head_learns_what_its_examples_show_and_is_kept_whole(tmp_path: Path) -> None:
    assert FEATURES[0] == "cosine"
    examples = examples_of(60)
    head, folds = fit_head(examples)
    assert folds > 0.95
    scene = scene_of([0.1, 0.95, 0.2], [0, 0, 0])
    assert choose(scene, head.probabilities(scene).tolist(), head.threshold) == {("d", 1)}
    assert fit_head(examples)[0] == head
    write_head(head, tmp_path / "head.json")
    assert read_head(tmp_path / "head.json") == head


def test_a_head_cannot_be_fitted_on_nothing() -> None:
    with pytest.raises(DataError, match="0 groups of claims"):
        fit_head([])
    blank = [replace(example, gold=(), rationales=()) for example in examples_of(20)]
    with pytest.raises(DataError, match="a rationale that was found"):
        fit_head(blank)


def test_the_fitted_head_is_of_these_features() -> None:
    head = read_head(HEAD)
    assert len(head.weights) == len(FEATURES)
    assert 0 < head.threshold < 1
    assert HEAD.stat().st_size < 20_000


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"features": []}', '{"features": {"cosine": {}}}'])
def test_a_broken_head_is_refused_with_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "head.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="fit it again"):
        read_head(tmp_path / "head.json")
    with pytest.raises(DataError, match="fit one with"):
        read_head(tmp_path / "none.json")


# Features


def test_a_sentence_is_read_by_its_words() -> None:
    read = read_sentence("We found that IL-6 rose by 12.5% (p < 0.05), but not TNF in 40 mice.")
    assert {"il-6", "tnf"} <= read.names
    assert {"12.5", "0.05", "40"} <= read.numbers
    cues = dict(zip(CUES, read.cues, strict=True))
    assert {name for name, held in cues.items() if held} == {"ours", "shows", "statistics", "negations"}


@pytest.mark.parametrize(
    ("words", "part"),
    [("OBJECTIVE To see.", 1), ("Methods: We saw.", 2), ("RESULTS It rose.", 3), ("CONCLUSIONS It rises.", 4)],
)
def test_a_labelled_part_is_known_by_its_label(words: str, part: int) -> None:
    assert part_of(words) == part
    assert part_of("Results were mixed.") == part_of("It rose.") == part_of("") == 0


def test_a_scene_holds_the_sentences_of_the_best_abstracts(scenes: Scenes) -> None:
    scene = scenes.of("Velorin gives better sleep in 12 adults.")
    assert scene.features.shape == (20, len(FEATURES))
    assert scene.places[:4] == (("d0", 0), ("d0", 1), ("d0", 2), ("d0", 3))
    assert scene.abstract.tolist() == [at // 4 for at in range(20)]
    assert np.isfinite(scene.features).all()
    assert scene.column("numbers")[:4].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert scene.column("place")[:4].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert scene.column("part_result")[:4].tolist() == [0.0, 0.0, 1.0, 1.0]
    assert scene.column("coverage")[:4].argmax() == 2
    assert scene.column("cosine_behind_any").min() == 0.0


@pytest.mark.parametrize("words", ["?", "the of and", "xyzzyx " * 60, "<b>'; DROP --", "\u200b٣ µg"])
def test_an_odd_claim_has_a_scene_all_the_same(scenes: Scenes, words: str) -> None:
    assert np.isfinite(scenes.of(words).features).all()


# The command


def test_the_command_fits_measures_and_prints_one_json_object(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = read_claims(folder / "quotes" / "claims.jsonl")
    assert set(part_in_halves(claims).values()) == {"fit", "report"}
    arguments = [str(folder / "quotes" / "claims.jsonl"), "--json", "--cache", str(tmp_path / "cache")]
    arguments += ["--head", str(tmp_path / "head.json")]
    assert main(arguments) == 2
    assert "no head in" in capsys.readouterr().err
    assert main([*arguments, "--fit"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["head, sentences: F1"]["n"] == report["claims"]
    assert {"head, whole rationales: F1", "cosine alone, sentences: F1", "silence AUROC, head"} <= report.keys()
    assert read_head(tmp_path / "head.json").weights


def test_the_command_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl"), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no file" in captured.err


def test_the_public_claims_part_without_leakage(shared_data: Path) -> None:
    claims = read_claims(shared_data / "quotes" / "scifact_train.jsonl.gz")
    halves = part_in_halves(claims)
    cited = {
        half: {doc for each in claims if halves[each.id] == half for doc in each.cited} for half in ("fit", "report")
    }
    assert not cited["fit"] & cited["report"]
    assert {half: sum(each == half for each in halves.values()) for half in ("fit", "report")} == {
        "fit": 453,
        "report": 356,
    }
