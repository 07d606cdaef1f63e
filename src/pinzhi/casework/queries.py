"""What screens and the API read about cases. Every answer holds only what the actor may know; a merchant sees his own."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from pinzhi.casework import rows
from pinzhi.casework.contracts import CaseEntry, CaseRow, Purpose
from pinzhi.casework.models import Case, CaseEvent
from pinzhi.casework.policy import policy
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Subject
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import STAFF, VERBS, Actor

STATES = ("open", "claimed", "snoozed", "proposed", "decided", "paused")
SORTS: dict[str, tuple[str, bool]] = {
    "turn": ("act_before", False),
    "due": ("due", False),
    "newest": ("opened_at", True),
    "decided": ("decided_at", True),
}
"""Name → column and whether the latest comes first. `turn` is the order of work; the others are for looking things up. Cases without a deadline
stand last in `due`."""
PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """
    A list of cases as its address says it. Empty means «any».

    `state`: a state, or `waiting` for everything that wants a person now (the default view). `assigned`: `me`, `nobody`, or an account id. `due`:
    `overdue` or `today`.
    `text`: part of a title or of a subject's id.
    """

    desk: str = ""
    state: str = "waiting"
    severity: str = ""
    assigned: str = ""
    subject_kind: str = ""
    subject_id: str = ""
    merchant_id: str = ""
    category: str = ""
    due: str = ""
    escalated: str = ""
    text: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Filters:
        """From URL parameters; names that are no filters are ignored, so that a page may add its own."""
        names = {f.name for f in fields(cls)}
        return cls(**{k: str(v)[:120] for k, v in query.items() if k in names})

    def to_query(self) -> str:
        """The shortest URL query that gives these filters back."""
        return urlencode({f.name: v for f in fields(self) if (v := getattr(self, f.name)) != f.default})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of cases; `cursor` leads to the next, empty at the end. `total` counts the whole list."""

    rows: tuple[CaseRow, ...]
    cursor: str
    total: int


def visible(actor: Actor, now: datetime | None = None) -> QuerySet[Case]:
    """
    The cases that the actor may know of.

    Checks look like work to the one person they are for, until they are answered; what he judges once more is meanwhile hidden from him.
    """
    work = Q(purpose=Purpose.WORK)
    if actor.outside:
        return Case.objects.filter(work, merchant_id=actor.merchant_id) if actor.merchant_id else Case.objects.none()
    if actor.kind != "person" or actor.account_id is None:
        return Case.objects.filter(work)
    moment = now or clock.now()
    own = Q(audience=actor.account_id, void=False)
    just_now = moment - timedelta(seconds=policy().desk.undo_seconds)
    mine = own & Q(opened_at__lte=moment) & (~Q(state="decided") | Q(decided_at__gte=just_now))
    if actor.may("casework.settle"):
        mine |= Q(purpose=Purpose.CONSENSUS, void=False)
    judged = Case.objects.filter(own, of__isnull=False).exclude(state="decided").values("of")
    return Case.objects.filter(work | mine).exclude(pk__in=judged)


def _open_at(now: datetime) -> Q:
    return Q(state="open") | Q(state="claimed", lease_until__lte=now) | Q(state="snoozed", snoozed_until__lte=now)


def _in_state(state: str, now: datetime) -> Q:
    if state == "waiting":
        return Q(paused_at=None) & (_open_at(now) | Q(state__in=("claimed", "proposed")))
    if state == "paused":
        return Q(paused_at__isnull=False)
    if state == "open":
        return _open_at(now)
    if state == "claimed":
        return Q(state="claimed", lease_until__gt=now)
    if state == "snoozed":
        return Q(state="snoozed", snoozed_until__gt=now)
    if state in STATES:
        return Q(state=state)
    raise RefusedError.because(
        "filter_unknown", f"no case is ever «{state}»", f"one of: waiting, {', '.join(STATES)}", field="state"
    )


def _assigned(who: str, actor: Actor) -> Q:
    if who == "me":
        return Q(assigned=actor.account_id) if actor.account_id is not None else Q(pk__in=())
    if who == "nobody":
        return Q(assigned=None)
    if who.isdecimal() and len(who) < 16:
        return Q(assigned=int(who))
    raise RefusedError.because("filter_unknown", f"«{who}» is nobody", "me, nobody, or an account id", field="assigned")


