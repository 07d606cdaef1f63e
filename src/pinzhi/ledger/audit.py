"""
The full audit: recompute every leaf's place, every tile, every root ever signed, from nothing but the stored rows and public keys. Pure.

The auditor believes no stored hash. He walks the leaves in order, builds the tree anew, and compares it with the tiles, with the edge that new checkpoints
would be signed from, with each checkpoint that was signed, and with older checkpoints that he or somebody else has kept. The last is what finds a log that was
rewritten together with its tables and keys. What a leaf commits to is checked where the things themselves are kept (`engine.openings`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.ledger import tiles, tree
from pinzhi.ledger.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from pinzhi.ledger.tree import Edge

MAX_FINDINGS = 200
PORTION = 1 << 14


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be. `where` names the row, `code` is stable."""

    code: str
    where: str
    sentence: Text

    def row(self) -> dict[str, str]:
        """As JSON values."""
        return {"code": self.code, "where": self.where, "zh": self.sentence.zh, "en": self.sentence.en}


@dataclass(frozen=True, slots=True)
class StoredLog:
    """
    What the auditor is given. Every iterable is in the order of its index.

    `size` is the number of leaves that the log says it has, `covered` and `edge` what the tiles say they cover; `tiles(level)` gives (index, hashes) and
    `tile_count` how many tiles there are on all levels; `checkpoints` are (size, root, note) as stored.
    """

    origin: str
    size: int
    leaves: Iterable[tuple[int, bytes]]
    covered: int
    edge: bytes
    tiles: Callable[[int], Iterator[tuple[int, bytes]]]
    tile_count: int
    checkpoints: Sequence[tuple[int, bytes, bytes]]


@dataclass(slots=True)
class Report:
    """What the audit found: the recomputed size and root, how many checkpoints and openings were looked at, how many openings are erased."""

    size: int = 0
    root: bytes = tree.EMPTY_ROOT
    checkpoints: int = 0
    opened: int = 0
    erased: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def find(self, code: str, where: str, zh: str, en: str) -> None:
        """Note something; after `MAX_FINDINGS` the rest is no longer listed (the log is broken either way)."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(code, where, Text(zh, en)))


def audit(log: StoredLog, keys: Sequence[VerifierKey], older: Sequence[Checkpoint] = ()) -> Report:
    """Audit a stored log. `keys` are the log's public keys; `older` checkpoints that were kept elsewhere and whose signatures are verified already."""
    report = Report()
    walk = _Walk(log, report)
    marks = {c.size for c in older} | {size for size, _, _ in log.checkpoints} | {log.covered, log.size}
    roots = walk.through(sorted(m for m in marks if m >= 0))
    report.size, report.root = walk.edge.size, walk.edge.root()
    if walk.edge.size != log.size:
        report.find(
            "size_wrong",
            "TreeHead",
            f"日志自称有 {log.size} 条，实有 {walk.edge.size} 条。",
            f"The log says that it has {log.size} leaves; there are {walk.edge.size}.",
        )
    _audit_checkpoints(log, keys, roots, report)
    for old in older:
        _audit_older(log, old, roots, report)
    return report


