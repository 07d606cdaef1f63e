"""Screen 25, Rule lab: what would other rules do, and may they hold? A list of versions; one version from draft to live and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission import lab, lab_queries, lab_shadow, shipped
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.models import RulesetVersion, Submission
from pinzhi.life.admission.queries import policy_in_force
from pinzhi.life.admission.rules.lab import RULESET, STAGE_NAMES, Stage
from pinzhi.life.admission.rules.marking import Piece, pieces, spans_in
from pinzhi.life.admission.rules.naming import field_name
from pinzhi.life.admission.stored import listing_from

VERBS = {
    "draft": gettext_lazy("drafted"),
    "ask": gettext_lazy("backtest asked for"),
    "backtest": gettext_lazy("backtested"),
    "shadow": gettext_lazy("into the shadow"),
    "sign": gettext_lazy("first signature"),
    "percentage": gettext_lazy("judges a share"),
    "live": gettext_lazy("live"),
    "replace": gettext_lazy("replaced by another"),
    "revert": gettext_lazy("reverted"),
    "restore": gettext_lazy("live again"),
    "withdraw": gettext_lazy("taken off the way"),
}
OUTCOMES = {
    "pass": gettext_lazy("pass"),
    "manual": gettext_lazy("to a person"),
    "reject": gettext_lazy("refuse"),
}
SHARES = (1, 5, 10, 25, 50)
_LOOK = {Stage.LIVE: "tag-info", Stage.PERCENTAGE: "tag-warn", Stage.SHADOW: "tag-warn"}


@dataclass(frozen=True, slots=True)
class Line:
    """One version in the list."""

    row: RulesetVersion
    stage: Text
    look: str


def _line(row: RulesetVersion) -> Line:
    stage = Stage(row.stage)
    return Line(row, STAGE_NAMES[stage], _LOOK.get(stage, "tag-plain"))


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Every version with its stage, what holds now, and the form of a draft."""
    name = request.GET.get("file", "")
    typed = {"origin": request.GET.get("origin", "")[:80], "file": name, "text": lab_queries.text_now(name)}
    return _index(request, typed if typed["text"] else {"origin": typed["origin"]})


def _index(request: HttpRequest, typed: Mapping[str, str], refusal: Refusal | None = None) -> HttpResponse:
    found = lab_queries.versions()
    held = next((v for v in found if v.stage == Stage.LIVE), None)
    context = {
        "lines": [_line(v) for v in found],
        "live": held,
        "trial": next((_line(v) for v in found if v.stage in (Stage.SHADOW, Stage.PERCENTAGE)), None),
        "shipped": shipped.ruleset().hash,
        "files": sorted({*shipped.texts(), *(held.files if held else ())}),
        "may_draft": actor_of(request).may("admission.draft"),
        "typed": typed,
        "refusal": in_words(refusal) if refusal else None,
        "open": bool(refusal or typed.get("origin") or typed.get("file")),
    }
    return render(request, "console/lab.html", context, status=422 if refusal else 200)


@staff
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Enter one file of rules as a draft on top of what is live; more files at once come by the command line."""
    typed = {
        k: request.POST.get(k, "").replace("\r\n", "\n") for k in ("name", "note", "origin", "file", "text", "cases")
    }
    files = {typed["file"].strip(): typed["text"]} if typed["text"].strip() else {}
    try:
        row = lab.draft(
            actor_of(request),
            typed["name"],
            files,
            cases=typed["cases"],
            note=typed["note"],
            origin=typed["origin"],
        )
    except RefusedError as no:
        return _index(request, typed, no.refusal)
    messages.success(request, _("Drafted. Next: have it tried on the past."))
    return _to(row.pk)


@staff
def show(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version: what it changes, what it would have done, its shadow, and the steps that are possible now."""
    try:
        row = lab.find(version_id)
    except RefusedError as no:
        raise Http404 from no
    actor, last, shadow = actor_of(request), lab_queries.last_backtest(row), lab_queries.tally(row)
    report = last.report if last else {}
    context: dict[str, Any] = {
        "row": row,
        "line": _line(row),
        "seen": lab.seen_digest(row),
        "changes": lab_queries.rule_changes(row),
        "steps": [(s, VERBS.get(s.verb, s.verb), STAGE_NAMES[Stage(s.stage)]) for s in lab_queries.steps(row)],
        "last": last,
        "report": report,
        "stale": bool(last and last.hash != row.hash),
        "rules": sorted(report.get("by_rule", {}).items()),
        "flows": [(OUTCOMES[f["before"]], OUTCOMES[f["after"]], f["listings"], f["before"] != f["after"]) for f in report.get("flows", ())],
        "changed": _beside(report.get("sample", ())),
        "broken": [(b, _answered(b["wanted"]), _answered(b["said"])) for b in report.get("broken_cases", ())],
        "shadow": shadow,
        "waiting": lab_shadow.waiting(row) if row.stage in (Stage.SHADOW, Stage.PERCENTAGE) else 0,
        "shadow_flows": _shadow_flows(shadow.flows) if shadow else [],
        "phantom": _phantom(row),
        "sides": _sides(row),
        "may": _may(row, actor),
        "shares": [s for s in SHARES if s != row.share],
        "hours": policy_in_force().lab.shadow_hours,
    }  # fmt: skip
    return render(request, "console/lab_version.html", context)


