"""
Screen 11, Complaints: what is the buyer owed, and by when? The list of all complaints, and one complaint with everything on it: conversation, order, piece,
law, clocks, and what is to be given.

Where a case is open with the house the page is that of the case, so that keys, lease, stale guard, four eyes and undo are the same as at every desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.casework.contracts import CaseRow
from pinzhi.catalogue import queries as catalogue
from pinzhi.doors.console import incidents
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.doors.console.tracing import COUNTS
from pinzhi.kernel import clock
from pinzhi.kernel.course import COMPLAINT
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.complaints import consumer, desk, dividing, entitling, house, log, showing, timing
from pinzhi.life.complaints.contracts import (
    CLOSED_NAMES,
    HOUSE_STATE_NAMES,
    REMEDY_NAMES,
    SIDE_NAMES,
    Remedy,
    remedies_of_form,
)
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Conversation, Offence, Shown
from pinzhi.life.complaints.models_incidents import Incident
from pinzhi.life.complaints.reading import kind_name, kinds_to_choose
from pinzhi.life.complaints.rules.assistant.carrying import reasons_in_words, understood
from pinzhi.life.complaints.rules.authority import NEXT, SAYINGS
from pinzhi.life.complaints.rules.clocks import Standing
from pinzhi.life.complaints.rules.entitlement import sums
from pinzhi.life.complaints.rules.situation import Situation
from pinzhi.life.complaints.tables import agent_sentences, alleged, entitlement_rules
from pinzhi.life.complaints.telling import Line, story
from pinzhi.reading.whereabouts import whereabouts

WAITS: Mapping[str, tuple[str, ...]] = {
    "house": ("with_house", "reviewing"),
    "merchant": ("awaiting_merchant", "fulfilling"),
    "consumer": ("asked_by_merchant", "asked_by_house", "proposed"),
    "outside": ("testing", "escalated"),
    "closed": ("closed", "merged"),
}
"""Whom a complaint waits for → its states."""
ROWS = 3
"""Remedies of one draft."""


@staff
def index(request: HttpRequest) -> HttpResponse:
    """All complaints: whom they wait for, what runs out first."""
    now, query = clock.now(), request.GET
    waits = query.get("waits", "")
    found = Complaint.objects.all()
    if waits in WAITS:
        found = found.filter(state__in=WAITS[waits])
    elif waits == "late":
        found = found.filter(broken__gt=0).exclude(state__in=WAITS["closed"])
    if text := query.get("text", "").strip()[:128]:
        found = found.filter(
            Q(receipt__iexact=text)
            | Q(order_id=text)
            | Q(merchant_id=text)
            | Q(listing_id=text)
            | Q(batch_id=text)
            | Q(goods__icontains=text)
        )
    if (kind := query.get("kind", "")) and kind in dict(kinds_to_choose()):
        found = found.filter(kind=kind)
    page = Paginator(
        found.order_by(F("next_due").asc(nulls_last=True), "-opened_at")
        if waits != "closed"
        else found.order_by("-closed_at"),
        50,
    ).get_page(query.get("page"))
    by_state = dict(Complaint.objects.values_list("state").annotate(n=Count("pk")))
    late = Complaint.objects.filter(broken__gt=0).exclude(state__in=WAITS["closed"]).count()
    names = {
        "house": _("with the platform"),
        "merchant": _("with the merchant"),
        "consumer": _("with the buyer"),
        "outside": _("tested or with the authority"),
        "closed": _("closed"),
    }
    context = {
        "page": page,
        "lines": [_line(row, now) for row in page.object_list],
        "figures": [(w, names[w], sum(by_state.get(s, 0) for s in states)) for w, states in WAITS.items()] + [("late", _("open, with a broken promise"), late)],
        "waits": waits,
        "text": text,
        "kind": kind,
        "kinds": kinds_to_choose(),
        "incidents": Incident.objects.filter(state="open").count(),
        "offences": Offence.objects.filter(closed_at=None).count(),
        "may_see_books": actor_of(request).may("complaints.money"),
        "may_open": actor_of(request).may("complaints.open"),
        "query": urlencode({n: query[n] for n in ("waits", "text", "kind") if query.get(n)}),
    }  # fmt: skip
    return render(request, "console/complaints.html", context)


def _line(row: Complaint, now: Any) -> dict[str, Any]:
    return {
        "row": row,
        "kind": kind_name(row.kind),
        "state": HOUSE_STATE_NAMES[row.state],
        "closed_as": CLOSED_NAMES.get(row.closed_as),
        "late": row.next_due is not None and row.next_due < now,
    }


@staff
def show(request: HttpRequest, complaint_id: str) -> HttpResponse:
    """One complaint; where a case is open, its page."""
    row = _row(complaint_id)
    if row.case_id:
        return HttpResponseRedirect(reverse("console:case", args=[row.case_id]))
    return _page(request, row)


def _page(
    request: HttpRequest, row: Complaint, *, refusal: Refusal | None = None, typed: str = "", status: int = 200
) -> HttpResponse:
    context = about(row, may=actor_of(request).may("complaints.handle")) | {
        "refusal": in_words(refusal) if refusal else None,
        "typed_more": typed,
    }
    return render(request, "console/complaint.html", context, status=status)


def panel(case: CaseRow, _asked: str = "") -> dict[str, Any]:
    """What the page of a complaint's case shows beside the case itself."""
    row = Complaint.objects.filter(pk=case.evidence.get("complaint", "")).first()
    return about(row, may=True) if row else {}


