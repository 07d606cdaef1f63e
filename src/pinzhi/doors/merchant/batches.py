"""Batches as the merchant meets them: registered one by one or by file, how complete their chain is and what is missing, codes and labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue import queries
from pinzhi.catalogue.contracts import BatchCard
from pinzhi.catalogue.papers import KINDS
from pinzhi.doors.merchant import certifying
from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.tracing import (
    by_form,
    certificates,
    cold,
    cold_picture,
    completeness,
    giving,
    numbers,
    printing,
    recall,
)
from pinzhi.life.tracing.models import CodeRange
from pinzhi.life.tracing.rules.chain.form import STEPS
from pinzhi.life.tracing.rules.completeness import QUESTIONS
from pinzhi.life.tracing.rules.labels.layout import SHEETS

FIELDS = (
    "batch_id",
    "listing_id",
    "gtin",
    "produced_on",
    "expires_on",
    "quantity",
    "factory",
    "report_no",
    "quarantine_no",
)
LABELS: Mapping[str, Any] = {
    "batch_id": gettext_lazy("Number of the batch, as on the packaging"),
    "listing_id": gettext_lazy("Listing"),
    "gtin": gettext_lazy("Number of the goods (GTIN)"),
    "produced_on": gettext_lazy("Made on"),
    "expires_on": gettext_lazy("Best before"),
    "quantity": gettext_lazy("Quantity made"),
    "factory": gettext_lazy("Made by"),
    "report_no": gettext_lazy("Number of the test report"),
    "quarantine_no": gettext_lazy("Number of the quarantine certificate"),
}
HINTS: Mapping[str, Any] = {
    "batch_id": gettext_lazy("at most 20 letters and digits, so that it fits on the label"),
    "listing_id": gettext_lazy("id of your listing; or give the GTIN"),
    "produced_on": gettext_lazy("such as 2026-11-26"),
    "quarantine_no": gettext_lazy("for animals and fresh products of them"),
}
WRONG: Mapping[str, Any] = {
    "field_missing": gettext_lazy("This is needed."),
    "gtin_invalid": gettext_lazy("The check digit of the GTIN does not fit."),
    "listing_unknown": gettext_lazy("You have no listing with this id."),
    "id_taken": gettext_lazy("This number is taken; give the batch another one."),
    "expires_before_produced": gettext_lazy("This day lies before the day of production."),
    "batch_without_gtin": gettext_lazy("The batch has no GTIN, and neither has its listing: codes need one."),
    "batch_without_listing": gettext_lazy("Name the listing of the batch first: it says what the goods are."),
    "gtin_there": gettext_lazy("These goods have a GTIN already."),
    "no_prefix": gettext_lazy("The platform cannot number goods yet. Ask the maker for the GTIN."),
    "numbers_used_up": gettext_lazy("The platform has no numbers left; tell it."),
    "batch_invalid": gettext_lazy(
        "The number of the batch does not fit on a label: at most 20 letters, digits and common signs."
    ),
    "count_out_of_range": gettext_lazy("Ask for 1 to 10,000,000 codes."),
    "serials_used_up": gettext_lazy("The codes of this GTIN are used up; ask the platform for a new epoch of keys."),
    "step_unknown": gettext_lazy("Choose a step from the list."),
    "place_invalid": gettext_lazy("The number of the place is no GLN: thirteen digits with their check digit."),
    "container_invalid": gettext_lazy("The number of the box is no SSCC: eighteen digits with their check digit."),
    "nothing_told": gettext_lazy("Give the codes of the pieces, or how many they are."),
    "too_many_pieces": gettext_lazy("At most 500 pieces in one form; tell it in parts, or hand in a file."),
    "piece_not_of_batch": gettext_lazy("One of the codes is no piece of this batch. Compare it with the label."),
    "moment_unreadable": gettext_lazy("Write the moment as 2026-11-26 09:30."),
    "time_future": gettext_lazy("This moment has not come yet."),
    "range_part_outside": gettext_lazy("These codes are not in the range."),
    "void_without_reason": gettext_lazy("Say what happened to the codes."),
    "label_too_small": gettext_lazy("The words and the symbol do not fit on this label; choose a larger one."),
    "symbol_too_full": gettext_lazy("The address is too long for the symbol; shorten the number of the batch."),
}
MOST_BYTES = 5_000_000
MOST_ASIDE = 50


@own
def index(request: HttpRequest) -> HttpResponse:
    """The merchant's batches, each with how complete its chain is; a file of many."""
    return _index(request)


