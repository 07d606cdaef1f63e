"""
Versions of every station's policy: draft, backtest, publish by two persons, in force after the legal notice.

They live beside the decisions because decisions cite them: whoever reads a decision must be able to read the policy it was taken under. A station that
has published nothing runs on the `policy.toml` that is packaged with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from django.db.models import Q

from pinzhi.decisions.models import PolicyVersion
from pinzhi.decisions.rules.statutory import lawful_notice
from pinzhi.decisions.rules.versions import Change, NoticePolicy, check_effect, differences
from pinzhi.kernel import clock
from pinzhi.kernel.facts import PolicyPublished
from pinzhi.kernel.policy import Policy, read_policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.law.tables import statutes
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

Check = Callable[[Policy], None]
_CHECKS: dict[str, Check] = {}


def register_check(station: str, check: Check) -> None:
    """A station says how its policy is read (`Policy.as_type` of every table): a draft that cannot be read is refused at once."""
    _CHECKS[station] = check


@cache
def packaged_text(station: str) -> str:
    """The `policy.toml` packaged with a station. Raises RefusedError(`station_unknown`)."""
    for room in (("life", station), (station,)):
        place = files("pinzhi").joinpath(*room, "policy.toml")
        if station.isidentifier() and place.is_file():
            return place.read_text(encoding="utf-8")
    raise RefusedError.because(
        "station_unknown", f"{station!r} has no policy", f"possible: {', '.join(stations())}", field="station"
    )


@cache
def packaged(station: str) -> Policy:
    """The policy packaged with a station."""
    return read_policy(packaged_text(station))


@lru_cache(maxsize=64)
def _read(text: str) -> Policy:
    return read_policy(text)


@cache
def stations() -> tuple[str, ...]:
    """Every room that has a policy, in the order of the names."""
    root = files("pinzhi")
    rooms = [*root.iterdir(), *root.joinpath("life").iterdir()]
    return tuple(sorted(r.name for r in rooms if r.is_dir() and r.joinpath("policy.toml").is_file()))


def policy_in_force(station: str, at: datetime | None = None) -> Policy:
    """
    The policy that holds for a station at `at` (default: now): the latest published one that has taken effect, else the packaged one.

    A version counts from its day of effect in China, and never before the moment of its publication: an act of the same morning was taken under the old one.
    """
    row = row_in_force(station, at)
    return _read(row.text) if row else packaged(station)


def row_in_force(station: str, at: datetime | None = None) -> PolicyVersion | None:
    """The published version that holds at `at`, or None when the packaged one does."""
    moment = at or clock.now()
    day = moment.astimezone(clock.SHANGHAI).date()
    return (
        PolicyVersion.objects.filter(
            station=station, state="published", in_force_from__lte=day, published_at__lte=moment
        )
        .order_by("-in_force_from", "-published_at", "-pk")
        .first()
    )


def versions(station: str) -> list[PolicyVersion]:
    """Every version ever drafted for a station, newest first."""
    return list(PolicyVersion.objects.filter(station=station).order_by("-drafted_at", "-pk"))


def find(version: str) -> PolicyVersion | None:
    """One version by its string `station/name#digest`, by its number, or by its digest's first eight letters."""
    wanted = Q(version=version) | Q(version__endswith=f"#{version}")
    if version.isascii() and version.isdigit() and len(version) < 10:
        wanted |= Q(pk=int(version))
    return PolicyVersion.objects.filter(wanted).order_by("-pk").first()


def text_of(version: str) -> str:
    """The file of a version that a decision cites, packaged ones included. Raises RefusedError(`policy_version_unknown`)."""
    row = find(version)
    if row is not None:
        return row.text
    station = version.partition("/")[0]
    if station in stations() and packaged(station).version == version:
        return packaged_text(station)
    raise _unknown(version)


def public_text(station: str, version: str) -> str:
    """The file of a published or packaged version of a station. Drafts are nobody's business outside. Raises RefusedError(`policy_version_unknown`)."""
    row = PolicyVersion.objects.filter(station=station, version=version, state="published").first()
    if row is not None:
        return row.text
    if packaged(station).version == version:
        return packaged_text(station)
    raise _unknown(version)


def compare(old: str, new: str) -> tuple[Change, ...]:
    """What differs between two versions."""
    return differences(read_policy(text_of(old)), read_policy(text_of(new)))


def draft(
    by: Actor, text: str, *, affects_merchants: bool, major: bool = False, note: str = "", backtest: str = ""
) -> PolicyVersion:
    """
    Write a draft. The file names its station, version and day of effect.

    Raises RefusedError: what `read_policy` and the station's own reading refuse, `station_unknown`, `policy_version_taken`, `person_required`.
    """
    policy = read_policy(text)
    shipped = packaged(policy.station)
    if policy.station in _CHECKS:
        _CHECKS[policy.station](policy)
    name = policy.version.partition("#")[0]
    if policy.digest == shipped.digest or PolicyVersion.objects.filter(digest=policy.digest).exists():
        raise _taken(policy.version, "is there already")
    if PolicyVersion.objects.filter(version__startswith=f"{name}#", state__in=("signed", "published")).exists():
        raise _taken(name, "is the name of another version")
    with act("policy.draft", by, subject=Subject(Kind.POLICY, policy.station)) as a:
        _person(a)
        a.note = policy.version
        return PolicyVersion.objects.create(
            station=policy.station,
            version=policy.version,
            text=text,
            digest=policy.digest,
            in_force_from=policy.in_force_from,
            affects_merchants=affects_merchants,
            major=major,
            note=note.strip(),
            backtest=backtest.strip(),
            drafted_at=a.now,
            drafted_by_id=by.account_id,
        )


