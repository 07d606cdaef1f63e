"""Decided cases (cases/*.toml): given, expected, because. A lawyer can read and extend them without reading code."""

import tomllib
from pathlib import Path

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law import obligations, rows
from pinzhi.law.calendar import add_hours
from pinzhi.law.tables import official, register, statutes

CASES = [
    c
    for p in sorted((Path(__file__).parent / "cases").glob("*.toml"))
    for c in tomllib.loads(p.read_text("utf-8"))["case"]
]
CAL = official()
LAW = statutes()
REGISTER = register()


def answer(given):
    """What the rules say to a case, as the words that `expect` uses."""
    match given:
        case {"keep": starts}:
            return {"until": obligations.keep_until([tuple(s) for s in starts], LAW, CAL)}
        case {"row": id_, "on": day}:
            document = LAW.in_force(id_, day).document()
            return {key: document[key] for key in ("value", "unit", "verified", "article")}
        case {"row": id_, "start": day}:
            return {"due": rows.count(LAW.in_force(id_, day), day, CAL).due}
        case {"row": id_, "moment": moment}:
            return {"until": add_hours(moment, int(LAW.in_force(id_, moment.date()).value))}
        case {"from": first, "to": last, "duty": id_}:
            done = {id_: given["done"]} if "done" in given else {}
            found = obligations.between(REGISTER, first, last, CAL, done)
            return {"all": [d.deadline.due for d in found if d.duty.id == id_]}
        case {"duty": id_, "event": day}:
            found = obligations.due(REGISTER.named(id_), day, LAW, CAL)
            return {
                "due": found.deadline.due,
                "opens": found.opens,
                "reason": found.deadline.reason,
                "version": found.row.instrument.version,
                "article": found.row.article,
                "verified": found.row.verified,
            }
    raise AssertionError(f"a case asks for nothing that is known: {given}")


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case):
    assert case["because"]
    expect = case["expect"]
    if "refused" in expect:
        with pytest.raises(RefusedError) as no:
            answer(case["given"])
        assert no.value.refusal.code == expect["refused"]
        return
    said = answer(case["given"])
    assert {key: said[key] for key in expect} == expect


def test_there_are_enough_cases_and_each_name_once():
    assert len(CASES) >= 40
    assert len({c["name"] for c in CASES}) == len(CASES)


def test_every_duty_stands_in_the_law_and_has_a_case():
    asked = {c["given"].get("duty") for c in CASES}
    assert {d.id for d in REGISTER.duties} - asked <= {"reverify_livestream", "reverify_cosmetics"}
