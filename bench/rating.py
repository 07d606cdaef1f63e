"""
The rating beside what platforms commonly do. `python bench/rating.py` prints the tables R1 to R5; `PINZHI_SHARED` names the folder with the real data.

R1 needs Online Retail (2009-2010) and is left out without it; R2 to R5 are simulated, `numpy.random.default_rng(seed)`. Ours are the functions of
`life/rating/rules` under the packaged policy, the peers stand in this file, and both see the same orders of the same run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Deliveries, Names, Outcomes, Sales, Stream, Tallies
from pinzhi.kernel.distributions import normal_quantile
from pinzhi.kernel.policy import read_policy
from pinzhi.life.rating.contracts import State
from pinzhi.life.rating.rules.assessment import assess, replay
from pinzhi.life.rating.rules.evidence import gather
from pinzhi.life.rating.rules.policy import RatingPolicy, typed_policy
from pinzhi.life.rating.rules.posterior import Posterior, listings
from pinzhi.life.rating.rules.prior import grow
from pinzhi.life.rating.rules.states import Case, Memory, step

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
YEAR, WEEK = 365, 7
REAL = "data/online-retail-2009-2010/online_retail_2009_2010.parquet"


class Row(NamedTuple):
    """One figure beside its peer's in `unit`; `better` says which way is good: `low`, `high`, or `near` the number after it."""

    what: str
    unit: str
    ours: float
    peer: float
    peer_is: str
    better: str = "low"


@cache
def policy() -> RatingPolicy:
    """The packaged policy."""
    return typed_policy(read_policy(files("pinzhi.life.rating").joinpath("policy.toml").read_text(encoding="utf-8")))


# --- R1: the next 28 days of real returns ----------------------------------------------------------------------------------------------------


