"""
Histories and recalls over a large store of events. `python -m bench tracing_chain=10000000` (mentions; default one million), with `--postgres` on a PostgreSQL.

The chain: lots of 10,000 units with random serial numbers, coded in events of 1,000, packed by hundreds, shipped and received as pallets, a tenth sold. The
lots overlap in time, so that rows of one lie among those of others. Rows are loaded in bulk; one lot is also captured as EPCIS documents, and the benchmark
ends where its rows are not the same. What is measured is reading. Hashes are drawn and bodies are left out (erased), where capture computes and keeps them.
"""

from __future__ import annotations

import gc
import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

from bench.ledger import Row

EDGES = 1_000_000
UNITS, PACK, CODED = 10_000, 100, 1_000
EDGES_OF_A_LOT = 2 * UNITS + UNITS // PACK * 3 + UNITS // 10
GTIN = "06901234567892"
T0 = datetime(2026, 1, 1, tzinfo=UTC)
TRIES, RECALLS = 1000, 15
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Spec(NamedTuple):
    """One event of a lot: what it says, and the things in it by their number within the lot (0: the lot, then units, then pallets)."""

    kind: str
    hours: int
    step: str
    place: str
    action: str
    parts: list[tuple[int, str]]


def specs(units: int = UNITS) -> list[Spec]:
    """The events of a lot, in the order of time."""
    made = range(1, units + 1)
    packs = [(units + 1 + n, made[first : first + PACK]) for n, first in enumerate(range(0, units, PACK))]
    factory, warehouse, shop = (place(n) for n in range(3))
    found = [
        Spec("ObjectEvent", 0, "commissioning", factory, "ADD", [(u, "object") for u in made[first : first + CODED]])
        for first in range(0, units, CODED)
    ]
    found += [
        Spec("AggregationEvent", 1, "packing", factory, "ADD", [(pallet, "parent"), *((u, "child") for u in inside)])
        for pallet, inside in packs
    ]
    found += [Spec("ObjectEvent", 2, "shipping", factory, "OBSERVE", [(p, "object")]) for p, _ in packs]
    found += [Spec("ObjectEvent", 30, "receiving", warehouse, "OBSERVE", [(p, "object")]) for p, _ in packs]
    found += [
        Spec("ObjectEvent", 90, "retail_selling", shop, "OBSERVE", [(u, "object") for u in made[first : first + PACK]])
        for first in range(0, units // 10, PACK)
    ]
    return found


@lru_cache
def place(number: int) -> str:
    """A place of business by its GLN."""
    from pinzhi.life.tracing.rules.gs1.digits import check_digit

    key = f"69012340000{number}"
    return f"https://id.gs1.org/414/{key}{check_digit(key)}"


def uri(lot: int, number: int, units: int = UNITS) -> str:
    """A thing of a lot."""
    from pinzhi.life.tracing.rules.gs1.digits import check_digit

    if number == 0:
        return f"https://id.gs1.org/01/{GTIN}/10/L{lot}"
    if number <= units:
        drawn = int.from_bytes(blake2b(f"{lot} {number}".encode(), digest_size=13).digest())
        return f"https://id.gs1.org/01/{GTIN}/21/{''.join(LETTERS[drawn >> s & 31] for s in range(0, 100, 5))}"
    key = f"00690123{lot * 100 + number - units - 1:09d}"
    return f"https://id.gs1.org/00/{key}{check_digit(key)}"


def moment(lot: int, spec: Spec) -> datetime:
    return T0 + timedelta(hours=lot + spec.hours)


def documents(lot: int, units: int) -> bytes:
    """The lot as somebody would hand it in."""
    events = []
    for s in specs(units):
        own = {
            "type": s.kind,
            "eventTime": moment(lot, s).isoformat(),
            "eventTimeZoneOffset": "+00:00",
            "bizStep": s.step,
            "action": s.action,
            "bizLocation": {"id": s.place},
        }
        named = [uri(lot, n, units) for n, part in s.parts if part != "parent"]
        if s.kind == "AggregationEvent":
            own |= {"parentID": uri(lot, s.parts[0][0], units), "childEPCs": named}
        else:
            own["epcList"] = named
        if s.step == "commissioning":
            own["ilmd"] = {"cbvmda:lotNumber": f"L{lot}"}
        events.append(own)
    context = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
    whole = {"@context": [context], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": T0.isoformat()}
    return json.dumps(whole | {"epcisBody": {"eventList": events}}).encode()


# --- filling ----------------------------------------------------------------------------------------------------------------------------------


def fill(lots: int, units: int = UNITS) -> None:
    """So many lots, each with its units and events; every step of a lot comes after the earlier steps of the lots that were begun before it."""
    from django.db import transaction

    from pinzhi.life.tracing.models import CaptureJob

    job = CaptureJob.objects.create(id="0" * 32, at=T0, by="bench", digest="0" * 64)
    steps: dict[int, list[Spec]] = {}
    for s in specs(units):
        steps.setdefault(s.hours, []).append(s)
    number, width = 0, 1 + units + units // PACK
    for tick in range(lots + max(steps)):
        with transaction.atomic():
            if tick < lots:
                base = tick * width + 1
                kinds = ((base + n, uri(tick, n, units), n) for n in range(width))
                load(
                    "tracing_thing",
                    ("id", "uri", "gtin", "lot_id"),
                    [(pk, u, GTIN if n <= units else "", base if 0 < n <= units else None) for pk, u, n in kinds],
                )
            events, mentions = [], []
            for hours, own in steps.items():
                lot = tick - hours
                if not 0 <= lot < lots:
                    continue
                for s in own:
                    number += 1
                    at = moment(lot, s)
                    hash_ = blake2b(number.to_bytes(8), digest_size=32).digest()
                    events.append(
                        (number, hash_, "", s.kind, at, at, s.action, s.step, "", "", s.place, "", False, False, "", job.pk, None)
                    )  # fmt: skip
                    mentions += [(lot * width + 1 + n, number, part, None, "") for n, part in s.parts]
            load(
                "tracing_event",
                ("id", "hash", "event_id", "kind", "at", "recorded_at", "action", "step", "disposition", "read_point", "location",
                 "transformation", "error", "voided", "owner", "job_id", "body"),
                events,
            )  # fmt: skip
            load("tracing_mention", ("thing_id", "event_id", "part", "quantity", "unit"), mentions)
            load(
                "ledger_leaf",
                ("index", "kind", "ref", "commitment", "nonce", "at"),
                [(e[0], "event", e[1].hex(), e[1], e[1][:16], e[4]) for e in events],
            )


def load(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows in bulk: COPY on PostgreSQL, a prepared statement on SQLite."""
    from django.db import connection

    from pinzhi.ledger import inserting

    names = ", ".join(f'"{c}"' for c in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})",
            [[inserting.moment(v) if isinstance(v, datetime) else v for v in row] for row in rows],
        )


def same_as_captured(units: int = 300) -> None:
    """One small lot by both ways, each rolled back. Raises AssertionError where the rows differ."""
    from django.db import transaction

    from pinzhi.life.tracing.capture import capture
    from pinzhi.people.roles import Actor

    def by_bulk() -> None:
        fill(1, units)

    def by_capture() -> None:
        job = capture(documents(0, units), Actor.system("bench"))
        assert not job.refused, job.errors

    stood = []
    for way in (by_bulk, by_capture):
        with transaction.atomic():
            way()
            stood.append(standing())
            transaction.set_rollback(True)
    assert stood[0] == stood[1]
    assert len(stood[0][0]) == 1 + units + units // PACK


def standing() -> tuple[Any, ...]:
    """What the tables say, without numbers of rows, hashes and moments of recording."""
    from pinzhi.life.tracing.models import Event, Mention, Thing

    event = (
        "kind",
        "at",
        "action",
        "step",
        "disposition",
        "read_point",
        "location",
        "transformation",
        "error",
        "voided",
        "owner",
    )
    things = sorted(Thing.objects.values_list("uri", "gtin", "lot__uri"), key=str)
    events = sorted(Event.objects.values_list(*event))
    named = sorted(
        Mention.objects.values_list("thing__uri", "part", "quantity", "unit", *(f"event__{n}" for n in event)), key=str
    )
    return things, events, named


# --- asking -----------------------------------------------------------------------------------------------------------------------------------


def run(edges: int = EDGES) -> list[Row]:
    """Fill, then ask."""
    from django.db import connection

    from pinzhi.life.tracing.models import Mention

    same_as_captured()
    lots = max(1, round(edges / EDGES_OF_A_LOT))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma in ("synchronous = OFF", "cache_size = -4000000"):
                cursor.execute(f"PRAGMA {pragma}")
    start = time.process_time()
    indexes = [i for i in Mention._meta.indexes if i.name.startswith("mention_")]  # noqa: SLF001 - documented by Django
    gc.disable()
    with connection.schema_editor() as schema:
        for index in indexes:
            schema.remove_index(Mention, index)
    fill(lots)
    with connection.schema_editor() as schema:
        for index in indexes:
            schema.add_index(Mention, index)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    gc.enable()
    filled = time.process_time() - start
    connection.close()  # the settings of an installation again
    mentions = Mention.objects.count()
    rng = random.Random(20261126)
    histories = list(zip(*islice(history_times(lots, rng), TRIES), strict=True))
    recalls = list(zip(*islice(recall_times(lots, rng), RECALLS), strict=True))
    return [
        Row(f"filled: {mentions:,} mentions, {connection.vendor}", "mentions/s", mentions / filled, 0, "in bulk"),
        Row("bytes on disk", "bytes/mention", size() / mentions, 0, "tables and indexes"),
        *told("history of a unit", histories, 10),
        *told(f"recall of a lot of {UNITS:,} units", recalls, 200),
    ]


def told(what: str, took: list[tuple[float, ...]], goal: float) -> list[Row]:
    """Median, 99th percentile and longest, by the clock and by the processor time of this process (a machine that does other work is slow by the clock)."""
    rows = []
    for how, times in zip(("clock", "processor"), map(sorted, took), strict=True):
        for name, at in (("median", len(times) // 2), ("p99", int(len(times) * 0.99)), ("longest", -1)):
            rows.append(
                Row(f"{what}, {name}, {how}", "ms", times[at] * 1000, goal, "goal" if name != "median" else "goal p99")
            )
    return rows


def history_times(lots: int, rng: random.Random) -> Iterator[tuple[float, float]]:
    """How long histories of random units take."""
    from pinzhi.life.tracing import history

    while True:
        of = uri(rng.randrange(lots), rng.randrange(UNITS) + 1)
        begin, used = time.perf_counter(), time.process_time()
        found = history.of(of)
        yield time.perf_counter() - begin, time.process_time() - used
        assert [x.step for x in found.lines][:4] == ["commissioning", "packing", "shipping", "receiving"], found
        assert all(x.leaf is not None for x in found.lines)


def recall_times(lots: int, rng: random.Random) -> Iterator[tuple[float, float]]:
    """How long it takes to find out where the goods of random lots are."""
    from pinzhi.life.tracing import recall
    from pinzhi.people.roles import Actor

    by = Actor.system("bench")
    while True:
        of = f"{GTIN}/L{rng.randrange(lots)}"
        begin, used = time.perf_counter(), time.process_time()
        counts = recall.look(of, by).counts
        yield time.perf_counter() - begin, time.process_time() - used
        assert (counts.made, counts.sold, counts.located) == (UNITS, UNITS // 10, UNITS - UNITS // 10), counts


def size() -> int:
    """Bytes of the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return int(cursor.fetchone()[0])
