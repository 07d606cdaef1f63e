"""
Incidents: complaints that are one matter (群体性投诉). The log of each, who belongs to it, and what a person said of that, which holds for ever.

    placed(a, row, found)                      # a new complaint is put where it belongs (`placing` finds where)
    part(complaint_id, by)                     # it does not belong to its incident
    put(complaint_id, incident_id, by)         # it belongs to that one
    merge(incident_id, into, by)               # both are one
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import F

from pinzhi.kernel.canon import canonical, plain
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import keys, log
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, IncidentStep, Placement, Tie
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.life.complaints.rules.gathering import Candidate, Ground, block
from pinzhi.life.complaints.rules.incident import Whole, after, whole
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

NUMBER = 8


def locked(id_: str) -> Incident:
    """The incident, held until the act ends. Raises RefusedError(`incident_unknown`)."""
    row = Incident.objects.select_for_update().filter(pk=id_).first()
    if row is None:
        raise unknown()
    return row


def unknown() -> RefusedError:
    """The answer for an incident that does not exist."""
    return RefusedError.because("incident_unknown", "there is no such incident", "look at the list of incidents")


def take(a: Act, row: Incident, verb: str, data: Mapping[str, Any] | None = None, *, words: str = "") -> IncidentStep:
    """Write a step and fold it into the columns. Raises RefusedError(`step_not_allowed`). `data` has no personal data."""
    values = plain(data or {})
    now = after(_columns(row), verb, values)
    line = IncidentStep(
        incident=row, n=row.steps + 1, at=a.now.astimezone(UTC), verb=verb, actor=a.by.label[:120], account_id=a.by.account_id, data=values, words=words
    )  # fmt: skip
    line.hash = _chained(row.head, line)
    row.state, row.size, row.decisions, row.batches = now.state, now.size, now.decisions, list(now.batches)
    row.merged_into_id, row.steps, row.head = now.into or None, line.n, line.hash
    row.save(force_insert=line.n == 1)
    line.save(force_insert=True)
    a.leaf("incident_step", f"{row.pk}/{line.n}", _committed(line))
    return line


def _committed(line: IncidentStep) -> dict[str, object]:
    return {"incident": line.incident_id, "n": line.n, "hash": line.hash}


def committed_step(ref: str) -> object | None:
    """What the ledger's leaf `incident_step` commits to, hashed again from what is stored of the line. None when there is none."""
    id_, _, n = ref.partition("/")
    lines = {s.n: s for s in IncidentStep.objects.filter(incident_id=id_, n__in=(int(n) - 1, int(n)))}
    line, before = lines.get(int(n)), lines.get(int(n) - 1)
    if line is None:
        return None
    line.hash = _chained(before.hash if before else "", line)
    return _committed(line)


def faults(row: Incident) -> list[str]:
    """What does not fit: a line that was changed, columns that the log does not add up to, members that it does not count."""
    found: list[str] = []
    head, lines = "", list(row.log.order_by("n"))
    for n, line in enumerate(lines, start=1):
        if line.n != n or _chained(head, line) != line.hash:
            found.append(f"step {line.n} was changed")
        head = line.hash
    if head != row.head or len(lines) != row.steps:
        found.append("the log does not end where the incident says")
    if whole((s.verb, s.data) for s in lines) != _columns(row):
        found.append("the columns are not what the log adds up to")
    if (members := row.members.count()) != row.size:
        found.append(f"{members} belong to it, the log says {row.size}")
    return found


def _columns(row: Incident) -> Whole:
    return Whole(row.state, row.size, row.decisions, tuple(row.batches), row.merged_into_id or "")


def _chained(head: str, line: IncidentStep) -> str:
    said = sha256(line.words.encode()).hexdigest() if line.words else ""
    values = {
        "before": head, "n": line.n, "at": line.at, "verb": line.verb, "actor": line.actor, "data": line.data, "said": said,
    }  # fmt: skip
    return sha256(canonical(values)).hexdigest()


# --- who belongs to it ---------------------------------------------------------------------------------------------------------------------


