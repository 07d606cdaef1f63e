"""`pinzhi ledger witness|monitor`: what others than the marketplace run beside it."""

from __future__ import annotations

import time
from hashlib import sha256
from pathlib import Path

import click

from pinzhi.doors.cli import rows
from pinzhi.kernel.refusal import RefusedError


@click.command()
@click.option("--folder", default="witness", show_default=True, help="Where key and memory of the witness lie.")
@click.option("--name", default="", help="Name of the witness, made at the first call: example.org/witness.")
@click.option(
    "--log", "logs", multiple=True, help="Public key of a log to cosign for, as it prints it; may be repeated."
)
@click.option(
    "--algorithm",
    type=click.Choice(["ed25519", "ml-dsa-44"]),
    help="Of the key that is made: ed25519 unless said otherwise. For a witness that has none of this algorithm yet, one more key: it then signs with each.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8100, show_default=True, help="0 takes a free one.")
@click.option("--show", is_flag=True, help="Say name, key and what was cosigned, and end.")
@rows.polite
def witness(
    folder: str, name: str, logs: tuple[str, ...], algorithm: str | None, host: str, port: int, *, show: bool
) -> rows.Answer:
    """
    Be a witness: cosign the checkpoints of the logs that only grow (c2sp.org/tlog-witness).

    Merchants, laboratories, a consumer association or the regulator each run one. It needs no database and no installation; its folder is its memory: a copy
    that is put back makes it forget, and the log will then refuse it.
    """
    from pinzhi.ledger.checkpoint import COSIGNATURE, MLDSA44
    from pinzhi.ledger.witness_server import server
    from pinzhi.ledger.witnessing import Witness

    wanted = MLDSA44 if algorithm == "ml-dsa-44" else COSIGNATURE
    mine = Witness.open(Path(folder), name, wanted)
    if algorithm is not None:
        mine = mine.with_key(wanted)
    for line in logs:
        mine.know(line)
    document = {
        "witness": mine.name,
        "keys": (public := [c.verifier.line() for c in mine.cosigners]),
        "logs": [{"log": k.name, "size": last.size if (last := mine.last(k.name)) else 0} for k in mine.logs()],
    }
    lines = [*public, *(f"  {k.name} {(p.size if (p := mine.last(k.name)) else 0)}" for k in mine.logs())]
    if show:
        return rows.Answer(document, "\n".join(lines))
    bound = server(mine, host, port)
    click.echo("\n".join([*lines, f"http://{host}:{bound.server_port}/"]), err=True)
    try:
        bound.serve_forever()
    except KeyboardInterrupt:
        bound.server_close()
    return rows.Answer(document, "")


@click.command()
@click.argument("url")
@click.option(
    "--policy", type=click.Path(exists=True, dir_okay=False), required=True, help="Whom to trust (tlog-policy)."
)
@click.option("--state", default="monitor.checkpoint", show_default=True, help="Where the last checkpoint is kept.")
@click.option("--every", type=click.FloatRange(min=1), help="Go on looking, every so many seconds.")
@rows.polite
def monitor(url: str, policy: str, state: str, every: float | None) -> rows.Answer:
    """
    Watch the log at URL (…/ledger/): has it only grown, and did it show the witnesses of the policy the same history?

    Exits 1 where a fork is found; the two signed checkpoints that prove it are kept beside the state as `<state>.fork-<n>`.
    """
    from pinzhi.ledger.trust import read_policy

    trusted, kept = read_policy(Path(policy).read_bytes()), Path(state)
    while True:
        answer = _looked(url, trusted, kept)
        if every is None or answer.status != rows.DONE:
            return answer
        click.echo(answer.line, err=True)
        time.sleep(every)


def _looked(url: str, trusted: object, kept: Path) -> rows.Answer:
    from pinzhi.ledger import monitor as watching
    from pinzhi.ledger.asking import ask
    from pinzhi.ledger.trust import TrustPolicy

    assert isinstance(trusted, TrustPolicy)

    def fetch(name: str) -> bytes:
        said = ask("GET", f"{url.rstrip('/')}/{name}")
        if said.status != 200:
            raise watching.unreachable(f"{url.rstrip('/')}/{name}")
        return said.body

    held = [("this monitor", kept.read_bytes())] if kept.exists() else []
    for origin in dict.fromkeys(k.name for k in trusted.logs):
        for name, address in trusted.urls.items():
            said = ask("GET", f"{address.rstrip('/')}/checkpoint/{sha256(origin.encode()).hexdigest()}")
            if said.status == 200:
                held.append((name, said.body))
    seen = watching.look(fetch, trusted, held)
    document = {
        "origin": seen.point.origin,
        "size": seen.point.size,
        "root": seen.point.root.hex(),
        "witnesses": list(seen.witnesses),
        "compared": [who for who, _ in held],
        "forks": [{"held_by": f.held_by, "reason": f.reason} for f in seen.forks],
    }
    if seen.forks:
        for number, fork in enumerate(seen.forks):
            Path(f"{kept}.fork-{number}").write_bytes(fork.note)
        Path(f"{kept}.fork-log").write_bytes(seen.note)
        lines = [f"✗ {f.held_by}: {f.reason}" for f in seen.forks]
        return rows.Answer(document, "\n".join(["账本出现分叉 · the log has forked", *lines]), status=rows.REFUSED)
    try:
        kept.write_bytes(seen.note)
    except OSError as why:
        raise RefusedError.because("file_not_writable", f"{kept}: {why.strerror}", "choose another file") from why
    return rows.Answer(
        document, f"✓ {seen.point.origin} {seen.point.size} · {', '.join(seen.witnesses) or 'no witness'}"
    )
