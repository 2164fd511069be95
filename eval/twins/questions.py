"""Questions made from statements: templates of several shapes, by what the statement says.

Every question names its subject and carries telling words of the statement that answers it. None speaks of the asker:
that would be a request for advice, which is answered otherwise. Must not know what the right place is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.library.model import Entry
from assistant.library.segment import split_row
from eval.twins.drafts import label_of
from eval.twins.telling import AMOUNT, DURATION, telling_phrases

_GENERAL = (
    ("about", "What does the library say about {subject} and {phrases}?"),
    ("keyword", "{subject} {words}"),
    ("known", "What is known about {phrases} with {subject}?"),
    ("tell", "Tell me about {subject}, {phrases}"),
    ("found", "what was found on {phrases} for {subject}"),
)
_DOSE = (
    ("how_much", "How much {subject} is named for {phrases}?"),
    ("which_dose", "What dose of {subject} goes with {phrases}?"),
    ("in_unit", "How many {unit} of {subject} are named for {phrases}?"),
    ("dose_keyword", "{subject} dose {words}"),
)
_TIME = (
    ("how_long", "How long does the library say for {subject} and {phrases}?"),
    ("time_keyword", "{subject} {words} how long"),
)
_FORM = (("which_form", "Which forms of {subject} does the library name, and {phrases}?"),)
_POPULATION = (
    ("safe_in", "Is {subject} safe in {population}?"),
    ("known_for", "What is known about {subject} and {population}?"),
    ("group_keyword", "{subject} {population}"),
    ("group_care", "What should be known of {subject} for {population}?"),
)
_INTERACTION = (
    ("interacts", "Does {subject} interact with {partner}?"),
    ("together", "What is known about {subject} together with {partner}?"),
    ("pair_keyword", "{subject} {partner} interaction"),
    ("same_time", "Can {subject} and {partner} be combined?"),
    ("issue", "What is the issue with {subject} and {partner}?"),
)
_MISCONCEPTION = (
    ("is_it_true", "Is it true that {claim}?"),
    ("bare_claim", "{claim}?"),
    ("heard", "People say that {claim}. Is that right?"),
    ("agrees", "Does the library agree that {claim}?"),
    ("myth_keyword", "{subject} myth {words}"),
)
_FEWEST = 3
"""Telling words that a question needs at least."""
_LONGEST_PARTNER = 3
"""Words of what a table sets beside its subject, such as "fat-containing meals"; more are a description."""
Shapes = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the shape it was made in."""

    shape: str
    text: str


def filled(shapes: Shapes, parts: Mapping[str, str]) -> list[Asked]:
    """Fill templates with what they ask about; one whose part is empty or missing is left out."""
    asked = []
    for name, template in shapes:
        wanted = re.findall(r"\{(\w+)\}", template)
        if all(parts.get(part) for part in wanted):
            text = template.format_map(parts)
            asked.append(Asked(name, text[0].upper() + text[1:] if template[0].isupper() else text))
    return asked


def about_statement(words: str, subject: str, section: str, frequencies: Mapping[str, int]) -> list[Asked]:
    """Ask about a statement by its telling words, in every shape that suits what it says and where it stands."""
    parts = _parts(words, subject, frequencies)
    dosed = about_dose(words, subject, frequencies) if AMOUNT.search(words) else []
    timed = filled(_TIME, parts) if DURATION.search(words) else []
    formed = filled(_FORM, parts) if section == "forms" else []
    return [*filled(_GENERAL, parts), *dosed, *timed, *formed]


def about_dose(words: str, subject: str, frequencies: Mapping[str, int]) -> list[Asked]:
    """Ask for the amount that a statement names."""
    amount = AMOUNT.search(words)
    unit = re.sub(r"[\d.,\s–-]|to\b", "", amount.group()) if amount else ""
    return filled(_DOSE, {**_parts(words, subject, frequencies), "unit": unit})


def about_population(subject: str, population: str) -> list[Asked]:
    """Ask about a group of people."""
    return filled(_POPULATION, {"subject": subject, "population": population})


def about_pair(subject: str, partner: str) -> list[Asked]:
    """Ask about a subject beside something else that is taken."""
    return filled(_INTERACTION, {"subject": subject, "partner": partner})


def about_claim(claim: str, subject: str, frequencies: Mapping[str, int]) -> list[Asked]:
    """Ask whether a claim is so; one that does not name its subject is asked with it."""
    named = claim if subject in claim.lower() else f"with {subject}, {claim}"
    return filled(_MISCONCEPTION, {**_parts(claim, subject, frequencies), "claim": named})


def about_unit(entry: Entry, number: int, subject: str, frequencies: Mapping[str, int]) -> list[Asked]:
    """Ask about a unit of an entry in the shapes that suit what it states."""
    unit, words = entry.units[number], entry.words(number)
    if unit.kind == "row":
        return about_pair(subject, partner_of(words, (*entry.subjects, *entry.aliases)))
    if label := label_of(entry, number):
        return [*about_population(subject, label.lower()), *about_statement(words, subject, "populations", frequencies)]
    return about_statement(words, subject, entry.section_of[number].name, frequencies)


def partner_of(row: str, names: Sequence[str]) -> str:
    """Return what a table row sets beside its subject in its first cell.

    Args:
        row: the row's words.
        names: all names of the subject; what bears one of them is not something else.

    Returns:
        In small letters; empty when the cell names only the subject, or describes at length what is beside it.
    """
    cell = re.sub(r"\([^()]*\)", "", split_row(row)[0]).lower().split(",")[0]
    named = [part.strip() for part in re.split(r"\s+(?:and|with|plus|vs\.?|versus)\s+|\s?[/+&]\s?", cell)]
    own = [name.lower() for name in names]
    others = [part for part in named if part and not any(part in name or name in part for name in own)]
    return others[0] if others and len(others[0].split()) <= _LONGEST_PARTNER else ""


def _parts(words: str, subject: str, frequencies: Mapping[str, int]) -> dict[str, str]:
    phrases = telling_phrases(words, frequencies, without=subject)
    # Fewer words would not tell one statement from another, and the question would have more than one right answer.
    telling = len(" ".join(phrases[:2]).split()) >= _FEWEST
    return {
        "subject": subject,
        "phrases": " and ".join(phrases[:2]) if telling else "",
        "words": " ".join(phrases) if telling else "",
    }