def _due(which: str, now: datetime) -> Q:
    if which == "overdue":
        return Q(due__lt=now, paused_at=None)
    if which == "today":
        return Q(due__gte=now, due__lt=clock.midnight(now) + timedelta(days=1))
    raise RefusedError.because("filter_unknown", f"«{which}» is no deadline", "overdue or today", field="due")


def condition(actor: Actor, filters: Filters, now: datetime) -> Q:
    """The filters as one condition. Raises RefusedError(`filter_unknown`) naming the field."""
    found = Q()
    for name in ("desk", "severity", "subject_kind", "subject_id", "merchant_id", "category"):
        if value := getattr(filters, name):
            found &= Q(**{name: value.replace("\x00", "")})
    if filters.state:
        found &= _in_state(filters.state, now)
    if filters.assigned:
        found &= _assigned(filters.assigned, actor)
    if filters.due:
        found &= _due(filters.due, now)
    if filters.escalated:
        found &= Q(escalated=filters.escalated not in ("0", "false"))
    if filters.text:
        text = filters.text.replace("\x00", "")
        found &= Q(title_zh__icontains=text) | Q(title_en__icontains=text) | Q(subject_id__icontains=text)
    return found


def select(actor: Actor, filters: Filters, now: datetime) -> QuerySet[Case]:
    """The filtered cases, unordered. Raises RefusedError(`filter_unknown`) naming the field."""
    return visible(actor, now).filter(condition(actor, filters, now))


def queue(
    actor: Actor,
    filters: Filters | None = None,
    *,
    sort: str = "turn",
    cursor: str = "",
    limit: int = PAGE,
    now: datetime | None = None,
) -> Page:
    """A page of cases in order. Two queries. Raises RefusedError(`filter_unknown`, `sort_unknown`, `cursor_unknown`)."""
    moment = now or clock.now()
    if sort not in SORTS:
        raise RefusedError.because(
            "sort_unknown", f"there is no order «{sort}»", f"one of: {', '.join(SORTS)}", field="sort"
        )
    column, latest_first = SORTS[sort]
    found = select(actor, filters or Filters(), moment)
    if column == "decided_at":
        found = found.filter(decided_at__isnull=False)
    total = found.count()
    if cursor:
        found = found.filter(_after(column, cursor, latest_first=latest_first))
    order = F(column).desc() if latest_first else F(column).asc(nulls_last=True)
    got = list(found.select_related("assigned").order_by(order, "-id" if latest_first else "id")[: limit + 1])
    shown = got[:limit]
    following = _cursor(shown[-1], column) if len(got) > limit else ""
    return Page(tuple(rows.row(c, moment) for c in shown), following, total)


def _cursor(last: Case, column: str) -> str:
    value = getattr(last, column)
    text = f"{value.isoformat() if value else ''}~{last.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _after(column: str, cursor: str, *, latest_first: bool) -> Q:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, id_ = text.partition("~")
        pk, value = UUID(id_), datetime.fromisoformat(moment) if moment else None
        if value is not None and value.tzinfo is None:
            raise ValueError("a time needs a zone")
    except (ValueError, binascii.Error):
        raise RefusedError.because(
            "cursor_unknown", "this cursor was not given out by us", "start from the first page", field="cursor"
        ) from None
    beyond = "lt" if latest_first else "gt"
    if value is None:
        return Q(**{f"{column}__isnull": True, f"id__{beyond}": pk})
    after = Q(**{f"{column}__{beyond}": value}) | Q(**{column: value, f"id__{beyond}": pk})
    return after if latest_first else after | Q(**{f"{column}__isnull": True})


def case(case_id: str | UUID, actor: Actor, *, now: datetime | None = None) -> CaseRow:
    """One case. One query. Raises RefusedError(`case_unknown`), the same for one that is not there and one that is another's."""
    found = visible(actor, now).select_related("assigned").filter(pk=rows.as_uuid(case_id)).first()
    if found is None:
        raise rows.unknown()
    return rows.row(found, now or clock.now())


