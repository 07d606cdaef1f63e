"""What destinations and the covered code say of copied codes: golden cases, properties, and markets without either, which are judged as before."""

import math
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.chain.coverage import Happened
from pinzhi.life.tracing.rules.chain.destinations import destinations
from pinzhi.life.tracing.rules.chain.mentions import Part
from pinzhi.life.tracing.rules.clones import CloneRules, CloneWatch, Seen
from pinzhi.life.tracing.rules.clones_further import Covered
from pinzhi.life.tracing.rules.policy import typed_policy

T0 = datetime(2026, 5, 1, 8, tzinfo=UTC)
POLICY = files("pinzhi.life.tracing").joinpath("policy.toml").read_text("utf-8")
FURTHER = typed_policy(read_policy(POLICY)).clones
CASES = tomllib.loads(files("pinzhi.life.tracing").joinpath("tests/cases/clones.toml").read_text("utf-8"))["case"]


def event(day, what, device, region, code="C", batch="B"):
    covered = Covered(what) if what in set(Covered) else None
    return Seen(code, T0 + timedelta(days=day), what == "sale", device, region, batch, covered)


def watch(further=FURTHER):
    """A watch that has seen an ordinary market."""
    made = CloneWatch(CloneRules(further=further))
    for n in range(10):
        made.ship("G", f"省{n}")
    for n in range(300):
        region = f"省{n % 10}"
        for what in ("sale", "scan"):
            assert made.take(event(0, what, f"P{n}", region, f"G{n}", "G")) is None
    return made


def raised(made, events):
    return [found for e in events if (found := made.take(e))]


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_golden_cases(case):
    made = watch()
    for region in case["sent"]:
        made.ship("B", region)
    *earlier, last = [event(*e) for e in case["events"]]
    found = raised(made, earlier)
    before = made._codes["C"].log_e if earlier else 0.0
    found += raised(made, [last])
    assert round(math.exp(made._codes["C"].log_e - before), 3) == case["ratio"]
    assert bool(found) is case["raised"]
    assert case["because"]


def test_the_record_of_why_names_every_term_in_both_languages():
    made = watch()
    for region in ("浙江", "上海"):
        made.ship("B", region)
    typed = [(0, "owned", "P", "浙江"), (1, "scan", "P", "浙江"), (2, "wrong", "W", "浙江"), (3, "again", "A", "省1")]
    (found,) = raised(made, [event(*e) for e in typed])
    assert found.evidence() == {
        "e_value": found.evidence()["e_value"],
        "odds": found.evidence()["odds"],
        "devices": 3,
        "regions": ["浙江", "省1"],
        "sold_in": "",
        "before_sale_elsewhere": 0,
        "within_hours": 0,
        "batch": "B",
        "never_shipped_to": ["省1"],
        "activated": True,
        "strangers_after_activation": 1,
        "activated_again_by_others": 1,
        "devices_with_a_wrong_covered_code": 1,
        "scans_by_the_owner": 1,
    }
    text = found.sentence()
    assert "1 次扫码来自本批货品从未发往的地区（省1），窜货也可能造成这种情况" in text.zh
    assert (
        "所有权激活后，又有 1 个陌生设备在其他地区扫码，激活后，另有 1 个设备输入了正确的刮刮码，1 个设备输入过错误的刮刮码"
        in text.zh
    )
    assert (
        "scans in regions that nothing of the batch was sent to: 1 (省1), which diverted goods would explain too"
        in text.en
    )
    assert (
        "strangers elsewhere after its ownership was activated: 1; other devices that typed the right covered code after that: 1"
        in text.en
    )
    assert "further scans by the owner, which speak for one piece and are weighed: 1" in text.en


BATCH_OF = {0: "", 1: "B1", 2: "B2", 3: "B1"}
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["scan", "sale", "owned", "again", "wrong"]),
        st.integers(0, 3),
        st.integers(0, 5),
    ),
    max_size=60,
)
SENT = st.lists(st.tuples(st.sampled_from(["B1", "B2"]), st.integers(0, 5)), max_size=8)


def events_of(rows):
    return [
        event(n / 8, what, f"P{who}" if who else "", f"R{where}" if where else "", f"C{code}", BATCH_OF[code])
        for n, (code, what, who, where) in enumerate(rows)
    ]


@given(ROWS, SENT)
def test_unknown_destinations_are_no_evidence(rows, sent):
    """Whatever else was sent where: as soon as something of every batch went nobody knows where, all is as if nothing was known."""
    known, unknown = CloneWatch(CloneRules(further=FURTHER)), CloneWatch(CloneRules(further=FURTHER))
    for batch, region in sent:
        unknown.ship(batch, f"R{region}" if region else "")
    for batch in ("B1", "B2"):
        unknown.ship(batch, "")
    assert raised(unknown, events_of(rows)) == raised(known, events_of(rows))


