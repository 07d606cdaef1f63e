"""Standards named by a listing or a report against the table of mandatory standards: which edition, still in force, and which are not named at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.evidence import Standard, Transition
from pinzhi.life.admission.rules.numbers.book import Book
from pinzhi.life.admission.rules.numbers.scheme import Known, Number

_APART = re.compile(r"[,，;；、\n]+|(?<=\d)\s+(?=[A-Z]{2})|(?<=\d)\s*(?:和|及|与|and)\s*(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Named:
    """A standard as it was named: the number read, its family («GB 4806.7») and year («2023», empty where none is given)."""

    raw: str
    number: Number
    family: str
    year: str


def named(text: str, book: Book, known: Known) -> tuple[Named, ...]:
    """The standards of a field such as «GB 18401-2010；GB 31701—2015», in order."""
    found = []
    for part in _APART.split(text):
        raw = re.sub(r"[《(（].*$", "", part).strip()
        if not raw:
            continue
        number = book.read("standard", raw, known)
        if number.scheme is None:
            continue
        year = number.part("year")
        written = number.normalised
        family = written.rpartition("-")[0] if year and "-" in written else written
        found.append(Named(raw, number, family, f"19{year}" if len(year) == 2 else year))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Stale:
    """A named edition that is not the one in force. `transition`: its goods may still be sold on the day; `doubt`: they may, if they were made in time."""

    named: Named
    standard: Standard
    said: Text
    transition: bool
    doubt: bool = False


def stale(
    found: Iterable[Named], standards: Mapping[str, Standard], by_making: frozenset[str], on: date, made: date | None
) -> tuple[Stale, ...]:
    """
    Editions that were replaced, are not in force yet, or do not exist in the table.

    `by_making` names the transitions that free goods made before the end; `made` is the day on which these goods were made, None where nobody says.
    """
    out = []
    for one in found:
        standard = standards.get(one.family)
        if standard is None or not one.year:
            continue
        edition = standard.edition(one.year)
        current = standard.current(on)
        if edition is None:
            out.append(Stale(one, standard, _unknown(one, standard, current.year if current else ""), transition=True))
        elif edition.ends is not None and edition.ends < on and current is not None:
            said = _replaced(one, current.year, current.starts, edition.sold_until)
            if edition.transition in by_making:
                freed = made is not None and made <= edition.ends
                out.append(Stale(one, standard, _made(said, edition.ends, made), freed, doubt=made is None))
            else:
                out.append(Stale(one, standard, said, edition.sold_until is not None and on <= edition.sold_until))
        elif edition.starts > on and current is not None:
            said = Text(
                f"{one.number.normalised} 自 {edition.starts} 起施行，现行版本为 {standard.number}-{current.year}。",
                f"{one.number.normalised} comes into force on {edition.starts}; until then {standard.number}-{current.year} holds.",
            )
            out.append(Stale(one, standard, said, transition=True))
    return tuple(out)


def _unknown(one: Named, standard: Standard, current: str) -> Text:
    return Text(
        f"标准表中没有 {one.number.normalised} 这一版（现行 {standard.number}-{current}）。",
        f"The table has no edition {one.number.normalised} (in force: {standard.number}-{current}).",
    )


def _replaced(one: Named, current: str, since: date, sold_until: date | None) -> Text:
    zh = f"{one.number.normalised} 已被 {one.family}-{current} 代替，新版自 {since} 起施行"
    en = f"{one.number.normalised} was replaced by {one.family}-{current}, in force since {since}"
    if sold_until is None:
        return Text(f"{zh}。", f"{en}.")
    return Text(
        f"{zh}；旧版商品可售至 {sold_until}。", f"{en}; goods of the old edition may be sold until {sold_until}."
    )


def _made(said: Text, ends: date, made: date | None) -> Text:
    zh, en = said.zh.removesuffix("。"), said.en.removesuffix(".")
    if made is None:
        return Text(
            f"{zh}；{ends} 及以前生产的可继续销售，请写明生产日期。",
            f"{en}; goods made until {ends} may still be sold: state the day on which they were made.",
        )
    if made <= ends:
        return Text(
            f"{zh}；{made} 生产的可在保质期内继续销售。",
            f"{en}; goods made on {made} may be sold within their shelf life.",
        )
    return Text(f"{zh}；{made} 生产的应符合新版。", f"{en}; goods made on {made} have to meet the new one.")


@dataclass(frozen=True, slots=True)
class EditionEnd:
    """
    The last day on which a named edition carries a listing as a matter of course, and what takes its place («» where the table does not say).

    `verified` False: the day, or the rule of what stays valid, is at second hand.
    """

    number: str
    last: date
    after: str
    transition: str
    said: Text
    verified: bool


def ends(
    found: Iterable[Named], standards: Mapping[str, Standard], transitions: Mapping[str, Transition]
) -> tuple[EditionEnd, ...]:
    """The named editions whose last day is known, each once, in order."""
    out: dict[str, EditionEnd] = {}
    for one in found:
        standard = standards.get(one.family)
        edition = standard.edition(one.year) if standard is not None and one.year else None
        if standard is None or edition is None or edition.last is None or edition.ends is None:
            continue
        rule, later = transitions[edition.transition], standard.after(edition)
        old, new = f"{standard.number}-{edition.year}", f"{standard.number}-{later.year}" if later else ""
        days = {"old": old, "ends": edition.ends, "last": edition.last}
        said = Text(
            rule.said.zh.format(**days, new=new or "新版标准"),
            rule.said.en.format(**days, new=new or "what replaces it"),
        )
        out.setdefault(old, EditionEnd(old, edition.last, new, rule.id, said, standard.verified and rule.verified))
    return tuple(out.values())


def lacking(found: Sequence[Named], line: Sequence[str], standards: Mapping[str, Standard]) -> tuple[Standard, ...]:
    """Mandatory standards of a category (and its parents) that none of the named ones answers for. «GB 6675» answers for all its parts."""
    families = {one.family for one in found}
    families |= {i for f in families if f in standards for i in standards[f].includes}
    wanted = [s for s in standards.values() if s.categories & set(line)]
    return tuple(s for s in wanted if s.number not in families and s.number.partition(".")[0] not in families)
