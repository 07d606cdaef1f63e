"""Ending soon: what live listings stand on, by merchant; periods of grace; nothing of it for merchants."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pinzhi.kernel import clock
from pinzhi.life.admission import actions
from pinzhi.life.admission.models import Doubt, Submission, Sweep
from pinzhi.life.admission.tests.goods import CLEAN, HOUSE, goods, paper

pytestmark = pytest.mark.django_db
PAGE = reverse("console:ending")


@pytest.fixture
def reviewer(person, client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(person("mei", "reviewer"))
    client.cookies["django_language"] = "en"


def admitted(id_, merchant, days):
    ends = (clock.today() + timedelta(days=days)).isoformat()
    return actions.submit(
        goods(CLEAN, id=id_, merchant_id=merchant, documents=(paper("ccc", "2026010101000001", valid_to=ends),)), HOUSE
    ).row


def page(client, query=None):
    answer = client.get(PAGE, query or {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_ends_stands_by_merchant_and_one_merchant_can_be_looked_at(client, reviewer):
    admitted("L1", "M1", 5)
    admitted("L2", "M1", 29)
    admitted("L3", "M2", 12)
    admitted("L4", "M3", 31)
    text = page(client)
    assert text.index("?merchant=M1") < text.index("?merchant=M2")
    assert "?merchant=M3" not in text
    assert "5 days left" in text
    assert "CCC certificate" in text
    assert [n in page(client, {"merchant": "M2"}) for n in ("L1<", "L2<", "L3<")] == [False, False, True]
    assert "<script>alert" not in page(client, {"merchant": "\x00<script>alert"})


def test_nothing_ends_and_the_page_says_what_would_stand_there(client, reviewer):
    assert "Nothing ends within 30 days." in page(client)


def test_periods_of_grace_and_the_last_sweep_are_shown(client, reviewer):
    row = admitted("L1", "M1", 300)
    sweep = Sweep.objects.create(
        why="rules", basis="a:b", state="done", opened_at=clock.now(), live=7, judged=7, told=1
    )
    Doubt.objects.create(
        sweep=sweep,
        submission=row,
        outcome="reject",
        rules=["T01.9"],
        state="told",
        until=clock.today() + timedelta(days=15),
    )
    text = page(client)
    assert "7 of 7 looked at, 1 acted on; done" in text
    assert "T01.9" in text


def test_it_takes_the_same_queries_for_one_and_for_many(client, reviewer, django_assert_max_num_queries):
    for n in range(12):
        admitted(f"L{n}", f"M{n}", 10)
    assert Submission.objects.filter(state="passed").count() == 12
    page(client)
    with django_assert_max_num_queries(12):
        page(client)
