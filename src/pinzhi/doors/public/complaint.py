"""
How a complaint stands: for whoever has receipt and key. Say more, show more, accept or decline an offer, withdraw, rate, reopen once.

The key is typed (or sent by the page after sending), never a part of an address. For two hours the browser then holds a signed note that opens this one page.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pinzhi.doors.public.complain import SAID, english, in_its_language, spoken_address
from pinzhi.kernel import clock
from pinzhi.kernel.course import COMPLAINT
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import consumer, dividing, entitling, fast, incidents, keys, log, showing
from pinzhi.life.complaints.contracts import CLOSED_NAMES, REMEDY_NAMES, SIDE_NAMES, STATE_NAMES, TAKEN_UP, Side
from pinzhi.life.complaints.desk import OFFENCE_NAMES
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Offence, Shown
from pinzhi.life.complaints.reading import kind_name
from pinzhi.life.complaints.rules.situation import Situation
from pinzhi.life.complaints.telling import story

NOTE, HOURS = "complaint", 2
_SALT = "pinzhi.public.complaint"
ABOUT, ABOUT_HOURS = "pinzhi.public.ask.complaint", 2
"""Salt and age of the note by which this page lets its reader ask the assistant about the complaint."""
FAULTS: dict[str, Any] = SAID | {
    "receipt_unknown": gettext_lazy("Receipt and access code do not belong together. Look at the page that you kept."),
    "too_many_keys": gettext_lazy("Wrong access codes were typed too often today. Try again tomorrow."),
    "step_not_allowed": gettext_lazy(
        "This is no longer possible: the complaint has moved on. Look at how it stands now."
    ),
    "offer_gone": gettext_lazy("This offer no longer stands. Look at the present one."),
    "too_many_messages": gettext_lazy("Many messages were sent today; they will be read. Go on tomorrow."),
    "reopened_already": gettext_lazy("A complaint is reopened once. Send a new one, or go to the authority (12315)."),
    "reopen_too_late": gettext_lazy("It is too late to reopen. Send a new complaint, or go to the authority (12315)."),
    "nothing_new": gettext_lazy("Say what is new, or add a picture."),
    "rated_already": gettext_lazy("You have rated it already. Thank you."),
    "mark_wrong": gettext_lazy("Choose one of the five."),
    "words_missing": gettext_lazy("Write something or add a file."),
}


@in_its_language
def find(request: HttpRequest) -> HttpResponse:
    """Ask for receipt and key."""
    if request.method != "POST":
        return _ask(request, request.GET.get("receipt", "")[:40])
    return _opened(request, request.POST.get("receipt", ""))


@in_its_language
def show(request: HttpRequest, receipt: str) -> HttpResponse:
    """The page of one complaint or report."""
    if request.method == "POST" and "key" in request.POST:
        return _opened(request, receipt)
    row = _noted(request, receipt)
    if row is None:
        return _ask(request, receipt)
    if isinstance(row, Offence):
        return _offence(request, row)
    if request.method == "POST":
        return _step(request, row)
    return _page(request, row)


@in_its_language
def file(request: HttpRequest, receipt: str, sha256: str) -> HttpResponse:
    """A picture or paper of the complaint, to whoever may see its page."""
    row = _noted(request, receipt)
    shown = Shown.objects.filter(complaint=row, sha256=sha256).first() if isinstance(row, Complaint) else None
    if shown is None:
        raise Http404
    try:
        content, media = showing.out(shown)
    except RefusedError as no:
        raise Http404 from no
    return HttpResponse(content, content_type=media, headers={"X-Content-Type-Options": "nosniff"})


def _ask(request: HttpRequest, receipt: str, *, said: str = "", status: int = 200) -> HttpResponse:
    context = {
        "english": english(),
        "here": spoken_address("complaint-find").partition("?")[0],
        "query": "",
        "receipt": receipt,
        "said": said,
    }
    return render(request, "public/complaint_find.html", context, status=status)


def _opened(request: HttpRequest, receipt: str) -> HttpResponse:
    """Hold the key against the receipt; the browser gets the note and comes again without the key."""
    try:
        row = consumer.find(receipt, request.POST.get("key", ""))
    except RefusedError as no:
        return _ask(request, receipt[:40], said=str(FAULTS[no.refusal.code]), status=422)
    response = HttpResponseRedirect(spoken_address("complaint", row.receipt))
    note = signing.dumps(row.pk, salt=_SALT)
    response.set_cookie(
        NOTE,
        note,
        max_age=HOURS * 3600,
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
        path=f"/complaint/{row.receipt}",
    )
    return response


def _noted(request: HttpRequest, receipt: str) -> Complaint | Offence | None:
    """The complaint whose note the browser holds."""
    try:
        id_ = signing.loads(request.COOKIES.get(NOTE, ""), salt=_SALT, max_age=timedelta(hours=HOURS))
    except signing.BadSignature:
        return None
    return (
        Complaint.objects.filter(pk=id_, receipt=receipt).first()
        or Offence.objects.filter(pk=id_, receipt=receipt).first()
    )


def _step(request: HttpRequest, row: Complaint) -> HttpResponse:
    """Take a step of the buyer's. What was typed stays when it is refused."""
    verb, words = "", ""
    try:
        verb, words = request.POST.get("do", ""), request.POST.get("words", "")
        files = tuple(
            showing.take_in(f.chunks(), f"complaint:{row.pk}").sha256 for f in request.FILES.getlist("files")[:50]
        )
        data = {
            name: int(raw)
            for name in ("offer", "mark")
            if (raw := request.POST.get(name, "")).isascii() and raw.isdigit() and len(raw) < 8
        }
        consumer.do(verb, row.pk, words=words, files=files, files_owner=f"complaint:{row.pk}", **data)
    except TooManyFilesSent:
        return _page(request, row, said=str(SAID["too_many_files"]), typed=words, status=422)
    except RefusedError as no:
        return _page(
            request, row, said=str(FAULTS.get(no.refusal.code, no.refusal.reason)), typed=words[:5000], status=422
        )
    return HttpResponseRedirect(spoken_address("complaint", row.receipt))