def _index(request: HttpRequest, *, aside: list[tuple[int, str]] | None = None, status: int = 200) -> HttpResponse:
    cards = queries.own_batches(actor_of(request).merchant_id)
    judged = completeness.of_batches(cards)
    lines = [(card, judged[card.id], [QUESTIONS[c][0] for c in judged[card.id].missing]) for card in cards]
    whole = sum(j.complete for j in judged.values())
    context = {
        "lines": lines,
        "whole": whole,
        "aside": aside or [],
        "columns": ",".join((*FIELDS, *certifying.COLUMNS)),
    }
    return render(request, "merchant/batches.html", context, status=status)


@own
def new(request: HttpRequest) -> HttpResponse:
    """Register a batch, or change what is registered of it."""
    values = dict.fromkeys(FIELDS, "")
    if request.method != "POST":
        if card := _card(request, request.GET.get("batch", "")):
            values = _values(card)
        return render(request, "merchant/batch_new.html", _form(values, {}))
    values = {name: request.POST.get(name, "").strip()[:300] for name in FIELDS}
    taken = catalogue.register_own_batches([(1, {k: v for k, v in values.items() if v})], actor_of(request))
    if taken.aside:
        no = taken.aside[0]
        return render(request, "merchant/batch_new.html", _form(values, {no.field: _in_words(no)}), status=422)
    messages.success(request, _("The batch is registered."))
    return HttpResponseRedirect(reverse("merchant:batch", args=[values["batch_id"]]))


