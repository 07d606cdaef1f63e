"""Rows of files into what reports are held against: the register of laboratories, reports judged earlier."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.rules.reports.register import Licence
from pinzhi.life.admission.rules.reports.reuse import Earlier, kept


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, bool)):
        raise RefusedError.because("value_not_text", f"{name} is {value!r}", "write it as text", field=name)
    return str(value).strip()


def _day(row: Mapping[str, Any], name: str) -> date | None:
    value = row.get(name)
    if isinstance(value, date):
        return value
    text = _text(row, name)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError as why:
        raise RefusedError.because("day_invalid", f"{name} is {text!r}", "write YYYY-MM-DD", field=name) from why


def licence_of(row: Mapping[str, Any]) -> Licence:
    """A row of the register. Raises RefusedError naming the field."""
    if not (_text(row, "cma") or _text(row, "cnas")):
        raise RefusedError.because("field_missing", "neither cma nor cnas is given", "give one of them", field="cma")
    return Licence(
        _text(row, "lab"),
        _text(row, "cma"),
        _text(row, "cnas"),
        _day(row, "valid_from"),
        _day(row, "valid_to"),
        _text(row, "standard"),
    )


def earlier_of(row: Mapping[str, Any]) -> Earlier:
    """The output of an earlier run. Raises RefusedError naming the field."""
    fields, items, file = row.get("fields"), row.get("items") or [], row.get("file") or {}
    if not isinstance(fields, Mapping) or not isinstance(items, list) or not isinstance(file, Mapping):
        raise RefusedError.because(
            "not_an_earlier_report",
            "no output of `pinzhi admission report`",
            "give outputs of earlier runs with --json",
            field="fields",
        )
    standards = fields.get("standards") or []
    return kept(
        {n: _text(fields, n) for n in fields if n != "standards"},
        [str(s) for s in standards] if isinstance(standards, list) else [str(standards)],
        [(_text(i, "name"), _text(i, "value")) for i in items if isinstance(i, Mapping)],
        sha256=_text(file, "sha256"),
        layout=_text(file, "layout"),
        merchant_id=_text(row, "merchant_id"),
        listing_id=_text(row, "listing_id"),
        scanned="ocr" in (file.get("read") or ()),
    )
