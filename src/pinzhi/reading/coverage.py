"""
How much of what was sold can be traced: sold pieces by merchant, step by step: a batch was named, it is registered, its chain is complete.

The plan wants every sold piece under tracing within six months; the course by month shows how far it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from pinzhi.catalogue import queries as catalogue
from pinzhi.engine.tallies import Tallies
from pinzhi.life.tracing import completeness
from pinzhi.reading import tallied

DAY_ZERO = date(1970, 1, 1)
DAYS = 183
"""Half a year of sales."""


@dataclass(slots=True)
class Steps:
    """Sold pieces, and of them those whose batch was named, is registered, and has a complete chain."""

    sold: int = 0
    named: int = 0
    registered: int = 0
    complete: int = 0

    def share(self, step: str) -> float:
        """Of the sold pieces, 0 to 1; 0 where nothing was sold."""
        return getattr(self, step) / self.sold if self.sold else 0.0


@dataclass(slots=True)
class Covered:
    """The figures of half a year: of everything, by merchant (the least covered sales first), by month, and what is missing most."""

    first: date
    last: date
    whole: Steps = field(default_factory=Steps)
    merchants: list[tuple[str, Steps]] = field(default_factory=list)
    months: list[tuple[str, Steps]] = field(default_factory=list)
    missing: list[tuple[str, int]] = field(default_factory=list)


def covered() -> Covered | None:
    """The coverage of the half-year before the last day of sales; None while nothing was received. The chain is looked at as it is now."""
    found: Covered | None = tallied.derived(("coverage", _stamp()), _of)
    return found


def _stamp() -> tuple[int, ...]:
    """What beside the sales the figures depend on: captured events and registered batches."""
    from pinzhi.catalogue.models import Batch
    from pinzhi.life.tracing.models import CodeRange, Event

    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    ranges = CodeRange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return last, ranges, Batch.objects.filter(seen_only=False).count()


def _of(tallies: Tallies) -> Covered:
    s, names = tallies.sales, tallies.names
    last = tallies.last_day
    window = np.flatnonzero((s.day > last - DAYS) & (s.day <= last))
    found = Covered(DAY_ZERO + timedelta(days=last - DAYS + 1), DAY_ZERO + timedelta(days=last))
    used = sorted({int(b) for b in np.unique(s.batch[window]) if b >= 0})
    ids = [names.batches[b] for b in used]
    cards = {pk: card for pk, card in catalogue.batches(ids).items() if not card.seen_only}
    judged = completeness.of_batches(cards.values())
    merchant_of = [names.merchants[m] if m >= 0 else "" for m in names.merchant.tolist()]
    by_merchant: dict[str, Steps] = defaultdict(Steps)
    by_month: dict[str, Steps] = defaultdict(Steps)
    missing: dict[str, int] = defaultdict(int)
    for at in window.tolist():
        units, batch = int(s.units[at]), int(s.batch[at])
        name = names.batches[batch] if batch >= 0 else ""
        card, state = cards.get(name), judged.get(name)
        for steps in (
            found.whole,
            by_merchant[merchant_of[s.listing[at]]],
            by_month[f"{DAY_ZERO + timedelta(days=int(s.day[at])):%Y-%m}"],
        ):
            steps.sold += units
            steps.named += units if name else 0
            steps.registered += units if card else 0
            steps.complete += units if state is not None and state.complete else 0
        for code in state.missing if state is not None else ():
            missing[code] += units
    found.merchants = sorted(by_merchant.items(), key=lambda m: (-(m[1].sold - m[1].complete), m[0]))
    found.months = sorted(by_month.items())
    found.missing = sorted(missing.items(), key=lambda m: (-m[1], m[0]))
    return found
