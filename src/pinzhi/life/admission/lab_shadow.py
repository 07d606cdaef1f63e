"""
The shadow: every submission is judged once more by the version on trial, behind the act that took it in.

A job of its own does it, so that the shadow can neither slow down a submission, nor change what comes of it, nor make it fail.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from pinzhi.engine.whole import whole
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import rulesets
from pinzhi.life.admission.lab_history import differs, slim
from pinzhi.life.admission.models import RulesetVersion, Screening, ShadowDifference, ShadowTally
from pinzhi.life.admission.queries import judged_again
from pinzhi.life.admission.rules.lab import ON_TRIAL

log = logging.getLogger("pinzhi.admission")
PORTION = 200
"""Screenings in one transaction."""
MOST_KEPT = 2_000
"""Differences kept with their words for each version; beyond it they are only counted."""


def begin(version: RulesetVersion, now: datetime) -> None:
    """From now on: what was screened before belongs to the backtest."""
    last = Screening.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    ShadowTally.objects.get_or_create(version=version, defaults={"cursor": last, "since": now})


def sweep(*, most: int = 20_000) -> int:
    """
    Judge what has been submitted since the last time by the version on trial, at most `most` screenings. Returns how many were judged.

    Screenings made by the version itself (its share of the percentage) have nothing to be compared with and are passed over. Each portion is one
    transaction with its cursor: a killed process loses nothing and counts nothing twice.
    """
    judged = 0
    while most > 0:
        took, done = _portion(min(PORTION, most))
        judged, most = judged + done, most - PORTION
        if took < PORTION:
            break
    return judged


def _portion(most: int) -> tuple[int, int]:
    with whole():
        tally = (
            ShadowTally.objects.select_for_update(of=("self",))
            .select_related("version")
            .filter(version__stage__in=ON_TRIAL)
            .first()
        )
        if tally is None:
            return 0, 0
        rows = Screening.objects.filter(pk__gt=tally.cursor, why="submitted").select_related("submission")
        part = list(rows.order_by("pk")[:most])
        if not part:
            return 0, 0
        try:
            rules = rulesets.compiled(tally.version)
        except RefusedError:
            return 0, 0  # the tables of this software are others; the page of the version says so
        found = [(s, _said(s, rules)) for s in part if s.ruleset != rules.hash]
        differing = [(s, v) for s, v in found if v is not None and differs(s.verdict, v)]
        room = max(MOST_KEPT - tally.differ, 0)
        ShadowDifference.objects.bulk_create(
            ShadowDifference(version=tally.version, screening=s, before=s.outcome, after=v["outcome"], verdict=slim(v))
            for s, v in differing[:room]
        )
        tally.cursor = part[-1].pk
        tally.judged += sum(v is not None for _, v in found)
        tally.failed += sum(v is None for _, v in found)
        tally.differ += len(differing)
        for s, v in found:
            if v is not None:
                flow = f"{s.outcome} {v['outcome']}"
                tally.flows[flow] = tally.flows.get(flow, 0) + 1
        tally.save()
        return len(part), len(found)


def _said(screening: Screening, rules: Any) -> dict[str, Any] | None:
    try:
        return judged_again(screening, rules).verdict
    except Exception:  # what the shadow cannot judge is counted, and stops neither the others nor the house
        log.exception("the shadow could not judge screening %s", screening.pk)
        return None


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a percentage: how many were submitted, and what the rules said, by outcome."""

    listings: int
    outcomes: dict[str, int]


def sides(version: RulesetVersion) -> tuple[Side, Side] | None:
    """(judged by the version, judged by the others) since it began to judge; None before that. One query more than the first step's."""
    first = version.steps.filter(verb="percentage").order_by("pk").first()
    if first is None:
        return None
    counted: dict[bool, dict[str, int]] = {True: {}, False: {}}
    rows = Screening.objects.filter(at__gte=first.at, why="submitted").values_list("ruleset", "outcome")
    for ruleset, outcome, count in rows.annotate(count=Count("pk")).order_by():
        of = counted[ruleset == version.hash]
        of[outcome] = of.get(outcome, 0) + count
    mine, theirs = (Side(sum(c.values()), c) for c in (counted[True], counted[False]))
    return mine, theirs


def waiting(version: RulesetVersion) -> int:
    """Submissions that the shadow has not come to yet."""
    tally = ShadowTally.objects.filter(version=version).first()
    return Screening.objects.filter(pk__gt=tally.cursor, why="submitted").count() if tally else 0
