"""Reading ratings: the list, one rating, its course, and why it is so and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from pinzhi.decisions import policies
from pinzhi.kernel.values import Interval
from pinzhi.life.rating.contracts import Grade, Rating, State
from pinzhi.life.rating.models import Mark, Point, RatingRow, Run
from pinzhi.life.rating.rules.policy import RatingPolicy, typed_policy
from pinzhi.life.rating.rules.projection import Projection, Supposition, project, share_of_faults
from pinzhi.life.rating.rules.what_if import Outlook, Way, way_up, what_if
from pinzhi.life.rating.stored import rating_from

SORTS: dict[str, tuple[str, ...]] = {
    "worst": ("-state", "low", "subject_id"),
    "best": ("state", "-low", "subject_id"),
    "risk": ("-bad_risk", "subject_id"),
    "orders": ("-orders", "subject_id"),
    "newest": ("-since", "subject_id"),
}
"""Name → order. `best` is by the lower bound: how good is it at least."""

WIDE = 0.10
"""An interval wider than this is «wide»: more orders, not more opinion, are what is wanting."""

FUTURES = ((10, 0), (50, 0), (200, 0), (0, 1), (0, 5))
"""Further (good, bad) orders that the explanation shows beside the present."""


def policy_in_force(at: datetime | None = None) -> RatingPolicy:
    """The station's policy in force, typed."""
    return typed_policy(policies.policy_in_force("rating", at))


def rating(kind: str, id_: str) -> RatingRow | None:
    """The rating of one listing or merchant, or None when it has none."""
    return RatingRow.objects.filter(subject_kind=kind, subject_id=id_).first()


def ratings(
    *,
    kind: str = "listing",
    grade: str = "",
    state: str = "",
    merchant_id: str = "",
    category: str = "",
    promoted: str = "",
    proposal: str = "",
    interval: str = "",
    text: str = "",
    sort: str = "worst",
) -> QuerySet[RatingRow]:
    """
    Ratings by filters; empty arguments do not filter. `state` is a word of `State`, `promoted` is `yes` or `no`, `text` part of an id.

    `interval` is `good` (all of it from the promotion line up), `poor` (all of it below the line of grade C) or `wide` (wider than `WIDE`).
    An unknown state has no rows; an unknown sort is `worst`, an unknown interval does not filter.
    """
    rows = RatingRow.objects.filter(subject_kind=kind)
    equal = {"grade": grade, "merchant_id": merchant_id, "category": category, "proposal": proposal}
    rows = rows.filter(**{k: v for k, v in equal.items() if v})
    if state:
        rows = rows.filter(state__in=[int(s) for s in State if s.word == state])
    if promoted:
        rows = rows.filter(promoted=promoted == "yes")
    if interval in ("good", "poor"):
        lines = policy_in_force().grades
        rows = rows.filter(low__gte=lines.promote) if interval == "good" else rows.filter(high__lt=lines.c)
    elif interval == "wide":
        rows = rows.filter(high__gt=F("low") + WIDE)
    if text:
        rows = rows.filter(Q(subject_id__icontains=text) | Q(merchant_id__icontains=text))
    return rows.order_by(*SORTS.get(sort, SORTS["worst"]))


def counts(kind: str = "listing") -> dict[str, int]:
    """How many of a kind stand in each state (by word), how many are promoted, and how many have too little evidence. One query."""
    per_state = {s.word: Count("pk", filter=Q(state=int(s))) for s in State}
    found: dict[str, int] = RatingRow.objects.filter(subject_kind=kind).aggregate(
        **per_state,
        promoted=Count("pk", filter=Q(promoted=True)),
        unrated=Count("pk", filter=Q(grade=Grade.UNRATED.value)),
    )
    return found


def history(kind: str, id_: str) -> list[Point]:
    """The course of a rating, oldest first: a point where grade, state or promotion changed or the mean moved by a point."""
    return list(Point.objects.filter(subject_kind=kind, subject_id=id_).order_by("as_of"))


def marks(kind: str, id_: str) -> list[Mark]:
    """What signals and persons have said of a subject, newest first."""
    return list(Mark.objects.filter(subject_kind=kind, subject_id=id_).order_by("-at", "-pk"))


def due() -> int:
    """How many marks wait for a recomputation: more than 0 and it is time for one."""
    return Mark.objects.filter(due=True).count()


def last_run() -> Run | None:
    """The latest recomputation."""
    return Run.objects.order_by("-as_of", "-at", "-pk").first()


@dataclass(frozen=True, slots=True)
class Future:
    """The rating after `good` further good orders and `bad` further bad ones."""

    good: int
    bad: int
    then: Outlook


@dataclass(frozen=True, slots=True)
class Explained:
    """
    Everything that the screen «rating explained» shows.

    `rating.bars` sum to `rating.score` (hundredths of a point); `interval` is the mean with its bounds; `way` says how many further good orders the next grade,
    promotion and the end of a restriction ask; `futures` are examples.
    """

    row: RatingRow
    rating: Rating
    interval: Interval
    way: Way
    futures: tuple[Future, ...]
    history: tuple[Point, ...]
    marks: tuple[Mark, ...]
    policy: RatingPolicy


def explained(kind: str, id_: str) -> Explained | None:
    """Why the rating is so and what would change it; None when there is none. Computed from the row: the same numbers as the decision."""
    row = rating(kind, id_)
    if row is None:
        return None
    policy, of = policy_in_force(), rating_from(row)
    return Explained(
        row=row,
        rating=of,
        interval=Interval(row.mean, row.low, row.high, policy.grades.level),
        way=way_up(of, row.line, policy),
        futures=tuple(Future(g, b, what_if(of, row.line, policy, good=g, bad=b)) for g, b in FUTURES),
        history=tuple(history(kind, id_)),
        marks=tuple(marks(kind, id_)),
        policy=policy,
    )


def corrected(found: Explained) -> bool:
    """Whether a corrective action has been noted since the state began; merchants need none."""
    if found.row.subject_kind != "listing":
        return True
    return any(m.kind == "correction" and m.day >= found.row.since for m in found.marks)


def projected(found: Explained, *, orders: int, days: int, like: str, corrective: bool = False) -> Projection:
    """
    The rating after `orders` further orders in `days` days that go wrong like `like`: `none`, `category` or `now`. For the form of the screen.

    `corrective` supposes a corrective action that has not been noted yet.
    """
    suppose = Supposition(
        max(orders, 0), max(days, 1), share_of_faults(found.rating, like), corrective or corrected(found)
    )
    return project(found.rating, found.row.line, found.policy, suppose)
