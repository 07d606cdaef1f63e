"""
Incidents: which complaints are one matter, and what do all of them get? The list, one incident with its members and why they are alike, who is affected and
has not complained, and one decision for all with what each gets by it.

Where a case is open the page is that of the case, so that keys, lease, stale guard, four eyes and undo are those of every desk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.casework.contracts import CaseRow
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import affected, incident_desk, incidents, joint, placing
from pinzhi.life.complaints.contracts import HOUSE_STATE_NAMES, REMEDY_NAMES, Remedy
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, JointDecision, Placement, Share
from pinzhi.life.complaints.reading import kind_name
from pinzhi.life.complaints.rules.gathering import DECIDED, GROUND_NAMES, LEFT_OUT, Ground
from pinzhi.life.complaints.rules.incident import STATE_NAMES, VERB_NAMES
from pinzhi.life.complaints.tables import alleged, entitlement_rules
from pinzhi.people.roles import Actor
from pinzhi.reading.reached import reached

SHOWN, EXPLAINED, SHARES = 100, 15, 200
"""Members, members whose likeness is put into words, and lines of a preview on one page."""
STATES = ("open", "applying", "decided", "gathering", "left")
OUTCOMES = {
    "uphold": gettext_lazy("Uphold: give a remedy"),
    "dismiss": gettext_lazy("Do not uphold"),
    "refer": gettext_lazy("Hand to the authority"),
}
REMEDIES = {
    "law": gettext_lazy("What the law gives each (no multiple)"),
    "full": gettext_lazy("The most that the law gives each, multiples too"),
    "refund": gettext_lazy("The price back, goods stay"),
    "share": gettext_lazy("A part of the price back, in percent"),
    "fixed": gettext_lazy("The same sum for everybody, in yuan"),
    "exchange": gettext_lazy("Exchange"),
    "repair": gettext_lazy("Repair"),
}


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Incidents: what waits for one decision, what gathers."""
    state = request.GET.get("state", "")
    found = Incident.objects.exclude(state="merged").filter(size__gt=1)
    counts = dict(found.values_list("state").annotate(n=Count("pk")))
    if state in STATES:
        found = found.filter(state=state)
    if text := request.GET.get("text", "").strip()[:128]:
        found = found.filter(number__iexact=text) | found.filter(merchant_id=text) | found.filter(goods__icontains=text)
    page = Paginator(found.order_by("level", "-size", "-first_on"), 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(row, STATE_NAMES[row.state]) for row in page.object_list],
        "figures": [(s, STATE_NAMES[s], counts.get(s, 0)) for s in STATES],
        "state": state,
        "text": text,
        "needed": policy_in_force().incident,
    }
    return render(request, "console/incidents.html", context)


@staff
def show(request: HttpRequest, incident_id: str) -> HttpResponse:
    """One incident; where a case is open, its page."""
    row = _row(incident_id)
    if row.merged_into_id:
        return HttpResponseRedirect(reverse("console:incident", args=[row.merged_into_id]))
    if row.case_id:
        return HttpResponseRedirect(reverse("console:case", args=[row.case_id]))
    return render(request, "console/incident.html", about(row, actor_of(request)))


def panel(case: CaseRow, _asked: str = "") -> dict[str, Any]:
    """What the page of an incident's case shows beside the case itself."""
    row = Incident.objects.filter(pk=case.evidence.get("incident", "")).first()
    return about(row, None, case) if row else {}


