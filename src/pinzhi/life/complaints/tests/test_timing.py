"""What happens when somebody's time runs out: the default of the law, the breach that stays, the question that lapses. Exact moments in China."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.models import Case
from pinzhi.engine.models import FactRow
from pinzhi.law.tables import statutes
from pinzhi.life.complaints import consumer, entitling, house, log, merchant, timing, upkeep
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.reading import known_kinds
from pinzhi.life.complaints.tables import alleged, entitlement_rules
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, market, opened, person, refused
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = NOW + DAY + timedelta(seconds=1)
REFUND = Remedy("return_refund", Decimal("128.00"))


@pytest.fixture(autouse=True)
def shops():
    market()


def again(row):
    return Complaint.objects.get(pk=row.pk)


def broken():
    return [
        (f"{f.subject_kind}:{f.subject_id}", f.payload["clock"], f.payload["side"], f.payload["due"])
        for f in FactRow.objects.filter(name="PromiseBroken").order_by("seq")
    ]


def verbs(row):
    return list(row.log.order_by("n").values_list("verb", flat=True))


def test_a_silent_merchant_is_decided_by_what_the_law_gives():
    row = opened(wish="return_refund")
    assert (row.next_clock, row.next_due) == ("merchant_answer", NOW + DAY)
    assert upkeep.tick(NOW + DAY) == 0  # the last moment is still in time
    assert upkeep.tick(LATE) == 1
    row = again(row)
    assert (row.state, verbs(row), row.broken) == ("proposed", ["open", "breach", "default"], 1)
    (remedy,) = log.of(row).offer.remedies
    assert (remedy.kind, remedy.amount, "退货运费由商家承担" in remedy.words) == (
        "return_refund",
        Decimal("128.00"),
        True,
    )
    assert any(r.id == remedy.law for r in statutes().rows)
    assert broken() == [("merchant:M1", "merchant_answer", "merchant", (NOW + DAY).isoformat())]
    assert upkeep.tick(LATE) == 0  # once
    consumer.do("accept", row.pk, offer=3, now=NOW + 2 * DAY)
    assert (again(row).state, again(row).next_clock) == ("fulfilling", "fulfilment")


def test_what_the_buyer_wants_is_proposed_where_the_law_gives_it():
    row = opened(wish="exchange", received_on=date(2026, 11, 10), paid_at=datetime(2026, 11, 8, tzinfo=UTC))
    upkeep.tick(LATE)
    assert [r.kind for r in log.of(again(row)).offer.remedies] == ["exchange"]


def test_where_the_law_gives_nothing_to_a_rule_a_person_takes_over():
    for sent in (opened(price=None), opened("客服骂人", kind="C1", order_id="O3")):
        upkeep.tick(LATE)
        row = again(sent)
        assert (row.state, verbs(row)) == ("with_house", ["open", "breach", "hand_over"])
        assert Case.objects.get(pk=row.case_id).state == "open"


def test_a_multiple_is_never_proposed_by_a_rule():
    row = opened("是假货", kind="Q1", promises=({"multiple": 10, "said": "假一赔十"},))
    assert all(r.kind in ("return_refund", "exchange", "repair", "refund") for r in entitling.by_default(row))


def test_injury_without_a_person_for_fifteen_minutes_is_a_broken_promise_of_the_platform():
    row = opened("孩子被烫伤", kind="S1")
    assert (row.next_clock, row.next_due) == ("severe_person", NOW + timedelta(minutes=15))
    upkeep.tick(NOW + timedelta(minutes=15, seconds=1))
    assert broken() == [("platform:complaints", "severe_person", "house", (NOW + timedelta(minutes=15)).isoformat())]
    row = again(row)
    assert (row.state, row.next_clock, row.next_due) == ("with_house", "severe_proposal", NOW + 4 * HOUR)
    agent = person("ada", Role.COMPLAINT_AGENT)
    case = cases.case(row.case_id, HOUSE, now=NOW + HOUR)
    casework.decide(case.id, "contacted", agent, seen=case.seen, reason="已电话联系", now=NOW + HOUR)
    one = next(c for c in timing.of(again(row), NOW + 9 * DAY) if c.name == "severe_person")
    assert (one.breached_at, one.kept, one.met_at) == (NOW + timedelta(minutes=15), True, NOW + HOUR)


def test_the_clock_of_the_merchant_stands_still_while_the_buyer_is_asked():
    row = opened()
    merchant.answer("ask", row.pk, SHOP, words="请拍一张铭牌", now=NOW + 20 * HOUR)
    assert (again(row).next_clock, again(row).next_due) == ("consumer_reply", NOW + 20 * HOUR + 7 * DAY)
    upkeep.tick(NOW + 2 * DAY)
    assert (again(row).state, broken()) == ("asked_by_merchant", [])
    refused("asked_already", merchant.answer, "ask", row.pk, SHOP, words="再拍一张", now=NOW + 21 * HOUR)
    consumer.do("reply", row.pk, words="拍不清楚", now=NOW + 3 * DAY)
    assert again(row).state == "awaiting_merchant"


def test_a_question_that_nobody_answers_lapses_and_the_house_goes_on():
    agent = person("ada", Role.COMPLAINT_AGENT)
    row = opened(kind="", words="？？？")
    house.do("ask", row.pk, agent, words="请说明问题", now=NOW)
    upkeep.tick(LATE + 6 * DAY)
    assert (again(row).state, verbs(again(row))[-1]) == ("with_house", "lapse")


def test_an_offer_that_nobody_answers_ends_and_may_be_taken_up_again():
    row = opened()
    merchant.answer("offer", row.pk, SHOP, words="退货退款", remedies=[REFUND], now=NOW)
    upkeep.tick(LATE + 9 * DAY)
    assert (again(row).state, again(row).closed_as, again(row).upheld) == ("closed", "no_reply", False)
    consumer.do("reopen", row.pk, words="刚出差回来，接受", now=NOW + 12 * DAY)
    assert again(row).state == "with_house"


def test_what_is_not_given_in_time_goes_to_a_person_and_into_the_merchants_file():
    row = opened()
    merchant.answer(
        "offer", row.pk, SHOP, words="退货退款", remedies=[REFUND, Remedy("freight", Decimal("12.00"))], now=NOW
    )
    consumer.do("accept", row.pk, offer=2, now=NOW)
    merchant.fulfil(row.pk, 1, SHOP, proof="支付流水 1", now=NOW)
    upkeep.tick(LATE + 6 * DAY)
    row = again(row)
    assert (row.state, row.paid, row.amount) == ("with_house", Decimal("12.00"), Decimal("12.00"))
    assert broken()[-1] == ("merchant:M1", "fulfilment", "merchant", (NOW + 7 * DAY).isoformat())
    assert log.faults(row) == []


def test_one_complaint_that_fails_stops_no_other(monkeypatch):
    first, second = opened(), opened(order_id="O2")
    whole = entitling.by_default

    def bad(row, **more):
        if row.pk == first.pk:
            raise RuntimeError("a fault in the rules")
        return whole(row, **more)

    monkeypatch.setattr(upkeep.entitling, "by_default", bad)
    assert upkeep.tick(LATE) == 1
    assert (again(first).state, verbs(again(first)), again(second).state) == ("awaiting_merchant", ["open"], "proposed")


def test_the_table_of_what_is_alleged_names_types_and_findings_that_exist():
    assert set(alleged()) <= known_kinds()
    assert {n for names in alleged().values() for n in names} <= set(entitlement_rules().names)


def test_the_answer_shows_what_is_alleged_what_is_owed_and_what_would_have_to_be_shown():
    row = opened()
    found = entitling.answer(row)
    shown = entitling.lines(found, "zh-hans")
    quality = next(line for line in shown if line["kind"] == "return_quality")
    assert (quality["amount"], quality["owed"], quality["law"]) == (
        Decimal("128.00"),
        True,
        "《消费者权益保护法》第二十四条",
    )
    assert quality["missing"] != ""
    assert entitling.answer(opened(price=None, order_id="O9")) is None
