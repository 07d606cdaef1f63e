"""
Canonical JSON and digests: the same value always gives the same bytes, so that a leaf, a verdict and a replay can be compared byte by byte.

A subset of RFC 8785 (JCS): keys sorted by code point, no white space, UTF-8. Floats are refused, because their text differs between languages;
numbers that are evidence are carried as integers, decimal strings, or floats rounded to a string by the rule that made them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

_AS_IT_IS = frozenset({str, int, bool, type(None)})


def plain(value: Any) -> Any:  # noqa: PLR0911 - one line per kind of value reads best
    """Turn dataclasses, enums, dates, decimals and tuples into JSON values. Raises TypeError for floats and unknown things."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is dict:
        return {k if type(k) is str else str(k): v if type(v) in _AS_IT_IS else plain(v) for k, v in value.items()}
    if isinstance(value, (bool, int, str)) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a time needs a zone")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    raise TypeError(f"no canonical form for {type(value).__name__}")


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value."""
    return _encode(plain(value)).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