@given(ROWS, SENT, st.randoms(use_true_random=False))
def test_the_order_of_shipments_and_how_often_they_are_told_changes_nothing(rows, sent, chance):
    first, second = CloneWatch(CloneRules(further=FURTHER)), CloneWatch(CloneRules(further=FURTHER))
    again = [*sent, *sent[:3]]
    chance.shuffle(again)
    for made, told in ((first, sent), (second, again)):
        for batch, region in told:
            made.ship(batch, f"R{region}" if region else "")
    assert raised(first, events_of(rows)) == raised(second, events_of(rows))


@given(ROWS, st.integers(0, 60))
def test_a_device_that_types_wrongly_once_more_says_nothing_more(rows, where):
    """A wrong covered code by a device that typed one before, put in anywhere after it: as if it had not been."""
    events = events_of(rows)
    wrong = [n for n, e in enumerate(events) if e.covered is Covered.WRONG and e.buyer]
    if not wrong:
        return
    at = wrong[where % len(wrong)]
    if any(e.code == events[at].code and e.covered is Covered.OWNED for e in events):
        return  # a right one after a wrong one takes the slip back: that order matters
    twice = [*events[: at + 1], events[at], *events[at + 1 :]]
    assert raised(CloneWatch(CloneRules(further=FURTHER)), twice) == raised(
        CloneWatch(CloneRules(further=FURTHER)), events
    )


@given(ROWS, SENT, st.integers(0, 60))
def test_a_watch_that_stops_and_is_told_the_destinations_anew_is_one_that_never_stopped(rows, sent, stop):
    events = events_of(rows)
    cut = min(stop, len(events))

    def told():
        made = CloneWatch(CloneRules(further=FURTHER))
        for batch, region in sent:
            made.ship(batch, f"R{region}" if region else "")
        return made

    want = raised(told(), events)
    first = told()
    got = raised(first, events[:cut])
    second = told()
    codes = {e.code for e in events[:cut]}
    second.remember(
        first.shared(),
        [(c, first.code(c)) for c in codes],
        [(b, *first.batch(b)) for b in ("B1", "B2") if first.batch(b)[1]],
    )
    for e in events[:cut]:  # and the sales, as the search tells them from the store
        if e.sale and e.region and e.batch:
            second.ship(e.batch, e.region, sale=True)
    got += raised(second, events[cut:])
    assert got == want


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 3), st.integers(0, 5)), max_size=60))
def test_without_destinations_and_covered_codes_the_figures_of_both_change_nothing(rows):
    events = events_of([(c, "sale" if s else "scan", b, r) for c, s, b, r in rows])
    assert raised(CloneWatch(CloneRules(further=FURTHER)), events) == raised(CloneWatch(), events)


def test_a_sale_makes_no_destination_known_and_adds_its_region_to_those_that_are():
    made = CloneWatch(CloneRules(further=FURTHER))
    made.take(event(0, "sale", "P", "R1", "C1"))
    assert made._went.known("B", "R2") is None
    made.ship("B", "R2")
    assert made._went.known("B", "R1") == {"R1", "R2"}


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("unshipped", [0.0, 60.0]), ("unshipped", [0.05]), ("again", [0.3, 0.0]), ("owner", 1.0), ("wrong_copies", 0.0),
        ("unshipped_most", 0.5), ("unshipped_least", 2.0),
    ],
)  # fmt: skip
def test_figures_that_make_no_sense_are_refused_by_name(entry, value):
    with pytest.raises(RefusedError) as no:
        typed_policy(read_policy(POLICY, {"clones": {entry: value}}))
    assert (no.value.refusal.code, no.value.refusal.field) == ("policy_entry_range", f"clones.{entry}")


# --- what events say of where goods went --------------------------------------------------------------------------------------------------


def happened(*steps):
    return [Happened(T0 + timedelta(hours=n), step, "", place, Part.OBJECT) for n, (step, place) in enumerate(steps)]


@pytest.mark.parametrize(
    ("steps", "counted", "want"),
    [
        ([("commissioning", "F")], False, []),
        ([("commissioning", "F"), ("shipping", "F"), ("receiving", "W")], False, [(2, "W")]),
        ([("shipping", "F"), ("receiving", "W"), ("shipping", "W")], False, [(1, "W"), (2, "")]),
        ([("shipping", "F"), ("receiving", "W"), ("retail_selling", "S")], False, [(1, "W"), (2, "S")]),
        ([("shipping", "F"), ("departing", "F"), ("arriving", "W"), ("receiving", "")], False, [(2, "W"), (3, "")]),
        ([("shipping", "F"), ("shipping", "F"), ("receiving", "W")], True, [(2, "W"), (1, "")]),
        ([("shipping", "F"), ("shipping", "F"), ("receiving", "W"), ("receiving", "X")], True, [(2, "W"), (3, "X")]),
    ],
)
def test_destinations_of_goods(steps, counted, want):
    assert destinations(happened(*steps), counted=counted) == [(T0 + timedelta(hours=n), place) for n, place in want]
