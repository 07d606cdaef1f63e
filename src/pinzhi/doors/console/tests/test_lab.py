"""Screen 25, Rule lab: from the form of a draft to live and back by buttons, who sees which, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from pinzhi.kernel import clock
from pinzhi.life.admission import actions, lab, lab_shadow, rulesets, shipped
from pinzhi.life.admission.models import RulesetStep, RulesetVersion
from pinzhi.life.admission.tests.goods import HOUSE, goods

pytestmark = pytest.mark.django_db
LIST, DRAFT = reverse("console:lab"), reverse("console:lab-draft")
RULE = """version = "9"
[[rule]]
id = "X01"
severity = "H"
law = "advert.absolute_terms"
zh = "“{text}”不得使用。"
en = "«{text}» is not used."
[[rule.group]]
name = "trial"
words = "宽松百搭"
"""


@pytest.fixture
def as_(person, client, settings):
    """Logs somebody in, in English."""
    settings.SECOND_FACTOR_REQUIRED = False
    known = {}

    def log_in(name: str, *roles: str):
        known[name] = known.get(name) or person(name, *roles)
        client.force_login(known[name])
        client.cookies["django_language"] = "en"
        return known[name].actor()

    return log_in


def typed(**more):
    return {"name": "trial", "file": "trial", "text": RULE, "cases": "", "note": "", "origin": "", **more}


def page(client, version, status=200):
    answer = client.get(reverse("console:lab-version", args=[version.pk]))
    assert answer.status_code == status
    return answer.content.decode()


def press(client, version, verb, **more):
    row = lab.find(version.pk)
    answer = client.post(
        reverse("console:lab-step", args=[row.pk, verb]), {"seen": lab.seen_digest(row), **more}, follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_the_form_to_live_and_back(client, as_):
    actions.submit(goods(), HOUSE)
    ana = as_("ana", "analyst")
    assert "No rules have been drafted yet." in client.get(LIST).content.decode()
    assert client.post(DRAFT, typed(origin="case:7")).status_code == 302
    version = RulesetVersion.objects.get()
    assert (version.origin, version.files) == ("case:7", {"trial": RULE})
    assert "+ 宽松百搭" in page(client, version)
    assert "load the page again" in press(client, version, "backtest")
    lab.backtest(ana, version.pk)
    said = page(client, version)
    assert "<b>1</b> newly refused" in said
    assert '<mark class="mark-H">宽松百搭<sup>X01</sup></mark>' in said
    press(client, version, "shadow")
    actions.submit(goods(id="L2", merchant_id="M2"), HOUSE)
    lab_shadow.sweep()
    assert "<b>1</b> would be told otherwise" in page(client, version)
    assert "Sign for this share" not in page(client, version)  # an analyst drafts, a manager signs
    RulesetStep.objects.filter(verb="shadow").update(at=clock.now() - timedelta(days=2))
    as_("mei", "manager")
    assert "Signed. A second person makes it hold." in press(client, version, "percentage", share="25")
    as_("lin", "manager")
    assert "Sign as second person" in page(client, version)
    assert "Done; it holds from now on." in press(client, version, "percentage", share="25")
    assert "The two sides" in page(client, version)
    press(client, version, "live")
    as_("mei", "manager")
    press(client, version, "live")
    assert rulesets.in_force("L1").hash == version.hash
    assert "Take back at once" in page(client, version)
    assert "the rules before it hold again" in press(client, version, "revert")
    assert rulesets.in_force("L1") is shipped.ruleset()
    assert "not possible" in press(client, version, "revert")  # the second click


def test_what_is_typed_stays_when_a_draft_is_refused(client, as_):
    as_("ana", "analyst")
    answer = client.post(DRAFT, typed(text='version = "9"\n[[rule]]\n'))
    assert answer.status_code == 422
    assert "[[rule]]" in answer.content.decode()
    assert not RulesetVersion.objects.exists()


def test_a_draft_may_begin_with_a_file_as_it_holds(client, as_):
    as_("ana", "analyst")
    said = client.get(LIST, {"file": "conduct"}).content.decode()
    assert "命题专家" in said
    assert "Begin with a file" in client.get(LIST, {"file": "../policy"}).content.decode()


def test_reviewers_read_and_press_nothing(client, as_):
    ana = as_("ana", "analyst")
    version = lab.draft(ana, "trial", {"trial": RULE})
    as_("rev", "reviewer")
    assert "<form" not in page(client, version).split('id="ne"')[1].split("</section>")[0]
    assert "Draft rules" not in client.get(LIST).content.decode()
    assert client.post(DRAFT, typed()).status_code == 422
    assert "Your role may not do this." in press(client, version, "withdraw")
    assert lab.find(version.pk).stage == "draft"


def test_an_unknown_version_is_not_there(client, as_):
    as_("ana", "analyst")
    assert client.get(reverse("console:lab-version", args=[999])).status_code == 404


def test_the_list_asks_few_questions(client, as_, django_assert_num_queries):
    ana = as_("ana", "analyst")
    for n in range(3):
        lab.draft(ana, f"trial {n}", {"trial": RULE.replace("宽松百搭", f"宽松百搭{n}")})
    client.get(LIST)
    with django_assert_num_queries(6):
        client.get(LIST)


def test_a_case_that_breaks_is_said_in_words_and_the_rules_by_what_they_are_about(client, as_):
    actions.submit(goods("首选 纯棉T恤"), HOUSE)
    ana = as_("ana", "analyst")
    client.post(DRAFT, typed(text=RULE.replace('severity = "H"', 'severity = "M"').replace("宽松百搭", "加厚")))
    version = RulesetVersion.objects.get()
    lab.backtest(ana, version.pk)
    said = page(client, version)
    assert "wanted: pass · said: to a person X01:加厚" in said
    assert "manual X01" not in said
    assert '<span translate="no">T01</span> <span class="plain">absolute terms</span>' in said
