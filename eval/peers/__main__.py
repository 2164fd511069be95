"""Peers: this program's search beside what one would use instead, in the same run on the same machine.

Run as `python -m eval.peers FOLDER:SPLIT ... --write docs/performance.md`. Each peer is installed in an environment of
its own, which needs a package index once; environments and indexes are kept. What is found is measured on every data
set named, times on the first. A peer that cannot be installed or fails has a row that says so.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import AssistantError
from assistant.index.export import encoder_folder
from assistant.settings import PACKAGED_ENCODER
from eval.beir import Collection, read_collection
from eval.indexing import say
from eval.marked import put_between
from eval.peers.contenders import OURS, PEERS, Contender
from eval.peers.environments import InstallError, python_of, sizes_of
from eval.peers.measuring import Built, Result, Round, Subject, build, rank, time_round, write_set
from eval.peers.sessions import PeerError
from eval.peers.showing import END, PICTURE, START, picture_of, table_of
from eval.records import DataError
from eval.retrieval import Row, first_queries, positive

NO_NETWORK = (
    "no peer can be installed; connect to a package index (PIP_INDEX_URL names one), "
    "or give --environments a folder in which they have been installed"
)


def installed(contenders: Sequence[Contender], folder: Path) -> dict[str, Path | str]:
    """Return each contender's interpreter by its key, or why it has none.

    Raises:
        DataError: there are peers among them, and none can be installed.
    """
    found: dict[str, Path | str] = {}
    for contender in contenders:
        try:
            found[contender.key] = python_of(contender, folder)
        except InstallError as error:
            say(str(error))
            found[contender.key] = f"not installed: {error}"
    peers = [found[each.key] for each in contenders if each.pins]
    if peers and all(isinstance(each, str) for each in peers):
        raise DataError(NO_NETWORK)
    return found


def measure(
    contenders: Sequence[Contender], sets: dict[str, Collection], given: argparse.Namespace, encoder: Path
) -> list[Result]:
    """Measure all contenders: first what they find, then times, round by round, so that one load meets all.

    Raises:
        DataError: no peer can be installed.
    """
    pythons = installed(contenders, given.environments)
    texts = {name: write_set(name, each, given.environments / "indexes") for name, each in sets.items()}
    failures: dict[tuple[str, bool], str] = {}
    subjects: dict[tuple[str, bool], Subject] = {}
    built: dict[tuple[str, str], Built] = {}
    measured: dict[tuple[str, bool], dict[str, Row]] = {}
    rounds: dict[tuple[str, bool], list[Round]] = {}
    for contender in contenders:
        for hybrid in contender.ways:
            way, python = (contender.key, hybrid), pythons[contender.key]
            measured[way], rounds[way] = {}, []
            if isinstance(python, str):
                failures[way] = python
                continue
            subjects[way] = Subject(contender, hybrid, python, encoder, given.patience)
            try:
                for name, collection in sets.items():
                    if (contender.key, name) not in built:
                        built[contender.key, name] = build(
                            contender, python, encoder, texts[name], patience=given.patience, anew=given.anew
                        )
                    measured[way][name] = row = rank(subjects[way], built[contender.key, name], collection)
                    say(f"{contender.name}, {_way(contender, hybrid)}, {name}: nDCG@10 {row.measures[0].value:.3f}")
            except PeerError as error:
                say(f"{contender.name} {error}")
                failures[way] = f"failed: {error}"
    first, collection = next(iter(sets.items()))
    asked = list(collection.queries.values())
    asked = asked[:: math.ceil(len(asked) / given.questions)]
    for number in range(given.rounds):
        for way, subject in subjects.items():
            if way in failures:
                continue
            try:
                rounds[way].append(time_round(subject, built[way[0], first], asked))
                say(f"round {number + 1}: {subject.contender.name}, p50 {rounds[way][-1].p50:.1f} ms")
            except PeerError as error:
                say(f"{subject.contender.name} {error}")
                failures[way] = f"failed: {error}"
    return [
        Result(
            name=contender.name,
            way=_way(contender, hybrid),
            failure=failures.get((contender.key, hybrid), ""),
            measured=measured[contender.key, hybrid],
            rounds=rounds[contender.key, hybrid],
            built=built.get((contender.key, first)),
            sizes=None if isinstance(python := pythons[contender.key], str) else sizes_of(contender, python),
        )
        for contender in contenders
        for hybrid in contender.ways
    ]


def _way(contender: Contender, hybrid: bool) -> str:
    if not contender.pins:
        return ""
    return "hybrid" if hybrid else "vectors"


def main(arguments: Sequence[str], contenders: Sequence[Contender] = (OURS, *PEERS)) -> int:
    """Measure, print the table, and return the exit code: 2 when the data or the set-up is wrong.

    Args:
        arguments: as on the command line.
        contenders: what is measured.
    """
    parser = argparse.ArgumentParser(prog="python -m eval.peers", description="Beside what one would use instead.")
    parser.add_argument("sets", nargs="+", metavar="FOLDER:SPLIT", help="a data set in the BEIR layout and its split")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[each.key for each in contenders])
    parser.add_argument("--rounds", type=positive, default=3, help="how often times are taken, each in a new process")
    parser.add_argument("--questions", type=positive, default=60, help="about how many are asked in a round")
    parser.add_argument("--limit-queries", type=positive, metavar="N", help="only the first N queries of each data set")
    parser.add_argument("--patience", type=positive, default=7200, help="seconds that one index or answer may take")
    parser.add_argument("--anew", action="store_true", help="build every index again")
    parser.add_argument("--environments", type=Path, default=Path("build/peers"), help="where the peers are installed")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table in this page, the picture beside it")
    given = parser.parse_args(arguments)
    try:
        sets = {}
        for each in given.sets:
            folder, _, split = each.rpartition(":")
            collection = first_queries(read_collection(Path(folder), split), given.limit_queries)
            sets[f"{Path(folder).name} {split}, n {len(collection.queries)}"] = collection
        encoder = encoder_folder(PACKAGED_ENCODER)
        assert encoder is not None  # a name of ours is always a folder
        chosen = [each for each in contenders if not given.only or each.key in given.only]
        results = measure(chosen, sets, given, encoder)
        table = table_of(results, list(sets))
        if given.write:
            given.write.write_text(put_between(given.write.read_text("utf-8"), table, START, END), "utf-8")
            (given.write.parent / PICTURE).write_text(picture_of(results, list(sets)) + "\n", "utf-8")
    except (DataError, AssistantError, OSError) as error:
        say(f"python -m eval.peers: {error}")
        return 2
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
