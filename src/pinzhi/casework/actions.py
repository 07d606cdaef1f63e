"""
The verbs of casework, one name each. Stations call `open_case` and `update_evidence` in their own act; all others are acts of a person.

They stand in five files by who does what: `opening` (stations), `working` (before the decision), `deciding` (the decision, four eyes, taking back),
`together` (many at once), `views` (saved lists).
"""

from pinzhi.casework.deciding import confirm, decide, reject, reopen, undo, withdraw
from pinzhi.casework.opening import open_case, update_evidence
from pinzhi.casework.together import bulk, undo_bulk
from pinzhi.casework.views import remove_view, save_view
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
    "bulk",
    "claim",
    "comment",
    "confirm",
    "decide",
    "escalate",
    "open_case",
    "reject",
    "release",
    "remove_view",
    "reopen",
    "save_view",
    "snooze",
    "undo",
    "undo_bulk",
    "update_evidence",
    "wake",
    "withdraw",
]
