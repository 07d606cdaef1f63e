"""`pinzhi ledger checkpoint|prove|audit|policy|keys|anchor`: sign, prove, check, anchor."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.django_side import installed
from pinzhi.doors.cli.ledger_anchor import anchor
from pinzhi.doors.cli.ledger_witness import monitor, witness
from pinzhi.kernel import clock

ALONE = ("witness", "monitor")
"""Commands of others than the marketplace: they need no installation."""
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


def _bytes(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


@click.group()
@click.pass_context
def command(ctx: click.Context) -> None:
    """The proof: signed checkpoints, proofs of single entries, full audit, witnesses, anchors."""
    if ctx.invoked_subcommand not in ALONE:
        installed()


@command.command()
@rows.polite
def checkpoint() -> rows.Answer:
    """Sign the present tree and print the C2SP checkpoint. Keep it somewhere else: it is what later finds a rewritten log."""
    from pinzhi.ledger import store

    signed = store.checkpoint(at=clock.now())
    document = {
        "size": signed.size,
        "root": bytes(signed.root).hex(),
        "signed_at": signed.at.isoformat(),
        "checkpoint": signed.note,
    }
    return rows.Answer(document, signed.note.removesuffix("\n"))


@command.command()
@click.argument("entry", type=click.IntRange(min=0), required=False)
@click.option("--decision", help="Prove a decision by its id instead of an entry by its number.")
@click.option(
    "--since",
    type=_FILE,
    multiple=True,
    help="A checkpoint kept earlier: the proof also shows that the log only grew from it.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "tlog"]),
    default="json",
    show_default=True,
    help="JSON, or C2SP tlog-proof text.",
)
@click.option("--out", default="", help="Write to a file instead of standard output.")
@rows.polite
def prove(entry: int | None, decision: str | None, since: tuple[str, ...], form: str, out: str) -> rows.Answer:
    """Write the proof of one entry, to be verified anywhere with `pinzhi-verify`."""
    if (entry is None) == (decision is None):
        raise click.UsageError("name one ENTRY or one --decision")
    from pinzhi.engine import openings
    from pinzhi.ledger import proofs
    from pinzhi.ledger.checkpoint import Checkpoint, Note

    sizes = [Checkpoint.parse(Note.parse(_bytes(name)).text).size for name in since]
    opened = openings.open_value("decision", decision) if decision is not None else openings.open_leaf(entry or 0)
    proof = proofs.prove(opened.index, opened.what(), opened.nonce, at=clock.now(), since=sizes)
    text = proof.json() if form == "json" else proof.tlog()
    if out in ("", "-"):
        return rows.Answer(proof.document(), text.removesuffix("\n"))
    Path(out).write_text(text, encoding="utf-8")
    return rows.Answer({"file": out, "index": proof.index}, f"{out}: entry {proof.index}")


@command.command()
@click.option(
    "--policy", type=_FILE, help="Trusted keys (C2SP tlog-policy). Without it, this installation's own public keys."
)
@click.option("--checkpoint", "older", type=_FILE, multiple=True, help="A checkpoint kept earlier; may be repeated.")
@rows.polite
def audit(policy: str | None, older: tuple[str, ...]) -> rows.Answer:
    """
    Recompute everything: leaves, tiles, every signed root, older checkpoints, and that facts and decisions are what was committed to.

    Exits 1 when something was found.
    """
    from django.conf import settings

    from pinzhi.engine import openings
    from pinzhi.ledger import keys, proofs
    from pinzhi.ledger.trust import TrustPolicy, read_policy

    trusted = read_policy(_bytes(policy)).logs if policy else keys.verifiers(settings.LEDGER_KEYS)
    kept = [TrustPolicy(trusted).believe(_bytes(name)).point for name in older]
    report = openings.audit_openings(proofs.audit_stored(trusted, kept))
    document = {
        "valid": report.ok,
        "size": report.size,
        "root": report.root.hex(),
        "checkpoints": report.checkpoints,
        "older_checkpoints": len(kept),
        "opened": report.opened,
        "erased": report.erased,
        "findings": [f.row() for f in report.findings],
    }
    counted = (
        f"{report.size} entries · root {report.root.hex()[:16]}… · {report.checkpoints} checkpoints"
        f" · {len(kept)} older ones · {report.opened} opened · {report.erased} erased"
    )
    lines = [
        counted,
        *(f"✗ {f.where} ({f.code})\n    {f.sentence.zh}\n    {f.sentence.en}" for f in report.findings),
        "✓ 账本完整 · the ledger is whole" if report.ok else f"✗ {len(report.findings)} 处问题 · findings",
    ]
    return rows.Answer(document, "\n".join(lines), status=rows.DONE if report.ok else rows.REFUSED)


@command.command()
@click.option("--all", "every", is_flag=True, help="Also keys that are retired, for proofs signed before a rotation.")
@rows.polite
def policy(every: bool) -> rows.Answer:
    """Print the trust policy to hand to whoever verifies: this log's public keys, its witnesses and their quorum."""
    from django.conf import settings

    from pinzhi.ledger import cosigning, keys, store
    from pinzhi.ledger.trust import write_policy

    signing = keys.signers(settings.LEDGER_KEYS, settings.LEDGER_ORIGIN, may_create=store.latest() is None)
    logs = keys.verifiers(settings.LEDGER_KEYS) if every else tuple(k.verifier for k in signing)
    text = write_policy(logs, cosigning.witnesses())
    return rows.Answer({"policy": text, "logs": [k.line() for k in logs]}, text.removesuffix("\n"))


@command.command()
@rows.polite
def cosign() -> rows.Answer:
    """Ask the witnesses (PINZHI_WITNESSES) to cosign the newest checkpoint, and say how each of them stands. The worker does it by itself."""
    from pinzhi.ledger import cosigning
    from pinzhi.ledger.models import WitnessHead

    new = cosigning.cosign_newest(at=clock.now())
    heads = [
        {"witness": h.name, "size": h.size, "at": h.at.isoformat() if h.at else "", "trouble": h.trouble}
        for h in WitnessHead.objects.order_by("name")
    ]
    lines = [f"{h['witness']:<24} {h['size']:>10} {h['at']} {h['trouble']}" for h in heads]
    return rows.Answer({"new": new, "witnesses": heads}, "\n".join(lines) or "no witness is set")


@command.command(name="keys")
@click.option("--rotate", is_flag=True, help="Add a key; from now on both sign.")
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "ml-dsa-44"]),
    default="ed25519",
    show_default=True,
    help="Of the key that --rotate adds.",
)
@click.option(
    "--retire", metavar="ID", help="Delete the private half of a key, after its successor is known to everyone."
)
@rows.polite
def key_ring(rotate: bool, algorithm: str, retire: str | None) -> rows.Answer:
    """List the public keys of this log, add one, retire one."""
    from django.conf import settings

    from pinzhi.ledger import keys
    from pinzhi.ledger.checkpoint import TYPE_NAMES

    folder = settings.LEDGER_KEYS
    if rotate:
        keys.rotate(folder, settings.LEDGER_ORIGIN, TYPE_NAMES[algorithm])
    if retire is not None:
        keys.retire(folder, retire)
    known = [(key, "signing" if signs else "retired") for key, signs in keys.ring(folder)]
    listed = [{"id": key.key_id.hex(), "key": key.line(), "state": state} for key, state in known]
    lines = [f"{row['id']}  {row['state']:<8} {row['key']}" for row in listed]
    return rows.Answer({"keys": listed}, "\n".join(lines) or "no keys yet: the first checkpoint makes one")


command.add_command(anchor)
command.add_command(witness)
command.add_command(monitor)
