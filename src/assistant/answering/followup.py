"""Follow-ups: a question that leans on the one before it, written out in full.

It is written in the person's own words and the library's own names, never anything else, and shown. A question that
stands alone is left as it came; so is every question when no subject of the library stands. Must not know turns.
"""

from collections.abc import Sequence
from dataclasses import replace

from assistant.answering.naming import (
    KEPT,
    Said,
    all_called_in,
    called_in,
    first_subject_place,
    groups_in,
    items_beside,
    items_in,
    kind_of,
    only_says_who,
    places_of_items,
    places_of_names,
    strangers_in,
    subjects_in,
    telling,
    terms_beside_names,
    topic_of,
    who_in,
    with_age_named,
)
from assistant.answering.phrasing import (
    Phrase,
    is_only_a_name,
    phrase_of,
    speaks_of_oneself,
    with_names_replaced,
    words_in,
)
from assistant.answering.pointing import (
    about_place,
    actor_place,
    named_ordinal,
    object_place,
    things_in,
    with_one_named,
    with_people_named,
    with_pronoun_named,
    with_several_named,
)
from assistant.answering.standing import LONGEST, FullForm, Standing
from assistant.answering.turning import shows_leaning, turns_away
from assistant.answering.vocabulary import Vocabulary
from assistant.index.lexicon import ItemKind

_CIRCUMSTANCES: frozenset[ItemKind] = frozenset({"condition", "population", "medicine"})
"""Of these a new one takes the place of the one before."""


