"""
Prices of one listing: compared prices by computation (provisions on marked prices, Articles 16, 17, 20), baits among the variants.

Article 16(2): a compared price that says nothing of itself may not exceed the lowest deal of the seven days before the comparison; where there was no deal
in those days, not above the last deal before. Days are days in China; the day of the comparison itself is not one of the days before. Amounts are exact.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import DealPrice, Exemption, Finding, Listing

VERSION = "2026-11"


@dataclass(frozen=True, slots=True)
class PricePolicy:
    """Figures of the platform; those of the law stand in the rules themselves."""

    raise_looked_back: int = 60
    """Days before the seven in which the usual price is looked for (P2)."""
    raise_ratio: Decimal = Decimal("1.15")
    """From how many times the usual price on a rise counts as significant."""
    raise_deals: int = 3
    """Deals that a usual price needs."""
    bait_ratio: Decimal = Decimal("0.3")
    """A variant below this share of the median of the others is a bait (P7)."""


SEVEN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Base:
    """The highest lawful compared price: `limit`, None where there was never a deal; `within` says that it is the lowest of the days looked at."""

    limit: Decimal | None
    within: bool
    first: date
    last: date


def lawful_base(deals: Iterable[DealPrice], on: date, days: int = SEVEN_DAYS) -> Base:
    """Article 16(2) for a comparison that is shown on a day: the lowest deal of the days before it, else the last deal before those."""
    first, last = on - timedelta(days=days), on - timedelta(days=1)
    lowest: Decimal | None = None
    latest: DealPrice | None = None
    for deal in deals:
        day = china_day(deal)
        if day > last:
            continue
        if day >= first:
            lowest = deal.price if lowest is None else min(lowest, deal.price)
        elif latest is None or (deal.at, -deal.price) > (latest.at, -latest.price):
            # Two deals at the same moment: the lower one counts, in doubt for the buyer.
            latest = deal
    if lowest is not None:
        return Base(lowest, True, first, last)
    return Base(latest.price if latest else None, False, first, last)


def china_day(deal: DealPrice) -> date:
    """The day in China on which a deal was made."""
    return deal.at.astimezone(SHANGHAI).date()


_SUGGESTED = re.compile(r"建议零售价|厂商指导价|厂家指导价|官方指导价|msrp|rrp|suggested\s+retail", re.IGNORECASE)
_LOWEST_OF = re.compile(
    r"(?:近|前|过去|最近|last\s*)?\s*(\d{1,3}|七|十五|三十)\s*(?:天|日|days?).{0,6}?(?:最低|lowest)", re.IGNORECASE
)
_NUMERALS = {"七": 7, "十五": 15, "三十": 30}
_SPAN = re.compile(
    r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?\s*(?:至|到|~|–|—|-|to)+\s*(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})"
)
_LISTED = re.compile(r"吊牌价|专柜价|门店价|tag\s+price|store\s+price", re.IGNORECASE)


def judge(
    listing: Listing, laws: Mapping[str, LawRef], as_of: date, policy: PricePolicy | None = None
) -> tuple[list[Finding], list[Exemption]]:
    """P1, P2, P7, P8 over one listing on a day."""
    figures = policy or PricePolicy()
    findings: list[Finding] = []
    exemptions: list[Exemption] = []
    if listing.compared_price is not None and (listing.price is None or listing.compared_price > listing.price):
        _compared(listing, listing.compared_price, laws, as_of, findings, exemptions)
        findings += _raised(listing, listing.compared_price, laws, as_of, figures)
    findings += _bait(listing, laws, figures)
    findings += _head(listing, laws)
    return findings, exemptions


def finding(
    rule: str,
    field: str,
    severity: Severity,
    message: Text,
    law: LawRef | None,
    *,
    text: str,
    suggestion: Text | None = None,
    confidence: float = 1.0,
    evidence: Sequence[tuple[str, str]] = (),
    wanted: tuple[str, ...] = (),
) -> Finding:
    """A finding about a price as a whole; `text` is the price."""
    return Finding(
        rule,
        VERSION,
        field,
        0,
        0,
        text,
        text,
        (),
        severity,
        law,
        message,
        suggestion,
        confidence,
        wanted=wanted,
        evidence=tuple(evidence),
    )


# --- P1: the compared price -------------------------------------------------------------------------------------------------------------------------------


def _compared(
    listing: Listing,
    compared: Decimal,
    laws: Mapping[str, LawRef],
    as_of: date,
    findings: list[Finding],
    exemptions: list[Exemption],
) -> None:
    meaning = listing.compared_price_meaning.strip()
    if _SUGGESTED.search(meaning):
        law = laws.get("price.meaning")
        reason = Text(
            "已标明被比较价格为厂商建议零售价。", "The compared price is said to be the maker's suggested retail price."
        )
        exemptions.append(Exemption("P1", "compared_price", 0, 0, str(compared), "suggested_retail", reason, law))
        message = Text(
            f"厂商建议零售价 {compared} 元须有厂商文件，厂商调价时同步更新。",
            f"The suggested retail price of {compared} yuan needs the maker's paper and follows its changes.",
        )
        findings.append(
            finding("P1", "compared_price", Severity.LOW, message, law, text=str(compared), wanted=("price_list",))
        )
        return
    if (span := _SPAN.search(meaning)) and (dated := _in_span(listing.deal_prices, span, as_of)) is not None:
        _stated_span(listing, compared, dated, laws, findings, exemptions)
        return
    days = _LOWEST_OF.search(meaning)
    length = SEVEN_DAYS if days is None else _NUMERALS.get(days[1]) or int(days[1])
    base = lawful_base(listing.deal_prices, as_of, max(length, 1))
    evidence = [("first", base.first.isoformat()), ("last", base.last.isoformat())]
    if base.limit is None:
        _no_deal(compared, laws, findings)
        return
    evidence += [("limit", str(base.limit)), ("basis", f"lowest_{length}d" if base.within else "last_deal")]
    if compared <= base.limit:
        reason = Text(
            f"不高于{_basis(base, length).zh} {base.limit} 元。",
            f"Not above {base.limit} yuan, {_basis(base, length).en}.",
        )
        law = laws.get("price.compared_with")
        exemptions.append(Exemption("P1", "compared_price", 0, 0, str(compared), "lawful_comparison", reason, law))
        return
    listed = _LISTED.search(meaning) is not None
    message = Text(
        f"被比较价格 {compared} 元高于{_basis(base, length).zh} {base.limit} 元。",
        f"The compared price of {compared} yuan is above {base.limit} yuan, {_basis(base, length).en}.",
    )
    fix = Text(
        f"被比较价格改为不高于 {base.limit} 元，或标明其含义和时间。",
        f"Compare with at most {base.limit} yuan, or say what the compared price means and when it held.",
    )
    # A tag or counter price is a price with a meaning of its own: whether it is true, papers have to show.
    severity = Severity.MEDIUM if listed else Severity.HIGH
    law = laws.get("price.no_baseless" if listed else "price.compared_with")
    findings.append(
        finding("P1", "compared_price", severity, message, law, text=str(compared), suggestion=fix, evidence=evidence)
    )


def _basis(base: Base, days: int) -> Text:
    if base.within:
        return Text(
            f"前 {days} 日（{base.first} 至 {base.last}）最低成交价",
            f"the lowest deal of the {days} days before ({base.first} to {base.last})",
        )
    return Text(f"前 {days} 日无成交时的最后一次交易价", f"the last deal, as there was none in the {days} days before")


def _no_deal(compared: Decimal, laws: Mapping[str, LawRef], findings: list[Finding]) -> None:
    message = Text(
        f"被比较价格 {compared} 元没有任何成交记录作依据。",
        f"No deal at all stands behind the compared price of {compared} yuan.",
    )
    fix = Text("提供成交记录，或不作价格比较。", "Bring the records of deals, or do not compare.")
    law = laws.get("price.no_baseless")
    findings.append(
        finding(
            "P1", "compared_price", Severity.MEDIUM, message, law, text=str(compared), suggestion=fix, wanted=("deals",)
        )
    )


def _in_span(deals: Sequence[DealPrice], span: re.Match[str], as_of: date) -> list[DealPrice] | None:
    """The deals of a stated period; None where the period cannot be read or has not ended before the day."""
    year, month, day, to_year, to_month, to_day = span.groups()
    try:
        first, last = date(int(year), int(month), int(day)), date(int(to_year or year), int(to_month), int(to_day))
    except ValueError:
        return None
    if not first <= last < as_of:
        return None
    return [d for d in deals if first <= china_day(d) <= last]


def _stated_span(
    listing: Listing,
    compared: Decimal,
    dated: Sequence[DealPrice],
    laws: Mapping[str, LawRef],
    findings: list[Finding],
    exemptions: list[Exemption],
) -> None:
    """Article 16(1): what is said of the compared price has to be true: a deal at that price in the stated period."""
    law = laws.get("price.compared_with")
    if any(d.price == compared for d in dated):
        reason = Text("所标明的时间内确有该成交价。", "There was a deal at this price in the stated period.")
        exemptions.append(Exemption("P1", "compared_price", 0, 0, str(compared), "stated_period", reason, law))
        return
    message = Text(
        f"标明的时间（{listing.compared_price_meaning}）内没有 {compared} 元的成交。",
        f"In the stated period ({listing.compared_price_meaning}) there was no deal at {compared} yuan.",
    )
    severity = Severity.HIGH if dated else Severity.MEDIUM
    findings.append(finding("P1", "compared_price", severity, message, law, text=str(compared)))


# --- P2: raised before it was cut ----------------------------------------------------------------------------------------------------------------------------


def _raised(
    listing: Listing, compared: Decimal, laws: Mapping[str, LawRef], as_of: date, policy: PricePolicy
) -> Iterable[Finding]:
    """A base that stood for the last seven days only, well above what the goods used to be sold for."""
    base = lawful_base(listing.deal_prices, as_of)
    if not base.within or base.limit is None or compared > base.limit:
        return
    earliest = base.first - timedelta(days=policy.raise_looked_back)
    usual = [d.price for d in listing.deal_prices if earliest <= china_day(d) < base.first]
    if len(usual) < policy.raise_deals:
        return
    middle = statistics.median(usual)
    if compared >= middle * policy.raise_ratio:
        message = Text(
            f"比较前七日才提价：此前 {policy.raise_looked_back} 日成交价中位数为 {middle} 元，现以 {compared} 元作折价基准，须说明合理理由。",
            f"Raised in the seven days before: the {policy.raise_looked_back} days before that had a median deal of {middle} yuan, "
            f"and {compared} is now the base of a discount. A reason is needed.",
        )
        law = laws.get("price.no_temporary_rise")
        yield finding(
            "P2",
            "compared_price",
            Severity.MEDIUM,
            message,
            law,
            text=str(compared),
            evidence=(("usual", str(middle)),),
        )


# --- P7 and P8 --------------------------------------------------------------------------------------------------------------------------------------------

_ADDED = re.compile(
    r"定金|订金|补差|差价|邮费|运费|赠品|配件|贴膜|钢化膜|保护壳|收纳袋|样品|小样|试用装|联系客服|勿拍|不发货|挂绳|说明书|单拍|"
    r"deposit|accessory|sample|do not buy",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"(\d+(?:\.\d+)?)\s*(kg|千克|公斤|斤|g|克|ml|毫升|l|升)(?![a-z])(?:\s*[*x×]\s*(\d{1,3}))?")
_GRAMS = {"kg": 1000, "千克": 1000, "公斤": 1000, "斤": 500, "g": 1, "克": 1, "l": 1000, "升": 1000, "ml": 1, "毫升": 1}
_LIQUID = frozenset({"l", "升", "ml", "毫升"})


def content(name: str) -> tuple[bool, Decimal] | None:
    """(liquid?, grams or millilitres) of a variant's name; None where none is stated."""
    stated = _CONTENT.search(unicodedata.normalize("NFKC", name).lower())
    if stated is None or Decimal(stated[1]) <= 0 or stated[3] == "0":
        return None
    return stated[2] in _LIQUID, Decimal(stated[1]) * _GRAMS[stated[2]] * int(stated[3] or 1)


