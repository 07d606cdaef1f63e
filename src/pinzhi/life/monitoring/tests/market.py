"""A small seeded market as tallies, made directly in integers."""

import numpy as np

from pinzhi.engine.tallies import UNKNOWN, Deliveries, Names, Outcomes, Sales, Stream, Tallies

FIRST = 20_000


def market(
    seed=1,
    listings=30,
    days=150,
    rate=0.03,
    fault=None,
    factor=8.0,
    fault_day=90,
    fault_batch=None,
    streams=(Stream.RETURN,),
):
    """Listings L0…, six merchants, three categories, batch changes every 50 days; `fault` is a listing whose events rise from `fault_day` on."""
    chance = np.random.default_rng(seed)
    sales, outcomes = [], []
    batches = [f"B{i}-{k}" for i in range(listings) for k in range((days - 1) // 50 + 1)]
    wide = (days - 1) // 50 + 1
    for listing in range(listings):
        volume = 0.5 + 3 * ((listing * 7) % 10) / 10
        for day in range(days):
            lines = int(chance.poisson(volume))
            if not lines:
                continue
            batch = listing * wide + day // 50
            sales.append((listing, batch, FIRST + day, lines, lines))
            for stream in streams:
                bad = listing == fault and day >= fault_day and (fault_batch is None or day // 50 == fault_batch)
                hits = chance.binomial(lines, min(rate * (factor if bad else 1), 0.9))
                lags = chance.geometric(0.12, size=hits)
                row = (listing, batch, int(stream), FIRST + day)
                outcomes.extend((*row, FIRST + day + int(lag)) for lag in lags if day + lag < days)
    return tallies_of(sales, outcomes, listings, batches, FIRST + days - 1)


def tallies_of(sales, outcomes, listings, batches, last):
    rows, count = np.unique(np.array(outcomes, dtype=np.int32).reshape(-1, 5), axis=0, return_counts=True)
    s = np.array(sales, dtype=np.int32).reshape(-1, 5)
    index = np.arange(listings, dtype=np.int32)
    zeros = np.zeros(len(rows), np.int8)
    return Tallies(
        names=Names(
            tuple(f"L{i}" for i in range(listings)),
            tuple(f"M{i}" for i in range(6)),
            ("C0", "C1", "C2"),
            tuple(batches),
            index % 6,
            index % 3,
        ),
        sales=Sales(s[:, 0], s[:, 1], s[:, 2], s[:, 3], s[:, 4].astype(np.int64)),
        outcomes=Outcomes(
            listing=rows[:, 0],
            batch=rows[:, 1],
            stream=rows[:, 2].astype(np.int8),
            order_day=rows[:, 3],
            delivery_day=np.full(len(rows), UNKNOWN, np.int32),
            day=rows[:, 4],
            company=zeros,
            bought=zeros,
            before=zeros,
            count=count.astype(np.int32),
        ),
        deliveries=Deliveries(s[:, 0], s[:, 2], s[:, 3]),
        first_day=FIRST,
        last_day=last,
        events=len(sales) + len(outcomes),
    )


def until(tallies, day):
    """The same history as it was known at the end of `day`."""
    s, o = tallies.sales, tallies.outcomes
    mine, known = s.day <= day, o.day <= day
    return Tallies(
        tallies.names,
        Sales(*(getattr(s, f)[mine] for f in ("listing", "batch", "day", "lines", "units"))),
        Outcomes(
            *(
                getattr(o, f)[known]
                for f in (
                    "listing",
                    "batch",
                    "stream",
                    "order_day",
                    "delivery_day",
                    "day",
                    "company",
                    "bought",
                    "before",
                    "count",
                )
            )
        ),
        tallies.deliveries,
        tallies.first_day,
        int(day),
        tallies.events,
    )
