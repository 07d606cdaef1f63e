"""Charts: exact snapshots, and properties that hold for any words and figures."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi import drawing
from pinzhi.drawing import (
    Bar,
    Chart,
    Goal,
    GradeStep,
    Lane,
    Limits,
    Moment,
    MonthValue,
    Part,
    Point,
    Rung,
    Stage,
    Step,
)
from pinzhi.drawing.scale import Scale, figure, ticks
from pinzhi.drawing.svg import clip, num, text_width

SNAPSHOTS = Path(__file__).parent / "snapshots"
SVG = "{http://www.w3.org/2000/svg}"
STATIONS = ("入驻审核", "商品追溯", "日常监测", "抽检", "投诉维权", "动态评级", "违规惩戒", "培训宣传", "效果评估")


def weeks(n: int = 20, breach_from: int = 14) -> list[Point]:
    out = []
    for i in range(n):
        expected = 4 + 0.1 * i
        value = expected + (i * 7 % 5 - 2) * 0.6 + (max(0, i - breach_from + 2) * 1.5)
        breach = "退货数超出警戒线" if i >= breach_from and value > expected + 4 else ""
        out.append(
            Point(
                (date(2026, 1, 5) + timedelta(days=7 * i)).isoformat(),
                round(value, 2),
                round(expected, 2),
                round(expected - 2, 2),
                round(expected + 2, 2),
                round(expected + 4, 2),
                breach,
            )
        )
    return out


def examples() -> dict[str, str]:
    day = date(2026, 1, 1)
    lanes = [
        Lane(STATIONS[0], (Moment(day, "准予上架", "good"),)),
        Lane(STATIONS[1]),
        Lane(STATIONS[2], (Moment(date(2026, 3, 3), "退货信号", "bad"), Moment(date(2026, 3, 3), "差评信号", "bad"))),
        *(Lane(s) for s in STATIONS[3:5]),
        Lane(STATIONS[5], (Moment(date(2026, 4, 1), "A → C"),)),
        *(Lane(s) for s in STATIONS[6:]),
    ]
    grades = [GradeStep(day, "A", 0), GradeStep(date(2026, 4, 1), "C", 2)]
    kpis = [
        Bar("合格率", 98.6, 98.1, 99.0, "达标"),
        Bar("投诉处理及时率", 97.2, 95.9, 98.3, "尚不能证明"),
        Bar("复检一致率", None, note="暂无数据"),
    ]
    return {
        "control-zh": drawing.control(
            weeks(),
            title="退货件数",
            summary="自 4 月中旬起超出警戒线。",
            language="zh-hans",
            how=Limits(observed="退货"),
        ).svg,
        "control-en": drawing.control(
            weeks(),
            title="Returns",
            summary="Beyond the limit since mid-April.",
            language="en",
            how=Limits(observed="returns"),
        ).svg,
        "control-empty": drawing.control([], title="Returns", summary="", language="en").svg,
        "multiple": drawing.multiples([("玻璃杯", weeks(8)), ("蜂蜜", weeks(8, 3))], summary="两件商品", language="zh")[
            1
        ].svg,
        "spark": drawing.sparkline([1, 2, None, 3, 2.5], title="近 5 周：1、2、—、3、2.5", language="zh"),
        "bars": drawing.bars(
            kpis,
            title="半年指标",
            summary="三项指标与 98% 目标",
            language="zh",
            unit="%",
            digits=1,
            target=98,
            zero=False,
        ).svg,
        "bars-zero": drawing.bars(
            [Bar("Complaints", 1.4, 1.1, 1.8, "MET"), Bar("Returns", 6.2, 5.8, 6.6)],
            title="Rates",
            summary="Two rates",
            language="en",
            unit="%",
            digits=1,
            target=2,
        ).svg,
        "parts": drawing.contributions(
            [Part("退货率低于同类", 6.5), Part("差评偏多", -9.25), Part("送检合格", 2)],
            start=80,
            title="评分构成",
            summary="80 分起，合计 79.25 分",
            language="zh",
            digits=1,
        ).svg,
        "funnel": drawing.funnel(
            [Step("Signals", 120), Step("Judged", 90), Step("Real", 31)],
            title="From signal to finding",
            summary="",
            language="en",
        ).svg,
        "course": drawing.course(
            [
                Stage(day, 96.2, 91, 98.5, "B 级", "正常", 0),
                Stage(date(2026, 3, 1), 84, 79.5, 88, "D 级", "关注", 1),
                Stage(date(2026, 4, 20), 70.4, 66, 75, "E 级", "限制", 2),
            ],
            lines=[("A 级", 97), ("C 级", 88), ("D 级", 75)],
            last=date(2026, 6, 30),
            since=date(2026, 4, 2),
            title="评级走势",
            summary="由 B 级降至 E 级",
            language="zh",
        ).svg,
        "course-one": drawing.course(
            [Stage(day, 96.2, 91, 98.5, "grade B", "normal", 0)],
            lines=[("grade A", 97)],
            last=date(2026, 1, 2),
            title="The rating over time",
            summary="One day",
            language="en",
        ).svg,
        "machine": drawing.machine(
            [Rung("normal", "sure ≥ 70%", "sure ≤ 30%"), Rung("watch", "sure ≥ 85%", "sure ≤ 20%"), Rung("restricted")],
            1,
            title="States",
            summary="Now: watch",
            language="en",
        ).svg,
        "goals": drawing.goals(
            [
                Goal("合格率", 98, at_most=False, note="尚无数据：抽检尚无结果"),
                Goal("投诉率", 2, at_most=True, value=1.4, low=1.2, high=1.7, status="达标"),
                Goal("退货退款率", 5, at_most=True, value=7.1, low=6.6, high=7.5, status="未达标", bad=True),
            ],
            title="半年指标",
            summary="投诉率达标，退货退款率未达标",
            language="zh",
        ).svg,
        "months": drawing.months(
            [
                MonthValue("2026-04", None),
                MonthValue("2026-05", 1.8, 1.5, 2.2),
                MonthValue("2026-06", 3.1, 2.6, 3.7, bad="not met"),
                MonthValue("2026-07", 2.4, 0.9, 5.0, part="35 % seen"),
            ],
            title="Complaint rate by month",
            summary="June misses the target",
            language="en",
            target=2,
        ).svg,
        "months-empty": drawing.months([MonthValue("2026-04", None)], title="Rate", summary="", language="en").svg,
        "whisker": drawing.whisker(
            91.2, 88, 94.5, scale=(80, 100), title="91.2, interval 88 to 94.5", language="en", lines=(88, 95)
        ),
        "life": drawing.life(
            lanes, grades, first=day, last=date(2026, 6, 30), title="商品生命线", summary="一次评级下调", language="zh"
        ).svg,
    }


@pytest.mark.parametrize("name", sorted(examples()))
def test_snapshot(name: str):
    got, path = examples()[name] + "\n", SNAPSHOTS / f"{name}.svg"
    if os.environ.get("PINZHI_REDRAW"):
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_picture_has_a_role_a_title_and_no_style(name: str):
    svg = examples()[name]
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert " style=" not in svg
    assert "<style" not in svg
    assert "<script" not in svg
    _inside(root)


def _inside(root: ET.Element) -> None:
    """No mark outside the view box (texts are clipped by room, not by pixel, so they are checked by their anchor only)."""
    _, _, width, height = map(float, root.get("viewBox").split())
    for element in root.iter():
        for x in ("x", "x1", "x2", "cx"):
            if element.get(x):
                assert -0.5 <= float(element.get(x)) <= width + 0.5, element.attrib
        for y in ("y", "y1", "y2", "cy"):
            if element.get(y):
                assert -0.5 <= float(element.get(y)) <= height + 0.5, element.attrib
        if element.get("d"):
            for a, b in re.findall(r"(-?[\d.]+) (-?[\d.]+)", element.get("d")):
                assert -6.5 <= float(a) <= width + 6.5
                assert -6.5 <= float(b) <= height + 6.5


words = st.text(max_size=40)
numbers = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.floats(-1e6, 1e6))
points = st.lists(st.builds(Point, words, numbers, numbers, numbers, numbers, numbers, words), max_size=30)
languages = st.sampled_from(["zh-hans", "en"])


def sound(chart: Chart, *said: str) -> None:
    _inside(ET.fromstring(chart.svg))
    table = ET.fromstring(chart.html())  # a figure is well-formed XML too
    assert table.tag == "figure"
    for text in (chart.svg, chart.html()):
        assert "<script" not in text
        assert " style=" not in re.sub(r">[^<]*<|\"[^\"]*\"", "", text)
    for row in chart.table.rows:
        assert len(row) == len(chart.table.columns)


@given(points, words, words, languages)
def test_any_control_chart_is_sound(ps, title, summary, language):
    sound(drawing.control(ps, title=title, summary=summary, language=language))
    for chart in drawing.multiples([(title, ps), (summary, ps[:1])], summary=summary, language=language):
        sound(chart)
    ET.fromstring(drawing.sparkline([p.value for p in ps], title=title, language=language))


@given(st.lists(st.builds(Bar, words, numbers, numbers, numbers, words), max_size=8), numbers, st.booleans(), languages)
def test_any_bars_are_sound(rows, target, zero, language):
    sound(drawing.bars(rows, title="t", summary="s", language=language, target=target, zero=zero))


@given(st.lists(st.builds(Part, words, st.floats(-1e6, 1e6), words), max_size=8), st.floats(-1e6, 1e6), languages)
def test_any_contributions_sum(parts, start, language):
    chart = drawing.contributions(parts, start=start, title="t", summary="s", language=language)
    sound(chart)
    total = start
    for part in parts:
        total += part.value
    assert chart.table.rows[-1][1] == figure(total, digits=2)


@given(st.lists(st.builds(Step, words, st.integers(-5, 10**9)), max_size=6), languages)
def test_any_funnel_is_sound(steps, language):
    sound(drawing.funnel(steps, title="t", summary="s", language=language))


days = st.dates(date(2024, 1, 1), date(2027, 1, 1))


@given(
    st.lists(
        st.builds(
            Lane,
            words,
            st.lists(st.builds(Moment, days, words, st.sampled_from(["plain", "good", "bad"])), max_size=6).map(tuple),
        ),
        max_size=9,
    ),
    st.lists(st.builds(GradeStep, days, st.sampled_from("ABCDE"), st.integers(0, 4)), max_size=5),
    days,
    days,
    languages,
)
def test_any_life_is_sound(lanes, grades, first, last, language):
    sound(
        drawing.life(
            lanes, grades, first=min(first, last), last=max(first, last), title="t", summary="s", language=language
        )
    )


shares = st.floats(0, 100)


def spread(three: list[float]) -> tuple[float, float, float]:
    """Value, low and high of an interval."""
    low, value, high = sorted(three)
    return value, low, high


intervals = st.lists(shares, min_size=3, max_size=3).map(spread)


@given(
    st.lists(st.tuples(days, intervals, words, words, st.integers(0, 9)), max_size=12),
    st.lists(st.tuples(words, shares), max_size=4),
    days,
    st.one_of(st.none(), days),
    languages,
)
def test_any_course_is_sound(stages, lines, last, since, language):
    told = [Stage(day, *interval, grade, state, rank) for day, interval, grade, state, rank in sorted(stages)]
    end = max([last, *(s.day for s in told)])
    sound(drawing.course(told, lines=lines, last=end, since=since, title="t", summary="s", language=language))


@given(
    st.lists(st.builds(Rung, words, words, words, words, words), min_size=1, max_size=5), st.integers(-1, 5), languages
)
def test_any_ladder_is_sound_and_says_where_one_stands(rungs, current, language):
    chart = drawing.machine(rungs, current, title="t", summary="s", language=language)
    sound(chart)
    assert chart.svg.count("▲") - sum(r.name.count("▲") + r.onward.count("▲") + r.back.count("▲") for r in rungs) <= 1
    assert ('stroke-width="2.4"' in chart.svg) == (0 <= current < len(rungs))


@given(
    st.lists(
        st.tuples(words, shares, st.booleans(), st.one_of(st.none(), intervals), words, words, st.booleans()),
        max_size=5,
    ),
    languages,
)
def test_any_goals_are_sound(rows, language):
    told = [
        Goal(name, target, at_most=at_most, status=status, note=note, bad=bad)
        if i is None
        else Goal(name, target, at_most=at_most, value=i[0], low=i[1], high=i[2], status=status, note=note, bad=bad)
        for name, target, at_most, i, status, note, bad in rows
    ]
    chart = drawing.goals(told, title="t", summary="s", language=language)
    sound(chart)
    assert [row[2] for row in chart.table.rows] == [figure(g.value, digits=2, unit="%") for g in told]


@given(
    st.lists(st.tuples(words, st.one_of(st.none(), intervals), words, words), max_size=24),
    st.one_of(st.none(), shares),
    languages,
)
def test_any_months_are_sound(rows, target, language):
    told = [MonthValue(name, *(i or (None, None, None)), part, bad) for name, i, part, bad in rows]
    sound(drawing.months(told, title="t", summary="s", language=language, target=target))


@given(intervals, intervals, words, languages)
def test_any_whisker_is_sound(interval, ends, title, language):
    value, low, high = interval
    svg = drawing.whisker(value, low, high, scale=(ends[1], ends[2]), title=title, language=language, lines=(ends[0],))
    _inside(ET.fromstring(svg))


def test_hostile_words_are_escaped():
    svg = drawing.control(
        [Point("<b>&\"'", 1.0, breach="</svg><script>alert(1)</script>\x00")],
        title="<x>",
        summary="a & b",
        language="en",
    ).svg
    root = ET.fromstring(svg)
    assert root.find(f"{SVG}title").text == "<x>"
    assert "</svg><script>alert(1)</script>" in "".join(root.itertext())


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_cover_and_are_few(low, span):
    marks = ticks(low, low + span)
    assert marks[0] <= low + (abs(low) + span) * 1e-6
    assert marks[-1] >= low + span - (abs(low) + span) * 1e-6 - 1e-6
    assert 2 <= len(marks) <= 14


def test_figures_as_people_read_them():
    assert [figure(v) for v in (None, float("nan"), 0, 3, 1234.5, 12.34, 0.345, -2.5)] == [
        "—",
        "—",
        "0",
        "3",
        "1,234",
        "12.3",
        "0.34",
        "−2.50",
    ]
    assert figure(98.64, digits=1, unit="%") == "98.6%"
    assert figure(6.5, digits=1, sign=True) == "+6.5"
    assert figure(-0.0001, digits=1, sign=True) == "0.0"
    assert num(-0.04) == "0"


def test_a_scale_holds_values_inside():
    scale = Scale(0, 10, 100, 0)
    assert (scale.at(0), scale.at(5), scale.at(99)) == (100, 50, 0)
    assert Scale(3, 3, 0, 10).at(3) == 5


@given(st.text(max_size=60), st.floats(20, 300))
def test_clipping_fits(text, room):
    assert text_width(clip(text, room)) <= room


def test_the_count_beside_a_mark_at_the_edge_stays_inside_the_picture():
    last = date(2026, 4, 1)
    lanes = [Lane("a", tuple(Moment(d, "x") for d in (last, date(2026, 2, 1)) for _ in range(13)))]
    shown = drawing.life(lanes, (), first=date(2026, 1, 1), last=last, title="t", summary="s", language="en")
    counts = [t for t in ET.fromstring(shown.svg).iter(f"{SVG}text") if t.text == "13"]
    assert [t.get("text-anchor", "start") for t in counts] == ["start", "end"]
    assert all(float(t.get("x")) < 860 - 16 for t in counts)


def test_a_flag_is_a_line_at_its_moment_with_its_word():
    flags = (drawing.Flag(2.5, "raised"), drawing.Flag(-1, "before"), drawing.Flag(99, "after"))
    plain = drawing.control(weeks(), title="t", summary="s", language="en")
    shown = drawing.control(weeks(), title="t", summary="s", language="en", flags=flags)
    assert "raised" in shown.svg
    assert "before" not in shown.svg
    assert "after" not in shown.svg
    assert shown.svg.count("<line") == plain.svg.count("<line") + 1
