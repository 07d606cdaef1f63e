"""
Where does a new complaint belong? A job asks it of everything that has no place yet, so that nobody who complains waits for it, and a process that dies
loses nothing: what has no place has none, and is asked again.

The index is kept by the process that places, block by block (a merchant's complaints), read from the table when a block is first needed and from then on by
the number of the last placement seen. It can be thrown away at any time; blocks that were not needed for long are, above `MOST_HELD` texts.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime, timedelta

from pinzhi.engine.jobs import Progress, every, job
from pinzhi.engine.models import JobRun
from pinzhi.kernel import clock
from pinzhi.life.complaints import incident_desk, incidents, joint, log, reader
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, StepRow
from pinzhi.life.complaints.models_incidents import Incident, Placement
from pinzhi.life.complaints.rules.alike import AlikePolicy, Explanation, Index, Match, explain
from pinzhi.life.complaints.rules.gathering import Candidate, Ground, choose, same_goods, same_kind
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

faults = logging.getLogger("pinzhi.complaints")
PORTION = 2000
MOST_HELD = 1_000_000
"""Texts that one process holds (about 1 KB each)."""
LOOKED_AT = 200
"""Best matches whose place is looked up."""
JOB = "complaints.place"
ALONE = timedelta(minutes=5)
"""A portion takes less, so that whoever has run for longer is dead, or waits; a new complaint waits no longer than that."""


class Shelf:
    """The index of a process: see the module."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.through: OrderedDict[str, int] = OrderedDict()
        self._held: dict[str, int] = {}

    def find(self, text: str, block: str, now: datetime) -> list[Match]:
        """The complaints of a block that are like this text; what was placed since the last question is read first."""
        self._read(block, now)
        return self.index.find(text, block)

    def _read(self, block: str, now: datetime) -> None:
        seen, oldest = self.through.get(block, 0), now - timedelta(days=self.index.policy.days)
        new = (
            StepRow.objects.filter(
                n=1,
                complaint__placement__block=block,
                complaint__placement__pk__gt=seen,
                complaint__opened_at__gte=oldest,
            )
            .exclude(complaint__placement__ground=Ground.TRACED.value)
            .order_by("complaint__placement__pk")
            .values_list("complaint__placement__pk", "complaint_id", "words")
        )
        rows = [(pk, id_, words) for pk, id_, words in new.iterator(chunk_size=5000)]
        if len(rows) <= FEW:
            for _pk, id_, words in rows:
                self.index.add(id_, words, block)
        else:
            self.index.load(((id_, words) for _pk, id_, words in rows), block)
        self.through[block] = max([seen, *(pk for pk, _, _ in rows)])
        self.through.move_to_end(block)
        self._held[block] = self._held.get(block, 0) + len(rows)
        while sum(self._held.values()) > MOST_HELD and len(self.through) > 1:
            old, _ = self.through.popitem(last=False)
            self.index.drop(old)
            del self._held[old]


FEW = 64
"""Texts up to which they go into the tail one by one."""
_shelf: list[Shelf] = []


def shelf() -> Shelf:
    """The one of this process."""
    if not _shelf:
        _shelf.append(Shelf(reader.index()))
    return _shelf[0]


@job(JOB)
def place_all(progress: Progress) -> dict[str, int]:
    """
    Place what has no place yet, and look again at what stands on the desk. While another process does it, this one leaves it alone, for `ALONE` at most: the
    other may have been killed, and two at once do nothing twice.
    """
    fresh = clock.now() - ALONE
    if JobRun.objects.filter(name=JOB, state="running", started_at__gt=fresh).exclude(pk=progress.run_id).exists():
        return {"placed": 0}
    done = run(clock.now())
    progress.done(done)
    return {"placed": done}


every(timedelta(minutes=1), JOB)


def run(now: datetime) -> int:
    """Every complaint without a place, the earliest first, one act each: one that fails stops no other. Returns how many were placed."""
    waiting = Complaint.objects.filter(placement=None).order_by("opened_at", "pk").values_list("pk", flat=True)
    done = sum(_tried(id_, now) for id_ in list(waiting[:PORTION]))
    for row in list(Incident.objects.filter(state="open")):
        _looked_at(row, now)
    joint.carry_on(now)
    return done


