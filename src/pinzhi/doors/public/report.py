"""«Something is wrong with this piece»: one page, no login, no script, no personal data; a receipt at the end."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pinzhi.doors.public.scan import chosen_language, device, keep_language, private
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import reporting
from pinzhi.life.tracing.desk import REPORT_KINDS

WRONG = {
    "unit_unknown": _("The address names no piece. Scan the code on the goods."),
    "gtin_invalid": _("The address names no piece. Scan the code on the goods."),
    "kind_unknown": _("Choose what is wrong."),
    "text_too_long": _("At most 1,000 characters are read."),
    "too_many_reports": _("Many reports came from this device today. Go on tomorrow, or call the platform."),
}


@csrf_exempt  # no session stands behind this page, and a report does no more than ask a person to look
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form, and after sending the receipt."""
    chosen = chosen_language(request)
    with translation.override(chosen):
        unit = (request.POST.get("unit") or request.GET.get("unit", ""))[:300]
        english = chosen == "en"
        context = {
            "unit": unit,
            "english": english,
            "here": request.path,
            "query": urlencode({"unit": unit}) + "&",
            "complain": "/complain?" + urlencode({"unit": unit} | ({"lang": "en"} if english else {})),
            "kinds": [(code, text.in_language(chosen)) for code, text in REPORT_KINDS.items()],
            "kind": request.POST.get("kind", ""),
            "words": request.POST.get("words", "")[:5000],
        }
        if request.method != "POST":
            return keep_language(request, private(render(request, "public/report.html", context)))
        try:
            row = reporting.report(
                unit, request.POST.get("kind", ""), request.POST.get("words", ""), device=device(request)
            )
        except RefusedError as no:
            said = WRONG.get(no.refusal.code)
            if said is None:
                raise
            return private(render(request, "public/report.html", context | {"said": said}, status=422))
        return private(render(request, "public/report.html", context | {"row": row}))
