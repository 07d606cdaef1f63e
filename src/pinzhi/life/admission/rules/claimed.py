"""The words of the claim checks: their tables, one field with what is stated beside it, and what a check says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from pinzhi.kernel.canon import digest
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity

NAMES = (
    "composition",
    "origin",
    "ingredients",
    "net_content",
    "brand",
    "age",
    "safety_class",
    "sugar",
    "fat",
    "nutrition",
    "pieces",
    "organic",
    "authorised",
)
"""Lists of names under which a feed gives an attribute."""
_WORDS = ("home", "abroad", "sugars", "other_sugars", "additives", "brands")


@dataclass(frozen=True, slots=True)
class Material:
    """A word of a material: what the composition has to name, in what share at least, and what it may not name instead."""

    words: tuple[str, ...]
    needs: tuple[str, ...]
    against: tuple[str, ...]
    share: Decimal


@dataclass(frozen=True)
class ClaimTables:
    """Names of attributes, words and patterns that the claims are read with."""

    names: Mapping[str, tuple[str, ...]]
    materials: tuple[Material, ...]
    patterns: Mapping[str, re.Pattern[str]]
    version: str
    hash: str

    laws: tuple[str, ...] = ("claim.true", "label.imported_food", "label.infant_textile", "label.nutrition_claim")


def claim_tables(document: Mapping[str, Any]) -> ClaimTables:
    """The tables from their parsed file. Raises KeyError or re.error where it is not whole."""
    materials = tuple(
        Material(
            tuple(sorted(m["words"].split(), key=len, reverse=True)),
            tuple(m["needs"].split()),
            tuple(m.get("against", "").split()),
            Decimal(m.get("share", 0)),
        )
        for m in document["material"]
    )
    patterns = {k: re.compile(v) for k, v in document["words"].items()}
    names = {n: tuple(document[n].split()) for n in (*NAMES, *_WORDS)}
    shown = [sorted(names.items()), [(m.words, m.needs, m.against, m.share) for m in materials]]
    return ClaimTables(
        names,
        materials,
        patterns,
        document["version"],
        digest([shown, sorted((k, p.pattern) for k, p in patterns.items())]),
    )


class Hit(NamedTuple):
    """A contradiction in the plain view of a field."""

    rule: str
    start: int
    end: int
    severity: Severity
    message: Text
    law: str = "claim.true"
    confidence: float = 1.0
    wanted: tuple[str, ...] = ()


class Freed(NamedTuple):
    """A claim that was looked at and not held against the listing."""

    rule: str
    start: int
    end: int
    context: str
    reason: Text


@dataclass(frozen=True)
class Case:
    """One field and what the listing states beside it, folded."""

    tables: ClaimTables
    field: str
    text: str
    stated: Mapping[str, tuple[str, ...]]
    classes: frozenset[str]
    everything: str
    brand: str


def says(what_zh: str, what_en: str, claim: str, stated: str) -> Text:
    """The sentence of a contradiction between a claim and an attribute."""
    return Text(
        f"文案称“{claim}”，{what_zh}属性为“{stated[:60]}”，两者不一致。",
        f"The text says «{claim}», the attribute {what_en} says «{stated[:60]}»: they contradict each other.",
    )
