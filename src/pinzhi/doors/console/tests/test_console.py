"""The console without a browser: who comes in, what is shown, what a decision, a refusal and an undo do."""

from __future__ import annotations

import csv
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

import pinzhi
from pinzhi.casework import actions, queries
from pinzhi.casework.desks import DESKS
from pinzhi.casework.models import Case, CaseEvent, SavedView
from pinzhi.decisions.models import Attempt, Dispatch, Subscription
from pinzhi.doors.console.acts import ACTS
from pinzhi.doors.console.menu import SCREENS
from pinzhi.doors.console.refusals import SENTENCES
from pinzhi.doors.console.shortcuts import RESERVED, SHORTCUTS
from pinzhi.doors.console.templatetags.console import iso, who
from pinzhi.doors.console.words import SYSTEMS
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.kernel.facts import EventsAccepted
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.people.acts import act
from pinzhi.people.roles import VERBS, Actor
from pinzhi.reading.moved import folded

pytestmark = pytest.mark.django_db


def decide(client, case, outcome, **more):
    data = {"outcome": outcome, "seen": case.seen, **more}
    return client.post(reverse("console:step", args=[case.id, "decide"]), data)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda s: s.url)
def test_every_screen_asks_for_a_login_and_hides_from_merchants(screen, client, person):
    address = reverse(screen.url)
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=")
    client.force_login(person("shop", "merchant"))
    assert client.get(address).status_code == 404
    client.force_login(person("nobody"))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda s: s.url)
def test_every_screen_in_both_languages(screen, language, client, reviewer, make_case):
    make_case()
    client.cookies["django_language"] = language
    answer = client.get(reverse(screen.url))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in page
    assert "style=" not in page
    assert not re.search(r"\son[a-z]+=", page)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")


