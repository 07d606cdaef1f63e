"""
Prices against like goods (P3, P4, P6) and of the variants against each other by the unit (P5): a person looks at what stands apart, nothing is refused.

A group is as narrow as the figures allow: brand, model and size; else brand and model; else brand and size; else brand; else the category. The goods
themselves are left out of their group. Distances are robust: |log price - median| / (1.4826 MAD), with a floor under the MAD, because five equal prices say
nothing of what is usual.
"""

from __future__ import annotations

import bisect
import math
import re
import statistics
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Finding, Listing, Sku
from pinzhi.life.admission.rules.prices import content, finding


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """Figures of the platform. `floors`: the least MAD of log prices by width of the group, the narrowest first."""

    members: int = 4
    z: float = 3.5
    floors: tuple[float, ...] = (0.15, 0.15, 0.30, 0.45, 0.60)
    slip: float = 0.35
    """How near to the median (in log price) a shifted decimal point has to bring a price."""
    cheap: float = 0.30
    """Share of the median below which goods of a named brand are suspected (P6) ..."""
    cheap_z: float = 2.0
    """... if that is as many spreads of their group away: a brand of many kinds of goods has cheap ones."""


USUAL = GroupPolicy()
Key = tuple[str, ...]
_MODEL = re.compile(
    r"(?<![a-z0-9])(?=[a-z0-9\-+/]*\d)(?=[a-z0-9\-+/]*[a-z])[a-z0-9][a-z0-9\-+/]{0,18}[a-z0-9+](?![a-z0-9])"
)
_SIZE = re.compile(
    r"(?<![a-z0-9])(\d+(?:\.\d+)?)\s*(gb|g|tb|t|英寸|寸|kg|千克|公斤|克|ml|毫升|l|升|斤|片|只|个|件|mah|毫安)(?![a-z0-9])"
)
_NOT_MODEL = re.compile(
    r"\d+(gb|g|tb|mah|kg|ml|l|mm|cm|hz|w|v|k|p)|[2345]g|4k|1080p|usb\d?|wifi\d?|type-?c|ios\d*|android\d*"
)


