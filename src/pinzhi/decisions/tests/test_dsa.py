"""Statements of reasons: golden cases, limits, refusals."""

import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.decisions.policies import packaged
from pinzhi.decisions.rules.dsa import EEA, EU, DsaPolicy, Particulars, calls, restricts, statement, valid_ean13
from pinzhi.decisions.tests.samples import LEAK, LISTING, T0
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import DecisionRecord, Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import LawRef, Reason

POLICY = packaged("decisions").as_type("dsa", DsaPolicy)
ABOUT = Particulars(content_date=date(2025, 11, 2), ean13="6901234567892", terms_url="https://market.example/rules")
CASES = tomllib.loads(Path(__file__).with_name("dsa_cases.toml").read_text(encoding="utf-8"))["case"]


def record(reasons=(LEAK,), *, effect=Effect.RESTRICT, subject=LISTING, **more):
    fields = {
        "id": "0196a000-0000-7000-8000-000000000000",
        "policy": "monitoring/1#00000000",
        "decided_by": "rule:p",
        "source": "monitoring:S1",
    }
    return DecisionRecord(
        subject=subject,
        effect=effect,
        reasons=tuple(reasons),
        decided_at=T0,
        start=T0,
        **fields | more,
    )


@pytest.mark.parametrize("case", CASES, ids=[c["because"] for c in CASES])
def test_golden(case):
    g = case["given"]
    law = LawRef(g["instrument"], g["article"]) if "instrument" in g else None
    reason = Reason(g["code"], Text("理由。", "The reason."), (("observed", "14"),), law)
    decision = record(
        [reason],
        effect=Effect(g["effect"]),
        subject=Subject(Kind(g["kind"]), g["id"]),
        decided_by=g["decided_by"],
        source=g["source"],
        until=datetime.fromisoformat(g["until"]) if "until" in g else None,
    )
    about = ABOUT if g["kind"] == "listing" else replace(ABOUT, ean13="")
    got = statement(decision, about, POLICY)
    assert {k: got.get(k) for k in case["expect"]} == case["expect"]
    assert [k for k in case["absent"] if k in got] == []
    required = {
        "decision_ground",
        "content_type",
        "category",
        "territorial_scope",
        "content_date",
        "application_date",
        "decision_facts",
        "source_type",
        "automated_detection",
        "automated_decision",
        "puid",
    }
    assert required <= set(got)
    assert got["territorial_scope"] == sorted(EU)


def test_facts_carry_the_evidence_and_the_product_its_number():
    got = statement(record(), ABOUT, POLICY)
    assert got["decision_facts"] == "14 returns in 30 days, 3.2 expected. [observed = 14; expected = 3.2]"
    assert got["content_id"] == {"EAN-13": "6901234567892"}
    assert got["decision_ground_reference_url"] == "https://market.example/rules"


def test_several_reasons_give_additional_categories():
    fraud = replace(LEAK, code="forged_report", law=None)
    got = statement(record([LEAK, fraud]), ABOUT, POLICY)
    assert got["category"] == "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
    assert got["category_addition"] == ["STATEMENT_CATEGORY_SCAMS_AND_FRAUD"]


@pytest.mark.parametrize("effect", [Effect.ADMIT, Effect.PROMOTE, Effect.NONE, Effect.WATCH])
def test_what_restricts_nobody_needs_no_statement(effect):
    assert not restricts(record(effect=effect), POLICY)
    with pytest.raises(RefusedError, match="no_statement_needed"):
        statement(record(effect=effect), ABOUT, POLICY)


@pytest.mark.parametrize("kind", [Kind.CASE, Kind.POLICY, Kind.ACCOUNT, Kind.PLATFORM])
def test_what_is_no_content_of_a_recipient_needs_no_statement(kind):
    assert not restricts(record(effect=Effect.BAN, subject=Subject(kind, "x")), POLICY)


@pytest.mark.parametrize(
    ("about", "territory", "code"),
    [
        (Particulars(), EU, "content_date_unknown"),
        (Particulars(date(1999, 12, 31)), EU, "date_too_early"),
        (ABOUT, ("CN",), "territory_unknown"),
    ],
)
def test_what_is_missing_is_named(about, territory, code):
    with pytest.raises(RefusedError, match=code):
        statement(record(), about, POLICY, territory=territory)


def test_a_decision_before_2020_is_refused():
    old = replace(record(), start=T0 - timedelta(days=3000))
    with pytest.raises(RefusedError, match="date_too_early"):
        statement(old, ABOUT, POLICY)


@pytest.mark.parametrize(
    "text",
    [
        "Write to wang.wei@example.com.",
        "Call 13912345678.",
        "Holder 11010519491231002X.",
        "Paid to DE89 3704 0044 0532 0130 00.",
    ],
)
def test_personal_data_stops_a_statement(text):
    with pytest.raises(RefusedError, match="personal_data_suspected"):
        statement(record([replace(LEAK, sentence=Text("理由。", text))]), ABOUT, POLICY)


def test_ids_and_figures_are_not_taken_for_personal_data():
    fine = replace(LEAK, evidence=(("batch", "B2026050300012345"), ("gtin", "06901234567892")))
    assert "B2026050300012345" in statement(record([fine]), ABOUT, POLICY)["decision_facts"]


@given(st.text("Reason words. ", min_size=1, max_size=9000).filter(str.strip))
def test_limits_of_length_hold(text):
    got = statement(record([replace(LEAK, sentence=Text("理由。", text))]), ABOUT, POLICY)
    assert len(got["decision_facts"]) <= 5000
    assert len(got["incompatible_content_explanation"]) <= 2000


def test_calls_hold_a_hundred_each():
    assert [len(c["statements"]) for c in calls({"puid": str(i)} for i in range(250))] == [100, 100, 50]
    assert list(calls([])) == []


@pytest.mark.parametrize(("code", "valid"), [("6901234567892", True), ("6901234567891", False), ("690", False)])
def test_check_digit(code, valid):
    assert valid_ean13(code) is valid


def test_the_eea_is_thirty_states():
    assert (len(EU), len(EEA)) == (27, 30)
