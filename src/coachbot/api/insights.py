"""What the calls say together: objections, metrics, risks and charts, as far as whoever asks may see them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, Field, StringConstraints

from coachbot.api.desk import AtDesk, Desk
from coachbot.errors import UsageError
from coachbot.insights import deal_risks, outputs
from coachbot.insights.answers import Answers
from coachbot.insights.deal_facts import DealFacts, from_store
from coachbot.insights.findings import metric_findings, objection_findings
from coachbot.insights.gallery import ChartName, draw
from coachbot.insights.ledger import from_store as ledger_from_store
from coachbot.insights.metric_words import METRICS
from coachbot.insights.metrics import MetricReport, metric_report
from coachbot.insights.objections import ObjectionReport, behind, objection_report
from coachbot.insights.risk_list import dismiss_risk, listed_risks
from coachbot.insights.selection import BY, Selection, select
from coachbot.insights.themes import Themes
from coachbot.model.base import Frozen
from coachbot.model.playbook import Playbook
from coachbot.pipeline import playbook_for
from coachbot.playbook import list_playbooks, load_playbook
from coachbot.settings import settings

router = APIRouter(prefix="/insights", tags=["insights"])


def _metric(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"there is no such metric; there are: {', '.join(METRICS)}")
    return name


def _group(text: str) -> str:
    by, _, name = text.partition("=")
    if by not in BY or by == "category" or not name:
        raise ValueError(f"write GROUP=NAME, such as segment=smb; groups are {', '.join(BY[1:])}")
    return text


Word = Annotated[str, Query(max_length=200)]
By = Literal["category", "stage", "segment", "rep", "competitor", "product", "outcome", "month"]
SplitBy = Literal["cohort", "period", "owner", "segment"]
Book = Annotated[str | None, Query(max_length=100, description="a playbook's id; default the standing one")]
Since = Annotated[date | None, Query(description="from this day on")]
Until = Annotated[date | None, Query(description="up to and with this day")]
Drafts = Annotated[bool, Query(description="count what nobody reviewed yet as well")]
Where = Annotated[
    list[Annotated[str, StringConstraints(max_length=200), AfterValidator(_group)]] | None,
    Query(description="only calls of a group, such as segment=smb", max_length=8),
]
Metric = Annotated[str, AfterValidator(_metric)]
Month = Annotated[str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="YYYY-MM")]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "CSV"}}
SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {}}, "description": "The picture"}}


class Objections(Frozen):
    """Counts, comparisons and movements; `findings` say in words what is more than chance."""

    report: ObjectionReport
    findings: tuple[str, ...]


class Category(Frozen):
    """One category of objections, looked into."""

    themes: Themes
    answers: Answers


class Metrics(Frozen):
    """Figures with their definitions; `findings` say in words what is more than chance."""

    report: MetricReport
    findings: tuple[str, ...]


class CallBehind(Frozen):
    """A call behind a number."""

    id: str
    title: str
    date: date | None
    deal_id: str | None
    stage: str | None


class CallsBehind(Frozen):
    """Calls in the order they were held: a part of them, `total` of them all, and of how many deals."""

    total: int
    deals: int
    calls: tuple[CallBehind, ...]


class DealBehind(Frozen):
    """A deal of a figure's denominator. `counted`: it is in the numerator as well."""

    id: str
    name: str
    counted: bool


class DealsBehind(Frozen):
    """The figure's count and total (visits or deals), and a part of its deals, each once."""

    count: int
    total: int
    deals: tuple[DealBehind, ...]


class RiskList(Frozen):
    """Risks of open deals, and, where one deal was asked for, what happened to its risks."""

    risks: tuple[deal_risks.DealRisk, ...]
    history: tuple[deal_risks.RiskEvent, ...] = ()


class Dismissal(Frozen):
    """Why a risk is none."""

    why: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("/objections")
def objections(
    desk: AtDesk, by: By = "category", since: Since = None, until: Until = None, where: Where = None,
    drafts: Drafts = False, playbook: Book = None,
) -> Objections:  # fmt: skip
    """How often what is raised, by a group; what goes with it, and what is changing."""
    book = book_named(playbook)
    chosen = _chosen(desk, book, since, until, where, drafts)
    report = _objections(chosen, by)
    return Objections(report=report, findings=tuple(objection_findings(report, book)))


@router.get("/objections.csv", response_class=Response, responses=CSV)
def objections_csv(
    desk: AtDesk, by: By = "category", since: Since = None, until: Until = None, where: Where = None,
    drafts: Drafts = False, playbook: Book = None,
) -> Response:  # fmt: skip
    """The counts as CSV."""
    chosen = _chosen(desk, book_named(playbook), since, until, where, drafts)
    return _csv(outputs.objection_csv(_objections(chosen, by)), f"objections-by-{by}")


