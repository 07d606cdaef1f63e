"""The half-year evaluation for the screen: computed once per version of the events and of the policy, never per request."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.life.evaluation import queries
from pinzhi.life.evaluation.contracts import Half
from pinzhi.life.evaluation.queries import Panel
from pinzhi.life.evaluation.rules.trend import Month
from pinzhi.reading import tallied

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of `half` and the year of months that ends with it. `halves` are those that may be asked for, newest first."""

    half: Half
    halves: tuple[Half, ...]
    panel: Panel
    months: tuple[Month, ...]


def evaluation(half: Half | None, kpi: str) -> Evaluation | None:
    """
    The evaluation of a half with the months of `kpi`; None while no event has been received. A half outside the history is the newest one.

    Raises RefusedError(`kpi_unknown`).
    """
    known = tallied.current()
    if known is None:
        return None
    offered = queries.halves(known.tallies)
    chosen = half if half in offered else offered[0]
    policy = queries.policy_in_force().version
    panel = tallied.derived(("half", policy, chosen), lambda t: queries.half_year(t, chosen))
    # months are counted back from the last day known: as many as lie between it and the beginning of the half, and a year's worth before its end
    behind = (panel.as_of.year - chosen.last.year) * 12 + panel.as_of.month - chosen.last.month
    count = max(behind, 0) + MONTHS
    months = tallied.derived(("months", policy, kpi, count), lambda t: queries.trend(t, kpi, months=count))
    first = next((i for i, m in enumerate(months) if m.orders), len(months))  # nothing was delivered before the history
    return Evaluation(chosen, offered, panel, tuple(m for m in months[first:] if m.first <= chosen.last)[-MONTHS:])
