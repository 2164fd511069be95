"""Scale: what a million, a hundred million and a thousand million passages would take, on paper.

Run as `python -m eval.scale` to print the tables of docs/scale.md, with `--write docs` to put them there with their
pictures. The arithmetic is `eval.sizing`, the simulation `eval.queues`. Nothing here was run at these sizes.
"""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from eval.marked import put_between
from eval.pictures import lines
from eval.queues import Times, in_line, lognormal, slowest_of
from eval.records import DataError
from eval.sizing import ASSUMED, MEASURED, NEAR, NOW, assumed, bytes_of, measured

START, END = "<!-- made by eval.scale -->", "<!-- end of what eval.scale made -->"
PASSAGES = (10**6, 10**8, 10**9)
RATES = (10, 10_000)
"""Questions a second."""
SHARDS = (1, 3, 10, 30, 100, 300)
BUSY = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_SEED = 20261123
_LINE, _FANNED = 40_000, 10_000
"""Questions simulated for each figure, of a line and of a fan-out."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _count(number: float) -> str:
    """Write a number with two digits that count, or whole from 10 on."""
    if number >= 10:
        return f"{number:,.0f}"
    return f"{number:.2g}"


def _power(passages: int) -> str:
    return "10" + str(round(math.log10(passages))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def inputs_table() -> str:
    """Write what the arithmetic starts from."""
    rows = [[f"{each.value:.4g}", each.what, each.source] for each in MEASURED.values()]
    rows += [[f"{each.value:.4g}", each.what, f"**assumed**: {each.source}"] for each in ASSUMED.values()]
    return table(["figure", "of what", "from"], rows)


def memory_table() -> str:
    """Write GB by what is kept."""
    names = {
        "float32": "vectors, float32",
        "halfvec": "vectors, halfvec",
        "int8": "vectors, int8",
        "links": "HNSW links",
        "words": "BM25 postings",
        "text": "text",
        "objects": "the library as Python objects, text included",
    }
    rows = [[what, *(_count(each * bytes_of(each)[name] / 1e9) for each in PASSAGES)] for name, what in names.items()]
    rows += [[f"**{way.name}**", *(_count(way.memory(each)) for each in PASSAGES)] for way in (NOW, NEAR)]
    return table(["GB, one copy", *map(_power, PASSAGES)], rows)


def work_table() -> str:
    """Write what a question costs, and how many machines that takes."""
    rows = []
    for way in (NOW, NEAR):
        for passages in PASSAGES:
            fixed, vectors, words = way.work(passages)
            by_rate = [_need(*way.machines(passages, rate)) for rate in RATES]
            rows.append([way.name, _power(passages), _count(fixed), _count(vectors), _count(words), *by_rate])
    head = ["way", "passages", "reading, choosing", "vectors", "words"]
    return table([*head, *(f"machines, {rate:,} a second" for rate in RATES)], rows)


def _need(memory: int, questions: int) -> str:
    return f"{max(memory, questions):,} ({'memory' if memory >= questions else 'questions'})"


def build_table() -> str:
    """Write what embedding everything takes."""
    rows = []
    for passages in PASSAGES:
        hours = passages * measured("vectors") * measured("encode") / 3.6e6
        rows.append([_power(passages), *(_count(hours / cores) for cores in (2, 16, 16 * 20))])
    return table(["hours to embed", "2 cores", "16 cores", "20 machines of 16 cores (`--ray`)"], rows)


def lines_of_cores() -> dict[str, dict[float, Times]]:
    """Simulate the wait for a core at 10,000 questions a second, by how the cores share their lines."""
    load = RATES[1] * measured("answer") / 1000
    found: dict[str, dict[float, Times]] = {"one line for all": {}, "a line a machine (16)": {}, "a line a core": {}}
    for number, busy in enumerate(BUSY):
        for way, servers in zip(found, (math.ceil(load / busy), int(assumed("cores")), 1), strict=True):
            draw = np.random.default_rng([_SEED, number, servers])
            service = lognormal(draw, measured("answer"), measured("sigma"), _LINE)
            found[way][busy] = in_line(draw, service, servers, busy)
    return found


def quiet_line() -> Times:
    """Simulate 10 questions a second on one core."""
    draw = np.random.default_rng([_SEED, 99])
    service = lognormal(draw, measured("answer"), measured("sigma"), _LINE)
    return in_line(draw, service, 1, RATES[0] * measured("answer") / 1000)


def fans() -> dict[str, dict[int, Times]]:
    """Simulate questions that need every shard, plain and hedged at a shard's own 95th percentile."""
    draw = np.random.default_rng([_SEED, 7])
    median, sigma = assumed("shard"), assumed("uneven")
    one = median * draw.lognormal(0, sigma, 200_000)
    one[draw.random(len(one)) < assumed("stalled")] *= 10
    late = float(np.percentile(one, 95))
    return {
        "plain": {each: slowest_of(draw, one, each, _FANNED) for each in SHARDS},
        "hedged": {each: slowest_of(draw, one, each, _FANNED, late) for each in SHARDS},
    }


