"""`pinzhi tracing clones`: which codes are copied, from a file of scans and sales."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from pinzhi.doors.cli import rows


@click.command()
@click.argument("scans", nargs=-1, required=True)
@click.option("--out", required=True, help="Copied codes: .ndjson, .csv, .parquet, .arrow; - for standard output.")
@rows.polite
def clones(scans: tuple[str, ...], out: str) -> rows.Answer:
    """
    Read SCANS (events of the kinds `scan` and `sale` with `code`, `region`, `buyer_id`, `batch_id`) and write every code that is taken for copied, once.

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

    from pinzhi.life.tracing.rules.clones import CloneWatch, Seen

    kept = table.filter(pc.and_kleene(pc.is_in(table["kind"], pa.array(["scan", "sale"])), pc.is_valid(table["code"])))
    kept = kept.sort_by([("at", "ascending"), ("event_id", "ascending")])
    counted["events"], counted["passed_over"] = kept.num_rows, table.num_rows - kept.num_rows
    watch = CloneWatch()
    for batch in kept.select(["code", "at", "kind", "buyer_id", "region", "batch_id"]).to_batches(max_chunksize=65536):
        for code, at, kind, buyer, region, lot in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            found = watch.take(Seen(code, at, kind == "sale", buyer or "", region or "", lot or ""))
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
