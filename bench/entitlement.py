"""
What a buyer is owed, over the decided cases of the room, and the clocks of a complaint of thirty steps. `python -m bench entitlement`.

Processor time of one core, best of 7 runs: the machine is shared. Beside the goal of the plan: 1,000 complaints a second on two cores, so 500 on one.
"""

from __future__ import annotations

import timeit
import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from time import process_time

from bench.ledger import Row

from pinzhi.law.tables import official, statutes
from pinzhi.life.complaints.rules.clocks import CHINA, Step, clocks
from pinzhi.life.complaints.rules.entitlement import Case, entitle, read_case
from pinzhi.life.complaints.tables import clock_rules, entitlement_rules, packaged_policy

GOAL = 500
ORDER = {"id": "o1", "price": "100.00", "paid_at": "2026-06-01", "received_on": "2026-06-03"}


def decided() -> list[Case]:
    """The cases of `data/golden`, read."""
    folder = files("pinzhi.life.complaints").joinpath("data", "golden")
    given = [
        c["given"]
        for f in folder.iterdir()
        if f.name.endswith(".toml")
        for c in tomllib.loads(f.read_text("utf-8"))["case"]
    ]
    return [read_case({"complaint_on": "2026-06-05", **g, "order": {**ORDER, **g.get("order", {})}}) for g in given]


def log() -> list[Step]:
    """A long complaint: a question, a laboratory, a dispute, the authority."""
    begin = datetime(2026, 5, 6, 9, tzinfo=CHINA)
    kinds = [
        "submitted", "acknowledged", "graded_severe", "person_named", "sent_to_merchant", "asked_consumer", "consumer_answered",
        "merchant_answered", "sent_to_laboratory", "laboratory_reported", "proposed", "disputed", "asked_consumer",
        "consumer_answered", "decided", "return_requested", "return_arranged", "returned_goods_received", "refunded",
        "regulator_received", "regulator_accepted", "sent_to_laboratory", "laboratory_reported", "clue_found", "clue_exported",
        "clue_check_extended", "clue_checked", "mediation_ended", "mediation_told", "closed",
    ]  # fmt: skip
    return [Step(begin + 7 * i * timedelta(hours=1), kind) for i, kind in enumerate(kinds)]


def run() -> list[Row]:
    """Cases and logs a second."""
    rules, law, calendar, cases, steps = entitlement_rules(), statutes(), official(), decided(), log()
    ours = min(
        timeit.repeat(lambda: [entitle(c, rules, law, calendar) for c in cases], number=1, repeat=7, timer=process_time)
    )
    table, figures, now = clock_rules(), packaged_policy().clocks, steps[-1].at
    assert len(clocks(steps, table, figures, law, calendar, now)) >= 15
    read = min(
        timeit.repeat(
            lambda: clocks(steps, table, figures, law, calendar, now), number=100, repeat=7, timer=process_time
        )
    )
    return [
        Row(f"owed and due, {len(cases)} decided cases", "cases/s", len(cases) / ours, GOAL, "goal, one core"),
        Row("every clock of a log of 30 steps", "logs/s", 100 / read, GOAL, "goal, one core"),
    ]
