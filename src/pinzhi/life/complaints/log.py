"""
The log of a complaint: the only way to change one. `take` writes the step, folds the log, and keeps the table, the clock and the open case in step with it.

    with act("complaints.follow", by) as a:
        row = log.locked(complaint_id)
        log.take(a, row, "reply", Side.CONSUMER, words="…")
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Any

from pinzhi.kernel.canon import canonical, plain
from pinzhi.kernel.facts_complaints import ComplaintClosed, ComplaintMoved, RemedyDue, RemedyWithdrawn
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.complaints.contracts import Side, Step
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Offence, Shown, StepRow
from pinzhi.life.complaints.rules.situation import SPOKEN, Situation, after, fulfil_by, situation
from pinzhi.people.acts import Act


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that has been taken, and what the complaint is now."""

    step: StepRow
    before: Situation
    now: Situation


def locked(id_: str) -> Complaint:
    """The complaint, held until the act ends. Raises RefusedError(`complaint_unknown`)."""
    row = Complaint.objects.select_for_update().filter(pk=id_).first()
    if row is None:
        raise unknown()
    return row


def unknown() -> RefusedError:
    """The same answer for a complaint that does not exist and for one of somebody else."""
    return RefusedError.because("complaint_unknown", "there is no such complaint", "look at the number on the receipt")


def steps(row: Complaint) -> list[StepRow]:
    """The log, in its order."""
    return list(StepRow.objects.filter(complaint=row).order_by("n"))


def as_step(row: StepRow) -> Step:
    """A line as the rules see it."""
    return Step(row.n, row.at, row.verb, Side(row.side), row.data, row.account_id)


def of(row: Complaint) -> Situation:
    """What the log of a complaint adds up to."""
    return folded(steps(row))


def folded(lines: Sequence[StepRow]) -> Situation:
    """What a log that has been read adds up to."""
    return situation(as_step(s) for s in lines)


def take(
    a: Act,
    row: Complaint,
    verb: str,
    side: Side,
    data: Mapping[str, Any] | None = None,
    *,
    words: str = "",
    inside: bool = False,
    files: Sequence[str] = (),
    owner: str = "",
) -> Taken:
    """
    Take a step on a complaint that is held (`locked`, or new). Raises RefusedError(`step_not_allowed`) and those of `rules.situation`.

    `data` has no personal data; `words` are what somebody wrote, `inside` for the house only. `files` are those that `showing.new_ones` has passed, of `owner`.
    """
    before = of(row) if row.steps else Situation()
    n = row.steps + 1
    values = plain({**(data or {}), **({"files": list(files)} if files else {})})
    person = a.by.account_id if side in (Side.HOUSE, Side.MERCHANT) else None
    now = after(before, Step(n, a.now, verb, side, values, person))
    salt = secrets.token_hex(16) if words else ""
    said = sha256((salt + words).encode()).hexdigest() if words else ""
    line = StepRow(
        complaint=row, n=n, at=a.now.astimezone(UTC), verb=verb, side=side.value, actor=a.by.label[:120], account_id=person, data=values,
        words=words, salt=salt, said=said, inside=inside,
    )  # fmt: skip
    line.hash = chained(row.head, line)
    _fold_into(row, now, line)
    row.save(force_insert=n == 1)
    line.save(force_insert=True)
    Shown.objects.bulk_create(
        Shown(complaint=row, step=n, side=side.value, sha256=sha, owner=owner, at=a.now) for sha in files
    )
    a.leaf("complaint_step", f"{row.pk}/{n}", _committed(line))
    if verb not in SPOKEN:
        _tell(a, row, before, now, line)
    return Taken(line, before, now)


def chained(head: str, line: StepRow) -> str:
    """The hash of a line: over the line before it, itself, and the digest of its words."""
    values = {
        "before": head, "n": line.n, "at": line.at, "verb": line.verb, "side": line.side, "actor": line.actor, "data": line.data,
        "said": line.said, "inside": line.inside,
    }  # fmt: skip
    return sha256(canonical(values)).hexdigest()


def _committed(line: StepRow) -> dict[str, object]:
    return {"complaint": line.complaint_id, "n": line.n, "hash": line.hash}


def committed_step(ref: str) -> object | None:
    """What the ledger's leaf `complaint_step` commits to, hashed again from what is stored of the line. None when there is none."""
    id_, _, n = ref.partition("/")
    lines = {s.n: s for s in StepRow.objects.filter(complaint_id=id_, n__in=(int(n) - 1, int(n)))}
    line, before = lines.get(int(n)), lines.get(int(n) - 1)
    if line is None:
        return None
    line.hash = chained(before.hash if before else "", line)
    return _committed(line)


