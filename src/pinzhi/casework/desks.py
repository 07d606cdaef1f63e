"""
The desks: each station registers its own from `apps.Config.ready`, so that casework need not know any station.

    register(Desk("monitoring", Text("监测预警", "monitoring signals"), outcomes=(…), on_decide=judged, on_undo=unjudged))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.policy import policy
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Text
from pinzhi.people.acts import Act

Decided = Callable[[Act, CaseRow, Ruling], None]
TakenBack = Callable[[Act, CaseRow, Reversal], None]


def nothing_follows(a: Act, case: CaseRow, what: Ruling | Reversal) -> None:
    """For desks whose decisions have no consequence of their own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    One way to decide a case at a desk.

    `key` is the single-letter shortcut; `needs_reason` refuses an empty reason; `two_person` waits for a second person; `tone` is a colour word of the console.
    """

    code: str
    name: Text
    key: str = ""
    needs_reason: bool = False
    two_person: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """
    A human desk. `on_decide` and `on_undo` run inside the act, before its facts are written; raising RefusedError undoes everything.

    `verb` is what a person must be allowed to do beside `casework.decide` (empty: nothing more).
    """

    name: str
    title: Text
    outcomes: tuple[Outcome, ...]
    on_decide: Decided = nothing_follows
    on_undo: TakenBack = nothing_follows
    verb: str = ""

    def outcome(self, code: str) -> Outcome:
        """The outcome called `code`. Raises RefusedError(`outcome_unknown`)."""
        for known in self.outcomes:
            if known.code == code:
                return known
        raise RefusedError(
            Refusal(
                "outcome_unknown",
                f"the desk «{self.name}» has no outcome «{code}»",
                f"choose one of: {', '.join(o.code for o in self.outcomes)}",
                "outcome",
            )
        )

    def needs_two(self, code: str) -> bool:
        """Whether an outcome needs two persons: marked by the desk or listed in the policy."""
        return self.outcome(code).two_person or policy().needs_two(self.name, code)


DESKS: dict[str, Desk] = {}


def register(desk: Desk) -> None:
    """Enter a desk. The same name twice is an error, and so is a key used twice at one desk."""
    if desk.name in DESKS:
        raise ValueError(f"two desks are called {desk.name}")
    keys = [o.key for o in desk.outcomes if o.key]
    if len(keys) != len(set(keys)):
        raise ValueError(f"the desk {desk.name} uses a key twice")
    DESKS[desk.name] = desk


def desk(name: str) -> Desk:
    """The desk called `name`. Raises RefusedError(`desk_unknown`)."""
    if name not in DESKS:
        raise RefusedError(
            Refusal(
                "desk_unknown", f"no desk is called «{name}»", f"known: {', '.join(sorted(DESKS)) or 'none'}", "desk"
            )
        )
    return DESKS[name]
