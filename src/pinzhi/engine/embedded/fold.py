"""
Micro-batch folding: from new events to the new state without counting the whole history again.

    fold = Fold(store)
    tallies = fold.advance()      # takes in what was committed since the last time; the same bytes as a full recompute

What an event changes stays within its *knot*: the buyers and orders that are tied together by events. An outcome's sale, delivery and marks depend only on
events of the same buyer or the same order, so the cells of the touched knots are counted twice by the same statements that count the whole history, once
without and once with the new events, and the difference is added to the state. Sale cells are sums. Only when a feed begins to report deliveries, which changes
how all its sales are read, is everything counted again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pinzhi.engine import aggregates, statements
from pinzhi.engine.aggregates import keyed
from pinzhi.engine.embedded.store import FACTS_SCHEMA, EventStore
from pinzhi.engine.intake.columns import SOURCED_SCHEMA
from pinzhi.engine.tallies import Deliveries, Names, Outcomes, Sales, Tallies

_COLUMNS = ["key", "source", "kind", "at", "day", "listing", "merchant", "category", "batch"]
_COLUMNS += ["quantity", "score", "order_id", "buyer_id"]
Shape = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of the dimensions and of the figures."""
_NAMED = ("listing", "merchant", "category", "batch")
_SALES = (("listing", "batch", "day"), ("lines", "units"))
_OUTCOMES = (
    ("listing", "batch", "stream", "order_day", "delivery_day", "day", "company", "bought", "before"),
    ("customers",),
)
_DELIVERIES = (("listing", "day"), ("orders",))
_NOWHERE = -2
"""Listing of the rows that only tell the statements that a feed reports deliveries."""


@dataclass(slots=True)
class Cells:
    """Counts by cell: `keys` (cells × dimensions, sorted, distinct) and `counts` (cells × figures), none of them all zero."""

    keys: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def none(cls, shape: Shape) -> Cells:
        """No cells."""
        return cls(np.zeros((0, len(shape[0])), np.int64), np.zeros((0, len(shape[1])), np.int64))

    @classmethod
    def of(cls, found: dict[str, Any], shape: Shape) -> Cells:
        """From the columns of a statement's answer."""
        keys = np.column_stack([np.asarray(found[n], np.int64) for n in shape[0]])
        return cls(keys, np.column_stack([np.asarray(found[n], np.int64) for n in shape[1]]))

    def plus(self, other: Cells, sign: int = 1) -> Cells:
        """The sum, or with `sign=-1` the difference."""
        if not len(other.keys):
            return self
        keys = np.concatenate([self.keys, other.keys])
        counts = np.concatenate([self.counts, sign * other.counts])
        order = _sorted(keys)
        keys, counts = keys[order], counts[order]
        first = np.append(True, (keys[1:] != keys[:-1]).any(axis=1))
        starts = np.flatnonzero(first)
        summed = np.add.reduceat(counts, starts, axis=0)
        left = (summed != 0).any(axis=1)
        return Cells(keys[starts[left]], summed[left])

    def renumbered(self, column: int, place: NDArray[np.int64]) -> None:
        """Give one dimension new codes of the same order; `place[-1]` stands for -1."""
        self.keys[:, column] = place[self.keys[:, column]]


