"""
What the matrix reads out of a listing and its papers: fields by one name, days, names of firms, whether goods are said to be imported.

Papers come from forms, readers of PDF files and feeds of other systems: the same field has many names, a day many ways of writing.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pinzhi.life.admission.contracts import Listing, Pairs
from pinzhi.life.admission.rules.categories import folded, says
from pinzhi.life.admission.rules.evidence import Matrix, When


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who offers the goods: the name of the licence, other names that stand for the same party (the shop's own brand company), and the credit code."""

    id: str
    name: str
    uscc: str = ""
    aliases: tuple[str, ...] = ()


FOREVER = date.max
"""«长期»: a paper without an end."""
_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_BARE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*月?")


@lru_cache(maxsize=4096)
def day(text: str) -> date | None:
    """A day as papers print it: ISO, dots, 年月日, eight digits, 长期; the last one of a span («2024.01.01-2026.12.31»). None where there is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if re.search(r"长期|永久|无固定期限|indefinite|permanent", plain, re.IGNORECASE):
        return FOREVER
    found = _DAY.findall(plain) or _BARE.findall(plain)
    if not found:
        month = _MONTH.fullmatch(plain)
        return _made(int(month[1]), int(month[2]), 0) if month else None
    year, month_, day_ = found[-1]
    return _made(int(year), int(month_), int(day_))


def _made(year: int, month: int, day_: int) -> date | None:
    """A day; day 0 is the last of the month. None where the calendar has no such day."""
    try:
        return date(year, month, day_ or calendar.monthrange(year, month)[1])
    except ValueError:  # calendar.IllegalMonthError is one
        return None


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day where that month is shorter (Civil Code 202). Days beyond the calendar are its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def field(pairs: Pairs, names: frozenset[str]) -> str:
    """The first value whose name is one of `names` (folded, words joined by a space or an underscore)."""
    return next((v for n, v in pairs if _named(n) & names), "")


@lru_cache(maxsize=4096)
def _named(name: str) -> frozenset[str]:
    """The ways in which a name may stand in the table: forms repeat the same few hundred names."""
    plain = folded(name)
    return frozenset((plain, plain.replace(" ", "_")))


# --- names -------------------------------------------------------------------------------------------------------------------------------------------

_MARKS = re.compile(r"[\s()\[\]{}<>「」『』【】·.,、，。:;'\"\-_/&]+")
_FORM = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团|公司|co\.?,?\s*ltd\.?|inc\.?|llc|limited|corporation|corp\.?)$"
)


def firm(name: str) -> str:
    """A firm's name without width, case, marks and legal form, for comparing."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", name).lower())
    while (shorter := _FORM.sub("", plain)) and shorter != plain:
        plain = shorter
    return plain


def same_firm(left: str, right: str) -> bool:
    """Whether two names are one party. Branch offices and other towns are other parties."""
    return bool(left and right) and firm(left) == firm(right)


def is_merchant(merchant: Merchant, name: str, uscc: str = "") -> bool:
    """Whether a paper names the merchant, by credit code where both have one, else by name."""
    if merchant.uscc and uscc:
        return merchant.uscc.upper() == uscc.strip().upper()
    return any(same_firm(own, name) for own in (merchant.name, *merchant.aliases))


def bare(text: str) -> str:
    """Letters, digits and characters only, width and case made one."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).lower())


def brands(text: str) -> frozenset[str]:
    """The names of a brand field: «小米（MI）» and «MI/小米» are the same two."""
    return frozenset(filter(None, (bare(p) for p in re.split(r"[()/（）|,，、;；]", text))))


def same_brand(left: str, right: str) -> bool:
    """Whether two brand fields share a name."""
    ours, theirs = brands(left), brands(right)
    return bool(ours & theirs)


def same_model(listed: str, papers: str) -> bool:
    """Whether a model is among those of a paper (a list, «X» or «*» as wild card at the end)."""
    wanted = bare(listed)
    for one in re.split(r"[,，、;；\s]+", papers):
        plain = bare(one.rstrip("*"))
        if plain and (wanted == plain or (one.endswith(("*", "XX")) and wanted.startswith(plain.rstrip("x")))):
            return True
    return False


def same_product(title: str, product: str) -> bool:
    """Whether a paper's product name speaks of the listing: half of its neighbouring pairs of characters stand in the title."""
    ours, theirs = bare(title), bare(product)
    if not theirs or theirs in ours:
        return bool(theirs)
    pairs = {theirs[i : i + 2] for i in range(len(theirs) - 1)}
    return bool(pairs) and sum(p in ours for p in pairs) * 2 >= len(pairs)


# --- conditions -----------------------------------------------------------------------------------------------------------------------------------------

_CHINA = ("中国", "大陆", "国产", "china", "domestic")
_IMPORTED = re.compile(r"原装进口|进口食品|原瓶进口|海外直采|保税|直邮|imported from|原产国")
_NOT_IMPORTED = re.compile(r"进口(面料|压缩机|原料|机芯|工艺|配件|芯片|设备)")


def imported(listing: Listing, matrix: Matrix) -> bool:
    """
    Whether the goods are said to come from abroad: by the stated origin, else by words that say it of the goods and not of a part.

    An origin that is neither China nor a country of our list (a town, a farm) is taken for home goods.
    """
    origin = folded(field(listing.attributes, matrix.fields["origin"]))
    if origin:
        return not any(word in origin for word in _CHINA) and any(says(origin, place) for place in matrix.abroad)
    text = " ".join(t for _, t in listing.texts())
    return _IMPORTED.search(_NOT_IMPORTED.sub("", text)) is not None


def holds(when: When | None, listing: Listing, matrix: Matrix) -> bool:
    """Whether a condition holds for a listing. None always holds."""
    if when is None:
        return True
    if when.imported is not None and imported(listing, matrix) is not when.imported:
        return False
    if when.brand and not brand(listing, matrix):
        return False
    if when.attribute:
        value = field(listing.attributes, matrix.fields[when.attribute])
        if not value or (when.value is not None and not when.value.search(value)):
            return False
    text = folded(" \n".join(t for _, t in listing.texts()))
    if when.words:
        return any(says(text, w, when.not_words) for w in when.words)
    return not any(w in text for w in when.not_words)


def brand(listing: Listing, matrix: Matrix) -> str:
    """The brand that the listing names; «无» and «其他» are none."""
    named = listing.brand or field(listing.attributes, matrix.fields["brand"])
    return "" if folded(named) in {"无", "无品牌", "其他", "other", "none", "no brand", "-"} else named
