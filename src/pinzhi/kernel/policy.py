"""
Policy: every threshold, weight and ladder is typed data with a version and dates; a verdict cites the version it was computed with.

A policy file is TOML with a `[policy]` head (`station`, `version`, `in_force_from`, `text_zh`, `text_en`) and one table per rule. The digest of its
canonical form is part of the version string, so that two files with the same name and different figures can never be confused.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import Refusal, RefusedError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Policy:
    """A station's policy as read: `version` is `<station>/<version>#<first 8 hex of the digest>`."""

    station: str
    version: str
    in_force_from: date
    tables: Mapping[str, Any]
    digest: str

    def as_type(self, table: str, type_: type[T]) -> T:
        """Read one table into a frozen dataclass. Refuses unknown, missing and wrongly typed entries by name."""
        return typed(self.tables.get(table, {}), type_, where=f"{self.station}.{table}")


def _decimal_floats(value: Any) -> Any:
    return (
        {k: _decimal_floats(v) for k, v in value.items()}
        if isinstance(value, dict)
        else (
            [_decimal_floats(v) for v in value]
            if isinstance(value, list)
            else (Decimal(str(value)) if isinstance(value, float) else value)
        )
    )


def read_policy(text: str, overlay: Mapping[str, Any] | None = None) -> Policy:
    """Parse a policy file. `overlay` replaces single entries (`{"table": {"entry": value}}`) for a what-if run; it changes the version too."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise RefusedError(
            Refusal("policy_not_toml", f"the policy is not valid TOML: {why}", "mend the line named and read it again")
        ) from why
    head = raw.pop("policy", None)
    if not isinstance(head, dict) or not {"station", "version", "in_force_from"} <= set(head):
        raise RefusedError(
            Refusal(
                "policy_head_missing",
                "a policy needs a [policy] table with station, version, in_force_from",
                "add the [policy] table",
            )
        )
    for table, entries in (overlay or {}).items():
        raw.setdefault(table, {}).update(entries)
    sha = digest(_decimal_floats({"head": head, "tables": raw}))
    return Policy(
        station=str(head["station"]),
        version=f"{head['station']}/{head['version']}#{sha[:8]}",
        in_force_from=date.fromisoformat(str(head["in_force_from"])),
        tables=raw,
        digest=sha,
    )


def typed(raw: Any, type_: type[T], *, where: str) -> T:
    """Read a plain mapping into a frozen dataclass, recursively. Refuses unknown, missing and wrongly typed entries by name."""
    if not is_dataclass(type_):
        raise TypeError("policy tables are dataclasses")
    if not isinstance(raw, Mapping):
        raise RefusedError(
            Refusal("policy_table_missing", f"{where} is not a table", f"write it as [{where}]", field=where)
        )
    hints = get_type_hints(type_)
    names = {f.name for f in fields(type_)}
    unknown = sorted(set(raw) - names)
    if unknown:
        raise RefusedError(
            Refusal(
                "policy_entry_unknown",
                f"{where} has no entry {unknown[0]!r}",
                "remove it or correct its name",
                field=where,
            )
        )
    values: dict[str, Any] = {}
    for f in fields(type_):
        if f.name in raw:
            values[f.name] = _coerce(raw[f.name], hints[f.name], f"{where}.{f.name}")
    try:
        return type_(**values)
    except TypeError as why:
        missing = sorted(names - set(raw))
        raise RefusedError(
            Refusal("policy_entry_missing", f"{where} lacks {', '.join(missing)}", "add the entry", field=where)
        ) from why


def _coerce(value: Any, hint: Any, where: str) -> Any:
    origin = get_origin(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return typed(value, hint, where=where)
    if origin is tuple and isinstance(value, list):
        inner = get_args(hint)[0]
        return tuple(_coerce(v, inner, f"{where}[{i}]") for i, v in enumerate(value))
    if origin in (dict, Mapping) or (origin is not None and origin.__name__ == "Mapping"):
        inner = get_args(hint)[1]
        if isinstance(value, Mapping):
            return {str(k): _coerce(v, inner, f"{where}.{k}") for k, v in value.items()}
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if hint is Decimal and isinstance(value, (str, int)):
        return Decimal(str(value))
    if isinstance(hint, type) and origin is None and type(value) is hint:
        return value
    raise RefusedError(
        Refusal(
            "policy_entry_type",
            f"{where} is {value!r}, which is not {getattr(hint, '__name__', hint)}",
            "correct the value",
            field=where,
        )
    )
