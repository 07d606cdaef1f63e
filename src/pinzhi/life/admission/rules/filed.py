"""
Test reports of a submission as findings: what `reports.checks` says about each file, in the words of the desk.

A broken check refuses, a doubt goes to a person. Signs of forgery (figures that fail under a printed «conforms», a number that was used with other content, a
text layer that differs from the picture) are R01: no one person decides them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.contracts import Box, Finding, Listing
from pinzhi.life.admission.rules.reports.checks import judge_report
from pinzhi.life.admission.rules.reports.labels import Labels
from pinzhi.life.admission.rules.reports.policy import ReportPolicy
from pinzhi.life.admission.rules.reports.register import Licence
from pinzhi.life.admission.rules.reports.reuse import Earlier
from pinzhi.life.admission.rules.reports.words import Answer, Check, CheckName, Judgement, Remark, Sheets

VERSION = "1"
FORGED, UNREAD = "R01", "R09"
FORGERY = frozenset(
    {
        "verdict_differs",
        "conclusion_contradicted",
        "number_with_other_content",
        "used_by_another",
        "same_results",
        "text_differs",
        "cma_of_another",
        "cnas_of_another",
    }
)
"""Remarks that, where they are certain, are signs of a forged report."""
RULES = {
    CheckName.LIMITS: "R02",
    CheckName.SCOPE: "R03",
    CheckName.FIELDS: "R04",
    CheckName.DATES: "R05",
    CheckName.INTEGRITY: "R06",
    CheckName.EXPIRY: "R07",
    CheckName.IDENTITY: "R08",
    CheckName.REUSE: "R10",
}
SUGGESTIONS = {
    CheckName.LIMITS: Text("请更换合格批次并提交合格的检验报告。", "Offer a batch that conforms, with its report."),
    CheckName.SCOPE: Text(
        "请由具备资质和能力范围的检验机构出具报告。", "Have it tested by a laboratory with that scope."
    ),
    CheckName.FIELDS: Text("请提交完整的报告原件。", "Hand in the complete original."),
    CheckName.DATES: Text("请核对报告日期，提交报告原件。", "Check the dates and hand in the original."),
    CheckName.INTEGRITY: Text("请提交检验机构出具的原始文件。", "Hand in the file as the laboratory issued it."),
    CheckName.EXPIRY: Text("请提交有效期内的检验报告。", "Hand in a report that still holds."),
    CheckName.IDENTITY: Text("请提交本商品的检验报告。", "Hand in the report of these goods."),
    CheckName.REUSE: Text(
        "请提交本商品自己的检验报告，或品牌授权证明。", "Hand in a report of your own, or the brand's authorisation."
    ),
}


@dataclass(frozen=True)
class Filed:
    """
    What the reports of a submission are judged with.

    `sheets`: (number of the document, its reading; None where it is not read yet, with the reason); `register`: the laboratories, None where the house has
    no snapshot; `known`: reports seen before. `basis` is how all of it is written down for a replay.
    """

    sheets: tuple[tuple[int, Sheets | None, Text | None], ...]
    register: tuple[Licence, ...] | None
    known: tuple[Earlier, ...]
    labels: Labels
    policy: ReportPolicy
    basis: str = ""


def judgements(listing: Listing, filed: Filed, as_of: date) -> Iterator[tuple[int, Judgement]]:
    """Each report that was read, by the number of its document."""
    for n, sheets, _ in filed.sheets:
        if sheets is not None:
            yield (
                n,
                judge_report(
                    sheets,
                    filed.labels,
                    filed.policy,
                    as_of,
                    listing=listing,
                    register=filed.register,
                    known=filed.known,
                ),
            )


def judge(listing: Listing, filed: Filed, as_of: date) -> tuple[Finding, ...]:
    """Findings of all reports: at most one for each remark, in the order of documents and checks."""
    found = [_unread(listing, n, why) for n, sheets, why in filed.sheets if sheets is None and why is not None]
    for n, judged in judgements(listing, filed, as_of):
        for check in judged.checks:
            found += [_finding(listing, n, judged, check, r) for r in check.remarks if _counts(check, r)]
    return tuple(found)


def _counts(check: Check, remark: Remark) -> bool:
    """A register that the house has not is no doubt about this report; it is said on the page of laboratories."""
    return remark.answer is not Answer.OK and (check.asked or check.check not in {CheckName.SCOPE, CheckName.REUSE})


def _finding(listing: Listing, n: int, judged: Judgement, check: Check, remark: Remark) -> Finding:
    bad = remark.answer is Answer.BAD
    forged = bad and remark.code in FORGERY
    return Finding(
        rule=FORGED if forged else RULES[check.check],
        version=VERSION,
        field=f"document:{n}",
        start=0,
        end=0,
        text=judged.report.value("report_no") or listing.documents[n].number,
        normalised="",
        transforms=(),
        severity=Severity.HIGH if bad else Severity.MEDIUM,
        law=None,
        message=Text(f"检验报告：{remark.sentence.zh}", f"Test report: {remark.sentence.en}"),
        suggestion=SUGGESTIONS[check.check],
        confidence=1.0 if bad else 0.6,
        box=_box(judged, remark),
        evidence=(("check", check.check.value), ("code", remark.code), *remark.evidence),
    )


def _box(judged: Judgement, remark: Remark) -> Box | None:
    """Where on the page the field stands that a remark is about."""
    name = dict(remark.evidence).get("field", "")
    at = next((f for f in judged.report.found if f.name == name), None)
    return Box(at.page, at.x0, at.y0, at.x1 - at.x0, at.y1 - at.y0) if at else None


def _unread(listing: Listing, n: int, why: Text) -> Finding:
    return Finding(
        rule=UNREAD,
        version=VERSION,
        field=f"document:{n}",
        start=0,
        end=0,
        text=listing.documents[n].number,
        normalised="",
        transforms=(),
        severity=Severity.MEDIUM,
        law=None,
        message=why,
        suggestion=Text("无需修改，由审核员查看原件。", "Nothing to change; a reviewer looks at the original."),
        confidence=0.5,
    )
