"""The ruleset that comes with this version: its data files and the rows of law, compiled once and never written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.law.tables import statutes
from pinzhi.life.admission.rules.claimed import claim_tables
from pinzhi.life.admission.rules.lexicon import compile_lexicon
from pinzhi.life.admission.rules.ruleset import Ruleset, put_together

CLAIMS = "claims"


def documents() -> dict[str, Mapping[str, Any]]:
    """Every file of text rules, parsed, by name."""
    folder = resources.files("pinzhi.life.admission").joinpath("data", "text")
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml"))
    return {n.removesuffix(".toml"): tomllib.loads(folder.joinpath(n).read_text(encoding="utf-8")) for n in names}


@cache
def ruleset() -> Ruleset:
    """Everything compiled. Raises ValueError when the files contradict one another."""
    found = documents()
    claims = found.pop(CLAIMS)
    return put_together(compile_lexicon(found), claim_tables(claims), statutes())