def test_without_a_second_factor_staff_are_sent_to_set_one_up(client, reviewer, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    answer = client.get(reverse("console:today"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))


def test_a_decision_leads_to_the_next_case_and_can_be_undone(client, reviewer, make_case):
    first, second = make_case(1, severity="H"), make_case(2)
    answer = decide(client, first, "real")
    assert answer["Location"] == reverse("console:case", args=[second.id])
    page = client.get(answer["Location"]).content.decode()
    assert "real: Listing L001: more returns" in page
    assert 'id="undo"' in page
    assert Case.objects.get(pk=first.id).outcome == "real"
    answer = client.post(reverse("console:undo"))
    assert answer["Location"] == reverse("console:case", args=[first.id])
    assert Case.objects.get(pk=first.id).state != "decided"
    assert 'id="undo"' not in client.get(answer["Location"]).content.decode()


def test_the_last_case_leads_back_to_the_list(client, reviewer, make_case):
    answer = decide(client, make_case(), "real")
    assert answer["Location"] == reverse("console:queue")


def test_a_refused_decision_keeps_the_typed_text_and_does_nothing(client, reviewer, make_case):
    case = make_case()
    answer = decide(client, case, "noise", reason="")
    assert answer.status_code == 422
    answer = decide(client, case, "real", seen="0" * 64, reason="我再核对一下<b>")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "我再核对一下&lt;b&gt;" in page
    assert Case.objects.get(pk=case.id).state == "open"
    assert not CaseEvent.objects.filter(case=case.id, verb="decide").exists()


def test_the_stale_guard_shows_the_difference(client, reviewer, make_case):
    case = make_case()
    with act("trial.update", Actor.system("test")) as a:
        actions.update_evidence(a, case.id, {"stream": "return", "observed": 31, "expected": "3.2"})
    page = decide(client, case, "real").content.decode()
    assert "What has changed" in page
    assert "<td>14</td><td>31</td>" in page


def test_two_persons(client, person, reviewer, make_case):
    case = make_case()
    decide(client, case, "stop", reason="leaking")
    assert queries.case(case.id, reviewer.actor()).state == "proposed"
    confirm = reverse("console:step", args=[case.id, "confirm"])
    answer = client.post(confirm, {"seen": case.seen})
    assert answer.status_code == 422
    assert queries.case(case.id, reviewer.actor()).state == "proposed"
    client.force_login(person("second", "manager"))
    assert client.post(confirm, {"seen": case.seen}).status_code == 302
    assert queries.case(case.id, reviewer.actor()).outcome == "stop"


def test_bulk_says_first_what_it_will_not_do_and_undoes_as_one(client, reviewer, make_case):
    cases = [make_case(i) for i in range(1, 4)]
    chosen = [f"{c.id}~{c.seen}" for c in cases[:2]] + [f"{cases[2].id}~{'0' * 64}"]
    bulk = reverse("console:bulk") + "?desk=trial"
    page = client.post(bulk, {"case": chosen, "do": "decide:real"}).content.decode()
    assert "1 case will be left as it is" in page
    assert "The evidence has changed since this page was shown." in page
    assert "Listing L003: more returns" in page
    assert "real: do the other 2" in page
    assert not CaseEvent.objects.filter(verb="decide").exists()
    answer = client.post(bulk, {"case": chosen[:2], "do": "decide:real", "sure": "yes"})
    assert answer["Location"] == reverse("console:queue") + "?desk=trial"
    assert "Done: 2 cases." in client.get(answer["Location"]).content.decode()
    assert [Case.objects.get(pk=c.id).state for c in cases] == ["decided", "decided", "open"]
    assert len(set(CaseEvent.objects.filter(verb="decide").values_list("bulk", flat=True))) == 1
    client.post(reverse("console:undo"))
    assert [Case.objects.get(pk=c.id).outcome for c in cases] == ["", "", ""]


def test_a_bulk_that_leaves_nothing_out_is_done_at_once(client, reviewer, make_case):
    cases = [make_case(i) for i in range(1, 3)]
    client.post(reverse("console:bulk"), {"case": [f"{c.id}~{c.seen}" for c in cases], "do": "claim"})
    assert [Case.objects.get(pk=c.id).assigned_id for c in cases] == [reviewer.pk] * 2


@pytest.mark.parametrize("does", ["", "decide:", "paint", "decide:nonsense"])
def test_a_bulk_that_is_not_offered_changes_nothing(does, client, reviewer, make_case):
    case = make_case()
    answer = client.post(reverse("console:bulk"), {"case": [f"{case.id}~{case.seen}"], "do": does}, follow=True)
    assert answer.status_code == 200
    assert Case.objects.get(pk=case.id).state == "open"
    assert not CaseEvent.objects.filter(case=case.id).exclude(verb="open").exists()


def test_a_saved_view_stands_in_the_menu_with_its_count(client, reviewer, person, make_case):
    make_case(1, severity="H"), make_case(2)
    answer = client.post(
        reverse("console:view-save") + "?severity=H&cursor=x", {"name": "severe <b>", "shared": "analyst"}
    )
    assert answer["Location"] == reverse("console:queue") + "?severity=H"
    page = client.get(reverse("console:today")).content.decode()
    assert '<span translate="no">severe &lt;b&gt;</span> <span class="count">1</span>' in page
    colleague = person("mei", "analyst")
    client.force_login(colleague)
    assert "severe &lt;b&gt;" in client.get(reverse("console:today")).content.decode()
    view = SavedView.objects.get()
    client.post(reverse("console:view-remove", args=[view.pk]))
    assert SavedView.objects.filter(pk=view.pk).exists()
    client.post(reverse("console:view-save"), {"name": "mine", "shared": "manager"})
    assert not SavedView.objects.filter(owner=colleague.pk).exists()
    client.force_login(reviewer)
    client.post(reverse("console:view-remove", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_refused_in_words(client, reviewer):
    page = client.post(reverse("console:view-save"), {"name": " "}, follow=True).content.decode()
    assert "A view has a name of 1 to 60 characters." in page
    assert not SavedView.objects.exists()


def test_every_refusal_of_casework_has_sentences_of_its_own():
    folder = Path(queries.__file__).parent
    source = "".join(p.read_text() for p in [*folder.glob("*.py"), *folder.glob("rules/*.py")])
    codes = set(re.findall(r'(?:because|Refusal)\(\s*"([a-z_]+)"', source))
    assert len(codes) > 20
    assert codes - {"source_unknown"} <= set(SENTENCES)


def test_filters_are_the_address(client, reviewer, make_case):
    make_case(1, severity="H"), make_case(2)
    page = client.get(reverse("console:queue"), {"severity": "H"}).content.decode()
    assert "L001" in page
    assert "L002" not in page
    assert '<option value="H" selected>' in page
    wrong = client.get(reverse("console:queue"), {"due": "yesterday", "sort": "colour", "cursor": "!!"})
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.content.decode()


def test_hostile_evidence_is_escaped(client, reviewer, make_case):
    case = make_case(
        evidence={"<img src=x>": ["<script>alert(1)</script>", {"a": "\"'><b>"}]}, title="</title><script>1</script>"
    )
    page = client.get(reverse("console:case", args=[case.id])).content.decode()
    assert "<script>alert" not in page
    assert "<script>1" not in page
    assert "<img src=x" not in page


def test_the_language_switch_keeps_the_page(client, reviewer):
    answer = client.post(reverse("set_language"), {"language": "zh-hans", "next": "/console/cases/?severity=H"})
    assert answer["Location"] == "/console/cases/?severity=H"


def test_the_look_is_kept_and_leads_nowhere_else(client, reviewer):
    answer = client.post(reverse("console:theme"), {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/console/"
    assert 'data-theme="dark"' in client.get("/console/").content.decode()


def test_single_letter_keys_can_be_turned_off(client, reviewer):
    assert "data-keys" in client.get("/console/").content.decode()
    client.post(reverse("console:keys"), {"keys": "off", "next": "/console/"})
    assert "<body data-keys" not in client.get("/console/").content.decode()


def test_the_dossier_shows_its_cases_and_facts(client, reviewer, make_case):
    case = make_case()
    decide(client, case, "real")
    page = client.get(reverse("console:dossier", args=["listing", "L001"])).content.decode()
    assert "more returns" in page
    assert "case decided" in page
    assert 'role="img"' in page
    assert client.get(reverse("console:dossier", args=["listing", "L999"])).status_code == 404
    assert client.get(reverse("console:dossier", args=["nonsense", "L001"])).status_code == 404


def test_only_an_administrator_retries_dead_letters(client, reviewer):
    answer = client.post(reverse("console:letter", args=[1, "retry"]), follow=True)
    assert "Your role" in answer.content.decode() or "may not do" in answer.content.decode()


def test_keys_are_unique_and_screens_have_letters():
    keys = [s.key for s in SHORTCUTS]
    assert len(keys) == len(set(keys))
    letters = [s.key for s in SCREENS]
    assert len(letters) == len(set(letters))


def test_a_text_filter_reads_both_kinds():
    from django.utils import translation

    from pinzhi.doors.console.templatetags.console import plainly, text

    with translation.override("zh-hans"):
        assert text(Text("甲", "a")) == "甲"
    assert plainly({"a": ["<"]}) == "<div>a: <div>&lt;</div></div>"


@pytest.mark.parametrize(
    ("share", "digits", "zh", "en"),
    [
        (0.123, 0, "12%", "12 %"),
        (0.0, 0, "0%", "0 %"),
        (0.004, 0, "<1%", "< 1 %"),
        (0.0004, 1, "<0.1%", "< 0.1 %"),
        (None, 0, "—", "—"),
    ],
)
def test_a_share_that_is_not_nothing_is_not_shown_as_nothing(share, digits, zh, en):
    from django.utils import translation

    from pinzhi.doors.console.templatetags.console import percent

    with translation.override("zh-hans"):
        assert percent(share, digits) == zh
    with translation.override("en"):
        assert percent(share, digits) == en


def test_several_cases_are_given_to_a_colleague(client, reviewer, person, make_case):
    cases = [make_case(i) for i in range(1, 3)]
    colleague, merchant = person("mei", "analyst"), person("shop", "merchant")
    chosen = [f"{c.id}~{c.seen}" for c in cases]
    page = client.get(reverse("console:queue")).content.decode()
    assert f'<option value="{colleague.pk}">' in page
    assert f'<option value="{merchant.pk}">' not in page
    for nobody in ("", "abc", str(merchant.pk)):
        client.post(reverse("console:bulk"), {"case": chosen, "do": "assign", "to": nobody, "sure": "yes"})
        assert {Case.objects.get(pk=c.id).assigned_id for c in cases} == {None}
    client.post(reverse("console:bulk"), {"case": chosen, "do": "assign", "to": colleague.pk})
    assert {Case.objects.get(pk=c.id).assigned_id for c in cases} == {colleague.pk}


def test_chosen_cases_are_exported_and_nothing_else(client, reviewer, make_case):
    first, _second = make_case(1, title="=1+1 returns"), make_case(2)
    answer = client.post(
        reverse("console:export"), {"case": [f"{first.id}~{first.seen}", f"{uuid.uuid4()}~x", "not an id"]}
    )
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    assert head[:2] == ["Case", "Desk"]
    assert [r[0] for r in rows] == ["'=1+1 returns"]
    assert not CaseEvent.objects.exclude(verb="open").exists()


def test_the_keys_that_the_help_lists_are_those_of_the_desk_at_hand(client, analyst, signal, make_case):
    def keys(page):
        return re.findall(r'<tr class="desk-key"><td><kbd>(.)</kbd></td><td>([^<]+)</td>', page)

    page = client.get(reverse("console:case", args=[signal.case_id])).content.decode()
    assert keys(page) == [("y", "real"), ("n", "noise"), ("t", "cannot tell yet")]
    assert "<kbd>q</kbd></td><td>Ask for more" in page
    decide(client, queries.case(signal.case_id, Actor.system("test")), "real")
    assert keys(client.get(reverse("console:case", args=[signal.case_id])).content.decode()) == []
    assert keys(client.get(reverse("console:today")).content.decode()) == []


def test_a_approves_and_r_refuses_wherever_they_are_keys(db):
    """`a` and `r` mean approve and refuse; a desk that asks another question has other keys."""
    used = {d.name: {o.key for o in d.outcomes} for d in DESKS.values()}
    found = {(d.name, o.key, o.code) for d in DESKS.values() for o in d.outcomes if o.key in ("a", "r")}
    assert found == {("admission", "a", "admit"), ("admission", "r", "refuse"), ("complaints_review", "a", "approve")}
    assert {o.key: o.code for o in DESKS["admission"].outcomes} == {"a": "admit", "q": "return", "r": "refuse"}
    assert not any(keys & RESERVED for keys in used.values())


def test_every_act_has_words_in_both_languages():
    assert set(ACTS) == set(VERBS)
    with translation.override("zh-hans"):
        assert [verb for verb, said in ACTS.items() if str(said).isascii()] == []
        assert str(ACTS["casework.undo"]) == "撤销裁决"


def fact(seq, name, source="", accepted=0):
    payload = {"source": source, "accepted": accepted} if source else {}
    return FactRow(seq=seq, name=name, payload=payload, actor="system:demo", at=clock.now())


def test_batches_of_events_are_one_line_and_hide_neither_signals_nor_decisions():
    crowd = [fact(100 - i, "EventsAccepted", "demo-live", 4) for i in range(9)]
    rows = [*crowd, fact(50, "SignalRaised"), fact(49, "SignalRaised"), fact(48, "EventsAccepted", "shop", 7), fact(47, "EventsAccepted", "demo-live", 1)]  # fmt: skip
    found = list(folded(iter(rows)))
    assert [(r.newest.seq, r.count, r.events) for r in found] == [(100, 9, 36), (50, 1, 0), (49, 1, 0), (48, 1, 7), (47, 1, 1)]  # fmt: skip


def test_today_shows_the_signal_before_two_hundred_batches(client, reviewer, make_case):
    make_case(1)
    with act("feeds.import", Actor.system("test")) as a:
        for i in range(200):
            a.fact(EventsAccepted(subject=Subject(Kind.PLATFORM, "demo-live"), source="demo-live", batch=str(i), accepted=2, duplicate=0, refused=0))  # fmt: skip
    page = client.get(reverse("console:today")).content.decode()
    just = page.split('id="moved-title"')[1]
    assert "demo-live: 400 events in 200 batches" in just
    assert "case opened" in just
    assert just.count("<li id=") == 2


def waiting_webhook(minutes):
    then = clock.now() - timedelta(minutes=minutes)
    row = Subscription.objects.create(id="S-1", name="market", url="https://hooks.example.com/", secret="x", from_cursor=0, failures=3, created_at=then, rest_until=clock.now() + timedelta(minutes=7))  # fmt: skip
    made = Dispatch.objects.create(subscription=row, cursor=1, subject_kind="listing", subject_id="L1", due=clock.now(), attempts=1)  # fmt: skip
    Attempt.objects.create(dispatch=made, number=1, at=then, status=0, error="unreachable")
    return row


def test_health_warns_when_a_receiver_is_silent(client, reviewer):
    assert "Nobody has subscribed to decisions." in client.get(reverse("console:health")).content.decode()
    row = waiting_webhook(61)
    page = client.get(reverse("console:health")).content.decode()
    assert "«market»: nothing has been delivered for an hour while 1 message waits" in page
    line = page.split('id="webhooks"')[1].split("</tbody>")[0]
    cells = re.findall(r"<td>([^<]*)</td>", line)
    assert cells == ["active", "—", "3", "1", iso(row.rest_until), "0"]
    assert "hooks.example.com" not in page
    row.delete()
    waiting_webhook(59)
    assert "nothing has been delivered for an hour" not in client.get(reverse("console:health")).content.decode()


def test_the_login_speaks_the_words_of_the_house(client, db):
    page = client.get("/account/login/", headers={"accept-language": "en"}).content.decode()
    assert "Stay signed in" in page
    assert "Remember Me" not in page


def test_every_system_that_acts_has_a_name_for_people():
    """`Actor.system("…")` anywhere in the product; the history of a case shows it in the reader's language."""
    root = Path(pinzhi.__file__).parent
    named = {
        name
        for file in root.rglob("*.py")
        if "tests" not in file.parts
        for name in re.findall(r'Actor\.system\("([^"]+)"\)', file.read_text("utf-8"))
    }
    assert named == set(SYSTEMS)
    with translation.override("zh-hans"):
        assert who("system:complaint form") == "消费者（投诉页面）"
        assert [n for n in named if re.search("[a-z]", who(f"system:{n}"))] == []
