"""Words about people at work: titles, departments, kin, and what persons do that things do not."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files


def word_set(listed: str) -> frozenset[str]:
    """The words of a list written with blanks."""
    return frozenset(listed.split())


_COURTESY = (
    "mr mrs ms miss mister missus dr doctor professor prof sir madam mama mzee dona don herr frau monsieur "
    "madame señor "
    "señora signor councillor captain sergeant lieutenant judge pastor reverend rabbi imam sheikh"
)
COURTESY = frozenset(_COURTESY.split())
HONORIFIC = rf"(?:{'|'.join(_COURTESY.split())}|chief)"
PARTICLES = word_set("van von de der den da di du del la le el al bin ibn ter ten")

FIELD = (
    r"(?:finance|financial|operations?|operating|ops|technology|technical|information|data|security|it|i t"
    r"|legal|"
    r"marketing|sales|clinical|medical|nursing|commercial|executive|product|production|people|hr"
    r"|human resources|"
    r"procurement|purchasing|sourcing|supply chain|supply|logistics|quality|regulatory|compliance|risk"
    r"|privacy|"
    r"engineering|maintenance|plant|site|warehouse|store|stores|facilities|fleet|planning|service|services"
    r"|support|"
    r"customer|client|account|accounts|payroll|credit|treasury|digital|systems?|applications?"
    r"|infrastructure|network|"
    r"integration|interface|database|business|project|programme|program|portfolio|training|safety|hse|shift"
    r"|night|"
    r"day|floor|line|team|branch|regional|area|group|general|senior|deputy|assistant|associate|managing|vice|"
    r"principal|lead|head|staff|union|works council|laboratory|lab|research|grants?|development|fundraising|"
    r"transport|dispatch|office|practice|front desk|reception|software|web|security|cyber"
    r"|information security|"
    r"quality assurance|capital|contracts?|category|merchandise|merchandising|commercial|brand|content"
    r"|design|"
    r"environment|environmental|sustainability|energy|estates|property|asset|revenue|enterprise|solutions?)"
)
JOB = (
    r"(?:c[efioptmrd]s?o|c i o|c e o|c f o|c o o|c t o|ciso|cmio|cno|cpo|cro|cdo|vp|v p|svp|evp|f d|fd|dpo"
    r"|m d|"
    r"director|manager|officer|controller|president|chair(?:man|woman|person)?|chief(?: of staff)?|owner"
    r"|co-?owner|founder|"
    r"co-?founder|partner|principal|treasurer|secretary|trustee|dean|provost|superintendent|supervisor"
    r"|foreman|"
    r"head|lead|leader|leading hand|boss|analyst|engineer|developer|architect|administrator|admin"
    r"|coordinator|"
    r"co-?ordinator|specialist|technician|tech|planner|buyer|counsel|lawyer|solicitor|attorney|barrister"
    r"|paralegal|"
    r"accountant|bookkeeper|auditor|assistant|pa|clerk|consultant|adviser|advisor|nurse|doctor|dentist"
    r"|pharmacist|"
    r"physicist|radiologist|surgeon|scientist|librarian|teacher|trainer|translator|designer|dispatcher"
    r"|scheduler|"
    r"operator|driver|mechanic|electrician|chef|cook|caretaker|receptionist|volunteer|convenor|convener|rep|"
    r"representative|steward|champion|sponsor|delegate|deputy|programmer|dba|sysadmin|contractor|"
    r"purchaser|negotiator|underwriter|broker|editor|producer|captain|sergeant|lieutenant|sheriff|mayor"
    r"|councillor|"
    r"registrar|governor|minister|commissioner|inspector|investor|shareholder|superuser|colleague|guy|bloke"
    r"|fella|"
    r"lad|lass|woman|lady|chap|man|person|girl|boy)"
)
# A job as it is said: up to three words of what it is about, the job, and what of.
JOB_TITLE = (
    rf"(?:(?:{FIELD}|new|chief|old|other|only|own|first)\s+(?:and\s+)?){{0,4}}{JOB}\b"
    rf"(?:\s+(?:of|for|in)\s+(?:the\s+)?{FIELD}(?:\s+and\s+{FIELD})?)?"
)
AT_WORK = re.compile(rf"{FIELD}|{JOB}|corporate|bloke|group|division|department", re.I)
DEPARTMENT = (
    r"(?:finance|legal|it|i t|i\.t\.?|procurement|purchasing|sourcing|security|infosec|information security"
    r"|cyber|hr|"
    r"human resources|payroll|marketing|sales|operations|ops|compliance|risk|controlling|accounts|accounting|"
    r"production|quality|engineering|maintenance|the warehouse|warehouse|logistics|planning|scheduling"
    r"|facilities|"
    r"the works council|works council|the union|the board|group|head office|corporate|data protection"
    r"|privacy|"
    r"the data team|customer service|support|dispatch|reception|the front desk|front desk|nights|days|"
    r"the night shift|infrastructure|networks?|integration|the integration engine|billing|claims|treasury"
    r"|estates|"
    r"fundraising|merchandising|buying|design|editorial|training|research|stores|transport|the lab)"
)
# Who is spoken of as kin is no buyer, unless a part in the business is named as well.
KIN = (
    r"(?:mum|mom|mother|dad|daddy|father|son|daughter|husband|wife|sister|brother|aunt|auntie|uncle|cousin"
    r"|nephew|"
    r"niece|grand(?:son|daughter|child|mother|father|ma|pa)|kid|kids|baby|boyfriend|girlfriend|neighbour"
    r"|neighbor|"
    r"friend|mate|dog|cat|horse|in-laws?|mother-in-law|father-in-law)"
)
OUTSIDERS = (
    r"(?:auditors?|insurers?|insurance|vendor|supplier|competitor|broker|landlord|ministry|newspaper"
    r"|regulator|"
    r"other (?:company|customer|vendor|supplier)|old (?:company|outfit|job|place|vendor|supplier)|last job)"
)
# Only a person does these things; the weaker ones a product or a place does as well.
DOES = (
    r"(?:says|said|tells|told|asks|asked|wants|wanted|thinks|thought|knows|knew|believes|signs|signed"
    r"|approves|"
    r"approved|decides|decided|hates|hated|likes|liked|loves|loved|worries|worried|complains|complained"
    r"|argues|"
    r"argued|agrees|agreed|chairs|chaired|looks after|writes|wrote|rang|rings|retires|retired|quit|joined"
    r"|sits|sat|"
    r"reads|insists|insisted|refused|refuses|pushes|pushed|promised|promises|booked|bought|spent|reckons"
    r"|mentioned|"
    r"remembers|swears|swore|trusts|counts|counted|frowns|laughed|laughs|phoned|phones|emailed|texted|stood"
    r"|tried|tested|recogni[sz]ed|noticed|reali[sz]ed|spotted|"
    r"keeps (?:doing|saying|asking|telling|sending)|types|typed|"
    r"(?:holds|controls|owns) the (?:purse|budget|money))"
)
MIGHT = (
    r"(?:is|was|has|had|will|would|should|could|can|may|might|needs|gets|got|takes|never|always|already"
    r"|just|runs|"
    r"ran|heads|leads|handles|manages|called|calls|checks|checked|keeps|kept|reports|left|started|came"
    r"|comes|goes|"
    r"went|met|made|brings|brought|sent|sends|sees|saw|blocked|built|nearly|holds|found|picks|picked|did"
    r"|does|"
    r"doesn't|didn't|won't|can't|wouldn't|isn't|wasn't|hasn't)"
)
TO_PEOPLE = (
    r"(?:ask|asks|asked|asking|tell|tells|told|telling|email|emailed|phone|phoned|introduce|convince"
    r"|persuade|remind|"
    r"invite|poor|thank|thanks|next to|alongside|cc|"
    r"(?:speak|speaks|speaking|spoke|talk|talks|talked|talking|listen|listens|agree|agreed|sat|sit)\s+(?:to"
    r"|with)|"
    r"(?:give|gave|send|sent|show|take|took|forward)\s+(?:it|this|that|them|him|her)\s+to|"
    r"(?:run|ran)\s+(?:it|this|that)\s+(?:by|past)|young)"
)
BY_PEOPLE = (
    r"(?:call|ring|rang|text|bring|brings|brought|meet|met|show|showed|drag|join|report to|reports to|up to"
    r"|leave|"
    r"except|besides|because|unless|if|when|(?:work|works|worked|check|checked|go|went|explain) (?:to|with)"
    r"|get|let|"
    r"put|want|need|see|saw|with|and|for|from|to|by|it's|just|only|or|not|even|about|between|than|me and"
    r"|her and|"
    r"him and|wrote to)"
)
THINGS_OF = (
    r"(?:desk|queue|calendar|diary|office|money|budget|name|sheet|job|thing|idea|decision|baby|signature"
    r"|pen|boss|"
    r"register|fault|opinion|inbox|phone|birthday|husband|wife|hands?|head|mind|voice|face|deputy|assistant)"
)
# What stands right after the name of a product, a place or an organisation.
OF_THINGS = (
    r"(?:system|software|platform|app|apps|tool|tools|module|site|sites|plant|depot|store|stores|street"
    r"|road|hotel|"
    r"hospital|university|college|school|council|bank|airport|group|format|files?|data|licen[cs]es?"
    r"|integration|"
    r"connector|api|version|export|report|pilot|trial|contract|server|cloud|database|tunnel|office|branch"
    r"|region|"
    r"market|conference|board|committee|people|lot|guys|team|crowd|policy|rules|law|act|model|machine|line"
    r"|engine)"
)

# Contractions as speech recognition without apostrophes writes them.
_RUN_TOGETHER = word_set(
    "ive im id ill dont cant wont didnt doesnt isnt wasnt arent werent hasnt havent hadnt couldnt wouldnt "
    "shouldnt "
    "thats its theyre youre were weve theyve youve hes shes theres whats heres lets aint gonna gotta wanna"
)
_NUMBERS = word_set(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million first second "
    "third"
)
NOT_NAMES = (
    _RUN_TOGETHER
    | _NUMBERS
    | word_set(
        "i monday tuesday wednesday thursday friday saturday sunday january february march april may june "
        "july "
        "august "
        "september october november december christmas easter god jesus internet english german french "
        "spanish dutch "
        "italian american british european europe america germany france spain italy ireland england "
        "scotland wales "
        "africa asia india china japan london paris berlin excel word outlook teams zoom google microsoft "
        "amazon apple "
        "salesforce slack sharepoint oracle sap hubspot jira powerpoint whatsapp linkedin netflix facebook "
        "youtube aws "
        "azure android iphone windows linux gmail okay ok yeah yes no hi hello hey mr mrs ms dr doctor "
        "thanks sorry "
        "south north east west central republic ai erp crm pdf mondays tuesdays wednesdays thursdays "
        "fridays saturdays "
        "sundays ma'am sir madam us uk eu thanksgiving ramadan diwali eid halloween hanukkah whitsun carnival"
    )
)


@lru_cache(maxsize=1)
def spoken_words() -> frozenset[str]:
    """Common words of spoken business English: none of them is taken for a name by itself.

    Collected from the words that the project's own example calls write in lower case.
    """
    text = files("coachbot.extract").joinpath("spoken_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def is_common(word: str, said: frozenset[str] = frozenset()) -> bool:
    """Whether a lower-case word, or the word it is a form of, is a common one or among those `said`."""
    words = spoken_words()
    cut = [
        word.removesuffix(e)
        for e in ("s", "es", "d", "ed", "ing", "er", "ers", "ly", "n", "y")
        if word.endswith(e)
    ]
    cut += [c[:-1] for c in cut if len(c) > 3 and c[-1] == c[-2]] + [f"{c}e" for c in cut]
    return any(c in words or c in said for c in (word, *(c for c in cut if len(c) > 2)))


def rx(pattern: str) -> re.Pattern[str]:
    """A pattern that ignores case; a blank stands for any white space."""
    return re.compile(pattern.replace(" ", r"\s+"), re.I)
