"""`pinzhi admission lab`: versions of the text rules, from draft to live and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import acting, rows
from pinzhi.doors.cli.django_side import installed
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.life.admission.models import RulesetVersion

CASES = "cases"


@click.group("lab")
def lab() -> None:
    """Rules tried before they judge: draft, backtest, shadow, percentage, live, revert."""
    installed()


def _document(row: RulesetVersion) -> dict[str, Any]:
    from pinzhi.life.admission.lab_queries import document

    return document(row)


def _line(row: RulesetVersion) -> str:
    said = _document(row)
    share = f" {said['share']}%" if said["stage"] == "percentage" else ""
    asked = f"  one signature for {said['asked']}" if said["asked"] else ""
    return f"{said['number']:>4}  {said['stage'] + share:14} {said['ruleset'][:12]}  {said['name']}{asked}"


@lab.command("list")
@rows.polite
def list_() -> rows.Answer:
    """Every version, newest first."""
    from pinzhi.life.admission import lab_queries, shipped

    found = lab_queries.versions()
    lines = [*map(_line, found), f"      shipped        {shipped.ruleset().hash[:12]}"]
    return rows.Answer({"shipped": shipped.ruleset().hash, "versions": [_document(v) for v in found]}, "\n".join(lines))


@lab.command()
@click.argument("version", type=int)
@rows.polite
def show(version: int) -> rows.Answer:
    """One version: what it changes rule by rule, its steps, its last backtest, its shadow."""
    from pinzhi.life.admission import lab_queries

    whole = lab_queries.whole(version)
    return rows.Answer(whole, json.dumps(whole, ensure_ascii=False, indent=1))


@lab.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", required=True, help="What the version is called.")
@click.option("--note", default="", help="What changes and why.")
@click.option("--origin", default="", help="What it began with: a case, a laboratory report.")
@acting.as_person
@rows.polite
def draft(folder: Path, name: str, note: str, origin: str, who: str) -> rows.Answer:
    """
    Enter the .toml files of FOLDER as a draft on top of what is live.

    A file `cases.toml` holds golden cases of its own ([[case]]) and regression cases set aside with a reason ([[aside]]).
    """
    from pinzhi.life.admission import lab as verbs

    files = {p.stem: _text(p) for p in sorted(folder.glob("*.toml"))}
    cases = files.pop(CASES, "")
    row = verbs.draft(acting.person(who), name, files, cases=cases, note=note, origin=origin)
    return rows.Answer(_document(row), f"draft {row.pk}: {row.name}, ruleset {row.hash[:12]}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as why:
        raise RefusedError.because(
            "encoding_not_utf8", f"{path.name} is not UTF-8", "save it as UTF-8", field="files"
        ) from why


@lab.command()
@click.argument("version", type=int)
@acting.as_person
@rows.polite
def backtest(version: int, who: str) -> rows.Answer:
    """Try VERSION on the golden cases, the regression cases and the submissions that are stored."""
    from pinzhi.life.admission import lab as verbs

    with rows.progress("submissions") as advance:
        done = [0]

        def told(count: int) -> None:
            advance(count - done[0])
            done[0] = count

        made = verbs.backtest(acting.person(who), version, advance=told)
    report = {k: v for k, v in made.report.items() if k != "sample"}
    line = (
        f"{report['listings']} submissions: {report['newly_refused']} newly refused, {report['newly_manual']} newly for a person, "
        f"{report['released']} released; queue {report['queue']['hours_before']} → {report['queue']['hours_after']} hours; "
        f"{report['broken']} cases broken"
    )
    return rows.Answer(report | {"holds": made.holds}, line)


@lab.command()
@click.argument("version", type=int)
@click.argument("to", type=click.Choice(["shadow", "percentage", "live", "withdraw"]))
@click.option("--share", default=0, type=click.IntRange(0, 100), help="Percent of the listings, for percentage.")
@click.option("--seen", required=True, help="The digest of what you have read (`show` and every answer give it).")
@click.option("--why", default="", help="The reason, kept with the step.")
@acting.as_person
@rows.polite
def stage(version: int, to: str, share: int, seen: str, why: str, who: str) -> rows.Answer:
    """Take VERSION one step further. Percentage and live take two persons: the first signs, the second makes it hold."""
    from pinzhi.life.admission import lab as verbs

    row = verbs.step(acting.person(who), version, to, seen=seen, share=share, why=why)
    return rows.Answer(_document(row), _line(row))


@lab.command()
@click.argument("version", type=int)
@click.option("--why", default="", help="The reason, kept with the step.")
@acting.as_person
@rows.polite
def revert(version: int, why: str, who: str) -> rows.Answer:
    """Take VERSION back at once: the rules before it hold again."""
    from pinzhi.life.admission import lab as verbs

    row = verbs.revert(acting.person(who), version, why=why)
    return rows.Answer(_document(row), _line(row))
