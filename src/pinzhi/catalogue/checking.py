"""
Rows as a marketplace writes them become entries, or a refusal that names the field. Pure: today and the key of the seals are arguments.

Values may be text (CSV), JSON values, or typed values (Parquet). Days are ISO days. Lists may be JSON arrays or text separated by `;` `；` or `|`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pinzhi.catalogue.contracts import BatchEntry, Entry, ListingEntry, MerchantEntry
from pinzhi.catalogue.identity import IdentityKey, Particular, sealed
from pinzhi.catalogue.numbers import gtin_fault, id_number_fault, uscc_fault
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, money

Row = Mapping[str, Any]
FOUNDING = date(1949, 10, 1)
"""No trader was registered before; 1899-12-30 and 1904 are spreadsheets' zero days."""
FIRST_PRODUCTION = date(1980, 1, 1)
LONGEST_LIFE = timedelta(days=366 * 50)
MOST_PIECES = 2_000_000_000


def merchant(row: Row, *, today: date, key: bytes) -> MerchantEntry:
    """A row of the merchant columns. Raises RefusedError naming the field."""
    uscc = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", _text(row, "uscc", 40))).upper()
    if uscc:
        if len(uscc) != 18:
            raise _no("uscc", "uscc_form", f"{uscc!r} has {len(uscc)} characters, not 18", "give the 18-character code")
        _numbered("uscc", uscc, uscc_fault)
    id_number = _text(row, "id_number", 40)
    if id_number:
        _numbered("id_number", re.sub(r"\s", "", id_number).upper(), id_number_fault, shown=False)
    return MerchantEntry(
        id=_id(row, "merchant_id"),
        name=_text(row, "name", 120, required=True),
        uscc=uscc,
        categories=tuple(_list(row, "categories", 64)),
        opened_on=_day(row, "opened_on", FOUNDING, today + timedelta(days=1)),
        status=_text(row, "status", 24).lower(),
        keys=tuple(sorted(set(_keys(row, key)))),
    )


def _keys(row: Row, key: bytes) -> Iterable[IdentityKey]:
    columns = {
        "legal_representative": Particular.LEGAL_REPRESENTATIVE,
        "id_number": Particular.ID_NUMBER,
        "phones": Particular.PHONE,
        "email": Particular.EMAIL,
        "bank_accounts": Particular.BANK_ACCOUNT,
        "address": Particular.ADDRESS,
        "devices": Particular.DEVICE,
    }
    for column, kind in columns.items():
        many = column in ("phones", "bank_accounts", "devices")
        values = _list(row, column, 128) if many else [_text(row, column, 300)]
        for value in values:
            if value:
                yield sealed(kind, value, key)


def listing(row: Row, *, today: date, key: bytes) -> ListingEntry:  # noqa: ARG001 - one signature for all kinds
    """A row of the listing columns (`listing_id` or `id`). Raises RefusedError naming the field."""
    return ListingEntry(
        id=_id(row, "listing_id" if row.get("listing_id") not in (None, "") else "id"),
        merchant_id=_id(row, "merchant_id"),
        category=_text(row, "category", 64, required=True),
        title=_text(row, "title", 300),
        subtitle=_text(row, "subtitle", 300),
        description=_text(row, "description", 20_000, lines=True),
        brand=_text(row, "brand", 120),
        gtin=_gtin(row),
        price=_price(row),
        attributes=_attributes(row),
        listed_on=_day(row, "listed_on", date(2000, 1, 1), today + timedelta(days=1)),
        status=_text(row, "status", 24).lower(),
    )


def batch(row: Row, *, today: date, key: bytes) -> BatchEntry:  # noqa: ARG001 - one signature for all kinds
    """A row of the batch columns. Raises RefusedError naming the field."""
    produced = _day(row, "produced_on", FIRST_PRODUCTION, today + timedelta(days=1), required=True)
    assert produced is not None
    listing_id, gtin = _text(row, "listing_id", 128), _gtin(row)
    if not listing_id and not gtin:
        raise _no(
            "listing_id", "field_missing", "neither listing_id nor gtin is given", "say which goods the batch is of"
        )
    expires = _day(row, "expires_on", FIRST_PRODUCTION, produced + LONGEST_LIFE)
    if expires is not None and expires < produced:
        raise _no(
            "expires_on", "expires_before_produced", f"{expires} lies before {produced}", "correct one of the days"
        )
    return BatchEntry(
        id=_id(row, "batch_id"),
        merchant_id=_id(row, "merchant_id"),
        listing_id=listing_id,
        gtin=gtin,
        produced_on=produced,
        expires_on=expires,
        quantity=_count(row, "quantity"),
        factory=_text(row, "factory", 200),
        report_no=_text(row, "report_no", 64),
        quarantine_no=_text(row, "quarantine_no", 64),
    )


