"""
Brand authorisation chains: owner → distributor → merchant.

A chain holds when every link does: it names the brand, runs on the day, covers goods and place, and everyone who passes the right on was allowed to. A chain is
as good as its weakest link, and that link is named in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.categories import folded
from pinzhi.life.admission.rules.facts import same_brand, same_firm

LONGEST = 6
"""Longer chains are not followed: nobody can answer for them."""


class Weakness(StrEnum):
    """What is wrong with a link, the worst first."""

    NO_LINK = "no_link"
    LOOP = "loop"
    NOT_OWNER = "not_owner"
    BRAND = "brand"
    NO_SUBLICENCE = "no_sublicence"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    OUTLIVES = "outlives"
    CATEGORY = "category"
    TERRITORY = "territory"
    UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class Link:
    """
    One authorisation. `starts`, `ends`: both days included, None where the paper has none; `categories`, `territory`, `channels` empty: not limited;
    `sublicence`: the grantee may authorise others; `paper`: which document of the listing it is.
    """

    grantor: str
    grantee: str
    brand: str
    starts: date | None
    ends: date | None
    categories: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    sublicence: bool = False
    paper: int = -1


@dataclass(frozen=True, slots=True)
class Asked:
    """What the chain has to carry: the brand, who sells, the day, and (empty: not asked) words for the goods, the place and the shop."""

    brand: str
    merchant: str
    on: date
    goods: tuple[str, ...] = ()
    place: str = ""
    channel: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The best chain that was found. It holds when `weakness` is None; `link` is the weakest one, `said` says what is wrong with it."""

    links: tuple[Link, ...]
    weakness: Weakness | None
    link: Link | None
    said: Text
    until: date | None = None


def strongest(links: Sequence[Link], asked: Asked) -> Chain:
    """
    The chain with the least fault that ends at the merchant. `owner` of the question is the holder of the trademark certificate; without it the first grantor
    is taken for the owner, and only the register can say more.
    """
    best: Chain | None = None
    for path in _paths(links, asked.merchant):
        found = _judged(path, asked)
        if best is None or _rank(found) < _rank(best):
            best = found
    if best is not None:
        return best
    said = Text(f"没有授权给“{asked.merchant}”的文件。", f"No paper authorises «{asked.merchant}».")
    return Chain((), Weakness.NO_LINK, None, said)


def _rank(chain: Chain) -> tuple[int, int]:
    order = list(Weakness)
    return (-1 if chain.weakness is None else len(order) - order.index(chain.weakness), len(chain.links))


def _paths(links: Sequence[Link], merchant: str) -> Iterable[tuple[Link, ...]]:
    """Every way back from the merchant to somebody who was authorised by nobody; a way that comes back to itself ends there."""
    open_: list[tuple[Link, ...]] = [(one,) for one in links if same_firm(one.grantee, merchant)]
    while open_:
        path = open_.pop()
        above = [one for one in links if same_firm(one.grantee, path[0].grantor)]
        if not above or len(path) >= LONGEST or _loops(path):
            yield path
            continue
        open_ += [(one, *path) for one in above]


def _loops(path: Sequence[Link]) -> bool:
    return any(same_firm(path[0].grantor, later.grantee) for later in path)


def _judged(path: tuple[Link, ...], asked: Asked) -> Chain:
    """The worst fault of a path, looked for from the owner down."""
    worst: tuple[int, Weakness, Link] | None = None
    order = list(Weakness)
    for i, one in enumerate(path):
        before = path[i - 1] if i else None
        for weakness in _faults(
            one, before, asked, last=i == len(path) - 1, first=i == 0, loop=i == 0 and _loops(path)
        ):
            rank = order.index(weakness)
            if worst is None or rank < worst[0]:
                worst = (rank, weakness, one)
    ends = [one.ends for one in path if one.ends is not None]
    until = min(ends) if ends else None
    if worst is None:
        names = " → ".join([path[0].grantor, *(one.grantee for one in path)])
        return Chain(path, None, None, Text(f"授权链完整：{names}。", f"The chain is whole: {names}."), until)
    return Chain(path, worst[1], worst[2], _said(worst[1], worst[2], asked), until)


