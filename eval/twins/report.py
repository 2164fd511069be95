"""The report: what became of the twins of each kind, with intervals, and every failure so that it can be made again."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

from assistant.library.model import Library
from eval.intervals import share_json
from eval.measures import auroc_of
from eval.twins.asking import Asked
from eval.twins.exhaustive import Inspection
from eval.twins.judging import Judged, Misleading, Outcome
from eval.twins.model import Kind

Json = dict[str, Any]
_NEVER: tuple[Misleading, ...] = get_args(Misleading)
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def kind_json(asked: Sequence[Asked], library: Library) -> Json:
    """Return the figures of one kind. Questions asked only to compare with count in the area under the curve alone.

    Every share is of all twins of the kind, silence included, but for `of_answered`; the misleading ones are of all
    answers that quoted anything.
    """
    counted = [each.judged for each in asked if not each.judged.twin.control]
    outcomes = Counter(each.outcome for each in counted)
    answered = [each for each in counted if each.status == "answered"]
    right_subject = [each for each in counted if each.outcome in ("right", "other_unit")]
    figures: Json = {
        "n": len(counted),
        **{name: share_json(outcomes[name], len(counted)) for name in _OUTCOMES},
        "right_subject": share_json(len(right_subject), len(counted)),
        "of_answered": {
            "right": share_json(sum(each.outcome == "right" for each in answered), len(answered)),
            "right_subject": share_json(
                sum(each.outcome in ("right", "other_unit") for each in answered), len(answered)
            ),
            "wrong_subject": share_json(
                sum(each.outcome in ("wrong_subject", "twin_first") for each in answered), len(answered)
            ),
        },
        "misleading": {
            name: share_json(sum(name in each.misleads for each in counted), len(counted)) for name in _NEVER
        },
        "planted_limit_left_out": share_json(sum(each.limit_left_out for each in counted), len(counted)),
        "by_shape": _by_shape(counted),
    }
    if len(counted) < len(asked):
        area = auroc_of("AUROC", [each.score for each in asked], [each.judged.twin.control for each in asked])
        figures["auroc"] = {"value": area.value, "n": area.n, "low": area.low, "high": area.high}
    figures["failures"] = [
        failure_json(each, library)
        for each in counted
        if each.outcome != "right" or each.misleads or each.limit_left_out
    ]
    return figures


def failure_json(judged: Judged, library: Library) -> Json:
    """Return a failure with what is needed to make it again: its id holds the seed."""
    twin = judged.twin
    return {
        "id": twin.id,
        "shape": twin.shape,
        "source": twin.source,
        "subject": twin.subject,
        "question": twin.question,
        "outcome": judged.outcome,
        "misleads": list(judged.misleads),
        "planted_limit_left_out": judged.limit_left_out,
        "status": judged.status,
        "reason": judged.reason,
        "right": [
            {"entry": entry, "unit": unit, "text": library.entry(entry).words(unit)}
            for entry, unit in sorted(twin.right)[:3]
        ],
        "first": judged.first,
        "said": judged.said,
    }


def inspection_json(inspection: Inspection) -> Json:
    """Return the figures of the exhaustive pass."""
    return {
        "entries": inspection.entries,
        "units": inspection.units,
        "quotable_units": inspection.quotable,
        "ranges_tried": inspection.ranges,
        "quotes": inspection.quotes,
        "looked_for": dict(inspection.held),
        "parted": [
            {"why": each.why, "entry": each.entry_id, "units": [each.first, each.last], "text": each.text}
            for each in inspection.parted
        ],
    }


def summary_line(kind: Kind, figures: Json) -> str:
    """Return one line that a person reads."""
    parts = [f"{name} {figures[name]['hits']}" for name in _OUTCOMES if figures[name]["hits"]]
    parts += [f"{name} {share['hits']}" for name, share in figures["misleading"].items() if share["hits"]]
    low, high = figures["right"]["low"], figures["right"]["high"]
    area = f", area {figures['auroc']['value']:.3f}" if "auroc" in figures else ""
    return f"{kind}: n {figures['n']}; {', '.join(parts)}; right {100 * low:.1f}-{100 * high:.1f} %{area}"


def _by_shape(counted: Sequence[Judged]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = {}
    for each in counted:
        table.setdefault(each.twin.shape.split("/")[0], Counter())[each.outcome] += 1
    return {shape: dict(outcomes.most_common()) for shape, outcomes in sorted(table.items())}
