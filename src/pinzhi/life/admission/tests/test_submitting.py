"""Submitting: what is stored, what is told, what a replay gives, and what a refused act leaves behind: nothing."""

import json
from datetime import date

import pytest

from pinzhi.casework import queries as cases
from pinzhi.casework.models import Case
from pinzhi.catalogue import actions as catalogue
from pinzhi.decisions import queries as decided
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.admission import actions, queries
from pinzhi.life.admission.models import Appeal, Docket, PaperWatch, Screening, Submission
from pinzhi.life.admission.stored import listing_from, outward, snapshot_of, verdict_bytes
from pinzhi.life.admission.tests.goods import (
    ABSOLUTE,
    CLEAN,
    COUNTERFEIT,
    DOUBTFUL,
    HOUSE,
    OTHER,
    SHOP,
    T0,
    at,
    goods,
    paper,
)
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db

L1 = Subject(Kind.LISTING, "L1")


def facts(name):
    return [r.payload for r in FactRow.objects.filter(name=name).order_by("seq")]


def standing(when=T0, subject=L1):
    return decided.standing(subject, when).state


def nothing_was_stored():
    tables = (Submission, Screening, Docket, PaperWatch, Appeal, Case, DecisionRow, FactRow)
    return [t.__name__ for t in tables if t.objects.exists()] == []


def test_a_snapshot_reads_back_as_the_same_listing():
    from datetime import datetime
    from decimal import Decimal

    from pinzhi.kernel.clock import SHANGHAI
    from pinzhi.life.admission.contracts import DealPrice, Sku

    whole = goods(
        subtitle="夏季新款",
        price=Decimal("59.90"),
        compared_price=Decimal(99),
        deal_prices=(DealPrice(datetime(2026, 11, 1, 9, tzinfo=SHANGHAI), Decimal("59.90")),),
        images=("a.jpg",),
        documents=(paper("ccc", "1", valid_to="2027-01-01"),),
        skus=(Sku("M", Decimal("59.90")), Sku("XL", Decimal("69.90"))),
        head_price=Decimal("59.90"),
    )
    snapshot, content = snapshot_of(whole)
    assert listing_from(json.loads(json.dumps(snapshot))) == whole
    assert snapshot_of(listing_from(snapshot)) == (snapshot, content)


def test_clean_goods_are_admitted_at_once():
    done = actions.submit(goods(CLEAN), SHOP, now=T0)
    assert (done.row.state, done.screening.outcome, done.fresh) == ("passed", "pass", True)
    assert done.screening.as_of == date(2026, 11, 24)
    assert [(d.effect, d.source) for d in decided.history(L1)] == [("admit", f"admission:{done.row.pk}")]
    assert decided.history(L1)[0].decided_by.startswith("rule:admission/")
    (fact,) = facts("ListingAdmitted")
    assert (fact["content"], fact["merchant_id"]) == (done.row.content, "M1")
    assert standing() == "normal"
    assert not Case.objects.exists()


def test_refused_goods_are_told_the_words_the_article_and_the_change():
    done = actions.submit(goods(ABSOLUTE), SHOP, now=T0)
    assert done.row.state == "refused"
    (row,) = decided.history(L1)
    (reason,) = row.reasons
    said = {e["name"]: e["value"] for e in reason["evidence"]}
    assert (row.effect, reason["code"]) == ("delist", "T01")
    assert (said["field"], said["start"], said["end"], said["text"]) == ("title", "0", "6", "全网第一品牌")
    assert reason["law"] == {"instrument": "广告法", "article": "9(3)", "version": "2021年修正", "verified": True}
    assert said["fix_zh"]
    assert said["fix_en"]
    assert reason["sentence"]["zh"].startswith("标题：“全网第一品牌”")
    (fact,) = facts("ListingRefused")
    assert (fact["outcome"], fact["rules"], fact["severe"]) == ("refused", ["T01"], [])
    assert standing() == "delisted"


def test_severe_rules_are_named_in_the_fact():
    actions.submit(goods(COUNTERFEIT), SHOP, now=T0)
    (fact,) = facts("ListingRefused")
    assert fact["severe"] == ["T20"]


def test_doubtful_goods_wait_hidden_for_a_person():
    done = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    assert done.row.state == "pending"
    case = cases.case(done.row.case_id, HOUSE, now=T0)
    assert (case.desk, case.severity.value, case.due) == ("admission", "M", at(hours=24))
    assert case.evidence["verdict"] == done.screening.digest
    assert case.evidence["content"] == done.row.content
    assert [d.effect for d in decided.history(L1)] == ["quarantine"]
    assert standing() == "quarantined"
    assert facts("ListingAdmitted") == facts("ListingRefused") == []


def test_the_same_content_again_writes_nothing():
    first = actions.submit(goods(ABSOLUTE), SHOP, now=T0)
    before = FactRow.objects.count()
    again = actions.submit(goods(ABSOLUTE), SHOP, now=at(hours=1))
    assert (again.row.pk, again.screening.pk, again.fresh) == (first.row.pk, first.screening.pk, False)
    assert Submission.objects.count() == Screening.objects.count() == 1
    assert FactRow.objects.count() == before


