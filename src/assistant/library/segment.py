"""Units: a section's blocks cut into the smallest things that may be quoted.

What must not be parted is joined here, by construction, so that no later step can part it: a misconception and its
correction, a list and its lead-in, a sentence that opens on "This" and the one it leans on, a statement and the
"However" after it. What must not be quoted is marked so: boilerplate, the disclaimer, stems, table heads.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.library.blocks import SEPARATOR, Block
from assistant.library.marks import marks_of
from assistant.library.misconceptions import CLAIM, RUMOUR, CORRECTION, continues, is_corrected
from assistant.library.model import Kind, SectionName, Span, Unit
from assistant.library.sentences import sentence_spans

DISCLAIMER = re.compile(
    r"\bnot (?:a substitute for |intended as |meant as )?(?:personal |individual )?(?:health|medical)(?: or medical)? advice\b"
    r"|\bdiscuss any health or supplement decisions?\b",
    re.IGNORECASE,
)
