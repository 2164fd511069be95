"""Findings: one fault as a rule sees it, and as a person reads it.

A `Fault` knows an offset in a text and no file, a `Finding` a file and a line; both say the fact and the remedy. Must
not know which rules there are.
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]
Fault = tuple[int, Level, str, str]
"""Offset in the text (-1 for the whole file), level, code and message."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: `line` counts from 1, 0 stands for the whole file; `message` says what is wrong and what to do."""

    file: str
    line: int
    level: Level
    code: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.message} [{self.code}]"
