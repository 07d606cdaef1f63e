"""
The books of complaints: do they balance, and who owes the fund what? And the lines behind it: what was booked, and why?

For those who move money (`complaints.money`); for anybody else of the house the page says so.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.catalogue import queries as catalogue
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.complaints import bookkeeping, money

MOST = 400
"""Lines on the page; the file has them all."""


def _treasurer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @staff
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if actor_of(request).may("complaints.money"):
            return view(request, *args, **kwargs)
        no = Refusal("not_permitted", "Your role may not see the books.", "A manager or an administrator may.")
        return render(request, "console/refused.html", {"refusal": in_words(no)}, status=403)

    return guarded


@_treasurer
def index(request: HttpRequest) -> HttpResponse:
    """Do the books balance, and who owes the fund what?"""
    found, debts = bookkeeping.trial(), bookkeeping.debts()
    names = catalogue.names({Subject(Kind.MERCHANT, a.merchant_id) for a in found.accounts if a.merchant_id})
    own = [a for a in found.accounts if not a.merchant_id]
    theirs = [(a, names.get(Subject(Kind.MERCHANT, a.merchant_id), "")) for a in found.accounts if a.merchant_id]
    owed = [(d, names.get(Subject(Kind.MERCHANT, d.merchant_id), "")) for d in debts]
    context = {
        "trial": found, "own": own, "theirs": theirs, "debts": owed,
        "owed": sum(d.owes for d in debts), "fund": next((a.balance for a in own if a.name == "fund"), 0),
    }  # fmt: skip
    return render(request, "console/books.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    wanted = {name: request.GET.get(name, "").strip()[:140] for name in ("receipt", "account", "merchant_id")}
    return {name: value for name, value in wanted.items() if value}


@_treasurer
def entries(request: HttpRequest) -> HttpResponse:
    """What was booked, and why?"""
    asked = _asked(request)
    lines = list(islice(bookkeeping.entries(**asked), MOST + 1))
    groups: list[list[bookkeeping.Entry]] = []
    for line in lines[:MOST]:
        if groups and groups[-1][0].key == line.key:
            groups[-1].append(line)
        else:
            groups.append([line])
    context = {"groups": groups, "asked": asked, "query": urlencode(asked), "more": len(lines) > MOST, "most": MOST}
    return render(request, "console/book_entries.html", context)


class _Echo:
    def write(self, value: str) -> str:
        return value


@_treasurer
def download(request: HttpRequest) -> HttpResponseBase:
    """The same lines as a table file, all of them. Yuan with two decimals; times in UTC."""
    writer = csv.writer(_Echo())
    head = ("at", "transaction", "kind", "account", "amount", "receipt", "reference", "calculation", "by")

    def rows() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(head)  # the mark by which spreadsheets read Chinese
        for e in bookkeeping.entries(**_asked(request)):
            why = "; ".join(t.zh for t in e.calculation)
            cells = (
                e.at.isoformat(),
                e.key,
                e.kind.zh,
                e.account.name,
                str(e.amount),
                e.receipt,
                e.reference,
                why,
                e.actor,
            )
            yield writer.writerow([_plain(c) for c in cells])

    return StreamingHttpResponse(
        rows(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="pinzhi-books.csv"'},
    )


def _plain(cell: str) -> str:
    """What begins like a formula is written as text: references come from people. A sum in yuan is a figure."""
    looks = cell[:1] in "=+-@\t\r" and cell[:1] != ""
    return f"'{cell}" if looks and not cell.lstrip("-").replace(".", "").isdecimal() else cell


@_treasurer
@require_POST
def collect(request: HttpRequest) -> HttpResponse:
    """Take a debt from the merchant's deposit."""
    try:
        money.collect(request.POST.get("merchant_id", "")[:128], actor_of(request))
    except RefusedError as no:
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
    else:
        messages.success(request, _("Done."))
    return HttpResponseRedirect(reverse("console:books"))
