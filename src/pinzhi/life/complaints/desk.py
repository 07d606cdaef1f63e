"""
The desks of complaints: safety (somebody may be hurt), handling (what is the buyer to get), the last look before closing, and reports of offences.

A case stands on a desk while a complaint is with the house; it carries figures, codes and the hash of the log, never what somebody wrote. The page of the
case shows the log itself. Whatever comes in meanwhile changes the evidence, so that nobody decides on what he has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.casework.opening import open_case, over, update_evidence
from pinzhi.casework.queries import case as case_of
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text, money
from pinzhi.kernel.verdict import Reason
from pinzhi.life.complaints import log, timing
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Offence
from pinzhi.life.complaints.rules.situation import Situation
from pinzhi.people.acts import Act
from pinzhi.people.roles import Actor

HANDLING, SAFETY, REVIEW, OFFENCES = "complaints", "complaints_safety", "complaints_review", "complaints_offence"
HOUSE = Actor.system("complaints")
HELD = Text("多名消费者反映存在安全危险，核查期间停止销售。", "Buyers report a hazard; sale stops while it is checked.")
TAKEN_BACK = Text("停止销售的决定已撤回。", "The stop of sale has been taken back.")


def follow(a: Act, row: Complaint) -> None:
    """Keep the case on the desks in step with the complaint: open it, renew its evidence, or end it."""
    lines = log.steps(row)
    now = log.folded(lines)
    timing.wind(row, now, lines, a.now)
    wanted = _wanted(now)
    if row.case_id:
        known = case_of(row.case_id, HOUSE, now=a.now)
        if known.state != "decided" and known.desk == wanted:
            update_evidence(a, row.case_id, _evidence(row, now), severity=_grave(row), due=row.next_due)
            row.save(update_fields=["next_clock", "next_due"])
            return
        over(a, row.case_id, now.state)
        row.case_id = ""
    if wanted:
        row.case_id = open_case(
            a, desk=wanted, subject=log.subject(row), title=_title(row), evidence=_evidence(row, now), severity=_grave(row),
            source=f"complaints:{row.pk}.{row.steps}", due=row.next_due, merchant_id=row.merchant_id[:64], category=row.category[:120],
        ).id  # fmt: skip
    row.save(update_fields=["case_id", "next_clock", "next_due"])
    if now.state == "closed":
        _part_the_joined(a, row)


def _part_the_joined(a: Act, row: Complaint) -> None:
    """What was joined to a complaint that has ended goes on by itself, with a person: its buyer waits for an answer too."""
    for joined in Complaint.objects.select_for_update().filter(merged_into=row, state="merged").order_by("pk"):
        log.take(a, joined, "split", Side.RULE, {"why": "the other has ended"})
        follow(a, joined)


def _wanted(now: Situation) -> str:
    if now.state == "reviewing":
        return REVIEW
    if now.state != "with_house":
        return ""
    return HANDLING if now.level > 1 or now.looked_after else SAFETY


def _grave(row: Complaint) -> str:
    return {1: "H", 2: "H", 3: "M"}.get(row.level, "L")


def _title(row: Complaint) -> Text:
    from pinzhi.life.complaints.reading import kind_name

    kind = kind_name(row.kind)
    return Text(f"投诉 {row.receipt}：{kind.zh}", f"Complaint {row.receipt}: {kind.en}")


def _evidence(row: Complaint, now: Situation) -> dict[str, Any]:
    """What a decision rests on, without what anybody wrote: `head` covers the whole log."""
    total = sum((r.amount for r in now.draft if r.amount is not None), Decimal(0))
    return {
        "complaint": row.pk, "receipt": row.receipt, "head": row.head, "steps": row.steps, "state": now.state, "kinds": list(now.kinds),
        "level": now.level, "findings": dict(now.findings), "remedies": [r.document() for r in now.draft], "amount": str(total),
        "order": row.order_id, "listing": row.listing_id, "batch": row.batch_id, "hazard": row.reading.get("hazard", {}),
    }  # fmt: skip


def _row(case: CaseRow) -> Complaint:
    return log.locked(str(case.evidence["complaint"]))


# --- handling ------------------------------------------------------------------------------------------------------------------------------


def needs_two(outcome: str, evidence: Mapping[str, Any]) -> bool:
    """Whether the drafted remedy is above what one person may decide."""
    costs = outcome in ("propose", "adjudicate")
    return costs and money(str(evidence.get("amount", "0"))) > policy_in_force().desk.limit


def handled(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """Propose or decide the drafted remedy, dismiss the claim, or hand it to the authority. The reason is told to both sides."""
    row = _row(case)
    now = log.of(row)
    step = {"abuse": "dismiss", "out_of_scope": "dismiss", "refer": "escalate"}.get(ruling.outcome, ruling.outcome)
    if step in ("adjudicate", "dismiss") and now.deciders & set(ruling.accounts):
        raise RefusedError.because(
            "involved_before",
            "who decides has decided or proposed in this complaint before",
            "let a colleague decide who is new to it",
        )
    data: dict[str, Any] = {"decided_by": ruling.decided_by, "policy": policy_in_force(a.now).version, "case": case.id}
    if len(ruling.accounts) > 1:
        data["with"] = ruling.accounts[0]
    if step in ("propose", "adjudicate"):
        if not now.draft:
            raise RefusedError.because(
                "draft_missing", "no remedy has been written down yet", "draft the remedy first", field="remedies"
            )
        data["remedies"] = [r.document() for r in now.draft]
    if step == "dismiss":
        data["as"] = {"abuse": "abuse", "out_of_scope": "out_of_scope"}.get(ruling.outcome, "unfounded")
    log.take(a, row, step, Side.HOUSE, data, words=ruling.reason)
    row.case_id = ""
    follow(a, row)


def taken_back(a: Act, case: CaseRow, was: Reversal) -> None:
    """The decision is taken back, unless somebody has acted on it already."""
    row = _row(case)
    now = log.of(row)
    untouched = not any(o.done for o in now.owed)
    verb = {"proposed": "revoke", "fulfilling": "revoke", "closed": "overturn", "escalated": "take_back"}.get(now.state)
    last = row.log.exclude(verb__in=("breach", "note")).order_by("-n").first()
    if verb is None or not untouched or last is None or last.data.get("case") != case.id:
        raise RefusedError.because(
            "already_acted", "somebody has acted on this decision already", "handle the complaint on from here"
        )
    log.take(a, row, verb, Side.HOUSE, {"why": was.why}, words=was.reason)
    row.case_id = case.id
    row.save(update_fields=["case_id"])


# --- safety --------------------------------------------------------------------------------------------------------------------------------


def looked_after(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """A person has taken charge; beside it he may stop the sale for the time being, or find that there is no hazard."""
    row = _row(case)
    if ruling.outcome == "no_hazard":
        log.take(
            a,
            row,
            "assess",
            Side.HOUSE,
            {"level": 3, "by_person": True, "case": case.id},
            words=ruling.reason,
            inside=True,
        )
    elif ruling.outcome == "hold":
        _hold(a, row, case, ruling)
    log.take(
        a,
        row,
        "contact",
        Side.HOUSE,
        {"case": case.id, "decided_by": ruling.decided_by},
        words=ruling.reason,
        inside=True,
    )
    row.case_id = ""
    follow(a, row)


def _hold(a: Act, row: Complaint, case: CaseRow, ruling: Ruling) -> None:
    about = (
        Subject(Kind.BATCH, row.batch_id)
        if row.batch_id
        else Subject(Kind.LISTING, row.listing_id)
        if row.listing_id
        else None
    )
    if about is None:
        raise RefusedError.because(
            "goods_unknown",
            "nobody knows which goods it is about",
            "find out batch or listing first, then stop the sale",
        )
    figures = policy_in_force(a.now)
    made = decisions.issue(
        a, about, Effect.STOP_SALE, [Reason("hazard_reported", HELD, (("complaint", row.pk), ("case", case.id)))], policy=figures.version,
        decided_by=ruling.decided_by, source=f"complaints:case.{case.id}", until=a.now + timedelta(hours=figures.hold.hours),
    )  # fmt: skip
    log.take(a, row, "hold", Side.HOUSE, {"decision": made.pk, "until": made.until})


def not_looked_after(a: Act, case: CaseRow, _: Reversal) -> None:
    """A stop of sale is lifted. The complaint goes on where it is: it was read by a person, and that cannot be taken back."""
    row = _row(case)
    for one in decided.live_from_source(f"complaints:case.{case.id}", a.now):
        decisions.lift(a, one.pk, TAKEN_BACK)
    if row.case_id:
        over(a, row.case_id, "safety")
    row.case_id = case.id
    row.save(update_fields=["case_id"])


# --- last look -----------------------------------------------------------------------------------------------------------------------------


def reviewed(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """Close, or send back."""
    row = _row(case)
    log.take(
        a,
        row,
        ruling.outcome,
        Side.HOUSE,
        {"decided_by": ruling.decided_by, "case": case.id},
        words=ruling.reason,
        inside=ruling.outcome == "approve",
    )
    row.case_id = ""
    follow(a, row)


def looked_into(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """A report of an offence was checked: what was found is told to whoever reported it."""
    row = Offence.objects.select_for_update().get(pk=case.evidence["report"])
    row.outcome, row.answer, row.closed_at = ruling.outcome, ruling.reason, a.now
    row.save(update_fields=["outcome", "answer", "closed_at"])


def not_looked_into(a: Act, case: CaseRow, _: Reversal) -> None:  # noqa: ARG001 - the desk's shape
    """The report is open again."""
    Offence.objects.filter(pk=case.evidence["report"]).update(outcome="", answer="", closed_at=None)


OFFENCE_NAMES = {
    "found": Text("线索属实，已处理", "true, acted on"),
    "refer": Text("已移送监管部门", "handed to the authority"),
    "not_found": Text("未发现违法", "no offence found"),
}

DESKS = (
    Desk(
        HANDLING,
        Text("投诉处理", "complaints"),
        outcomes=(
            Outcome(
                "propose", Text("向消费者提出方案", "propose to the buyer"), "p", needs_reason=True, tone="success"
            ),
            Outcome("adjudicate", Text("作出裁定", "decide"), "v", needs_reason=True, tone="success"),
            Outcome("dismiss", Text("不支持诉求", "do not uphold"), "d", needs_reason=True, tone="warning"),
            Outcome("out_of_scope", Text("不属于受理范围", "out of scope"), "o", needs_reason=True, tone="warning"),
            Outcome("refer", Text("移送监管部门", "hand to the authority"), "t", needs_reason=True, tone="warning"),
            Outcome(
                "abuse",
                Text("认定恶意投诉", "find it to be abuse"),
                "",
                needs_reason=True,
                two_person=True,
                tone="danger",
            ),
        ),
        on_decide=handled,
        on_undo=taken_back,
        verb="complaints.handle",
        two_if=needs_two,
    ),
    Desk(
        SAFETY,
        Text("人身安全", "hazards"),
        outcomes=(
            Outcome(
                "contacted",
                Text("已联系消费者，转入处理", "buyer contacted, go on"),
                "l",
                needs_reason=True,
                tone="success",
            ),
            Outcome(
                "hold",
                Text("临时停售该批次", "stop the batch for now"),
                "b",
                needs_reason=True,
                two_person=True,
                tone="danger",
            ),
            Outcome("no_hazard", Text("无安全危险", "no hazard"), "n", needs_reason=True, tone="warning"),
        ),
        on_decide=looked_after,
        on_undo=not_looked_after,
        verb="complaints.handle",
    ),
    Desk(
        REVIEW,
        Text("结案复核", "last look before closing"),
        outcomes=(
            Outcome("approve", Text("同意结案", "close"), "a", tone="success"),
            Outcome("send_back", Text("退回处理", "send back"), "b", needs_reason=True, tone="warning"),
        ),
        on_decide=reviewed,
        verb="complaints.review",
    ),
    Desk(
        OFFENCES,
        Text("举报线索", "reports of offences"),
        outcomes=(
            Outcome("found", Text("线索属实，已处理", "true, acted on"), "f", needs_reason=True, tone="danger"),
            Outcome("refer", Text("移送监管部门", "hand to the authority"), "t", needs_reason=True, tone="warning"),
            Outcome("not_found", Text("未发现违法", "no offence found"), "n", needs_reason=True, tone="success"),
        ),
        on_decide=looked_into,
        on_undo=not_looked_into,
        verb="complaints.handle",
    ),
)
