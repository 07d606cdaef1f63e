"""The merchant's first pages: what has been submitted, a listing tried or submitted, and one submission with its reasons and the appeal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.decisions import queries as decided
from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.doors.merchant.attaching import PAPERS, attach, named
from pinzhi.doors.merchant.forms import LINES, NAMES, WRONG, Typed, read
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission import actions, ending, queries
from pinzhi.life.admission.contracts import STATE_NAMES, Listing, State
from pinzhi.life.admission.rules.marking import pieces, spans_in
from pinzhi.life.admission.rules.naming import field_name
from pinzhi.life.admission.wording import changes

APPEAL_REFUSED = {
    "reason_missing": gettext_lazy("An appeal says why the refusal is wrong."),
    "text_too_long": gettext_lazy("At most 4,000 characters are read."),
    "appealed_already": gettext_lazy("This refusal has been appealed against; wait for the answer."),
    "appeal_too_late": gettext_lazy("The time for an appeal is over. Put right what was named and submit again."),
    "not_refused": gettext_lazy("This submission is not refused."),
}


@own
def index(request: HttpRequest) -> HttpResponse:
    """The merchant's own submissions, newest first, with how many stand in each state."""
    by, asked = actor_of(request), request.GET.get("state", "")
    counted = queries.counts(by)
    page = Paginator(queries.submissions(by, state=asked if asked in set(State) else ""), 50).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "lines": [(row, STATE_NAMES[State(row.state)]) for row in page.object_list],
        "states": [(s.value, STATE_NAMES[s], counted[s.value]) for s in State],
        "asked": asked,
    }
    return render(request, "merchant/index.html", context)


@own
def listing(request: HttpRequest) -> HttpResponse:
    """A listing typed, tried without storing anything, or submitted. What was typed stays on the page."""
    by = actor_of(request)
    if request.method != "POST":
        return render(request, "merchant/listing.html", _form(Typed(_prefilled(request))))
    attached = attach(request, by)
    typed = read(attached.values, by.merchant_id)
    if attached.wrong or request.POST.get("do") == "attach":
        context = _form(Typed(typed.values, attached.wrong)) | {"attached": attached.kept}
        return render(request, "merchant/listing.html", context, status=422 if attached.wrong else 200)
    if typed.listing is None:
        return render(request, "merchant/listing.html", _form(typed), status=422)
    try:
        if request.POST.get("do") == "submit":
            done = actions.submit(typed.listing, by)
            return HttpResponseRedirect(reverse("merchant:submission", args=[done.row.pk]))
        verdict = actions.dry_run(typed.listing, by).verdict
    except RefusedError as no:
        wrong: dict[str, object] = {"id": _("There is no such listing of yours; this id belongs to somebody else.")}
        if no.refusal.code == "file_unknown":
            wrong = {no.refusal.field.partition("[")[0]: WRONG["file_unknown"]}
        elif no.refusal.code != "listing_unknown":
            raise
        return render(request, "merchant/listing.html", _form(Typed(typed.values, wrong)), status=404)
    return render(request, "merchant/listing.html", _form(typed) | answer(typed.listing, verdict))


def _prefilled(request: HttpRequest) -> dict[str, str]:
    """The form as it was submitted last, when the address names a submission to put right."""
    empty = dict.fromkeys(NAMES, "")
    known = request.GET.get("submission", "")
    if not known:
        return empty
    try:
        of = queries.submission(known, actor_of(request)).listing
    except RefusedError:
        raise Http404 from None
    texts = {n: str(getattr(of, n) or "") for n in NAMES if n not in LINES}
    papers = (
        ", ".join([d.kind, d.number, dict(d.fields).get("valid_to", ""), d.path]).rstrip(", ") for d in of.documents
    )
    return texts | {
        "attributes": "\n".join(f"{n}：{v}" for n, v in of.attributes),
        "images": "\n".join(of.images),
        "documents": "\n".join(papers),
    }


def _form(typed: Typed) -> dict[str, Any]:
    return {"typed": typed.values, "wrong": typed.wrong, "papers": PAPERS, "shown": named(typed.values["images"])}


def _pictured(place: str, of: Listing) -> str:
    """The SHA-256 of the picture that a finding is about; empty for any other finding."""
    head, _sep, number = place.partition(":")
    images = of.images if head == "image" and number.isdecimal() else ()
    return "".join(named(images[int(number)])) if images and int(number) < len(images) else ""


def answer(of: Listing, verdict: Mapping[str, Any], captions: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """A verdict as a merchant reads it: the texts with their marks, each problem with words, article and the smallest change. Nothing inside the house."""
    return {
        "outcome": verdict["outcome"],
        "claims": [
            (field_name(f), pieces(text, spans_in(f, verdict)))
            for f, text in (*of.texts(), *captions)
            if any(spans_in(f, verdict))
        ],
        "problems": [
            (
                f,
                field_name(f["field"]),
                Text(f["message_zh"], f["message_en"]),
                _text(f["suggestion"]),
                _pictured(f["field"], of),
            )
            for f in verdict["findings"]
        ],
        "notes": [Text(n["zh"], n["en"]) for n in verdict["notes"]],
        "missing": [(Text(m["reason_zh"], m["reason_en"]), m) for m in verdict["missing"]],
        "freed": [(e, field_name(e["field"]), Text(e["reason_zh"], e["reason_en"])) for e in verdict["exemptions"]],
    }


def _text(pair: Mapping[str, str] | None) -> Text | None:
    return Text(pair["zh"], pair["en"]) if pair else None


@own
def submission(request: HttpRequest, submission_id: str) -> HttpResponse:
    """One submission: how it stands, the reasons, until when it can be appealed against, what changed."""
    return _page(request, submission_id)


def _page(
    request: HttpRequest, submission_id: str, *, typed: str = "", wrong: object = "", status: int = 200
) -> HttpResponse:
    try:
        seen = queries.submission(submission_id, actor_of(request))
    except RefusedError:
        raise Http404 from None
    decision = decided.find(seen.row.decision_id) if seen.row.decision_id else None
    open_to_appeal = (
        seen.row.state in (State.REFUSED, State.RETURNED)
        and not any(a.decision_id == seen.row.decision_id for a in seen.appeals)
        and (decision is None or decision.appeal_until is None or clock.now() <= decision.appeal_until)
    )
    context = answer(seen.listing, seen.screening.verdict, queries.words_on_pictures(seen.screening)) | {
        "row": seen.row,
        "state": STATE_NAMES[State(seen.row.state)],
        "decision": decision,
        "grace": ending.grace_of(seen.row),
        "appeals": seen.appeals,
        "open_to_appeal": open_to_appeal,
        "changes": changes(seen.row),
        "shown": named("\n".join(seen.listing.images)),
        "typed": typed,
        "wrong": wrong,
    }
    return render(request, "merchant/submission.html", context, status=status)


@own
@require_POST
def appeal(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Appeal against a refusal. A refused appeal shows the page again with what was typed."""
    words = request.POST.get("words", "")
    try:
        actions.appeal(submission_id, actor_of(request), words)
    except RefusedError as no:
        said = APPEAL_REFUSED.get(no.refusal.code, no.refusal.reason)
        return _page(request, submission_id, typed=words, wrong=said, status=422)
    messages.success(request, _("Your appeal has been taken; somebody else will judge it."))
    return HttpResponseRedirect(reverse("merchant:submission", args=[submission_id]))
