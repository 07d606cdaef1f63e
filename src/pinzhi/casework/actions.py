"""
The verbs of casework, one name each. Stations call `open_case` and `update_evidence` in their own act; all others are acts of a person.

They stand in four files by who does what: `opening` (stations), `working` (before the decision), `deciding` (the decision, four eyes, taking back),
`together` (many at once).
"""

from pinzhi.casework.deciding import confirm, decide, reject, reopen, undo, withdraw
from pinzhi.casework.opening import open_case, update_evidence
from pinzhi.casework.working import (
    ask_for_more,
    assign,
    claim,
    comment,
    escalate,
    release,
    snooze,
    wake,
)

__all__ = [
    "ask_for_more",
    "assign",
    "claim",
    "comment",
    "confirm",
    "decide",
    "escalate",
    "open_case",
    "reject",
    "release",
    "reopen",
    "snooze",
    "undo",
    "update_evidence",
    "wake",
    "withdraw",
]