def _looked_at(row: Incident, now: datetime) -> None:
    """Bring the desk up to what has happened to the members of an incident; where nothing has, nothing is written."""
    try:
        if incident_desk.behind(row, now):
            with act("complaints.place", _rule(now), now=now) as a:
                incident_desk.follow(a, incidents.locked(row.pk))
    except Exception:  # noqa: BLE001 - whatever is wrong with one incident stops no other; it is looked at again at the next turn
        faults.exception("incident %s could not be looked at again", row.pk)


def _rule(now: datetime) -> Actor:
    return Actor.rule(policy_in_force(now).version)


def _tried(id_: str, now: datetime) -> bool:
    try:
        place(id_, now=now)
    except Exception:  # noqa: BLE001 - whatever is wrong with one complaint stops no other; it is asked again at the next turn
        faults.exception("complaint %s could not be placed", id_)
        return False
    return True


def place(id_: str, *, now: datetime, held: Shelf | None = None) -> Placement:
    """Put one complaint where it belongs. Asked again, it stays where it is."""
    index = held or shelf()  # the first in a process takes seconds: not while the complaint is held
    with act("complaints.place", _rule(now), now=now) as a:
        row = log.locked(id_)
        known = Placement.objects.filter(complaint=row).first()
        if known is not None:
            return known
        block = incidents.block_of(row)
        words = StepRow.objects.filter(complaint=row, n=1).values_list("words", flat=True).first() or ""
        like = list(_like(row, words, block, index, now)) if block and words else []
        found = choose(_keyed(row), like, incidents.never(row))
        stands = incidents.placed(a, row, found, in_block=block, version=index.index.version)
        if found is not None:
            incident_desk.follow(a, incidents.locked(stands.incident_id))
        return stands


def _keyed(row: Complaint) -> Iterator[Candidate]:
    """The same order and goods, or the same code, with the same merchant."""
    placed = Placement.objects.filter(complaint__merchant_id=row.merchant_id).exclude(complaint=row)
    for name, value in (("order_id", row.order_id), ("unit", row.unit)):
        if not value:
            continue
        same = placed.filter(**{f"complaint__{name}": value}).order_by("-pk")
        if name == "order_id":
            same = same.filter(complaint__listing_id=row.listing_id)
        for stands in same[:LOOKED_AT]:
            yield Candidate(stands.incident_id, Ground.KEY, 1.0, stands.complaint_id)


def _like(row: Complaint, words: str, block: str, index: Shelf, now: datetime) -> Iterator[Candidate]:
    figures: AlikePolicy = policy_in_force(now).alike
    best = {m.id: m.score for m in index.find(words, block, now)[:LOOKED_AT]}
    oldest = now - timedelta(days=figures.days)
    there = {
        p.complaint_id: p
        for p in Placement.objects.filter(complaint_id__in=best, complaint__opened_at__gte=oldest).select_related(
            "complaint"
        )
    }
    mine = (row.listing_id, row.batch_id)
    for id_, score in best.items():
        stands = there.get(id_)
        if stands is None:
            continue
        other = stands.complaint
        sure = same_goods(mine, (other.listing_id, other.batch_id)) and same_kind(row.kinds, other.kinds)
        if score >= (figures.threshold if sure else figures.strict):
            yield Candidate(stands.incident_id, Ground.TEXT, score, id_)


def because(stands: Placement) -> Explanation | None:
    """What a complaint and the one that it was found to be like both say; None where it was not found by its words."""
    if stands.like_id is None or stands.ground != Ground.TEXT.value:
        return None
    said = dict(
        StepRow.objects.filter(complaint_id__in=(stands.complaint_id, stands.like_id), n=1).values_list(
            "complaint_id", "words"
        )
    )
    if not said.get(stands.complaint_id) or not said.get(stands.like_id):
        return None
    return explain(said[stands.complaint_id], said[stands.like_id], reader.own_weights())
