"""
What the marketplace, or whoever pays for it, reports back: a remedy was carried out. It is named by its key, so that reporting it again, after a broken line or
a replayed webhook, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import money as yuan_of
from pinzhi.life.complaints import log, merchant, money
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.life.complaints.rules.situation import Owed
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor


@dataclass(frozen=True, slots=True)
class Reported:
    """The complaint as it stands now, and whether the report was new."""

    row: Complaint
    fresh: bool


def report(
    id_: str, key: str, by: Actor, *, proof: str, amount: str | Decimal | None = None, now: datetime | None = None
) -> Reported:
    """
    A remedy was carried out. `proof` is the number of the payment or of the parcel; `amount`, if it is said, must be what is owed.

    What the platform's fund has promised is booked as paid from it. Raises RefusedError: `not_permitted`, `complaint_unknown` (also for another merchant's),
    `nothing_owed` (no remedy has this key, or it is no longer to be carried out), `given_already` (under another number), `amount_differs`, `proof_missing`,
    `fund_pays` (a merchant reports what the fund has promised), `fund_empty`.
    """
    with act("complaints.fulfil", by, now=now) as a:
        row = merchant.own(id_, by)
        said = clean(proof)[:120]
        if not said:
            raise RefusedError.because(
                "proof_missing",
                "nothing shows that it was carried out",
                "give the number of the payment or of the parcel",
                field="proof",
            )
        now_ = log.of(row)
        found = [(i, o) for i, o in enumerate(now_.owed) if f"{row.pk}:{o.key}" == key]
        if not found:
            raise RefusedError.because(
                "nothing_owed",
                "no remedy that is owed here has this key",
                "take the key of the last notice",
                field="key",
            )
        which, owed = found[0]
        if amount is not None and _differs(amount, owed):
            raise RefusedError.because(
                "amount_differs",
                f"{owed.remedy.amount or 0} yuan are owed",
                "report what was owed, or ask the house",
                field="amount",
            )
        if owed.done:
            if owed.proof != said:
                raise RefusedError.because(
                    "given_already",
                    "it was reported under another number before",
                    "look at the complaint",
                    field="proof",
                )
            return Reported(row, fresh=False)
        if now_.state != "fulfilling":
            raise RefusedError.because(
                "nothing_owed", "it is no longer to be carried out", "take the key of the last notice"
            )
        if owed.promised == "fund":
            if by.merchant_id:
                raise merchant.fund_pays()
            money.promised_paid(a, row, said)
        else:
            side = Side.MERCHANT if by.merchant_id else Side.HOUSE
            merchant.given(a, row, which, side, proof=said, payer="merchant")
        a.note = f"complaint:{row.receipt}"
        return Reported(row, fresh=True)


def _differs(amount: str | Decimal, owed: Owed) -> bool:
    try:
        return yuan_of(amount) != (owed.remedy.amount or Decimal(0))
    except ValueError:
        return True
