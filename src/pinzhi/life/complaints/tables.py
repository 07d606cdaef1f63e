"""Reads the rule tables of the room. They are part of the code: read once, never written."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.policy import read_policy
from pinzhi.life.complaints.rules import clocks
from pinzhi.life.complaints.rules.entitlement.table import Rules, rules
from pinzhi.life.complaints.rules.policy import ComplaintsPolicy, typed_policy

FILES = ("findings", "returns", "quality", "multiples", "liable", "deadlines")


@cache
def packaged_policy() -> ComplaintsPolicy:
    """The policy as it is shipped."""
    text = resources.files("pinzhi.life.complaints").joinpath("policy.toml").read_text(encoding="utf-8")
    return typed_policy(read_policy(text))


def _read(*path: str) -> dict[str, Any]:
    file = resources.files("pinzhi.life.complaints").joinpath("data", *path)
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def entitlement_rules() -> Rules:
    """The rows of what a buyer is owed, with the shipped figures. Raises ValueError when a row names something unknown."""
    figures = packaged_policy().entitlement
    return rules([_read("entitlement", f"{name}.toml") for name in FILES], figures.reasonable_quantity)


@cache
def clock_rules() -> clocks.ClockRules:
    """The rows of the clocks. Raises ValueError when a row is wrong."""
    return clocks.clock_rules(_read("clocks.toml"))
