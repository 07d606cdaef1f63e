"""Where a webhook may go: the rules against requests that are steered into our own network (SSRF, CWE-918)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pinzhi.kernel.refusal import RefusedError

_TUNNELS = tuple(
    ipaddress.ip_network(n)
    for n in (
        "64:ff9b::/96",  # NAT64 (RFC 6052) and its local range (RFC 8215): a private IPv4 address may hide inside
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
    )
)
_HOST = re.compile(r"[a-z0-9._-]{1,253}\Z|\[[0-9a-f:.]+\]\Z", re.IGNORECASE)
_PRINTABLE = re.compile(r"[\x21-\x7e]+\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: scheme, host (without brackets), port, path with query."""

    scheme: str
    host: str
    port: int
    path: str


def _no(reason: str, remedy: str) -> RefusedError:
    return RefusedError.because("webhook_address_refused", reason, remedy, field="url")


def target(url: str) -> Target:
    """Read and check the form of an address. Raises RefusedError(`webhook_address_refused`); says nothing yet about where the name leads."""
    if len(url) > 500 or not _PRINTABLE.match(url):
        raise _no("the address is too long or holds spaces or other letters", "give at most 500 ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as why:
        raise _no(f"not an address: {why}", "give https://host/path") from why
    if parts.scheme not in ("http", "https"):
        raise _no("only http and https are possible", "give an address that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise _no("the address holds a name or password", "leave it out; deliveries are signed")
    if parts.fragment:
        raise _no("the address has a fragment", "leave out what follows #")
    host = parts.hostname or ""
    if not _HOST.match(parts.netloc.rpartition("@")[2].rsplit(":", 1)[0] if port else parts.netloc) or not host:
        raise _no("the host name is not valid", "give a host name in ASCII (punycode) or an address")
    number = port if port is not None else {"http": 80, "https": 443}[parts.scheme]
    if number not in (80, 443) and number < 1024:
        raise _no(f"port {number} belongs to another service", "use 80, 443 or a port from 1024 up")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, number, path)


def check_name(host: str, *, private_allowed: bool) -> None:
    """Refuse names that can only lead into our own network, before anything is looked up (RFC 6761, RFC 6762)."""
    name = host.rstrip(".").lower()
    if not private_allowed and (name == "localhost" or name.endswith((".localhost", ".local", ".internal"))):
        raise _no(f"{host} is a name of our own network", "give a public host name")


def check_place(address: str, *, private_allowed: bool) -> None:
    """
    Refuse an IP address that a name led to, unless it is on the public internet.

    `private_allowed` (PINZHI_WEBHOOK_PRIVATE) opens private and loopback networks. Link-local addresses, where clouds keep their metadata services,
    stay closed in any case, and so do multicast, unspecified and tunnelled ones.
    """
    where = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(where, ipaddress.IPv6Address):
        if where.ipv4_mapped is not None:
            check_place(str(where.ipv4_mapped), private_allowed=private_allowed)
            return
        if any(where in tunnel for tunnel in _TUNNELS):
            raise _no(f"{address} is a tunnelled address", "give a host with a plain address")
    if where.is_link_local or where.is_multicast or where.is_unspecified:
        raise _no(f"{address} is not an address of a server", "give a public host")
    if not where.is_global and not (private_allowed and (where.is_private or where.is_loopback)):
        raise _no(
            f"{address} is not on the public internet",
            "give a public host, or let the operator set PINZHI_WEBHOOK_PRIVATE=1",
        )
