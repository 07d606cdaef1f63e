"""Saved lists of cases: a name for an address, one's own or shared with everybody of a role, each with the number of cases it holds now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from django.db.models import Count, Q

from pinzhi.casework.models import SavedView
from pinzhi.casework.queries import Filters, condition, visible
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor, Role

MOST = 50
"""Saved views of one person."""


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A saved view as one person sees it. `count` is None where its filters are not understood any more."""

    id: int
    name: str
    query: str
    mine: bool
    shared_with: str
    count: int | None


def save_view(by: Actor, name: str, query: str, *, shared_with: Role | None = None, now: datetime | None = None) -> int:
    """
    Keep a list under a name; the same name of the same person again replaces it. Returns its id.

    `query` is the URL query of the list; what is no filter is dropped. Raises RefusedError(`filter_unknown`, `view_name`, `view_too_many`, `needs_person`,
    `not_permitted`): sharing is for seniors and managers.
    """
    with act("casework.share" if shared_with else "casework.view", by, now=now) as a:
        label = name.replace("\x00", "").strip()
        if by.account_id is None:
            raise RefusedError.because("needs_person", "only a person keeps views", "log in as one")
        if not 1 <= len(label) <= 60:
            raise RefusedError.because(
                "view_name", "a view has a name of 1 to 60 characters", "choose one", field="name"
            )
        filters = Filters.from_query(dict(parse_qsl(query, keep_blank_values=True)))
        condition(by, filters, a.now)
        text = filters.to_query()
        if len(text) > 500:
            raise RefusedError.because(
                "view_too_long", "this list has too many filters", "leave some out", field="query"
            )
        own = SavedView.objects.select_for_update().filter(owner=by.account_id)
        if own.exclude(name=label).count() >= MOST:
            raise RefusedError.because("view_too_many", f"you have {MOST} views already", "remove one first")
        row, _fresh = SavedView.objects.update_or_create(
            owner_id=by.account_id,
            name=label,
            defaults={"query": text, "shared_with": shared_with.value if shared_with else "", "made_at": a.now},
        )
        a.note = f"view:{row.pk}"
        return int(row.pk)


def remove_view(by: Actor, view_id: int) -> None:
    """Forget a view: one's own, or a shared one by who may share. Raises RefusedError(`view_unknown`)."""
    with act("casework.view", by) as a:
        a.note = f"view:{view_id}"
        may = Q(owner=by.account_id)
        if by.may("casework.share"):
            may |= ~Q(shared_with="")
        if by.account_id is None or not SavedView.objects.filter(may, pk=view_id).delete()[0]:
            raise RefusedError.because("view_unknown", "there is no such view", "choose one from the list")


def views(by: Actor, *, now: datetime | None = None) -> tuple[ViewRow, ...]:
    """The person's own views and those shared with one of his roles, by name, each with its count. Two queries, however many views."""
    if by.account_id is None:
        return ()
    moment = now or clock.now()
    shared = Q(shared_with__in=[r.value for r in by.roles])
    found = list(SavedView.objects.filter(Q(owner=by.account_id) | shared).order_by("name", "id"))
    conditions: dict[str, Q] = {}
    for view in found:
        try:
            conditions[f"v{view.pk}"] = condition(
                by, Filters.from_query(dict(parse_qsl(view.query, keep_blank_values=True))), moment
            )
        except RefusedError:
            continue
    counted = (
        visible(by).aggregate(**{name: Count("pk", filter=q) if q else Count("pk") for name, q in conditions.items()})
        if conditions
        else {}
    )
    return tuple(
        ViewRow(v.pk, v.name, v.query, v.owner_id == by.account_id, v.shared_with, counted.get(f"v{v.pk}"))
        for v in found
    )