def _p(times: Times, share: float) -> float:
    return float(np.percentile(times, share))


def queue_table(found: Mapping[str, Mapping[float, Times]]) -> str:
    """Write p50 and p99 by how busy the cores are."""
    load = RATES[1] * measured("answer") / 1000
    rows = [
        [f"{busy:.0%}", f"{math.ceil(load / busy)}", *(_pair(times[busy]) for times in found.values())] for busy in BUSY
    ]
    return table(["cores busy", "cores", *(f"{way}: p50, p99, ms" for way in found)], rows)


def fan_table(found: Mapping[str, Mapping[int, Times]]) -> str:
    """Write p50 and p99 by the number of shards."""
    rows = [[f"{shards}", *(_pair(times[shards]) for times in found.values())] for shards in SHARDS]
    return table(["shards", *(f"{way}: p50, p99, ms" for way in found)], rows)


def _pair(times: Times) -> str:
    return f"{_count(_p(times, 50))}, {_count(_p(times, 99))}"


def made() -> tuple[str, dict[str, str]]:
    """Return the page's tables in Markdown, and its pictures as SVG by file name."""
    cores, shards = lines_of_cores(), fans()
    parts = {
        "What it starts from": inputs_table(),
        "Memory": memory_table(),
        "Milliseconds of a core a question, and machines": work_table(),
        "Embedding": build_table(),
        "The wait for a core, at 10,000 questions a second": queue_table(cores)
        + f"\n\nAt 10 a second one core is {RATES[0] * measured('answer') / 1000:.0%} busy: {_pair(quiet_line())} ms."
        "\n\n![p50 and p99 by how busy the cores are](scale-busy.svg)",
        "The slowest of many shards": fan_table(shards) + "\n\n![p50 and p99 by number of shards](scale-shards.svg)",
    }
    curves = {
        "p99, a line a core": [_p(cores["a line a core"][busy], 99) for busy in BUSY],
        "p99, a line a machine": [_p(cores["a line a machine (16)"][busy], 99) for busy in BUSY],
        "p50, a line a core": [_p(cores["a line a core"][busy], 50) for busy in BUSY],
    }
    fanned = {
        f"p{share}, {way}": [_p(times[each], share) for each in SHARDS]
        for way, times in shards.items()
        for share in (99, 50)
    }
    pictures = {
        "scale-busy.svg": lines(
            [f"{busy:.0%}" for busy in BUSY],
            curves,
            title="How long a question takes, by how busy the cores are",
            x="cores busy",
            y="ms",
        ),
        "scale-shards.svg": lines(
            [str(each) for each in SHARDS],
            fanned,
            title="How long a question takes that needs every shard",
            x="shards",
            y="ms",
        ),
    }
    return "\n\n".join(f"**{head}.**\n\n{body}" for head, body in parts.items()), pictures


def main(arguments: Sequence[str]) -> int:
    """Print the tables, and write them with their pictures when asked to; 2 when the page cannot take them."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.scale", description="What more passages would take, on paper."
    )
    parser.add_argument("--write", type=Path, metavar="DIR", help="the folder of scale.md and its pictures")
    given = parser.parse_args(arguments)
    tables, pictures = made()
    try:
        if given.write:
            page = given.write / "scale.md"
            page.write_text(put_between(page.read_text("utf-8"), tables, START, END), "utf-8")
            for name, picture in pictures.items():
                (given.write / name).write_text(picture + "\n", "utf-8")
    except (DataError, OSError) as error:
        print(f"python -m eval.scale: {error}", file=sys.stderr)
        return 2
    print(tables)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
