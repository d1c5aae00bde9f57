"""Word lists of spoken English that grounding needs. All in normalised form (case-folded, expanded)."""

from __future__ import annotations


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(listed(text))


FILLERS = _words("um umm uh uhh uhm er erm err ah ahh eh hm hmm hmmm mm mmm mhm mmhm uhhuh huh")
"""Sounds that carry no meaning. `like` is not here: it is a word far too often."""

ASIDES = (("you", "know"), ("i", "mean"), ("like",), ("sort", "of"), ("kind", "of"))
"""Dropped only where punctuation sets them off on both sides."""

NOISES = _words(
    "laugh laughs laughter laughing chuckle chuckles chuckling inaudible unintelligible crosstalk music "
    "applause pause pauses silence cough coughs coughing sigh sighs sighing noise noises background "
    "overlapping beep beeps typing sneeze sneezes clears throat ringing rings indistinct blank_audio "
    "sniffs groans whispering clapping"
)
"""A bracketed remark that holds one of these is a sound, not words."""

SPELLINGS: dict[str, tuple[str, ...]] = {
    "cannot": ("can", "not"),
    "gonna": ("going", "to"),
    "wanna": ("want", "to"),
    "gotta": ("got", "to"),
    "kinda": ("kind", "of"),
    "sorta": ("sort", "of"),
    "dunno": ("do", "not", "know"),
    "cause": ("because",),
    "cos": ("because",),
    "cuz": ("because",),
    "coz": ("because",),
    "ok": ("okay",),
    "alright": ("all", "right"),
    "til": ("until",),
    "till": ("until",),
    "pct": ("percent",),
    "yep": ("yes",),
    "yup": ("yes",),
    "its": ("it", "is"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "youre": ("you", "are"),
    "youve": ("you", "have"),
    "youll": ("you", "will"),
    "weve": ("we", "have"),
    "theyre": ("they", "are"),
    "theyve": ("they", "have"),
    "theyll": ("they", "will"),
    "theyd": ("they", "would"),
    "youd": ("you", "would"),
    "hes": ("he", "is"),
    "shes": ("she", "is"),
    "hed": ("he", "would"),
    "thats": ("that", "is"),
    "thatll": ("that", "will"),
    "theres": ("there", "is"),
    "whats": ("what", "is"),
    "whos": ("who", "is"),
    "wheres": ("where", "is"),
    "heres": ("here", "is"),
    "lets": ("let", "us"),
    "itll": ("it", "will"),
    "itd": ("it", "would"),
    "wont": ("will", "not"),
    "cant": ("can", "not"),
    "aint": ("is", "not"),
    "shant": ("shall", "not"),
    **{
        f"{verb}nt": (verb, "not")
        for verb in listed("do does did is are was were have has had would could should need must")
    },
    "jan": ("january",),
    "feb": ("february",),
    "apr": ("april",),
    "aug": ("august",),
    "sep": ("september",),
    "sept": ("september",),
    "oct": ("october",),
    "nov": ("november",),
    "dec": ("december",),
    "mon": ("monday",),
    "tue": ("tuesday",),
    "tues": ("tuesday",),
    "thu": ("thursday",),
    "thur": ("thursday",),
    "thurs": ("thursday",),
    "fri": ("friday",),
}
"""Spellings that mean the same as other words. Speech recognition often leaves the apostrophe out."""

RUN_TOGETHER: dict[str, tuple[str, str]] = {
    "well": ("we", "will"),
    "were": ("we", "are"),
    "wed": ("we", "would"),
    "hell": ("he", "will"),
    "shell": ("she", "will"),
    "shed": ("she", "would"),
    "ill": ("i", "will"),
    "id": ("i", "would"),
}
"""Words that are contractions where the apostrophe is left out, and words of their own elsewhere."""

MONTHS = listed("january february march april may june july august september october november december")
WEEKDAYS = listed("monday tuesday wednesday thursday friday saturday sunday")

CURRENCY_SIGNS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee", "₦": "naira"}
CURRENCY_CODES = {
    "usd": "dollar", "aud": "dollar", "cad": "dollar", "nzd": "dollar", "sgd": "dollar", "eur": "euro",
    "gbp": "pound", "jpy": "yen", "inr": "rupee", "rs": "rupee", "ngn": "naira", "chf": "franc",
}  # fmt: skip
"""Codes may stand before or after the amount."""
CURRENCY_WORDS = {
    "dollars": "dollar", "bucks": "dollar", "euros": "euro", "pounds": "pound", "quid": "pound",
    "sterling": "pound", "rupees": "rupee", "nairas": "naira", "francs": "franc",
}  # fmt: skip
CURRENCIES = frozenset(
    {*CURRENCY_SIGNS.values(), *CURRENCY_CODES.values(), "krona", "kronor", "zloty", "rand"}
)

TIME_UNITS = {
    form: unit
    for unit in listed("minute hour day week fortnight month quarter year decade")
    for form in (unit, f"{unit}s")
} | {"seconds": "seconds"}
"""Plural and singular are the same unit."""

PRONOUNS = _words("i we you they he she it me us them him her my our your their his mine ours yours theirs")
NEGATORS = _words(
    "not no never none nobody nothing neither nor nowhere without hardly barely scarcely rarely seldom "
    "nope nah"
)
DOUBTS = _words(
    "doubt doubts doubted doubtful unlikely wish wishes refuse refuses refused refusing unable "
    "impossible fail fails failed lack lacks lacking stopped pretend assuming"
)
CONDITIONS = _words("if unless whether")
MODALS = _words("will would can could should shall must may might")
PAST = _words("was were had did")
QUANTIFIERS = _words(
    "all every each some most many few several half double triple twice once only almost nearly about "
    "around roughly approximately exactly least more less fewer any enough both either other another"
)
HEDGES = _words("maybe perhaps probably possibly hopefully supposedly apparently supposed hope hoping")
DIRECTIONS = _words(
    "up down before after until since over under above below increase increased increases increasing "
    "decrease decreased decreases decreasing rise rises rising rose fall falls falling fell higher "
    "lower earlier later from against off out except instead next last yesterday today tomorrow inside "
    "outside left right won lost buy sell start stop always sometimes often"
)
LOOSE = _words("am right left about around roughly approximately out over off")
"""Words of the lists above that more often carry nothing."""

CRITICAL = (
    NEGATORS
    | DOUBTS
    | CONDITIONS
    | MODALS
    | PAST
    | QUANTIFIERS
    | HEDGES
    | DIRECTIONS
    | frozenset(MONTHS)
    | frozenset(WEEKDAYS)
    | frozenset(TIME_UNITS)
    | CURRENCIES
    | _words("percent percentage points pm")
) - LOOSE
"""Words of which one more, one fewer or another one changes what is said."""

OPPOSITES = frozenset(
    frozenset(pair.split("/"))
    for pair in listed(
        "in/out on/off to/from for/against over/under left/right with/for this/that and/or but/or"
    )
)
"""Small words that may not stand in for each other."""

DISCOURSE = _words(
    "so well and but or now look yeah yes okay oh right really actually basically literally just like "
    "honestly obviously anyway sort kind also even still please frankly simply hey sure listen"
)
ASIDE_PAIRS = frozenset(
    {
        ("i", "mean"),
        ("you", "know"),
        ("i", "think"),
        ("i", "guess"),
        ("you", "see"),
        ("i", "say"),
        ("i", "suppose"),
    }
)
"""Said in passing: a quote may have them or not."""

FUNCTION = _words(
    "a an the this that these those of to in on at by for with as than into onto per is are be am been "
    "being do does have has got get there here which who what when where why how so because going"
)
WH = _words("who which what when where why how because so")
"""Small words that may be left out, but not stand in for each other."""

STOP = (
    FUNCTION
    | PRONOUNS
    | MODALS
    | PAST
    | _words(
        "and or but if not no yes yeah okay oh right sure well just up out about then too also very now hi "
        "hello hey thanks thank bye mhm exactly absolutely correct great good fine cool nice perfect"
    )
)
"""Words that alone say nothing: two others make a quote long enough."""

BACK_CHANNEL = _words(
    "yeah yes right okay oh sure exactly absolutely correct wow i see got it gotcha cool great nice "
    "perfect fine really no true good uh ha haha understood is that so of course makes sense and go on "
    "interesting"
)
"""A turn of at most three of these only keeps the other one talking."""

AGREEMENT = _words(
    "yes yeah right exactly correct sure okay absolutely true indeed agreed definitely precisely"
)

TRANSPARENT = _words(
    "to be been being really actually even yet very quite that the a an any our your my their his her "
    "its we i you they he she it us them me think thinks believe believes know knows expect expects "
    "want wants need needs have has had going plan plans planning feel sure certain convinced able get "
    "got see say saying said mean means of how why do does did is are was were will would can could "
    "should may might must like looking trying try currently still always necessarily as ever at this "
    "there what in for longer certainly clear"
)
"""Words through which a negation or a condition reaches what follows them."""

PREPOSITIONS = _words("of in on at by with for from to into onto about under over between through off")
UNMOVED = _words("wait forget forgetting mind worry worrying help only just merely simply stop miss")
"""A negation before one of these turns round nothing that follows ('can't wait to start')."""

CLAUSE_STARTS = PRONOUNS - _words("our your my their his her its") | _words(
    "that this there what who which because since but and so although though however then when while"
)
"""A quote that begins with one of these is a clause of its own; a negated verb before it reaches it not."""

AUXILIARIES = MODALS | PAST | _words("is are am be been do does have has")

VAGUE = {
    "half": ("0.5", "50"), "quarter": ("0.25", "25"), "3th": ("33",), "thirds": ("33", "67"),
    "double": ("2",), "doubled": ("2",), "twice": ("2",), "couple": ("2",), "both": ("2",), "pair": ("2",),
    "triple": ("3",), "fortnight": ("2",), "quarterly": ("4",),
    **dict.fromkeys(listed("a an once single annual annually weekly monthly next per each every"), ("1",)),
}  # fmt: skip
"""Numbers that a word stands for, where a value writes them in digits."""
