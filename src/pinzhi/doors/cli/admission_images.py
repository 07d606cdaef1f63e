"""`pinzhi admission images`: which pictures of a folder are pictures of the bank, however they were edited."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows

if TYPE_CHECKING:
    from pinzhi.kernel.refusal import Refusal
    from pinzhi.life.admission.rules.pictures.bank import Bank, Match

HELD = 64
"""Unpacked pictures of the bank that are kept at hand."""
COLUMNS = ("query", "match", "score", "transform", "family")


@click.command("images")
@click.option("--bank", required=True, help="Folder of the known pictures.")
@click.option("--query", required=True, help="Folder of the pictures to look up.")
@click.option(
    "--out", required=True, help="Where the matches go: .ndjson, .csv, .json, .parquet, - for standard output."
)
@rows.polite
def images(bank: str, query: str, out: str) -> rows.Answer:
    """
    Look up every picture of --query among those of --bank.

    Each row is one find: `{query, match, score, transform, family}`. `match` names the picture of the bank that the query was made of, `score` is
    from 0.5 to 1, and `transform` says how it was edited (identity, mirror, rotate90, crop, frame, tilt, squeeze, overlay, joined by +). A look-alike
    (same design, not the same picture) has no `match`: its name stands in `family`, its score is below 0.5, and a person must look. Pictures that
    cannot be read are refused one by one.
    """
    from pinzhi.life.admission import decoding
    from pinzhi.life.admission.rules.pictures.bank import Bank, Known

    decoding.need_pictures()
    refused: list[Refusal] = []
    decoding.files(Path(query))
    known = Bank.of([Known.of(name, picture) for name, picture in decoding.pictures(Path(bank), refused)])
    counts = {"bank": len(known.known), "queries": 0, "matched": 0, "family": 0}
    written = rows.write_rows(out, _found(known, Path(bank), Path(query), refused, counts), columns=COLUMNS)
    line = (
        f"{counts['queries']} pictures against {counts['bank']}: {counts['matched']} known, "
        f"{counts['family']} only look alike → {out}"
    )
    return rows.Answer({**counts, "rows": written, "refused": len(refused)}, line, refused=refused, out=out)


def _found(
    bank: Bank, folder: Path, queries: Path, refused: list[Refusal], counts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    from pinzhi.life.admission import decoding

    @lru_cache(maxsize=HELD)
    def fetch(i: int) -> Any:
        return decoding.decode(folder / bank.known[i].name)

    for name, picture in decoding.pictures(queries, refused):
        counts["queries"] += 1
        found = bank.matches(picture, fetch)
        counts["matched"] += any(m.same for m in found)
        counts["family"] += bool(found) and not any(m.same for m in found)
        yield from (_row(name, m) for m in found)


def _row(name: str, match: Match) -> dict[str, Any]:
    same = match.name if match.same else None
    return {
        "query": name,
        "match": same,
        "score": match.score,
        "transform": match.transform,
        "family": None if match.same else match.name,
    }
