"""
Files of listings in the shape of the interface contract become `Listing`; screenings become rows again. A bad row is refused by itself, with code, field,
reason and remedy; the rest of the batch goes on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.verdict import LawRef
from pinzhi.life.admission.contracts import DealPrice, Document, Exemption, Finding, Listing, Outcome, Screened, Sku
from pinzhi.life.admission.rules.backtest import Before

MOST_TEXT = {"title": 2_000, "subtitle": 4_000, "description": 200_000, "brand": 500, "compared_price_meaning": 500}
"""Code points. A platform's title has at most 120; what is far above it is no title."""
MOST_ID = 200
MOST_ATTRIBUTES, MOST_VALUE = 500, 20_000
MOST_PRICE = Decimal(10) ** 12
COLUMNS = ("id", "outcome", "findings", "exemptions", "missing", "notes", "ruleset", "as_of")


def listing(row: Mapping[str, Any]) -> Listing:
    """One row, checked. Raises RefusedError."""
    return Listing(
        id=_text(row, "id", MOST_ID, required=True),
        merchant_id=_text(row, "merchant_id", MOST_ID, required=True),
        category=_text(row, "category", MOST_ID, required=True),
        title=_text(row, "title", MOST_TEXT["title"], required=True),
        subtitle=_text(row, "subtitle", MOST_TEXT["subtitle"]),
        description=_text(row, "description", MOST_TEXT["description"]),
        brand=_text(row, "brand", MOST_TEXT["brand"]),
        attributes=_attributes(row),
        price=_price(row.get("price"), "price"),
        compared_price=_price(row.get("compared_price"), "compared_price"),
        compared_price_meaning=_text(row, "compared_price_meaning", MOST_TEXT["compared_price_meaning"]),
        deal_prices=tuple(_deal(d, f"deal_prices[{i}]") for i, d in enumerate(_list(row, "deal_prices"))),
        images=tuple(_string(v, f"images[{i}]", 2_000) for i, v in enumerate(_list(row, "images"))),
        documents=tuple(_document(d, f"documents[{i}]") for i, d in enumerate(_list(row, "documents"))),
        skus=tuple(_sku(s, f"skus[{i}]") for i, s in enumerate(_list(row, "skus"))),
        head_price=_price(row.get("head_price"), "head_price"),
    )


def listings(
    rows: Iterable[tuple[int, Mapping[str, Any]]], refuse: Callable[[int, Refusal], None]
) -> Iterator[Listing]:
    """
    The listings of numbered rows; `refuse(line, refusal)` is called for each bad one.

    The same id again with the same content is passed over, with other content refused: which of the two was meant cannot be known. Memory grows by one digest
    a row.
    """
    seen: dict[str, str] = {}
    for line, row in rows:
        try:
            found = listing(row)
        except RefusedError as no:
            refuse(line, no.refusal)
            continue
        content = digest(found)[:24]
        known = seen.setdefault(found.id, content)
        if known is not content:
            if known != content:
                why = f"id {found.id!r} came before with other content"
                refuse(line, Refusal("id_conflict", why, "give every listing its own id, or send it once", "id"))
            continue
        yield found


def row(screened: Screened) -> dict[str, Any]:
    """One answer in the shape of the interface contract."""
    return {
        "id": screened.id,
        "outcome": screened.outcome.value,
        "findings": [_finding_row(f) for f in screened.findings],
        "exemptions": [_exemption_row(e) for e in screened.exemptions],
        "missing": [
            {
                "claim": m.claim,
                "kinds": list(m.kinds),
                "reason_zh": m.reason.zh,
                "reason_en": m.reason.en,
                "law": _law(m.law),
            }
            for m in screened.missing
        ],
        "notes": [{"zh": n.zh, "en": n.en} for n in screened.notes],
        "ruleset": screened.ruleset,
        "as_of": screened.as_of.isoformat(),
    }


