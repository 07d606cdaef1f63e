"""
The desks: each station registers its own from `apps.Config.ready`, so that casework need not know any station.

    register(Desk("monitoring", Text("监测预警", "monitoring signals"), outcomes=(…), on_decide=judged, on_undo=unjudged))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.policy import policy
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Text
from pinzhi.people.acts import Act

Decided = Callable[[Act, CaseRow, Ruling], None]
TakenBack = Callable[[Act, CaseRow, Reversal], None]
Guard = Callable[[Act, CaseRow], None]
TwoIf = Callable[[str, Mapping[str, Any]], bool]
Rules = Callable[[Mapping[str, Any]], tuple[str, ...]]


def nothing_follows(a: Act, case: CaseRow, what: Ruling | Reversal) -> None:
    """For desks whose decisions have no consequence of their own."""


def anybody(a: Act, case: CaseRow) -> None:
    """For desks where whoever may decide may decide every case."""


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


OVER = Outcome("over", Text("已无需处理", "settled elsewhere"))
"""What a case is decided as when its matter ended by itself: whoever complained withdrew, the two sides agreed. No person chooses it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """
    A human desk. `on_decide` and `on_undo` run inside the act, before its facts are written; raising RefusedError undoes everything.

    `verb` is what a person must be allowed to do beside `casework.decide` (empty: nothing more). `guard` refuses a person who may not decide or confirm
    this very case (it raises RefusedError); `two_if` says by the evidence whether an outcome takes two persons, beside those that always do. `rules` names
    the rules that a case is about.
    """

    name: str
    title: Text
    outcomes: tuple[Outcome, ...]
    on_decide: Decided = nothing_follows
    on_undo: TakenBack = nothing_follows
    verb: str = ""
    guard: Guard = anybody
    two_if: TwoIf = lambda _outcome, _evidence: False
    rules: Rules = lambda _evidence: ()

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

    def needs_two(self, code: str, evidence: Mapping[str, Any]) -> bool:
        """Whether an outcome needs two persons: marked by the desk, listed in the policy, or asked for by the evidence of the case."""
        always = self.outcome(code).two_person or policy().needs_two(self.name, code)
        return always or self.two_if(code, evidence)


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
