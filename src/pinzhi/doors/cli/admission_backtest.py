"""`pinzhi admission backtest`: a candidate ruleset against the verdicts of the past, over files."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.life.admission.rules.backtest import Backtest, Before
    from pinzhi.life.admission.rules.ruleset import Ruleset

PART = 2_000
"""Listings that a process compares at a time."""
_state: dict[str, Any] = {}


@click.command("backtest")
@click.option(
    "--ruleset", "folder", required=True, type=click.Path(exists=True, file_okay=False),
    help="Folder with the changed files of text rules (.toml); they replace or join the shipped ones.",
)  # fmt: skip
@click.option(
    "--history",
    required=True,
    help="Verdicts of earlier screenings; a column `label` (pass, manual, reject) holds what a person found.",
)
@click.option("--listings", required=True, help="The listings that they were about.")
@click.option("--out", default="", help="Where the changed listings of the examples go, one row each.")
@click.option("--as-of", type=Day(), help="The day that counts for law and tables; without it today.")
@click.option(
    "--minutes",
    default=3.0,
    show_default=True,
    type=click.FloatRange(0, 480),
    help="Minutes that a person needs for one case of the queue.",
)
@click.option("--processes", default=0, type=click.IntRange(0, 64), help="Processes; 0: one for each core.")
@rows.polite
def backtest(
    folder: str, history: str, listings: str, out: str, as_of: date | None, minutes: float, processes: int
) -> rows.Answer:
    """
    Judge LISTINGS by the candidate and compare with HISTORY: newly refused, newly for a person, released, by rule, with examples and the load of the queue.

    Examples are a draw by the hash of the id, so that nobody chooses them. The sum does not depend on the number of processes.
    """
    from pinzhi.kernel.clock import today
    from pinzhi.life.admission import shipped
    from pinzhi.life.admission.rules.backtest import Backtest
    from pinzhi.life.admission.rules.flows import document as flows

    ruleset = shipped.candidate({p.stem: _text(p) for p in sorted(Path(folder).glob("*.toml"))})
    day = as_of or today()
    before, refused = _history(history)
    reader = rows.read_rows(listings)
    found = Backtest()
    with rows.progress("listings") as advance:
        for part, refusals in _parts(reader.numbered(), ruleset, day, before, processes):
            found.add(part)
            refused += refusals
            advance(part.listings)
    refused += reader.refused
    document = flows(found, minutes) | {"ruleset": ruleset.hash, "as_of": day.isoformat()}
    written = rows.write_rows(out, _examples(found)) if out else 0
    document["refused"] = len(refused)
    line = (
        f"{found.listings} listings: {found.newly_refused} newly refused, {found.newly_manual} newly for a person, "
        f"{found.released} released; queue {found.queue(after=False)} → {found.queue(after=True)} cases"
        + (f"; {written} examples → {out}" if out else "")
    )
    return rows.Answer(document, line, refused=refused, out=out)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as why:
        raise RefusedError.because(
            "ruleset_invalid", f"{path.name} is not UTF-8", "save it as UTF-8", field="ruleset"
        ) from why


def _history(path: str) -> tuple[dict[str, Before], list[Refusal]]:
    """Verdicts by listing; rows that cannot be read are refused one by one. The last verdict of a listing counts."""
    from pinzhi.life.admission import reading

    reader = rows.read_rows(path)
    found: dict[str, Before] = {}
    for line, row in reader.numbered():
        try:
            name, one = reading.judged_before(row)
        except RefusedError as no:
            reader.refuse(line, no.refusal.field, no.refusal.code, no.refusal.reason, no.refusal.remedy)
            continue
        found[name] = one
    return found, reader.refused


Part = list[tuple[int, dict[str, Any]]]


def _parts(
    numbered: Iterable[tuple[int, dict[str, Any]]],
    ruleset: Ruleset,
    day: date,
    before: Mapping[str, Before],
    processes: int,
) -> Iterator[tuple[Backtest, list[Refusal]]]:
    """Compare part after part, in as many processes as there are cores. They are forked, so that the history is held once."""
    _state.update(ruleset=ruleset, day=day, laws=ruleset.laws(day), before=before)
    many = processes or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    parts = _cut(numbered)
    if many == 1:
        yield from map(_compare, parts)
        return
    room = threading.Semaphore(4 * many)  # the pool would read the whole file ahead
    with multiprocessing.get_context("fork").Pool(many) as pool:
        for done in pool.imap_unordered(_compare, _held_back(parts, room)):
            room.release()
            yield done


def _held_back(parts: Iterator[Part], room: threading.Semaphore) -> Iterator[Part]:
    for part in parts:
        room.acquire()
        yield part


def _cut(numbered: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Part]:
    part: Part = []
    seen: set[str] = set()
    for line, row in numbered:
        name = str(row.get("id"))
        if name in seen:
            continue  # a listing counts once, as its verdict does
        seen.add(name)
        part.append((line, row))
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part


def _compare(part: Part) -> tuple[Backtest, list[Refusal]]:
    from pinzhi.life.admission import reading
    from pinzhi.life.admission.rules.backtest import compare
    from pinzhi.life.admission.rules.verdict import screen

    refused: list[Refusal] = []

    def pairs() -> Iterator[Any]:
        for line, row in part:
            try:
                listing = reading.listing(row)
            except RefusedError as no:
                refused.append(replace(no.refusal, line=line))
                continue
            yield (
                _state["before"].get(listing.id),
                screen(listing, _state["ruleset"], _state["day"], _state["laws"]),
            )

    return compare(pairs()), refused


def _examples(found: Backtest) -> Iterator[dict[str, Any]]:
    from pinzhi.life.admission.rules.flows import example

    for rule, effect in sorted(found.rules.items()):
        for one in effect.examples:
            yield {"rule": rule, **example(one)}