def placed(a: Act, row: Complaint, found: Candidate | None, *, in_block: str, version: str) -> Placement:
    """Put a complaint into the incident that was found for it, or let it begin one. A complaint that stands somewhere stays there."""
    known = Placement.objects.filter(complaint=row).first()
    if known is not None:
        return known
    if found is None:
        incident = _begin(a, row)
        return _stand(row, incident, Ground.ALONE, a.now, in_block=in_block, version=version)
    incident = locked(found.incident)
    take(a, incident, "join", {"complaint": row.pk, "ground": found.ground.value, "like": found.like})
    return _stand(
        row, incident, found.ground, a.now, in_block=in_block, version=version, like=found.like, score=found.score
    )


def _begin(a: Act, row: Complaint, why: str = "") -> Incident:
    incident = Incident(
        id=uuid.uuid4().hex, number="".join(secrets.choice(keys.ALPHABET) for _ in range(NUMBER)), merchant_id=row.merchant_id,
        listing_id=row.listing_id, goods=row.goods, opened_at=a.now, first_on=row.opened_at,
    )  # fmt: skip
    take(a, incident, "gather", {"complaint": row.pk, **({"why": why} if why else {})})
    return incident


def _stand(
    row: Complaint,
    incident: Incident,
    ground: Ground,
    at: datetime,
    *,
    in_block: str,
    version: str = "",
    like: str = "",
    score: float = 0.0,
) -> Placement:
    if row.opened_at < incident.first_on:
        incident.first_on = row.opened_at
        incident.save(update_fields=["first_on"])
    return Placement.objects.create(
        complaint=row, incident=incident, block=in_block, ground=ground.value, score=Decimal(str(round(score, 4))), like_id=like or None,
        version=version[:60], at=at,
    )  # fmt: skip


def never(row: Complaint) -> frozenset[str]:
    """Incidents that a person said it does not belong to, and those that they were joined to."""
    said = Tie.objects.filter(complaint=row, together=False, ended_at=None).values_list("incident_id", flat=True)
    return frozenset(_now(i) for i in said)


def _now(id_: str) -> str:
    """The incident that another one became, through all that it was joined to."""
    while into := Incident.objects.filter(pk=id_).values_list("merged_into_id", flat=True).first():
        id_ = into
    return id_


def part(complaint_id: str, by: Actor, *, overrule: bool = False, now: datetime | None = None) -> Incident:
    """
    A person says: it is another matter. It begins an incident of its own, and no rule ever puts it back. Returns that one.

    Raises RefusedError: `complaint_unknown`, `not_placed`, `alone_already`, `being_decided`, and `joined_by_a_person` unless `overrule`.
    """
    from pinzhi.life.complaints import incident_desk

    with act("complaints.handle", by, now=now) as a:
        row, stands, left = _standing(complaint_id)
        if left.size < 2:
            raise RefusedError.because("alone_already", "it stands alone already", "nothing is to be done")
        _undecided(left, row)
        _free(row, left, a.now, overrule=overrule)
        _say(a, row, left, together=False)
        take(a, left, "part", {"complaint": row.pk})
        own = _begin(a, row, "parted")
        _move(stands, own, a.now)
        for one in (left, own):
            incident_desk.follow(a, one)
        a.note = f"complaint:{row.receipt} from {left.number}"
        return own


def put(
    complaint_id: str, incident_id: str, by: Actor, *, overrule: bool = False, now: datetime | None = None
) -> Incident:
    """
    A person says: it belongs to that incident. No rule ever takes it out.

    Raises RefusedError: `complaint_unknown`, `incident_unknown`, `not_placed`, `there_already`, `other_merchant`, `being_decided`, and, unless `overrule`,
    `parted_by_a_person` and `joined_by_a_person`.
    """
    from pinzhi.life.complaints import incident_desk

    with act("complaints.handle", by, now=now) as a:
        row, stands, left = _standing(complaint_id)
        into = locked(incident_id)
        if into.pk == left.pk:
            raise RefusedError.because("there_already", "it belongs to this incident already", "nothing is to be done")
        _same_merchant(row.merchant_id, into)
        _undecided(left, row)
        _undecided(into, row)
        apart = _apart(left, into) if left.size == 1 else []  # emptied, the one becomes the other
        if apart or into.pk in never(row):
            if not overrule:
                raise _parted()
            own = Tie.objects.filter(complaint=row, together=False, ended_at=None)
            (own | Tie.objects.filter(pk__in=apart)).update(ended_at=a.now)
        _free(row, left, a.now, overrule=overrule)
        _say(a, row, into, together=True)
        take(a, left, "part", {"complaint": row.pk})
        take(a, into, "join", {"complaint": row.pk, "ground": Ground.PERSON.value})
        _move(stands, into, a.now)
        if not left.size:
            incident_desk.leave_desk(a, left, "empty")
            take(a, left, "merge", {"into": into.pk})
        else:
            incident_desk.follow(a, left)
        incident_desk.follow(a, into)
        a.note = f"complaint:{row.receipt} to {into.number}"
        return into


