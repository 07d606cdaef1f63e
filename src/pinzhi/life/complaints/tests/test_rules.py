"""Pure rules: what comes in is checked whole, the log folds to one situation, and a hold is proposed by figures that can be followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from math import isclose

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinzhi.kernel.course import COMPLAINT
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.contracts import Remedy, Side, Step
from pinzhi.life.complaints.rules import entry, hazard
from pinzhi.life.complaints.rules.policy import typed_policy
from pinzhi.life.complaints.rules.situation import SPOKEN, Situation, after, situation

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FIGURES = typed_policy(
    read_policy(files("pinzhi.life.complaints").joinpath("policy.toml").read_text(encoding="utf-8"))
).hold


def read(**raw):
    return entry.read(raw, channel="web", now=NOW, most_words=5000, most_files=9)


def codes(**raw):
    return [(f.code, f.field) for f in read(**raw)[1]]


def test_every_fault_is_named_at_once():
    assert codes(
        words="x" * 5001, price="12,5", quantity="0", received_on="20.11.2026", wish="gold", files=[str(i) for i in range(10)]
    ) == [
        ("text_too_long", "words"), ("words_missing", "words"), ("wish_unknown", "wish"), ("amount_wrong", "price"), ("quantity_wrong", "quantity"),
        ("day_wrong", "received_on"), ("too_many_files", "files"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"words": ""}, "words_missing"),
        ({"words": "\u0000\u0001  "}, "words_missing"),
        ({"words": ["list"]}, "field_not_text"),
        ({"words": "坏了", "order_id": "9" * 129}, "field_too_long"),
        ({"words": "坏了", "received_on": "2026-11-24"}, "day_in_future"),
        ({"words": "坏了", "paid_at": "2026-11-23T10:11:00+08:00"}, "day_in_future"),
        ({"words": "坏了", "paid_at": "2026-11-20T10:00:00+08:00", "received_on": "2026-11-19"}, "day_order"),
        ({"words": "坏了", "price": "-1"}, "amount_wrong"),
        ({"words": "坏了", "price": "1e3"}, "amount_wrong"),
    ],
)
def test_what_is_wrong_has_a_code(raw, code):
    found, faults = read(**raw)
    assert (found, faults[0].code) == (None, code)


@pytest.mark.parametrize(
    "words",
    ["😀😀😀", "Ceci n'est pas un lapin", "'; DROP TABLE complaints;--", "<script>alert(1)</script>", "坏" * 5000],
)
def test_strange_words_are_taken_as_they_are(words):
    found, faults = read(words=words)
    assert (faults, found.words) == ([], words)


def test_clocks_differ_by_minutes_and_a_day_begins_in_china():
    assert codes(words="坏了", paid_at="2026-11-23T10:09:00+08:00") == []
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # half past midnight of the 24th in China
    assert (
        entry.read(
            {"words": "坏了", "received_on": "2026-11-24"}, channel="web", now=late, most_words=10, most_files=1
        )[1]
        == []
    )


def test_halves_of_characters_and_controls_are_cleaned_and_lines_kept():
    assert entry.clean("一行\n二行\t\x00\x07\x7f" + chr(0xD800)) == "一行\n二行\t?"


def test_personal_data_is_taken_only_where_it_has_a_place():
    found, _ = read(words="坏了", contact={"name": "王" * 99, "phone": "13800000000", "password": "x"}, id_number="x")
    assert dict(found.contact) == {"name": "王" * 60, "phone": "13800000000"}


# --- hold ----------------------------------------------------------------------------------------------------------------------------------


def test_poisson_tail_by_hand():
    # mean 0.2: P(>= 2) = 1 - e^-0.2 (1 + 0.2) = 0.017523
    assert isclose(hazard.chance(2, 1000, 200), 0.0175231, abs_tol=1e-7)
    assert hazard.chance(0, 1000, 200) == 1.0


@pytest.mark.parametrize(
    ("claims", "confirmed", "sold", "held"),
    [
        (1, 0, None, False),
        (1, 1, None, True),
        (2, 0, None, True),
        (2, 0, 30, True),
        (2, 0, 1000, False),  # 1.75 % is not unbelievable
        (2, 0, 700, True),  # mean 0.14: 0.89 %
        (3, 0, 1000, True),  # 0.11 %
    ],
)
def test_when_a_hold_is_proposed(claims, confirmed, sold, held):
    assert (hazard.proposed(claims, confirmed, sold, FIGURES) is not None) is held


# --- fold ----------------------------------------------------------------------------------------------------------------------------------

VERBS = sorted({v for by in COMPLAINT.steps.values() for v in by} | SPOKEN)
DATA = {
    "remedies": [{"kind": "refund", "amount": "10.00"}], "kinds": ["Q1"], "level": 3, "clock": "merchant_answer", "mark": 5, "which": 0, "proof": "x",
    "into": "other", "as": "unfounded", "upheld": True,
}  # fmt: skip


def tried(found, step):
    """The situation after a step, or the code of the refusal."""
    try:
        return after(found, step), ""
    except RefusedError as no:
        return None, no.refusal.code


@example(["open_house", "propose", "escalate"])  # the offer used to stay
@given(st.lists(st.sampled_from(VERBS), max_size=25))
def test_any_order_of_steps_is_folded_or_refused_and_what_was_paid_is_never_lost(verbs):
    found, paid = Situation(), Decimal(0)
    for n, verb in enumerate(verbs, start=1):
        offer = found.offer.n if found.offer else 0
        step = Step(n, NOW + timedelta(minutes=n), verb, Side.HOUSE, {**DATA, "offer": offer})
        new, code = tried(found, step)
        if new is None:
            assert code in ("step_not_allowed", "nothing_owed", "offer_gone")
            continue
        assert (new.offer is not None) == (new.state == "proposed")
        assert (new.closed_as != "") == (new.state == "closed")
        assert new.state != "fulfilling" or new.owed
        assert new.paid >= paid
        found, paid = new, new.paid


def test_the_level_is_raised_by_rules_and_set_by_persons():
    first = situation([Step(1, NOW, "open", Side.CONSUMER, {"kinds": ["Q1"], "level": 2})])
    by_rule = after(first, Step(2, NOW, "assess", Side.RULE, {"level": 4}))
    by_person = after(first, Step(2, NOW, "assess", Side.HOUSE, {"level": 4, "by_person": True}))
    assert (by_rule.level, by_person.level, after(first, Step(2, NOW, "assess", Side.RULE, {"level": 1})).level) == (
        2,
        4,
        1,
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"kind": "gold"}, "remedy_unknown"),
        ({"kind": "refund"}, "remedy_without_amount"),
        ({"kind": "apology", "amount": "1"}, "remedy_without_amount"),
        ({"kind": "refund", "amount": "0"}, "remedy_amount"),
        ({"kind": "refund", "amount": "1.005"}, "remedy_amount"),
        ({"kind": "refund", "amount": "NaN"}, "remedy_amount"),
    ],
)
def test_a_remedy_that_is_none_is_refused(raw, code):
    with pytest.raises(RefusedError) as no:
        Remedy.of(raw)
    assert no.value.refusal.code == code


def test_a_remedy_survives_being_written_down():
    one = Remedy("refund", Decimal("12.30"), "退款", "consumer:24")
    assert Remedy.of(one.document()) == one


@pytest.mark.parametrize(
    "words", ["起火了", "刚才起火了", "插头着火了", "壶失火了", "插座冒火", "电池走火了", "充电时冒火"]
)
def test_fire_in_three_characters_is_heard(words):
    from pinzhi.life.complaints.reading import read as understood
    from pinzhi.life.complaints.rules.entry import Entry

    assert understood(Entry("web", words=words, category="小家电")).level == 1


@pytest.mark.parametrize("words", ["这款火了", "气得我冒火", "火遍全网"])
def test_fame_and_anger_are_no_fire(words):
    from pinzhi.life.complaints.reading import read as understood
    from pinzhi.life.complaints.rules.entry import Entry

    assert understood(Entry("web", words=words, category="小家电")).level > 1
