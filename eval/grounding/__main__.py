"""Hold answers against the library, ours and anyone's side by side: `python -m eval.grounding --help`.

Exit codes: 0 no fault in any answer; 1 at least one has a fault; 2 the call or a file is wrong.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from assistant.errors import AssistantError
from assistant.library.manifest import load_library
from eval.endpoints import Asked, Endpoint, ask_endpoint
from eval.foreign import ForeignAnswer, ForeignError, read_answer, read_answers, read_records
from eval.grounding.figures import Figures, figures_json, figures_of, judgement_json, table_rows
from eval.grounding.judging import Judge, Judgement
from eval.grounding.page import page_of

Judged = tuple[Figures, list[Judgement]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge each system named on the command line; print one table, a column a system."""
    options = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        judged = _judge_all(options, errors)
        if options.json:
            options.json.write_text(_as_json(judged), "utf-8")
        if options.html:
            options.html.write_text(page_of(judged), "utf-8")
    except (ForeignError, AssistantError) as error:
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    except OSError as error:
        errors.print(f"{error.filename} cannot be written ({error.strerror}); name another place", markup=False)
        return 2
    Console().print(_table([figures for figures, _ in judged]))
    return int(any(each.faults for _, judgements in judged for each in judgements))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.grounding", description=__doc__)
    parser.add_argument("answers", nargs="*", type=Path, metavar="ANSWERS.jsonl", help="one system's answers each")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"), help="the library's folder (default: corpus)")
    parser.add_argument("--index", type=Path, help="our own built index: our answers are judged beside the others")
    parser.add_argument("--questions", type=Path, help='JSON lines of {"id", "question"} for --index and live systems')
    parser.add_argument("--openai", metavar="URL", help="a live OpenAI-compatible system")
    parser.add_argument("--anthropic", metavar="URL", help="a live system with Anthropic's messages and citations")
    parser.add_argument("--model", default="default", help="the model a live system is asked for")
    parser.add_argument("--key-variable", metavar="NAME", help="the environment variable that holds its key")
    parser.add_argument("--save", type=Path, metavar="OUT.jsonl", help="keep a live system's answers")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write figures, sentences and faults as JSON")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write one self-contained page")
    return parser


def _judge_all(options: argparse.Namespace, errors: Console) -> list[Judged]:
    judge = Judge(load_library(options.corpus))
    endpoint = _endpoint(options)
    if not options.answers and endpoint is None and not options.index:
        raise ForeignError("nothing to judge; name files of answers, --index, --openai or --anthropic")
    systems: list[tuple[str, Iterable[ForeignAnswer], int | None]] = []
    read = [(path, list(read_answers(path))) for path in options.answers]
    questions = _questions(options, [answers for _, answers in read])
    if options.index:
        systems.append(("ours", _ours(options.index, questions), len(questions)))
    systems += [(path.stem, answers, len(answers)) for path, answers in read]
    if endpoint is not None:
        live = _saved(ask_endpoint(endpoint, questions), options.save)
        systems.append((f"{endpoint.model} ({endpoint.base})", live, len(questions)))
    judged: list[Judged] = []
    for name, answers, total in systems:
        followed = track(answers, description=name, total=total, console=errors, transient=True)
        judgements = [judge.judge(answer) for answer in followed]
        judged.append((figures_of(name, judgements), judgements))
    return judged


def _endpoint(options: argparse.Namespace) -> Endpoint | None:
    if options.openai and options.anthropic:
        raise ForeignError("--openai and --anthropic together; ask one live system at a time, and --save its answers")
    base = options.openai or options.anthropic
    if not base:
        return None
    key = os.environ.get(options.key_variable, "") if options.key_variable else ""
    if options.key_variable and not key:
        raise ForeignError(f"the environment variable {options.key_variable!r} is not set; put the key in it")
    return Endpoint("openai" if options.openai else "anthropic", base, options.model, key)


def _questions(options: argparse.Namespace, read: Sequence[Sequence[ForeignAnswer]]) -> list[Asked]:
    """Return the questions of the file, or else those that the answers came with, each once."""
    if not (options.index or options.openai or options.anthropic):
        return []
    if options.questions is None:
        asked = {answer.id: answer.question for answers in read for answer in answers if answer.question.strip()}
    else:
        asked = {}
        for number, record in read_records(options.questions):
            question, name = record.get("question"), record.get("id", number)
            if not isinstance(question, str) or not question.strip():
                raise ForeignError(f"{options.questions}:{number}: no question in it; each line needs a text")
            asked[str(name)] = question
    if not asked:
        raise ForeignError("no questions to ask; name a file of them with --questions")
    return [Asked(name, question) for name, question in asked.items()]


def _ours(index: Path, questions: Sequence[Asked]) -> Iterator[ForeignAnswer]:
    """Answer in this process, as the service would."""
    # Loaded only when asked for: judging others needs no index and no encoder.
    from assistant.answering.reply import open_desk, reply_to
    from assistant.index.snapshot import load_snapshot
    from assistant.serving.wire import answer_json
    from assistant.settings import PACKAGED_ENCODER

    desk = open_desk(load_snapshot(index, PACKAGED_ENCODER), "GB")
    for asked in questions:
        yield read_answer(answer_json(reply_to(asked.question, [], desk)) | {"id": asked.id}, asked.id, "our answer")


def _saved(answers: Iterable[ForeignAnswer], path: Path | None) -> Iterator[ForeignAnswer]:
    """Yield answers, each kept in a file first, so that those before a failure are not lost."""
    if path is None:
        yield from answers
        return
    with path.open("w", encoding="utf-8") as file:
        for answer in answers:
            citations = [
                {name: getattr(cited, name) for name in ("entry", "url", "title", "cited_text", "start", "end")}
                for cited in answer.citations
            ]
            line = {"id": answer.id, "question": answer.question, "answer": answer.text, "citations": citations}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            yield answer


def _as_json(judged: Sequence[Judged]) -> str:
    systems = [
        figures_json(figures) | {"answers": [judgement_json(each) for each in judgements]}
        for figures, judgements in judged
    ]
    return json.dumps({"systems": systems}, ensure_ascii=False, indent=1) + "\n"


def _table(systems: Sequence[Figures]) -> Table:
    table = Table(caption="95 % intervals in brackets (Wilson)")
    table.add_column("", no_wrap=True)
    for figures in systems:
        # A name is shown as it is: brackets in it are no styles.
        table.add_column(Text(figures.system))
    for name, cells in table_rows(systems):
        table.add_row(name, *cells)
    return table


if __name__ == "__main__":
    sys.exit(main())