def keys(listing: Listing) -> tuple[Key, ...]:
    """The groups that a listing belongs to, the narrowest first; a group whose parts are not known is left out (empty key)."""
    title = unicodedata.normalize("NFKC", listing.title).lower()
    category, brand = listing.category, unicodedata.normalize("NFKC", listing.brand).lower().strip()
    model = next((m for m in _MODEL.findall(title) if not _NOT_MODEL.fullmatch(m)), "")
    sizes = sorted({f"{float(n):g}{u}" for n, u in _SIZE.findall(title)})
    size = "/".join(sizes[:2])
    return (
        (category, brand, model, size) if brand and model and size else (),
        (category, brand, model) if brand and model else (),
        (category, brand, "", size) if brand and size else (),
        (category, brand) if brand else (),
        (category,),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """
    What is usual among like goods: median and robust spread of log prices, how many they are, and the parts of the group's name.

    Without members: like goods were looked for and too few were found.
    """

    middle: float
    spread: float
    members: int
    key: Key


TOO_FEW = Group(0.0, 0.0, 0, ())


@dataclass(slots=True)
class Groups:
    """Sorted log prices by group. Built from a catalogue, then only read."""

    prices: dict[Key, list[float]] = field(default_factory=dict)

    def add(self, listing: Listing) -> None:
        """Count one listing of the catalogue."""
        if listing.price is None or listing.price <= 0:
            return
        value = math.log(float(listing.price))
        for key in keys(listing):
            if key:
                bisect.insort(self.prices.setdefault(key, []), value)

    def of(self, listing: Listing, policy: GroupPolicy, *, counted: bool) -> Group:
        """
        The narrowest group with enough members, the listing itself left out where it was `counted`; `TOO_FEW` where no group has enough.

        A price that is not above zero is in no group.
        """
        own = math.log(float(listing.price)) if listing.price is not None and listing.price > 0 else None
        for width, key in enumerate(keys(listing)):
            others = list(self.prices.get(key, ())) if key else []
            if counted and own is not None and others:
                others.pop(min(bisect.bisect_left(others, own - 1e-12), len(others) - 1))
            if len(others) >= policy.members:
                middle = _median(others)
                mad = 1.4826 * _median(sorted(abs(v - middle) for v in others))
                return Group(middle, max(mad, policy.floors[width]), len(others), key)
        return TOO_FEW


def _median(ordered: Sequence[float]) -> float:
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def groups(catalogue: Iterable[Listing]) -> Groups:
    """The groups of a catalogue."""
    found = Groups()
    for listing in catalogue:
        found.add(listing)
    return found


def judge(
    listing: Listing,
    group: Group,
    laws: Mapping[str, LawRef],
    policy: GroupPolicy = USUAL,
) -> list[Finding]:
    """P3, P4, P6 for one listing against its group; at most one of them, the most telling: a decimal slip, a suspect bargain, a distance."""
    if listing.price is None:
        return []
    if listing.price <= 0:
        said = Text("价格为零。", "The price is zero.")
        return [finding("P3", "price", Severity.MEDIUM, said, laws.get("price.unit"), text=str(listing.price))]
    return list(_apart(listing, listing.price, group, laws, policy)) if group.members else []


def _apart(
    listing: Listing,
    price: Decimal,
    group: Group,
    laws: Mapping[str, LawRef],
    policy: GroupPolicy,
) -> Iterable[Finding]:
    middle, members = group.middle, group.members
    distance = math.log(float(price)) - middle
    z = distance / group.spread
    usual = Decimal(math.exp(middle)).quantize(Decimal("0.01"))
    evidence = (
        ("median", str(usual)),
        ("members", str(members)),
        ("z", f"{z:.2f}"),
        ("group", " ".join(filter(None, group.key))),
    )
    if slip := _slip(distance, z, policy):
        said = Text(
            f"价格 {price} 元疑似小数点错位：同类中位价 {usual} 元，移位后为 {price * slip:.2f} 元。",
            f"The price of {price} yuan looks like a slipped decimal point: like goods cost {usual}, shifted it is {price * slip:.2f}.",
        )
        law = laws.get("price.unit")
        yield finding("P4", "price", Severity.MEDIUM, said, law, text=str(price), confidence=0.8, evidence=evidence)
    elif listing.brand and distance < math.log(policy.cheap) and z < -policy.cheap_z:
        said = Text(
            f"品牌商品价格 {price} 元，不到同类中位价 {usual} 元的三成：核对真伪和授权。",
            f"Branded goods at {price} yuan, under thirty per cent of the {usual} that like goods cost: check that they are real and authorised.",
        )
        wanted = ("authorisation",)
        yield finding(
            "P6",
            "price",
            Severity.MEDIUM,
            said,
            None,
            text=str(price),
            confidence=0.7,
            evidence=evidence,
            wanted=wanted,
        )
    elif abs(z) > policy.z:
        said = Text(
            f"价格 {price} 元与同类商品相差很大：{members} 件同类中位价 {usual} 元。",
            f"The price of {price} yuan is far from like goods: {members} of them cost {usual} in the middle.",
        )
        law = laws.get("price.unit")
        yield finding("P3", "price", Severity.MEDIUM, said, law, text=str(price), confidence=0.6, evidence=evidence)


def _slip(distance: float, z: float, policy: GroupPolicy) -> Decimal | None:
    """The factor that brings a price home (0.1, 0.01, 10, 100); None where no shift does."""
    if abs(z) <= 2:
        return None
    for factor in ("0.1", "0.01", "10", "100"):
        if abs(distance + math.log(float(factor))) <= policy.slip:
            return Decimal(factor)
    return None


# --- P5: by the unit ------------------------------------------------------------------------------------------------------------------------------------

UNIT_RATIO = 3
"""From how many times the median unit price on a variant is named."""


def by_unit(listing: Listing, laws: Mapping[str, LawRef]) -> list[Finding]:
    """Variants whose price per gram or millilitre is far from the median of all: perhaps a wrong price, perhaps a wrong size."""
    units: dict[bool, list[tuple[Sku, Decimal]]] = {}
    for sku in listing.skus:
        stated = content(sku.name)
        if stated is not None and sku.price > 0:
            units.setdefault(stated[0], []).append((sku, sku.price / stated[1]))
    found = []
    for liquid, rows in units.items():
        if len(rows) < 3:
            continue
        middle = statistics.median_low(unit for _, unit in rows)
        for sku, unit in rows:
            if middle < unit * UNIT_RATIO and unit < middle * UNIT_RATIO:
                continue
            said = Text(
                f"规格“{sku.name}”单价 {unit:.4f} 元/{'毫升' if liquid else '克'}，各规格中位 {middle:.4f}：核对价格或净含量。",
                f"The variant «{sku.name}» costs {unit:.4f} yuan per {'ml' if liquid else 'g'}, all in the middle {middle:.4f}: check price or content.",
            )
            law = laws.get("price.unit")
            found.append(
                finding("P5", "price", Severity.LOW, said, law, text=str(sku.price), evidence=(("sku", sku.name),))
            )
    return found
