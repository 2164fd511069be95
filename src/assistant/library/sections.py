"""Sections: which of the publisher's sections a stretch of an entry is, from its heading, its words and the order.

A Markdown heading states it. A flat export has lost its headings, so the name is inferred: the publisher's order is a
chain that mostly moves forward one step, each stretch of text speaks for some names by its words, and the forward-backward
algorithm gives the most likely names together (Rabiner, Proceedings of the IEEE 77, 1989), with the share of belief in each.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.library.model import CANONICAL, SectionName
from assistant.library.segment import CLAIM, DISCLAIMER


@dataclass(frozen=True, slots=True)
class Stretch:
    """The text of one future section, or of one paragraph of a flat export."""

    words: str
    heading: str = ""
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A section's name and how it came by it; `confidence` is from 0 to 1."""

    name: SectionName
    how: Literal["stated", "inferred", "corrected"]
    confidence: float


_HEADINGS: tuple[tuple[SectionName, str], ...] = (
    ("references", r"^references?$|bibliograph|further reading|^citations?$|^sources?$|^sources? cited|related entr|see also|^studies cited"),
    ("myths", r"myth|misconception|misunderst|gets? wrong|commonly (?:said|believed|claimed)|claims? (?:and|v)|fact (?:and|or|v)|common (?:claims|errors)"),
    ("relevance", r"relevan|who (?:is )?this (?:entry|page|is)|this entry is for|audience|who (?:may|might) (?:want|find|read)|who should read"),
    ("summary", r"summary|at a glance|in brief|overview|key (?:points?|findings?)|in short|short answer|bottom line|the finding|what (?:the research|studies) (?:shows?|found)"),
    ("mechanism", r"how (?:it|this|they) works?|mechanism|what (?:it|they) do(?:es)?\b|mode of action|biolog|physiolog|pathways?|why it (?:works|matters)"),
    ("interactions", r"interact|medicines?|medications?|drugs?|taking (?:it|them) with|with other|combin|alongside|together with|taken with"),
    ("populations", r"who (?:should|needs?|must)|population|particular (?:care|groups?|people)|groups?|pregnan|older|different people|"
                    r"stages? of life|life stages?|special (?:care|situations?|cases?|consideration)|for whom|who it (?:concerns|matters|affects)"),
    ("guidelines", r"guidelines?|guidance|official|positions?|recommend(?:ations|ed by|ing bod)|what (?:bodies|authorit|experts)|authorit|consensus"),
    ("timing", r"timing|when (?:to|is|does|do|might|will|you)|how (?:long|soon|quickly|fast)|onset|duration|time (?:to|course|frame|scale|needed)|before (?:judging|assessing)"),
    ("forms", r"\bforms?\b|\btypes?\b|\bkinds?\b|absor(?:b|ption)|bioavailab|\bsalts?\b|versions?|preparations?|formulations?|\bwhich (?:one|product|extract)"),
    ("safety", r"safe|side[- ]effects?|adverse|can go wrong|risks?\b|harms?|how (?:strong|good|sure|solid|reliable) |strength of|quality of|"
               r"evidence|conflicts?|tolerab|limits? of|unwanted|cautions?|reliab|who paid|trust"),
    ("dose", r"dos(?:e|es|age|ing)|amounts?|how much|intakes?|food|diet|quantit|where (?:it|to)|from where|used in (?:the )?(?:trials|studies)|levels? (?:used|studied)|sources of"),
    ("practical", r"practic|day[- ]to[- ]day|takeaways?|what this means|everyday|tips|using it|putting|next steps|to bear in mind|in use|what to (?:do|remember)"),
)  # fmt: skip
"""How publishers head each section; the first that matches wins, so the more particular come first."""

