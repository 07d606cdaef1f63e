"""
A receiver for Pinzhi's webhooks, to run as it is or to take apart. Standard library only.

    PINZHI_WEBHOOK_SECRET=whsec_… python webhook_receiver.py --port 8090 --store decisions.sqlite3

It does the four things that every receiver has to do:
1. check the signature over the raw body, before reading it, with every secret it knows (two during a rotation, separated by a comma);
2. refuse old messages, so that a recorded one cannot be played back;
3. take every event id once: deliveries come at least once, and a replay sends old ones again;
4. answer 2xx only when the event is stored. Anything else, and Pinzhi tries again for about three days.

What it stores is enough to act on: one row per decision, with the effect and whether it has been lifted.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import hmac
import json
import os
import sqlite3
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LARGEST_BODY = 1024 * 1024
TOLERANCE_SECONDS = 300


class NotAuthenticError(Exception):
    """The message does not come from the holder of the secret, was changed on the way, or is too old."""


def verify(header: str, body: bytes, secrets: list[str], now: float, tolerance: float = TOLERANCE_SECONDS) -> None:
    """Check a `Pinzhi-Signature` header against the raw body. Raises NotAuthenticError."""
    pairs = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    given = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or not given:
        raise NotAuthenticError("the signature header cannot be read")
    if abs(now - int(times[0])) > tolerance:
        raise NotAuthenticError("the message is too old, or a clock is wrong")
    signed = times[0].encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not any(hmac.compare_digest(mine.encode(), theirs.encode()) for mine in expected for theirs in given):
        raise NotAuthenticError("the signature does not match")


class Store:
    """Events taken, and the decisions they told about, in one SQLite file."""

    def __init__(self, path: str) -> None:
        self.path = path
        with closing(self._open()) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
            db.execute(
                "CREATE TABLE IF NOT EXISTS decision (id TEXT PRIMARY KEY, subject TEXT NOT NULL, effect TEXT NOT NULL,"
                " until TEXT, lifted_at TEXT, cursor INTEGER NOT NULL)"
            )
            db.execute(
                "CREATE TABLE IF NOT EXISTS remedy (key TEXT PRIMARY KEY, order_id TEXT NOT NULL, amount TEXT NOT NULL,"
                " event TEXT NOT NULL, cursor INTEGER NOT NULL)"
            )

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)

    def _take_notice(self, event: dict[str, Any]) -> bool:
        """A remedy is due, withdrawn or given: kept under its key, so that a refund goes out once however often it is told."""
        remedy = event["remedy"]
        with closing(self._open()) as db, db:
            new = db.execute("INSERT OR IGNORE INTO event VALUES (?, ?)", (event["id"], json.dumps(event))).rowcount
            if new:
                db.execute(
                    "INSERT INTO remedy VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
                    " event = excluded.event, cursor = excluded.cursor WHERE excluded.cursor > remedy.cursor",
                    (remedy["key"], remedy["order_id"], remedy["amount"], event["event"], event["cursor"]),
                )
            return bool(new)

    def take(self, event: dict[str, Any]) -> bool:
        """Store an event and what it says, together. Returns False for one that was taken before."""
        decision = event.get("decision")
        if decision is None:
            return self._take_notice(event)
        subject = f"{decision['subject']['kind']}:{decision['subject']['id']}"
        with closing(self._open()) as db, db:
            new = db.execute("INSERT OR IGNORE INTO event VALUES (?, ?)", (event["id"], json.dumps(event))).rowcount
            if not new:
                return False
            # A later step wins, in whatever order they arrive: the cursor orders all steps.
            db.execute(
                "INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " lifted_at = excluded.lifted_at, cursor = excluded.cursor WHERE excluded.cursor > decision.cursor",
                (
                    decision["id"],
                    subject,
                    decision["effect"],
                    decision["until"],
                    event["lifted_at"],
                    int(event["cursor"]),
                ),
            )
        return True

    def in_force(self, subject: str) -> list[str]:
        """Effects of decisions about `kind:id` that have not been lifted (their `until` is for the caller to compare)."""
        with closing(self._open()) as db:
            rows = db.execute(
                "SELECT effect FROM decision WHERE subject = ? AND lifted_at IS NULL ORDER BY cursor", (subject,)
            )
            return [effect for (effect,) in rows]


def handler(store: Store, secrets: list[str]) -> type[BaseHTTPRequestHandler]:
    """A request handler class over a store."""

    class Receiver(BaseHTTPRequestHandler):
        """Takes POSTs."""

        def do_POST(self) -> None:
            """Check, store, answer."""
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= LARGEST_BODY:
                self._answer(413, "empty or too large")
                return
            body = self.rfile.read(length)
            try:
                verify(self.headers.get("Pinzhi-Signature", ""), body, secrets, time.time())
            except NotAuthenticError as why:
                self._answer(400, str(why))
                return
            new = store.take(json.loads(body))
            self._answer(200, "taken" if new else "known already")

        def _answer(self, status: int, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
            """One line per request, without the body."""
            print(self.address_string(), format % args)

    return Receiver


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(description="Receive Pinzhi webhooks")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8090)
    options.add_argument("--store", default="decisions.sqlite3")
    chosen = options.parse_args()
    secrets = [s for s in os.environ.get("PINZHI_WEBHOOK_SECRET", "").split(",") if s]
    if not secrets:
        options.error("set PINZHI_WEBHOOK_SECRET to the secret that was shown when the subscription was made")
    server = ThreadingHTTPServer((chosen.host, chosen.port), handler(Store(chosen.store), secrets))
    print(f"listening on http://{chosen.host}:{server.server_port}/")
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
