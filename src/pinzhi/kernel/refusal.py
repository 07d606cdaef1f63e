"""Every expected «no», with what to do next. A person, a batch file and an API client get the same three parts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    An expected «no».

    `code` is stable and machine-readable (`snake_case`), `reason` says what is wrong, `remedy` says what to do next. `field` and `line` are
    set when the refusal concerns one field or one row of a file (first row = line 1, header excluded for CSV); `file` is its name.
    """

    code: str
    reason: str
    remedy: str
    field: str = ""
    line: int | None = None
    file: str = ""

    def row(self) -> dict[str, object]:
        """The shape of a line in `<out>.refused.ndjson` (see the interface contract)."""
        row: dict[str, object] = {
            "line": self.line,
            "field": self.field,
            "code": self.code,
            "reason": self.reason,
            "remedy": self.remedy,
        }
        return {"file": self.file, **row} if self.file else row


class RefusedError(Exception):
    """Raised by an action that will not be done. Nothing has been changed when it is raised."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.reason}")
        self.refusal = refusal

    @classmethod
    def because(cls, code: str, reason: str, remedy: str, *, field: str = "") -> RefusedError:
        """Shorthand for `RefusedError(Refusal(...))`."""
        return cls(Refusal(code, reason, remedy, field))
