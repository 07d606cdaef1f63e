"""
Persons over fast refunds: those drawn by lot are looked at again, and a merchant who objects is heard. Both are cases at a desk, so that lease, stale guard,
four eyes and undo are those of every desk.

The buyer keeps what he was given, whatever is found. A merchant whose objection is upheld gets his money back from the platform's fund.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk
from pinzhi.casework.desks import Outcome as Way
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text, money
from pinzhi.life.complaints import fast, log, showing
from pinzhi.life.complaints import money as books
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, FastDecision
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

MOST_WORDS = 1000


def object_to(
    id_: str, by: Actor, *, words: str, files: Sequence[str] = (), now: datetime | None = None
) -> FastDecision:
    """
    A merchant objects to a fast refund, with reason and evidence: a person decides. Said twice it is one objection.

    Raises RefusedError: `complaint_unknown` (also for another's), `not_permitted`, `not_a_merchant`, `not_fast`, `objected_late`, `words_missing`,
    `text_too_long`, and those of `showing`.
    """
    with act("complaints.answer", by, now=now) as a:
        row = log.locked(id_)
        if not by.merchant_id:
            raise RefusedError.because(
                "not_a_merchant", "only the merchant himself objects", "let him do it from his own account"
            )
        if row.merchant_id != by.merchant_id:
            raise log.unknown()
        made = _granted(row)
        if made.objected_at is not None:
            return made
        said = _said(words)
        figures = policy_in_force(a.now).fast
        if a.now > until(made):
            raise RefusedError.because(
                "objected_late",
                f"a merchant may object for {figures.object_days} days",
                "write to the platform's support",
            )
        owner = f"merchant:{row.merchant_id}"
        new = showing.new_ones(row, Side.MERCHANT, files, owner, a.now)
        log.take(a, row, "object", Side.MERCHANT, words=said, inside=True, files=new, owner=owner)
        made.objected_at = a.now
        made.objection_case = fast.put_before(a, row, made, fast.OBJECTION, figures.object_days)
        made.save(update_fields=["objected_at", "objection_case"])
        a.note = f"complaint:{row.receipt}"
        return made


def until(made: FastDecision) -> datetime:
    """Until when a merchant may object."""
    return made.at + timedelta(days=policy_in_force(made.at).fast.object_days)


def _said(words: str) -> str:
    said = clean(words)
    if not said:
        raise RefusedError.because("words_missing", "nothing says why it is wrong", "write a sentence", field="words")
    if len(said) > MOST_WORDS:
        raise RefusedError.because(
            "text_too_long",
            f"at most {MOST_WORDS} characters are read",
            "say the most important first",
            field="words",
        )
    return said


def _granted(row: Complaint) -> FastDecision:
    made = fast.granted_of(row)
    if made is None:
        raise RefusedError.because("not_fast", "this complaint was not refunded at once", "handle it in the usual way")
    return made


def _of(case: CaseRow) -> tuple[Complaint, FastDecision]:
    row = log.locked(str(case.evidence["complaint"]))
    return row, _granted(row)


# --- the second look -----------------------------------------------------------------------------------------------------------------------

FOUND: dict[str, Text] = {
    "real": Text("诉求属实", "the claim is real"),
    "not_real": Text("诉求不属实", "the claim is not real"),
    "forged": Text("凭证系伪造", "the proof is forged"),
    "unclear": Text("无法判断", "cannot be told"),
}


def checked(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """A person says whether the claim was real. The leak is counted from this."""
    row, made = _of(case)
    log.take(
        a, row, "recheck", Side.HOUSE, {"found": ruling.outcome, "case": case.id}, words=ruling.reason, inside=True
    )
    made.checked_at, made.found = a.now, ruling.outcome
    made.checker_id = ruling.accounts[-1] if ruling.accounts else None
    made.save(update_fields=["checked_at", "found", "checker_id"])


def not_checked(a: Act, case: CaseRow, was: Reversal) -> None:
    """The second look is taken back: it waits again."""
    row, made = _of(case)
    log.take(a, row, "recheck", Side.HOUSE, {"found": "", "why": was.why, "case": case.id}, inside=True)
    made.checked_at, made.found, made.checker_id = None, "", None
    made.save(update_fields=["checked_at", "found", "checker_id"])


# --- the objection -------------------------------------------------------------------------------------------------------------------------

OBJECTIONS: dict[str, Text] = {
    "": Text("等待人工复核", "waits for a person"),
    "upheld": Text("异议成立", "upheld"),
    "dismissed": Text("异议不成立", "dismissed"),
}


def needs_two(outcome: str, evidence: Mapping[str, Any]) -> bool:
    """Whether the credit is above what one person may decide."""
    return outcome == "upheld" and money(str(evidence.get("amount", "0"))) > policy_in_force().desk.limit


def heard(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """
    A person decides on an objection. Upheld: the complaint no longer counts as found right, and what the merchant bore comes back to him from the fund.

    Raises RefusedError(`fund_empty`), and `not_borne_yet` while he has still to pay: nothing is decided then, and nobody gets back what he never gave.
    """
    row, made = _of(case)
    upheld = ruling.outcome == "upheld"
    credit = Decimal("0.00")
    if upheld and made.payer == "merchant":
        credit = min(made.amount, books.borne(row))
        if credit < made.amount and row.state not in ("closed", "merged"):
            raise RefusedError.because(
                "not_borne_yet",
                "the refund has not been given yet, so there is nothing to give back",
                "decide once it has been paid, or once the complaint is closed without",
            )
    if credit:
        books.credit(a, row, credit)
    log.take(
        a, row, "hear_objection", Side.HOUSE, {"upheld": upheld, "credit": str(credit), "case": case.id, "decided_by": ruling.decided_by},
        words=ruling.reason, inside=True,
    )  # fmt: skip
    made.objection, made.objection_said, made.credit = ruling.outcome, ruling.reason, credit
    made.save(update_fields=["objection", "objection_said", "credit"])


def not_heard(a: Act, case: CaseRow, was: Reversal) -> None:
    """The decision on an objection is taken back, and the credit with it. Raises RefusedError(`deposit_short`) when the merchant has taken it out already."""
    row, made = _of(case)
    if made.credit:
        books.credit_back(a, row, made.credit)
    data = {"upheld": False, "credit": "0.00", "why": was.why, "case": case.id}
    log.take(a, row, "hear_objection", Side.HOUSE, data, inside=True)
    made.objection, made.objection_said, made.credit = "", "", Decimal("0.00")
    made.save(update_fields=["objection", "objection_said", "credit"])


DESKS = (
    Desk(
        fast.RECHECK,
        Text("快速退款抽检", "second looks at fast refunds"),
        outcomes=(
            Way("real", FOUND["real"], "y", needs_reason=True, tone="success"),
            Way("not_real", FOUND["not_real"], "n", needs_reason=True, tone="warning"),
            Way("unclear", FOUND["unclear"], "t", needs_reason=True),
            Way("forged", FOUND["forged"], "", needs_reason=True, two_person=True, tone="danger"),
        ),
        on_decide=checked,
        on_undo=not_checked,
        verb="complaints.review",
    ),
    Desk(
        fast.OBJECTION,
        Text("快速退款异议", "objections to fast refunds"),
        outcomes=(
            Way(
                "upheld",
                Text("异议成立，退还商家", "uphold, credit the merchant"),
                "v",
                needs_reason=True,
                tone="success",
            ),
            Way("dismissed", Text("异议不成立", "dismiss"), "d", needs_reason=True, tone="warning"),
        ),
        on_decide=heard,
        on_undo=not_heard,
        verb="complaints.review",
        two_if=needs_two,
    ),
)