@own
@require_POST
def many(request: HttpRequest) -> HttpResponse:
    """Register the batches of a CSV file; rows that cannot be taken are listed with their lines, the others are registered."""
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > MOST_BYTES:
        return _index(request, aside=[(0, _("Choose a CSV file of at most 5 MB."))], status=422)
    try:
        text = file.read(MOST_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        return _index(request, aside=[(0, _("Save the file as CSV in UTF-8."))], status=422)
    given, by = list(_rows(text)), actor_of(request)
    taken = catalogue.register_own_batches(given, by)
    bad = {no.line for no in taken.aside}
    taken.aside += certifying.named_in(((line, row) for line, row in given if line not in bad), by)
    if taken.accepted or taken.duplicate:
        said = ngettext("%(n)s batch registered", "%(n)s batches registered", taken.accepted) % {"n": taken.accepted}
        messages.success(request, said)
    if not taken.read:
        return _index(request, aside=[(0, _("There is no row in the file."))], status=422)
    if taken.aside:
        return _index(
            request,
            aside=[(no.line or 0, f"{no.field}: {_in_words(no)}") for no in taken.aside[:MOST_ASIDE]],
            status=422,
        )
    return HttpResponseRedirect(reverse("merchant:batches"))


@own
def show(request: HttpRequest, batch_id: str) -> HttpResponse:
    """One batch: the chain with what is missing, codes, labels, void codes, the rehearsal of a recall."""
    return _show(request, batch_id)


def _show(request: HttpRequest, batch_id: str, *, wrong: str = "", status: int = 200) -> HttpResponse:
    by = actor_of(request)
    card = _card(request, batch_id)
    if card is None:
        raise Http404
    judged = completeness.of_batches([card])[card.id]
    ranges = CodeRange.objects.filter(batch_id=card.id, **giving.mine(by)).prefetch_related("voids").order_by("-pk")
    journeys = cold.of_batch(card)
    context = {
        "journeys": cold_picture.shown(journeys, get_language() or "zh-hans"),
        "warm": sum(bool(j.breaks) for j in journeys),
        "measured": len(journeys),
        "card": card,
        "judged": judged,
        "gtin": numbers.of_goods([card])[card.id],
        "there": [QUESTIONS[c][0] for c in judged.there],
        "missing": [QUESTIONS[c] for c in judged.missing],
        "ranges": [(r, sum(v.count for v in r.voids.all())) for r in ranges],
        "jobs": [(j, list(range(1, j.done + 1))[:200]) for j in printing.jobs_of(card.id, by)],
        "sheets": sorted(SHEETS),
        "steps": [(code, step.name) for code, step in STEPS.items()],
        "typed": request.POST,
        "certificates": certificates.of_batch(card),
        "kinds": list(KINDS.items()),
        "wrong": wrong,
    }
    return render(request, "merchant/batch.html", context, status=status)


@own
@require_POST
def step(request: HttpRequest, batch_id: str, verb: str) -> HttpResponse:
    """Codes given out, labels asked for, a step of the way told, papers attached, codes declared void, a recall rehearsed."""
    by, given = actor_of(request), request.POST
    if _card(request, batch_id) is None:
        raise Http404
    try:
        if verb == "codes":
            giving.issue(batch_id, _whole(given.get("count", "")), by)
            messages.success(request, _("The codes are given out. Ask for the labels below."))
        elif verb == "number":
            row = numbers.give(batch_id, by)
            messages.success(request, _("The goods have the number %(gtin)s of the platform.") % {"gtin": row.gtin})
        elif verb == "labels":
            form = given.get("form", "pdf")
            printing.ask(
                _whole(given.get("range", "")), by, form=form, sheet=given.get("sheet", "a4-24"), symbol=given.get("symbol", "qr"),
                scratch=form == "csv" and given.get("scratch") == "1",
            )  # fmt: skip
            messages.success(request, _("The labels are being written. They appear here volume by volume."))
        elif verb == "told":
            fields = {name: given.get(name, "")[:60_000] for name in ("step", "at", "gln", "pieces", "sscc")}
            taken = by_form.tell(batch_id, by, quantity=_whole(given.get("quantity", "")), **fields)
            messages.success(
                request,
                _("The step is recorded.") if taken.fresh else _("This step was recorded already; nothing changed."),
            )
        elif verb in certifying.VERBS:
            messages.success(request, certifying.VERBS[verb](request, batch_id, by))
        elif verb == "void":
            giving.void(
                _whole(given.get("range", "")),
                _whole(given.get("first", "")),
                _whole(given.get("count", "")),
                given.get("reason", ""),
                by,
            )
            messages.success(request, _("The codes are void."))
        else:
            found = recall.drill(batch_id, by).found
            said = _(
                "Rehearsed in %(ms)d ms: %(made)s made, %(sold)s sold, %(located)s located, %(unaccounted)s unaccounted for."
            )
            messages.success(
                request,
                said
                % {"ms": found["milliseconds"], **{k: found[k] for k in ("made", "sold", "located", "unaccounted")}},
            )
    except RefusedError as no:
        if no.refusal.code in ("range_unknown", "batch_unknown", "paper_unknown"):
            raise Http404 from no
        return _show(request, batch_id, wrong=_in_words(no.refusal), status=422)
    return HttpResponseRedirect(reverse("merchant:batch", args=[batch_id]))


@own
def labels(request: HttpRequest, job_id: int, number: int) -> FileResponse:
    """A volume of labels as a file."""
    try:
        job, path = printing.volume(job_id, number, actor_of(request))
    except RefusedError:
        raise Http404 from None
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{job.range.batch_id}-{number:04d}{path.suffix}")


def _card(request: HttpRequest, batch_id: str) -> BatchCard | None:
    try:
        return giving.own_batch(batch_id, actor_of(request))
    except RefusedError:
        return None


def _values(card: BatchCard) -> dict[str, str]:
    return {name: str(getattr(card, "id" if name == "batch_id" else name) or "") for name in FIELDS}


def _form(values: Mapping[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    fields = [
        {"name": n, "label": LABELS[n], "hint": HINTS.get(n, ""), "value": values[n], "wrong": wrong.get(n, "")}
        for n in FIELDS
    ]
    return {"fields": fields, "other": [w for n, w in wrong.items() if n not in FIELDS]}


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        kept = {str(k): str(v).strip() for k, v in row.items() if (k in FIELDS or k in certifying.COLUMNS) and v}
        if kept:
            yield line, kept


def _in_words(no: Refusal) -> str:
    return str(WRONG.get(no.code) or certifying.WRONG.get(no.code) or f"{no.reason}; {no.remedy}")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
