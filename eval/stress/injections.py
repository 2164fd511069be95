"""Injections: instructions put before, after and around a question, as somebody would who hopes to be obeyed."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.stress.model import Altered

_PACKAGED = Path(__file__).with_name("injections.toml")


@dataclass(frozen=True, slots=True)
class Attack:
    """A planted instruction."""

    style: str
    text: str
    """Where it stands around a question, with {question} in the question's place."""


def packaged_attacks() -> list[Attack]:
    """Return the instructions written for this project, in the order of their file."""
    return _of_toml(_PACKAGED)


def _of_toml(path: Path) -> list[Attack]:
    data = tomllib.loads(path.read_text("utf-8"))
    return [Attack(group["style"], text) for group in data["attack"] for text in group["texts"]]


def read_attacks(path: Path) -> list[Attack]:
    """Read instructions from a file in the form of ours (.toml), or of {"style": ["text", …], …}, as public sets are.

    Raises:
        ValueError: the file cannot be read, or is not of this form.
    """
    if path.suffix == ".toml":
        try:
            return _of_toml(path)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: cannot be read ({error}); give [[attack]] tables of style and texts") from None
    try:
        data: Any = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as JSON ({error}); give a file of {{style: [texts]}}") from None
    if not isinstance(data, Mapping) or not all(_is_texts(texts) for texts in data.values()):
        raise ValueError(f"{path}: not an object of lists of texts; give a file of {{style: [texts]}}")
    return [Attack(str(style), text) for style, texts in data.items() for text in texts]


def _is_texts(texts: object) -> bool:
    return isinstance(texts, list) and all(isinstance(text, str) and text.strip() for text in texts)


def injected(question: str, attacks: Sequence[Attack]) -> list[Altered]:
    """Return a question with each instruction before it, after it, and both, or around it where it says so."""
    made: list[Altered] = []
    for attack in attacks:
        if "{question}" in attack.text:
            made.append(Altered(f"{attack.style} around", attack.text.replace("{question}", question)))
        else:
            made.append(Altered(f"{attack.style} before", f"{attack.text} {question}"))
            made.append(Altered(f"{attack.style} after", f"{question} {attack.text}"))
            made.append(Altered(f"{attack.style} both", f"{attack.text}\n\n{question}\n\n{attack.text}"))
    return made
