"""Chat: a conversation in the terminal. Its questions live as long as the program and are written nowhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TextIO

from rich.console import Console
from rich.text import Text

from assistant.answering.answer import Answer
from assistant.answering.question import MAX_TURNS, Turn
from assistant.answering.reply import Desk, reply_to
from assistant.errors import QuestionError
from assistant.library.sources import sources_of
from assistant.serving.terminal import say_degraded, show_answer

PROMPT = "? "
_HELP = """\
Type a question. A follow-up such as "and in pregnancy?" keeps its subject, and says so.
:sources      what the last answer quoted, with links
:drop         carry nothing over from the last question; :drop NAME only this
:new          begin again
:help         this
:quit         leave, as does the end of the input"""


@dataclass(slots=True)
class Conversation:
    """What has been asked so far, as a client of the service would keep it."""

    desk: Desk
    turns: list[Turn] = field(default_factory=list)
    last: Answer | None = None

    def ask(self, question: str) -> Answer:
        """Ask a question after those before it.

        Raises:
            QuestionError: it is empty, too long or holds control characters; the conversation stays as it was.
        """
        answer = reply_to(question, self.turns[-MAX_TURNS:], self.desk)
        self.turns.append(Turn(question, answer.subjects if answer.status != "clarify" else ()))
        self.last = answer
        return answer

    def choose(self, number: int) -> Answer | None:
        """Ask the last question about one of the subjects it may mean, from 1; None when there is no such choice."""
        choices = self.choices
        if self.last is None or not 1 <= number <= len(choices):
            return None
        self.turns[-1] = replace(self.turns[-1], subjects=(choices[number - 1],))
        return self.ask(self.last.question)

    @property
    def choices(self) -> tuple[str, ...]:
        """The subjects of which the last question means one."""
        asked = self.last is not None and self.last.status == "clarify" and self.last.reading is not None
        return self.last.reading.choices if asked and self.last and self.last.reading else ()

    def drop(self, name: str) -> tuple[str, ...]:
        """Carry a name on no longer, or nothing that is carried when it is empty; return what was dropped."""
        reading = self.last.reading if self.last else None
        held = dict.fromkeys((*reading.carried_over, *reading.subjects)) if reading else {}
        dropped = tuple(each for each in held if not name or each.lower() == name.lower())
        if dropped:
            self.turns[-1] = replace(self.turns[-1], dropped=(*self.turns[-1].dropped, *dropped))
        return dropped


def lines_of(stream: TextIO) -> Iterator[str]:
    """Yield the lines of an input: of a terminal with a prompt and the keys that bring earlier lines back."""
    if not stream.isatty():
        yield from stream
        return
    import readline  # noqa: F401 - to have imported it gives `input` its history, which is kept in memory only

    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            return


def converse(desk: Desk, console: Console, lines: Iterable[str]) -> None:
    """Answer lines until they end: a question each, or a command that begins with a colon."""
    conversation = Conversation(desk)
    for line in lines:
        text = line.strip()
        if text in (":quit", ":q"):
            return
        if text:
            _respond(conversation, console, text)


def _respond(conversation: Conversation, console: Console, text: str) -> None:
    command, _, rest = text.partition(" ")
    if command == ":new":
        conversation.turns.clear()
        conversation.last = None
        console.print("A new conversation.")
    elif command == ":drop":
        dropped = conversation.drop(rest.strip())
        console.print(f"Dropped: {', '.join(dropped)}" if dropped else "Nothing such is carried over.")
    elif command == ":sources":
        _show_sources(conversation.last, console)
    elif command.startswith(":"):
        console.print(_HELP)
    else:
        _show_reply(conversation, console, text)


def _show_reply(conversation: Conversation, console: Console, text: str) -> None:
    was_degraded = conversation.last is not None and conversation.last.degraded
    try:
        chosen = conversation.choose(int(text)) if text.isascii() and text.isdecimal() and len(text) < 3 else None
        answer = chosen or conversation.ask(text)
        if not was_degraded:
            say_degraded(answer)
        show_answer(console, answer)
    except QuestionError as error:
        console.print(Text(str(error), style="bold red"))
        return
    for number, choice in enumerate(conversation.choices, start=1):
        console.print(Text(f"{number}  {choice}"))


def _show_sources(answer: Answer | None, console: Console) -> None:
    if answer is None or not answer.quotes:
        console.print("The last answer quotes nothing.")
        return
    for quote in answer.quotes:
        console.print(Text(f"{quote.entry.title or quote.entry_id}  {quote.entry.url}".rstrip()))
        for source in sources_of(quote.entry, quote.first, quote.last):
            console.print(Text(f"  {source.label}  {source.url or ''}".rstrip(), style="dim"))
