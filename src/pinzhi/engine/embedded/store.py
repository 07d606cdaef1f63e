"""
The embedded event store: append-only, each event exactly once, durable before the answer.

    store = EventStore(settings.EVENT_STORE)
    receipt = store.append(table, source="shop-7", body_sha256=digest)
    tallies = aggregates.tallied(store.dense())

One folder holds two Delta Lake tables that any engine reads: `facts` (small integers, ids, texts; one row per event) and `names` (the dimensions). One writer
at a time, by a file lock among processes; readers need no lock. Events keep their own moment (`at`) and the moment of arrival (`arrived`), so late and
out-of-order events are welcome, and «what was known when» is a filter on arrival. An event is known by (source, event id): the 64-bit `key` finds it,
the ids themselves decide.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pinzhi.engine import aggregates
from pinzhi.engine.aggregates import Dense
from pinzhi.engine.embedded import disk
from pinzhi.engine.embedded.delta import Added, Delta
from pinzhi.engine.embedded.dimensions import DIMENSIONS, NAMES_SCHEMA, Dimensions
from pinzhi.engine.embedded.index import KeyIndex
from pinzhi.engine.embedded.known import judge
from pinzhi.engine.intake import twins
from pinzhi.engine.intake.columns import KINDS, MONEY, SOURCED_SCHEMA, TIME
from pinzhi.engine.ports import AsOf, Receipt
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError

FACTS_SCHEMA = pa.schema(
    [
        ("key", pa.int64()),
        ("source", pa.int32()),
        ("event_id", pa.string()),
        ("kind", pa.int8()),
        ("at", TIME),
        ("day", pa.date32()),
        ("arrived", TIME),
        ("listing", pa.int32()),
        ("merchant", pa.int32()),
        ("category", pa.int32()),
        ("batch", pa.int32()),
        ("quantity", pa.int32()),
        ("score", pa.int8()),
        ("amount", MONEY),
        ("order_id", pa.string()),
        ("buyer_id", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("text", pa.string()),
        ("region", pa.int32()),
        ("carrier", pa.int32()),
    ]
)
"""The fact table: `key` hashes (source, event id); `kind` is the position in KINDS; `day` is the day in China; codes point into `names`."""

ARRIVING_SCHEMA = SOURCED_SCHEMA.append(pa.field("arrived", TIME))
_PLAIN = ("event_id", "order_id", "buyer_id", "code", "reason", "text", "quantity", "score", "amount")
_DICTIONARY = [
    "kind",
    "listing",
    "merchant",
    "category",
    "batch",
    "source",
    "region",
    "carrier",
    "score",
    "quantity",
    "day",
    "reason",
]
_BOUNDED = ("day", "listing")
_KINDS = pa.array(KINDS)
COMPACT_BELOW = 2_000_000


class EventStore:
    """The store in `root`. Safe for several threads and processes; a crash at any point loses nothing acknowledged and doubles nothing."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thread = threading.RLock()
        self._facts = Delta(self.root / "facts", FACTS_SCHEMA)
        self._names = Delta(self.root / "names", NAMES_SCHEMA)
        self._sound = False
        with self._writing():
            pass

    # --- state -----------------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the writer's lock with everything known that other processes committed. After any failure all is read again."""
        with self._thread, disk.locked(self.root / "lock"):
            try:
                self._take_in()
                yield
            except BaseException:
                self._sound = False
                raise

    def _take_in(self) -> None:
        if not self._sound:
            self._reload()
            return
        added, _ = self._names.refresh()
        for file in added:
            self._dimensions.learn(pq.read_table(self._names.folder / file.path))
        added, removed = self._facts.refresh()
        if removed:
            self._reindex()
        else:
            for file in added:
                self._enter(file)

    def _reload(self) -> None:
        for delta in (self._names, self._facts):
            delta.folder.mkdir(exist_ok=True)
            delta.open()
        self._dimensions = Dimensions()
        parts = [pq.read_table(self._names.folder / f) for f in self._names.files]
        if parts:
            self._dimensions.learn(pa.concat_tables(parts))
        self._reindex()
        self._sound = True

    def _reindex(self) -> None:
        self._numbered: list[str] = []
        self._index = KeyIndex()
        for file in self._facts.files.values():
            self._enter(file)

    def _enter(self, file: Added) -> None:
        keys = pq.read_table(self._facts.folder / file.path, columns=["key"]).column(0)
        self._index.add(np.sort(np.asarray(keys).view(np.uint64)), self._number(file.path))

    def _number(self, path: str) -> int:
        self._numbered.append(path)
        return len(self._numbered) - 1

    # --- writing ---------------------------------------------------------------------------------------------------------------------------

    def append(
        self,
        table: pa.Table,
        *,
        source: str,
        body_sha256: str = "",
        now: datetime | None = None,
        lines: np.ndarray | None = None,
        file: str = "",
    ) -> Receipt:
        """See `ports.EventSink`. `lines` and `file` are named in the refusals."""
        numbers = np.arange(1, table.num_rows + 1, dtype=np.int64) if lines is None else lines
        batch = f"{source}:{body_sha256}" if body_sha256 else ""
        with self._writing():
            if batch and self._facts.knows(batch):
                return Receipt(0, table.num_rows, (), self._facts.version)
            keys = twins.keys(source, table.column("event_id"))
            table, keys, ordered, duplicate, refused = self._once(table, source, numbers, keys, file)
            if not table.num_rows:
                return Receipt(0, duplicate, tuple(refused), self._facts.version)
            moment = max(int((now or clock.now()).timestamp() * 1e6), self._facts.last_arrival + 1)
            facts = self._coded(table, source, keys, moment)
            self._commit_names(moment)
            self._commit(facts, ordered, batch, moment)
            return Receipt(table.num_rows, duplicate, tuple(refused), self._facts.version)

    def _once(
        self, table: pa.Table, source: str, lines: np.ndarray, keys: np.ndarray, file: str
    ) -> tuple[pa.Table, np.ndarray, np.ndarray, int, list[Refusal]]:
        """Leave out what is in the batch twice or in the store already: (what is left, its keys, the same sorted, duplicates, refusals)."""
        order = np.argsort(keys)
        ordered = keys[order]
        keep, duplicate, refused = twins.first_of_each(table, lines, keys, file, ordered)
        positions, numbers = self._index.find(ordered, order)
        if positions.size:
            again, conflicts = judge(table, source, positions, numbers, lines, file, self._read_numbered)
            again, conflicts = again & keep, [(p, r) for p, r in conflicts if keep[p]]
            keep &= ~again
            keep[[p for p, _ in conflicts]] = False
            duplicate += int(again.sum())
            refused += [r for _, r in conflicts]
        if keep.all():
            return table, keys, ordered, duplicate, refused
        refused.sort(key=lambda r: r.line or 0)
        return table.filter(pa.array(keep)), keys[keep], ordered[keep[order]], duplicate, refused

    def _coded(self, table: pa.Table, source: str, keys: np.ndarray, arrived: int) -> pa.Table:
        rows = table.num_rows
        at = np.asarray(table.column("at").cast(pa.int64()))
        columns: dict[str, Any] = {n: table.column(n) for n in _PLAIN}
        columns |= {d: self._dimensions.coded(d, table.column(c)) for d, c in DIMENSIONS.items() if d != "source"}
        own = int(np.asarray(self._dimensions.coded("source", pa.array([source])))[0])
        columns["source"] = pa.array(np.full(rows, own, np.int32))
        columns["key"] = pa.array(keys.view(np.int64))
        columns["kind"] = pc.index_in(table.column("kind"), _KINDS).cast(pa.int8())
        columns["at"] = table.column("at")
        columns["day"] = pa.array(aggregates.days_of(at)).cast(pa.date32())
        columns["arrived"] = pa.array(np.full(rows, arrived)).cast(TIME)
        return pa.table([columns[n] for n in FACTS_SCHEMA.names], schema=FACTS_SCHEMA)

    def _commit_names(self, moment: int) -> None:
        fresh = self._dimensions.waiting()
        if fresh.num_rows:
            self._names.commit([self._written(self._names, fresh, moment)], [], at_ms=moment // 1000)
            self._dimensions.fresh.clear()

    def _commit(self, facts: pa.Table, ordered: np.ndarray, batch: str, moment: int) -> None:
        add = self._written(self._facts, facts, moment)
        self._facts.commit([add], [], at_ms=moment // 1000, batch=batch, arrived=moment)
        self._index.add(ordered, self._number(add["path"]))

    @staticmethod
    def _written(delta: Delta, table: pa.Table, moment: int, *, dense: bool = False) -> dict[str, Any]:
        """
        Write one data file, flushed; returns its `add` action.

        A batch is written as it is (11 ms per 54,000 events; 15 with Snappy, 18 with Zstandard), what compaction writes is packed well (`dense`).
        """
        name = f"part-{uuid.uuid4()}.parquet"
        path = delta.folder / name
        pq.write_table(
            table,
            path,
            compression="zstd" if dense else "none",
            compression_level=3 if dense else None,
            use_dictionary=[n for n in _DICTIONARY if n in table.schema.names],
            write_statistics=[n for n in _BOUNDED if n in table.schema.names],
            store_schema=False,
            row_group_size=262_144,
        )
        disk.flush_file(path)
        disk.flush_folder(delta.folder)
        stats: dict[str, Any] = {"numRecords": table.num_rows}
        for column in _BOUNDED:
            if column in table.schema.names:
                both = pc.min_max(table.column(column))
                stats.setdefault("minValues", {})[column] = _plain(both["min"].as_py())
                stats.setdefault("maxValues", {})[column] = _plain(both["max"].as_py())
        return {
            "path": quote(name),
            "partitionValues": {},
            "size": path.stat().st_size,
            "modificationTime": moment // 1000,
            "stats": json.dumps(stats, separators=(",", ":")),
        }

    # --- care ------------------------------------------------------------------------------------------------------------------------------

    def compact(self, below: int = COMPACT_BELOW, now: datetime | None = None) -> int:
        """
        Merge data files of fewer than `below` rows, group by group into files of about that size, ordered by day and listing; returns how many files were
        merged. Reading and older versions go on meanwhile; a crash leaves for each group either the old files or the new one in force.
        """
        merged = 0
        with self._writing():
            for group in self._groups(below):
                parts = [pq.read_table(self._facts.folder / f.path, schema=FACTS_SCHEMA) for f in group]
                table = pa.concat_tables(parts).sort_by([(n, "ascending") for n in ("day", "listing", "key")])
                moment = int((now or clock.now()).timestamp() * 1e6)
                add = self._written(self._facts, table, moment, dense=True)
                paths = {f.path for f in group}
                self._facts.commit([add], sorted(paths), at_ms=moment // 1000, operation="OPTIMIZE")
                old = [n for n, p in enumerate(self._numbered) if p in paths]
                self._index.moved(old, self._number(add["path"]))
                merged += len(group)
        return merged

    def _groups(self, below: int) -> list[list[Added]]:
        """The small files in the order of their arrival, in groups that memory holds: each ends where it has `below` rows."""
        groups: list[list[Added]] = [[]]
        rows = 0
        for file in sorted(self._facts.files.values(), key=lambda f: f.version):
            if file.rows < below:
                groups[-1].append(file)
                rows += file.rows
            if rows >= below:
                groups.append([])
                rows = 0
        return [g for g in groups if len(g) > 1]

    def vacuum(self, keep_hours: int = 168) -> int:
        """Delete data files that no version of the last `keep_hours` needs; returns how many."""
        with self._writing():
            return len(self._facts.vacuum(keep_hours)) + len(self._names.vacuum(keep_hours))

    def refresh(self) -> int:
        """See what other processes committed; returns the newest version."""
        with self._writing():
            return self._facts.version

    # --- reading ---------------------------------------------------------------------------------------------------------------------------

    def version(self) -> int:
        """The newest version known here (`refresh` asks the disk); 0 is the empty table."""
        return self._facts.version

    def count(self, as_of: AsOf = None) -> int:
        """How many distinct events were known."""
        return sum(t.num_rows for t in self._tables(["arrived"], as_of))

    def rows(self) -> int:
        """How many distinct events are in force, as far as known here; nothing is read for it."""
        return sum(f.rows for f in self._facts.files.values())

    def names(self, dimension: str) -> pa.Array:
        """The names of a dimension; position = the code that the facts carry."""
        return self._dimensions.of[dimension].names

    def last_arrival(self) -> datetime | None:
        """When the newest batch arrived."""
        micros = self._facts.last_arrival
        return datetime.fromtimestamp(micros / 1e6, UTC) if micros else None

    def paths(self, as_of: AsOf = None) -> list[Path]:
        """The data files in force: what another engine reads. Raises RefusedError where an old version's files are gone."""
        if not isinstance(as_of, int):
            self.refresh()
            return [self._facts.folder / p for p in self._facts.files]
        try:
            found = [self._facts.folder / p for p in self._facts.paths_at(as_of)]
            if missing := [p for p in found if not p.exists()]:
                raise FileNotFoundError(missing[0])
        except Exception as why:
            raise RefusedError(
                Refusal(
                    "version_not_kept",
                    f"version {as_of} of the event store is not kept any more, or never was",
                    "ask by a moment instead: what had arrived by then is kept for good",
                )
            ) from why
        return found

    def since(self, version: int) -> list[Path]:
        """Data files with events that are newer than `version`, oldest first. Compacted files count as long as their entry is in the log."""
        self.refresh()
        return [
            self._facts.folder / f.path
            for f in sorted(self._facts.files.values(), key=lambda f: f.version)
            if f.version > version and f.new
        ]

    def _tables(self, columns: list[str], as_of: AsOf) -> Iterator[pa.Table]:
        schema = pa.schema([FACTS_SCHEMA.field(c) for c in columns])
        for path in self.paths(as_of):
            with pq.ParquetFile(path, memory_map=True) as file:
                if not isinstance(as_of, datetime):
                    yield file.read(columns=columns).select(columns).cast(schema)
                    continue
                table = file.read(columns=list(dict.fromkeys([*columns, "arrived"])))
            yield table.filter(pc.less_equal(table.column("arrived"), pa.scalar(as_of, TIME))).select(columns)

    def events(self, as_of: AsOf = None) -> Iterator[pa.Table]:
        """See `ports.EventReader`."""
        for table in self._tables(FACTS_SCHEMA.names, as_of):
            yield self.decoded(table)

    def about(self, dimension: str, name: str, *, kinds: Sequence[str], first: date) -> pa.Table:
        """
        The events of `kinds` since the day `first` about one `listing`, `merchant`, `category` or `batch`, as `ARRIVING_SCHEMA`, oldest first.

        Only row groups that may hold them are read; an unknown name gives an empty table. Raises KeyError for an unknown dimension, ValueError for a kind.
        """
        self.refresh()
        code = int(self._dimensions.of[dimension].find(pa.array([name]))[0])
        wanted = [
            (dimension, "==", code),
            ("kind", "in", [KINDS.index(k) for k in kinds]),
            ("day", ">=", first),
        ]
        found = [pq.read_table(p, schema=FACTS_SCHEMA, filters=wanted) for p in self.paths()] if code >= 0 else []
        facts = pa.concat_tables(found) if found else FACTS_SCHEMA.empty_table()
        return self.decoded(facts.sort_by([("at", "ascending"), ("key", "ascending")]))

    def decoded(self, facts: pa.Table) -> pa.Table:
        """Facts with their names again, as `ARRIVING_SCHEMA`."""
        of_column = {c: d for d, c in DIMENSIONS.items()}
        columns: list[Any] = []
        for field in ARRIVING_SCHEMA:
            if field.name in of_column:
                dimension = of_column[field.name]
                columns.append(self._dimensions.decoded(dimension, facts.column(dimension)))
            elif field.name == "kind":
                columns.append(pa.array(KINDS).take(facts.column("kind")))
            else:
                columns.append(facts.column(field.name))
        return pa.table(columns, schema=ARRIVING_SCHEMA)

    def _read_numbered(self, number: int) -> tuple[pa.Table, Any]:
        return pq.read_table(self._facts.folder / self._numbered[number], schema=FACTS_SCHEMA), self.decoded

    def dense(self, as_of: AsOf = None) -> Dense:
        """See `ports.WindowQuery`."""
        columns = ["key", "source", "kind", "at", "day", "listing", "merchant", "category", "batch"]
        columns += ["quantity", "score", "order_id", "buyer_id"]
        parts = list(self._tables(columns, as_of)) or [FACTS_SCHEMA.empty_table().select(columns)]
        return self.as_dense(pa.concat_tables(parts))

    def as_dense(self, facts: pa.Table) -> Dense:
        """Facts in the form that the statements read, with codes in the order of names."""
        names: dict[str, tuple[str, ...]] = {}
        codes: dict[str, np.ndarray] = {}
        for dimension in ("source", "listing", "merchant", "category", "batch"):
            raw = np.asarray(pc.fill_null(facts.column(dimension), -1))
            names[dimension], codes[dimension] = self._used(dimension, raw)
        return aggregates.assembled(
            names,
            codes,
            kind=facts.column("kind"),
            at=np.asarray(facts.column("at").cast(pa.int64())),
            key=np.asarray(facts.column("key")),
            quantity=facts.column("quantity"),
            score=facts.column("score"),
            order_id=facts.column("order_id"),
            buyer_id=facts.column("buyer_id"),
        )

    def _used(self, dimension: str, codes: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
        """(the names that occur, sorted; each row's place among them, -1 for none)."""
        known = self._dimensions.of[dimension].names
        used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=1)) if len(codes) and len(known) else codes[:0]
        names = known.take(pa.array(used))
        order = np.asarray(pc.sort_indices(names))
        place = np.full(len(known) + 1, -1, np.int32)
        place[used[order]] = np.arange(len(order), dtype=np.int32)
        return tuple(names.take(pa.array(order)).to_pylist()), place[codes]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