def _apart(one: Incident, other: Incident) -> list[int]:
    """What persons said of members of the second: that they do not belong to the first."""
    said = Tie.objects.filter(together=False, ended_at=None, complaint__placement__incident=other)
    return [t.pk for t in said if _now(t.incident_id) == one.pk]


def merge(incident_id: str, into_id: str, by: Actor, *, now: datetime | None = None) -> Incident:
    """
    A person says: both are one. All members of the first go over to the second.

    Raises RefusedError: `incident_unknown`, `there_already`, `other_merchant`, `being_decided`, and `parted_by_a_person` where a member of one was parted from
    the other.
    """
    from pinzhi.life.complaints import incident_desk

    if incident_id == into_id:
        raise RefusedError.because("there_already", "an incident is not joined to itself", "choose another")
    with act("complaints.handle", by, now=now) as a:
        held = {i: locked(i) for i in sorted((incident_id, into_id))}
        one, two = held[incident_id], held[into_id]
        _same_merchant(one.merchant_id, two)
        for incident in (one, two):
            _undecided(incident)
        if _apart(one, two) or _apart(two, one):
            raise _parted()
        count = one.size
        incident_desk.leave_desk(a, one, "merged")
        take(a, one, "merge", {"into": two.pk})
        take(a, two, "join", {"incident": one.pk, "count": count, "ground": Ground.PERSON.value})
        Placement.objects.filter(incident=one).update(incident=two)
        if one.first_on < two.first_on:
            two.first_on = one.first_on
            two.save(update_fields=["first_on"])
        incident_desk.follow(a, two)
        a.note = f"{one.number} to {two.number}"
        return two


def batches(
    incident_id: str, names: Iterable[str], by: Actor, *, source: str = "person", now: datetime | None = None
) -> Incident:
    """
    Say which batches it is about; `source` is `person`, or `tracing` for what a walk through the chain has reached.

    Raises RefusedError: `incident_unknown`, `being_decided`, `too_many_batches`, `batch_of_another` (a batch that the catalogue knows as somebody else's).
    """
    from pinzhi.catalogue import queries as catalogue
    from pinzhi.life.complaints import incident_desk

    with act("complaints.handle", by, now=now) as a:
        row = locked(incident_id)
        _undecided(row)
        wanted = sorted({clean(n)[:128] for n in names} - {""})
        if len(wanted) > MOST_BATCHES:
            raise RefusedError.because(
                "too_many_batches", f"at most {MOST_BATCHES} batches are taken", "open a recall", field="batches"
            )
        known = catalogue.batches(wanted)
        if wrong := sorted(n for n in wanted if n in known and known[n].merchant_id != row.merchant_id):
            raise RefusedError.because(
                "batch_of_another",
                f"batch «{wrong[0][:60]}» is another merchant's",
                "leave it out; its buyers have an incident of their own",
                field="batches",
            )
        take(a, row, "batches", {"batches": wanted, "source": source[:20]})
        incident_desk.follow(a, row)
        a.note = f"incident:{row.number}"
        return row


MOST_BATCHES = 200