def about(row: Incident, by: Actor | None, case: CaseRow | None = None) -> dict[str, Any]:
    """Everything about an incident, for its page."""
    may = by is None or by.may("complaints.handle")
    batches = incident_desk.batches_of(row)
    figures = policy_in_force(clock.now()).incident
    orders = affected.orders(row, batches, clock.now(), figures.sales_days) if batches else []
    silent = [o for o in orders if not o.left_out]
    plan = joint.planned(row) or _of_case(row, case)
    surfaced = row.log.filter(verb="surface").order_by("-n").first()
    kinds = Counter(Complaint.objects.filter(placement__incident=row).values_list("kind", flat=True))
    names = entitlement_rules().names
    return {
        "row": row,
        "state": STATE_NAMES[row.state],
        "why": surfaced.data if surfaced else {},
        "members": _members(row, plan),
        "more": max(0, row.size - SHOWN),
        "kinds": [(kind_name(k), n) for k, n in kinds.most_common()],
        "batches": batches,
        "sold": incident_desk.sold(row),
        "waiting": incident_desk.waiting(row).count(),
        "silent": len(silent),
        "silent_pieces": sum(o.quantity for o in silent),
        "silent_sum": sum((o.price for o in silent if o.price is not None), Decimal("0.00")),
        "settled": sum(o.left_out in ("refunded", "paid_before") for o in orders),
        "findings": [(n, names[n]) for n in sorted({f for k in kinds for f in alleged().get(k, ())} & set(names))],
        "ways": OUTCOMES.items(),
        "remedies": REMEDIES.items(),
        "plan": _plan(plan) if plan else None,
        "later": _later(row, plan),
        "past": [_plan(d, lines=False) for d in row.joint.filter(state__in=("decided", "applied")).order_by("-n")],
        "story": [(s, VERB_NAMES[s.verb]) for s in row.log.exclude(verb="join").order_by("-n")[:30]],
        "may_plan": may and row.state == "open" and (case is None or case.state not in ("decided", "proposed")),
        "may_take_up": may and row.state in ("gathering", "left", "decided"),
        "may": may and row.state in ("open", "gathering", "left"),
        "limit": figures.limit,
    }  # fmt: skip


def _of_case(row: Incident, case: CaseRow | None) -> JointDecision | None:
    """The plan that a decided case was about."""
    seen = case.evidence.get("plan") if case else ""
    return row.joint.filter(digest=seen).order_by("-n").first() if seen else None


def _members(row: Incident, plan: JointDecision | None) -> list[dict[str, Any]]:
    out = set(plan.shares.filter(left_out="by_person").values_list("complaint_id", flat=True)) if plan else set()
    found: list[dict[str, Any]] = []
    explained = 0
    for stands in list(incidents.members(row)[:SHOWN]):
        why = None
        if stands.ground == Ground.TEXT.value and explained < EXPLAINED:
            why, explained = placing.because(stands), explained + 1
        found.append(
            {
                "c": stands.complaint, "kind": kind_name(stands.complaint.kind), "state": HOUSE_STATE_NAMES[stands.complaint.state],
                "ground": GROUND_NAMES[Ground(stands.ground)], "score": round(stands.score * 100), "like": stands.like, "pieces": why.pieces if why else (),
                "text": stands.ground == Ground.TEXT.value, "out": stands.complaint_id in out, "open": stands.complaint.state not in DECIDED,
            }
        )  # fmt: skip
    return found


def _plan(plan: JointDecision, *, lines: bool = True) -> dict[str, Any]:
    shares = plan.shares.select_related("complaint").order_by("pk")
    out = Counter(shares.exclude(left_out="").values_list("left_out", flat=True))
    applied = shares.exclude(applied_at=None)
    return {
        "d": plan,
        "counted": joint.counted(plan),
        "outcome": OUTCOMES[plan.outcome],
        "remedy": REMEDIES.get(plan.remedy, ""),
        "out": [(LEFT_OUT[code], n) for code, n in out.most_common()],
        "shares": [_share(s) for s in shares[:SHARES]] if lines else [],
        "more": max(0, shares.count() - SHARES) if lines else 0,
        "given": applied.aggregate(t=Sum("amount"))["t"] or Decimal("0.00"),
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "s": share,
        "gets": [(REMEDY_NAMES[r.kind], r) for r in map(Remedy.of, share.remedies)],
        "why": LEFT_OUT.get(share.left_out),
        "traced": bool(share.order_id),
    }


