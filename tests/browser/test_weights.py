"""
What a screen weighs on a first visit, as transferred: held under `weights.json`, which only shrinks.

A screen that has become a third lighter than its budget fails too, and says what the budget is to be: a saving once made is kept.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from .screens import SCREENS

pytestmark = pytest.mark.browser
BUDGETS = json.loads((Path(__file__).parent / "weights.json").read_text())
"""Bytes by screen: headers and bodies of everything that the page asks for until it is quiet, with an empty cache."""
PUBLIC = ("{piece}", "{unknown_piece}", "/01/", "/report", "/complain", "/ask")
"""Pages for whoever holds the goods or complains: they load nothing of the console."""
HIGHEST = 135_000
"""What a screen without a line of its own may weigh, and what no budget may be above."""


def test_no_budget_is_without_a_screen_or_above_the_highest():
    assert set(BUDGETS) <= {s.name for s in SCREENS}
    assert max(BUDGETS.values()) <= HIGHEST


def test_weights(open_context, house):
    weighed = {}
    for who, screens in itertools.groupby(sorted(SCREENS, key=lambda s: s.who), key=lambda s: s.who):
        watched, bytes_, open_ = open_context(who), [], set()
        page = watched.page()
        devtools = watched.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        devtools.on("Network.requestWillBeSent", lambda e, on=open_: on.add(e["requestId"]))
        devtools.on("Network.loadingFailed", lambda e, on=open_: on.discard(e["requestId"]))
        devtools.on("Network.loadingFinished", lambda e, on=open_: on.discard(e["requestId"]))
        devtools.on("Network.loadingFinished", lambda e, into=bytes_: into.append(e["encodedDataLength"]))
        for screen in screens:
            page.goto("about:blank")
            bytes_.clear()
            open_.clear()
            page.goto(house.at(screen.path), wait_until="load")
            page.wait_for_timeout(50)
            for _ in range(100):  # on a busy machine what was loaded is told of after the load
                if not open_:
                    break
                page.wait_for_timeout(50)
            weighed[screen.name] = int(sum(bytes_))
    told = json.dumps(weighed, indent=1)
    light_by_design = {s.name for s in SCREENS if s.path.startswith(PUBLIC)}
    assert min(w for n, w in weighed.items() if n not in light_by_design) > 10_000, told
    assert min(weighed.values()) > 3_000, told
    heavy = {n: w for n, w in weighed.items() if w > BUDGETS.get(n, HIGHEST)}
    light = {n: w for n, w in weighed.items() if w < BUDGETS.get(n, HIGHEST) * 2 / 3}
    assert not heavy, f"heavier than the budget: {heavy}\n{told}"
    assert not light, f"lower the budget of {light}\n{told}"
