"""Former prices that stand in a text, against the deals of the days before (T16; provisions on marked prices, Article 16)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing
from pinzhi.life.admission.rules.prices import lawful_base

_STATED = frozenset({"lowest_7d", "七日最低成交价", "7日最低成交价", "近7日最低成交价"})
"""Attributes in which a feed without deals states the lowest deal price."""


def lowest_deal(listing: Listing, as_of: date) -> Decimal | None:
    """The highest lawful compared price (`prices.lawful_base`), or what the feed states of it; None where nothing is known."""
    limit = lawful_base(listing.deal_prices, as_of).limit
    return _attribute_price(listing) if limit is None else limit


def _attribute_price(listing: Listing) -> Decimal | None:
    for name, value in listing.attributes:
        if name in _STATED:
            try:
                return Decimal(value)
            except InvalidOperation:
                return None
    return None


def _compared(finding: Finding, listing: Listing) -> Decimal | None:
    """The price that the words compare with: the stated one, or today's price and what is said to be saved; None where they state none."""
    group = dict(finding.evidence).get("group")
    figure = re.search(r"\d+(?:\.\d+)?", finding.normalised)
    if figure is None or group not in {"former_price", "saved"}:
        return None
    if group == "former_price":
        return Decimal(figure.group())
    return None if listing.price is None else listing.price + Decimal(figure.group())


def settle(
    listing: Listing, findings: Iterable[Finding], laws: Mapping[str, LawRef], as_of: date
) -> tuple[list[Finding], list[Exemption]]:
    """Former prices that stand in a text, decided by arithmetic where a deal price is known: above it H, at or below it free."""
    settled: list[Finding] = []
    freed: list[Exemption] = []
    limit = lowest_deal(listing, as_of)
    for f in findings:
        compared = _compared(f, listing)
        if compared is None or limit is None:
            if dict(f.evidence).get("group") != "saved":
                settled.append(f)
        elif compared > limit:
            message = Text(
                f"被比较价格 {compared} 元高于前七日最低成交价 {limit} 元。",
                f"The compared price of {compared} yuan is above {limit}, the lowest deal of the seven days before.",
            )
            settled.append(replace(f, severity=Severity.HIGH, message=message))
        else:
            reason = Text("不高于前七日最低成交价", "not above the lowest deal of the seven days before")
            freed.append(
                Exemption(
                    f.rule,
                    f.field,
                    f.start,
                    f.end,
                    f.text,
                    "lawful_comparison",
                    reason,
                    laws.get("price.compared_with"),
                )
            )
    return settled, freed
