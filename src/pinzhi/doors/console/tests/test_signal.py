"""Screens 7 and 8: the charts, what buyers say, the judgement, its undo, and what the address asks for."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from pinzhi.casework.models import Case
from pinzhi.decisions import queries as decisions
from pinzhi.decisions.models import DecisionRow as Decision
from pinzhi.doors.console.charts import Episode, control_chart, window
from pinzhi.doors.console.fact_sentences import detail
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.monitoring.models import SignalRow
from pinzhi.life.monitoring.rules.series import Series, total
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor
from pinzhi.reading import tallied
from pinzhi.reading.signal import chart, voices

pytestmark = pytest.mark.django_db
L1 = Subject(Kind.LISTING, "L1")


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
    keys = dict(re.findall(r'name="outcome" value="(\w+)" data-key="(\w)"', page))
    assert keys == {"real": "y", "noise": "n", "undecided": "t"}
    assert "Ask for more <kbd>q</kbd>" in page
    assert "style=" not in page


def another(first, id_, kind, name, **more):
    """One more signal in the case of `first`, with a limit of its own where a rule would give one."""
    from pinzhi.life.monitoring import actions as monitoring
    from pinzhi.life.monitoring.queries import policy_in_force

    row = SignalRow.objects.get(pk=first.pk)
    row.id, row.entity_kind, row.entity_id = id_, kind, name
    for field, value in more.items():
        setattr(row, field, value)
    row.save(force_insert=True)
    with act("monitoring.sweep", Actor.system("test")) as a:
        monitoring._limit(a, row, policy_in_force())
        monitoring._tell_case(a, row.case_id)
    return row


def test_a_case_of_several_signals_names_cause_what_is_shown_and_every_standing(client, analyst, signal):
    another(signal, "S1", "category", "灯具")
    another(signal, "S2", "batch", "B1")
    page = client.get(reverse("console:case", args=[signal.case_id])).content.decode()
    assert "3 signals with the same cause: batch B1" in page
    assert 'Common cause: batch <a href="/console/dossiers/batch/B1/">B1</a>' in page
    assert "Shown: the strongest of 3 signals, about" in page
    followed = page.split('id="follows"')[1].split("</section>")[0]
    found = re.findall(r'/(\w+)/[^/]+/">([^<]+)</a>: <strong[^>]*>([^<]+)</strong>', followed)
    assert found == [("batch", "B1", "quarantined"), ("listing", "L1", "restricted"), ("category", "灯具", "on sale")]
    rows = re.findall(r'<strong>(\w+)</strong> (\w+) <a href="[^"]+">([^<]+)</a>', followed.split("<ol")[1])
    assert sorted(rows) == [("quarantine", "batch", "B1"), ("restrict", "listing", "L1")]
    other = client.get(reverse("console:case", args=[signal.case_id]), {"signal": "S1"}).content.decode()
    assert "Shown: one of 3 signals, about" in other
    assert "show the strongest" in other


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entity_kind": "category"}, "a rule limits listings and batches only"),
        ({"severity": "M"}, "only for a severe signal"),
        ({"cleared_on": date(2020, 1, 1)}, "the episode was over before it became known here"),
        ({}, "the policy in force limits nothing by rule"),
    ],
)
def test_where_nothing_followed_it_says_why(change, said, client, analyst, signal):
    Decision.objects.all().delete()
    SignalRow.objects.update(**change)
    page = client.get(reverse("console:case", args=[signal.case_id])).content.decode()
    assert f"No decision has followed: {said}" in page.replace("a rule limits a listing or batch only", "only")


def weeks(n, first=date(2025, 1, 6)):
    zeros = (0.0,) * n
    return Series(tuple(first + timedelta(days=7 * i) for i in range(n)), (0,) * n, zeros, zeros, zeros, zeros)


def test_the_chart_of_an_old_signal_shows_the_weeks_around_it():
    year = weeks(60)
    onset, raised = year.start[10], year.start[13] + timedelta(days=2)
    over = Episode(onset, raised, year.start[17])
    assert window(year, 26, over) == range(4, 30)
    assert window(year, 26, replace(over, cleared=None)) == range(4, 60)
    assert window(year, 26, replace(over, cleared=year.start[40])) == range(4, 45)
    assert window(year, 26, Episode(year.start[50], year.start[52], None)) == range(34, 60)
    assert window(year, 26) == range(34, 60)
    assert window(weeks(5), 26, Episode(date(2025, 1, 8), date(2025, 1, 20), None)) == range(5)
    chart = control_chart(year, "return", weeks=26, episode=over)
    assert "signal raised 2025-04-09" in chart.svg
    assert [r[-1] for r in chart.table.rows if r[-1]] == ["signal raised"]


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


def test_the_rating_shows_what_others_have_decided_beside_its_own_state(client, analyst, signal):
    from pinzhi.life.rating import actions as rating

    rating.recompute(Actor.system("test"), tallied.current().tallies)
    limit = Decision.objects.get()
    page = client.get(reverse("console:rating", args=["listing", "L1"])).content.decode()
    own = page.split("State of the rating:")[1].split("</p>")[0]
    assert '<span class="badge state-0">normal</span>' in own
    assert 'Standing now: <strong id="standing">restricted</strong>' in own
    assert f'Limited by others: <a href="/console/dossiers/listing/L1/#d-{limit.id}">restrict</a>' in own
    judge(client, signal, "noise")
    page = client.get(reverse("console:rating", args=["listing", "L1"])).content.decode()
    assert '<strong id="standing">on sale</strong>' in page
    assert "Limited by others" not in page


def test_the_dossier_of_a_batch_knows_the_case_and_the_acts_of_its_signals(client, analyst, signal):
    another(signal, "S2", "batch", "B1")
    judge(client, signal, "noise")
    client.post(reverse("console:undo"))
    page = client.get(reverse("console:dossier", args=["batch", "B1"])).content.decode()
    assert f"/console/cases/{signal.case_id}/" in page.split('id="d2"')[1].split("</section>")[0]
    acts = page.split('id="d4"')[1].split("</section>")[0]
    assert re.findall(r"</time> ([^·]+) ·", acts)[:2] == ["decision taken back", "case decided"]
    assert "casework." not in acts
    facts = page.split('id="d3"')[1].split("</section>")[0]
    assert "signal judged: <strong>noise · quality events of all kinds</strong>" in facts
    assert "signal judged: <strong>not judged yet · quality events of all kinds</strong>" in facts
    assert "cannot tell yet" not in facts
    lines = [line for line in facts.split("<li>") if "decision issued" in line]
    assert all("decision issued: <strong>quarantine</strong>" in line and "rule monitoring/" in line for line in lines)
    assert len(lines) == 2
    assert "decision lifted: <strong>quarantine</strong>" in facts
    client.cookies["django_language"] = "zh-hans"
    page = client.get(reverse("console:dossier", args=["batch", "B1"])).content.decode()
    assert "撤销裁决" in page
    assert "预警判定：<strong>误报 · 各类质量事件</strong>" in page
    assert " · done" not in page


def test_a_changed_grade_is_told_from_and_to():
    payload = {"old_grade": "B", "grade": "A", "old_state": "watch", "state": "normal"}
    with translation.override("en"):
        assert detail("GradeChanged", payload) == "grade B → grade A · watch → normal"
        assert detail("GradeChanged", payload | {"old_grade": "A", "state": "watch"}) == ""
        assert detail("RoleChanged", {}) == ""