def real_tallies(path: Path) -> Tallies:
    """Online Retail as tallies: goods with a StockCode of five digits and 30 sale lines; an invoice with C is a return."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from pinzhi.engine.aggregates import tallies
    from pinzhi.engine.intake.columns import EVENT_SCHEMA, TIME

    raw = pq.read_table(path)
    code = raw["StockCode"].cast("string")
    raw = raw.filter(pc.and_(pc.match_substring_regex(code, r"^\d{5}"), pc.greater(raw["Price"], 0)))
    back = pc.starts_with(raw["Invoice"].cast("string"), "C")
    raw = raw.filter(pc.or_(back, pc.greater(raw["Quantity"], 0)))
    back, code = pc.starts_with(raw["Invoice"].cast("string"), "C"), raw["StockCode"].cast("string")
    sold = raw.filter(pc.invert(back)).group_by("StockCode").aggregate([("Quantity", "count")])
    often = sold.filter(pc.greater_equal(sold["Quantity_count"], 30))["StockCode"].cast("string")
    keep = pc.is_in(code, value_set=often.combine_chunks())
    raw, back, code = raw.filter(keep), back.filter(keep), code.filter(keep)
    columns = {
        "event_id": [str(i) for i in range(raw.num_rows)],
        "kind": pc.if_else(back, "return", "sale"),
        "at": raw["InvoiceDate"].cast("timestamp[us]").cast(TIME),
        "listing_id": code,
        "merchant_id": ["shop"] * raw.num_rows,
        "category": ["gifts"] * raw.num_rows,
        "quantity": pc.abs(raw["Quantity"]).cast("int32"),
        "buyer_id": raw["Customer ID"].cast("int64", safe=False).cast("string"),
    }
    import pyarrow as pa

    arrays = {f.name: columns.get(f.name, pa.nulls(raw.num_rows, f.type)) for f in EVENT_SCHEMA}
    return tallies(pa.table(arrays, schema=EVENT_SCHEMA))


def _forgetting(half_life: float) -> RatingPolicy:
    return replace(policy(), weights=replace(policy().weights, half_life_days=half_life))


def _estimates(t: Tallies, day: int) -> dict[str, Floats]:
    """Rates of bad orders by what was known on `day`, one per product."""
    plain = gather(t, day, _forgetting(1e6))
    bad, exposure = plain.bad.sum(axis=1), plain.matured
    platform = bad.sum() / exposure.sum()
    # no product is sure to have none: half a return stands in for none at all
    raw = np.divide(np.maximum(bad, 0.5), exposure, out=np.full(len(bad), platform), where=exposure > 0)
    found = {"platform": np.full(len(bad), platform), "raw": np.minimum(raw, 1.0)}
    for name, half in (("EB", 1e6), ("EB 180 days", 180.0), ("EB 90 days", 90.0)):
        found[name] = 1.0 - assess(t, day, _forgetting(half), bounds=False).posterior.mean
    return found


def prequential(t: Tallies) -> dict[str, float]:
    """Poisson deviance per product and period of 28 days: returns of the orders of the next 28 days, predicted from what was known before."""
    total: dict[str, float] = {}
    cells = 0
    n = len(t.names.listings)
    out = t.outcomes
    returns = (out.stream == Stream.RETURN) & (out.order_day >= 0) & (out.day - out.order_day <= 60)
    for day in range(t.first_day + 84, t.last_day - 28 - 60, 28):
        sold = (t.sales.day > day) & (t.sales.day <= day + 28)
        lines = np.bincount(t.sales.listing[sold], weights=t.sales.lines[sold], minlength=n)
        came = returns & (out.order_day > day) & (out.order_day <= day + 28)
        x = np.bincount(out.listing[came], weights=out.count[came], minlength=n)
        use = lines > 0
        cells += int(use.sum())
        rates = _estimates(t, day)
        # the level of the period is common to all and not what is compared: expectations are scaled to its total
        for name, rate in rates.items():
            expected = (rate * lines)[use]
            expected *= x[use].sum() / expected.sum()
            total[name] = total.get(name, 0.0) + _deviance(x[use], expected)
    return {name: value / cells for name, value in total.items()}


def _deviance(x: Floats, expected: Floats) -> float:
    term = np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0) / expected), 0.0)
    return float(2.0 * (term - (x - expected)).sum())


def r1() -> list[Row]:
    """Real returns; empty without the data."""
    path = Path(os.environ.get("PINZHI_SHARED", "")) / REAL
    if not path.is_file():
        return []
    found = prequential(real_tallies(path))
    return [
        Row("R1 deviance, EB 180 days (policy)", "", found["EB 180 days"], found["platform"], "platform rate"),
        Row("R1 deviance, EB 180 days (policy)", "", found["EB 180 days"], found["raw"], "raw rate"),
        Row("R1 deviance, EB 90 days", "", found["EB 90 days"], found["platform"], "platform rate"),
        Row("R1 deviance, EB without decay", "", found["EB"], found["platform"], "platform rate"),
    ]


# --- R2: restricting -------------------------------------------------------------------------------------------------------------------------


class Sellers(NamedTuple):
    """4,000 sellers with a bad share that does not change; `sold` and `bad` by seller and day."""

    share: Floats
    sold: Ints
    bad: Ints


def sellers(seed: int, count: int = 4_000) -> Sellers:
    """Shares Beta(1.8, 10.2) (mean 15 %), volume lognormal with median 0.25 orders a day: half of them never have 20 orders in 60 days."""
    chance = np.random.default_rng(seed)
    share = chance.beta(1.8, 10.2, count)
    volume = np.exp(chance.normal(np.log(0.25), 1.1, count))
    sold = chance.poisson(volume[:, None], (count, YEAR))
    return Sellers(share, sold, chance.binomial(sold, share[:, None]))


class Week(NamedTuple):
    """What is known at the end of a week: decayed independent orders, prior and posterior, and counts for the minimum."""

    day: int
    posterior: Posterior
    orders: Ints
    customers: Ints
    days: Ints


def weeks(of: Sellers, by: RatingPolicy) -> Iterator[Week]:
    """The production rules week by week; outcomes are known at once here, for ours and for the peer."""
    count = len(of.share)
    alone, one = np.arange(count), np.zeros(count, np.int64)
    fade = 0.5 ** (WEEK / by.weights.half_life_days)
    good, bad, squares, weight = (np.zeros(count) for _ in range(4))
    orders, customers, days = (np.zeros(count, np.int64) for _ in range(3))
    for end in range(WEEK, YEAR + 1, WEEK):
        now = slice(end - WEEK, end)
        sold, wrong = of.sold[:, now].sum(axis=1), of.bad[:, now].sum(axis=1)
        good, bad = good * fade + sold - wrong, bad * fade + wrong
        weight, squares = weight * fade + sold, squares * fade**2 + sold
        keep = np.divide(weight, squares, out=np.ones(count), where=squares > 0)
        orders, customers = orders + sold, customers + wrong
        days = days + (of.bad[:, now] > 0).sum(axis=1)
        tree = grow(good * keep, bad * keep, one, alone, by.prior)
        line = np.full(count, by.states.line)
        of_now = listings(good * keep, bad * keep, tree, line, by.grades, by.states, bounds=end in CHECKED)
        yield Week(end, of_now, orders, customers, days)


CHECKED = (91, 182, 364)


class Restricted(NamedTuple):
    """Day of the first restriction (-1: never) and number of changes, per seller."""

    first: Ints
    flips: Ints


def by_rating(known: list[Week], by: RatingPolicy) -> Restricted:
    """States with hysteresis, as in production; corrective actions are taken as done."""
    count = len(known[0].orders)
    memory, first, flips = Memory.fresh(count, 0), np.full(count, -1), np.zeros(count, np.int64)
    for week in known:
        risk = week.posterior
        case = Case(risk.bad_risk, risk.watch_risk, week.orders, week.customers, week.days, np.ones(count, np.bool_))
        later = step(memory, case, week.day, by.states)
        flips += (later.state == State.RESTRICTED) != (memory.state == State.RESTRICTED)
        first[(first < 0) & (later.state == State.RESTRICTED)] = week.day
        memory = later
    return Restricted(first, flips)


def by_rate(of: Sellers, *, line: float, least: int = 20, span: int = 60) -> Restricted:
    """The common rule: bad share of the last 60 days above the line, with at least 20 orders; checked weekly, no memory."""
    count = len(of.share)
    sold, bad = (np.cumsum(np.pad(x, ((0, 0), (span, 0))), axis=1) for x in (of.sold, of.bad))
    on, first, flips = np.zeros(count, np.bool_), np.full(count, -1), np.zeros(count, np.int64)
    for end in range(WEEK, YEAR + 1, WEEK):
        orders = sold[:, end + span - 1] - sold[:, end - 1]
        now = (orders >= least) & (bad[:, end + span - 1] - bad[:, end - 1] > line * orders)
        flips += now != on
        first[(first < 0) & now] = end
        on = now
    return Restricted(first, flips)


def judged(of: Sellers, found: Restricted) -> tuple[float, float, float, float]:
    """(healthy ever restricted %, bad caught %, median day, flips per restricted); healthy below 18 %, bad above 32 % with 30 orders."""
    orders = of.sold.sum(axis=1)
    healthy, bad = (of.share < 0.18) & (orders > 0), (of.share > 0.32) & (orders >= 30)
    ever = found.first >= 0
    median = float(np.median(found.first[bad & ever])) if (bad & ever).any() else float("nan")
    return (
        100.0 * float(ever[healthy].mean()), 100.0 * float(ever[bad].mean()), median,
        float(found.flips[ever].mean()) if ever.any() else 0.0,
    )  # fmt: skip


def r2_and_r5(seeds: tuple[int, ...]) -> list[Row]:
    """Restriction at the policy's threshold and along the frontier, and the coverage of the interval of the same posteriors."""
    entries = sorted({policy().states.enter, 0.7, 0.8, 0.9})
    ours: dict[float, list[tuple[float, ...]]] = {e: [] for e in entries}
    peer, covered, wilson = [], [], []
    for seed in seeds:
        world = sellers(seed)
        known = list(weeks(world, policy()))
        for enter in entries:
            by = replace(policy(), states=replace(policy().states, enter=enter))
            ours[enter].append(judged(world, by_rating(known, by)))
        peer.append(judged(world, by_rate(world, line=policy().states.line)))
        for week in known:
            if week.day in CHECKED:
                truth, of = 1.0 - world.share, week.posterior
                covered.append(float(((of.low <= truth) & (truth <= of.high))[week.orders > 0].mean()))
                wilson.append(_wilson_coverage(world, week.day))
    rows = []
    other = np.mean(peer, axis=0)
    for enter in entries:
        mean = np.mean(ours[enter], axis=0)
        for i, (name, unit, better) in enumerate(
            (("healthy ever restricted", "%", "low"), ("bad caught", "%", "high"), ("median day", "day", "low"),
             ("flips per restricted", "", "low"))
        ):  # fmt: skip
            rows.append(
                Row(
                    f"R2 enter {enter:g}: {name}",
                    unit,
                    float(mean[i]),
                    float(other[i]),
                    "60-day rate, 20 orders",
                    better,
                )
            )
    rows.append(Row("R5 coverage of the 80 % interval", "%", 100 * float(np.mean(covered)), 100 * float(np.mean(wilson)),
                    "Wilson of the raw rate", "near 80"))  # fmt: skip
    return rows


