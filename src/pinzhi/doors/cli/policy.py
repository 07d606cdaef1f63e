"""`pinzhi policy`: the versions of every station's policy."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import acting, rows
from pinzhi.doors.cli.django_side import installed
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.decisions.models import PolicyVersion

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def command() -> None:
    """Thresholds and ladders as versions: draft, publish by two persons, compare."""
    installed()


def _document(row: PolicyVersion) -> dict[str, Any]:
    from pinzhi.decisions.policies import document

    return document(row)


def _found(version: str) -> PolicyVersion:
    from pinzhi.decisions import policies

    row = policies.find(version)
    if row is None:
        raise RefusedError.because(
            "policy_version_unknown", f"there is no version {version!r}", "see `pinzhi policy list STATION`"
        )
    return row


@command.command("list")
@click.argument("station", required=False)
@rows.polite
def list_(station: str | None) -> rows.Answer:
    """The stations, or every version of one."""
    from pinzhi.decisions import policies

    if station is None:
        held = [{"station": s, "in_force": policies.policy_in_force(s).version} for s in policies.stations()]
        return rows.Answer(held, "\n".join(h["in_force"] for h in held))
    shipped = policies.packaged(station)
    found = [_document(v) for v in policies.versions(station)]
    lines = [f"{d['number']:>4}  {d['state']:9} {d['in_force_from']}  {d['version']}" for d in found]
    return rows.Answer(
        {"packaged": shipped.version, "versions": found}, "\n".join([*lines, f"      packaged  {shipped.version}"])
    )


@command.command()
@click.argument("station")
@click.option("--at", type=_DAY, help="As it held at the end of this day in China.")
@click.option("--version", help="A certain version: its string, number or the digest's first eight letters.")
@rows.polite
def show(station: str, at: datetime | None, version: str | None) -> rows.Answer:
    """The policy that holds for STATION, or a version of it, as its file."""
    from pinzhi.decisions import policies
    from pinzhi.kernel.clock import SHANGHAI
    from pinzhi.kernel.policy import read_policy

    if version is not None:
        text = policies.text_of(version)
    else:
        moment = at.replace(hour=23, minute=59, second=59, tzinfo=SHANGHAI) if at else None
        row = policies.row_in_force(station, moment)
        text = row.text if row else policies.packaged_text(station)
    policy = read_policy(text)
    return rows.Answer(
        {"version": policy.version, "in_force_from": policy.in_force_from, "text": text},
        f"# {policy.version}\n{text.rstrip()}",
    )


@command.command()
@click.argument("old")
@click.argument("new")
@rows.polite
def diff(old: str, new: str) -> rows.Answer:
    """What differs between two versions, entry by entry."""
    from pinzhi.decisions import policies

    changes = [{"path": c.path, "old": c.old, "new": c.new} for c in policies.compare(old, new)]
    lines = [f"{c['path']}: {c['old']} → {c['new']}" for c in changes]
    return rows.Answer(changes, "\n".join(lines) or "no difference")


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--affects-merchants/--internal", required=True, help="A rule towards merchants, or an internal threshold."
)
@click.option("--major", is_flag=True, help="Many users, many provisions or important interests: 15 days of notice.")
@click.option("--note", default="", help="What changes and why.")
@click.option("--backtest", default="", help="What it would have done on history.")
@acting.as_person
@rows.polite
def draft(file: Path, affects_merchants: bool, major: bool, note: str, backtest: str, who: str) -> rows.Answer:
    """Enter FILE (TOML) as a draft."""
    from pinzhi.decisions import policies

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as why:
        raise RefusedError.because("encoding_not_utf8", f"{file.name} is not UTF-8", "save it as UTF-8") from why
    row = policies.draft(
        acting.person(who), text, affects_merchants=affects_merchants, major=major, note=note, backtest=backtest
    )
    return rows.Answer(_document(row), f"draft {row.pk}: {row.version}\ndigest to sign: {row.digest}")


@command.command()
@click.argument("version")
@click.argument("text")
@acting.as_person
@rows.polite
def backtest(version: str, text: str, who: str) -> rows.Answer:
    """Note what a draft would have done on history."""
    from pinzhi.decisions import policies

    return rows.Answer(_document(policies.note_backtest(acting.person(who), _found(version), text)), "noted")


@command.command()
@click.argument("version")
@click.option(
    "--seen", required=True, help="The digest of what you have read (`pinzhi policy draft` and `list` show it)."
)
@acting.as_person
@rows.polite
def publish(version: str, seen: str, who: str) -> rows.Answer:
    """Sign a version; the second person's signature publishes it."""
    from pinzhi.decisions import policies

    row = policies.publish(acting.person(who), _found(version), seen)
    return rows.Answer(_document(row), f"{row.version}: {row.state}, in force from {row.in_force_from}")


@command.command()
@click.argument("version")
@acting.as_person
@rows.polite
def withdraw(version: str, who: str) -> rows.Answer:
    """Give up a version that is not published."""
    from pinzhi.decisions import policies

    return rows.Answer(_document(policies.withdraw(acting.person(who), _found(version))), "withdrawn")