def faults(row: Complaint) -> list[str]:
    """What does not fit: a line whose hash is not that of its content, words that are not those that were said, columns that the log does not add up to."""
    found: list[str] = []
    head = ""
    lines = steps(row)
    for expected, line in enumerate(lines, start=1):
        if line.n != expected:
            found.append(f"step {expected} is missing")
        if line.words and sha256((line.salt + line.words).encode()).hexdigest() != line.said:
            found.append(f"the words of step {line.n} were changed")
        if chained(head, line) != line.hash:
            found.append(f"step {line.n} was changed")
        head = line.hash
    if head != row.head or len(lines) != row.steps:
        found.append("the log does not end where the complaint says")
    kept = {name: getattr(row, name) for name in FOLDED}
    _fold_into(row, situation(as_step(s) for s in lines), None)
    found += [f"«{name}» is not what the log adds up to" for name in FOLDED if getattr(row, name) != kept[name]]
    for name, value in kept.items():
        setattr(row, name, value)
    return found


FOLDED = (
    "state",
    "since",
    "kinds",
    "kind",
    "level",
    "opened_at",
    "closed_as",
    "upheld",
    "amount",
    "paid",
    "broken",
    "rated",
    "merged_into_id",
)


def _fold_into(row: Complaint, now: Situation, line: StepRow | None) -> None:
    if now.opened_at is None or now.since is None:
        raise ValueError("a complaint that was never opened")
    row.state, row.since, row.opened_at = now.state, now.since, now.opened_at
    row.kinds, row.kind, row.level = list(now.kinds), now.kinds[0] if now.kinds else "", now.level
    row.closed_as, row.upheld = now.closed_as, now.upheld
    row.amount, row.paid, row.broken, row.rated = now.amount, now.paid, len(now.broken), now.rated
    row.merged_into_id = now.merged_into or None
    if line is not None:
        row.closed_at = (row.closed_at or line.at) if now.state == "closed" else None
        row.steps, row.head = line.n, line.hash


def subject(row: Complaint | Offence) -> Subject:
    """What a complaint or report is about: the batch, else the listing, else the merchant, else the platform."""
    for kind, id_ in ((Kind.BATCH, row.batch_id), (Kind.LISTING, row.listing_id), (Kind.MERCHANT, row.merchant_id)):
        if id_:
            return Subject(kind, id_)
    return Subject(Kind.PLATFORM, "complaints")


GROUNDS = {"accept": "accepted", "adjudicate": "decided", "open_fast": "fast", "open_owed": "incident"}
"""Step that makes a remedy owed → its ground, as outsiders read it. What the fund gives by `pay_fast` is given in the same act."""
WITHDRAWN = {"fail": "overdue", "revoke": "revoked", "escalate": "escalated", "waive": "waived"}


def merchant_of(row: Complaint) -> Subject:
    """The merchant of a complaint, else what it is about."""
    return Subject(Kind.MERCHANT, row.merchant_id) if row.merchant_id else subject(row)


def _tell_owed(a: Act, row: Complaint, before: Situation, now: Situation, line: StepRow) -> None:
    """What has come to be owed, and what is no longer to be carried out."""
    more = {"receipt": row.receipt, "order_id": row.order_id, "merchant_id": row.merchant_id}
    if line.verb in GROUNDS:
        policy = policy_in_force(a.now)
        due = fulfil_by(now, policy.desk.fulfil_days, policy.fast.pay_hours) or a.now
        known = {o.key for o in before.owed}
        for o in now.owed:
            if not o.done and o.key not in known:
                amount = "" if o.remedy.amount is None else str(o.remedy.amount)
                a.fact(
                    RemedyDue(
                        subject=merchant_of(row), complaint_id=row.pk, key=f"{row.pk}:{o.key}", kind=o.remedy.kind, amount=amount, currency="CNY", due=due,
                        payer=o.promised, ground=GROUNDS[line.verb], **more,
                    )
                )  # fmt: skip
    elif line.verb in WITHDRAWN and before.state == "fulfilling":
        for o in before.owed:
            if not o.done:
                amount = "" if o.remedy.amount is None else str(o.remedy.amount)
                a.fact(
                    RemedyWithdrawn(
                        subject=merchant_of(row), complaint_id=row.pk, key=f"{row.pk}:{o.key}", kind=o.remedy.kind, amount=amount, why=WITHDRAWN[line.verb],
                        **more,
                    )
                )  # fmt: skip


def _tell(a: Act, row: Complaint, before: Situation, now: Situation, line: StepRow) -> None:
    about = subject(row)
    _tell_owed(a, row, before, now, line)
    a.fact(
        ComplaintMoved(
            subject=about, complaint_id=row.pk, verb=line.verb, state=now.state, side=line.side, head=line.hash
        )
    )
    if now.state == "closed" and before.state != "closed":
        a.fact(
            ComplaintClosed(
                subject=about, complaint_id=row.pk, closed_as=now.closed_as, upheld=now.upheld, kind=row.kind, amount=str(now.paid),
                merchant_id=row.merchant_id, listing_id=row.listing_id, batch_id=row.batch_id, reopened=now.reopened > 0,
            )
        )  # fmt: skip
