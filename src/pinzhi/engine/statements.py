"""
The aggregates, each written once, in a small subset of SQL that both the embedded and the distributed engine run with the same answer.

The subset: select, where, case, count, sum, min, max, group by, inner and left join on equality, union all, row_number with a total order,
max/min over a partition with a running frame. Nothing whose meaning differs between engines or is lost in translation (no ordered list aggregates, no
ASOF join, no quantiles, no floating point).

Input: a relation `events` with one row per distinct event and the columns

    listing int, batch int (-1 = none), kind int (position in KINDS), moment bigint (microseconds UTC), day int (days since 1970-01-01 in China),
    quantity int, score int (0 = none), source int, event_key bigint, order_key bigint or null, buyer_key bigint or null

Keys are 64-bit hashes (`intake.twins.hashes`). Orders and buyers are only ever compared within one listing, where two of them sharing a hash by chance is
less likely than 1 in 10^9 for 20 million events; events themselves are told apart by their real ids before they get here. The total order of events
is (moment, event_key): fixed, and the same for files, for the store, and for any engine.
"""

from __future__ import annotations

PLACED = """
with silent as (
    -- feeds without deliveries: there the sale stands for its delivery
    select source from events group by source having sum(case when kind = 1 then 1 else 0 end) = 0
),
sales as (
    select listing, batch, moment, day, source, event_key, order_key, buyer_key from events where kind = 0
),
by_order as (
    select listing, order_key, moment, day, batch, source from (
        select s.*, row_number() over (partition by listing, order_key order by moment, event_key) as place
        from sales s where order_key is not null
    ) x where place = 1
),
by_buyer as (
    select listing, buyer_key, moment, day, batch, source, order_key from (
        select s.*, row_number() over (partition by listing, buyer_key, moment order by event_key) as place
        from sales s where buyer_key is not null
    ) x where place = 1
),
delivered_order as (
    select listing, order_key, min(day) as day from events
    where kind = 1 and order_key is not null group by listing, order_key
),
running as (
    select e.*,
        case when buyer_key is null then null
             else max(case when kind = 0 then moment end) over w end as bought_at,
        case when buyer_key is null then null
             else max(case when kind = 1 then moment end) over w end as handed_at,
        case when buyer_key is null then null
             else max(case when kind = 1 then day end) over w end as handed_day
    from events e
    window w as (partition by listing, buyer_key order by moment range between unbounded preceding and current row)
),
outcome as (
    select r.listing, r.kind, r.day, r.moment, r.source, r.event_key, r.score, r.buyer_key, r.batch as own_batch,
        r.handed_at, r.handed_day,
        case when o.moment is not null then o.moment else b.moment end as sale_at,
        case when o.moment is not null then o.day else b.day end as sale_day,
        case when o.moment is not null then o.batch else b.batch end as sale_batch,
        case when o.moment is not null then o.source else b.source end as sale_source,
        case when o.moment is not null then r.order_key when b.order_key is not null then b.order_key else r.order_key end as sale_order
    from running r
    left join by_order o on o.listing = r.listing and o.order_key = r.order_key
    left join by_buyer b on b.listing = r.listing and b.buyer_key = r.buyer_key and b.moment = r.bought_at
    where r.kind >= 2
),
placed as (
    select x.listing, x.kind, x.day, x.moment, x.source, x.event_key, x.score, x.buyer_key,
        case when x.own_batch >= 0 then x.own_batch when x.sale_batch is not null then x.sale_batch else -1 end as batch,
        case when x.sale_day is not null then x.sale_day else -1 end as order_day,
        case when d.day is not null then d.day
             when x.handed_at is not null and (x.sale_at is null or x.handed_at >= x.sale_at)
                 then x.handed_day
             when s.source is not null then x.sale_day
             else -1 end as delivery_day
    from outcome x
    left join delivered_order d on d.listing = x.listing and d.order_key = x.sale_order
    left join silent s on s.source = x.sale_source
),
streamed as (
    select p.*, case kind when 2 then 0 when 3 then 1 when 4 then 3 when 5 then 4 when 6 then 5 else 6 end as stream from placed p
    union all
    select p.*, 2 as stream from placed p where kind = 3 and score in (1, 2)
),
customers as (
    -- customers, not lines: one buyer's events of one stream on one listing and day count once, placed by the first of them
    select listing, batch, stream, order_day, delivery_day, day, buyer_key from (
        select t.*, row_number() over (
            partition by listing, stream, day, buyer_key order by moment, event_key) as place
        from streamed t
    ) x where place = 1 or buyer_key is null
),
beside as (
    -- for how many listings the same buyer did the same on the same day, and how often he had done it before
    select buyer_key, stream, day, count(*) as company from customers where buyer_key is not null group by buyer_key, stream, day
),
earlier as (
    select buyer_key, stream, day, company,
        sum(company) over (partition by buyer_key, stream order by day range between unbounded preceding and current row) - company as times
    from beside
),
basket as (
    select buyer_key, day, count(*) as lines from events where kind = 0 and buyer_key is not null group by buyer_key, day
),
counted as (
    -- lines bought before each day on which the buyer did something
    select buyer_key, stream, day, company, times,
        sum(lines) over (partition by buyer_key order by day, step range between unbounded preceding and current row) as lines, step
    from (
        select buyer_key, stream, day, company, times, 0 as lines, 0 as step from earlier
        union all
        select buyer_key, -1 as stream, day, 0 as company, 0 as times, lines, 1 as step from basket
    ) x
),
marked as (
    select c.listing, c.batch, c.stream, c.order_day, c.delivery_day, c.day,
        case when k.company is null then 0 when k.company > 12 then 12 else k.company end as company,
        case when k.lines is null then 0 else k.lines end as lines,
        case when k.times is null then 0 else k.times end as times
    from customers c
    left join counted k on k.step = 0 and c.stream <> 1 and c.stream <> 6 and k.buyer_key = c.buyer_key and k.stream = c.stream and k.day = c.day
)
"""

MAGNITUDE = "case " + " ".join(f"when {{0}} < {2**n} then {n}" for n in range(12)) + " else 12 end"
"""A count as its number of binary digits: 0, 1, 2-3, 4-7, …, at most 12."""

OUTCOMES = (
    PLACED
    + f"""
select listing, batch, stream, order_day, delivery_day, day, company, bought, before, count(*) as customers
from (
    select m.*, {MAGNITUDE.format("lines")} as bought, {MAGNITUDE.format("times")} as before from marked m
) x
group by listing, batch, stream, order_day, delivery_day, day, company, bought, before
order by listing, batch, stream, order_day, delivery_day, day, company, bought, before
"""
)
"""Outcome cells, see `tallies.Outcomes`."""

SALES = """
select listing, batch, day, count(*) as lines, sum(quantity) as units
from events where kind = 0
group by listing, batch, day
order by listing, batch, day
"""
"""Sale cells, see `tallies.Sales`."""

DELIVERIES = """
with silent as (
    select source from events group by source having sum(case when kind = 1 then 1 else 0 end) = 0
),
handed as (
    select e.listing, e.day, e.order_key from events e where e.kind = 1
    union all
    select e.listing, e.day, e.order_key from events e inner join silent s on s.source = e.source where e.kind = 0
),
lines as (
    select listing, min(day) as day from handed where order_key is not null group by listing, order_key
    union all
    select listing, day from handed where order_key is null
)
select listing, day, count(*) as orders from lines group by listing, day order by listing, day
"""
"""Delivery cohorts, see `tallies.Deliveries`: distinct (order, listing) on its first delivery; a line without an order counts itself."""
