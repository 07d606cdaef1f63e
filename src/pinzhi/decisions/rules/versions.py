"""Versions of a policy: what changed between two, and from which day a new one may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pinzhi.kernel.policy import Policy
from pinzhi.kernel.refusal import RefusedError


@dataclass(frozen=True, slots=True)
class NoticePolicy:
    """Days of public notice before a rule towards merchants takes effect."""

    days: int
    days_major: int


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that differs: its dotted path, and both values (None where it is absent)."""

    path: str
    old: Any
    new: Any


def differences(old: Policy, new: Policy) -> tuple[Change, ...]:
    """What differs between two versions of a station's policy, by path. Text and order of the files do not count."""
    before, after = dict(_flat(old.tables)), dict(_flat(new.tables))
    paths = sorted(before.keys() | after.keys())
    return tuple(Change(p, before.get(p), after.get(p)) for p in paths if before.get(p) != after.get(p))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path, value


def earliest_effect(published_on: date, policy: NoticePolicy, *, affects_merchants: bool, major: bool) -> date:
    """
    The first day on which a version published on `published_on` may hold.

    Internal thresholds: the same day. Rules towards merchants: after the full notice period, the day of publication not counted (Civil Code Art. 201).
    """
    if not affects_merchants:
        return published_on
    return published_on + timedelta(days=(policy.days_major if major else policy.days) + 1)


def check_effect(
    in_force_from: date, published_on: date, policy: NoticePolicy, *, affects_merchants: bool, major: bool
) -> None:
    """Raises RefusedError: `notice_too_short` for a rule towards merchants, `effect_in_the_past` for an internal one."""
    earliest = earliest_effect(published_on, policy, affects_merchants=affects_merchants, major=major)
    if in_force_from >= earliest:
        return
    if affects_merchants:
        days = policy.days_major if major else policy.days
        raise RefusedError.because(
            "notice_too_short",
            f"rules towards merchants are shown {days} days before they hold; published on {published_on} it may hold from {earliest}",
            f"draft it again with in_force_from = {earliest} or later",
            field="in_force_from",
        )
    raise RefusedError.because(
        "effect_in_the_past",
        f"the policy would hold from {in_force_from}, before its publication on {published_on}",
        f"draft it again with in_force_from = {earliest} or later",
        field="in_force_from",
    )
