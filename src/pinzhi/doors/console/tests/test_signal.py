"""Screens 7 and 8: the charts, what buyers say, the judgement, its undo, and what the address asks for."""

from __future__ import annotations

import pytest
from django.urls import reverse

from pinzhi.casework.models import Case
from pinzhi.decisions import queries as decisions
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.monitoring.models import SignalRow
from pinzhi.life.monitoring.rules.series import total
from pinzhi.reading import tallied
from pinzhi.reading.signal import chart, voices

pytestmark = pytest.mark.django_db
L1 = Subject(Kind.LISTING, "L1")


@pytest.fixture
def analyst(person, client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    account = person("mei", "analyst", "senior_reviewer")
    client.force_login(account)
    client.cookies["django_language"] = "en"
    return account


def judge(client, row, outcome):
    case = Case.objects.get(pk=row.case_id)
    return client.post(reverse("console:step", args=[case.pk, "decide"]), {"outcome": outcome, "seen": case.seen})


def test_the_signal_shows_why_what_buyers_say_and_what_followed(client, analyst, signal):
    answer = client.get(reverse("console:signal", args=[signal.id]), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(reverse("console:case", args=[signal.case_id]), 302)]
    assert "Listing L1 has many returns." in page
    assert "90 % interval 5.0–15.0" in page
    assert "explains 80 % of the excess" in page
    assert page.count('class="drawing control"') == 3
    assert "signal raised" in page
    assert "一周就坏" in page
    assert "&lt;b&gt;灯不亮&lt;/b&gt;" in page
    assert "41 further orders" in page
    assert '<strong id="standing">restricted</strong>' in page
    assert 'data-key="q"' in page
    assert "style=" not in page


def test_noise_lifts_the_limit_and_undo_brings_it_back(client, analyst, signal):
    before = decisions.standing(L1).state
    judge(client, signal, "noise")
    assert (SignalRow.objects.get().outcome, decisions.standing(L1).state) == ("noise", "normal")
    client.post(reverse("console:undo"))
    assert (SignalRow.objects.get().outcome, decisions.standing(L1).state) == ("", before)


def test_whoever_may_not_judge_changes_nothing(client, reviewer, signal):
    answer = judge(client, signal, "noise")
    assert answer.status_code == 403
    assert SignalRow.objects.get().outcome == ""
    assert decisions.standing(L1).state == "restricted"


def test_monitor_shows_platform_categories_and_filters_by_address(client, analyst, signal):
    page = client.get(reverse("console:monitor")).content.decode()
    assert "灯具" in page
    assert "1 open signal" in page
    assert 'class="drawing control"' in page
    assert 'class="drawing multiple"' in page
    assert "S0123456789abcde" in page
    assert "S0123456789abcde" not in client.get(reverse("console:monitor"), {"outcome": "noise"}).content.decode()
    odd = client.get(reverse("console:monitor"), {"stream": "x", "weeks": "-1", "page": "zz", "category": "<b>"})
    assert odd.status_code == 200
    assert "<b>" not in odd.content.decode().split('<h2 id="signals">')[1][:80]


def test_without_events_the_monitor_says_what_to_do(client, analyst, settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "empty"
    page = client.get(reverse("console:monitor")).content.decode()
    assert "No events have been received." in page
    assert "pinzhi feeds import" in page


def test_a_signal_that_is_not_there(client, analyst):
    assert client.get(reverse("console:signal", args=["S0"])).status_code == 404


def test_voices_count_since_the_onset_and_each_wording_once(signal):
    heard = voices(signal, ("return", "review", "complaint"))
    assert heard.events == 13  # twelve returns and one bad review in seven days
    assert [s.said for s in heard.samples] == ["<b>灯不亮</b>", "灯罩裂了", "一周就坏"]
    assert dict(heard.reasons)["灯罩裂了"] == 10
    assert not hasattr(heard.samples[0], "buyer")


def test_the_store_answers_about_one_subject(history):
    store = open_store()
    found = store.about("batch", "B1", kinds=("return",), first=history)
    assert set(found.column("kind").to_pylist()) == {"return"}
    assert store.about("listing", "L404", kinds=("return",), first=history).num_rows == 0
    with pytest.raises(KeyError):
        store.about("planet", "B1", kinds=("return",), first=history)


def test_charts_add_up_and_are_made_once_per_version(signal):
    one = chart("listing", "L1", "return")
    assert one is chart("listing", "L1", "return")
    both = total([one, one])
    assert both.observed == tuple(2 * n for n in one.observed)
    assert both.limit[-1] == pytest.approx(both.expected[-1] + 3 * both.expected[-1] ** 0.5, abs=0.002)
    with pytest.raises(ValueError, match="different weeks"):
        total([])
    assert tallied.current().tallies.events == open_store().count()