@router.get("/objections/behind")
def objections_behind(
    desk: AtDesk,
    category: Annotated[str | None, Query(max_length=200, description="none: all calls of the group")] = None,
    by: By = "category", group: Annotated[str | None, Query(max_length=200)] = None,
    since: Since = None, until: Until = None, where: Where = None, drafts: Drafts = False,
    playbook: Book = None, offset: Offset = 0, limit: Limit = 50,
) -> CallsBehind:  # fmt: skip
    """The calls behind a count: those of the group in which the category was raised."""
    chosen = _chosen(desk, book_named(playbook), since, until, where, drafts)
    found = behind(chosen, category, by=by, group=group)
    with desk.store.read() as unit:
        rows = outputs.call_rows(unit, found.calls[offset : offset + limit])
    calls = tuple(CallBehind(id=i, title=t, date=d, deal_id=deal, stage=s) for i, t, d, deal, s in rows)
    return CallsBehind(total=len(found.calls), deals=len(found.deals), calls=calls)


@router.get("/objections/categories/{category}")
def objection_category(
    desk: AtDesk, category: str, since: Since = None, until: Until = None, where: Where = None,
    drafts: Drafts = False, playbook: Book = None,
) -> Category:  # fmt: skip
    """What buyers mean by it, in their own words, and which answers come before progress."""
    from coachbot.insights.category import detail

    book = book_named(playbook)
    chosen = _chosen(desk, book, since, until, where, drafts)
    with desk.store.read() as unit:
        found = detail(unit, book, chosen, category, today(), viewer=desk.viewer)
    return Category(themes=found.themes, answers=found.answers)


@router.get("/metrics")
def metrics(
    desk: AtDesk, only: Annotated[list[Metric] | None, Query(max_length=30)] = None,
    by: SplitBy | None = None, since: Since = None, until: Until = None, owner: Word | None = None,
    segment: Word | None = None, cohort: Month = None, playbook: Book = None,
) -> Metrics:  # fmt: skip
    """Process metrics, each with its definition, denominator and interval."""
    _in_order(since, until)
    facts = _facts(desk, book_named(playbook))
    report = metric_report(
        facts, only=only or (), by=by, owner=owner, segment=segment, cohort=cohort, since=since, until=until
    )
    return Metrics(report=report, findings=tuple(metric_findings(report, facts.book)))


@router.get("/metrics.csv", response_class=Response, responses=CSV)
def metrics_csv(
    desk: AtDesk, only: Annotated[list[Metric] | None, Query(max_length=30)] = None,
    by: SplitBy | None = None, since: Since = None, until: Until = None, owner: Word | None = None,
    segment: Word | None = None, cohort: Month = None, playbook: Book = None,
) -> Response:  # fmt: skip
    """The figures as CSV."""
    _in_order(since, until)
    facts = _facts(desk, book_named(playbook))
    report = metric_report(
        facts, only=only or (), by=by, owner=owner, segment=segment, cohort=cohort, since=since, until=until
    )
    return _csv(outputs.metric_csv(report), "metrics")


@router.get("/metrics/{metric}/behind")
def metrics_behind(
    desk: AtDesk, metric: Metric, key: Word | None = None, sub: Word | None = None,
    by: SplitBy | None = None, group: Word | None = None, since: Since = None, until: Until = None,
    owner: Word | None = None, segment: Word | None = None, cohort: Month = None, playbook: Book = None,
    offset: Offset = 0, limit: Limit = 50,
) -> DealsBehind:  # fmt: skip
    """The deals behind a figure: its denominator, and which of them are in the numerator."""
    _in_order(since, until)
    facts = _facts(desk, book_named(playbook))
    report = metric_report(
        facts, only=(metric,), by=by, owner=owner, segment=segment, cohort=cohort, since=since, until=until
    )
    figure = outputs.figure_of(report, metric, key, sub, group)
    rows = outputs.behind_figure(facts, figure)[offset : offset + limit]
    deals = tuple(DealBehind(id=i, name=name, counted=hit) for i, name, hit in rows)
    return DealsBehind(count=figure.count, total=figure.total, deals=deals)


