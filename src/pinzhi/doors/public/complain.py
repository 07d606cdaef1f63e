"""
The form of a complaint: four short pages, no login, no script. What is kept of it stays for days under the address of the form; a photograph is not needed.

It begins from a scanned code (`?unit=`), from an order in the shop (`?order=` with the token that the marketplace made), or with nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pinzhi.catalogue import queries as catalogue
from pinzhi.doors.public.scan import chosen_language, device, keep_language, private
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import drafts, keys
from pinzhi.life.complaints.contracts import REMEDY_NAMES, WISHES
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Draft
from pinzhi.life.complaints.reading import CHOICES, is_hazard, kind_name, kinds_to_choose
from pinzhi.life.complaints.rules.entry import clean, read
from pinzhi.reading.asking import goods_of

PAGES = {
    1: ("kind", "words", "offence"),
    2: ("goods", "shop", "order_id", "received_on", "price", "quantity", "still_using", "wish"),
    3: ("contact_name", "contact_phone", "contact_email"),
}
"""Fields of each page; the fourth shows everything and sends."""
SAID: dict[str, Any] = {
    "words_missing": _("Choose what is wrong, or write it in your own words."),
    "text_too_long": _("Your text is too long. Say the most important first; more can follow later."),
    "field_too_long": _("This is too long."),
    "amount_wrong": _("Write the price like 128.50."),
    "quantity_wrong": _("Write how many pieces it is about, as a whole number."),
    "day_wrong": _("Write the day like 2026-11-25."),
    "day_in_future": _("This day lies in the future."),
    "day_order": _("The goods cannot have come before they were paid."),
    "kind_unknown": _("Choose one of the list."),
    "too_many_files": _("No more pictures can be added. The ones that you see are kept."),
    "file_too_large": _("A picture is too large. Send a smaller one."),
    "file_empty": _("A file is empty. Choose it again."),
    "file_type_unknown": _("Only pictures (JPEG, PNG, WebP) and PDF are taken."),
    "picture_damaged": _("A picture is damaged. Take it again."),
    "picture_too_large": _("A picture has too many pixels. Send a smaller one."),
    "pdf_encrypted": _("A PDF opens with a password only. Send it without one."),
    "files_of_owner": _("The pictures are too large together. Send smaller ones."),
    "files_not_writable": _("The file could not be kept. Send the complaint without it; you can add it later."),
    "order_token_wrong": _(
        "The link to your order is not complete. Open it in the shop again, or fill in by hand what you bought."
    ),
    "order_token_old": _(
        "The link to your order is too old. Open it in the shop again, or fill in by hand what you bought."
    ),
    "too_many_forms": _("Many complaints were begun on this device today. Go on tomorrow, or call the platform."),
    "draft_unknown": _("This form is no longer there. Begin anew; it takes two minutes."),
}
"""What is said to the buyer, by the code of the refusal."""
View = Callable[..., HttpResponse]


def in_its_language(view: View) -> View:
    """In the language that was asked for, kept by no cache, and in a frame of the marketplace where it is embedded."""

    @csrf_exempt  # no session stands behind these pages; whoever has the address of a form may fill it in
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        chosen = chosen_language(request)
        with translation.override(chosen):
            return keep_language(request, private(view(request, *args, **more)))

    return spoken


def english() -> bool:
    """Whether this page is in English."""
    return (translation.get_language() or "").startswith("en")


def spoken_address(name: str, *args: Any) -> str:
    """An address of these pages, which keeps the language."""
    return reverse(name, args=args) + ("?lang=en" if english() else "")


@in_its_language
def begin(request: HttpRequest) -> HttpResponse:
    """The first page: what is wrong. Nothing is kept before it is sent."""
    known, said = _known(request)
    if request.method == "POST":
        answers = {**known, **_answers(request, 1)}
        wrong = _faults(answers, 1)
        if not wrong:
            try:
                key = drafts.begin(answers, device=device(request))
            except RefusedError as no:
                return _show(request, 1, answers, said=str(SAID[no.refusal.code]), status=429)
            return HttpResponseRedirect(spoken_address("complain-page", key, 2))
        return _show(request, 1, answers, wrong=wrong, status=422)
    return _show(request, 1, known, said=said)


def _known(request: HttpRequest) -> tuple[dict[str, Any], str]:
    """What the address says about order or piece, and what is wrong with it; the form can be filled in either way."""
    asked = request.POST if request.method == "POST" else request.GET
    known: dict[str, Any] = {"language": translation.get_language() or "zh-hans"}
    if asked.get("embed"):
        known["embed"] = True
    said = ""
    if token := asked.get("order", "")[:4000]:
        try:
            order = keys.read_token(token)
        except RefusedError as no:
            said = str(SAID[no.refusal.code])
        else:
            return {**known, "order_token": token, "goods": str(order.get("goods", ""))[:300]}, ""
    if unit := clean(asked.get("unit", ""))[:300]:
        known |= {"unit": unit} | {k: v for k, v in goods_of(unit).items() if k != "gtin"}
    elif asked.get("listing") and (listing := catalogue.listing(asked["listing"][:128])) is not None:
        known |= {"listing_id": listing.id, "merchant_id": listing.merchant_id, "goods": listing.title[:300]}
    return known, said


@in_its_language
def page(request: HttpRequest, key: str, number: str) -> HttpResponse:
    """A page of a form that has been begun."""
    return _at(request, key, int(number))


def _at(request: HttpRequest, key: str, number: int) -> HttpResponse:
    try:
        row = drafts.load(key)
    except RefusedError:
        return render(request, "public/complain_gone.html", _frame(request), status=404)
    if row.sent_as:
        return HttpResponseRedirect(spoken_address("complain-sent", key))
    if request.method != "POST":
        return _show(request, number, row.answers, key=key, row=row)
    try:
        return _next(request, key, number, row)
    except TooManyFilesSent:
        return _show(
            request, number, row.answers, key=key, row=row, wrong={"files": SAID["too_many_files"]}, status=422
        )


def _next(request: HttpRequest, key: str, number: int, row: Draft) -> HttpResponse:
    if number == 4:
        return _send(request, key, row)
    answers = _answers(request, number)
    wrong = _faults({**row.answers, **answers}, number)
    if number == 3:
        wrong |= _files(request, key)
        row = drafts.load(key)
    if wrong:
        return _show(request, number, {**row.answers, **answers}, key=key, row=row, wrong=wrong, status=422)
    drafts.save(key, answers)
    onward = number if request.POST.get("do") == "add" else number + 1
    return HttpResponseRedirect(spoken_address("complain-page", key, onward))


def _answers(request: HttpRequest, number: int) -> dict[str, Any]:
    """The fields of a page as they were typed, cut to what anybody types."""
    longest = policy_in_force().desk.words * 4
    found: dict[str, Any] = {
        name: clean(request.POST.get(name, "")[:longest])
        for name in PAGES[number]
        if name in request.POST or name == "offence"
    }
    if "still_using" in found:
        found["still_using"] = {"yes": True, "no": False}.get(found["still_using"])
    if "offence" in found:
        found["offence"] = bool(found["offence"])
    if number == 3:
        found["contact"] = {n.removeprefix("contact_"): found[n] for n in PAGES[3] if found.get(n)}
    return found


def _faults(answers: dict[str, Any], number: int) -> dict[str, Any]:
    """What is wrong with the fields of a page, in the buyer's words."""
    figures = policy_in_force().desk
    _entry, faults = read(answers, channel="web", now=clock.now(), most_words=figures.words, most_files=figures.photos)
    wrong = {f.field: SAID.get(f.code, f.reason) for f in faults if f.field in PAGES[number]}
    if number == 1 and answers.get("kind") and answers["kind"] not in dict(kinds_to_choose()):
        wrong["kind"] = SAID["kind_unknown"]
    if number == 1 and answers.get("offence") and not answers.get("words"):
        wrong["words"] = _("Say what happened and how it can be seen.")
    return wrong


