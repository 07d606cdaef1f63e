"""A writer to be killed: appends batches of ten events for ever and prints the number of each batch after its receipt."""

import sys

import pyarrow as pa

from pinzhi.engine.embedded.store import EventStore
from pinzhi.engine.intake import EVENT_SCHEMA
from pinzhi.engine.tests.test_aggregates import row

SCHEMA = pa.schema(list(EVENT_SCHEMA))


def batch(number):
    rows = [row(f"{number}-{n}", "sale", f"L{number % 50}-{n}") for n in range(10)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def main(folder, first):
    store = EventStore(folder)
    for number in range(first, 10_000):
        receipt = store.append(batch(number), source="s", body_sha256=str(number))
        sys.stdout.write(f"{number} {receipt.accepted} {receipt.duplicate}\n")
        sys.stdout.flush()
        if number % 7 == 6:
            store.compact()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
