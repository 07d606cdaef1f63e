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
@rows.polite
def watch(as_of: date | None, dry_run: bool) -> rows.Answer:
    """Speak of papers and standards that end in 30, 7, 1 and 0 days, and screen again what stood on those that have ended."""
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
