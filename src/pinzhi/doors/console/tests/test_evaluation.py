"""Screen 19: the figures of a half-year with their intervals, what is not known said as such, the address, the words of the glossary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse

from pinzhi.kernel.values import Status
from pinzhi.life.evaluation.queries import STATUS_NAMES
from pinzhi.reading.evaluation import evaluation

pytestmark = pytest.mark.django_db
PAGE = reverse("console:evaluation")


def page(client, query=None):
    answer = client.get(PAGE, query or {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_any_event_it_says_what_would_stand_here(client, reviewer, settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "none"
    text = page(client)
    assert "No events have been received." in text
    assert "<svg" not in text


def test_the_figures_stand_with_interval_status_and_worth(client, reviewer, history):
    found = evaluation(None, "return_rate")
    text = page(client, {"kpi": "return_rate"})
    rate = found.panel.of("return_rate").rate
    assert f"return and refund rate: {100 * rate.estimate.value:.2f} % (interval" in text
    assert f"{100 * rate.estimate.low:.2f} to {100 * rate.estimate.high:.2f}" in text
    assert str(STATUS_NAMES[rate.status].en) in text
    assert 'class="drawing goals"' in text
    assert 'class="drawing months"' in text
    assert "style=" not in text
    assert "灯具" in text


def test_no_pass_rate_is_made_up(client, reviewer, history):
    text = page(client)
    assert "No figure yet: sampling is not part of this version" in text
    row = re.search(r'<tr><th scope="row">pass rate</th>(.*?)</tr>', text).group(1)
    assert re.findall(r"<td>([^<]*)</td>", row)[1:4] == ["—", "—", "—"]


def test_the_half_is_chosen_by_the_address_and_nonsense_is_the_newest(client, reviewer, history):
    found = evaluation(None, "complaint_rate")
    older = found.halves[-1]
    assert f'<option value="{older}" selected>' in page(client, {"half": str(older)})
    for wrong in ("1999H1", "2026H9", "<b>", ""):
        text = page(client, {"half": wrong, "kpi": "smiles", "kind": "planet", "status": "x", "page": "zz"})
        assert f'<option value="{found.halves[0]}" selected>' in text


def test_a_figure_of_one_half_is_not_that_of_another(client, reviewer, history):
    halves = evaluation(None, "return_rate").halves
    orders = [evaluation(h, "return_rate").panel.of("return_rate").rate.orders for h in halves]
    assert sum(orders) == 182 * 5  # every delivery lies in just one half
    assert all(m.first <= halves[-1].last for m in evaluation(halves[-1], "return_rate").months)


def test_groups_are_filtered_by_status(client, reviewer, history):
    found = evaluation(None, "return_rate").panel.of("return_rate")
    for status in Status:
        text = page(client, {"kpi": "return_rate", "kind": "merchant", "status": status.value})
        assert (">M1</a>" in text) == (found.rate.status is status)
        assert ("No figure with these filters." in text) == (found.rate.status is not status)


def test_the_screen_asks_the_database_the_same_few_times(client, reviewer, history, django_assert_num_queries):
    page(client)
    with django_assert_num_queries(5):
        page(client)


def test_merchants_and_laboratories_do_not_find_it(client, person, settings, history):
    settings.SECOND_FACTOR_REQUIRED = False
    for role in ("merchant", "laboratory", "regulator"):
        client.force_login(person(f"who-{role}", role))
        assert client.get(PAGE).status_code == 404


def test_the_words_of_the_statuses_are_those_of_the_glossary():
    glossary = (Path(__file__).parents[5] / "docs" / "glossary.md").read_text(encoding="utf-8")
    for status, name in STATUS_NAMES.items():
        assert f"| `{status.value}` | {name.zh} | {name.en} |" in glossary
