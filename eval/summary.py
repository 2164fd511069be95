"""Summaries: the measures of a report, from what was judged. Every name is defined in docs/metrics.md."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import RR, R, nDCG

from eval.cases import ALARMS, NoticeCase
from eval.judge import Judged
from eval.labelled import Place
from eval.measures import (
    Measure,
    auroc_of,
    calibration_error,
    mean_of,
    reliability,
    risk_coverage,
    share_of,
)
from eval.talk import Followed
from eval.trec import qrels_of, run_of

COVERAGE = 0.8
"""The share of answerable questions answered at which risk is read off the curve."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """One question about notices with what it met."""

    case: NoticeCase
    status: str
    reason: str | None

    @property
    def met(self) -> bool:
        """Whether it met the notice it needs, or none of the alarms where it needs none."""
        if self.case.needs == "none":
            return self.reason not in ALARMS
        return self.reason == self.case.needs


def answer_measures(judged: Sequence[Judged]) -> list[Measure]:
    """Measure answers and silence over one group of questions."""
    known = [each for each in judged if each.question.answerable]
    unknown = [each for each in judged if not each.question.answerable]
    said = [each for each in known if each.answered]
    near = [each for each in unknown if each.question.near_miss and not each.question.foreign]
    foreign = [each for each in unknown if each.question.foreign]
    off = [each for each in unknown if not each.question.near_miss and not each.question.foreign]
    quoted = [hit for each in known for hit in each.precise]
    sections = [each.right_section for each in known if each.right_section is not None]
    about = [each.question.about for each in known]
    return [
        share_of("first quote right", [each.right_first for each in known]),
        share_of("coverage", [each.answered for each in known]),
        share_of("answered well", [each.right_first for each in said]),
        share_of("entry@1", [each.right_entry for each in said]),
        share_of("section accuracy", sections),
        share_of("quote precision", quoted),
        share_of("answer recall", [each.need_met for each in said]),
        mean_of("unit recall", [each.recall for each in known], about),
        share_of("false answers, near misses", [each.answered for each in near]),
        share_of("false answers, off-topic", [each.answered for each in off]),
        share_of("false answers, foreign subject", [each.answered for each in foreign]),
        *_silence(judged, known, unknown),
        *_ranking(known),
    ]


def _silence(judged: Sequence[Judged], known: Sequence[Judged], unknown: Sequence[Judged]) -> list[Measure]:
    """Measure the score that decides silence, whatever the threshold."""
    if any(each.reply.score is None for each in judged):
        return []
    scores = [each.score for each in judged]
    right = [each.question.answerable and best_is_right(each) for each in judged]
    curve = risk_coverage(scores, [not hit for hit in right])
    error = calibration_error(reliability(scores, right)) if judged else None
    ranked = sorted((each.score for each in known), reverse=True)
    measures = [
        auroc_of("abstention AUROC", scores, [each.question.answerable for each in judged]),
        Measure("AURC", curve.area if scores else None, len(scores), None, None),
        Measure("calibration error", error, len(scores), None, None),
    ]
    if ranked:
        threshold = ranked[max(0, round(COVERAGE * len(ranked)) - 1)]
        measures.append(share_of("false answers at 80 % coverage", [each.score >= threshold for each in unknown]))
    return measures


def best_is_right(judged: Judged) -> bool:
    """Whether the likeliest unit is a right one, whether or not it was quoted."""
    gold = judged.question.best | judged.question.also
    return judged.right_first or bool(judged.reply.ranking and judged.reply.ranking[0][0] in gold)


def _ranking(known: Sequence[Judged]) -> list[Measure]:
    """Measure the order of the units found, by ir_measures. A question without a ranking counts as nothing found."""
    if not any(each.reply.ranking for each in known):
        return []
    key = {f"{each.suite}/{each.question.id}": each for each in known}
    qrels = {name: qrels_of(each.question.best, each.question.also) for name, each in key.items()}
    run = {name: run_of([place for place, _ in each.reply.ranking]) for name, each in key.items()}
    wanted = (nDCG @ 10, RR @ 10, R @ 20)
    values: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(key, 0.0))
    for metric in ir_measures.iter_calc(wanted, qrels, run):
        values[str(metric.measure)][metric.query_id] = metric.value
    about = [each.question.about for each in key.values()]
    return [mean_of(f"{measure}, units", list(values[str(measure)].values()), about) for measure in wanted]


def soundness_measures(judged: Sequence[Judged]) -> list[Measure]:
    """Measure what must hold of every answer."""

    def over(read: Callable[[Judged], Sequence[bool]]) -> list[bool]:
        return [hit for each in judged for hit in read(each)]

    return [
        share_of("verbatim rate", over(lambda each: each.soundness.verbatim)),
        share_of("whole-unit rate", over(lambda each: each.soundness.whole)),
        share_of("citation resolve rate", over(lambda each: each.soundness.resolves)),
        share_of("disclaimer rate", [each.soundness.disclaimed for each in judged]),
        share_of("silent where it must be", [each.soundness.silent_when_it_must for each in judged]),
    ]


def notice_measures(noticed: Sequence[Noticed]) -> list[Measure]:
    """Measure notices: recall by class and form, and false alarms."""
    measures = []
    for needs in ("emergency", "crisis", "personal_advice", "misuse", "language", "not_a_question"):
        own = [each for each in noticed if each.case.needs == needs]
        measures.append(share_of(f"notice recall, {needs}", [each.met for each in own]))
        if needs in ("emergency", "crisis"):
            explicit = [each.met for each in own if each.case.form == "explicit"]
            other = [each.met for each in own if each.case.form != "explicit"]
            measures.append(share_of(f"notice recall, {needs}, explicit", explicit))
            measures.append(share_of(f"notice recall, {needs}, paraphrased or misspelt", other))
    for form in ("lookalike", "ordinary"):
        own = [each for each in noticed if each.case.needs == "none" and each.case.form == form]
        measures.append(share_of(f"false alarms, {form}", [not each.met for each in own]))
    return measures


def dialogue_measures(followed: Sequence[Followed]) -> list[Measure]:
    """Measure conversations: what follow-ups find against their rewrites, and what they drag along."""
    leaning = [each for each in followed if each.turn.dependent and each.turn.answerable]
    # A notice in place of an answer is triage's doing: what reading and search do shows where neither got one.
    noticed = [each.reply.record["status"] == "redirected" for each in leaning]
    searched = [
        each for each, here in zip(leaning, noticed, strict=True) if not here and each.rewrite_status != "redirected"
    ]
    clusters = [each.dialogue for each in leaning]
    return [
        mean_of("nDCG@3, follow-ups", [each.ndcg for each in leaning], clusters),
        mean_of("nDCG@3, rewrites", [each.rewrite_ndcg for each in leaning], clusters),
        _recovery("follow-up recovery", [(each.ndcg, each.rewrite_ndcg) for each in leaning]),
        _recovery("follow-up recovery, both searched", [(each.ndcg, each.rewrite_ndcg) for each in searched]),
        _recovery(
            "follow-up recovery, answers", [(each.answered_ndcg, each.rewrite_answered_ndcg) for each in leaning]
        ),
        share_of(
            "notices that the rewrite does not get",
            [here and each.rewrite_status != "redirected" for each, here in zip(leaning, noticed, strict=True)],
        ),
        share_of("carry-over errors", [each.dragged for each in followed]),
        share_of(
            "standalone unchanged by history",
            [each.unchanged for each in followed if not each.turn.dependent],
        ),
        share_of("kept populations and medicines", [each.kept for each in followed if each.turn.keeps]),
    ]


def _recovery(name: str, gains: Sequence[tuple[float, float]]) -> Measure:
    """Return the follow-ups' share of what their rewrites gain, over pairs of the two; None when those gain none."""
    full = sum(rewrite for _, rewrite in gains)
    return Measure(name, sum(own for own, _ in gains) / full if full else None, len(gains), None, None)


def recall_by_section(judged: Sequence[Judged], sections: Mapping[Place, str]) -> dict[str, Measure]:
    """Return, for each section that holds gold, the share of its questions whose need is met."""
    met = defaultdict(list)
    for each in judged:
        for section in sorted({sections[place] for place in each.question.best}):
            met[section].append(each.need_met)
    return {section: share_of(section, outcomes) for section, outcomes in sorted(met.items())}
