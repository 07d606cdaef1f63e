"""Screens 2 and 3, Admission: what may be sold, and is this listing true and lawful? Screen 3 is the page of an admission case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from pinzhi.casework.contracts import CaseRow, Purpose
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.charts import language
from pinzhi.doors.console.handed import Elsewhere, Picture, elsewhere, file_in, known, pictures
from pinzhi.doors.console.listing import choices, listing
from pinzhi.doors.console.tables import Column, heads
from pinzhi.doors.console.words import money
from pinzhi.drawing import whisker
from pinzhi.kernel import clock
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Reason
from pinzhi.life.admission import queries
from pinzhi.life.admission.contracts import STATE_NAMES, Document, Listing, State
from pinzhi.life.admission.models import Screening, Submission
from pinzhi.life.admission.rules.marking import Piece, pieces, spans_in
from pinzhi.life.admission.rules.naming import field_name
from pinzhi.life.admission.rules.papers import PaperEnd, ends
from pinzhi.life.admission.tables import matrix
from pinzhi.life.admission.telling import DESK, reasons_of
from pinzhi.life.admission.wording import changes
from pinzhi.people.roles import Actor

COLUMNS = (
    Column(_("Listing")),
    Column(_("What stands against it")),
    Column(_("Severity")),
    Column(_("Time left"), sort="due"),
    Column(_("With"), wide=True),
)
SHOWN = 2
"""Reasons in a line of the queue; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue: the case, its submission, the first reasons and how many more."""

    case: CaseRow
    submission: Submission | None
    reasons: tuple[Reason, ...]
    more: int
    severe: bool
    again: bool


@staff
def index(request: HttpRequest) -> HttpResponse:
    """The desk of admission, worst first, with the reasons in words and how many submissions stand in each state."""
    shown = listing(request, desk=DESK)
    found = queries.of_cases(row.shown for row in shown.page.rows)
    screened = queries.screenings_of(found.values())
    context = {
        "listing": shown,
        "lines": [_line(row, found.get(row.shown), screened) for row in shown.page.rows],
        "heads": heads(COLUMNS, request.GET, request.GET.get("sort", "turn")),
        "choices": {name: options for name, options in choices().items() if name != "desk"},
        "states": [(s, STATE_NAMES[s], n) for s, n in _counts(actor_of(request)) if s is not State.REPLACED],
    }
    return render(request, "console/admission.html", context)


def _counts(by: Actor) -> list[tuple[State, int]]:
    counted = queries.counts(by)
    return [(s, counted[s.value]) for s in State]


def _line(case: CaseRow, row: Submission | None, screened: Mapping[str, Screening]) -> Waiting:
    said = screened.get(row.pk) if row else None
    reasons = reasons_of(said.verdict) if said else []
    return Waiting(
        case,
        row,
        tuple(reasons[:SHOWN]),
        max(len(reasons) - SHOWN, 0),
        bool(said and said.severe),
        bool(row and row.previous_id),
    )


# --- the page of a case ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """One text of the listing with its marks."""

    field: str
    name: Text
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A finding beside what speaks about it: the words, what is wrong, the article, the smallest change; the papers that would settle it, there or not."""

    finding: Mapping[str, Any]
    where: Text
    message: Text
    fix: Text | None
    papers: tuple[tuple[str, Document | None], ...]
    known: tuple[tuple[str, str], ...]
    picture: Picture | None
    elsewhere: Elsewhere | None


@dataclass(frozen=True, slots=True)
class Handed:
    """A paper that was handed in, its file (empty for none), and the day it ends on (None where it has no readable end)."""

    document: Document
    sha256: str
    end: PaperEnd | None
    over: bool


def panel(case: CaseRow, _part: str) -> dict[str, Any]:
    """What the page of an admission case shows in place of bare evidence; empty when the submission is gone."""
    row = queries.of_case(case.shown)
    if row is None:
        return {}
    seen = queries.submission(row.pk, Actor.system("console"))
    appeal = {"appeal": next((a for a in seen.appeals if a.case_id == case.shown), None)}
    if case.shown == case.id or case.purpose == Purpose.CONSENSUS:
        return about(seen) | appeal
    return about(queries.as_screened(seen, case.evidence.get("verdict", ""))) | appeal | undecided(case)


def undecided(case: CaseRow) -> dict[str, Any]:
    """What would tell of a decision already taken, as it stood before: for whoever judges the matter once more."""
    return {"state": STATE_NAMES[State.PENDING], "submitted_at": case.opened_at, "earlier": ()}


