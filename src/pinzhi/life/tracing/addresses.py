"""Addresses on labels: GS1 Digital Links up to the serial, and their form for the symbol."""

from __future__ import annotations

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.gs1 import link
from pinzhi.life.tracing.rules.gs1.digits import gtin_14
from pinzhi.life.tracing.rules.gs1.faults import FAULTS
from pinzhi.life.tracing.rules.symbols.qr import is_alphanumeric
from pinzhi.life.tracing.tables import identifiers


def capitals(stem: str) -> str:
    """The address for the symbol: scheme and host in capitals, so that the whole of it fits into QR's alphanumeric mode where the batch does."""
    head, path = stem.split("/01/", 1)
    return f"{head.upper()}/01/{path}" if is_alphanumeric(path) else stem


def address_stem(host: str, gtin: str, batch: str) -> str:
    """The address up to the serial. Raises RefusedError: `gtin_invalid`, `batch_invalid`, `host_invalid`."""
    table = identifiers()
    full = gtin_14(gtin) if len(gtin) in {8, 12, 13} else gtin
    if fault := table.fault("01", full):
        raise RefusedError.because(
            "gtin_invalid",
            f"{gtin}: {FAULTS[fault].en}",
            "give 8, 12, 13 or 14 digits with the check digit",
            field="gtin",
        )
    if batch and (fault := table.fault("10", batch)):
        raise RefusedError.because(
            "batch_invalid", f"{FAULTS[fault].en}", "at most 20 letters, digits and common signs", field="batch"
        )
    stem = link.write(host.rstrip("/"), [("01", full), *([("10", batch)] if batch else [])])
    if not link.read(table, stem).valid:
        raise RefusedError.because("host_invalid", f"{host} is no address", "give https://name", field="host")
    return stem
