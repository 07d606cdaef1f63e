"""`pinzhi admission watch`: what live listings stand on and what comes to its end, said and done as the daily job does it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day

SHOWN = 50
"""Things due that a dry run lists; the rest is counted."""


@click.command("watch")
@click.option(
    "--as-of", type=Day(), help="The day to look from; without it today. Another day than today needs --dry-run."
)
@click.option("--dry-run", is_flag=True, help="Say what is due and change nothing.")
@click.option(
    "--labs-before", help="The snapshot of the register of laboratories that was known until now; with --labs."
)
@click.option("--labs", help="The new snapshot: what laboratories have lost in it is held against live listings.")
@rows.polite
def watch(as_of: date | None, dry_run: bool, labs_before: str | None, labs: str | None) -> rows.Answer:
    """
    Speak of papers and standards that end in 30, 7, 1 and 0 days, and screen again what stood on those that have ended.

    With two snapshots of the register (columns lab, cma, cnas, valid_from, valid_to, standard): say instead what laboratories have lost, and
    screen the live listings again that have reports of them.
    """
    if bool(labs) != bool(labs_before):
        raise click.UsageError("--labs-before and --labs go together")
    if labs and labs_before:
        return _laboratories(labs_before, labs, as_of, dry_run=dry_run)
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed
    from pinzhi.kernel.clock import today
    from pinzhi.kernel.refusal import RefusedError

    installed()
    from pinzhi.life.admission import queries, watching

    day = as_of or today()
    if dry_run:
        document = told(watching.due(day, queries.policy_in_force()), day)
        return rows.Answer(document, f"{document['to_tell']} to speak of, {document['ended']} ended")
    if day != today():
        raise RefusedError.because(
            "day_not_today",
            f"{day} is not today",
            "add --dry-run to look at another day; what was missed is made up for by today's run",
            field="as_of",
        )
    done = watching.watch_papers(acting.house())
    return rows.Answer(
        {"as_of": day.isoformat(), **done}, f"{done['told']} spoken of, {done['ended']} ended and screened again"
    )


def _laboratories(before: str, after: str, as_of: date | None, *, dry_run: bool) -> rows.Answer:
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed
    from pinzhi.kernel.canon import plain
    from pinzhi.kernel.clock import today
    from pinzhi.life.admission.rules.laboratories import lost

    found = lost(_register(before), _register(after), as_of or today())
    document: dict[str, Any] = {"lost": [plain(x) for x in found[:SHOWN]], "scopes_lost": len(found)}
    if dry_run or not found:
        return rows.Answer(document, f"{len(found)} scopes lost")
    installed()
    from pinzhi.life.admission import renewal

    sweep = renewal.laboratories_lost(acting.house(), found)
    assert sweep is not None
    document |= {"sweep": sweep.pk, "state": sweep.state, "judged": sweep.judged, "told": sweep.told}
    return rows.Answer(
        document, f"{len(found)} scopes lost; {sweep.judged} live listings looked at, {sweep.told} told ({sweep.state})"
    )


def _register(path: str) -> list[Any]:
    """All of a snapshot, or nothing: against half of one, what stands in the other half would count as lost."""
    from pinzhi.kernel.refusal import RefusedError
    from pinzhi.life.admission.report_inputs import licence_of

    reader = rows.read_rows(path)
    found = [licence_of(row) for _, row in reader.numbered()]
    if reader.refused:
        raise RefusedError(reader.refused[0])
    return found


def told(due: list[Any], day: date) -> dict[str, Any]:
    """What is due as one document: counts, and the first of it line by line."""
    return {
        "as_of": day.isoformat(),
        "to_tell": sum(not d.ended for d in due),
        "ended": sum(d.ended for d in due),
        "listings": len({d.paper.submission_id for d in due}),
        "due": [
            {
                "listing": d.paper.submission.listing_id,
                "merchant": d.paper.submission.merchant_id,
                "kind": d.paper.kind,
                "number": d.paper.number,
                "expires_on": d.paper.expires_on.isoformat(),
                "line": d.line,
                "ended": d.ended,
            }
            for d in due[:SHOWN]
        ],
    }
