"""Screen 9: the list and its address, the page of a rating, the what-if, what may be noted and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from pinzhi.life.rating import actions, queries
from pinzhi.life.rating.models import Mark, RatingRow
from pinzhi.life.rating.stored import day_of
from pinzhi.life.rating.tests.builders import turning
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
LIST, PAGE = reverse("console:ratings"), reverse("console:rating", args=["listing", "L0"])
NOTE = reverse("console:rating-note", args=["listing", "L0"])


@pytest.fixture(scope="module")
def tallies():
    return turning()


@pytest.fixture
def rated(db, tallies):
    """Six listings of four merchants; L0 was good, has turned bad and is restricted."""
    for day in (119, 140, 190):
        noon = datetime.combine(day_of(day), datetime.min.time(), UTC) + timedelta(hours=4)
        actions.recompute(Actor.rule("rating/test"), tallies, as_of=day_of(day), now=noon)


@pytest.fixture
def analyst(person, client, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    account = person("mei", "analyst")
    client.force_login(account)
    client.cookies["django_language"] = "en"
    return account


def page(client, address, query=None, status=200):
    answer = client.get(address, query or {})
    assert answer.status_code == status
    return answer.content.decode()


def listed(text):
    return [i for i in ("L0", "L1", "L2", "L3", "L4", "L5", "M0", "M1") if f">{i}</a>" in text]


def test_the_list_has_the_worst_first_and_the_address_is_the_filter(client, analyst, rated):
    text = page(client, LIST)
    assert text.index(">L0</a>") < min(text.index(f">L{i}</a>") for i in range(1, 6))
    assert listed(page(client, LIST, {"state": "restricted"})) == ["L0"]
    assert listed(page(client, LIST, {"text": "L3"})) == ["L3"]
    assert listed(page(client, LIST, {"merchant": "M1"})) == ["L1", "L2"]
    assert listed(page(client, LIST, {"kind": "merchant", "text": "M0"})) == ["M0"]
    assert listed(page(client, LIST, {"grade": RatingRow.objects.get(subject_id="L0").grade}))[0] == "L0"
    assert listed(page(client, LIST, {"interval": "poor"})) == ["L0"]
    assert "L0" not in listed(page(client, LIST, {"interval": "good"}))
    nothing = page(client, LIST, {"text": "nobody"})
    assert "No rating with these filters." in nothing
    odd = page(client, LIST, {"kind": "planet", "sort": "colour", "page": "zz", "text": "\x00<b>", "grade": "Z"})
    assert "<b>" not in odd.split("<h1")[1].split("<table")[0].replace("<b>1</b>", "").replace("<b>5</b>", "").replace(
        "<b>0</b>", ""
    )


def test_the_list_takes_the_same_queries_for_one_and_for_many(client, analyst, rated, django_assert_num_queries):
    page(client, LIST)
    with django_assert_num_queries(10):
        page(client, LIST)
    with django_assert_num_queries(10):
        page(client, LIST, {"state": "restricted", "text": "L"})


def test_before_the_first_computation_the_list_says_what_to_do(client, analyst):
    text = page(client, LIST)
    assert "Nothing has been rated yet." in text
    assert "pinzhi worker" in text


def test_the_page_shows_bars_course_states_decisions_and_reasons(client, analyst, rated, django_assert_num_queries):
    with django_assert_num_queries(13):
        text = page(client, PAGE)
    row = RatingRow.objects.get(subject_kind="listing", subject_id="L0")
    assert sum(b["points"] for b in row.bars) == round(row.mean * 10_000)
    assert f"{row.mean * 100:.2f}</td>" in text.replace("−", "-")  # the last bar of the data table
    for kind in ("parts", "course", "machine"):
        assert f'class="drawing {kind}"' in text
    assert "normal → restricted" in text or "watch → restricted" in text
    assert f"#d-{row.decision_id}" in text
    assert row.reasons[0]["en"] in text.replace("&#x27;", "'")
    assert "style=" not in text
    assert page(client, reverse("console:rating", args=["merchant", "M1"])).count("data-line") == 2


def test_the_decision_link_leads_to_its_place_in_the_dossier(client, analyst, rated):
    row = RatingRow.objects.get(subject_kind="listing", subject_id="L0")
    dossier = page(client, reverse("console:dossier", args=["listing", "L0"]))
    assert f'id="d-{row.decision_id}"' in dossier
    assert PAGE in dossier


def test_the_life_of_a_dossier_stands_on_the_days_that_facts_speak_of_in_words(client, analyst, rated):
    dossier = page(client, reverse("console:dossier", args=["listing", "L0"]))
    life = dossier.split('class="chart-details"')[1].split("</table>")[0]
    for day in (119, 140):
        assert f'<th scope="row">{day_of(day).isoformat()}</th>' in life
    assert "grade changed" in life
    assert "GradeChanged" not in dossier
    assert "grade E" in life


def test_the_what_if_is_the_rule(client, analyst, rated):
    found = queries.explained("listing", "L0")
    text = page(client, PAGE, {"orders": "900", "days": "60", "like": "none", "corrective": "yes"})
    then = queries.projected(found, orders=900, days=60, like="none", corrective=True)
    assert f"score {then.then.mean * 100:.1f}" in text
    assert f"ends at the earliest on {day_of(then.eased_on).isoformat()}" in text
    without = page(client, PAGE, {"orders": "900", "days": "60", "like": "none"})
    assert "no corrective action has been noted" in without
    assert "does not end within 365 days" in without


@pytest.mark.parametrize(
    "wrong", [{"orders": "-1"}, {"orders": "1e9"}, {"days": "0"}, {"days": "九"}, {"like": "luck"}, {"orders": "<b>"}]
)
def test_a_what_if_that_cannot_be_computed_says_where(client, analyst, rated, wrong):
    text = page(client, PAGE, wrong)
    assert "Nothing has been computed" in text
    assert "is-invalid" in text
    assert 'value="<b>' not in text


def test_what_is_noted_is_taken_in_later_and_shown_at_once(client, analyst, rated):
    day = RatingRow.objects.get(subject_kind="listing", subject_id="L0").since + timedelta(days=1)
    answer = client.post(NOTE, {"what": "correction", "note": "换了供应商", "day": day.isoformat()})
    assert answer["Location"] == PAGE
    text = page(client, PAGE)
    assert "换了供应商" in text
    assert "waits for the next recomputation" in text
    assert Mark.objects.get().kind == "correction"
    assert queries.corrected(queries.explained("listing", "L0"))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"what": "correction", "note": " "}, 422),
        ({"what": "burst", "note": "好", "day": "2999-01-01"}, 422),
        ({"what": "burst", "note": "好评属实<b>", "day": "today"}, 422),
        ({"what": "forgive", "note": "好"}, 404),
    ],
)
def test_a_refused_note_keeps_the_text_and_does_nothing(client, analyst, rated, data, status):
    answer = client.post(NOTE, data)
    assert answer.status_code == status
    assert not Mark.objects.exists()
    if status == 422:
        assert "Nothing has been changed" in answer.content.decode()
        assert data["note"].strip().replace("<b>", "&lt;b&gt;") in answer.content.decode()


def test_whoever_may_not_review_sees_no_form_and_is_refused(client, person, settings, rated):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(person("tom", "trainer"))
    client.cookies["django_language"] = "en"
    assert NOTE not in page(client, PAGE)
    answer = client.post(NOTE, {"what": "correction", "note": "好"})
    assert answer.status_code == 403
    assert not Mark.objects.exists()
    assert AuditLine.objects.filter(verb="rating.review", outcome="refused").count() == 1


def test_other_organisations_and_unknown_ratings_are_404(client, person, analyst, rated):
    for kind, id_ in (("listing", "L99"), ("batch", "L0"), ("planet", "L0")):
        page(client, reverse("console:rating", args=[kind, id_]), status=404)
    assert (
        client.post(
            reverse("console:rating-note", args=["merchant", "M0"]), {"what": "burst", "note": "好"}
        ).status_code
        == 404
    )
    client.force_login(person("shop", "merchant"))
    page(client, PAGE, status=404)
    assert client.post(NOTE, {"what": "correction", "note": "好"}).status_code == 404
    assert not Mark.objects.exists()


def test_the_case_of_a_rating_shows_the_rating(client, person, settings, rated):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(person("senior", "senior_reviewer"))
    client.cookies["django_language"] = "zh-hans"
    row = RatingRow.objects.get(subject_kind="listing", subject_id="L0")
    assert row.case_id
    text = page(client, reverse("console:case", args=[row.case_id]))
    assert "得分构成" in text
    assert "bad_risk" not in text
