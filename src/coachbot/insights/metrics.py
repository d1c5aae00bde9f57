"""Process metrics: each with its definition, its denominator, an interval, and the deals behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from math import erfc, log, sqrt
from typing import Literal, TypeVar

from pydantic import Field

from coachbot.errors import UsageError
from coachbot.insights.compare import FALSE_DISCOVERIES, MINIMUM, Stratum, adjusted, compare
from coachbot.insights.deal_facts import DealFacts
from coachbot.insights.metric_cases import UNKNOWN, Case, Metric, Span
from coachbot.insights.metric_words import METRICS
from coachbot.insights.rates import Rate, z_of
from coachbot.insights.results import Gap, judged
from coachbot.insights.survival import Curve, kaplan_meier
from coachbot.model.base import Frozen

BY = ("cohort", "period", "owner", "segment")
T = TypeVar("T", Case, Span)


class Figure(Frozen):
    """One number. `key` is a stage, a reason or a level; `group` the group that was asked for."""

    metric: str
    key: str | None = None
    sub: str | None = Field(default=None, description="the loss reason")
    group: str | None = None
    unit: Literal["share", "days"]
    count: int = Field(description="the numerator; of times, those that ended")
    total: int = Field(description="the denominator")
    value: float | None = Field(description="the share, or the median in days; None: not known (yet)")
    low: float | None = None
    high: float | None = None
    lower_quartile: float | None = None
    upper_quartile: float | None = None
    healthy_days: int | None = Field(default=None, description="the stage's own, of the playbook")
    over_healthy: float | None = Field(default=None, description="share that lasts longer than healthy")
    against_others: Gap | None = Field(default=None, description="the group against all others")
    p: float | None = None
    q: float | None = None
    found: bool = Field(default=False, description="slower than healthy, and more than chance")
    hits: tuple[str, ...] = Field(default=(), exclude=True, repr=False, description="deals of the numerator")
    of: tuple[str, ...] = Field(default=(), exclude=True, repr=False, description="deals of the denominator")


class MetricReport(Frozen):
    """Figures of all metrics, in their order."""

    playbook: str
    today: date
    by: str | None
    since: date | None
    until: date | None
    owner: str | None
    segment: str | None
    cohort: str | None
    definitions: dict[str, str]
    figures: tuple[Figure, ...]

    def of(self, metric: str, key: str | None = None, group: str | None = None) -> Figure:
        """The figure of that metric, key and group. Raises KeyError."""
        for figure in self.figures:
            if (figure.metric, figure.key, figure.group) == (metric, key, group) and figure.sub is None:
                return figure
        raise KeyError((metric, key, group))


def metric_report(
    facts: DealFacts,
    *,
    only: Sequence[str] = (),
    by: str | None = None,
    since: date | None = None,
    until: date | None = None,
    owner: str | None = None,
    segment: str | None = None,
    cohort: str | None = None,
) -> MetricReport:
    """All metrics, or `only` those of the ids given.

    `by` splits each figure by cohort (month in which the deal was opened), period (month of the event), owner
    or segment. `since` and `until` keep events of those days (what is looked at as it stands today is not
    touched); `cohort` is a month, YYYY-MM. Raises UsageError for an unknown metric or group.
    """
    if by is not None and by not in BY:
        raise UsageError(f"metrics cannot be split by {by!r}; choose from {', '.join(BY)}")
    unknown = [name for name in only if name not in METRICS]
    if unknown:
        raise UsageError(f"there is no metric {unknown[0]!r}; there are: {', '.join(METRICS)}")

    everything = (since, until, owner, segment, cohort) == (None,) * 5

    def kept(items: Iterable[T]) -> list[T]:
        return [x for x in items if everything or _within(x, since, until, owner, segment, cohort)]

    figures: list[Figure] = []
    for metric in METRICS.values():
        if only and metric.id not in only:
            continue
        made: list[Figure] = []
        if metric.cases is not None:
            made = _rates(facts, metric, kept(metric.cases(facts)), by)
        elif metric.spans is not None:
            made = _times(facts, metric, kept(metric.spans(facts)), by)
        unit: Literal["share", "days"] = "share" if metric.cases else "days"
        figures += made or [Figure(metric=metric.id, unit=unit, count=0, total=0, value=None)]
    return MetricReport(
        playbook=facts.book.id,
        today=facts.today,
        by=by,
        since=since,
        until=until,
        owner=owner,
        segment=segment,
        cohort=cohort,
        definitions={m.id: m.definition for m in METRICS.values() if not only or m.id in only},
        figures=tuple(_corrected(figures)),
    )


def _within(
    x: Case | Span, since: date | None, until: date | None, owner: str | None, segment: str | None,
    cohort: str | None,
) -> bool:  # fmt: skip
    if owner is not None and x.deal.owner != owner:
        return False
    if segment is not None and (x.deal.segment or UNKNOWN) != segment:
        return False
    if cohort is not None and _month(x.deal.opened_on) != cohort:
        return False
    if x.day is None:
        return True
    return (since is None or x.day >= since) and (until is None or x.day <= until)


def group_name(x: Case | Span, by: str | None) -> str | None:
    """The group of a case; None where nothing is split."""
    if by is None:
        return None
    if by == "cohort":
        return _month(x.deal.opened_on)
    if by == "period":
        return _month(x.day)
    return (x.deal.owner if by == "owner" else x.deal.segment) or UNKNOWN


@lru_cache(maxsize=20_000)
def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else UNKNOWN


def _split(items: Sequence[T], name: Callable[[T], str | None]) -> dict[str | None, list[T]]:
    parts: dict[str | None, list[T]] = {}
    for x in items:
        parts.setdefault(name(x), []).append(x)
    return dict(sorted(parts.items(), key=lambda p: p[0] or ""))


def _keys(facts: DealFacts, metric: Metric, found: Iterable[str | None]) -> list[str | None]:
    """Keys in the order of the playbook, whole metrics without a key first."""
    known = [s.id for s in facts.book.stages] if metric.keyed_by == "stage" else []
    return sorted(set(found), key=lambda k: (known.index(k) if k in known else len(known), str(k)))


def _rates(facts: DealFacts, metric: Metric, items: list[Case], by: str | None) -> list[Figure]:
    figures = []
    if metric.keyed_by == "level":  # every level is a part of the same whole
        levels = _keys(facts, metric, (x.key for x in items))
        for group, part in _split(items, lambda x: group_name(x, by)).items():
            of_level = _split(part, lambda x: x.key)
            figures += [_share(metric, part, of_level.get(key, ()), key, group) for key in levels]
        return figures
    parts = _split(items, lambda x: x.key)
    for key in _keys(facts, metric, parts):
        of_key = parts[key]
        if metric.id == "loss_reasons":
            figures += _reasons(metric, of_key, key, by)
            continue
        of_group = _split(of_key, lambda x: group_name(x, by))
        made = [
            _share(metric, part, [x for x in part if x.hit], key, group) for group, part in of_group.items()
        ]
        if by is not None and by != "period" and len(made) > 1:
            hits = sum(f.count for f in made)
            made = [_against(f, hits, len(of_key)) for f in made]
        figures += made
    return figures


def _reasons(metric: Metric, items: list[Case], key: str | None, by: str | None) -> list[Figure]:
    figures = []

    def reason_of(x: Case) -> str:
        return x.deal.loss_reason or UNKNOWN

    reasons = sorted({reason_of(x) for x in items})
    for group, part in _split(items, lambda x: group_name(x, by)).items():
        of_reason = _split(part, reason_of)
        for reason in reasons:
            share = _share(metric, part, of_reason.get(reason, ()), key, group)
            figures.append(share.model_copy(update={"sub": reason}))
    return figures


def _share(
    metric: Metric, items: Sequence[Case], hits: Sequence[Case], key: str | None, group: str | None
) -> Figure:
    rate = Rate(len(hits), len(items))
    low, high = rate.interval() or (None, None)
    return Figure(
        metric=metric.id, key=key, group=group, unit="share", count=rate.count, total=rate.total,
        value=rate.value, low=low, high=high,
        hits=tuple(x.deal.id for x in hits), of=tuple(x.deal.id for x in items),
    )  # fmt: skip


def _against(figure: Figure, hits: int, total: int) -> Figure:
    """The figure beside all others of its key."""
    table = Stratum(figure.count, figure.total, hits - figure.count, total - figure.total)
    return figure.model_copy(update={"against_others": Gap.of(compare([table]))})


def _times(facts: DealFacts, metric: Metric, items: list[Span], by: str | None) -> list[Figure]:
    figures = []
    parts = _split(items, lambda x: x.key)
    for key in _keys(facts, metric, parts):
        stage = facts.book.stage_by_id.get(str(key)) if metric.keyed_by == "stage" else None
        for group, part in _split(parts[key], lambda x: group_name(x, by)).items():
            curve = kaplan_meier([x.days for x in part], [x.ended for x in part])
            figures.append(_median(metric, part, curve, key, group, stage.healthy_days if stage else None))
    return figures


def _median(
    metric: Metric,
    part: Sequence[Span],
    curve: Curve,
    key: str | None,
    group: str | None,
    healthy: int | None,
) -> Figure:
    middle = curve.quantile(0.5)
    return Figure(
        metric=metric.id, key=key, group=group, unit="days", count=curve.ended, total=curve.total,
        value=middle.days, low=middle.low, high=middle.high,
        lower_quartile=curve.quantile(0.25).days, upper_quartile=curve.quantile(0.75).days,
        healthy_days=healthy, over_healthy=curve.after(healthy)[0] if healthy is not None else None,
        p=_slow_p(curve, healthy) if healthy is not None and curve.ended else None,
        hits=tuple(x.deal.id for x in part if x.ended), of=tuple(x.deal.id for x in part),
    )  # fmt: skip


def _slow_p(curve: Curve, healthy: int) -> float | None:
    """One-sided p of "at most half last longer than healthy"; None where too few were seen for that long.

    Not asked of a stage that nothing ever left: the last one may have no way out.
    """
    at_risk = (
        int(curve.at_risk[curve.times <= healthy][-1]) if (curve.times <= healthy).any() else curve.total
    )
    if at_risk < MINIMUM:
        return None
    lasting, limits = curve.after(healthy)
    if lasting <= 0.0:
        return 1.0
    if lasting >= 1.0:
        return float(0.5**at_risk)
    spread = (log(-log(limits.low)) - log(-log(lasting))) / z_of(0.95) if limits.low > 0 else 0.0
    if spread <= 0:
        return 1.0
    return 0.5 * erfc((log(-log(0.5)) - log(-log(lasting))) / spread / sqrt(2))


def _corrected(figures: list[Figure]) -> list[Figure]:
    """Slow stages and groups against the others: two families, each with half of what may be chance."""
    slow = adjusted([f.p for f in figures], 2)
    figures = [
        f.model_copy(update={"q": q, "found": q is not None and q <= FALSE_DISCOVERIES})
        for f, q in zip(figures, slow, strict=True)
    ]
    places = [n for n, f in enumerate(figures) if f.against_others is not None]
    gaps = judged([f.against_others for f in figures if f.against_others is not None], 2)
    for n, gap in zip(places, gaps, strict=True):
        figures[n] = figures[n].model_copy(update={"against_others": gap})
    return figures
