"""
The business: a product's life in nine stations, in this order everywhere (folders, docs, menu).

Stations never import one another. A station writes facts (`kernel/facts.py`) in the transaction of its act; the outbox hands them to the reactions
of the others, at least once and idempotent. `pinzhi map` prints the whole table.
"""

STATIONS = (
    "admission",
    "tracing",
    "monitoring",
    "sampling",
    "complaints",
    "rating",
    "sanctions",
    "training",
    "evaluation",
)
