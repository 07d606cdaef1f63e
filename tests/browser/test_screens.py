"""Every screen, in both languages and looks, on a phone and at a desk: readable by everybody, silent, and by itself."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from .conftest import Watched
from .screens import SCREENS, Screen

pytestmark = pytest.mark.browser
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
LOOKS = list(itertools.product(("zh-hans", "en"), ("light", "dark"), (390, 1280)))
AXE_RUN = """async (tags) => (await axe.run(document, {runOnly: tags, resultTypes: ["violations"]})).violations
    .map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target.join(" ") + " " + (n.any[0]?.message || "")).join(" | ")}`)"""
WORDS = """() => [...document.querySelectorAll("h1,h2,h3,button,th[scope=col],label,legend,nav a,.btn")]
    .filter((e) => e.checkVisibility() && !e.closest("[lang]:not(html)") && !e.querySelector("[lang],[translate=no]")).map((e) => e.innerText.trim()).filter(Boolean)"""
"""The words of the interface itself: what an operator did not write."""
NEUTRAL = {"Pinzhi"}


@pytest.mark.parametrize(("language", "look", "width"), LOOKS, ids=str)
def test_every_screen(open_context, house, language, look, width):
    found: list[str] = []
    for who, screens in itertools.groupby(sorted(SCREENS, key=lambda s: s.who), key=lambda s: s.who):
        watched = open_context(
            who, language=language, axe=True, color_scheme=look, viewport={"width": width, "height": 844}
        )
        page = watched.page()
        for screen in screens:
            found += [f"{screen.name}: {fault}" for fault in faults(watched, page, screen, language)]
    assert not found, "\n".join(found)


def faults(watched: Watched, page: Any, screen: Screen, language: str) -> list[str]:
    """What is wrong with one screen in one look."""
    found = []
    answer = page.goto(watched.house.at(screen.path))
    if answer.status != screen.status:
        found.append(f"status {answer.status}")
    if not page.url.endswith(screen.path.format(**watched.house.ids)) and "signals" not in screen.path:
        found.append(f"led to {page.url}")
    wanted, text = screen.en if language == "en" else screen.zh, page.locator("main").inner_text()
    if page.locator("h1").count() != 1 or wanted.lower() not in text.lower():
        found.append(f"no «{wanted}», or not one heading, in «{text[:60]}»")
    if page.locator("html").get_attribute("lang") != ("en" if language == "en" else "zh-Hans"):
        found.append("wrong lang")
    found += [f"not in this language: «{w[:40]}»" for w in page.evaluate(WORDS) if foreign(w, language)]
    found += page.evaluate(AXE_RUN, TAGS)
    over = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    if over > 0:
        found.append(f"{over} px too wide")
    found += [f"policy: {v}" for v in page.evaluate("() => window.violations")]
    found += [f"asks {u}" for u in watched.outside]
    found += [c for c in watched.complaints if screen.status == 200 or f"status of {screen.status}" not in c]
    watched.complaints.clear(), watched.outside.clear()
    return found


def foreign(words: str, language: str) -> bool:
    """Whether words of the interface are in the other language. Ids and figures belong to both."""
    chinese = any("\u4e00" <= c <= "\u9fff" for c in words)
    if language == "en":
        return chinese
    return not chinese and words not in NEUTRAL and sum(c.isalpha() and c.islower() for c in words) > 2
