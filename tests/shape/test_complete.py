"""What must be complete before the spine is called done."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "pinzhi"
CODE = [p for p in SRC.rglob("*.py") if "migrations" not in p.parts and "tests" not in p.parts]


def test_every_verb_of_the_table_is_really_done_somewhere():
    from pinzhi.people.roles import VERBS

    text = "\n".join(p.read_text(encoding="utf-8") for p in CODE if p.name != "roles.py")
    on_cases = {f"casework.{word}" for word in re.findall(r'on_case\(\s*"(\w+)"', text)}
    assert {v for v in VERBS if v not in text} - on_cases == set(), "allowed, but never done"


def test_built_stations_have_a_chapter_in_the_right_place():
    from pinzhi.life import STATIONS

    for i, name in enumerate(STATIONS, start=1):
        if (SRC / "life" / name / "rules").is_dir():
            assert (ROOT / "docs" / "life" / f"{i:02}-{name}.md").exists(), f"{name} is built but has no chapter"


def test_the_categories_of_the_simulated_marketplace_are_in_the_evidence_matrix():
    from pinzhi.life.admission.tables import matrix
    from pinzhi.simulation.words import LINES

    assert [line.category for line in LINES if matrix().tree.find(line.category) is None] == []


def test_whatever_the_house_writes_into_the_ledger_it_can_open():
    from pinzhi.engine.openings import OPENERS

    text = "\n".join(p.read_text(encoding="utf-8") for p in CODE)
    written = set(re.findall(r'\ba\.leaf\(\s*"(\w+)"', text))
    assert len(written) >= 10
    assert written - set(OPENERS) == set(), "written, but the audit of the ledger cannot open it"
