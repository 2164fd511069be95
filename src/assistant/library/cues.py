"""Cues: the words of headings and of prose that speak for one of the publisher's sections. Words only, no reckoning.

They are general: no heading of a known entry stands here whole, and no nutrient decides.
"""

from assistant.library.model import SectionName

HEADINGS: tuple[tuple[SectionName, str], ...] = (
    (
        "references",
        r"^references?$|bibliograph|further reading|^citations?$|^sources?$|^sources? cited|related entr|see also|"
        r"^studies cited",
    ),
    (
        "myths",
        r"myth|misconception|misunderst|mistak|(?:get|gets|got) (?:it |them )?wrong|wrongly|\bbeliefs?\b|often said|"
        r"commonly (?:said|believed|claimed)|\bsayings?\b|\bclaims? (?:and|v|that)|fact (?:and|or|v)|common errors|"
        r"too far|hearsay",
    ),
    (
        "relevance",
        r"relevan|who (?:is )?this (?:entry|page|is)|this entry is for|audience|for whom|\breaders?\b|should read|"
        r"who (?:will|may|might|can|would) (?:want|find|read|use)",
    ),
    (
        "summary",
        r"summary|at a glance|in brief|overview|key (?:points?|findings?)|in short|short answer|bottom line|"
        r"^the findings?$|"
        r"what (?:the research|studies) (?:shows?|found)",
    ),
    (
        "mechanism",
        r"how (?:it|this|they) works?|mechanism|what (?:it|they) do(?:es)?\b|mode of action|biolog|physiolog|pathways?|"
        r"why it (?:works|matters)|in the body",
    ),
    (
        "interactions",
        r"interact|medicines?|medications?|drugs?|taking (?:it|them) with|with other|combining|combinations?|"
        r"combine[ds]? with|alongside|together with|"
        r"taken with|\bmixing\b|other (?:treatments|supplements)",
    ),
    (
        "guidelines",
        r"guidelines?|guidance|official|positions?|recommend(?:ations|ed by|ing bod)|bodies|authorit|consensus|"
        r"standards?\b|"
        r"reference values|regulat|\bexperts?\b",
    ),
    (
        "populations",
        r"who (?:should|needs?|must)|population|particular (?:care|groups?|people)|groups?|pregnan|infan|child|older|"
        r"different people|\bpeople\b|stages? of life|life stages?|special (?:care|situations?|cases?|consideration)|"
        r"for whom|"
        r"who (?:it|this) (?:concerns|matters|affects)|studies were done in|(?:take|taking|be|need\w{0,20}) care",
    ),
    (
        "timing",
        r"timing|\bwhen\b|how (?:long|soon|quickly|fast)|onset|duration|\btime\b|time-?(?:course|frame|scale|span)|"
        r"length of|"
        r"follow-?up|\bperiods?\b|before (?:judging|assessing)|weeks|months",
    ),
    (
        "forms",
        r"\bforms?\b|\btypes?\b|\bkinds?\b|absor(?:b|ption)|bioavailab|\bsalts?\b|versions?|prepar(?:ations?|ed)|"
        r"formulations?|"
        r"\bformats?\b|strains?|\bwhich (?:one|product|extract)|capsules?|tablets?|powders?|extracts?|\boils?\b|"
        r"juices?|\bteas?\b|brew|"
        r"leaf|leaves|\braw\b|\bcooked\b|\bfresh\b|\bdried\b|process(?:ed|ing)|fermented|liquid",
    ),
    (
        "safety",
        r"safe|side[- ]effects?|adverse|can go wrong|risks?\b|harms?|how (?:strong|good|sure|solid|reliable|"
        r"certain) |strength of|"
        r"quality of|evidence|conflicts?|tolerab|limits? of|unwanted|cautions?|reliab|certain|who paid|trust|"
        r"drawbacks?|mislead",
    ),
    (
        "dose",
        r"dos(?:e|es|age|ing)|amounts?|how much|intakes?|food|diet|quantit|where (?:it|to)|from where|servings?|"
        r"\bcups?\b|"
        r"\bgrams\b|in (?:the )?(?:trials|studies)|levels? (?:used|studied)|sources of|upper limit|\bfound in\b",
    ),
    (
        "practical",
        r"practic|day[- ]to[- ]day|takeaways?|what this means|everyday|tips|using (?:it|this|them)|putting|next steps|"
        r"to bear in mind|in use|what to (?:do|remember)|daily life",
    ),
)
"""How publishers head each section; the first that matches wins, so the more particular come first."""

