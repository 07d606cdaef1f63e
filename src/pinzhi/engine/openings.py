"""
What the leaves of the ledger commit to: opening one for a proof, and checking all of them in an audit.

The log itself holds only commitments. A fact is opened from its row; any other value by the room that keeps it, which enters an opener here when Django is
ready: `register("decision", opener)` where `opener(ref)` gives the value that was committed under that reference, or None when it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Max

from pinzhi.engine import outbox
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.ledger import store
from pinzhi.ledger.audit import Report
from pinzhi.ledger.models import Leaf

Opener = Callable[[str], object | None]
OPENERS: dict[str, Opener] = {}
PORTION = 2000


@dataclass(frozen=True, slots=True)
class Opening:
    """A leaf opened: the canonical body and the nonce that its commitment is made of."""

    index: int
    body: bytes
    nonce: bytes

    def what(self) -> Any:
        """The body as a JSON value."""
        return json.loads(self.body)


def register(kind: str, opener: Opener) -> None:
    """Enter the room that can open leaves of `kind`. The same kind twice is an error."""
    if OPENERS.setdefault(kind, opener) is not opener:
        raise ValueError(f"two rooms want to open leaves of kind {kind}")


def open_leaf(index: int) -> Opening:
    """
    Open one leaf. Raises RefusedError: `leaf_unknown`, `leaf_erased`, `leaf_not_openable` (nothing keeps its value), `leaf_changed` (what is kept is no
    longer what was committed to: run the audit).
    """
    leaf = Leaf.objects.filter(pk=index).first()
    if leaf is None:
        raise RefusedError(Refusal("leaf_unknown", f"the log has no entry {index}", "entries are counted from 0"))
    nonce = bytes(leaf.nonce)
    if not nonce:
        raise RefusedError(
            Refusal(
                "leaf_erased",
                f"what entry {index} commits to was erased",
                "the entry still counts in every proof of other entries",
            )
        )
    body = _fact_of(FactRow.objects.filter(leaf=index).first()) if leaf.kind == "fact" else _value_of(leaf)
    if body is None:
        raise RefusedError(
            Refusal(
                "leaf_not_openable",
                f"nothing on this system keeps what entry {index} ({leaf.kind}) commits to",
                "ask for another entry",
            )
        )
    if outbox.commitment(nonce, body) != bytes(leaf.commitment):
        raise RefusedError(
            Refusal(
                "leaf_changed",
                f"what is stored for entry {index} is not what was committed to",
                "run `pinzhi ledger audit`",
            )
        )
    return Opening(index, body, nonce)


def open_value(kind: str, ref: str) -> Opening:
    """Open the leaf of a value by its kind and reference, for example a decision by its id. Raises RefusedError(`leaf_unknown`) and those of `open_leaf`."""
    if not ref.isprintable():  # PostgreSQL refuses NUL in a query, and no reference has control characters
        raise RefusedError(Refusal("leaf_unknown", f"the log has no {kind} of that name", "check the id"))
    index = store.leaves_of(kind, [ref]).order_by("index").values_list("index", flat=True).first()
    if index is None:
        raise RefusedError(Refusal("leaf_unknown", f"the log has no {kind} {ref}", "check the id"))
    return open_leaf(index)


def audit_openings(report: Report) -> Report:
    """Check that every stored fact and value is what its leaf commits to, and that every leaf has one. Adds to `report`."""
    end = Leaf.objects.aggregate(last=Max("index"))["last"]
    _audit_facts(report, -1 if end is None else end)
    _audit_values(report, -1 if end is None else end)
    return report


def _fact_of(row: FactRow | None) -> bytes | None:
    if row is None:
        return None
    subject = f"{row.subject_kind}:{row.subject_id}"
    return outbox.fact_body(row.name, row.version, subject, row.payload, at=row.at, act=row.act, actor=row.actor)


def _value_of(leaf: Leaf) -> bytes | None:
    opener = OPENERS.get(leaf.kind)
    value = opener(leaf.ref) if opener else None
    return None if value is None else outbox.value_body(leaf.kind, leaf.ref, value, leaf.at)


def _audit_facts(report: Report, end: int) -> None:
    """Facts and their leaves in step: same order, same nonce, same time, and the commitment follows from the row."""
    rows = FactRow.objects.filter(leaf__lte=end).order_by("seq").iterator(chunk_size=PORTION)
    last = -1
    while portion := list(islice(rows, PORTION)):
        leaves = Leaf.objects.in_bulk([row.leaf for row in portion])
        for row in portion:
            if row.leaf <= last:
                report.find(
                    "fact_out_of_order",
                    f"FactRow {row.seq}",
                    "事实的次序与账本不一致。",
                    "The order of the facts is not that of the ledger.",
                )
            last = max(last, row.leaf)
            _audit_fact(report, row, leaves.get(row.leaf))
    known = FactRow.objects.filter(leaf__lte=end).values("leaf")
    for index in (
        Leaf.objects.filter(kind="fact", index__lte=end)
        .exclude(index__in=known)
        .order_by("index")
        .values_list("index", flat=True)[:20]
    ):
        report.find(
            "fact_missing",
            f"Leaf {index}",
            "账本中有这一条，事实表中却没有。",
            "The ledger has this entry; the table of facts does not.",
        )


def _audit_fact(report: Report, row: FactRow, leaf: Leaf | None) -> None:
    where = f"FactRow {row.seq}"
    if (
        leaf is None
        or (leaf.kind, leaf.ref) != ("fact", row.name)
        or leaf.at != row.at
        or bytes(leaf.nonce).hex() != row.nonce
    ):
        report.find(
            "leaf_changed",
            where,
            f"第 {row.leaf} 条与这一事实对不上。",
            f"Entry {row.leaf} does not belong to this fact.",
        )
        return
    if not row.nonce:
        report.erased += 1
        return
    report.opened += 1
    try:
        body = _fact_of(row)
    except (TypeError, ValueError):  # a row that was tampered with may hold what has no canonical form
        body = None
    if body is None or outbox.commitment(bytes(leaf.nonce), body) != bytes(leaf.commitment):
        report.find(
            "fact_changed",
            where,
            f"事实与账本第 {row.leaf} 条的承诺不符：被改动过。",
            f"The fact is not what entry {row.leaf} commits to: it was changed.",
        )


def _audit_values(report: Report, end: int) -> None:
    for leaf in _value_leaves(end):
        where = f"Leaf {leaf.index} ({leaf.kind} {leaf.ref})"
        if not leaf.nonce:
            report.erased += 1
            continue
        if leaf.kind not in OPENERS:
            report.find(
                "leaf_not_openable",
                where,
                "没有任何部分保存这一条的内容。",
                "No part of this system keeps what this entry commits to.",
            )
            continue
        body = _value_of(leaf)
        report.opened += 1
        if body is None or outbox.commitment(bytes(leaf.nonce), body) != bytes(leaf.commitment):
            report.find(
                "value_changed", where, "所存内容与账本的承诺不符。", "What is stored is not what the entry commits to."
            )


def _value_leaves(end: int) -> Iterator[Leaf]:
    yield from Leaf.objects.filter(index__lte=end).exclude(kind="fact").order_by("index").iterator(chunk_size=PORTION)