def _page(request: HttpRequest, row: Complaint, *, said: str = "", typed: str = "", status: int = 200) -> HttpResponse:
    row.refresh_from_db()
    now, language = log.of(row), translation.get_language() or "zh-hans"
    verbs = set(_possible(now))
    turn = now.whose_turn
    context = {
        "english": english(),
        "here": request.path,
        "query": "",
        "row": row,
        "said": said,
        "typed": typed,
        "state": STATE_NAMES[row.state].in_language(language),
        "closed_as": CLOSED_NAMES[row.closed_as].in_language(language) if row.closed_as else "",
        "kind": kind_name(row.kind).in_language(language),
        "tone": "good" if row.closed_as == "fulfilled" else "warning" if turn is Side.CONSUMER else "plain",
        "hazard": row.level == 1,
        "turn": SIDE_NAMES[turn].in_language(language) if turn else "",
        "your_turn": turn is Side.CONSUMER,
        "offer": now.offer,
        "offer_side": SIDE_NAMES[now.offer.side].in_language(language) if now.offer else "",
        "offer_lines": [
            (REMEDY_NAMES[r.kind].in_language(language), r) for r in (now.offer.remedies if now.offer else ())
        ],
        "owed": [(REMEDY_NAMES[o.remedy.kind].in_language(language), o) for o in now.owed],
        "fast": ground.in_language(language) if (ground := fast.ground(row)) else "",
        "rights": _rights(row, now, language),
        "lines": _lines(row, language),
        "may_write": now.open,
        "may_reply": "reply" in verbs,
        "may_withdraw": "withdraw" in verbs,
        "may_waive": row.channel == TAKEN_UP and row.state == "fulfilling" and not row.paid,
        "taken_up": row.channel == TAKEN_UP,
        "with_others": incidents.with_others(row),
        "parts": [(p.receipt, keys.key_of(p.pk)) for p in dividing.parts(row)],
        "may_rate": row.state == "closed" and row.rated is None,
        "may_reopen": _may_reopen(row, now),
        "about": signing.dumps(row.pk, salt=ABOUT),
        "marks": [(5, _("very good")), (4, _("good")), (3, _("middling")), (2, _("bad")), (1, _("very bad"))],
    }
    return render(request, "public/complaint.html", context, status=status)


def _rights(row: Complaint, now: Situation, language: str) -> list[dict[str, Any]]:
    """What the law gives on what is known so far; nothing once the complaint has ended."""
    found = entitling.answer(row, now=now) if now.open else None
    return [line for line in entitling.lines(found, language) if line["owed"]] if found else []


def _possible(now: Situation) -> tuple[str, ...]:
    return COMPLAINT.verbs(now.state)


def _may_reopen(row: Complaint, now: Situation) -> bool:
    if row.state != "closed" or now.reopened or row.closed_at is None:
        return False
    return clock.now() <= row.closed_at + timedelta(days=policy_in_force().desk.reopen_days)


def _lines(row: Complaint, language: str) -> list[dict[str, Any]]:
    """What happened, in the buyer's words; nothing that is for the house only."""
    return [
        {
            "at": line.at,
            "side": SIDE_NAMES[line.side].in_language(language),
            "what": line.what.in_language(language),
            "words": line.words,
            "files": [
                {"address": f"/complaint/{row.receipt}/files/{sha}", "number": i, "picture": picture}
                for i, (sha, picture) in enumerate(line.files, start=1)
            ],
        }
        for line in story(row)
    ]


def _offence(request: HttpRequest, row: Offence) -> HttpResponse:
    language = translation.get_language() or "zh-hans"
    context = {
        "english": english(), "here": request.path, "query": "", "row": row, "kind": kind_name(row.kind).in_language(language),
        "outcome": OFFENCE_NAMES[row.outcome].in_language(language) if row.outcome else "",
    }  # fmt: skip
    return render(request, "public/offence.html", context)
