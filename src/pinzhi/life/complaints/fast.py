"""
Fast refunds: what is known of a claim when it comes in, what the rules say, and the control over them: the lot of the second looks, the leak, the report.

A merchant allows it himself (`allowing`), for his own money and up to a sum; what he has not allowed the platform's fund may promise, as far as the policy and
its money go. The decision is kept with everything that it rested on; objections and second looks are cases at desks (`rechecking`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from pinzhi.casework.opening import open_case
from pinzhi.decisions import queries as decided
from pinzhi.kernel.clock import midnight
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text, money
from pinzhi.life.complaints import allowing, log, tables
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, FastConsent, FastDecision, Purse, Shown
from pinzhi.life.complaints.reading import Reading
from pinzhi.life.complaints.rules import accounts, fast_refund
from pinzhi.life.complaints.rules.entry import Entry
from pinzhi.life.complaints.rules.fast_refund import GRANTED, Answer, FastFigures, GroupShare, Inputs, Leak, Outcome
from pinzhi.people.acts import Act

STOPPED = frozenset({Effect.STOP_SALE, Effect.DELIST, Effect.BAN})
WANTS_MONEY = frozenset({"refund", "return_refund"})
WRONG = frozenset({"not_real", "forged"})
"""What a second look found that should not have been paid."""
RECHECK, OBJECTION = "complaints_recheck", "complaints_objection"
"""Desks (`rechecking`): those drawn by lot, and merchants' objections."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was known of a claim, what the rules said, and the consent of the merchant that it rested on."""

    known: Inputs
    answer: Answer
    consent: FastConsent | None
    category: str


# --- at the opening ------------------------------------------------------------------------------------------------------------------------


def weigh(row: Complaint, entry: Entry, found: Reading, now: datetime, *, understood: bool) -> Weighed:
    """What is known, and what the rules say of it. The complaint is not stored yet; buyer, order and consent are held until the act ends."""
    figures = policy_in_force(now).fast
    category = tables.taxonomy().category(row.category or row.goods)
    code = category.code if category else ""
    if _asks(row, entry):
        _hold(row)
    consent = allowing.in_force(row.merchant_id, code, hold=True)
    known = _inputs(row, entry, found, now, figures)
    known = replace(
        known,
        understood=understood,
        fresh=category is not None and category.group == "fresh",
        merchant_allows=consent.most if consent else None,
        merchant_left=allowing.left(consent, now) if consent else None,
    )
    return Weighed(known, fast_refund.decide(known, figures), consent, code)


def _asks(row: Complaint, entry: Entry) -> bool:
    """Whether money may go out at once at all: nothing is held for the others, and nobody waits for them."""
    return row.vouched and entry.wish in WANTS_MONEY


def _hold(row: Complaint) -> None:
    """Buyer and order."""
    allowing.hold(*(f"{what}:{id_}" for what, id_ in (("buyer", row.buyer_id), ("order", row.order_id)) if id_))


def _inputs(row: Complaint, entry: Entry, found: Reading, now: datetime, figures: FastFigures) -> Inputs:
    """
    What the rules ask for, from our own tables. Carrier facts, return rates and likeness of words are not known here: what asks for them does not fire. How
    much else a buyer has ordered is not known either, so he is taken for the average and each of his claims for one more order. Of a vouched order only what
    the marketplace itself said counts, not what the buyer typed or scanned beside it.
    """
    since = now - timedelta(days=figures.days)
    mine = Complaint.objects.filter(buyer_id=row.buyer_id, vouched=True, opened_at__gte=since)
    claims = mine.count() if row.buyer_id else 0
    granted = FastDecision.objects.filter(outcome__in=GRANTED, complaint__vouched=True)
    linked = (
        Complaint.objects.filter(device=row.device, opened_at__gte=since).exclude(buyer_id__in=("", row.buyer_id))
        if row.device
        else Complaint.objects.none()
    )
    old = set(Shown.objects.filter(sha256__in=entry.files).values_list("sha256", flat=True))
    kind = tables.taxonomy().kinds.get(found.kinds[0]) if found.kinds else None
    return Inputs(
        level=found.level,
        amount=None
        if row.price is None or "price" in entry.own_word
        else money(row.price),  # paid for all pieces together
        wants_refund=entry.wish in WANTS_MONEY and kind is not None and kind.parent == "quality",
        vouched=row.vouched
        and bool(row.order_id and row.buyer_id)
        and not entry.own_word & {"merchant_id", "listing_id"},
        proven=() if "batch_id" in entry.own_word else _proven(row, now),
        new_photos=len(set(entry.files) - old),
        old_photos=len(old),
        quantity=row.quantity,
        claims=claims,
        granted=granted.filter(complaint__buyer_id=row.buyer_id, at__gte=since).count() if row.buyer_id else 0,
        linked=1 + linked.values("buyer_id").distinct().count(),
        order_granted=bool(row.order_id) and _given_before(row.order_id),
        fund_left=fund_left(now, figures) if figures.fund_pays and _asks(row, entry) else Decimal("0.00"),
        switched_on=leak(now).on,
        lost=_forged(row.buyer_id, now, figures),
    )


