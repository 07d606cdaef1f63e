"""
From the form to the receipt, over HTTP and under load. `python -m bench complaints_form`.

A server (`pinzhi serve`, two processes) as on an installation of its own; eight buyers on the same machine fill in the four pages over loopback, one after the
other and without a pause between the pages, until so many receipts are given. Waits are those of the last step (the form is sent, the receipt is shown),
and of all pages of a form together. No complaint may be lost: as many are in the database as receipts were shown, each another one.
"""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from bench.tracing_capture import Row, _ask, _free_port, _processor, _wait

FORMS, BUYERS, GOAL = 200, 8, 2.0
"""Forms of a run, buyers at a time, and the goal: form to receipt, p95, in seconds."""
WORDS = (
    "用了两天壶底渗水",
    "页面写两米，量出来一米八",
    "退回去半个月还没退款",
    "少发了一个配件",
    "屏幕右下角有一块亮斑",
)
_RECEIPT = re.compile(rb"[2-9A-HJ-NP-Z]{10}")


class Buyer:
    """One connection that goes from page to page."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def asked(
        self, method: str, address: str, fields: dict[str, str] | None = None, agent: str = ""
    ) -> tuple[str, bytes]:
        """Where the answer leads to, and what it shows. Raises RuntimeError for anything but a page or a way on."""
        body = urlencode(fields) if fields is not None else None
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        self.connection.request(method, address, body, {"User-Agent": agent, **kind})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 302):
            raise RuntimeError(f"{method} {address}: {answer.status} {text[:300]!r}")
        return answer.getheader("Location", ""), text

    def form(self, number: int) -> tuple[float, float, str]:
        """Fill in a whole form. Seconds of the last step, of all pages, and the receipt."""
        agent = f"phone {number}"
        begun = time.perf_counter()
        self.asked("GET", "/complain", agent=agent)
        where, _ = self.asked("POST", "/complain", {"words": f"{WORDS[number % len(WORDS)]}，第 {number} 单"}, agent)
        self.asked("GET", where, agent=agent)
        given = {"goods": "电热水壶", "order_id": f"A{number}", "price": "128.00", "quantity": "1", "wish": "refund"}
        where, _ = self.asked("POST", where, given, agent)
        self.asked("GET", where, agent=agent)
        where, _ = self.asked("POST", where, {"contact_phone": "13800000000"}, agent)
        self.asked("GET", where, agent=agent)
        last = time.perf_counter()
        where, _ = self.asked("POST", where, {}, agent)
        _, page = self.asked("GET", where, agent=agent)
        ended = time.perf_counter()
        receipt = _RECEIPT.search(page)
        if receipt is None:
            raise RuntimeError("a form was sent and no receipt was shown")
        return ended - last, ended - begun, receipt[0].decode()


def run() -> list[Row]:
    """The server, the buyers, the waits."""
    with tempfile.TemporaryDirectory(prefix="pinzhi-bench-form-") as home:
        env = os.environ | {"PINZHI_HOME": home, "PINZHI_DATABASE": ""}
        subprocess.run([sys.executable, "-m", "pinzhi", "migrate"], env=env, check=True, capture_output=True)
        port = _free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "pinzhi", "serve", "--port", str(port), "--workers", "2"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(port)
            return _load(port, Path(home), server.pid)
        finally:
            server.terminate()
            server.wait(20)


def _load(port: int, home: Path, server: int) -> list[Row]:
    todo, told, faults, lock = list(range(FORMS)), list[tuple[float, float, str]](), list[str](), threading.Lock()

    def one() -> None:
        buyer = Buyer(port)
        ready.wait()
        while True:
            with lock:
                if not todo or faults:
                    return
                number = todo.pop()
            try:
                done = buyer.form(number)
            except (RuntimeError, OSError) as fault:
                faults.append(str(fault))
                return
            with lock:
                told.append(done)

    for warm in range(4):
        Buyer(port).form(FORMS + warm)
    ready = threading.Barrier(BUYERS + 1)
    threads = [threading.Thread(target=one, daemon=True) for _ in range(BUYERS)]
    for thread in threads:
        thread.start()
    ready.wait()
    used, begun = _processor(server), time.perf_counter()
    for thread in threads:
        thread.join(300)
    took, used = time.perf_counter() - begun, _processor(server) - used
    stored = _ask(home, "SELECT count(*) FROM complaints_complaint")
    if faults or len({r for _, _, r in told}) != FORMS or stored != (FORMS + 4,):
        raise RuntimeError(f"{len(told)} receipts of {FORMS}, {stored} stored; {faults[:1]}")
    sent, whole = sorted(t[0] for t in told), sorted(t[1] for t in told)
    p50, p95 = FORMS // 2, FORMS * 95 // 100
    return [
        Row(f"form sent to receipt shown, {BUYERS} at a time, p50", "s", sent[p50], 0, ""),
        Row(f"form sent to receipt shown, {BUYERS} at a time, p95", "s", sent[p95], GOAL, "goal"),
        Row(f"all four pages without a pause, {BUYERS} at a time, p95", "s", whole[p95], 0, ""),
        Row("forms", "per s of the clock", FORMS / took, 0, ""),
        Row("forms", "per s of the server's processor", FORMS / used, 0, ""),
    ]
