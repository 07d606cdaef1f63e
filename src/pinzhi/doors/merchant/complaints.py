"""Complaints as the merchant meets them: what the buyer says and shows, by when an answer is due, one form to answer, what is still to be given."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.catalogue import files as store
from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.doors.merchant.attaching import WRONG
from pinzhi.kernel import clock
from pinzhi.kernel.course import COMPLAINT
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import entitling, fast, log, merchant, showing
from pinzhi.life.complaints.contracts import (
    CLOSED_NAMES,
    HOUSE_STATE_NAMES,
    IN_MONEY,
    REMEDY_NAMES,
    SIDE_NAMES,
    Side,
    remedies_of_form,
)
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Shown
from pinzhi.life.complaints.reading import kind_name
from pinzhi.life.complaints.telling import story

MINE = ("awaiting_merchant", "fulfilling")
OTHERS_WORK = ("closed", "merged")
FAULTS: dict[str, Any] = WRONG | {
    "words_missing": gettext_lazy("Write a sentence that the buyer can understand."),
    "text_too_long": gettext_lazy("Your text is too long. Say the most important first."),
    "offer_empty": gettext_lazy("Say what the buyer is to get."),
    "remedy_without_amount": gettext_lazy("Give the amount in yuan."),
    "remedy_amount": gettext_lazy("Give the amount in yuan, like 128.50."),
    "remedy_unknown": gettext_lazy("Choose one of the list."),
    "asked_already": gettext_lazy("You have asked the buyer once. Offer something, or say why you do not agree."),
    "proof_missing": gettext_lazy("Give the number of the payment or of the parcel."),
    "nothing_owed": gettext_lazy("This has been given already."),
    "step_not_allowed": gettext_lazy("The complaint has moved on. Look at how it stands now."),
    "too_many_files": gettext_lazy("No more files of yours are taken in this complaint."),
}
"""What is wrong with an answer, in the merchant's words."""


@own
def index(request: HttpRequest) -> HttpResponse:
    """The merchant's own complaints, first what he must do."""
    by, which = actor_of(request), request.GET.get("which", "")
    mine = Complaint.objects.filter(merchant_id=by.merchant_id)
    shown = {
        "todo": mine.filter(state__in=MINE),
        "open": mine.exclude(state__in=OTHERS_WORK),
        "closed": mine.filter(state__in=OTHERS_WORK),
    }
    asked = which if which in shown else "todo"
    page = Paginator(shown[asked].order_by("next_due", "-opened_at"), 50).get_page(request.GET.get("page"))
    names = {"todo": _("for you to do"), "open": _("open"), "closed": _("closed")}
    context = {
        "lines": [(row, kind_name(row.kind), HOUSE_STATE_NAMES[row.state], CLOSED_NAMES.get(row.closed_as)) for row in page.object_list],
        "page": page,
        "figures": [(w, names[w], found.count()) for w, found in shown.items()],
        "asked": asked,
        "hours": policy_in_force().clocks.merchant_answer_hours,
    }  # fmt: skip
    return render(request, "merchant/complaints.html", context)


def _row(request: HttpRequest, id_: str) -> Complaint:
    row = Complaint.objects.filter(pk=id_, merchant_id=actor_of(request).merchant_id).first()
    if row is None:
        raise Http404
    return row


@own
def show(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """One complaint."""
    return _page(request, _row(request, complaint_id))


def _page(
    request: HttpRequest, row: Complaint, *, wrong: object = "", typed: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    now, language = log.of(row), get_language() or "zh-hans"
    found = entitling.answer(row, now=now)
    verbs = set(COMPLAINT.verbs(now.state))
    asked = row.log.filter(verb="ask", side=Side.MERCHANT.value).exists()
    context = {
        "row": row,
        "kind": kind_name(row.kind),
        "fast": fast.granted_of(row) is not None,
        "state": HOUSE_STATE_NAMES[row.state],
        "closed_as": CLOSED_NAMES.get(row.closed_as),
        "story": [(line, SIDE_NAMES[line.side], line.files) for line in story(row)],
        "rights": [r for r in entitling.lines(found, language) if r["owed"]] if found else [],
        "remedy_names": REMEDY_NAMES.items(),
        "in_money": IN_MONEY,
        "wish": REMEDY_NAMES.get(row.wish),
        "may_offer": "offer" in verbs,
        "may_contest": "contest" in verbs,
        "may_ask": now.state == "awaiting_merchant" and not asked,
        "may_say": now.open,
        "owed": [(i, REMEDY_NAMES[o.remedy.kind], o) for i, o in enumerate(now.owed)],
        "offer_lines": [(REMEDY_NAMES[r.kind], r) for r in (now.offer.remedies if now.offer else ())],
        "offer_side": SIDE_NAMES[now.offer.side] if now.offer else None,
        "late": row.next_due is not None and row.next_due < clock.now(),
        "wrong": wrong,
        "typed": typed or {},
    }
    return render(request, "merchant/complaint.html", context, status=status)


@own
@require_POST
def answer(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """Offer, contest, ask or say. A refused answer shows the page again with what was typed."""
    row, by = _row(request, complaint_id), actor_of(request)
    try:
        verb = request.POST.get("do", "")
        files = [store.upload(f.chunks(), by).sha256 for f in request.FILES.getlist("files")[:50]]
        merchant.answer(
            verb,
            row.pk,
            by,
            words=request.POST.get("words", ""),
            remedies=remedies_of_form(*(request.POST.getlist(name) for name in ("kind", "amount", "what")))
            if verb == "offer"
            else (),
            files=files,
        )
    except TooManyFilesSent:
        return _page(request, row, wrong=FAULTS["too_many_files"], status=422)
    except RefusedError as no:
        row.refresh_from_db()
        typed = {k: request.POST.get(k, "")[:5000] for k in ("words", "kind", "amount", "what")}
        return _page(request, row, wrong=FAULTS.get(no.refusal.code, no.refusal.reason), typed=typed, status=422)
    messages.success(request, _("Sent. The buyer sees it now."))
    return HttpResponseRedirect(reverse("merchant:complaint", args=[row.pk]))


@own
@require_POST
def fulfil(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """Say that something owed was given, with what shows it."""
    row, by, which = _row(request, complaint_id), actor_of(request), request.POST.get("which", "")
    try:
        files = [store.upload(f.chunks(), by).sha256 for f in request.FILES.getlist("files")[:20]]
        merchant.fulfil(
            row.pk,
            int(which) if which.isdecimal() and len(which) < 4 else -1,
            by,
            proof=request.POST.get("proof", ""),
            files=files,
        )
    except RefusedError as no:
        row.refresh_from_db()
        return _page(request, row, wrong=FAULTS.get(no.refusal.code, no.refusal.reason), status=422)
    messages.success(request, _("Entered as given."))
    return HttpResponseRedirect(reverse("merchant:complaint", args=[row.pk]))


@own
def file(request: HttpRequest, complaint_id: str, sha256: str) -> HttpResponse:
    """A picture or paper of one of the merchant's own complaints."""
    shown = Shown.objects.filter(complaint=_row(request, complaint_id), sha256=sha256).first()
    if shown is None:
        raise Http404
    try:
        content, media = showing.out(shown)
    except RefusedError as no:
        raise Http404 from no
    return HttpResponse(content, content_type=media, headers={"X-Content-Type-Options": "nosniff"})
