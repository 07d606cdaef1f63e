"""Reports and quarantine certificates of a batch at the merchant door: attached with their file, published or withheld, taken off again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pinzhi.catalogue import files, papers
from pinzhi.doors.merchant import attaching
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.people.roles import Actor

WRONG: Mapping[str, Any] = {
    **attaching.WRONG,
    "paper_kind_unknown": gettext_lazy("Choose what kind of paper it is."),
    "paper_number_invalid": gettext_lazy(
        "Write the number as on the paper: up to 64 letters, digits and common signs."
    ),
    "day_unreadable": gettext_lazy("Write the day as 2026-11-26."),
    "day_future": gettext_lazy("This day has not come yet."),
    "papers_of_batch": gettext_lazy("This batch has as many papers as it may have. Take one off that is not needed."),
    "file_missing": gettext_lazy("Choose the file of the report or certificate."),
    "file_unknown": gettext_lazy(
        "You have handed in no such file. Hand it in first, then name it as file:… with its digest."
    ),
}


COLUMNS: Mapping[str, tuple[str, str]] = {
    "report_file": ("report", "report_no"),
    "quarantine_file": ("quarantine", "quarantine_no"),
}
"""Columns of a file of batches that name a file which was handed in before (`file:<sha256>`): its kind, and the column of its number."""


def named_in(rows: Iterable[tuple[int, Mapping[str, str]]], by: Actor) -> list[Refusal]:
    """Attach the files that rows of registered batches name. What cannot be attached is set aside with its line; the others are attached."""
    aside = []
    for line, row in rows:
        for column, (kind, number) in COLUMNS.items():
            if not row.get(column):
                continue
            reference = files.REFERENCE.fullmatch(row[column])
            try:
                papers.attach(
                    row.get("batch_id", ""), kind=kind, number=row.get(number, ""), issued_on="",
                    sha256=reference[1] if reference else "", by=by,
                )  # fmt: skip
            except RefusedError as no:
                aside.append(replace(no.refusal, line=line, field=column))
    return aside


def _attach(request: HttpRequest, batch_id: str, by: Actor) -> str:
    file, given = request.FILES.get("file"), request.POST
    if getattr(request, "upload_stopped", False):
        raise RefusedError.because("file_too_large", "the file is too large", "send a smaller one", field="file")
    if file is None:
        raise RefusedError.because("file_missing", "no file was chosen", "choose one", field="file")
    words = {name: given.get(name, "")[:200] for name in ("kind", "number", "issued_on")}
    papers.checked(batch_id, by=by, **words)  # before bytes are kept that nothing would point to
    card = files.upload(file.chunks(), by)
    papers.attach(batch_id, sha256=card.sha256, by=by, **words)
    return _("The paper is attached. The next step that you record carries its digest; the file stays with you.")


def _publish(request: HttpRequest, _batch_id: str, by: Actor) -> str:
    papers.publish(request.POST.get("paper", "")[:32], by, public=True)
    return _("Everybody who scans a code can download the file now.")


def _withhold(request: HttpRequest, _batch_id: str, by: Actor) -> str:
    papers.publish(request.POST.get("paper", "")[:32], by, public=False)
    return _("Nobody else can download the file any more.")


def _detach(request: HttpRequest, _batch_id: str, by: Actor) -> str:
    papers.detach(request.POST.get("paper", "")[:32], by)
    return _("The paper is taken off. Events that named it go on naming it.")


VERBS: Mapping[str, Callable[[HttpRequest, str, Actor], str]] = {
    "certificate": _attach,
    "publish": _publish,
    "withhold": _withhold,
    "detach": _detach,
}
"""What the form asks for, by the last part of its address."""
