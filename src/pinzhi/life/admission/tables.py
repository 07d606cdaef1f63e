"""Reads the data files of admission into frozen tables. The files are part of the code: read once, never written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.law.tables import statutes
from pinzhi.life.admission.rules.claimed import claim_tables
from pinzhi.life.admission.rules.lexicon import compile_lexicon
from pinzhi.life.admission.rules.numbers.book import Book
from pinzhi.life.admission.rules.ruleset import Ruleset, put_together

CLAIMS = "claims"


def read(name: str) -> dict[str, Any]:
    """One data file by its name, parsed."""
    return tomllib.loads(resources.files("pinzhi.life.admission").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def book() -> Book:
    """Every kind of document number."""
    regions = read("regions.toml")
    codes = {table: {code: Text(*names) for code, names in rows.items()} for table, rows in read("codes.toml").items()}
    return Book(
        codes,
        {code: Text(zh, en) for code, (zh, en, _) in regions["provinces"].items()},
        {short: Text(zh, en) for zh, en, short in regions["provinces"].values()},
        {code: Text(*names) for code, names in regions["prefectures"].items()},
    )


def documents() -> dict[str, Mapping[str, Any]]:
    """Every file of text rules, parsed, by name."""
    folder = resources.files("pinzhi.life.admission").joinpath("data", "text")
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml"))
    return {n.removesuffix(".toml"): tomllib.loads(folder.joinpath(n).read_text(encoding="utf-8")) for n in names}


@cache
def shipped() -> Ruleset:
    """The ruleset that comes with this version. Raises ValueError when its files contradict one another."""
    found = documents()
    claims = found.pop(CLAIMS)
    return put_together(compile_lexicon(found), claim_tables(claims), statutes())
