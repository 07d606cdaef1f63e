"""The typed form of `policy.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pinzhi.kernel.policy import Policy
from pinzhi.kernel.refusal import RefusedError


@dataclass(frozen=True, slots=True)
class Severe:
    """Rules whose findings no one person may overrule."""

    rules: tuple[str, ...]

    def covers(self, rule: str) -> bool:
        """Whether a rule is one of them, or a part of one (`T20.1` of `T20`)."""
        return any(rule == r or (rule.startswith(r) and not rule[len(r)].isalnum()) for r in self.rules)


@dataclass(frozen=True, slots=True)
class Clock:
    """Hours until a person decides, working hours for an appeal, days for which refused goods are remembered."""

    review_hours: int
    appeal_hours: int
    relisting_days: int


@dataclass(frozen=True, slots=True)
class Papers:
    """Days before the end of a paper on which the house speaks; months after which a test report is too old; whether papers are always asked for."""

    warn_days: tuple[int, ...]
    report_months: int
    always: bool = False


@dataclass(frozen=True, slots=True)
class Renewal:
    """
    Live listings held against changed rules: how many in one transaction, days to put right what no longer holds, and the shares of the live listings
    that may be refused or put before a person without asking first (`few` always may).
    """

    portion: int
    grace_days: int
    most_refused: float
    most_asked: float
    few: int


@dataclass(frozen=True, slots=True)
class Relisting:
    """
    Shares from 0 to 1: titles that may be the same goods, ones half rewritten that may be where something else is the same, titles that are the same;
    attributes that must agree, and attributes that tell.
    """

    alike: float
    rewritten: float
    told: float
    same: float
    attributes: float


@dataclass(frozen=True, slots=True)
class Lab:
    """Hours in the shadow, submissions of a backtest, minutes of a person for a case, changed verdicts kept. Policies older than the lab have none of it."""

    shadow_hours: int = 24
    history: int = 20_000
    minutes: int = 3
    sample: int = 50


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """Everything in `policy.toml`; `version` is cited by decisions."""

    version: str
    severe: Severe
    clock: Clock
    papers: Papers
    relisting: Relisting
    renewal: Renewal
    lab: Lab


def typed_policy(policy: Policy) -> AdmissionPolicy:
    """Read the tables. Raises RefusedError for a missing or wrong entry."""
    typed = AdmissionPolicy(
        version=policy.version,
        severe=policy.as_type("severe", Severe),
        clock=policy.as_type("clock", Clock),
        papers=policy.as_type("papers", Papers),
        relisting=policy.as_type("relisting", Relisting),
        renewal=policy.as_type("renewal", Renewal),
        lab=policy.as_type("lab", Lab),
    )
    _check(typed)
    return typed


def _check(typed: AdmissionPolicy) -> None:
    days, renewal = typed.papers.warn_days, typed.renewal
    wrong = {
        "papers.warn_days": list(days) != sorted(set(days), reverse=True) or not days or min(days) < 0,
        "papers.report_months": not 1 <= typed.papers.report_months <= 120,
        "relisting.alike": not 0 < typed.relisting.rewritten <= typed.relisting.alike <= typed.relisting.same <= 1,
        "relisting.attributes": not 0 <= typed.relisting.attributes <= typed.relisting.told <= 1,
        "clock.review_hours": min(typed.clock.review_hours, typed.clock.appeal_hours, typed.clock.relisting_days) < 1,
        "renewal.portion": not 1 <= renewal.portion <= 5000,
        "renewal.grace_days": not 1 <= renewal.grace_days <= 365,
        "renewal.most_refused": not (0 <= renewal.most_refused <= 1 and 0 <= renewal.most_asked <= 1),
        "renewal.few": renewal.few < 0,
        "lab.shadow_hours": not (0 <= typed.lab.shadow_hours <= 8760 and 0 <= typed.lab.minutes <= 480),
        "lab.history": not (1 <= typed.lab.history <= 1_000_000 and 1 <= typed.lab.sample <= 500),
        "severe.rules": any(not re.fullmatch(r"[\w.-]+", r) for r in typed.severe.rules),
    }
    refuse_wrong(wrong)


def refuse_wrong(wrong: Mapping[str, bool]) -> None:
    """Raise RefusedError(`policy_entry_range`) for the first entry that is wrong."""
    for where, bad in wrong.items():
        if bad:
            raise RefusedError.because(
                "policy_entry_range", f"{where} has a value that cannot be", "see the remark beside it", field=where
            )
