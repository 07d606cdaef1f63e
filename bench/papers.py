"""
Document numbers: one number read (shape, check digit, region, year, normal form), beside python-stdnum's `is_valid` in the same run. `python -m bench papers`.

Ours does more than the peer (parts, year, region, normal form); kinds without a peer stand beside the goal of 2 us. Processor time, best
of 40 runs of 1,000 reads: the machine is shared.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from functools import partial
from time import process_time

from bench.ledger import Row
from stdnum import ean
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from pinzhi.life.admission.tables import book

GOAL = 500_000
"""Numbers a second: 2 us each."""
READ: tuple[tuple[str, str, Callable[[str], bool] | None], ...] = (
    ("uscc", "91110000600037341L", uscc.is_valid),
    ("sc", "SC11464010500015", lambda v: bool(mod_11_10.is_valid(v[2:]))),
    ("gtin", "6901234567892", ean.is_valid),
    ("standard", "GB/T 14272-2021", None),
    ("cosmetics", "浙G妆网备字2023001147", None),
    ("device", "国械注准20193140123", None),
    ("ccc", "2019010902240555", None),
)


def a_second(call: Callable[[], object]) -> float:
    """Calls a second, the best of 40."""
    return 1000 / min(timeit.repeat(call, number=1000, repeat=40, timer=process_time))


def run() -> list[Row]:
    """One row per kind."""
    table = book()
    known = table.known(2026)
    rows = []
    for kind, value, peer in READ:
        assert table.read(kind, value, known).valid
        ours = a_second(partial(table.read, kind, value, known))
        theirs = a_second(partial(peer, value)) if peer else GOAL
        rows.append(Row(f"{kind} {value}", "numbers/s", ours, theirs, "python-stdnum" if peer else "goal"))
    return rows