def _later(row: Incident, plan: JointDecision | None) -> int:
    """Members who joined after the preview."""
    if plan is None or plan.state != "planned":
        return 0
    inside = plan.shares.exclude(complaint=None).values_list("complaint_id", flat=True)
    return row.members.exclude(complaint_id__in=list(inside)).count()


def of_complaint(row: Complaint) -> dict[str, Any] | None:
    """For the page of a complaint: the incident that it belongs to with others, why, and the incidents of the same merchant that it may be put into."""
    stands = Placement.objects.filter(complaint=row).select_related("incident", "like").first()
    if stands is None:
        return None
    others = Incident.objects.filter(merchant_id=row.merchant_id, size__gt=0).exclude(pk=stands.incident_id)
    why = placing.because(stands)
    return {
        "incident": stands.incident,
        "others": stands.incident.size - 1,
        "state": STATE_NAMES[stands.incident.state],
        "ground": GROUND_NAMES[Ground(stands.ground)],
        "text": stands.ground == Ground.TEXT.value,
        "score": round(stands.score * 100),
        "like": stands.like,
        "pieces": why.pieces if why else (),
        "elsewhere": list(others.exclude(state__in=("merged", "applying")).order_by("-size", "-opened_at")[:5]),
    }


@staff
@require_POST
def step(request: HttpRequest, incident_id: str, verb: str) -> HttpResponse:
    """Do one thing to an incident that is no decision of its case."""
    row, by, post = _row(incident_id), actor_of(request), request.POST
    where = reverse("console:incident", args=[row.pk])
    try:
        if verb == "plan":
            _planned(row, by, request)
        elif verb == "part":
            incidents.part(post.get("complaint", "")[:32], by, overrule=bool(post.get("overrule")))
        elif verb == "put":
            incidents.put(post.get("complaint", "")[:32], row.pk, by, overrule=bool(post.get("overrule")))
        elif verb == "merge":
            into = Incident.objects.filter(number=post.get("into", "").strip().upper()[:16]).first()
            where = reverse("console:incident", args=[incidents.merge(row.pk, into.pk if into else "", by).pk])
        elif verb == "batches":
            incidents.batches(row.pk, post.get("batches", "").replace(",", "\n").split("\n"), by)
        elif verb == "trace":
            _traced(request, row, by)
        elif verb == "take_up":
            incidents.take_up(row.pk, by)
        else:
            raise Http404
    except RefusedError as no:
        messages.error(request, f"{in_words(no.refusal).reason} {in_words(no.refusal).remedy}")
    else:
        messages.success(request, _("Done."))
    if (back := post.get("back", "")) and Complaint.objects.filter(pk=back).exists():
        where = reverse("console:complaint", args=[back])
    return HttpResponseRedirect(where)


def _planned(row: Incident, by: Actor, request: HttpRequest) -> None:
    post = request.POST
    without = frozenset(c for c in post.getlist("without") if len(c) == 32)
    joint.plan(
        row.pk, by, outcome=post.get("outcome", ""), remedy=post.get("remedy", ""), figure=post.get("figure", "").strip() or None,
        findings=_chosen(post.getlist("findings")), words_zh=post.get("words_zh", ""), words_en=post.get("words_en", ""), orders=bool(post.get("orders")),
        without=without,
    )  # fmt: skip


def _chosen(names: Sequence[str]) -> list[str]:
    return [n[:60] for n in names if n]


def _traced(request: HttpRequest, row: Incident, by: Actor) -> None:
    """Ask tracing which batches the goods stand in, and write the answer down."""
    found, unknown = reached(incident_desk.batches_of(row), by)
    if unknown:
        messages.info(request, _("Tracing does not know: %(names)s") % {"names": ", ".join(unknown)[:200]})
    incidents.batches(row.pk, found, by, source="tracing")


def _row(id_: str) -> Incident:
    row = Incident.objects.filter(pk=id_).first()
    if row is None:
        raise Http404
    return row


DESKS = (incident_desk.DESK,)
