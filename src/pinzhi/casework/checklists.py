"""The checklists shipped with this room, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pinzhi.casework.rules.inspection import Checklists, Group, Item
from pinzhi.kernel.values import Text


@cache
def shipped() -> Checklists:
    """`checklists.toml` as typed data."""
    raw = tomllib.loads(files("pinzhi.casework").joinpath("checklists.toml").read_text(encoding="utf-8"))
    return Checklists(
        raw["version"],
        {kind: Text(*pair) for kind, pair in raw["places"].items()},
        tuple(
            Group(
                g["id"],
                Text(g["zh"], g["en"]),
                tuple(g["for"]),
                tuple(Item(i["id"], Text(i["zh"], i["en"]), i["must"]) for i in g["item"]),
            )
            for g in raw["group"]
        ),
    )
