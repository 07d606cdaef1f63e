"""The talk with the assistant on a phone, with scripts and without: a question, a choice, a person, and always the way to one."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_the_scanned_code_to_a_person_on_a_phone(open_context, house, scripts):
    page = open_context("", java_script_enabled=scripts, **PHONE).page()
    page.goto(house.at("{piece}"))
    page.click("text=智能客服")
    assert page.locator("input[name=unit]").get_attribute("value").endswith(house.ids["piece"].rpartition("/")[2])
    person = page.get_by_role("button", name="转人工")
    assert person.bounding_box()["y"] < 844  # in sight before anything is scrolled
    page.fill("#text", "能赔多少钱")
    page.get_by_role("button", name="发送").click()
    assert "智能客服" in page.locator("#last").inner_text()
    page.locator("form.say .go button").first.click()
    assert page.locator(".mine").count() == 2
    page.evaluate("scrollTo(0, 0)")
    assert person.bounding_box()["y"] < 844
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    person.click()
    assert "已转专员处理" in page.inner_text("main")
    page.fill("#phone", "13800000000")
    page.get_by_role("button", name="保存").click()
    assert page.locator("#phone").count() == 0
    page.get_by_role("button", name="查看进度").click()
    assert "平台处理中" in page.inner_text("h1")
    page.get_by_role("button", name="就这件投诉咨询智能客服").click()
    assert "平台处理中" in page.locator("#last").inner_text()


def test_danger_is_told_to_stop_first(open_context, house):
    page = open_context("", language="en", java_script_enabled=False, **PHONE).page()
    page.goto(house.at("/ask"))
    page.fill("#text", "The power bank exploded and my hand is burned")
    page.get_by_role("button", name="Ask", exact=True).click()
    assert "Stop using it" in page.locator("#last").inner_text()
    assert "within 15 minutes" in page.inner_text(".good.box")
