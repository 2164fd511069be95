"""Stress sets: variants of one kind made on the fly from any questions, the same for the same seed."""

import json
import zlib
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from eval.stress.disguises import disguise
from eval.stress.injections import Attack, injected
from eval.stress.model import Altered, StressKind, Variant
from eval.stress.spelling import misspell
from eval.stress.wording import abbreviated, abbreviation_pairs, paraphrases, typed

_SLIPS = 8
"""Misspelt copies made of a question, to choose from."""
Alter = Callable[[str, np.random.Generator], list[Altered]]


@dataclass(frozen=True, slots=True)
class Materials:
    """What the variants are made with."""

    known: Set[str]
    """Words in small letters that a misspelling must not make."""
    attacks: Sequence[Attack]


def read_questions(path: Path) -> list[str]:
    """Read the questions of a JSON lines file, each under "question" or "text", every one once.

    Raises:
        ValueError: the file cannot be read, or a line, named, is not an object with a question.
    """
    questions: list[str] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read ({error}); give a file of JSON lines") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}:{number}: not JSON ({error.msg}); write one object a line") from None
        question = (record.get("question") or record.get("text")) if isinstance(record, dict) else None
        if not isinstance(question, str) or not question.strip():
            raise ValueError(f'{path}:{number}: no question in it; write {{"question": "…"}}')
        questions.append(question.strip())
    if not questions:
        raise ValueError(f"{path}: no questions in it; write one JSON object a line")
    return list(dict.fromkeys(questions))


def make_variants(
    questions: Sequence[str], kind: StressKind, count: int, seed: int, materials: Materials
) -> list[Variant]:
    """Make variants of one kind, as many as wanted or as there are, over all questions as evenly as may be.

    Args:
        questions: the plain ones.
        kind: how they are altered.
        count: how many variants at most.
        seed: of all that is left to chance.
        materials: known words and planted instructions.
    """
    numbers = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    alter = _alterations(kind, materials)
    made: list[tuple[str, list[Altered]]] = []
    for question in questions:
        altered = alter(question, numbers)
        made.append((question, [altered[int(n)] for n in numbers.permutation(len(altered))]))
    variants: list[Variant] = []
    while len(variants) < count and any(altered for _, altered in made):
        for question, altered in made:
            if altered and len(variants) < count:
                one = altered.pop()
                variants.append(Variant(f"{kind}-{seed}-{len(variants):05d}", kind, one.way, question, one.text))
    return variants


def _alterations(kind: StressKind, materials: Materials) -> Alter:
    pairs = abbreviation_pairs()
    table: dict[StressKind, Alter] = {
        "misspelt": partial(_misspelt, known=materials.known),
        "paraphrase": lambda question, _: paraphrases(question),
        "lookalike": disguise,
        "injected": lambda question, _: injected(question, materials.attacks),
        "typing": lambda question, _: typed(question),
        "abbreviation": lambda question, _: abbreviated(question, pairs),
    }
    return table[kind]


def _misspelt(question: str, numbers: np.random.Generator, *, known: Set[str]) -> list[Altered]:
    found = [misspell(question, numbers, known) for _ in range(_SLIPS)]
    return list({each.text: each for each in found if each is not None}.values())
