"""What the calls say together: objections, metrics and risks, each number with the calls behind it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachbot.insights import charts, deal_risks, outputs
from coachbot.insights.deal_facts import DealFacts, from_store
from coachbot.insights.findings import counted, metric_findings, objection_findings
from coachbot.insights.gallery import ChartName, draw
from coachbot.insights.ledger import Ledger
from coachbot.insights.ledger import from_store as ledger_from_store
from coachbot.insights.lifts import DEFINITIONS
from coachbot.insights.metric_words import METRICS
from coachbot.insights.metrics import BY as SPLITS
from coachbot.insights.metrics import MetricReport, metric_report
from coachbot.insights.objections import ObjectionReport, behind, objection_report
from coachbot.insights.risk_list import dismiss_risk, listed_risks
from coachbot.insights.selection import BY as GROUPS
from coachbot.insights.selection import select
from coachbot.model.playbook import Playbook
from coachbot.playbook import list_playbooks
from coachbot.settings import settings
from coachbot.web.context import AtDesk, Desk, Sent, book_named, book_title, names_of, text_of
from coachbot.web.templating import local_path, page
from coachbot.web.views.asked import Asked, asked, today
from coachbot.web.views.behind import PAGE, call_views, parts
from coachbot.web.views.bounded import ASKED, bounded
from coachbot.web.views.insights import (
    cell_rows,
    days_ago,
    group_names,
    lift_rows,
    metric_views,
    picture,
    risk_counts,
    risk_deals,
)

router = APIRouter(prefix="/insights")
Filters = Annotated[Asked, Depends(asked)]
Word = Annotated[str, Query(max_length=200)]
Part = Annotated[int, Query(ge=0, le=10_000_000)]
TABS = (
    ("Objections", "objections"),
    ("Process metrics", "metrics"),
    ("Risks", "risks"),
    ("Review sheets", "sheets"),
)


@router.get("")
def home() -> RedirectResponse:
    """Objections are where one begins."""
    return RedirectResponse("/insights/objections", status_code=303)


@router.get("/objections", response_class=HTMLResponse)
def objections(request: Request, desk: AtDesk, given: Filters) -> HTMLResponse:
    """How often what is raised, what goes with it, and what is changing."""
    book, by = given.book(), given.by if given.by in GROUPS else "category"
    ledger, users = _ledger(desk, book)
    report = _objections(ledger, given, by)
    staged = report if by == "stage" else _objections(ledger, given, "stage")
    csv = f".csv?{given.query(by=None)}"
    drawn = (charts.heat_map(staged, book, theme="inline"), charts.trends(report, book, theme="inline"))
    return show(
        request, "pages/insights_objections.html", "objections", given, users=users,
        segments=ledger.names["segment"].names, by=by, groups=GROUPS, counted=counted(report),
        any=bool(report.totals.calls), findings=objection_findings(report, book),
        pictures=[picture(c, f"/insights/charts/{c.name}{csv}") for c in drawn],
        cells=bounded(request, "cells", cell_rows(report, book, given, group_names(book, users))),
        conversion=bounded(request, "conversion", lift_rows(report.conversion, book, given)),
        loss=bounded(request, "loss", lift_rows(report.loss, book, given)),
        definitions=DEFINITIONS,
    )  # fmt: skip


@router.get("/objections.csv")
def objections_csv(desk: AtDesk, given: Filters) -> Response:
    """The counts for a spreadsheet."""
    ledger, _ = _ledger(desk, given.book())
    by = given.by if given.by in GROUPS else "category"
    return csv_file(outputs.objection_csv(_objections(ledger, given, by)), f"objections-by-{by}")


@router.get("/objections/behind", response_class=HTMLResponse)
def calls_behind(
    request: Request, desk: AtDesk, given: Filters, category: Word = "", group: Word = "", start: Part = 0
) -> HTMLResponse:
    """The calls in which it was raised, with the words."""
    book, by = given.book(), given.by if given.by in GROUPS else "category"
    ledger, users = _ledger(desk, book)
    chosen = select(ledger, since=given.since, until=given.until, drafts=given.drafts, where=given.where)
    found = behind(chosen, category or None, by=by, group=group or None)
    with desk.store.read() as unit:
        calls = call_views(unit, found.calls[start : start + PAGE], category, given.drafts)
    label = next((c.label for c in book.objections if c.id == category), category) or "All calls"
    names = group_names(book, users)
    newer, older = parts("/insights/objections/behind", given, start, len(found.calls),
                         category=category, group=group)  # fmt: skip
    return show(
        request, "pages/insights_calls.html", "objections", given, title=label,
        group=names.get(group, group), calls=calls, total=len(found.calls), deals=len(found.deals),
        start=start, newer=newer, older=older, back=f"/insights/objections?{given.query()}",
    )  # fmt: skip


@router.get("/objections/{category}", response_class=HTMLResponse)
def category_page(request: Request, desk: AtDesk, given: Filters, category: str) -> HTMLResponse:
    """One category: what people mean by it, and which answers come before progress."""
    from coachbot.insights.category import detail
    from coachbot.insights.memory import remember

    book = given.book()
    kind = next((c for c in book.objections if c.id == category), None)
    if kind is None:
        raise HTTPException(404, f"Playbook {book.name} has no objection {category}.")
    ledger, _ = _ledger(desk, book)
    chosen = select(ledger, since=given.since, until=given.until, drafts=given.drafts, where=given.where)
    with desk.store.read() as unit:
        found = detail(unit, book, chosen, category, today(), viewer=desk.viewer)
    if not given.narrowed and (desk.viewer is None or desk.viewer.sees_all):
        desk.store.run(lambda unit: remember(unit, found.themes))
    calls = f"/insights/objections/behind?{given.query(by=None, category=category)}"
    return show(
        request, "pages/insights_category.html", "objections", given, kind=kind, themes=found.themes,
        answers=found.answers, calls=calls, back=f"/insights/objections?{given.query()}",
    )  # fmt: skip


@router.get("/metrics", response_class=HTMLResponse)
def metrics(request: Request, desk: AtDesk, given: Filters) -> HTMLResponse:
    """The process metrics, each with its definition and denominator."""
    facts, users = _facts(desk, given)
    report = _metrics(facts, given)
    whole = report if not report.by else metric_report(
        facts, only=("conversion",), since=given.since, until=given.until
    )  # fmt: skip
    drawn = (
        charts.funnel(whole, facts.book, theme="inline"),
        charts.stage_times(facts, theme="inline"),
        charts.coverage(facts, theme="inline"),
    )
    csv = f".csv?{given.query(by=None)}"
    segments = sorted({c.deal.segment for c in facts.courses if c.deal.segment})
    return show(
        request, "pages/insights_metrics.html", "metrics", given, users=users, segments=segments,
        by=report.by or "", groups=SPLITS, deals=len(facts.courses),
        findings=metric_findings(report, facts.book),
        pictures=[picture(c, f"/insights/charts/{c.name}{csv}") for c in drawn],
        metrics=metric_views(request, report, given, group_names(facts.book, users)),
    )  # fmt: skip


@router.get("/metrics.csv")
def metrics_csv(desk: AtDesk, given: Filters) -> Response:
    """The figures for a spreadsheet."""
    return csv_file(outputs.metric_csv(_metrics(_facts(desk, given)[0], given)), "metrics")


@router.get("/metrics/{metric}/behind", response_class=HTMLResponse)
def deals_behind(
    request: Request, desk: AtDesk, given: Filters, metric: str, key: Word = "", sub: Word = "",
    group: Word = "", start: Part = 0,
) -> HTMLResponse:  # fmt: skip
    """The deals of a figure: its denominator, and which of them are in the numerator."""
    if metric not in METRICS:
        raise HTTPException(404, f"There is no metric {metric}.")
    facts, users = _facts(desk, given)
    report = _metrics(facts, given, only=(metric,))
    figure = outputs.figure_of(report, metric, key or None, sub or None, group or None)
    rows = outputs.behind_figure(facts, figure)
    names = group_names(facts.book, users)
    newer, older = parts(f"/insights/metrics/{metric}/behind", given, start, len(rows),
                         key=key, sub=sub, group=group)  # fmt: skip
    part = {r[0] for r in rows[start : start + PAGE]}
    deals = {c.deal.id: c.deal for c in facts.courses if c.deal.id in part}
    return show(
        request, "pages/insights_deals.html", "metrics", given, title=METRICS[metric].label,
        definition=METRICS[metric].definition, group=names.get(group, group), sub=sub, figure=figure,
        key=names.get(key, key), rows=[(deals[i], hit) for i, _, hit in rows[start : start + PAGE]],
        stages={s.id: s.name for s in facts.book.stages}, users=users, total=len(rows), start=start,
        newer=newer, older=older, back=f"/insights/metrics?{given.query()}#{metric}",
    )  # fmt: skip


@router.get("/risks", response_class=HTMLResponse)
def risks(
    request: Request, desk: AtDesk, given: Filters, risk: Word = "", dismissed: Word = "", deal: Word = "",
    start: Part = 0,
) -> HTMLResponse:  # fmt: skip
    """Deals with what endangers them."""
    book, now = given.book(), today()
    found = [
        r
        for r in listed_risks(desk.store, book, today=now, viewer=desk.viewer)
        if given.owner in ("", r.owner) and deal in ("", r.deal_id)
    ]
    with desk.store.read() as unit:
        users = names_of(unit)
        events = deal_risks.history(unit, unit.deals.visible(deal, desk.viewer).id) if deal else []
    shown = [r for r in found if risk in ("", r.risk)]
    rows = risk_deals(shown, book, users, dismissed == "1")
    newer, older = parts("/insights/risks", given, start, len(rows), risk=risk, dismissed=dismissed)
    return show(
        request, "pages/insights_risks.html", "risks", given, users=users, risk=risk, deal=deal,
        dismissed=dismissed == "1", counts=risk_counts(found, book),
        events=bounded(request, "history", events[::-1]),
        rows=rows[start : start + PAGE], total=len(rows), start=start, newer=newer, older=older,
        gone=sum(r.dismissed for r in found),
        labels={r.id: r.label for r in (*book.risks, *book.portfolio_risks)},
        ago=lambda since: days_ago(since, now),
    )  # fmt: skip


@router.post("/risks")
def dismiss(desk: AtDesk, form: Sent) -> Response:
    """Say that a risk is none, and why."""
    deal_id, risk = text_of(form, "deal", most=80), text_of(form, "risk", most=80)
    with desk.store.begin() as unit:
        deal = unit.deals.visible(deal_id, desk.viewer)
        book = book_named(deal.playbook)
        dismiss_risk(unit, book, deal_id, risk, today=today(), by=desk.user_id, why=text_of(form, "why"))
    return RedirectResponse(local_path(form.get("back")), status_code=303)


@router.get("/risks.csv")
def risks_csv(desk: AtDesk, given: Filters) -> Response:
    """The risks for a spreadsheet, dismissed ones with their reason."""
    found = listed_risks(desk.store, given.book(), today=today(), viewer=desk.viewer)
    return csv_file(outputs.risk_csv([r for r in found if given.owner in ("", r.owner)]), "risks")


@router.get("/charts/{name}.csv")
def chart_csv(desk: AtDesk, given: Filters, name: ChartName) -> Response:
    """The numbers in a chart."""
    with desk.store.read() as unit:
        chart = draw(
            unit, given.book(), name, today=today(), viewer=desk.viewer, since=given.since,
            until=given.until, drafts=given.drafts,
        )  # fmt: skip
    return csv_file(chart.csv(), name)


def show(request: Request, template: str, here: str, given: Asked, **more: Any) -> HTMLResponse:
    """A page of insights, with the tabs and what its filters need."""
    tabs = [(name, f"/insights/{path}", None, path == here) for name, path in TABS]
    books = [(b, book_title(b)) for b in list_playbooks(home=settings().home)]
    standing = given.playbook or book_named(None).id
    whole = request.query_params.get(ASKED, "")
    return page(
        request, template, given=given, tabs=tabs, books=books, standing=standing, whole=whole, **more
    )


def csv_file(text: str, name: str) -> Response:
    """An answer that the browser saves."""
    named = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=named)


def _ledger(desk: Desk, book: Playbook) -> tuple[Ledger, dict[str, str]]:
    with desk.store.read() as unit:
        return ledger_from_store(unit, book, today=today(), viewer=desk.viewer), names_of(unit)


def _objections(ledger: Ledger, given: Asked, by: str) -> ObjectionReport:
    return objection_report(
        ledger, by=by, since=given.since, until=given.until, drafts=given.drafts, where=given.where
    )


def _facts(desk: Desk, given: Asked) -> tuple[DealFacts, dict[str, str]]:
    with desk.store.read() as unit:
        return from_store(unit, given.book(), today=today(), viewer=desk.viewer), names_of(unit)


def _metrics(facts: DealFacts, given: Asked, only: tuple[str, ...] = ()) -> MetricReport:
    return metric_report(
        facts, only=only, by=given.by if given.by in SPLITS else None, since=given.since, until=given.until,
        owner=given.owner or None, segment=given.segment or None, cohort=given.cohort or None,
    )  # fmt: skip
