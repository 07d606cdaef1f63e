"""The desk of large changes: two persons say whether a sweep that found too much may tell the merchants, or is dropped."""

from __future__ import annotations

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.engine import jobs
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission.models import Sweep
from pinzhi.life.admission.renewal import DESK as NAME
from pinzhi.life.admission.renewal import drop
from pinzhi.people.acts import Act


def decided_here(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """Go on to tell the merchants, in a job; or drop what was found, and the listings stay as they are."""
    sweep = _sweep(case)
    if ruling.outcome == "stop":
        drop(sweep, a.now)
        return
    sweep.state = "acting"
    sweep.save(update_fields=["state"])
    jobs.enqueue("admission.renew", key=f"admission.renew sweep {sweep.pk} {a.id}")


def taken_back(_: Act, case: CaseRow, reversal: Reversal) -> None:
    """Going on is taken back while nobody has been told. Raises RefusedError(`told_already`, `dropped_already`)."""
    sweep = Sweep.objects.select_for_update().get(case_id=case.id)
    if reversal.outcome == "stop":
        raise RefusedError.because(
            "dropped_already",
            "what the sweep had found is gone",
            "the next change of rules looks at all listings again",
        )
    if sweep.state != "acting" or sweep.told:
        raise RefusedError.because(
            "told_already", "merchants have been told already", "publish the rule as it was; the notices are lifted"
        )
    sweep.state = "asked"
    sweep.save(update_fields=["state"])


def _sweep(case: CaseRow) -> Sweep:
    row = Sweep.objects.select_for_update().filter(case_id=case.id, state="asked").first()
    if row is None:
        raise RefusedError.because("sweep_overtaken", "rules have changed again since", "close the case")
    return row


DESK = Desk(
    NAME,
    Text("规则变更复核", "large changes of admission"),
    outcomes=(
        Outcome(
            "go_on", Text("通知商家", "tell the merchants"), "y", needs_reason=True, two_person=True, tone="warning"
        ),
        Outcome("stop", Text("不执行", "do not act on it"), "n", needs_reason=True, tone="success"),
    ),
    on_decide=decided_here,
    on_undo=taken_back,
    verb="admission.review",
)
