"""
Relisting: goods that were refused and come again under another id, from the same merchant or from one that shares his particulars.

Only goods of the merchant himself and of linked merchants are compared, so every one can be scanned. Goods are near by their GTIN, by a title that is
much the same, or by one that is half rewritten while attributes or pictures stay. What is found goes to a person; only goods that are the same in
title and attributes as ones refused for a severe reason, with that reason still standing, are refused again. Coming back with what was wrong put
right is lawful: it is said as an exemption, with what was put right and what was changed, and counts for nothing. So does the same listing submitted
again.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing
from pinzhi.life.admission.rules.naming import field_name, paper_name
from pinzhi.life.admission.rules.numbers.digits import gs1
from pinzhi.life.admission.rules.policy import Relisting

RULE, VERSION = "C12", "2"
GTIN_NAMES = frozenset({"gtin", "ean", "barcode", "条码", "条形码", "商品条码", "国际条码", "69码"})
"""Attributes that hold the number under the bars."""
IN_STORE = ("02", "04", "2")
"""GTIN-13 that every shop may give to anything (GS1 General Specifications, restricted circulation): they identify nothing."""
FEWEST = 2
"""One equal attribute («colour: white») corroborates nothing."""
Plain = Callable[[str], str]
"""A folding of texts: look-alikes, traditional characters, marks in between."""


@dataclass(frozen=True, slots=True)
class Offence:
    """Why goods were refused: the rule, the field, and the words or (for a missing paper) the kind of the paper."""

    rule: str
    field: str
    text: str
    severe: bool = False


@dataclass(frozen=True, slots=True)
class RefusedGoods:
    """
    Goods that were refused and not admitted since. `links` names the particulars shared with another merchant; empty: the same merchant.

    `screening` is the key of the screening that says what was wrong; 0 for goods that are not stored.
    """

    submission_id: str
    refused_on: date
    listing: Listing
    offences: tuple[Offence, ...]
    links: tuple[str, ...] = ()
    screening: int = 0


@dataclass(frozen=True, slots=True)
class Likeness:
    """
    How alike two listings are: `title` from 0 to 1; `attributes` the share of equal ones among the `named` that both name, None where both name none.

    `gtin`: whether both give the same number of goods, None where one gives none. `pictures`: those that both name. `figures`: whether the titles hold the
    same numbers, for «40L» and «60L» are other goods under the same words.
    """

    title: float
    attributes: float | None
    named: int = 0
    gtin: bool | None = None
    pictures: tuple[str, ...] = ()
    figures: bool = True


def bare(text: str) -> str:
    """Letters and digits in compatibility form, without case: what is left when marks, spaces and widths are varied."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _figures(text: str) -> Counter[str]:
    return Counter(re.findall(r"[0-9]+(?:\.[0-9]+)?", unicodedata.normalize("NFKC", text)))


def pairs_of(text: str) -> Counter[str]:
    """Neighbouring characters with their counts; a text of one character is its own pair."""
    plain = bare(text)
    return Counter(plain[i : i + 2] for i in range(max(len(plain) - 1, min(len(plain), 1))))


