"""Kinds of complaint and of goods hold together."""

from __future__ import annotations

import copy
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules.taxonomy import typed

DATA = files("pinzhi.life.complaints").joinpath("data")
KINDS = tomllib.loads(DATA.joinpath("types.toml").read_text(encoding="utf-8"))["type"]
GOODS = tomllib.loads(DATA.joinpath("categories.toml").read_text(encoding="utf-8"))["category"]


def test_every_kind_of_the_chapter_is_there() -> None:
    found = tables.taxonomy().kinds
    assert {"Q1", "Q2", "Q3", "S1", "S2", "S3", "S4", "F1", "F2", "F3", "T1", "R1", "R2", "L1", "C1", "G1", "X"} <= set(
        found
    )
    assert {k for k, v in found.items() if v.severity == 1} == {"S1", "S2", "S3"}
    assert found["S2"].severity_for("fresh") == 3
    assert found["S2"].severity_for("packed") == found["S2"].severity_for("") == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("parent", "nobody", "no parent"),
        ("clock", "sometime", "no clock"),
        ("routing", "elsewhere", "no desk"),
        ("severity", 5, "severity"),
        ("evidence", [["甲", "a"]] * 4, "more than three"),
        ("category_severity", {"nothing": 2}, "group"),
    ],
)
def test_a_row_that_does_not_hold_is_named(field: str, value: Any, says: str) -> None:
    rows = copy.deepcopy(KINDS)
    rows[0][field] = value
    with pytest.raises(ValueError, match=f"kind Q1.*{says}"):
        typed(rows, GOODS)


def test_an_acute_kind_carries_the_flag_of_safety() -> None:
    rows = copy.deepcopy(KINDS)
    rows[0]["severity"] = 1
    with pytest.raises(ValueError, match="without the flag"):
        typed(rows, GOODS)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("蒙牛", "dairy"), ("女装 women's wear", "clothing"), ("移动电源 power bank", "power_banks"), ("食品 packaged food", "packaged_food"),
        ("生鲜 fresh food", "fruit"), ("数码/手机", "phones"), ("热水器", "water_heaters"), ("头盔 helmets", "vehicles"), ("没有这一类", None),
    ],
)  # fmt: skip
def test_categories_of_marketplaces_are_found(said: str, code: str | None) -> None:
    found = tables.taxonomy().category(said)
    assert (found.code if found else None) == code
