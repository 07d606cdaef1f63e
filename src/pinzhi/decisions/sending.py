"""
One signed POST, out of the house. The only place of this room that touches the network.

The name is resolved once, every address it leads to is checked, and the connection goes to the checked address itself: a name that changes its
mind between check and use (DNS rebinding) gains nothing. Redirects are not followed, proxies are not used, and nothing of the answer is kept but its status.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pinzhi.decisions.rules.addresses import Target, check_name, check_place, target
from pinzhi.kernel.refusal import RefusedError
from pinzhi.site import environment

_READ_AT_MOST = 4096
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a POST: the HTTP status, or 0 and a short word why there was none."""

    status: int
    error: str = ""


class _Pinned(http.client.HTTPConnection):
    """A connection to one address that was checked, with the name only in the Host header and the TLS handshake."""

    def __init__(self, to: Target, address: str, timeout: float) -> None:
        super().__init__(to.host, to.port, timeout=timeout)
        self._to, self._address = to, address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self._to.port), timeout=self.timeout)
        if self._to.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._to.host)
        else:
            self.sock = plain


def resolve(host: str, port: int) -> list[str]:
    """Every address that a name leads to."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def checked_address(to: Target, *, look_up: Resolve = resolve) -> str:
    """The first address of a target, after all of them have passed. Raises RefusedError, or OSError when the name leads nowhere."""
    private = environment.flag("PINZHI_WEBHOOK_PRIVATE")
    check_name(to.host, private_allowed=private)
    addresses = look_up(to.host, to.port)
    if not addresses:
        raise OSError("the name leads nowhere")
    for address in addresses:
        check_place(address, private_allowed=private)
    return addresses[0]


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float, look_up: Resolve = resolve) -> Outcome:
    """
    POST `body` and tell the status. Never raises for what the receiver or the network does.

    `timeout` (seconds) bounds each wait and, through a timer that closes the socket, the whole exchange: a receiver that drips bytes holds nobody up.
    """
    try:
        to = target(url)
        connection = _Pinned(to, checked_address(to, look_up=look_up), timeout)
    except RefusedError as no:
        return Outcome(0, no.refusal.code)
    except (OSError, UnicodeError):
        return Outcome(0, "name_not_found")
    late = threading.Event()
    watch = threading.Timer(timeout, _cut, (connection, late))
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", to.path, body=body, headers=dict(headers))
        response = connection.getresponse()
        response.read(_READ_AT_MOST)
        return Outcome(response.status)
    except TimeoutError:
        return Outcome(0, "timeout")
    except ssl.SSLError:
        return Outcome(0, "tls")
    except (OSError, http.client.HTTPException, ValueError):
        return Outcome(0, "timeout" if late.is_set() else "connection")
    finally:
        watch.cancel()
        connection.close()


def _cut(connection: _Pinned, late: threading.Event) -> None:
    late.set()
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
