"""
Files of events become a checked table; every bad row becomes a refusal with its line, field and remedy, and never stops the others.

    intake = read_events(["may.ndjson", "june.parquet"], source="shop-7")
    intake.table      # pa.Table of SOURCED_SCHEMA, duplicates dropped
    intake.refused    # list[Refusal]
"""

from pinzhi.engine.intake.checks import check
from pinzhi.engine.intake.columns import EVENT_SCHEMA, KIND_CODE, KINDS, MONEY, REQUIRED, SOURCED_SCHEMA
from pinzhi.engine.intake.reading import Chunk, Intake, iter_events, read_body, read_events, table_digest, write_refused

__all__ = [
    "EVENT_SCHEMA",
    "KINDS",
    "KIND_CODE",
    "MONEY",
    "REQUIRED",
    "SOURCED_SCHEMA",
    "Chunk",
    "Intake",
    "check",
    "iter_events",
    "read_body",
    "read_events",
    "table_digest",
    "write_refused",
]
