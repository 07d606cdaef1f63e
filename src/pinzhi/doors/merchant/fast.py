"""Fast refunds at the merchant's door: what was refunded at once and whether he agrees, and what he allows to be refunded at once at his cost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.catalogue import files as store
from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.complaints import allowing, fast, rechecking, tables
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, FastConsent, FastDecision
from pinzhi.life.complaints.rules.fast_refund import GRANTED

FAULTS: dict[str, Any] = {
    "money_amount": gettext_lazy(
        "Write both sums in yuan, like 100.00: more than nothing, at most 9,999.99 for a claim."
    ),
    "day_below_claim": gettext_lazy("The sum for a day is below the sum for one claim."),
    "category_unknown": gettext_lazy("Choose one of the list."),
    "words_missing": gettext_lazy("Say in a sentence why the refund is wrong."),
    "text_too_long": gettext_lazy("Your text is too long. Say the most important first."),
    "objected_late": gettext_lazy("The time to object is over. Write to the platform's support."),
    "not_fast": gettext_lazy("This complaint was not refunded at once."),
}
PAYERS = {"merchant": Text("由您支付", "you pay"), "fund": Text("由平台基金支付", "the platform's fund pays")}
ALL_OTHERS = Text("其他全部商品", "all other goods")


@own
def index(request: HttpRequest) -> HttpResponse:
    """What was refunded at once, and do you agree?"""
    merchant = actor_of(request).merchant_id
    rows = FastDecision.objects.filter(merchant_id=merchant, outcome__in=GRANTED).select_related("complaint")
    page = Paginator(rows.order_by("-at"), 50).get_page(request.GET.get("page"))
    now = clock.now()
    context = {
        "lines": [(d, d.complaint, standing(d, now)) for d in page.object_list],
        "page": page,
        "allowed": FastConsent.objects.filter(merchant_id=merchant, ended_at=None).exists(),
    }
    return render(request, "merchant/fast.html", context)


def standing(made: FastDecision, now: datetime) -> dict[str, Any]:
    """How far an objection to one fast refund is, and until when there may be one."""
    until = rechecking.until(made)
    return {
        "payer": PAYERS[made.payer],
        "until": until,
        "may": made.objected_at is None and now <= until,
        "objection": rechecking.OBJECTIONS[made.objection] if made.objected_at else None,
    }


@own
def consent(request: HttpRequest) -> HttpResponse:
    """What may be refunded at once at your cost?"""
    return _consent(request)


def _consent(
    request: HttpRequest, *, wrong: object = "", would: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    merchant, figures = actor_of(request).merchant_id, policy_in_force().fast
    now, typed = clock.now(), request.POST
    found = FastConsent.objects.filter(merchant_id=merchant, ended_at=None).order_by("category")
    kinds = tables.taxonomy().categories
    context = {
        "lines": [
            (c, kinds[c.category].name if c.category in kinds else ALL_OTHERS, allowing.left(c, now)) for c in found
        ],
        "kinds": [(code, kind.name) for code, kind in kinds.items()],
        "all_others": ALL_OTHERS,
        "figures": figures,
        "typed": {n: typed.get(n, "")[:32] for n in ("category", "most", "most_a_day")},
        "wrong": wrong,
        "would": would,
    }
    return render(request, "merchant/fast_consent.html", context, status=status)


@own
@require_POST
def allow(request: HttpRequest) -> HttpResponse:
    """Allow it, or only reckon what it would have cost."""
    by = actor_of(request)
    most, day, category = (request.POST.get(n, "").strip()[:32] for n in ("most", "most_a_day", "category"))
    try:
        if request.POST.get("do") == "try":
            count, yuan = allowing.would_have(by.merchant_id, most, day, category, clock.now())
            return _consent(request, would={"count": count, "yuan": yuan, "days": policy_in_force().fast.days})
        allowing.allow(most, day, by, category=category)
    except RefusedError as no:
        return _consent(request, wrong=FAULTS.get(no.refusal.code, no.refusal.reason), status=422)
    messages.success(request, _("Allowed from now on, for complaints that come in."))
    return HttpResponseRedirect(reverse("merchant:fast-consent"))


@own
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """No longer allow it for one kind of goods."""
    if allowing.end(actor_of(request), category=request.POST.get("category", "")[:32]):
        messages.success(request, _("Ended. What was refunded before stays."))
    return HttpResponseRedirect(reverse("merchant:fast-consent"))


@own
def one(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """Was this refund right? With the form to object while there is time."""
    return _one(request, _row(request, complaint_id))


def _row(request: HttpRequest, id_: str) -> Complaint:
    row = Complaint.objects.filter(pk=id_, merchant_id=actor_of(request).merchant_id).first()
    if row is None or fast.granted_of(row) is None:
        raise Http404
    return row


def _one(
    request: HttpRequest, row: Complaint, *, wrong: object = "", typed: str = "", status: int = 200
) -> HttpResponse:
    made = FastDecision.objects.get(complaint=row)
    said = row.log.filter(verb="object").order_by("n").first()
    context = {
        "row": row, "made": made, "ground": fast.ground(row), "said": said.words if said else "", "wrong": wrong, "typed": typed,
        "days": policy_in_force(made.at).fast.object_days, **standing(made, clock.now()),
    }  # fmt: skip
    return render(request, "merchant/fast_one.html", context, status=status)


@own
@require_POST
def object_to(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """Object, with a reason and what shows it. What was typed stays when it is refused."""
    row, by, words = _row(request, complaint_id), actor_of(request), ""
    try:
        words = request.POST.get("words", "")
        files = [store.upload(f.chunks(), by).sha256 for f in request.FILES.getlist("files")[:50]]
        rechecking.object_to(row.pk, by, words=words, files=files)
    except TooManyFilesSent:
        return _one(request, row, wrong=_("No more files of yours are taken in this complaint."), status=422)
    except RefusedError as no:
        said = FAULTS.get(no.refusal.code, no.refusal.reason)
        return _one(request, row, wrong=said, typed=words[:5000], status=422)
    messages.success(request, _("Your objection waits for a person."))
    return HttpResponseRedirect(reverse("merchant:fast-one", args=[row.pk]))
