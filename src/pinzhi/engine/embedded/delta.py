"""
A Delta Lake table whose commits survive a power cut.

The `deltalake` library makes, opens, checkpoints and vacuums the table, and answers for older versions. The one thing it does not do is flush (measured
with strace, release 1.6.6: data file, log entry and folders are written and renamed without fsync), and its log entry could therefore reach the disk before
the data it names. So commits are written here: data first, flushed; then the log entry by the protocol's put-if-absent, flushed; then the folder.

Format: Delta Transaction Protocol, reader 1, writer 2 (github.com/delta-io/delta, PROTOCOL.md): actions `add`, `remove`, `txn`, `commitInfo`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa
from deltalake import DeltaTable

from pinzhi import __version__
from pinzhi.engine.embedded import disk

CHECKPOINT_EVERY = 100
_SETTINGS = {
    "delta.setTransactionRetentionDuration": "interval 30 days",
    "delta.logRetentionDuration": "interval 30 days",
}


@dataclass(slots=True)
class Added:
    """A data file of the table, and whether its rows were new (compaction only moves them)."""

    path: str
    rows: int
    version: int
    new: bool = True


@dataclass(slots=True)
class Delta:
    """One table in one folder. All writing happens under the store's lock; `refresh` sees what other processes committed."""

    folder: Path
    schema: pa.Schema
    version: int = -1
    files: dict[str, Added] = field(default_factory=dict)
    batches: set[str] = field(default_factory=set)
    last_arrival: int = 0
    _opened: DeltaTable | None = None

    @property
    def log(self) -> Path:
        """Folder of the log entries."""
        return self.folder / "_delta_log"

    def open(self) -> None:
        """Make the table if there is none; load its newest version. Raises what the library raises for a damaged table."""
        if not (self.log / f"{0:020}.json").exists() and not (self.log / "_last_checkpoint").exists():
            DeltaTable.create(str(self.folder), self.schema, mode="ignore", configuration=_SETTINGS)
            disk.flush_tree(self.folder)
            disk.flush_folder(self.folder.parent)
        self._load()

    def _load(self) -> None:
        self._opened = DeltaTable(str(self.folder))
        self.version = self._opened.version()
        adds = pa.table(self._opened.get_add_actions(flatten=True))
        held = dict.fromkeys(unquote(p) for p in adds.column("path").to_pylist())
        rows = dict(zip(held, adds.column("num_records").to_pylist(), strict=True))
        # version −1 where the entry that added the file is no longer known
        known = {p: a.version for p, a in self.files.items()}
        self.files = {p: Added(p, int(rows[p] or 0), known.get(p, -1)) for p in held}
        for entry in sorted(self.log.glob("*.json")):
            if entry.stem.isdigit() and int(entry.stem) <= self.version:
                self._note_times(json_lines(entry), int(entry.stem))

    def _note_times(self, actions: Iterable[dict[str, Any]], version: int) -> None:
        for action in actions:
            if "add" in action and (known := self.files.get(unquote(action["add"]["path"]))):
                known.version, known.new = version, bool(action["add"]["dataChange"])
            elif "txn" in action:
                self.batches.add(action["txn"]["appId"])
            elif "commitInfo" in action:
                self.last_arrival = max(self.last_arrival, int(action["commitInfo"].get("arrived", 0)))

    def refresh(self) -> tuple[list[Added], list[str]]:
        """Take in what other processes committed: (files added, paths removed) since the version known here."""
        added: list[Added] = []
        removed: list[str] = []
        if self._behind_a_checkpoint():
            before = dict(self.files)
            self._load()
            return [a for p, a in self.files.items() if p not in before], [p for p in before if p not in self.files]
        while (entry := self.log / f"{self.version + 1:020}.json").exists():
            new, gone = self._apply(json_lines(entry), self.version + 1)
            added, removed = added + new, removed + gone
        return added, removed

    def _behind_a_checkpoint(self) -> bool:
        if (self.log / f"{self.version + 1:020}.json").exists():
            return False
        try:
            newest = json.loads((self.log / "_last_checkpoint").read_text())["version"]
        except (FileNotFoundError, ValueError, KeyError):
            return False
        return int(newest) > self.version

    def _apply(self, actions: list[dict[str, Any]], version: int) -> tuple[list[Added], list[str]]:
        added, removed = [], []
        for action in actions:
            if "add" in action:
                add = action["add"]
                stats = json.loads(add.get("stats") or "{}")
                one = Added(unquote(add["path"]), int(stats.get("numRecords", 0)), version, bool(add["dataChange"]))
                self.files[one.path] = one
                added.append(one)
            elif "remove" in action:
                path = unquote(action["remove"]["path"])
                self.files.pop(path, None)
                removed.append(path)
        self._note_times(actions, version)
        self.version = version
        return added, removed

    def knows(self, batch: str) -> bool:
        """Whether a commit carried this batch key (application transaction)."""
        return batch in self.batches or (
            self._opened is not None and self._opened.transaction_version(batch) is not None
        )

    def commit(
        self,
        adds: list[dict[str, Any]],
        removes: list[str],
        *,
        at_ms: int,
        batch: str = "",
        operation: str = "WRITE",
        arrived: int = 0,
    ) -> int:
        """Write one log entry durably; the data files it names must be flushed already. Returns the new version."""
        moves = operation == "OPTIMIZE"
        actions: list[dict[str, Any]] = [
            {
                "commitInfo": {
                    "timestamp": at_ms,
                    "operation": operation,
                    "operationParameters": {} if moves else {"mode": "Append"},
                    "engineInfo": f"pinzhi/{__version__}",
                    "arrived": arrived,
                }
            }
        ]
        if batch:
            actions.append({"txn": {"appId": batch, "version": 1, "lastUpdated": at_ms}})
        actions += [
            {"remove": {"path": quote(p), "deletionTimestamp": at_ms, "dataChange": not moves}} for p in removes
        ]
        actions += [{"add": add | {"dataChange": not moves}} for add in adds]
        body = b"".join(json.dumps(a, separators=(",", ":")).encode() + b"\n" for a in actions)
        disk.put_if_absent(self.log / f"{self.version + 1:020}.json", body)
        self._apply(actions, self.version + 1)
        if self.version % CHECKPOINT_EVERY == 0:
            self.checkpoint()
        return self.version

    def checkpoint(self) -> None:
        """Let the library condense the log, so that opening stays quick."""
        table = DeltaTable(str(self.folder))
        table.create_checkpoint()
        disk.flush_tree(self.log)

    def paths_at(self, version: int) -> list[str]:
        """Data files of an older version. Raises what the library raises where it is gone."""
        uris = DeltaTable(str(self.folder), version=version).file_uris()
        return [Path(unquote(u)).name for u in uris]

    def vacuum(self, keep_hours: int) -> list[str]:
        """Delete data files that no version of the last `keep_hours` needs, and what crashed writers left behind."""
        table = DeltaTable(str(self.folder))
        gone = table.vacuum(retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False, full=True)
        disk.flush_folder(self.folder)
        self.refresh()
        return gone


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The actions of one log entry."""
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
