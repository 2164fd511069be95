"""Kinds of question, and what a unit must say to be an answer to each.

Scores cannot tell "What is the recommended intake in mg?" from a sentence that mentions recommended intakes; these rules
can. A kind that is `required` vetoes units that cannot answer it; the others only say where answers usually stand.
"""

import re
from dataclasses import dataclass

from assistant.library.marks import DOSE
from assistant.library.model import SectionName

_NUMBER_WORDS = r"(?:\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|hundred)"
_PEOPLE = (
    r"(?:participants?|people|patients?|adults|women|men|subjects|volunteers|children|infants|students|persons|cases|controls|"
    r"nurses|workers|athletes|individuals|mothers|girls|boys|males|females|smokers)"
)
_DURATION = rf"{_NUMBER_WORDS}(?:\s?(?:-|–|to|or)\s?{_NUMBER_WORDS})?[- ]?(?:minutes?|mins?|hours?|hrs?|h|days?|nights?|weeks?|wks?|months?|years?|yrs?)\b|\b(?:overnight|weekly|a (?:day|week|month|year))\b"
_FOODS = (
    r"\b(?:foods?|diets?|dietary|vegetables?|greens|nuts?|seeds?|legumes?|pulses|beans?|lentils?|peas|grains?|wholegrains?|cereals?|bread|rice|oats|"
    r"fish|salmon|sardines?|mackerel|seafood|shellfish|oysters?|meats?|beef|pork|lamb|liver|poultry|chicken|turkey|eggs?|milk|dairy|cheese|yogh?urt|fruits?|berries|"
    r"citrus|oranges?|juices?|tea|coffee|cocoa|chocolate|mushrooms?|oils?|spinach|kale|broccoli|potatoes|tofu|soya?|cress|olives?|spices?|fortified|meals?|drinks?|eaten)\b"
)

_SYMPTOMS = (
    r"\b(?:fatigue|tired\w*|weak\w*|cramps?|numb\w*|tingl\w*|pale|pallor|irritab\w*|diarrhoea|diarrhea|nausea|vomiting|headaches?|dizz\w*|rash\w*|pain\w*|aches?|fever|confusion|"
    r"palpitations?|constipat\w*|insomnia|swelling|itch\w*|bruis\w*|bleeding|seizures?|thirst\w*|goitre|goiter|tremors?|soreness|glossitis|breathless\w*|anxiety|jitter\w*|hair loss|brittle)\b"
)


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """A kind of question: how it is asked, what answers it, and where that usually stands."""

    name: str
    asks: re.Pattern[str]
    answers: re.Pattern[str] | None = None
    """What a unit's words must hold; None when nothing can be told from single words."""
    required: bool = False
    sections: tuple[SectionName, ...] = ()
    unless: re.Pattern[str] | None = None
    """Wordings that look like this kind and are not."""


def _kind(
    name: str, asks: str, answers: str | None = None, *, required: bool = False, sections: tuple[SectionName, ...] = (), unless: str | None = None
) -> QuestionKind:
    def pattern(source: str | None) -> re.Pattern[str] | None:
        return re.compile(source, re.IGNORECASE) if source is not None else None

    return QuestionKind(name, re.compile(asks, re.IGNORECASE), pattern(answers), required, sections, pattern(unless))


_AMOUNT = DOSE.pattern
_VALUE_ASKED = r"how (?:much|many)|what(?:'?s| is| are)? the\b|\bnumber\b|\bexact|\bin mg\b|\bmg\b|\bvalue\b|\bfigure\b"

STATED_ABSENCE = re.compile(
    r"\b(?:no (?:\w+ ){0,3}(?:dose|amount|limit|maximum|guidelines?|recommendations?|trials?|stud(?:y|ies)|evidence|comparison|interval|figure)|not (?:been )?(?:established|known|stated|addressed|compared|"
    r"studied|settled|agreed|given)|unknown|uncertain|gives? no|states? no|names? no|set no|do(?:es)? not (?:address|state|give|name|cover|say)|were not (?:included|studied|compared))\b",
    re.IGNORECASE,
)
"""How a library says that something is not known: an answer to any kind of question."""

