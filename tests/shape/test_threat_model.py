"""Every line of the threat model is held by a test that exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def test_every_named_test_exists():
    named = NAMED.findall((ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    missing = []
    for file, test in named:
        path = ROOT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
        if not any(isinstance(n, ast.FunctionDef) and n.name == test for n in ast.walk(tree)):
            missing.append(f"{file}::{test}")
    assert missing == []


def test_every_line_names_a_test():
    text = (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")
    lines = text.split("## Lines")[1].split("## ")[0].splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith(("| attacker", "| ---"))]
    assert rows
    assert [row for row in rows if not NAMED.search(row)] == []
