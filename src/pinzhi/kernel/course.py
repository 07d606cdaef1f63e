"""Allowed steps. A state machine is a table, and a step that is not in the table is a refusal, not an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pinzhi.kernel.refusal import Refusal, RefusedError


@dataclass(frozen=True, slots=True)
class Course:
    """A course of states: `steps[state][verb] = next state`. `final` states have no way out."""

    name: str
    steps: Mapping[str, Mapping[str, str]]

    @property
    def states(self) -> frozenset[str]:
        """Every state that can be reached or left."""
        return frozenset(self.steps) | {to for by in self.steps.values() for to in by.values()}

    def verbs(self, state: str) -> tuple[str, ...]:
        """What may be done in `state`, in the table's order."""
        return tuple(self.steps.get(state, {}))

    def step(self, state: str, verb: str) -> str:
        """The state after `verb`. Raises RefusedError(`step_not_allowed`) and names what is possible."""
        allowed = self.steps.get(state, {})
        if verb not in allowed:
            can = ", ".join(allowed) or "nothing"
            raise RefusedError(
                Refusal(
                    "step_not_allowed",
                    f"{self.name}: «{verb}» is not possible in state «{state}»",
                    f"possible now: {can}",
                )
            )
        return allowed[verb]


CASE = Course(
    "case",
    {
        "open": {"claim": "claimed", "decide": "decided", "snooze": "snoozed", "propose": "proposed"},
        "claimed": {"release": "open", "decide": "decided", "snooze": "snoozed", "propose": "proposed"},
        "snoozed": {"wake": "open", "claim": "claimed", "decide": "decided"},
        "proposed": {"confirm": "decided", "reject": "open", "withdraw": "open"},
        "decided": {"undo": "open", "reopen": "open"},
    },
)
"""Every human desk: claim takes a lease, propose waits for a second person, undo and reopen are new acts, never deletions."""

INSPECTION = Course(
    "inspection",
    {
        "proposed": {
            "confirm": "appointed",
            "decline": "declined",
            "propose": "proposed",
            "give_up": "closed",
            "cancel": "cancelled",
        },
        "declined": {"propose": "proposed", "give_up": "closed", "cancel": "cancelled"},
        "appointed": {"record": "appointed", "close": "closed", "propose": "proposed", "cancel": "cancelled"},
    },
)
"""A visit on site: the house proposes days, the merchant confirms one or declines, the inspector answers and closes; `give_up` closes without a visit."""

_LEAVE = {"withdraw": "closed", "merge": "merged", "escalate": "escalated"}
COMPLAINT = Course(
    "complaint",
    {
        "": {
            "open": "awaiting_merchant",
            "open_house": "with_house",
            "open_fast": "fulfilling",
            "open_offer": "proposed",
            "open_owed": "fulfilling",
        },
        "awaiting_merchant": {
            "offer": "proposed",
            "contest": "with_house",
            "ask": "asked_by_merchant",
            "default": "proposed",
            "hand_over": "with_house",
            "pay_fast": "fulfilling",
            **_LEAVE,
        },
        "asked_by_merchant": {
            "reply": "awaiting_merchant",
            "lapse": "awaiting_merchant",
            "hand_over": "with_house",
            **_LEAVE,
        },
        "with_house": {
            "ask": "asked_by_house",
            "ask_merchant": "awaiting_merchant",
            "test": "testing",
            "propose": "proposed",
            "adjudicate": "fulfilling",
            "dismiss": "closed",
            "pay_fast": "fulfilling",
            **_LEAVE,
        },
        "asked_by_house": {"reply": "with_house", "lapse": "with_house", **_LEAVE},
        "testing": {"result": "with_house", **_LEAVE},
        "proposed": {
            "accept": "fulfilling",
            "decline": "with_house",
            "offer": "proposed",
            "lapse": "closed",
            "hand_over": "with_house",
            "revoke": "with_house",
            **_LEAVE,
        },
        "fulfilling": {
            "revoke": "with_house",
            "complete": "closed",
            "review": "reviewing",
            "fail": "with_house",
            "escalate": "escalated",
            "waive": "closed",
        },
        "reviewing": {"approve": "closed", "send_back": "with_house"},
        "escalated": {"take_back": "with_house", "end": "closed"},
        "merged": {"split": "with_house"},
        "closed": {"reopen": "with_house", "overturn": "with_house"},
    },
)
"""
A complaint: the merchant answers first, a person decides where the two do not agree or somebody may be hurt, the rule decides where the merchant is silent.

`offer` is the merchant's, `default` the rule's, `propose` the house's; each lies before the consumer. `adjudicate` binds the merchant without the consumer
having to agree; he may still go to the authority or to court.
`open_offer` and `open_owed` begin a matter that the house took up for an order of which nobody complained: an offer, or money that is owed; `waive` is its
buyer's «I do not want it».
"""

INCIDENT = Course(
    "incident",
    {
        "": {"gather": "gathering"},
        "gathering": {"surface": "open", "merge": "merged"},
        "open": {"decide": "applying", "leave": "left", "sink": "gathering", "merge": "merged"},
        "applying": {"applied": "decided"},
        "decided": {"surface": "open", "merge": "merged"},
        "left": {"surface": "open", "merge": "merged"},
        "merged": {},
    },
)
"""
Complaints that are one matter: they gather unseen, stand on a desk once there are enough, are decided once for all, and may be decided again for those who
come later. `leave`: a person handles each by itself.
"""
