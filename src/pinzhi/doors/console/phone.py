"""A buyer who calls: an agent writes down what he says, in the order in which it is asked, and reads him the receipt and the access code."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.complaints import opening
from pinzhi.life.complaints.contracts import REMEDY_NAMES, WISHES
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.reading import kinds_to_choose
from pinzhi.life.complaints.rules.entry import read
from pinzhi.life.complaints.telling import ADVICE

ASKED = (
    "words",
    "kind",
    "order_id",
    "merchant_id",
    "listing_id",
    "batch_id",
    "unit",
    "goods",
    "price",
    "quantity",
    "received_on",
    "wish",
)
"""Fields of the form that a complaint takes as they are."""
REACHED = ("name", "phone", "email")
FIELDS: dict[str, Any] = {
    "order_id": _("Order number"),
    "merchant_id": _("Merchant id"),
    "listing_id": _("Listing id"),
    "batch_id": _("Batch"),
    "unit": _("Code on the piece"),
    "goods": _("What was bought"),
}


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """The form; sent, receipt and access code to be read out. The form sent twice is one complaint."""
    by = actor_of(request)
    if not by.may("complaints.open"):
        raise Http404
    if request.method != "POST":
        return _page(request, uuid.uuid4().hex)
    post = request.POST
    reference = post.get("reference", "")[:120] or uuid.uuid4().hex
    now, figures = clock.now(), policy_in_force().desk
    raw: dict[str, Any] = {name: post.get(name, "") for name in ASKED}
    raw["quantity"] = raw["quantity"] or 1
    raw |= {"reference": reference, "language": get_language() or "zh-hans"}
    raw["contact"] = {name: post.get(name, "") for name in REACHED}
    raw["still_using"] = {"yes": True, "no": False}.get(post.get("still_using", ""))
    entry, faults = read(raw, channel="phone", now=now, most_words=figures.words, most_files=figures.photos)
    if entry is None:
        return _page(request, reference, faults)
    try:
        if post.get("offence"):
            report, key = opening.report_offence(entry, by)
            told = {
                "receipt": report.receipt,
                "key": key,
                "case": report.case_id,
                "level": report.level,
                "offence": True,
            }
        else:
            found = opening.open_complaint(entry, by)
            row = found.row
            told = {"receipt": row.receipt, "key": found.key, "row": row, "level": row.level, "due": row.next_due}
    except RefusedError as no:
        return _page(request, reference, [no.refusal])
    return render(
        request, "console/complaint_taken.html", told | {"advice": ADVICE if told["level"] == 1 else None}, status=201
    )


def _page(request: HttpRequest, reference: str, faults: list[Refusal] | None = None) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:6000] for name in (*ASKED, *REACHED, "still_using", "offence")}
    context = {
        "reference": reference,
        "typed": typed,
        "faults": [in_words(f) for f in faults or ()],
        "fields": [(name, title, typed[name]) for name, title in FIELDS.items()],
        "kinds": kinds_to_choose(),
        "wishes": [(w, REMEDY_NAMES[w]) for w in WISHES],
        "most": policy_in_force().desk.words,
    }
    return render(request, "console/complaint_new.html", context, status=422 if faults else 200)