def about(seen: queries.Seen) -> dict[str, Any]:
    """The submission with its claims marked, each finding beside the evidence, what was not flagged and why, papers, prices, and what changed."""
    verdict, of = seen.screening.verdict, seen.listing
    policy = queries.policy_in_force()
    by_place = {e.place: e for e in ends(of, policy.papers)}
    today, seen_at = clock.today(), elsewhere(verdict["findings"])
    return {
        "seen": seen,
        "row": seen.row,
        "submitted_at": seen.row.at,
        "state": STATE_NAMES[State(seen.row.state)],
        "severe": seen.screening.severe,
        "claims": claims(of, verdict, queries.words_on_pictures(seen.screening)),
        "held": [held(f, seen.row, of, seen_at) for f in verdict["findings"]],
        "notes": [Text(n["zh"], n["en"]) for n in verdict["notes"]],
        "missing": [_missing(m) for m in verdict["missing"]],
        "freed": [_freed(e) for e in verdict["exemptions"]],
        "handed": [
            Handed(d, file_in(d.path), by_place.get(n), bool(n in by_place and by_place[n].expires_on < today))
            for n, d in enumerate(of.documents)
        ],
        "reports": queries.reports_of(seen),
        "price": strip(seen.row, of),
        "differs": changes(seen.row),
        "pictures": pictures(seen.row, of),
        "earlier": [(e, STATE_NAMES[State(e.state)]) for e in queries.earlier(seen.row)],
    }


def claims(of: Listing, verdict: Mapping[str, Any], captions: Iterable[tuple[str, str]] = ()) -> list[Claim]:
    """Every text that a buyer reads, cut where something was found; and the words read on pictures."""
    return [Claim(f, field_name(f), pieces(text, spans_in(f, verdict))) for f, text in (*of.texts(), *captions)]


def held(finding: Mapping[str, Any], row: Submission, of: Listing, seen_at: Mapping[str, Elsewhere]) -> Held:
    """A finding with the papers that would settle it, what it was compared with, and the picture that it is about beside the one it was seen in."""
    by_kind = {matrix().kind(d.kind): d for d in of.documents}
    fix, place = finding["suggestion"], finding["field"]
    return Held(
        finding,
        field_name(finding["field"]),
        Text(finding["message_zh"], finding["message_en"]),
        Text(fix["zh"], fix["en"]) if fix else None,
        tuple((kind, by_kind.get(kind)) for kind in finding["wanted"]),
        known(finding),
        next((p for p in pictures(row, of) if p.place == place), None),
        seen_at.get(place),
    )


def _missing(m: Mapping[str, Any]) -> tuple[Text, Mapping[str, Any]]:
    return Text(m["reason_zh"], m["reason_en"]), m


def _freed(e: Mapping[str, Any]) -> tuple[Text, Text, Mapping[str, Any]]:
    return field_name(e["field"]), Text(e["reason_zh"], e["reason_en"]), e


@dataclass(frozen=True, slots=True)
class Strip:
    """The price among its peers: what is asked, what is crossed out, what was really paid, and admitted goods of the category."""

    price: Decimal | None
    compared: Decimal | None
    meaning: str
    deals: tuple[Decimal, ...]
    peers: queries.Peers | None
    drawn: str

    @property
    def lowest_deal(self) -> Decimal | None:
        """The lowest price that was really paid."""
        return min(self.deals, default=None)


def strip(row: Submission, of: Listing) -> Strip | None:
    """The price strip; None where no price is known. One query."""
    if of.price is None and of.compared_price is None:
        return None
    peers = queries.peers(row)
    drawn = ""
    if peers is not None and of.price is not None:
        ends_at = [float(v) for v in (peers.low, peers.high, of.price)]
        title = _("%(price)s among %(low)s to %(high)s, middle %(middle)s") % {
            "price": money(of.price),
            "low": money(peers.low),
            "high": money(peers.high),
            "middle": money(peers.middle),
        }
        low, high = min(ends_at), max(ends_at)
        drawn = whisker(
            float(of.price),
            float(peers.low),
            float(peers.high),
            scale=(low, high if high > low else low + 1),
            title=str(title),
            language=language(),
            lines=(float(peers.middle),),
            width=260,
        )
    deals = tuple(d.price for d in of.deal_prices)
    return Strip(of.price, of.compared_price, of.compared_price_meaning, deals, peers, drawn)
