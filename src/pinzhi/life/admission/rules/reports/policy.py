"""The figures of `policy.toml` that reports need, in types."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.policy import Policy
from pinzhi.life.admission.rules.policy import typed_policy


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
    return ReportPolicy(
        raw.version,
        raw.as_type("reports", Reports),
        raw.as_type("reading", Reading),
        papers.report_months,
        max(papers.warn_days),
    )
