"""`pinzhi evaluation rate`: a rate from cohorts, adjusted for delay, without server or database."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.life.evaluation.contracts import Rate
    from pinzhi.life.evaluation.rules.triangles import CohortRow

NEEDED = ("cohort", "orders", "age_days", "events")


@click.group()
def command() -> None:
    """Did it work, at what cost, what should change? 效果评估"""


@command.command("rate")
@click.argument("cohorts")
@click.option("--out", default="", help="write the answer to a file; refused rows go beside it")
@click.option(
    "--window", type=click.IntRange(1, 3650), help="count events up to this age in days (default: the greatest age)"
)
@click.option(
    "--target", type=click.FloatRange(0, 1), help="say MET, NOT_MET or UNPROVEN against this share, for instance 0.02"
)
@click.option(
    "--level", type=click.FloatRange(0.5, 0.999), help="coverage of the interval (default: the policy's 0.90)"
)
@rows.polite
def rate_command(cohorts: str, out: str, window: int | None, target: float | None, level: float | None) -> rows.Answer:
    """
    The share of orders with an event, from COHORTS (`cohort, orders, age_days, events`; events = those since the cohort's row before).

    Young cohorts are completed by the delay of the old ones; the interval knows of counting, of cohorts that differ, and of the delay's own error.
    """
    from pinzhi.life.evaluation.rules.rates import rate
    from pinzhi.life.evaluation.rules.triangles import checked, from_rows

    reader = rows.read_rows(cohorts, required=NEEDED)
    usable, refused = checked(_typed(reader))
    refused = sorted([*reader.refused, *refused], key=lambda r: r.line or 0)
    if not usable:
        first = f": {refused[0].reason}" if refused else ""
        raise RefusedError.because(
            "cohorts_empty",
            f"no usable row of cohorts{first}",
            f"give the columns {', '.join(NEEDED)}",
            field="cohorts",
        )
    found = rate(from_rows(usable, window), level=level or _level(), target=target)
    document = _document(found)
    if out:
        rows.write_rows(out, [document])
    return rows.Answer(document, _line(found), refused=refused, out=out)


def _typed(reader: rows.Rows) -> Iterator[CohortRow]:
    from pinzhi.life.evaluation.rules.triangles import CohortRow

    for line, row in reader.numbered():
        numbers: dict[str, int] = {}
        for name in NEEDED[1:]:
            try:
                numbers[name] = _whole(row[name])
            except ValueError:
                reader.refuse(line, name, "number_invalid", f"{row[name]!r} is not a whole number", "write digits only")
                break
        else:
            yield CohortRow(line, str(row["cohort"]), numbers["orders"], numbers["age_days"], numbers["events"])


def _whole(value: Any) -> int:
    number = float(value)
    if isinstance(value, bool) or not abs(number) < 1e15 or not number.is_integer():
        raise ValueError(value)
    return int(number)


def _level() -> float:
    from pinzhi.kernel.policy import read_policy
    from pinzhi.life.evaluation.rules.policy import typed_policy

    text = files("pinzhi.life.evaluation").joinpath("policy.toml").read_text(encoding="utf-8")
    return typed_policy(read_policy(text)).rates.level


def _document(found: Rate) -> dict[str, Any]:
    document: dict[str, Any] = {
        "rate": round(found.estimate.value, 8),
        "low": round(found.estimate.low, 8),
        "high": round(found.estimate.high, 8),
        "window": found.window,
        "maturity": round(found.maturity, 6),
        "level": found.estimate.level,
        "events": found.events,
        "orders": found.orders,
        "cohorts": found.cohorts,
        "dispersion": round(found.dispersion, 4),
    }
    if found.status is not None:
        document |= {"target": found.target, "status": found.status.value}
    return document


def _line(found: Rate) -> str:
    e = found.estimate
    text = f"{e.value:.2%} within {found.window} days ({e.level:.0%} interval {e.low:.2%} to {e.high:.2%}), {found.maturity:.0%} mature"
    return f"{text}: {found.status.value} against {found.target:.2%}" if found.status else text
