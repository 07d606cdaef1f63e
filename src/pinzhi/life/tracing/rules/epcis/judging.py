"""Single values of an event judged: URIs, words, times, numbers. Each answers with a fault code, or with nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from pinzhi.life.tracing.rules.epcis import identifiers, terms
from pinzhi.life.tracing.rules.epcis.values import OFFSET, Literal, moment, number

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_UOM = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+|[0-9A-Fa-f]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


@lru_cache(maxsize=65536)
def uri(value: str) -> str:
    """A URI, and where it is an EPC or a GS1 Digital Link, one that holds."""
    text = value.strip()
    if not _URI.fullmatch(text):
        return "uri_form" if text else "empty"
    return identifiers.read(text)[1]


@lru_cache(maxsize=8192)
def word(value: str, words: terms.Vocabulary, *, xml: bool) -> str:
    """A word of the vocabulary, bare in JSON and as a URI in XML, or a URI of somebody else."""
    text = value.strip()
    if text in words.words:
        return "word_bare" if xml else ""
    if words.draft(text):
        return "word_draft"
    if not _URI.fullmatch(text):
        return "uri_form" if ":" in text else "word_unknown" if text else "empty"
    if words.claims(text):
        return "" if words.word(text) else "word_unknown" if terms.shaped(text) else "word_in_gs1_namespace"
    stem = next((s for s in _WEB if text.startswith(s)), "") if words.open else ""
    return "word_not_in_web_vocabulary" if stem and text[len(stem) :] not in words.words else ""


_WEB = (terms.VOC, "gs1:", *terms.OLD_VOC)
WARNINGS = frozenset(
    {"word_not_in_web_vocabulary", "class_expected", "piece_expected", "count_not_whole", "time_future", "times_reversed",
     "event_type_withdrawn", "name_unmapped", "word_draft", "word_in_gs1_namespace", "check_digit_elsewhere", "field_misplaced",
     "certification_inline", "element_of_later_edition"}
)  # fmt: skip
"""What is said but does not make a document invalid."""


def time(value: str) -> str:
    """A point of time with its zone."""
    return "" if moment(value.strip()) is not None else "time_form"


def offset(value: str) -> str:
    """`eventTimeZoneOffset`."""
    return "" if OFFSET.fullmatch(value.strip()) else "offset_form"


def figure(value: Any, *, xml: bool) -> str:
    """A number: JSON's own, or the text of one in XML."""
    if isinstance(value, bool):
        return "type_number"
    if isinstance(value, (int, float, Literal)):
        return ""
    return "" if xml and isinstance(value, str) and _DECIMAL.fullmatch(value.strip()) else "type_number"


def boolean(value: Any, *, xml: bool) -> str:
    """True or false: JSON's own, or one of four texts in XML."""
    if isinstance(value, bool) or (xml and value in ("true", "false", "1", "0")):
        return ""
    return "type_boolean"


def hexadecimal(value: Any) -> str:
    """Hexadecimal digits."""
    return "" if isinstance(value, str) and _HEX.fullmatch(value) else "type_hex"


def unit(value: str) -> str:
    """A unit of measure of a quantity."""
    return "" if _UOM.fullmatch(value.strip()) else "uom_form"


def negative(value: Any) -> bool:
    """Whether a number that has been judged lies below zero."""
    return number(str(value).strip()).startswith("-")


def whole(value: Any) -> bool:
    """Whether a number that has been judged has no fraction."""
    return "." not in number(str(value).strip())


_CLASS = re.compile(
    r"https://id\.gs1\.org/(?:01/\d{14}(?:/10/[^/]+)?|8006/\d{18}(?:/10/[^/]+)?|8003/\d{14}|253/\d{13}|255/\d{13}|8010/[^/]+)"
)


@lru_cache(maxsize=65536)
def level(value: str) -> str:
    """`class` for a GTIN, a lot or another class, `piece` for everything else that is a GS1 key, empty for other URIs."""
    canonical = identifiers.read(value.strip())[0]
    if not canonical:
        return ""
    return "class" if _CLASS.fullmatch(canonical) else "piece"
