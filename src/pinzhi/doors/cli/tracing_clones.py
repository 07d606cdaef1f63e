"""`pinzhi tracing clones`: which codes are copied, from a file of scans and sales."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows

if TYPE_CHECKING:
    from pinzhi.life.tracing.rules.policy import TracingPolicy

_TYPED = frozenset({"owned", "again", "wrong"})


@click.command()
@click.argument("scans", nargs=-1, required=True)
@click.option("--out", required=True, help="Copied codes: .ndjson, .csv, .parquet, .arrow; - for standard output.")
@rows.polite
def clones(scans: tuple[str, ...], out: str) -> rows.Answer:
    """
    Read SCANS (events of the kinds `scan` and `sale` with `code`, `region`, `buyer_id`, `batch_id`) and write every code that is taken for copied, once.

    A `delivery` with a `batch_id` says that pieces of the batch went into its `region`; one without a region, that nobody knows where some went. A `scan`
    whose `reason` is `owned`, `again` or `wrong` is a covered code that was typed: right, right once more, wrong. Without either nothing is said of them.

    Each row: `{code, raised_at, scans, evidence, text_zh, text_en}`. Only what was known at `raised_at` counts. Events are taken in the order of time; other
    kinds and events without a code are passed over and counted.
    """
    taken = rows.events(scans)
    counted = {"events": 0, "passed_over": 0, "raised": 0}
    written = rows.write_rows(
        out, _raised(taken.table, counted), columns=["code", "raised_at", "scans", "evidence", "text_zh", "text_en"]
    )
    counted["raised"] = written
    line = f"{written} copied codes among {counted['events']} scans and sales → {out}"
    return rows.Answer(counted, line, refused=taken.refused, out=out)


def _raised(table: Any, counted: dict[str, int]) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from pinzhi.life.tracing.rules.clones import CloneRules, CloneWatch, Seen
    from pinzhi.life.tracing.rules.clones_further import Covered

    coded = pc.and_kleene(pc.is_in(table["kind"], pa.array(["scan", "sale"])), pc.is_valid(table["code"]))
    sent = pc.and_kleene(pc.equal(table["kind"], "delivery"), pc.is_valid(table["batch_id"]))
    kept = table.filter(pc.or_kleene(coded, sent)).sort_by([("at", "ascending"), ("event_id", "ascending")])
    deliveries = pc.sum(sent).as_py() or 0
    counted["events"], counted["passed_over"] = kept.num_rows - deliveries, table.num_rows - kept.num_rows
    if deliveries:
        counted["deliveries"] = deliveries
    watch = CloneWatch(CloneRules(further=_policy().clones))
    names = ["code", "at", "kind", "buyer_id", "region", "batch_id", "reason"]
    for batch in kept.select(names).to_batches(max_chunksize=65536):
        for code, at, kind, buyer, region, lot, why in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            if kind == "delivery":
                watch.ship(lot, region or "")
                continue
            covered = Covered(why) if kind == "scan" and why in _TYPED else None
            found = watch.take(Seen(code, at, kind == "sale", buyer or "", region or "", lot or "", covered))
            if found is not None:
                text = found.sentence()
                yield {
                    "code": found.code,
                    "raised_at": found.at,
                    "scans": found.scans,
                    "evidence": found.evidence(),
                    "text_zh": text.zh,
                    "text_en": text.en,
                }


def _policy() -> TracingPolicy:
    from pinzhi.kernel.policy import read_policy
    from pinzhi.life.tracing.rules.policy import typed_policy

    return typed_policy(read_policy(files("pinzhi.life.tracing").joinpath("policy.toml").read_text(encoding="utf-8")))