def _bait(listing: Listing, laws: Mapping[str, LawRef], policy: PricePolicy) -> Iterable[Finding]:
    """A variant far below all the others: the page shows its price while the title sells the main goods."""
    skus = [s for s in listing.skus if s.price > 0]
    if len(skus) < 2:
        return
    cheapest = min(skus, key=lambda s: (s.price, s.name))
    others = [s.price for s in skus if s is not cheapest]
    middle = statistics.median(others)
    named = _ADDED.search(cheapest.name) is not None and not _ADDED.search(listing.title)
    if not named and all(content(s.name) is not None for s in skus):
        return  # sizes explain prices: P5 compares them by the unit
    if cheapest.price >= middle * policy.bait_ratio and not (named and cheapest.price * 2 < middle):
        return
    message = Text(
        f"规格“{cheapest.name}”{cheapest.price} 元，其余规格中位价 {middle} 元：疑似低价引流。",
        f"The variant «{cheapest.name}» costs {cheapest.price} yuan, the others {middle} in the middle: it looks like a bait.",
    )
    fix = Text("把配件、定金等另行上架。", "List accessories and deposits by themselves.")
    yield finding(
        "P7",
        "price",
        Severity.MEDIUM,
        message,
        laws.get("price.bait"),
        text=str(cheapest.price),
        suggestion=fix,
        confidence=0.9 if named else 0.6,
        evidence=(("sku", cheapest.name), ("median", str(middle))),
    )


def _head(listing: Listing, laws: Mapping[str, LawRef]) -> Iterable[Finding]:
    """Article 20(1): the price in a prominent place may not be below that of the detail page; with variants, below the cheapest."""
    if listing.head_price is None:
        return
    detail = min((s.price for s in listing.skus if s.price > 0), default=listing.price)
    if detail is None or listing.head_price >= detail:
        return
    message = Text(
        f"首页标示 {listing.head_price} 元，低于详情页 {detail} 元。",
        f"The head shows {listing.head_price} yuan, below the {detail} of the detail page.",
    )
    fix = Text("首页与详情页标示同一价格。", "Show the same price in both places.")
    law = laws.get("price.online")
    yield finding("P8", "price", Severity.HIGH, message, law, text=str(listing.head_price), suggestion=fix)
