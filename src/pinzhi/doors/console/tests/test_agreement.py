"""Judging once more through the real pages: what is judged again looks as it did the first time, tells nothing, and changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from pinzhi.casework import agreement, queries
from pinzhi.casework.contracts import Purpose
from pinzhi.casework.models import Case, GoldenItem
from pinzhi.casework.rules.agreement import Coefficient
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import actions as admission
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.tests.goods import COUNTERFEIT, DOUBTFUL, HOUSE, goods
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
PAGE = reverse("console:agreement")


def enter(account):
    client = Client()
    client.force_login(account)
    return client


def text_of(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def plain(html):
    """A page without what is different on every page: ids, digests of forms, times."""
    html = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", html)
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)
    html = re.sub(r'datetime="[^"]+"', "", html)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", html)


@pytest.fixture
def house(person, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    return {
        n: person(n, r)
        for n, r in (("mei", "reviewer"), ("bo", "reviewer"), ("lin", "senior_reviewer"), ("wen", "manager"))
    }


def handed(n, title=DOUBTFUL):
    return admission.submit(goods(title, id=f"L{n}"), HOUSE).row


def post(client, case_id, verb, **fields):
    return client.post(reverse("console:step", args=[case_id, verb]), fields)


def decide(client, case_id, outcome, reason="已核对"):
    seen = Case.objects.get(pk=case_id).seen
    answer = post(client, case_id, "decide", outcome=outcome, seen=seen, reason=reason)
    assert answer.status_code == 302, answer.content.decode()[:2000]


def test_a_second_review_shows_the_page_of_the_first(house):
    row = handed(1)
    first = enter(house["mei"])
    before = text_of(first, reverse("console:case", args=[row.case_id]))
    dossier = text_of(first, reverse("console:dossier", args=["listing", "L1"]))
    queue = text_of(first, reverse("console:admission"))
    decide(first, row.case_id, "admit", "证件齐全")
    check = Case.objects.get(purpose=Purpose.SECOND)
    assert str(check.of_id) == row.case_id
    other = enter(check.audience)
    assert plain(text_of(other, reverse("console:case", args=[check.pk]))) == plain(before)
    again = text_of(other, reverse("console:dossier", args=["listing", "L1"]))
    assert "证件齐全" not in again
    assert plain(again).count("<li") == plain(dossier).count("<li")
    seen = text_of(other, reverse("console:admission"))
    assert plain(seen).count("data-line") == plain(queue).count("data-line") == 1
    for address in (reverse("console:case", args=[row.case_id]),):
        assert "证件齐全" not in text_of(other, address, 404)
    counted = FactRow.objects.count(), DecisionRow.objects.count()
    decide(other, check.pk, "refuse", "功效宣称无依据")
    assert (FactRow.objects.count(), DecisionRow.objects.count()) == counted
    assert Submission.objects.get(pk=row.pk).state == "passed"
    # A senior who gave neither answer settles it: both answers are on the page, and the decision stays.
    consensus = Case.objects.get(purpose=Purpose.CONSENSUS)
    judge = enter(house["wen"] if check.audience != house["wen"] else house["lin"])
    page = text_of(judge, reverse("console:case", args=[consensus.pk]))
    assert "证件齐全" in page
    assert "功效宣称无依据" in page
    text_of(first, reverse("console:case", args=[consensus.pk]), 404)
    decide(judge, consensus.pk, "refuse", "以功效证据为准")
    assert (FactRow.objects.count(), DecisionRow.objects.count()) == counted
    assert Submission.objects.get(pk=row.pk).state == "passed"
    assert GoldenItem.objects.get().expected == "refuse"


def test_severe_matters_are_judged_again_by_one_alone(house):
    row = handed(2, COUNTERFEIT)
    appeal = admission.appeal(
        row.pk, Actor("person", "person:merchant", roles=frozenset({"merchant"}), merchant_id="M1"), "系列名称"
    )
    decide(enter(house["mei"]), appeal.case_id, "refuse")
    assert not Case.objects.filter(purpose=Purpose.SECOND).exists()
    answer = post(enter(house["lin"]), appeal.case_id, "confirm", seen=Case.objects.get(pk=appeal.case_id).seen)
    assert answer.status_code == 302
    assert GoldenItem.objects.get().origin == "two"
    check = Case.objects.get(purpose=Purpose.SECOND)
    assert check.audience in (house["bo"], house["wen"])
    decide(enter(check.audience), check.pk, "refuse")
    check.refresh_from_db()
    assert (check.state, check.outcome) == ("decided", "refuse")


def answered(house, n, first, second):
    """Case number n, decided by mei and judged again by whoever was drawn."""
    row = handed(n)
    decide(enter(house["mei"]), row.case_id, first)
    check = Case.objects.filter(of=row.case_id, purpose=Purpose.SECOND).first()
    if check is None:  # not drawn: put there by hand, as the draw would
        case = Case.objects.get(pk=row.case_id)
        model = Case.objects.filter(purpose=Purpose.SECOND).latest("opened_at")
        check = Case.objects.create(
            **{
                f: getattr(model, f)
                for f in (
                    "desk",
                    "subject_kind",
                    "title_zh",
                    "title_en",
                    "category",
                    "opened_at",
                    "act_before",
                    "evidence",
                    "rules",
                )
            },
            seen=case.seen,
            severity=case.severity,
            subject_id=case.subject_id,
            source=f"admission:x{n}",
            purpose=Purpose.SECOND,
            of=case,
            audience=house["bo"],
        )
    decide(enter(check.audience), check.pk, second)


def test_an_unclear_rule_becomes_a_task_for_its_text(house):
    lead = enter(house["wen"])
    page = text_of(lead, PAGE)
    assert "尚无复评结论" in page
    for n in range(12):
        answered(house, n, "admit" if n % 2 else "return", "return" if n % 3 else "admit")
    found = agreement.agreement("admission", house["wen"].actor())
    (line,) = found.rules
    assert (line.name, line.unclear, line.found.units, round(line.found.same, 2)) == ("T01", True, 12, 0.5)
    assert isinstance(line.found, Coefficient)
    assert line.found.value < 0.2
    assert (found.second.hits, found.second.of) == (6, 12)
    assert found.consensus == 6
    page = text_of(lead, PAGE)
    assert "规则文字不清" in page
    assert "建立规则修订任务" in page
    answer = lead.post(reverse("console:agreement-task"), {"desk": "admission", "rule": "T01"})
    case = Case.objects.get(desk="rules")
    assert answer.url == reverse("console:case", args=[case.pk])
    assert (case.subject_id, case.evidence["units"], len(case.evidence["differ"])) == ("admission:T01", 12, 6)
    assert "规则 T01 的文字是否需要修订" in text_of(lead, answer.url)
    # Again leads to the same task; a rule that is clear, or none at all, has none.
    assert lead.post(reverse("console:agreement-task"), {"desk": "admission", "rule": "T01"}).url == answer.url
    assert lead.post(reverse("console:agreement-task"), {"desk": "admission", "rule": "T99"}).status_code == 422
    assert (
        enter(house["mei"]).post(reverse("console:agreement-task"), {"desk": "admission", "rule": "T01"}).status_code
        == 403
    )
    assert Case.objects.filter(desk="rules").count() == 1


def test_a_reviewer_sees_his_own_answers_only(house):
    answered(house, 1, "admit", "admit")
    original = GoldenItem.objects.get().case
    checked_by = Case.objects.get(purpose=Purpose.SECOND).audience
    someone = next(a for a in house.values() if a not in (house["mei"], checked_by))
    check = Case.objects.create(
        **{
            f: getattr(original, f)
            for f in (
                "desk",
                "subject_kind",
                "subject_id",
                "title_zh",
                "title_en",
                "severity",
                "act_before",
                "evidence",
                "seen",
            )
        },
        source="admission:g1",
        opened_at=clock.now() - timedelta(hours=1),
        purpose=Purpose.GOLDEN,
        of=original,
        audience=someone,
        expected="admit",
    )
    client = enter(someone)
    decide(client, check.pk, "refuse")
    assert "已知答案：通过" not in text_of(client, PAGE)  # it can still be taken back
    Case.objects.filter(pk=check.pk).update(decided_at=clock.now() - timedelta(minutes=5))
    page = text_of(client, PAGE)
    assert "商品L1可否上架" in page
    assert "已知答案：通过" in page
    nobody = enter(house["mei"])
    page = text_of(nobody, PAGE)
    assert "商品L1可否上架" not in page
    assert "按规则" not in page
    with pytest.raises(RefusedError, match=r"^not_permitted:"):
        agreement.agreement("admission", house["mei"].actor())
    found = agreement.agreement("admission", house["wen"].actor())
    assert found.confusion == {("admit", "refuse"): 1}
    assert (found.golden.hits, found.golden.of) == (0, 1)
    assert [w.golden.of for w in found.weeks] == [0] * 11 + [1]


def test_known_answers_are_kept_by_another_person_and_retired(house):
    row = handed(1)
    decide(enter(house["lin"]), row.case_id, "admit")
    lead, own = enter(house["wen"]), enter(house["lin"])
    Case.objects.filter(purpose=Purpose.SECOND).update(void=True)
    assert "列为已知答案" in text_of(lead, reverse("console:case", args=[row.case_id]))
    assert "列为已知答案" not in text_of(own, reverse("console:case", args=[row.case_id]))
    for client, reason, status in ((own, "对", 422), (lead, " ", 422), (enter(house["mei"]), "对", 403)):
        assert post(client, row.case_id, "keep", reason=reason).status_code == status
    assert not GoldenItem.objects.exists()
    assert post(lead, row.case_id, "keep", reason="有3C证书").status_code == 302
    kept = GoldenItem.objects.get()
    assert (kept.expected, kept.why, kept.origin) == ("admit", "有3C证书", "kept")
    assert "手动列入" in text_of(lead, PAGE)
    address = reverse("console:known-retire", args=[kept.pk])
    assert enter(house["mei"]).post(address).status_code == 403
    assert GoldenItem.objects.get().retired_at is None
    assert lead.post(address).status_code == 302
    assert lead.post(address).status_code == 404
    assert GoldenItem.objects.get().retired_at is not None
    assert queries.case(row.case_id, house["wen"].actor()).outcome == "admit"
    with pytest.raises(RefusedError, match=r"^not_decided:"):
        agreement.keep_known(handed(9).case_id, house["wen"].actor(), why="x")
