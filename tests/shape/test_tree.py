"""The tree itself: order of the stations, length and names of files, what the documentation must mention, what imports cannot see."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "pinzhi"
SOURCES = [p for p in SRC.rglob("*.py") if "migrations" not in p.parts]
CODE = [p for p in SOURCES if "tests" not in p.parts]


def rel(path):
    return str(path.relative_to(ROOT))


def test_the_nine_stations_are_the_folders():
    from pinzhi.life import STATIONS

    folders = {p.name for p in (SRC / "life").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == set(STATIONS)
    assert STATIONS[0] == "admission"
    assert STATIONS[-1] == "evaluation"


def test_every_station_says_its_question_its_law_and_its_chinese_name():
    from pinzhi.life import STATIONS

    for name in STATIONS:
        doc = ast.get_docstring(ast.parse((SRC / "life" / name / "__init__.py").read_text()))
        assert "?" in doc, name
        assert re.search(r"[\u4e00-\u9fff]{2,}", doc), name
        assert "Ends in" in doc, name


@pytest.mark.parametrize("path", SOURCES, ids=rel)
def test_files_are_under_500_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 500


def test_no_name_that_says_nothing():
    empty = {"utils", "util", "common", "helpers", "helper", "core", "misc", "manager", "extras"}
    named = [rel(p) for p in SOURCES if p.stem in empty or p.parent.name in empty]
    assert named == []


def test_no_unfinished_words_in_the_code():
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [rel(p) for p in CODE if words.search(p.read_text(encoding="utf-8"))] == []


def test_every_verb_that_is_done_stands_in_the_table():
    from pinzhi.people.roles import VERBS

    done = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
                "act",
                "may",
            ):
                done |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    assert done - set(VERBS) == set(), "done, but nobody is allowed to"


def test_stations_do_not_reach_each_other_by_the_back_doors():
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        assert "apps.get_model(" not in text, rel(path)
        assert "models.signals" not in text, rel(path)


def test_foreign_keys_into_other_rooms_leave_no_reverse_name():
    from django.apps import apps

    for model in apps.get_models():
        if not model.__module__.startswith("pinzhi."):
            continue
        for field in model._meta.get_fields():
            if (
                field.many_to_one
                and field.related_model._meta.app_label != model._meta.app_label
                and hasattr(field.remote_field, "related_name")
            ):
                assert field.remote_field.related_name == "+", f"{model.__name__}.{field.name}"


def test_the_locks_hold_no_address():
    for lock in [*(ROOT / "requirements").glob("*.txt"), *(ROOT / "ui").glob("**/package-lock.json")]:
        assert "://" not in re.sub(r'"url": "https://[^"]*"', "", lock.read_text()), f"{lock.name} holds an address"


def test_the_readme_shows_the_two_commands_in_both_languages():
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in text, name
        assert "make test" in text, name
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_schema_is_complete(db):
    from io import StringIO

    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_reference_pages_are_those_of_the_code():
    from pinzhi.doors.cli.docs import FOLDER, PAGES

    for name, page in PAGES.items():
        assert (ROOT / FOLDER / name).read_text(encoding="utf-8") == page(), f"{name} is stale: make docs"


def test_nothing_is_tracked_that_is_made_or_fetched():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    made = [
        t
        for t in tracked
        if "third_party" in t or t.endswith((".mo", ".sqlite3", ".parquet", ".pyc")) or t.startswith("var/")
    ]
    assert made == []


def test_tests_find_the_shared_data_by_the_fixture_only():
    """CI does not set the variable: a test that reads it by itself would be skipped there, which counts as failed."""
    mine = [p for p in (*SRC.rglob("tests/*.py"), *(ROOT / "tests").rglob("*.py")) if p != Path(__file__)]
    asks = "PINZHI_" + "SHARED"
    assert [p.name for p in mine if asks in p.read_text(encoding="utf-8")] == [], "take the fixture `shared`"
