"""`pinzhi complaints export` through the command line: a file of rows, the list of fields, and what is refused."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main
from pinzhi.life.complaints.exporting import CFPB_COLUMNS, ODR_FIELDS
from pinzhi.life.complaints.tests.buyers import market, opened, person
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db


def run(*args):
    return CliRunner().invoke(main, ["complaints", "export", *args])


def test_rows_for_the_public_and_documents_for_the_authority(tmp_path):
    market()
    row = opened(contact={"phone": "13800138000"})
    public, authority = tmp_path / "rows.csv", tmp_path / "cases.ndjson"
    days = ("--from", "2026-11-23", "--to", "2026-11-23")
    done = run("--format", "cfpb", *days, "--out", str(public), "--json")
    assert (done.exit_code, json.loads(done.stdout)["complaints"]) == (0, 1)
    with public.open(encoding="utf-8-sig", newline="") as text:
        (one,) = csv.DictReader(text)
    assert (tuple(one), one["Company"]) == (CFPB_COLUMNS, "一号店")
    person("may", Role.MANAGER)
    done = run("--format", "odr12315", *days, "--out", str(authority), "--with-contact", "--as", "may")
    assert done.exit_code == 0
    document = json.loads(authority.read_text(encoding="utf-8"))
    assert (document["number"], document["contact"]) == (row.receipt, {"phone": "13800138000"})


def test_what_is_refused_leaves_no_file(tmp_path):
    person("ada", Role.COMPLAINT_AGENT)
    out = tmp_path / "x.json"
    days = ("--from", "2026-11-23", "--to", "2026-11-23", "--out", str(out))
    assert run("--format", "odr12315", *days, "--with-contact").exit_code == 2
    assert run("--format", "odr12315", *days, "--as", "ada").exit_code == 1
    assert run("--format", "cfpb", "--out", str(out)).exit_code == 2
    assert not out.exists()


def test_the_fields_are_documented():
    listed = json.loads(run("--format", "odr12315", "--fields", "--json").stdout)
    assert [x["field"] for x in listed] == [f.name for f in ODR_FIELDS]
    assert all(x["zh"] and x["en"] for x in listed)
