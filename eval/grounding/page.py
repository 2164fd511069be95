"""The page: judged answers as one HTML file that needs nothing beside it, and runs nothing."""

from collections.abc import Mapping, Sequence
from html import escape

from eval.grounding.claims import Claim
from eval.grounding.figures import MEASURES, Figures, table_rows
from eval.grounding.judging import Judgement
from eval.grounding.words import Change

_STYLE = """
:root { color-scheme: light dark; --line: #8886; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.scroll { overflow-x: auto; }
.answer { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--line); padding-left: .8rem; }
mark { color: inherit; padding: 0 .15em; border-radius: .2em; border-bottom: 2px solid; }
mark.exact { background: #2e9e6b33; border-color: #2e9e6b; }
mark.part { background: #3b82c433; border-color: #3b82c4; }
mark.near { background: #d9952033; border-color: #d99520; }
mark.absent { background: #c8372d33; border-color: #c8372d; }
mark.aside { background: none; border-bottom-style: dotted; border-color: var(--line); }
.tag { font-size: .72rem; font-weight: 600; margin-right: .3em; }
del { color: #b3261e; } ins { color: #0a6f60; font-weight: 600; text-decoration: none; }
@media (prefers-color-scheme: dark) { del { color: #ff8a80; } ins { color: #58c7b6; } }
details { margin: 1rem 0; } summary { cursor: pointer; } .differs { font-size: .92rem; }
"""
_TAGS: Mapping[str, str] = {"exact": "exact", "part": "part", "near": "changed", "absent": "not there"}


def page_of(systems: Sequence[tuple[Figures, Sequence[Judgement]]]) -> str:
    """Write judged answers as a page: the table, then each system's answers, those with faults first and open.

    Every word of an answer, a question or an entry is shown as text.
    """
    figures = [each for each, _ in systems]
    heads = "".join(f"<th scope=col>{escape(each.system)}</th>" for each in figures)
    rows = "".join(
        f"<tr><th scope=row>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in table_rows(figures)
    )
    meanings = "".join(f"<li><b>{escape(name)}</b>: {escape(meaning)}</li>" for name, meaning in MEASURES.items())
    answers = "".join(_system(each, judgements) for each, judgements in systems)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Grounding</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>Grounding</h1>"
        f"<div class=scroll><table><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<details><summary>What each share is of what (95 % intervals, Wilson)</summary><ul>{meanings}</ul></details>"
        f"{answers}</body></html>\n"
    )


def _system(figures: Figures, judgements: Sequence[Judgement]) -> str:
    ordered = sorted(judgements, key=lambda each: not each.faults)
    return f"<h2>{escape(figures.system)}</h2>{''.join(map(_judgement, ordered))}"


def _judgement(judgement: Judgement) -> str:
    answer, faults = judgement.answer, judgement.faults
    count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}" if faults else "no fault"
    listed = "".join(
        f"<li><b>{escape(fault.name)}</b>{_about(fault.sentence)}: {escape(fault.explanation)}</li>" for fault in faults
    )
    return (
        f"<details{' open' if faults else ''}><summary><b>{escape(answer.id)}</b> {escape(answer.question)} "
        f"({count})</summary><div class=answer>{_text(judgement)}</div>"
        f"{f'<ul>{listed}</ul>' if listed else ''}{_differences(judgement)}</details>"
    )


def _about(sentence: str) -> str:
    return f", “{escape(sentence)}”" if sentence else ""


def _text(judgement: Judgement) -> str:
    """Return the answer's text with each sentence marked by how it stands, in words as well as in colour."""
    text = judgement.answer.text
    parts: list[str] = []
    at = 0
    for claim in judgement.claims:
        start, end = max(at, claim.start), max(at, claim.end)
        tag = claim.aside or _TAGS[claim.standing]
        parts.append(escape(text[at:start]))
        parts.append(
            f"<mark class={claim.standing}><span class=tag>[{escape(tag)}]</span>{escape(text[start:end])}</mark>"
        )
        at = end
    return "".join(parts) + escape(text[at:])


def _differences(judgement: Judgement) -> str:
    shown = "".join(f"<li>{_difference(claim)}</li>" for claim in judgement.claims if claim.changes and claim.places)
    return f"<p class=differs>Against the library:</p><ul class=differs>{shown}</ul>" if shown else ""


def _difference(claim: Claim) -> str:
    """Return the library's words with what the answer left out struck through and what it added set apart."""
    place = claim.places[0]
    first, end = claim.stretch
    words = place.words[first:end]
    parts: list[str] = []
    at = 0
    for change in claim.changes:
        parts.append(escape(" ".join(words[at : change.at])))
        parts.append(_change(change))
        at = change.at + len(change.library)
    parts.append(escape(" ".join(words[at:])))
    where = f"{place.entry.id}, unit {place.unit}, {claim.similarity:.0%} alike"
    return f"{' '.join(part for part in parts if part)} <small>({escape(where)})</small>"


def _change(change: Change) -> str:
    gone = f"<del>[−{escape(' '.join(change.library))}]</del>" if change.library else ""
    new = f"<ins>[+{escape(' '.join(change.answer))}]</ins>" if change.answer else ""
    return " ".join(part for part in (gone, new) if part)
