"""What the merchant does, in one form: offer a remedy, contest with evidence, ask the buyer, say something, and fulfil what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pinzhi.kernel.facts_complaints import RemedyFulfilled
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import desk, log, showing
from pinzhi.life.complaints.contracts import Remedy, Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

ANSWERS = frozenset({"offer", "contest", "ask", "say"})


def answer(
    verb: str,
    id_: str,
    by: Actor,
    *,
    words: str = "",
    remedies: Sequence[Remedy] = (),
    files: Sequence[str] = (),
    now: datetime | None = None,
) -> Complaint:
    """
    Take one of the merchant's steps (`ANSWERS`).

    Another merchant's complaint sounds like none. Raises RefusedError: `complaint_unknown`, `not_permitted`, `step_unknown`, `step_not_allowed`,
    `words_missing`,
    `text_too_long`, `offer_empty`, `asked_already`, and those of `showing`.
    """
    if verb not in ANSWERS:
        raise RefusedError.because(
            "step_unknown", f"a merchant cannot «{verb[:20]}»", f"one of: {', '.join(sorted(ANSWERS))}"
        )
    with act("complaints.answer", by, now=now) as a:
        row = own(id_, by)
        said = _said(verb, clean(words), a.now)
        owner = f"merchant:{row.merchant_id}"
        new = showing.new_ones(row, Side.MERCHANT, files, owner, a.now)
        if verb == "ask" and row.log.filter(verb="ask", side=Side.MERCHANT.value).exists():
            raise RefusedError.because(
                "asked_already",
                "the merchant asks the buyer once",
                "answer with what you have: offer a remedy, or contest",
            )
        data = {"remedies": [r.document() for r in remedies]} if verb == "offer" else {}
        log.take(a, row, verb, Side.MERCHANT, data, words=said, files=new, owner=owner)
        desk.follow(a, row)
        a.note = f"complaint:{row.receipt}"
        return row


def fulfil(
    id_: str, which: int, by: Actor, *, proof: str, files: Sequence[str] = (), now: datetime | None = None
) -> Complaint:
    """
    Say that one of the owed remedies has been given, and how that can be seen: number of the payment, of the parcel, a picture.

    Raises RefusedError: `complaint_unknown`, `proof_missing`, `nothing_owed`, `fund_pays`, and those of `showing`.
    """
    with act("complaints.fulfil", by, now=now) as a:
        row = own(id_, by)
        text = clean(proof)[:300]
        if not text:
            raise RefusedError.because(
                "proof_missing",
                "nothing shows that it was fulfilled",
                "give the number of the payment or of the parcel",
                field="proof",
            )
        owed = log.of(row).owed
        if 0 <= which < len(owed) and owed[which].promised == "fund" and not owed[which].done:
            raise fund_pays()
        side = Side.MERCHANT if by.merchant_id else Side.HOUSE
        owner = f"merchant:{row.merchant_id}"
        new = showing.new_ones(row, side, files, owner, a.now)
        given(a, row, which, side, proof=text, payer="merchant", files=new, owner=owner)
        return row


def fund_pays() -> RefusedError:
    """What the platform's fund has promised is no merchant's to give, and never given without being booked."""
    return RefusedError.because(
        "fund_pays",
        "the platform's fund has promised this",
        "let a manager pay it from the fund, or whoever pays report it",
    )


def given(
    a: Act,
    row: Complaint,
    which: int,
    side: Side,
    *,
    proof: str,
    payer: str,
    files: Sequence[str] = (),
    owner: str = "",
) -> None:
    """A remedy has been given: the step, the fact, and the end of the complaint when it was the last one."""
    owed = log.of(row).owed
    in_money = 0 <= which < len(owed) and owed[which].remedy.amount is not None
    data: dict[str, Any] = {"which": which, "proof": proof, "payer": payer, "in_money": in_money}
    taken = log.take(a, row, "fulfil", side, data, files=files, owner=owner)
    done = taken.now.owed[which].remedy
    a.fact(
        RemedyFulfilled(
            subject=log.merchant_of(row), complaint_id=row.pk, kind=done.kind, amount=str(done.amount or 0), payer=payer,
            key=f"{row.pk}:{taken.now.owed[which].key}", receipt=row.receipt, order_id=row.order_id, merchant_id=row.merchant_id,
        )
    )  # fmt: skip
    if all(o.done for o in taken.now.owed):
        look = row.level in policy_in_force(a.now).desk.review_severities
        log.take(a, row, "review" if look else "complete", Side.RULE)
    desk.follow(a, row)


def own(id_: str, by: Actor) -> Complaint:
    """The complaint, if it concerns this merchant (or the actor works for the house). Raises RefusedError(`complaint_unknown`)."""
    row = log.locked(id_)
    if by.outside and (not by.merchant_id or row.merchant_id != by.merchant_id):
        raise log.unknown()
    return row


def _said(verb: str, words: str, now: datetime) -> str:
    most = policy_in_force(now).desk.words
    if len(words) > most:
        raise RefusedError.because(
            "text_too_long", f"at most {most} characters are read", "say the most important first", field="words"
        )
    if verb in ("contest", "ask", "say") and not words:
        raise RefusedError.because(
            "words_missing", "nothing was written", "write a sentence that the buyer can understand", field="words"
        )
    return words
