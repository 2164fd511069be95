"""Marks: what a unit says that something else must travel with, by rules a person can read.

A mark is a reason for care, never a reason to quote. First version: words and patterns; measured later against hand labels.
"""

import re

from assistant.library.model import Mark, SectionName

DOSE = re.compile(
    r"\d[\d.,]*(?:\s?(?:-|–|to)\s?\d[\d.,]*)?\s?"
    r"(?:mg|mcg|µg|μg|ug|g|grams?|milligrams?|micrograms?|iu|ml|cfu|kcal|drops?|capsules?|tablets?)\b(?!/d?l\b)",
    re.IGNORECASE,
)
"""A number with a unit of amount; not a concentration."""

_RULES: tuple[tuple[Mark, re.Pattern[str]], ...] = (
    ("dose", DOSE),
    (
        "limiter",
        re.compile(
            r"\bnot (?:anchored|established|known|clear|proven|shown|been shown|recommended|the right|sufficient)|\bno (?:consensus|"
            r"evidence|effect|benefit|clear)|\bvariable across|\bvaried\b|\bunclear\b|\buncertain|\binsufficient evidence|\blimited\b|"
            r"\bdifficult\b|\bsmall (?:trial|study|sample)|\bone (?:small )?(?:trial|study)\b|\bshould be weighed|\bupper (?:level|limit)|"
            r"\babove[- ]UL\b|\bUL\b|\balongside\b|\bhowever\b|\brather than\b|\bonly (?:in|when|if|for)\b|\bobservational\b|"
            r"\bcannot (?:show|prove|establish|be)|\bdid not\b|\bdoes not\b|\bsmaller than\b|\bpoorly absorbed\b|\bconfound",
            re.IGNORECASE,
        ),
    ),
    (
        "caution",
        re.compile(
            r"\bcan cause\b|\bmay cause\b|\badverse|\bside[- ]effects?\b|\bshould be supervised|\bavoid(?:ed)?\b|\btoxic|\boverdos|"
            r"\bcontraindicat|\bimpair(?:ed|ment)\b|\bdiarrhoea\b|\bdiarrhea\b|\bbleeding\b|\bcaution\b|\bharm\b|\bincrease[sd]? (?:the )?risk|"
            r"\bhyper[a-z]{3,}(?:aemia|emia)\b|\bdepletion\b|\binterfere|\breduce[sd]? (?:the )?absorption|\bspeak to\b|\bmedical advice\b",
            re.IGNORECASE,
        ),
    ),
    (
        "conflict",
        re.compile(
            r"\bconflicts? of interest|\bfund(?:ed|ing)\b|\bsponsor|\bemployees? of\b|\bindustry[- ](?:fund|support|sponsor)|\bcompeting interest",
            re.IGNORECASE,
        ),
    ),
    (
        "animal",
        re.compile(r"\bmice\b|\bmouse\b|\brats?\b|\brodents?\b|\bin vitro\b|\bcell cultures?\b|\banimal (?:stud|model|data)", re.IGNORECASE),
    ),
)


def marks_of(words: str, section: SectionName, *, labelled: bool) -> frozenset[Mark]:
    """Say what a unit's words call for.

    Args:
        words: the unit's exact text.
        section: where it stands: populations and interactions mark all their units.
        labelled: whether it stands under a population's label.
    """
    marks: set[Mark] = {mark for mark, pattern in _RULES if pattern.search(words)}
    if section == "populations" or labelled:
        marks.add("population")
    if section == "interactions":
        marks.add("interaction")
    return frozenset(marks)