def test_a_correction_is_linked_with_its_difference_and_admitted():
    first = actions.submit(goods(ABSOLUTE), SHOP, now=T0)
    second = actions.submit(goods(CLEAN), SHOP, now=at(hours=1))
    assert second.row.previous_id == first.row.pk
    assert second.row.changes == [{"path": "title", "before": ABSOLUTE, "after": CLEAN}]
    assert second.row.state == "passed"
    contexts = [e["context"] for e in second.screening.verdict["exemptions"] if e["rule"] == "C12"]
    assert contexts == ["resubmitted"]
    assert standing(at(hours=2)) == "normal"
    delist = decided.history(L1)[-1]
    assert decided.history(L1)[0].supersedes == delist.pk


def test_goods_that_came_right_are_not_reminded_of_their_past():
    actions.submit(goods(ABSOLUTE), SHOP, now=T0)
    actions.submit(goods(CLEAN), SHOP, now=at(hours=1))
    third = actions.submit(goods(f"{CLEAN} 白色"), SHOP, now=at(hours=2))
    assert [e for e in third.screening.verdict["exemptions"] if e["rule"] == "C12"] == []


def test_a_live_listing_keeps_its_admission_while_a_change_waits():
    actions.submit(goods(CLEAN), SHOP, now=T0)
    changed = actions.submit(goods(DOUBTFUL), SHOP, now=at(hours=1))
    assert changed.row.state == "pending"
    assert standing(at(hours=2)) == "normal"
    assert [d.effect for d in decided.history(L1)] == ["admit"]


def test_refusing_a_change_takes_the_live_listing_off():
    first = actions.submit(goods(CLEAN), SHOP, now=T0)
    actions.submit(goods(COUNTERFEIT), SHOP, now=at(hours=1))
    first.row.refresh_from_db()
    assert first.row.state == "replaced"
    assert standing(at(hours=2)) == "delisted"


def test_a_later_submission_answers_the_case_that_waited():
    first = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    second = actions.submit(goods(CLEAN), SHOP, now=at(hours=1))
    case = cases.case(first.row.case_id, HOUSE, now=at(hours=1))
    assert (case.state, case.outcome) == ("decided", "admit")
    assert case.decided_by.startswith("rule:admission/")
    assert second.row.state == "passed"
    assert Submission.objects.get(pk=first.row.pk).state == "replaced"
    assert standing(at(hours=2)) == "normal"


def test_a_later_doubtful_submission_goes_to_the_same_case():
    first = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    second = actions.submit(goods(f"{DOUBTFUL} 白色"), SHOP, now=at(hours=1))
    assert second.row.case_id == first.row.case_id
    assert Case.objects.count() == 1
    case = cases.case(first.row.case_id, HOUSE, now=at(hours=1))
    assert case.evidence["submission"] == second.row.pk
    assert queries.of_case(case.id) == second.row


def test_relisting_of_severe_goods_is_refused_and_seen_in_a_linked_shop():
    for merchant in ("M1", "M2", "M3"):
        row = {"merchant_id": merchant, "name": merchant} | ({"phones": "13800138000"} if merchant != "M3" else {})
        catalogue.register(Kind.MERCHANT, [(1, row)], HOUSE, now=T0)
    actions.submit(goods(COUNTERFEIT), SHOP, now=T0)
    own = actions.submit(goods(COUNTERFEIT, id="L2"), SHOP, now=at(hours=1))
    theirs = actions.dry_run(goods(COUNTERFEIT, id="L3", merchant_id="M2"), OTHER, now=at(hours=2))
    stranger = actions.dry_run(goods(COUNTERFEIT, id="L4", merchant_id="M3"), HOUSE, now=at(hours=2))
    rules = [f["rule"] for f in own.screening.verdict["findings"] if f["severity"] != "L"]
    assert sorted(rules) == ["C12", "T20"]
    (found,) = [f for f in theirs.verdict["findings"] if f["rule"] == "C12"]
    assert found["evidence"]["links"] == "phone"
    assert "L1" not in found["message_zh"] + found["message_en"]
    (outside,) = [f for f in outward(theirs.verdict, OTHER)["findings"] if f["rule"] == "C12"]
    assert outside["evidence"] == {}
    assert outward(theirs.verdict, HOUSE) == theirs.verdict
    assert [f["rule"] for f in stranger.verdict["findings"] if f["severity"] != "L"] == ["T20"]


def test_replay_gives_the_same_bytes():
    for n, title in enumerate((CLEAN, ABSOLUTE, COUNTERFEIT, DOUBTFUL, f"{COUNTERFEIT} 白色")):
        papers = (paper("ccc", "1", valid_to="2026-11-01"),) if n == 3 else ()
        actions.submit(goods(title, id=f"L{n}", documents=papers), SHOP, now=at(hours=n))
    screenings = list(Screening.objects.select_related("submission"))
    assert len(screenings) == 5
    assert any(s.reference for s in screenings)
    for s in screenings:
        assert queries.replay(s) == verdict_bytes(s.verdict)


