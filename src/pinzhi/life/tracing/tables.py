"""The tables of tracing, read once from their files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.life.tracing.rules.gs1.identifiers import Identifiers, typed


def read(name: str) -> dict[str, Any]:
    """One data file by its name, parsed."""
    return tomllib.loads(resources.files("pinzhi.life.tracing").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def identifiers() -> Identifiers:
    """The GS1 Application Identifiers."""
    return typed(read("identifiers.toml"))
