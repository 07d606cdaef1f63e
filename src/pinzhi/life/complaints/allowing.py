"""
Fast refunds that a merchant allows himself: for one kind of goods or for all, up to a sum for each claim and for each day. Nobody allows it for him, and it
ends when he says so; what was granted before stays.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Sum

from pinzhi.kernel.clock import SHANGHAI, midnight
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import tables
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import FastConsent, FastDecision, FastHold
from pinzhi.life.complaints.rules import accounts, fast_refund
from pinzhi.life.complaints.rules.fast_refund import Inputs
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor


def allow(
    most: str | Decimal, most_a_day: str | Decimal, by: Actor, *, category: str = "", now: datetime | None = None
) -> FastConsent:
    """
    A merchant allows fast refunds at his cost from now on, up to `most` yuan for a claim and `most_a_day` for a day in China. What he allowed for the same kind
    of goods before ends.

    Raises RefusedError: `not_permitted`, `not_a_merchant` (nobody allows it for him), `money_amount`, `day_below_claim`, `category_unknown`.
    """
    with act("complaints.fast", by, now=now) as a:
        merchant = _own(by)
        one, day = _asked(most, most_a_day, category)
        hold(f"merchant:{merchant}")  # of two at once the second finds the first
        same = FastConsent.objects.select_for_update().filter(merchant_id=merchant, category=category, ended_at=None)
        known = same.first()
        if known is not None and (known.most, known.most_a_day) == (one, day):
            return known
        same.update(ended_at=a.now)
        row = FastConsent.objects.create(
            merchant_id=merchant, category=category, most=one, most_a_day=day, at=a.now, account_id=by.account_id
        )
        a.leaf("fast_consent", str(row.pk), _committed(row))
        return row


def _committed(row: FastConsent) -> dict[str, object]:
    sums = {"most": f"{row.most:.2f}", "most_a_day": f"{row.most_a_day:.2f}"}
    return {"merchant": row.merchant_id, "category": row.category, **sums}


def committed_consent(ref: str) -> object | None:
    """What the ledger's leaf `fast_consent` commits to. None when there is no such consent."""
    row = FastConsent.objects.filter(pk=int(ref)).first()
    return None if row is None else _committed(row)


def committed_end(ref: str) -> object | None:
    """What the ledger's leaf `fast_consent_end` commits to. None when the consent has not ended."""
    row = FastConsent.objects.filter(pk=int(ref)).exclude(ended_at=None).first()
    return None if row is None else _ended(row)


def _ended(row: FastConsent) -> dict[str, object]:
    return {"merchant": row.merchant_id, "category": row.category}


def end(by: Actor, *, category: str = "", now: datetime | None = None) -> bool:
    """A merchant no longer allows it for this kind of goods; what was granted before stays. Returns whether he had. Raises RefusedError as `allow`."""
    with act("complaints.fast", by, now=now) as a:
        merchant = _own(by)
        row = in_force(merchant, category, hold=True)
        if row is None or row.category != category:
            return False
        row.ended_at = a.now
        row.save(update_fields=["ended_at"])
        a.leaf("fast_consent_end", str(row.pk), _ended(row))
        return True


def in_force(merchant_id: str, category: str, *, hold: bool = False) -> FastConsent | None:
    """What a merchant allows for this kind of goods: its own consent, else the one for all others. `hold` keeps it until the act ends."""
    if not merchant_id:
        return None
    rows = FastConsent.objects.select_for_update() if hold else FastConsent.objects.all()
    found = rows.filter(merchant_id=merchant_id, ended_at=None, category__in={category, ""}).order_by("-category")
    return found.first()


def left(consent: FastConsent, now: datetime) -> Decimal:
    """Yuan that may still be granted under this consent on the day of `now` in China."""
    day = midnight(now)
    same = FastDecision.objects.filter(
        consent__merchant_id=consent.merchant_id,
        consent__category=consent.category,
        at__gte=day,
        at__lt=day + timedelta(days=1),
    )
    granted = same.aggregate(s=Sum("amount"))["s"] or Decimal(0)
    return max(consent.most_a_day - granted, Decimal("0.00"))


def would_have(
    merchant_id: str, most: str | Decimal, most_a_day: str | Decimal, category: str, now: datetime
) -> tuple[int, Decimal]:
    """
    What such a consent would have cost within the days of the policy: the rules asked again, with today's figures, on what was known of each claim then.
    Returns how many, and yuan. Raises RefusedError: `money_amount`, `day_below_claim`, `category_unknown`.

    `most_a_day` is kept for each day in China; each buyer and each order has its bound, what this consent would have paid counted with what was paid. One for
    all goods leaves out those kinds that have a consent of their own now.
    """
    one, a_day = _asked(most, most_a_day, category)
    figures = policy_in_force(now).fast
    since = now - timedelta(days=figures.days)
    rows = FastDecision.objects.filter(merchant_id=merchant_id, at__gte=since).select_related("complaint")
    if category:
        rows = rows.filter(category=category)
    else:
        own = FastConsent.objects.filter(merchant_id=merchant_id, ended_at=None).exclude(category="")
        rows = rows.exclude(category__in=own.values("category"))
    count, total = 0, Decimal("0.00")
    spent: dict[str, Decimal] = {}
    more: Counter[str] = Counter()
    orders: set[str] = set()
    for kept in rows.defer("rules").order_by("at").iterator(chunk_size=2000):
        day = kept.at.astimezone(SHANGHAI).date().isoformat()
        known, buyer, order = Inputs.of(kept.inputs), kept.complaint.buyer_id, kept.complaint.order_id
        asked = replace(
            known,
            merchant_allows=one,
            merchant_left=a_day - spent.get(day, Decimal(0)),
            granted=known.granted + more[buyer],
            order_granted=known.order_granted or order in orders,
        )
        answer = fast_refund.decide(asked, figures)
        if answer.payer != "merchant":
            continue
        spent[day] = spent.get(day, Decimal(0)) + answer.amount
        count, total = count + 1, total + answer.amount
        if kept.outcome not in fast_refund.GRANTED:  # else it stands in what was known of the later ones
            more[buyer] += 1
            orders.add(order)
    return count, total


def _own(by: Actor) -> str:
    if not by.merchant_id:
        raise RefusedError.because(
            "not_a_merchant", "only the merchant himself allows this", "let him do it from his own account"
        )
    return by.merchant_id


def _asked(most: str | Decimal, most_a_day: str | Decimal, category: str) -> tuple[Decimal, Decimal]:
    """The two sums of a consent. Raises RefusedError: `money_amount`, `day_below_claim`, `category_unknown`."""
    one = accounts.yuan(most, below=10_000, field="most")
    day = accounts.yuan(most_a_day, below=1_000_000, field="most_a_day")
    if day < one:
        raise RefusedError.because(
            "day_below_claim",
            "the sum for a day is below the sum for one claim",
            "allow at least one claim a day",
            field="most_a_day",
        )
    if category and category not in tables.taxonomy().categories:
        raise RefusedError.because(
            "category_unknown",
            f"no kind of goods is called «{category[:32]}»",
            "choose one of the list",
            field="category",
        )
    return one, day


def hold(*names: str) -> None:
    """Hold what a fast refund is bounded by until the act ends, always in the same order: nobody waits for the other."""
    FastHold.objects.bulk_create([FastHold(name=n) for n in sorted(names)], ignore_conflicts=True)
    list(FastHold.objects.select_for_update().filter(name__in=names).order_by("name"))
