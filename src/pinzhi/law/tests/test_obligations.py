"""The register of duties: what does not fit is refused, the list of a span is in order, what recurs needs its last time."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law import obligations
from pinzhi.law.obligations import Arises, Register, between, due, faults
from pinzhi.law.tables import official, register, statutes

D = date.fromisoformat
CAL = official()
LAW = statutes()
REGISTER = register()
SANCTION = REGISTER.named("publish_sanction")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (replace(SANCTION, row="platform.nothing"), "no row of law"),
        (replace(SANCTION, row="damages.fraud"), "is no period"),
        (replace(SANCTION, months=(1,)), "months are given"),
        (replace(SANCTION, arises=Arises.MONTHS), "months are given"),
        (replace(SANCTION, arises=Arises.MONTHS, months=(13,)), "months are given"),
    ],
)
def test_a_duty_that_does_not_fit_is_named(wrong, says):
    (fault,) = faults([wrong], LAW)
    assert says in fault
    with pytest.raises(ValueError, match=says):
        Register((wrong,), LAW)


def test_a_duty_stands_once():
    assert faults([SANCTION, SANCTION], LAW) == ["publish_sanction: stands twice"]


def test_an_unknown_duty_and_an_unknown_key():
    with pytest.raises(RefusedError) as no:
        REGISTER.named("nothing")
    assert no.value.refusal.code == "duty_unknown"
    with pytest.raises(ValueError, match="arise"):
        obligations.duty({"id": "x", "arise": "after"})


def test_the_list_of_a_span_is_in_order():
    found = between(REGISTER, D("2026-01-01"), D("2026-12-31"), CAL, {"reverify": D("2026-02-01")})
    assert [(d.deadline.due, d.duty.id) for d in found] == [
        (D("2026-01-31"), "identity_report"),
        (D("2026-07-31"), "identity_report"),
        (D("2026-07-31"), "identity_report_livestream"),
        (D("2026-08-01"), "reverify"),
    ]


def test_the_printed_duty_cites_its_row():
    document = due(SANCTION, D("2026-02-13"), LAW, CAL).document()
    assert document["due"] == "2026-02-14"
    assert document["law"] == "platform.publish_sanction"
    assert document["verified"] is True


@given(st.dates(date(2021, 5, 1), date(2030, 12, 31)), st.integers(0, 700))
def test_every_january_and_july_of_a_span_stands_in_it_once(first, length):
    last = date.fromordinal(first.toordinal() + length)
    found = [d.deadline.due for d in between(REGISTER, first, last, CAL) if d.duty.id == "identity_report"]
    expected = [
        d for y in range(first.year, last.year + 1) for d in (date(y, 1, 31), date(y, 7, 31)) if first <= d <= last
    ]
    assert found == expected


@given(st.dates(date(2026, 2, 15), date(2030, 12, 31)))
def test_a_rule_published_on_the_last_day_may_take_effect(effect):
    published = due(REGISTER.named("rule_notice"), effect, LAW, CAL).deadline.due
    assert (effect - published).days - 1 == 7
