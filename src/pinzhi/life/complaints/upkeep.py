"""What complaints do by themselves: decide by default where somebody was silent, write down broken promises, forget unfinished forms."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from pinzhi.engine.jobs import Progress, every, job
from pinzhi.kernel import clock
from pinzhi.life.complaints import conversing, desk, drafts, entitling, log, reader, tables, timing
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules.advance import fund_owes
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

faults = logging.getLogger("pinzhi.complaints")
PORTION = 500


@job("complaints.clock")
def run_out(progress: Progress) -> dict[str, int]:
    """Act where a time has run out."""
    done = tick(clock.now())
    progress.done(done)
    return {"acted": done}


@job("complaints.learn")
def learn(progress: Progress) -> dict[str, int]:
    """Train the two models of the house where they are not there yet: at the first start, and after a change of their sentences."""
    if reader.trained():
        return {"trained": 0}
    policy = tables.packaged_policy().triage
    reader.own_model(policy)
    reader.alarm(policy)
    progress.done(2)
    return {"trained": 2}


@job("complaints.forget_drafts")
def forget_drafts(progress: Progress) -> dict[str, int]:
    """Remove unfinished forms that nobody came back to."""
    gone = drafts.forget(clock.now())
    progress.done(gone)
    return {"forms": gone}


@job("complaints.forget_talks")
def forget_talks(progress: Progress) -> dict[str, int]:
    """Remove talks with the assistant that have ended."""
    gone = conversing.forget(clock.now())
    progress.done(gone)
    return {"conversations": gone}


every(timedelta(minutes=1), "complaints.clock")
every(timedelta(hours=1), "complaints.learn", offset=timedelta(minutes=1))
every(timedelta(days=1), "complaints.forget_drafts", offset=timedelta(minutes=50))
every(timedelta(hours=1), "complaints.forget_talks", offset=timedelta(minutes=20))


def tick(now: datetime) -> int:
    """Every complaint whose next time has run out, one act each: one that fails stops no other. Returns how many were acted on."""
    due = Complaint.objects.filter(next_due__lt=now).order_by("next_due").values_list("pk", flat=True)
    return sum(_tried(id_, now) for id_ in list(due[:PORTION]))


def _tried(id_: str, now: datetime) -> bool:
    """Whether this complaint was acted on. A fault of ours is logged and tried again at the next tick; nothing of it is kept."""
    try:
        with act("complaints.clock", Actor.rule(policy_in_force(now).version), now=now) as a:
            row = log.locked(id_)
            if row.next_due is None or row.next_due >= now:
                return False
            _act(a, row)
    except Exception:  # noqa: BLE001 - whatever is wrong with one complaint stops no other
        faults.exception("complaint %s: its clock could not be acted on", id_)
        return False
    return True


def _act(a: Act, row: Complaint) -> None:
    name, due = row.next_clock, row.next_due
    timing.break_promises(a, row)
    if row.state == "awaiting_merchant" and name == "merchant_answer":
        _default(a, row)
    elif row.state in ("asked_by_merchant", "asked_by_house", "proposed"):
        log.take(a, row, "lapse", Side.RULE, {"clock": name})
    elif row.state == "fulfilling" and due is not None:
        data = {
            "clock": "fulfilment",
            "started": row.since.isoformat(),
            "due": due.isoformat(),
            "of": _owing(row).value,
        }
        what = timing.CONSUMER["fulfilment"]
        log.take(a, row, "breach", Side.RULE, {**data, "zh": what.zh, "en": what.en})
        timing.tell(a, row, "fulfilment", _owing(row), due)
        log.take(a, row, "fail", Side.RULE)
    desk.follow(a, row)
    a.note = f"complaint:{row.receipt} {name}"


def _owing(row: Complaint) -> Side:
    """Whose promise is broken when what is owed was not given: the platform's, where its fund had promised it."""
    return Side.HOUSE if fund_owes(log.as_step(s) for s in log.steps(row)) else Side.MERCHANT


def _default(a: Act, row: Complaint) -> None:
    """The merchant was silent: the rule proposes what the law gives, or a person takes over where it gives nothing that a rule may propose."""
    remedies = entitling.by_default(row)
    if not remedies:
        log.take(a, row, "hand_over", Side.RULE, {"why": "merchant_silent"})
        return
    log.take(
        a,
        row,
        "default",
        Side.RULE,
        {"remedies": [r.document() for r in remedies], "policy": policy_in_force(a.now).version},
    )
