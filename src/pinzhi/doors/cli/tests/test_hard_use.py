"""What a stranger tried by hand: days out of range, folders that are not there, a doctor before anything is set up."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli import main


def run(*args):
    return CliRunner().invoke(main, list(args))


@pytest.fixture
def events(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        "event_id,kind,at,listing_id,merchant_id,category\n"
        + "".join(f"e{i},sale,2026-01-{i + 1:02}T10:00:00+08:00,L1,M1,服饰\n" for i in range(28)),
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize("day", ["2027-01-29", "2099-12-31", "9999-12-31"])
def test_a_rating_long_after_the_last_event_is_refused(events, tmp_path, day):
    done = run("rating", "compute", events, "--as-of", day, "--out", str(tmp_path / "r.ndjson"), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"]["code"] == "as_of_after_events"
    assert not (tmp_path / "r.ndjson").exists()


def test_a_rating_on_the_last_day_on_which_anything_counts(events, tmp_path):
    done = run("rating", "compute", events, "--as-of", "2027-01-28", "--out", str(tmp_path / "r.ndjson"))
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "args",
    [
        ("rating", "compute", "x.csv", "--as-of", "2026-08-99", "--out", "-"),
        ("rating", "compute", "x.csv", "--as-of", "2026-08-09", "--every", "0d", "--out", "-"),
        ("law", "deadline", "--from", "2026-13-40", "--days", "3"),
        ("law", "deadline", "--from", "2026-01-01", "--working-days", "-3"),
    ],
)
def test_words_that_cannot_be_are_wrong_usage_everywhere(args):
    assert run(*args).exit_code == 2


@pytest.mark.parametrize("period", [("--months", "5"), ("--days", "900")])
def test_a_period_beyond_the_last_year_is_refused(period):
    done = run("law", "deadline", "--from", "9999-12-30", *period, "--json")
    assert (done.exit_code, json.loads(done.stdout)["refused"]["code"]) == (1, "day_not_possible")


def fresh(tmp_path, *args):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PINZHI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "pinzhi", *args],
        env=kept | {"PINZHI_HOME": str(tmp_path / "home")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_doctor_makes_nothing_and_says_where_to_begin(tmp_path):
    done = fresh(tmp_path, "doctor", "--json")
    assert done.returncode == 0, done.stderr
    found = {c["name"]: c for c in json.loads(done.stdout)}
    assert found["database"]["state"] == "missing"
    assert "pinzhi migrate" in found["database"]["remedy"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite_only
def test_a_backup_into_a_folder_that_is_not_there_is_refused(tmp_path):
    assert fresh(tmp_path, "migrate").returncode == 0
    done = fresh(tmp_path, "backup", "/nonexist/b.tar.gz")
    assert done.returncode == 1
    assert done.stderr.startswith("file_not_writable: ")
    assert "Traceback" not in done.stderr


@pytest.mark.sqlite_only
def test_a_backup_carries_the_files_and_nothing_half_written(tmp_path):
    assert fresh(tmp_path, "migrate").returncode == 0
    name = hashlib.sha256(b"a paper").hexdigest()
    home = tmp_path / "home"
    (home / "uploads" / name[:2]).mkdir(parents=True)
    (home / "uploads" / name[:2] / name).write_bytes(b"a paper")
    (home / "uploads" / ".new-1").write_bytes(b"a pa")
    assert fresh(tmp_path, "backup", "b.tar.gz").returncode == 0
    home.rename(tmp_path / "lost")
    done = fresh(tmp_path, "restore", "b.tar.gz")
    assert done.returncode == 0, done.stderr
    assert [p.name for p in (home / "uploads").rglob("*") if p.is_file()] == [name]
    assert (home / "uploads" / name[:2] / name).read_bytes() == b"a paper"