CHECKS: dict[Kind, Callable[..., Entry]] = {Kind.MERCHANT: merchant, Kind.LISTING: listing, Kind.BATCH: batch}
"""The check of each kind that can be imported."""


# --- values --------------------------------------------------------------------------------------------------------------------------------


def _no(field: str, code: str, reason: str, remedy: str) -> RefusedError:
    return RefusedError.because(code, reason, remedy, field=field)


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _text(row: Row, field: str, longest: int, *, required: bool = False, lines: bool = False) -> str:
    raw = row.get(field)
    if raw is None:
        raw = ""
    if isinstance(raw, (dict, list, tuple, bool, float)):
        raise _no(field, "not_text", f"{_shown(raw)} is no text", "write it as text")
    text = str(raw).strip()
    if not text:
        if required:
            raise _no(field, "field_missing", f"{field} is empty or absent", "give it")
        return ""
    if len(text.encode("utf-8", "surrogatepass")) > longest * (1 if field.endswith("_id") or field == "id" else 4):
        raise _no(field, "text_too_long", f"{field} is longer than {longest} characters", "shorten it")
    for sign in text:
        if sign < " " and not (lines and sign in "\n\r\t"):
            raise _no(field, "control_character", f"{field} holds the control character U+{ord(sign):04X}", "remove it")
        if sign == "\ufffd" or "\ud800" <= sign <= "\udfff":
            raise _no(field, "text_damaged", f"{field} holds a sign lost in conversion", "export it again as UTF-8")
    return text


def _id(row: Row, field: str) -> str:
    text = _text(row, field, 128, required=True)
    if re.search(r"\s", text):
        raise _no(field, "id_with_blank", f"{_shown(text)} holds white space", "write the id as the marketplace does")
    return text


def _list(row: Row, field: str, longest: int) -> list[str]:
    raw = row.get(field)
    parts = (
        list(raw) if isinstance(raw, (list, tuple)) else re.split(r"[;；|]", str(raw)) if raw not in (None, "") else []
    )
    found = (_text({field: part}, field, longest) for part in parts)
    return sorted({part for part in found if part})


def _day(row: Row, field: str, first: date, last: date, *, required: bool = False) -> date | None:
    raw = row.get(field)
    if isinstance(raw, datetime):
        found = raw.date()
    elif isinstance(raw, date):
        found = raw
    else:
        text = _text(row, field, 40, required=required)
        if not text:
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError as why:
            raise _no(field, "day_not_iso", f"{_shown(text)} is not a day", "write YYYY-MM-DD") from why
    if not first <= found <= last:
        reason = f"{found} lies outside {first} … {last}"
        raise _no(field, "day_out_of_range", reason, "check the day; a spreadsheet may have written its zero day")
    return found


def _count(row: Row, field: str) -> int | None:
    raw = row.get(field)
    if raw in (None, ""):
        return None
    text = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw).strip()
    if not re.fullmatch(r"\d{1,10}", text) or not 1 <= int(text) <= MOST_PIECES:
        raise _no(
            field, "quantity_not_possible", f"{_shown(raw)} is no number of pieces", "give whole pieces, 1 or more"
        )
    return int(text)


def _price(row: Row) -> Decimal | None:
    raw = row.get("price")
    if raw in (None, ""):
        return None
    try:
        found = money(str(raw) if not isinstance(raw, float) else f"{raw:.2f}")
    except ValueError as why:
        raise _no("price", "not_an_amount", f"{_shown(raw)} is not an amount", "give yuan such as 12.50") from why
    if found < 0:
        raise _no("price", "not_an_amount", f"{found} is negative", "give yuan such as 12.50")
    return found


def _gtin(row: Row) -> str:
    text = re.sub(r"[\s\-]", "", _text(row, "gtin", 20))
    if text:
        _numbered("gtin", text, gtin_fault)
    return text


def _numbered(field: str, number: str, fault_of: Callable[[str], Any], *, shown: bool = True) -> None:
    if fault := fault_of(number):
        what = repr(number) if shown else field
        raise _no(field, f"{field}_invalid", f"{what}: {fault.en} ({fault.zh})", "compare it with the document")


def _attributes(row: Row) -> tuple[tuple[str, str], ...]:
    raw = row.get("attributes")
    if raw in (None, ""):
        return ()
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        try:
            raw = json.loads(raw)
        except ValueError as why:
            raise _no("attributes", "json_invalid", str(why), 'write {"name": "value"}') from why
    if not isinstance(raw, Mapping):
        raise _no("attributes", "not_an_object", f"{_shown(raw)} is no object", 'write {"name": "value"}')
    pairs = []
    for name, value in raw.items():
        text = value if isinstance(value, str) else "" if value is None else str(value)
        pairs.append(
            (_text({"attributes": str(name)}, "attributes", 120), _text({"attributes": text}, "attributes", 2000))
        )
    return tuple(sorted(pairs))
