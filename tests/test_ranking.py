"""The ranking of entries: what a question is about stands first, and feedback brings up what is alike."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from assistant.answering.question import Vocabulary, read_question
from assistant.answering.ranking import Ranked, Weights, rank_entries
from assistant.answering.reply import Desk
from assistant.index.build import build_snapshot
from assistant.index.embedded import as_embedded
from assistant.index.lexicon import packaged_lexicon
from assistant.index.snapshot import Snapshot, load_snapshot
from assistant.library.model import Library
from assistant.library.parse import Stated, parse_entry
from assistant.settings import PACKAGED_ENCODER

_MINERALS = ("zinc", "iron", "copper", "selenium", "iodine", "calcium", "boron", "chromium", "potassium", "sodium")
_FOODS = ("beans", "milk", "bread", "rice", "salmon", "spinach", "apples", "beef", "yogurt", "lentils")
Array = npt.NDArray[np.floating]
NO_FEEDBACK = Weights(feedback=0.0, echo=0.0, neighbours=0.0)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A hundred entries, each of a mineral in a food, one on violins, one on rosin."""
    texts = {f"{m}-{f}": f"There is {m} in {f}.\n" for m in _MINERALS for f in _FOODS}
    texts["violin"] = "A violin has four strings. Its bow is rubbed with rosin.\n"
    texts["rosin"] = "Rosin is what remains of the sap of pines.\n"
    entries = tuple(
        parse_entry(text.encode(), Stated(id=name, file=f"{name}.txt", title=name.replace("-", " in ")))
        for name, text in texts.items()
    )
    folder = tmp_path_factory.mktemp("many")
    build_snapshot(Library(entries), folder, PACKAGED_ENCODER)
    return load_snapshot(folder, PACKAGED_ENCODER)


def rank(
    snapshot: Snapshot, question: str, *, entries: Sequence[str] = (), limit: int = 100, weights: Weights | None = None
) -> list[Ranked]:
    """Rank the entries for a question."""
    reading = read_question(question, [], Vocabulary(snapshot.library, packaged_lexicon(), snapshot.encoder))
    vector = snapshot.encoder.encode(reading.plain)
    return rank_entries(snapshot, reading, vector, entries=entries, limit=limit, weights=weights or Weights())


def ids(ranked: Sequence[Ranked]) -> list[str]:
    """Their entries."""
    return [each.entry_id for each in ranked]


def test_the_entry_on_what_is_asked_stands_first(many: Snapshot) -> None:
    assert ids(rank(many, "how many strings does a violin have"))[0] == "violin"
    assert ids(rank(many, "iodine in rice"))[0] == "iodine-rice"
    assert set(ids(rank(many, "selenium"))[:10]) == {f"selenium-{food}" for food in _FOODS}


def test_best_first_equal_ones_in_the_librarys_order_and_the_same_every_time(many: Snapshot) -> None:
    found = rank(many, "iron", limit=1000)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert sorted(ids(found)) == sorted(many.served)
    assert found == rank(many, "iron", limit=1000)
    reading = read_question("?", [], Vocabulary(many.library, packaged_lexicon(), many.encoder))
    assert ids(rank_entries(many, reading, None)) == list(many.served[:100])


def test_entries_narrow_the_ranking_without_changing_it(many: Snapshot) -> None:
    whole = rank(many, "copper", limit=1000)
    chosen = {"copper-milk", "violin", "zinc-milk"}
    assert rank(many, "copper", entries=tuple(chosen)) == [each for each in whole if each.entry_id in chosen]
    assert rank(many, "copper", entries=("no-such-entry",)) == []
    assert rank(many, "copper", limit=3) == whole[:3]


def test_without_the_encoder_words_alone_decide(many: Snapshot) -> None:
    reading = read_question("boron milk", [], Vocabulary(many.library, packaged_lexicon(), many.encoder))
    assert ids(rank_entries(many, reading, None))[0] == "boron-milk"


def z(scores: Array) -> Array:
    """Standard scores."""
    return np.asarray((scores - scores.mean()) / scores.std(), dtype=np.float64)


def worked(snapshot: Snapshot, text: str, terms: list[str]) -> list[Array]:
    """The ranking of a broad question worked anew: the first one, fed back with its first entry, and smoothed."""
    vector, metric = snapshot.encoder.encode(text), snapshot.likeness.metric.astype(np.float64)

    def cosines(rows: Array, others: Array) -> Array:
        lengths = np.sqrt(np.einsum("rd,de,re->r", rows, metric, rows))
        return np.asarray(rows @ metric @ others / lengths)

    def best(found: Array, owners: list[str]) -> Array:
        return np.array([max(c for c, o in zip(found, owners, strict=True) if o == each) for each in snapshot.served])

    engine = as_embedded(snapshot.engine)
    units, chunks = engine.unit_dense.vectors(), engine.chunk_dense.vectors()
    unit_owners, chunk_owners = [u.entry_id for u in snapshot.units], [c.entry_id for c in snapshot.chunks]
    asked = vector / np.sqrt(vector @ metric @ vector)
    by_units, by_chunks = best(cosines(units, asked), unit_owners), best(cosines(chunks, asked), chunk_owners)
    first = z(0.3 * z(engine.entry_terms.scores(terms)) + 0.5 * z(by_units) + 0.2 * z(by_chunks))
    middle = chunks[chunk_owners.index(snapshot.served[int(first.argmax())])]
    again = asked + middle / np.sqrt(middle @ metric @ middle)
    fed = z(first + z(best(cosines(units, again), unit_owners)))
    likeness = snapshot.likeness
    around = (first[likeness.neighbours] * likeness.nearness).sum(axis=1) / likeness.nearness.sum(axis=1)
    return [first, fed, 0.5 * first + 0.5 * around]


@pytest.mark.parametrize(
    ("number", "weights"),
    [
        (0, NO_FEEDBACK),
        (1, Weights(feedback=1.0, echo=0.0, neighbours=0.0)),
        (2, Weights(feedback=0.0, echo=0.0, neighbours=0.5)),
    ],
)
def test_scores_are_the_sums_worked_anew(many: Snapshot, number: int, weights: Weights) -> None:
    expected = dict(zip(many.served, worked(many, "zinc in milk", ["zinc", "milk"])[number], strict=True))
    for each in rank(many, "zinc in milk", limit=30, weights=weights):
        assert each.score == pytest.approx(expected[each.entry_id], abs=0.02)


def test_words_of_the_first_entries_are_looked_for_too(many: Snapshot) -> None:
    reading = read_question("violin", [], Vocabulary(many.library, packaged_lexicon(), many.encoder))
    for weights, expected in ((NO_FEEDBACK, 0), (Weights(feedback=0.0, echo=0.3, neighbours=0.0), 1)):
        scores = {each.entry_id: each.score for each in rank_entries(many, reading, None, limit=200, weights=weights)}
        others = max(score for name, score in scores.items() if name not in ("violin", "rosin"))
        assert int(scores["rosin"] > others) == expected
        assert scores["violin"] > scores["rosin"]


def test_a_small_library_is_not_fed_back(desk: Desk) -> None:
    assert rank(desk.snapshot, "magnesium and sleep") == rank(desk.snapshot, "magnesium and sleep", weights=NO_FEEDBACK)
    assert ids(rank(desk.snapshot, "magnesium and sleep"))[0] == "magnesium-stress"
