"""Departments and duties: late in words, done once, refused acts leave nothing."""

from datetime import UTC, date, datetime

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.people import duties, queries
from pinzhi.people.models import AuditLine, Department, Duty
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
MANAGER = Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))
ANALYST = Actor("person", "person:analyst", roles=frozenset({Role.ANALYST}))
DAY = date(2026, 3, 31)


@pytest.fixture
def quality():
    return duties.put_department(HOUSE, "quality", "质量部", "quality")


def seen(today, since=date(2026, 1, 1), until=date(2026, 6, 30)):
    return queries.duties(today, since=since, until=until)


def test_duties_are_late_in_words(quality, django_assert_num_queries):
    first = duties.put_duty(MANAGER, "quality", " 抽检计划 ", "sampling plan", DAY)
    assert duties.put_duty(MANAGER, "quality", "抽检计划", "sampling plan", DAY) == first
    with django_assert_num_queries(1):
        (row,) = seen(date(2026, 4, 3))
    assert (row.late, row.days, row.title, row.done_on) == (True, 3, Text("抽检计划", "sampling plan"), None)
    assert (seen(DAY)[0].late, seen(DAY)[0].days) == (False, 0)
    # 16:30 in London is past midnight in China: the duty was done on 2 April
    duties.finish_duty(MANAGER, first.pk, now=datetime(2026, 4, 1, 16, 30, tzinfo=UTC))
    (row,) = seen(date(2026, 5, 1))
    assert (row.late, row.days, row.done_on) == (False, 2, date(2026, 4, 2))


def test_done_twice_is_done_once_and_can_be_taken_back(quality):
    duty = duties.put_duty(MANAGER, "quality", "月报", "monthly report", DAY)
    for day in (1, 9):
        duties.finish_duty(MANAGER, duty.pk, now=datetime(2026, 4, day, 1, tzinfo=UTC))
    assert Duty.objects.get().done_at == datetime(2026, 4, 1, 1, tzinfo=UTC)
    duties.finish_duty(MANAGER, duty.pk, done=False)
    assert Duty.objects.get().done_at is None
    with pytest.raises(RefusedError, match="duty_unknown"):
        duties.finish_duty(MANAGER, duty.pk + 1)


def test_what_is_left_over_is_the_undone_before_a_day(quality, django_assert_num_queries):
    old = duties.put_duty(MANAGER, "quality", "甲", "a", date(2025, 12, 1))
    duties.put_duty(MANAGER, "quality", "乙", "b", date(2026, 1, 1))
    with django_assert_num_queries(1):
        assert [r.title.en for r in queries.left_over(DAY, before=date(2026, 1, 1))] == ["a"]
    duties.finish_duty(MANAGER, old.pk)
    assert queries.left_over(DAY, before=date(2026, 1, 1)) == ()


@pytest.mark.parametrize(
    ("who", "department", "zh", "en", "code"),
    [
        (ANALYST, "quality", "甲", "a", "not_permitted"),
        (MANAGER, "nobody", "甲", "a", "department_unknown"),
        (MANAGER, "quality", " ", "a", "title_missing"),
        (MANAGER, "quality", "甲", "a\x00", "title_missing"),
        (MANAGER, "quality", "甲" * 161, "a", "title_long"),
    ],
)
def test_a_refused_duty_leaves_nothing_but_the_audit_line(quality, who, department, zh, en, code):
    with pytest.raises(RefusedError, match=f"^{code}:"):
        duties.put_duty(who, department, zh, en, DAY)
    assert not Duty.objects.exists()
    assert AuditLine.objects.filter(verb="people.duty", outcome="refused", note=code).count() == 1


def test_an_analyst_marks_nothing_as_done(quality):
    duty = duties.put_duty(MANAGER, "quality", "甲", "a", DAY)
    with pytest.raises(RefusedError, match="not_permitted"):
        duties.finish_duty(ANALYST, duty.pk)
    assert Duty.objects.get().done_at is None


def test_departments_have_a_code_and_two_names(quality):
    duties.put_department(HOUSE, "quality", "质量管理部", "quality management")
    assert queries.departments() == {"quality": Text("质量管理部", "quality management")}
    for code, zh, en, why in (("Quality", "甲", "a", "code_invalid"), ("q", "", "a", "title_missing")):
        with pytest.raises(RefusedError, match=why):
            duties.put_department(HOUSE, code, zh, en)
    with pytest.raises(RefusedError, match="not_permitted"):
        duties.put_department(MANAGER, "law", "法务部", "legal")
    assert Department.objects.count() == 1
