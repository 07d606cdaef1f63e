"""The figures of `policy.toml` that reports need, in types."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.policy import Policy
from pinzhi.life.admission.rules.policy import refuse_wrong, typed_policy


@dataclass(frozen=True, slots=True)
class Reports:
    """What a report must say and when a reading or a likeness goes to a person. Shares, percentage points."""

    required: tuple[str, ...]
    sure_at_least: float
    fibre_slack: float
    same_results: int
    name_share: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Limits of reading a file: bytes, pages, pixels, characters, seconds, bytes of memory, dots per inch."""

    most_bytes: int
    most_pages: int
    most_pixels: int
    most_characters: int
    seconds: int
    memory: int
    memory_ocr: int
    few_characters: int
    dots: int
    second_dots: int


@dataclass(frozen=True, slots=True)
class ReportPolicy:
    """Both, how long a report holds, when the clock speaks up, and the version that a judgement cites."""

    version: str
    reports: Reports
    reading: Reading
    valid_months: int
    warn_days: int


def report_policy(raw: Policy) -> ReportPolicy:
    """The part of the station's policy that is about reports. Raises RefusedError naming the entry that is wrong."""
    papers = typed_policy(raw).papers
    made = ReportPolicy(
        raw.version,
        raw.as_type("reports", Reports),
        raw.as_type("reading", Reading),
        papers.report_months,
        max(papers.warn_days),
    )
    _check(made.reports, made.reading)
    return made


def _check(reports: Reports, reading: Reading) -> None:
    limits = (reading.most_bytes, reading.most_pages, reading.most_pixels, reading.most_characters, reading.seconds)
    wrong = {
        "reports.required": not reports.required or any(not name.isidentifier() for name in reports.required),
        "reports.sure_at_least": not 0 < reports.sure_at_least <= 1,
        "reports.fibre_slack": not 0 <= reports.fibre_slack <= 5,
        "reports.same_results": reports.same_results < 1,
        "reports.name_share": not 0 < reports.name_share <= 1,
        "reading.most_bytes": min(limits) < 1,
        "reading.memory": not 64 * 2**20 <= reading.memory <= reading.memory_ocr,
        "reading.few_characters": not 0 <= reading.few_characters <= reading.most_characters,
        "reading.dots": not 50 <= reading.dots <= reading.second_dots <= 1200,
    }
    refuse_wrong(wrong)