def _wilson_coverage(of: Sellers, day: int) -> float:
    n, x = of.sold[:, :day].sum(axis=1).astype(float), of.bad[:, :day].sum(axis=1).astype(float)
    n, x, truth = n[n > 0], x[n > 0], of.share[n > 0]
    z = float(normal_quantile(0.9))
    middle = (x / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return float((np.abs(middle - truth) <= half).mean())


# --- R3 and R4: buying praise, and being bombed ---------------------------------------------------------------------------------------------


def shop(sales: list[tuple[int, int, int]], outcomes: list[tuple[int, int, int, int, int]], last: int) -> Tallies:
    """`sales`: (listing, day, lines); `outcomes`: (listing, stream, order day, day, customers). One merchant each, one category."""
    s = np.array(sorted(sales), np.int32).reshape(-1, 3)
    o = np.array(sorted(outcomes), np.int32).reshape(-1, 5)
    count = int(s[:, 0].max()) + 1
    index, none, zeros = np.arange(count, dtype=np.int32), np.full(len(o), -1, np.int32), np.zeros(len(o), np.int8)
    names = tuple(f"L{i}" for i in range(count))
    return Tallies(
        Names(names, names, ("C",), (), index, np.zeros(count, np.int32)),
        Sales(s[:, 0], np.full(len(s), -1, np.int32), s[:, 1], s[:, 2], s[:, 2].astype(np.int64)),
        Outcomes(o[:, 0], none, o[:, 1].astype(np.int8), o[:, 2], o[:, 2], o[:, 3], zeros, zeros, zeros, o[:, 4]),
        Deliveries(s[:, 0], s[:, 1], s[:, 2]), 1, last, len(s) + len(o),
    )  # fmt: skip


def market(
    seed: int, start: int = 1, end: int = 101
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int, int, int]]]:
    """Sixty other shops (L1 …) with 2 orders a day, a third of them reviewed, returned with the shop's own share: Beta(1.8, 10.2) as in R2."""
    chance = np.random.default_rng(seed)
    sales, outcomes = [], []
    for listing in range(1, 61):
        share = chance.beta(1.8, 10.2)
        for day in range(start, end):
            sales.append((listing, day, 2))
            returned, reviewed = int(chance.binomial(2, share)), int(chance.binomial(2, 1 / 3))
            if returned:
                outcomes.append((listing, int(Stream.RETURN), day, day + 6, returned))
            if reviewed:
                outcomes.append((listing, int(Stream.REVIEW), day, day + 8, reviewed))
    return sales, outcomes


