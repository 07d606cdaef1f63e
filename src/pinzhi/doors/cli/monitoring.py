"""`pinzhi monitoring`: scan a file of events for what is going wrong. Needs no server and no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.life.monitoring.contracts import MonitoringPolicy, Scan, Scores

SCORE_COLUMNS = ("entity_kind", "entity_id", "stream", "day", "score")


@click.group()
def command() -> None:
    """What is going wrong, and how sure we are."""


def _names(given: str, known: tuple[str, ...], option: str) -> tuple[str, ...]:
    """A comma-separated option, checked against what there is."""
    asked = tuple(dict.fromkeys(n.strip() for n in given.split(",") if n.strip()))
    wrong = [n for n in asked if n not in known]
    if wrong or not asked:
        raise click.BadParameter(f"{wrong[0] if wrong else given!r}: choose from {', '.join(known)}", param_hint=option)
    return asked


@command.command()
@click.argument("events", nargs=-1, required=True)
@click.option("--out", required=True, help="Signals: .ndjson, .csv, .parquet, .arrow; - for standard output.")
@click.option("--scores", help="Also write the running evidence of every entity, stream and day.")
@click.option("--level", default="listing,merchant,batch,category", show_default=True, help="Levels to judge.")
@click.option(
    "--stream", default="return,review,complaint", show_default=True, help="Streams; review = bad reviews; also refund."
)
@click.option(
    "--budget", type=click.FloatRange(1e-6, 0.5), help="Share of healthy entities ever flagged [default: policy]."
)
@click.option("--policy", "policy_file", type=click.Path(exists=True, dir_okay=False), help="Another policy file.")
@click.option("--engine", type=click.Choice(["embedded", "spark"]), default="embedded", show_default=True)
@rows.polite
def scan(
    events: tuple[str, ...],
    out: str,
    scores: str | None,
    level: str,
    stream: str,
    budget: float | None,
    policy_file: str | None,
    engine: str,
) -> rows.Answer:
    """Scan EVENTS (files, - for standard input) day by day and write one signal per episode."""
    from pinzhi.life.monitoring import contracts
    from pinzhi.life.monitoring.rules.scan import scan as scan_rules

    levels, streams = _names(level, contracts.LEVELS, "--level"), _names(stream, contracts.STREAMS, "--stream")
    if engine != "embedded":
        raise RefusedError.because(
            "engine_absent", f"the engine «{engine}» is not part of this version", "use --engine embedded"
        )
    policy = _policy(policy_file)
    taken = rows.events(list(events))
    from pinzhi.engine.aggregates import tallies

    found = scan_rules(
        tallies(taken.table), policy, levels=levels, streams=streams, budget=budget, scores=scores is not None
    )
    rows.write_rows(out, signal_rows(found), columns=[f.name for f in fields(contracts.Signal)])
    if scores is not None:
        write_scores(scores, found.scores)
    return _answer(found, taken.refused, out, taken.read)


def _policy(path: str | None) -> MonitoringPolicy:
    from pathlib import Path

    import pinzhi.life.monitoring as station
    from pinzhi.kernel.policy import read_policy
    from pinzhi.life.monitoring.contracts import MonitoringPolicy

    own = Path(path) if path else Path(str(station.__file__)).parent / "policy.toml"
    return MonitoringPolicy.of(read_policy(own.read_text(encoding="utf-8")))


def _answer(found: Scan, refused: list[Refusal], out: str, read: int) -> rows.Answer:
    document = {
        "read": read,
        "refused": len(refused),
        "days": found.days,
        "entities": found.entities,
        "signals": len(found.signals),
        "expected_false": round(found.expected_false, 2),
        "thresholds": [
            {
                "entity_kind": t.entity_kind,
                "stream": t.stream,
                "evidence": round(t.value, 3),
                "fast": round(t.fast, 3),
                "source": t.source,
            }
            for t in found.thresholds
        ],
        "notes": [{"zh": zh, "en": en} for zh, en in found.notes],
    }
    line = f"{found.days} days, {found.entities} entities: {len(found.signals)} signals → {out}"
    for _, english in found.notes:
        line += f"\n{english}"
    return rows.Answer(document, line, refused=refused, out=out)


def signal_rows(found: Scan) -> Iterator[dict[str, Any]]:
    """Signals as rows of the contract: days as ISO text."""
    for one in found.signals:
        yield {f.name: (v.isoformat() if hasattr(v := getattr(one, f.name), "isoformat") else v) for f in fields(one)}


def write_scores(path: str, series: Iterable[Scores]) -> None:
    """The running evidence in columns. CSV and Parquet are written column-wise (a million rows in about a second); other types row by row."""
    import pyarrow as pa

    tables = []
    for one in series:
        ids = pa.DictionaryArray.from_arrays(pa.array(one.entity.astype("int32")), pa.array(list(one.ids), pa.string()))
        count = len(one.day)
        tables.append(
            pa.table(
                {
                    "entity_kind": pa.array([one.entity_kind] * count, pa.string()),
                    "entity_id": ids.cast(pa.string()),
                    "stream": pa.array([one.stream] * count, pa.string()),
                    "day": pa.array(one.day, pa.int32()).cast(pa.date32()),
                    "score": pa.array(one.score.round(4)),
                }
            )
        )
    if path.endswith(".csv") and tables:
        import pyarrow.csv as pa_csv

        pa_csv.write_csv(pa.concat_tables(tables), path, pa_csv.WriteOptions(quoting_style="needed"))
        return
    if path.endswith(".parquet") and tables:
        import pyarrow.parquet as pq

        pq.write_table(pa.concat_tables(tables), path)
        return
    rows.write_rows(path, (r for t in tables for b in t.to_batches() for r in _plain_rows(b)), columns=SCORE_COLUMNS)


def _plain_rows(batch: Any) -> Iterator[dict[str, Any]]:
    for row in batch.to_pylist():
        row["day"] = row["day"].isoformat()
        yield row
