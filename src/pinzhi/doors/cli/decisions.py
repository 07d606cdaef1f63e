"""`pinzhi decisions`: standing, history, feed, lift, exports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import acting, rows
from pinzhi.doors.cli.django_side import installed
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Subject, Text

if TYPE_CHECKING:
    from pinzhi.decisions.models import DecisionRow
    from pinzhi.decisions.rules.dsa import DsaPolicy, Particulars

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"])


@click.group()
def command() -> None:
    """What is decided about listings, batches and merchants."""
    installed()


def _subject(text: str) -> Subject:
    try:
        return Subject.parse(text)
    except ValueError as why:
        raise RefusedError.because(
            "subject_unknown", f"{text!r} is not kind:id", "write for example listing:L1 or merchant:M1"
        ) from why


def _moment(given: datetime | None) -> datetime | None:
    from pinzhi.kernel.clock import SHANGHAI

    return given.replace(tzinfo=SHANGHAI) if given is not None and given.tzinfo is None else given


@command.command()
@click.argument("subject")
@click.option("--at", type=_MOMENT, help="The moment asked about; a day means its first second in China.")
@click.option("--governed-by", multiple=True, metavar="KIND:ID", help="Merchant, batch, category it belongs to.")
@rows.polite
def standing(subject: str, at: datetime | None, governed_by: tuple[str, ...]) -> rows.Answer:
    """What holds for KIND:ID, and which decisions make it so."""
    from pinzhi.decisions import queries
    from pinzhi.decisions.contracts import standing_document

    found = queries.standing(_subject(subject), _moment(at), governing=[_subject(g) for g in governed_by])
    said = ", ".join(f"{d.effect} ({d.id})" for d in found.in_force) or "nothing decided"
    return rows.Answer(standing_document(found), f"{subject}: {found.state} · {said}")


@command.command()
@click.argument("subject")
@rows.polite
def history(subject: str) -> rows.Answer:
    """Every decision ever taken about KIND:ID, newest first."""
    from pinzhi.decisions import queries

    found = [_document(row) for row in queries.history(_subject(subject))]
    lines = [
        f"{d['decided_at'][:19]}  {d['effect']:11} {d['id']}" + ("  lifted" if d["lifted_at"] else "") for d in found
    ]
    return rows.Answer(found, "\n".join(lines) or "nothing decided")


@command.command()
@click.argument("decision")
@rows.polite
def show(decision: str) -> rows.Answer:
    """One decision with its reasons."""
    from pinzhi.decisions import queries

    row = queries.find(decision)
    if row is None:
        raise RefusedError.because("decision_unknown", f"there is no decision {decision!r}", "check the id")
    record = queries.record(row)
    lines = [f"{record.subject} · {record.effect} · {record.decided_by} · {record.policy}"]
    lines += [f"  {r.code}: {r.sentence.zh} {r.sentence.en}" for r in record.reasons]
    return rows.Answer(_document(row), "\n".join(lines))


def _document(row: DecisionRow) -> dict[str, Any]:
    from pinzhi.decisions.queries import document

    return document(row)


@command.command()
@click.option("--after", default=0, show_default=True, help="The last cursor that you have.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@click.option("--out", default="-", show_default=True, help="File; - is standard output.")
@rows.polite
def feed(after: int, limit: int, out: str) -> rows.Answer:
    """What was issued and lifted after a cursor, in order: one JSON object per step."""
    from pinzhi.decisions import queries
    from pinzhi.decisions.contracts import step_document

    steps = queries.steps(after, limit)
    rows.write_rows(out, (step_document(s) for s in steps))
    last = steps[-1].cursor if steps else after
    return rows.Answer({"steps": len(steps), "cursor": last}, f"{len(steps)} steps, cursor {last}", out=out)


@command.command()
@click.argument("decision")
@click.option("--why-zh", required=True, help="The reason in Chinese.")
@click.option("--why-en", required=True, help="The reason in English.")
@acting.as_person
@rows.polite
def lift(decision: str, why_zh: str, why_en: str, who: str) -> rows.Answer:
    """End a decision now."""
    from pinzhi.decisions import actions, queries
    from pinzhi.decisions.contracts import seen_digest

    row = queries.find(decision)
    seen = seen_digest(queries.record(row)) if row else ""
    done = actions.lift_by_person(decision, acting.person(who), Text(why_zh, why_en), seen)
    return rows.Answer(_document(done), f"{decision} lifted")


@command.command()
@click.option(
    "--dsa", is_flag=True, required=True, help="As statements of reasons for the EU's DSA Transparency Database."
)
@click.option("--out", required=True, help="File (.ndjson, .json …); - is standard output.")
@click.option("--from", "first", type=_MOMENT, help="Decided on or after this day (China).")
@click.option("--to", "last", type=_MOMENT, help="Decided before this day (China).")
@click.option("--territory", default="EU", show_default=True, help="EU, EEA, or country codes with commas.")
@click.option("--particulars", help="File with kind, id, content_date and optional ean13, language, terms_url.")
@click.option("--calls", is_flag=True, help="Bodies of 100 statements each, as the database takes them.")
@rows.polite
def export(
    dsa: bool,  # noqa: ARG001 - the only form so far; named so that others can follow
    out: str,
    first: datetime | None,
    last: datetime | None,
    territory: str,
    particulars: str | None,
    calls: bool,
) -> rows.Answer:
    """Write decisions for a regulator. Those that restrict nobody are left out; those that lack something are refused one by one."""
    from pinzhi.decisions import figures, queries
    from pinzhi.decisions.rules import dsa as rule

    policy = figures.dsa_policy()
    refused: list[Refusal] = []
    about = _particulars(particulars, refused)
    where = {"EU": rule.EU, "EEA": rule.EEA}.get(territory, tuple(territory.split(",")))
    decided = queries.decided(_moment(first), _moment(last))
    made = list(_statements(decided, about, policy, where, refused))
    rows.write_rows(out, rule.calls(made) if calls else made)
    figures_ = {"statements": len(made), "refused": len(refused), "territory": list(where)}
    return rows.Answer(figures_, f"{len(made)} statements", refused=refused, out=out)


def _statements(
    decided: Iterator[DecisionRow],
    about: dict[str, Particulars],
    policy: DsaPolicy,
    where: tuple[str, ...],
    refused: list[Refusal],
) -> Iterator[dict[str, Any]]:
    from dataclasses import replace

    from pinzhi.decisions import queries
    from pinzhi.decisions.rules import dsa as rule

    number = 0
    for row in decided:
        record = queries.record(row)
        if not rule.restricts(record, policy):
            continue
        number += 1
        try:
            known = about.get(str(record.subject), rule.Particulars())
            yield rule.statement(record, known, policy, territory=where)
        except RefusedError as no:
            refused.append(replace(no.refusal, line=number, reason=f"{record.id}: {no.refusal.reason}"))


def _particulars(path: str | None, refused: list[Refusal]) -> dict[str, Particulars]:
    from pinzhi.decisions.rules.dsa import Particulars

    found: dict[str, Particulars] = {}
    if path is None:
        return found
    table = rows.read_rows(path, required=("kind", "id", "content_date"))
    for line, row in table.numbered():
        try:
            day = (
                row["content_date"]
                if isinstance(row["content_date"], date)
                else date.fromisoformat(row["content_date"])
            )
            found[str(_subject(f"{row['kind']}:{row['id']}"))] = Particulars(
                day, str(row.get("ean13") or ""), str(row.get("language") or ""), str(row.get("terms_url") or "")
            )
        except (ValueError, TypeError, RefusedError):
            table.refuse(line, "content_date", "particulars_unreadable", "kind, id or date is wrong", "correct the row")
    refused.extend(table.refused)
    return found
