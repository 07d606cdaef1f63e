"""What rating does when something happens elsewhere: signals ask for a new computation, and a lifted delisting gives the state back."""

from __future__ import annotations

from pinzhi.casework import queries as cases
from pinzhi.decisions import queries as decided
from pinzhi.engine.outbox import Context
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.facts import DecisionLifted, SignalJudged, SignalRaised
from pinzhi.life.rating.contracts import State
from pinzhi.life.rating.desk import restore
from pinzhi.life.rating.models import Mark, RatingRow
from pinzhi.life.rating.telling import HOUSE
from pinzhi.people.acts import act


def mark(what: SignalRaised | SignalJudged, context: Context) -> None:
    """
    Note the signal and its judgement, and that the subject is due.

    One function for both facts, because deliveries keep their order per function. `undecided` (a judgement taken back too) leaves the signal open.
    """
    known = Mark.objects.filter(kind="signal", reference=what.signal_id).first()
    if known is None:
        known = Mark(kind="signal", reference=what.signal_id)
        known.subject_kind, known.subject_id = str(what.subject.kind), what.subject.id
    known.day, known.at, known.by, known.due = context.at.astimezone(SHANGHAI).date(), context.at, context.actor, True
    if isinstance(what, SignalRaised):
        known.stream = what.stream
    else:
        known.outcome = "" if what.outcome == "undecided" else what.outcome
    known.save()


def give_back(what: DecisionLifted, _: Context) -> None:
    """A delisting of ours was lifted elsewhere (an appeal won): the state goes back to restricted."""
    row = decided.find(what.decision_id)
    if row is None or row.effect != "delist" or not row.source.startswith("rating:case."):
        return
    case = cases.case(row.source.removeprefix("rating:case."), HOUSE)
    rated = RatingRow.objects.filter(case_id=case.id, state=int(State.DELISTED)).first()
    if rated is not None:
        with act("rating.recompute", HOUSE, subject=what.subject) as a:
            restore(a, rated, case)


REACTIONS = {SignalRaised: [mark], SignalJudged: [mark], DecisionLifted: [give_back]}