def test_the_desk_asks_for_papers_although_none_was_handed_in():
    """What the category cannot do without is returned, paper by paper and claim by claim; a policy may leave it to feeds of texts."""
    from dataclasses import replace

    from pinzhi.life.admission import shipped
    from pinzhi.life.admission.screening import judge, only_papers

    toy = goods("大颗粒积木桶 120片 收纳盒装", category="玩具/积木")
    policy = queries.policy_in_force(T0)
    lax = replace(policy, papers=replace(policy.papers, always=False))
    asked, alone = (judge(toy, shipped.ruleset(), date(2026, 11, 24), p) for p in (policy, lax))
    assert (alone.verdict["outcome"], alone.verdict["missing"]) == ("pass", [])
    assert "没有提交证明文件" in alone.verdict["notes"][0]["zh"]
    assert [(m["claim"], m["kinds"]) for m in asked.verdict["missing"]] == [
        ("toys.ccc", ["ccc"]),
        ("toys.report", ["report"]),
    ]
    assert (asked.verdict["outcome"], asked.verdict["notes"]) == ("reject", [])
    assert only_papers(asked.verdict, asked.severe)
    row = actions.submit(toy, SHOP, now=T0).row
    assert (row.state, standing(at(minutes=1))) == ("returned", "quarantined")
    (wanted,) = decided.history(L1)
    said = str(wanted.reasons)
    assert "强制性产品认证（CCC）证书" in said
    assert "检验检测报告" in said


def test_replay_says_when_the_ruleset_is_gone():
    done = actions.submit(goods(CLEAN), SHOP, now=T0)
    done.screening.ruleset = "0" * 64
    with pytest.raises(RefusedError, match="ruleset_gone"):
        queries.replay(done.screening)


def test_a_dry_run_says_the_same_and_stores_nothing():
    tried = actions.dry_run(goods(ABSOLUTE), SHOP, now=T0)
    assert nothing_was_stored()
    assert not AuditLine.objects.exists()
    done = actions.submit(goods(ABSOLUTE), SHOP, now=T0)
    assert done.screening.verdict == tried.verdict


@pytest.mark.parametrize("verb", [actions.submit, actions.dry_run])
@pytest.mark.parametrize(
    ("by", "code"),
    [
        (OTHER, "listing_unknown"),
        (Actor("person", "person:trainer", roles=frozenset({Role.TRAINER})), "not_permitted"),
        (Actor("token", "token:1", scopes=frozenset({"events:write"})), "not_permitted"),
    ],
)
def test_who_may_not_submit_leaves_nothing(verb, by, code):
    with pytest.raises(RefusedError, match=code):
        verb(goods(CLEAN), by, now=T0)
    assert nothing_was_stored()


def test_an_id_of_another_merchant_is_not_taken_over():
    actions.submit(goods(CLEAN), SHOP, now=T0)
    with pytest.raises(RefusedError, match="listing_unknown"):
        actions.submit(goods(CLEAN, merchant_id="M2"), OTHER, now=at(hours=1))
    assert Submission.objects.count() == 1
    catalogue.register(
        Kind.LISTING, [(1, {"listing_id": "L9", "merchant_id": "M1", "category": "服装", "title": "x"})], HOUSE, now=T0
    )
    with pytest.raises(RefusedError, match="listing_unknown"):
        actions.submit(goods(CLEAN, id="L9", merchant_id="M2"), OTHER, now=at(hours=1))


def test_ids_that_no_table_holds_are_refused_and_odd_amounts_are_kept_in_the_snapshot():
    from decimal import Decimal

    with pytest.raises(RefusedError, match="id_too_long"):
        actions.submit(goods(CLEAN, id="L" * 129), SHOP, now=T0)
    assert nothing_was_stored()
    odd = Decimal("999999999999.999")
    done = actions.submit(goods(CLEAN, price=odd), SHOP, now=T0)
    assert Submission.objects.get(pk=done.row.pk).price == Decimal("999999999999.99")
    assert queries.submission(done.row.pk, SHOP).listing.price == odd


def test_another_merchants_submission_is_not_there():
    done = actions.submit(goods(CLEAN), SHOP, now=T0)
    assert queries.submission(done.row.pk, SHOP).listing == goods(CLEAN)
    with pytest.raises(RefusedError, match="submission_unknown"):
        queries.submission(done.row.pk, OTHER)
    assert list(queries.submissions(OTHER)) == []
    assert queries.counts(OTHER)["passed"] == 0
    assert queries.counts(SHOP)["passed"] == 1


def submitted_with_paper(day):
    return actions.submit(goods(CLEAN, documents=(paper("ccc", "2026010101000001", valid_to=day),)), SHOP, now=T0)


def test_an_ended_paper_at_submission_is_returned_and_breaks_no_rule():
    done = submitted_with_paper("2026-11-01")
    assert (done.row.state, done.screening.outcome) == ("returned", "reject")
    (fact,) = facts("ListingRefused")
    assert (fact["outcome"], fact["rules"], fact["severe"]) == ("returned", [], [])
    assert standing() == "quarantined"
