"""`coachbot evals`: measure prompts, engines and playbooks on labelled calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.cli.evals_calls import How, main_job_for, of_workspace, recording_problems
from coachbot.cli.evals_retrieval import retrieval
from coachbot.errors import EngineError, MissingRecordingError, UsageError

if TYPE_CHECKING:
    from coachbot.evals.cases import Case
    from coachbot.evals.compare import Comparison, Measured
    from coachbot.evals.records import Contender, Run
    from coachbot.evals.suite import Suite
    from coachbot.model.playbook import Playbook

app = typer.Typer(
    name="evals",
    help="Is a prompt, engine or playbook better than another? Labelled calls, paired statistics.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(retrieval)

Root = Annotated[Path, typer.Option("--evals", help="The folder with cases, suites and baselines.")]
Book = Annotated[str | None, typer.Option("--playbook", help="A playbook's id, or the path of one.")]
EngineName = Annotated[str | None, typer.Option("--engine", help="Instead of the suite's engines.")]
PromptName = Annotated[str | None, typer.Option("--prompt", help="A prompt version, such as extract/v4.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes.")]
HERE = Path("evals")


@app.command()
def check(root: Root = HERE, playbook: Book = None) -> None:
    """Check cases and suites: schema, ids of the playbook, and labels that ground in their call."""
    from coachbot.evals.check import check_all

    book = _playbook(playbook)
    done = check_all(root, book)
    problems = [str(p) for p in done.problems] + recording_problems(root, book)
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"{done.cases} cases, {done.suites} suites: {len(problems) or 'no'} problems")
    if problems:
        raise typer.Exit(2)


@app.command()
def run(
    suite: Annotated[str, typer.Argument(help="A suite's name, or the path of one.")] = "core",
    engine: EngineName = None,
    prompt: PromptName = None,
    playbook: Book = None,
    jobs: Jobs = 1,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; several engines or prompts get folders in it.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the language model of the settings, not its recordings.")
    ] = False,
    root: Root = HERE,
) -> None:
    """Recap and score every call of a suite. Goes on where an interrupted run stopped."""
    from coachbot.evals.runner import contenders

    plan = _suite(root, suite)
    them = contenders(plan, engine=engine, prompt=prompt)
    for one in them:
        name = f"{plan.id}-{one.name}"
        folder = root / "runs" / name if out is None else out if len(them) == 1 else out / name
        _show_run(
            _run(root, plan, one, folder, playbook=playbook, jobs=jobs, how="live" if live else "replay")
        )


@app.command()
def record(
    suite: Annotated[str, typer.Argument(help="A suite's name, or the path of one.")] = "recorded",
    prompt: PromptName = None,
    playbook: Book = None,
    root: Root = HERE,
) -> None:
    """Ask the language model of the settings about every call of a suite, and keep its answers for replay."""
    from coachbot.evals.records import Contender

    plan = _suite(root, suite)
    one = Contender(engine="llm", prompt=prompt)
    folder = root / "runs" / f"{plan.id}-{one.name}"
    _show_run(_run(root, plan, one, folder, playbook=playbook, jobs=1, how="record"))


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help="The run before: a name, a folder, or a baseline file.")],
    b: Annotated[str, typer.Argument(help="The run after.")],
    metric: Annotated[str | None, typer.Option(help="Decide by this metric instead.")] = None,
    margin: Annotated[float | None, typer.Option(min=0, help="Differences below this do not matter.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail too where it is not shown that B is not worse.")
    ] = False,
    root: Root = HERE,
) -> None:
    """Is B better than A? Exit status: 0 pass, 1 regression, 2 usage, 3 a recording is missing."""
    from coachbot.evals import compare as rooms

    before, after = _measured(root, a), _measured(root, b)
    rules = after.rules
    if metric:
        rules = rules._replace(primary=metric)
    if margin:
        rules = rules._replace(margin=margin)
    found = rooms.compare(before, after, rules=rules)
    _show_comparison(found)
    if found.regressions or (strict and found.unproven):
        raise typer.Exit(1)


@app.command()
def gate(
    suite: Annotated[str, typer.Argument(help="A suite's name, or the path of one.")] = "core",
    baseline: Annotated[Path | None, typer.Option(help="Default: baselines/ENGINE.json.")] = None,
    engine: EngineName = None,
    prompt: PromptName = None,
    playbook: Book = None,
    jobs: Jobs = 1,
    root: Root = HERE,
) -> None:
    """Run a suite and require that it is shown not to be worse than the baseline by the margin."""
    from coachbot.evals import baseline as rooms

    plan = _suite(root, suite)
    one = _only(plan, engine, prompt)
    path = baseline or root / "baselines" / f"{one.name}.json"
    kept = rooms.read_baseline(path)
    if kept.suite != plan.id:
        raise UsageError(
            f"{path} is of suite {kept.suite!r}, not {plan.id!r}; name that suite, or another --baseline"
        )
    fresh = _run(root, plan, one, root / "runs" / f"gate-{plan.id}-{one.name}", playbook=playbook, jobs=jobs)
    found = rooms.gate(kept, fresh, name=path.stem)
    _show_comparison(found)
    if found.unproven:
        names = ", ".join(line.metric.id for line in found.unproven)
        typer.echo(f"gate: not shown to be as good as {path.name}: {names}", err=True)
        raise typer.Exit(1)


@app.command()
def baseline(
    suite: Annotated[str, typer.Argument(help="A suite's name, or the path of one.")] = "core",
    engine: EngineName = None,
    prompt: PromptName = None,
    playbook: Book = None,
    jobs: Jobs = 1,
    root: Root = HERE,
) -> None:
    """Run a suite and keep each call's scores in baselines/, for `gate`."""
    from coachbot.evals import baseline as rooms

    plan = _suite(root, suite)
    one = _only(plan, engine, prompt)
    fresh = _run(root, plan, one, root / "runs" / f"{plan.id}-{one.name}", playbook=playbook, jobs=jobs)
    path = root / "baselines" / f"{one.name}.json"
    rooms.write_baseline(path, rooms.make_baseline(fresh))
    _show_run(fresh)
    typer.echo(f"written: {path}")


