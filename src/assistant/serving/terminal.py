"""The terminal: an answer as a person reads it there. Quotations are set apart from our own words."""

import sys

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from assistant.answering.answer import Answer
from assistant.answering.quotes import Quote
from assistant.library.sources import sources_of


def terminal_console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is, at most 100 characters wide."""
    return Console(stderr=stderr, highlight=False, markup=False, width=min(100, Console().width))


def show_answer(console: Console, answer: Answer) -> None:
    """Print an answer: how it was read, its notice, its quotations with their citations, and the disclaimer."""
    if answer.reading is not None and (answer.reading.corrections or answer.reading.leans):
        console.print(Text(f"Read as: {answer.reading.read_as}", style="dim"))
    if answer.reading is not None and answer.reading.carried_over:
        console.print(Text(f"Answering about: {', '.join(answer.reading.carried_over)}", style="dim"))
    if answer.notice is not None:
        console.print(Text(answer.notice.text, style="bold"))
    for quote in answer.quotes:
        heading = answer.label(quote) or (None if quote.role == "answer" else answer.notices.label(quote.role))
        console.print()
        if heading:
            console.print(Text(heading, style="bold yellow"))
        console.print(Padding(_words(quote), (0, 0, 0, 2)))
        console.print(Padding(Text(f"— {_citation(quote)}", style="cyan"), (0, 0, 0, 2)))
        for source in sources_of(quote.entry, quote.first, quote.last):
            link = f"  {source.url}" if source.url else ""
            console.print(Padding(Text(f"{source.label}{link}", style="dim"), (0, 0, 0, 4)))
    if answer.nearest:
        console.print(Text("\nWhere to look:", style="bold"))
        for each in answer.nearest:
            console.print(Padding(Text(f"{each.title or each.entry_id} · {each.section}"), (0, 0, 0, 2)))
    console.print()
    console.print(Text(answer.disclaimer.text, style="dim"))


def say_degraded(answer: Answer) -> None:
    """Say on stderr, in the fixed words, that part of the search did not work for an answer."""
    if answer.degraded:
        print(answer.notices.for_reason("degraded").text, file=sys.stderr, flush=True)


def _words(quote: Quote) -> RenderableType:
    """Return the quoted words; a table row under its columns' names, because one cell alone reads as advice."""
    if quote.columns is None:
        return Text(f"“{quote.text}”", style="italic")
    table = Table(show_header=False, box=None, padding=(0, 1), pad_edge=False)
    for column, cell in zip(quote.columns, quote.cells, strict=True):
        table.add_row(Text(column, style="bold"), Text(f"“{cell}”", style="italic"))
    return table


def _citation(quote: Quote) -> str:
    entry = quote.entry
    facts = [
        entry.title or entry.id,
        quote.section.name,
        f"reviewed {entry.last_reviewed}" if entry.last_reviewed else "review date not known",
        f"confidence {entry.confidence}" if entry.confidence else "confidence not stated",
        *(["sample entry, not by the publisher"] if entry.provenance == "sample" else []),
    ]
    return " · ".join(facts)
