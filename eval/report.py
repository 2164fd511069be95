"""The report: every question asked, judged and summed up, as one JSON document that repeats byte for byte.

How long things took is kept apart, in `Report.timings`: nothing else in a report changes from run to run.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from assistant.library.model import Library
from eval.ask import Json, System
from eval.cases import dialogues, notice_cases
from eval.cautions import caution_measures
from eval.judge import Judged, judge
from eval.labelled import Place, labelled_questions
from eval.libraries import Plan
from eval.marks import hand_labels
from eval.measures import Measure, reliability, risk_coverage, share_of
from eval.summary import (
    Noticed,
    answer_measures,
    best_is_right,
    dialogue_measures,
    notice_measures,
    recall_by_section,
    soundness_measures,
)
from eval.talk import Followed, follow
from eval.trec import qrels_of, run_of

WORST = 20
QUICK = 5
"""In a quick run one question in this many is asked: an odd number, because the halves alternate."""
REPEATED = 20
"""One question in this many is asked twice, to see that it gets the same answer."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One library, the system that answers from it, and the sets asked over it."""

    plan: Plan
    system: System
    snapshot_id: str


@dataclass
class Run:
    """Everything asked in one run."""

    judged: list[Judged] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    followed: list[Followed] = field(default_factory=list)
    repeats: list[bool] = field(default_factory=list)
    """Of each question asked twice: whether both answers were the same."""
    milliseconds: list[float] = field(default_factory=list)


def ask_everything(suites: Sequence[Suite], *, quick: bool, told: Callable[[str, int], None]) -> Run:
    """Ask every labelled question of every suite.

    Args:
        suites: the libraries with their systems; notices and dialogues are asked of the last one, the largest.
        quick: ask one question in five.
        told: hears the name of each set and how many questions were asked of it, for a progress display.
    """
    run = Run()
    step = QUICK if quick else 1
    for suite in suites:
        served = suite.system.entries()
        for name in suite.plan.sets:
            over = Library(tuple(entry for entry in suite.plan.library.entries if entry.id in served))
            questions = list(labelled_questions(name, over))[::step]
            for number, question in enumerate(questions):
                reply = suite.system.ask(question.text)
                run.judged.append(judge(f"{name} in {suite.plan.name}", question, reply, suite.plan.library))
                run.milliseconds.append(reply.milliseconds)
                if number % REPEATED == 0:
                    run.repeats.append(suite.system.ask(question.text).record == reply.record)
            told(f"{name} in {suite.plan.name}", len(questions))
    last = suites[-1]
    for case in list(notice_cases())[::step]:
        record = last.system.ask(case.text).record
        run.noticed.append(Noticed(case, record["status"], record["reason"]))
    told("notices", len(run.noticed))
    for dialogue in list(dialogues(last.plan.library))[::step]:
        run.followed += follow(dialogue, last.system, last.plan.library)
    told("follow-ups", len(run.followed))
    return run


def report_of(run: Run, suites: Sequence[Suite], *, quick: bool) -> Json:
    """Sum a run up as a JSON document."""
    groups = {name: _measures(measures) for name, measures in _groups(run, suites).items() if measures}
    reporting = [each for each in run.judged if each.question.half == "test" and each.suite != "given in given"]
    return {
        "about": {
            "libraries": {each.plan.name: each.snapshot_id for each in suites},
            "quick": quick,
            "questions": len(run.judged),
            "notices": len(run.noticed),
            "follow_ups": len(run.followed),
        },
        "measures": groups,
        "curves": _curves(reporting, suites),
        # Only of the half that may be looked at: who reads the other's answers one by one begins to fit to them.
        "worst": [_side_by_side(each, suites) for each in worst([e for e in run.judged if e.question.half == "dev"])],
        "questions": [_line(each) for each in run.judged],
        "notices": [
            {"id": each.case.id, "needs": each.case.needs, "form": each.case.form, "got": each.reason, "met": each.met}
            for each in run.noticed
        ],
        "follow_ups": [_follow_up(each) for each in run.followed],
    }


def timings_of(run: Run) -> Json:
    """Return how long answers took, in milliseconds."""
    if not run.milliseconds:
        return {"n": 0}
    p50, p95, p99 = np.quantile(run.milliseconds, [0.5, 0.95, 0.99])
    rounded = {name: round(float(value), 2) for name, value in (("p50", p50), ("p95", p95), ("p99", p99))}
    return {"n": len(run.milliseconds), **rounded, "all": [round(each, 2) for each in run.milliseconds]}


def worst(judged: Sequence[Judged]) -> list[Judged]:
    """Return the twenty worst answers: the surest wrong ones first, then the silences where there was an answer."""

    def harm(each: Judged) -> float:
        if each.answered and not each.right_first:
            return 2.0 + each.score
        return 1.0 - each.score if each.question.answerable and not each.answered else 0.0

    ranked = sorted(judged, key=lambda each: (-harm(each), each.suite, each.question.id))
    return [each for each in ranked[:WORST] if harm(each) > 0]


