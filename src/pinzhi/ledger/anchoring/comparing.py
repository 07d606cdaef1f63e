"""
Every anchor held against what it anchors: our own leaves, computed anew, and the chain or the time stamp itself.

The chain is asked first what it has for this log at its largest size, whether or not a row of ours remembers it: that root pins every entry before it, so that
deleting rows hides nothing. A report of its own and not a part of the audit, which must be possible without any network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.ledger import tree
from pinzhi.ledger.anchoring import anchors, timestamp
from pinzhi.ledger.anchoring.contract import Contract, origin_hash
from pinzhi.ledger.anchoring.places import AuthorityPlace, ChainPlace, Place
from pinzhi.ledger.audit import Finding
from pinzhi.ledger.models import Anchor, Leaf

PORTION = 1 << 14


@dataclass(slots=True)
class Comparison:
    """How many anchors were held against chain or stamp, how many are under way or at places that the file no longer names, and what was found."""

    compared: int = 0
    under_way: int = 0
    not_named: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def find(self, code: str, where: str, zh: str, en: str) -> None:
        """Note something."""
        self.findings.append(Finding(code, where, Text(zh, en)))


def compare() -> Comparison:
    """Compare every anchor. Raises RefusedError only of `anchors.places`; what a place refuses is a finding."""
    found = Comparison()
    places = anchors.places()
    open_chains = {p.name: c for p in places if isinstance(p, ChainPlace) and (c := _opened(p, found)) is not None}
    every = list(Anchor.objects.order_by("place", "size").defer("token"))
    ours = _roots({row.size for row in every} | {latest for _, latest in open_chains.values()})
    for row in every:
        if ours.get(row.size) != bytes(row.root):
            now = ours[row.size].hex() if row.size in ours else ""
            found.find(
                "anchor_not_ours",
                f"{row.place} {row.size}",
                f"账本按现有条目重算，{row.size} 条时的树根为 {now or '无（条目不足）'}，与锚定记录 {bytes(row.root).hex()} 不符。",
                f"The root of {row.size} entries is now {now or 'none (there are fewer)'}, the anchor has {bytes(row.root).hex()}.",
            )
    for place in places:
        if isinstance(place, AuthorityPlace):
            _with_the_stamps(place, found)
        elif place.name in open_chains:
            _with_the_chain(place, *open_chains[place.name], ours, found)
        found.under_way += anchors.rows(place).filter(at=None).count()
    found.not_named = len(every) - sum(anchors.rows(place).count() for place in places)
    return found


def _refused(place: Place, no: RefusedError, found: Comparison) -> None:
    found.find(
        no.refusal.code, place.name, f"该位置无法核对：{no.refusal.reason}。", f"Not compared: {no.refusal.reason}."
    )


def _opened(place: ChainPlace, found: Comparison) -> tuple[Contract, int] | None:
    """The contract and the largest size that it has for this log; None where that cannot be learnt."""
    if not place.contract:
        return None
    try:
        contract = anchors.opened(place)
        return contract, contract.latest(origin_hash(settings.LEDGER_ORIGIN))
    except RefusedError as no:
        _refused(place, no, found)
        return None


def _roots(sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots at these sizes, from the leaves alone; a size beyond the leaves has none."""
    rows = Leaf.objects.order_by("index").values_list("commitment", flat=True).iterator(chunk_size=5000)
    edge, roots = tree.Edge(), {}
    for size in sorted(sizes):
        while edge.size < size:
            portion = [tree.leaf_hash(bytes(c)) for c in islice(rows, min(PORTION, size - edge.size))]
            if not portion:
                return roots
            edge = edge.append(portion)
        roots[size] = edge.root()
    return roots


def _with_the_chain(
    place: ChainPlace, contract: Contract, latest: int, ours: dict[int, bytes], found: Comparison
) -> None:
    """Every row of the place, and the largest size on the chain, against the contract."""
    origin = origin_hash(settings.LEDGER_ORIGIN)
    confirmed = dict(anchors.rows(place).exclude(at=None).values_list("size", "root"))
    waiting = dict(anchors.rows(place).filter(at=None).values_list("size", "root"))
    try:
        for size in sorted({*confirmed, *waiting, *([latest] if latest else [])}):
            there = contract.root_at(origin, size)
            mine = confirmed.get(size) or waiting.get(size) or ours.get(size)
            if there is None and size in waiting:
                continue
            found.compared += 1
            if there != (bytes(mine) if mine is not None else None):
                _tell(place, size, None if mine is None else bytes(mine), there, found)
    except RefusedError as no:
        _refused(place, no, found)


def _tell(place: ChainPlace, size: int, mine: bytes | None, there: bytes | None, found: Comparison) -> None:
    where = f"{place.name} {size}"
    if there is None:
        found.find(
            "anchor_gone",
            where,
            f"链上没有 {size} 条时的锚定；本账本记录它已确认。可能是链发生重组，或节点属于另一条链。",
            f"The chain has no anchor at {size} entries, which was confirmed before: blocks were replaced, or the node is of another chain.",
        )
    elif mine is None:
        found.find(
            "chain_ahead",
            where,
            f"链上已有 {size} 条时的锚定，本账本却没有这么多条目：数据库可能旧于锚定。",
            f"The chain has an anchor at {size} entries, this ledger has fewer: the database may be older than its anchors.",
        )
    else:
        found.find(
            "anchored_otherwise",
            where,
            f"{size} 条时链上的树根为 {there.hex()}，本账本为 {mine.hex()}：两段历史中有一段不是我们的。",
            f"At {size} entries the chain has the root {there.hex()}, this ledger {mine.hex()}: one of the two histories is not ours.",
        )


def _with_the_stamps(place: AuthorityPlace, found: Comparison) -> None:
    """Every token of the place verified again, over the checkpoint as its row has it."""
    try:
        believed = timestamp.roots(place.roots)
        for row in anchors.rows(place).exclude(at=None):
            found.compared += 1
            try:
                when = timestamp.stated(bytes(row.token), anchors.stamped_text(row), believed)
            except RefusedError as no:
                if no.refusal.code == "extra_missing":
                    raise
                found.find(
                    no.refusal.code,
                    f"{place.name} {row.size}",
                    f"时间戳不成立：{no.refusal.reason}。",
                    f"The time stamp does not hold: {no.refusal.reason}.",
                )
                continue
            if when != row.at:
                found.find(
                    "stamp_time_changed",
                    f"{place.name} {row.size}",
                    f"时间戳写明的时间为 {when.isoformat()}，记录为 {row.at.isoformat()}。",
                    f"The time stamp states {when.isoformat()}, the row {row.at.isoformat()}.",
                )
    except RefusedError as no:
        _refused(place, no, found)
