"""The main job with the keyboard alone, and what the conventions of the screens promise: undo, nothing typed is lost, filters are addresses."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser
STATE = """
from pinzhi.casework.models import Case
from pinzhi.decisions import queries as decisions
from pinzhi.kernel.values import Kind, Subject
import json
found = [Case.objects.get(pk=i) for i in {cases}]
print(json.dumps([[c.state, c.outcome, c.reason, c.seen, c.assigned_id, c.decided_by,
    decisions.standing(Subject(Kind(c.subject_kind), c.subject_id)).state] for c in found]))
"""


def states(house, cases: list[str]) -> list[list]:
    """What must be as before after an undo: the cases, and what is in force about their subjects."""
    return json.loads(house.python(STATE.format(cases=cases)))


def state(house, case: str) -> list:
    return states(house, [case])[0]


def case_of(page) -> str:
    return re.search(r"/cases/([0-9a-f-]{36})/", page.url)[1]


def listed(page) -> list[str]:
    """The cases of the list, in order."""
    return page.eval_on_selector_all("[data-line]", "e => e.map((r) => r.id.slice(2))")


def focused(page) -> str:
    return page.evaluate("() => document.activeElement.id || document.activeElement.tagName")


def row(page) -> int:
    """The line that has the focus, or -1."""
    return page.evaluate(
        "() => [...document.querySelectorAll('[data-line]')].findIndex((r) => r.contains(document.activeElement))"
    )


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def live(page) -> str:
    """What the live region has said."""
    page.wait_for_function("() => document.querySelector('#live').textContent")
    return page.locator("#live").inner_text()


@pytest.fixture
def desk(open_context):
    """A person at the desk, in English, with the keyboard."""
    watched = open_context("lin", language="en")
    yield watched.page()
    assert [c for c in watched.complaints if "status of 409" not in c] == []  # the stale guard answers so
    assert watched.outside == []


def test_from_today_to_a_decision_and_back_by_keyboard(desk, house):
    page = desk
    page.goto(house.at("/console/"))
    press(page, "g", "q")
    page.wait_for_url("**/console/cases/")
    page.goto(house.at("/console/cases/?desk=monitoring"))
    press(page, "j")
    assert row(page) == 0
    press(page, "j", "j", "k")
    assert row(page) == 1
    press(page, "Enter")
    page.wait_for_url("**/console/cases/*/?desk=monitoring")
    page.wait_for_function("() => document.activeElement.id === 'heading'")
    first, title = case_of(page), page.locator("h1").inner_text()
    before = state(house, first)
    assert before[:2] == ["open", ""]
    press(page, "y")
    page.wait_for_function("(old) => !location.pathname.includes(old)", arg=first)
    page.wait_for_function("() => document.activeElement.id === 'heading'")
    assert case_of(page) != first
    assert live(page) == f"✓ real: {title}"
    assert 0 < int(page.locator("#undo [data-left]").inner_text()) <= 20
    press(page, "u")  # at once: the twenty seconds run
    page.wait_for_url(f"**/cases/{first}/**")
    assert live(page).startswith("✓ Undone")
    done = page.locator("section[aria-labelledby=hi] li").all_inner_texts()
    assert any("decided · real" in line and "undone" in line for line in done)
    assert state(house, first) == before
    assert page.locator("#undo").count() == 0


def test_a_listing_is_judged_by_keyboard_with_claim_and_evidence_in_sight_and_undone(desk, house):
    """From the queue of admission: the picture beside the one it was seen in, a reason where one is asked for, the next case, and back."""
    page, case = desk, house.ids["weighed"]
    page.goto(house.at("/console/"))
    press(page, "g", "a")
    page.wait_for_url("**/console/admission/")
    for _ in listed(page):
        press(page, "j")
        if focused(page) == "" or case in page.evaluate("() => document.activeElement.href || ''"):
            break
    press(page, "Enter")
    page.wait_for_url(f"**/cases/{case}/**")
    before = state(house, case)
    pair = page.locator(".pairs > li", has_text="I01")
    pair.scroll_into_view_if_needed()
    for picture in pair.locator("img").all():
        page.wait_for_function("(i) => i.complete && i.naturalWidth === 320", arg=picture.element_handle())
    assert pair.locator("img").count() == 2
    marked = page.locator(".claim mark").first.bounding_box()
    assert marked is not None
    assert abs(page.locator("#reason").bounding_box()["y"]) < 800
    page.evaluate("() => document.activeElement.blur()")
    press(page, "r")
    assert focused(page) == "reason"
    assert state(house, case) == before
    page.keyboard.type("图片取自他人已被驳回的商品，授权书持有人不是本商家。")
    press(page, "Tab", "Tab", "Tab", "Enter")
    page.wait_for_function("(old) => !location.pathname.includes(old)", arg=case)
    assert state(house, case)[:2] == ["decided", "refuse"]
    press(page, "u")
    page.wait_for_url(f"**/cases/{case}/**")
    assert state(house, case) == before


def test_enter_without_a_chosen_line_opens_the_first_case(desk, house):
    page = desk
    page.goto(house.at("/console/"))
    first = page.locator("#cases [data-open]").first.get_attribute("href")
    press(page, "Enter")
    page.wait_for_url(f"**{first}")
    page.evaluate("() => document.activeElement.blur()")
    press(page, "Enter")  # on the page of a case it opens nothing
    assert page.url.endswith(first)


def test_the_undo_goes_away_by_itself(desk, house):
    page = desk
    page.clock.install()
    page.goto(house.at("/console/cases/?desk=monitoring"))
    press(page, "j", "Enter")
    page.wait_for_url("**/console/cases/*/**")
    first = case_of(page)
    press(page, "t")
    page.wait_for_function("(old) => !location.pathname.includes(old)", arg=first)
    page.locator("#undo").wait_for()
    page.clock.run_for(21_000)
    assert page.locator("#undo").count() == 0
    house.python(
        f"from pinzhi.casework import actions; from pinzhi.people.models import Account; "
        f"actions.undo('{first}', Account.objects.get(username='lin').actor(), reason='test')"
    )


def test_an_outcome_that_needs_a_reason_asks_for_it_and_takes_a_second_person(desk, house, open_context):
    page, case = desk, house.ids["reviews"][0]
    before = state(house, case)
    page.goto(house.at(f"/console/cases/{case}/"))
    press(page, "y")
    assert focused(page) == "reason"
    assert page.locator("#reason").get_attribute("aria-invalid") == "true"
    assert state(house, case) == before
    page.keyboard.type("a u j 连续三批抽样不合格")
    assert page.locator("#reason").input_value() == "a u j 连续三批抽样不合格"
    assert case_of(page) == case
    press(page, "Tab", "Enter")
    page.wait_for_function("(old) => !location.pathname.includes(old)", arg=case)
    assert state(house, case)[:2] == ["proposed", ""]
    page.goto(house.at(f"/console/cases/{case}/"))
    assert page.get_by_role("button", name="Confirm as second person").count() == 0
    page.get_by_role("button", name="Withdraw my proposal").press("Enter")
    page.wait_for_load_state()
    assert state(house, case) == before


def test_keys_do_nothing_in_fields_with_modifiers_and_while_composing(desk, house):
    page = desk
    page.goto(house.at("/console/cases/?desk=monitoring"))
    page.locator("[data-open]").first.press("Enter")
    page.wait_for_url("**/console/cases/*/**")
    case = case_of(page)
    before = state(house, case)
    page.evaluate("() => document.activeElement.blur()")
    press(page, "Alt+y", "Control+y", "Meta+t")
    page.evaluate(
        """() => { for (const extra of [{isComposing: true}, {keyCode: 229}])
             document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "y", bubbles: true, cancelable: true, ...extra})); }"""
    )
    for field in ("#reason", "#find"):
        page.locator(field).focus()
        press(page, "y", "n", "t", "u", "j")
        assert page.locator(field).input_value() == "yntuj"
    assert case_of(page) == case
    assert state(house, case) == before


def test_single_letter_keys_can_be_turned_off_and_on(desk, house):
    page = desk
    page.goto(house.at("/console/cases/"))
    press(page, "?")
    assert page.locator("dialog#keys").is_visible()
    assert page.locator("dialog#keys tbody tr").count() >= 18
    page.get_by_role("button", name="Turn single-letter keys off").press("Enter")
    page.wait_for_load_state()
    press(page, "j")
    assert row(page) == -1
    page.get_by_role("button", name="Keys").press("Enter")
    page.get_by_role("button", name="Turn single-letter keys on").press("Enter")
    page.wait_for_load_state()
    press(page, "j")
    assert row(page) == 0


def test_a_bulk_says_first_what_it_will_not_do_and_is_undone_as_one(desk, house):
    page = desk
    page.goto(house.at("/console/cases/?desk=monitoring"))
    assert page.locator("#bulk").is_hidden()
    press(page, "j", "x", "j", "x", "j", "x")
    chosen = [
        v.split("~")[0] for v in page.eval_on_selector_all("input[name=case]:checked", "e => e.map((i) => i.value)")
    ]
    assert len(chosen) == 3
    assert page.locator("#bulk").is_visible()
    assert page.locator("#bulk [data-count]").inner_text() == "3"
    take = "from pinzhi.casework import actions; from pinzhi.people.models import Account; "
    mei = "Account.objects.get(username='mei').actor()"
    house.python(f"{take}actions.claim('{chosen[1]}', {mei})")
    before = states(house, chosen)
    page.locator("#bulk").get_by_role("button", name="noise").press("Enter")
    page.wait_for_url("**/cases/bulk?desk=monitoring")
    text = page.locator("main").inner_text()
    assert "1 case will be left as it is" in text
    assert "A colleague is working on this case." in text
    assert states(house, chosen) == before
    page.get_by_role("button", name="noise: do the other 2").press("Enter")
    page.wait_for_url("**/cases/?desk=monitoring")
    assert live(page) == "✓ Done: 2 cases."
    assert sorted(set(chosen) & set(listed(page))) == [chosen[1]]
    page.evaluate("() => document.activeElement.blur()")
    press(page, "u")
    page.wait_for_url("**/console/cases/")
    assert live(page) == "✓ Undone: 2 cases."
    assert states(house, chosen) == before
    house.python(f"{take}actions.release('{chosen[1]}', {mei})")


def test_filters_are_the_address_and_a_view_of_them_stands_in_the_menu(desk, house):
    page = desk
    page.goto(house.at("/console/cases/"))
    page.select_option("#f-severity", "H")
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url("**severity=H**")
    count = page.locator("[data-line]").count()
    assert 0 < count < house.ids["cases"] + 3
    page.reload()
    assert page.locator("#f-severity").input_value() == "H"
    assert page.locator("[data-line]").count() == count
    page.get_by_text("Save this view").press("Enter")
    page.fill("#v-name", "重大工单")
    page.locator("#v-name").press("Enter")
    page.wait_for_url("**/cases/?severity=H")
    assert live(page) == "✓ The view is kept; it stands in the menu."
    entry = page.locator("nav .kept a")
    assert entry.inner_text().split() == ["重大工单", str(count)]
    assert entry.get_attribute("aria-current") == "page"
    page.goto(house.at("/console/"))
    page.locator("nav .kept a").press("Enter")
    page.wait_for_url("**/cases/?severity=H")
    page.get_by_role("button", name="Remove this view").press("Enter")
    page.wait_for_url("**/cases/")
    assert page.locator("nav .kept").count() == 0


def test_the_stale_guard_shows_the_difference_and_keeps_what_was_typed(desk, house):
    page, case = desk, house.ids["reviews"][1]
    page.goto(house.at(f"/console/cases/{case}/"))
    old = house.python(
        f"from pinzhi.casework.models import Case; print(Case.objects.get(pk='{case}').evidence['orders'])"
    )
    new = house.python(
        "from pinzhi.casework import actions; from pinzhi.casework.models import Case; from pinzhi.people.acts import act; "
        "from pinzhi.people.roles import Actor\n"
        "with act('rating.recompute', Actor.system('browser')) as a:\n"
        f"    was = Case.objects.get(pk='{case}').evidence\n"
        f"    actions.update_evidence(a, '{case}', was | {{'orders': was['orders'] + 7}})\n"
        "    print(was['orders'] + 7)"
    )
    page.fill("#reason", "样本足够，建议保留限制")
    page.locator("button[value=keep]").press("Enter")
    page.wait_for_url("**/decide")
    text = page.locator("main").inner_text()
    assert "The evidence has changed since this page was shown." in text
    cells = (
        page.locator("table caption:has-text('What has changed')").locator("..").locator("tbody tr").all_inner_texts()
    )
    assert [c.split() for c in cells] == [["orders", old, new]]
    assert page.locator("#reason").input_value() == "样本足够，建议保留限制"
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "alert"
    assert state(house, case)[:2] == ["open", ""]


@pytest.mark.parametrize("path", ["/console/cases/?severity=H", "/console/monitoring/?stream=review&weeks=13"])
def test_the_language_switch_keeps_the_page(desk, house, path):
    page = desk
    page.goto(house.at(path))
    page.get_by_role("button", name="中文").press("Enter")
    page.wait_for_function("() => document.documentElement.lang === 'zh-Hans'")
    at = urlsplit(page.url)
    assert f"{at.path}?{at.query}" == path
    page.get_by_role("button", name="English").press("Enter")
    page.wait_for_function("() => document.documentElement.lang === 'en'")


def test_on_paper_there_is_the_case_and_nothing_to_press(desk, house):
    page = desk
    page.goto(house.at("/console/monitoring/signals/{signal}/"))
    page.emulate_media(media="print")
    for what in (".side", ".top", ".act form", ".choices"):
        assert page.locator(what).first.is_hidden(), what
    assert page.locator("h1").is_visible()
    assert page.locator(".drawing").first.is_visible()
    pages = len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="A4")))
    assert 1 <= pages <= 6


def test_the_chosen_look_beats_the_system(open_context, house):
    page = open_context("lin", language="en", color_scheme="light").page()
    page.goto(house.at("/console/"))
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").press("Enter")
    page.wait_for_function("() => document.documentElement.dataset.bsTheme === 'dark'")
    assert page.evaluate(ground) != light


def test_a_security_key_is_added_and_opens_the_door(open_context, house):
    """With the browser's own virtual authenticator; under the name of the host, because an address is no domain for a key."""
    watched = open_context("", language="en")
    page, base = watched.page(), house.url.replace("127.0.0.1", "localhost")
    devtools = watched.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})

    def password():
        page.goto(f"{base}/account/login/")
        page.fill("#id_login", "wei")
        page.fill("#id_password", house.ids["password"])
        page.locator("main button[type=submit]").press("Enter")

    password()
    page.wait_for_url("**/console/")
    page.goto(f"{base}/account/2fa/webauthn/add/")
    page.fill("#id_password", house.ids["password"])
    page.locator("main button[type=submit]").press("Enter")
    page.wait_for_url("**/webauthn/add/")
    page.fill("#id_name", "办公室的钥匙")
    page.locator("#mfa_webauthn_add").press("Enter")
    page.wait_for_url(re.compile("recovery-codes|/2fa/webauthn/$|/2fa/$"))
    page.goto(f"{base}/account/2fa/webauthn/")
    assert "办公室的钥匙" in page.locator("main").inner_text()
    watched.context.clear_cookies(name="sessionid")
    password()
    page.wait_for_url("**/2fa/authenticate/**")
    page.locator("#mfa_webauthn_authenticate").press("Enter")
    page.wait_for_url("**/console/")
    assert watched.complaints == []
