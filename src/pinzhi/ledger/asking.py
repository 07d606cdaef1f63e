"""Asking a witness, a chain or a time-stamp authority over HTTP (the client's side). Standard library, bounded in time and size."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 5.0
MOST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Said:
    """The answer of a server: status 0 where it could not be reached."""

    status: int
    body: bytes = b""
    content_type: str = ""


def ask(
    method: str,
    address: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    most: int = MOST_BYTES,
) -> Said:
    """One request; redirects are not followed. Never raises for what the other side does."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return Said(0)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname, parts.port, timeout=seconds)
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request(method, target, body, dict(headers or {}))
            response = connection.getresponse()
            raw = response.read(most + 1)
            if len(raw) > most:
                return Said(0)
            return Said(response.status, raw, response.headers.get("Content-Type", ""))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return Said(0)
