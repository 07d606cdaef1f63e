"""What merchants say in public beside their figures; the house takes down what has no place there, and says why."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.catalogue import queries as catalogue
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.complaints import public_reply
from pinzhi.life.complaints.models import PublicReply


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Every reply that stands, the newest first."""
    page = Paginator(PublicReply.objects.filter(ended_at=None).order_by("-at", "-pk"), 50).get_page(
        request.GET.get("page")
    )
    wanted = {Subject(Kind.MERCHANT, r.merchant_id) for r in page.object_list}
    wanted |= {Subject(Kind.LISTING, r.listing_id) for r in page.object_list if r.listing_id}
    names = catalogue.names(wanted)
    lines = [
        (
            r,
            names[Subject(Kind.MERCHANT, r.merchant_id)],
            names[Subject(Kind.LISTING, r.listing_id)] if r.listing_id else "",
        )
        for r in page.object_list
    ]
    context = {"page": page, "lines": lines, "may": actor_of(request).may("complaints.take_down")}
    return render(request, "console/public_replies.html", context)


@staff
@require_POST
def take_down(request: HttpRequest, reply_id: str) -> HttpResponse:
    """Take one down; the merchant reads why."""
    try:
        public_reply.take_down(int(reply_id), actor_of(request), why=request.POST.get("why", ""))
    except RefusedError as no:
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
    else:
        messages.success(request, _("Done."))
    return HttpResponseRedirect(reverse("console:public-replies"))
