"""
The verbs of rating: recompute, note a corrective action, confirm a burst.

Recomputing is idempotent. States step from the stored state and its day, a day that was computed before starts again from the state before it, and facts,
decisions and cases are written on a change only.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pinzhi.engine.tallies import Tallies
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.rating.contracts import Grade, State
from pinzhi.life.rating.models import Mark, Point, RatingRow, Run
from pinzhi.life.rating.queries import policy_in_force
from pinzhi.life.rating.rules.effects import effect_of, held
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.stored import (
    POINT_FIELDS,
    Rated,
    assessed,
    day_of,
    fields_of,
    number_of,
    point_of,
    ratings,
    stored,
    way_points,
)
from pinzhi.life.rating.telling import propose, say, tell
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

PLATFORM = Subject(Kind.PLATFORM, "platform")
NOTED = 0.01
"""A mean that has moved by this much since the last point leaves a new point."""


def recompute(by: Actor, tallies: Tallies, as_of: date | None = None, now: datetime | None = None) -> Run:
    """
    Rate every listing and merchant by what was known at the end of `as_of` (default: the last day of the tallies), in one act.

    On a change, and only then: GradeChanged, the decision promote, watch or restrict in place of the last one, a delisting case for two persons.
    Raises RefusedError: `not_permitted`, `as_of_before_events`, `as_of_before_last` for a day before one that is already rated.
    """
    with act("rating.recompute", by, subject=PLATFORM, now=now) as a:
        day = tallies.last_day if as_of is None else number_of(as_of)
        rows = stored()
        _check(day, tallies, rows.values())
        policy = policy_in_force(a.now)
        # what is said of ratings from now on is taken in by this computation
        Mark.objects.filter(due=True, at__lte=a.now).update(due=False)
        run = Run.objects.create(at=a.now, as_of=day_of(day), policy=policy.version, events=tallies.events)
        found = assessed(tallies, day, policy, rows)
        Point.objects.bulk_create(way_points(found, tallies, policy), batch_size=500, ignore_conflicts=True)
        _write(a, run, list(ratings(found, tallies, policy, rows)), rows, policy)
        run.save()
        a.note = f"as of {run.as_of}, {run.rated} rated, {run.changed} changed"
    return run


def _check(day: int, tallies: Tallies, rows: Iterable[RatingRow]) -> None:
    if day < tallies.first_day:
        first = day_of(tallies.first_day).isoformat()
        raise RefusedError.because(
            "as_of_before_events", f"the first event is of {first}", "name a day from then on", field="as_of"
        )
    last = max((row.as_of for row in rows), default=None)
    if last is not None and day_of(day) < last:
        raise RefusedError.because(
            "as_of_before_last",
            f"ratings stand as of {last.isoformat()}",
            "name that day or a later one; for a past day use «pinzhi rating compute»",
            field="as_of",
        )


def _write(a: Act, run: Run, found: list[Rated], rows: dict[tuple[str, str], RatingRow], policy: RatingPolicy) -> None:
    """Rows first (decisions and cases name them), then what changed is told, then the rows that this touched again."""
    before = {key: (row.grade, State(row.state), row.promoted, row.noted_mean) for key, row in rows.items()}
    fresh, changed = [], []
    values: dict[str, Any] = {}
    pairs: list[tuple[Rated, RatingRow]] = []
    for one in found:
        key = (one.kind.value, one.rating.id)
        row = rows.get(key)
        promoted = held(one.rating, policy.grades, before=bool(row and row.promoted))
        values = fields_of(one, policy.version, promoted=promoted)
        if row is None:
            row = RatingRow(subject_kind=key[0], subject_id=key[1], noted_mean=one.rating.mean, **values)
            fresh.append(row)
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
        pairs.append((replace(one, rating=replace(one.rating, promoted=promoted)), row))
    RatingRow.objects.bulk_create(fresh, batch_size=200)
    touched = _tell_all(a, run, pairs, before, policy)
    written = {row.pk: row for row in (*changed, *touched)}
    columns = [*values, "noted_mean", "effect", "decision_id", "case_id"] if found else []
    # an upsert: bulk_update would write one CASE per row and column
    RatingRow.objects.bulk_create(
        list(written.values()), batch_size=200, update_conflicts=True, unique_fields=["id"], update_fields=columns
    )
    run.rated = len(found)


def _tell_all(
    a: Act,
    run: Run,
    pairs: list[tuple[Rated, RatingRow]],
    before: dict[tuple[str, str], tuple[str, State, bool, float]],
    policy: RatingPolicy,
) -> list[RatingRow]:
    touched, points = [], []
    for one, row in pairs:
        old = before.get((row.subject_kind, row.subject_id))
        grade, state, promoted, noted = old or (Grade.UNRATED.value, State.NORMAL, False, row.mean)
        moved = (row.grade, State(row.state)) != (grade, state)
        if moved:
            say(a, row, grade, state, _codes(row))
            run.changed += 1
        if moved or old is None or promoted != row.promoted or abs(row.mean - noted) >= NOTED:
            tell(a, run, row, one.rating, policy)
            propose(a, run, row)
            row.noted_mean = row.mean
            points.append(point_of(row))
            touched.append(row)
        elif row.proposal and not row.case_id:
            propose(a, run, row)
            touched.append(row)
    Point.objects.bulk_create(
        points,
        batch_size=200,
        update_conflicts=True,
        unique_fields=["subject_kind", "subject_id", "as_of"],
        update_fields=list(POINT_FIELDS),
    )
    return touched


def _codes(row: RatingRow) -> tuple[str, ...]:
    effect = effect_of(Kind(row.subject_kind), State(row.state), promoted=row.promoted)
    return (effect.value,) if effect else ()


def note_correction(
    listing_id: str, by: Actor, *, note: str, day: date | None = None, now: datetime | None = None
) -> Mark:
    """
    The merchant has put right what was wrong (整改): one of the conditions for leaving a restriction. `day` is when, by default today.

    Raises RefusedError: `not_permitted`, `rating_unknown`, `reason_missing`, `day_in_future`.
    """
    return _note("correction", listing_id, by, note, day, now)


def confirm_burst(
    listing_id: str, by: Actor, *, note: str, day: date | None = None, now: datetime | None = None
) -> Mark:
    """
    A person has checked the crowded reviews of a listing and found them real: from `day` on they count in full.

    Raises RefusedError: `not_permitted`, `rating_unknown`, `reason_missing`, `day_in_future`.
    """
    return _note("burst", listing_id, by, note, day, now)


def _note(kind: str, listing_id: str, by: Actor, note: str, day: date | None, now: datetime | None) -> Mark:
    if not listing_id:
        raise RefusedError.because("rating_unknown", "no listing is named", "name it", field="listing_id")
    with act("rating.review", by, subject=Subject(Kind.LISTING, listing_id), now=now) as a:
        today = a.now.astimezone(SHANGHAI).date()
        if not RatingRow.objects.filter(subject_kind="listing", subject_id=listing_id).exists():
            raise RefusedError.because(
                "rating_unknown", f"{listing_id} has no rating", "check the id, or recompute first", field="listing_id"
            )
        if not note.strip():
            raise RefusedError.because("reason_missing", "this needs a sentence", "say what was found", field="note")
        if day is not None and day > today:
            raise RefusedError.because("day_in_future", f"{day} has not come yet", "name a past day", field="day")
        return Mark.objects.create(
            kind=kind,
            reference=uuid.uuid4().hex,
            subject_kind="listing",
            subject_id=listing_id,
            day=day or today,
            at=a.now,
            by=a.by.label,
            note=note.strip()[:500],
        )
