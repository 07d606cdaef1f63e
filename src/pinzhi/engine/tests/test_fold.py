"""The folded state is the recomputed one, bit for bit, however the events come."""

import dataclasses
import tempfile

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.engine import aggregates
from pinzhi.engine.embedded.fold import Cells, Fold
from pinzhi.engine.embedded.store import EventStore
from pinzhi.engine.intake import EVENT_SCHEMA
from pinzhi.engine.tests.test_aggregates import EVENTS, built, days, row, table


def append(store, rows):
    for source in sorted({r["source"] for r in rows}):
        mine = [r for r in rows if r["source"] == source]
        store.append(pa.Table.from_pylist(mine, schema=EVENT_SCHEMA), source=source)


def same(a, b):
    for field in dataclasses.fields(a):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if dataclasses.is_dataclass(left):
            same(left, right)
        elif isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, field.name
            assert left.tobytes() == right.tobytes(), field.name
        else:
            assert left == right, field.name


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.lists(st.integers(0, 25), max_size=4), st.randoms(use_true_random=False), st.booleans())
def test_any_split_and_order_gives_the_recomputed_state(drawn, cuts, chance, compacting):
    rows = built(drawn)
    chance.shuffle(rows)
    with tempfile.TemporaryDirectory() as folder:
        store = EventStore(folder)
        fold = Fold(store)
        edges = [0, *sorted(min(c, len(rows)) for c in cuts), len(rows)]
        for start, end in zip(edges, edges[1:], strict=False):
            append(store, rows[start:end])
            if compacting and chance.random() < 0.3:
                store.compact()
            same(fold.advance(), aggregates.tallies(table(rows[:end])))


def test_a_late_sale_moves_what_was_placed_without_it(tmp_path):
    store = EventStore(tmp_path)
    fold = Fold(store)
    append(store, [row(1, "return", order_id="o1", buyer_id="b", at=days(9))])
    assert fold.advance().outcomes.order_day.tolist() == [-1]
    append(store, [row(2, "sale", order_id="o1", buyer_id="b", batch_id="B7")])
    told = fold.advance()
    assert (told.outcomes.batch.tolist(), told.outcomes.count.tolist()) == ([0], [1])
    assert told.outcomes.order_day.tolist() == told.outcomes.delivery_day.tolist() == [told.first_day]
    append(store, [row(3, "delivery", "L2", order_id="o9", at=days(2))])
    assert fold.advance().outcomes.delivery_day.tolist() == [-1]  # the feed reports deliveries after all


def test_nothing_new_gives_the_same_object_and_another_process_is_seen(tmp_path):
    store = EventStore(tmp_path)
    fold = Fold(store)
    assert fold.advance().events == 0
    append(EventStore(tmp_path), [row(1, "sale")])
    first = fold.advance()
    assert (first.events, fold.advance() is first) == (1, True)


def test_cells_add_and_vanish():
    shape = (("a", "b"), ("n",))
    one = Cells.of({"a": [0, 1], "b": [-1, 2**40], "n": [1, 2]}, shape)
    both = one.plus(Cells.of({"a": [0, -1], "b": [-1, 3], "n": [4, 1]}, shape))
    assert both.keys.tolist() == [[-1, 3], [0, -1], [1, 2**40]]
    assert both.counts.ravel().tolist() == [1, 5, 2]
    assert both.plus(both, -1).keys.size == 0