def _files(request: HttpRequest, key: str) -> dict[str, Any]:
    """Keep the pictures of the page; one bad one stops no other."""
    if sha := request.POST.get("drop", ""):
        drafts.drop_file(key, sha[:64])
        return {}
    wrong: dict[str, Any] = {}
    for file in request.FILES.getlist("files"):
        try:
            drafts.add_file(key, file.chunks())
        except RefusedError as no:
            wrong["files"] = SAID.get(no.refusal.code, no.refusal.reason)
            if no.refusal.code == "too_many_files":
                break
    if getattr(request, "upload_stopped", False):
        wrong["files"] = SAID["files_of_owner"]
    return wrong


def _send(request: HttpRequest, key: str, row: Draft) -> HttpResponse:
    try:
        drafts.send(key, device=device(request))
    except drafts.FaultyError as no:
        field = no.faults[0].field
        number = next((n for n, fields in PAGES.items() if field in fields), 1)
        wrong = {f.field: SAID.get(f.code, f.reason) for f in no.faults}
        return _show(request, number, row.answers, key=key, row=row, wrong=wrong, status=422)
    except RefusedError as no:
        return _show(
            request,
            4,
            row.answers,
            key=key,
            row=row,
            said=str(SAID.get(no.refusal.code, no.refusal.reason)),
            status=422,
        )
    return HttpResponseRedirect(spoken_address("complain-sent", key))


