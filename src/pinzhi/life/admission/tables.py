"""The tables of numbers and of the evidence matrix, read once from their files. The text rules are apart (`shipped`): they are slower to compile."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.evidence import Matrix
from pinzhi.life.admission.rules.evidence import matrix as typed_matrix
from pinzhi.life.admission.rules.numbers.book import Book, content_hash


def read(name: str) -> dict[str, Any]:
    """One data file by its name, parsed."""
    return tomllib.loads(resources.files("pinzhi.life.admission").joinpath("data", name).read_text(encoding="utf-8"))


@cache
def book() -> Book:
    """Every kind of document number."""
    regions = read("regions.toml")
    raw = read("codes.toml")
    codes = {table: {code: Text(*names) for code, names in rows.items()} for table, rows in raw.items()}
    return Book(
        codes,
        {code: Text(zh, en) for code, (zh, en, _) in regions["provinces"].items()},
        {short: Text(zh, en) for zh, en, short in regions["provinces"].values()},
        {code: Text(*names) for code, names in regions["prefectures"].items()},
        content_hash([regions, raw]),
    )


@cache
def matrix() -> Matrix:
    """The evidence matrix that comes with this version. Raises ValueError when its files contradict one another."""
    return typed_matrix(
        read("matrix/categories.toml"), read("matrix/needs.toml"), read("matrix/fields.toml"), read("standards.toml")
    )