def offence(case: CaseRow, _asked: str = "") -> dict[str, Any]:
    """What the page of a reported offence shows."""
    row = Offence.objects.filter(pk=case.evidence.get("report", "")).first()
    return {"offence": row, "kind": kind_name(row.kind)} if row else {}


def question(case: CaseRow, _asked: str = "") -> dict[str, Any]:
    """What the page of a merchant's question shows: the whole conversation."""
    row = Conversation.objects.filter(pk=case.evidence.get("conversation", "")).first()
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return {
        "conversation": row,
        "turns": [(datetime.fromisoformat(t["at"]), t) for t in row.turns] if row else [],
        "reasons": reasons_in_words(case.evidence.get("reasons", ()), language),
        "understood": understood(row.session.get("slots", {}), language) if row else [],
    }


def about(row: Complaint, *, may: bool) -> dict[str, Any]:
    """Everything about a complaint, for the page."""
    now, at, language = log.of(row), clock.now(), get_language() or "zh-hans"
    found = entitling.answer(row, now=now)
    rights = entitling.lines(found, language) if found else []
    possible = set(COMPLAINT.verbs(now.state))
    return {
        "row": row,
        "now": now,
        "kind": kind_name(row.kind),
        "state": HOUSE_STATE_NAMES[row.state],
        "closed_as": CLOSED_NAMES.get(row.closed_as),
        "turn": SIDE_NAMES[now.whose_turn] if now.whose_turn else None,
        "story": _story(row),
        "clocks": _clocks(row, at, language),
        "rights": [r for r in rights if r["owed"]],
        "not_owed": [r for r in rights if not r["owed"]],
        "best": found.best if found else None,
        "best_formula": sums.told(found.best.formula, found.best.total, language) if found and found.best else "",
        "no_rights": _no_rights(row),
        "listing": catalogue.listing(row.listing_id) if row.listing_id else None,
        "offer": now.offer,
        "offer_lines": [(REMEDY_NAMES[r.kind], r) for r in (now.offer.remedies if now.offer else ())],
        "owed": [(i, REMEDY_NAMES[o.remedy.kind], o) for i, o in enumerate(now.owed)],
        "draft_rows": _draft_rows(now.draft),
        "remedy_names": REMEDY_NAMES.items(),
        "findings": _findings(now),
        "kinds": kinds_to_choose(),
        "levels": (1, 2, 3, 4),
        "possible": possible,
        "hears": _hears(row),
        "templates": agent_sentences(policy_in_force(at).clocks.merchant_answer_hours),
        "hours": policy_in_force(at).clocks.merchant_answer_hours,
        "limit": policy_in_force(at).desk.limit,
        "may": may and row.state not in ("closed", "merged"),
        "alike": _alike(row),
        "belongs": incidents.of_complaint(row),
        "parts": dividing.parts(row),
        "origin": dividing.origin(row),
        "hazard": row.reading.get("hazard") or {},
        "advice": row.level == 1,
        **_goods(row),
        "into": Complaint.objects.filter(pk=row.merged_into_id).first() if row.merged_into_id else None,
        "joined": list(row.joined.all()[:50]),
    }  # fmt: skip


def _clocks(row: Complaint, at: Any, language: str) -> list[dict[str, Any]]:
    tones = {
        Standing.BREACHED: "sev-H",
        Standing.RUNNING: "tag-plain",
        Standing.PAUSED: "tag-warn",
        Standing.MET: "tag-plain",
        Standing.ENDED: "tag-plain",
    }
    words = {
        Standing.BREACHED: _("out of time"),
        Standing.RUNNING: _("running"),
        Standing.PAUSED: _("stands still"),
        Standing.MET: _("kept"),
        Standing.ENDED: _("ended"),
    }
    return [
        {
            "what": c.what.in_language(language), "why": c.why.in_language(language), "due": c.due.at, "reason": c.due.reason, "open": c.open,
            "tone": tones[c.standing], "word": words[c.standing], "law": c.law, "soon": c.open and c.due.at is not None and c.due.at - at < timedelta(hours=2),
        }
        for c in timing.of(row, at)
        if c.name != "acknowledged" or c.breached_at is not None
    ]  # fmt: skip


def _hears(row: Complaint) -> list[tuple[str, Text]]:
    """What the authority can say next of a complaint that lies with it."""
    if row.state != "escalated":
        return []
    said = timing.said_by_authority(log.steps(row))
    return [(word, SAYINGS[word]) for word in NEXT[said[-1] if said else ""]]


