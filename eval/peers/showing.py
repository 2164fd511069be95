"""Showing: the results as one table in Markdown and one picture."""

from collections.abc import Callable, Sequence

from eval.measures import Measure
from eval.peers.contenders import OURS, PEERS
from eval.peers.measuring import Result, Round, middle
from eval.pictures import Bar, Panel, panels

START, END = "<!-- made by eval.peers -->", "<!-- end of what eval.peers made -->"
PICTURE = "peers.svg"

_TIMED: tuple[tuple[str, Callable[[Round], float], str], ...] = (
    ("p50, ms", lambda each: each.p50, ".1f"),
    ("p95", lambda each: each.p95, ".1f"),
    ("p50 to its encoder's", lambda each: each.p50 / each.encoder_p50, ".1f"),
    ("processor, ms a search", lambda each: each.processor, ".1f"),
    ("of its encoder", lambda each: each.encoder_processor, ".1f"),
    ("cold start, s", lambda each: each.start, ".1f"),
    ("processor, s", lambda each: each.start_processor, ".1f"),
    ("resident, MiB", lambda each: each.resident, ".0f"),
)
"""What is shown of the rounds: the median of each."""


def table_of(results: Sequence[Result], sets: Sequence[str]) -> str:
    """Write what is found and what it takes, a row a way of searching; then what stands in the way of the others.

    Args:
        results: the rows.
        sets: the names of the data sets, as the results have them.
    """
    found = [f"nDCG@10 {name} | R@100" for name in sets]
    head = ["", *found, *(name for name, _, _ in _TIMED), "index, processor s", "installed, MB", "without torch"]
    lines = [f"| {' | '.join(head)} |", "|---" * (len(head) + len(sets)) + "|"]
    for result in results:
        lines.append(f"| {' | '.join([_name(result), *_cells(result, sets)])} |")
    fastest = next((each for each in results if each.name == OURS.name and not each.failure), None)
    if fastest is not None and fastest.rounds:
        lines += ["", _goals(fastest, [each for each in results if each.name != OURS.name and not each.failure], sets)]
    loads = [each.load for result in results for each in result.rounds]
    if loads:
        rounds = max(len(result.rounds) for result in results)
        lines += ["", f"Medians of {rounds} round(s); load average {min(loads):.0f} to {max(loads):.0f}."]
    lines += ["", f"Versions: {'; '.join(f'{each.name}: ' + ', '.join(each.pins) for each in PEERS)}."]
    return "\n".join(lines)


def _name(result: Result) -> str:
    return f"{result.name}, {result.way}" if result.way else result.name


def _cells(result: Result, sets: Sequence[str]) -> list[str]:
    if result.failure:
        return [result.failure.replace("|", "/"), *([""] * (2 * len(sets) + len(_TIMED) + 2))]
    cells = []
    for name in sets:
        row = result.measured.get(name)
        cells += [_interval(row.measures[0]), f"{row.measures[1].value:.3f}"] if row else ["", ""]
    cells += [format(middle(result.rounds, each), form) if result.rounds else "" for _, each, form in _TIMED]
    cells.append(f"{result.built.processor:.0f}" if result.built else "")
    return cells + ([f"{size:.0f}" for size in result.sizes] if result.sizes else ["", ""])


def _interval(measure: Measure) -> str:
    return f"{measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f})"


def _goals(ours: Result, others: Sequence[Result], sets: Sequence[str]) -> str:
    """Say in one line how this program stands to the best of the others, figure by figure."""
    said = []
    for name in sets:
        found = {
            _name(each): each.measured[name].measures[0].value for each in (ours, *others) if name in each.measured
        }
        known = {who: value for who, value in found.items() if value is not None}
        own = known.pop(_name(ours), None)
        if known and own is not None:
            who = max(known, key=lambda each: known[each])
            said.append(f"nDCG@10 on {name} {own - known[who]:+.3f} to {who}")
    timed: tuple[tuple[str, Callable[[Round], float]], ...] = (
        ("p50", lambda each: each.p50),
        ("processor time a search", lambda each: each.processor),
        ("cold start", lambda each: each.start),
        ("processor time of a cold start", lambda each: each.start_processor),
    )
    for name, figure in timed:
        rivals = [(middle(each.rounds, figure), _name(each)) for each in others if each.rounds]
        if rivals:
            least, who = min(rivals)
            said.append(f"{name} {least / middle(ours.rounds, figure):.1f} times as fast as {who}")
    return f"This program to the best of the others in each: {'; '.join(said) or 'nothing to compare with'}."


def _bar(measure: Measure) -> Bar | None:
    if measure.value is None or measure.low is None or measure.high is None:
        return None
    return Bar("", measure.value, measure.low, measure.high, measure.n)


def picture_of(results: Sequence[Result], sets: Sequence[str]) -> str:
    """Draw what is found beside what it takes, a row a way of searching."""
    shown = [each for each in results if not each.failure]
    drawn = []
    for name in sets:
        measures = [each.measured[name].measures[0] if name in each.measured else None for each in shown]
        bars = [_bar(each) if each else None for each in measures]
        drawn.append(Panel(f"nDCG@10, {name}", tuple(bars), ".3f"))
    for title, figure, form in (_TIMED[0], _TIMED[5]):
        values = [middle(each.rounds, figure) if each.rounds else None for each in shown]
        taken = (None if value is None else Bar("", value, value, value, len(shown)) for value in values)
        drawn.append(Panel(title, tuple(taken), form))
    title = "This program beside what one would use instead: what is found, the time of a search, and of a cold start"
    return panels([_name(each) for each in shown], drawn, title=title)
