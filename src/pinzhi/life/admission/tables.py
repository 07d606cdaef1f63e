"""Reads the data files of admission into frozen tables. The files are part of the code: read once, never written."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.evidence import Matrix
from pinzhi.life.admission.rules.evidence import matrix as typed_matrix
from pinzhi.life.admission.rules.numbers.book import Book


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


@cache
def matrix() -> Matrix:
    """The evidence matrix that comes with this version. Raises ValueError when its files contradict one another."""
    return typed_matrix(
        read("matrix/categories.toml"), read("matrix/needs.toml"), read("matrix/fields.toml"), read("standards.toml")
    )