_CUES: dict[SectionName, tuple[tuple[str, float], ...]] = {
    "summary": ((r"\bPMID\b", 0.7), (r"\b(?:review|trial|study|meta-analysis|found|showed|associated)\b", 0.5)),
    "mechanism": (
        (r"\(1\)", 2.0), (r"\(2\)", 1.0),
        (r"\b(?:receptors?|enzymes?|pathways?|signall?ing|cofactors?|neurotransmitters?|inhibit(?:s|ion|ory)|synthesis|gene expression|intracellular|"
         r"mitochondri\w+|metabolis\w+|oxidat\w+|antioxidant|hormones?|converted|binds?|transporters?|cells?|plasma|membranes?|precursor)\b", 0.6),
        (r"\b(?:mice|rats|in vitro|cell cultures?)\b", 0.8), (r"\b(?:mechanism|works by|acts? (?:on|as|by)|modulat\w+)\b", 0.7),
    ),
    "dose": (
        (r"\d\s?(?:mg|mcg|µg|μg|g|IU|ml|CFU)\b", 0.6),
        (r"\b(?:intakes?|RDA|RNI|reference (?:nutrient )?intake|dietary|doses?|dosage|amounts? used|servings?|per day|daily|a day)\b", 0.6),
        (r"\b(?:foods?|vegetables|nuts|seeds|legumes|beans|grains?|fish|meat|eggs?|milk|dairy|fruits?|rich in|good sources|fortified|diet)\b", 0.8),
    ),
    "forms": (
        (r"\bforms?\b", 1.4), (r"\b(?:absorbed|bioavailab\w+|absorption)\b", 0.6),
        (r"\b(?:glycinate|citrate|oxide|threonate|gluconate|sulphate|fumarate|picolinate|carbonate|chloride|liposomal|capsules?|powder|tablets?|extracts?|"
         r"standardi[sz]ed|elemental|salts?|chelat\w+|ester|triglyceride|ethyl ester|oil|isomers?|strains?|methyl\w+|whole food|fresh|dried|raw|cooked|tea|infusion)\b", 0.5),
    ),
    "timing": (
        (r"\b(?:\d+|two|three|four|six|eight|ten|twelve)(?:\s?(?:-|–|to)\s?\d+)? (?:weeks?|months?|days?|hours?)\b", 1.0),
        (r"\b(?:before (?:assessing|judging|expecting|drawing)|allow|short-term|long-term|duration|time to|follow-up|over time|onset|half-life|lasted|ran for|"
         r"within|timing|evening|morning|bedtime|after (?:a |one )?(?:meals?|week|month)|single[- ](?:night|measurement|dose))\b", 0.9),
    ),
    "safety": (
        (r"\b(?:adverse|side[- ]effects?|tolerated|safety|safe|toxic\w*|harms?|nausea|diarrhoea|diarrhea|gastrointestinal)\b", 1.0),
        (r"\b(?:fund(?:ed|ing)|conflicts? of interest|sponsor\w*|industry|employees?)\b", 1.4),
        (r"\b(?:evidence (?:is|base)|well-supported|magnitude|variable across|quality of|bias|heterogene\w+|limitations?|upper (?:level|limit)|UL)\b", 0.9),
    ),
    "populations": (
        (r"(?:^|[.!?] )(?:Pregnan\w+|Breastfeeding|Older (?:adults|people)|Athletes|Children|Infants|Kidney disease|Vegans?|Vegetarians?|Women|Men|Smokers|"
         r"Adolescents|Teenagers|People with|Diabetes|Liver disease|Postmenopausal|Premenopausal|Elderly|Adults)\b[^.:;]{0,60}:", 1.6),
        (r"(?:^|[.!?] )[A-Z][^.:;]{2,60}: [a-zA-Z]", 0.5),
        (r"\b(?:pregnan\w+|older adults|older people|children|athletes|kidney disease|vegans?|women|elderly|postmenopausal)\b", 0.35),
    ),
    "interactions": (
        (r"\b(?:medications?|medicines?|drugs?|warfarin|statins?|diuretics?|antibiotics?|metformin|antacids?|levothyroxine|corticosteroids?|anticoagula\w+|"
         r"acid-suppressing|contracepti\w+|co-administ\w+|interact\w*|concurrent|combined with|taken with|together with|alcohol)\b", 0.8),
    ),
    "guidelines": (
        (r"\b(?:guidelines?|NICE|EFSA|SACN|WHO|NHS|Institute of Medicine|Endocrine Society|recommend(?:s|ed|ation|ations)?|consensus|position|authorit\w+|"
         r"task force|dietary reference|policy|official|advis\w+)\b", 0.9),
        (r"\b(?:covered|RCT|participants?|funding source|-participant)\b", 0.7),
    ),
    "practical": ((r"\b(?:if |in practice|useful|worth|consider|discuss|practical|bring|keep|label)\b", 0.4),),
    "myths": ((r"\b(?:often said|many people|commonly|popular|believ\w+|claims?|myth|misconception|assum\w+|supposed\w*)\b", 0.9), (r"\bIn fact\b|\bFact:", 1.2)),
    "relevance": ((r"\brelevant (?:for|to)\b", 3.0), (r"\A\W*This (?:entry|page) (?:is|may be|will be) (?:relevant|of interest|useful)\b", 6.0), (r":\s*$", 1.5)),
}  # fmt: skip
"""Words that speak for a section: each pattern counts once a match, up to three."""

