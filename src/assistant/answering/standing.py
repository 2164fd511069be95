"""Standing: where a conversation stands before a question, and a question written out in full from that.

Two values and nothing more. Must not know how a question is written out.
"""

from dataclasses import dataclass

from assistant.answering.naming import Said

LONGEST = 1000
"""Characters of a question in full: as many as one may have when it is asked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands before a question."""

    text: str = ""
    """The last question in full, in plain small letters; empty when nothing stands."""
    latest: str = ""
    """The same, or what only added to it since: with food? after surgery?"""
    subjects: tuple[str, ...] = ()
    """The library's subjects it was about; none when it turned to something else."""
    rooted: bool = False
    """Some question so far was about a subject of the library."""
    said: tuple[Said, ...] = ()
    """What was said of the person asking, oldest first."""


@dataclass(frozen=True, slots=True)
class FullForm:
    """A question in full."""

    text: str
    """In plain small letters: as it came when it leans on nothing."""
    subjects: tuple[str, ...] = ()
    """Subjects taken from what stands."""
    choices: tuple[str, ...] = ()
    """Subjects of which it means one, and does not say which."""
    leans: bool = False
    """It was written out from what stands."""
    leaves: bool = False
    """It turns to something that is no subject of the library."""
    aside: bool = False
    """It only adds to what stands, so that the next question may lean on that again."""
    asked: str = ""
    """The part of it whose populations and medicines an answer must name; all of it when empty."""
    recalls: str = ""
    """The question before in full, when it asks about the answer to that."""
