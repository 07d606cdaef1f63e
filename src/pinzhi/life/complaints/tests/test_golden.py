"""
Decided cases of what a buyer is owed (data/golden/*.toml): given, expected, because. A lawyer can read and extend them without reading code.

Every case names what decides it: a row of law whose figure is doubled (or which is taken away), or a finding that is left out. Then the case must fail.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest

from pinzhi.law.rows import Statutes
from pinzhi.law.tables import official, statutes
from pinzhi.life.complaints.rules.entitlement import Answer, entitle, read_case
from pinzhi.life.complaints.tables import entitlement_rules

RULES, LAW, CALENDAR = entitlement_rules(), statutes(), official()
FOLDER = files("pinzhi.life.complaints").joinpath("data", "golden")
CASES: list[dict[str, Any]] = [
    case
    for file in sorted((f for f in FOLDER.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
]
ORDER = {"id": "o1", "price": "100.00", "paid_at": "2026-06-01", "received_on": "2026-06-03"}


def answer(given: dict[str, Any], law: Statutes = LAW) -> Answer:
    raw = {"complaint_on": "2026-06-05", "findings": [], **given, "order": {**ORDER, **given.get("order", {})}}
    return entitle(read_case(raw), RULES, law, CALENDAR)


def said_of(answer: Answer) -> dict[str, Any]:
    """The answer in the words that `expect` uses."""
    found, best = {r.id: r for r in answer.remedies}, answer.best
    dues = {d.id: d.deadline for d in answer.deadlines if d.deadline is not None}
    return {
        "owed": {r.id: "" if r.amount is None else r.amount for r in answer.remedies if r.owed},
        "excluded": {r.id: r.excluded.id for r in answer.remedies if r.excluded},
        "absent": {r.id for r in RULES.remedies} - set(found),
        "law": {r.id: r.law.id for r in answer.remedies},
        "article": {r.id: r.law.article for r in answer.remedies},
        "verified": {r.id: r.law.verified for r in answer.remedies},
        "formula": {r.id: r.formula for r in answer.remedies},
        "needs": {r.id: {n.id for n in r.needs} for r in answer.remedies},
        "no_help": {r.id: {c.id for c in r.no_help} for r in answer.remedies},
        "notes": {r.id: {c.id for c in (*r.cautions, *r.may_fall)} for r in answer.remedies},
        "due": {id_: d.due for id_, d in dues.items()},
        "between": {id_: {str(d.earliest), str(d.latest)} for id_, d in dues.items() if d.due is None},
        "no_due": {d.id for d in RULES.deadlines} - {d.id for d in answer.deadlines},
        "best": best.main.id if best else "",
        "total": best.total if best else "",
        "total_shown": best.shown if best else "",
        "unknown": {name for name, _ in answer.not_understood},
    }


def fits(want: Any, got: Any) -> bool:
    """Every expected entry of a table, every expected name of a list, and equal values."""
    if isinstance(want, dict):
        return isinstance(got, dict) and all(k in got and fits(v, got[k]) for k, v in want.items())
    if isinstance(want, list):
        return {str(v) for v in want} <= got if want else not got
    return str(want) == str(got)


def wrong(expect: dict[str, Any], answer: Answer) -> list[str]:
    """What the answer does not fulfil; empty when it fits."""
    said = said_of(answer)
    return [f"{key}: expected {want}, found {said[key]}" for key, want in expect.items() if not fits(want, said[key])]


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case: dict[str, Any]) -> None:
    assert case["because"]
    assert wrong(case["expect"], answer(case["given"])) == []


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_a_case_fails_when_what_decides_it_is_changed(case: dict[str, Any]) -> None:
    decides = case["decides"]
    if decides in {r.id for r in LAW.rows}:
        figure = any(r.value is not None for r in LAW.rows if r.id == decides)
        changed = answer(case["given"], doubled(decides) if figure else without(decides))
        assert wrong(case["expect"], changed) != [], f"{decides} decides nothing"
        return
    given = dict(case["given"])
    names = [_name(f) for f in given.get("findings", [])]
    if decides in names:
        given["findings"] = [f for f in given["findings"] if _name(f) != decides]
    elif decides == "promises":
        given["promises"] = []
    else:
        assert decides in given["order"], f"{decides} is neither a row of law, a finding nor a part of the order"
        given["order"] = {k: v for k, v in given["order"].items() if k != decides}
    assert wrong(case["expect"], answer(given)) != [], f"{decides} decides nothing"


def _name(finding: Any) -> str:
    return finding if isinstance(finding, str) else str(finding["name"])


def doubled(id_: str) -> Statutes:
    return Statutes(tuple(replace(r, value=r.value * 2) if r.id == id_ and r.value else r for r in LAW.rows))


def without(id_: str) -> Statutes:
    """The row was repealed the day after it began."""
    return Statutes(
        tuple(replace(r, valid_to=r.valid_from + timedelta(days=0)) if r.id == id_ else r for r in LAW.rows)
    )


def test_names_stand_once() -> None:
    names = [c["name"] for c in CASES]
    assert len(set(names)) == len(names)
