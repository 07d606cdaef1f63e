"""
Complaints for others to read, in two shapes, each a pure function of a row and its log.

`odr12315`: what an enterprise enters in the online negotiation of the national platform 12315 (time, process, result), with goods, claim, amounts and clocks.
Parties are roles; what somebody wrote is never in it. How the buyer is reached is in it only when a manager asks.
`cfpb`: the columns of the public complaint database of the US CFPB, one public row a complaint: no order, no buyer, no words; the number is a pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.life.complaints import keys, log, tables, timing
from pinzhi.life.complaints.contracts import CLOSED_NAMES, REMEDY_NAMES, SIDE_NAMES, STATE_NAMES, TAKEN_UP, Side
from pinzhi.life.complaints.models import Complaint, StepRow
from pinzhi.life.complaints.reading import CHOICES, kind_name
from pinzhi.life.complaints.rules.clocks import Clock
from pinzhi.life.complaints.telling import sentence
from pinzhi.people.acts import act, permit
from pinzhi.people.roles import Actor

FORMATS = ("odr12315", "cfpb")
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the shape `odr12315`, and what it is called."""

    name: str
    called: Text


ODR_FIELDS: tuple[Field, ...] = (
    Field("number", Text("投诉编号", "number of the complaint")),
    Field("received_at", Text("接收时间", "received at")),
    Field("channel", Text("接收渠道", "received by")),
    Field("consumer", Text("投诉方（仅角色）", "complaining party, as a role")),
    Field(
        "contact", Text("消费者联系方式（须经理导出，默认无）", "how the buyer is reached; a manager only, else null")
    ),
    Field("enterprise_id", Text("被投诉经营者编号", "id of the enterprise")),
    Field("enterprise", Text("被投诉经营者", "enterprise complained of")),
    Field("goods_id", Text("商品编号", "id of the goods")),
    Field("batch_id", Text("批次", "batch")),
    Field("category", Text("商品类别", "category of the goods")),
    Field("order_id", Text("订单编号", "order")),
    Field("paid_at", Text("付款时间", "paid at")),
    Field("received_on", Text("收货日期", "goods received on")),
    Field("price", Text("实付金额（元，全部件数）", "paid for all pieces, yuan")),
    Field("quantity", Text("数量", "quantity")),
    Field("kind", Text("投诉类型代码", "code of the type")),
    Field("kind_name", Text("投诉类型", "type of complaint")),
    Field("severity", Text("严重程度（1 最重）", "severity, 1 is the gravest")),
    Field("claim", Text("诉求代码", "code of the claim")),
    Field("claim_name", Text("消费者诉求", "what the buyer asks for")),
    Field("process", Text("协商过程", "process of the negotiation")),
    Field("negotiated_at", Text("协商达成时间", "when the two agreed; null when they did not")),
    Field("result", Text("办理结果代码", "code of the result")),
    Field("result_name", Text("办理结果", "result")),
    Field("agreed", Text("是否协商一致", "whether the two agreed")),
    Field("upheld", Text("诉求是否成立", "whether the claim was upheld")),
    Field("amount", Text("应付金额（元）", "yuan owed")),
    Field("paid", Text("已付金额（元）", "yuan paid")),
    Field("closed_at", Text("结案时间", "closed at")),
    Field("clocks", Text("各项时限", "clocks")),
)
"""The shape `odr12315`. Names are ours: the national platform publishes no schema; it asks an enterprise for time, process and result."""
CFPB_COLUMNS = (
    "Date received", "Product", "Sub-product", "Issue", "Sub-issue", "Consumer complaint narrative", "Company public response", "Company", "State", "ZIP code",
    "Tags", "Consumer consent provided?", "Submitted via", "Date sent to company", "Company response to consumer", "Timely response?", "Consumer disputed?",
    "Complaint ID",
)  # fmt: skip
"""The columns of the public file, in its order. Narrative, State, ZIP code and Tags stay empty here."""
CHANNEL_NAMES = {"scan": "Web", "order": "Web", "web": "Web", "embed": "Web", "api": "Referral", "phone": "Phone"}


# --- pure -----------------------------------------------------------------------------------------------------------------------------------


def odr12315(
    row: Complaint, lines: Sequence[StepRow], clocks: Sequence[Clock], enterprise: str, *, contact: bool = False
) -> dict[str, Any]:
    """One complaint in the shape of `ODR_FIELDS`. Moments carry China's offset, amounts are yuan as text."""
    agreed = [s for s in lines if s.verb == "accept"]
    result = row.closed_as or row.state
    return {
        "number": row.receipt,
        "received_at": _moment(row.opened_at),
        "channel": row.channel,
        "consumer": _said(SIDE_NAMES[Side.CONSUMER]),
        "contact": dict(row.contact) if contact else None,
        "enterprise_id": row.merchant_id,
        "enterprise": enterprise,
        "goods_id": row.listing_id,
        "batch_id": row.batch_id,
        "category": row.category,
        "order_id": row.order_id,
        "paid_at": _moment(row.paid_at),
        "received_on": row.received_on.isoformat() if row.received_on else None,
        "price": None if row.price is None else str(row.price),
        "quantity": row.quantity,
        "kind": row.kind,
        "kind_name": _said(kind_name(row.kind)),
        "severity": row.level,
        "claim": row.wish,
        "claim_name": _said(REMEDY_NAMES[row.wish]) if row.wish in REMEDY_NAMES else None,
        "process": [
            {"at": _moment(s.at), "by": s.side, "by_name": _said(SIDE_NAMES[Side(s.side)]), "step": s.verb, "said": _said(sentence(s))}
            for s in lines
            if not s.inside
        ],
        "negotiated_at": _moment(agreed[-1].at) if agreed else None,
        "result": result,
        "result_name": _said(CLOSED_NAMES.get(row.closed_as) or STATE_NAMES[row.state]),
        "agreed": bool(agreed),
        "upheld": row.upheld,
        "amount": str(row.amount),
        "paid": str(row.paid),
        "closed_at": _moment(row.closed_at),
        "clocks": [
            {
                "clock": c.name, "name": _said(c.what), "started": _moment(c.started), "due": _moment(c.due.at), "standing": c.standing.value,
                "law": c.law.id if c.law else None,
            }
            for c in clocks
        ],
    }  # fmt: skip


