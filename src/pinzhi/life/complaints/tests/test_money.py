"""Money through its acts: a buyer paid from the fund, taken back from the merchant, once; and what a refused act leaves behind: nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.engine.models import FactRow
from pinzhi.life.complaints import consumer, house, log, merchant, money, upkeep
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.models import Complaint, Movement, Posting, Purse
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, opened, person, refused
from pinzhi.people.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shops")]
DAY = timedelta(days=1)
LATE = NOW + 8 * DAY
BASIS = "小家电类目，按上月销售额 2% 计"
COMPENSATION = Remedy("compensation", Decimal("60.00"))
RETURN = Remedy("return_refund", Decimal("128.00"))


def standing(merchant_id=""):
    return {b.account: str(b.amount) for b in money.balances(merchant_id)}


def agreed(*remedies):
    """The merchant offered, the buyer accepted, and nothing was given in time."""
    row = opened()
    merchant.answer("offer", row.pk, SHOP, remedies=remedies, now=NOW)
    consumer.do("accept", row.pk, offer=2, now=NOW)
    upkeep.tick(LATE)
    return again(row)


def again(row):
    return Complaint.objects.get(pk=row.pk)


def nothing_moved():
    return (Movement.objects.count(), Posting.objects.count(), sum(abs(p.balance) for p in Purse.objects.all()))


def test_the_fund_pays_what_the_merchant_did_not_and_takes_it_back(manager):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    money.deposit_in("M1", "40.00", "BANK-2", BASIS, manager, now=NOW)
    row = agreed(COMPENSATION)
    assert (row.state, bool(row.case_id), row.amount) == ("with_house", True, Decimal("0.00"))
    paid, back = money.advance(row.pk, manager, reference="PAY-7", now=LATE)
    assert (paid.kind, back.kind, back.merchant_id) == ("advance", "recovery", "M1")
    assert standing() == {
        "buyers": "60.00", "deposit:M1": "0.00", "fund": "980.00", "paid:M1": "-60.00", "platform": "-1000.00", "receivable:M1": "20.00",
    }  # fmt: skip
    assert [c["zh"] for c in back.calculation][1] == "保证金余额 40.00 元，抵扣 40.00 元"
    row = again(row)
    assert (row.state, row.closed_as, row.paid, row.case_id) == ("closed", "fulfilled", Decimal("60.00"), "")
    fact = FactRow.objects.get(name="RemedyFulfilled").payload
    assert (fact["payer"], fact["amount"]) == ("fund", "60.00")
    assert (log.faults(row), money.faults()) == ([], [])
    money.settle("M1", "20.00", "BANK-3", manager, now=LATE)
    assert (standing("M1")["receivable:M1"], standing()["fund"]) == ("0.00", "1000.00")
    assert money.faults() == []


def test_the_same_act_twice_pays_once(manager):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    assert money.fund_in("1000.00", "BANK-1", manager, now=NOW).pk == Movement.objects.get().pk
    row = agreed(COMPENSATION)
    first = money.advance(row.pk, manager, reference="PAY-7", now=LATE)
    second = money.advance(row.pk, manager, reference="PAY-7", now=LATE)
    third = money.advance(row.pk, manager, reference="PAY-8", now=LATE + DAY)
    assert [m.pk for m in first] == [m.pk for m in second] == [m.pk for m in third]
    assert (standing()["fund"], standing()["receivable:M1"]) == ("940.00", "60.00")
    assert FactRow.objects.filter(name="RemedyFulfilled").count() == 1
    assert again(row).log.filter(verb="fulfil").count() == 1


def test_a_refund_against_return_waits_for_the_goods_and_what_is_not_money_stays_owed(manager):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    row = agreed(RETURN, Remedy("apology", words="当面致歉"))
    before = nothing_moved()
    refused("goods_not_returned", money.advance, row.pk, manager, reference="PAY-7", now=LATE)
    assert (again(row).state, nothing_moved()) == ("with_house", before)
    money.advance(row.pk, manager, reference="PAY-7", returned="SF1020", now=LATE)
    row = again(row)
    owed = log.of(row).owed
    assert (row.state, [(o.remedy.kind, o.payer) for o in owed]) == (
        "fulfilling",
        [("return_refund", "fund"), ("apology", "")],
    )
    merchant.fulfil(row.pk, 1, SHOP, proof="致歉信", now=LATE)
    assert (again(row).state, again(row).paid) == ("closed", Decimal("128.00"))


def test_what_only_the_rule_proposed_without_return_is_not_taken_from_the_merchant(manager, monkeypatch):
    """SAMR order 116, art. 27(1)(1): the fund bears it."""
    monkeypatch.setattr("pinzhi.life.complaints.entitling.by_default", lambda _: [Remedy("refund", Decimal("128.00"))])
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    money.deposit_in("M1", "500.00", "BANK-2", BASIS, manager, now=NOW)
    row = opened()
    upkeep.tick(NOW + 2 * DAY)
    consumer.do("accept", row.pk, offer=log.of(again(row)).offer.n, now=NOW + 2 * DAY)
    upkeep.tick(NOW + 11 * DAY)
    (paid,) = money.advance(row.pk, manager, reference="PAY-7", now=NOW + 11 * DAY)
    assert (paid.kind, standing()["deposit:M1"], standing()["fund"]) == ("advance", "500.00", "872.00")


def test_what_was_decided_anew_is_no_longer_what_was_missed(manager):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    row = agreed(COMPENSATION)
    agent = person("ada", Role.COMPLAINT_AGENT)
    house.draft(row.pk, agent, [Remedy("compensation", Decimal("80.00"))], now=LATE)
    case = cases.case(again(row).case_id, HOUSE, now=LATE)
    casework.decide(case.id, "adjudicate", agent, seen=case.seen, reason="见说明", now=LATE)
    refused("nothing_to_advance", money.advance, row.pk, manager, reference="PAY-7", now=LATE)
    upkeep.tick(LATE + 8 * DAY)
    money.advance(row.pk, manager, reference="PAY-7", now=LATE + 8 * DAY)
    assert (standing()["fund"], again(row).paid) == ("920.00", Decimal("80.00"))


def test_a_refused_act_moves_nothing(manager):
    row = agreed(COMPENSATION)
    agent = person("ada", Role.COMPLAINT_AGENT)
    money.deposit_in("M1", "40.00", "BANK-2", BASIS, manager, now=NOW)
    before, head = nothing_moved(), again(row).head
    for code, do, args in [
        ("fund_empty", money.advance, (row.pk, manager)),
        ("not_permitted", money.advance, (row.pk, agent)),
        ("not_permitted", money.advance, (row.pk, SHOP)),
        ("complaint_unknown", money.advance, ("none", manager)),
    ]:
        refused(code, do, *args, reference="PAY-7", now=LATE)
    refused("reference_missing", money.advance, row.pk, manager, reference=" ", now=LATE)
    refused("calculation_missing", money.deposit_in, "M1", "1.00", "BANK-3", "  ", manager, now=NOW)
    refused("merchant_unknown", money.deposit_in, "M9", "1.00", "BANK-3", BASIS, manager, now=NOW)
    refused("money_amount", money.deposit_in, "M1", "1.005", "BANK-3", BASIS, manager, now=NOW)
    refused("money_amount", money.fund_in, "-1.00", "BANK-3", manager, now=NOW)
    refused("reference_taken", money.deposit_in, "M1", "41.00", "BANK-2", BASIS, manager, now=NOW)
    refused("deposit_short", money.deposit_back, "M1", "40.01", "BANK-4", manager, now=NOW)
    refused("owes_less", money.settle, "M1", "0.01", "BANK-5", manager, now=NOW)
    assert (nothing_moved(), again(row).head, again(row).state) == (before, head, "with_house")


def test_a_deposit_is_paid_back_only_when_nothing_is_owed(manager):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    row = agreed(COMPENSATION)
    money.advance(row.pk, manager, reference="PAY-7", now=LATE)
    money.deposit_in("M1", "40.00", "BANK-2", BASIS, manager, now=LATE)
    refused("still_owes", money.deposit_back, "M1", "40.00", "BANK-3", manager, now=LATE)
    money.settle("M1", "60.00", "BANK-4", manager, now=LATE)
    money.deposit_back("M1", "40.00", "BANK-3", manager, now=LATE)
    money.deposit_back("M1", "40.00", "BANK-3", manager, now=LATE)  # the same payment
    assert standing("M1") == {"deposit:M1": "0.00", "paid:M1": "-60.00", "receivable:M1": "0.00"}


def test_a_balance_that_was_changed_by_hand_is_found(manager):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    Purse.objects.filter(pk="fund").update(balance="999.00")
    Posting.objects.filter(purse="platform").update(amount="-999.00")
    assert money.faults() == [
        "«fund_in:BANK-1» does not sum to zero",
        "«fund» is not what its lines add up to",
        "«platform» is not what its lines add up to",
    ]


def test_every_act_holds_all_its_accounts_at_once_so_that_no_two_wait_for_each_other(manager, monkeypatch):
    held, real = [], money._held
    monkeypatch.setattr(money, "_held", lambda names: held.append(set(names)) or real(names))
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    money.deposit_in("M1", "40.00", "BANK-2", BASIS, manager, now=NOW)
    row = agreed(COMPENSATION, Remedy("compensation", Decimal("5.00")))
    money.deposit_back("M1", "10.00", "BANK-3", manager, now=NOW)
    acts = [
        lambda: money.advance(row.pk, manager, reference="PAY-7", now=LATE),
        lambda: money.settle("M1", "5.00", "BANK-4", manager, now=LATE),
        lambda: money.deposit_in("M1", "40.00", "BANK-5", BASIS, manager, now=LATE),
        lambda: money.collect("M1", manager, now=LATE),
        lambda: money.deposit_back("M1", "5.00", "BANK-6", manager, now=LATE),
    ]
    for do in acts:
        held.clear()
        do()
        assert held[0] == set().union(*held)
    assert money.faults() == []


@pytest.mark.django_db(transaction=True)
def test_the_same_payment_sent_twice_at_once_is_one(manager, at_once):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)  # the accounts are there: nobody waits at their birth

    assert len(set(at_once(lambda _: money.fund_in("10.00", "BANK-2", manager, now=NOW).pk))) == 1
    assert (standing()["fund"], money.faults()) == ("1010.00", [])
