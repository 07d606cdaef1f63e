"""What reports call their fields and columns: the words of `data/reports.toml`, made fit for comparing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OTHER = "-"
"""The field of labels that are known only so that they end a value."""
_NOISE = re.compile(r"[\s/／()（）.,:：;、·\-_*#'\"“”]+")
_COLON = re.compile(r"\s*[:：]\s*")
_BETWEEN = re.compile(r"[\s/／(（)）.]*")


def key(text: str) -> str:
    """The form in which labels are compared: width and case folded, no spaces, no marks."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _pattern(labels: Sequence[str]) -> re.Pattern[str]:
    """Every label, the longest first, with spaces allowed wherever they may stand."""
    alternatives = []
    for label in sorted(set(labels), key=len, reverse=True):
        parts = [re.escape(c) + (r"\s*" if ord(c) >= 0x2E80 else "") for c in label]
        body = "".join(parts).replace(r"\ ", r"\s*").replace("/", r"\s*[/／]?\s*")
        if label[0].isascii() and label[0].isalpha():
            # A Latin label is a whole word: «Type» is not the beginning of «Typewriter».
            body = rf"(?<![A-Za-z]){body}s?(?![A-Za-z])"
        alternatives.append(body)
    firsts = "".join(sorted({c for label in labels for c in (label[0].lower(), label[0].upper())}))
    return re.compile(f"(?=[{re.escape(firsts)}])(?:{'|'.join(alternatives)})", re.IGNORECASE)


def _inside(words: Sequence[str]) -> re.Pattern[str]:
    parts = []
    for word in sorted(words, key=len, reverse=True):
        latin = word[0].isascii() and word[0].isalpha()
        parts.append(
            (r"(?<![A-Za-z])" if latin else "") + re.escape(word) + (r"(?![A-Za-z])" if latin and len(word) < 5 else "")
        )
    return re.compile("|".join(parts), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a cell: `field` is empty for a value without a label, `start` the first character of the value in the cell's text."""

    field: str
    value: str
    start: int
    weak: bool = False


class Labels:
    """The labels of fields and the headings of columns. Built once from `data/reports.toml`."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._fields = {key(label): (name, False) for name, labels in raw["fields"].items() for label in labels}
        for name, labels in raw["weak"].items():
            for label in labels:
                self._fields.setdefault(key(label), (name, True))
        for label in raw["other"]["labels"]:
            self._fields.setdefault(key(label), (OTHER, False))
        every = [label for group in ("fields", "weak") for labels in raw[group].values() for label in labels]
        self._label = _pattern([*every, *raw["other"]["labels"]])
        self._columns = [(key(h), name) for name, headings in raw["columns"].items() for h in headings]
        self._by_heading: dict[str, list[str]] = {}
        for heading, name in self._columns:
            self._by_heading.setdefault(heading, []).append(name)
        # The longest first, by their first character: most cells begin with none of them.
        self._starting: dict[str, list[str]] = {}
        for heading in sorted(self._by_heading, key=len, reverse=True):
            self._starting.setdefault(heading[0], []).append(heading)
        self.words: dict[str, frozenset[str]] = {
            n: frozenset(key(w) or w for w in ws) for n, ws in raw["words"].items()
        }
        self._inside = {n: _inside(ws) for n, ws in raw["words"].items()}
        self.organisation = re.compile("(?:" + "|".join(map(re.escape, raw["words"]["organisation"])) + r")\s*\Z")
        self._longest = max(map(len, self._by_heading)) * 2

    def is_word(self, kind: str, text: str) -> bool:
        """Whether a text as a whole is one of the words of a kind."""
        return (key(text) or text.strip()) in self.words[kind]

    def holds(self, kind: str, text: str) -> bool:
        """Whether one of the words of a kind stands somewhere in a text; a short Latin word only as a whole («ND» is not in «standard»)."""
        return bool(self._inside[kind].search(unicodedata.normalize("NFKC", text)))

    def _at(self, text: str, at: int) -> tuple[int, str, bool] | None:
        """(end, field, weak) of the label that begins at a place, its other language taken along."""
        first = self._label.match(text, at)
        if first is None:
            return None
        name, weak = self._fields.get(key(first[0]), ("", False))
        if not name:
            return None
        end = first.end()
        between = _BETWEEN.match(text, end)
        second = self._label.match(text, between.end()) if between else None
        if second is not None:
            other, other_weak = self._fields.get(key(second[0]), ("", False))
            if (
                other == name
                or (other and (weak or other_weak))
                or (OTHER in (name, other) and second.end() == len(text))
            ):
                end = second.end()
                name, weak = (other, other_weak) if (weak and not other_weak) else (name, weak)
        closing = re.compile(r"[\s.)）]*(?:\(s\))?[\s.)）]*").match(text, end)
        return (closing.end() if closing else end), name, weak

    def split(self, text: str) -> list[Part]:
        """
        A cell cut at its labels: «报告编号：A1 签发日期：2026-01-02» gives two parts.

        A label stands at the beginning (before a colon, before a space, or alone) or further on before a colon.
        """
        found: list[Part] = []
        marks: list[tuple[int, int, str, bool]] = []
        at = 0
        while at < len(text):
            label = self._label.search(text, at)
            if label is None:
                break
            seen = self._at(text, label.start())
            if seen is None:
                at = label.start() + 1
                continue
            end, name, weak = seen
            colon = _COLON.match(text, end)
            first = label.start() == 0 or not text[: label.start()].strip()
            apart = first or not text[label.start() - 1].isalnum()
            spaced = first and text[end - 1 : end] in (" ", "\t") and not weak
            if (colon and apart) or (first and end >= len(text.rstrip())) or spaced:
                begin = colon.end() if colon else end
                marks.append((label.start(), begin, name, weak))
                at = max(begin, label.end())
            else:
                at = label.end()
        for i, (_, begin, name, weak) in enumerate(marks):
            stop = marks[i + 1][0] if i + 1 < len(marks) else len(text)
            found.append(Part(name, text[begin:stop].strip(), begin, weak))
        return found

    def columns(self, heading: str) -> tuple[str, ...]:
        """The columns that a heading can mean, the likeliest first; empty for anything that is no heading."""
        folded = key(heading)
        if not folded or len(folded) > self._longest:
            return ()
        if folded in self._by_heading:
            return tuple(self._by_heading[folded])
        # Two languages in one cell, or a unit behind: the longest headings that together begin it.
        votes: dict[str, int] = {}
        rest = folded
        covered = 0
        while rest:
            best = next((h for h in self._starting.get(rest[0], ()) if rest.startswith(h)), "")
            if not best:
                break
            for name in self._by_heading[best]:
                votes[name] = votes.get(name, 0) + len(best)
            covered += len(best)
            rest = rest[len(best) :]
        if covered < 0.6 * len(folded):
            return ()
        return tuple(sorted(votes, key=lambda n: -votes[n]))
