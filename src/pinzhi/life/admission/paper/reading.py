"""Reads a report in a process of its own and turns whatever happens there into sheets or a refusal."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.admission.paper.child import OUT_OF_MEMORY, Reply, Request
from pinzhi.life.admission.rules.reports.policy import Reading
from pinzhi.life.admission.rules.reports.words import Sheets


def read_report(path: str | Path, limits: Reading, *, ocr: bool = True) -> Sheets:
    """The words on the pages of a file. Raises RefusedError (`report_…`, `picture_…`)."""
    request = msgspec.json.encode(Request(str(path), limits, ocr)).decode()
    command = [sys.executable, "-m", "pinzhi.life.admission.paper.child", request]
    name = Path(path).name
    try:
        done = subprocess.run(command, capture_output=True, timeout=limits.seconds, check=False)
    except subprocess.TimeoutExpired as why:
        raise RefusedError(
            Refusal(
                "report_too_slow",
                f"{name} could not be read within {limits.seconds} seconds",
                "send fewer or smaller pages, or the laboratory's own PDF",
                "file",
                file=name,
            )
        ) from why
    if done.returncode == 0 and done.stdout:
        reply = msgspec.msgpack.decode(done.stdout, type=Reply)
        if reply.sheets is not None:
            return reply.sheets
        if reply.refusal is not None:
            raise RefusedError(replace(reply.refusal, file=name))
    if done.returncode == OUT_OF_MEMORY or b"MemoryError" in done.stderr or b"bad_alloc" in done.stderr:
        raise RefusedError(
            Refusal(
                "report_needs_too_much_memory",
                f"{name} unpacks to more than a report may need",
                "send the laboratory's own PDF, or scan it at 200 to 300 dpi",
                "file",
                file=name,
            )
        )
    raise RefusedError(
        Refusal(
            "report_breaks_reader",
            f"{name} is damaged in a way that ends the reader ({done.returncode})",
            "fetch it again from the laboratory; if it is the laboratory's own file, report this",
            "file",
            file=name,
        )
    )