@app.command()
def add(
    recap: Annotated[str, typer.Argument(metavar="CALL", help="A reviewed call's id, or its recap (JSON).")],
    transcript: Annotated[
        Path | None, typer.Argument(help="With a recap's file: the transcript it was made from.")
    ] = None,
    meta: Annotated[Path | None, typer.Option(help="What you know of the call (JSON).")] = None,
    case_id: Annotated[str | None, typer.Option("--id", help="The case's id. Default: the call's.")] = None,
    cluster: Annotated[str | None, typer.Option(help="The selling account.")] = None,
    provenance: Annotated[
        str, typer.Option(help="Where the call comes from.")
    ] = "Frozen from a reviewed recap.",
    drop_drafts: Annotated[
        bool, typer.Option("--drop-drafts", help="Leave out items nobody decided on.")
    ] = False,
    playbook: Book = None,
    root: Root = HERE,
) -> None:
    """Freeze a reviewed recap into a case: accepted items are gold, rejected ones are traps."""
    from coachbot.evals.freeze import add_case, read_recap
    from coachbot.ingest import read_meta, read_transcript

    known = read_meta(meta) if meta else None
    if transcript is not None:
        reviewed, spoken = read_recap(Path(recap)), read_transcript(transcript, known)
    elif Path(recap).is_file():
        raise UsageError("with a recap's file also name the transcript it was made from")
    else:
        reviewed, spoken, known = of_workspace(recap, known)
    case = add_case(
        root,
        reviewed,
        spoken,
        playbook=_playbook(playbook),
        meta=known,
        case_id=case_id,
        cluster=cluster,
        provenance=provenance,
        drop_drafts=drop_drafts,
    )
    facts = sum(map(len, case.gold.fields.values()))
    typer.echo(f"{case.folder}: {facts} facts, {len(case.gold.must_not_appear)} traps")


