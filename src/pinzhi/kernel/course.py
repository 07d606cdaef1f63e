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
