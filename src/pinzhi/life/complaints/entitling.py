"""
What the buyer of a complaint is owed: the engine of `rules.entitlement` over what is known of the order, what is alleged and what has been found.

    answer(row, now)            # everything that the law gives, with what would have to be shown
    by_default(row, now)        # what the rule proposes when the merchant is silent
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.law.citing import citation
from pinzhi.law.tables import official, statutes
from pinzhi.life.complaints import log
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules import entitlement
from pinzhi.life.complaints.rules.entitlement import Answer, State, sums
from pinzhi.life.complaints.rules.situation import Situation
from pinzhi.life.complaints.tables import alleged, entitlement_rules

FEN = Decimal("0.01")


def answer(row: Complaint, *, uncontested: bool = False, now: Situation | None = None) -> Answer | None:
    """
    Everything that the law gives; None while the price or the day of the order is not known.

    `uncontested`: what the buyer alleges is taken as it is, because nobody has said otherwise.
    """
    case = _case(row, now or log.of(row), uncontested=uncontested)
    return entitlement.entitle(case, entitlement_rules(), statutes(), official()) if case else None


def _case(row: Complaint, now: Situation, *, uncontested: bool) -> entitlement.Case | None:
    stands = dict.fromkeys((n for kind in now.kinds for n in alleged().get(kind, ())), State.ALLEGED.value) | dict(
        now.findings
    )
    if uncontested:
        stands = {n: State.ESTABLISHED.value if s == State.ALLEGED.value else s for n, s in stands.items()}
    order = {
        "id": row.order_id, "category": row.category, "kind": row.order_kind, "channel": row.order_channel, "quantity": row.quantity,
        "price": row.price, "paid_at": row.paid_at, "received_on": row.received_on,
    }  # fmt: skip
    return _read(row.receipt, order, stands, row.opened_at, promises=row.promises, photo=row.files.exists())


def _read(
    id_: str,
    order: Mapping[str, Any],
    stands: Mapping[str, str],
    at: datetime,
    *,
    promises: Sequence[Any] = (),
    photo: bool = False,
) -> entitlement.Case | None:
    paid, received, price, quantity = order["paid_at"], order["received_on"], order["price"], order["quantity"]
    day = paid.astimezone(SHANGHAI).date() if paid else received
    if price is None or day is None:
        return None
    raw: dict[str, Any] = {
        "id": id_,
        "order": {
            "id": order["id"], "price": str((price / quantity).quantize(FEN, ROUND_HALF_UP)), "quantity": quantity, "paid": str(price),
            "paid_at": day.isoformat(), "received_on": received.isoformat() if received else None, "category": order["category"],
            "kind": order["kind"] if order["kind"] in ("new", "second_hand") else "new", "channel": order["channel"],
        },
        "complaint_on": at.astimezone(SHANGHAI).date().isoformat(),
        "findings": [{"name": n, "state": s} for n, s in sorted(stands.items())],
        "promises": list(promises),
        "evidence": ["photo"] if photo else [],
    }  # fmt: skip
    return entitlement.read_case(raw)


def of_order(order: Mapping[str, Any], findings: Sequence[str], at: datetime) -> Answer | None:
    """
    What the law gives for an order of which nobody complained, where `findings` are established; None while price or day are not known.

    `order`: id, category, kind, channel, quantity, price, paid_at, received_on.
    """
    case = _read(str(order["id"]), order, dict.fromkeys(findings, State.ESTABLISHED.value), at)
    return entitlement.entitle(case, entitlement_rules(), statutes(), official()) if case else None


def estimate(
    order: Mapping[str, Any], kinds: Sequence[str], at: datetime, *, promises: Sequence[Any] = ()
) -> Answer | None:
    """
    What the law would give before there is a complaint: everything of `kinds` is only alleged. None as `of_order`, whose `order` it takes.

    Raises RefusedError as `entitlement.read_case` where days or sums contradict one another.
    """
    stands = dict.fromkeys((n for code in kinds for n in alleged().get(code, ())), State.ALLEGED.value)
    case = _read(str(order["id"]), order, stands, at, promises=promises)
    return entitlement.entitle(case, entitlement_rules(), statutes(), official()) if case else None


GIVES = {
    "return_quality": "return_refund",
    "return_no_reason": "return_refund",
    "refund": "refund",
    "exchange": "exchange",
    "repair": "repair",
}
"""What the engine calls a remedy → what is offered. A statutory multiple is proposed to the merchant by a person, never by a rule."""


def by_default(row: Complaint, *, now: Situation | None = None) -> tuple[Remedy, ...]:
    """
    What the rule proposes when the merchant has let his time pass: what the buyer wants, if the law gives it; else the best for him.

    Empty where the law gives nothing that a rule may propose: then a person looks. Never a refund without return unless the law itself gives it.
    """
    found = answer(row, uncontested=True, now=now)
    return chosen(found, row.wish) if found else ()


def chosen(found: Answer, wish: str) -> tuple[Remedy, ...]:
    """Of what the law gives: what the buyer wants, else the best for him; no multiple, and nothing that would still have to be shown."""
    owed = [
        r
        for r in found.remedies
        if r.owed
        and r.kind in GIVES
        and not r.needs
        and (r.amount is not None) == (GIVES[r.kind] in ("return_refund", "refund"))
    ]
    if not owed:
        return ()
    wished = [r for r in owed if GIVES[r.kind] == wish]
    chosen = max(wished or owed, key=lambda r: (r.amount or Decimal(0), r.kind == "return_quality", r.id))
    freight = (
        any(r.owed and r.kind == "freight_by_seller" and not r.needs for r in found.remedies)
        or chosen.kind == "return_quality"
    )
    words = (
        "退货运费由商家承担 / return freight paid by the merchant"
        if freight and GIVES[chosen.kind] == "return_refund"
        else ""
    )
    return (Remedy(GIVES[chosen.kind], chosen.amount, words, chosen.law.id),)


def lines(found: Answer, language: str) -> list[dict[str, Any]]:
    """The answer for a page: what is owed first, then what is not and why. `law` is the citation."""
    zh = language.startswith("zh")
    shown = []
    for r in sorted(found.remedies, key=lambda r: (not r.owed, -(r.amount or Decimal(0)), r.id)):
        said = citation(r.law.instrument.name.zh, r.law.article)
        shown.append(
            {
                "id": r.id, "kind": r.kind, "name": r.says.in_language(language), "amount": r.amount,
                "formula": sums.told(r.formula, r.amount, language), "owed": r.owed,
                "law": said.in_language(language), "verified": r.law.verified, "text": r.law.summary.in_language(language),
                "why_not": r.excluded.says.in_language(language) if r.excluded else "",
                "missing": ("、" if zh else ", ").join(n.text.in_language(language) for n in (*r.needs, *r.evidence_missing)),
                "best": found.best is not None and (r is found.best.main or r in found.best.together),
            }
        )  # fmt: skip
    return shown
