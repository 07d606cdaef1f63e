"""The rows of law: a table that contradicts itself is refused, the version of the day is found, what was not read is marked."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef
from pinzhi.law import rows
from pinzhi.law.rows import Jurisdiction, Statutes, Unit, faults
from pinzhi.law.tables import official, statutes

D = date.fromisoformat
LAW = statutes()


def one(**changes):
    return replace(LAW.in_force("clock.accept", D("2026-05-01")), **changes)


def test_the_table_is_whole():
    assert faults(LAW.rows) == []
    assert len(LAW.rows) > 200


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (one(valid_to=D("2026-04-15"), valid_from=D("2026-04-16")), "before it begins"),
        (one(valid_from=D("2026-04-01")), "when its instrument is not"),
        (one(value=None), "go together"),
        (one(unit=Unit.NONE), "go together"),
        (one(value=Decimal(0)), "above zero"),
        (one(starts_from=None), "from when"),
        (one(article=""), "no article"),
    ],
)
def test_a_broken_row_is_named(wrong, says):
    (fault,) = faults([wrong])
    assert says in fault
    assert fault.startswith("clock.accept")


def test_two_versions_on_one_day_are_refused():
    with pytest.raises(ValueError, match="two versions are in force on 2026-05-01"):
        Statutes((one(), one(valid_from=D("2026-05-01"))))


def test_an_unknown_key_is_refused():
    raw = {"id": "x", "in": "a", "artcle": "1"}
    with pytest.raises(ValueError, match="artcle"):
        rows.row("t", raw, {})


def test_a_row_without_one_language_is_refused():
    with pytest.raises(ValueError, match="both languages"):
        Text("有", "")


@pytest.mark.parametrize(
    ("id_", "day", "value", "unit", "version"),
    [
        ("clock.mediation_end", "2024-06-30", 45, Unit.WORKING_DAY, "令第20号（2022年修正）"),
        ("clock.mediation_end", "2024-07-01", 60, Unit.CALENDAR_DAY, "国令第778号"),
        ("clock.mediation_end", "2026-04-15", 60, Unit.CALENDAR_DAY, "令第121号"),
        ("clock.named_reporter", "2026-04-14", 5, Unit.WORKING_DAY, "令第20号（2022年修正）"),
    ],
)
def test_the_version_of_the_day(id_, day, value, unit, version):
    found = LAW.in_force(id_, D(day))
    assert (found.value, found.unit, found.instrument.version) == (value, unit, version)


def test_a_repealed_clock_is_not_found_afterwards():
    with pytest.raises(RefusedError) as no:
        LAW.in_force("clock.named_reporter", D("2026-04-15"))
    assert no.value.refusal.code == "law_row_not_in_force"
    assert "2026-04-14" in no.value.refusal.remedy


def test_an_unknown_id():
    with pytest.raises(RefusedError) as no:
        LAW.in_force("clock.nothing", D("2026-05-01"))
    assert no.value.refusal.code == "law_row_unknown"


def test_find_narrows():
    assert {r.id for r in LAW.find("三倍 欺诈")} >= {"damages.fraud"}
    assert {r.jurisdiction for r in LAW.find(jurisdiction=Jurisdiction.EUROPEAN_UNION)} == {Jurisdiction.EUROPEAN_UNION}
    assert all(not r.verified for r in LAW.find(unverified=True))
    assert [r.article for r in LAW.find("clock.accept", on=D("2025-01-01"))] == ["14"]
    assert LAW.find("nothing like this") == ()


def test_a_reason_cites_the_article_and_the_mark():
    assert rows.reference(LAW.in_force("sampling.food_lab_report", D("2026-05-01"))) == LawRef(
        "食品安全抽样检验管理办法", "24", "令第15号（2025年修订）", verified=False
    )


def test_nothing_not_found_as_text_is_shipped_as_verified():
    unread = {
        "食品安全抽样检验管理办法",
        "化妆品抽样检验管理办法",
        "化妆品网络经营监督管理办法",
        "网络食品安全违法行为查处办法",
        "网络餐饮服务经营者落实食品安全主体责任监督管理规定",
        "部分商品修理更换退货责任规定",
        "市场监督管理严重违法失信名单管理办法",
        "市场监督管理信用修复管理办法",
        "互联网平台价格行为规则",
    }
    assert [r.id for r in LAW.rows if r.verified and r.instrument.name.zh in unread] == []
    assert unread <= {r.instrument.name.zh for r in LAW.rows}
    assert [r.id for r in LAW.rows if r.verified and r.jurisdiction is Jurisdiction.UNITED_STATES] == []


def test_periods_are_counted_on_the_official_calendar():
    found = rows.count(LAW.in_force("clock.accept", D("2026-09-29")), D("2026-09-29"), official())
    assert found.row() == {"due": "2026-10-14"}


@pytest.mark.parametrize(
    ("id_", "code"),
    [
        ("damages.fraud_minimum", "law_row_not_a_period"),
        ("sampling.objection_farm_rapid", "law_row_not_a_period"),
        ("gpsr.order", "law_row_of_another_calendar"),
    ],
)
def test_what_cannot_be_counted_is_refused(id_, code):
    with pytest.raises(RefusedError) as no:
        rows.count(LAW.in_force(id_, D("2026-05-01")), D("2026-05-01"), official())
    assert no.value.refusal.code == code


def test_the_printed_row_has_plain_values():
    document = LAW.in_force("damages.food_minimum", D("2026-05-01")).document()
    assert document["value"] == "1000"
    assert document["unit"] == "yuan"
    assert document["valid_to"] is None