def _goods(row: Complaint) -> dict[str, Any]:
    """Where the goods of a dangerous complaint are."""
    found = whereabouts(row) if row.level == 1 else None
    shown = ("made", "sold", "located", "under_way", "returned", "unaccounted") if found and found.known else ()
    return {"goods": found, "counts": [(COUNTS[n], found.known[n]) for n in shown] if found else []}


def _findings(now: Situation) -> list[tuple[str, Text, str]]:
    """What is alleged by the type, and what a person said of it: name, in words, how it stands."""
    stands = {n: "alleged" for kind in now.kinds for n in alleged().get(kind, ())} | dict(now.findings)
    names = entitlement_rules().names
    return [(name, names[name], stand) for name, stand in sorted(stands.items()) if name in names]


def _story(row: Complaint) -> list[tuple[Line, Text, list[tuple[str, bool]]]]:
    """Lines of the log with their side and the addresses of their files."""
    here = reverse("console:complaint", args=[row.pk])
    return [
        (line, SIDE_NAMES[line.side], [(f"{here}files/{sha}", picture) for sha, picture in line.files])
        for line in story(row, house=True)
    ]


def _no_rights(row: Complaint) -> str:
    if row.price is None:
        return _("Nobody has said what was paid: without it nothing can be computed.")
    return (
        ""
        if row.paid_at or row.received_on
        else _("Nobody has said when it was bought: without it no law can be chosen.")
    )


def _draft_rows(draft: tuple[Remedy, ...]) -> list[Remedy | None]:
    return [*draft, *([None] * max(0, ROWS - len(draft)))]


def _alike(row: Complaint) -> list[Complaint]:
    """Others of the same order, batch or listing: the same matter, perhaps."""
    same = Q()
    if row.order_id:
        same |= Q(order_id=row.order_id, merchant_id=row.merchant_id)
    if row.batch_id:
        same |= Q(batch_id=row.batch_id)
    elif row.listing_id:
        same |= Q(listing_id=row.listing_id)
    return list(Complaint.objects.filter(same).exclude(pk=row.pk).order_by("-opened_at")[:10]) if same else []


def _row(id_: str) -> Complaint:
    row = Complaint.objects.filter(pk=id_).first()
    if row is None:
        raise Http404
    return row


@staff
def file(request: HttpRequest, complaint_id: str, sha256: str) -> HttpResponse:  # noqa: ARG001 - the shape of a view
    """A picture or paper of a complaint, for the house."""
    shown = Shown.objects.filter(complaint=_row(complaint_id), sha256=sha256).first()
    if shown is None:
        raise Http404
    try:
        content, media = showing.out(shown)
    except RefusedError as no:
        raise Http404 from no
    return HttpResponse(
        content,
        content_type=media,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=600"},
    )


@staff
@require_POST
def step(request: HttpRequest, complaint_id: str, verb: str) -> HttpResponse:
    """Take a step that is no decision of a case."""
    row, by, words = _row(complaint_id), actor_of(request), request.POST.get("words", "")
    try:
        if verb == "assess":
            level = request.POST.get("level", "")
            stands = {
                n: s for n, s in zip(request.POST.getlist("finding"), request.POST.getlist("stand"), strict=False) if n
            }
            house.assess(
                row.pk,
                by,
                kinds=[k for k in request.POST.getlist("kinds") if k],
                level=int(level) if level in ("1", "2", "3", "4") else None,
                findings=stands,
            )
        elif verb == "draft":
            house.draft(
                row.pk, by, remedies_of_form(*(request.POST.getlist(name) for name in ("kind", "amount", "what")))
            )
        elif verb == "merge":
            house.merge(row.pk, request.POST.get("into", "")[:32], by)
        elif verb == "split":
            house.split(row.pk, by)
        elif verb == "divide":
            dividing.divide(row.pk, by, kind=request.POST.get("kind", ""), words=words)
        elif verb == "authority":
            heard, name = request.POST.get("said", ""), request.POST.get("authority", "")
            house.heard(row.pk, heard, by, words=words, authority=name)
        elif verb in consumer.WANTS and request.POST.get("phone"):
            offer = request.POST.get("offer", "")
            consumer.do(
                verb,
                row.pk,
                by,
                words=words,
                why="phone",
                **({"offer": int(offer)} if offer.isdecimal() and len(offer) < 8 else {}),
            )
        else:
            house.do(verb, row.pk, by, words=words)
    except RefusedError as no:
        messages.error(request, f"{in_words(no.refusal).reason} {in_words(no.refusal).remedy}")
        row.refresh_from_db()
        if not row.case_id:
            return _page(request, row, refusal=no.refusal, typed=words, status=422)
    else:
        messages.success(request, _("Done."))
    return HttpResponseRedirect(reverse("console:complaint", args=[row.pk]))


OUR_DESKS = (desk.HANDLING, desk.SAFETY, desk.REVIEW)
"""Desks whose cases show a complaint."""
