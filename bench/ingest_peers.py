"""What one would use instead of the door, each taking the bytes of a request and giving how many events of it are stored. See `bench.ingest`."""

import json
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from bench import feeds

Send = Callable[[bytes], int]


def ninja(_: str) -> Send:
    """The usual way: a Ninja endpoint with a schema, rows through the ORM."""
    from django.conf import settings
    from django.db import connection, models, transaction
    from django.test import RequestFactory
    from ninja import NinjaAPI, Schema

    class Event(Schema):
        event_id: str
        kind: str
        at: datetime
        listing_id: str
        merchant_id: str
        category: str
        order_id: str | None = None
        quantity: int = 1
        amount: Decimal | None = None
        score: int | None = None
        reason: str | None = None
        buyer_id: str | None = None
        region: str | None = None

    short: dict[str, Any] = {"max_length": 128}
    fields: dict[str, Any] = {n: models.CharField(**short, null=n not in feeds.REQUIRED) for n in feeds.TEXTS}
    meta = type(
        "Meta", (), {"app_label": "engine", "db_table": "bench_event", "unique_together": [("source", "event_id")]}
    )
    fields |= {
        "__module__": __name__,
        "Meta": meta,
        "source": models.CharField(max_length=64),
        "at": models.DateTimeField(),
        "quantity": models.IntegerField(),
        "amount": models.DecimalField(max_digits=15, decimal_places=2, null=True),
        "score": models.SmallIntegerField(null=True),
    }
    row: Any = type("BenchEvent", (models.Model,), fields)
    with connection.schema_editor() as editor:
        editor.create_model(row)
    api = NinjaAPI(urls_namespace="bench")

    @api.post("/events")
    def receive(request, events: list[Event], source: str = "bench"):  # noqa: ARG001
        with transaction.atomic():
            row.objects.bulk_create(
                [row(source=source, **e.model_dump()) for e in events], batch_size=1000, ignore_conflicts=True
            )
        return {"accepted": len(events)}

    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    pattern = next(p for p in api.urls[0] if str(p.pattern) == "events")
    factory = RequestFactory()

    def send(body: bytes) -> int:
        answer = pattern.callback(factory.post("/events", body, content_type="application/json"))
        assert answer.status_code == 200, answer.content
        return int(json.loads(answer.content)["accepted"])

    return send


def segments(_: str) -> Send:
    """Parquet files and a manifest: fast, durable, and nothing else."""
    folder = Path(os.environ["PINZHI_HOME"]) / "segments"
    folder.mkdir()
    manifest = sqlite3.connect(folder / "manifest.sqlite3", isolation_level=None)
    manifest.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE segment (name text, rows int)"
    )

    def send(body: bytes) -> int:
        table = pa.ipc.open_stream(body).read_all()
        name = f"{time.perf_counter_ns()}.parquet"
        with (folder / name).open("wb") as out:
            pq.write_table(table, out, compression="zstd", compression_level=1)
            out.flush()
            os.fsync(out.fileno())
        inside = os.open(folder, os.O_RDONLY)
        os.fsync(inside)
        os.close(inside)
        manifest.execute("INSERT INTO segment VALUES (?, ?)", (name, table.num_rows))
        return int(table.num_rows)

    return send


def delta(_: str) -> Send:
    """The library's own append."""
    from deltalake import write_deltalake

    folder = Path(os.environ["PINZHI_HOME"]) / "delta"

    def send(body: bytes) -> int:
        table = pa.ipc.open_stream(body).read_all()
        write_deltalake(str(folder), table, mode="append")
        return int(table.num_rows)

    return send
