"""A listing is refused with span and article, put right and admitted; a counterfeit is appealed and takes two persons; each refused act did nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.decisions import queries as decided
from pinzhi.engine import outbox
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.admission import actions, queries, reading
from pinzhi.life.admission.models import RegressionCase, Submission
from pinzhi.life.admission.stored import verdict_bytes
from pinzhi.people.models import Account, Grant, Organisation
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOUSE = Actor.system("story")


def at(**later):
    return T0 + timedelta(**later)


def person(name, role, merchant=""):
    organisation = Organisation.objects.create(name=name, kind="merchant", merchant_id=merchant) if merchant else None
    account = Account.objects.create(username=name, organisation=organisation)
    Grant.objects.create(account=account, role=role, given_at=T0)
    return account.actor()


def goods(id_, title):
    row = {"id": id_, "merchant_id": "M1", "category": "服装/卫衣", "title": title, "price": "129.00"}
    return reading.listing(row | {"attributes": {"材质": "棉100%"}})


def standing(id_, when):
    return decided.standing(Subject(Kind.LISTING, id_), when).state


def facts():
    return list(FactRow.objects.order_by("seq").values_list("name", flat=True))


def told(id_, name):
    return [r.payload for r in FactRow.objects.filter(name=name, subject_id=id_).order_by("seq")]


def test_story_refused_put_right_and_admitted(db):
    shop = person("shop", Role.MERCHANT, "M1")
    tried = actions.dry_run(goods("L1", "国家级品质 连帽卫衣 加绒"), shop, now=T0)
    assert tried.verdict["outcome"] == "reject"
    assert facts() == []
    first = actions.submit(goods("L1", "国家级品质 连帽卫衣 加绒"), shop, now=T0)
    (reason,) = decided.history(Subject(Kind.LISTING, "L1"))[0].reasons
    said = {e["name"]: e["value"] for e in reason["evidence"]}
    assert (said["field"], said["text"], said["start"], said["end"]) == ("title", "国家级", "0", "3")
    assert (reason["law"]["instrument"], reason["law"]["article"]) == ("广告法", "9(3)")
    assert standing("L1", at(minutes=1)) == "delisted"
    second = actions.submit(goods("L1", "连帽卫衣 加绒"), shop, now=at(hours=1))
    assert second.row.previous_id == first.row.pk
    assert [c["path"] for c in second.row.changes] == ["title"]
    assert standing("L1", at(hours=2)) == "normal"
    assert len(told("L1", "ListingRefused")) == len(told("L1", "ListingAdmitted")) == 1
    for screening in (first.screening, second.screening):
        assert queries.replay(screening) == verdict_bytes(screening.verdict)


def test_story_a_severe_refusal_takes_two_persons(db):
    shop, stranger = person("shop", Role.MERCHANT, "M1"), person("other", Role.MERCHANT, "M2")
    mei, lin = person("mei", Role.REVIEWER), person("lin", Role.SENIOR_REVIEWER)
    row = actions.submit(goods("L2", "高仿 大牌卫衣"), shop, now=T0).row
    assert told("L2", "ListingRefused")[0]["severe"] == ["T20"]
    before = facts()
    with pytest.raises(RefusedError, match="submission_unknown"):
        actions.appeal(row.pk, stranger, "不服", now=at(hours=1))
    assert facts() == before
    appeal = actions.appeal(row.pk, shop, "“高仿”是误填", now=at(hours=1))
    case = cases.case(appeal.case_id, HOUSE, now=at(hours=1))
    before = facts()
    with pytest.raises(RefusedError, match="not_permitted"):
        casework.decide(case.id, "admit", shop, seen=case.seen, reason="x", now=at(hours=2))
    assert facts() == before
    casework.decide(case.id, "admit", mei, seen=case.seen, reason="确系误填", now=at(hours=2))
    for nobody, code in ((mei, "not_permitted"), (shop, "not_permitted")):
        with pytest.raises(RefusedError, match=code):
            casework.confirm(case.id, nobody, seen=case.seen, now=at(hours=3))
    assert facts() == before
    assert standing("L2", at(hours=3)) == "delisted"
    casework.confirm(case.id, lin, seen=case.seen, now=at(hours=3))
    assert standing("L2", at(hours=4)) == "normal"
    assert told("L2", "ListingAdmitted")[0]["decided_by"] == "two:reviewer+senior_reviewer"
    assert [r.rule for r in RegressionCase.objects.all()] == ["T20"]
    casework.undo(case.id, lin, reason="复核发现证据不足", now=at(hours=5))
    assert standing("L2", at(hours=6)) == "delisted"
    assert list(queries.regression_cases()) == []
    outbox.drain()
    assert Submission.objects.get(pk=row.pk).state == "refused"
