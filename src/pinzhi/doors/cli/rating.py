"""`pinzhi rating compute`: ratings from files of events, without server or database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.engine.tallies import Tallies
    from pinzhi.life.rating.rules.assessment import Assessment
    from pinzhi.life.rating.rules.policy import RatingPolicy

EPOCH = date(1970, 1, 1)


@click.group()
def command() -> None:
    """How good is it, and why? 动态评级"""


@command.command("compute")
@click.argument("events", nargs=-1, required=True)
@click.option("--as-of", "as_of", type=Day(), required=True, help="rate by what was known at the end of this day")
@click.option("--out", required=True, help="where the ratings go; the type follows the extension, - is standard output")
@click.option("--every", metavar="7d", help="a history: one row per listing and step, with the day in `as_of`")
@rows.polite
def compute(events: tuple[str, ...], as_of: date, out: str, every: str | None) -> rows.Answer:
    """
    Rate every listing of EVENTS (columns of the feed).

    `mean` is the expected share of good orders with its 80 % interval `low`..`high`; `reasons` are sentences in both languages, `bars` sum to the score.
    """
    day, gap = (as_of - EPOCH).days, _gap(every)
    taken = rows.events(list(events))
    if taken.table.num_rows == 0:
        raise RefusedError.because(
            "no_events", "there is no usable event in the files", "see the refused rows, mend them"
        )
    from pinzhi.engine.aggregates import tallies

    state, policy = tallies(taken.table), _policy()
    if day < state.first_day:
        first = (EPOCH + timedelta(days=state.first_day)).isoformat()
        raise RefusedError.because(
            "as_of_before_events", f"the first event is of {first}", "name a day from then on", field="as-of"
        )
    if day > state.last_day + policy.weights.memory_days:
        last = (EPOCH + timedelta(days=state.last_day)).isoformat()
        raise RefusedError.because(
            "as_of_after_events",
            f"the last event is of {last}; after {policy.weights.memory_days} days nothing of it counts any more",
            "name a day up to then, or add later events",
            field="as-of",
        )
    written = rows.write_rows(out, _ratings(state, day, gap, policy))
    document = {
        "ratings": written,
        "as_of": as_of.isoformat(),
        "policy": policy.version,
        "events": state.events,
        "refused": len(taken.refused),
    }
    return rows.Answer(document, f"{written} ratings as of {as_of} → {out}", refused=taken.refused, out=out)


def _gap(text: str | None) -> int:
    if text is None:
        return 0
    number = text.removesuffix("d")
    if not (number.isascii() and number.isdigit() and 0 < int(number) <= 366):
        raise click.BadParameter(f"{text!r} is not a number of days; write for instance 7d", param_hint="--every")
    return int(number)


def _policy() -> RatingPolicy:
    from pinzhi.kernel.policy import read_policy
    from pinzhi.life.rating.rules.policy import typed_policy

    return typed_policy(read_policy(files("pinzhi.life.rating").joinpath("policy.toml").read_text(encoding="utf-8")))


def _ratings(state: Tallies, day: int, gap: int, policy: RatingPolicy) -> Iterator[dict[str, Any]]:
    from pinzhi.life.rating.rules.assessment import replay

    def asked(on: int) -> bool:
        return gap > 0 and (day - on) % gap == 0

    with rows.progress("rating", day - state.first_day + 1) as advance:
        before = state.first_day - 1
        for result in replay(state, day, policy, also=asked):
            advance(result.day - before)
            before = result.day
            if result.day == day or asked(result.day):
                yield from _day_rows(result, state, policy, dated=gap > 0)


def _day_rows(result: Assessment, state: Tallies, policy: RatingPolicy, *, dated: bool) -> Iterable[dict[str, Any]]:
    from pinzhi.life.rating.rules.explain import rating_of

    proposed, _ = result.proposed(policy)
    for code in range(len(state.names.listings)):
        if result.evidence.orders[code] == 0 and not result.evidence.raw_bad[code].any():
            continue  # nothing of it had been sold by that day
        r = rating_of(result, code, state, policy, proposed=bool(proposed[code]))
        row: dict[str, Any] = {"listing_id": r.id}
        if dated:
            row["as_of"] = (EPOCH + timedelta(days=result.day)).isoformat()
        yield row | {
            "mean": round(r.mean, 6),
            "low": round(r.low, 6),
            "high": round(r.high, 6),
            "orders": r.orders,
            "grade": r.grade.value,
            "state": r.state.word,
            "reasons": [{"zh": t.zh, "en": t.en} for t in r.reasons],
            "bars": [
                {"code": b.code, "points": b.points / 100, "zh": b.sentence.zh, "en": b.sentence.en} for b in r.bars
            ],
            "bad_risk": round(r.bad_risk, 6),
            "proposal": r.proposal,
            "merchant_id": r.merchant,
            "category": r.category,
            "policy": policy.version,
        }
