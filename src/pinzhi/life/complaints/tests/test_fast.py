"""Fast refunds through the door of complaints: granted, paid, objected to, looked at again; and never where somebody may be hurt or has not agreed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from pinzhi.engine.models import FactRow
from pinzhi.kernel.values import Text
from pinzhi.life.complaints import allowing, consumer, drafts, fast, keys, log, merchant, money, upkeep
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import FastConsent, FastDecision
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, OTHER, SHOP, person, refused
from pinzhi.life.complaints.tests.fast_claims import again, claim, figures, stop_batch, verbs
from pinzhi.people.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shops")]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_who_allowed_it_refunds_at_once_and_the_decision_is_kept():
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    assert (row.state, row.amount, row.upheld, row.case_id) == ("fulfilling", Decimal("60.00"), True, "")
    kept = FastDecision.objects.get(complaint=row)
    assert (kept.outcome, kept.rule, kept.payer, kept.amount) == ("refund", "small", "merchant", Decimal("60.00"))
    assert (kept.inputs["amount"], kept.inputs["merchant_allows"], len(kept.rules)) == ("60.00", "100.00", 5)
    merchant.fulfil(row.pk, 0, SHOP, proof="支付流水 1", now=NOW)
    assert (again(row).state, again(row).closed_as, verbs(row)) == (
        "closed",
        "fulfilled",
        ["open_fast", "fulfil", "complete"],
    )
    assert log.faults(again(row)) == []


def test_what_was_paid_for_several_pieces_is_given_back_once():
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    assert claim(quantity=3).amount == Decimal("60.00")


def test_without_consent_everything_goes_its_usual_way():
    row = claim()
    assert (row.state, FastDecision.objects.get(complaint=row).outcome) == ("awaiting_merchant", "normal")
    allowing.allow("100.00", "10000.00", OTHER, now=NOW)  # another merchant's consent
    assert claim(2).state == "awaiting_merchant"
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    allowing.end(SHOP, now=NOW)
    assert claim(3).state == "awaiting_merchant"
    refused("not_a_merchant", allowing.allow, "100.00", "100.00", HOUSE, now=NOW)
    refused("not_permitted", allowing.allow, "100.00", "100.00", person("ada", Role.COMPLAINT_AGENT), now=NOW)
    refused("money_amount", allowing.allow, "0.00", "100.00", SHOP, now=NOW)
    refused("money_amount", allowing.allow, "100.00", "x", SHOP, now=NOW)
    refused("day_below_claim", allowing.allow, "100.00", "99.99", SHOP, now=NOW)
    refused("category_unknown", allowing.allow, "100.00", "100.00", SHOP, category="rocket", now=NOW)
    assert FastConsent.objects.filter(ended_at=None).count() == 1


def test_a_new_consent_ends_the_one_before():
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    allowing.allow("50.00", "5000.00", SHOP, now=NOW + DAY)
    assert list(FastConsent.objects.order_by("at").values_list("most", "ended_at")) == [
        (Decimal("100.00"), NOW + DAY),
        (Decimal("50.00"), None),
    ]
    assert claim(now=NOW + DAY).state == "awaiting_merchant"  # 60 is above it


@pytest.mark.parametrize(
    "change",
    [
        {"vouched": False},
        {"wish": "exchange"},
        {"wish": ""},
        {"kind": "C1"},
        {"price": None},
        {"price": Decimal("100.01")},
        {"kind": "S1", "words": "插上电就冒烟起火了"},
        {"kind": "F1"},
    ],
)
def test_what_is_never_refunded_at_once(change):
    allowing.allow("9000.00", "900000.00", SHOP, now=NOW)
    row = claim(**change)
    assert verbs(row)[0] in ("open", "open_house")
    assert not FastDecision.objects.get(complaint=row).amount


def test_a_recalled_batch_proves_the_claim_whatever_the_sum():
    stop_batch()
    allowing.allow("500.00", "50000.00", SHOP, now=NOW)
    row = claim(price=Decimal("400.00"))
    assert (row.state, FastDecision.objects.get(complaint=row).rule) == ("fulfilling", "proven")


@pytest.mark.parametrize("field", ["price", "merchant_id", "listing_id", "batch_id"])
def test_what_the_buyer_said_beside_a_vouched_order_moves_no_money(field):
    stop_batch()
    allowing.allow("500.00", "50000.00", SHOP, now=NOW)
    row = claim(price=Decimal("400.00"), own_word=frozenset({field}))
    kept = FastDecision.objects.get(complaint=row)
    assert (row.state, kept.outcome, kept.amount) == ("awaiting_merchant", "normal", Decimal("0.00"))


@pytest.mark.parametrize(("vouched", "state"), [({"price": "60.00"}, "fulfilling"), ({}, "awaiting_merchant")])
def test_a_sum_typed_into_the_form_of_a_vouched_order_is_not_paid_at_once(vouched, state):
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    token = keys.order_token({"order_id": "O1", "listing_id": "L1", "buyer_id": "b1", **vouched})
    typed = {"order_token": token, "kind": "Q1", "words": "用了两天就不加热了", "wish": "refund", "price": "99.00"}
    sent, _ = drafts.send(drafts.begin(typed, now=NOW), now=NOW)
    assert (sent.vouched, sent.state) == (True, state)


def test_an_order_for_which_money_was_given_before_is_not_refunded_at_once_again():
    row = claim()
    merchant.answer("offer", row.pk, SHOP, words="给您退", remedies=[Remedy("refund", Decimal("60.00"))], now=NOW)
    consumer.do("accept", row.pk, offer=2, now=NOW)
    merchant.fulfil(row.pk, 0, SHOP, proof="支付流水 1", now=NOW)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    second = claim(reference="again", now=NOW + DAY)
    kept = FastDecision.objects.get(complaint=second)
    assert (again(row).closed_as, second.state, kept.inputs["order_granted"]) == (
        "fulfilled",
        "awaiting_merchant",
        True,
    )
    assert claim(2, now=NOW + DAY).state == "fulfilling"


def test_a_signal_costs_the_speed_only_and_nothing_of_what_is_heard():
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    for n in range(3):
        claim(f"x{n}", buyer_id="pro", wish="exchange", now=NOW + n * DAY)
    row = claim("x3", buyer_id="pro", now=NOW + 3 * DAY)
    kept = FastDecision.objects.get(complaint=row)
    assert (kept.outcome, kept.signals) == ("proof", ["many_claims"])
    assert (row.state, verbs(row)) == ("asked_by_house", ["open_house", "ask"])
    asked = row.log.get(verb="ask")
    assert (asked.side, asked.words) == ("rule", "请再补充一项凭证，由专员核实后处理")
    consumer.do("reply", row.pk, words="附上检测照片", now=NOW + 3 * DAY)
    assert (again(row).state, bool(again(row).case_id)) == ("with_house", True)  # a person decides
    said = [
        {k: v for k, v in f.payload.items() if k not in ("complaint_id", "order_id")}
        for f in FactRow.objects.filter(name="ComplaintOpened")
    ]
    assert said == [said[0]] * 4  # the fourth tells of the goods as the first did


def test_who_is_asked_for_proof_and_does_not_answer_is_decided_on_by_a_person_all_the_same():
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim(quantity=11)
    assert row.state == "asked_by_house"
    upkeep.tick(NOW + 8 * DAY)
    assert (again(row).state, bool(again(row).case_id)) == ("with_house", True)


@pytest.mark.parametrize("change", [{"wish": "exchange"}, {"wish": ""}, {"price": Decimal("100.01")}, {"price": None}])
def test_a_signal_holds_nothing_back_where_nothing_was_to_be_paid_at_once(change):
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim(quantity=11, **change)
    kept = FastDecision.objects.get(complaint=row)
    assert (row.state, kept.outcome, kept.signals) == ("awaiting_merchant", "normal", ["beyond_household"])


def test_without_consent_a_signal_changes_nothing():
    row = claim(quantity=11)
    assert (row.state, FastDecision.objects.get(complaint=row).outcome) == ("awaiting_merchant", "normal")


def test_after_three_fast_refunds_the_fourth_goes_its_usual_way():
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    rows = [claim(f"x{n}", buyer_id="b", now=NOW + n * DAY) for n in range(4)]
    assert [r.state for r in rows] == ["fulfilling"] * 3 + ["awaiting_merchant"]


def test_what_proves_the_claim_pays_a_professional_too():
    stop_batch()
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim(quantity=11)
    kept = FastDecision.objects.get(complaint=row)
    assert (row.state, kept.rule, kept.signals) == ("fulfilling", "proven", ["beyond_household"])


def test_a_consent_counts_for_its_kind_of_goods_and_its_day():
    allowing.allow("100.00", "130.00", SHOP, now=NOW)
    allowing.allow("50.00", "500.00", SHOP, category="appliances", now=NOW)
    assert allowing.in_force("M1", "appliances").most == Decimal("50.00")
    assert allowing.in_force("M1", "fresh").most == Decimal("100.00")
    assert allowing.in_force("", "fresh") is None
    assert claim(1, category="小家电").state == "awaiting_merchant"  # 60 is above the 50 of appliances
    assert claim(2, category="零食").state == "fulfilling"
    assert claim(3, category="零食").state == "fulfilling"
    assert claim(4, category="零食", price=Decimal("10.01")).state == "awaiting_merchant"  # 10.00 of the day are left
    assert claim(5, category="零食", price=Decimal("10.00")).state == "fulfilling"
    assert claim(6, category="零食", now=NOW + DAY).state == "fulfilling"
    # a new consent of the same day starts no new day
    allowing.allow("99.00", "130.00", SHOP, now=NOW)
    assert claim(7, category="零食", price=Decimal("10.00")).state == "awaiting_merchant"


def test_what_a_consent_would_have_cost_is_asked_of_what_was_known_then():
    later = NOW + 4 * HOUR
    for n in range(3):
        claim(n, now=NOW + n * HOUR)
    claim(3, price=Decimal("100.00"), now=NOW + 3 * HOUR)
    claim(4, wish="exchange", now=NOW + 3 * HOUR)
    assert allowing.would_have("M1", Decimal("60.00"), Decimal("1000.00"), "", later) == (3, Decimal("180.00"))
    assert allowing.would_have("M1", Decimal("100.00"), Decimal("1000.00"), "", later) == (4, Decimal("280.00"))
    assert allowing.would_have("M1", Decimal("100.00"), Decimal("130.00"), "", later) == (2, Decimal("120.00"))
    assert allowing.would_have("M2", Decimal("100.00"), Decimal("1000.00"), "", later) == (0, Decimal("0.00"))


def test_what_it_would_have_cost_keeps_the_bounds_of_a_buyer_and_of_an_order_and_other_consents():
    stop_batch()
    for n in range(5):
        claim(f"x{n}", buyer_id="b", now=NOW + n * HOUR)
    assert allowing.would_have("M1", "60.00", "1000.00", "", NOW + DAY) == (3, Decimal("180.00"))
    first = claim("y", buyer_id="c", now=NOW + DAY)
    consumer.do("withdraw", first.pk, now=NOW + DAY)
    claim("y", buyer_id="c", reference="again", now=NOW + DAY)
    assert allowing.would_have("M1", "60.00", "1000.00", "", NOW + 2 * DAY) == (4, Decimal("240.00"))
    allowing.allow("1.00", "1.00", SHOP, category="appliances", now=NOW)
    assert allowing.would_have("M1", "60.00", "1000.00", "", NOW + 2 * DAY) == (0, Decimal("0.00"))
    assert allowing.would_have("M1", "60.00", "1000.00", "appliances", NOW + 2 * DAY) == (4, Decimal("240.00"))


def test_the_same_order_is_refunded_at_once_only_once():
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    merchant.fulfil(row.pk, 0, SHOP, proof="支付流水 1", now=NOW)
    assert claim(reference="again", now=NOW + DAY).state == "awaiting_merchant"


def test_a_merchant_who_allowed_it_and_does_not_pay_owes_the_fund(manager):
    money.fund_in("1000.00", "BANK-1", manager, now=NOW)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    upkeep.tick(NOW + 8 * DAY)
    money.advance(row.pk, manager, reference="PAY-1", now=NOW + 8 * DAY)
    assert {b.account: str(b.amount) for b in money.balances("M1")} == {
        "deposit:M1": "0.00",
        "paid:M1": "-60.00",
        "receivable:M1": "60.00",
    }


def test_the_fund_promises_within_its_day_and_pays_itself(manager, monkeypatch):
    figures(monkeypatch, fund_pays=True, fund_a_day="100.00")
    assert claim(0).state == "awaiting_merchant"  # nothing lies in the fund
    money.fund_in("500.00", "BANK-1", manager, now=NOW)
    row = claim(1)
    assert (row.state, FastDecision.objects.get(complaint=row).payer) == ("fulfilling", "fund")
    assert claim(2).state == "awaiting_merchant"  # 40 of the day are left
    assert claim(3, price=Decimal("40.00")).state == "fulfilling"
    assert claim(4, now=NOW + DAY).state == "fulfilling"
    money.advance(row.pk, manager, reference="PAY-1", now=NOW)
    money.advance(row.pk, manager, reference="PAY-1", now=NOW)
    assert (again(row).state, verbs(row)) == ("closed", ["open_fast", "fulfil", "complete"])
    assert {b.account: str(b.amount) for b in money.balances()} == {
        "buyers": "60.00",
        "fund": "440.00",
        "platform": "-500.00",
    }


def test_what_the_fund_has_paid_is_promised_no_longer(manager, monkeypatch):
    figures(monkeypatch, fund_pays=True)
    money.fund_in("120.00", "BANK-1", manager, now=NOW)
    row = claim()
    now = policy_in_force().fast
    assert fast.fund_left(NOW, now) == Decimal("60.00")
    money.advance(row.pk, manager, reference="PAY-1", now=NOW)
    consumer.do("reopen", row.pk, words="退款后商品又冒烟", now=NOW + DAY)
    assert (again(row).state, fast.fund_left(NOW + DAY, now)) == ("with_house", Decimal("60.00"))


def test_what_the_fund_promised_and_did_not_give_is_the_platforms_breach_and_never_the_merchants_debt(
    manager, monkeypatch
):
    figures(monkeypatch, fund_pays=True)
    money.fund_in("500.00", "BANK-1", manager, now=NOW)
    row = claim()
    upkeep.tick(NOW + 8 * DAY)
    broken = FactRow.objects.filter(name="PromiseBroken").order_by("-seq").first().payload
    assert (again(row).state, broken["side"]) == ("with_house", "house")
    money.advance(row.pk, manager, reference="PAY-1", now=NOW + 8 * DAY)
    assert (again(row).state, money.balances("M1")) == ("closed", [])


def test_the_buyer_is_told_that_it_was_fast_and_on_what_ground():
    assert fast.ground(claim()) is None
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    assert fast.ground(claim(2)) == Text(
        "金额不超过 100.00 元；由商家按其快速退款承诺支付",
        "at most 100.00 yuan; paid by the merchant, who has agreed to fast refunds",
    )


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_cross_a_bound(at_once):
    """Five threads, one buyer, one consent of 130 yuan a day: two are paid at once, whatever their order."""
    allowing.allow("100.00", "130.00", SHOP, now=NOW)
    at_once(lambda n: claim(n, buyer_id="b"))
    granted = FastDecision.objects.filter(payer="merchant")
    assert sorted(d.amount for d in granted) == [Decimal("60.00")] * 2
    assert FastDecision.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_consent_sent_twice_at_once_is_one(at_once):
    assert len(set(at_once(lambda _: allowing.allow("100.00", "130.00", SHOP, now=NOW).pk))) == 1
    assert FastConsent.objects.count() == 1
