"""The cues of a person's influence, by what they are about. Used by `people_influence`."""

from __future__ import annotations

import re
from typing import NamedTuple

from coachbot.extract.people_words import rx


class Concept(NamedTuple):
    """What a part in a decision is about: cues in a role's own words, in titles, in talk; and their "
    "weights."""

    speaks_of: re.Pattern[str]
    titles: re.Pattern[str] | None
    of_others: re.Pattern[str]
    of_self: re.Pattern[str]
    title_worth: float
    others_worth: float
    self_worth: float
    prior: float = 0.0  # for whoever is on the call


CONCEPTS: tuple[Concept, ...] = (
    Concept(  # money
        rx(r"\b(?:budget|money|purse|spend|funds?|economic|pays?|afford)"),
        rx(
            r"\b(?:cfo|c f o|fd|f d|chief financial|finance director|director of finance|head of finance"
            r"|vp,? finance|"
            r"financ\w+ (?:officer|controller|lead)|treasurer|owner|bursar|holds? the (?:money|purse)"
            r"|(?:runs|does) the money)\b"
        ),
        rx(
            r"\b(?:(?:holds?|owns?|has|controls?) the (?:budget|purse|money)|(?:her|his) (?:money|budget"
            r"|cost|line|pen)"
            r"|\w+'s (?:money|cost line)|signs? (?:it|off|anything|the (?:cheques?|checks?)|up to|over)"
            r"|that signs"
            r"|(?:whether|if) we can (?:pay|afford)|finds? (?:it|the money)|find (?:me )?another (?:penny"
            r"|pound|dollar)"
            r"|approved? (?:the )?(?:budget|figure|spend|money)|agreed .{0,20}(?:thousand|million)"
            r"|check ?book"
            r"|(?:over|above|up to) [\w ]{2,30}(?:it's|signs?|approves?|can approve)|cost line"
            r"|look for the money)\b"
        ),
        rx(
            r"\b(?:(?:it's )?my (?:budget|cost (?:line|centre|center)|money|line|capex)|i(?:'d| would) sign"
            r"|i sign the|i sign\b(?! up)"
            r"|i hold the|until \w+ i sign|i(?:'ve| have) (?:got )?[\w ]{3,40}(?:left|for the year"
            r"|in the budget)"
            r"|it's my (?:name|business|company))\b"
        ),
        3.0,
        2.4,
        1.1,
    ),
    Concept(  # decision
        rx(r"\b(?:deci(?:de|sion|ding)|final say|last word|approv)"),
        rx(
            r"\b(?:ceo|c e o|chief exec\w*|president|managing director|md|chair\w*|superintendent|founder"
            r"|general manager|managing partner"
            r"|coo|c o o|chief operating|director general|provost|dean|principal|partner|cto|c t o|cio"
            r"|c i o|chief clinical|sheriff|governor)\b"
        ),
        rx(
            r"\b(?:decides?|has the (?:final|last) (?:say|word)|(?:his|her) (?:call|decision)|chairs?"
            r"|chaired by|approves?"
            r"|(?:has|have) to (?:approve|agree|say yes|sign)|nothing (?:moves|happens) without|put (?:his"
            r"|her) name"
            r"|final say|go with it|recommend it|the one who decides)\b"
        ),
        rx(
            r"\b(?:i decide|my decision|i say whether|i'?ll say yes or no|i'm not saying yes"
            r"|it's down to me|i'm not buying)\b"
        ),
        2.2,
        1.8,
        1.0,
    ),
    Concept(  # champion
        rx(
            r"\b(?:champion|push(?:es)? (?:for|it)|sells? (?:it )?(?:inside|internally)|advocat|carries it"
            r"|on our side|inside)"
        ),
        None,
        rx(
            r"\b(?:pushing (?:me|us|for)|fights? for|the one who (?:wanted|started|brought|found)|loves it"
            r"|has wanted|because of (?:her|him)"
            r"|on our side|big fan|been asking for|asked for this call|booked this)\b"
        ),
        rx(
            r"\b(?:i'll take (?:it|this|that) (?:to|up)|i want (?:this|us)\b|put my own name|i'll (?:fight"
            r"|push|talk|speak|bring|introduce|sort|find out|send|get)"
            r"|i(?:'ve| have) been (?:telling|yelling|pushing|on at|saying|asking|working on|walking)"
            r"|i(?:'ve| have) wanted|i'd (?:have signed|buy|want us)"
            r"|leave \w+ to me|i can sell|i'll put (?:an hour|it|her|him) |i(?:'ve| have) already (?:spoken"
            r"|told|asked|been)|i would put them)\b"
        ),
        0.0,
        1.5,
        0.4,
        1.2,
    ),
    Concept(  # technology
        rx(r"\b(?:technical|technology|evaluat|integrat|architect|systems?)"),
        rx(
            r"\b(?:it|i t|i\.t|ict|engineer|developer|architect|systems?|infrastructure|applications?|apps"
            r"|technology|data|integration"
            r"|interface|analyst|technical|database|networks?|digital|device|software|web"
            r"|admin(?:istrator)?|maintenance|quality|lab|radiologist)\b"
        ),
        rx(
            r"\b(?:integration|engine|api|interface|servers?|sso|sandbox|switch (?:things|it) on|technical"
            r"|write-?back|check(?:ed|s)? (?:it|the numbers?))\b"
        ),
        rx(
            r"\b(?:api|single sign.on|integrat\w+|sandbox|servers?|entra|active directory|test tenant"
            r"|interface)\b"
        ),
        2.2,
        0.9,
        0.35,
    ),
    Concept(  # procurement
        rx(r"\b(?:procure|purchas|sourcing|vendor|tender|buying process)"),
        rx(r"\b(?:procurement|purchas\w+|sourcing|buyer|category|tenders?|vendor)\b"),
        rx(
            r"\b(?:three (?:offers|quotes|bids)|tender|vendor (?:form|onboarding|portal)|purchase order"
            r"|supplier (?:form|portal)|purchasing|procurement|sourcing)\b"
        ),
        rx(r"\b(?:three (?:offers|quotes|bids)|request for (?:quotation|proposal)|purchase order)\b"),
        3.0,
        1.6,
        0.4,
    ),
    Concept(  # law
        rx(r"\b(?:legal|law|lawyer|counsel|contract|clause|terms)"),
        rx(r"\b(?:counsel|legal|lawyer|solicitor|attorney|barrister|company secretary|contracts)\b"),
        rx(r"\b(?:redline|contracts?|clauses?|liabilit\w+|legal|lawyer|solicitor)\b"),
        rx(r"\b(?:redline|clause|liabilit\w+|indemnit\w+|governing law)\b"),
        3.0,
        1.2,
        0.4,
    ),
    Concept(  # security
        rx(r"\b(?:security|privacy|data protection|cyber|infosec)"),
        rx(r"\b(?:security|ciso|infosec|cyber)\b"),
        rx(r"\b(?:firewall|pen(?:etration)? test|security|privacy|data protection)\b"),
        rx(r"\b(?:pen(?:etration)? test|my questionnaire|log retention)\b"),
        3.1,
        1.6,
        0.6,
    ),
    Concept(  # use
        rx(r"\b(?:users?|uses?|day.to.day|daily|hands?.on|work(?:s|ing)? with it)"),
        rx(
            r"\b(?:nurse|planner|dispatch\w*|coordinator|operator|technician|driver|clerk|assistant"
            r"|supervisor|team lead\w*|volunteer|secretary|paralegal"
            r"|foreman|translator|shift|leading hand|trainer|scheduler|teacher|dentist|pharmacist|baker"
            r"|cook|chef|receptionist|user|front desk|payroll"
            r"|document controller|night|nights|bookkeeper|site manager|patrol|records|works council)\b"
        ),
        rx(
            r"\b(?:the one (?:in|who'?s? (?:us|do|typ)\w*)|types?|by hand|every (?:day|week|night|morning"
            r"|monday)|in the truck|on shift|prints?"
            r"|run(?:s)? nights|keeps? doing|does (?:it|them) (?:all|by)|does the \w+s\b|with a screen"
            r"|spreadsheet|keeps? (?:the|a) (?:list|sheet|register|book)|her (?:list|sheet|register)"
            r"|his (?:list|sheet|map)|scanner|the planners)\b"
        ),
        rx(
            r"\b(?:i type|my whole (?:day|week|job|(?:mon|tues|wednes|thurs|fri)day)|i do it by hand"
            r"|on my phone)\b"
        ),
        2.2,
        1.0,
        0.8,
    ),
    Concept(  # resistance
        rx(r"\b(?:block|oppos|against|resist|scepti|skepti|stop(?:s|ping) it|obstacle)"),
        None,
        rx(
            r"\b(?:against (?:it|everything|anything)|won't (?:like|have|use|hear)|hates|will (?:fight"
            r"|argue)|she'll argue|he'll argue|push(?:es)? back|not a fan|doesn't (?:like|want|believe"
            r"|trust)"
            r"|refuse[sd]?|kill(?:ed|s)? it|chose [\w ]+ (?:him|her)self|would rather|ain't gonna"
            r"|isn't going to|to get rid of (?:him|her)|rubbish)\b"
        ),
        rx(
            r"\b(?:i won't (?:use|sign|have)|waste of|i'm the (?:person|one) who won't|i(?:'ve"
            r"| have) planned|who's gonna)\b"
        ),
        0.0,
        1.9,
        0.8,
    ),
)