def _finding_row(f: Finding) -> dict[str, Any]:
    document: dict[str, Any] = {
        "rule": f.rule,
        "version": f.version,
        "field": f.field,
        "start": f.start,
        "end": f.end,
        "text": f.text,
        "normalised": f.normalised,
        "transforms": list(f.transforms),
        "severity": f.severity.value,
        "law": _law(f.law),
        "message_zh": f.message.zh,
        "message_en": f.message.en,
        "suggestion": None if f.suggestion is None else {"zh": f.suggestion.zh, "en": f.suggestion.en},
        "confidence": f.confidence,
        "wanted": list(f.wanted),
        "evidence": dict(f.evidence),
    }
    if f.box is not None:
        box = f.box
        document["box"] = {"page": box.page, "x": box.x, "y": box.y, "width": box.width, "height": box.height}
    return document


def _exemption_row(e: Exemption) -> dict[str, Any]:
    return {
        "rule": e.rule,
        "field": e.field,
        "start": e.start,
        "end": e.end,
        "text": e.text,
        "context": e.context,
        "reason_zh": e.reason.zh,
        "reason_en": e.reason.en,
        "law": _law(e.law),
    }


def _law(law: LawRef | None) -> dict[str, Any] | None:
    if law is None:
        return None
    return {"instrument": law.instrument, "version": law.version, "article": law.article, "verified": law.verified}


# --- values ----------------------------------------------------------------------------------------------------------------------------------


def _no(code: str, field: str, reason: str, remedy: str) -> RefusedError:
    return RefusedError(Refusal(code, reason, remedy, field))


def _string(value: Any, field: str, most: int) -> str:
    if not isinstance(value, str):
        raise _no("type_invalid", field, f"{field} is {type(value).__name__}, not text", "write it as text")
    if len(value) > most:
        raise _no("text_too_long", field, f"{field} has {len(value)} characters, at most {most} are read", "shorten it")
    if "\x00" in value:
        raise _no("nul_character", field, f"{field} holds a NUL character", "remove it")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise _no("broken_unicode", field, f"{field} holds half a character", "write the file in UTF-8")
    return value


def _text(row: Mapping[str, Any], name: str, most: int, *, required: bool = False) -> str:
    value = row.get(name)
    if name in {"id", "merchant_id"} and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        if required:
            raise _no("field_missing", name, f"{name} is empty or absent", "give it")
        return ""
    text = _string(value, name, most)
    if required and not text.strip():
        raise _no("field_missing", name, f"{name} holds only spaces", "give it")
    return text


def _list(row: Mapping[str, Any], name: str) -> list[Any]:
    value = _parsed(row.get(name), name)
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise _no("type_invalid", name, f"{name} is no list", "write a list")
    if len(value) > MOST_ATTRIBUTES:
        raise _no(
            "list_too_long", name, f"{name} has {len(value)} entries, at most {MOST_ATTRIBUTES} are read", "shorten it"
        )
    return list(value)


