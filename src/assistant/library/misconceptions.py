"""Misconceptions: where one begins, what belongs to it, and whether a correction follows.

A misconception said without its correction states a falsehood in the library's voice, so what is not surely corrected
counts as bare, and a bare one is never quoted.
"""

import re
from collections.abc import Sequence

from assistant.library.blocks import Block
from assistant.library.sentences import sentence_spans

_BULLET = r"[\W_]*+(?:\d{1,3}[.)]\s[\W_]*+)?"
CLAIM = re.compile(
    _BULLET + r"(?:(?:the|an?|another|common|popular|frequent|widespread) ){0,2}"
    r"(?:claim|myth|misconception|misbelief|fiction|belief)s?\b(?: ?#?\d+| no\. \d+)?[*_]*+\s?(?:[:—–]|-\s)",
    re.IGNORECASE,
)
"""How a misconception announces itself: "Claim:", "**Myth 2:**", "Common misconception -"."""
RUMOUR = re.compile(
    _BULLET + r"(?:it is|it['’]s|there is|(?:some |most |many )?people|many|a (?:common|popular|frequent)|you|we)\b"
    r"[^.!?]{0,60}?\b(?:(?:often|sometimes|widely|commonly) said|say|hear|told|believe[ds]?|belief|claim(?:ed|s)?|"
    r"think|thought|assumed?|myth|idea|notion|supposed)\b",
    re.IGNORECASE,
)
"""How one begins without a label: "It is often said that", "Many people believe"."""
CORRECTION = re.compile(
    _BULLET + r"(?:(?:the )?(?:fact|reality|truth|correction|evidence|response|answer)s?\b[*_]*+\s?(?:[:—–]|-\s)"
    r"|what the (?:evidence|research|studies|trials) (?:says?|shows?)\b[*_]*+\s?[:—–]"
    r"|(?:in fact|in reality|in truth|actually|not so|false|untrue|wrong)\b)",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:but|however|although|though|whereas|yet|in (?:fact|reality|truth)|(?:fact|reality|truth)\W{0,3}:)",
    re.IGNORECASE,
)
_HEADLINE = re.compile(r"(?:[-*+•]\s+|\d{1,3}[.)]\s+)?(?:(\*\*|__)[^*_]+\1|[\"“][^\"”]+[\"”])[.!?]?$")
"""A paragraph that is bold or quoted throughout."""
_ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]][.!?]*$")


def is_bare(text: str, block: Block) -> bool:
    """Whether a block states a misconception, by its wording or its dress, and nothing that corrects it."""
    words = block.span.of(text)
    return bool(CLAIM.match(words) or RUMOUR.match(words) or _HEADLINE.match(words)) and not is_corrected(text, [block])


def is_corrected(text: str, blocks: Sequence[Block]) -> bool:
    """Whether something follows the claim: a second sentence, a second block, or a turn such as "but".

    A turn may be the claim's own ("…, but only with food"): `check` shows such a claim to a person.
    """
    first, rest = blocks[0], blocks[1:]
    if rest:
        # A heading and the claim under it are still only the claim.
        return first.kind != "heading" or len(rest) > 1 or not is_bare(text, rest[0])
    if first.kind == "heading":
        return False
    words = [span.of(text) for span in sentence_spans(text, first.span.start, first.span.end)]
    return sum(not _ASIDE.match(sentence) for sentence in words) > 1 or _TURN.search(words[0]) is not None


def corrects(text: str, opening: Block, block: Block) -> bool:
    """Whether a paragraph announces itself as the correction ("Fact: …") of a bare claim just before it."""
    return block.kind == "paragraph" and CORRECTION.match(block.span.of(text)) is not None and is_bare(text, opening)


def continues(text: str, blocks: Sequence[Block], first: int, number: int) -> bool:
    """Whether the block at `number` belongs to the misconception that opens at `first` and holds all blocks between."""
    opening, before, block = blocks[first], blocks[number - 1], blocks[number]
    words = block.span.of(text)
    if block.kind not in ("paragraph", "item"):
        return False
    if CLAIM.match(words):
        # "### A heading" followed by "Myth: …" is one misconception; a second claim is another.
        return opening.kind == "heading" and number == first + 1
    if opening.kind == "heading" or CORRECTION.match(words):
        return True
    if block.kind == "item":
        if opening.kind == "item":
            return block.level > opening.level
        return before.kind == "item" or before.span.of(text).rstrip("*_").endswith(":")
    return not RUMOUR.match(words) and not words.endswith(":") and number == first + 1 and is_bare(text, opening)
