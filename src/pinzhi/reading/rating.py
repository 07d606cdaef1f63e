"""Everything about one rating: why it is so, what was told of it with the decisions, and for a merchant the goods that weigh on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pinzhi.decisions import queries as decisions
from pinzhi.engine.models import FactRow
from pinzhi.kernel.standing import SEVERITY, DecisionRecord, Standing
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.rating import queries
from pinzhi.life.rating.models import RatingRow
from pinzhi.life.rating.queries import Explained
from pinzhi.reading.consequences import Consequence, consequences

LATEST = 40


@dataclass(frozen=True, slots=True)
class Moved:
    """One moment of the history: the change of grade and state (codes; all empty when only a decision was taken) and the decisions of the same act."""

    at: datetime
    as_of: str
    old_grade: str
    grade: str
    old_state: str
    state: str
    issued: tuple[Consequence, ...]


@dataclass(frozen=True, slots=True)
class RatingView:
    """
    One rating as its screen shows it. `listings` are the goods of a merchant, worst first; empty for a listing.

    `standing` is what the marketplace sees; `limiting` are the decisions of other stations that make it worse than the rating alone would.
    """

    found: Explained
    history: tuple[Moved, ...]
    listings: tuple[RatingRow, ...]
    standing: Standing
    limiting: tuple[DecisionRecord, ...]


def rating_view(kind: str, id_: str, now: datetime) -> RatingView | None:
    """Read everything as of `now`; None when there is no such rating."""
    found = queries.explained(kind, id_) if kind in ("listing", "merchant") else None
    if found is None:
        return None
    subject = Subject(Kind(kind), id_)
    told = [row for row in decisions.history(subject) if row.source.startswith("rating:")][:LATEST]
    facts = FactRow.objects.filter(name="GradeChanged", subject_kind=kind, subject_id=id_).order_by("-seq")[:LATEST]
    worst = queries.ratings(kind="listing", merchant_id=id_)[:10] if kind == "merchant" else ()
    standing = decisions.standing(subject, now)
    others = tuple(d for d in standing.in_force if SEVERITY[d.effect] and not d.source.startswith("rating:"))
    return RatingView(found, _history(facts, consequences(told)), tuple(worst), standing, others)


def _history(facts: Iterable[FactRow], told: Iterable[Consequence]) -> tuple[Moved, ...]:
    """Newest first. One act has one moment, which ties its decisions to its change."""
    by_moment: dict[datetime, list[Consequence]] = defaultdict(list)
    for one in told:
        by_moment[one.record.decided_at].append(one)
    found = []
    for fact in facts:
        said = {k: str(fact.payload.get(k, "")) for k in ("as_of", "old_grade", "grade", "old_state", "state")}
        found.append(Moved(fact.at, **said, issued=tuple(by_moment.pop(fact.at, ()))))
    found += [Moved(at, "", "", "", "", "", tuple(issued)) for at, issued in by_moment.items()]
    return tuple(sorted(found, key=lambda m: m.at, reverse=True))
