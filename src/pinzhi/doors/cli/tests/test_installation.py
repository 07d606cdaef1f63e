"""A command that needs the database, run by a stranger: on nothing, on an old schema, on a database that is not there."""

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def run(tmp_path):
    def pinzhi(*args, **env):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PINZHI_", "DJANGO_"))}
        return subprocess.run(
            [sys.executable, "-m", "pinzhi", *args],
            env=kept | {"PINZHI_HOME": str(tmp_path / "home"), **env},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return pinzhi


@pytest.mark.sqlite_only
def test_an_embedded_installation_is_made_on_the_spot(run, tmp_path):
    first = run("ledger", "checkpoint")
    assert first.returncode == 0, first.stderr
    _, size, _, blank, signature, *_ = first.stdout.splitlines()
    assert (int(size), blank) == (0, "")
    assert signature.startswith("— ")
    assert "a new installation was made" in first.stderr
    second = run("ledger", "checkpoint")
    assert second.returncode == 0
    assert "new installation" not in second.stderr


def test_asking_for_help_makes_nothing(run, tmp_path):
    assert run("ledger", "checkpoint", "--help").returncode == 0
    assert not (tmp_path / "home" / "pinzhi.sqlite3").exists()


@pytest.mark.sqlite_only
def test_an_old_schema_is_not_changed_without_being_asked(run, tmp_path):
    assert run("migrate").returncode == 0
    import sqlite3

    with sqlite3.connect(tmp_path / "home" / "pinzhi.sqlite3") as db:
        db.execute("delete from django_migrations where app = 'decisions'")
    no = run("decisions", "feed", "--json")
    assert no.returncode == 1
    assert json.loads(no.stdout)["refused"]["code"] == "schema_behind"
    assert "pinzhi migrate" in no.stderr
    assert "Traceback" not in no.stderr


def test_a_database_that_is_not_there_is_said_in_words(run):
    no = run("ledger", "checkpoint", PINZHI_DATABASE="postgresql://nobody@127.0.0.1:1/none")
    assert no.returncode == 1
    assert no.stderr.startswith("database_unreachable: ")
    assert "Traceback" not in no.stderr
