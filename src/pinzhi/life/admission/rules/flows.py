"""A comparison of the rule lab as one document: what the command line prints, what a version keeps, what its page shows."""

from __future__ import annotations

from typing import Any

from pinzhi.kernel.values import Interval
from pinzhi.life.admission.rules.backtest import Backtest, Effect, Example


def document(found: Backtest, minutes: float) -> dict[str, Any]:
    """Flows, queue in cases and hours (`minutes` for a case), labelled share with intervals, and every rule with its examples."""
    hours = {
        when: round(found.queue(after=after) * minutes / 60, 1) for when, after in (("before", False), ("after", True))
    }
    return {
        "listings": found.listings,
        "without_history": found.unknown,
        "newly_refused": found.newly_refused,
        "newly_manual": found.newly_manual,
        "released": found.released,
        "flows": [{"before": b.value, "after": a.value, "listings": n} for (b, a), n in sorted(found.flows.items())],
        "queue": {
            "cases_before": found.queue(after=False),
            "cases_after": found.queue(after=True),
            "hours_before": hours["before"],
            "hours_after": hours["after"],
            "minutes_per_case": minutes,
        },
        "labelled": {
            "listings": found.label_flows.total(),
            "precision_before": interval(found.refusals_right(after=False)),
            "precision_after": interval(found.refusals_right(after=True)),
            "recall_before": interval(found.refusals_found(after=False)),
            "recall_after": interval(found.refusals_found(after=True)),
        },
        "by_rule": {rule: _effect(effect) for rule, effect in sorted(found.rules.items())},
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "fires": effect.fires,
        "newly_fires": effect.new,
        "no_longer_fires": effect.gone,
        "newly_refused": effect.refused,
        "released": effect.released,
        "precision": interval(effect.precision),
        "examples": [example(e) for e in effect.examples],
    }


def example(one: Example) -> dict[str, Any]:
    """One example as a row."""
    return {
        "id": one.id,
        "before": one.before.value,
        "after": one.after.value,
        "field": one.field,
        "text": one.text,
        "message_zh": one.message.zh if one.message else "",
        "message_en": one.message.en if one.message else "",
    }


def interval(of: Interval | None) -> dict[str, float] | None:
    """A share with its bounds; None where nothing was counted."""
    return None if of is None else {"value": of.value, "low": of.low, "high": of.high, "level": of.level}