def _parsed(value: Any, name: str) -> Any:
    """Lists and objects come as JSON text in CSV."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as why:
        raise _no("json_invalid", name, f"{name} is no JSON", "write a JSON list or object") from why


def _attributes(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    value = _parsed(row.get("attributes"), "attributes")
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(p, (list, tuple)) and len(p) == 2 for p in value):
        items: Iterable[tuple[Any, Any]] = [(p[0], p[1]) for p in value]
    elif isinstance(value, Mapping):
        items = value.items()
    else:
        raise _no("type_invalid", "attributes", "attributes is no object of names and values", "write an object")
    found = []
    for name, one in items:
        field = f"attributes.{name}"[:200]
        name_text = _string(name, "attributes", MOST_ID)
        if (text := _attribute(one, field)) is not None:
            found.append((name_text, text))
    if len(found) > MOST_ATTRIBUTES:
        raise _no("list_too_long", "attributes", f"more than {MOST_ATTRIBUTES} attributes", "shorten the list")
    return tuple(found)


def _attribute(value: Any, field: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return " ".join(t for v in value if (t := _attribute(v, field)) is not None)
    return _string(value, field, MOST_VALUE)


def _price(value: Any, field: str) -> Decimal | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise _no("type_invalid", field, f"{field} is {type(value).__name__}, not an amount", "write yuan as 12.50")
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation as why:
        raise _no("price_invalid", field, f"{field} {str(value)[:40]!r} is no amount", "write yuan as 12.50") from why
    if not amount.is_finite() or abs(amount) >= MOST_PRICE:
        raise _no("price_invalid", field, f"{field} is no amount of money", "write yuan as 12.50")
    if amount < 0:
        raise _no("price_negative", field, f"{field} is below zero", "write the price that a buyer pays")
    return amount


def _time(value: Any, field: str) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(_string(value, field, 64))
    except ValueError as why:
        raise _no(
            "time_invalid", field, f"{field} {str(value)[:40]!r} is no time", "write RFC 3339 with a zone"
        ) from why
    if at.tzinfo is None:
        raise _no("time_without_zone", field, f"{field} has no time zone", "write RFC 3339 with a zone")
    return at


def _deal(value: Any, field: str) -> DealPrice:
    if not isinstance(value, Mapping) or "at" not in value or "price" not in value:
        raise _no("type_invalid", field, f"{field} is no deal with `at` and `price`", "write {at, price}")
    price = _price(value["price"], f"{field}.price")
    if price is None:
        raise _no("field_missing", f"{field}.price", "a deal has a price", "give it")
    return DealPrice(_time(value["at"], f"{field}.at"), price)


def _sku(value: Any, field: str) -> Sku:
    if not isinstance(value, Mapping) or not value.get("name"):
        raise _no("type_invalid", field, f"{field} is no variant with a `name` and a `price`", "write {name, price}")
    price = _price(value.get("price"), f"{field}.price")
    if price is None:
        raise _no("field_missing", f"{field}.price", "a variant has a price", "give it")
    return Sku(_string(value["name"], f"{field}.name", MOST_ID), price)


def _document(value: Any, field: str) -> Document:
    if not isinstance(value, Mapping) or not value.get("kind"):
        raise _no("type_invalid", field, f"{field} is no document with a `kind`", "write {kind, number, path, fields}")
    fields = value.get("fields") or {}
    if not isinstance(fields, Mapping):
        raise _no("type_invalid", f"{field}.fields", f"{field}.fields is no object", "write an object")
    return Document(
        _string(value["kind"], f"{field}.kind", MOST_ID),
        _text(value, "number", MOST_ID),
        _text(value, "path", 2_000),
        tuple((str(n), t) for n, v in fields.items() if (t := _attribute(v, f"{field}.fields.{n}")) is not None),
    )


def judged_before(row: Mapping[str, Any]) -> tuple[str, Before]:
    """
    (id, what was said) from a row of verdicts: `outcome`, `findings`, and `label` where a person found something in the end. Raises RefusedError.

    CSV holds the findings as JSON text.
    """
    name = _text(row, "id", MOST_ID, required=True)
    findings = row.get("findings") or []
    if isinstance(findings, str):
        try:
            findings = json.loads(findings)
        except ValueError as why:
            raise RefusedError.because(
                "findings_invalid",
                "the findings are not JSON",
                "take the file as «admission screen» wrote it",
                field="findings",
            ) from why
    if not isinstance(findings, list) or not all(
        isinstance(f, Mapping) and isinstance(f.get("rule"), str) for f in findings
    ):
        raise RefusedError.because(
            "findings_invalid",
            "the findings are no list of objects with a rule",
            "take the file as «admission screen» wrote it",
            field="findings",
        )
    label = row.get("label")
    return name, Before(
        _outcome(row.get("outcome"), "outcome"),
        frozenset(sys.intern(f["rule"]) for f in findings),
        _outcome(label, "label") if label not in (None, "") else None,
    )


def _outcome(value: Any, name: str) -> Outcome:
    try:
        return Outcome(value)
    except ValueError as why:
        raise RefusedError.because(
            "outcome_unknown", f"{value!r} is no outcome", "one of: pass, manual, reject", field=name
        ) from why