def _faults(one: Link, before: Link | None, asked: Asked, *, last: bool, first: bool, loop: bool) -> Iterable[Weakness]:
    if loop:
        yield Weakness.LOOP
    if first and asked.owner and not same_firm(one.grantor, asked.owner):
        yield Weakness.NOT_OWNER
    if not same_brand(one.brand, asked.brand):
        yield Weakness.BRAND
    if not last and not one.sublicence:
        yield Weakness.NO_SUBLICENCE
    yield from _days(one, before, asked.on)
    if asked.goods and one.categories and not _covers(one.categories, asked.goods):
        yield Weakness.CATEGORY
    if asked.place and one.territory and not _covers((*one.territory,), (asked.place,), everywhere=True):
        yield Weakness.TERRITORY
    if asked.channel and one.channels and not _covers(one.channels, (asked.channel,), everywhere=True):
        yield Weakness.TERRITORY


def _days(one: Link, before: Link | None, on: date) -> Iterable[Weakness]:
    if one.ends is not None and one.ends < on:
        yield Weakness.EXPIRED
    if one.starts is not None and one.starts > on:
        yield Weakness.NOT_YET
    if one.ends is None:
        yield Weakness.UNDATED
    # Nobody can pass on more than he has. It only harms once the right above has ended (a fault of its own), so this is the mildest fault about days.
    if before is not None and (_later(one.ends, before.ends) or _later(before.starts, one.starts)):
        yield Weakness.OUTLIVES


def _later(left: date | None, right: date | None) -> bool:
    return left is not None and right is not None and left > right


_EVERYWHERE = (
    "全国",
    "中国大陆",
    "中国",
    "全球",
    "不限",
    "线上",
    "电商",
    "全渠道",
    "mainland",
    "china",
    "worldwide",
    "online",
    "all",
)


def _covers(granted: Sequence[str], wanted: Sequence[str], *, everywhere: bool = False) -> bool:
    """Whether one of the granted words holds one of the wanted ones, or the other way round."""
    left, right = [folded(g) for g in granted if g], [folded(w) for w in wanted if w]
    if any(g in {"全品类", "全部商品", "不限", "all"} for g in left):
        return True
    if everywhere and any(word in g for g in left for word in _EVERYWHERE):
        return True
    return any(g in w or w in g for g in left for w in right)


def _said(weakness: Weakness, one: Link, asked: Asked) -> Text:
    zh, en = f"“{one.grantor}”授权“{one.grantee}”", f"the authorisation of «{one.grantee}» by «{one.grantor}»"
    said: dict[Weakness, tuple[str, str]] = {
        Weakness.LOOP: ("授权链首尾相接，没有源头", "the chain runs in a circle and has no owner"),
        Weakness.NOT_OWNER: (
            f"“{one.grantor}”不是商标权利人“{asked.owner}”",
            f"«{one.grantor}» is not the owner of the mark, «{asked.owner}»",
        ),
        Weakness.BRAND: (
            f"{zh}的品牌是“{one.brand}”，不是“{asked.brand}”",
            f"{en} is for «{one.brand}», not «{asked.brand}»",
        ),
        Weakness.NO_SUBLICENCE: (f"{zh}，但没有写明可以转授权", f"{en} does not allow to pass the right on"),
        Weakness.EXPIRED: (f"{zh}已于 {one.ends} 到期", f"{en} ended on {one.ends}"),
        Weakness.NOT_YET: (f"{zh}自 {one.starts} 起才生效", f"{en} begins on {one.starts} only"),
        Weakness.OUTLIVES: (f"{zh}的期限超出上一级授权", f"{en} runs outside the days of the right above it"),
        Weakness.CATEGORY: (f"{zh}限于“{'、'.join(one.categories)}”", f"{en} is for {', '.join(one.categories)} only"),
        Weakness.TERRITORY: (
            f"{zh}限于“{'、'.join((*one.territory, *one.channels))}”",
            f"{en} is for {', '.join((*one.territory, *one.channels))} only",
        ),
        Weakness.UNDATED: (f"{zh}没有写明到期日", f"{en} names no last day"),
    }
    chinese, english = said[weakness]
    return Text(f"最弱的一环：{chinese}。", f"The weakest link: {english}.")
