"""What complaints look like over the interface."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from pinzhi.doors.api.schemas import Strict
from pinzhi.kernel.course import COMPLAINT
from pinzhi.life.complaints.contracts import REMEDY_NAMES

StateOf = Literal[tuple(sorted(s for s in COMPLAINT.states if s))]  # type: ignore[valid-type]
RemedyWord = Literal[tuple(REMEDY_NAMES)]  # type: ignore[valid-type]
Yuan = Annotated[str, Field(pattern=r"^\d{1,11}(\.\d{1,2})?$", description="yuan", examples=["128.00"])]
Id = Annotated[str, Field(max_length=128, pattern=r"^[^\u0000-\u001f\u007f]*$")]
Words = Annotated[str, Field(max_length=20_000, pattern=r"^[^\u0000]*$")]


class OrderIn(Strict):
    """What was bought. `price` is what was paid for all `quantity` pieces that the complaint is about."""

    order_id: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\u0000-\u001f\u007f]+$")]
    merchant_id: Id = ""
    listing_id: Id = ""
    batch_id: Id = ""
    unit: Annotated[str, Field(max_length=300)] = ""
    category: Annotated[str, Field(max_length=256)] = ""
    goods: Annotated[str, Field(max_length=300)] = ""
    buyer_id: Id = ""
    price: Yuan | None = None
    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1
    paid_at: datetime | None = None
    received_on: date | None = None
    kind: Literal["new", "second_hand", ""] = ""
    channel: Annotated[str, Field(max_length=16)] = ""
    promises: Annotated[list[dict[str, Any]], Field(max_length=10)] = []


class ContactIn(Strict):
    """How the buyer wants to be reached; the merchant never sees it."""

    name: Annotated[str, Field(max_length=60)] = ""
    phone: Annotated[str, Field(max_length=30)] = ""
    email: Annotated[str, Field(max_length=120)] = ""


class ComplaintIn(Strict):
    """
    A complaint of a buyer, or (`offence`) a report that claims nothing. Only `words` or `kind` is needed.

    `reference` is the sender's own number: sent again with the same content it is the same complaint.
    """

    reference: Annotated[str, Field(max_length=100, pattern=r"^[^\u0000-\u001f\u007f]*$")] = ""
    words: Words = ""
    kind: Annotated[str, Field(max_length=8, description="code of the taxonomy")] = ""
    order: OrderIn | None = None
    unit: Annotated[str, Field(max_length=300, description="address on the label")] = ""
    wish: RemedyWord | Literal[""] = ""
    contact: ContactIn | None = None
    language: Literal["zh-hans", "en"] = "zh-hans"
    offence: bool = False
    still_using: bool | None = None


class OpenedOut(Schema):
    """
    What the buyer is given: the receipt for everybody, the key for him alone. `advice` is set where somebody may be hurt: show it at once.

    `fresh` is false when it had been sent before; `joined` true when it was added to a complaint of the same order that is open.
    """

    complaint: str
    receipt: str
    key: str
    offence: bool
    fresh: bool
    joined: bool
    state: str
    kinds: list[str]
    severity: int
    next_clock: str
    next_due: datetime | None
    advice: dict[str, str] | None


class RemedyIn(Strict):
    """Something that the buyer is to get."""

    kind: RemedyWord
    amount: Yuan | None = None
    words: Annotated[str, Field(max_length=500)] = ""


class StepIn(Strict):
    """
    A step. For the buyer: reply, say, accept, decline (with `offer`), withdraw, reopen, rate (with `mark`). For the merchant: offer (with `remedies`), contest,
    ask, say. For whoever pays: fulfil (with `which` and `proof`).
    """

    do: Literal["reply", "say", "accept", "decline", "withdraw", "reopen", "rate", "offer", "contest", "ask", "fulfil"]
    words: Words = ""
    offer: int | None = None
    mark: Annotated[int, Field(ge=1, le=5)] | None = None
    remedies: Annotated[list[RemedyIn], Field(max_length=10)] = []
    which: Annotated[int, Field(ge=0, le=100)] | None = None
    proof: Annotated[str, Field(max_length=300)] = ""


class FulfilmentIn(Strict):
    """That a remedy was carried out. `key` is that of the notice `remedy.due`; `proof` the number of the payment or of the parcel."""

    key: Annotated[str, Field(min_length=1, max_length=60)]
    proof: Annotated[str, Field(min_length=1, max_length=120)]
    amount: Yuan | None = Field(default=None, description="if it is said, it must be what is owed")


class StepOut(Schema):
    """One step of the log, as both sides see it."""

    n: int
    at: datetime
    side: str
    verb: str
    zh: str
    en: str
    words: str


class OwedOut(Schema):
    """A remedy that was agreed or decided. `proof` is empty while it has not been given; `key` names it in notices and reports; `payer` is merchant or fund."""

    which: int
    kind: str
    amount: str | None
    words: str
    proof: str
    key: str
    payer: str


class ComplaintOut(Schema):
    """A complaint as it stands."""

    complaint: str
    receipt: str
    state: StateOf
    closed_as: str
    upheld: bool
    kinds: list[str]
    severity: int
    order_id: str
    merchant_id: str
    listing_id: str
    batch_id: str
    opened_at: datetime
    closed_at: datetime | None
    next_clock: str
    next_due: datetime | None
    promises_broken: int
    amount: str
    paid: str
    offer: dict[str, Any] | None
    owed: list[OwedOut]
    log: list[StepOut]


class ComplaintsOut(Schema):
    """A page of complaints, the latest first; ask again with `before` = the last `opened_at` for older ones."""

    complaints: list[ComplaintOut]
    total: int


class TokenOut(Schema):
    """The token of an order, and the address of the form that the buyer is shown."""

    token: str
    address: str


class AskIn(Strict):
    """
    A message to the assistant. Without `session` it begins a conversation; `reference` is the sender's own number for a new one: sent again it is the same.

    `turn` says which message this is, from 1: the same text under the same number is answered once. What proves whose order and complaint it is goes along:
    `order_token` as the marketplace made it, `receipt` with `key`. `unit` is the address on the label. Choices and confirmations are sent as messages.
    """

    message: Words
    session: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    reference: Annotated[str, Field(max_length=100, pattern=r"^[^\u0000-\u001f\u007f]*$")] = ""
    turn: Annotated[int, Field(ge=1, le=1000)] | None = None
    language: Literal["zh-hans", "en"] = "zh-hans"
    order_token: Annotated[str, Field(max_length=4000)] = ""
    receipt: Annotated[str, Field(max_length=40)] = ""
    key: Annotated[str, Field(max_length=64)] = ""
    unit: Annotated[str, Field(max_length=300, description="address on the label")] = ""
    contact: ContactIn | None = None


class CitationOut(Schema):
    """A place in a rule. `quotation` is word for word, or empty; `gloss` binds nobody; `verified`: held against the official text."""

    instrument: str
    article: str
    label: str
    quotation: str
    gloss: str
    verified: bool


class MayDoOut(Schema):
    """Something that may be done next. Nothing is written before it is `confirmed`, by a plain yes as the next message."""

    verb: str
    confirmed: bool
    token: str


class HandedOut(Schema):
    """
    Where a person has it: a complaint (or report) with its receipt and, for the buyer alone, its key; or, for a merchant, a case.

    `reasons` are codes (wish, danger, legal, …). `advice` is set where somebody may be hurt: show it at once. Ask for `contact_missing`, and send `contact`.
    """

    reasons: list[str]
    complaint: str
    receipt: str
    key: str
    case: str
    severity: int
    state: str
    next_due: datetime | None
    advice: dict[str, str] | None
    contact_missing: bool


class AnswerOut(Schema):
    """
    The answer. Show `answer` and `citations` together; offer `choices` and, while `pending`, yes and no, as buttons that send their words; always a person.

    `passed_on` is «yes» where the message went into the complaint that a person has, else the code of why it did not.
    """

    session: str
    turn: int
    fresh: bool
    answer: str
    language: str
    intent: str
    found: bool
    confidence: str
    citations: list[CitationOut]
    choices: list[str]
    actions: list[MayDoOut]
    pending: bool
    slots: dict[str, str]
    passed_on: str
    handover: HandedOut | None


class TakenUp(Schema):
    """An order of which nobody complained, and what its buyer is to be told. The code goes to nobody else."""

    complaint: str
    order_id: str
    receipt: str
    key: str
    opened_at: datetime
    state: str
    amount: str
    words: str
    address: str


class TakenUpOut(Schema):
    """Orders that the house took up. Ask again with `after` = `cursor`; `more` says whether others are waiting already."""

    orders: list[TakenUp]
    cursor: int
    more: bool