def _sorted(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of rows by all columns: packed into words of 63 bits, so that few passes are needed."""
    if not len(keys):
        return np.zeros(0, np.int64)
    low = keys.min(axis=0)
    width = [int(w).bit_length() for w in keys.max(axis=0) - low]
    words: list[NDArray[np.int64]] = []
    used = 64
    for column, bits in enumerate(width):
        if used + bits > 63:
            words.append(np.zeros(len(keys), np.int64))
            used = 0
        words[-1] = (words[-1] << bits) | (keys[:, column] - low[column])
        used += bits
    return np.argsort(words[0], kind="stable") if len(words) == 1 else np.lexsort(words[::-1])


@dataclass(slots=True)
class Codes:
    """64-bit keys as small integers in order of arrival; -1 for none. Sorted runs are merged as they grow."""

    runs: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = field(default_factory=list)
    size: int = 0

    def of(self, keys: pa.Array) -> NDArray[np.int64]:
        """The code of each key; new ones are entered."""
        out = np.full(len(keys), -1, np.int64)
        rows = np.flatnonzero(np.asarray(keys.is_valid()))
        if not rows.size:
            return out
        distinct, back = np.unique(np.asarray(keys.drop_null()), return_inverse=True)
        code = np.full(len(distinct), -1, np.int64)
        for known, codes in self.runs:
            place = np.minimum(np.searchsorted(known, distinct), len(known) - 1)
            hit = known[place] == distinct
            code[hit] = codes[place[hit]]
        if (new := np.flatnonzero(code < 0)).size:
            code[new] = np.arange(self.size, self.size + new.size)
            self.size += int(new.size)
            self._enter(distinct[new], code[new])
        out[rows] = code[back]
        return out

    def _enter(self, keys: NDArray[np.int64], codes: NDArray[np.int64]) -> None:
        self.runs.append((keys, codes))
        while len(self.runs) > 1 and len(self.runs[-2][0]) <= 3 * len(self.runs[-1][0]):
            both = [np.concatenate(pair) for pair in zip(*self.runs[-2:], strict=True)]
            order = np.argsort(both[0], kind="stable")
            self.runs[-2:] = [(both[0][order], both[1][order])]


class Grown:
    """A column that grows at its end; doubling, so that appending is cheap."""

    def __init__(self, dtype: Any) -> None:
        self._held: NDArray[Any] = np.empty(1024, dtype)
        self.size = 0

    def add(self, values: NDArray[Any]) -> None:
        """Append."""
        end = self.size + len(values)
        if end > len(self._held):
            bigger = np.empty(max(end, 2 * len(self._held)), self._held.dtype)
            bigger[: self.size] = self._held[: self.size]
            self._held = bigger
        self._held[self.size : end] = values
        self.size = end

    @property
    def all(self) -> NDArray[Any]:
        """What was added so far."""
        return self._held[: self.size]


_EVENT_TYPES = {
    "listing": np.int32,
    "batch": np.int32,
    "kind": np.int8,
    "moment": np.int64,
    "day": np.int32,
    "quantity": np.int32,
    "score": np.int8,
    "source": np.int32,
    "event_key": np.int64,
    "order_key": np.int64,
    "buyer_key": np.int64,
    "order": np.int64,
    "buyer": np.int64,
}


class Fold:
    """The state of one store, brought up to date by `advance`. Not for several threads at once."""

    def __init__(self, store: EventStore) -> None:
        self.store = store
        self._engine = aggregates.connect(threads=1)
        self._begin()

    def _begin(self) -> None:
        self._version = -1
        self._events = {name: Grown(type_) for name, type_ in _EVENT_TYPES.items()}
        self._orders, self._buyers = Codes(), Codes()
        self._sales, self._outcomes = Cells.none(_SALES), Cells.none(_OUTCOMES)
        self._deliveries = Cells.none(_DELIVERIES)
        self._places = {d: np.full(1, -1, np.int64) for d in _NAMED}
        self._names: dict[str, tuple[str, ...]] = dict.fromkeys(_NAMED, ())
        self._sold: set[int] = set()
        self._handed: set[int] = set()
        self._last = np.zeros((0, 4), np.int64)
        self._tallies: Tallies | None = None

    @property
    def events(self) -> int:
        """How many events are folded in."""
        return self._events["kind"].size

    def advance(self) -> Tallies:
        """Take in what the store has got since the last time, and give the state."""
        try:
            facts = self._new_facts()
            if facts is not None:
                self._fold(facts)
            if self._tallies is None:
                self._tallies = self._told()
        except BaseException:
            self._begin()  # half a step is no state: the next time counts everything
            raise
        return self._tallies

    def _new_facts(self) -> pa.Table | None:
        """Facts not folded yet; everything, from the start, where compaction has mixed new with old."""
        paths = self.store.since(self._version)
        version = self.store.version()
        if version == self._version:
            return None
        parts = [pq.read_table(p, columns=_COLUMNS) for p in paths]
        if self.events + sum(p.num_rows for p in parts) != self.store.rows():
            self._begin()
            parts = [pq.read_table(p, columns=_COLUMNS) for p in self.store.paths()]
        self._version = version
        schema = pa.schema([FACTS_SCHEMA.field(c) for c in _COLUMNS])
        facts = pa.concat_tables([p.select(_COLUMNS).cast(schema) for p in parts]) if parts else None
        return facts if facts is not None and facts.num_rows else None

    # --- folding ---------------------------------------------------------------------------------------------------------------------------

    def _fold(self, facts: pa.Table) -> None:
        before = self.events
        self._tallies = None
        self._learn_names(facts)
        new = self._columns(facts)
        for name, values in new.items():
            self._events[name].add(values)
        self._note_owners(facts, new)
        changed = self._feed_changed(new)
        if before == 0 or changed:
            self._all_again()
            return
        self._sales = self._sales.plus(self._answer(statements.SALES, np.arange(before, self.events), _SALES))
        self._outcomes = self._changed(statements.OUTCOMES, self._knot(before), before, self._outcomes, _OUTCOMES)
        orders = self._of_same_orders(before)
        self._deliveries = self._changed(statements.DELIVERIES, orders, before, self._deliveries, _DELIVERIES)

    def _changed(self, statement: str, rows: NDArray[np.int64], before: int, cells: Cells, shape: Shape) -> Cells:
        """The cells after the events from `before` on, where `rows` are all events that bear on what these change."""
        now = self._answer(statement, rows, shape)
        return cells.plus(now.plus(self._answer(statement, rows[rows < before], shape), -1))

    def _all_again(self) -> None:
        rows = np.arange(self.events)
        self._sales = self._answer(statements.SALES, rows, _SALES)
        self._outcomes = self._answer(statements.OUTCOMES, rows, _OUTCOMES)
        self._deliveries = self._answer(statements.DELIVERIES, rows, _DELIVERIES)

    def _feed_changed(self, new: dict[str, NDArray[Any]]) -> bool:
        """Note which feeds sell and which report deliveries; whether one that had sold without now reports them."""
        handed = set(np.unique(new["source"][new["kind"] == 1]).tolist())
        fresh = handed - self._handed
        changed = bool(fresh & self._sold)
        self._handed |= handed
        self._sold |= set(np.unique(new["source"][new["kind"] == 0]).tolist())
        return changed

    def _columns(self, facts: pa.Table) -> dict[str, NDArray[Any]]:
        order_key, buyer_key = keyed(facts.column("order_id")), keyed(facts.column("buyer_id"))
        raw = {d: np.asarray(pc.fill_null(facts.column(d), -1)) for d in ("listing", "batch")}
        return {
            "listing": self._places["listing"][raw["listing"]],
            "batch": self._places["batch"][raw["batch"]],
            "kind": np.asarray(facts.column("kind")),
            "moment": np.asarray(facts.column("at").cast(pa.int64())),
            "day": np.asarray(facts.column("day").cast(pa.int32())),
            "quantity": np.asarray(facts.column("quantity")),
            "score": np.asarray(pc.fill_null(facts.column("score"), 0)),
            "source": np.asarray(facts.column("source")),
            "event_key": np.asarray(facts.column("key")),
            "order_key": np.asarray(pc.fill_null(order_key, 0)),
            "buyer_key": np.asarray(pc.fill_null(buyer_key, 0)),
            "order": self._orders.of(order_key),
            "buyer": self._buyers.of(buyer_key),
        }

    def _knot(self, before: int) -> NDArray[np.int64]:
        """Everything tied to the new events by buyers and orders, so far as outcomes depend on it."""
        order, buyer, kind = (self._events[n].all for n in ("order", "buyer", "kind"))
        orders, buyers = np.zeros(self._orders.size + 1, bool), np.zeros(self._buyers.size + 1, bool)
        orders[order[before:]], buyers[buyer[before:]] = True, True
        while True:
            orders[-1] = buyers[-1] = False
            rows = np.flatnonzero(orders[order] | buyers[buyer])
            more = (~orders[order[rows]] & (order[rows] >= 0)) | (~buyers[buyer[rows]] & (buyer[rows] >= 0))
            if not more.any():
                break
            orders[order[rows]], buyers[buyer[rows]] = True, True
        # of these, what belongs to a buyer or an order to whom anything happened after a sale
        after = rows[kind[rows] >= 2]
        orders[:], buyers[:] = False, False
        orders[order[after]], buyers[buyer[after]] = True, True
        buyers[-1] = False
        orders[order[rows[buyers[buyer[rows]]]]] = True
        orders[-1] = False
        rows = rows[orders[order[rows]] | buyers[buyer[rows]]]
        alone = before + np.flatnonzero((order[before:] < 0) & (buyer[before:] < 0) & (kind[before:] >= 2))
        return np.concatenate([rows, alone])

    def _of_same_orders(self, before: int) -> NDArray[np.int64]:
        """The new sales and deliveries, and the older ones of the same orders."""
        order, kind = self._events["order"].all, self._events["kind"].all
        orders = np.zeros(self._orders.size + 1, bool)
        orders[order[before:]] = True
        orders[-1] = False
        mask = orders[order]
        mask[before:] = True
        return np.flatnonzero(mask & (kind <= 1))

    def _answer(self, statement: str, rows: NDArray[np.int64], shape: Shape) -> Cells:
        """One statement over some of the events, with the feeds known to report deliveries marked as such."""
        if not rows.size:
            return Cells.none(shape)
        whole = rows.size == self.events
        columns = {n: c.all if whole else c.all[rows] for n, c in self._events.items()}
        order, buyer = columns.pop("order"), columns.pop("buyer")
        table = pa.table(
            {n: v for n, v in columns.items() if not n.endswith("r_key")}
            | {
                "order_key": pa.array(columns["order_key"], mask=order < 0),
                "buyer_key": pa.array(columns["buyer_key"], mask=buyer < 0),
            }
        )
        if self._handed and not whole:
            table = pa.concat_tables([table, self._marks(table.schema)])
        self._engine.register("events", table)
        cells = Cells.of(self._engine.execute(statement).fetchnumpy(), shape)
        self._engine.unregister("events")
        real = cells.keys[:, 0] != _NOWHERE
        return cells if real.all() else Cells(cells.keys[real], cells.counts[real])

    def _marks(self, schema: pa.Schema) -> pa.Table:
        """A delivery of nothing for each feed that reports deliveries."""
        sources = sorted(self._handed)
        values: dict[str, Any] = {f.name: pa.array([0] * len(sources), f.type) for f in schema}
        values |= {
            "listing": pa.array([_NOWHERE] * len(sources), pa.int32()),
            "kind": pa.array([1] * len(sources), pa.int8()),
        }
        values |= {"source": pa.array(sources, pa.int32())}
        values |= {n: pa.nulls(len(sources), pa.int64()) for n in ("order_key", "buyer_key")}
        return pa.table(values, schema=schema)

    # --- names -----------------------------------------------------------------------------------------------------------------------------

    def _learn_names(self, facts: pa.Table) -> None:
        """Places of the names in sorted order; where new ones came in between, what is counted already is renumbered."""
        for dimension in _NAMED:
            used = np.flatnonzero(self._places[dimension][:-1] >= 0)
            mine = np.asarray(pc.fill_null(facts.column(dimension), -1))
            both = np.union1d(used, mine[mine >= 0])
            if len(both) == len(used):
                continue
            known = self.store.names(dimension)
            names = known.take(pa.array(both))
            order = np.asarray(pc.sort_indices(names))
            place = np.full(len(known) + 1, -1, np.int64)
            place[both[order]] = np.arange(len(order))
            moved = np.append(place[used[np.argsort(self._places[dimension][used])]], -1)
            self._places[dimension] = place
            self._names[dimension] = tuple(names.take(pa.array(order)).to_pylist())
            self._renumber(dimension, moved)

    def _renumber(self, dimension: str, moved: NDArray[np.int64]) -> None:
        if dimension == "listing":
            for cells in (self._sales, self._outcomes, self._deliveries):
                cells.renumbered(0, moved)
            owners = np.zeros((len(self._names["listing"]), 4), np.int64)
            owners[:, 0] = np.iinfo(np.int64).min
            owners[moved[:-1]] = self._last
            self._last = owners
        elif dimension == "batch":
            for cells in (self._sales, self._outcomes):
                cells.renumbered(1, moved)
        if dimension in ("listing", "batch"):
            column = self._events[dimension].all
            column[:] = moved[column]

    def _note_owners(self, facts: pa.Table, new: dict[str, NDArray[Any]]) -> None:
        """The latest event of each listing says who sells it and in which category (codes of the store)."""
        if not (listing := new["listing"]).size:
            return
        order = np.lexsort((new["event_key"], new["moment"], listing))
        last = order[np.append(listing[order][1:] != listing[order][:-1], True)]
        at = listing[last]
        merchant, category = (np.asarray(facts.column(c)).astype(np.int64) for c in ("merchant", "category"))
        mine = np.column_stack([new["moment"][last], new["event_key"][last], merchant[last], category[last]])
        held = self._last[at]
        later = (mine[:, 0] > held[:, 0]) | ((mine[:, 0] == held[:, 0]) & (mine[:, 1] > held[:, 1]))
        self._last[at[later]] = mine[later]

    # --- state -----------------------------------------------------------------------------------------------------------------------------

    def _told(self) -> Tallies:
        if not self.events:
            return aggregates.tallies(SOURCED_SCHEMA.empty_table())
        day = self._events["day"].all
        small, wide = np.int32, np.int64
        s, o, d = self._sales, self._outcomes, self._deliveries
        ok = {"stream": np.int8, "company": np.int8, "bought": np.int8, "before": np.int8}
        return Tallies(
            names=Names(
                self._names["listing"],
                self._names["merchant"],
                self._names["category"],
                self._names["batch"],
                self._places["merchant"][self._last[:, 2]].astype(small),
                self._places["category"][self._last[:, 3]].astype(small),
            ),
            sales=Sales(*_split(s.keys, small), s.counts[:, 0].astype(small), s.counts[:, 1].astype(wide)),
            outcomes=Outcomes(
                *(o.keys[:, i].astype(ok.get(n, small)) for i, n in enumerate(_OUTCOMES[0])),
                o.counts[:, 0].astype(small),
            ),
            deliveries=Deliveries(*_split(d.keys, small), d.counts[:, 0].astype(small)),
            first_day=int(day.min()),
            last_day=int(day.max()),
            events=self.events,
        )


def _split(keys: NDArray[np.int64], dtype: Any) -> list[NDArray[Any]]:
    return [np.ascontiguousarray(keys[:, i], dtype) for i in range(keys.shape[1])]
