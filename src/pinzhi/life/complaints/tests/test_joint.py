"""One decision for all: to the fen on each one's own facts, nobody loses what he was promised, nobody is decided twice, nobody is forgotten."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.contracts import EvidenceChangedError
from pinzhi.decisions import queries as decided
from pinzhi.engine.models import FactRow, JobRun
from pinzhi.life.complaints import consumer, house, incidents, joint, log, merchant, placing
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.models_incidents import Incident, JointDecision, Share
from pinzhi.life.complaints.rules.gathering import Standing, left_out
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, opened, person, refused
from pinzhi.life.complaints.tests.matters import (
    COLD,
    HOUR,
    LATER,
    again,
    approve,
    carried,
    case,
    incident,
    many,
    planned,
    verbs,
)
from pinzhi.people.roles import Role

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


def test_who_was_parted_after_the_preview_is_not_decided_with_the_others(agent):
    rows = many(("10.00",) * 6)
    made = planned(agent)
    own = incidents.part(rows[0].pk, agent, now=NOW + 2 * HOUR)
    approve(agent)
    assert carried() == 5
    assert Share.objects.get(decision=made, complaint=rows[0]).left_out == "moved"
    assert (again(rows[0]).state, "adjudicate" in verbs(rows[0]), own.size) == ("with_house", False, 1)
    assert incident().state == "decided"


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
