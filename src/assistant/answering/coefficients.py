"""Coefficients: the numbers that evidence is weighed by, for each mode, and what each is of.

They stand in `coefficients.json`, fitted by `eval/fit_silence.py` on development questions only.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Mode = Literal["hybrid", "lexical"]
"""With the encoder, or by words alone."""

FEATURES = (
    "unit_cosine",
    "chunk_cosine",
    "unit_cosine_behind",
    "chunk_cosine_behind",
    "unit_bm25_share",
    "chunk_bm25_share",
    "unit_bm25_behind",
    "score_behind",
    "unit_coverage",
    "chunk_coverage",
    "topics",
    "no_topic",
    "rare_asked",
    "rare_missing",
    "rare_missing_in_entry",
    "name_asked",
    "name_missing",
    "name_missing_in_chunk",
    "kind_known",
    "kind_required",
    "kind_share",
    "kind_exact",
    "kind_alone",
    "kind_failed",
    "kind_none",
    "kind_free",
    "kind_section",
    "no_subject",
    "subject_in_entry",
    "subject_in_unit",
    "subjects_missing",
    "argument_named",
    "condition_asked",
    "condition_missing",
    "condition_missing_in_chunk",
    "condition_missing_in_entry",
    "conditions_all_missing",
    "conditions_all_missing_of_subject",
    "detail_asked",
    "detail_missing",
    "detail_missing_in_entry",
    "compared_missing",
    "compared_rare_missing",
    "other_condition",
    "other_population",
    "other_substance",
    "absence",
    "absence_of_kind",
    "misconception",
    "animal",
    "row",
    "cross_reference",
    "length",
)
"""The numbers of a unit, in order; every one from -1 to about 1."""
DENSE = ("unit_cosine", "chunk_cosine", "unit_cosine_behind", "chunk_cosine_behind")
"""Those that need the encoder: 0 in the lexical mode."""

TRUST = (
    "log_odds",
    "second_log_odds",
    "second",
    "five",
    "not_vetoed",
    *(f"first_{name}" for name in FEATURES),
)
"""What tells how far the likeliest unit can be trusted: how far it stands out, and its own numbers."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The weights of the features, and the threshold below which the library is silent."""

    intercept: float
    weights: tuple[float, ...]
    trust_intercept: float
    trust: tuple[float, ...]
    """Of the features `TRUST` of all candidates, for the likeliest one's log-odds."""
    threshold: float
    mode: Mode = "hybrid"
    """What they were fitted for: with candidates of the other mode they mean nothing."""


@cache
def packaged_coefficients(mode: Mode = "hybrid") -> Coefficients:
    """Read the coefficients that come with this package.

    Raises:
        ValueError: they are of other features than this program's.
    """
    data = json.loads(resources.files("assistant.answering").joinpath("coefficients.json").read_text("utf-8"))[mode]
    if tuple(data["weights"]) != FEATURES or tuple(data["trust"]) != TRUST:
        raise ValueError("coefficients.json is of other features; fit it again")
    return Coefficients(
        data["intercept"],
        tuple(data["weights"].values()),
        data["trust_intercept"],
        tuple(data["trust"].values()),
        data["threshold"],
        mode,
    )
