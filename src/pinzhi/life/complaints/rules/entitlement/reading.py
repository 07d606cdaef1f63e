"""From the JSON of the interface to a `Case`. A field that is wrong is refused by name; a name that nobody knows is kept and told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import money
from pinzhi.life.complaints.rules.entitlement.case import Case, Finding, Order, Promise, State

CHINA = timezone(timedelta(hours=8))
MOST = 1_000_000
YEARS = (1990, 2100)
LONGEST_DAYS, LONGEST_MONTHS = 3_650, 600
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_TIMES = re.compile(r"(?:假|退|少|错|缺)一(?:赔|罚|陪|補|补)(\d{1,3}|[一二两三四五六七八九十百]{1,3})")
_DAYS = re.compile(r"(\d{1,3})\s*(?:天|日|-?\s*days?\b)")


def read_case(raw: Mapping[str, Any]) -> Case:
    """One case. Raises RefusedError(`case_field_missing`, `case_field_wrong`, `case_days_out_of_order`)."""
    given = _object(raw, "order")
    order = _order(given)
    findings = tuple(_finding(one) for one in _list(raw, "findings"))
    promises, strange = [], []
    for one in _list(raw, "promises"):
        found = _promise(one)
        if found is None:
            strange.append((str(one)[:200], "promises"))
        else:
            promises.append(found)
    case = Case(
        order=order,
        complaint_on=_day(raw, "complaint_on") or _missing("complaint_on"),
        findings=findings,
        promises=tuple(promises),
        loss=_loss(raw, given),
        evidence=frozenset(str(e) for e in _list(raw, "evidence")),
        not_understood=tuple(strange),
        id=str(raw.get("id", "")),
        dates=_dates(findings),
    )
    _in_order(case)
    return case


def _order(raw: Mapping[str, Any]) -> Order:
    kind = raw.get("kind") or "new"
    if kind not in ("new", "second_hand"):
        raise _wrong("order.kind", kind, "write new or second_hand")
    seller = raw.get("seller") or "seller"
    if seller not in ("seller", "producer"):
        raise _wrong("order.seller", seller, "write seller or producer")
    return Order(
        id=str(raw.get("id", "")),
        price=_money(raw, "price", "order.") if raw.get("price") is not None else _missing("order.price"),
        ordered_on=_day(raw, "paid_at", "order.") or _day(raw, "ordered_on", "order.") or _missing("order.paid_at"),
        quantity=_count(raw, "quantity", 1, 1),
        paid=_money(raw, "paid", "order.") if raw.get("paid") is not None else None,
        received_on=_day(raw, "received_on", "order."),
        category=str(raw.get("category") or ""),
        second_hand=kind == "second_hand",
        channel=str(raw.get("channel") or "").strip().lower(),
        seller=seller,
        reasonable_quantity=_count(raw, "reasonable_quantity", None, 1),
        earlier_quantity=_count(raw, "earlier_quantity", 0, 0),
        installed_on=_day(raw, "installed_on", "order."),
        exchanged_on=_day(raw, "exchanged_on", "order."),
        warranty_months=_count(raw, "warranty_months", None, 1, LONGEST_MONTHS),
        repair_days=_count(raw, "repair_days", 0, 0, LONGEST_DAYS),
    )


def _finding(raw: Any) -> Finding:
    if isinstance(raw, str):
        return Finding(raw.strip())
    if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
        raise _wrong("findings", raw, "write the name, or {name, state, by, on}")
    try:
        state = State(raw.get("state", State.ESTABLISHED))
    except ValueError as why:
        raise _wrong("findings.state", raw["state"], "write alleged, established or disproved") from why
    return Finding(raw["name"].strip(), state, str(raw.get("by") or ""), _day(raw, "on", "findings."))


def _promise(raw: Any) -> Promise | None:
    if isinstance(raw, str):
        return _said(raw.strip())
    if not isinstance(raw, Mapping):
        raise _wrong("promises", raw, "write {multiple}, {amount}, {days}, {freight} or the promise in words")
    said = next((str(raw[k]) for k in ("said", "text", "name", "kind", "type") if raw.get(k)), "")
    when = raw.get("when") or ()
    names = (when,) if isinstance(when, str) else tuple(str(n) for n in when)
    found = _said(said.replace("_", " ")) if said else None
    if raw.get("multiple") is not None:
        found = Promise(multiple=_multiple(raw["multiple"]), when=names, said=said)
    elif raw.get("amount") is not None:
        found = Promise(amount=_money(raw, "amount", "promises."), when=names, said=said)
    elif raw.get("days") is not None:
        found = Promise(days=_count(raw, "days", None, 1, LONGEST_DAYS, "promises."), said=said)
    elif raw.get("freight") or raw.get("freight_insurance"):
        found = Promise(freight=True, said=said)
    elif raw.get("refund_only"):
        found = Promise(refund_only=True, said=said)
    return found


def _said(words: str) -> Promise | None:
    """A promise in the words of the trade; None where nobody can tell what it means."""
    if found := _TIMES.search(words):
        return Promise(multiple=Decimal(_figure(found[1])), said=words)
    if "运费险" in words or "免费退货" in words or "包邮退" in words or words.lower() == "freight insurance":
        return Promise(freight=True, said=words)
    if "仅退款" in words:
        return Promise(refund_only=True, said=words)
    if ("无理由" in words or "退货" in words or "return" in words.lower()) and (found := _DAYS.search(words)):
        return Promise(days=int(found[1]), said=words)
    if "七天无理由" in words or "七日无理由" in words:
        return Promise(days=7, said=words)
    return None


def _figure(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    hundreds, _, rest = numeral.rpartition("百")
    tens, has, ones = rest.rpartition("十")
    total = (_NUMERALS.get(hundreds, 1) * 100) if "百" in numeral else 0
    if has:
        return total + (_NUMERALS.get(tens, 1) if tens else 1) * 10 + _NUMERALS.get(ones, 0)
    return total + _NUMERALS.get(rest, 0)


def _loss(raw: Mapping[str, Any], order: Mapping[str, Any]) -> Decimal | None:
    """`loss` in yuan, or `losses` as a list of {what, amount} or a table of what and amount."""
    losses = raw.get("losses")
    if isinstance(losses, Mapping):
        return sum((_money(losses, name, "losses.") for name in losses), Decimal("0.00"))
    if isinstance(losses, list):
        parts = [_money(one, "amount", "losses.") for one in losses if isinstance(one, Mapping)]
        if len(parts) != len(losses):
            raise _wrong("losses", losses, "write a list of {what, amount}")
        return sum(parts, Decimal("0.00"))
    for where, prefix in ((raw, ""), (order, "order.")):
        if where.get("loss") is not None:
            return _money(where, "loss", prefix)
    return None


def _dates(findings: tuple[Finding, ...]) -> dict[str, date]:
    """The earliest day of each finding that has one and is not disproved."""
    found: dict[str, date] = {}
    for f in findings:
        if f.on is not None and f.state is not State.DISPROVED:
            found[f.name] = min(f.on, found.get(f.name, f.on))
    return found


def _in_order(case: Case) -> None:
    order = case.order
    for name, day in (("order.received_on", order.received_on), ("complaint_on", case.complaint_on)):
        if day is not None and day < order.ordered_on:
            raise RefusedError.because(
                "case_days_out_of_order",
                f"{name} {day} is before the order of {order.ordered_on}",
                "check the days",
                field=name,
            )


# --- values --------------------------------------------------------------------------------------------------------------------------------


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    if not isinstance(found, Mapping):
        raise RefusedError.because("case_field_missing", f"{name} is absent", f"give {name} as an object", field=name)
    return found


def _list(raw: Mapping[str, Any], name: str) -> list[Any]:
    found = raw.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _wrong(name, found, "write a list")
    return found


def _day(raw: Mapping[str, Any], name: str, prefix: str = "") -> date | None:
    """A day, or the day in China of a moment. Years that no order can have are slips of the pen."""
    found = raw.get(name)
    if found is None or found == "":
        return None
    day = found if isinstance(found, date) else _read_day(str(found))
    if isinstance(day, datetime):
        day = (day.astimezone(CHINA) if day.tzinfo and YEARS[0] <= day.year <= YEARS[1] else day).date()
    if day is None or not YEARS[0] <= day.year <= YEARS[1]:
        raise _wrong(prefix + name, found, "write a day such as 2026-02-05 or a moment with its zone")
    return day


def _read_day(text: str) -> date | datetime | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-02-05") else datetime.fromisoformat(text)
    except ValueError:
        return None


def _money(raw: Mapping[str, Any], name: str, prefix: str = "") -> Decimal:
    found = raw.get(name)
    try:
        amount = money(str(found))
    except ValueError as why:
        raise _wrong(prefix + name, found, "write yuan such as 120.00") from why
    if amount < 0:
        raise _wrong(prefix + name, found, "write an amount of zero or more")
    return amount


def _multiple(found: Any) -> Decimal:
    try:
        times = Decimal(str(found))
    except ArithmeticError as why:
        raise _wrong("promises.multiple", found, "write a number such as 10") from why
    if not times.is_finite() or not 0 < times <= MOST:
        raise _wrong("promises.multiple", found, "write a number such as 10")
    return times


def _count(
    raw: Mapping[str, Any], name: str, default: Any, least: int, most: int = MOST, prefix: str = "order."
) -> Any:
    found = raw.get(name)
    if found is None:
        return default
    text = str(found)
    if (
        isinstance(found, bool)
        or not (text.isascii() and text.isdigit() and len(text) < 10)
        or not least <= int(text) <= most
    ):
        raise _wrong(prefix + name, found, f"write a whole number from {least} to {most}")
    return int(text)


def _missing(name: str) -> Any:
    raise RefusedError.because("case_field_missing", f"{name} is absent", f"give {name}", field=name)


def _wrong(name: str, found: Any, remedy: str) -> RefusedError:
    return RefusedError.because("case_field_wrong", f"{name} is {str(found)[:80]!r}", remedy, field=name)