def _may(row: RulesetVersion, actor: Any) -> dict[str, bool]:
    """Which buttons stand there: what the stage allows and the role may do."""
    verbs = set(RULESET.verbs(row.stage))
    publish, drafts = actor.may("admission.publish"), actor.may("admission.draft")
    mine = row.asked_by_id == actor.account_id
    return {
        "backtest": drafts and "backtest" in verbs,
        "shadow": drafts and "shadow" in verbs,
        "withdraw": drafts and "withdraw" in verbs,
        "percentage": publish and "percentage" in verbs,
        "live": publish and "live" in verbs,
        "second": publish and bool(row.asked) and not mine and row.drafted_by_id != actor.account_id,
        "revert": actor.may("admission.revert") and "revert" in verbs,
    }


def _answered(told: str) -> str:
    """`manual X01:加厚` in words: the outcome, then the rules with what they met."""
    outcome, _sep, rest = told.partition(" ")
    return f"{OUTCOMES.get(outcome, outcome)} {rest}".strip()


@dataclass(frozen=True, slots=True)
class Beside:
    """A listing that would be judged otherwise: its texts with the marks of both rules side by side."""

    submission: str
    listing: str
    before: str
    after: str
    label: str
    fields: tuple[tuple[Text, tuple[Piece, ...], tuple[Piece, ...]], ...]
    because: tuple[tuple[str, Text], ...]


def _beside(rows: Any) -> list[Beside]:
    listings = _listings([r["submission"] for r in rows])
    return [
        _one(r["submission"], listings[r["submission"]], r["before"], r["after"], r["label"])
        for r in rows
        if r["submission"] in listings
    ]


def _phantom(row: RulesetVersion) -> list[Beside]:
    found = lab_queries.differences(row)
    return [
        _one(
            d.screening.submission_id, listing_from(d.screening.submission.snapshot), d.screening.verdict, d.verdict, ""
        )
        for d in found
    ]


def _one(submission: str, of: Listing, before: Mapping[str, Any], after: Mapping[str, Any], label: str) -> Beside:
    known = {(f["rule"], f["field"], f["start"]) for f in before["findings"]}
    fresh = [f for f in after["findings"] if (f["rule"], f["field"], f["start"]) not in known]
    fields = tuple(
        (field_name(name), old, new)
        for name, text in of.texts()
        if (old := pieces(text, spans_in(name, before))) != (new := pieces(text, spans_in(name, after)))
    )
    return Beside(
        submission,
        of.id,
        str(OUTCOMES[before["outcome"]]),
        str(OUTCOMES[after["outcome"]]),
        str(OUTCOMES[label]) if label else "",
        fields,
        tuple((f["rule"], Text(f["message_zh"], f["message_en"])) for f in fresh),
    )


def _listings(ids: list[str]) -> dict[str, Listing]:
    return {s.pk: listing_from(s.snapshot) for s in Submission.objects.filter(pk__in=ids)}


def _shadow_flows(flows: Mapping[str, int]) -> list[tuple[Any, Any, int, bool]]:
    found = []
    for pair, count in sorted(flows.items()):
        before, after = pair.split()
        found.append((OUTCOMES[before], OUTCOMES[after], count, before != after))
    return found


def _sides(row: RulesetVersion) -> list[tuple[str, int, list[tuple[int, float | None]]]]:
    found = lab_shadow.sides(row) if row.stage == Stage.PERCENTAGE else None
    if found is None:
        return []
    named = ((_("these rules"), found[0]), (_("the rules that are live"), found[1]))
    return [
        (
            name,
            side.listings,
            [(side.outcomes.get(o, 0), _part(side.outcomes.get(o, 0), side.listings)) for o in OUTCOMES],
        )
        for name, side in named
    ]


def _part(of: int, whole: int) -> float | None:
    return of / whole if whole else None


@staff
@require_POST
def step(request: HttpRequest, version_id: int, verb: str) -> HttpResponse:
    """Take a version one step further, or back at once."""
    by, why = actor_of(request), request.POST.get("why", "")
    share = request.POST.get("share", "")
    number = int(share) if share.isascii() and share.isdecimal() and len(share) < 4 else 0
    try:
        if verb == "backtest":
            lab.ask_backtest(by, version_id)
            said = _("It is being tried on the past; load the page again in a moment.")
        elif verb == "revert":
            lab.revert(by, version_id, why=why)
            said = _("Taken back: the rules before it hold again.")
        else:
            row = lab.step(by, version_id, verb, seen=request.POST.get("seen", ""), share=number, why=why)
            said = _("Signed. A second person makes it hold.") if row.asked else _("Done; it holds from now on.")
    except RefusedError as no:
        words = in_words(no.refusal)
        messages.error(request, f"{words.reason} {words.remedy}")
    else:
        messages.success(request, said)
    return _to(version_id)


def _to(version_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("console:lab-version", args=[version_id]))
