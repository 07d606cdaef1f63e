"""What the merchant says beside his public figures: for himself and for each listing that has some."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import public_reply
from pinzhi.life.complaints.models import PublicReply
from pinzhi.life.complaints.rules.publicly import LONGEST_REPLY
from pinzhi.life.complaints.statistics import statistics

FAULTS: dict[str, Any] = {
    "words_missing": gettext_lazy("Write a sentence that the buyer can understand."),
    "text_too_long": gettext_lazy("Your text is too long. Say the most important first."),
    "words_personal": gettext_lazy("Leave out telephone numbers, addresses and names: nobody is to be recognised."),
    "words_elsewhere": gettext_lazy("Leave out links and invitations to leave the marketplace."),
    "listing_unknown": gettext_lazy("Choose one of the list."),
    "reply_unknown": gettext_lazy("This reply is shown no longer."),
}


@own
def index(request: HttpRequest) -> HttpResponse:
    """Figures, replies, and the form."""
    return _page(request)


def _page(request: HttpRequest, *, wrong: object = "", status: int = 200) -> HttpResponse:
    merchant = actor_of(request).merchant_id
    found = statistics(clock.now(), merchant=merchant)
    taken_down = PublicReply.objects.filter(merchant_id=merchant).exclude(why="").order_by("-ended_at")[:5]
    standing = public_reply.shown([merchant])
    context = {
        "merchant": merchant,
        "found": found,
        "replies": sorted(standing.values(), key=lambda r: (r.listing_id, r.pk)),
        "names": {line.id: line.name for line in found.lines},
        "taken_down": taken_down,
        "longest": LONGEST_REPLY,
        "wrong": wrong,
        "typed": {k: request.POST.get(k, "")[:5000] for k in ("words", "listing")},
    }
    return render(request, "merchant/public_replies.html", context, status=status)


@own
@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Say something, or take back what was said."""
    by, which = actor_of(request), request.POST.get("take_back", "")
    try:
        if which:
            public_reply.take_back(int(which) if which.isdecimal() and len(which) < 16 else 0, by)
        else:
            listing = request.POST.get("listing", "")[:128]
            public_reply.reply(request.POST.get("words", ""), by, listing=listing)
    except RefusedError as no:
        return _page(request, wrong=FAULTS.get(no.refusal.code, no.refusal.reason), status=422)
    messages.success(request, _("It is shown no longer.") if which else _("Everybody can read it now."))
    return HttpResponseRedirect(reverse("merchant:public-replies"))
