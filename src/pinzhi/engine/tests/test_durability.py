"""What is answered is on the disk: data, then the log entry that names it, each with its folder; and a flush that fails is no answer."""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pinzhi.engine.embedded import disk
from pinzhi.engine.embedded.store import EventStore
from pinzhi.engine.tests.test_store import batch, ids

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Watched:
    """The calls that make files durable, in their order, with the size that each file had when it was flushed; the `failing`th flush fails."""

    def __init__(self, monkeypatch, root):
        self.root, self.calls, self.sizes, self.failing = root, [], {}, 0
        self._flush, self._link = os.fsync, os.link
        monkeypatch.setattr(os, "fsync", self.fsync)
        monkeypatch.setattr(os, "link", self.link)

    def _told(self, path):
        path = Path(path)
        parts = ("*.parquet" if p.startswith("part-") else p for p in path.relative_to(self.root).parts)
        return "/".join("unfinished" if p.startswith(".0") else p for p in parts)

    def fsync(self, fd):
        path = str(Path(f"/proc/self/fd/{fd}").readlink())
        self.calls.append(("flush", self._told(path)))
        self.sizes[path] = os.fstat(fd).st_size
        if len([c for c in self.calls if c[0] == "flush"]) == self.failing:
            raise OSError(5, "Input/output error")
        self._flush(fd)

    def link(self, source, target):
        self.calls.append(("name", self._told(target)))
        self._link(source, target)


@pytest.fixture
def store(tmp_path):
    return EventStore(tmp_path / "events")


def commit(table, version):
    log = f"{table}/_delta_log"
    return [
        ("flush", f"{table}/*.parquet"),
        ("flush", table),
        ("flush", f"{log}/unfinished"),
        ("name", f"{log}/{version:020}.json"),
        ("flush", log),
    ]


def test_data_log_and_folders_are_flushed_in_this_order_before_the_answer(store, monkeypatch):
    watched = Watched(monkeypatch, store.root)
    store.append(batch(1, 2), source="s", now=NOW)
    assert watched.calls == [*commit("names", 1), *commit("facts", 1)]
    data = {p: size for p, size in watched.sizes.items() if p.endswith(".parquet")}
    assert {Path(p).stat().st_size for p in data} == set(data.values()), "something was written after the flush"
    watched.calls.clear()
    store.append(batch(4), source="s", now=NOW)
    assert watched.calls == commit("facts", 2)
    watched.calls.clear()
    assert store.compact(now=NOW) == 2
    assert watched.calls == commit("facts", 3)


def test_a_new_store_is_flushed_with_the_folder_it_stands_in(tmp_path, monkeypatch):
    watched = Watched(monkeypatch, tmp_path)
    EventStore(tmp_path / "events")
    flushed = [path for call, path in watched.calls if call == "flush"]
    for table in ("names", "facts"):
        entry = f"events/{table}/_delta_log/{0:020}.json"
        places = [flushed.index(p) for p in (entry, f"events/{table}/_delta_log", f"events/{table}")]
        assert places == sorted(places)
    assert flushed[-1] == "events"


@pytest.mark.parametrize("failing", range(1, 9))
def test_a_flush_that_fails_is_no_answer_and_leaves_everything_or_nothing(store, tmp_path, monkeypatch, failing):
    with monkeypatch.context() as patch:
        Watched(patch, store.root).failing = failing
        with pytest.raises(OSError, match="Input/output error"):
            store.append(batch(1, 2), source="s", body_sha256="x", now=NOW)
    for one in (store, EventStore(tmp_path / "events")):
        assert one.count() in (0, 2)
    receipt = store.append(batch(1, 2), source="s", body_sha256="x", now=NOW)
    assert receipt.accepted + receipt.duplicate == 2
    store.append(batch(3), source="s", now=NOW)
    assert Counter(ids(EventStore(tmp_path / "events"))) == {"e1": 1, "e2": 1, "e3": 1}


def test_a_disk_that_takes_a_part_leaves_no_part(tmp_path, monkeypatch):
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:3]))
        disk.put_if_absent(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"

    def full(fd, data):
        if len(data) < 10:
            raise OSError(28, "No space left on device")
        return write(fd, bytes(data)[:3])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        disk.put_if_absent(tmp_path / "b", b"0123456789")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a"]
