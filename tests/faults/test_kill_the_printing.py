"""The writing of labels is killed again and again: resumed it gives the same bytes, every serial once, and the next range never meets the first."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.slow]
COUNT, VOLUMES = 250_000, 5

SET_UP = f"""
from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import giving, printing
from pinzhi.people.roles import Actor
house = Actor.system("test")
catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], house)
catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="服装", title="童装卫衣", gtin="06901234567892")], house)
catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], house)
row = giving.issue("B1", {COUNT}, house)
jobs = [printing.ask(row.pk, house, form=form, scratch=form == "csv").pk for form in ("pdf", "csv", "pdf", "csv")]
print(jobs)
"""
WRITE = "import django; django.setup()\nfrom pinzhi.life.tracing import printing\nprint(printing.write({job}))"
NEXT = f"""
from pinzhi.life.tracing import giving
from pinzhi.life.tracing.models import CodeRange
from pinzhi.people.roles import Actor
giving.issue("B1", {COUNT}, Actor.system("test"))
print([[r.first, r.count] for r in CodeRange.objects.order_by("first")])
"""


def begin(house, job):
    return subprocess.Popen(
        [sys.executable, "-c", WRITE.format(job=job)],
        env=house.env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def volumes(house, job):
    return sorted((house.home / "labels" / str(job)).glob("[0-9]*"))


def killed(house, job, there):
    """Write until a certain file exists, then SIGKILL. Gives whether it died before it was done."""
    running = begin(house, job)
    wanted = house.home / "labels" / str(job) / there
    while running.poll() is None and not wanted.exists():
        time.sleep(0.005)
    died = running.poll() is None
    if died:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    return died


def digests(house, job):
    return [(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in volumes(house, job)]


def test_labels_resumed_after_deaths_are_the_same_and_no_serial_is_there_twice(tmp_path):
    house = Installation(tmp_path / "home")
    house.home.mkdir()
    house.command("migrate")
    pdf, table, whole_pdf, whole_table = json.loads(house.python(SET_UP))
    for job, form in ((pdf, "pdf"), (table, "csv")):
        deaths, before = 0, []
        for there in (f"0001.{form}.part", f"0002.{form}", f"0004.{form}.part"):
            deaths += killed(house, job, there)
            done = [d for d in digests(house, job) if not d[0].endswith(".part")]
            assert done[: len(before)] == before, "a volume that was there is not written again"
            before = done
        assert deaths >= 2
        assert len(before) < VOLUMES
        assert begin(house, job).communicate(timeout=280)[0].strip() == str(VOLUMES)
    for job in (whole_pdf, whole_table):
        assert begin(house, job).communicate(timeout=280)[0].strip() == str(VOLUMES)
    assert digests(house, pdf) == digests(house, whole_pdf)
    assert digests(house, table) == digests(house, whole_table)
    assert len(volumes(house, pdf)) == VOLUMES, "nothing half written is left"
    serials = set()
    for path in volumes(house, table):
        with path.open(encoding="utf-8", newline="") as rows:
            serials |= {row["serial"] for row in csv.DictReader(rows)}
    assert len(serials) == COUNT
    (first, second) = json.loads(house.python(NEXT))
    assert (first[1], second) == (COUNT, [first[0] + COUNT, COUNT])
