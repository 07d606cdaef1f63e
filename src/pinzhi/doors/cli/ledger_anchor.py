"""`pinzhi ledger anchor`: write checkpoints where nobody of ours can change them, and hold every anchor against chain and ledger."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.ledger.anchoring.places import Place

LOOK = 1.0
"""Seconds between two looks while waiting for blocks."""


@click.command()
@click.option(
    "--now", is_flag=True, help="Sign the present tree and anchor it at every place, without waiting for its hour."
)
@click.option(
    "--check",
    is_flag=True,
    help="Hold every anchor against chain, time stamp and our own leaves; exit 1 when something differs.",
)
@click.option("--export", metavar="FOLDER", help="Write what somebody else needs to verify the anchors without us.")
@click.option("--deploy", metavar="PLACE", help="Make our contract on a chain (and its key, where there is none).")
@click.option(
    "--patience", default=120, show_default=True, type=click.IntRange(0, 86400), help="Seconds to wait for blocks."
)
@rows.polite
def anchor(now: bool, check: bool, export: str | None, deploy: str | None, patience: int) -> rows.Answer:
    """
    Anchors of checkpoints at the places of PINZHI_ANCHORS: contracts on chains, time-stamp authorities. Without an option, how each place stands.

    The worker anchors by itself, every hour unless the file says otherwise.
    """
    if now + check + (deploy is not None) + (export is not None) > 1:
        raise click.UsageError("one of --now, --check, --export and --deploy")
    if deploy is not None:
        return _deploy(deploy, patience)
    if export is not None:
        return _export(Path(export))
    if check:
        return _check()
    return _now(patience) if now else _standing()


def _named() -> tuple[Place, ...]:
    from pinzhi.ledger.anchoring import anchors

    found = anchors.places()
    if not found:
        raise RefusedError.because(
            "no_places",
            "no place is set where checkpoints could be anchored",
            "set PINZHI_ANCHORS; docs/reference/ledger.md",
        )
    return found


def _standing(status: int = rows.DONE) -> rows.Answer:
    from pinzhi.ledger.anchoring import anchors

    listed: list[dict[str, Any]] = []
    for place in _named():
        last, waits = anchors.rows(place).exclude(at=None).last(), anchors.under_way(place)
        listed.append(
            {
                "place": place.name,
                "anchored": anchors.describe(last) if last else None,
                "under_way": anchors.describe(waits) if waits else None,
            }
        )
    lines = []
    for one in listed:
        done, waits = one["anchored"], one["under_way"]
        lines.append(
            f"{one['place']:<20} " + (f"{done['size']} · {done['at']} · {done['root'][:16]}…" if done else "–")
        )
        if waits:
            lines.append(f"{'':<20} {waits['size']} {waits['trouble'] or '…'} {waits['reason']}".rstrip())
    return rows.Answer({"places": listed}, "\n".join(lines), status=status)


def _now(patience: int) -> rows.Answer:
    """Anchor the present tree everywhere, as far as that goes before patience ends. Exit 1 where a place does not have it yet."""
    from pinzhi.ledger import store
    from pinzhi.ledger.anchoring import anchors

    named = _named()
    if unmade := [p.name for p in named if not getattr(p, "contract", b"-")]:
        raise RefusedError.because(
            "contract_unset",
            f"the place «{unmade[0]}» has no contract yet",
            f"pinzhi ledger anchor --deploy {unmade[0]}",
        )
    target = store.checkpoint(at=clock.now()).size
    end = time.monotonic() + patience
    while True:
        anchors.anchor_due(at=clock.now(), target=target)
        lacking = [p for p in named if not anchors.rows(p).filter(size__gte=target).exclude(at=None).exists()]
        stopped = all((row := anchors.under_way(p)) is not None and row.trouble for p in lacking)
        if stopped or time.monotonic() >= end:
            return _standing(rows.REFUSED if lacking and target else rows.DONE)
        time.sleep(LOOK)


def _check() -> rows.Answer:
    from pinzhi.ledger.anchoring.comparing import compare

    _named()
    found = compare()
    document = {
        "valid": found.ok,
        "compared": found.compared,
        "under_way": found.under_way,
        "not_named": found.not_named,
        "findings": [f.row() for f in found.findings],
    }
    lines = [
        f"{found.compared} anchors compared · {found.under_way} under way · {found.not_named} at places no longer named",
        *(f"✗ {f.where} ({f.code})\n    {f.sentence.zh}\n    {f.sentence.en}" for f in found.findings),
        "✓ 锚定与账本一致 · the anchors agree with the ledger"
        if found.ok
        else f"✗ {len(found.findings)} 处问题 · findings",
    ]
    return rows.Answer(document, "\n".join(lines), status=rows.DONE if found.ok else rows.REFUSED)


def _export(folder: Path) -> rows.Answer:
    from pinzhi.ledger.anchoring import anchors

    _named()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        raise RefusedError.because("file_not_writable", f"{folder}: {why.strerror}", "choose another folder") from why
    written = []
    for name, raw in anchors.files():
        rows.write_bytes(str(folder / name), [raw])
        written.append(name)
    return rows.Answer({"folder": str(folder), "files": written}, f"{folder}: {len(written)} files")


def _deploy(name: str, patience: int) -> rows.Answer:
    from pinzhi.ledger.anchoring import anchors, making
    from pinzhi.ledger.anchoring.places import ChainPlace
    from pinzhi.ledger.anchoring.transactions import checksummed

    place = next((p for p in anchors.places() if p.name == name), None)
    if not isinstance(place, ChainPlace):
        raise RefusedError.because(
            "no_such_chain", f"the file of PINZHI_ANCHORS has no [[chain]] «{name}»", "add it, without a contract"
        )
    sent = making.begin(place)
    end = time.monotonic() + patience
    while (made := making.look(place, sent)) is None:
        if time.monotonic() >= end:
            raise RefusedError.because(
                "not_in_a_block",
                f"the transaction 0x{sent.hash.hex()} is in no block yet; it would make the contract {checksummed(sent.contract)}",
                "wait; when the contract is there, put its address into the file of PINZHI_ANCHORS",
            )
        time.sleep(LOOK)
    document = {
        "place": place.name,
        "chain_id": place.chain_id,
        "contract": checksummed(made.contract),
        "operator": checksummed(sent.operator),
        "transaction": "0x" + sent.hash.hex(),
        "block": made.block,
        "gas": made.gas,
    }
    return rows.Answer(document, f'contract = "{document["contract"]}"')
