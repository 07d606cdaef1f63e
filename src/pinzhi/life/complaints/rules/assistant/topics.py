"""
What buyers ask about, as data: phrases of everyday speech and the articles that answer them; and the buyer's words beside the law's words.

A topic never says what is owed. It only names articles; what they say is quoted from the official text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.life.complaints.rules.assistant.figures import figures
from pinzhi.life.complaints.rules.assistant.words import language, normalise, stem

_FIGURE = re.compile(r"\{(\w+)\.(\w+)\}")
_KEYS = frozenset({"articles", "quote", "row", "zh", "en"})


@dataclass(frozen=True, slots=True)
class Topic:
    """
    One matter. `articles` are `instrument:number`, best first; `quote` is a fragment of the sentence of the first that answers; `row` is the row of law whose
    summary explains it in both languages, or "".
    """

    id: str
    articles: tuple[str, ...]
    quote: str
    row: str
    zh: tuple[str, ...]
    en: tuple[str, ...]

    def title(self, language_: str) -> str:
        """The matter in a few words: its first phrase without a figure, since a figure in an answer stands in a quotation only."""
        phrases = self.zh if language_ == "zh" else self.en
        return next((p for p in phrases if not figures(p)), self.id.replace("_", " "))


def outside(raw: Mapping[str, Mapping[str, str]]) -> tuple[Topic, ...]:
    """Matters that no rule here answers: topics without articles, which compete with the others."""
    return tuple(Topic(id_, (), "", "", *(_phrases(one[k]) for k in ("zh", "en"))) for id_, one in raw.items())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in text.split(";") if p.strip())


def house(raw: Mapping[str, Mapping[str, str]], figures_: Mapping[str, Any]) -> tuple[tuple[Topic, Text], ...]:
    """The rules of the house with the topic that asks for each. Figures are filled in from the policy; raises KeyError for one that it lacks."""
    found = []
    for id_, one in raw.items():
        text = Text(*(_FIGURE.sub(lambda m: str(figures_[m[1]][m[2]]), one[k]) for k in ("text_zh", "text_en")))
        found.append((Topic(id_, (f"house:{id_}",), "", "", _phrases(one["zh"]), _phrases(one["en"])), text))
    return tuple(found)


def topics(raw: Mapping[str, Mapping[str, Any]]) -> tuple[Topic, ...]:
    """The tables of a file. Raises ValueError where one is not complete."""
    found = []
    for id_, one in raw.items():
        if set(one) != _KEYS or not one["articles"]:
            raise ValueError(f"{id_}: a topic has {sorted(_KEYS)}")
        zh, en = (_phrases(one[k]) for k in ("zh", "en"))
        if not zh or not en:
            raise ValueError(f"{id_}: phrases are written in both languages")
        found.append(Topic(id_, tuple(one["articles"]), one["quote"], one["row"], zh, en))
    return tuple(found)


def utterances(*files: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """What people said of each topic, by its id, in the order of the files. Line breaks and semicolons part one from the next."""
    found: dict[str, tuple[str, ...]] = {}
    for raw in files:
        for id_, text in raw.items():
            found[id_] = (*found.get(id_, ()), *_phrases(text.replace("\n", ";")))
    return found


@dataclass(frozen=True)
class Terms:
    """The buyer's word → the law's words. English words are kept by their stem."""

    zh: Mapping[str, tuple[str, ...]]
    en: Mapping[str, tuple[str, ...]]

    def law_words(self, text: str) -> tuple[str, ...]:
        """The law's words for a normalised text, each once, in the order of the table."""
        found: dict[str, None] = {}
        if language(text) == "zh":
            for word, law in self.zh.items():
                if word in text:
                    found.update(dict.fromkeys(law))
        stems = {stem(w) for w in text.replace("-", " ").split()} if any(c.isascii() for c in text) else set()
        for word, law in self.en.items():
            if word in stems:
                found.update(dict.fromkeys(law))
        return tuple(found)


def terms(raw: Mapping[str, Mapping[str, str]]) -> Terms:
    """The table of words."""
    return Terms(
        {normalise(w): tuple(law.split()) for w, law in raw["zh"].items()},
        {stem(normalise(w)): tuple(law.split()) for w, law in raw["en"].items()},
    )


@dataclass(frozen=True)
class Said:
    """What people say for a word of the topics: by its first character, the longest saying first."""

    by_first: Mapping[str, tuple[tuple[str, str], ...]]

    def replaced(self, text: str) -> str:
        """A normalised text in the words of the topics. Of sayings that begin at the same place the longest wins; English ones are whole words."""
        out, at = list[str](), 0
        while at < len(text):
            for saying, word in self.by_first.get(text[at], ()):
                if text.startswith(saying, at) and (not saying[0].isascii() or _whole(text, at, at + len(saying))):
                    out.append(f" {word} ")
                    at += len(saying)
                    break
            else:
                out.append(text[at])
                at += 1
        return "".join(out)


def _whole(text: str, start: int, end: int) -> bool:
    before = start == 0 or not (text[start - 1].isascii() and text[start - 1].isalnum())
    return before and (end == len(text) or not (text[end].isascii() and text[end].isalnum()))


def said(raw: Mapping[str, Mapping[str, str]]) -> Said:
    """The table of sayings; of one that stands for two words the first counts."""
    words: dict[str, str] = {}
    for language_, table in raw.items():
        for word, sayings in table.items():
            for saying in sayings.split(";" if language_ == "en" else None):
                if key := normalise(saying):
                    words.setdefault(key, word)
    by_first: dict[str, list[tuple[str, str]]] = {}
    for saying in sorted(words, key=lambda w: (-len(w), w)):
        by_first.setdefault(saying[0], []).append((saying, words[saying]))
    return Said({first: tuple(found) for first, found in by_first.items()})
