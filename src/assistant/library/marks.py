"""Marks: what a unit says that something else must travel with, by rules a person can read.

A mark is a reason for care, never a reason to quote. First version: words and patterns; measured later against hand
labels.
"""

import re

from assistant.library.model import Mark, SectionName

DOSE = re.compile(
    r"\d[\d.,]{0,15}(?:\s?(?:-|–|to)\s?\d[\d.,]{0,15})?\s?(?:(?:thousand|million|billion|trillion)\s)?"
    r"(?:mg|mcg|microg|µg|μg|ug|g|grams?|milligrams?|micrograms?|iu|ml|cfu|kcal|drops?|capsules?|tablets?)\b(?!/d?l\b)",
    re.IGNORECASE,
)
"""A number with a unit of amount; not a concentration."""

_RULES: tuple[tuple[Mark, re.Pattern[str]], ...] = (
    ("dose", DOSE),
    (
        "limiter",
        re.compile(
            r"\bnot (?:anchored|established|known|clear|proven|shown|been shown|recommended|the right|sufficient)|"
            r"\bno (?:consensus|evidence|effect|benefit|clear)|\bvariable across|\bvaried\b|\bunclear\b|\buncertain|"
            r"\binsufficient evidence|\blimited\b|\bdifficult\b|\bsmall (?:trial|study|sample)|"
            r"\bone (?:small )?(?:trial|study)\b|\bshould be weighed|\bupper (?:level|limit)|\babove[- ]UL\b|\bUL\b|"
            r"\balongside\b|\bhowever\b|\brather than\b|\bonly (?:in|when|if|for)\b|\bobservational\b|"
            r"\bcannot (?:show|prove|establish|be)|\bdid not\b|\bdoes not\b|\bsmaller than\b|\bpoorly absorbed\b|"
            r"\bconfound",
            re.IGNORECASE,
        ),
    ),
    (
        "caution",
        re.compile(
            r"\bcan cause\b|\bmay cause\b|\badverse|\bside[- ]effects?\b|\bshould be supervised|\bavoid(?:ed)?\b|"
            r"\btoxic|"
            r"\boverdos|\bcontraindicat|\bimpair(?:ed|ment)\b|\bdiarrhoea\b|\bdiarrhea\b|\bbleeding\b|\bcaution\b|"
            r"\bharm\b|"
            r"\bincrease[sd]? (?:the )?risk|\bhyper[a-z]{3,30}(?:aemia|emia)\b|\bdepletion\b|\binterfere|"
            r"\breduce[sd]? (?:the )?absorption|\bhas not been studied\b|\bspeak to\b|\bmedical advice\b",
            re.IGNORECASE,
        ),
    ),
    (
        "conflict",
        re.compile(
            r"\bconflicts? of interest|\bfund(?:ed|ing)\b|\bsponsor|\bpaid for by\b|\bemployees? of\b|"
            r"\bindustry[- ](?:fund|support|sponsor)|\bcompeting interest",
            re.IGNORECASE,
        ),
    ),
    (
        "animal",
        re.compile(
            r"\bmice\b|\bmouse\b|\brats?\b|\brodents?\b|\bin vitro\b|\bcell cultures?\b|\banimal (?:stud|model|data)",
            re.IGNORECASE,
        ),
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