def in_full(plain: str, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Write a question out in full.

    Args:
        plain: the question in plain small letters, its misspellings repaired.
        standing: where the conversation stands.
        vocabulary: the library's names.

    Returns:
        Its full form, of at most `LONGEST` characters or as long as it came.
    """
    full = _written_out(plain, standing, vocabulary)
    return full if len(full.text) <= LONGEST else replace(full, text=plain)


def stands_alone(plain: str, vocabulary: Vocabulary) -> bool:
    """Whether a question names its subject and says all it asks, so that it comes out of `in_full` as it went in."""
    phrase = phrase_of(plain)
    leans = phrase.is_fragment or phrase.has_pronoun or phrase.asks_the_same
    return not leans and bool(subjects_in(plain, vocabulary))


def _written_out(plain: str, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    phrase = phrase_of(with_age_named(plain, vocabulary))
    own = subjects_in(plain, vocabulary)
    strangers = strangers_in(plain, vocabulary)
    if not standing.text:
        return FullForm(plain, leaves=bool(strangers) and not own)
    if own:
        return _with_own_subject(plain, phrase, standing, vocabulary)
    if not standing.rooted:
        return FullForm(plain, leaves=bool(strangers))
    if phrase.is_fragment and (name := phrase.before_the_same):
        return _switched(plain, name, standing, vocabulary)
    if phrase.asks_again:
        return FullForm(standing.latest, standing.subjects, leans=True, aside=True)
    if phrase.says_nothing:
        return FullForm(plain)
    if strangers and not (phrase.has_pronoun or phrase.modifies or phrase.is_personal):
        if phrase.is_fragment:
            return replace(_switched(plain, phrase.core.rstrip("?!. "), standing, vocabulary), leaves=True)
        return FullForm(plain, leaves=True)
    if standing.subjects:
        return _carried(plain, phrase, standing, vocabulary)
    if not shows_leaning(plain, phrase):
        return FullForm(plain)
    # What stands is no subject of the library: what leans on it is about that.
    return FullForm(f"{_open(standing.text)}: {phrase.core}", leans=True, leaves=True, aside=True)


def _with_own_subject(plain: str, phrase: Phrase, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Write out a question that names its subject, and leans on what stands for the rest: what about zinc?"""
    core = phrase.core
    if phrase.is_fragment and (together := _with_what_was_said(core, standing, vocabulary)):
        return together
    if (
        phrase.modifies
        and standing.subjects
        and not set(own_subjects := subjects_in(core, vocabulary)) & set(standing.subjects)
    ):
        text = f"{_open(standing.text)} {core}"
        return FullForm(text, standing.subjects, leans=True, aside=bool(own_subjects))
    if phrase.is_fragment and is_only_a_name(terms_beside_names(core, vocabulary)):
        return _switched(plain, core.rstrip("?!. "), standing, vocabulary)
    if phrase.is_fragment and phrase.switches and not items_beside(core, vocabulary):
        return _switched(plain, core.rstrip("?!. "), standing, vocabulary)
    if phrase.asks_the_same:
        return _switched(plain, " and ".join(called_in(core, vocabulary)), standing, vocabulary)
    named, actor = first_subject_place(core, vocabulary), actor_place(core)
    if actor and named is not None and actor[1] <= named:
        return _with_actor(plain, core, actor, standing, vocabulary)
    if (place := about_place(core)) and (topic := topic_of(standing.latest, vocabulary)):
        return FullForm(f"{core[: place[0]]}{topic}{core[place[1] :]}", leans=True)
    if (found := object_place(core)) and named is not None and named < found[1]:
        return _with_object(plain, core, found, standing, vocabulary)
    return FullForm(plain)


def _with_object(
    plain: str, core: str, found: tuple[str, int, int], standing: Standing, vocabulary: Vocabulary
) -> FullForm:
    """Name what a question's own subject does something to, or goes with: does zinc block it?"""
    verb, start, end = found
    medicine = _last(_in_latest(standing, vocabulary) or standing.said[-1:], "medicine") if verb == "with" else None
    called = called_in(standing.text, vocabulary)
    if medicine:
        return FullForm(f"{core[:start]}{medicine}{core[end:]}", leans=True)
    if len(called) != 1 or called == called_in(core, vocabulary):
        return FullForm(plain)
    return FullForm(f"{core[:start]}{called[0]}{core[end:]}", standing.subjects, leans=True)


def _with_what_was_said(core: str, standing: Standing, vocabulary: Vocabulary) -> FullForm | None:
    """Write out a name with the medicine just said: and garlic with it?"""
    found = object_place(core)
    if found is None or found[0] != "with" or not (medicine := _last(standing.said[-1:], "medicine")):
        return None
    return FullForm(f"{core[: found[1]]}{medicine}{core[found[2] :]}", leans=True, aside=True)


def _with_actor(plain: str, core: str, place: tuple[int, int], standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Name what does something to a question's own subject: does it lower folate?"""
    start, end = place
    pronoun = core[start:end]
    named = _in_latest(standing, vocabulary)
    said = _last(named, "population", "condition") if pronoun == "they" else _last(named, "medicine")
    if said:
        return FullForm(f"{core[:start]}{said}{core[end:]}", leans=True)
    called = called_in(standing.text, vocabulary)
    if not called or (pronoun == "they") != (len(called) > 1 or called[0].endswith("s")):
        return FullForm(plain)
    return FullForm(f"{core[:start]}{' and '.join(called)}{core[end:]}", standing.subjects, leans=True)


def _in_latest(standing: Standing, vocabulary: Vocabulary) -> list[Said]:
    items = items_in(standing.latest, vocabulary)
    return [each for each in standing.said if each.item in items]


def _switched(plain: str, name: str, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Ask of another thing what was asked last."""
    text = with_names_replaced(standing.text, places_of_names(standing.text, vocabulary), name)
    return FullForm(plain) if text is None else FullForm(text, leans=True)


def _carried(plain: str, phrase: Phrase, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Write out a question that names no subject and is about the one that stands."""
    if turns_away(plain, phrase, standing.subjects, vocabulary):
        return FullForm(plain, leaves=True)
    core, subjects, latest = phrase.core, standing.subjects, standing.latest
    called = called_in(standing.text, vocabulary)
    if phrase.means_several and len(called) == 1 < len(subjects):
        called = all_called_in(standing.text, vocabulary)
    name = " and ".join(called) or ", ".join(subjects)
    vague = not telling(word.term for word in words_in(plain))
    if phrase.asks_only_why or (phrase.asks_why and phrase.only_points):
        return FullForm(f"why {latest}", subjects, leans=True, aside=True, recalls=latest)
    if (one := _one_of(standing.text, called, phrase.ordinal)) is not None:
        return _about_one(one, called, phrase, standing, vocabulary)
    if nth := named_ordinal(core, called):
        return FullForm(nth[0], subjects_in(nth[1], vocabulary), leans=True)
    if phrase.asks_evidence:
        text = f"{name} {topic_of(latest, vocabulary) or topic_of(standing.text, vocabulary)}: {core}"
        return FullForm(text, subjects, leans=True, aside=True, asked=core, recalls=latest)
    states = (phrase.is_personal and not phrase.has_pronoun) or phrase.statement != core
    if phrase.is_fragment or states or (not phrase.has_pronoun and only_says_who(plain, vocabulary)):
        return _with_circumstances(phrase, name, standing, vocabulary)
    if vague and not phrase.has_pronoun:
        name = f"{name} {who_in(latest, {*KEPT, 'condition'}, vocabulary)}".strip()
    elif vague and phrase.compares:
        name = f"{name} {topic_of(latest, vocabulary)}".strip()
    group = groups_in(standing.text, vocabulary)
    if group and len(called) == 1 and not called[0].endswith("s") and (of_them := with_people_named(core, group[-1])):
        return FullForm(f"{name}: {of_them}", subjects, leans=True)
    if len(called) == 1 and not called[0].endswith("s") and phrase.means_several:
        things = things_in(topic_of(standing.text, vocabulary))
        both = with_one_named(core, name)
        if things and both and (several := with_several_named(both, things[-1])):
            return FullForm(several, subjects, leans=True)
        if things and (several := with_several_named(core, things[-1])):
            return FullForm(f"{name}: {several}", subjects, leans=True)
    choices = subjects if len(called) > 1 and phrase.means_one else ()
    return FullForm(with_pronoun_named(core, name) or f"{name}: {core}", subjects, choices, leans=True)


def _about_one(one: str, called: Sequence[str], phrase: Phrase, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Ask about one of several things that stand: the second one?"""
    rest = phrase.after_ordinal
    if one not in called:
        name = " and ".join(called) or ", ".join(standing.subjects)
        return FullForm(f"{name}: {one} {rest}".strip(), standing.subjects, leans=True)
    again = with_names_replaced(standing.text, places_of_names(standing.text, vocabulary), one) or one
    return FullForm(f"{one}: {rest}" if rest else again, subjects_in(one, vocabulary), leans=True)


def _with_circumstances(phrase: Phrase, name: str, standing: Standing, vocabulary: Vocabulary) -> FullForm:
    """Ask again of another condition or group, or of other circumstances: and in pregnancy? raw or cooked?"""
    core = phrase.statement
    if not core:
        return FullForm(standing.latest, standing.subjects, leans=True, aside=True)
    new = {kind_of(item) for item in items_in(core, vocabulary)} & _CIRCUMSTANCES
    replaced = places_of_items(standing.text, new, vocabulary)
    taken = who_in(core, {"medicine"}, vocabulary)
    if taken and new == {"medicine"} and only_says_who(core, vocabulary):
        # "I'm on warfarin" says no more than the medicine: what is asked is how the two go together.
        if not replaced:
            # A question about oneself goes on being one: can I take it with warfarin?
            asked = _open(standing.text) if speaks_of_oneself(standing.text) else name
            text = f"{asked} with {taken}"
            return FullForm(text, standing.subjects, leans=True, aside=True, recalls=standing.latest)
        core = taken
    if not replaced and not phrase.adds:
        return FullForm(f"{name}: {core}", standing.subjects, leans=True, aside=True, recalls=standing.latest)
    pieces, at = [], 0
    for start, end in replaced:
        pieces.append(standing.text[at:start])
        at = end
    text = f"{_open(''.join([*pieces, standing.text[at:]]))} {core}"
    return FullForm(text, standing.subjects, leans=True, recalls="" if replaced else standing.latest)


def _one_of(text: str, called: Sequence[str], ordinal: int | None) -> str | None:
    """Return the one of several things that an ordinal means; None when there are not as many."""
    things = called if len(called) > 1 else _open(text).split(" or ")
    known = ordinal is not None and len(things) > 1 and -len(things) <= ordinal < len(things)
    return things[ordinal] if ordinal is not None and known else None


def _last(said: Sequence[Said], *kinds: ItemKind) -> str | None:
    return next((each.name.lower() for each in reversed(said) if each.item.kind in kinds), None)


def _open(text: str) -> str:
    return text.rstrip("?!. ")
