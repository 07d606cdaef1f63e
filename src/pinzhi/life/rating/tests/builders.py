"""Tallies written by hand: a small shop of listings, sales and outcomes."""

import functools
from importlib.resources import files

import numpy as np

from pinzhi.engine.tallies import Deliveries, Names, Outcomes, Sales, Stream, Tallies
from pinzhi.kernel.policy import read_policy
from pinzhi.life.rating.rules.policy import typed_policy


@functools.cache
def standard():
    return typed_policy(read_policy(files("pinzhi.life.rating").joinpath("policy.toml").read_text(encoding="utf-8")))


def shop(sales, outcomes, *, listings, merchant=None, category=None, first_day=1, last_day=400):
    """`sales`: (listing, day, lines); `outcomes`: (listing, Stream, order_day, day, count)."""
    merchant = merchant or [0] * listings
    category = category or [0] * listings
    rows = sorted(sales)
    out = sorted((o[0], int(o[1]), *o[2:]) for o in outcomes)

    def column(values, type_=np.int32):
        return np.array(values, dtype=type_)

    zeros = np.zeros(len(out), np.int8)
    return Tallies(
        names=Names(
            tuple(f"L{i}" for i in range(listings)),
            tuple(f"M{i}" for i in range(max(merchant) + 1)),
            tuple(f"C{i}" for i in range(max(category) + 1)),
            (),
            column(merchant),
            column(category),
        ),
        sales=Sales(
            column([r[0] for r in rows]), column([-1] * len(rows)), column([r[1] for r in rows]),
            column([r[2] for r in rows]), column([r[2] for r in rows], np.int64),
        ),
        outcomes=Outcomes(
            column([o[0] for o in out]), column([-1] * len(out)), column([o[1] for o in out], np.int8),
            column([o[2] for o in out]), column([o[2] for o in out]), column([o[3] for o in out]),
            zeros, zeros, zeros, column([o[4] for o in out]),
        ),
        deliveries=Deliveries(column([r[0] for r in rows]), column([r[1] for r in rows]), column([r[2] for r in rows])),
        first_day=first_day, last_day=last_day, events=len(rows) + len(out),
    )  # fmt: skip


def steady(listing, start, end, per_day, bad_every, stream=Stream.RETURN, lag=5):
    """`per_day` orders on every day in [start, end); every `bad_every`-th order has an outcome `lag` days later (0 = none)."""
    sales, outcomes, sold = [], [], 0
    for day in range(start, end):
        sales.append((listing, day, per_day))
        before, sold = sold, sold + per_day
        bad = sold // bad_every - before // bad_every if bad_every else 0
        if bad:
            outcomes.append((listing, stream, day, day + lag, bad))
    return sales, outcomes


def joined(*parts):
    return [s for p in parts for s in p[0]], [o for p in parts for o in p[1]]


def turning(bad_from=120, bad_until=200, end=420):
    """L0 is good, then every second order comes back, then it is good again; L1 to L5 are good throughout."""
    good = [steady(0, 1, bad_from, 1, 30), steady(0, bad_until, end, 3, 40)]
    bad = [steady(0, bad_from, bad_until, 3, 2)]
    others = [steady(i, 1, end, 3, 60) for i in range(1, 6)]
    sales, outcomes = joined(*good, *bad, *others)
    return shop(sales, outcomes, listings=6, merchant=[0, 1, 1, 2, 2, 3], last_day=end)
