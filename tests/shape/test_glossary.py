"""The glossary holds every word that people and programs read from the code, once, in both languages, and the interface uses the same Chinese."""

import re
from pathlib import Path

import pytest

from pinzhi.kernel.course import CASE
from pinzhi.kernel.standing import STATE, Effect
from pinzhi.kernel.values import Kind, Status
from pinzhi.kernel.verdict import Severity
from pinzhi.law.rows import Unit
from pinzhi.life import STATIONS
from pinzhi.life.admission.rules.numbers.book import KIND_NAMES
from pinzhi.life.rating.contracts import Grade
from pinzhi.people.roles import ROLE_NAMES, Role

ROOT = Path(__file__).parents[2]


def sections():
    """Section → rows of four cells."""
    found, name = {}, ""
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            name = line[3:]
        elif line.startswith("| ") and not line.startswith(("| term", "| ---")):
            found.setdefault(name, []).append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return found


TABLES = sections()
ROWS = [row for rows in TABLES.values() for row in rows]
IN_CODE = {row[0].strip("`"): row for row in ROWS if row[0].startswith("`")}


def section(start):
    return next(rows for name, rows in TABLES.items() if name.startswith(start))


def words(rows):
    return {row[0].strip("`") for row in rows}


def test_every_row_is_whole_and_there_are_enough():
    assert [row for row in ROWS if len(row) != 4 or not all(row)] == []
    assert len(ROWS) >= 90


def test_the_chinese_column_is_chinese_and_the_english_one_is_not():
    han = re.compile(r"[\u4e00-\u9fff]")
    assert [row for row in ROWS if not han.search(row[1])] == []
    assert [
        row
        for row in ROWS
        if han.search(row[2] + row[3].replace("商家用户", "").replace("检验机构用户", "").replace("救济方式", ""))
    ] == []


def test_a_word_stands_once_in_its_section():
    for name, rows in TABLES.items():
        assert len(words(rows)) == len(rows), name


@pytest.mark.parametrize(
    ("start", "used"),
    [
        ("Stations", set(STATIONS)),
        ("Effects", {str(e) for e in Effect}),
        ("Standing", set(STATE.values()) | {"normal", "promoted"}),
        ("Roles", {str(r) for r in Role}),
    ],
)
def test_a_section_holds_just_the_words_of_the_code(start, used):
    assert words(section(start)) == used


@pytest.mark.parametrize(
    "used",
    [
        set(CASE.states),
        {str(s) for s in Severity},
        {str(s) for s in Status},
        {str(k) for k in Kind},
        {str(g) for g in Grade},
        {str(u) for u in Unit},
    ],
    ids=["case states", "severities", "statuses", "kinds", "grades", "units"],
)
def test_every_word_of_the_code_stands_in_it(used):
    assert used - set(IN_CODE) == set()


def test_kinds_of_numbers_are_called_the_same():
    assert {k: (n.zh, n.en) for k, n in KIND_NAMES.items()} == {
        row[0].strip("`"): (row[1], row[2]) for row in section("Papers and numbers") if row[0].startswith("`")
    }


def test_the_status_words_are_fixed():
    assert [row[1] for row in section("Status words")] == ["待审", "通过", "退回补充", "驳回", "隔离", "下架"]


def test_roles_are_called_the_same():
    named = {row[0].strip("`"): row for row in section("Roles")}
    for role, name in ROLE_NAMES.items():
        row = named[role]
        assert name.zh == row[1] or name.zh in row[3], role
        assert name.en.startswith(row[2]), role


def test_the_interface_uses_the_words_of_the_glossary():
    catalogue = (ROOT / "src/pinzhi/locale/zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    shown = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', catalogue, re.MULTILINE))
    rows = [row for name in ("Effects", "Standing") for row in section(name)]
    differ = [(row[0], row[1], shown[w]) for row in rows if (w := row[0].strip("`")) in shown and shown[w] != row[1]]
    assert differ == []
