"""
A decision as a statement of reasons in the form of the EU's DSA Transparency Database (Reg. (EU) 2022/2065 Art. 17(3) and 24(5)).

Names, values and limits follow the public documentation of the database's submission interface, version 2 (Commission Implementing Regulation on
transparency reporting, in use since 2025-07-01). One statement per decision; the database takes 100 per call; no statement may hold personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import DecisionRecord, Effect
from pinzhi.kernel.values import Kind
from pinzhi.kernel.verdict import Reason

EU = tuple("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905
EEA = tuple(sorted((*EU, "IS", "LI", "NO")))
PER_CALL = 100
_GROUND, _EXPLANATION, _FACTS = 500, 2000, 5000
_EARLIEST_APPLICATION, _EARLIEST_CONTENT = date(2020, 1, 1), date(2000, 1, 1)
_GOODS = (Kind.ITEM, Kind.LISTING, Kind.BATCH, Kind.CATEGORY)
_PERSONAL = (
    ("an e-mail address", re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")),
    ("a Chinese mobile number", re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")),
    ("a Chinese identity number", re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{9}[\dXx](?!\d)")),
    ("an IBAN", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}")),
)


@dataclass(frozen=True, slots=True)
class DsaPolicy:
    """
    How our words map to the database's.

    `union_law`: beginnings of instrument names that are Union law (content against them is illegal, Art. 3(h); everything else is incompatible with terms).
    `goods`, `trader`: effect → restriction. `categories`, `keywords`: word in a reason's code → value, first match.
    """

    union_law: tuple[str, ...]
    detected_by_machine: tuple[str, ...]
    notified_by_others: tuple[str, ...]
    category_otherwise: str
    goods: Mapping[str, str]
    trader: Mapping[str, str]
    categories: Mapping[str, str]
    keywords: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Particulars:
    """
    What a statement needs beside the decision.

    `content_date` is the day on which the listing (or the trader's account) appeared; the database demands it. `ean13` goes out only when its check
    digit is right. `terms_url` is where the platform's rules can be read.
    """

    content_date: date | None = None
    ean13: str = ""
    language: str = ""
    terms_url: str = ""


def restricts(record: DecisionRecord, policy: DsaPolicy) -> bool:
    """Whether a decision needs a statement: it restricts visibility, payments, the service or the account of a recipient (Art. 17(1))."""
    return bool(_restriction(record, policy))


def statement(
    record: DecisionRecord, about: Particulars, policy: DsaPolicy, *, territory: Sequence[str] = EU
) -> dict[str, Any]:
    """
    The statement of reasons for one decision, ready to be sent. Absent optional fields are left out.

    Raises RefusedError: `no_statement_needed`, `content_date_unknown`, `date_too_early`, `territory_unknown`, `personal_data_suspected`.
    """
    values = _restriction(record, policy)
    if not values:
        raise RefusedError.because(
            "no_statement_needed", f"«{record.effect}» restricts nobody", "export decisions that restrict only"
        )
    if unknown := sorted(set(territory) - set(EEA)):
        raise RefusedError.because(
            "territory_unknown", f"{unknown[0]} is not in the EU or EEA", "give ISO codes", field="territorial_scope"
        )
    written = {
        **values,
        **_ground(record, about, policy),
        **_content(record, about),
        **_category(record.reasons, policy),
        "territorial_scope": sorted(set(territory)),
        "application_date": _application_day(record).isoformat(),
        "decision_facts": _facts(record.reasons),
        "source_type": _source_type(record, policy),
        "automated_detection": "Yes" if _station(record) in policy.detected_by_machine else "No",
        "automated_decision": _automated(record.decided_by),
        "puid": record.id,
    }
    _check_personal(written)
    return written


def calls(statements: Iterable[dict[str, Any]]) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Bodies for the database's multiple endpoint: at most 100 statements each, in order."""
    page: list[dict[str, Any]] = []
    for one in statements:
        page.append(one)
        if len(page) == PER_CALL:
            yield {"statements": page}
            page = []
    if page:
        yield {"statements": page}


def valid_ean13(code: str) -> bool:
    """Whether `code` is 13 digits whose last one is the check digit (GS1 General Specifications 7.9)."""
    if not (code.isascii() and code.isdigit() and len(code) == 13):
        return False
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(code[:12]))
    return (10 - total % 10) % 10 == int(code[12])


def _restriction(record: DecisionRecord, policy: DsaPolicy) -> dict[str, Any]:
    table = policy.goods if record.subject.kind in _GOODS else policy.trader if _trader(record) else {}
    value = table.get(str(record.effect), "")
    if value == "DECISION_ACCOUNT_TERMINATED" and record.until is not None:
        value = "DECISION_ACCOUNT_SUSPENDED"
    for family, key, end in (
        ("DECISION_VISIBILITY_", "decision_visibility", "end_date_visibility_restriction"),
        ("DECISION_PROVISION_", "decision_provision", "end_date_service_restriction"),
        ("DECISION_ACCOUNT_", "decision_account", "end_date_account_restriction"),
    ):
        if value.startswith(family):
            found: dict[str, Any] = {key: [value] if key == "decision_visibility" else value}
            if record.until is not None:
                found[end] = _day(record.until).isoformat()
            if _trader(record):
                found["account_type"] = "ACCOUNT_TYPE_BUSINESS"
            return found
    return {}


