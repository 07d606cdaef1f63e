"""The desk of rating: whether goods or a merchant that the figures speak against are delisted. Two persons decide; a keep needs one."""

from __future__ import annotations

from datetime import date

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Reason
from pinzhi.life.rating.contracts import State
from pinzhi.life.rating.models import RatingRow
from pinzhi.life.rating.stored import number_of
from pinzhi.life.rating.telling import follow
from pinzhi.people.acts import Act

TAKEN_BACK = Text("下架决定已撤回，恢复为限制。", "The delisting has been taken back; the restriction holds again.")


def source_of(case_id: str) -> str:
    """What a delisting of this desk says it follows from."""
    return f"rating:case.{case_id}"


def decided_here(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """Delist: the decision of two persons, and the state that only persons enter. Keep: nothing changes, the restriction goes on."""
    if ruling.outcome != "delist":
        return
    row = _row(case)
    seen = case.evidence
    sentence = Text(
        f"依据 {seen['orders']} 单，不良率高于 {float(seen['line']):.0%} 的把握为 {float(seen['bad_risk']):.0%}，经两人复核决定下架。",
        f"Based on {seen['orders']} orders we are {float(seen['bad_risk']):.0%} sure that more than {float(seen['line']):.0%} are bad; "
        "two persons have decided to delist.",
    )
    figures = tuple((k, str(v)) for k, v in seen.items() if not k.startswith("reasons_"))
    decisions.issue(
        a,
        case.subject,
        Effect.DELIST,
        [Reason("rated_harmful", sentence, figures)],
        policy=row.policy,
        decided_by=ruling.decided_by,
        source=source_of(case.id),
    )
    follow(a, row, State.DELISTED, number_of(a.now.astimezone(SHANGHAI).date()))


def taken_back(a: Act, case: CaseRow, reversal: Reversal) -> None:
    """The delisting is undone: lifted, and the restriction that it stood on holds again since its own day."""
    if reversal.outcome != "delist":
        return
    for one in decided.live_from_source(source_of(case.id), a.now):
        decisions.lift(a, one.pk, TAKEN_BACK)
    restore(a, _row(case), case)


def restore(a: Act, row: RatingRow, case: CaseRow) -> None:
    """Back from delisted to restricted, since the day that the case names."""
    if row.state == State.DELISTED:
        follow(a, row, State.RESTRICTED, number_of(date.fromisoformat(case.evidence["since"])))


def _row(case: CaseRow) -> RatingRow:
    row = RatingRow.objects.select_for_update().filter(case_id=case.id).first()
    if row is None:
        raise RefusedError.because("rating_unknown", "no rating belongs to this case", "recompute, or close the case")
    return row


DESK = Desk(
    "rating",
    Text("评级复核", "rating reviews"),
    outcomes=(
        Outcome("delist", Text("下架", "delist"), "y", needs_reason=True, two_person=True, tone="danger"),
        Outcome("keep", Text("保留限制", "keep restricted"), "n", tone="success"),
    ),
    on_decide=decided_here,
    on_undo=taken_back,
    verb="rating.review",
)
