"""What the authority says of a complaint that was handed over: golden cases through the real steps, and what is refused."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import house, log, telling, timing, upkeep
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules import authority
from pinzhi.life.complaints.rules.clocks import CHINA
from pinzhi.life.complaints.tables import clock_rules
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, OTHER, SHOP, market, opened, person, refused
from pinzhi.people.models import Account
from pinzhi.people.roles import Role

CASES = tomllib.loads(Path(__file__).with_name("cases").joinpath("authority.toml").read_text(encoding="utf-8"))["case"]
HOUR = timedelta(hours=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.fixture
def agent(db):
    market()
    return person("ada", Role.COMPLAINT_AGENT)


def handed_over(agent, at: datetime = NOW) -> Complaint:
    row = opened(now=at - HOUR)
    house.do("hand_over", row.pk, agent, now=at)
    return referred(row, agent, at)


def referred(row: Complaint, agent, at: datetime) -> Complaint:
    """Handed to the authority as it is done: at the desk, by two persons."""
    case = cases.case(Complaint.objects.get(pk=row.pk).case_id, HOUSE, now=at)
    casework.decide(case.id, "refer", agent, seen=case.seen, reason="移送市场监管部门", now=at)
    second = Account.objects.filter(username="may").first()
    manager = second.actor() if second else person("may", Role.MANAGER)
    casework.confirm(case.id, manager, seen=case.seen, now=at)
    return Complaint.objects.get(pk=row.pk)


def mirrored(row: Complaint, at: datetime) -> list[dict[str, Any]]:
    return sorted(
        (
            {
                "clock": c.name,
                "last": (c.due.latest.astimezone(CHINA) - timedelta(seconds=1)).date(),
                "standing": c.standing.value,
            }
            for c in timing.of(row, at)
            if c.name in authority.MIRRORED
        ),
        key=lambda one: one["clock"],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_the_times_of_the_authority(case, agent):
    row = handed_over(agent, moment(case["handed_over"]))
    for one in case.get("said", ()):
        house.heard(row.pk, one["said"], agent, now=moment(one["at"]))
    if leaves := case.get("leaves"):
        house.do(leaves["verb"], row.pk, agent, words="见说明", now=moment(leaves["at"]))
    row = Complaint.objects.get(pk=row.pk)
    assert mirrored(row, moment(case["now"])) == sorted(case["expect"], key=lambda one: one["clock"])
    assert log.faults(row) == []


def test_a_late_authority_is_nobodys_broken_promise(agent):
    row = handed_over(agent)
    before = FactRow.objects.filter(name="PromiseBroken").count()
    assert row.next_clock == "regulator_accepts"
    upkeep.tick(row.next_due + HOUR)
    row.refresh_from_db()
    assert (row.broken, row.state, row.next_due) == (0, "escalated", None)
    assert FactRow.objects.filter(name="PromiseBroken").count() == before


def test_what_it_said_stands_in_the_log_of_both_sides(agent):
    row = handed_over(agent)
    house.heard(row.pk, "accepted", agent, authority="海淀区市场监管局", words="编号 1", now=NOW + HOUR)
    line = telling.story(row)[-1]
    assert (line.what.zh, line.words, line.side.value) == (
        "监管部门决定受理（海淀区市场监管局）",
        "编号 1",
        "outside",
    )
    row.refresh_from_db()
    assert (row.state, row.next_clock) == ("escalated", "mediation")


@pytest.mark.parametrize(
    ("before", "word", "code"),
    [
        ((), "ended", "saying_out_of_order"),
        ((), "tested", "saying_out_of_order"),
        (("refused",), "accepted", "saying_out_of_order"),
        (("accepted",), "told", "saying_out_of_order"),
        ((), "perhaps", "saying_unknown"),
    ],
)
def test_what_cannot_have_been_said_is_refused_and_does_nothing(agent, before, word, code):
    row = handed_over(agent)
    for one in before:
        house.heard(row.pk, one, agent, now=NOW)
    steps = Complaint.objects.get(pk=row.pk).steps
    refused(code, house.heard, row.pk, word, agent, now=NOW)
    assert Complaint.objects.get(pk=row.pk).steps == steps


def test_only_the_house_and_only_of_what_lies_there(agent):
    row = opened()
    refused("not_handed_over", house.heard, row.pk, "accepted", agent, now=NOW)
    for by in (SHOP, OTHER):
        refused("not_permitted", house.heard, row.pk, "accepted", by, now=NOW)
    refused("complaint_unknown", house.heard, "0" * 32, "accepted", agent, now=NOW)
    assert row.log.count() == 1


def test_the_end_ends_what_nobody_wrote_down(agent):
    row = handed_over(agent)
    house.heard(row.pk, "accepted", agent, now=NOW)
    house.heard(row.pk, "testing", agent, now=NOW + HOUR)
    house.do("end", row.pk, agent, words="调解成功", now=NOW + 2 * HOUR)
    row.refresh_from_db()
    assert (row.state, row.closed_as) == ("closed", "authority")
    assert [c for c in timing.of(row, NOW + 100 * 24 * HOUR) if c.name in authority.MIRRORED and c.open] == []
    assert all(p.end is not None for c in timing.of(row, NOW + 3 * HOUR) for p in c.paused)


def test_handed_over_again_it_begins_anew(agent):
    row = handed_over(agent)
    house.heard(row.pk, "refused", agent, now=NOW)
    house.do("take_back", row.pk, agent, words="补充材料", now=NOW + HOUR)
    referred(row, agent, NOW + 2 * HOUR)
    house.heard(row.pk, "accepted", agent, now=NOW + 3 * HOUR)
    assert [m["clock"] for m in mirrored(row, NOW + 4 * HOUR)] == [
        "mediation",
        "regulator_accepts",
        "regulator_accepts",
    ]


@given(st.lists(st.sampled_from(sorted(authority.SAYINGS)), max_size=8))
def test_whatever_is_said_leaves_nothing_running_at_the_laboratory(words):
    said: tuple[str, ...] = ()
    kinds: list[str] = []
    for word in words:
        try:
            longer = authority.after(said, word)
        except RefusedError:
            continue
        kinds += authority.meaning(said, word)
        said = longer
    kinds += authority.leaving(said, handled=True)
    assert kinds.count("sent_to_laboratory") == kinds.count("laboratory_reported")
    assert kinds.count("mediation_ended") == kinds.count("regulator_accepted")
    assert kinds.count("mediation_told") == kinds.count("mediation_ended")
    assert set(kinds) <= clock_rules().kinds