def fakes_needed(pace: int, seed: int, *, most: int = 2_000) -> tuple[int, float]:
    """
    How many bought orders with five stars, `pace` a day, bring a seller with 30 bad of 100 below the line for leaving; and the share of them recognised.

    The seller's 100 orders lie on days 1 to 100; the fakes are real-looking orders from day 101 on, reviewed the day after.
    """
    sales, outcomes = market(seed, end=101)
    chance = np.random.default_rng(seed + 1)
    bad = set(chance.choice(100, 30, replace=False).tolist())
    for i in range(100):
        sales.append((0, i + 1, 1))
        if i in bad:
            outcomes.append((0, int(Stream.RETURN), i + 1, i + 7, 1))
        elif chance.random() < 1 / 3:
            outcomes.append((0, int(Stream.REVIEW), i + 1, i + 9, 1))
    _out(sales, outcomes, 0, pace)
    low, high = 0, 1
    while high < most and not _out(sales, outcomes, high, pace)[0]:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _out(sales, outcomes, middle, pace)[0] else (middle, high)
    return high, _out(sales, outcomes, high, pace)[1]


def _out(
    sales: list[tuple[int, int, int]], outcomes: list[tuple[int, int, int, int, int]], fakes: int, pace: int
) -> tuple[bool, float]:
    days = -(-fakes // pace)
    bought = [(0, 101 + d, min(pace, fakes - d * pace)) for d in range(days)]
    praise = [(0, int(Stream.REVIEW), day, day + 1, n) for _, day, n in bought]
    # ordinary shops go on meanwhile, and their orders are not what is asked about: only the seller's own are added
    end = 101 + days + 30
    t = shop([*sales, *bought], [*outcomes, *praise], end)
    # the seller's true record must not simply fade away while he buys slowly: it is judged without decay
    found = assess(t, end, _forgetting(1e6), bounds=False)
    recognised = min(float(found.evidence.crowded[0]) / max(fakes, 1), 1.0)
    risk = float(found.posterior.bad_risk[0])
    if fakes == 0 and risk <= policy().states.leave:
        raise ValueError("the seller would leave without any fake")
    return risk <= policy().states.leave, recognised


def r3(seeds: tuple[int, ...]) -> list[Row]:
    """Fakes needed at two paces; the raw rate needs 20 whatever the pace."""
    rows = []
    for pace, name in ((50, "within days"), (10, "10 a day"), (1, "1 a day")):
        found = [fakes_needed(pace, seed) for seed in seeds]
        rows.append(
            Row(
                f"R3 fakes to leave a restriction, {name}",
                "",
                float(np.mean([f[0] for f in found])),
                20.0,
                "raw rate",
                "high",
            )
        )
        rows.append(
            Row(
                f"R3 fakes recognised, {name}",
                "%",
                100 * float(np.mean([f[1] for f in found])),
                0.0,
                "raw rate",
                "high",
            )
        )
    return rows


def r4(seeds: tuple[int, ...]) -> list[Row]:
    """A healthy seller of 300 orders gets 50 malicious one-star reviews in two days: share of runs in which he is restricted, in % of the seeds."""
    rows = []
    for bought in (False, True):
        ours, peer = [], []
        for seed in seeds:
            t = _bombed(seed, bought=bought)
            states = [int(r.memory.state[0]) for r in replay(t, 160, policy())]
            ours.append(max(states) >= State.RESTRICTED)
            peer.append(_sixty_days(t))
        name = "with bought orders" if bought else "without orders"
        rows.append(
            Row(
                f"R4 bombed and restricted, {name}",
                "%",
                100 * float(np.mean(ours)),
                100 * float(np.mean(peer)),
                "60-day rate, 20 orders",
            )
        )
    return rows


def _bombed(seed: int, *, bought: bool) -> Tallies:
    sales, outcomes = market(seed, end=131)
    sales += [(0, day, 3) for day in range(1, 101)]
    chance = np.random.default_rng(seed + 1)
    for day in range(1, 101):
        good = int(chance.binomial(3, 1 / 3))
        if good:
            outcomes.append((0, int(Stream.REVIEW), day, day + 8, good))
        if chance.random() < 0.1:
            outcomes.append((0, int(Stream.RETURN), day, day + 6, 1))
    if bought:
        sales += [(0, 108, 25), (0, 109, 25)]
    for day in (112, 113):
        order = day - 4 if bought else -1
        outcomes += [(0, int(s), order, day, 25) for s in (Stream.REVIEW, Stream.BAD_REVIEW)]
    return shop(sales, outcomes, 170)


def _sixty_days(t: Tallies) -> bool:
    """Whether the common rule (returns and one-star reviews over orders of 60 days) ever restricts L0 after the attack."""
    bad = np.isin(t.outcomes.stream, (int(Stream.RETURN), int(Stream.BAD_REVIEW))) & (t.outcomes.listing == 0)
    mine = t.sales.listing == 0
    for day in range(114, 161, WEEK):
        orders = t.sales.lines[mine & (t.sales.day > day - 60) & (t.sales.day <= day)].sum()
        wrong = t.outcomes.count[bad & (t.outcomes.day > day - 60) & (t.outcomes.day <= day)].sum()
        if orders >= 20 and wrong > policy().states.line * orders:
            return True
    return False


def run(seeds: int = 5) -> list[Row]:
    """All figures."""
    chosen = tuple(range(seeds))
    return [*r1(), *r2_and_r5(chosen), *r3(chosen), *r4(chosen)]


def main() -> None:
    """Print the table."""
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        print(
            f"{row.what:<48} {row.ours:>9.3f} {row.unit:<4} peer {row.peer:>9.3f}  ({row.peer_is}; {row.better} is good)"
        )


if __name__ == "__main__":
    main()
