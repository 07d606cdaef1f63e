"""Reads the data files of this room into frozen rows. The files are part of the code: read once, never written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef
from pinzhi.law.calendar import Almanac, Calendar, Notice, Reach, Span, statutory_days
from pinzhi.law.obligations import Register, duty
from pinzhi.law.rows import Instrument, Row, Statutes, instrument, reference, row


def read(name: str) -> dict[str, Any]:
    """One data file by its name, parsed."""
    return tomllib.loads(resources.files("pinzhi.law").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def official() -> Calendar:
    """The official calendar of the mainland with every notice that is entered."""
    raw = read("working_days.toml")
    notices = tuple(
        Notice(
            n["year"],
            n["number"],
            n["issued"],
            n["known_from"],
            n["read"],
            tuple(Span(*span) for span in n["off"]),
            tuple(n["worked"]),
            n.get("note", ""),
        )
        for n in raw["notice"]
    )
    almanac = Almanac(
        statutory_days([tuple(row) for row in raw["lunar"]["days"]]),
        {holiday: Reach(*figures) for holiday, figures in raw["bounds"].items()},
        {holiday: Text(*names) for holiday, names in raw["holidays"].items()},
    )
    return Calendar(notices, almanac)


THEMES = (
    "platform",
    "livestream_food",
    "refunds",
    "remedies",
    "sampling",
    "screening",
    "evidence",
    "records",
    "credit",
    "clocks",
    "recalls",
    "european_union",
    "united_states",
)
"""The files of rows, in the order in which they are shown."""

THEME_NAMES: Mapping[str, Text] = {
    "platform": Text("平台义务", "Duties of platforms"),
    "refunds": Text("退换货与赔偿", "Refunds and compensation"),
    "sampling": Text("抽检与复检", "Sampling and re-inspection"),
    "screening": Text("商品、广告与价格", "Listings, advertising and prices"),
    "records": Text("记录保存", "Records"),
    "credit": Text("信用与公示", "Credit and publication"),
    "clocks": Text("投诉举报时限", "Clocks of complaints and reports"),
    "recalls": Text("召回时限", "Clocks of recalls"),
    "european_union": Text("欧盟", "European Union"),
    "united_states": Text("美国", "United States"),
}
"""What the themes are called."""


@cache
def instruments() -> Mapping[str, Instrument]:
    """Every statute, regulation and order that is known here, by its id."""
    return {id_: instrument(id_, raw) for id_, raw in read("instruments.toml").items()}


@cache
def statutes() -> Statutes:
    """Every row of law. Raises ValueError when the files contradict one another."""
    found: list[Row] = []
    for name in THEMES:
        raw = read(f"{name}.toml")
        found += [row(raw["theme"], one, instruments()) for one in raw["row"]]
    return Statutes(tuple(found))


@cache
def register() -> Register:
    """Every duty with a clock. Raises ValueError when it does not fit the rows."""
    return Register(tuple(duty(raw) for raw in read("obligations.toml")["duty"]), statutes())


def cited(id_: str, on: date) -> LawRef | None:
    """A row as a reason of that day cites it; None for a day before or after its validity (a replay of an old history). Raises for an unknown id."""
    versions = [r for r in statutes().rows if r.id == id_]
    if not versions:
        raise KeyError(f"there is no row of law {id_!r}")
    return next((reference(r) for r in versions if r.holds(on)), None)
