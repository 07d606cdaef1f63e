"""
The tree of goods and the way from a marketplace's own category text to it.

A marketplace writes «母婴/婴童服装/连体衣», «移动电源 power bank» or just «美妆». The most specific level speaks first; in a level the longest word wins; a
word that only occurs inside one of the category's `not` words does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pinzhi.kernel.values import Text

MOST_KNOWN = 20_000
"""Looked-up texts that are kept."""
_LEVELS = re.compile(r"[/>›»\\|→]+")


@dataclass(frozen=True, slots=True)
class Category:
    """A node. `words` are folded; a word in Latin letters has to stand by itself."""

    id: str
    parent: str
    name: Text
    words: tuple[str, ...]
    not_words: tuple[str, ...]
    refines: str = ""
    title: tuple[str, ...] = ()
    """The category that a title with one of these words makes narrower: «头盔» with «骑行头盔» in the title is a cycle helmet."""


@dataclass(frozen=True)
class Tree:
    """All categories by id. Raises ValueError where a parent is missing or a name stands twice."""

    nodes: Mapping[str, Category]
    known: dict[str, Category | None] = field(default_factory=dict, compare=False, repr=False)
    lines: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    """Lines that were climbed, and texts that were looked up: a marketplace has some thousand categories and millions of listings."""

    def __post_init__(self) -> None:
        """Check that every line leads to a root."""
        for node in self.nodes.values():
            self.line(node.id)
            if node.refines and node.refines not in self.nodes:
                raise ValueError(f"category {node.id!r} refines {node.refines!r}, which is none")

    def line(self, id_: str) -> tuple[str, ...]:
        """The category and its parents, the nearest first. Raises ValueError for a broken or circular line."""
        if id_ not in self.lines:
            self.lines[id_] = self._climb(id_)
        return self.lines[id_]

    def _climb(self, id_: str) -> tuple[str, ...]:
        found: list[str] = []
        while id_:
            if id_ not in self.nodes or id_ in found:
                raise ValueError(f"category {id_!r} leads to no root")
            found.append(id_)
            id_ = self.nodes[id_].parent
        return tuple(found)

    def of(self, category: str, title: str) -> Category | None:
        """The category of a listing: that of its category text, made narrower where the title says so."""
        found = self.find(category)
        if found is None:
            return None
        said = folded(title)
        narrower = [
            node
            for node in self.nodes.values()
            if node.refines and node.refines in self.line(found.id) and node.id not in self.line(found.id)
            if any(says(said, w, node.not_words) for w in node.title)
        ]
        return max(narrower, key=lambda node: len(self.line(node.id)), default=found)

    def find(self, text: str) -> Category | None:
        """The category that a marketplace's text means; None where no word is known."""
        if text not in self.known:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[text] = self._look(text)
        return self.known[text]

    def _look(self, text: str) -> Category | None:
        for level in reversed(_LEVELS.split(folded(text))):
            best: tuple[int, int, Category] | None = None
            for node in self.nodes.values():
                length = max((len(w) for w in node.words if says(level, w, node.not_words)), default=0)
                depth = len(self.line(node.id))
                if length and (best is None or (length, depth) > best[:2]):
                    best = (length, depth, node)
            if best is not None:
                return best[2]
        return None


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """Width and case made one, underscores and runs of space a single space."""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", text)).strip().lower()


def says(text: str, word: str, not_words: Iterable[str] = ()) -> bool:
    """Whether a folded text holds a word that is not just a piece of one of `not_words`."""
    if word not in text:
        return False
    rest = text
    for other in not_words:
        if word in other:
            rest = rest.replace(other, "\n")
        elif other in text:
            return False
    if word.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?:s|es)?(?![a-z0-9])", rest) is not None
    return word in rest


def tree(rows: Iterable[Mapping[str, Any]]) -> Tree:
    """The tree from the parsed file. Raises ValueError or KeyError."""
    nodes: dict[str, Category] = {}
    for r in rows:
        if r["id"] in nodes:
            raise ValueError(f"category {r['id']!r} stands twice")
        nodes[r["id"]] = Category(
            r["id"],
            r.get("parent", ""),
            Text(*r["name"]),
            words(r),
            words(r, "not"),
            r.get("refines", ""),
            words(r, "title"),
        )
    return Tree(nodes)


def words(row: Mapping[str, Any], key: str = "words") -> tuple[str, ...]:
    """The folded words of a row; `_` stands for a space inside a word."""
    return tuple(folded(w) for w in row.get(key, "").split())