def cfpb(row: Complaint, lines: Sequence[StepRow], clocks: Sequence[Clock], company: str) -> dict[str, str]:
    """One complaint as a row of `CFPB_COLUMNS`. The number says nothing about receipt, order or buyer."""
    verbs = {s.verb for s in lines}
    sent = [c.started for c in clocks if c.name == "merchant_answer"]
    known = tables.taxonomy().category(row.category)
    kinds = [k for k in row.kinds if k in tables.taxonomy().kinds]
    answered = {s.verb for s in lines if s.side == Side.MERCHANT.value} & {"offer", "contest"}
    values = {
        "Date received": _day(row.opened_at),
        "Product": known.name.en if known else "",
        "Issue": next((group.en for group, codes in CHOICES if row.kind in codes), ""),
        "Sub-issue": kind_name(kinds[0]).en if kinds else "",
        "Company": company,
        "Consumer consent provided?": "N/A",
        "Submitted via": CHANNEL_NAMES.get(row.channel, ""),
        "Date sent to company": _day(min(sent)) if sent else "",
        "Company response to consumer": _response(row, answered=bool(answered)),
        "Timely response?": _timely(clocks),
        "Consumer disputed?": "Yes" if verbs & {"decline", "reopen"} else "No" if row.closed_at else "N/A",
        "Complaint ID": keys.public_number(row.pk),
    }
    return {column: values.get(column, "") for column in CFPB_COLUMNS}


def _response(row: Complaint, *, answered: bool) -> str:
    if row.closed_at is None:
        return "In progress"
    if row.paid > 0:
        return "Closed with monetary relief"
    if row.upheld:
        return "Closed with non-monetary relief"
    return "Closed with explanation" if answered or row.closed_as == "unfounded" else "Closed"


def _timely(clocks: Sequence[Clock]) -> str:
    """Whether the merchant answered in time, each time that he was asked; empty when nobody asked him."""
    asked = [c for c in clocks if c.name == "merchant_answer"]
    return ("No" if any(c.breached_at for c in asked) else "Yes") if asked else ""


def _said(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds") if at else None


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).date().isoformat()


# --- from the tables ------------------------------------------------------------------------------------------------------------------------


def export(
    form: str, start: date, end: date, by: Actor, *, receipt: str = "", contact: bool = False, now: datetime
) -> Iterator[dict[str, Any]]:
    """
    Complaints that were opened from `start` to `end` (days in China, both counted), the earliest first; or the one with this receipt among them.

    A complaint that was joined to another is told there. Raises RefusedError, before anything is read: `format_unknown`, `days_reversed`,
    `contact_not_in_format`, `not_permitted`.
    """
    if form not in FORMATS:
        raise RefusedError.because(
            "format_unknown", f"no shape is called «{form[:20]}»", f"one of: {', '.join(FORMATS)}"
        )
    if end < start:
        raise RefusedError.because("days_reversed", "the last day lies before the first", "exchange them", field="to")
    if contact and form != "odr12315":
        raise RefusedError.because(
            "contact_not_in_format",
            "public rows never say how a buyer is reached",
            "leave it out",
            field="with_contact",
        )
    permit("complaints.export", by)
    if contact:
        permit("complaints.contact", by)
    with act("complaints.contact" if contact else "complaints.export", by, now=now) as a:
        a.note = f"{form} {start}..{end}"
    return _rows(form, start, end, receipt, contact=contact, now=now)


def _rows(form: str, start: date, end: date, receipt: str, *, contact: bool, now: datetime) -> Iterator[dict[str, Any]]:
    found = (
        Complaint.objects.exclude(state="merged")
        .exclude(channel=TAKEN_UP)
        .filter(
            opened_at__gte=datetime.combine(start, time(), SHANGHAI),
            opened_at__lt=datetime.combine(end + timedelta(days=1), time(), SHANGHAI),
        )
    )
    if receipt:
        found = found.filter(receipt=receipt)
    ordered = found.order_by("opened_at", "pk").iterator(chunk_size=AT_ONCE)
    while part := list(islice(ordered, AT_ONCE)):
        names = catalogue.names(Subject(Kind.MERCHANT, r.merchant_id) for r in part if r.merchant_id)
        for row in part:
            yield _one(form, row, names, contact=contact, now=now)


def _one(form: str, row: Complaint, names: Mapping[Subject, str], *, contact: bool, now: datetime) -> dict[str, Any]:
    name = names[Subject(Kind.MERCHANT, row.merchant_id)] if row.merchant_id else ""
    lines, clocks = log.steps(row), timing.of(row, now)
    if form == "cfpb":
        return dict(cfpb(row, lines, clocks, name))
    return odr12315(row, lines, clocks, name, contact=contact)
