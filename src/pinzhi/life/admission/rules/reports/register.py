"""Laboratory scope: is the report's laboratory in the register snapshot, with this number, on this day, for these standards?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.reports.fields import standards as read_standards
from pinzhi.life.admission.rules.reports.labels import key
from pinzhi.life.admission.rules.reports.words import Answer, Check, CheckName, Remark, Report, worst


@dataclass(frozen=True, slots=True)
class Licence:
    """A row of the register: one standard of one laboratory. Days are inclusive, None where the register is silent."""

    lab: str
    cma: str
    cnas: str
    valid_from: date | None
    valid_to: date | None
    standard: str

    def holds_on(self, day: date) -> bool:
        """Whether the row is valid on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def cnas(text: str) -> str:
    """«CNAS L1234», «l 01234» → «L1234»."""
    found = re.search(r"([A-Z]{1,2})\s*0*(\d{1,6})\s*\Z", text.upper())
    return f"{found[1]}{found[2]}" if found else text.strip().upper()


def standard_of(text: str) -> tuple[str, str]:
    """(number, year) of a standard in one form; year empty where none is given."""
    read = read_standards(text)
    one = read[0] if read else re.sub(r"\s+", "", text)
    if title := re.fullmatch(r"(《[^》]+》)\D*(\d{4})?\D*", one):
        return title[1], title[2] or ""
    number, dash, year = one.rpartition("-")
    return (number, year) if dash and re.fullmatch(r"(?:19|20)\d\d|\d\d", year) else (one, "")


def _bad(code: str, zh: str, en: str, **evidence: str) -> Remark:
    return Remark(code, Answer.BAD, Text(zh, en), tuple(evidence.items()))


def _unsure(code: str, zh: str, en: str, **evidence: str) -> Remark:
    return Remark(code, Answer.UNSURE, Text(zh, en), tuple(evidence.items()))


def scope(report: Report, register: Sequence[Licence] | None) -> Check:
    """The check. `register` is None where no snapshot was given."""
    if register is None:
        remark = _unsure(
            "register_not_given",
            "没有提供检验机构名录，未核对机构资质与能力范围；请用 --labs 提供名录快照。",
            "No register of laboratories was given, so scope was not checked; give a snapshot with --labs.",
        )
        return Check(CheckName.SCOPE, Answer.UNSURE, (remark,), asked=False)
    remarks = tuple(_remarks(report, register))
    return Check(CheckName.SCOPE, worst(remarks), remarks)


def _same_lab(report: Report, name: str) -> bool:
    """The same name but for spaces and marks; in a scan a character in five may be misread, the numbers are compared besides."""
    ours, theirs = key(report.value("lab")), key(name)
    return ours == theirs or (report.scanned and SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= 0.8)


def _remarks(report: Report, register: Sequence[Licence]) -> Iterable[Remark]:
    lab, cma, number = (
        report.value("lab"),
        re.sub(r"\s", "", report.value("cma")),
        cnas(report.value("cnas")) if report.value("cnas") else "",
    )
    by_name = [r for r in register if lab and _same_lab(report, r.lab)]
    by_cma = [r for r in register if cma and re.sub(r"\s", "", r.cma) == cma]
    by_cnas = [r for r in register if number and r.cnas and cnas(r.cnas) == number]
    if not lab and not cma and not number:
        yield _unsure(
            "lab_unread",
            "报告上没有读到检验机构及资质编号。",
            "No laboratory and no number of its accreditation were read.",
        )
        return
    if not cma and not number:
        yield (
            _bad(
                "no_accreditation", "报告上没有 CMA 或 CNAS 编号。", "The report bears neither a CMA nor a CNAS number."
            )
            if not report.scanned
            else _unsure("no_accreditation", "没有读到 CMA 或 CNAS 编号。", "No CMA or CNAS number was read.")
        )
    if not by_name and not by_cma and not by_cnas:
        yield _bad(
            "lab_unknown",
            f"名录中没有“{lab}”，也没有这些资质编号。",
            f"The register knows neither «{lab}» nor these numbers.",
            lab=lab,
            cma=cma,
            cnas=number,
        )
        return
    for label, given, known in (("CMA", cma, by_cma), ("CNAS", number, by_cnas)):
        if given and not known:
            yield _bad(
                f"{label.lower()}_unknown",
                f"名录中没有 {label} 编号 {given}。",
                f"The register has no {label} number {given}.",
                number=given,
            )
        elif given and lab and not any(_same_lab(report, r.lab) for r in known):
            others = "、".join(dict.fromkeys(r.lab for r in known))
            yield _bad(
                f"{label.lower()}_of_another",
                f"{label} 编号 {given} 属于“{others}”，不是“{lab}”。",
                f"The {label} number {given} belongs to «{others.replace('、', ', ')}», not to «{lab}».",
                number=given,
                holder=others,
            )
    own = by_name or by_cma or by_cnas
    issued = report.day("issued")
    if issued is None:
        yield _unsure(
            "issued_unread",
            "没有签发日期，无法核对资质在签发日是否有效。",
            "Without a day of issue the validity of the accreditation cannot be checked.",
        )
        valid = own
    else:
        valid = [r for r in own if r.holds_on(issued)]
        if not valid:
            spans = "；".join(dict.fromkeys(f"{r.valid_from or '…'}～{r.valid_to or '…'}" for r in own))
            yield _bad(
                "not_valid_on_issue",
                f"签发日 {issued} 时该机构资质不在有效期内（{spans}）。",
                f"On the day of issue, {issued}, the accreditation was not valid ({spans.replace('；', '; ')}).",
                issued=issued.isoformat(),
            )
            return
    yield from _standards(report, valid)


def _standards(report: Report, valid: Sequence[Licence]) -> Iterable[Remark]:
    if not report.standards:
        yield _unsure(
            "standards_unread",
            "没有读到检验依据，无法核对能力范围。",
            "No standard was read, so the scope cannot be checked.",
        )
        return
    listed: dict[str, set[str]] = {}
    for row in valid:
        if row.standard:
            number, year = standard_of(row.standard)
            listed.setdefault(number, set()).add(year)
    if not listed:
        yield _unsure(
            "scope_not_listed",
            "名录没有列出该机构的能力范围。",
            "The register does not list what this laboratory may test.",
        )
        return
    for standard in report.standards:
        number, year = standard_of(standard)
        if number not in listed:
            yield _bad(
                "standard_out_of_scope",
                f"{standard} 不在该机构的能力范围内。",
                f"{standard} is not within the laboratory's scope.",
                standard=standard,
            )
        elif year and "" not in listed[number] and year not in listed[number]:
            editions = "、".join(f"{number}-{y}" for y in sorted(listed[number]))
            yield _unsure(
                "edition_out_of_scope",
                f"能力范围列的是 {editions}，报告用的是 {standard}。",
                f"The scope lists {editions.replace('、', ', ')}; the report used {standard}.",
                standard=standard,
            )