class _Walk:
    """The walk over leaves and tiles in step."""

    def __init__(self, log: StoredLog, report: Report) -> None:
        self.log, self.report = log, report
        self.edge = Edge()
        self.partial: dict[int, bytes] = {}
        self.stored = [log.tiles(level) for level in range(tiles.MAX_LEVEL + 1)]
        self.seen_tiles = 0

    def through(self, marks: list[int]) -> dict[int, bytes]:
        """Walk all leaves; gives the roots at `marks` that were reached."""
        roots = {0: tree.EMPTY_ROOT}
        leaves = self._checked(self.log.leaves)
        if self.log.covered <= 0:
            self._end_of_tiles()
        for mark in [m for m in marks if m > 0]:
            while self.edge.size < mark and (portion := list(islice(leaves, min(PORTION, mark - self.edge.size)))):
                self._append(portion)
            if self.edge.size == mark:
                roots[mark] = self.edge.root()
            if mark == self.log.covered:
                self._end_of_tiles()
        while portion := list(islice(leaves, PORTION)):
            self._append(portion)
        if self.edge.size < self.log.covered:
            self._end_of_tiles()
        return roots

    def _checked(self, rows: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
        """Leaf hashes as long as the rows are dense and whole; the first gap ends the walk, because nothing after it has a place."""
        for want, (index, commitment) in enumerate(rows):
            if index != want:
                self.report.find(
                    "leaf_missing",
                    f"Leaf {want}",
                    f"缺少第 {want} 条，下一条是 {index}。",
                    f"Leaf {want} is missing; the next one is {index}.",
                )
                return
            if len(commitment) != tree.HASH_BYTES:
                self.report.find(
                    "leaf_damaged",
                    f"Leaf {index}",
                    f"第 {index} 条不是 32 字节的承诺值。",
                    f"Leaf {index} is not a commitment of 32 bytes.",
                )
                return
            yield tree.leaf_hash(commitment)

    def _append(self, hashes: list[bytes]) -> None:
        if self.edge.size >= self.log.covered:
            self.edge = self.edge.append(hashes)
            return
        grown = tiles.grow(self.edge, self.partial, hashes)
        self.edge = grown.edge
        for (level, index), row in sorted(grown.tiles.items()):
            if len(row) == tiles.FULL:
                self._compare(level, index, row)
                self.partial.pop(level, None)
        self.partial.update({level: row for (level, _), row in grown.tiles.items() if len(row) < tiles.FULL})

    def _compare(self, level: int, index: int, row: bytes) -> None:
        found = next(self.stored[level], None)
        where = f"Tile {level}/{index}"
        self.seen_tiles += found is not None
        if found is None or found[0] != index:
            self.report.find("tile_missing", where, "缺少这一块哈希。", "This tile of hashes is missing.")
        elif found[1] != row:
            longer = found[1].startswith(row)
            self.report.find(
                "tile_surplus" if longer else "tile_changed",
                where,
                "这一块比日志多出哈希。" if longer else "这一块的哈希与各条记录不符。",
                "This tile has more hashes than the log."
                if longer
                else "The hashes of this tile do not follow from the leaves.",
            )

    def _end_of_tiles(self) -> None:
        """The partial tiles, what is left over, and the edge that the next checkpoint would be signed from."""
        for level, row in sorted(self.partial.items()):
            self._compare(level, tiles.hashes_at(level, self.edge.size) // tiles.WIDTH, row)
        self.partial.clear()
        if self.seen_tiles != self.log.tile_count:
            self.report.find(
                "tile_surplus",
                "Tile",
                f"应有 {self.seen_tiles} 块，实有 {self.log.tile_count} 块。",
                f"There should be {self.seen_tiles} tiles; there are {self.log.tile_count}.",
            )
        if (self.log.covered, self.log.edge) != (self.edge.size, self.edge.packed()):
            self.report.find(
                "edge_changed",
                "TileHead",
                "树的右边缘与各条记录不符。",
                "The right edge of the tree does not follow from the leaves.",
            )


def _audit_checkpoints(log: StoredLog, keys: Sequence[VerifierKey], roots: dict[int, bytes], report: Report) -> None:
    for size, root, raw in log.checkpoints:
        where = f"SignedCheckpoint {size}"
        report.checkpoints += 1
        try:
            point, _ = open_checkpoint(raw, keys)
        except RefusedError as no:
            report.find(
                "checkpoint_unsigned",
                where,
                "检查点的签名或格式不成立。",
                f"The checkpoint does not hold: {no.refusal.reason}.",
            )
            continue
        if (point.origin, point.size, point.root) != (log.origin, size, root) or point.extensions:
            report.find(
                "checkpoint_changed",
                where,
                "表中所存与所签署的不一致。",
                "What is stored beside the checkpoint is not what was signed.",
            )
        _compare_root(point, where, roots, report)


def _audit_older(log: StoredLog, old: Checkpoint, roots: dict[int, bytes], report: Report) -> None:
    where = f"older checkpoint {old.size}"
    if old.origin != log.origin:
        report.find(
            "foreign_log",
            where,
            f"这是另一本日志（{old.origin}）的检查点。",
            f"This is a checkpoint of another log ({old.origin}).",
        )
        return
    _compare_root(old, where, roots, report)


def _compare_root(point: Checkpoint, where: str, roots: dict[int, bytes], report: Report) -> None:
    """The recomputed tree must have the signed root at the signed size."""
    if point.size not in roots:
        report.find(
            "log_shrunk",
            where,
            f"曾签署 {point.size} 条，现在的日志到不了这个长度。",
            f"{point.size} leaves were signed; the log no longer reaches that size.",
        )
    elif roots[point.size] != point.root:
        report.find(
            "log_rewritten",
            where,
            f"前 {point.size} 条与曾签署的根不符：日志被改写过。",
            f"The first {point.size} leaves do not lead to the root that was signed: the log was rewritten.",
        )