@app.command()
def report(
    run_name: Annotated[str, typer.Argument(metavar="RUN", help="A run's name, or its folder.")],
    against: Annotated[str | None, typer.Option(help="The run before, to compare with.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The page. Default: report.html in the run's folder.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Also write JUnit XML here.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Also write the numbers here.")] = None,
    playbook: Book = None,
    root: Root = HERE,
) -> None:
    """Write one self-contained page about a run, alone or against another."""
    from coachbot.evals import report as rooms
    from coachbot.evals.cases import read_case
    from coachbot.evals.records import find_run, read_run
    from coachbot.files import write_text

    made = read_run(find_run(root, run_name))
    old = read_run(find_run(root, against)) if against else None
    cases: dict[str, Case] = {}
    for name in made.info.cases:
        folder = root / "cases" / name
        if not folder.is_dir():
            raise MissingRecordingError(
                f"{folder}: case {name} is gone; run `coachbot evals run {made.info.suite}` again"
            )
        cases[name] = read_case(folder)
    page = rooms.build_report(made, cases, against=old, playbook=_playbook(playbook or made.info.playbook_id))
    path = out or made.folder / "report.html"
    write_text(path, rooms.to_html(page))
    if junit:
        write_text(junit, rooms.to_junit(page))
    if as_json:
        write_text(as_json, rooms.to_json(page) + "\n")
    typer.echo(f"written: {path}")


@app.command()
def metrics() -> None:
    """List the metrics that suites may name."""
    from coachbot.evals.metrics import METRICS

    width = max(map(len, METRICS))
    for one in METRICS.values():
        typer.echo(f"{one.id:<{width}}  {one.label} ({one.better} is better)")


@app.command()
def schema() -> None:
    """Print the JSON Schema of suite files, for editors."""
    import json

    from coachbot.evals.suite import Suite

    typer.echo(json.dumps(Suite.model_json_schema(), indent=1))


def _show_run(done: Run) -> None:
    from coachbot.cli import evals_tables

    evals_tables.show_run(done)


def _show_comparison(found: Comparison) -> None:
    from coachbot.cli import evals_tables

    evals_tables.show_comparison(found)


def _playbook(name: str | None) -> Playbook:
    from coachbot.playbook import load_playbook
    from coachbot.settings import settings

    return load_playbook(name or settings().playbook, home=settings().home)


def _suite(root: Path, name: str) -> Suite:
    from coachbot.evals.suite import read_suite

    return read_suite(root, name)


def _only(suite: Suite, engine: str | None, prompt: str | None) -> Contender:
    from coachbot.evals.runner import contenders

    them = contenders(suite, engine=engine, prompt=prompt)
    if len(them) > 1:
        raise UsageError(
            f"suite {suite.id!r} has {len(them)} engines and prompts; choose with --engine and --prompt"
        )
    return them[0]


def _run(
    root: Path,
    suite: Suite,
    one: Contender,
    folder: Path,
    *,
    playbook: str | None,
    jobs: int,
    how: How = "replay",
) -> Run:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from coachbot.evals import runner
    from coachbot.evals.cases import read_cases
    from coachbot.evals.records import Record
    from coachbot.evals.suite import choose, related_groups

    book = playbook or suite.playbook
    plan = runner.Plan(
        suite=suite,
        cases=choose(suite, read_cases(root)),
        playbook=_playbook(book),
        groups=related_groups(suite, root),
        contender=one,
        recap=main_job_for(root, one, how),
    )
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(folder.name, total=len(plan.cases) * suite.repeats)

        def advance(record: Record, reused: bool) -> None:
            bar.advance(task)
            if record.error is not None:
                bar.console.print(
                    f"{record.case}: {record.error}", markup=False, highlight=False, soft_wrap=True
                )

        done = runner.run_plan(plan, folder, processes=jobs, on_record=advance)
    errors = [r.error for r in done.records if r.error is not None]
    if len(errors) == len(done.records):
        raise EngineError(f"every recap failed, the first with: {errors[0]}")
    return done


def _measured(root: Path, name: str) -> Measured:
    from coachbot.evals.baseline import measured_baseline, read_baseline
    from coachbot.evals.compare import measured
    from coachbot.evals.records import find_run, read_run

    path = Path(name)
    if path.suffix == ".json":
        return measured_baseline(read_baseline(path), path.stem)
    return measured(read_run(find_run(root, name)))
