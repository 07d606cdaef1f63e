"""
Papers that end: which day each paper of a listing ends on, what has ended, and when the house speaks before it does.

A paper holds through its last day (a period that ends on a day ends with that day, Civil Code 203). A test report without an end of its own is renewed
after the number of months that the policy names: a convention of the platform, not law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.life.admission.contracts import Document, Listing, Missing
from pinzhi.life.admission.rules import facts
from pinzhi.life.admission.rules.policy import Papers

ENDS = (
    "valid_to",
    "expires_on",
    "expires",
    "有效期至",
    "有效期限",
    "届满日期",
    "授权截止",
    "有效期止",
    "到期日期",
)
"""Fields of a document that name its last day: those of the evidence matrix (`data/matrix/fields.toml`), the feed's own first."""
REPORTS = frozenset({"report", "test_report", "inspection_report"})


@dataclass(frozen=True, slots=True)
class PaperEnd:
    """The last day of the paper `listing.documents[place]`. `stated` is False where it follows from the age of a report."""

    place: int
    kind: str
    number: str
    expires_on: date
    stated: bool = True


def ends(listing: Listing, policy: Papers) -> tuple[PaperEnd, ...]:
    """The last day of every paper that has a readable one, in the order of the documents."""
    return tuple(e for place, d in enumerate(listing.documents) if (e := _end(place, d, policy)) is not None)


def _end(place: int, of: Document, policy: Papers) -> PaperEnd | None:
    said = dict(of.fields)
    for name in ENDS:
        if (day := day_in(said.get(name, ""))) is not None:
            return PaperEnd(place, of.kind, of.number, day)
    issued = day_in(said.get("issued", ""))
    if of.kind not in REPORTS or issued is None:
        return None
    return PaperEnd(place, of.kind, of.number, facts.months_later(issued, policy.report_months), stated=False)


def day_in(text: str) -> date | None:
    """A day as papers print it (`facts.day`); None for a paper without an end and for anything that is no day."""
    found = facts.day(text)
    return None if found == facts.FOREVER else found


def ended(listing: Listing, as_of: date, policy: Papers) -> tuple[Missing, ...]:
    """The papers that had ended before `as_of`, as cells that are not filled. Another paper of the same kind that still holds fills the cell."""
    all_ends = ends(listing, policy)
    limited = {e.place for e in all_ends}
    unlimited = {d.kind for place, d in enumerate(listing.documents) if place not in limited}
    holding = {e.kind for e in all_ends if e.expires_on >= as_of} | unlimited
    return tuple(
        Missing(f"document:{e.place}", (e.kind,), _reason(e))
        for e in all_ends
        if e.expires_on < as_of and e.kind not in holding
    )


def _reason(e: PaperEnd) -> Text:
    day = e.expires_on.isoformat()
    shown = f" {e.number}" if e.number else ""
    if e.stated:
        return Text(
            f"证明文件{shown} 已于 {day} 到期，请补交有效文件",
            f"the paper{shown} ended on {day}; hand in one that holds",
        )
    return Text(
        f"检验报告{shown} 签发已久，{day} 起须更新，请补交新报告",
        f"the test report{shown} was to be renewed by {day}; hand in a new one",
    )


def reminder(expires_on: date, today: date, told: int | None, warn_days: Sequence[int]) -> int | None:
    """
    The line of `warn_days` (falling) that has been reached and was not spoken of yet; None when there is nothing to say.

    After missed days only the nearest line is said, not every one that was passed. `told` is the last line said.
    """
    left = (expires_on - today).days
    reached = [line for line in warn_days if left <= line]
    if left < 0 or not reached:
        return None
    line = min(reached)
    return line if told is None or line < told else None
