"""
The official texts: what an article says, word for word, on a day.

`data/texts.toml` says which wordings there are, whose they are and from when to when each held. The texts themselves are not packaged: the operator takes
them in once from a public collection (`pinzhi law take-in FILE…`), one plain file of each version in `PINZHI_LAW_TEXTS` (default: `law-texts` under
`PINZHI_HOME`). Summaries of ours stand in the rows (`rows.py`) and bind nobody; a quotation is taken from here. Decision 40.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.law.citing import figure, numeral
from pinzhi.law.rows import Instrument, Row
from pinzhi.law.tables import instruments, read

_HEAD = re.compile(r"第([一二三四五六七八九十百零]+)[条项]\u3000(.*)")


@dataclass(frozen=True, slots=True)
class Article:
    """One article of one version: `number` as a figure, `text` with its paragraphs on lines of their own."""

    version: Version
    number: int
    text: str

    def held(self, on: date) -> bool:
        """Whether this wording was certainly in force on a day."""
        return self.version.held(on) and on >= self.version.certain.get(self.number, date.min)

    @property
    def key(self) -> str:
        """`food:148`, or `food_2021:148` for a wording that is no longer in force."""
        return f"{self.version.id}:{self.number}"

    @property
    def label(self) -> Text:
        """The citation in both languages: 《食品安全法》第一百四十八条 / Food Safety Law, art. 148."""
        name = self.version.instrument.name
        unit = self.version.unit
        english = "art." if unit == "条" else "item"
        return Text(f"《{name.zh}》第{numeral(self.number)}{unit}", f"{name.en}, {english} {self.number}")

    def document(self) -> dict[str, Any]:
        """The shape that the command prints."""
        v = self.version
        return {
            "instrument": v.instrument.id,
            "name": {"zh": v.instrument.name.zh, "en": v.instrument.name.en},
            "version": v.shown,
            "issuer": v.issuer,
            "article": self.number,
            "label": {"zh": self.label.zh, "en": self.label.en},
            "text": self.text,
            "in_force_from": max(v.valid_from, v.certain.get(self.number, date.min)).isoformat(),
            "in_force_to": None if v.valid_to is None else v.valid_to.isoformat(),
            "copies": v.copies,
        }


@dataclass(frozen=True, slots=True)
class Version:
    """
    One wording of an instrument. `valid_to` is its last day; `whole` is False where only selected articles could be had.

    `certain` holds articles whose wording is only certain from a later day than `valid_from` (an amendment whose day is not known). `copies` is the number of
    public copies that were held against one another; no page of the issuing body could be reached for it.
    """

    id: str
    instrument: Instrument
    shown: str
    issuer: str
    valid_from: date
    valid_to: date | None
    copies: int
    whole: bool
    unit: str
    certain: Mapping[int, date]

    def held(self, on: date) -> bool:
        """Whether the version was in force on a day, both ends included."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def parse(text: str) -> Iterator[tuple[int, str]]:
    """(number, text) of the articles of a file. Raises ValueError where it does not begin with one, or numbers do not rise."""
    number, lines = 0, list[str]()
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head is None:
            if not number:
                raise ValueError(f"no article begins at {line[:20]!r}")
            lines.append(line)
            continue
        if number:
            yield number, "\n".join(lines)
        following = figure(head[1])
        if following <= number:
            raise ValueError(f"article {following} stands after {number}")
        number, lines = following, [head[2]]
    if number:
        yield number, "\n".join(lines)


def version(id_: str, raw: Mapping[str, Any], known: Mapping[str, Instrument]) -> Version:
    """One table of `versions.toml`. Raises KeyError or ValueError where it is not complete."""
    first, last = raw["from"], raw.get("to")
    if last is not None and last < first:
        raise ValueError(f"{id_}: ends on {last}, before it begins on {first}")
    certain = {int(n): day for n, day in raw.get("certain", {}).items()}
    return Version(
        id_,
        known[raw["instrument"]],
        raw["version"],
        raw["issuer"],
        first,
        last,
        raw["copies"],
        raw.get("whole", True),
        raw.get("unit", "条"),
        certain,
    )