def _trader(record: DecisionRecord) -> bool:
    return record.subject.kind is Kind.MERCHANT


def _ground(record: DecisionRecord, about: Particulars, policy: DsaPolicy) -> dict[str, str]:
    union = [r for r in record.reasons if r.law is not None and r.law.instrument.startswith(policy.union_law)]
    if union:
        grounds = dict.fromkeys(f"{r.law.instrument} {r.law.article}".strip() for r in union if r.law is not None)
        found = {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": _cut("; ".join(grounds), _GROUND),
            "illegal_content_explanation": _cut(" ".join(r.sentence.en for r in union), _EXPLANATION),
        }
    else:
        codes = ", ".join(dict.fromkeys(r.code for r in record.reasons))
        found = {
            "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            "incompatible_content_ground": _cut(f"{record.policy}: {codes}", _GROUND),
            "incompatible_content_explanation": _cut(" ".join(r.sentence.en for r in record.reasons), _EXPLANATION),
        }
    if about.terms_url:
        found["decision_ground_reference_url"] = about.terms_url
    return found


def _content(record: DecisionRecord, about: Particulars) -> dict[str, Any]:
    if about.content_date is None:
        raise RefusedError.because(
            "content_date_unknown",
            f"nobody knows when {record.subject} appeared on the platform",
            "import the listing or merchant with its date, or give it in the particulars file",
            field="content_date",
        )
    if about.content_date < _EARLIEST_CONTENT:
        raise RefusedError.because(
            "date_too_early", "the content is dated before 2000", "correct the date", field="content_date"
        )
    found: dict[str, Any] = {"content_type": ["CONTENT_TYPE_PRODUCT"], "content_date": about.content_date.isoformat()}
    if _trader(record):
        found |= {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "Account of a trader"}
    if about.language:
        found["content_language"] = about.language.upper()[:2]
    if valid_ean13(about.ean13):
        found["content_id"] = {"EAN-13": about.ean13}
    return found


def _category(reasons: Sequence[Reason], policy: DsaPolicy) -> dict[str, Any]:
    found = list(dict.fromkeys(c for r in reasons if (c := _match(r.code, policy.categories))))
    words = list(dict.fromkeys(k for r in reasons if (k := _match(r.code, policy.keywords))))
    written: dict[str, Any] = {"category": found[0] if found else policy.category_otherwise}
    if found[1:]:
        written["category_addition"] = found[1:]
    if words:
        written["category_specification"] = words
    return written


def _match(code: str, table: Mapping[str, str]) -> str:
    return next((value for word, value in table.items() if word in code), "")


def _application_day(record: DecisionRecord) -> date:
    day = _day(record.start)
    if day < _EARLIEST_APPLICATION:
        raise RefusedError.because(
            "date_too_early", "the decision is dated before 2020", "leave it out", field="application_date"
        )
    return day


def _facts(reasons: Sequence[Reason]) -> str:
    parts = []
    for reason in reasons:
        evidence = "; ".join(f"{name} = {value}" for name, value in reason.evidence)
        parts.append(reason.sentence.en + (f" [{evidence}]" if evidence else ""))
    return _cut(" ".join(parts), _FACTS)


def _station(record: DecisionRecord) -> str:
    return record.source.partition(":")[0]


def _source_type(record: DecisionRecord, policy: DsaPolicy) -> str:
    return "SOURCE_TYPE_OTHER_NOTIFICATION" if _station(record) in policy.notified_by_others else "SOURCE_VOLUNTARY"


def _automated(decided_by: str) -> str:
    by_machine = decided_by.startswith(("rule:", "system:"))
    return "AUTOMATED_DECISION_FULLY" if by_machine else "AUTOMATED_DECISION_NOT_AUTOMATED"


def _check_personal(written: Mapping[str, Any]) -> None:
    for name, value in written.items():
        if not isinstance(value, str) or name in ("puid", "decision_ground_reference_url"):
            continue
        for what, pattern in _PERSONAL:
            if pattern.search(value):
                raise RefusedError.because(
                    "personal_data_suspected",
                    f"{name} seems to hold {what}",
                    "correct the decision with a reason that names no person, then export again",
                    field=name,
                )


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


RESTRICTING = (Effect.RESTRICT, Effect.QUARANTINE, Effect.STOP_SALE, Effect.DELIST, Effect.BAN)
"""Effects that can need a statement; `restricts` says whether one does."""
