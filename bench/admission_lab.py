"""
A draft of the rule lab held against the stored history, as its backtest does it. `python -m bench admission_lab`.

The draft adds one rule that one listing in a thousand breaks; the history was judged by the parent. Two lengths of history tell the cost of a submission from
what the first one costs (tables and automata), and so what a million would take.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from bench.admission_renewal import DRAFT, enter
from bench.ledger import Row

SHORT, LONG = 5_000, 40_000
GOAL = 1_000_000 / 60


def run() -> list[Row]:
    """Enter the listings, compile the draft, compare."""
    from pinzhi.life.admission import lab_history, shipped
    from pinzhi.life.admission.models import Screening
    from pinzhi.life.admission.queries import policy_in_force

    now = datetime(2026, 11, 26, 2, tzinfo=UTC)
    enter(max(0, LONG - Screening.objects.count()), now)
    policy, draft = policy_in_force(now), shipped.candidate({"draft": DRAFT})
    took = {}
    for length in (SHORT, LONG):
        start = time.perf_counter()
        report = lab_history.over_history(
            draft, shipped.ruleset(), replace(policy, lab=replace(policy.lab, history=length))
        )
        took[length] = time.perf_counter() - start
        assert (report["listings"], report["failed"]) == (length, 0)
        assert report["judged"] < length / 500
    each = (took[LONG] - took[SHORT]) / (LONG - SHORT)
    million = took[LONG] + each * (1_000_000 - LONG)
    return [
        Row("stored submissions held against a draft", "submissions/s", 1 / each, GOAL, "10^6 in 60 s"),
        Row("a million of them, extrapolated from both lengths", "s", million, 60, "goal"),
    ]
