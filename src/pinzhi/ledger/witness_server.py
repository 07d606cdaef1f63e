"""
A witness as a server of its own, for whoever is not the marketplace: merchants, laboratories, the consumer association, the regulator. Standard library only.

    POST /add-checkpoint                   as c2sp.org/tlog-witness says
    GET  /checkpoint/<sha256 of origin>    what was cosigned last, for monitors
    GET  /                                 public keys, one a line
"""

from __future__ import annotations

import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pinzhi.ledger.witness import MAX_REQUEST_BYTES, TEXT_TYPE, Answer
from pinzhi.ledger.witnessing import Witness

SECONDS = 10


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    witness: Witness

    def do_POST(self) -> None:
        """`add-checkpoint`."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_REQUEST_BYTES:
            self.close_connection = True
            self._say(Answer(413 if length.isdigit() else 411, "a request has at most 64 KiB and says its length\n"))
            return
        body = self.rfile.read(int(length))
        if self.path != "/add-checkpoint":
            self._say(Answer(404, "no such address\n"))
            return
        self._say(self.witness.add_checkpoint(body, int(time.time())))  # noqa: TID251 - a process of its own, without the kernel's clock

    def do_GET(self) -> None:
        """Name, key, and what was cosigned."""
        if self.path == "/":
            self._say(Answer(200, "".join(f"{c.verifier.line()}\n" for c in self.witness.cosigners)))
            return
        wanted = self.path.removeprefix("/checkpoint/")
        for key in self.witness.logs():
            if sha256(key.name.encode()).hexdigest() == wanted and (note := self.witness.last_note(key.name)):
                self._say(Answer(200, note.decode()))
                return
        self._say(Answer(404, "nothing was cosigned for this log\n"))

    def _say(self, said: Answer) -> None:
        raw = said.body.encode()
        self.send_response(said.status)
        self.send_header("Content-Type", said.content_type or TEXT_TYPE)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: addresses of those who ask are nobody's business."""


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """The server, bound and not yet serving; port 0 takes a free one."""

    class Handler(_Handler):
        pass

    Handler.witness = witness
    bound = ThreadingHTTPServer((host, port), Handler)
    bound.daemon_threads = True
    return bound
