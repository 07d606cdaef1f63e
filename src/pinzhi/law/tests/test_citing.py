"""Articles as both languages write them."""

import re

import pytest

from pinzhi.kernel.values import Text
from pinzhi.law.citing import citation, figure, numeral
from pinzhi.law.tables import statutes


@pytest.mark.parametrize(
    ("instrument", "article", "zh", "en"),
    [
        ("广告法", "9(3)", "《广告法》第九条（三）", "Advertising Law, art. 9(3)"),
        ("广告法", "9(7)(9)", "《广告法》第九条（七）（九）", "Advertising Law, art. 9(7)(9)"),
        ("产品质量法", "27(1)(1)", "《产品质量法》第二十七条第一款第（一）项", "Product Quality Law, art. 27(1)(1)"),
        ("食品安全法", "148", "《食品安全法》第一百四十八条", "Food Safety Law, art. 148"),
        ("从未听说的法", "8, 9", "《从未听说的法》第八条、第九条", "从未听说的法, art. 8, 9"),
        (
            "广告绝对化用语执法指南",
            "第五条（一）（二）（三）",
            "《广告绝对化用语执法指南》第五条（一）（二）（三）",
            "Enforcement Guide on Absolute Terms in Advertising, art. 5(1)(2)(3)",
        ),
        ("广告法", "未核对", "《广告法》", "Advertising Law"),
    ],
)
def test_both_languages(instrument, article, zh, en):
    assert citation(instrument, article) == Text(zh, en)


def test_every_row_can_be_cited():
    for row in statutes().rows:
        said = citation(row.instrument.name.zh, row.article)
        assert row.instrument.name.zh in said.zh
        assert said.en.startswith(row.instrument.name.en)
        assert not re.search(r"第[一二三四五六七八九十百零]+条", said.en), said.en


@pytest.mark.parametrize(("n", "said"), [(9, "九"), (10, "十"), (27, "二十七"), (103, "一百零三"), (110, "一百一十")])
def test_numerals(n, said):
    assert numeral(n) == said


def test_numerals_read_back():
    assert [figure(numeral(n)) for n in range(1, 1000)] == list(range(1, 1000))
