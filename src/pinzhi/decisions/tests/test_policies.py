"""Policy versions: draft, two signatures, legal notice, what holds when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pinzhi.decisions import policies
from pinzhi.decisions.models import PolicyVersion
from pinzhi.decisions.rules.versions import Change, NoticePolicy, earliest_effect
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.models import Leaf
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 4, tzinfo=UTC)  # noon in Shanghai
TODAY = date(2026, 11, 25)


def person(name, role=Role.MANAGER):
    account = Account.objects.create_user(username=name, password=None)
    Grant.objects.create(account=account, role=role, given_at=NOON)
    return account.actor()


@pytest.fixture
def ann():
    return person("ann")


@pytest.fixture
def ben():
    return person("ben")


def text(name="2026-12", months=6, day=TODAY):
    base = policies.packaged_text("decisions")
    return (
        base.replace('version = "2026-11"', f'version = "{name}"')
        .replace("in_force_from = 2026-11-01", f"in_force_from = {day}")
        .replace("months = 6", f"months = {months}")
    )


def drafted(by, at=NOON, **more):
    content = more.pop("content", text(months=9))
    more = {"affects_merchants": False, "backtest": "no decision changes"} | more
    with clock.frozen_at(at):
        return policies.draft(by, content, **more)


def sign(by, row, at=NOON, seen=None):
    with clock.frozen_at(at):
        return policies.publish(by, row, seen or row.digest)


def test_without_versions_the_packaged_policy_holds():
    held = policies.policy_in_force("decisions", NOON)
    assert held == read_policy(policies.packaged_text("decisions"))
    assert "decisions" in policies.stations()


def test_two_persons_publish_and_it_holds_from_then_on(ann, ben):
    row = drafted(ann)
    assert sign(ann, row).state == "signed"
    assert not FactRow.objects.exists()
    row = sign(ben, row)
    assert row.state == "published"
    fact = FactRow.objects.get(name="PolicyPublished")
    assert fact.payload == {
        "station": "decisions",
        "policy_version": row.version,
        "digest": row.digest,
        "in_force_from": "2026-11-25",
    }
    assert Leaf.objects.filter(kind="policy", ref=row.digest).count() == 1
    assert policies.policy_in_force("decisions", NOON).version == row.version
    assert policies.policy_in_force("decisions", NOON - timedelta(seconds=1)).version != row.version


def test_the_second_person_has_neither_signed_nor_drafted(ann, ben):
    row = drafted(ann)
    sign(ben, row)
    for by in (ann, ben):
        with pytest.raises(RefusedError, match="second_person_required"):
            sign(by, row)
    assert PolicyVersion.objects.get().state == "signed"
    assert sign(person("cai"), row).state == "published"


def test_only_persons_with_the_role(ann):
    row = drafted(person("dai", Role.ANALYST))
    with pytest.raises(RefusedError, match="not_permitted"):
        sign(person("eve", Role.ANALYST), row)
    with pytest.raises(RefusedError, match="person_required"):
        sign(Actor.system("shell"), row)
    with pytest.raises(RefusedError, match="person_required"):
        drafted(Actor.system("shell"), content=text(months=12))
    assert PolicyVersion.objects.get().state == "draft"


def test_a_version_without_backtest_or_not_read_is_not_published(ann):
    row = drafted(ann, backtest=" ")
    with pytest.raises(RefusedError, match="backtest_missing"):
        sign(ann, row)
    policies.note_backtest(ann, row, "3 of 120 listings would be restricted")
    with pytest.raises(RefusedError, match="stale"):
        sign(ann, row, seen="0" * 64)
    assert sign(ann, row).state == "signed"


@pytest.mark.parametrize(
    ("major", "days", "allowed"), [(False, 7, False), (False, 8, True), (True, 15, False), (True, 16, True)]
)
def test_rules_towards_merchants_are_shown_before_they_hold(ann, ben, major, days, allowed):
    content = text(months=9, day=TODAY + timedelta(days=days))
    row = drafted(ann, affects_merchants=True, major=major, content=content)
    if not allowed:
        with pytest.raises(RefusedError, match="notice_too_short"):
            sign(ann, row)
        return
    sign(ann, row)
    assert sign(ben, row).state == "published"
    assert policies.row_in_force("decisions", NOON) is None
    assert policies.row_in_force("decisions", NOON + timedelta(days=days)).pk == row.pk


def test_the_notice_counts_from_the_second_signature(ann, ben):
    row = drafted(ann, affects_merchants=True, content=text(months=9, day=TODAY + timedelta(days=8)))
    sign(ann, row)
    with pytest.raises(RefusedError, match="notice_too_short"):
        sign(ben, row, at=NOON + timedelta(days=1))


def test_an_internal_version_cannot_hold_before_it_is_published(ann):
    row = drafted(ann, content=text(months=9, day=TODAY - timedelta(days=1)))
    with pytest.raises(RefusedError, match="effect_in_the_past"):
        sign(ann, row)


def test_the_day_begins_in_shanghai(ann, ben):
    row = drafted(ann, content=text(months=9, day=TODAY + timedelta(days=1)))
    sign(ann, row)
    sign(ben, row)
    midnight = datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert policies.row_in_force("decisions", midnight - timedelta(seconds=1)) is None
    assert policies.row_in_force("decisions", midnight).pk == row.pk


def test_what_cannot_be_read_is_not_drafted(ann):
    for content, code in (
        ("x = [", "policy_not_toml"),
        ("x = 1", "policy_head_missing"),
        (text().replace('station = "decisions"', 'station = "nowhere"'), "station_unknown"),
        (policies.packaged_text("decisions"), "policy_version_taken"),
    ):
        with pytest.raises(RefusedError, match=code):
            drafted(ann, content=content)
    assert not PolicyVersion.objects.exists()


def test_a_station_may_check_its_tables(ann, monkeypatch):
    monkeypatch.setattr(policies, "_CHECKS", {})

    def check(policy):
        raise RefusedError.because("policy_entry_type", "months", "correct it")

    policies.register_check("decisions", check)
    with pytest.raises(RefusedError, match="policy_entry_type"):
        drafted(ann)


def test_a_published_name_is_not_used_again(ann, ben):
    row = drafted(ann)
    sign(ann, row)
    sign(ben, row)
    with pytest.raises(RefusedError, match="policy_version_taken"):
        drafted(ann, content=text(months=12))


def test_a_withdrawn_version_cannot_be_published(ann):
    row = policies.withdraw(ann, drafted(ann))
    with pytest.raises(RefusedError, match="version_not_open"):
        sign(ann, row)


def test_versions_stay_readable_and_comparable(ann):
    row = drafted(ann)
    packaged = read_policy(policies.packaged_text("decisions")).version
    assert policies.text_of(row.version) == row.text
    assert policies.text_of(packaged) == policies.packaged_text("decisions")
    assert policies.compare(packaged, row.version) == (Change("appeal.months", 6, 9),)
    assert policies.find(str(row.pk)) == policies.find(row.version.partition("#")[2]) == row
    assert [v.pk for v in policies.versions("decisions")] == [row.pk]
    with pytest.raises(RefusedError, match="policy_version_unknown"):
        policies.text_of("decisions/none#00000000")


def test_the_later_of_two_published_versions_holds(ann, ben):
    for name, months, day in (("a", 7, 5), ("b", 8, 3)):
        row = drafted(ann, content=text(name, months, TODAY + timedelta(days=day)))
        sign(ann, row)
        sign(ben, row)
    assert policies.policy_in_force("decisions", NOON + timedelta(days=4)).tables["appeal"]["months"] == 8
    assert policies.policy_in_force("decisions", NOON + timedelta(days=6)).tables["appeal"]["months"] == 7


def test_earliest_effect():
    assert earliest_effect(TODAY, NoticePolicy(7, 15), affects_merchants=False, major=True) == TODAY
