"""Figures: what one system's judgements come to, as shares with their counts and intervals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from eval.grounding.case import SUPPORT, FaultName
from eval.grounding.judging import Judgement
from eval.grounding.shelf import NEAR
from eval.intervals import share_json, wilson_interval


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    trials: int

    def __str__(self) -> str:
        if not self.trials:
            return "none"
        low, high = wilson_interval(self.hits, self.trials)
        return f"{100 * self.hits / self.trials:.1f} % ({100 * low:.1f}-{100 * high:.1f}), {self.hits}/{self.trials}"


MEASURES: Mapping[str, str] = {
    "verbatim": "sentences that are whole sentences of the library, word for word",
    "parts": "sentences that are a part of one, word for word",
    "near": f"sentences like one, with other words in them (similarity from {NEAR:g} on)",
    "made up": "sentences that no sentence of the library is near",
    "citations resolve": "citations that name an entry of the library",
    "citation recall": f"sentences that their citations, together, hold, or nearly (from {SUPPORT:g} on)",
    "citation precision": "citations that hold, or nearly, a sentence they are set on",
    "caution recall": "entries a dose is quoted from whose limits or cautions are quoted too, where they have any",
    "disclaimer": "answers with a disclaimer",
    "silent": "answers that claim nothing",
    "faultless": "answers in which no fault was found",
}
"""What each share is of what. Sentences of one answer are not independent: intervals are a little too narrow."""


@dataclass(frozen=True)
class Figures:
    """What the answers of one system come to."""

    system: str
    shares: Mapping[str, Share]
    """By the names in `MEASURES`, in that order."""
    faults: Mapping[FaultName, int]
    """How often each was found; those never found are not there."""


def figures_of(system: str, judgements: Sequence[Judgement]) -> Figures:
    """Count what was found in the answers of one system."""
    said = [claim for each in judgements for claim in each.said]
    standing = Counter(claim.standing for claim in said)
    uses = [use for each in judgements for use in each.uses]
    doses = [limited for each in judgements for _, limited in each.doses]
    answers = len(judgements)
    return Figures(
        system,
        {
            "verbatim": Share(standing["exact"], len(said)),
            "parts": Share(standing["part"], len(said)),
            "near": Share(standing["near"], len(said)),
            "made up": Share(standing["absent"], len(said)),
            "citations resolve": Share(sum(bool(use.entries) for use in uses), len(uses)),
            "citation recall": Share(sum(len(each.supported) for each in judgements), len(said)),
            "citation precision": Share(sum(len(each.supporting) for each in judgements), len(uses)),
            "caution recall": Share(sum(doses), len(doses)),
            "disclaimer": Share(sum(any(c.aside == "disclaimer" for c in each.claims) for each in judgements), answers),
            "silent": Share(sum(not each.said for each in judgements), answers),
            "faultless": Share(sum(not each.faults for each in judgements), answers),
        },
        Counter(fault.name for each in judgements for fault in each.faults),
    )


def table_rows(systems: Sequence[Figures]) -> list[tuple[str, list[str]]]:
    """Return one table of several systems: each row's name, and its cell for each system."""
    rows = [("answers", [str(each.shares["faultless"].trials) for each in systems])]
    rows += [(name, [str(each.shares[name]) for each in systems]) for name in MEASURES]
    for name in get_args(FaultName):
        if name == "bare myth" or any(each.faults.get(name) for each in systems):
            rows.append((f"fault: {name}", [str(each.faults.get(name, 0)) for each in systems]))
    return rows


def figures_json(figures: Figures) -> dict[str, Any]:
    """Return the figures as JSON: shares from 0 to 1 with their 95 % intervals (Wilson), counts of faults."""
    shares = {name: share_json(share.hits, share.trials) for name, share in figures.shares.items()}
    return {"system": figures.system, "shares": shares, "faults": dict(figures.faults)}


def judgement_json(judgement: Judgement) -> dict[str, Any]:
    """Return one judgement as JSON: each sentence with its standing, each fault with its place."""
    return {
        "id": judgement.answer.id,
        "question": judgement.answer.question,
        "sentences": [
            {
                "text": claim.text,
                "start": claim.start,
                "end": claim.end,
                "standing": claim.aside or claim.standing,
                "similarity": round(claim.similarity, 4),
                "entry": claim.places[0].entry.id if claim.places else None,
                "unit": claim.places[0].unit if claim.places else None,
                "supported": number in judgement.supported,
            }
            for number, claim in enumerate(judgement.claims)
        ],
        "faults": [
            {
                "name": fault.name,
                "sentence": fault.sentence,
                "start": fault.start,
                "end": fault.end,
                "explanation": fault.explanation,
            }
            for fault in judgement.faults
        ],
    }
