"""Reads a report in a process of its own and turns whatever happens there into sheets or a refusal."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import msgspec

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.admission.paper.child import OUT_OF_MEMORY, Reply, Request
from pinzhi.life.admission.rules.reports.policy import Reading
from pinzhi.life.admission.rules.reports.words import Sheets

EVERY = 0.05
"""Seconds between two looks at the reader's memory."""


def _resident(pid: int) -> int:
    """Bytes that a process holds in memory; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0


def _watched(request: str, *, seconds: int, memory: int) -> tuple[int, bytes, bytes, bool]:
    """
    (exit code, answer, complaint, too late) of the reader.

    Its own limit of address space is not enforced everywhere (sandboxes, macOS), so that its memory is looked at from here too.
    """
    command = [sys.executable, "-m", "pinzhi.life.admission.paper.child", request]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = perf_counter()
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err) as reader:
            code, late = None, False
            while code is None:
                try:
                    code = reader.wait(EVERY)
                except subprocess.TimeoutExpired:
                    late = perf_counter() - began > seconds
                    if late or _resident(reader.pid) > memory:
                        reader.kill()
                        reader.wait()
                        code = OUT_OF_MEMORY
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()[-4000:], late


def read_report(path: str | Path, limits: Reading, *, ocr: bool = True) -> Sheets:
    """The words on the pages of a file. Raises RefusedError (`report_…`, `picture_…`)."""
    request = msgspec.json.encode(Request(str(path), limits, ocr)).decode()
    name = Path(path).name
    memory = limits.memory_ocr if ocr else limits.memory
    code, answer, complaint, late = _watched(request, seconds=limits.seconds, memory=memory)
    if late:
        raise RefusedError(
            Refusal(
                "report_too_slow",
                f"{name} could not be read within {limits.seconds} seconds",
                "send fewer or smaller pages, or the laboratory's own PDF",
                "file",
                file=name,
            )
        )
    if code == 0 and answer:
        reply = msgspec.msgpack.decode(answer, type=Reply)
        if reply.sheets is not None:
            return reply.sheets
        if reply.refusal is not None:
            raise RefusedError(replace(reply.refusal, file=name))
    if code == OUT_OF_MEMORY or b"MemoryError" in complaint or b"bad_alloc" in complaint:
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
            f"{name} is damaged in a way that ends the reader ({code})",
            "fetch it again from the laboratory; if it is the laboratory's own file, report this",
            "file",
            file=name,
        )
    )
