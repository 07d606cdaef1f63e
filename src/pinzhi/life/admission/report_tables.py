"""The data files that reports need, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pinzhi.kernel.policy import read_policy
from pinzhi.life.admission.rules.reports.labels import Labels
from pinzhi.life.admission.rules.reports.policy import ReportPolicy, report_policy
from pinzhi.life.admission.tables import read

_HERE = "pinzhi.life.admission"


@cache
def labels() -> Labels:
    """What reports call things."""
    return Labels(read("reports.toml"))


@cache
def packaged_policy() -> ReportPolicy:
    """The station's packaged policy, as far as it is about reports."""
    return report_policy(read_policy(files(_HERE).joinpath("policy.toml").read_text(encoding="utf-8")))