def take_up(incident_id: str, by: Actor, *, now: datetime | None = None) -> Incident:
    """
    A person wants one decision for all, though they are few, or were left to themselves before.

    Raises RefusedError: `incident_unknown`, `step_not_allowed`, `nobody_waits`.
    """
    from pinzhi.life.complaints import incident_desk

    with act("complaints.handle", by, now=now) as a:
        row = locked(incident_id)
        if not incident_desk.waiting(row).exists():
            raise RefusedError.because(
                "nobody_waits",
                "none of its complaints is open and undecided",
                "reopen the complaint that was decided wrongly",
            )
        incident_desk.take_up(a, row)
        a.note = f"incident:{row.number}"
        return row


def _standing(complaint_id: str) -> tuple[Complaint, Placement, Incident]:
    row = log.locked(complaint_id)
    stands = Placement.objects.filter(complaint=row).first()
    if stands is None:
        raise RefusedError.because(
            "not_placed", "it has not been looked at yet for its like", "try again in a minute", field="id"
        )
    return row, stands, locked(stands.incident_id)


def _free(row: Complaint, left: Incident, at: datetime, *, overrule: bool) -> None:
    """Whoever takes a complaint out of where a person put it has to say so."""
    held = Tie.objects.filter(complaint=row, incident=left, together=True, ended_at=None)
    if held.exists() and not overrule:
        raise RefusedError.because(
            "joined_by_a_person", "a person put it there", "say that you take that back", field="overrule"
        )
    held.update(ended_at=at)


def _parted() -> RefusedError:
    return RefusedError.because(
        "parted_by_a_person",
        "a person said that these are two matters",
        "say that you take that back",
        field="overrule",
    )


def _same_merchant(merchant_id: str, into: Incident) -> None:
    if merchant_id != into.merchant_id:
        raise RefusedError.because(
            "other_merchant", "the two concern different merchants", "who is to pay differs: leave them apart"
        )


def _undecided(incident: Incident, row: Complaint | None = None) -> None:
    """Nobody is moved while a decision is being carried out, nor after it has been carried out for him."""
    if incident.state in ("applying", "merged"):
        raise RefusedError.because(
            "being_decided", "the decision for all is being carried out", "wait until it has been applied to everybody"
        )
    if row is not None and row.shares.exclude(applied_at=None).exists():
        raise RefusedError.because(
            "decided_with_all", "it has been decided with the others", "reopen the complaint itself"
        )


def _say(a: Act, row: Complaint, incident: Incident, *, together: bool) -> None:
    Tie.objects.filter(complaint=row, incident=incident, ended_at=None).update(ended_at=a.now)
    Tie.objects.create(complaint=row, incident=incident, together=together, at=a.now, account_id=a.by.account_id)


def _move(stands: Placement, incident: Incident, at: datetime) -> None:
    stands.incident, stands.ground, stands.version, stands.at = incident, Ground.PERSON.value, "", at
    stands.score, stands.like = Decimal(0), None
    stands.save(update_fields=["incident", "ground", "version", "at", "score", "like"])


def apart_from_the_start(a: Act, row: Complaint, origin: Complaint) -> None:
    """A complaint that was split off another one is another matter: it never stands where that one stands."""
    stands = Placement.objects.filter(complaint=origin).first()
    if stands is not None:
        _say(a, row, stands.incident, together=False)


def block_of(row: Complaint) -> str:
    """Whose texts it is compared with. A merchant who is known from another complaint about the same goods counts."""
    if row.merchant_id or not (row.listing_id or row.batch_id):
        return block(row.merchant_id, row.listing_id, row.batch_id)
    goods = {"listing_id": row.listing_id} if row.listing_id else {"batch_id": row.batch_id}
    others = Complaint.objects.filter(**goods).exclude(merchant_id="").order_by("opened_at")
    merchant = others.values_list("merchant_id", flat=True).first()
    return block(merchant or "", row.listing_id, row.batch_id)


def members(row: Incident) -> Iterable[Placement]:
    """Who belongs to it, the earliest complaint first."""
    return row.members.select_related("complaint", "like").order_by(F("complaint__opened_at"), "pk")


def with_others(row: Complaint) -> bool:
    """Whether it is handled together with others: said to its buyer, without anything about them."""
    stands = Placement.objects.filter(complaint=row).select_related("incident").first()
    return stands is not None and stands.incident.size > 1 and stands.incident.state in ("open", "applying", "decided")