@dataclass(frozen=True)
class Library:
    """All texts. Raises ValueError where two wordings of one instrument would be in force on the same day."""

    articles: Mapping[str, Mapping[int, Article]]
    """By the id of the version, then by number."""

    def __post_init__(self) -> None:
        """Check that versions of one instrument follow one another."""
        by_instrument: dict[str, list[Version]] = {}
        for v in self.versions:
            by_instrument.setdefault(v.instrument.id, []).append(v)
        for name, found in by_instrument.items():
            ordered = sorted(found, key=lambda v: v.valid_from)
            for earlier, later in zip(ordered, ordered[1:], strict=False):
                if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
                    raise ValueError(f"{name}: two wordings are in force on {later.valid_from}")

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version, in the order of the table."""
        return tuple(next(iter(found.values())).version for found in self.articles.values())

    def named(self, name: str) -> tuple[Version, ...]:
        """The versions of an instrument, or the one version with this id. Raises RefusedError(`law_text_unknown`)."""
        found = tuple(v for v in self.versions if v.instrument.id == name) or tuple(
            v for v in self.versions if v.id == name
        )
        if not found:
            raise RefusedError.because(
                "law_text_unknown",
                f"there is no text of {name!r} here",
                "see: pinzhi law texts",
                field="instrument",
            )
        return found

    def article(self, name: str, number: int, on: date) -> Article:
        """
        What an article said on a day.

        Raises RefusedError: `law_text_unknown`, `law_article_unknown`, or `law_text_not_in_force` with the days on which a wording that is here held.
        """
        versions = self.named(name)
        wordings = [a for v in versions if (a := self.articles[v.id].get(number))]
        if not wordings:
            last = max(n for v in versions for n in self.articles[v.id])
            partly = "" if all(v.whole for v in versions) else "; only selected articles of it are here"
            raise RefusedError.because(
                "law_article_unknown",
                f"{name} has no article {number} here: the last is {last}{partly}",
                "check the number",
                field="article",
            )
        for one in wordings:
            if one.held(on):
                return one
        days = ", ".join(f"{a.document()['in_force_from']} … {a.version.valid_to or ''}".strip() for a in wordings)
        raise RefusedError.because(
            "law_text_not_in_force",
            f"no wording of {name} that is here was certainly in force on {on}",
            f"wordings are here for: {days}",
            field="on",
        )

    def in_force(self, on: date) -> tuple[Article, ...]:
        """Every article whose wording held on a day."""
        return tuple(a for found in self.articles.values() for a in found.values() if a.held(on))

    def of_row(self, row: Row, on: date) -> tuple[Article, ...]:
        """The articles that a row of law cites, as far as they are here: `8(3), 24(2)` gives two."""
        numbers = dict.fromkeys(int(n) for n in re.findall(r"(?:^|[,、]\s*)(\d{1,3})", row.article))
        found = []
        for number in numbers:
            try:
                found.append(self.article(row.instrument.id, number, on))
            except RefusedError:
                continue
        return tuple(found)


def put_together(table: Mapping[str, Any], read: Mapping[str, str], known: Mapping[str, Instrument]) -> Library:
    """The library from the table of versions and the files by id; versions without a file are left out. Raises ValueError where they do not fit."""
    found: dict[str, Mapping[int, Article]] = {}
    for id_, raw in table.items():
        if id_ not in read:
            continue
        of = version(id_, raw, known)
        articles = {n: Article(of, n, text) for n, text in parse(read[id_])}
        if of.whole and list(articles) != list(range(1, len(articles) + 1)):
            raise ValueError(f"{id_}: articles are missing")
        found[id_] = articles
    return Library(found)


def folder() -> Path:
    """Where the texts of this installation lie."""
    return Path(
        os.environ.get("PINZHI_LAW_TEXTS") or Path(os.environ.get("PINZHI_HOME") or "var") / "law-texts"
    ).resolve()


@cache
def versions() -> dict[str, Version]:
    """Every wording that the house knows of, whether its text is here or not."""
    return {id_: version(id_, raw, instruments()) for id_, raw in read("texts.toml").items()}


@cache
def library() -> Library:
    """Every official text that has been taken in; empty where none has."""
    place = folder()
    files = {
        id_: path.read_text(encoding="utf-8") for id_ in read("texts.toml") if (path := place / f"{id_}.txt").is_file()
    }
    return put_together(read("texts.toml"), files, instruments())


def files_from(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """
    The plain files of the known versions from rows of a public collection (`law`, `version`, `article`, `text`), by id.

    Rows of other laws or versions are left aside. Raises RefusedError(`law_text_broken`) for a version whose articles do not number through.
    """
    wanted = {
        (str(raw.get("copied_name") or v.instrument.name.zh), str(raw["copied_version"])): id_
        for id_, v in versions().items()
        if "copied_version" in (raw := read("texts.toml")[id_])
    }
    found: dict[str, dict[int, str]] = {}
    for row in rows:
        id_ = wanted.get((str(row.get("law")), str(row.get("version"))))
        if id_ is not None:
            lines = [line.strip() for line in str(row["text"]).split("\n")]
            found.setdefault(id_, {})[int(row["article"])] = "\n".join(lines)
    for id_, articles in found.items():
        if versions()[id_].whole and sorted(articles) != list(range(1, len(articles) + 1)):
            raise RefusedError.because(
                "law_text_broken", f"{id_}: articles are missing", "take a complete copy of this version", field=id_
            )
    return {
        id_: "".join(f"第{numeral(n)}{versions()[id_].unit}\u3000{articles[n]}\n" for n in sorted(articles))
        for id_, articles in sorted(found.items())
    }


def take_in(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Write the files of `files_from` and read them back. Returns the number of articles of each version that was taken in."""
    made, place = files_from(rows), folder()
    place.mkdir(parents=True, exist_ok=True)
    for id_, text in made.items():
        part = place / f".{id_}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(place / f"{id_}.txt")
    library.cache_clear()
    return {id_: len(library().articles[id_]) for id_ in made}
