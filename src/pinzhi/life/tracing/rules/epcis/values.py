"""One canonical form for every value of an event: times, numbers, words of the vocabulary, identifiers (CBV 2.0, section 8.9, rules 5 to 9 and 14 to 18)."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from pinzhi.life.tracing.rules.epcis import identifiers, terms

_TIME = re.compile(r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
OFFSET = re.compile(r"[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00", re.ASCII)
"""`eventTimeZoneOffset`: hours and minutes with their sign, from -14:00 to +14:00."""
_NUMBER = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
LONGEST_EXPONENT = 400
"""Beyond it no number is written out: a double ends at 308."""


class Literal(str):
    """A JSON number with a fraction or an exponent, in the very characters of the document: its hash must not depend on binary rounding."""

    __slots__ = ()


@lru_cache(maxsize=16384)
def moment(text: str) -> datetime | None:
    """
    A point of time (`xsd:dateTimeStamp`), in UTC, cut to microseconds; None where it is none or has no zone.

    `24:00:00` is the beginning of the next day, as in XML Schema.
    """
    found = _TIME.fullmatch(text)
    if found is None or found[8] is None or (found[8] != "Z" and not OFFSET.fullmatch(found[8])):
        return None
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(text).astimezone(UTC)
    year, month, day, hour, minute, second = (int(found[i]) for i in range(1, 7))
    fraction = found[7] or ""
    midnight = hour == 24 and minute == second == 0 and not fraction.strip("0")
    try:
        zone = UTC if found[8] == "Z" else timezone(_offset(found[8]))
        at = datetime(
            year, month, day, 0 if midnight else hour, minute, second, int((fraction + "000000")[:6]), tzinfo=zone
        )
        return (at + timedelta(days=1) if midnight else at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> timedelta:
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return timedelta(minutes=-minutes if text[0] == "-" else minutes)


@lru_cache(maxsize=16384)
def time(text: str) -> str:
    """UTC with milliseconds, rounded half up (rules 8 and 9). What is no time stays as it is: a hash can be had of it, the check refuses it."""
    at = moment(text)
    if at is None:
        return text
    if at.microsecond % 1000:
        try:
            at = at.replace(microsecond=0) + timedelta(milliseconds=(at.microsecond + 500) // 1000)
        except OverflowError:
            return text
    return at.isoformat(timespec="milliseconds")[:23] + "Z"


@lru_cache(maxsize=16384)
def number(text: str) -> str:
    """A number without plus sign, leading and trailing zeros and exponent (rule 6); other text as it is."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    sign, digits, exponent = found[1], found[2], int(found[3] or 0)
    whole, _, part = digits.partition(".")
    if exponent:
        if abs(exponent) > LONGEST_EXPONENT:
            return text
        whole, part = _shifted(whole, part, exponent)
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    minus = "-" if sign == "-" and (whole != "0" or part) else ""
    return f"{minus}{whole}.{part}" if part else minus + whole


def _shifted(whole: str, part: str, exponent: int) -> tuple[str, str]:
    if exponent > 0:
        part = part.ljust(exponent, "0")
        return whole + part[:exponent], part[exponent:]
    whole = whole.rjust(-exponent, "0")
    return whole[:exponent], whole[exponent:] + part


@lru_cache(maxsize=65536)
def canonical(text: str) -> str:
    """
    A text value: numbers, CBV URNs, prefixed names of GS1 and identifiers in their one form; other text as it is.

    `12E5` in a text is no quantity but, say, a lot number, and stays.
    """
    first = text[:1]
    if first in "0123456789+-.":
        return text if "e" in text or "E" in text else number(text)
    if first == "u":
        if text.startswith("urn:epc:"):
            return identifiers.read(text)[0] or text
        if text.startswith(terms.CBV_URN):
            for urn, stem in terms.URN_STEMS:
                if text.startswith(urn):
                    return stem + text[len(urn) :]
    elif first in "hH":
        return identifiers.read(text)[0] or text
    elif first in "gce":
        prefix, colon, rest = text.partition(":")
        if colon and prefix in ("gs1", "cbv", "epcis"):
            return terms.PREFIXES[prefix] + rest
    return text


def written(value: Any) -> str:
    """The canonical text of any JSON value that is no object and no list; None says nothing."""
    if isinstance(value, str) and not isinstance(value, Literal):
        return canonical(value.strip())
    return quantity(value)


def quantity(value: Any) -> str:
    """The canonical text of a number, whether JSON's or the text of XML; and of true and false."""
    if isinstance(value, str):
        return number(value.strip())
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return ""
    try:
        return number(str(value))
    except ValueError:  # more digits than Python writes out
        return f"{value:#x}"
