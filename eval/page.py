"""The page: a report as one HTML file that needs nothing beside it."""

from collections.abc import Sequence
from html import escape

from eval.ask import Json
from eval.baseline import Change, Verdict
from eval.pictures import Bar, bars, curve, histogram

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #0a7f6f; --bad: #b3261e; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; } figcaption { font-size: .9rem; opacity: .85; }
.met { color: var(--good); } .broken { color: var(--bad); font-weight: 600; }
blockquote { margin: .2rem 0; padding-left: .7rem; border-left: 3px solid var(--line); }
details { margin: .6rem 0; } summary { cursor: pointer; font-weight: 600; }
.scroll { overflow-x: auto; }
@media (prefers-color-scheme: dark) { :root { --good: #58c7b6; --bad: #ff8a80; } }
"""


def page_of(report: Json, timings: Json, judged: Sequence[Verdict], changed: Sequence[Change]) -> str:
    """Write a report as a page. Everything that came from a question or the library is shown as text, never run."""
    about = report["about"]
    broken = [each for each in judged if each.breaks and not each.met]
    worse = [each for each in changed if each.worse]
    state = (
        '<p class="broken">A gate is broken: see below.</p>'
        if broken or worse
        else '<p class="met">Every gate holds.</p>'
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation report</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>Evaluation report</h1>"
        f"<p>{about['questions']} questions, {about['notices']} about notices, {about['follow_ups']} follow-ups"
        f"{', a quick run' if about['quick'] else ''}. Every share stands with its 95 % interval; "
        f"<code>test</code> questions were used for nothing but reporting.</p>{state}"
        f"{_verdicts(judged)}{_changes(changed)}{_pictures(report)}{_timings(timings)}{_measures(report)}{_worst(report)}"
        "</body></html>\n"
    )


def _verdicts(judged: Sequence[Verdict]) -> str:
    rows = "".join(
        f"<tr><td>{escape(each.group)}</td><td>{escape(each.name)}</td><td class=n>{100 * each.value:.1f} %</td>"
        f"<td>{escape(each.wanted)}</td><td>{'gate' if each.breaks else 'goal'}</td><td>{_met(each)}</td></tr>"
        for each in judged
    )
    head = "<tr><th>group<th>measure<th class=n>measured<th>wanted<th>kind<th>met</tr>"
    return f"<h2>Gates and goals</h2><div class=scroll><table>{head}{rows}</table></div>" if judged else ""


def _met(verdict: Verdict) -> str:
    if verdict.met:
        return '<span class="met">yes</span>'
    return '<span class="broken">broken</span>' if verdict.breaks else "not yet"


def _changes(changed: Sequence[Change]) -> str:
    rows = "".join(
        f"<tr><td>{escape(each.name)}</td><td class=n>{100 * each.difference:+.1f}</td>"
        f"<td class=n>{100 * each.low:+.1f} to {100 * each.high:+.1f}</td><td class=n>{each.n}</td>"
        f"<td>{'<span class=broken>worse</span>' if each.worse else 'no worse'}</td></tr>"
        for each in changed
    )
    head = "<tr><th>outcome<th class=n>points<th class=n>95 % interval<th class=n>questions<th>verdict</tr>"
    return f"<h2>Against the baseline</h2><table>{head}{rows}</table>" if changed else ""


def _pictures(report: Json) -> str:
    curves = report["curves"]
    if not curves:
        return "<h2>Pictures</h2><p>The system gives no scores, so there are no curves.</p>"
    sections = [
        Bar(name, each["value"], each["low"], each["high"], each["n"])
        for name, each in curves["recall_by_section"].items()
        if each["value"] is not None
    ]
    figures = (
        (
            curve(curves["risk_coverage"], title="Risk-coverage curve", x="coverage", y="risk"),
            "Risk-coverage: what is wrong among the surest answers, as more of the reporting half is answered.",
        ),
        (
            curve(curves["reliability"], title="Reliability of the score", x="score", y="share right", diagonal=True),
            "Reliability: on the dashed line a score means what it says. The size of a dot is how many it stands for.",
        ),
        (
            bars(sections, title="Recall by section"),
            "Questions whose need an answer meets, by the section of the gold.",
        ),
    )
    drawn = "".join(f"<figure>{svg}<figcaption>{escape(words)}</figcaption></figure>" for svg, words in figures)
    return f'<h2>Pictures</h2><div class="charts">{drawn}</div>'


def _timings(timings: Json) -> str:
    if not timings["n"]:
        return ""
    drawn = histogram(timings["all"], title="Latency", x="milliseconds")
    return (
        f'<section id="timings"><h2>Latency</h2><p>p50 {timings["p50"]} ms, p95 {timings["p95"]} ms, '
        f"p99 {timings['p99']} ms over {timings['n']} questions, on the machine that ran them.</p>{drawn}</section>"
    )


def _measures(report: Json) -> str:
    parts = ["<h2>Measures</h2>"]
    for group, measures in report["measures"].items():
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td class=n>{_value(each['value'])}</td><td class=n>{_interval(each)}</td>"
            f"<td class=n>{each['n']}</td></tr>"
            for name, each in measures.items()
        )
        state = " open" if group in ("every answer", "test") else ""
        head = "<tr><th>measure<th class=n>value<th class=n>95 % interval<th class=n>n</tr>"
        parts.append(f"<details{state}><summary>{escape(group)}</summary><table>{head}{rows}</table></details>")
    return "".join(parts)


def _value(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _interval(measure: Json) -> str:
    return "" if measure["low"] is None else f"{measure['low']:.3f} to {measure['high']:.3f}"


def _worst(report: Json) -> str:
    rows = "".join(
        f"<tr><td>{escape(each['question'])}<br><small>{escape(each['suite'])}, {escape(each['id'])},"
        f" {escape(each['status'])}</small></td><td>{_places(each['said']) or 'silent'}</td>"
        f"<td>{_places(each['gold']) or 'the library does not say'}</td></tr>"
        for each in report["worst"]
    )
    head = "<tr><th>question<th>first quotation<th>gold</tr>"
    words = "<p>Of the development half: the reporting half stays unread, so that nothing is fitted to it.</p>"
    return f"<h2>The worst twenty</h2>{words}<div class=scroll><table>{head}{rows}</table></div>" if rows else ""


def _places(places: Sequence[Json]) -> str:
    return "".join(
        f"<blockquote>{escape(each['text'])}<br><small>{escape(each['entry'])}, {escape(each['section'])}</small>"
        "</blockquote>"
        for each in places[:3]
    )