_CUE_PATTERNS = {name: tuple((re.compile(p, re.MULTILINE), weight) for p, weight in cues) for name, cues in _CUES.items()}
_HEADING_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _HEADINGS)
_FIXED_HEADINGS = ("summary", "how it works")
"""The two headings whose wording the publisher never varies."""
_CERTAIN = 50.0


def heading_names(heading: str) -> list[SectionName]:
    """Return the sections a heading's wording speaks for, the likeliest first; none when its wording is not known."""
    return [name for name, pattern in _HEADING_PATTERNS if pattern.search(heading)]


def name_sections(stretches: Sequence[Stretch], corrections: dict[int, SectionName] | None = None) -> list[Name]:
    """Name each stretch of an entry, in order.

    Args:
        stretches: the stretches, without title and boilerplate.
        corrections: names that a person has stated, by stretch number from 0.

    Returns:
        One name a stretch: the most believed given all the others. It is stated when a heading speaks for it, which
        outweighs all but the order: two headings that could mean one section are told apart by where they stand.
    """
    if not stretches:
        return []
    fixed: dict[int, SectionName] = dict(corrections or {})
    for number, stretch in enumerate(stretches):
        if number not in fixed and "references" in heading_names(stretch.heading)[:1]:
            fixed[number] = "references"
    belief = _forward_backward([_emission(stretch, fixed.get(number)) for number, stretch in enumerate(stretches)])
    named: list[Name] = []
    for number, (stretch, shares) in enumerate(zip(stretches, belief, strict=True)):
        best = max(range(len(CANONICAL)), key=shares.__getitem__)
        if number in fixed:
            named.append(Name(fixed[number], "corrected" if number in (corrections or {}) else "stated", 1.0))
        elif CANONICAL[best] in heading_names(stretch.heading):
            named.append(Name(CANONICAL[best], "stated", 1.0))
        else:
            named.append(Name(CANONICAL[best], "inferred", round(shares[best], 4)))
    return named


def _emission(stretch: Stretch, fixed: SectionName | None) -> list[float]:
    """Return how strongly the words, and a heading over them, speak for each canonical section, as log weights."""
    if fixed is not None:
        return [_CERTAIN * (name == fixed) if fixed in CANONICAL else 0.0 for name in CANONICAL]
    weights: dict[SectionName, float] = {
        name: sum(min(len(pattern.findall(stretch.words)), 3) * weight for pattern, weight in _CUE_PATTERNS[name]) for name in CANONICAL
    }
    if stretch.is_table:
        weights["interactions"] += 4.0
    if DISCLAIMER.search(stretch.words):
        weights["practical"] += 8.0
    if CLAIM.match(stretch.words):
        weights["myths"] += 8.0
    if stretch.words.rstrip().endswith(":"):
        weights["relevance"] += 2.0
    # Long paragraphs hold more cues of every kind: weigh by the root of the length, so that one cannot shout the order down.
    scale = 1.0 / math.sqrt(max(1.0, len(stretch.words.split()) / 60))
    emission = {name: weight * scale for name, weight in weights.items()}
    for place, name in enumerate(heading_names(stretch.heading)):
        if name in emission:
            emission[name] += _CERTAIN if stretch.heading.lower() in _FIXED_HEADINGS else 10.0 if place == 0 else 7.0
    return [emission[name] for name in CANONICAL]


def _transition(here: int, there: int) -> float:
    """Return the log weight of a step in the publisher's order."""
    step = there - here
    if step == 0:
        repeats = {"myths": 0.6, "populations": 0.3, "interactions": 0.4, "mechanism": 0.3}
        return math.log(repeats.get(CANONICAL[here], 0.15))
    if step > 0:
        return math.log(0.6) + (step - 1) * math.log(0.25)
    return math.log(0.004)


def _forward_backward(emissions: list[list[float]]) -> list[list[float]]:
    states = range(len(CANONICAL))
    forward = [[emissions[0][s] + (0.0 if s == 0 else math.log(0.1) - s) for s in states]]
    for emission in emissions[1:]:
        forward.append([emission[t] + _log_sum([forward[-1][s] + _transition(s, t) for s in states]) for t in states])
    backward = [[0.0 for _ in states]]
    for emission in reversed(emissions[1:]):
        ahead = backward[0]
        backward.insert(0, [_log_sum([_transition(s, t) + emission[t] + ahead[t] for t in states]) for s in states])
    shares: list[list[float]] = []
    for one, other in zip(forward, backward, strict=True):
        joint = [a + b for a, b in zip(one, other, strict=True)]
        total = _log_sum(joint)
        shares.append([math.exp(value - total) for value in joint])
    return shares


def _log_sum(values: list[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))