CUES: dict[SectionName, tuple[tuple[str, float], ...]] = {
    "summary": ((r"\bPMID\b", 0.7), (r"\b(?:review|trial|study|meta-analysis|found|showed|associated)\b", 0.5)),
    "mechanism": (
        (r"\(1\)", 2.0),
        (r"\(2\)", 1.0),
        (
            r"\b(?:receptors?|enzymes?|pathways?|signall?ing|cofactors?|neurotransmitters?|inhibit(?:s|ion|ory)|"
            r"synthesis|"
            r"gene expression|intracellular|mitochondri\w+|metabolis\w+|oxidat\w+|antioxidant|hormones?|converted|"
            r"binds?|"
            r"transporters?|cells?|plasma|membranes?|precursor)\b",
            0.6,
        ),
        (r"\b(?:mice|rats|in vitro|cell cultures?)\b", 0.8),
        (r"\b(?:mechanism|works by|acts? (?:on|as|by)|modulat\w+)\b", 0.7),
    ),
    "dose": (
        (r"\d\s?(?:mg|mcg|µg|μg|g|IU|ml|CFU)\b", 0.6),
        (
            r"\b(?:intakes?|RDA|RNI|reference (?:nutrient )?intake|dietary|doses?|dosage|amounts? used|servings?|"
            r"per day|daily|"
            r"a day)\b",
            0.6,
        ),
        (
            r"\b(?:foods?|vegetables|nuts|seeds|legumes|beans|grains?|fish|meat|eggs?|milk|dairy|fruits?|rich in|"
            r"good sources|"
            r"fortified|diet)\b",
            0.8,
        ),
    ),
    "forms": (
        (r"\bforms?\b", 1.4),
        (r"\b(?:absorbed|bioavailab\w+|absorption)\b", 0.6),
        (
            r"\b(?:glycinate|citrate|oxide|threonate|gluconate|sulphate|fumarate|picolinate|carbonate|chloride|"
            r"liposomal|"
            r"capsules?|powder|tablets?|extracts?|standardi[sz]ed|elemental|salts?|chelat\w+|ester|triglyceride|"
            r"ethyl ester|oil|"
            r"isomers?|strains?|methyl\w+|whole food|fresh|dried|raw|cooked|processed|tea|infusion)\b",
            0.5,
        ),
        (r"\bentry \([0-9a-f]{8}\)", 0.8),
        (r"\b(?:vs\.?|versus|compared with|better than|as well as)(?=\s)", 0.6),
    ),
    "timing": (
        (
            r"\b(?:\d+|two|three|four|six|eight|ten|twelve)(?:\s?(?:-|–|to)\s?\d+)? (?:weeks?|months?|days?|hours?)\b",
            1.0,
        ),
        (
            r"\b(?:before (?:assessing|judging|expecting|drawing)|allow|short-term|long-term|duration|time to|"
            r"follow-up|"
            r"over time|onset|half-life|lasted|ran for|within|timing|evening|morning|bedtime|"
            r"after (?:a |one )?(?:meals?|week|month)|single[- ](?:night|measurement|dose))\b",
            0.9,
        ),
        (r"\b(?:years|wk|observation|followed)\b", 0.4),
    ),
    "safety": (
        (
            r"\b(?:adverse|side[- ]effects?|tolerated|safety|safe|toxic\w*|harms?|nausea|diarrhoea|diarrhea|"
            r"gastrointestinal)\b",
            1.0,
        ),
        (r"\b(?:fund(?:ed|ing)|conflicts? of interest|sponsor\w*|industry|employees?)\b", 1.4),
        (
            r"\b(?:evidence (?:is|base)|well-supported|magnitude|variable across|quality of|bias|heterogene\w+|"
            r"limitations?|"
            r"upper (?:level|limit)|UL)\b",
            0.9,
        ),
        (
            r"\b(?:confound\w*|case-control|observational|odds ratio|effect sizes?|incidence|mortality|cautions?|"
            r"bleeding|damage|"
            r"excess\w*|overload\w*|poison\w*|banned|negligible|mixed|could not|cannot (?:show|prove|establish))\b",
            0.7,
        ),
    ),
    "populations": (
        (
            r"(?:^|[.!?] )(?:Pregnan\w+|Breastfeeding|Older (?:adults|people)|Athletes|Children|Infants|Kidney disease|"
            r"Vegans?|Vegetarians?|Women|Men|Smokers|Adolescents|Teenagers|People with|Diabetes|Liver disease|"
            r"Postmenopausal|Premenopausal|Elderly|Adults)\b[^.:;]{0,60}:",
            1.6,
        ),
        (r"(?:^|[.!?] )[A-Z][^.:;]{2,60}: [a-zA-Z]", 0.5),
        (
            r"\b(?:pregnan\w+|older adults|older people|children|athletes|kidney disease|vegans?|women|elderly|"
            r"postmenopausal)\b",
            0.35,
        ),
    ),
    "interactions": (
        (
            r"\b(?:medications?|medicines?|drugs?|warfarin|statins?|diuretics?|antibiotics?|metformin|antacids?|"
            r"levothyroxine|corticosteroids?|anticoagula\w+|acid-suppressing|contracepti\w+|co-administ\w+|interact\w*|"
            r"concurrent|combined with|taken with|together with|alcohol)\b",
            0.8,
        ),
    ),
    "guidelines": (
        (
            r"\b(?:guidelines?|NICE|EFSA|SACN|WHO|NHS|Institute of Medicine|Endocrine Society|"
            r"recommend(?:s|ed|ation|ations)?|consensus|position|authorit\w+|task force|dietary reference|policy|"
            r"official|"
            r"advis\w+)\b",
            0.9,
        ),
        (r"\b(?:covered|RCT|participants?|funding source|-participant)\b", 0.7),
    ),
    "practical": ((r"\b(?:if |in practice|useful|worth|consider|discuss|practical|bring|keep|label)\b", 0.4),),
    "myths": (
        (
            r"\b(?:often said|many people|commonly|popular|believ\w+|claims?|myth|misconception|assum\w+|"
            r"supposed\w*)\b",
            0.9,
        ),
        (r"\bIn fact\b|\bFact:", 1.2),
    ),
    "relevance": (
        (r"\brelevant (?:for|to)\b", 3.0),
        (r"\A\W*This (?:entry|page) (?:is|may be|will be) (?:relevant|of interest|useful)\b", 6.0),
        (r":\s*$", 1.5),
    ),
}
"""Words that speak for a section: each pattern counts once a match, up to three."""