def _groups(run: Run, suites: Sequence[Suite]) -> dict[str, list[Measure]]:
    labels = hand_labels(suites[-1].plan.library)
    groups: dict[str, list[Measure]] = {
        "every answer": [
            *soundness_measures(run.judged),
            share_of("determinism", run.repeats),
        ]
    }
    for half in ("test", "dev"):
        own = [each for each in run.judged if each.question.half == half]
        # The given entry is asked alone and among the others: its questions count once in the whole.
        groups[half] = answer_measures([each for each in own if each.suite != "given in given"]) if own else []
        by_suite = defaultdict(list)
        for each in own:
            by_suite[each.suite].append(each)
        groups |= {f"{half}: {suite}": answer_measures(inside) for suite, inside in by_suite.items()}
        whole = [each for each in own if each.suite.endswith(f" in {suites[-1].plan.name}")]
        groups[f"{half}: cautions"] = caution_measures(whole, labels) if whole and labels else []
    for half in ("test", "dev"):
        noticed = [each for each in run.noticed if each.case.half == half]
        followed = [each for each in run.followed if each.half == half]
        groups[f"{half}: notices"] = notice_measures(noticed) if noticed else []
        groups[f"{half}: conversations"] = dialogue_measures(followed) if followed else []
    return groups


def _measures(measures: Sequence[Measure]) -> Json:
    return {
        each.name: {key: _rounded(value) for key, value in asdict(each).items() if key != "name"} for each in measures
    }


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def _curves(judged: Sequence[Judged], suites: Sequence[Suite]) -> Json:
    if not judged or any(each.reply.score is None for each in judged):
        return {}
    scores = [each.score for each in judged]
    right = [each.question.answerable and best_is_right(each) for each in judged]
    curve = risk_coverage(scores, [not hit for hit in right])
    sections = {
        (entry.id, unit): entry.section_of[unit].name
        for suite in suites
        for entry in suite.plan.library.entries
        for unit in range(len(entry.units))
    }
    known = [each for each in judged if each.question.answerable]
    return {
        "risk_coverage": [[round(x, 4), round(y, 4)] for x, y in zip(curve.coverage, curve.risk, strict=True)],
        "reliability": [
            [round(each.stated, 4), round(each.observed, 4), each.n] for each in reliability(scores, right)
        ],
        "recall_by_section": _measures(list(recall_by_section(known, sections).values())),
    }


def _line(each: Judged) -> Json:
    quotes = each.reply.record["quotes"]
    return {
        "suite": each.suite,
        "id": each.question.id,
        "half": each.question.half,
        "about": each.question.about,
        "answerable": each.question.answerable,
        "status": each.reply.record["status"],
        "reason": each.reply.record["reason"],
        "right": each.right_first,
        "need_met": each.need_met,
        "score": None if each.reply.score is None else round(each.reply.score, 4),
        "first": [quotes[0]["entry"]["id"], quotes[0]["units"][0]] if quotes else None,
    }


def _follow_up(each: Followed) -> Json:
    return {
        "dialogue": each.dialogue,
        "turn": each.number,
        "half": each.half,
        "form": each.turn.form,
        "ndcg": round(each.ndcg, 4),
        "rewrite_ndcg": round(each.rewrite_ndcg, 4),
        "dragged": each.dragged,
        "unchanged": each.unchanged,
    }


def _side_by_side(each: Judged, suites: Sequence[Suite]) -> Json:
    library = next(suite.plan.library for suite in suites if each.suite.endswith(f" in {suite.plan.name}"))
    quotes = each.reply.record["quotes"] if each.answered else []
    return {
        "suite": each.suite,
        "id": each.question.id,
        "question": each.question.text,
        "status": each.reply.record["status"],
        "score": None if each.reply.score is None else round(each.reply.score, 4),
        "said": [{"entry": q["entry"]["id"], "section": q["section"], "text": q["text"]} for q in quotes[:1]],
        "gold": [_place(place, library) for place in sorted(each.question.best)],
    }


def _place(place: Place, library: Library) -> Json:
    entry = library.by_id[place[0]]
    return {"entry": entry.id, "section": entry.section_of[place[1]].name, "text": entry.words(place[1])}


def trec_lines(judged: Sequence[Judged]) -> tuple[str, str]:
    """Return the judgments and the run of what was asked, each in the form that TREC's tools read."""
    qrels, run = [], []
    for each in judged:
        name = f"{each.suite.replace(' ', '_')}/{each.question.id}"
        qrels += [
            f"{name} 0 {unit} {grade}"
            for unit, grade in sorted(qrels_of(each.question.best, each.question.also).items())
        ]
        ranked = enumerate(run_of([place for place, _ in each.reply.ranking]).items(), start=1)
        run += [f"{name} Q0 {unit} {rank} {score:.6f} assistant" for rank, (unit, score) in ranked]
    return "\n".join(qrels) + "\n", "\n".join(run) + "\n"
