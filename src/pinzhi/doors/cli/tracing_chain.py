"""`pinzhi tracing capture | trace | recall`: events into the store, the history of a thing, where the goods of a batch are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pinzhi.doors.cli import rows

SHOWN = 30
"""Refused events of one file that people see; --json has the first thousand."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--all-or-nothing",
    is_flag=True,
    help="One bad event refuses its whole document (GS1-Capture-Error-Behaviour: rollback).",
)
@rows.polite
def capture(files: tuple[str, ...], all_or_nothing: bool) -> rows.Answer:
    """
    Take EPCIS documents in: each event is checked, hashed, stored once, and a leaf of the ledger.

    With --json: a list of `{file, job, accepted, duplicate, refused, errors: [{number, path, code, value, message_zh, message_en}]}`. The same document again
    stores nothing twice.
    """
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed
    from pinzhi.kernel.refusal import Refusal, RefusedError

    installed()
    from dataclasses import replace

    from pinzhi.life.tracing import capture as store

    found: list[dict[str, Any]] = []
    refused: list[Refusal] = []
    for file in files:
        try:
            job = store.capture(_bytes(file), acting.house(), rollback=all_or_nothing)
        except RefusedError as no:
            if len(files) == 1:
                raise
            refused.append(replace(no.refusal, file=file))
            continue
        found.append({"file": file, **store.document(job)})
    bad = any(d["refused"] or d["errors"] for d in found)
    return rows.Answer(found, "\n".join(map(_said, found)), refused=refused, status=rows.REFUSED if bad else rows.DONE)


def _bytes(file: str) -> bytes:
    from pinzhi.doors.cli.tracing_epcis import read_bytes

    return read_bytes(file)


def _said(d: dict[str, Any]) -> str:
    head = f"{d['file']}  {d['accepted']} stored, {d['duplicate']} known, {d['refused']} refused"
    lines = [f"  ✗ {e['path'] or '/'}  {e['message_zh']} · {e['message_en']}" for e in d["errors"][:SHOWN]]
    left = len(d["errors"]) - len(lines)
    return "\n".join([head, *lines, *([f"  … {left} more (--json)"] if left else [])])


@click.command()
@click.argument("code")
@click.option(
    "--proofs",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the proof of every event (tlog-proof).",
)
@rows.polite
def trace(code: str, proofs: Path | None) -> rows.Answer:
    """
    The history of CODE: an address on a label, an EPC, the link of a lot.

    With --json: `{thing, lot, events: [{at, type, step, disposition, place, about, of, hash, by, leaf}], made_from, inside, cold}`.
    """
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.life.tracing import cold, cold_picture, history

    found = history.of(code)
    document = history.document(found)
    chain = cold.of_history(found)
    document["cold"] = None if chain is None else {"minutes_above": chain.minutes, "said": cold_picture.said(chain).en}
    if proofs is not None:
        document["proofs"] = _prove(found, proofs)
    lines = [f"{found.uri}" + (f"  lot {found.lot}" if found.lot else "")]
    lines += [
        f"  {e['at'][:16]}  {e['step'] or e['type']:<24} {e['place'] or '-'}"
        + ("" if e["about"] == "own" else f"  ({e['about']} {e['of']})")
        for e in document["events"]
    ]
    lines += [f"  made from {m['thing']}" for m in document["made_from"]]
    lines += [f"  {cold_picture.said(chain).zh} {cold_picture.said(chain).en}"] if chain else []
    return rows.Answer(document, "\n".join(lines))


def _prove(found: Any, folder: Path) -> list[str]:
    """One file for each event: the leaf opened, with its inclusion in the newest checkpoint."""
    from pinzhi.engine import openings
    from pinzhi.kernel import clock
    from pinzhi.ledger import proofs

    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for line in found.lines:
        if line.leaf is None:
            continue
        opened = openings.open_leaf(line.leaf)
        proof = proofs.prove(opened.index, opened.what(), opened.nonce, at=clock.now())
        path = folder / f"{line.leaf}.proof.json"
        path.write_text(proof.json(), encoding="utf-8")
        names.append(str(path))
    return names


@click.command()
@click.option(
    "--batch", required=True, metavar="BATCH", help="Id of the batch, GTIN/LOT, or the Digital Link of the lot."
)
@click.option("--drill", is_flag=True, help="Rehearse: count, keep the result, tell nobody and stop nothing.")
@click.option("--reason", default="", help="What is wrong with the goods; needed without --drill.")
@click.option(
    "--level",
    type=click.Choice(["food_1", "food_2", "food_3", "product"]),
    help="Grade of a food recall, or goods of another kind; may be given later.",
)
@click.option("--plan", default="", help="What holders of the goods are to do.")
@click.option("--as", "who", metavar="USERNAME", help="The account that acts; needed without --drill.")
@rows.polite
def recall(batch: str, drill: bool, reason: str, level: str | None, plan: str, who: str | None) -> rows.Answer:
    """
    Where the goods of BATCH and of everything made from it are: the coverage table, and without --drill the recall itself.

    With --json: `{recall, drill, batch, made, sold, located, notified, returned, unaccounted, …, places, milliseconds}`.
    """
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.life.tracing import recall as station

    if drill:
        row = station.drill(batch, acting.person(who) if who else acting.house())
    else:
        if not who:
            raise click.UsageError("a recall is a person's: --as USERNAME (or rehearse it with --drill)")
        row = station.recall(batch, acting.person(who), reason, level=level or "", plan=plan)
        station.write_notices(row.pk)
    d = station.standing(row)
    table = [
        f"  {name:<12} {d[name]:>12}"
        for name in ("made", "used", "sold", "located", "under_way", "destroyed", "returned", "notified", "unaccounted")
    ]
    places = [f"    {p['count']:>10}  {p['place']}" for p in d["places"][:10]]
    head = f"{'drill' if drill else 'recall'} {row.pk}  {d['batch']}: {d['reached']} things in {d['milliseconds']} ms"
    running = [
        f"  {c['name_en']:<26} {c['state']:<8} {c.get('until') or c.get('due') or c.get('latest')}"
        + ("" if c["verified"] else "  (law not verified)")
        for c in d["clocks"]
    ]
    return rows.Answer(d, "\n".join([head, *table, *places, *running]))
