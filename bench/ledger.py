"""
The ledger beside the obvious way: hash everything again. `python bench/ledger.py [LEAVES]` (default one million) prints a table.

Both sides run in this process, on the same leaves, in the same SQLite file with full durability (WAL, synchronous=FULL). The peer is what one writes in an
afternoon: keep the commitments, and compute root or proof from all of them with hashlib whenever it is asked for.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One figure beside its peer's, higher is better, in `unit`."""

    what: str
    unit: str
    ours: float
    peer: float
    peer_is: str


def naive_levels(leaves: list[bytes]) -> list[list[bytes]]:
    """All levels of the tree, the odd last node carried up: the RFC 6962 root by level-wise hashing."""
    levels = [leaves]
    while len(row := levels[-1]) > 1:
        up = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        levels.append(up + row[len(up) * 2 :])
    return levels


def naive_leaves() -> list[bytes]:
    """Every leaf hash, from the table."""
    from pinzhi.ledger.models import Leaf

    rows = Leaf.objects.order_by("index").values_list("commitment", flat=True)
    return [sha256(b"\x00" + bytes(c)).digest() for c in rows.iterator(chunk_size=5000)]


def per_second(times: int, work: Any) -> float:
    """How often per second."""
    start = time.perf_counter()
    for i in range(times):
        work(i)
    return times / (time.perf_counter() - start)


def run(size: int = 1_000_000) -> list[Row]:
    """All figures. Uses the database that Django is set up with; it must be empty."""
    from django.db import connection, transaction

    from pinzhi.kernel import clock
    from pinzhi.ledger import keys, proofs, store, tree
    from pinzhi.ledger.models import Leaf

    now = clock.now()

    def put(first: int, n: int) -> None:
        with transaction.atomic():
            store.append(
                [store.NewLeaf("other", "x", sha256(b"%d" % i).digest(), b"n" * 16) for i in range(first, first + n)],
                at=now,
            )

    def plain(i: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bench_plain (commitment, nonce) VALUES (%s, %s)", [sha256(b"%d" % i).digest(), b"n" * 16]
            )

    def plain_many(i: int) -> None:
        rows = [(sha256(b"%d" % j).digest(), b"n" * 16) for j in range(i * 10_000, (i + 1) * 10_000)]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bench_plain (commitment, nonce) VALUES (%s, %s)", rows)

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_plain (id integer PRIMARY KEY, commitment blob, nonce blob)")
    out = [
        Row(
            "append, one leaf per act, durable",
            "acts/s",
            per_second(500, lambda i: put(i, 1)),
            per_second(500, plain),
            "bare INSERT, no order kept",
        )
    ]
    batches = (size - 501) // 10_000
    rate = per_second(batches, lambda i: put(500 + i * 10_000, 10_000)) * 10_000
    put(500 + batches * 10_000, size - 501 - batches * 10_000)
    out.append(
        Row(
            "append, 10,000 leaves per act",
            "leaves/s",
            rate,
            per_second(5, plain_many) * 10_000,
            "bare executemany, no order kept",
        )
    )
    start = time.perf_counter()
    store.integrate()
    integrated = (size - 1) / (time.perf_counter() - start)
    start = time.perf_counter()
    naive = naive_levels(naive_leaves())
    rehash = (size - 1) / (time.perf_counter() - start)
    out.append(Row("tiles built (once)", "leaves/s", integrated, rehash, "read and hash all, nothing kept"))
    put(size - 1, 1)
    start = time.perf_counter()
    signed = store.checkpoint(at=now)
    out.append(
        Row(
            "checkpoint after one more leaf",
            "per s",
            1 / (time.perf_counter() - start),
            rehash / size,
            "hash all again",
        )
    )
    naive = naive_levels(naive_leaves())
    assert naive[-1][0] == bytes(signed.root)
    places = [i * 7919 % size for i in range(2000)]
    cold = per_second(200, lambda i: tree.inclusion_proof(places[i], size, store.reader()))
    node = store.reader()
    per_second(2000, lambda i: tree.inclusion_proof(places[i], size, node))
    warm = per_second(2000, lambda i: tree.inclusion_proof(places[i], size, node))
    out.append(Row("inclusion proof, tiles from the database", "proofs/s", cold, rehash / size, "hash all again"))
    out.append(Row("inclusion proof, tiles in memory", "proofs/s", warm, rehash / size, "hash all again"))
    paths = [tree.inclusion_proof(p, size, node) for p in places]
    root = bytes(signed.root)
    verified = per_second(2000, lambda i: tree.verify_inclusion(places[i], size, naive[0][places[i]], paths[i], root))
    out.append(Row("inclusion proof verified", "proofs/s", verified, rehash / size, "hash all again"))
    assert Leaf.objects.count() == size
    start = time.perf_counter()
    report = proofs.audit_stored(keys.verifiers(store.settings.LEDGER_KEYS))
    assert report.ok, report.findings[:3]
    assert report.root == root
    out.append(
        Row(
            f"full audit of {size:,} leaves",
            "leaves/s",
            size / (time.perf_counter() - start),
            rehash,
            "root only, tiles unchecked",
        )
    )
    return out


def main() -> None:
    """Set up an installation of our own in a temporary folder and print the table."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="pinzhi-bench-") as home:
        os.environ.update(PINZHI_HOME=home, PINZHI_DATABASE="", DJANGO_SETTINGS_MODULE="pinzhi.site.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        for row in run(size):
            print(
                f"{row.what:<44} {row.ours:>12,.1f} {row.unit:<9} peer {row.peer:>12,.2f}  x{row.ours / row.peer:,.1f}  ({row.peer_is})"
            )
        print(
            f"database {sum(p.stat().st_size for p in Path(home).glob('pinzhi.sqlite3*')) / 1e6:,.0f} MB for {size:,} leaves"
        )


if __name__ == "__main__":
    main()
