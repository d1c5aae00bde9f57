"""Words that readers need to tell names, jobs and headings from speech. English, with common particles."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[str]:
    """The phrases of a text, divided by bars."""
    return frozenset(" ".join(p.split()) for p in text.split("|"))


FUNCTION_WORDS = words(
    """a an the this that these those it its is are was were be been am i you he she we they me my your
    our his her their and or but so if then than as at by for from in into on to of with about not no
    do does did have has had what which who when where why how there here just only also very more
    most thing things one point way because said says like will would can could should all any some
    need want get got let's i'm it's that's what's here's there's you're we're don't first next last
    other another following same time part case nobody"""
)
"""A label with one of these in it is speech."""

PARTICLES = words(
    """de da do dos das del della di du la le les van von der den ter ten bin ibn al el y e i und and of zu
    zum af av san st ap ben abu op 't"""
)
"""Written small inside names."""

NEVER_NAMES = words(
    """note notes question questions answer answers example examples warning important attention update
    summary agenda topic topics subject date time duration location link url website http https re fw
    fwd cc ps nb fyi tip tips step steps problem solution reason result results conclusion bottom
    option options action actions decision decisions outcome title meeting recording participants
    attendees speakers transcript transcription language source chapter chapters keywords yes no yeah
    yep nope ok okay well so and but or also plus now then right sure honestly actually basically
    anyway again look listen wait hmm first second third firstly secondly thirdly finally lastly
    meaning because however therefore still maybe perhaps obviously exactly true false fine good great
    sorry thanks quote unquote remember imagine today tomorrow yesterday monday tuesday wednesday
    thursday friday saturday sunday january february march july september
    october november december translation caption captions kind style region email phone
    contact response founded funding employees pricing revenue industry headquarters strengths
    weaknesses music applause laughter call details status version page"""
)
NEVER_LABELS = phrases(
    """action items|next steps|key takeaways|call notes|call id|meeting id|key points|call summary|
    view recording|one thing|for example|that said|in other words|bottom line|good news|bad news|
    quick question|summary keywords|deal stage|call type|suggested next steps"""
)
"""Before a colon these are no speakers."""

SOUNDS = words(
    """noise noises gap ringing rings audio sound sounds laughs laughing laughter coughs coughing chatter beep
    beeps typing speaking speaks foreign language indistinct inaudible unintelligible crosstalk clears
    throat overlapping video playing plays door phone background silence pause music singing cheering
    applause sighs blank break"""
)
"""Captions put what is heard in brackets; these words tell it from a name."""

JOBS = words(
    """ceo cto cfo coo cio ciso cro cmo cpo chro vp svp evp avp president director manager head lead
    leader engineer executive representative rep sdr bdr ae se csm consultant analyst architect
    officer founder cofounder owner partner associate specialist coordinator administrator developer
    counsel lawyer attorney supervisor controller treasurer accountant nurse professor teacher planner
    assistant secretary principal chair scientist designer buyer advisor adviser estimator dispatcher
    pharmacist superintendent foreman producer editor technician"""
)
"""One of these makes a phrase a job title."""

JOB_WORDS = JOBS | words(
    """account sales senior sr jr junior staff chief of for and & the operations ops marketing finance it
    hr product success customer client support solutions solution technical business development
    regional global general strategy revenue legal security data procurement purchasing project
    program programme group deputy interim managing inside field enterprise commercial services
    service implementation onboarding co vice information financial operating human resources people
    talent supply chain quality pre presales"""
)
"""What job titles are made of."""

JOB_SHORTS = words("CEO CTO CFO COO CIO CISO CRO CMO CPO CHRO VP SVP EVP AE SE SDR BDR CSM")

REMARKS = words(
    """guest external unverified you me host cohost co-host organizer organiser presenter internal he him
    his she her hers they them theirs he/him she/her they/them he/him/his she/her/hers
    they/them/theirs speaking muted unauthenticated not verified"""
)
"""What meeting tools put in brackets behind a name, and what tells nothing about the person."""

NOBODY = phrases("|unknown speaker|unknown|unidentified speaker|speaker|unidentified|n a|none|null")
"""Labels that say that the speaker is not known."""

NOTE_HEADINGS = phrases(
    """summary|notes|call notes|meeting notes|action items|next steps|suggested next steps|key takeaways|
    takeaways|outcome|outcomes|details|key points|follow up|follow ups|decisions|call summary|
    meeting summary|coaching notes|analysis|key moments|metadata|linked entities|highlights|
    post call notes|post call analysis|internal notes|key discussion points|discussion points|recap|
    topics|chapters|key learnings|lessons"""
)
"""Headings of notes about a call."""

COLUMNS = words("time timestamp start end speaker name text transcript utterance content duration")
"""Cells of a table's first row."""

TITLE_KEYS = phrases("title|subject|topic|meeting|call|call title|meeting title|meeting name")
DATE_KEYS = phrases("date|call date|meeting date|recorded|recorded on|when|time|start time|date and time")
PEOPLE_KEYS = phrases(
    "participants|attendees|speakers|people|present|on the call|host|organizer|invited|meeting participants"
)
OTHER_KEYS = phrases(
    """duration|length|call id|meeting id|id|outcome|account|company|deal|deal stage|stage|opportunity|
    call type|type|status|location|platform|source|recording|url|link|created|summary keywords|
    original file|industry|crm|language|rep|prospect|format|tags"""
)
HEADER_KEYS = TITLE_KEYS | DATE_KEYS | PEOPLE_KEYS | OTHER_KEYS
"""Keys of `Key: value` lines above a transcript."""

FREE_MAIL = words(
    "gmail googlemail outlook hotmail live yahoo icloud me aol gmx web proton protonmail mail msn fastmail"
)
SELLER_LABELS = phrases("agent|rep|sales rep|seller|salesperson|sales|account executive|vendor")
BUYER_LABELS = phrases("customer|client|prospect|buyer|lead")

TEXT_COLUMNS = phrases("text|transcript|content|utterance|message|sentence|words|caption|transcription")
SPEAKER_COLUMNS = phrases("speaker|speaker name|speaker label|name|participant|who|role|speaker id")
START_COLUMNS = phrases(
    """start|start time|starttime|timestamp|time|begin|begin time|in|start s|start ms|start seconds|
    time start|offset"""
)
END_COLUMNS = phrases("end|end time|endtime|out|stop|end s|end ms|end seconds|time end")
"""What the columns of a table are called."""
