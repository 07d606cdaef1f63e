"""
Money of complaints: deposits of merchants, the platform's fund, and what the fund gives to a buyer in place of a merchant who did not pay in time.

Everything is a transaction of `rules.accounts`, under a key: the same key moves money once. What the fund advanced is taken back from the deposit up to what
lies there; the rest is a claim on the merchant, with its calculation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db.models import Sum

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text, money
from pinzhi.life.complaints import log
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.merchant import given
from pinzhi.life.complaints.models import Complaint, Movement, Posting, Purse
from pinzhi.life.complaints.rules import accounts
from pinzhi.life.complaints.rules.accounts import Transaction
from pinzhi.life.complaints.rules.advance import Missed, fund_owes, missed
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor


@dataclass(frozen=True, slots=True)
class Balance:
    """An account and what stands on it, in yuan."""

    account: str
    amount: Decimal


def balances(merchant_id: str = "") -> list[Balance]:
    """Every account, or those of one merchant, by name."""
    rows = Purse.objects.order_by("name").values_list("name", "balance")
    return [Balance(n, b) for n, b in rows if not merchant_id or n.partition(":")[2] == merchant_id]


def faults() -> list[str]:
    """What does not fit: a transaction that does not sum to zero, a balance that its lines do not add up to."""
    open_ones = Movement.objects.annotate(total=Sum("postings__amount")).exclude(total=0).values_list("key", flat=True)
    found = [f"«{key}» does not sum to zero" for key in open_ones]
    purses = Purse.objects.annotate(total=Sum("postings__amount")).order_by("name")
    return found + [f"«{p.name}» is not what its lines add up to" for p in purses if p.balance != (p.total or 0)]


def fund_in(amount: str | Decimal, reference: str, by: Actor, *, now: datetime | None = None) -> Movement:
    """The platform puts money into its fund. Raises RefusedError: `not_permitted`, `money_amount`, `reference_missing`, `reference_taken`."""
    with act("complaints.money", by, now=now) as a:
        said = _reference(reference)
        return _once(a, f"fund_in:{said}", accounts.fund_in(_yuan(amount)), reference=said)


def deposit_in(
    merchant_id: str, amount: str | Decimal, reference: str, basis: str, by: Actor, *, now: datetime | None = None
) -> Movement:
    """
    A merchant has paid into his deposit. `basis` says how the sum was worked out: nobody may be asked for one without (SAMR order 116, art. 29).

    Raises RefusedError: `not_permitted`, `merchant_unknown`, `money_amount`, `reference_missing`, `calculation_missing`, `reference_taken`.
    """
    with act("complaints.money", by, now=now) as a:
        _known(merchant_id)
        said, why = _reference(reference), clean(basis)[:300]
        if not why:
            raise RefusedError.because(
                "calculation_missing",
                "nothing says how this deposit was worked out",
                "state the rule and the sum, such as «category of food, 2 % of the sales of last month»",
                field="basis",
            )
        what = accounts.deposit_in(merchant_id, _yuan(amount))
        return _once(
            a, f"deposit_in:{said}", what, reference=said, merchant_id=merchant_id, calculation=[Text(why, why)]
        )


def deposit_back(
    merchant_id: str, amount: str | Decimal, reference: str, by: Actor, *, now: datetime | None = None
) -> Movement:
    """
    A merchant gets back from his deposit.

    Raises RefusedError: `not_permitted`, `merchant_unknown`, `money_amount`, `reference_missing`, `reference_taken`, `deposit_short`, and `still_owes` while
    the fund has a claim on him.
    """
    with act("complaints.money", by, now=now) as a:
        _known(merchant_id)
        said = _reference(reference)
        what = accounts.deposit_back(merchant_id, _yuan(amount))
        held = _held(accounts.of_merchant(merchant_id))
        guard = partial(_owes_nothing, held[accounts.receivable(merchant_id)])
        return _once(a, f"deposit_back:{said}", what, reference=said, merchant_id=merchant_id, guard=guard)


def settle(
    merchant_id: str, amount: str | Decimal, reference: str, by: Actor, *, now: datetime | None = None
) -> Movement:
    """A merchant pays what he still owes the fund. Raises RefusedError as `deposit_in`, and `owes_less`."""
    with act("complaints.money", by, now=now) as a:
        _known(merchant_id)
        said = _reference(reference)
        what = accounts.settled(merchant_id, _yuan(amount))
        return _once(a, f"settled:{said}", what, reference=said, merchant_id=merchant_id)


def collect(merchant_id: str, by: Actor, *, now: datetime | None = None) -> Movement:
    """
    Take what a merchant still owes the fund from a deposit that he has paid in since, as far as it reaches.

    Raises RefusedError: `not_permitted`, `merchant_unknown`, `nothing_to_collect`.
    """
    with act("complaints.money", by, now=now) as a:
        _known(merchant_id)
        held = _held([accounts.FUND, *accounts.of_merchant(merchant_id)])
        there, owes = held[accounts.deposit(merchant_id)].balance, held[accounts.receivable(merchant_id)].balance
        taken = min(there, owes)
        if taken <= 0:
            raise RefusedError.because(
                "nothing_to_collect",
                f"the deposit holds {there} yuan and {owes} yuan are owed: nothing can be taken",
                "wait until the merchant has paid into his deposit",
            )
        lines = [
            Text(
                f"欠款 {owes} 元，保证金余额 {there} 元，抵扣 {taken} 元",
                f"owed {owes} yuan, deposit {there} yuan, taken {taken} yuan",
            )
        ]
        number = Movement.objects.filter(merchant_id=merchant_id, kind="collected").count()
        a.note = f"merchant:{merchant_id}"
        return _booked(
            a,
            f"collected:{merchant_id}.{number}",
            accounts.collected(merchant_id, taken),
            merchant_id=merchant_id,
            calculation=lines,
        )


def advance(
    complaint_id: str, by: Actor, *, reference: str, returned: str = "", now: datetime | None = None
) -> list[Movement]:
    """
    Give a buyer from the fund what the merchant owed him in money and did not give in time, and take it back from the merchant (先行赔付); or what the fund
    itself has promised (`fast`).

    `reference` is the number of the payment; `returned` shows that the goods came back, for a refund against return. What is not in money stays owed by the
    merchant. Asked for twice it pays once. Raises RefusedError: `complaint_unknown`, `not_permitted`, `nothing_to_advance`, `goods_not_returned`,
    `reference_missing`, `fund_empty`.
    """
    with act("complaints.money", by, now=now) as a:
        row = log.locked(complaint_id)
        lines = [log.as_step(s) for s in log.steps(row)]
        lying = missed(lines) or fund_owes(lines)
        due = [m for m in lying if m.amount is not None]
        if not due:
            if done := list(Movement.objects.filter(complaint=row).order_by("pk")):
                return done
            raise RefusedError.because(
                "nothing_to_advance",
                "no remedy in money was owed and left unpaid when its time ran out",
                "wait until the merchant's time has run out, or decide the complaint first",
            )
        said, back = _reference(reference), clean(returned)[:160]
        if any(m.needs_goods for m in due) and not back:
            raise RefusedError.because(
                "goods_not_returned",
                "this refund is owed against the return of the goods, and nothing shows that they came back",
                "give the number of the parcel, or decide on another remedy",
                field="returned",
            )
        return _advanced(a, row, lying, due, said, back)


def promised_paid(a: Act, row: Complaint, reference: str) -> None:
    """What the fund itself has promised was paid under this number: booked, and given. Raises RefusedError(`nothing_owed`, `fund_empty`)."""
    due = fund_owes(log.as_step(s) for s in log.steps(row))
    if not due:
        raise RefusedError.because("nothing_owed", "the fund owes nothing here", "look at what is still owed")
    _advanced(a, row, due, due, _reference(reference), reference)


def _advanced(
    a: Act, row: Complaint, lying: Sequence[Missed], due: Sequence[Missed], reference: str, back: str
) -> list[Movement]:
    """The step, the payments, what is taken back, and the remedies given: all of it or nothing."""
    found: list[Movement] = []
    recovers = bool(row.merchant_id) and any(m.recoverable for m in due)
    _held([accounts.FUND, accounts.BUYERS, *(accounts.of_merchant(row.merchant_id) if recovers else ())])
    for m in due:
        amount, key = money(m.amount or 0), f"{row.pk}:{m.failed}.{m.which}"
        what = accounts.advance(amount)
        found.append(
            _booked(a, f"advance:{key}", what, reference=reference, merchant_id=row.merchant_id, complaint=row)
        )
        if recovers and m.recoverable:
            found.append(_taken_back(a, row, key, amount, reference))
    before = sum(o.done for o in log.of(row).owed)
    side = Side.RULE if a.by.kind == "rule" else Side.HOUSE
    promised = row.state == "fulfilling"  # by the fund itself: no new decision
    if not promised:
        data = {"remedies": [m.remedy.document() for m in lying], "failed": due[0].failed, "returned": back}
        log.take(a, row, "pay_fast", side, data)
    for i, m in enumerate(lying):
        if m.amount is not None:
            given(a, row, m.which if promised else before + i, side, proof=reference, payer="fund")
    a.note = f"complaint:{row.receipt}"
    return found


def borne(row: Complaint) -> Decimal:
    """Yuan of a complaint that its merchant gave to the buyer himself, or that the fund gave in his place and took back from him."""
    own = sum(
        (o.remedy.amount or accounts.NOTHING for o in log.of(row).owed if o.done and o.payer == "merchant"),
        accounts.NOTHING,
    )
    back = Posting.objects.filter(movement__complaint=row, movement__kind="recovery", amount__gt=0)
    return own + (back.aggregate(s=Sum("amount"))["s"] or accounts.NOTHING)


def credit(a: Act, row: Complaint, amount: Decimal) -> Movement:
    """The fund gives the merchant of a complaint back what he had to bear. Raises RefusedError(`fund_empty`)."""
    held = _held([accounts.FUND, *accounts.of_merchant(row.merchant_id)])
    owes = held[accounts.receivable(row.merchant_id)].balance
    let_go = min(amount, owes)
    lines = (
        Text(f"商家异议成立，退还 {amount} 元", f"objection upheld, given back: {amount} yuan"),
        Text(
            f"免除欠款 {let_go} 元，其余 {amount - let_go} 元转入保证金",
            f"debt let go: {let_go} yuan, the other {amount - let_go} yuan into the deposit",
        ),
    )
    what = accounts.credit(row.merchant_id, amount, owes)
    return _booked(a, _next(row, "credit"), what, merchant_id=row.merchant_id, complaint=row, calculation=lines)


def credit_back(a: Act, row: Complaint, amount: Decimal) -> Movement:
    """The credit is taken back: the same lines the other way round. Raises RefusedError(`deposit_short`), LookupError when there is none of this sum."""
    last = Movement.objects.filter(complaint=row, kind="credit").order_by("-pk").first()
    if last is None:
        raise LookupError(f"no credit of {amount} yuan was booked for {row.pk}")
    was = Transaction("credit", tuple(accounts.Posting(p.purse_id, p.amount) for p in last.postings.order_by("pk")))
    what = accounts.reversed_of(was, "credit_back")
    return _booked(a, _next(row, "credit_back"), what, merchant_id=row.merchant_id, complaint=row)


def _next(row: Complaint, kind: str) -> str:
    return f"{kind}:{row.pk}.{Movement.objects.filter(complaint=row, kind=kind).count()}"


def _taken_back(a: Act, row: Complaint, key: str, amount: Decimal, reference: str) -> Movement:
    there = _held([accounts.deposit(row.merchant_id)])[accounts.deposit(row.merchant_id)].balance
    return _booked(
        a, f"recovery:{key}", accounts.recovery(row.merchant_id, amount, there), reference=reference, merchant_id=row.merchant_id, complaint=row,
        calculation=accounts.calculation(amount, there),
    )  # fmt: skip


def _once(a: Act, key: str, what: Transaction, *, guard: partial[None] | None = None, **more: object) -> Movement:
    """Book it, or answer with what was booked under this key. Raises RefusedError(`reference_taken`) when that was something else."""
    _held([p.account for p in what.postings])  # before it is looked for: of two at once the second finds the first
    known = Movement.objects.filter(key=key).first()
    if known is None:
        if guard is not None:
            guard()
        return _booked(a, key, what, **more)  # type: ignore[arg-type]
    was = {p.purse_id: p.amount for p in known.postings.all()}
    if was != {p.account: p.amount for p in what.postings}:
        raise RefusedError.because(
            "reference_taken",
            "another sum was booked under this number",
            "give the number of this payment",
            field="reference",
        )
    return known


def _booked(
    a: Act,
    key: str,
    what: Transaction,
    *,
    reference: str = "",
    merchant_id: str = "",
    complaint: Complaint | None = None,
    calculation: Sequence[Text] = (),
) -> Movement:
    held = _held([p.account for p in what.postings])
    new = accounts.after({name: purse.balance for name, purse in held.items()}, what)
    row = Movement.objects.create(
        key=key, kind=what.kind, at=a.now, merchant_id=merchant_id, complaint=complaint, reference=reference,
        calculation=[{"zh": t.zh, "en": t.en} for t in calculation], actor=a.by.label[:120],
    )  # fmt: skip
    for p in what.postings:
        purse = held[p.account]
        purse.balance = new[p.account]
        purse.save(update_fields=["balance"])
        Posting.objects.create(movement=row, purse=purse, amount=p.amount)
    a.leaf("complaint_money", key, {"kind": what.kind, "lines": {p.account: str(p.amount) for p in what.postings}})
    return row


def committed_movement(key: str) -> object | None:
    """What the ledger's leaf `complaint_money` commits to. None when nothing was booked under this key."""
    row = Movement.objects.filter(key=key).first()
    return None if row is None else {"kind": row.kind, "lines": {p.purse_id: str(p.amount) for p in row.postings.all()}}


def _held(names: Sequence[str]) -> dict[str, Purse]:
    """
    The accounts, held until the act ends, always in the same order: nobody waits for the other.

    An act that needs several holds them all in its first call; later ones find them held.
    """
    Purse.objects.bulk_create([Purse(name=n) for n in sorted(names)], ignore_conflicts=True)
    return {p.name: p for p in Purse.objects.select_for_update().filter(name__in=names).order_by("name")}


def _yuan(amount: str | Decimal) -> Decimal:
    return accounts.yuan(amount, below=10**9)


def _reference(text: str) -> str:
    said = clean(text)[:120]
    if not said:
        raise RefusedError.because(
            "reference_missing",
            "nothing says which payment this is",
            "give its number at the bank",
            field="reference",
        )
    return said


def _known(merchant_id: str) -> None:
    if catalogue.merchant(merchant_id) is None:
        raise RefusedError.because(
            "merchant_unknown", f"no merchant «{merchant_id[:60]}» is known", "register the merchant first"
        )


def _owes_nothing(claim: Purse) -> None:
    if claim.balance > 0:
        raise RefusedError.because(
            "still_owes", f"this merchant still owes the fund {claim.balance} yuan", "book what he pays first"
        )
