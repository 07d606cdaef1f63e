"""
Identifiers of things, places and parties in events: EPC URNs and GS1 Digital Links, their one canonical form, and what is wrong with them.

The canonical form is the constrained GS1 Digital Link of CBV 2.0, section 8.9 (rules 17 and 18): `https://id.gs1.org`, the finest level of
identification only, no query. Sources: EPC Tag Data Standard 2.0, section 6; GS1 Digital Link URI Syntax 1.2, sections 4.8 to 4.11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pinzhi.life.tracing.rules.gs1.digits import check_digit, fits

HOME = "https://id.gs1.org/"
_SERIAL = r"(?:%[0-9A-Fa-f]{2}|[!'()*+,\-.0-9:;=A-Z_a-z])"
_CPREF = r"(?:%2[3Ff]|[-0-9A-Z])"
_COMPONENTS = {
    "serial": re.compile(_SERIAL + "+"),
    "digits": re.compile(r"[0-9]+"),
    "cpref": re.compile(_CPREF + "+"),
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """
    One EPC scheme. `total` digits are shared by company prefix and reference; `lead` says that the first digit of the reference moves to the front
    (GTIN, SSCC); `zero` goes before a GRAI; `ends` are the kinds of the parts after the reference with their longest lengths; `ai` and `ai2` are the
    Application Identifiers of the key and of the serial.
    """

    ai: str
    total: int
    lead: bool = False
    zero: bool = False
    ends: tuple[tuple[str, int], ...] = ()
    ai2: str = ""


_GTIN = (("serial", 20),)
SCHEMES: dict[str, Scheme] = {
    "id:sgtin": Scheme("01", 13, lead=True, ends=_GTIN, ai2="21"),
    "id:upui": Scheme("01", 13, lead=True, ends=(("serial", 28),), ai2="235"),
    "id:itip": Scheme("8006", 13, lead=True, ends=(("digits", 2), ("digits", 2), ("serial", 20)), ai2="21"),
    "id:sscc": Scheme("00", 17, lead=True),
    "id:sgln": Scheme("414", 12, ends=_GTIN, ai2="254"),
    "id:pgln": Scheme("417", 12),
    "id:grai": Scheme("8003", 12, zero=True, ends=(("serial", 16),)),
    "id:gdti": Scheme("253", 12, ends=(("serial", 17),)),
    "id:sgcn": Scheme("255", 12, ends=(("digits", 12),)),
    "id:gsrn": Scheme("8018", 17),
    "id:gsrnp": Scheme("8017", 17),
    "id:gsin": Scheme("402", 16),
    "class:lgtin": Scheme("01", 13, lead=True, ends=_GTIN, ai2="10"),
    "idpat:sgtin": Scheme("01", 13, lead=True, ends=(("any", 1),)),
    "idpat:upui": Scheme("01", 13, lead=True, ends=(("any", 1),)),
    "idpat:itip": Scheme("8006", 13, lead=True, ends=(("digits", 2), ("digits", 2), ("any", 1))),
    "idpat:grai": Scheme("8003", 12, zero=True, ends=(("any", 1),)),
    "idpat:gdti": Scheme("253", 12, ends=(("any", 1),)),
    "idpat:sgcn": Scheme("255", 12, ends=(("any", 1),)),
}
_FREE = {"id:giai": ("8004", 30), "id:ginc": ("401", 30)}
"""Schemes whose reference is free text: Application Identifier, longest length of prefix and reference together."""
_OTHERS = ("id:gid", "id:usdod", "id:adi", "id:imovn", "id:bic")
"""Schemes of the Tag Data Standard without a Digital Link: they stay as they are."""


@lru_cache(maxsize=65536)
def read(uri: str) -> tuple[str, str]:
    """
    (canonical form, fault) of a URI. The canonical form is empty where the URI names no GS1 key; the fault is empty where nothing is wrong.

    Faults: `epc_unknown_scheme`, `epc_syntax`, `check_digit`, `link_order`, `link_qualifier`, `link_value`; `check_digit_elsewhere` where the domain is
    not GS1's, so that the address may be an ordinary one (CBV 2.0, section 8.2.3). A wrong check digit in a link still has a canonical form, so that its
    hash can be had.
    """
    if uri.startswith("urn:epc:"):
        return _urn(uri)
    if uri.startswith(("http://", "https://", "HTTP://", "HTTPS://")):
        return _link(uri)
    return "", ""


# --- URN -----------------------------------------------------------------------------------------------------------------------------------


def _urn(uri: str) -> tuple[str, str]:
    form, _, rest = uri[8:].partition(":")
    name, _, value = rest.partition(":")
    kind = f"{form}:{name}"
    if kind in _FREE:
        return _free(kind, value)
    if kind in ("id:cpi", "idpat:cpi"):
        return _component(value, pattern=form == "idpat")
    scheme = SCHEMES.get(kind)
    if scheme is None:
        known = kind in _OTHERS or (form in ("idpat", "pat", "raw", "tag") and name)
        return "", "" if known else "epc_unknown_scheme"
    return _keyed(scheme, value)


def _keyed(scheme: Scheme, value: str) -> tuple[str, str]:
    prefix, dot, rest = value.partition(".")
    reference, dot2, tail = rest.partition(".")
    digits = prefix + reference
    if not (dot and digits.isascii() and digits.isdigit() and len(digits) == scheme.total and 6 <= len(prefix) <= 12):
        return "", "epc_syntax"
    ends: list[str] = []
    if scheme.ends:
        ends = tail.split(".", len(scheme.ends) - 1)
        if len(ends) != len(scheme.ends) or not all(_fits(e, *k) for e, k in zip(ends, scheme.ends, strict=True)):
            return "", "epc_syntax"
    elif dot2:
        return "", "epc_syntax"
    body = reference[0] + prefix + reference[1:] if scheme.lead and reference else digits
    if scheme.zero:
        body = "0" + body
    key = f"{HOME}{scheme.ai}/{body}{check_digit(body)}"
    serial = "" if ends and ends[-1] == "*" and scheme.ends[-1][0] == "any" else "".join(ends[-1:])
    key += "".join(ends[:-1])
    if not serial or (scheme.ai == "414" and serial == "0"):
        return key, ""
    return (f"{key}/{scheme.ai2}/{serial}" if scheme.ai2 else key + serial), ""


def _fits(part: str, kind: str, longest: int) -> bool:
    if kind == "any":
        return part == "*"
    return bool(_COMPONENTS[kind].fullmatch(part)) and _length(part) <= longest


def _length(part: str) -> int:
    return len(part) - 2 * part.count("%")


def _free(kind: str, value: str) -> tuple[str, str]:
    ai, longest = _FREE[kind]
    prefix, dot, reference = value.partition(".")
    if not (
        dot
        and prefix.isascii()
        and prefix.isdigit()
        and 6 <= len(prefix) <= 12
        and _fits(reference, "serial", longest - len(prefix))
    ):
        return "", "epc_syntax"
    return f"{HOME}{ai}/{prefix}{reference}", ""


def _component(value: str, *, pattern: bool) -> tuple[str, str]:
    prefix, dot, rest = value.partition(".")
    reference, dot2, serial = rest.rpartition(".")
    good = dot and dot2 and prefix.isascii() and prefix.isdigit() and 6 <= len(prefix) <= 12
    if not good or not _fits(reference, "cpref", 30 - len(prefix)):
        return "", "epc_syntax"
    if pattern:
        return (f"{HOME}8010/{prefix}{reference}", "") if serial == "*" else ("", "epc_syntax")
    if not _fits(serial, "digits", 12):
        return "", "epc_syntax"
    return f"{HOME}8010/{prefix}{reference}/8011/{serial}", ""


# --- Digital Link --------------------------------------------------------------------------------------------------------------------------

_ALPHA = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018", "gcn": "255", "sscc": "00",
    "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21", "glnx": "254",
    "cpsn": "8011",
}  # fmt: skip
"""Names that release 1.1 of the syntax allowed instead of digits."""
_X = r"(?:%[0-9A-Fa-f]{2}|[!'()*+,\-.0-9:;=A-Z_a-z\"<>?&$@~])"
_KEYS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    # AI: (form of its value, how many digits end in a check digit (0: none), qualifiers in their order)
    "00": (r"\d{18}", 18, ()),
    "01": (r"\d{14}|\d{13}|\d{12}|\d{8}", -1, ("22", "10", "21", "235")),
    "253": (rf"\d{{13}}{_X}{{0,17}}", 13, ()),
    "255": (r"\d{13}\d{0,12}", 13, ()),
    "401": (rf"\d{{4}}{_X}{{0,26}}", 0, ()),
    "402": (r"\d{17}", 17, ()),
    "414": (r"\d{13}", 13, ("254", "7040")),
    "417": (r"\d{13}", 13, ("7040",)),
    "8003": (rf"\d{{14}}{_X}{{0,16}}", 14, ()),
    "8004": (rf"\d{{4}}{_X}{{0,26}}", 0, ("7040",)),
    "8006": (r"\d{18}", 14, ("22", "10", "21")),
    "8010": (r"\d{4}(?:%2[3Ff]|[-#/0-9A-Z]){0,26}", 0, ("8011",)),
    "8013": (rf"\d{{4}}{_X}{{0,26}}", 0, ()),
    "8017": (r"\d{18}", 18, ("8019",)),
    "8018": (r"\d{18}", 18, ("8019",)),
}
_QUALIFIERS: dict[str, str] = {
    "22": rf"{_X}{{1,20}}", "10": rf"{_X}{{1,20}}", "21": rf"{_X}{{1,20}}", "235": rf"{_X}{{1,28}}", "254": rf"{_X}{{1,20}}",
    "8011": r"[0-9]{1,12}", "8019": r"[0-9]{1,10}", "7040": rf"{_X}{{4}}",
}  # fmt: skip
_FINEST = {
    "01": ("21", "235", "10"),
    "8006": ("21", "10"),
    "414": ("254",),
    "8010": ("8011",),
}
"""Which one qualifier stays in the constrained form, the finest first (rule 18)."""
_FORMS = {ai: re.compile(form) for ai, (form, _, _) in _KEYS.items()} | {
    ai: re.compile(f) for ai, f in _QUALIFIERS.items()
}
_ADDRESS = re.compile(r"https?://([^/?#]+)([^?#]*)", re.IGNORECASE)
_USUAL = re.compile(r"https://id\.gs1\.org/01/([0-9]{14})/21/[0-9A-Za-z_.-]{1,20}")
"""A unit in its canonical form already: most of what is ever captured."""


def _link(uri: str) -> tuple[str, str]:
    """The first key in the path whose value has the form of its AI decides; an address without such a key is an ordinary web address."""
    if (usual := _USUAL.fullmatch(uri)) is not None:
        return uri, "" if fits(usual[1]) else "check_digit"
    found = _ADDRESS.match(uri)
    if found is None:
        return "", ""
    home = found[1].lower() == "id.gs1.org"
    path = found[2].rstrip("/").split("/")[1:]
    parts = [_ALPHA.get(p, p) for p in path]
    for at in range(len(parts) - 1):
        ai = parts[at]
        if ai in _KEYS and _FORMS[ai].fullmatch(path[at + 1]):
            rest = [(parts[i], path[i + 1] if i + 1 < len(path) else "") for i in range(at + 2, len(path), 2)]
            canonical, fault = _qualified(ai, path[at + 1], rest)
            return canonical, "check_digit_elsewhere" if fault == "check_digit" and not home else fault
    if home and parts and parts[0] in _KEYS:
        return "", "link_value"
    return "", ""


def _qualified(ai: str, value: str, rest: list[tuple[str, str]]) -> tuple[str, str]:
    _, checked, allowed = _KEYS[ai]
    value = value.zfill(14) if ai == "01" else value
    key = value[: checked if checked > 0 else len(value)]
    fault = "check_digit" if checked and not fits(key) else ""
    given: dict[str, str] = {}
    last = -1
    for name, text in rest:
        if name not in allowed:
            return "", "link_qualifier"
        if not _FORMS[name].fullmatch(text):
            return "", "link_value"
        if allowed.index(name) <= last:
            fault = fault or "link_order"
        last = allowed.index(name)
        given[name] = text
    if "235" in given and len(given) > 1:
        return "", "link_qualifier"
    for name in _FINEST.get(ai, ()):
        if name in given:
            return f"{HOME}{ai}/{value}/{name}/{given[name]}", fault
    return f"{HOME}{ai}/{value}", fault