def dice(one: Counter[str], other: Counter[str]) -> float:
    """Twice the common pairs over all pairs (Dice 1945): 0 nothing in common, 1 the same."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def gtin(listing: Listing) -> str:
    """The GTIN of the goods in 14 digits; empty where none is given, its check digit is wrong, or it is one that shops give out themselves."""
    for name, value in listing.attributes:
        if bare(name) not in GTIN_NAMES:
            continue
        digits = bare(value)
        if digits.isascii() and digits.isdigit() and len(digits) in (8, 12, 13, 14) and gs1(digits):
            whole = digits.zfill(14)
            return "" if len(digits) > 8 and whole[1:].startswith(IN_STORE) else whole
    return ""


def likeness(one: Listing, other: Listing, plain: Plain = str) -> Likeness:
    """Compare two listings by title, attributes, GTIN and the names of their pictures."""
    mine, theirs = dict(one.attributes), dict(other.attributes)
    both = [n for n in mine if n in theirs]
    equal = sum(bare(plain(mine[n])) == bare(plain(theirs[n])) for n in both)
    numbers = (gtin(one), gtin(other))
    return Likeness(
        title=dice(pairs_of(plain(one.title)), pairs_of(plain(other.title))),
        attributes=equal / len(both) if both else None,
        named=len(both),
        gtin=numbers[0] == numbers[1] if all(numbers) else None,
        pictures=tuple(dict.fromkeys(i for i in one.images if i in other.images)),
        figures=_figures(one.title) == _figures(other.title),
    )


def judge(
    listing: Listing, refused: Iterable[RefusedGoods], policy: Relisting, plain: Plain = str
) -> tuple[tuple[Finding, ...], tuple[Exemption, ...]]:
    """
    What earlier refusals say about a listing: at most one finding (the likest goods), and an exemption for everything that was put right.

    `plain` folds texts before they are compared, so that other spellings hide neither the goods nor the words that were refused.
    """
    found: list[tuple[float, Finding]] = []
    freed: list[Exemption] = []
    for goods in sorted(refused, key=lambda g: (g.refused_on, g.submission_id)):
        if goods.listing.id == listing.id:
            freed.append(_again(listing, goods))
            continue
        like = likeness(listing, goods.listing, plain)
        if not near(like, policy):
            continue
        standing = tuple(o for o in goods.offences if stands(o, listing, plain))
        if goods.offences and not standing:
            freed.append(_put_right(listing, goods))
        else:
            found.append((like.title + bool(like.gtin), _finding(listing, goods, like, standing, policy)))
    nearest = max(found, key=lambda pair: pair[0], default=None)
    return ((nearest[1],) if nearest else ()), tuple(freed)


def near(like: Likeness, policy: Relisting) -> bool:
    """May it be the same goods?"""
    if like.gtin is not None:
        return like.gtin or like.title >= policy.same
    if like.attributes is not None and like.attributes < policy.attributes:
        return False
    if like.title >= policy.alike:
        return True
    told = like.named >= FEWEST and like.attributes is not None and like.attributes >= policy.told
    return like.title >= policy.rewritten and (told or bool(like.pictures))


def stands(offence: Offence, listing: Listing, plain: Plain = str) -> bool:
    """Whether what was wrong is still there: the words in their field, or the paper still missing. An offence without words always stands."""
    if offence.field == "missing":
        return offence.text not in {d.kind for d in listing.documents}
    if not offence.text:
        return True
    words, field = (bare(plain(t)) for t in (offence.text, dict(listing.texts()).get(offence.field, "")))
    return words in field


def changed(before: Listing, after: Listing) -> tuple[tuple[str, str, str], ...]:
    """(field, before, after) of every text, the brand, the price and the kinds of papers that differ, in the order of the page."""

    def fields(of: Listing) -> dict[str, str]:
        papers = ", ".join(sorted({d.kind for d in of.documents}))
        price = "" if of.price is None else str(of.price)
        return {**dict(of.texts()), "brand": of.brand, "price": price, "documents": papers}

    old, new = fields(before), fields(after)
    names = dict.fromkeys((*old, *new))
    return tuple((n, old.get(n, ""), new.get(n, "")) for n in names if old.get(n, "") != new.get(n, ""))


def named(goods: RefusedGoods) -> Text:
    """How the refused goods are called in a sentence that the merchant reads: another merchant's are not named."""
    if goods.links:
        return Text("关联商家的商品", "goods of a linked merchant")
    return Text(f"商品 {goods.listing.id} ", f"listing {goods.listing.id}")


def _finding(
    listing: Listing, goods: RefusedGoods, like: Likeness, standing: tuple[Offence, ...], policy: Relisting
) -> Finding:
    severe = any(o.severe for o in standing)
    same = like.title >= policy.same and like.figures
    day = goods.refused_on.isoformat()
    return Finding(
        rule=RULE,
        version=VERSION,
        field="title",
        start=0,
        end=len(listing.title),
        text=listing.title,
        normalised=bare(listing.title),
        transforms=(),
        severity=Severity.HIGH if severe and same else Severity.MEDIUM,
        law=None,
        message=Text(
            f"与{day}被驳回的{named(goods).zh}高度相似，且当时的问题仍未改正。",
            f"It is much like {named(goods).en}, refused on {day}, and what was wrong then is still so.",
        ),
        suggestion=Text(
            "请先改正当时指出的问题，再以原商品重新提交。",
            "Put right what was named then, and submit that listing again.",
        ),
        confidence=round(like.title, 4),
        evidence=(
            ("submission", goods.submission_id),
            ("listing", goods.listing.id),
            ("merchant", goods.listing.merchant_id),
            ("links", ", ".join(goods.links)),
            ("title_alike", f"{like.title:.4f}"),
            ("attributes_alike", "" if like.attributes is None else f"{like.attributes:.4f}"),
            ("gtin_alike", "" if like.gtin is None else str(like.gtin).lower()),
            ("pictures_alike", ", ".join(like.pictures)),
            ("still", ", ".join(sorted({o.rule for o in standing}))),
        ),
    )


