"""
Relisting: goods that were refused and come again under another id, from the same merchant or from one that shares his particulars.

Only goods of the merchant himself and of linked merchants are compared, so every one can be scanned. What is found goes to a person; only goods that are
the same in title and attributes as ones refused for a severe reason, with that reason still standing, are refused again. Coming back with what was wrong
put right is lawful: it is said as an exemption, with what was put right, and counts for nothing. So does the same listing submitted again.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing
from pinzhi.life.admission.rules.policy import Relisting

RULE, VERSION = "C12", "1"


@dataclass(frozen=True, slots=True)
class Offence:
    """Why goods were refused: the rule, the field, and the words or (for a missing paper) the kind of the paper."""

    rule: str
    field: str
    text: str
    severe: bool = False


@dataclass(frozen=True, slots=True)
class RefusedGoods:
    """Goods that were refused and not admitted since. `links` names the particulars shared with another merchant; empty: the same merchant."""

    submission_id: str
    refused_on: date
    listing: Listing
    offences: tuple[Offence, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two listings are: `title` from 0 to 1; `attributes` the share of equal ones among those that both name, None where both name none."""

    title: float
    attributes: float | None


def bare(text: str) -> str:
    """Letters and digits in compatibility form, without case: what is left when marks, spaces and widths are varied."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def pairs_of(text: str) -> Counter[str]:
    """Neighbouring characters with their counts; a text of one character is its own pair."""
    plain = bare(text)
    return Counter(plain[i : i + 2] for i in range(max(len(plain) - 1, min(len(plain), 1))))


def dice(one: Counter[str], other: Counter[str]) -> float:
    """Twice the common pairs over all pairs (Dice 1945): 0 nothing in common, 1 the same."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def likeness(one: Listing, other: Listing) -> Likeness:
    """Compare two listings by title and attributes."""
    mine, theirs = dict(one.attributes), dict(other.attributes)
    both = [n for n in mine if n in theirs]
    equal = sum(bare(mine[n]) == bare(theirs[n]) for n in both)
    return Likeness(dice(pairs_of(one.title), pairs_of(other.title)), equal / len(both) if both else None)


def judge(
    listing: Listing, refused: Iterable[RefusedGoods], policy: Relisting
) -> tuple[tuple[Finding, ...], tuple[Exemption, ...]]:
    """What earlier refusals say about a listing: at most one finding (the likest goods), and an exemption for everything that was put right."""
    found: list[tuple[float, Finding]] = []
    freed: list[Exemption] = []
    for goods in sorted(refused, key=lambda g: (g.refused_on, g.submission_id)):
        if goods.listing.id == listing.id:
            freed.append(_again(listing, goods))
            continue
        like = likeness(listing, goods.listing)
        if not _near(like, policy):
            continue
        standing = tuple(o for o in goods.offences if stands(o, listing))
        if goods.offences and not standing:
            freed.append(_put_right(listing, goods))
        else:
            found.append((like.title, _finding(listing, goods, like, standing, policy)))
    nearest = max(found, key=lambda pair: pair[0], default=None)
    return ((nearest[1],) if nearest else ()), tuple(freed)


def _near(like: Likeness, policy: Relisting) -> bool:
    if like.attributes is not None and like.attributes < policy.attributes:
        return False
    return like.title >= policy.alike


def stands(offence: Offence, listing: Listing) -> bool:
    """Whether what was wrong is still there: the words in their field, or the paper still missing. An offence without words always stands."""
    if offence.field == "missing":
        return offence.text not in {d.kind for d in listing.documents}
    if not offence.text:
        return True
    return bare(offence.text) in bare(dict(listing.texts()).get(offence.field, ""))


def _finding(
    listing: Listing, goods: RefusedGoods, like: Likeness, standing: tuple[Offence, ...], policy: Relisting
) -> Finding:
    severe = any(o.severe for o in standing)
    same = like.title >= policy.same
    day, other = goods.refused_on.isoformat(), goods.listing.id
    who = Text("关联商家的商品", "a linked merchant's listing") if goods.links else Text("商品", "the listing")
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
            f"与{day}被驳回的{who.zh} {other} 高度相似，且当时的问题仍未改正",
            f"it is much like {who.en} {other}, which was refused on {day}, and what was wrong then is still so",
        ),
        suggestion=Text(
            "请先改正当时指出的问题，再以原商品重新提交", "put right what was named then, and submit that listing again"
        ),
        confidence=round(like.title, 4),
        evidence=(
            ("submission", goods.submission_id),
            ("listing", other),
            ("merchant", goods.listing.merchant_id),
            ("links", ", ".join(goods.links)),
            ("title_alike", f"{like.title:.4f}"),
            ("attributes_alike", "" if like.attributes is None else f"{like.attributes:.4f}"),
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
            f"同一商品于{goods.refused_on.isoformat()}被驳回后重新提交，属正常改正，不作重复上架处理",
            f"the same listing, refused on {goods.refused_on.isoformat()}, is submitted again: that is how things are put right",
        ),
    )


def _put_right(listing: Listing, goods: RefusedGoods) -> Exemption:
    gone = sorted({o.text or o.rule for o in goods.offences})
    said = "、".join(f"“{t}”" for t in gone[:3])
    named = ", ".join(f"“{t}”" for t in gone[:3])
    return Exemption(
        RULE,
        "title",
        0,
        len(listing.title),
        listing.title,
        "corrected",
        Text(
            f"与{goods.refused_on.isoformat()}被驳回的商品 {goods.listing.id} 相似，但当时的问题（{said}）已改正",
            f"it is like listing {goods.listing.id}, refused on {goods.refused_on.isoformat()}, but what was wrong ({named}) has been put right",
        ),
    )
