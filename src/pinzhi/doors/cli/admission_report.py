"""`pinzhi admission report`: read a test report, judge its results again, run the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.life.admission.rules.reports.words import Check, Judgement, Sheets

T = TypeVar("T")


@click.command("report")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--listing", help="The listing that it came with (JSON): product, brand, model, batch and maker must be the same."
)
@click.option(
    "--labs",
    help="Snapshot of the register of laboratories: lab, cma, cnas, valid_from, valid_to, standard; one row per standard.",
)
@click.option(
    "--known", help="Outputs of earlier runs (NDJSON or a JSON array): finds numbers, files and figures used twice."
)
@click.option("--as-of", "as_of", type=Day(), help="The day that counts; without it today.")
@click.option("--no-ocr", is_flag=True, help="Read text layers only, even where recognition is installed.")
@rows.polite
def report(
    files: tuple[str, ...], listing: str | None, labs: str | None, known: str | None, as_of: date | None, no_ocr: bool
) -> rows.Answer:
    """
    Read FILE (PDF, PNG or JPEG) and check it as a test report.

    Every numeric result is judged again against its limit; the printed verdict is never trusted. With --json: `fields`, `items`, `checks` and the outcome
    (`pass`, `manual`, `reject`); of several files a list. Scans need the extra `ocr`; without it their pages are said to be unread.
    """
    from pinzhi.kernel import clock
    from pinzhi.life.admission import reading
    from pinzhi.life.admission import report_inputs as inputs
    from pinzhi.life.admission.paper.reading import read_report
    from pinzhi.life.admission.report_tables import labels, packaged_policy
    from pinzhi.life.admission.rules.reports.checks import judge_report

    policy, day = packaged_policy(), as_of or clock.today()
    against = _all(listing, reading.listing)[:1] if listing else []
    if listing and not against:
        raise RefusedError.because(
            "listing_empty", f"{listing} holds no listing", "give one JSON object", field="listing"
        )
    register = _all(labs, inputs.licence_of) if labs else None
    earlier = _all(known, inputs.earlier_of) if known else None
    documents: list[dict[str, Any]] = []
    lines: list[str] = []
    refused: list[Refusal] = []
    for file in files:
        try:
            sheets = read_report(file, policy.reading, ocr=not no_ocr)
        except RefusedError as no:
            refused.append(no.refusal)
            documents.append({"refused": no.refusal.row()})
            continue
        judged = judge_report(
            sheets, labels(), policy, day, listing=against[0] if against else None, register=register, known=earlier
        )
        documents.append(document(judged, sheets))
        lines.append(said(judged, sheets))
    return rows.Answer(documents[0] if len(files) == 1 else documents, "\n".join(lines), refused=refused)


def _all(path: str, build: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """
    Every row of a file in its type.

    One that is wrong ends the run: against half a register, what stands in the other half would be «out of scope».
    """
    read = rows.read_rows(path)
    built: list[T] = []
    for line, row in read.numbered():
        try:
            built.append(build(row))
        except RefusedError as no:
            why = no.refusal
            raise RefusedError(
                Refusal(why.code, f"{path}, row {line}: {why.reason}", why.remedy, why.field, line, path)
            ) from no
    if read.refused:
        raise RefusedError(read.refused[0])
    return built


def document(judged: Judgement, sheets: Sheets) -> dict[str, Any]:
    """The shape of the interface contract, and where every field stands on its page (points from the top left)."""
    from pinzhi.life.admission.rules.reports.words import FIELDS

    report = judged.report
    fields: dict[str, Any] = {name: report.value(name) or None for name in FIELDS}
    fields["standards"] = list(report.standards)
    return {
        "fields": fields,
        "items": [
            {
                "name": i.name,
                "unit": i.unit,
                "limit": i.limit,
                "operator": i.operator,
                "value": i.value,
                "verdict_printed": i.verdict_printed,
                "verdict": i.verdict.value,
                "why_zh": i.why.zh if i.why else "",
                "why_en": i.why.en if i.why else "",
                "page": i.page,
            }
            for i in report.items
        ],
        "checks": [_check(c) for c in judged.checks],
        "outcome": judged.outcome.value,
        "as_of": judged.as_of,
        "policy": judged.policy,
        "merchant_id": judged.merchant_id,
        "listing_id": judged.listing_id,
        "file": {
            "name": sheets.name,
            "sha256": sheets.sha256,
            "layout": report.layout,
            "pages": len(sheets.pages),
            "read": [p.source.value for p in sheets.pages],
        },
        "places": {
            f.name: {"page": f.page, "box": [round(v, 1) for v in (f.x0, f.y0, f.x1, f.y1)], "printed": f.printed}
            for f in report.found
        },
    }


def _check(check: Check) -> dict[str, Any]:
    from pinzhi.life.admission.rules.reports.words import Answer

    order = (Answer.BAD, Answer.UNSURE, Answer.OK)
    remarks = sorted(check.remarks, key=lambda r: order.index(r.answer))
    return {
        "check": check.check.value,
        "outcome": check.outcome.value,
        "reason": remarks[0].code if remarks else "",
        "reason_zh": "".join(r.sentence.zh for r in remarks),
        "reason_en": " ".join(r.sentence.en for r in remarks),
        "findings": [
            {
                "code": r.code,
                "outcome": r.answer.value,
                "zh": r.sentence.zh,
                "en": r.sentence.en,
                "evidence": dict(r.evidence),
            }
            for r in remarks
        ],
    }


_SIGNS = {"ok": "✓", "bad": "✗", "unsure": "?"}


def said(judged: Judgement, sheets: Sheets) -> str:
    """For people: the outcome, what was found, the results that do not meet their limits."""
    report = judged.report
    head = f"{judged.outcome.value}  {sheets.name}  {report.value('report_no') or '-'}  {report.value('product')}"
    lines = [head, f"  {len(report.items)} results / 项结果"]
    for check in judged.checks:
        lines.append(f"  {_SIGNS[check.outcome.value]} {check.check.value}")
        lines.extend(f"      {r.sentence.zh} {r.sentence.en}" for r in check.remarks)
    return "\n".join(lines)