@in_its_language
def sent(request: HttpRequest, key: str) -> HttpResponse:
    """Receipt, key, and what happens next by when."""
    try:
        found = drafts.sent(key)
    except RefusedError:
        return render(request, "public/complain_gone.html", _frame(request), status=404)
    if found is None:
        return HttpResponseRedirect(spoken_address("complain-page", key, 4))
    row, its_key = found
    level = row.level
    context = {
        "row": row,
        "key": its_key,
        "claim": hasattr(row, "steps"),
        "hazard": level == 1,
        "link": spoken_address("complaint", row.receipt),
    }
    return render(request, "public/complain_sent.html", _frame(request) | context)


def _frame(request: HttpRequest) -> dict[str, Any]:
    return {"english": english(), "here": request.path, "query": "", "figures": policy_in_force()}


def _show(
    request: HttpRequest, number: int, answers: dict[str, Any], *, key: str = "", row: Draft | None = None,
    wrong: dict[str, Any] | None = None, said: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    language = translation.get_language() or "zh-hans"
    kept = request.POST if number == 1 and not key else None
    context = _frame(request) | {
        "number": number,
        "key": key,
        "a": answers,
        "wrong": wrong or {},
        "said": said,
        "groups": [
            (title.in_language(language), [(c, kind_name(c).in_language(language)) for c in codes])
            for title, codes in CHOICES
        ],
        "kind": kind_name(answers["kind"]).in_language(language)
        if answers.get("kind") and not (wrong or {}).get("kind")
        else "",
        "wishes": [(w, REMEDY_NAMES[w].in_language(language)) for w in WISHES],
        "wish": REMEDY_NAMES[answers["wish"]].in_language(language) if answers.get("wish") in REMEDY_NAMES else "",
        "hazard": is_hazard(str(answers.get("kind", ""))),
        "files": row.files if row else [],
        "most_files": policy_in_force().desk.photos,
        "most_words": policy_in_force().desk.words,
        "pages": (1, 2, 3, 4),
        "hidden": {n: (kept or request.GET).get(n, "")[:4000] for n in ("order", "unit", "listing", "embed")}
        if not key
        else {},
        "back": spoken_address("complain-page", key, number - 1) if key and number > 1 else "",
    }
    if shown := {n: v for n, v in context["hidden"].items() if v}:
        context["query"] = urlencode(shown) + "&"
    return render(request, "public/complain.html", context, status=status)
