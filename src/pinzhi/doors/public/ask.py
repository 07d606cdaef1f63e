"""
A talk with the assistant: one page, no account, no script. It begins from a scanned code (`?unit=`), from an order (`?order=` with the token of the
marketplace), from a complaint, or with nothing; the way to a person stands on it at every moment.

The talk is held here under a key that only the browser's cookie has; whoever does not have the cookie does not have the talk. A bare number shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pinzhi.doors.public.complain import SAID, english, in_its_language, spoken_address
from pinzhi.doors.public.complaint import ABOUT, ABOUT_HOURS, FAULTS
from pinzhi.doors.public.scan import device
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import consumer, conversing, handing_over, keys
from pinzhi.life.complaints.conversing import Asker
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Conversation, Offence
from pinzhi.life.complaints.rules.assistant.carrying import understood
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.reading import asking

COOKIE = "ask"
PERSON = {"zh": "转人工", "en": "I want to talk to a person"}
"""What the button sends: words that the engine obeys at once."""
WRONG: dict[str, Any] = FAULTS | {
    "message_empty": gettext_lazy("Write what you want to know."),
    "text_too_long": gettext_lazy("Your text is too long. Say the most important first."),
    "conversation_full": gettext_lazy("This conversation is long enough. Ask for a person, or begin a new one."),
    "too_fast": gettext_lazy("That was quick. Go on in a minute, or ask for a person."),
    "too_many_conversations": gettext_lazy(
        "Many conversations were begun on this device today. Ask for a person, or go on tomorrow."
    ),
    "conversation_busy": gettext_lazy("Several messages came at once. Send it again in a moment."),
    "conversation_unknown": gettext_lazy("This conversation is no longer there. Begin a new one."),
    "contact_missing": gettext_lazy("Give a telephone number, a mail address or the order."),
    "note_old": gettext_lazy("Open the complaint again, or type receipt and access code here."),
}
QUICK: tuple[tuple[Any, Any], ...] = (
    (
        gettext_lazy("Can I return it?"),
        gettext_lazy("Can I return what I bought online?"),
    ),
    (gettext_lazy("It may be a fake"), gettext_lazy("Counterfeit compensation?")),
    (gettext_lazy("The food is spoiled"), gettext_lazy("Expired food compensation?")),
    (gettext_lazy("The merchant is silent"), gettext_lazy("How can I resolve a dispute?")),
    (gettext_lazy("Is it called back?"), gettext_lazy("Have these goods been recalled?")),
)
"""What people ask first: what the button says, and what it sends."""


@in_its_language
def ask(request: HttpRequest) -> HttpResponse:
    """The talk, and what is sent in it."""
    held = request.COOKIES.get(COOKIE, "")[:64]
    asker = Asker(language=translation.get_language() or "zh-hans", device=device(request))
    anew = request.method == "POST" and request.POST.get("do") == "new"
    key = held if conversing.usable(held, asker) and not anew else conversing.new_key()
    if anew:
        response: HttpResponse = HttpResponseRedirect(spoken_address("ask"))
    elif request.method == "POST":
        response = _sent(request, key, asker, kept=bool(held))
    else:
        response = _page(request, conversing.load(key, asker))
    if key != held and request.method != "HEAD":
        age = policy_in_force().assistant.doors.hours * 3600
        response.set_cookie(
            COOKIE, key, max_age=age, httponly=True, secure=request.is_secure(), samesite="Lax", path="/ask"
        )
    return response


def _sent(request: HttpRequest, key: str, asker: Asker, *, kept: bool) -> HttpResponse:
    steps: dict[str, Callable[[HttpRequest, str, Asker], None]] = {
        "prove": _prove,
        "about": _about,
        "reach": _reach,
    }
    do = request.POST.get("do", "")
    try:
        steps.get(do, _say)(request, key, asker)
    except RefusedError as no:
        row = conversing.load(key, asker)
        said = str(WRONG.get(no.refusal.code, no.refusal.reason))
        status = 429 if no.refusal.code.startswith("too_") else 422
        return _page(request, row, said=said, typed=request.POST.get("text", "")[:2000], do=do, status=status)
    if not kept:  # a browser that keeps no cookie still sees its answer
        return _page(request, conversing.load(key, asker))
    return HttpResponseRedirect(f"{spoken_address('ask')}#last")


def _say(request: HttpRequest, key: str, asker: Asker) -> None:
    do, number = request.POST.get("do", ""), request.POST.get("number", "")
    text = PERSON[asker.tongue] if do == "person" else request.POST.get("say", "") or request.POST.get("text", "")
    conversing.readable(text)
    _context(request, key, asker)
    conversing.say(
        key,
        text,
        asker,
        asking.bind,
        asking.engine(),
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 4 else None,
    )


def _context(request: HttpRequest, key: str, asker: Asker) -> None:
    """Keep the order or the label that the page was opened with. What is wrong with them stops no question."""
    row = conversing.load(key, asker)
    known = row.known if row else {}
    if token := request.POST.get("order", "")[:4000]:
        try:
            order = keys.read_token(token)
        except RefusedError:
            order = {}
        if order and order != known.get("order"):
            conversing.prove(key, asker, order=order)
    unit = clean(request.POST.get("unit", ""))[:300]
    if unit and unit != known.get("unit"):
        conversing.prove(key, asker, unit=unit, goods=asking.goods_of(unit))


def _prove(request: HttpRequest, key: str, asker: Asker) -> None:
    """Receipt and access code: from now on the assistant may say how this complaint stands, and it says so at once."""
    row = consumer.find(request.POST.get("receipt", ""), request.POST.get("key", "")[:64])
    _shown(row, key, asker)


def _about(request: HttpRequest, key: str, asker: Asker) -> None:
    """The page of a complaint sends its signed note along: whoever saw that page had the access code."""
    try:
        id_ = signing.loads(request.POST.get("about", "")[:400], salt=ABOUT, max_age=ABOUT_HOURS * 3600)
    except signing.BadSignature as bad:
        raise RefusedError.because("note_old", "the note of the complaint is too old", "open it again") from bad
    row = Complaint.objects.filter(pk=id_).first()
    if row is None:
        raise RefusedError.because("note_old", "there is no such complaint", "open it again")
    _shown(row, key, asker)


def _shown(row: Complaint | Offence, key: str, asker: Asker) -> None:
    if isinstance(row, Offence):
        raise RefusedError.because("receipt_unknown", "a report is no complaint", "open its own page")
    conversing.prove(key, asker, complaint=row.pk, receipt=row.receipt)
    text = (
        f"投诉编号 {row.receipt} 处理到哪一步了？"
        if asker.tongue == "zh"
        else f"How does complaint {row.receipt} stand?"
    )
    conversing.say(key, text, asker, asking.bind, asking.engine())


def _reach(request: HttpRequest, key: str, asker: Asker) -> None:
    row = conversing.load(key, asker)
    if row is None:
        raise handing_over.unknown()
    contact = {n: request.POST.get(n, "")[:200] for n in ("name", "phone", "email")}
    handing_over.reach(row, contact, request.POST.get("order_id", "")[:128], asker)


def _page(
    request: HttpRequest, row: Conversation | None, *, said: str = "", typed: str = "", do: str = "", status: int = 200
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    hidden = {n: v for n in ("order", "unit") if (v := clean(asked.get(n, ""))[: 4000 if n == "order" else 300])}
    language = translation.get_language() or "zh-hans"
    turns = row.turns if row else []
    last = turns[-1]["answer"] if turns else {}
    context: dict[str, Any] = {
        "english": english(),
        "here": request.path,
        "query": urlencode(hidden) + "&" if hidden else "",
        "hidden": hidden,
        "said": said or _order_fault(hidden.get("order", "")),
        "typed": typed,
        "do": do,
        "receipt": asked.get("receipt", "")[:40],
        "turns": turns,
        "number": len(turns) + 1,
        "choices": last.get("choices", []),
        "pending": last.get("pending", False),
        "offers": [
            a["verb"]
            for a in last.get("actions", [])
            if not a["confirmed"] and a["verb"] == "open_complaint" and not last.get("pending")
        ],
        "about": _what(row, hidden),
        "understood": understood(row.session.get("slots", {}), "en" if english() else "zh") if row else [],
        "quick": QUICK if not turns else (),
        "most": policy_in_force().assistant.doors.characters,
        "hours": policy_in_force().assistant.doors.hours,
        "minutes": policy_in_force().clocks.severe_person_minutes,
        "complain": _complain(hidden, row),
        "find": spoken_address("complaint-find"),
        "language": language,
    }
    return render(request, "public/ask.html", context | _handed(row), status=status)


def _order_fault(token: str) -> str:
    if not token:
        return ""
    try:
        keys.read_token(token)
    except RefusedError as no:
        return str(SAID[no.refusal.code])
    return ""


def _what(row: Conversation | None, hidden: dict[str, str]) -> str:
    """What the talk is about: the goods of the order or of the label."""
    if token := hidden.get("order", ""):
        try:
            order = keys.read_token(token)
        except RefusedError:
            order = {}
        if order:
            return str(order.get("goods") or _("Your order, as the shop told us"))
    if unit := hidden.get("unit", ""):
        return asking.goods_of(unit).get("goods", "") or unit
    known = row.known if row else {}
    return str(
        known.get("order", {}).get("goods", "") or known.get("goods", {}).get("goods", "") or known.get("unit", "")
    )


def _complain(hidden: dict[str, str], row: Conversation | None) -> str:
    unit = hidden.get("unit") or (row.known.get("unit", "") if row else "")
    query = {n: v for n, v in (("order", hidden.get("order", "")), ("unit", unit)) if v} | (
        {"lang": "en"} if english() else {}
    )
    return "/complain" + (f"?{urlencode(query)}" if query else "")


def _handed(row: Conversation | None) -> dict[str, Any]:
    """Receipt and access code of what the talk was handed over as."""
    if row is None or not row.complaint_id:
        return {"handed": None}
    found: Complaint | Offence | None = (
        Complaint.objects.filter(pk=row.complaint_id).first() or Offence.objects.filter(pk=row.complaint_id).first()
    )
    if found is None:
        return {"handed": None}
    claim = isinstance(found, Complaint)
    return {
        "handed": found,
        "claim": claim,
        "key": keys.key_of(found.pk),
        "link": spoken_address("complaint", found.receipt),
        "hazard": found.level == 1,
        "due": found.next_due if isinstance(found, Complaint) else None,
        "late": isinstance(found, Complaint) and found.next_due is not None and found.next_due < clock.now(),
        "asks_contact": claim and not (found.contact.get("phone") or found.contact.get("email")),
        "asks_order": isinstance(found, Complaint) and not found.order_id and not found.unit,
    }
