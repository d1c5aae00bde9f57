"""The process metrics, in the order in which they are shown, with what each counts."""

from __future__ import annotations

from coachbot.insights import metric_cases as c
from coachbot.insights.metric_cases import Metric

_ALL = (
    Metric(
        "conversion",
        "Conversion between stages",
        "Of the deals that were in the stage and have left it for good or were closed: those that moved on "
        "to any later stage or were won. A deal counts once for each stage. Deals still in the stage are "
        "not decided and do not count. Day: when it was decided.",
        keyed_by="stage",
        cases=c.conversion,
    ),
    Metric(
        "time_in_stage",
        "Time in stage",
        "Median days of a visit to the stage, from entering it to leaving it or being closed. Deals that "
        "are still there count for as long as they have been (Kaplan-Meier). A deal that comes back makes a "
        "second visit. Slow: more than half of the visits outlast the stage's healthy days. Day: when it "
        "was entered.",
        keyed_by="stage",
        spans=c.time_in_stage,
    ),
    Metric(
        "loss_reasons",
        "Loss reasons by stage",
        "Of the deals that were lost or disqualified in the stage: those with the reason. Day: when it "
        "closed.",
        keyed_by="stage",
        cases=c.loss_reasons,
    ),
    Metric(
        "no_next_step",
        "No next step",
        "Of the open deals: those without an accepted next step that somebody has committed to, with a date "
        "that is today or later. As it stands today.",
        cases=c.no_next_step,
    ),
    Metric(
        "slipped_close_date",
        "Slipped close date",
        "Of the deals whose close date was ever set: those whose date was moved to a later day at least "
        "once. Day: when it was last set.",
        cases=c.slipped_close_date,
    ),
    Metric(
        "multi_threading",
        "Multi-threading",
        "Of the open deals: those of which at least as many of the buyer's people as the playbook asks for "
        "(metrics.engaged_people) were on a call. As it stands today.",
        cases=c.multi_threading,
    ),
    Metric(
        "engaged_people",
        "Engaged people",
        "Of the open deals: those of which so many of the buyer's people were on a call. As it stands today.",
        keyed_by="level",
        cases=c.engaged_people,
    ),
    Metric(
        "discovery_quality",
        "Discovery quality",
        "Of the deals that moved on from the playbook's discovery stage (metrics.discovery_stage): those of "
        "which all of its discovery fields (metrics.discovery_fields) are accepted. Day: when it moved on.",
        cases=c.discovery_quality,
    ),
    Metric(
        "champion_strength",
        "Champion strength",
        "Of the open deals: those with that strength, 0 to 3. A point each: somebody is accepted in a "
        "champion's role (metrics.champion_influence); that person was on a call; the buyer's side has "
        "committed to a dated next step. Without the first the others count nothing. As it stands today.",
        keyed_by="level",
        cases=c.champion_strength,
    ),
    Metric(
        "strong_champion",
        "Strong champion",
        "Of the open deals: those with a champion strength of 2 or 3. As it stands today.",
        cases=c.strong_champion,
    ),
    Metric(
        "velocity",
        "Deal velocity by segment",
        "Median days from opening a deal to closing it, won or not, by segment. Open deals count for as "
        "long as they have been open (Kaplan-Meier). Day: when it was opened.",
        keyed_by="segment",
        spans=c.velocity,
    ),
    Metric(
        "days_to_win",
        "Days to win by segment",
        "Median days from opening a deal to winning it, of the deals that were won, by segment. Day: when it "
        "was opened.",
        keyed_by="segment",
        spans=c.days_to_win,
    ),
    Metric(
        "lead_response",
        "Lead response in time",
        "Of the deals of the sources that are held to it (metrics.lead_sources), once the time is up: those "
        "with a first call within the working days of the playbook (metrics.lead_response_days). Other ways "
        "of answering are not seen. Day: when it was opened.",
        cases=c.lead_response,
    ),
    Metric(
        "handoffs",
        "Hand-offs done",
        "Of the deals that entered the stage of a hand-off (metrics.handoffs): those of which all of its "
        "fields were accepted by that day. Day: when it entered.",
        keyed_by="rule",
        cases=c.handoffs,
    ),
    Metric(
        "reversions",
        "Stage reversions",
        "Of the moves of deals out of the stage to another one: those to an earlier one. Day: when it moved.",
        keyed_by="stage",
        cases=c.reversions,
    ),
)
METRICS = {m.id: m for m in _ALL}
"""The metrics by id."""
