"""
The assistant over the interface: for buyers by the marketplace's token, for a merchant by his own. The same engine, bounds and hand-over as on the pages.

A conversation belongs to the organisation that began it. A merchant's token asks for itself: it sees what is its own and proves nothing for a buyer.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from pinzhi.doors.api import schemas_complaints as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, merchant_only
from pinzhi.doors.api.answers import ERRORS
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import consumer, conversing, handing_over, keys
from pinzhi.life.complaints.conversing import Asker, Said
from pinzhi.life.complaints.models import Complaint, Conversation, Offence
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.life.complaints.telling import ADVICE
from pinzhi.people.roles import Actor
from pinzhi.reading import asking

router = Router(tags=["complaints"])


@router.post(
    "/assistant",
    auth=BearerToken(Scope.COMPLAINTS_WRITE),
    response={200: s.AnswerOut, **ERRORS},
    operation_id="ask_assistant",
)
def ask(request: HttpRequest, body: s.AskIn) -> dict[str, Any]:
    """
    Ask the assistant. Answers quote the rule or say that none was found; a wish, a danger or dissatisfaction brings a person at once.

    Sent twice under the same `turn` it is one message. Another organisation's conversation is not there.
    """
    by = actor(request)
    asker = _asker(by, body.language)
    key = _key(body, asker)
    conversing.readable(body.message)
    _prove(body, key, asker)
    said = conversing.say(
        key, body.message, asker, asking.bind, asking.engine(), number=body.turn, strict=body.turn is not None
    )
    row = said.row
    contact = {k: v for k, v in (body.contact.dict() if body.contact else {}).items() if clean(v)}
    if contact and Complaint.objects.filter(pk=row.complaint_id).exists():  # a report of an offence needs no name
        handing_over.reach(row, contact, "", asker)
    return _document(said, key)


def _asker(by: Actor, language: str) -> Asker:
    return Asker(
        channel="api", language=language, owner=f"organisation:{by.organisation_id or by.label}"[:80], merchant_id=merchant_only(by), by=by
    )  # fmt: skip


def _key(body: s.AskIn, asker: Asker) -> str:
    """The key of the conversation that is meant. Raises RefusedError(`conversation_unknown`)."""
    if body.session:
        if conversing.load(body.session, asker) is None:
            raise handing_over.unknown()
        return body.session
    return conversing.key_of_reference(asker.owner, body.reference) if body.reference else conversing.new_key()


def _prove(body: s.AskIn, key: str, asker: Asker) -> None:
    """Keep what the message proves, after all of it has been looked at. Raises RefusedError: `not_permitted`, `order_token_wrong`, `receipt_unknown` …"""
    if asker.merchant_id:
        if body.order_token or body.receipt or body.key:
            raise RefusedError.because(
                "not_permitted", "a merchant's token proves nothing for a buyer", "use the marketplace's own token"
            )
        return
    order = keys.read_token(body.order_token) if body.order_token else {}
    row = consumer.find(body.receipt, body.key) if body.receipt or body.key else None
    if isinstance(row, Offence):
        raise RefusedError.because("receipt_unknown", "a report is no complaint", "open its own page", field="receipt")
    unit = clean(body.unit)
    known = conversing.load(key, asker)
    if unit and known is not None and known.known.get("unit") == unit:
        unit = ""
    if order or row is not None or unit:
        conversing.prove(
            key, asker, order=order, complaint=row.pk if row else "", receipt=row.receipt if row else "", unit=unit, goods=asking.goods_of(unit) if unit else {}
        )  # fmt: skip


def _document(said: Said, key: str) -> dict[str, Any]:
    a = said.answer
    return {
        "session": key, "turn": said.number, "fresh": said.fresh, "answer": a["text"], "language": a.get("language", "zh"), "intent": a.get("intent", ""),
        "found": a.get("found", False), "confidence": a.get("confidence", "0"), "citations": a["citations"], "choices": a["choices"], "actions": a["actions"],
        "pending": a.get("pending", False), "slots": a.get("slots", {}), "passed_on": a.get("passed_on", ""), "handover": _handed(said.row),
    }  # fmt: skip


def _handed(row: Conversation) -> dict[str, Any] | None:
    reasons = list(dict.fromkeys(r for t in row.turns for r in t["answer"].get("reasons", ())))
    empty: dict[str, Any] = {
        "reasons": reasons, "complaint": "", "receipt": "", "key": "", "case": row.case_id, "severity": 4, "state": "", "next_due": None, "advice": None,
        "contact_missing": False,
    }  # fmt: skip
    if row.case_id:
        return empty
    found: Complaint | Offence | None = None
    if row.complaint_id:
        found = (
            Complaint.objects.filter(pk=row.complaint_id).first() or Offence.objects.filter(pk=row.complaint_id).first()
        )
    if found is None:
        return None
    claim = isinstance(found, Complaint)
    return empty | {
        "complaint": found.pk, "receipt": found.receipt, "key": keys.key_of(found.pk), "severity": found.level, "state": found.state if claim else "open",
        "next_due": found.next_due if claim else None, "advice": {"zh": ADVICE.zh, "en": ADVICE.en} if found.level == 1 else None,
        "contact_missing": claim and not (found.contact.get("phone") or found.contact.get("email")),
    }  # fmt: skip
