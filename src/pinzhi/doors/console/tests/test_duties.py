"""Screen 23: the grid of a quarter in words, entering, done and not done after all, who may, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from pinzhi.doors.console.duties import Quarter
from pinzhi.kernel import clock
from pinzhi.people import duties
from pinzhi.people.models import AuditLine, Department, Duty
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
GRID, NEW, DEPARTMENTS = (reverse(f"console:{n}") for n in ("duties", "duty-new", "department"))
HOUSE = Actor.system("test")


@pytest.fixture
def someone(person, client, settings):
    """Logs somebody in, in English."""
    settings.SECOND_FACTOR_REQUIRED = False

    def log_in(*roles: str):
        account = person("-".join(roles), *roles)
        client.force_login(account)
        client.cookies["django_language"] = "en"
        return account

    return log_in


@pytest.fixture
def departments(db):
    duties.put_department(HOUSE, "quality", "质量管理部", "quality management")
    duties.put_department(HOUSE, "legal", "法务合规部", "legal")


def page(client, query=None, status=200, address=GRID):
    answer = client.get(address, query or {})
    assert answer.status_code == status
    return answer.content.decode()


def put(days: int, zh: str = "月报", en: str = "monthly report", department: str = "quality") -> Duty:
    return duties.put_duty(HOUSE, department, zh, en, clock.today() + timedelta(days=days))


def quarter_of(duty: Duty) -> dict[str, str]:
    return {"quarter": str(Quarter.of(duty.due_on))}


def test_quarters():
    assert [str(Quarter.of(date(2026, m, 1))) for m in (1, 3, 4, 12)] == ["2026Q1", "2026Q1", "2026Q2", "2026Q4"]
    assert Quarter(2026, 4).moved(1) == Quarter(2027, 1)
    assert Quarter(2026, 1).moved(-1) == Quarter(2025, 4)
    assert (Quarter(2026, 1).months[0], Quarter(2026, 4).last) == (date(2026, 1, 1), date(2026, 12, 31))
    for wrong in ("2026Q5", "2026q1", "1999Q1", "", "2026Q", "Q1", "20261", "２０２６Q1"):
        assert Quarter.read(wrong, date(2026, 5, 5)) == Quarter(2026, 2)


def test_the_grid_says_in_words_how_each_duty_stands(client, someone, departments):
    someone("analyst")
    late, ahead, today = put(-3, en="late one"), put(20, en="ahead"), put(0, en="today one")
    done = put(-5, en="done one")
    duties.finish_duty(HOUSE, done.pk)
    seen = {
        str(d.pk): page(client, quarter_of(d)).split(f'id="duty-{d.pk}"')[1].split("</div>")[0]
        for d in (late, ahead, today, done)
    }
    assert "overdue by 3 days" in seen[str(late.pk)]
    assert "due in 20 days" in seen[str(ahead.pk)]
    assert "due today" in seen[str(today.pk)]
    assert "5 days late" in seen[str(done.pk)]
    assert "Mark as done" not in page(client)
    assert "style=" not in page(client)


def test_what_is_left_over_from_earlier_quarters_is_not_forgotten(client, someone, departments):
    someone("manager")
    put(-200, en="forgotten report")
    done = put(-200, zh="旧事", en="done long ago")
    duties.finish_duty(HOUSE, done.pk)
    text = page(client)
    assert "forgotten report" in text
    assert "overdue by 200 days" in text
    assert "done long ago" not in text


def test_filters_are_the_address(client, someone, departments):
    someone("manager")
    late = put(-1, en="late one")
    put(-1, zh="合同", en="contract", department="legal")
    asked = quarter_of(late)
    assert "contract" not in page(client, asked | {"department": "quality"})
    assert "late one" in page(client, asked | {"state": "late"})
    assert "late one" not in page(client, asked | {"state": "done"})
    assert "No duty in this quarter fits the filters." in page(client, asked | {"state": "done"})
    assert "late one" in page(client, asked | {"state": "<b>", "department": "nobody"})


def test_a_manager_enters_a_duty_and_it_stands_in_its_quarter(client, someone, departments):
    someone("manager")
    data = {"department": "quality", "zh": "编制抽检计划", "en": "draw up the plan", "due_on": "2027-02-26"}
    answer = client.post(NEW, data)
    assert answer["Location"] == f"{GRID}?quarter=2027Q1"
    assert "draw up the plan" in page(client, {"quarter": "2027Q1"})
    client.post(NEW, data)
    assert Duty.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zh": " "}, "A name is missing."),
        ({"en": "x" * 161}, "a duty at most 160"),
        ({"due_on": "soon"}, "This is not a day."),
        ({"due_on": "0001-01-01"}, "This is not a day."),
        ({"department": "nobody"}, "There is no such department."),
    ],
)
def test_a_refused_duty_keeps_what_was_typed_and_does_nothing(client, someone, departments, change, said):
    someone("manager")
    data = {"department": "quality", "zh": "计划<b>", "en": "plan", "due_on": "2027-02-26"} | change
    answer = client.post(NEW, data)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert "<b>" not in text
    if "zh" not in change:
        assert "计划&lt;b&gt;" in text
    assert not Duty.objects.exists()


def test_done_and_not_done_after_all(client, someone, departments):
    account = someone("manager")
    duty = put(-2)
    step = {verb: reverse("console:duty-step", args=[duty.pk, verb]) for verb in ("done", "reopen")}
    assert client.post(step["done"], {"next": f"{GRID}?state=late"})["Location"] == f"{GRID}?state=late"
    assert Duty.objects.get().done_by == account
    client.post(step["reopen"], {"next": "https://elsewhere.example/"})
    assert Duty.objects.get().done_at is None
    assert client.get(step["done"]).status_code == 405
    assert client.post(reverse("console:duty-step", args=[duty.pk + 1, "done"])).status_code == 404


def test_whoever_may_not_is_refused_and_nothing_happens(client, someone, departments):
    someone("reviewer")
    duty = put(-2)
    assert client.post(reverse("console:duty-step", args=[duty.pk, "done"])).status_code == 403
    page(client, address=NEW, status=403)
    assert client.post(NEW, {"department": "quality", "zh": "甲", "en": "a", "due_on": "2027-01-01"}).status_code == 403
    assert client.post(DEPARTMENTS, {"code": "x", "zh": "甲", "en": "a"}).status_code == 403
    assert list(Duty.objects.values_list("pk", "done_at")) == [(duty.pk, None)]
    assert Department.objects.count() == 2
    assert AuditLine.objects.filter(outcome="refused").count() == 2  # the form of new duties is not even reached


def test_outsiders_do_not_find_it(client, someone, departments):
    duty = put(1)
    someone("merchant")
    for address in (GRID, NEW):
        page(client, address=address, status=404)
    for address in (reverse("console:duty-step", args=[duty.pk, "done"]), NEW, DEPARTMENTS):
        assert client.post(address).status_code == 404
    assert Duty.objects.get().done_at is None


def test_an_administrator_enters_departments(client, someone):
    someone("administrator")
    assert "No department has been entered yet." in page(client)
    client.post(DEPARTMENTS, {"code": "quality", "zh": "质量管理部", "en": "quality management"})
    assert "quality management" in page(client)
    answer = client.post(DEPARTMENTS, {"code": "No Code", "zh": "甲", "en": "a"}, follow=True)
    assert "lower-case letters" in answer.content.decode()
    assert Department.objects.count() == 1


def test_duties_of_the_law_lead_to_the_form_and_know_when_they_are_entered(client, someone, departments):
    someone("manager")
    text = page(client, {"quarter": "2026Q4"})
    assert "2027-01-31" in text
    link = text.split("Enter it</a>")[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    form = page(client, address=link)
    assert 'value="2027-01-31"' in form
    zh, en = (form.split(f'name="{n}"')[1].split('value="')[1].split('"')[0] for n in ("zh", "en"))
    client.post(NEW, {"department": "legal", "zh": zh, "en": en.replace("&#x27;", "'"), "due_on": "2027-01-31"})
    assert page(client, {"quarter": "2027Q1"}).count(">entered<") == 1


def test_the_grid_takes_the_same_queries_for_one_duty_and_for_many(
    client, someone, departments, django_assert_num_queries
):
    someone("manager")
    page(client)
    with django_assert_num_queries(7):
        page(client)
    for n in range(12):
        put(n - 6, en=f"duty {n}")
    with django_assert_num_queries(7):
        page(client)
