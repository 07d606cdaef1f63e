"""Copied codes: single stories by hand, and markets with hidden parameters."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.tracing.rules.clones import CloneWatch, Seen

T0 = datetime(2026, 5, 1, 8, tzinfo=UTC)


def sale(day, buyer="P", region="浙江", code="C", batch=""):
    return Seen(code, T0 + timedelta(days=day), True, buyer, region, batch)


def scan(day, buyer, region, code="C", batch=""):
    return Seen(code, T0 + timedelta(days=day), False, buyer, region, batch)


def background(watch, codes=300):
    """An ordinary market: every code sold and scanned by its buyer at home, in ten regions."""
    for i in range(codes):
        region = f"省{i % 10}"
        for event in (sale(0, f"P{i}", region, f"G{i}"), scan(1, f"P{i}", region, f"G{i}")):
            assert watch.take(event) is None


def raised(watch, events):
    return [found for e in events if (found := watch.take(e))]


def test_strangers_in_many_regions_are_copies():
    watch = CloneWatch()
    background(watch)
    found = raised(watch, [sale(0), *(scan(3 + i, f"X{i}", f"省{i}") for i in range(5))])
    assert len(found) == 1
    assert found[0].scans <= 4
    assert found[0].at == T0 + timedelta(days=2 + found[0].scans)
    text = found[0].sentence()
    assert text.zh.startswith(f"{found[0].scans} 次扫码来自 {found[0].devices} 个设备、{len(found[0].regions)} 个地区")
    assert "售往 浙江" in text.zh
    assert "sold to 浙江" in text.en


@pytest.mark.parametrize(
    "events",
    [
        [sale(0), *(scan(i, "P", "浙江") for i in range(1, 30))],
        [sale(0), scan(1, "P", "浙江"), scan(9, "P", "海南"), scan(12, "P", "云南"), scan(15, "P", "四川")],
        [sale(0), scan(1, "P", "浙江"), scan(5, "friend", "上海")],
        [sale(0), *(scan(i, f"visitor{i}", "浙江") for i in range(1, 5))],
        [scan(-3, "shop", "浙江"), sale(0), scan(1, "P", "浙江")],
    ],
    ids=["buyer again and again", "buyer travels", "a gift", "lies open at home", "scanned in the shop"],
)
def test_ordinary_lives_are_not(events):
    watch = CloneWatch()
    background(watch)
    assert raised(watch, events) == []


def test_scanned_elsewhere_before_it_was_sold():
    """What counts is known only when the sale arrives; then it counts."""
    watch = CloneWatch()
    background(watch)
    found = raised(watch, [scan(-9, "A", "省1"), scan(-5, "B", "省2"), sale(0), scan(2, "P", "浙江")])
    assert [f.early for f in found] == [2]
    assert "售出前已在其他地区被扫 2 次" in found[0].sentence().zh


def test_each_code_is_raised_once():
    watch = CloneWatch()
    assert len(raised(watch, [sale(0), *(scan(1 + i, f"X{i}", f"R{i}") for i in range(40))])) == 1


def test_without_devices_and_regions_nothing_is_said():
    watch = CloneWatch()
    assert raised(watch, [scan(i, "", "") for i in range(100)]) == []


def test_another_copied_code_of_the_batch_weighs_more():
    """The same scans of one more code: its odds are higher where five codes of its batch were raised before."""

    def odds(batch):
        watch = CloneWatch()
        background(watch)
        for n in range(5):
            events = [
                sale(0, f"S{n}", "浙江", f"K{n}", "B1"),
                *(scan(1 + i, f"K{n}{i}", f"省{i}", f"K{n}", "B1") for i in range(6)),
            ]
            assert len(raised(watch, events)) == 1
        (found,) = raised(
            watch, [sale(9, batch=batch), *(scan(10 + i, f"X{i}", f"省{i}", batch=batch) for i in range(9))]
        )
        return found.odds / found.e_value

    assert odds("B1") > 5 * odds("")
    assert odds("B2") < odds("B1")


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 3), st.integers(0, 3)), max_size=60))
def test_deterministic_and_finite(rows):
    events = [
        Seen(f"C{c}", T0 + timedelta(hours=n), s, f"P{b}" if b else "", f"R{r}" if r else "", "")
        for n, (c, s, b, r) in enumerate(rows)
    ]
    first, second = CloneWatch(), CloneWatch()
    assert raised(first, events) == raised(second, events)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3), st.integers(0, 5)), max_size=80),
    st.sets(st.integers(0, 80)),
)
def test_a_watch_that_stops_and_goes_on_from_what_was_kept_is_one_that_never_stopped(rows, stops):
    """At every stop a new watch is given what was learnt from all, and only those codes and batches that come up before the next stop."""
    events = [
        Seen(f"C{c}", T0 + timedelta(hours=n), s, f"P{b}" if b else "", f"R{r}" if r else "", f"B{c % 2}" if c else "")
        for n, (c, s, b, r) in enumerate(rows)
    ]
    want = raised(CloneWatch(), events)
    shared, codes, batches, got = b"", {}, {}, []
    cuts = sorted({0, *(s for s in stops if s < len(events)), len(events)})
    for first, end in pairwise(cuts):
        part = events[first:end]
        watch = CloneWatch()
        here, of = {e.code for e in part}, {e.batch for e in part}
        watch.remember(
            shared, [(c, codes[c]) for c in here & codes.keys()], [(b, *batches[b]) for b in of & batches.keys()]
        )
        got += raised(watch, part)
        shared = watch.shared()
        codes |= {c: watch.code(c) for c in here}
        batches |= {b: watch.batch(b) for b in of}
    assert got == want


def test_what_is_remembered_of_a_raised_code_does_not_raise_it_again():
    watch = CloneWatch()
    assert len(raised(watch, [sale(0), *(scan(1 + i, f"X{i}", f"R{i}") for i in range(40))])) == 1
    again = CloneWatch()
    again.remember(watch.shared(), [("C", watch.code("C"))], [])
    assert again.sold("C")
    assert raised(again, [scan(50 + i, f"Y{i}", f"R{i}") for i in range(40)]) == []
