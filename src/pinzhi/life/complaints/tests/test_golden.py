"""
Decided cases of what a buyer is owed (data/golden/*.toml): given, expected, because. A lawyer can read and extend them without reading code.

Every case names what decides it: a row of law whose figure is doubled (or which is taken away), or a finding that is left out. Then the case must fail.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest

from pinzhi.law.citing import numeral
from pinzhi.law.rows import Statutes
from pinzhi.law.tables import official, statutes
from pinzhi.law.texts import library
from pinzhi.life.complaints.rules.entitlement import Answer, Rules, entitle, read_case
from pinzhi.life.complaints.rules.entitlement.table import RemedyRow
from pinzhi.life.complaints.tables import entitlement_rules

RULES, LAW, CALENDAR = entitlement_rules(), statutes(), official()
FOLDER = files("pinzhi.life.complaints").joinpath("data", "golden")
CASES: list[dict[str, Any]] = [
    case
    for file in sorted((f for f in FOLDER.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
]
ORDER = {"id": "o1", "price": "100.00", "paid_at": "2026-06-01", "received_on": "2026-06-03"}


def answer(given: dict[str, Any], law: Statutes = LAW, rules: Rules = RULES) -> Answer:
    raw = {"complaint_on": "2026-06-05", "findings": [], **given, "order": {**ORDER, **given.get("order", {})}}
    return entitle(read_case(raw), rules, law, CALENDAR)


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


def used() -> Iterator[tuple[Answer, dict[str, Any]]]:
    for case in CASES:
        yield answer(case["given"]), case


ROWS = {r.law for r in RULES.remedies} | {r.floor for r in RULES.remedies if r.floor}
ROWS |= {id_ for r in RULES.remedies for id_ in r.capped}
ROWS |= {x.law for r in RULES.remedies for x in (*r.excluded, *r.no_help, *r.caution)}
ROWS |= {d.law for d in RULES.deadlines} | {"promise.better", "food.promise"}


@pytest.mark.shared
@pytest.mark.usefixtures("official_texts")
def test_every_figure_stands_in_the_official_text_of_its_article() -> None:
    """Except medicine (a text that no collection had) and the rows that say themselves that their text was not read."""
    day, checked = date(2026, 6, 5), 0
    for id_ in sorted(ROWS):
        row = LAW.in_force(id_, day)
        if not row.verified or row.instrument.id == "medicine":
            continue
        articles = library().of_row(row, day)
        assert articles, f"{id_}: {row.instrument.name.zh} {row.article} has no text"
        if row.value is not None:
            figure = {1000: "一千"}.get(int(row.value)) or numeral(int(row.value)) or f"{row.value * 100:.1f}%"
            text = "".join(a.text for a in articles)
            assert figure in text or str(row.value) in text, f"{id_}: {figure} does not stand in {row.article}"
            checked += 1
    assert checked >= 20


def test_every_row_of_law_is_used_by_a_case() -> None:
    cited = set()
    for said, _ in used():
        for r in said.remedies:
            cited |= {r.law.id} | {c.law.id for c in (*r.no_help, *r.cautions, *r.may_fall)}
            cited |= {r.excluded.law.id} if r.excluded else set()
            cited |= {row.floor for row in RULES.remedies if row.id == r.id}
        cited |= {d.law.id for d in said.deadlines}
    assert ROWS - cited == set()


def test_every_remedy_and_every_exclusion_is_expected_by_a_case() -> None:
    owed = {id_ for c in CASES for id_ in c["expect"].get("owed", {})}
    excluded = {(id_, why) for c in CASES for id_, why in c["expect"].get("excluded", {}).items()}
    told = {
        (id_, w)
        for c in CASES
        for part in ("no_help", "notes")
        for id_, ws in c["expect"].get(part, {}).items()
        for w in ws
    }
    due = {id_ for c in CASES for part in ("due", "between") for id_ in c["expect"].get(part, {})}
    assert {r.id for r in RULES.remedies} - owed == set()
    own = {(r.id, x.id) for r in RULES.remedies for x in r.excluded if x not in RULES.everywhere(r.kind)}
    assert own - excluded == set()
    assert {x.id for _, x in RULES.every} - {why for _, why in excluded} == set()
    remarks = {(r.id, m.id) for r in RULES.remedies for m in (*r.no_help, *r.caution)}
    assert remarks - told == set()
    assert {d.id for d in RULES.deadlines} - due == set()


def test_every_finding_has_an_effect_or_is_said_by_a_case() -> None:
    given = {_name(f) for c in CASES for f in c["given"].get("findings", [])}
    of_the_order = {
        "second_hand", "live", "bought_in_store", "distance_sale", "seller_is_producer", "loss_shown", "days_promised",
        "freight_promised", "refund_only_promised", "confirmation_in_force",
    }  # fmt: skip
    follows = {d.id for d in RULES.derived} | set(RULES.categories)
    assert set(RULES.names) - given - of_the_order - follows == set()


def lamed() -> Iterator[tuple[str, str, Rules]]:
    """The rules with one part left out, and the remedy that it belonged to."""
    for i, row in enumerate(RULES.remedies):
        parts: list[tuple[str, RemedyRow]] = [
            (f"needs {n}", replace(row, needs=tuple(m for m in row.needs if m != n))) for n in row.needs
        ]
        parts += [
            (f"{x.id}", replace(row, excluded=tuple(y for y in row.excluded if y is not x))) for x in row.excluded
        ]
        parts += [
            (
                f"{x.id} spared {n}",
                replace(row, excluded=tuple(replace(y, spared=y.spared - {n}) if y is x else y for y in row.excluded)),
            )
            for x in row.excluded
            for n in sorted(x.spared)
        ]
        parts += [
            (
                f"{x.id} if {sorted(one)}",
                replace(
                    row,
                    excluded=tuple(
                        replace(y, if_=tuple(o for o in y.if_ if o != one)) if y is x else y for y in row.excluded
                    ),
                ),
            )
            for x in row.excluded
            for one in x.if_
        ]
        parts += [
            (f"when {sorted(one)}", replace(row, when=tuple(o for o in row.when if o != one))) for one in row.when
        ]
        for what, changed in parts:
            yield what, row.id, replace(RULES, remedies=(*RULES.remedies[:i], changed, *RULES.remedies[i + 1 :]))


def test_no_part_of_a_rule_is_idle() -> None:
    """Left out, it makes a case fail."""
    idle = []
    for what, id_, changed in lamed():
        about = [c for c in CASES if any(id_ in part for part in c["expect"].values() if isinstance(part, dict | list))]
        if not any(wrong(c["expect"], answer(c["given"], rules=changed)) for c in about):
            idle.append(f"{id_}: {what}")
    assert idle == []