def _given_before(order_id: str) -> bool:
    """Whether money was given or is owed for this order already, at once or in the usual way, or because the house took it up."""
    known = Complaint.objects.filter(order_id=order_id)
    return known.filter(Q(amount__gt=0) | Q(paid__gt=0)).exists()


def _forged(buyer_id: str, now: datetime, figures: FastFigures) -> bool:
    """Whether two persons found forged proof, or abuse, in a claim of this buyer within the days of the policy."""
    since = now - timedelta(days=figures.lost_days)
    his = Complaint.objects.filter(buyer_id=buyer_id, vouched=True) if buyer_id else Complaint.objects.none()
    return (
        his.filter(closed_as="abuse", closed_at__gte=since).exists()
        or his.filter(fast__found="forged", fast__checked_at__gte=since).exists()
    )


def _proven(row: Complaint, now: datetime) -> tuple[str, ...]:
    """Facts of the platform that show the claim: the sale of this very batch is stopped."""
    if not row.batch_id:
        return ()
    batch = Subject(Kind.BATCH, row.batch_id)
    stopped = any(d.subject == batch and d.effect in STOPPED for d in decided.standing(batch, now).in_force)
    return ("recall",) if stopped else ()


def fund_left(now: datetime, figures: FastFigures) -> Decimal:
    """Yuan that the fund may still promise today: of the day's budget, and of what lies in it beyond what it has promised already."""
    day = midnight(now)
    Purse.objects.bulk_create([Purse(name=accounts.FUND)], ignore_conflicts=True)
    there = (
        Purse.objects.select_for_update().get(pk=accounts.FUND).balance
    )  # held: two at once may not promise the same yuan
    promised = FastDecision.objects.filter(payer="fund")
    today = promised.filter(at__gte=day).aggregate(s=Sum("amount"))["s"] or Decimal(0)
    lying = promised.exclude(complaint__state="closed").exclude(complaint__movements__kind="advance")
    unpaid = lying.aggregate(s=Sum("amount"))["s"] or Decimal(0)
    return max(min(money(figures.fund_a_day) - today, there - unpaid), Decimal("0.00"))


def granted(answer: Answer) -> dict[str, Any]:
    """What the opening step says of a fast refund."""
    kind = "refund" if answer.outcome is Outcome.REFUND else "return_refund"
    remedy = Remedy(kind, answer.amount, fast_refund.WORDS[answer.outcome].zh)
    return {"remedies": [remedy.document()], "rule": answer.rule, "payer": answer.payer}


def keep(a: Act, row: Complaint, what: Weighed) -> FastDecision:
    """Keep the decision beside the complaint, and draw whether a person looks at it again: then it is put on his desk at once."""
    policy, answer = policy_in_force(a.now), what.answer
    made = FastDecision(
        complaint=row, at=a.now, outcome=answer.outcome.value, rule=answer.rule, payer=answer.payer, amount=answer.amount,
        consent=what.consent if answer.payer == "merchant" else None, merchant_id=row.merchant_id, category=what.category, inputs=what.known.document(),
        rules=answer.document(), signals=list(answer.signals), policy=policy.version[:60],
        drawn=answer.granted and fast_refund.drawn(row.pk, policy.fast),
    )  # fmt: skip
    if made.drawn:
        made.check_case = put_before(a, row, made, RECHECK, policy.fast.object_days)
    made.save(force_insert=True)
    return made


def put_before(a: Act, row: Complaint, made: FastDecision, desk: str, days: int) -> str:
    """
    A case about a fast refund. Its evidence says what was paid and by which rule, and nothing of what the buyer is suspected of: the person judges the goods.

    Returns the id of the case.
    """
    titles = {
        RECHECK: Text(f"快速退款抽检 {row.receipt}", f"Second look at fast refund {row.receipt}"),
        OBJECTION: Text(f"商家异议 {row.receipt}", f"Objection to fast refund {row.receipt}"),
    }
    return open_case(
        a, desk=desk, subject=log.subject(row), title=titles[desk],
        evidence={
            "complaint": row.pk, "receipt": row.receipt, "amount": str(made.amount), "payer": made.payer, "rule": made.rule, "outcome": made.outcome,
            "order": row.order_id, "listing": row.listing_id, "batch": row.batch_id,
        },
        severity="L", source=f"complaints:{desk.partition('_')[2]}.{row.pk}", due=a.now + timedelta(days=days),
        merchant_id=row.merchant_id[:64], category=row.category[:120],
    ).id  # fmt: skip


