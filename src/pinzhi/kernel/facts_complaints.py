"""What happens when buyers complain. A part of the vocabulary of `facts.py`: ids, codes and figures, never what somebody wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pinzhi.kernel.fact import Fact, fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintOpened(Fact):
    """
    A buyer claims something. `kind` is the code of the taxonomy, `level` the severity (1 may hurt somebody now … 4 service).

    Subject: the batch if it is known, else the listing, else the merchant, else the platform. `order_id` is the marketplace's own id.
    """

    complaint_id: str
    kind: str
    level: int
    channel: str
    merchant_id: str = ""
    listing_id: str = ""
    batch_id: str = ""
    category: str = ""
    order_id: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class HazardReported(Fact):
    """Somebody may be hurt by the goods, or was. `claims` counts independent claims of the batch (or listing) within the time that the policy looks back."""

    complaint_id: str
    kind: str
    merchant_id: str = ""
    listing_id: str = ""
    batch_id: str = ""
    claims: int = 1


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintMoved(Fact):
    """A step of a complaint changed its state. `side` is consumer, merchant, house or rule; `head` the hash of its log up to this step."""

    complaint_id: str
    verb: str
    state: str
    side: str
    head: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintClosed(Fact):
    """
    A complaint ended. `upheld` says whether the buyer was found to be right, in whole or in part; `amount` in yuan is what he was given.

    `closed_as` is fulfilled, withdrawn, unfounded, out_of_scope, abuse, no_reply or authority.
    """

    complaint_id: str
    closed_as: str
    upheld: bool
    kind: str
    amount: str
    merchant_id: str = ""
    listing_id: str = ""
    batch_id: str = ""
    reopened: bool = False


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseBroken(Fact):
    """
    A clock of a complaint ran out. `side` is who was to act; `due` stays what it was then, whatever a calendar says later.

    Subject: the merchant or the platform.
    """

    complaint_id: str
    clock: str
    side: str
    due: datetime


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyFulfilled(Fact):
    """
    What was owed has been given: money paid, goods exchanged or repaired, an apology. `payer` is merchant, fund or deposit. Subject: the merchant.

    `key` is that of `RemedyDue`.
    """

    complaint_id: str
    kind: str
    amount: str
    payer: str
    key: str = ""
    receipt: str = ""
    order_id: str = ""
    merchant_id: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyDue(Fact):
    """
    A remedy has come to be owed. `key` names it for ever: whoever carries it out does so once under this key. `amount` in `currency`, empty for what is not in
    money; `due` is the moment until which it is to be given; `payer` is merchant or fund; `ground` is accepted, decided, fast or incident. Subject: the
    merchant.
    """

    complaint_id: str
    key: str
    kind: str
    amount: str
    currency: str
    due: datetime
    payer: str
    ground: str
    receipt: str
    order_id: str
    merchant_id: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyWithdrawn(Fact):
    """
    A remedy is no longer to be carried out under this `key`. `why`: overdue (its time ran out, a person goes on), revoked, escalated, or waived by the buyer.
    Subject: the merchant.
    """

    complaint_id: str
    key: str
    kind: str
    amount: str
    why: str
    receipt: str
    order_id: str
    merchant_id: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class OffenceReported(Fact):
    """Somebody reports an offence (举报), apart from any claim of his own. `named` says whether he gave his name. Subject as for ComplaintOpened."""

    report_id: str
    kind: str
    level: int
    named: bool
    merchant_id: str = ""
    listing_id: str = ""
    batch_id: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSurfaced(Fact):
    """Complaints that are one matter have become so many, or so grave, that a person decides on all of them. Subject as for ComplaintOpened."""

    incident_id: str
    members: int
    level: int
    merchant_id: str = ""
    listing_id: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDecided(Fact):
    """
    One decision for all members of an incident. `outcome` is uphold, dismiss or refer; `members` are decided with it, `orders` of which nobody had complained
    are paid with it; `total` in yuan.
    """

    incident_id: str
    outcome: str
    members: int
    orders: int
    total: str
    merchant_id: str = ""
