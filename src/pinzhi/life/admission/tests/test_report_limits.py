"""Re-judging: golden cases that a quality officer can read, and properties over all numbers."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.life.admission.report_tables import labels
from pinzhi.life.admission.rules.reports.judging import fold, limit_of, number, value_of
from pinzhi.life.admission.rules.reports.verdicts import fibre_sums, judge, printed
from pinzhi.life.admission.rules.reports.words import Item, Judged

CASES = tomllib.loads((Path(__file__).parent / "cases" / "report_limits.toml").read_text("utf-8"))["case"]
LABELS = labels()
FIGURE = st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['given']['limit']} | {c['given']['value']}" for c in CASES])
def test_golden(case):
    item = judge(**{n: case["given"][n] for n in ("name", "unit", "limit", "value", "printed")}, labels=LABELS)
    assert item.verdict == case["expect"], case["because"]
    if case["expect"] in ("fail", "unsure"):
        assert item.why is not None, "what is no pass is explained"


def test_there_are_enough_golden_cases():
    assert len(CASES) >= 60
    assert {c["expect"] for c in CASES} == {str(j) for j in Judged}


@settings(max_examples=300, deadline=None)
@given(FIGURE, FIGURE, st.sampled_from(["≤", "<", "≥", ">", "不大于", "不小于", "小于", "大于"]))
def test_a_figure_against_a_bound_is_arithmetic(limit, value, sign):
    truth = {
        "≤": value <= limit,
        "不大于": value <= limit,
        "<": value < limit,
        "小于": value < limit,
        "≥": value >= limit,
        "不小于": value >= limit,
        ">": value > limit,
        "大于": value > limit,
    }[sign]
    for mark in ("合格", "不合格", ""):
        item = judge("项目", "mg/kg", f"{sign}{limit}", str(value), mark, LABELS)
        assert item.verdict == (Judged.PASS if truth else Judged.FAIL), "the printed verdict has no say"
        assert (item.unit, item.value, item.verdict_printed) == ("mg/kg", str(value), mark)


@settings(max_examples=300, deadline=None)
@given(FIGURE, FIGURE, FIGURE)
def test_a_figure_against_a_range_is_arithmetic(a, b, value):
    low, high = sorted((a, b))
    item = judge("项目", "", f"{low}~{high}", str(value), "合格", LABELS)
    assert item.operator == "range"
    assert item.verdict == (Judged.PASS if low <= value <= high else Judged.FAIL)


@settings(max_examples=200, deadline=None)
@given(FIGURE, FIGURE)
def test_not_detected_passes_an_upper_limit_only_down_to_its_limit_of_detection(limit, detection):
    item = judge("项目", "mg/kg", f"≤{limit}", "未检出", "合格", LABELS, lod=str(detection))
    assert item.verdict == (Judged.PASS if detection <= limit else Judged.UNSURE)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=12))
def test_any_text_is_answered(limit, value, unit):
    item = judge("项目", unit, limit, value, "合格", LABELS)
    assert item.verdict in Judged


@settings(max_examples=200, deadline=None)
@given(FIGURE, st.sampled_from(["mg/kg", "g/kg", "μg/kg", "%"]), st.sampled_from(["mg/kg", "g/kg", "μg/kg", "%"]))
def test_units_are_converted_exactly(value, of_value, of_limit):
    size = {"mg/kg": Decimal(1), "g/kg": Decimal(1000), "μg/kg": Decimal("0.001"), "%": Decimal(10000)}
    same = value * size[of_value] / size[of_limit]
    at_limit = judge("项目", of_limit, f"≤{same:f}", f"{value} {of_value}", "", LABELS)
    assert at_limit.verdict is Judged.PASS
    if same > 0:
        below = judge("项目", of_limit, f"<{same:f}", f"{value} {of_value}", "", LABELS)
        assert below.verdict is Judged.FAIL


def test_numbers_in_every_writing():
    written = {
        "1.0×10^3": "1000",
        "2E4": "20000",
        "2e-3": "0.002",
        "10^4": "10000",
        "-1.5": "-1.5",
        "+2.0": "2.0",
        fold("１２.５"): "12.5",
        fold("3.2×10⁻²"): "0.032",
        fold("12,000"): "12000",
    }
    assert {text: number(text) for text in written} == {text: Decimal(value) for text, value in written.items()}
    assert [number(t) for t in ("", "abc", "1.2.3", "1-2", "10^999999", "1E99999")] == [None] * 4 + [
        number("10^999999"),
        None,
    ]


def test_what_a_limit_is_read_as():
    def read(text, **more):
        found = limit_of(text, LABELS, **more)
        return None if found is None else (found.operator, found.low, found.high, found.unit)

    assert read("≤75mg/kg") == ("<=", None, Decimal(75), "mg/kg")
    assert read("A类≤20") == ("?", None, None, "")
    assert read("/") is None
    assert read("") is None
    assert read("≥3-4", unit="级") == (">=", Decimal("3.5"), None, "")
    assert read("-3.0~+2.0") == ("range", Decimal("-3.0"), Decimal("2.0"), "")
    assert read("±5%") == ("range", Decimal(-5), Decimal(5), "%")
    assert read("无异味")[0] == "text"


def test_not_detected_is_no_part_of_another_word():
    assert value_of("standard", LABELS).absent is False
    assert value_of("N.D.", LABELS).absent is True
    assert value_of("未检出（检出限：5）", LABELS).below == 5


def test_printed_verdicts():
    said = {
        t: printed(t, LABELS)
        for t in ("合格", "符合", "P", "Pass", "不合格", "F", "does not comply", "/", "", "本项目合格")
    }
    assert said == {
        "合格": Judged.PASS,
        "符合": Judged.PASS,
        "P": Judged.PASS,
        "Pass": Judged.PASS,
        "不合格": Judged.FAIL,
        "F": Judged.FAIL,
        "does not comply": Judged.FAIL,
        "/": Judged.NOT_JUDGED,
        "": None,
        "本项目合格": Judged.PASS,
    }


def test_fibres_that_stand_together_are_added():
    def line(name, value, unit="%"):
        return Item(name, unit, "", "", value, "", Judged.NOT_JUDGED)

    sums = fibre_sums(
        [
            line("棉", "82.3"),
            line("聚酯纤维", "17.7"),
            line("甲醛含量", "20", "mg/kg"),
            line("棉", "95"),
            line("氨纶", "4"),
        ],
        LABELS,
    )
    assert sums == [("棉 + 聚酯纤维", Decimal("100.0")), ("棉 + 氨纶", Decimal(99))]