def note_backtest(by: Actor, row: PolicyVersion, backtest: str) -> PolicyVersion:
    """Enter what a draft would have done on history. A version without it cannot be published."""
    with act("policy.draft", by, subject=Subject(Kind.POLICY, row.station)) as a:
        _open(row, "draft")
        row.backtest = backtest.strip()
        row.save(update_fields=["backtest"])
        a.note = row.version
    return row


def withdraw(by: Actor, row: PolicyVersion) -> PolicyVersion:
    """Give up a version that is not published yet."""
    with act("policy.draft", by, subject=Subject(Kind.POLICY, row.station)) as a:
        _open(row, "draft", "signed")
        row.state = "withdrawn"
        row.save(update_fields=["state"])
        a.note = row.version
    return row


def publish(by: Actor, row: PolicyVersion, seen: str) -> PolicyVersion:
    """
    Sign a version; the second signature publishes it. `seen` is the digest of what the person has read.

    The second person is neither the one who signed first nor the one who drafted. Raises RefusedError: `not_permitted`, `person_required`, `stale`,
    `backtest_missing`, `second_person_required`, `notice_too_short`, `effect_in_the_past`, `version_not_open`.
    """
    with act("policy.publish", by, subject=Subject(Kind.POLICY, row.station)) as a:
        _person(a)
        row = PolicyVersion.objects.select_for_update().get(pk=row.pk)
        _open(row, "draft", "signed")
        if seen != row.digest:
            raise RefusedError.because("stale", "this is not the version that was read", "read it again", field="seen")
        if not row.backtest:
            raise RefusedError.because(
                "backtest_missing",
                "nobody has noted what the version would have done on history",
                "run it on history and note the result",
                field="backtest",
            )
        _check_day(row, a.now)
        if row.state == "draft":
            row.state, row.signed_at, row.signed_by_id = "signed", a.now, by.account_id
        else:
            _second(row, by)
            row.state, row.published_at, row.published_by_id = "published", a.now, by.account_id
            _tell(a, row)
        row.save()
        a.note = f"{row.version} {row.state}"
    return row


def _tell(a: Act, row: PolicyVersion) -> None:
    a.fact(
        PolicyPublished(
            subject=Subject(Kind.POLICY, row.station),
            station=row.station,
            policy_version=row.version,
            digest=row.digest,
            in_force_from=row.in_force_from,
        )
    )
    a.leaf("policy", row.digest, {"version": row.version, "text": row.text})


def committed_policy(digest: str) -> object | None:
    """What the ledger's leaf `policy` commits to: a published version and its text. None when there is none."""
    row = PolicyVersion.objects.filter(digest=digest, state="published").order_by("pk").first()
    return None if row is None else {"version": row.version, "text": row.text}


def _check_day(row: PolicyVersion, now: datetime) -> None:
    today: date = now.astimezone(clock.SHANGHAI).date()
    notice = policy_in_force("decisions", now).as_type("notice", NoticePolicy)
    check_effect(
        row.in_force_from,
        today,
        lawful_notice(notice, today, statutes()),
        affects_merchants=row.affects_merchants,
        major=row.major,
    )


def _second(row: PolicyVersion, by: Actor) -> None:
    if by.account_id in (row.signed_by_id, row.drafted_by_id):
        raise RefusedError.because(
            "second_person_required",
            "a version is published by two persons, and the second has not drafted it",
            "let somebody else sign",
        )


def _person(a: Act) -> None:
    if a.by.account_id is None:
        raise RefusedError.because("person_required", "only a person may do this", "act as an account")


def _open(row: PolicyVersion, *states: str) -> None:
    if row.state not in states:
        raise RefusedError.because(
            "version_not_open", f"the version is {row.state}", "draft a new version", field="version"
        )


def _unknown(version: str) -> RefusedError:
    return RefusedError.because(
        "policy_version_unknown", f"there is no policy version {version!r}", "list the versions of its station"
    )


def _taken(version: str, why: str) -> RefusedError:
    return RefusedError.because(
        "policy_version_taken", f"{version} {why}", "give the draft another version name", field="policy.version"
    )


def document(row: PolicyVersion) -> dict[str, Any]:
    """A version as JSON values, without its text and without names of persons."""
    return {
        "number": row.pk,
        "station": row.station,
        "version": row.version,
        "digest": row.digest,
        "state": row.state,
        "in_force_from": row.in_force_from.isoformat(),
        "affects_merchants": row.affects_merchants,
        "major": row.major,
        "note": row.note,
        "backtest": row.backtest,
        "drafted_at": row.drafted_at.isoformat(),
        "published_at": row.published_at.isoformat() if row.published_at else None,
    }
