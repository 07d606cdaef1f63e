"""Kinds of things, persons and troubles, as data: a question about dumplings is told like one about bread, though they share no character."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pinzhi.life.complaints.rules.assistant.words import normalise, stems

_WORDS = 3
"""English words that one entry has at most."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Words of each kind: Chinese ones as they stand, English ones by their stems. `sizes`: how long Chinese words are, by their first character."""

    zh: Mapping[str, tuple[str, ...]]
    en: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, tuple[int, ...]]

    def of(self, text: str) -> tuple[str, ...]:
        """The kinds that a normalised text names, each once, in the order of the alphabet."""
        found: set[str] = set()
        for start, character in enumerate(text):
            for size in self.sizes.get(character, ()):
                found.update(self.zh.get(text[start : start + size], ()))
        words = stems(text)
        for start in range(len(words)):
            for end in range(start + 1, start + _WORDS + 1):
                found.update(self.en.get(" ".join(words[start:end]), ()))
        return tuple(sorted(found))


def kinds(raw: Mapping[str, Mapping[str, str]]) -> Kinds:
    """The table. Raises ValueError for an English entry of too many words: it would never be met."""
    zh: dict[str, list[str]] = {}
    en: dict[str, list[str]] = {}
    for kind, one in raw.items():
        for word in one["zh"].split():
            zh.setdefault(normalise(word), []).append(kind)
        for entry in one["en"].split(";"):
            words = stems(normalise(entry))
            if not 0 < len(words) <= _WORDS:
                raise ValueError(f"{kind}: «{entry}» has no word or more than {_WORDS}")
            en.setdefault(" ".join(words), []).append(kind)
    return Kinds(
        {w: tuple(k) for w, k in zh.items()},
        {w: tuple(k) for w, k in en.items()},
        {w[0]: tuple(sorted({len(other) for other in zh if other[0] == w[0]})) for w in zh},
    )
