"""What was refunded at once is looked at again: merchants' objections, those drawn by lot, and what forged proof costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.models import Case
from pinzhi.life.complaints import allowing, fast, log, merchant, money, rechecking, upkeep
from pinzhi.life.complaints.models import FastDecision
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, OTHER, SHOP, person, refused
from pinzhi.life.complaints.tests.fast_claims import again, claim, figures, verbs
from pinzhi.people.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shops")]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def objections():
    """Their cases; the lot may have drawn one of its own."""
    return Case.objects.filter(desk="complaints_objection")


def decide(case_id, outcome, by, *, words="已核对照片与订单", now=NOW):
    case = cases.case(case_id, by, now=now)
    return casework.decide(case_id, outcome, by, seen=case.seen, reason=words, now=now)


def test_a_merchant_objects_within_seven_days_and_a_person_gives_him_back_what_he_paid(manager):
    money.fund_in("500.00", "BANK-1", manager, now=NOW)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    refused("complaint_unknown", rechecking.object_to, row.pk, OTHER, words="不认可", now=NOW)
    refused("not_permitted", rechecking.object_to, row.pk, manager, words="不认可", now=NOW)
    refused("not_a_merchant", rechecking.object_to, row.pk, HOUSE, words="不认可", now=NOW)
    refused("words_missing", rechecking.object_to, row.pk, SHOP, words=" ", now=NOW)
    refused("text_too_long", rechecking.object_to, row.pk, SHOP, words="长" * 1001, now=NOW)
    refused("file_unknown", rechecking.object_to, row.pk, SHOP, words="不认可", files=["0" * 64], now=NOW)
    refused("objected_late", rechecking.object_to, row.pk, SHOP, words="不认可", now=NOW + 7 * DAY + DAY / 86400)
    assert (FastDecision.objects.get().objected_at, objections().count(), verbs(row)) == (None, 0, ["open_fast"])
    made = rechecking.object_to(row.pk, SHOP, words="照片不是我们的商品", now=NOW + 6 * DAY)
    assert rechecking.object_to(row.pk, SHOP, words="再说一次", now=NOW + 6 * DAY).objected_at == NOW + 6 * DAY
    assert (verbs(row), objections().count()) == (["open_fast", "object"], 1)
    refused("not_permitted", decide, made.objection_case, "upheld", person("ada", Role.COMPLAINT_AGENT), now=NOW)
    refused("not_borne_yet", decide, made.objection_case, "upheld", manager, now=NOW)
    assert (told(), FastDecision.objects.get().objection) == ({"fund": "500.00", "platform": "-500.00"}, "")
    pay(row)
    decide(made.objection_case, "upheld", manager, words="照片为他店商品", now=NOW + 7 * DAY)
    kept = FastDecision.objects.get()
    assert (kept.objection, kept.objection_said, kept.credit) == ("upheld", "照片为他店商品", Decimal("60.00"))
    assert told() == {"deposit:M1": "60.00", "fund": "440.00", "platform": "-500.00"}
    assert (again(row).paid, again(row).upheld) == (Decimal("60.00"), False)  # the buyer keeps what he was given
    assert (log.faults(again(row)), money.faults()) == ([], [])
    normal = claim(2, wish="exchange")
    refused("not_fast", rechecking.object_to, normal.pk, SHOP, words="不认可", now=NOW)


def pay(row):
    merchant.fulfil(row.pk, 0, SHOP, proof="支付流水 1", now=NOW)


def test_nobody_is_given_back_what_he_never_paid(manager):
    money.fund_in("500.00", "BANK-1", manager, now=NOW)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    made = rechecking.object_to(row.pk, SHOP, words="照片不是我们的商品", now=NOW)
    upkeep.tick(NOW + 2 * DAY)  # not paid in time: a person goes on
    refused("not_borne_yet", decide, made.objection_case, "upheld", manager, now=NOW + 2 * DAY)
    decide(again(row).case_id, "dismiss", manager, now=NOW + 2 * DAY)
    assert again(row).upheld is False
    decide(made.objection_case, "dismissed", manager, now=NOW + 2 * DAY)
    assert again(row).upheld is False  # the complaint was dismissed, whatever is said of the objection
    casework.undo(made.objection_case, manager, now=NOW + 2 * DAY)
    decide(made.objection_case, "upheld", manager, now=NOW + 2 * DAY)
    kept = FastDecision.objects.get()
    assert (kept.objection, kept.credit, told()) == (
        "upheld",
        Decimal("0.00"),
        {"fund": "500.00", "platform": "-500.00"},
    )
    assert (again(row).state, again(row).paid, log.faults(again(row))) == ("closed", Decimal("0.00"), [])


def told(merchant_id=""):
    return {b.account: str(b.amount) for b in money.balances(merchant_id) if b.amount}


def test_an_objection_taken_back_takes_the_credit_back_and_may_be_decided_anew(manager):
    money.fund_in("500.00", "BANK-1", manager, now=NOW)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    pay(row)
    made = rechecking.object_to(row.pk, SHOP, words="照片不是我们的商品", now=NOW)
    decide(made.objection_case, "upheld", manager)
    casework.undo(made.objection_case, manager, now=NOW)
    assert (told(), again(row).upheld, FastDecision.objects.get().objection) == (
        {"fund": "500.00", "platform": "-500.00"},
        True,
        "",
    )
    decide(made.objection_case, "upheld", manager)
    assert told()["deposit:M1"] == "60.00"
    assert (money.faults(), log.faults(again(row))) == ([], [])


def test_a_dismissed_objection_moves_no_money_and_an_empty_fund_decides_nothing(manager):
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    pay(row)
    made = rechecking.object_to(row.pk, SHOP, words="照片不是我们的商品", now=NOW)
    refused("fund_empty", decide, made.objection_case, "upheld", manager)
    assert (FastDecision.objects.get().objection, objections().get().state, verbs(row)[-1]) == ("", "open", "object")
    decide(made.objection_case, "dismissed", manager, words="照片与订单相符")
    kept = FastDecision.objects.get()
    assert (kept.objection, kept.credit, told(), again(row).upheld) == ("dismissed", Decimal("0.00"), {}, True)


def test_a_credit_first_lets_go_what_the_merchant_still_owes(manager):
    money.fund_in("500.00", "BANK-1", manager, now=NOW)
    money.deposit_in("M1", "20.00", "BANK-2", "类目保证金 20 元", manager, now=NOW)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    row = claim()
    upkeep.tick(NOW + 2 * DAY)
    money.advance(row.pk, manager, reference="PAY-1", now=NOW + 2 * DAY)
    assert told("M1") == {"paid:M1": "-60.00", "receivable:M1": "40.00"}
    made = rechecking.object_to(row.pk, SHOP, words="照片不是我们的商品", now=NOW + 3 * DAY)
    decide(made.objection_case, "upheld", manager, now=NOW + 3 * DAY)
    assert told() == {
        "buyers": "60.00",
        "deposit:M1": "20.00",
        "fund": "440.00",
        "paid:M1": "-20.00",
        "platform": "-500.00",
    }
    assert money.faults() == []


def test_those_drawn_stand_on_a_desk_and_too_much_that_leaked_switches_it_off(manager, monkeypatch):
    figures(monkeypatch, recheck_per_mille=1000, least_checked=10)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    rows = [claim(n) for n in range(4)]
    assert [r.state for r in rows] == ["fulfilling"] * 4
    waiting = Case.objects.filter(desk="complaints_recheck")
    assert (waiting.count(), fast.report(NOW).waiting) == (4, 4)
    assert not any("signal" in name or "buyer" in name for case in waiting for name in case.evidence)
    for row, said in zip(rows, ("not_real", "not_real", "not_real", "unclear"), strict=True):
        decide(FastDecision.objects.get(complaint=row).check_case, said, manager, words="照片为他店商品")
    kept = FastDecision.objects.get(complaint=rows[0])
    assert (kept.found, kept.checker_id, kept.checked_at) == ("not_real", manager.account_id, NOW)
    found = fast.leak(NOW)
    assert (found.on, found.checked, found.wrong, found.unclear) == (False, 3, 3, 1)
    assert found.why.en == "3 of 3 paid wrongly; lower end of the 90 % interval 52.6% > 2.0%"
    row = claim(9)
    assert (row.state, verbs(row)) == ("awaiting_merchant", ["open"])
    said = fast.report(NOW)
    assert (said.waiting, said.granted, said.promised) == (0, 4, {"merchant": Decimal("240.00")})
    assert (said.checked_yuan, said.wrong_yuan) == (Decimal("180.00"), Decimal("180.00"))
    assert [(m, x.checked, x.wrong) for m, x in said.by_merchant] == [("M1", 3, 3)]
    assert [(g.group, g.asked, g.granted) for g in said.groups] == [
        ("buyer:first_claim", 5, 4),
        ("category:appliances", 5, 4),
        ("channel:web", 5, 4),
        ("language:zh-hans", 5, 4),
    ]
    casework.undo(FastDecision.objects.get(complaint=rows[0]).check_case, manager, now=NOW)
    assert (fast.leak(NOW).checked, fast.report(NOW).waiting) == (2, 1)


def test_forged_proof_takes_two_persons_and_costs_the_fast_path_for_180_days_and_no_right(manager, monkeypatch):
    figures(monkeypatch, recheck_per_mille=1000, leak_per_mille=500, least_checked=100)
    allowing.allow("100.00", "10000.00", SHOP, now=NOW)
    case_id = FastDecision.objects.get(complaint=claim(1, buyer_id="b")).check_case
    decide(case_id, "forged", manager, words="照片系合成")
    assert FastDecision.objects.get().found == ""
    senior = person("sen", Role.SENIOR_REVIEWER)
    casework.confirm(case_id, senior, seen=cases.case(case_id, senior, now=NOW).seen, now=NOW)
    assert FastDecision.objects.get().found == "forged"
    for n in range(30):  # one wrong of 31 leaves it switched on
        decide(FastDecision.objects.get(complaint=claim(f"o{n}")).check_case, "real", manager)
    assert claim(2, buyer_id="b", now=NOW + 179 * DAY).state == "awaiting_merchant"
    assert claim(3, buyer_id="b", now=NOW + 181 * DAY).state == "fulfilling"
