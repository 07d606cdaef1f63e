"""The error answers that every operation may give."""

from __future__ import annotations

from pinzhi.doors.api.schemas import Problem

ERRORS: dict[int, type[Problem]] = dict.fromkeys((400, 401, 403, 404, 409, 422), Problem)
"""400 unreadable, 401 no token, 403 no scope or role, 404 not there, 409 understood and refused, 422 not as described."""
