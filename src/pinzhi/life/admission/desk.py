"""
The desk of admission: may it be sold, is more needed, or is it refused.

What stands for forged papers, counterfeits and banned goods is decided by two persons, whichever way; and a refusal of the rules is never admitted by one. An
appeal is judged by people who had no part in the refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinzhi.casework import queries as cases
from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.decisions.models import DecisionRow
from pinzhi.kernel.facts import ScreeningOverturned
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission import queries
from pinzhi.life.admission.contracts import State
from pinzhi.life.admission.models import Appeal, RegressionCase, Screening, Submission
from pinzhi.life.admission.stored import last_screening
from pinzhi.life.admission.telling import DESK as NAME
from pinzhi.life.admission.telling import admit, refuse, restore, subject_of
from pinzhi.people.acts import Act
from pinzhi.people.roles import Actor

TAKEN_BACK = Text(
    "审核决定已撤回，恢复到决定之前的状态。",
    "The decision of the review has been taken back; what held before holds again.",
)
_AFTER = {"return": State.RETURNED, "refuse": State.REFUSED}


def source_of(case_id: str) -> str:
    """What a decision of this desk says it follows from."""
    return f"admission:case.{case_id}"


def takes_two(outcome: str, evidence: Mapping[str, Any]) -> bool:
    """Admitting or refusing what is severe takes two persons; asking for more papers does not."""
    return outcome != "return" and bool(evidence.get("severe"))


def may_judge(a: Act, case: CaseRow) -> None:
    """Refuse who had a part in the refusal that is appealed against. Raises RefusedError(`same_reviewer`)."""
    appeal = Appeal.objects.filter(case_id=case.id).select_related("submission").first()
    if appeal is None or a.by.account_id is None or not appeal.submission.case_id:
        return
    first = cases.case(appeal.submission.case_id, Actor.system("admission"))
    before = {first.decided_account, first.proposal.by_account if first.proposal else None}
    if a.by.account_id in before:
        raise RefusedError.because(
            "same_reviewer",
            "you had a part in the refusal that is appealed against",
            "let a colleague judge the appeal",
        )


def decided_here(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """Admit, return or refuse; what an appeal has overturned becomes a regression case of its rule."""
    appeal = Appeal.objects.select_for_update().filter(case_id=case.id).first()
    submission = _submission(case, appeal)
    screening, policy = last_screening(submission), queries.policy_in_force(a.now)
    how = {"decided_by": ruling.decided_by, "source": source_of(case.id)}
    if ruling.outcome == "admit":
        admit(a, submission, screening, policy, **how)
        overturn(a, submission, screening, case, ruling)
    elif appeal is None or ruling.outcome == "return":
        refuse(a, submission, screening, _AFTER[ruling.outcome], policy, **how)
    if appeal is not None:
        appeal.outcome = "upheld" if ruling.outcome == "refuse" else "overturned"
        appeal.save(update_fields=["outcome"])


def overturn(a: Act, submission: Submission, screening: Screening, case: CaseRow, ruling: Ruling) -> None:
    """Keep what the rules were wrong about: every finding that alone would have refused the listing, each with its fact."""
    for f in screening.verdict["findings"]:
        if f["severity"] != "H":
            continue
        RegressionCase.objects.get_or_create(
            submission=submission,
            case_id=case.id,
            rule=f["rule"],
            field=f["field"],
            start=f["start"],
            end=f["end"],
            withdrawn_at=None,
            defaults={"rule_version": f["version"], "text": f["text"], "because": ruling.reason, "at": a.now},
        )
    for rule, version in sorted(
        {(f["rule"], f["version"]) for f in screening.verdict["findings"] if f["severity"] == "H"}
    ):
        a.fact(
            ScreeningOverturned(
                subject=subject_of(submission),
                submission_id=submission.pk,
                case_id=case.id,
                rule=rule,
                rule_version=version,
            )
        )


def taken_back(a: Act, case: CaseRow, _: Reversal) -> None:
    """The decision is lifted and what it had replaced holds again; regression cases are withdrawn."""
    appeal = Appeal.objects.select_for_update().filter(case_id=case.id).first()
    submission = _submission(case, appeal)
    for one in decided.live_from_source(source_of(case.id), a.now):
        decisions.lift(a, one.pk, TAKEN_BACK)
    RegressionCase.objects.filter(case_id=case.id, withdrawn_at=None).update(withdrawn_at=a.now)
    submission.state = State.REFUSED if appeal is not None else State.PENDING
    submission.decision_id = appeal.decision_id if appeal is not None else ""
    submission.save(update_fields=["state", "decision_id"])
    restore(submission, queries.policy_in_force(a.now))
    if appeal is not None:
        appeal.outcome = ""
        appeal.save(update_fields=["outcome"])


def lifted_alone(row: DecisionRow) -> None:
    """A refusal for a severe reason is not lifted by one person outside the desk. Raises RefusedError(`needs_two`)."""
    submission = Submission.objects.filter(decision_id=row.pk).first()
    if row.effect == "delist" and submission is not None and last_screening(submission).severe:
        raise RefusedError.because(
            "needs_two",
            "this refusal stands for a forged paper, a counterfeit or banned goods",
            "let the merchant appeal; two persons decide at the desk of admission",
        )


def _submission(case: CaseRow, appeal: Appeal | None) -> Submission:
    """The submission that the case is about now: the latest of those that were put before it. Raises RefusedError(`submission_unknown`)."""
    if appeal is not None:
        return Submission.objects.select_for_update().get(pk=appeal.submission_id)
    row = Submission.objects.select_for_update().filter(pk=case.evidence.get("submission", "")).first()
    if row is None:
        raise RefusedError.because("submission_unknown", "no submission belongs to this case", "close the case")
    return row


DESK = Desk(
    NAME,
    Text("入驻审核", "admission reviews"),
    outcomes=(
        Outcome("admit", Text("通过", "pass"), "a", tone="success"),
        Outcome("return", Text("退回补充", "return for more"), "q", needs_reason=True, tone="warning"),
        Outcome("refuse", Text("驳回", "refuse"), "r", needs_reason=True, tone="danger"),
    ),
    on_decide=decided_here,
    on_undo=taken_back,
    verb="admission.review",
    guard=may_judge,
    two_if=takes_two,
    rules=lambda evidence: tuple(evidence.get("rules", ())),
)
