"""The typed form of `policy.toml`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

from pinzhi.kernel.policy import Policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import is_money, money
from pinzhi.life.complaints.rules.alike import AlikePolicy
from pinzhi.life.complaints.rules.assistant.policy import AssistantFigures
from pinzhi.life.complaints.rules.clocks import ClockFigures
from pinzhi.life.complaints.rules.fast_refund import FastFigures
from pinzhi.life.complaints.rules.gathering import IncidentFigures
from pinzhi.life.complaints.rules.hazard import HoldFigures
from pinzhi.life.complaints.rules.publicly import PublicFigures
from pinzhi.life.complaints.rules.triage.answer import TriagePolicy


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """Yuan above which two persons decide, severities that a supervisor looks at before closing, days and counts of `policy.toml`."""

    two_persons_above: str
    review_severities: tuple[int, ...]
    reply_days: int
    offer_days: int
    fulfil_days: int
    reopen_days: int
    photos: int
    words: int
    messages_a_day: int
    wrong_keys: int
    draft_days: int
    forms_a_day: int

    @property
    def limit(self) -> Decimal:
        """The amount in yuan above which two persons decide."""
        return money(self.two_persons_above)


@dataclass(frozen=True, slots=True)
class EntitlementFigures:
    """`reasonable_quantity`: pieces that a household is assumed to use, for a buyer who knew."""

    reasonable_quantity: int


@dataclass(frozen=True, slots=True)
class ComplaintsPolicy:
    """Everything in `policy.toml`; `version` is cited by decisions."""

    version: str
    desk: DeskFigures
    hold: HoldFigures
    entitlement: EntitlementFigures
    clocks: ClockFigures
    fast: FastFigures
    triage: TriagePolicy
    alike: AlikePolicy
    incident: IncidentFigures
    assistant: AssistantFigures
    public: PublicFigures


def typed_policy(policy: Policy) -> ComplaintsPolicy:
    """Read the tables. Raises RefusedError: a missing entry, and `policy_entry_range` for a figure that makes no sense."""
    typed = ComplaintsPolicy(
        policy.version,
        policy.as_type("desk", DeskFigures),
        policy.as_type("hold", HoldFigures),
        policy.as_type("entitlement", EntitlementFigures),
        policy.as_type("clocks", ClockFigures),
        policy.as_type("fast", FastFigures),
        policy.as_type("triage", TriagePolicy),
        policy.as_type("alike", AlikePolicy),
        policy.as_type("incident", IncidentFigures),
        policy.as_type("assistant", AssistantFigures),
        policy.as_type("public", PublicFigures),
    )
    d, h = typed.desk, typed.hold
    hand = typed.assistant.handover
    wrong = {
        "desk.two_persons_above": not is_money(d.two_persons_above),
        "desk.review_severities": not set(d.review_severities) <= {1, 2, 3, 4},
        "desk.reply_days": not 1 <= d.reply_days <= 60,
        "desk.offer_days": not 1 <= d.offer_days <= 60,
        "desk.fulfil_days": not 1 <= d.fulfil_days <= 60,
        "desk.reopen_days": not 1 <= d.reopen_days <= 365,
        "desk.photos": not 1 <= d.photos <= 50,
        "desk.words": not 200 <= d.words <= 20_000,
        "desk.messages_a_day": not 1 <= d.messages_a_day <= 500,
        "desk.wrong_keys": not 3 <= d.wrong_keys <= 100,
        "desk.draft_days": not 1 <= d.draft_days <= 60,
        "desk.forms_a_day": not 1 <= d.forms_a_day <= 1000,
        "hold.claims": not 1 <= h.claims <= 100,
        "hold.confirmed": not 1 <= h.confirmed <= 100,
        "hold.days": not 1 <= h.days <= 365,
        "hold.sold": h.sold < 0,
        "hold.per_million": not 0 <= h.per_million <= 1_000_000,
        "hold.chance_per_mille": not 1 <= h.chance_per_mille <= 500,
        "hold.hours": not 1 <= h.hours <= 720,
        "assistant.handover.amount": not is_money(hand.amount),
        "assistant.handover.rejections": not 1 <= hand.rejections <= 5,
        "assistant.handover.unanswered": not 1 <= hand.unanswered <= 5,
    }
    wrong["public.least_count"] = not 3 <= typed.public.least_count <= 1000
    wrong["public.months"] = not 1 <= typed.public.months <= 36
    wrong["entitlement.reasonable_quantity"] = not 1 <= typed.entitlement.reasonable_quantity <= 1000
    wrong |= {f"clocks.{f.name}": not 1 <= getattr(typed.clocks, f.name) <= 10_000 for f in fields(ClockFigures)}
    wrong |= {f"alike.{name}": bad for name, bad in typed.alike.wrong().items()}
    wrong |= {f"incident.{name}": bad for name, bad in typed.incident.wrong().items()}
    wrong |= {f"assistant.search.{name}": bad for name, bad in typed.assistant.search.wrong().items()}
    wrong |= {f"assistant.doors.{name}": bad for name, bad in typed.assistant.doors.wrong().items()}
    wrong |= {f"fast.{name}": bad for name, bad in typed.fast.wrong().items()}
    wrong |= {f"triage.{name}": bad for name, bad in typed.triage.wrong().items()}
    for where, bad in wrong.items():
        if bad:
            raise RefusedError.because(
                "policy_entry_range", f"{where} is out of its range", "see the comments of policy.toml", field=where
            )
    return typed