@router.get("/risks")
def risks(
    desk: AtDesk, deal_id: Annotated[str | None, Query(max_length=100)] = None, owner: Word | None = None,
    dismissed: Annotated[bool, Query(description="with those that were dismissed")] = False,
    playbook: Book = None,
) -> RiskList:  # fmt: skip
    """Risks of the open deals, since when each is there, and which were dismissed and why."""
    events: list[deal_risks.RiskEvent] = []
    if deal_id is not None:
        with desk.store.read() as unit:
            playbook = desk.deal(unit, deal_id).playbook
    shown = _risks(desk, book_named(playbook), deal_id, owner, dismissed)
    if deal_id is not None:
        with desk.store.read() as unit:
            events = deal_risks.history(unit, deal_id)
    return RiskList(risks=shown, history=tuple(events))


@router.get("/risks.csv", response_class=Response, responses=CSV)
def risks_csv(
    desk: AtDesk, owner: Word | None = None, dismissed: bool = False, playbook: Book = None
) -> Response:
    """The risks as CSV."""
    return _csv(outputs.risk_csv(_risks(desk, book_named(playbook), None, owner, dismissed)), "risks")


@router.post("/risks/{deal_id}/{risk}/dismissal")
def dismiss(desk: AtDesk, deal_id: str, risk: str, body: Dismissal) -> deal_risks.DealRisk:
    """Say that a risk is none, and why. It stays dismissed until something about the deal changes."""
    with desk.store.begin() as unit:
        book = playbook_for(desk.deal(unit, deal_id))
        return dismiss_risk(unit, book, deal_id, risk, today=today(), by=desk.user_id, why=body.why)


@router.get("/charts/{name}.svg", response_class=Response, responses=SVG)
def chart_svg(
    desk: AtDesk, name: ChartName, theme: Literal["page", "light", "dark"] = "page", since: Since = None,
    until: Until = None, drafts: Drafts = False, playbook: Book = None,
) -> Response:  # fmt: skip
    """A chart. `page` follows the reader's light or dark mode."""
    book = book_named(playbook)
    _in_order(since, until)
    with desk.store.read() as unit:
        made = draw(
            unit,
            book,
            name,
            today=today(),
            viewer=desk.viewer,
            theme=theme,
            drafts=drafts,
            since=since,
            until=until,
        )
    policy = "default-src 'none'; style-src 'unsafe-inline'"  # its own colours, and nothing else
    return Response(made.svg, media_type="image/svg+xml", headers={"content-security-policy": policy})


@router.get("/charts/{name}.csv", response_class=Response, responses=CSV)
def chart_csv(
    desk: AtDesk, name: ChartName, since: Since = None, until: Until = None, drafts: Drafts = False,
    playbook: Book = None,
) -> Response:  # fmt: skip
    """The numbers in a chart."""
    book = book_named(playbook)
    _in_order(since, until)
    with desk.store.read() as unit:
        made = draw(
            unit, book, name, today=today(), viewer=desk.viewer, drafts=drafts, since=since, until=until
        )
    return _csv(made.csv(), name)


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def book_named(name: str | None) -> Playbook:
    """The playbook of that id, else the standing one. Raises UsageError for an unknown one."""
    conf = settings()
    if name is not None and name not in (known := list_playbooks(home=conf.home)):
        raise UsageError(f"there is no playbook {name!r}; there are: {', '.join(known)}")
    return load_playbook(name or conf.playbook, home=conf.home)


def _in_order(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and since > until:
        raise UsageError(f"since {since} is after until {until}: swap them")


def _chosen(
    desk: Desk, book: Playbook, since: date | None, until: date | None, where: list[str] | None, drafts: bool
) -> Selection:
    groups = {by: name for by, _, name in (one.partition("=") for one in where or ())}
    _in_order(since, until)
    with desk.store.read() as unit:
        ledger = ledger_from_store(unit, book, today=today(), viewer=desk.viewer)
    return select(ledger, drafts=drafts, where=groups, since=since, until=until)


def _objections(chosen: Selection, by: str) -> ObjectionReport:
    return objection_report(
        chosen.ledger, by=by, since=chosen.since, until=chosen.until, drafts=chosen.drafts, where=chosen.where
    )


def _facts(desk: Desk, book: Playbook) -> DealFacts:
    with desk.store.read() as unit:
        return from_store(unit, book, today=today(), viewer=desk.viewer)


def _risks(
    desk: Desk, book: Playbook, deal_id: str | None, owner: str | None, dismissed: bool
) -> tuple[deal_risks.DealRisk, ...]:
    return tuple(
        r
        for r in listed_risks(desk.store, book, today=today(), viewer=desk.viewer)
        if (dismissed or not r.dismissed) and deal_id in (None, r.deal_id) and owner in (None, r.owner)
    )


def _csv(text: str, name: str) -> Response:
    named = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=named)
