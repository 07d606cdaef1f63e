"""
The desk of doubtful pieces: what people who hold the goods say is wrong, codes that seem to be on many pieces, and cold chains that broke.

Stopping the sale of a batch takes two persons; that there is nothing to it takes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.casework.opening import open_case
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.life.tracing.models import UnitReport
from pinzhi.life.tracing.recall import policy_in_force
from pinzhi.people.acts import Act

NAME = "tracing"
STOPPED = Text("核查认定本批次商品存在问题，停止销售。", "The check found this batch to be in trouble; its sale stops.")
TAKEN_BACK = Text("核查决定已撤回。", "The decision of the check has been taken back.")
REPORT_KINDS: dict[str, Text] = {
    "injury": Text("造成人身伤害或不适", "it hurt somebody or made somebody ill"),
    "fake": Text("怀疑是假货", "it seems to be counterfeit"),
    "spoiled": Text("变质、破损或有异物", "it is spoiled, damaged, or has something in it"),
    "date": Text("过期，或日期、批次被改动", "it is past its date, or date or batch were changed"),
    "code": Text("编码或标签有问题", "the code or the label is wrong"),
    "other": Text("其他问题", "something else"),
}


def open_reported(a: Act, row: UnitReport, merchant_id: str) -> CaseRow:
    """The case of a piece; a second report of it joins the first."""
    kind = REPORT_KINDS[row.kind]
    count = UnitReport.objects.filter(batch_id=row.batch_id).exclude(batch_id="").count()
    return open_case(
        a,
        desk=NAME,
        subject=Subject(Kind.BATCH, row.batch_id) if row.batch_id else Subject(Kind.ITEM, row.unit),
        title=Text(f"扫码反馈：{kind.zh}", f"Reported from the scan page: {kind.en}"),
        evidence={
            "unit": row.unit, "batch": row.batch_id, "kind": row.kind, "code_said": row.said, "words": row.words,
            "reports_of_batch": count, "receipt": row.receipt,
        },
        severity="H" if row.kind == "injury" else "M",
        source=f"{NAME}:unit.{sha256(row.unit.encode()).hexdigest()[:32]}",
        merchant_id=merchant_id[:64],
    )  # fmt: skip


def open_copied(
    a: Act, gtin: str, code: str, batch_id: str, merchant_id: str, why: Text, evidence: Mapping[str, Any]
) -> CaseRow:
    """The case of a code that seems to be on many pieces."""
    return open_case(
        a,
        desk=NAME,
        subject=Subject(Kind.BATCH, batch_id) if batch_id else Subject(Kind.ITEM, f"{gtin}/{code}"),
        title=Text("编码疑似被复制", "A code seems to be copied"),
        evidence={"unit": f"{gtin}/{code}", "batch": batch_id, "why_zh": why.zh, "why_en": why.en, **evidence},
        severity="M",
        source=f"{NAME}:copied.{sha256(f'{gtin}/{code}'.encode()).hexdigest()[:32]}",
        merchant_id=merchant_id[:64],
    )


def open_cold(a: Act, batch_id: str, merchant_id: str, event: str, why: Text, evidence: Mapping[str, Any]) -> CaseRow:
    """The case of a batch that was too warm on a journey: a finding that a person weighs, once for each batch and event."""
    return open_case(
        a,
        desk=NAME,
        subject=Subject(Kind.BATCH, batch_id),
        title=Text("冷链温度超限", "Broken cold chain"),
        evidence={"batch": batch_id, "why_zh": why.zh, "why_en": why.en, **evidence},
        severity="M",
        source=f"{NAME}:cold.{sha256(f'{batch_id}/{event}'.encode()).hexdigest()[:32]}",
        merchant_id=merchant_id[:64],
    )


def decided_here(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """Stop the sale of the batch or of the piece, or let it be."""
    if ruling.outcome != "stop":
        return
    decisions.issue(
        a,
        case.subject,
        Effect.STOP_SALE,
        [Reason("piece_doubtful", STOPPED, (("case", case.id), ("said", ruling.reason[:300])))],
        policy=policy_in_force(a.now).version,
        decided_by=ruling.decided_by,
        source=source_of(case.id),
    )


def taken_back(a: Act, case: CaseRow, _: Reversal) -> None:
    """The stop is lifted."""
    for one in decided.live_from_source(source_of(case.id), a.now):
        decisions.lift(a, one.pk, TAKEN_BACK)


def source_of(case_id: str) -> str:
    """What a decision of this desk says it follows from."""
    return f"{NAME}:case.{case_id}"


DESK = Desk(
    NAME,
    Text("编码与单品核查", "doubtful pieces and codes"),
    outcomes=(
        Outcome("nothing", Text("无异常", "nothing to it"), "n", tone="success"),
        Outcome("followed", Text("已交商家处理", "left to the merchant"), "p", needs_reason=True, tone="warning"),
        Outcome("stop", Text("批次停售", "stop the batch"), "b", needs_reason=True, two_person=True, tone="danger"),
    ),
    on_decide=decided_here,
    on_undo=taken_back,
    verb="tracing.judge",
)
