"""Properties of the entitlement: over any findings, amounts, days and promises."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.tables import official, statutes
from pinzhi.life.complaints.rules.entitlement import (
    Answer,
    Case,
    Finding,
    Order,
    Promise,
    State,
    entitle,
    read_case,
    sums,
    table,
)
from pinzhi.life.complaints.tables import entitlement_rules

RULES, LAW, CALENDAR = entitlement_rules(), statutes(), official()
EXCLUDING = sorted(
    {n for r in RULES.remedies for x in r.excluded for one in x.if_ for n in one if n in RULES.names}
    - {n for r in RULES.remedies for one in r.when for n in one}
    - {n for r in RULES.remedies for x in r.excluded for n in x.spared}
    - {d for one in RULES.derived for alternative in one.if_ for d in alternative}
)
"""Findings that do nothing but exclude."""

AMOUNTS = st.decimals(0, 100_000, places=2)
DAYS = st.integers(0, 400).map(lambda n: date(2025, 11, 1) + timedelta(days=n))
FINDINGS = st.lists(
    st.builds(
        Finding,
        name=st.sampled_from([*sorted(RULES.names), "not_a_finding"]),
        state=st.sampled_from(State),
        on=st.one_of(st.none(), DAYS),
    ),
    max_size=8,
    unique_by=lambda f: f.name,
).map(tuple)
PROMISES = st.lists(
    st.one_of(
        st.integers(1, 20).map(lambda n: Promise(multiple=Decimal(n))),
        AMOUNTS.map(lambda a: Promise(amount=a)),
        st.integers(1, 60).map(lambda n: Promise(days=n)),
        st.just(Promise(freight=True)),
    ),
    max_size=2,
).map(tuple)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    ordered = draw(st.dates(date(2024, 1, 1), date(2026, 10, 1)))
    received = draw(st.one_of(st.none(), st.integers(0, 20).map(lambda n: ordered + timedelta(days=n))))
    findings = draw(FINDINGS)
    order = Order(
        id="o",
        price=draw(AMOUNTS),
        ordered_on=ordered,
        quantity=draw(st.integers(1, 60)),
        received_on=received,
        category=draw(st.sampled_from(["", "食品", "服饰", "手机", "空调", "药品", "美妆", "生鲜/水果"])),
        second_hand=draw(st.booleans()),
        channel=draw(st.sampled_from(["", "live", "store", "self_operated"])),
        reasonable_quantity=draw(st.one_of(st.none(), st.integers(1, 20))),
        earlier_quantity=draw(st.integers(0, 30)),
        warranty_months=draw(st.one_of(st.none(), st.integers(1, 36))),
    )
    return Case(
        order,
        ordered + timedelta(days=draw(st.integers(0, 400))),
        findings,
        draw(PROMISES),
        draw(st.one_of(st.none(), AMOUNTS)),
        dates={f.name: f.on for f in findings if f.on is not None and f.state is not State.DISPROVED},
    )


def judge(case: Case) -> Answer:
    return entitle(case, RULES, LAW, CALENDAR)


def total(answer: Answer) -> Decimal:
    return answer.best.total if answer.best else Decimal(0)


@settings(max_examples=150, deadline=None)
@given(case=cases(), more=AMOUNTS)
def test_a_higher_price_never_gives_less(case: Case, more: Decimal) -> None:
    dearer = replace(case, order=replace(case.order, price=case.order.price + more))
    assert total(judge(dearer)) >= total(judge(case))


@settings(max_examples=150, deadline=None)
@given(case=cases(), name=st.sampled_from(EXCLUDING))
def test_an_exclusion_never_gives_more(case: Case, name: str) -> None:
    without = replace(case, findings=tuple(f for f in case.findings if f.name != name))
    assert total(judge(replace(without, findings=(*without.findings, Finding(name))))) <= total(judge(without))


@settings(max_examples=80, deadline=None)
@given(case=cases(), data=st.data())
def test_the_order_of_findings_changes_nothing(case: Case, data: st.DataObject) -> None:
    mixed = replace(case, findings=tuple(data.draw(st.permutations(case.findings))))
    assert judge(mixed) == judge(case)


@settings(max_examples=150, deadline=None)
@given(case=cases())
def test_what_every_answer_keeps(case: Case) -> None:
    answer = judge(case)
    on = {"order": case.order.ordered_on, "complaint": case.complaint_on}
    by = {r.id: r.by for r in RULES.remedies}
    for r in answer.remedies:
        assert r.law.holds(on[by.get(r.id, "complaint")]), "the row of law of its day"
        assert (r.amount is None) or (r.amount >= 0 and r.amount == r.amount.quantize(Decimal("0.01")))
        assert not (r.excluded and r.amount is not None)
    if answer.best:
        parts = [answer.best.main, *answer.best.together]
        groups = [p.group for p in parts if p.group]
        assert len(groups) == len(set(groups)), "what excludes each other is not added"
        assert answer.best.total == sum(p.amount or 0 for p in parts)
        assert answer.best.shown <= answer.best.total
        multiples = [r.amount for r in answer.remedies if r.group == "multiple" and r.amount is not None]
        if multiples:
            assert answer.best.main.amount == max(multiples)
    unknown = {f.name for f in case.findings} - set(RULES.names)
    assert {name for name, _ in answer.not_understood} == unknown
    for d in answer.deadlines:
        if d.deadline is not None:
            assert d.start < d.deadline.earliest <= d.deadline.latest
    json.dumps(answer.document())


@settings(max_examples=80, deadline=None)
@given(case=cases())
def test_what_is_disproved_is_as_if_it_had_never_been_said(case: Case) -> None:
    kept = tuple(f for f in case.findings if f.state is not State.DISPROVED)
    implied = (
        {d.id for d in RULES.derived}
        | set(RULES.categories)
        | {"second_hand", "live", "seller_is_trader", "bought_in_store"}
    )
    implied |= {
        "distance_sale",
        "platform_self_operated",
        "loss_shown",
        "days_promised",
        "freight_promised",
        "confirmation_in_force",
    }
    if not {f.name for f in case.findings if f.state is State.DISPROVED} & (implied | {"not_a_finding"}):
        assert judge(replace(case, findings=kept)).remedies == judge(case).remedies


@pytest.mark.parametrize(
    ("paid_at", "version"),
    [("2024-06-30", "damages.fraud_exclusions"), ("2024-07-01T00:30:00+08:00", "damages.fraud_exclusions")],
)
def test_the_day_of_the_order_chooses_the_law(paid_at: str, version: str) -> None:
    raw = {
        "order": {"id": "o", "price": "400", "paid_at": paid_at},
        "complaint_on": "2024-08-01",
        "findings": ["fraud", "label_flaw_minor"],
    }
    (fraud,) = [r for r in judge(read_case(raw)).remedies if r.id == "fraud"]
    if paid_at < "2024-07":
        assert (fraud.excluded, fraud.amount) == (None, Decimal("1200.00"))
    else:
        assert fraud.excluded is not None
        assert (fraud.excluded.law.id, fraud.would_be) == (version, Decimal("1200.00"))


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ("假一赔十", Promise(multiple=Decimal(10), said="假一赔十")),
        ("正品保证，假一罚四", Promise(multiple=Decimal(4), said="正品保证，假一罚四")),
        ("假一赔二十", Promise(multiple=Decimal(20), said="假一赔二十")),
        ("假一赔一百", Promise(multiple=Decimal(100), said="假一赔一百")),
        ("退一赔3", Promise(multiple=Decimal(3), said="退一赔3")),
        ("30天无理由退货", Promise(days=30, said="30天无理由退货")),
        ("七天无理由", Promise(days=7, said="七天无理由")),
        ("30-day return", Promise(days=30, said="30-day return")),
        ("赠送运费险", Promise(freight=True, said="赠送运费险")),
        ({"freight_insurance": True}, Promise(freight=True)),
        ({"kind": "freight_insurance"}, Promise(freight=True, said="freight insurance")),
        ({"kind": "假一赔十", "multiple": 10}, Promise(multiple=Decimal(10), said="假一赔十")),
        ({"multiple": "1.5", "when": "fraud"}, Promise(multiple=Decimal("1.5"), when=("fraud",))),
        ({"text": "坏果包赔，假一赔十"}, Promise(multiple=Decimal(10), said="坏果包赔，假一赔十")),
    ],
)
def test_promises_in_the_words_of_the_trade(said: Any, promise: Promise) -> None:
    raw = {
        "order": {"id": "o", "price": "1", "paid_at": "2026-06-01"},
        "complaint_on": "2026-06-02",
        "promises": [said],
    }
    assert read_case(raw).promises == (promise,)


def test_a_multiple_with_a_fraction_is_rounded_once_halves_up() -> None:
    raw = {
        "order": {"id": "o", "price": "333.35", "paid_at": "2026-06-01"},
        "complaint_on": "2026-06-02",
        "findings": ["counterfeit_trademark"],
        "promises": [{"multiple": "4.5"}],
    }
    (promise,) = [r for r in judge(read_case(raw)).remedies if r.kind == "promise"]
    assert promise.amount == Decimal("1500.08")  # 1,500.075


def test_every_name_that_nobody_knows_is_told() -> None:
    raw = {
        "order": {"id": "o", "price": "1", "paid_at": "2026-06-01", "channel": "shopp"},
        "complaint_on": "2026-06-02",
        "findings": ["frud"],
        "promises": [{"multiple": 3, "when": ["fake"]}, "大促"],
        "evidence": ["photo", "fotos"],
    }
    assert judge(read_case(raw)).not_understood == (
        ("fake", "promises.when"),
        ("fotos", "evidence"),
        ("frud", "findings"),
        ("shopp", "order.channel"),
        ("大促", "promises"),
    )


def test_evidence_that_is_at_hand_is_not_missing() -> None:
    raw = {
        "order": {"id": "o", "price": "1", "paid_at": "2026-06-01"},
        "complaint_on": "2026-06-02",
        "findings": ["quality_defect"],
    }
    missing = {
        e: {n.id for n in judge(read_case(raw | {"evidence": list(e)})).remedies[0].evidence_missing}
        for e in ((), ("photo",))
    }
    assert missing == {(): {"order_record", "photo"}, ("photo",): {"order_record"}}


def test_a_moment_is_a_day_in_china() -> None:
    raw = {"order": {"id": "o", "price": "1", "paid_at": "2026-05-31T16:30:00Z"}, "complaint_on": "2026-06-02"}
    assert read_case(raw).order.ordered_on == date(2026, 6, 1)


def test_the_losses_are_added() -> None:
    losses = [{"what": "医疗费", "amount": "120.50"}, {"what": "交通费", "amount": "9.50"}]
    raw = {"order": {"id": "o", "price": "1", "paid_at": "2026-06-01"}, "complaint_on": "2026-06-02", "losses": losses}
    assert read_case(raw).loss == Decimal("130.00")
    assert read_case(raw | {"losses": {"医疗费": "120.50", "交通费": "9.50"}}).loss == Decimal("130.00")


def test_a_day_outside_the_official_calendar_is_said_and_stops_nothing() -> None:
    order = {"id": "o", "price": "100", "paid_at": "2040-12-20", "received_on": "2040-12-28"}
    answer = judge(read_case({"order": order, "complaint_on": "2040-12-29", "findings": ["no_reason", "fraud"]}))
    (due,) = [d.document() for d in answer.deadlines if d.id == "return_no_reason"]
    assert due["due"] is None
    assert "outside the official calendar" in due["reason"]
    assert total(answer) == Decimal("600.00")


WHOLE: dict[str, Any] = {
    "order": {
        "id": "o", "price": "120.00", "quantity": 2, "paid_at": "2026-06-01", "received_on": "2026-06-03", "category": "食品",
        "kind": "new", "channel": "live", "warranty_months": 12, "repair_days": 3, "exchanged_on": "2026-07-01", "paid": "200.00",
    },
    "complaint_on": "2026-06-05",
    "findings": ["unsafe_food", {"name": "injury", "state": "alleged", "by": "buyer", "on": "2026-06-04"}],
    "promises": ["假一赔十", {"multiple": 3, "when": ["fraud"]}, {"days": 30}, {"amount": "5.00"}],
    "loss": "10.00",
    "evidence": ["photo"],
}  # fmt: skip
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["9999-12-31T23:59:59Z", "0001-01-01", "2026-02-30", "1e5", "NaN", "∞", "٣", "-1", "2026-06-01T25:00", ""]
    ),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers()), max_size=3),
    st.dictionaries(
        st.sampled_from(["name", "state", "on", "multiple", "days", "amount", "when"]), st.text(max_size=4), max_size=3
    ),
)


@settings(max_examples=300, deadline=None)
@given(field=st.sampled_from([*WHOLE, *(f"order.{k}" for k in WHOLE["order"]), "findings.0", "promises.1"]), junk=JUNK)
def test_junk_is_refused_by_name_or_answered(field: str, junk: Any) -> None:
    raw: dict[str, Any] = json.loads(json.dumps(WHOLE))
    *path, last = field.split(".")
    place: Any = raw
    for part in path:
        place = place[part]
    place[int(last) if last.isdigit() else last] = junk
    refused = None
    try:
        said = json.dumps(judge(read_case(raw)).document())
    except RefusedError as no:
        refused = no.refusal
    if refused is None:
        assert "这是估算" in json.loads(said)["estimate"]["zh"]
    else:
        assert refused.code in ("case_field_missing", "case_field_wrong", "case_days_out_of_order")
        assert refused.field.split(".")[0] == field.split(".", maxsplit=1)[0]


ROW: dict[str, Any] = {"id": "x", "kind": "k", "law": "l", "when": ["fraud"], "zh": "甲", "en": "a"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([{"remedy": [ROW | {"when": ["frud"]}]}], "frud"),
        ([{"remedy": [ROW | {"evidence": ["nothing"]}]}], "unknown evidence"),
        ([{"remedy": [ROW, ROW]}], "twice"),
        ([{"remedy": [ROW | {"kind": "kk"}]}], "unknown kind 'kk'"),
        ([{"remedy": [ROW | {"flor": 1}]}], "flor"),
        (
            [{"deadline": [{"id": "d", "law": "l", "starts": [], "when": ["fraud"], "zh": "甲", "en": "a", "rol": 1}]}],
            "rol",
        ),
    ],
)
def test_a_wrong_table_is_refused(files: list[dict[str, Any]], says: str) -> None:
    names = {"findings": {"fraud": ["欺诈", "fraud"]}, "kinds": {"k": ["种类", "kind"]}}
    with pytest.raises(ValueError, match=says):
        table.rules([names, *files], 10)


def test_the_names_of_the_interface_are_all_known() -> None:
    kinds = {r.kind for r in RULES.remedies} | {"promise"}
    assert kinds >= {
        "burden_on_seller", "deliberate_delay", "exchange", "freight_by_seller", "live_room_liable_as_seller", "loss",
        "platform_liable_as_seller", "platform_pays", "promise", "punitive_defect", "punitive_food", "punitive_food_loss",
        "punitive_fraud", "punitive_medicine", "refund", "refund_only", "repair", "return_no_reason", "return_quality",
    }  # fmt: skip


@pytest.mark.shared
def test_every_name_of_the_shared_vocabulary_is_known(shared: Any) -> None:
    words = json.loads((shared / "vocabulary.json").read_text(encoding="utf-8"))
    assert set(words["findings"]) - set(RULES.names) == set()
    assert set(words["kinds"]) - {r.kind for r in RULES.remedies} == {"promise"}


@pytest.mark.parametrize(
    ("formula", "amount", "zh", "en"),
    [
        ("73.90", "73.90", "", ""),
        ("3 × 120.00 = 360.00 < 500.00 → 500.00", "500.00", "3 × 120.00 = 360.00 < 500.00 → 500.00", "3 × 120.00 = 360.00 < 500.00 → 500.00"),
        ("3 × 损失 loss, ≥ 1000.00", None, "3 × 损失, ≥ 1000.00", "3 × loss, ≥ 1000.00"),
    ],
)  # fmt: skip
def test_a_formula_is_told_in_one_language_and_only_where_it_says_more(formula, amount, zh, en):
    given_amount = Decimal(amount) if amount else None
    assert sums.told(formula, given_amount, "zh-hans") == zh
    assert sums.told(formula, given_amount, "en") == en
    assert sums.of_unknown_loss(Decimal(3), Decimal(1000)).formula == "3 × 损失 loss, ≥ 1000.00"
