"""The policy of casework as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pinzhi.casework.rules.checks import GoldenPolicy, SecondPolicy
from pinzhi.casework.rules.inspection import InspectionPolicy
from pinzhi.casework.rules.queue import Hours, Pace
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.verdict import Severity


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """Lease, undo window, reopening, and the outcomes that need two persons at every desk."""

    lease_minutes: int
    undo_seconds: int
    reopen_days: int
    two_person: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementPolicy:
    """Below `clear` a rule's text counts as unclear, once `least_units` cases were judged by two; the page looks back `weeks`."""

    clear: float
    least_units: int
    weeks: int


@dataclass(frozen=True, slots=True)
class CaseworkPolicy:
    """The whole policy, with its version."""

    version: str
    desk: DeskPolicy
    two_person: Mapping[str, tuple[str, ...]]
    pace: Mapping[Severity, Pace]
    hours: Hours
    checked: frozenset[str]
    golden: GoldenPolicy
    second: SecondPolicy
    agreement: AgreementPolicy
    inspection: InspectionPolicy

    def needs_two(self, desk: str, outcome: str) -> bool:
        """Whether `outcome` at `desk` takes effect only when a second person confirms it."""
        return outcome in self.desk.two_person or outcome in self.two_person.get(desk, ())


@cache
def policy() -> CaseworkPolicy:
    """The policy shipped with this room."""
    read = read_policy(files("pinzhi.casework").joinpath("policy.toml").read_text(encoding="utf-8"))
    queue = read.tables["queue"]
    return CaseworkPolicy(
        version=read.version,
        desk=read.as_type("desk", DeskPolicy),
        two_person={desk: tuple(outcomes) for desk, outcomes in read.tables["two_person"].items()},
        pace={s: Pace(float(queue[s.value]["share"]), float(queue[s.value]["hours"])) for s in Severity},
        hours=read.as_type("hours", Hours),
        checked=frozenset(read.tables["checks"]["desks"]),
        golden=read.as_type("golden", GoldenPolicy),
        second=read.as_type("second", SecondPolicy),
        agreement=read.as_type("agreement", AgreementPolicy),
        inspection=read.as_type("inspection", InspectionPolicy),
    )
