"""
Figures of complaints that everybody may read, so that no single buyer can be recognised in them. Pure.

A cell is one merchant (or one of his listings) in one whole month. It counts only when at least `least` different buyers stand in it; a figure over several
months adds up cells that each may be shown, so that no difference between two answers is a single person. For the same reason listings of a merchant are left
out until what is not shown of him is nothing, or again `least` buyers. This holds for every figure by itself: closed, asked, proposed, refunded, rated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import median

from pinzhi.kernel.distributions import wilson
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Interval
from pinzhi.life.complaints.rules.assistant.masking import masked

LONGEST_REPLY = 600
"""Characters of a merchant's public reply."""
_ELSEWHERE = re.compile(
    r"(?i)https?://|www\.|\b[a-z0-9-]+\.(?:com|cn|net|shop|top|xyz)\b|扫码|加微|加v|私聊|好评返现|cash ?back for"
)
"""What leads the reader away, or asks for another verdict in exchange for money."""


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """Table `[public]` of the policy: different buyers of the smallest cell, and months that one answer spans at most."""

    least_count: int
    months: int


@dataclass(frozen=True, slots=True)
class Told:
    """
    What counts of one complaint. `month` is year * 12 + month - 1 in China; `buyer` tells different buyers apart and goes nowhere.

    `upheld` None while it is open; `in_time` None while the merchant has not been asked, or may still answer; `proposed` the time to the first proposal.
    """

    month: int
    merchant: str
    listing: str
    buyer: str
    upheld: bool | None = None
    in_time: bool | None = None
    proposed: timedelta | None = None
    refunded: Decimal = Decimal(0)
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with a Wilson interval of 90 %."""

    hits: int
    n: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Figures:
    """What is shown of a merchant or listing; None: too few buyers. `refunds` in yuan, `mark` the mean of `rated` marks from 1 to 5."""

    complaints: int
    upheld: Share | None = None
    in_time: Share | None = None
    first_proposal: timedelta | None = None
    refunds: Decimal | None = None
    mark: Decimal | None = None
    rated: int | None = None


Pick = Callable[[Told], bool]


def figures(of_merchant: Iterable[Told], least: int, listing: str = "") -> Figures | None:
    """The figures of one merchant, or of one of his listings; None where nothing may be shown. `of_merchant` are all of his complaints."""
    rows = list(of_merchant)
    shown = _shown(rows, least, listing, lambda _: True)
    if not shown:
        return None
    times = _shown(rows, least, listing, lambda t: t.proposed is not None)
    proposals = [t.proposed.total_seconds() for t in times if t.proposed is not None]
    refunds = _shown(rows, least, listing, lambda t: t.refunded > 0)
    marks = [t.mark for t in _shown(rows, least, listing, lambda t: t.mark is not None) if t.mark is not None]
    return Figures(
        len(shown),
        _share([bool(t.upheld) for t in _shown(rows, least, listing, lambda t: t.upheld is not None)]),
        _share([bool(t.in_time) for t in _shown(rows, least, listing, lambda t: t.in_time is not None)]),
        timedelta(seconds=median(proposals)) if proposals else None,
        sum((t.refunded for t in refunds), Decimal(0)) if refunds else None,
        (Decimal(sum(marks)) / len(marks)).quantize(Decimal("0.1")) if marks else None,
        len(marks) or None,
    )


def _share(hits: Sequence[bool]) -> Share | None:
    interval = wilson(sum(hits), len(hits))
    return Share(sum(hits), len(hits), interval) if interval else None


def _shown(rows: Sequence[Told], least: int, listing: str, pick: Pick) -> list[Told]:
    """Rows of the cells that may be shown, month by month."""
    months: dict[int, list[Told]] = {}
    for t in rows:
        if pick(t):
            months.setdefault(t.month, []).append(t)
    found: list[Told] = []
    for cell in months.values():
        if listing:
            found += listings_shown(cell, least).get(listing, [])
        elif _buyers(cell) >= least:
            found += cell
    return found


def listings_shown(cell: Sequence[Told], least: int) -> dict[str, list[Told]]:
    """Of one merchant in one month: the listings that may be shown beside him."""
    by: dict[str, list[Told]] = {}
    for t in cell:
        by.setdefault(t.listing, []).append(t)
    large = sorted(
        (name for name, some in by.items() if name and _buyers(some) >= least), key=lambda n: (-_buyers(by[n]), n)
    )
    while large:
        rest = [t for name, some in by.items() if name not in large for t in some]
        if not rest or _buyers(rest) >= least:
            break
        large.pop()
    return {name: by[name] for name in large}


def _buyers(cell: Sequence[Told]) -> int:
    return len({t.buyer for t in cell})


def public_words(words: str) -> str:
    """
    A merchant's words as everybody may read them.

    Raises RefusedError: `words_missing`, `text_too_long`, `words_personal` (a telephone, an address, a name: nobody is to be recognised, and no buyer is
    answered in public), `words_elsewhere` (links and invitations to leave the marketplace).
    """
    said = " ".join(words.split())
    if not said:
        raise RefusedError.because("words_missing", "there is nothing to show", "write a sentence", field="words")
    if len(said) > LONGEST_REPLY:
        raise RefusedError.because(
            "text_too_long",
            f"a public reply has at most {LONGEST_REPLY} characters",
            "say the most important",
            field="words",
        )
    if masked(said) != said:
        raise RefusedError.because(
            "words_personal", "a person could be recognised", "leave out numbers, addresses and names", field="words"
        )
    if _ELSEWHERE.search(said):
        raise RefusedError.because(
            "words_elsewhere",
            "the text leads away from the marketplace",
            "leave out links and invitations",
            field="words",
        )
    return said
