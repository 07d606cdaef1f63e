"""One decision for all: to the fen on each one's own facts, nobody loses what he was promised, nobody is decided twice, nobody is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.contracts import EvidenceChangedError
from pinzhi.decisions import queries as decided
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.engine.models import FactRow, JobRun
from pinzhi.life.complaints import consumer, house, incidents, joint, log, merchant, money, placing
from pinzhi.life.complaints.contracts import TAKEN_UP, Remedy
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, JointDecision, Share
from pinzhi.life.complaints.rules.gathering import Standing, left_out
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, market, opened, person, refused
from pinzhi.people.roles import Role

COLD = "上周买的电热水壶，用了两天壶底就不加热了，客服说正常，我要求退货退款"
HOUR = timedelta(hours=1)
LATER = NOW + 4 * HOUR
WORDS = {"words_zh": "同批次抽检加热元件不合格。", "words_en": "The heating element of the batch failed a test."}


# --- pure ----------------------------------------------------------------------------------------------------------------------------------


def standing(**more):
    return Standing(
        **{
            "state": "with_house",
            "level": 3,
            "lies": None,
            "heard": True,
            "disproved": False,
            "decided_before": False,
            **more,
        }
    )


def test_why_somebody_is_left_out():
    d = Decimal
    assert left_out(standing(), "uphold", d(100), d(100)) == ""
    assert left_out(standing(state="closed"), "uphold", d(100), None) == "decided"
    assert left_out(standing(decided_before=True), "uphold", d(100), None) == "decided"
    assert left_out(standing(level=1), "dismiss", None, None) == "severe"
    assert left_out(standing(state="testing"), "uphold", d(100), None) == "testing"
    assert left_out(standing(state="asked_by_house"), "uphold", d(100), None) == "asked"
    assert left_out(standing(disproved=True), "uphold", d(100), None) == "other_facts"
    assert left_out(standing(state="awaiting_merchant", heard=False), "uphold", d(100), None) == "unheard"
    assert left_out(standing(state="awaiting_merchant", heard=False), "refer", None, None) == ""
    assert left_out(standing(state="proposed", lies=d("99.99")), "uphold", d(100), None) == ""
    assert left_out(standing(state="proposed", lies=d(100)), "uphold", d(100), None) == "offer_better"
    assert left_out(standing(state="proposed", lies=d(-1)), "uphold", d(100), None) == "offer_better"
    assert left_out(standing(state="proposed", lies=d(1)), "dismiss", None, None) == "offer_better"
    assert left_out(standing(), "uphold", d(100), d("100.01")) == "more_owed"


@given(
    st.builds(
        Standing, state=st.sampled_from(["with_house", "proposed", "awaiting_merchant", "closed", "fulfilling"]), level=st.integers(1, 4),
        lies=st.one_of(st.none(), st.decimals(0, 500, places=2)), heard=st.booleans(), disproved=st.booleans(), decided_before=st.booleans(),
    ),
    st.decimals(0, 500, places=2),
    st.one_of(st.none(), st.decimals(0, 500, places=2)),
)  # fmt: skip
def test_nobody_who_is_decided_gets_less_than_he_was_promised_or_than_the_law_gives(at, amount, owed):
    if left_out(at, "uphold", amount, owed) == "":
        assert at.lies is None or at.lies < amount
        assert owed is None or owed <= amount
        assert not at.decided_before
        assert at.level > 1


# --- with the tables -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def agent(db, settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"
    market()
    return person("ada", Role.COMPLAINT_AGENT)


@pytest.fixture
def manager(agent):
    return person("may", Role.MANAGER)


PRICES = ("128.00", "99.90", "33.33", "0.05", "256.10")


def many(prices=PRICES, *, contested=True, start=0, **more):
    """Complaints of one matter, by different buyers; the shop contests each."""
    rows = []
    for n, price in enumerate(prices, start=start):
        row = opened(
            COLD,
            now=NOW + timedelta(minutes=n),
            order_id=f"O{n}",
            buyer_id=f"b{n}",
            price=Decimal(price),
            vouched=True,
            **more,
        )
        if contested:
            merchant.answer("contest", row.pk, SHOP, words="产品没有问题", now=NOW + timedelta(minutes=n, seconds=30))
        rows.append(row)
    placing._shelf.clear()
    placing.run(NOW + HOUR)
    return rows


def incident() -> Incident:
    return Incident.objects.get(state__in=("open", "applying", "decided"))


def planned(by, **more):
    return joint.plan(
        incident().pk, by, **{"outcome": "uphold", "remedy": "refund", "now": NOW + 2 * HOUR, **WORDS, **more}
    )


def case():
    return cases.case(incident().case_id, HOUSE, now=NOW + 2 * HOUR)


def approve(by, outcome="approve", at=NOW + 2 * HOUR):
    seen = case()
    return casework.decide(seen.id, outcome, by, seen=seen.seen, reason="检测报告一致", now=at)


def carried(at=LATER):
    return joint.carry_out(JointDecision.objects.get(state="decided").pk, at)


def again(row):
    return Complaint.objects.get(pk=row.pk)


def verbs(row):
    return list(row.log.order_by("n").values_list("verb", flat=True))


def test_mixed_prices_to_the_fen_and_everybody_is_told_his_own(agent):
    rows = many(language="zh-hans")
    english = opened(
        COLD, now=NOW + timedelta(minutes=50), order_id="O90", buyer_id="b90", price=Decimal("70.01"), language="en"
    )
    merchant.answer("contest", english.pk, SHOP, words="no", now=NOW + timedelta(minutes=51))
    placing.run(NOW + HOUR)
    made = planned(agent, remedy="share", figure="30")
    amounts = list(Share.objects.filter(decision=made).order_by("pk").values_list("amount", "left_out"))
    assert amounts == [
        (Decimal("38.40"), ""), (Decimal("29.97"), ""), (Decimal("10.00"), ""), (Decimal("0.02"), ""), (Decimal("76.83"), ""), (Decimal("21.00"), ""),
    ]  # fmt: skip
    assert made.total == Decimal("176.22")
    approve(agent)
    assert incident().state == "applying"
    assert carried() == 6
    assert [again(r).amount for r in rows] == [Decimal(x) for x in ("38.40", "29.97", "10.00", "0.02", "76.83")]
    assert {again(r).state for r in [*rows, english]} == {"fulfilling"}
    said = again(rows[0]).log.get(verb="adjudicate")
    assert said.words == (
        "您反映的问题与其他消费者的投诉属同一事项，已一并处理。您可得：退款 38.40 元。理由：同批次抽检加热元件不合格。"
        "如有异议，结案后 15 日内可凭新情况申请重新处理一次，您也可以随时向 12315 投诉或者向法院起诉。"
    )
    assert "29.97" not in said.words
    assert (
        again(english)
        .log.get(verb="adjudicate")
        .words.startswith(
            "Your complaint is of the same matter as those of other buyers and was decided with them. You get: refund 21.00 yuan. Why: The heating"
        )
    )
    assert (incident().state, incident().decisions) == ("decided", 1)
    (told,) = [f.payload for f in FactRow.objects.filter(name="IncidentDecided")]
    assert (told["members"], told["orders"], told["total"]) == (6, 0, "176.22")
    assert [log.faults(again(r)) for r in rows] == [[]] * 5
    assert incidents.faults(incident()) == []


def test_who_is_left_out_and_why(agent):
    rows = many(("100.00",) * 8)
    house.assess(rows[0].pk, agent, level=1, now=LATER - 3 * HOUR)
    house.draft(rows[1].pk, agent, [Remedy("refund", Decimal("5.00"))], now=NOW + HOUR)
    one = cases.case(again(rows[1]).case_id, HOUSE, now=NOW + HOUR)
    casework.decide(one.id, "adjudicate", agent, seen=one.seen, reason="已单独裁定", now=NOW + HOUR)
    consumer.do("withdraw", rows[2].pk, now=NOW + HOUR)
    house.do("ask", rows[3].pk, agent, words="请补充照片", now=NOW + HOUR)
    house.do("ask_merchant", rows[4].pk, agent, words="请答复", now=NOW + HOUR)
    merchant.answer("offer", rows[4].pk, SHOP, remedies=[Remedy("refund", Decimal("100.00"))], now=NOW + HOUR)
    house.do("ask_merchant", rows[5].pk, agent, words="请答复", now=NOW + HOUR)
    merchant.answer("offer", rows[5].pk, SHOP, remedies=[Remedy("refund", Decimal("99.99"))], now=NOW + HOUR)
    placing.run(NOW + HOUR + timedelta(minutes=1))
    made = planned(agent, without={rows[6].pk})
    why = dict(Share.objects.filter(decision=made).values_list("complaint_id", "left_out"))
    assert [why[r.pk] for r in rows] == ["severe", "decided", "decided", "asked", "offer_better", "", "by_person", ""]
    assert made.total == Decimal("200.00")
    before = {r.pk: again(r).head for r in rows}
    approve(agent)
    assert carried() == 2
    assert [r.pk for r in rows if again(r).head != before[r.pk]] == [rows[5].pk, rows[7].pk]
    assert (again(rows[5]).amount, again(rows[4]).state, again(rows[1]).amount) == (
        Decimal("100.00"),
        "proposed",
        Decimal("5.00"),
    )


def test_a_merchant_who_was_not_heard_is_not_decided_against(agent):
    many(("10.00",) * 5, contested=False)
    refused("nobody_to_decide", planned, agent)
    assert (JointDecision.objects.count(), incident().state) == (0, "open")


def test_who_joins_after_the_preview_or_says_something_new_is_not_decided_with_it(agent):
    rows = many(("10.00",) * 6)
    made = planned(agent)
    seen = case()
    late = many(("10.00",), start=50)[0]
    consumer.do("say", rows[0].pk, words="还有一件事要补充", now=NOW + 3 * HOUR)
    assert case().seen == seen.seen  # a preview is not changed by what comes later
    casework.decide(seen.id, "approve", agent, seen=seen.seen, reason="一致", now=NOW + 3 * HOUR)
    assert carried() == 5
    assert (again(late).state, again(rows[0]).state) == ("with_house", "with_house")
    assert Share.objects.get(decision=made, complaint=rows[0]).left_out == "moved"
    assert (incident().state, incident().size) == ("decided", 7)


def test_another_preview_makes_the_old_page_stale(agent):
    many()
    planned(agent)
    seen = case()
    planned(agent, remedy="share", figure="50", now=NOW + 3 * HOUR)
    with pytest.raises(EvidenceChangedError):
        casework.decide(seen.id, "approve", agent, seen=seen.seen, reason="x", now=NOW + 3 * HOUR)
    assert (incident().state, Share.objects.exclude(applied_at=None).count()) == ("open", 0)
    assert sorted(JointDecision.objects.values_list("state", flat=True)) == ["dropped", "planned"]


def test_above_the_limit_two_persons_decide(agent, manager):
    many(("400.01",) * 5)
    planned(agent)
    assert approve(agent).state == "proposed"
    assert (incident().state, JobRun.objects.filter(name=joint.JOB).count()) == ("open", 0)
    seen = case()
    refused("not_permitted", casework.confirm, seen.id, agent, seen=seen.seen, now=NOW + 3 * HOUR)
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    assert (incident().state, JobRun.objects.filter(name=joint.JOB).count()) == ("applying", 1)
    assert JointDecision.objects.get(state="decided").decided_by == "two:complaint_agent+manager"


def test_killed_in_the_middle_it_goes_on_where_it_stopped(agent, monkeypatch):
    rows = many(("10.00",) * 7)
    planned(agent)
    approve(agent)
    real, calls = log.take, []

    def dies(a, row, verb, *args, **more):
        found = real(a, row, verb, *args, **more)
        if verb == "adjudicate":
            calls.append(row.pk)
            if len(calls) == 4:
                raise KeyboardInterrupt  # as if killed after the step was written and before the act had ended
        return found

    monkeypatch.setattr(joint.log, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        carried()
    assert Share.objects.exclude(applied_at=None).count() == 3
    assert sum("adjudicate" in verbs(r) for r in rows) == 3
    assert incident().state == "applying"
    refused("being_decided", incidents.part, rows[0].pk, agent, now=LATER)
    assert joint.carry_on(LATER + HOUR) == 4
    assert joint.carry_on(LATER + 2 * HOUR) == 0
    assert [verbs(r).count("adjudicate") for r in rows] == [1] * 7
    assert sum(again(r).amount for r in rows) == Decimal("70.00")
    assert (incident().state, incidents.faults(incident())) == ("decided", [])


def test_one_that_fails_stops_no_other_and_is_tried_again(agent, monkeypatch):
    rows = many(("10.00",) * 5)
    planned(agent)
    approve(agent)
    real = joint._to_member

    def fails(a, share):
        if share.complaint_id == rows[2].pk:
            raise RuntimeError("a fault of ours")
        return real(a, share)

    monkeypatch.setattr(joint, "_to_member", fails)
    assert carried() == 4
    assert (incident().state, again(rows[2]).state) == ("applying", "with_house")
    monkeypatch.setattr(joint, "_to_member", real)
    assert joint.carry_on(LATER + HOUR) == 1
    assert (incident().state, again(rows[2]).state) == ("decided", "fulfilling")


def test_who_was_involved_before_does_not_decide_it_again(agent):
    rows = many(("10.00",) * 5)
    house.draft(rows[0].pk, agent, [Remedy("refund", Decimal("5.00"))], now=NOW + HOUR)
    one = cases.case(again(rows[0]).case_id, HOUSE, now=NOW + HOUR)
    casework.decide(one.id, "propose", agent, seen=one.seen, reason="各担一半", now=NOW + HOUR)
    consumer.do("decline", rows[0].pk, words="不同意", now=NOW + HOUR)
    planned(agent)
    approve(agent)
    assert carried() == 4
    assert Share.objects.get(complaint=rows[0], decision__state="applied").left_out == "involved"


def test_dismissed_or_handed_to_the_authority(agent):
    rows = many(("10.00",) * 5)
    planned(agent, outcome="dismiss", remedy="")
    approve(agent)
    assert carried() == 5
    assert {(again(r).state, again(r).closed_as) for r in rows} == {("closed", "unfounded")}
    more = many(("10.00",) * 5, start=20)
    assert incident().state == "open"  # those who came later are as many again
    planned(agent, outcome="refer", remedy="")
    approve(agent)
    assert carried() == 5
    assert {again(r).state for r in more} == {"escalated"}
    assert {again(r).closed_as for r in rows} == {"unfounded"}


def test_what_the_law_gives_differs_by_the_day_and_the_findings(agent):
    rows = many(("100.00",) * 5)
    fraud = planned(agent, remedy="full", findings=["fraud"])
    assert set(Share.objects.filter(decision=fraud).values_list("amount", "left_out")) == {(Decimal("600.00"), "")}
    assert fraud.total == Decimal("3000.00")  # 5 × (100 + 500): three times the price, at least 500
    refused("nobody_to_decide", planned, agent, remedy="refund", findings=["fraud"], now=NOW + 3 * HOUR)
    assert JointDecision.objects.get(state="planned").pk == fraud.pk
    house.assess(rows[0].pk, agent, findings={"fraud": "disproved"}, now=NOW + 3 * HOUR)
    other = planned(agent, remedy="full", findings=["fraud"], now=NOW + 3 * HOUR)
    assert Share.objects.get(decision=other, complaint=rows[0]).left_out == "other_facts"
    assert other.total == Decimal("2400.00")


def test_refused_plans_and_decisions_do_nothing(agent):
    many()
    for code, more in (
        ("outcome_unknown", {"outcome": "abuse"}), ("remedy_unknown", {"remedy": "gold"}), ("remedy_amount", {"remedy": "share", "figure": "101"}),
        ("remedy_amount", {"remedy": "fixed", "figure": "x"}), ("finding_unknown", {"findings": ["witchcraft"]}),
        ("words_missing", {"words_zh": "", "words_en": " "}), ("orders_only_upheld", {"outcome": "dismiss", "orders": True}),
    ):  # fmt: skip
        refused(code, planned, agent, **more)
    refused("not_permitted", planned, person("eve", Role.SAMPLING_OFFICER))
    refused("incident_unknown", joint.plan, "0" * 32, agent, outcome="dismiss", words_zh="x", now=NOW)
    refused("plan_missing", approve, agent)
    assert (JointDecision.objects.count(), Share.objects.count(), incident().state) == (0, 0, "open")


def test_the_sale_is_stopped_by_two_persons_and_the_incident_stays_on_the_desk(agent, manager):
    many()
    assert approve(agent, "hold").state == "proposed"
    seen = case()
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    (live,) = decided.live_from_source(f"complaints:case.{seen.id}", NOW + 3 * HOUR)
    assert (live.subject_kind, live.subject_id, live.effect) == ("batch", "B1", "stop_sale")
    assert (incident().state, incident().case_id != seen.id) == ("open", True)


def test_left_to_themselves_it_leaves_the_desk_and_stays_away(agent):
    rows = many()
    approve(agent, "leave")
    row = Incident.objects.get()
    assert (row.state, row.case_id) == ("left", "")
    many(("10.00",) * 3, start=60)
    assert Incident.objects.get().state == "left"
    assert {again(r).state for r in rows} == {"with_house"}


def test_when_nobody_waits_any_more_it_leaves_the_desk(agent):
    rows = many()
    old = incident().case_id
    for row in rows:
        consumer.do("withdraw", row.pk, now=NOW + 2 * HOUR)
    placing.run(NOW + 2 * HOUR)
    assert (Incident.objects.get().state, Incident.objects.get().case_id) == ("gathering", "")
    assert cases.case(old, HOUSE, now=LATER).outcome == "over"


# --- orders of which nobody complained -----------------------------------------------------------------------------------------------------

BOUGHT = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)


def events(*rows):
    """(kind, order, amount) of batch B1."""
    lines = [
        {
            "event_id": f"{kind}-{order}-{n}", "kind": kind, "at": BOUGHT + (timedelta(days=2) if kind != "sale" else timedelta()), "listing_id": "L1",
            "merchant_id": "M1", "category": "小家电", "order_id": order, "batch_id": "B1", "code": None, "quantity": 1,
            "amount": None if amount is None else Decimal(amount), "score": None, "reason": None, "text": None, "buyer_id": f"buyer-{order}", "region": None,
            "carrier": None,
        }
        for n, (kind, order, amount) in enumerate(rows)
    ]  # fmt: skip
    open_store().append(pa.Table.from_pylist(lines, schema=EVENT_SCHEMA), source="shop")


def test_those_who_never_complained_are_paid_once_and_who_is_settled_is_left_out(agent, manager):
    rows = many(("10.00",) * 5)
    events(
        ("sale", "P1", "129.90"), ("sale", "P2", "88.00"), ("sale", "P3", "50.00"), ("return", "P3", "50.00"), ("sale", "P4", "50.00"),
        ("refund", "P4", "50.00"), ("sale", "P5", None), ("sale", "P6", "1000.01"), ("sale", "O0", "10.00"), ("sale", "P7", "20.00"),
    )  # fmt: skip
    made = planned(agent, orders=True)
    shares = Share.objects.filter(decision=made).exclude(order_id="").order_by("order_id")
    assert list(shares.values_list("order_id", "amount", "left_out")) == [
        ("P1", Decimal("129.90"), ""), ("P2", Decimal("88.00"), ""), ("P3", Decimal("0.00"), "refunded"), ("P4", Decimal("0.00"), "refunded"),
        ("P5", Decimal("0.00"), "unknown_price"), ("P6", Decimal("0.00"), "above_cap"), ("P7", Decimal("20.00"), ""),
    ]  # fmt: skip
    assert made.total == Decimal("287.90")
    assert approve(agent).state == "proposed"  # below the amount, and yet two persons
    seen = case()
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    late = opened(
        COLD, now=NOW + 3 * HOUR, order_id="P7", buyer_id="buyer-P7", price=Decimal("20.00")
    )  # he complains meanwhile
    assert carried() == 7
    assert Share.objects.get(order_id="P7").left_out == "complained"
    paid = Complaint.objects.filter(channel=TAKEN_UP).order_by("order_id")
    assert [(p.order_id, p.state, p.amount, p.merchant_id, p.contact) for p in paid] == [
        ("P1", "fulfilling", Decimal("129.90"), "M1", {}), ("P2", "fulfilling", Decimal("88.00"), "M1", {}),
    ]  # fmt: skip
    assert (
        paid[0]
        .log.get(n=1)
        .words.startswith("您没有投诉，但经追溯，您的订单所购商品属于同一问题涉及的批次。您可得：退款 129.90 元。")
    )
    assert [
        f.payload["verb"] for f in FactRow.objects.filter(name="ComplaintMoved", payload__complaint_id=paid[0].pk)
    ] == ["open_owed"]
    assert not FactRow.objects.filter(name="ComplaintOpened", payload__complaint_id=paid[0].pk).exists()
    assert {p.placement.ground for p in paid} == {"traced"}
    assert again(late).state == "awaiting_merchant"
    assert incident().size == 7
    events(("sale", "P8", "30.00"))
    many(("10.00",) * 5, start=30)
    second = planned(agent, orders=True, now=LATER)
    assert (
        dict(Share.objects.filter(decision=second).exclude(order_id="").values_list("order_id", "left_out"))["P1"]
        == "paid_before"
    )
    assert second.total == Decimal("80.00") + Decimal("0.00") * len(rows)


def test_what_is_owed_to_an_order_can_be_waived_given_and_advanced_like_any_other(agent, manager):
    many(("10.00",) * 5)
    events(("sale", "P1", "129.90"), ("sale", "P2", "88.00"), ("sale", "P3", "60.00"))
    planned(agent, orders=True)
    approve(agent)
    seen = case()
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    carried()
    one, two, three = Complaint.objects.filter(channel=TAKEN_UP).order_by("order_id")
    consumer.do("waive", one.pk, words="不需要", now=LATER)
    assert (again(one).state, again(one).closed_as, again(one).amount) == ("closed", "withdrawn", Decimal("0.00"))
    merchant.fulfil(two.pk, 0, SHOP, proof="流水 1", now=LATER)
    assert (again(two).state, again(two).paid) == ("closed", Decimal("88.00"))
    refused("step_not_allowed", consumer.do, "waive", two.pk, now=LATER)
    from pinzhi.life.complaints import upkeep

    over = LATER + timedelta(days=8)
    upkeep.tick(over)
    assert again(three).state == "with_house"
    money.fund_in("500.00", "B-1", manager, now=over)
    money.advance(three.pk, manager, reference="B-2", now=over)
    assert (again(three).state, again(three).paid) == ("closed", Decimal("60.00"))
    assert money.faults() == []
    normal = opened(COLD, now=NOW, order_id="Q1", buyer_id="q")
    refused("step_not_allowed", consumer.do, "waive", normal.pk, now=LATER)


def test_what_needs_the_buyer_is_offered(agent, manager):
    many(("10.00",) * 5)
    events(("sale", "P1", "129.90"))
    planned(agent, orders=True, remedy="exchange")
    approve(agent)
    seen = case()
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    carried()
    row = Complaint.objects.get(channel=TAKEN_UP)
    assert (row.state, [r.kind for r in log.of(row).offer.remedies]) == ("proposed", ["exchange"])
    consumer.do("accept", row.pk, offer=1, now=LATER)
    assert again(row).state == "fulfilling"


def test_more_than_the_cap_for_all_orders_is_not_planned(agent):
    many(("10.00",) * 5)
    events(*[("sale", f"P{n:03}", "999.00") for n in range(201)])
    refused("orders_above_cap", planned, agent, orders=True)
    assert JointDecision.objects.count() == 0
