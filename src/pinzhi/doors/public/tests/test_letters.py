"""Larger letters: one link, kept, taken back, and no way out of the house."""

from __future__ import annotations

import html
import re

import pytest

pytestmark = pytest.mark.django_db


def link(page, words):
    return html.unescape(re.search(rf'href="([^"]+)">{words}<', page)[1])


def test_the_choice_is_kept_leads_back_to_the_same_page_and_is_taken_back(client):
    page = client.get("/complain?unit=x%26y&lang=en").content.decode()
    assert '<html lang="en">' in page
    chosen = client.get(link(page, "Larger letters"))
    assert (chosen.status_code, chosen["Location"]) == (302, "/complain?unit=x%26y&lang=en")
    cookie = chosen.cookies["letters"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("large", True, "Lax")
    large = client.get(chosen["Location"]).content.decode()
    assert '<html lang="en" class="large">' in large
    back = client.get(link(large, "Usual letters"))
    assert back.cookies["letters"]["max-age"] == 0
    assert 'class="large"' not in client.get(back["Location"]).content.decode()


@pytest.mark.parametrize(
    "back", ["https://example.org/", "//example.org", "/\\example.org", "javascript:x", "", "complain"]
)
def test_an_address_elsewhere_is_not_followed(client, back):
    assert client.get("/letters", {"size": "large", "back": back})["Location"] == "/complain"


def test_nothing_is_posted(client):
    assert client.post("/letters", {"size": "large"}).status_code == 405


def test_a_language_that_was_asked_for_stays_whatever_the_browser_prefers(client):
    english = {"headers": {"accept-language": "en-US"}}
    assert "What went wrong" in client.get("/complain", **english).content.decode()
    assert "遇到了什么问题" in client.get("/complain?lang=zh", **english).content.decode()
    sent = client.post("/complain", {"words": "壶底渗水"}, **english)
    assert "购买了什么，希望怎样处理" in client.get(sent["Location"], **english).content.decode()
    assert "What went wrong" in client.get("/complain?lang=en", **english).content.decode()
    assert "What went wrong" in client.get("/complain", headers={"accept-language": "zh-CN"}).content.decode()
