"""What is printed: on white in whatever look, with every column, without buttons, with numbered pages."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
PRINTED = (
    "/console/evaluation/",
    "/console/ratings/listing/{listing}/",
    "/console/duties/",
    "/console/dossiers/listing/{listing}/",
    "/console/inspections/{visit_appointed}/",
    "/console/cases/{weighed}/",
)
WITHOUT_CHARTS = {"/console/duties/", "/console/inspections/{visit_appointed}/", "/console/cases/{weighed}/"}
LOOK = """() => ({
  ink: getComputedStyle(document.querySelector("h1")).color,
  paper: getComputedStyle(document.body).backgroundColor,
  chart: [...document.querySelectorAll(".chart-frame")].map((e) => getComputedStyle(e).backgroundColor),
  buttons: [...document.querySelectorAll("button,.btn,summary,input:not([type=hidden])")].filter((e) => e.checkVisibility()).map((e) => e.outerHTML),
  hidden: [...document.querySelectorAll("main th")].filter((e) => !e.closest("details,dialog,form") && !e.checkVisibility()).map((e) => e.innerText),
})"""


@pytest.mark.parametrize("path", PRINTED)
@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_page_on_paper(open_context, house, path, look):
    watched = open_context("lin", language="zh-hans", color_scheme=look, viewport={"width": 794, "height": 1123})
    page = watched.page()
    page.goto(house.at(path))
    page.emulate_media(media="print", color_scheme=look)
    seen = page.evaluate(LOOK)
    assert (seen["ink"], seen["paper"]) == ("rgb(31, 41, 55)", "rgb(255, 255, 255)")
    assert set(seen["chart"]) == {"rgb(255, 255, 255)"} or path in WITHOUT_CHARTS
    assert seen["buttons"] == []
    assert seen["hidden"] == []
    pages = page.pdf(format="A4").count(b"/Type /Page\n")
    assert 1 <= pages <= 4
