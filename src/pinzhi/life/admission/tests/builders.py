"""Listings and answers for the tests of this station."""

from datetime import date
from functools import cache

from pinzhi.life.admission import reading, shipped
from pinzhi.life.admission.contracts import Screened
from pinzhi.life.admission.rules.verdict import screen

DAY = date(2026, 11, 26)


@cache
def _laws():
    return shipped.ruleset().laws(DAY)


def screened(text: str, category: str = "家居", **more) -> Screened:
    """The answer for a title in a category; more columns as in a file."""
    row = {"id": "1", "merchant_id": "m", "category": category, "title": text, **more}
    return screen(reading.listing(row), shipped.ruleset(), DAY, _laws())


def found(answer: Screened) -> list[tuple[str, str, str]]:
    """(rule, raw span, severity) of every finding."""
    return [(f.rule, f.text, f.severity.value) for f in answer.findings]