# --- what is told --------------------------------------------------------------------------------------------------------------------------


def ground(row: Complaint) -> Text | None:
    """For the buyer: that his refund was fast, on what ground, and who pays; None where it was not."""
    made = granted_of(row)
    if made is None:
        return None
    fired = next((r for r in made.rules if r["fired"]), None)
    why = Text(fired["zh"], fired["en"]) if fired else Text("", "")
    who = PAYERS[made.payer]
    return Text(f"{why.zh}；{who.zh}", f"{why.en}; {who.en}")


PAYERS: dict[str, Text] = {
    "merchant": Text("由商家按其快速退款承诺支付", "paid by the merchant, who has agreed to fast refunds"),
    "fund": Text("由平台基金支付", "paid by the platform's fund"),
}


def granted_of(row: Complaint) -> FastDecision | None:
    """The fast refund of a complaint; None where there was none."""
    return FastDecision.objects.filter(complaint=row, outcome__in=GRANTED).first()


# --- control -------------------------------------------------------------------------------------------------------------------------------


def leak(now: datetime) -> Leak:
    """What was found wrong among those drawn by lot within the days of the policy."""
    figures = policy_in_force(now).fast
    return _leak(_drawn(now, figures).values_list("found", flat=True), figures)


def _drawn(now: datetime, figures: FastFigures) -> Any:
    return FastDecision.objects.filter(
        drawn=True, checked_at__isnull=False, at__gte=now - timedelta(days=figures.days)
    ).order_by()


def _leak(found: Iterable[str], figures: FastFigures) -> Leak:
    words = list(found)
    unclear = words.count("unclear")
    return fast_refund.leak(len(words) - unclear, sum(w in WRONG for w in words), figures, unclear=unclear)


@dataclass(frozen=True, slots=True)
class Report:
    """
    The state of fast refunds within the days of the policy: the leak in all, by merchant and by kind of goods (those with a second look), what waits, yuan
    granted by payer, what was found wrong in yuan of those looked at, the outcomes, objections by what became of them, and the share granted by group.
    """

    since: datetime
    leak: Leak
    waiting: int
    granted: int
    promised: dict[str, Decimal]
    checked_yuan: Decimal
    wrong_yuan: Decimal
    outcomes: dict[str, int]
    objections: dict[str, int]
    by_merchant: list[tuple[str, Leak]]
    by_category: list[tuple[str, Leak]]
    groups: list[GroupShare]


def report(now: datetime) -> Report:
    """Everything of the policy's days. Groups: the channel, the language, whether the buyer had claimed before, the kind of goods."""
    figures = policy_in_force(now).fast
    since = now - timedelta(days=figures.days)
    asked: list[tuple[str, bool]] = []
    promised: dict[str, Decimal] = {}
    outcomes: dict[str, int] = defaultdict(int)
    granted_, waiting = 0, 0
    checked_yuan = wrong_yuan = Decimal("0.00")
    merchants: dict[str, list[str]] = defaultdict(list)
    kinds: dict[str, list[str]] = defaultdict(list)
    objections: dict[str, int] = defaultdict(int)
    rows = FastDecision.objects.filter(at__gte=since).select_related("complaint").defer("rules")
    for d in rows.iterator(chunk_size=2000):
        had = d.outcome in GRANTED
        outcomes[d.outcome] += 1
        before = "claimed_before" if d.inputs["claims"] else "first_claim"
        groups = [f"channel:{d.complaint.channel}", f"language:{d.complaint.language}", f"buyer:{before}"]
        asked += [(g, had) for g in (*groups, f"category:{d.category}")]
        if not had:
            continue
        granted_ += 1
        promised[d.payer] = promised.get(d.payer, Decimal("0.00")) + d.amount
        waiting += d.drawn and d.checked_at is None
        if d.objected_at is not None:
            objections[d.objection or "waits"] += 1
        if d.drawn and d.checked_at is not None:
            merchants[d.merchant_id].append(d.found)
            kinds[d.category].append(d.found)
            if d.found != "unclear":
                checked_yuan += d.amount
                wrong_yuan += d.amount if d.found in WRONG else Decimal("0.00")
    return Report(
        since, leak(now), waiting, granted_, promised, checked_yuan, wrong_yuan, dict(outcomes), dict(objections),
        [(m, _leak(f, figures)) for m, f in sorted(merchants.items())], [(c, _leak(f, figures)) for c, f in sorted(kinds.items())],
        fast_refund.fairness(asked),
    )  # fmt: skip
