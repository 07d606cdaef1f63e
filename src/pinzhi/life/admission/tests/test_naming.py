"""Nothing that a person reads is a code: rules, papers and their fields all have a name in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinzhi.kernel.values import Text
from pinzhi.life.admission import rules, wording
from pinzhi.life.admission.rules.naming import PAPER_FIELDS, RULE_NAMES, field_name
from pinzhi.life.admission.tables import matrix

HERE = Path(rules.__file__).parent


def test_every_rule_in_the_code_and_in_the_tables_has_a_name():
    code = "".join(p.read_text("utf-8") for p in HERE.rglob("*.py") if p.name != "naming.py")
    tables = "".join(p.read_text("utf-8") for p in (HERE.parent / "data" / "text").glob("*.toml"))
    used = set(re.findall(r'"([TCDRI]\d\d|P\d)"', code)) | set(re.findall(r'^id = "([A-Z]\d\d)"', tables, re.MULTILINE))
    assert used >= {"T01", "C12", "D08", "P4", "R01", "I01"}
    assert used - set(RULE_NAMES) == set()


def test_every_field_of_a_paper_has_a_name():
    assert set(PAPER_FIELDS) == set(matrix().fields)


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        ("test_report", "检验检测报告", "test report"),
        ("检验报告", "检验检测报告", "test report"),
        ("brand_authorisation", "品牌授权书", "brand authorisation"),
        ("business_licence", "营业执照", "business licence"),
        ("price_list", "厂商价目文件", "the maker's price list"),
        ("Trade_Mark", "Trade_Mark", "Trade_Mark"),
    ],
)
def test_a_paper_is_called_alike_by_whatever_word(kind, zh, en):
    assert wording.paper(kind) == Text(zh, en)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("attributes", [["材质", "棉100%"], ["颜色", "白"]], ["材质：棉100%", "颜色：白"]),
        ("attributes", ["材质", "棉100%"], ["材质：棉100%"]),
        ("price", "1234.5", ["¥1,234.50"]),
        ("deal_prices", [{"at": "2026-11-01T09:00:00+08:00", "price": "57.50"}], ["2026-11-01 09:00 · 57.50"]),
        (
            "documents",
            [{"kind": "ccc", "number": "1", "path": "", "fields": [["valid_to", "2027-01-01"]]}],
            ["强制性产品认证（CCC）证书 · 1，有效期至：2027-01-01"],
        ),
        ("title", "", ["—"]),
        ("images", [], ["—"]),
    ],
)
def test_a_value_is_said_in_lines(field, value, said):
    assert [t.zh for t in wording.lines(field, value)] == said


def test_places_are_counted_from_one():
    assert field_name("image:0") == Text("图片1", "picture 1")
    assert field_name("attr:材质") == Text("属性“材质”", "attribute «材质»")