KINDS: tuple[QuestionKind, ...] = (
    _kind(
        "cost_brand",
        r"\bbrands?\b|(?<!n't )(?<!not )(?<!dont )\bbuy(?:ing)?\b|\bpurchase|\bpric(?:e|es|ey)\b|\bcosts?\b|\bcheap|\b(?:which|what|online|in (?:the )?|from (?:the |a )?)\s?shops?\b|\bin stores\b|\bdear(?:er|est)\b|\bamazon\b|\bdiscount|\bvoucher|\bexpensive\b|"
        r"\bbest (?:product|supplement|brand|multivitamin)|\bwhich (?:product|supplement should)|\bdo you (?:sell|stock)|\bdeliver(?:y|ies)\b|\brefund",
        r"(?!)",
        required=True,
        unless=r"\bcosts? of (?:deficiency|illness|disease)|\bworth\b",
    ),
    _kind(
        "recommended_intake",
        r"\brda\b|\brni\b|\bnrv\b|\breference (?:nutrient )?intake|\brecommended (?:daily |dietary )*(?:intake|amount|allowance|dose|dosage|level)|"
        r"\bdaily (?:requirement|allowance|value|need|amount|intake)|\bhow much\b[^?]{0,40}\b(?:need|needs|require|should)\b|\bdietary reference|"
        r"\bhow many (?:mg|mcg|grams|micrograms|milligrams|units|iu)\b[^?]{0,40}\b(?:need|require|should)\b",
        rf"(?=[\s\S]*\b(?:RDA|RNI|NRV|reference (?:nutrient )?intake|recommend\w*|requirements?|adequate intake|allowances?|guidelines?|needs?|advis\w+|daily target|target)\b)(?=[\s\S]*(?:{_AMOUNT}))",
        required=True,
        sections=("dose", "guidelines"),
    ),
    _kind(
        "upper_limit_value",
        rf"(?=.*(?:{_VALUE_ASKED}|\bwhat\b))(?=.*(?:\bupper (?:level|limit|intake|safe)|\bUL\b|\bmaximum\b|\bmax\b|\bhighest\b|\bsafe limit|\btoo much\b|\bsafe (?:amount|dose)|"
        r"\bhow much (?:is|can)\b.*\bsafe|\blimit\b|\bceiling\b|\boverdos\w+|\btoxic (?:dose|level|amount)|\bmost\b.*\b(?:can|safe)))",
        rf"(?=[\s\S]*\b(?:upper (?:level|limit)|UL\b|maximum|exceed\w*|excess\w*|above|more than|over|toxic\w*|high(?:er)?|tolerated|safe\w*|limits?|up to)\b)(?=[\s\S]*(?:{_AMOUNT}))",
        required=True,
        sections=("safety", "dose", "guidelines"),
        unless=r"\b(?:what (?:happens|does|can|could|would|will)|side[- ]effects?|symptoms?|signs?|effects? of|dangers?|risks?)\b",
    ),
    _kind(
        "food_sources",
        r"\b(?:what|which|any|best|list)\b[^?]{0,30}\b(?:foods?|fruits?|vegetables?|veg|nuts|meals?|snacks?|dishes)\b|\bfoods?\b[^?]{0,20}\b(?:rich|high|contain\w*|have|has|with|sources?|for)\b|\bsources? of\b|"
        r"\bdietary sources?\b|\bnatural sources?\b|\bfood sources?\b|\brich in\b|\b(?:what|which)\b[^?]{0,30}\beat\b|\beat\b[^?]{0,25}\b(?:to get|for more|to boost|to raise)\b|\bfound in\b|\bcomes? from\b|\bfrom (?:my |the )?(?:diet|food)\b|"
        r"\b(?:naturally|has|have) \w+ in it\b|\bin my diet\b",
        _FOODS,
        required=True,
        sections=("dose", "forms"),
        unless=r"\bwith(?:out)? (?:food|eating|a meal)|\beat(?:ing)? disorder|\bfood allerg|\bsources? of (?:funding|bias|error|the|this)",
    ),
    _kind(
        "time_of_day",
        r"\btime of (?:the )?day\b|\bmornings?\b|\bevenings?\b|\bat night\b|\bbedtime\b|\bbefore bed\b|\bwith(?:out)? (?:food|meals?|a meal|breakfast|dinner|water)\b|\bempty stomach\b|"
        r"\bbest time\b|\bwhen (?:should|do|is it best|to)\b[^?]{0,25}\b(?:take|have|use|taken)\b|\bwhat time\b",
        r"\b(?:mornings?|evenings?|night|bedtime|before bed|time of (?:the )?day|with (?:a |the |each )?(?:\w+ )?(?:meals?|food|breakfast)|empty stomach|after (?:a )?meals?|"
        r"largest meal|between (?:two )?meals|mealtimes?|with water|fasting|fat-containing)\b",
        required=True,
        sections=("timing", "practical", "dose"),
        unless=r"\bmorning sickness\b|\bevening primrose\b|\bnight (?:sweats|blindness)\b",
    ),
    _kind(
        "time_to_effect",
        r"\bhow (?:long|soon|quick(?:ly)?|fast|rapidly|many (?:weeks|months|days|hours|years|minutes))\b|\bhow much time\b|\bduration\b|\btime ?(?:frame|scale|line)\b|\blength of\b|\bstraight away\b|"
        r"\bwhen (?:will|would|does|do|can|might|should)\b[^?]{0,40}\b(?:notice|see|feel|works?|expect|judge|results?|change|kick|assess|improve|help|better)\b|\bovernight\b|\bhow often\b",
        _DURATION,
        required=True,
        sections=("timing", "practical", "summary", "guidelines"),
    ),
    _kind(
        "trial_size",
        rf"\bhow many (?:\w+ )?{_PEOPLE}\b|\bsample size|\bhow (?:big|large|small) (?:was|were|is|are)\b[^?]{{0,30}}\b(?:study|trial|sample|group|review|studies|trials)|\bnumber of {_PEOPLE}|\bhow many were\b|"
        r"\bhow many (?:studies|trials|rcts)\b|\bwho (?:was|were) (?:in|studied|enrolled)\b",
        rf"\b{_NUMBER_WORDS}[- ](?:[\w-]+[- ]){{0,4}}(?:{_PEOPLE}|trials|studies|RCTs?|cohorts)\b|\bn ?= ?\d|\b\d{{2,3}}(?:,\d{{3}})+\b|\b{_PEOPLE}\b",
        required=True,
        sections=("guidelines", "summary", "safety"),
    ),
    _kind(
        "funding",
        r"\bfund(?:ed|ing|er|ers|s)?\b|\bsponsor\w*|\bpaid for\b|\bwho (?:paid|pays|backed|financed)\b|\bconflicts? of interests?\b|\bfinanc\w+|\bvested interest|\bindustry\b|\bcompany behind\b|\bdrug company\b",
        r"\bfund|\bsponsor|\bconflicts? of interest|\bindustry\b|\bsupported by\b|\bgrants?\b|\bpaid\b|\bdeveloped the\b|\bprovided by\b",
        required=True,
        sections=("safety", "guidelines"),
    ),
    _kind(
        "deficiency_signs",
        r"\b(?:signs?|symptoms?)\b[^?]{0,40}\b(?:deficien\w*|low|lack|shortage|short of|not enough|too little)|\b(?:deficien\w*|low|lacking|short of|not enough)\b[^?]{0,40}\b(?:signs?|symptoms?|know if|tell if|feel like)|"
        r"\b(?:know|tell) (?:if|whether|that) (?:i|you|someone|they|she|he)[^?]{0,20}\b(?:deficien\w*|low|lack)",
        r"(?=[\s\S]*\b(?:deficien\w*|low|lack|deplet\w*|shortage|inadequa\w*|insufficien\w*)\b)(?=[\s\S]*\b(?:symptoms?|signs?|fatigue|tired\w*|weak\w*|cramps?|numb\w*|tingl\w*|pale|pallor|hair|mood|irritab\w*|"
        r"anaemia|anemia|goitre|goiter|rickets|osteomalacia|neuropath\w*|pins and needles|diarrhoea|dermatitis|infections?|scurvy|bleeding|memory|confusion|glossitis|growth|feel\w*|manifest\w*|present\w*)\b)",
        required=True,
    ),
    _kind(
        "tests",
        r"\bblood tests?\b|\btest(?:ed|ing)? for\b|\bhow (?:is|are|do|can|was|were)\b[^?]{0,40}\b(?:measured|tested|diagnosed|checked|monitored)\b|\bdiagnos\w+|\blab(?:oratory)? (?:test|value|result)|\bcheck (?:my|your|their) (?:level|status|blood)|"
        r"\bget (?:it |my \w+ )?(?:tested|checked)\b|\bnormal (?:range|levels?|values?)\b|\bbest (?:test|marker|measure)\b|\bwhich (?:test|marker)\b",
        r"\b(?:tests?|tested|serum|plasma|measur\w*|assay\w*|markers?|biomarkers?|urin\w+|diagnos\w*|screen\w*|concentrations?|haemoglobin|ferritin|levels? (?:of|below|above|under|over)|ng/ml|nmol\w*|pmol\w*)\b",
        required=True,
    ),
    _kind(
        "storage",
        r"\bshelf[- ]life\b|\bexpir\w+|\bfridge\b|\brefrigerat\w*|\bstor(?:ed|age|ing)\b|\bhow (?:should|do) (?:i|you|we) (?:store|keep)\b|\bgo(?:es)? off\b",
        r"\bshelf[- ]life\b|\bexpir\w+|\bfridge\b|\brefrigerat\w*|\bstor(?:ed|age|ing|e)\b|\bkept\b",
        required=True,
    ),
    _kind(
        "suitability",
        r"\bhalal\b|\bkosher\b|\bgluten\b|\blactose\b|\ballerg\w+|\bsuitable for veg",
        r"\bhalal\b|\bkosher\b|\bgluten\b|\blactose\b|\ballerg\w+|\bvega?n\w*|\bvegetarian",
        required=True,
    ),
    _kind(
        "symptoms",
        r"\b(?:symptoms?|signs?) (?:of|that|include|are|do|for|when|if)\b|\bwhat (?:are|is) the (?:\w+ ){0,2}(?:symptoms?|signs?)\b|\b(?:toxicity|overdose|poisoning|deficiency) (?:symptoms?|signs?)\b",
        rf"\b(?:symptoms?|signs?)\b|{_SYMPTOMS}",
        required=True,
    ),
    _kind(
        "comparison",
        r"\b(?:better|worse|safer|stronger|weaker|more effective|less effective|more|less|easier|gentler|healthier|faster|superior|higher|lower|best absorbed) [^?]{0,30}\bthan\b|"
        r"\b(?:compared? (?:to|with)|versus|vs|rather than|instead of|difference between|which is (?:better|best|safer|stronger|more))\b|\bor\b[^?]{1,30}\b(?:better|best|safer|which)\b|\b(?:better|best|safer|superior)\b[^?]{1,40}\bor\b",
        r"\b(?:better|worse|safer|stronger|weaker|more|less|higher|lower|faster|slower|best|most|least|half|twice|double|than|compared|comparison|versus|superior|inferior|equal\w*|same|as (?:well|much|effective|good)|"
        r"similar\w*|different\w*|differ\w*|differences?|poor\w*|only|whereas|while|rather|not the right|unlike|alone|but)\b",
        required=True,
        sections=("forms",),
    ),
    _kind(
        "who_studied",
        r"\bmen or women\b|\bwomen or men\b|\bhow old (?:were|was)\b|\bwhat ages?\b|\b(?:gender|sex) of\b|\bages? of\b|\bmale or female\b",
        r"\b(?:men|women|males?|females?|aged|ages?|years? old|year-old|girls|boys|mean age)\b",
        required=True,
        sections=("populations", "summary", "guidelines"),
    ),
    _kind(
        "count",
        r"\bhow many\b|\bwhat (?:percentage|proportion|share|fraction|number)\b|\bby how (?:much|many)\b|\bhow (?:big|large|much of an?|strong) (?:is|was|an?|the) (?:\w+ ){0,2}(?:effect|benefit|drop|rise|fall|increase|reduction|difference|change|improvement)\b",
        rf"{_NUMBER_WORDS}|%|\bper cent\b|\bhalf\b|\bthird\b|\bquarter\b",
        required=True,
    ),
    _kind(
        "guideline",
        r"\bguidelines?\b|\bNICE\b|\bNHS\b|\bEFSA\b|\bofficial(?:ly)?\b|\bgovernment\b|\bconsensus\b|\bauthorit(?:y|ies)\b|\bWHO (?:say|recommend|advise)|\b(?:bodies|societies|experts?|doctors|organisations?) (?:recommend|say|advise)",
        r"\b(?:guidelines?|guidance|recommend\w*|NICE|NHS|EFSA|WHO|positions?|consensus|advis\w*|authorit\w*|boards?|societ(?:y|ies)|endorse\w*|task force|institute|academy|agency|official\w*|polic\w+|standard\w*)\b",
        required=True,
        sections=("guidelines", "summary"),
    ),
    _kind(
        "dose_studied",
        r"\bhow much\b|\bdos(?:e|es|age|ages|ing)\b|\bhow many (?:mg|mcg|milligrams?|micrograms?|grams?|capsules?|tablets?|iu|units|cups|servings|drops)\b|\bamounts?\b|\bwhat strength\b|\b(?:in|many|of) (?:mg|mcg|grams)\b|\bmg (?:of|per|a day|daily)\b|\bquantity\b",
        rf"{_AMOUNT}|\b(?:{_NUMBER_WORDS}|a|an|per) (?:or more |to \w+ )?(?:cups?|servings?|portions?|cloves?|glass(?:es)?|teaspoons?)\b|\d\s?%|\bper cent\b|\bpercent\b|\btimes? (?:a|per) |\bdos(?:e|es|age)\b",
        required=True,
        sections=("dose", "summary", "guidelines"),
        unless=r"\bhow much (?:\w+ ){0,3}(?:you|we|people|they|it) (?:absorbs?|gets?|takes? in|loses?|keeps?)\b|\bhow much (?:evidence|research|does it help|do|did|does|time|of a|better|of the benefit)\b|\bmissed dose\b",
    ),
    _kind(
        "side_effects",
        r"\bside[- ]effects?\b|\badverse\b|\bharm(?:s|ful)?\b|\bdanger(?:s|ous)?\b|\brisks?\b|\brisky\b|\bsafe(?:ty|ly)?\b|\bunsafe\b|\bbad for\b|\boverdos\w*|\btoxic\w*|\btoo much\b|\bupset\b|\bproblems?\b|\bwrong with\b|\bdownsides?\b",
        r"\b(?:adverse|side[- ]effects?|harm\w*|risks?|safe\w*|toxic\w*|tolerat\w*|diarrhoea|nausea|headaches?|bleed\w*|caution|avoid\w*|unsafe|upset|complaint|loose stools|hypercalc\w+|hyper\w+aemia|stones?|"
        r"supervised|above|excess\w*|interfer\w*|worse\w*|stopp\w+|dangers?|increas\w+|damage|injur\w+|discomfort|bloating|rash|withdrawal|poison\w*|enroll?ed|no trial|not (?:known|established)|deplet\w+|disturbance)\b",
        sections=("safety", "populations", "interactions"),
    ),
    _kind(
        "interaction",
        r"\binteract\w*|\btogether\b|\bcombin\w+|\bmix(?:ed|ing)?\b|\balongside\b|\bsame time\b|\b(?:take|taken|taking|use|used|safe|ok|okay|fine|have|go|goes)\b[^?]{0,30}\bwith\b|\bwith my\b|\bwhile (?:on|taking)\b|"
        r"\bmedications?\b|\bmedicines?\b|\bmeds\b|\bdrugs?\b|\bprescription|\baffect (?:my )?\w+ (?:tablets|pills|medication)",
        sections=("interactions",),
        unless=r"\bwith(?:out)? (?:food|meals?|water|breakfast)\b",
    ),
    _kind("forms", r"\bforms?\b|\btypes?\b|\bkinds? of\b|\bbetter absorbed\b|\babsor\w+|\bbioavailab\w+|\bversion\b|\bwhich one\b|\bversus\b|\bvs\b|\bdifference between\b|\bbetter than\b|\bcompared?\b", sections=("forms", "dose")),
    _kind("population", r"\bwho (?:should|needs?|must|benefits?|is at risk)\b|\bgroups?\b|\bpeople with\b", sections=("populations", "safety")),
    _kind("evidence", r"\bevidence\b|\bprove[nds]?\b|\bproof\b|\bstud(?:y|ies)\b|\bresearch\b|\btrials?\b|\breally\b|\bactually\b|\beffective\b|\bhow (?:good|strong|sure|certain|solid|well)\b|\bconvinc\w+|\bstrong\b|\bworks?\b", sections=("safety", "summary", "guidelines")),
    _kind("mechanism", r"\bhow (?:does|do|is|are|can|did)\b|\bwhy\b|\bmechanisms?\b|\bexplain\b|\bwhat (?:does|do)\b", sections=("mechanism", "summary")),
    _kind("misconception", r"\bmyths?\b|\bmisconceptions?\b|\btrue that\b|\bis it true\b|\bcures?\b|\bfix(?:es)?\b|\bpeople say\b|\bi(?:'ve)? (?:read|heard)\b|\bguarantee\w*|\bdramatic\w*|\bmiracle\b|\bon its own\b|\balone\b", sections=("myths", "safety")),
)  # fmt: skip
"""From the most particular to the most general."""

GENERIC = frozenset(
    """advantage affect amount anybody anyone ask bad benefit best better body brand capsule cause change chance common compare condition daily day days
    deal difference different difficult do doctor does dose dosage drug easy eat effect effective enough evidence exactly example experience explain fact feel find
    fine food form found give good great group happen hard health healthy hear help helpful high how important improve increase information intake interact
    issue know level life like likely link list little live long look lot low lower main make man many medication medicine mean mg milligram month morning much natural need
    new normal number nutrient old own part patient people person pill point possible problem product proper pure read reason recommend recommended reduce
    relate research result right risk role safe safety say science scientific short show side sign significant soon sort start stop strong study summary supplement
    supplementation support sure suitable symptom tablet take talk team tell test thing time today top treat treatment trial true type typical use useful usual value version vitamin
    want way week well woman work worth wrong year actually main key there experts literature library entry article page according customer visitor client asking asked""".split()
)
"""Words that shape a question without saying what it is about; their coverage tells little."""


def kinds_of(question: str) -> tuple[QuestionKind, ...]:
    """Return the kinds a question is of, the most particular first; none when its wording shows none."""
    return tuple(kind for kind in KINDS if kind.asks.search(question) and not (kind.unless and kind.unless.search(question)))