def cases(ids: Iterable[str], actor: Actor, *, now: datetime | None = None) -> dict[str, CaseRow]:
    """Many cases at once, by id as it was asked for; what is not there or another's is left out. One query."""
    moment = now or clock.now()
    wanted = dict[UUID, str]()
    for text in ids:
        with suppress(RefusedError):
            wanted[rows.as_uuid(text)] = text
    found = visible(actor, moment).select_related("assigned").filter(pk__in=wanted)
    return {wanted[c.pk]: rows.row(c, moment) for c in found}


def colleagues() -> list[tuple[int, str]]:
    """(account, name) of everybody who works at a desk and may be given a case, by name. Two queries."""
    deciding = [r.value for r in VERBS["casework.decide"] & STAFF]
    able = Grant.objects.filter(role__in=deciding).values("account")
    found = Account.objects.filter(pk__in=able, is_active=True).order_by("display_name", "username")
    return [(a.pk, a.display_name or a.username) for a in found]


def by_source(source: str, actor: Actor, *, now: datetime | None = None) -> CaseRow | None:
    """The case that a station opened for `station:reference`, if there is one."""
    found = visible(actor, now).select_related("assigned").filter(source=source).first()
    return rows.row(found, now or clock.now()) if found else None


def of_subject(subject: Subject, actor: Actor, *, now: datetime | None = None, limit: int = 200) -> tuple[CaseRow, ...]:
    """All cases about a subject, latest first: for the dossier."""
    moment = now or clock.now()
    found = (
        visible(actor, moment).filter(subject_kind=str(subject.kind), subject_id=subject.id).select_related("assigned")
    )
    return tuple(rows.row(c, moment) for c in found.order_by("-opened_at", "-id")[:limit])


def acts_on(ids: Iterable[str], *, limit: int = 500) -> list[str]:
    """The acts by which these cases were worked on, latest first: they lead to the audit lines. One query."""
    found = CaseEvent.objects.filter(case__in=[rows.as_uuid(i) for i in ids]).order_by("-id")
    return list(found.values_list("act", flat=True)[:limit])


def history(case_id: str | UUID, actor: Actor) -> tuple[CaseEntry, ...]:
    """What was done to a case, oldest first. Outsiders see when it was opened and decided, not the house's remarks."""
    case(case_id, actor)
    found = CaseEvent.objects.filter(case=rows.as_uuid(case_id)).order_by("id")
    if actor.outside:
        found = found.filter(verb__in=("open", "decide", "confirm", "reopen"))
        return tuple(rows.entry(e, private=False) for e in found)
    return tuple(rows.entry(e) for e in found)


def counts(actor: Actor, *, now: datetime | None = None) -> dict[str, dict[str, int]]:
    """Per desk: `waiting`, `overdue`, `mine`, `proposed`. One query."""
    moment = now or clock.now()
    waiting = _in_state("waiting", moment)
    mine = Q(assigned=actor.account_id) if actor.account_id is not None else Q(pk__in=())
    found = (
        visible(actor, moment)
        .exclude(state="decided")
        .values("desk")
        .annotate(
            waiting=Count("pk", filter=waiting),
            overdue=Count("pk", filter=waiting & Q(due__lt=moment)),
            mine=Count("pk", filter=waiting & mine),
            proposed=Count("pk", filter=Q(state="proposed")),
        )
        .order_by("desk")
    )
    return {row.pop("desk"): row for row in found}


def count(actor: Actor, filters: Filters, *, now: datetime | None = None) -> int:
    """How many cases a list holds: the figure beside a saved view. One query."""
    return select(actor, filters, now or clock.now()).count()


def next_after(actor: Actor, filters: Filters, done: str, *, now: datetime | None = None) -> CaseRow | None:
    """The case to show after `done` was decided: the first of the same list that is not `done` and not in somebody else's hands."""
    moment = now or clock.now()
    free = Q(state="claimed", lease_until__gt=moment) & ~Q(assigned=actor.account_id)
    found = select(actor, filters, moment).exclude(pk=rows.as_uuid(done)).exclude(free)
    first = found.select_related("assigned").order_by("act_before", "id").first()
    return rows.row(first, moment) if first else None
