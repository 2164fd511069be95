"""TREC's forms: judgments and rankings of units, as ir_measures and any TREC tool read them."""

from collections.abc import Iterable, Sequence

from eval.labelled import Place


def document(place: Place) -> str:
    """Return a unit's name in judgments and runs."""
    return f"{place[0]}:{place[1]}"


def qrels_of(best: Iterable[Place], also: Iterable[Place]) -> dict[str, int]:
    """Return one question's judgments: 2 for a unit right as the first quote, 1 for other gold."""
    return {document(place): 1 for place in also} | {document(place): 2 for place in best}


def run_of(ranking: Sequence[Place]) -> dict[str, float]:
    """Return one ranking, best first, as a run: scores that fall with the rank, so that equal ones keep their order."""
    return {document(place): 1.0 / rank for rank, place in enumerate(ranking, start=1)}