def _again(listing: Listing, goods: RefusedGoods) -> Exemption:
    return Exemption(
        RULE,
        "title",
        0,
        len(listing.title),
        listing.title,
        "resubmitted",
        Text(
            f"同一商品于{goods.refused_on.isoformat()}被驳回后重新提交，属正常改正，不作重复上架处理；{_changes(goods, listing).zh}。",
            f"The same listing, refused on {goods.refused_on.isoformat()}, is submitted again: that is how things are put right; "
            f"{_changes(goods, listing).en}.",
        ),
    )


def _put_right(listing: Listing, goods: RefusedGoods) -> Exemption:
    """What was wrong and is not any more; of another merchant's goods neither the words nor the differences are told."""
    day, of = goods.refused_on.isoformat(), named(goods)
    if goods.links:
        reason = Text(
            f"与{day}被驳回的{of.zh}相似，但当时的问题已不存在。",
            f"It is like {of.en}, refused on {day}, but what was wrong then is not so here.",
        )
    else:
        gone = [_named(o) for o in sorted(goods.offences, key=lambda o: (o.text, o.rule))]
        said = "、".join(list(dict.fromkeys(t.zh for t in gone))[:3])
        words = ", ".join(list(dict.fromkeys(t.en for t in gone))[:3])
        reason = Text(
            f"与{day}被驳回的{of.zh}相似，但当时的问题（{said}）已改正；{_changes(goods, listing).zh}。",
            f"It is like {of.en}, refused on {day}, but what was wrong ({words}) has been put right; {_changes(goods, listing).en}.",
        )
    return Exemption(RULE, "title", 0, len(listing.title), listing.title, "corrected", reason)


def _named(offence: Offence) -> Text:
    """What was wrong, in a word or two: the paper that was missing, or the words."""
    if offence.field == "missing" and offence.text:
        name = paper_name(offence.text)
        return Text(f"缺少{name.zh}", f"no {name.en}")
    said = offence.text or offence.rule
    return Text(f"“{said}”", f"«{said}»")


def _changes(goods: RefusedGoods, listing: Listing) -> Text:
    """What differs from the goods that were refused, at most four places."""
    differ = changed(goods.listing, listing)
    if not differ:
        return Text("内容没有改动", "nothing was changed")
    zh = "；".join(f"{field_name(name).zh}{_from_to(name, old, new).zh}" for name, old, new in differ[:4])
    en = "; ".join(f"{field_name(name).en} {_from_to(name, old, new).en}" for name, old, new in differ[:4])
    more = len(differ) - 4
    return Text(
        f"改动：{zh}" + (f"；另有{more}处" if more > 0 else ""),
        f"changed: {en}" + (f"; {more} more" if more > 0 else ""),
    )


def _from_to(name: str, old: str, new: str) -> Text:
    """One change in words: nothing before is «added», nothing after is «taken out»."""
    if not old or not new:
        one = _value(name, old or new)
        return Text(f"删去{one.zh}", f"{one.en} taken out") if old else Text(f"增加{one.zh}", f"{one.en} added")
    was, now = _value(name, old), _value(name, new)
    return Text(f"由{was.zh}改为{now.zh}", f"from {was.en} to {now.en}")


def _value(field: str, value: str) -> Text:
    if field != "documents":
        return Text(f"“{_short(value)}”", f"«{_short(value)}»")
    names = [paper_name(k) for k in value.split(", ")]
    return Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))


def _short(text: str) -> str:
    return text.rstrip("。.") if len(text) <= 60 else text[:59] + "…"
