"""A complaint from its opening to its end, through its acts: exact states, facts and sums; what a refused step leaves behind: nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.models import Case
from pinzhi.decisions import queries as decided
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.engine.models import FactRow
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.complaints import consumer, house, keys, log, merchant, opening
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.models import Complaint, StepRow
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, OTHER, SHOP, entry, market, opened, person, refused
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REFUND = Remedy("return_refund", Decimal("128.00"))


@pytest.fixture(autouse=True)
def shops(settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"  # what another test sold is not sold here
    market()


@pytest.fixture
def agent():
    return person("ada", Role.COMPLAINT_AGENT)


@pytest.fixture
def second():
    return person("bea", Role.COMPLAINT_AGENT)


@pytest.fixture
def manager():
    return person("may", Role.MANAGER)


def facts(name):
    return [f.payload for f in FactRow.objects.filter(name=name).order_by("seq")]


def verbs(row):
    return list(row.log.order_by("n").values_list("verb", flat=True))


def again(row):
    return Complaint.objects.get(pk=row.pk)


def decide(row, outcome, by, reason="见说明", now=NOW):
    case = cases.case(again(row).case_id, HOUSE, now=now)
    return casework.decide(case.id, outcome, by, seen=case.seen, reason=reason, now=now)


def test_the_merchant_offers_the_buyer_accepts_and_it_ends_when_it_is_paid():
    row = opened()
    assert (row.state, row.kind, row.level, row.merchant_id, row.case_id) == ("awaiting_merchant", "Q1", 3, "M1", "")
    merchant.answer(
        "offer",
        row.pk,
        SHOP,
        words="给您退货退款，运费我们出",
        remedies=[REFUND, Remedy("freight", Decimal("12.00"))],
        now=NOW + DAY,
    )
    offer = log.of(again(row)).offer
    assert (offer.n, [r.kind for r in offer.remedies]) == (2, ["return_refund", "freight"])
    consumer.do("accept", row.pk, offer=2, now=NOW + DAY)
    assert (again(row).state, again(row).amount, again(row).upheld) == ("fulfilling", Decimal("140.00"), True)
    merchant.fulfil(row.pk, 0, SHOP, proof="支付流水 20261125001", now=NOW + 2 * DAY)
    assert (again(row).state, again(row).paid) == ("fulfilling", Decimal("128.00"))
    merchant.fulfil(row.pk, 1, SHOP, proof="支付流水 20261125002", now=NOW + 2 * DAY)
    row = again(row)
    assert (row.state, row.closed_as, row.paid) == ("closed", "fulfilled", Decimal("140.00"))
    assert verbs(row) == ["open", "offer", "accept", "fulfil", "fulfil", "complete"]
    assert [(f["kind"], f["amount"], f["payer"]) for f in facts("RemedyFulfilled")] == [
        ("return_refund", "128.00", "merchant"),
        ("freight", "12.00", "merchant"),
    ]
    (closed,) = facts("ComplaintClosed")
    assert (closed["closed_as"], closed["upheld"], closed["amount"], closed["batch_id"]) == (
        "fulfilled",
        True,
        "140.00",
        "B1",
    )
    assert log.faults(row) == []


def test_what_nobody_agrees_on_is_decided_by_a_person_who_is_new_to_it(agent, second):
    row = opened()
    merchant.answer("contest", row.pk, SHOP, words="买家使用不当，壶底有磕碰", now=NOW)
    row = again(row)
    assert (row.state, Case.objects.get(pk=row.case_id).desk) == ("with_house", "complaints")
    refused("draft_missing", decide, row, "propose", agent)
    house.draft(row.pk, agent, [Remedy("compensation", Decimal("60.00"))], now=NOW)
    decide(row, "propose", agent, "各担一半")
    assert (again(row).state, again(row).case_id) == ("proposed", "")
    consumer.do("decline", row.pk, words="我没有磕碰过", now=NOW)
    house.draft(row.pk, second, [REFUND], now=NOW)
    refused("involved_before", decide, row, "adjudicate", agent)
    assert again(row).state == "with_house"
    decide(row, "adjudicate", second, "商家未能证明人为损坏（消法第二十三条）")
    assert (again(row).state, again(row).amount) == ("fulfilling", Decimal("128.00"))
    said = StepRow.objects.get(complaint=row, verb="adjudicate")
    assert (said.words, said.inside, said.data["remedies"][0]["kind"]) == (
        "商家未能证明人为损坏（消法第二十三条）",
        False,
        "return_refund",
    )


def test_above_the_limit_two_persons_decide_and_the_second_sees_what_the_first_saw(agent, second, manager):
    row = opened(price=Decimal("9000.00"), kind="", words="@@@")
    house.draft(row.pk, agent, [Remedy("refund", Decimal("2000.01"))], now=NOW)
    case = decide(row, "adjudicate", agent)
    assert (case.state, again(row).state) == ("proposed", "with_house")
    consumer.do("say", row.pk, words="还有一件事要补充", now=NOW)
    new = cases.case(case.id, HOUSE, now=NOW)
    refused("evidence_changed", casework.confirm, case.id, manager, seen=new.seen, now=NOW)
    casework.reject(case.id, manager, reason="先看新的说明", now=NOW)
    decide(row, "adjudicate", agent)
    new = cases.case(case.id, HOUSE, now=NOW)
    casework.confirm(case.id, manager, seen=new.seen, now=NOW)
    assert (again(row).state, log.of(again(row)).deciders) == ("fulfilling", {agent.account_id, manager.account_id})


def test_injury_goes_to_a_person_at_once_and_two_buyers_ask_for_a_hold(agent, manager):
    first = opened("壶身漏电把手电麻了", kind="S1")
    assert (first.state, first.level, Case.objects.get(pk=first.case_id).desk) == ("with_house", 1, "complaints_safety")
    refused("step_not_allowed", merchant.answer, "offer", first.pk, SHOP, remedies=[REFUND], now=NOW)
    second = opened("插上电就冒烟起火了", kind="S1", buyer_id="buyer-2", order_id="O2", now=NOW + DAY)
    hazard = Case.objects.get(pk=second.case_id).evidence["hazard"]
    assert (hazard["claims"], hazard["zh"]) == (2, "30 天内 2 名消费者反映危险")
    assert [f["claims"] for f in facts("HazardReported")] == [1, 2]
    case = decide(second, "hold", agent, "已联系两位消费者，均为漏电", now=NOW + DAY)
    assert case.state == "proposed"  # nothing is stopped by one person
    assert decided.standing(Subject(Kind.BATCH, "B1"), NOW + DAY).state != "stopped"
    casework.confirm(case.id, manager, seen=cases.case(case.id, HOUSE, now=NOW + DAY).seen, now=NOW + DAY)
    assert decided.standing(Subject(Kind.BATCH, "B1"), NOW + DAY).state == "stopped"
    assert decided.standing(Subject(Kind.BATCH, "B1"), NOW + 5 * DAY).state != "stopped"  # it ends by itself
    assert Case.objects.get(pk=again(second).case_id).desk == "complaints"


def test_words_about_safety_only_ever_raise_the_severity():
    row = opened(vouched=True)
    assert row.level == 3
    joined = opening.open_complaint(entry("刚才起火了", kind="", vouched=True), now=NOW + DAY)
    assert (joined.joined, joined.row.pk, again(row).level, again(row).state) == (True, row.pk, 1, "with_house")
    opening.open_complaint(entry("没事了，就是坏了", kind="Q1", vouched=True), now=NOW + 2 * DAY)
    assert again(row).level == 1


def test_a_withdrawn_complaint_leaves_the_desk_and_is_reopened_once(agent):
    row = opened(kind="", words="？？？")
    case = row.case_id
    assert Case.objects.get(pk=case).state == "open"
    consumer.do("withdraw", row.pk, words="已经解决", now=NOW)
    assert (Case.objects.get(pk=case).outcome, again(row).closed_as, again(row).case_id) == ("over", "withdrawn", "")
    refused("over", casework.reopen, case, agent, reason="再看", now=NOW)
    refused("nothing_new", consumer.do, "reopen", row.pk, now=NOW + DAY)
    refused("reopen_too_late", consumer.do, "reopen", row.pk, words="又坏了", now=NOW + 16 * DAY)
    consumer.do("reopen", row.pk, words="又坏了", now=NOW + 15 * DAY)
    assert again(row).state == "with_house"
    consumer.do("withdraw", row.pk, now=NOW + 15 * DAY)
    refused("reopened_already", consumer.do, "reopen", row.pk, words="又坏了", now=NOW + 16 * DAY)
    consumer.do("rate", row.pk, mark=4, now=NOW + 16 * DAY)
    refused("rated_already", consumer.do, "rate", row.pk, mark=5, now=NOW + 16 * DAY)
    assert (again(row).rated, log.faults(again(row))) == (4, [])


def test_a_dismissal_is_undone_within_seconds_and_the_case_is_there_again(agent):
    row = opened(kind="", words="？？？")
    case = decide(row, "dismiss", agent, "未说明任何问题")
    assert (again(row).state, again(row).closed_as) == ("closed", "unfounded")
    casework.undo(case.id, agent, now=NOW + timedelta(seconds=5))
    assert (again(row).state, again(row).case_id) == ("with_house", case.id)
    house.draft(row.pk, agent, [REFUND], now=NOW)
    decide(row, "propose", agent)
    consumer.do("accept", row.pk, offer=log.of(again(row)).offer.n, now=NOW)
    refused("already_acted", casework.undo, case.id, agent, now=NOW + timedelta(seconds=5))
    assert again(row).state == "fulfilling"


def test_grave_complaints_are_looked_at_once_more_before_they_close(agent, manager):
    row = opened("孩子被烫伤", kind="S1")
    decide(row, "contacted", agent)
    house.draft(row.pk, agent, [Remedy("apology")], now=NOW)
    decide(row, "propose", agent)
    consumer.do("accept", row.pk, offer=log.of(again(row)).offer.n, now=NOW)
    merchant.fulfil(row.pk, 0, SHOP, proof="书面致歉信", now=NOW)
    assert (again(row).state, Case.objects.get(pk=again(row).case_id).desk) == ("reviewing", "complaints_review")
    refused("not_permitted", decide, row, "approve", agent)
    decide(row, "approve", manager)
    assert (again(row).state, again(row).closed_as) == ("closed", "fulfilled")


def test_complaints_are_joined_and_parted_and_each_keeps_its_own_log(agent):
    one, two = opened(), opened(order_id="O2")
    refused("merge_itself", house.merge, one.pk, one.pk, agent, now=NOW)
    refused(
        "merge_other_merchant",
        house.merge,
        one.pk,
        opened(listing_id="L2", batch_id="", merchant_id="").pk,
        agent,
        now=NOW,
    )
    house.merge(two.pk, one.pk, agent, now=NOW)
    assert (again(two).state, again(two).merged_into_id) == ("merged", one.pk)
    refused("step_not_allowed", consumer.do, "withdraw", two.pk, now=NOW)
    house.split(two.pk, agent, now=NOW)
    assert (again(two).state, again(two).merged_into_id, verbs(again(two))) == (
        "with_house",
        None,
        ["open", "merge", "split"],
    )


@pytest.mark.parametrize("verb", ["offer", "contest", "say"])
def test_another_shop_sees_no_complaint_and_a_refused_step_leaves_nothing(verb):
    row = opened()
    refused("complaint_unknown", merchant.answer, verb, row.pk, OTHER, words="x", remedies=[REFUND], now=NOW)
    refused("complaint_unknown", merchant.fulfil, row.pk, 0, OTHER, proof="x", now=NOW)
    assert (verbs(again(row)), again(row).head, len(facts("ComplaintMoved"))) == (["open"], row.head, 1)


def test_the_same_number_is_the_same_complaint_and_other_content_under_it_is_refused():
    first = opening.open_complaint(entry(reference="A-1"), now=NOW)
    second = opening.open_complaint(entry(reference="A-1"), now=NOW + DAY)
    assert (second.fresh, second.row.pk, second.key) == (False, first.row.pk, first.key)
    refused("reference_taken", opening.open_complaint, entry("别的事", reference="A-1"), now=NOW)
    assert Complaint.objects.count() == 1


def test_only_receipt_and_key_together_open_the_page_and_guessing_ends():
    row = opened()
    key = keys.key_of(row.pk)
    assert consumer.find(row.receipt.lower(), f"{key[:4]}-{key[4:8]} {key[8:]}".lower(), now=NOW).pk == row.pk
    refused("receipt_unknown", consumer.find, "ZZZZZZZZZZ", key, now=NOW)
    for _ in range(10):
        refused("receipt_unknown", consumer.find, row.receipt, "WRONGWRONGWR", now=NOW)
    refused("too_many_keys", consumer.find, row.receipt, key, now=NOW)
    assert consumer.find(row.receipt, key, now=NOW + timedelta(days=1, minutes=1)).pk == row.pk


def test_whoever_changes_a_line_is_found_and_words_may_be_erased():
    row = opened()
    merchant.answer("say", row.pk, SHOP, words="请稍等", now=NOW)
    StepRow.objects.filter(complaint=row, n=1).update(words="", salt="")
    assert log.faults(again(row)) == []
    StepRow.objects.filter(complaint=row, n=2).update(words="已经退款")
    assert log.faults(again(row)) == ["the words of step 2 were changed"]
    StepRow.objects.filter(complaint=row, n=1).update(data={"kinds": ["Q1"], "level": 4})
    assert log.faults(again(row)) == [
        "step 1 was changed",
        "the words of step 2 were changed",
        "«level» is not what the log adds up to",
    ]


def test_an_order_token_vouches_and_a_cut_one_does_not():
    token = keys.order_token({"order_id": "O1", "price": "128.00", "listing_id": "L1"})
    assert keys.read_token(token) == {"order_id": "O1", "price": "128.00", "listing_id": "L1"}
    refused("order_token_wrong", keys.read_token, token[:-2])
    refused("order_token_wrong", keys.read_token, "x" * 100_000)
    refused("order_field_unknown", keys.order_token, {"order_id": "O1", "colour": "red"})
    refused("order_id_missing", keys.order_token, {"price": "1"})


def test_an_offence_runs_apart_and_needs_no_name(agent, manager):
    row, key = opening.report_offence(entry("三无产品，没有生产厂家", kind="X"), now=NOW)
    assert (Complaint.objects.count(), row.contact, Case.objects.get(pk=row.case_id).desk) == (
        0,
        {},
        "complaints_offence",
    )
    assert [f["named"] for f in facts("OffenceReported")] == [False]
    case = cases.case(row.case_id, HOUSE, now=NOW)
    casework.decide(case.id, "refer", agent, seen=case.seen, reason="已移送属地市场监管局", now=NOW)
    casework.confirm(case.id, manager, seen=case.seen, now=NOW)
    found = consumer.find(row.receipt, key, now=NOW)
    assert (found.outcome, found.answer) == ("refer", "已移送属地市场监管局")
    refused("words_missing", opening.report_offence, entry("", kind="X"), now=NOW)


def test_what_the_buyer_says_later_is_read_like_what_he_said_first():
    row = opened()
    consumer.do("say", row.pk, words="今天插上电起火了", now=NOW + DAY)
    row = again(row)
    assert (row.level, row.state, Case.objects.get(pk=row.case_id).desk) == (1, "with_house", "complaints_safety")
    assert verbs(row) == ["open", "say", "assess", "hand_over"]
    assert [(f["complaint_id"], f["claims"]) for f in facts("HazardReported")] == [(row.pk, 1)]
    consumer.do("say", row.pk, words="没有起火，我看错了", now=NOW + DAY)
    assert (again(row).level, len(facts("HazardReported"))) == (1, 1)


def test_severity_raised_by_a_person_goes_the_same_way(agent):
    row = opened()
    house.assess(row.pk, agent, level=1, now=NOW)
    assert (again(row).state, Case.objects.get(pk=again(row).case_id).desk) == ("with_house", "complaints_safety")
    decide(row, "contacted", agent)
    assert Case.objects.get(pk=again(row).case_id).desk == "complaints"
    house.assess(row.pk, agent, findings={"injury": "established"}, now=NOW)
    assert Case.objects.get(pk=again(row).case_id).evidence["hazard"]["zh"] == "已有 1 起伤害或者危险经核实"
    assert len(facts("HazardReported")) == 1


def test_a_hazard_after_a_first_one_was_settled_goes_to_the_desk_of_hazards_again(agent):
    row = opened("壶身漏电把手电麻了", kind="S1")
    decide(row, "no_hazard", agent, "静电")
    assert (again(row).level, Case.objects.get(pk=again(row).case_id).desk) == (3, "complaints")
    consumer.do("say", row.pk, words="刚才又漏电，手被电麻了", now=NOW + DAY)
    assert (again(row).level, Case.objects.get(pk=again(row).case_id).desk) == (1, "complaints_safety")


def test_what_was_joined_goes_on_by_itself_when_the_other_has_ended(agent):
    one, two = opened(), opened(order_id="O2")
    house.merge(two.pk, one.pk, agent, now=NOW)
    consumer.do("withdraw", one.pk, now=NOW + DAY)
    two = again(two)
    assert (two.state, two.merged_into_id, Case.objects.get(pk=two.case_id).state) == ("with_house", None, "open")


@pytest.mark.parametrize("verb", ["escalate", "contact", "fail", "adjudicate"])
def test_what_a_desk_decides_no_single_step_does(agent, verb):
    row = opened(kind="", words="？？？")
    refused("step_unknown", house.do, verb, row.pk, agent, words="x", now=NOW)
    assert verbs(again(row)) == ["open_house"]


@pytest.mark.parametrize(("sold", "proposed"), [(None, True), (30, True), (1000, False)])
def test_what_was_sold_is_weighed_before_a_stop_is_proposed(tmp_path, settings, sold, proposed):
    settings.EVENT_STORE = tmp_path / "events"
    if sold:
        row = dict.fromkeys(EVENT_SCHEMA.names) | {
            "event_id": "e1", "kind": "sale", "at": NOW - 20 * DAY, "order_id": "S", "buyer_id": "x", "listing_id": "L1", "merchant_id": "M1",
            "category": "小家电", "batch_id": "B1", "quantity": sold,
        }  # fmt: skip
        open_store().append(pa.Table.from_pylist([row], schema=EVENT_SCHEMA), source="shop")
    opened("壶身漏电把手电麻了", kind="S1")
    second = opened("插上电就冒烟起火了", kind="S1", buyer_id="buyer-2", order_id="O2")
    assert ("zh" in Case.objects.get(pk=second.case_id).evidence["hazard"]) is proposed
