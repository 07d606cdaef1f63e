"""
GS1 Digital Link URI: reading, canonical form, writing (GS1 Digital Link Standard: URI Syntax; GB/T 33993-2024 builds on the same identifiers).

    read(table, "https://id.gs1.org/01/09506000134352/10/ABC/21/123?17=261231")
    → keys {01}, qualifiers {10, 21}, attributes {17}, canonical address, errors

Scheme and host are read in either case, because symbols in the alphanumeric mode of QR need capitals. A path may have a stem before the key. A GTIN of
8, 12 or 13 digits is written with 14. Every fault is listed, not only the first. Compressed links (`compressed`) are read like open ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import quote, unquote_to_bytes

from pinzhi.life.tracing.rules.gs1 import compressed
from pinzhi.life.tracing.rules.gs1.digits import gtin_14
from pinzhi.life.tracing.rules.gs1.identifiers import Identifiers

Pairs = tuple[tuple[str, str], ...]
CANONICAL = "https://id.gs1.org"
LONGEST = 8000
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
_ADDRESS = re.compile(r"(https?)://([^/?#]+)(/[^?#]*)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE)
_ALPHAS = re.compile(
    "gtin|itip|cpid|sscc|gdti|gcn|ginc|gsin|gln|glnx|party|payTo|grai|giai|gmn|gsrnp?|cpv|lot|ser|cpsn|refno|srin|uic"
)
_GTIN = "01"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault: its code (`faults.FAULTS`), the identifier or part of the address, the value."""

    code: str
    at: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """
    What a Digital Link says. `canonical` is empty where there are errors; `others` are parameters that are not GS1's; `packed`: it was read from a
    compressed address.
    """

    keys: Pairs = ()
    qualifiers: Pairs = ()
    attributes: Pairs = ()
    others: Pairs = ()
    canonical: str = ""
    packed: bool = False
    errors: tuple[Wrong, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.errors

    def value(self, identifier: str) -> str:
        """The value of an identifier wherever it stands, or nothing."""
        return dict((*self.attributes, *self.qualifiers, *self.keys)).get(identifier, "")


def read(table: Identifiers, address: str) -> Link:
    """Read an address. Never raises; what is wrong stands in `errors`."""
    if len(address) > LONGEST:
        return Link(errors=(Wrong("too_long", "uri"),))
    if not _URI.fullmatch(address):
        return Link(errors=(Wrong("uri_characters", "uri"),))
    parted = _ADDRESS.fullmatch(address)
    if parted is None:
        code = "host" if re.match(r"https?:", address, re.IGNORECASE) else "scheme"
        return Link(errors=(Wrong(code, "uri"),))
    segments = parted[3].split("/")[1:]
    start, wrong = _key(table, segments)
    if start < 0:
        packed = _unpacked(table, segments, parted[4] or "")
        return packed or Link(errors=(wrong,) if wrong else ())
    path, errors = _pairs(zip(segments[start::2], segments[start + 1 :: 2], strict=True))
    errors += _order(table, path, segments[:start])
    query, others, more = _query(table, parted[4] or "")
    errors += more
    path, query = _padded(path), _padded(query)
    codes = [code for code, _ in (*path, *query)]
    errors += [Wrong("repeated", code) for code in sorted({c for c in codes if codes.count(c) > 1})]
    for code, value in (*path, *query):
        if value and (fault := table.fault(code, value)):
            errors.append(Wrong(fault, code, value))
    errors += [Wrong(fault, code) for code, fault in table.together(codes)]
    canonical = "" if errors else write(CANONICAL, path, sorted(query))
    return Link(path[:1], path[1:], query, others, canonical, errors=tuple(errors))


def _unpacked(table: Identifiers, segments: list[str], query: str) -> Link | None:
    """A compressed link, whole or behind an open key; None where the last segment is none. It is judged as an open link is."""
    found = compressed.unpack(table, segments[-1])
    if found is None:
        return None
    pairs, more = found
    start, _ = _key(table, segments[:-1])
    if start >= 0:
        open_, _ = _pairs(zip(segments[start:-1:2], segments[start + 1 : -1 : 2], strict=True))
        pairs = (*open_, *pairs)
    key = next((code for code, _ in pairs if table.by_code[code].qualifiers is not None), "")
    if not key:
        return None
    ways = table.by_code[key].qualifiers or ((),)
    given = dict(pairs)
    way = max(ways, key=lambda each: sum(code in given for code in each))
    path = [(code, given[code]) for code in (key, *way) if code in given]
    asked = [pair for pair in pairs if pair not in path]
    link = read(table, write(CANONICAL, path, asked) + ("?" if query and not asked else "&" if query else "") + query)
    return replace(link, others=(*link.others, *((name, quote(value, safe="")) for name, value in more)), packed=True)


def pack(table: Identifiers, address: str, *, partly: bool = False) -> str:
    """
    The compressed form of a valid address: its host and stem, then all identifiers, or the key in the open and the others behind it (`partly`). Parameters
    that are not GS1's stay in the query. Raises ValueError for an address that is no valid link.
    """
    link = read(table, address)
    parted = _ADDRESS.fullmatch(address)
    if not link.valid or parted is None:
        raise ValueError(address)
    segments = parted[3].split("/")[1:]
    if link.packed:
        opened = _key(table, segments[:-1])[0]
        stem = segments[: opened if opened >= 0 else -1]
    else:
        stem = segments[: _key(table, segments)[0]]
    start = "/".join([f"{parted[1]}://{parted[2]}", *stem])
    rest = (*link.qualifiers, *link.attributes)
    asked = "&".join(f"{name}={value}" for name, value in link.others)
    if partly:
        packed = write(start, link.keys) + ("/" + compressed.pack(table, rest) if rest else "")
    else:
        packed = f"{start}/{compressed.pack(table, (*link.keys, *rest))}"
    return packed + ("?" + asked if asked else "")


def write(stem: str, path: Sequence[tuple[str, str]], attributes: Sequence[tuple[str, str]] = ()) -> str:
    """An address: `path` is the key and its qualifiers in their order. Everything but unreserved characters is percent-encoded."""
    said = "".join(f"/{code}/{quote(value, safe='')}" for code, value in path)
    asked = "&".join(f"{code}={quote(value, safe='')}" for code, value in attributes)
    return f"{stem}{said}{'?' if asked else ''}{asked}"


def place_number(address: str) -> str:
    """`GLN 9523000000012`, with the extension of the place after a slash; empty for an address that names no place (AI 414, 254)."""
    _stem, there, rest = address.partition("/414/")
    number, _sep, more = rest.partition("/")
    extension = more.partition("254/")[2].partition("/")[0]
    return f"GLN {number}{f'/{extension}' if extension else ''}" if there else ""


def _key(table: Identifiers, segments: list[str]) -> tuple[int, Wrong | None]:
    """Where the primary key stands: the last one from which identifiers and values alternate to the end."""
    at = len(segments) - 2
    while at >= 0:
        known = table.by_code.get(segments[at])
        if known is None:
            break
        if known.qualifiers is not None:
            return at, None
        at -= 2
    stray = segments[at] if at >= 0 else ""
    before = segments[: max(at, 0)]
    if alpha := next((s for s in segments if _ALPHAS.fullmatch(s)), ""):
        return -1, Wrong("convenience_alpha", "path", alpha)
    if stray.isdigit() and any((k := table.by_code.get(s)) and k.qualifiers is not None for s in before):
        return -1, Wrong("unknown_identifier", "path", stray)
    return -1, Wrong("no_key", "path")


def _pairs(found: zip[tuple[str, str]]) -> tuple[Pairs, list[Wrong]]:
    """Values without their percent-encoding; bytes that are no UTF-8 become a character that no identifier allows."""
    read_ = tuple((code, unquote_to_bytes(raw).decode(errors="replace")) for code, raw in found)
    return read_, [Wrong("empty", code) for code, value in read_ if not value]


def _order(table: Identifiers, path: Pairs, stem: list[str]) -> list[Wrong]:
    """Qualifiers must be those of the key, in their order; one of them directly before the key is out of order and no stem."""
    key = path[0][0]
    ways = table.by_code[key].qualifiers or ((),)
    mine = {q for way in ways for q in way}
    if len(stem) > 1 and stem[-2] in mine:
        return [Wrong("order", stem[-2], stem[-1])]
    used = [code for code, _ in path[1:]]
    strange = [Wrong("qualifier", code, value) for code, value in path[1:] if code not in mine]
    if strange or len(set(used)) < len(used):
        return strange
    for way in ways:
        if set(used) <= set(way) and all(way.index(a) < way.index(b) for a, b in pairwise(used)):
            return []
    together = any(set(used) <= set(way) for way in ways)
    return [Wrong("order" if together else "qualifier", used[-1], path[-1][1])]


def _query(table: Identifiers, query: str) -> tuple[Pairs, Pairs, list[Wrong]]:
    """Identifiers of the query, other parameters, faults. Names of digits alone belong to GS1."""
    found, others, errors = [], [], []
    for word in re.split("[&;]", query):
        name, equals, raw = word.partition("=")
        if not equals:
            continue
        if not (name.isascii() and name.isdigit()):
            others.append((name, raw))
        elif (known := table.by_code.get(name)) is None:
            errors.append(Wrong("unknown_identifier", "query", name))
        elif not known.attribute:
            errors.append(Wrong("not_an_attribute", name, raw))
        else:
            found.append((name, raw))
    read_, empty = _pairs(zip([n for n, _ in found], [v for _, v in found], strict=True))
    return read_, tuple(others), errors + empty


def _padded(pairs: Pairs) -> Pairs:
    return tuple((c, gtin_14(v) if c == _GTIN and len(v) in {8, 12, 13} else v) for c, v in pairs)


def document(link: Link, address: str, sentences: Mapping[str, tuple[str, str]]) -> dict[str, object]:
    """The shape of the interface contract. `sentences`: (zh, en) by code."""
    return {
        "link": address,
        "valid": link.valid,
        "keys": dict(link.keys),
        "qualifiers": dict(link.qualifiers),
        "attributes": dict(link.attributes),
        "others": dict(link.others),
        "canonical": link.canonical,
        "errors": [
            {"code": w.code, "at": w.at, "value": w.value, "message_zh": zh, "message_en": en}
            for w in link.errors
            for zh, en in [sentences[w.code]]
        ],
    }
