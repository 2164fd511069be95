"""Catching: every regular expression that the program compiles, while it is imported and used in a process of its own.

What was compiled before cannot be caught, so nothing of the program may be imported here before the catching begins.
"""

import ast
import dataclasses
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "assistant"
_MOST_AT_ONE_PLACE = 200
"""Patterns kept that one line compiles: those made of a question's own words would never end."""
_FUNCTIONS = frozenset({"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"})
_MARKDOWN = b"""# Made up

Underlined
----------

- one 5 mg
- - -
1. two

| a | b |
| --- | --- |
| c | d |

> said

***

**Myth:** it is said to help. **Fact:** it does not.

Cut off in the

"""
_CATCH = """
import sys
from pathlib import Path
from eval.reliability import _catching
_catching.tell(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Caught:
    """A pattern, and where it was compiled."""

    place: str
    pattern: str
    flags: int
    only_at_the_beginning: bool = False
    """It was used, and only ever tried at a text's first character, never at every one."""


class _Watched:
    """A compiled pattern that tells how it is used."""

    def __init__(self, compiled: Any, uses: set[str]) -> None:  # noqa: ANN401  of text or of bytes
        self._compiled = compiled
        self._uses = uses

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever a pattern has
        found = getattr(self._compiled, name)
        if not callable(found):
            return found

        def used(*given: Any, **named: Any) -> Any:  # noqa: ANN401  as `re` has it
            self._uses.add(name if len(given) + len(named) == 1 else f"{name} from a place")
            return found(*given, **named)

        return used


def caught_patterns(corpus: Path, index: Path) -> tuple[list[Caught], list[str]]:
    """Return every pattern that is compiled while the program is imported and used, and what was not reached.

    Returns:
        The patterns in order of place, and the places that make one as they go and were never come to.

    Raises:
        subprocess.CalledProcessError: the program could not be used.
    """
    command = [sys.executable, "-W", "ignore", "-c", _CATCH, str(corpus.resolve()), str(index.resolve())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  ourselves
    told = json.loads(done.stdout.splitlines()[-1])
    return [Caught(**each) for each in told["caught"]], told["missed"]


def tell(corpus: Path, index: Path) -> None:
    """Catch, and print what was caught as one line of JSON; for a fresh process."""
    caught: dict[tuple[str, int], Caught] = {}
    uses: dict[tuple[str, int], set[str]] = defaultdict(set)
    reached: dict[str, int] = {}
    compile_anew: Any = vars(re)["_compile"]

    def catching(pattern: Any, flags: Any) -> Any:  # noqa: ANN401  as `re` has it
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename == re.__file__:
            frame = frame.f_back
        if frame is not None and isinstance(pattern, str | bytes) and _is_ours(frame.f_code.co_filename):
            # What is read as bytes is read alike as the text of the same characters.
            text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
            place = f"{Path(frame.f_code.co_filename).relative_to(SOURCE)}:{frame.f_lineno}"
            if (text, int(flags)) not in caught:
                reached[place] = reached.get(place, 0) + 1
                if reached[place] <= _MOST_AT_ONE_PLACE:
                    caught[text, int(flags)] = Caught(place, text, int(flags))
            reached.setdefault(place, 0)
            return _Watched(compile_anew(pattern, flags), uses[text, int(flags)])
        return compile_anew(pattern, flags)

    vars(re)["_compile"] = catching
    try:
        _use(corpus, index)
    finally:
        vars(re)["_compile"] = compile_anew
    missed = []
    for place, pattern, flags in _written():
        if place not in reached and pattern is not None:
            caught.setdefault((pattern, flags), Caught(place, pattern, flags))
        elif place not in reached:
            missed.append(place)
    found = [
        dataclasses.replace(each, only_at_the_beginning=bool(uses[key]) and uses[key] <= {"match", "fullmatch"})
        for key, each in caught.items()
    ]
    found.sort(key=lambda each: (each.place, each.pattern))
    print(json.dumps({"caught": [dataclasses.asdict(each) for each in found], "missed": missed}))


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(SOURCE)


def _written() -> Iterator[tuple[str, str | None, int]]:
    """Yield each place in the program that calls `re`, with the pattern, None when it is not written out, and flags."""
    for module in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_bytes())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=function), args=[first, *_]):
                    if function not in _FUNCTIONS:
                        continue
                    named = [each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)]
                    flags = sum(int(re.RegexFlag[name]) for name in set(named) & set(re.RegexFlag.__members__))
                    pattern = first.value if isinstance(first, ast.Constant) else None
                    place = f"{module.relative_to(SOURCE)}:{node.lineno}"
                    yield place, pattern if isinstance(pattern, str) else None, flags


def _use(corpus: Path, index: Path) -> None:
    """Import every module, read a corpus, and ask, cite, verify and write down whatever a client may ask for."""
    import importlib

    for module in sorted(SOURCE.rglob("*.py")):
        if module.stem not in ("__init__", "__main__"):
            importlib.import_module("assistant." + ".".join(module.relative_to(SOURCE).with_suffix("").parts))
    from assistant.answering.question import Turn
    from assistant.answering.reply import open_desk, reply_to
    from assistant.errors import QuestionError
    from assistant.index.snapshot import load_snapshot
    from assistant.library.check import check_corpus, check_entry
    from assistant.library.parse import Stated, parse_entry
    from assistant.serving.markdown import block_quotation, quotations_in
    from assistant.serving.plain import entry_markdown
    from assistant.serving.reader import reader_page
    from assistant.serving.wire import answer_json
    from assistant.settings import PACKAGED_ENCODER

    check_corpus(corpus)
    desk = open_desk(load_snapshot(index, PACKAGED_ENCODER), "GB")
    before: list[Turn] = []
    for question in _questions():
        for turns in ([], before):
            try:
                answer = reply_to(question, turns, desk)
            except QuestionError:
                continue
            answer_json(answer)
            before = [Turn(question, ())]
    for entry in (*desk.snapshot.library.entries, parse_entry(_MARKDOWN, Stated("made-up", "made-up.md"))):
        entry_markdown(entry, "x")
        reader_page(entry, "x")
        check_entry(entry)
        list(quotations_in(block_quotation(entry.text)))


def _questions() -> Iterator[str]:
    for name in ("sample_dev", "notices_test", "dialogues_dev"):
        for line in (ROOT / "eval" / "questions" / f"{name}.jsonl").read_text("utf-8").splitlines()[::5]:
            record = json.loads(line)
            yield from (str(each["question"]) for each in record.get("turns", [record]))
    yield from ("does zinc help with colds", "tea the same", "vitamin c the same", "i take 5 mg of zinc")
