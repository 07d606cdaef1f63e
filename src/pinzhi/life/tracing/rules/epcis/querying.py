"""
The query language of EPCIS 2.0 (section 8.2.7): parameters read into conditions. What is not known is refused, never left out.

    asked = read({"EQ_bizStep": ["shipping"], "MATCH_epc": ["urn:epc:idpat:sgtin:6901234.056789.*"]})

Columns of the store answer most conditions; those that only the body of an event can answer (`tests`) are asked of each event (`holds`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis import shape, terms
from pinzhi.life.tracing.rules.epcis.names import STANDARD, TEXT, Names
from pinzhi.life.tracing.rules.epcis.values import canonical, moment, written

MOST_VALUES = 200
"""Values of one parameter."""
LONGEST = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Among:
    """A column of the event is one of `values`."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A moment of the event, `at` or `recorded_at`, is not before (`ge`) or before (`lt`) a moment."""

    column: str
    how: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """The event names a thing in one of `parts`: one of `uris`, or one whose canonical link begins with one of `stems`."""

    parts: tuple[str, ...]
    uris: tuple[str, ...]
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """A condition that the body of an event answers: which kind, the field that it is about, and the values (none: it is there at all)."""

    kind: str
    name: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query. `limit`: only the first so many in the order asked for; `most`: more than so many is an error."""

    among: tuple[Among, ...] = ()
    spans: tuple[Span, ...] = ()
    named: tuple[Named, ...] = ()
    ids: tuple[str, ...] | None = None
    declared: bool = False
    tests: tuple[Test, ...] = ()
    order: str = "recorded_at"
    descending: bool = False
    limit: int | None = None
    most: int | None = None


@dataclass(slots=True)
class _Found:
    among: list[Among] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)


# --- parameters --------------------------------------------------------------------------------------------------------------------------


def _word(words: terms.Vocabulary) -> Callable[[str], str]:
    return lambda text: text if text in words.words else words.word(text) or text


_COLUMNS: dict[str, tuple[str, Callable[[str], str]]] = {
    "eventType": ("kind", str),
    "EQ_action": ("action", str),
    "EQ_bizStep": ("step", _word(terms.BIZ_STEP)),
    "EQ_disposition": ("disposition", _word(terms.DISPOSITION)),
    "EQ_readPoint": ("read_point", canonical),
    "WD_readPoint": ("read_point", canonical),
    "EQ_bizLocation": ("location", canonical),
    "WD_bizLocation": ("location", canonical),
    "EQ_transformationID": ("transformation", canonical),
}
_COMMAS = frozenset({"eventType", "EQ_action", "EQ_bizStep", "EQ_disposition"})
"""Words hold no comma, so that lists of them may be written with one; identifiers may hold it."""
_SPANS = {
    f"{how}_{name}": (column, how.lower())
    for how in ("GE", "LT")
    for name, column in (("eventTime", "at"), ("recordTime", "recorded_at"))
}
_ANY = ("object", "parent", "child", "input", "output")
_MATCHES = {
    "MATCH_epc": (("object", "child"), False),
    "MATCH_parentID": (("parent",), False),
    "MATCH_inputEPC": (("input",), False),
    "MATCH_outputEPC": (("output",), False),
    "MATCH_anyEPC": (_ANY, False),
    "MATCH_epcClass": (("object", "child"), True),
    "MATCH_inputEPCClass": (("input",), True),
    "MATCH_outputEPCClass": (("output",), True),
    "MATCH_anyEPCClass": (_ANY, True),
}
_PAIRS = {
    "EQ_bizTransaction_": ("bizTransactionList", "bizTransaction", terms.TRANSACTION_TYPE),
    "EQ_source_": ("sourceList", "source", terms.PARTY_TYPE),
    "EQ_destination_": ("destinationList", "destination", terms.PARTY_TYPE),
}
_ORDERS = {"eventTime": "at", "recordTime": "recorded_at"}
NAMES = (
    *_COLUMNS, *_SPANS, *_MATCHES, *(f"{p}TYPE" for p in _PAIRS), "EQ_ILMD_FIELD", "EXISTS_ILMD_FIELD", "EQ_eventID", "EXISTS_errorDeclaration",
    "EQ_errorReason", "EQ_correctiveEventID", "EQ_persistentDisposition_set", "EQ_persistentDisposition_unset", "orderBy", "orderDirection",
    "eventCountLimit", "maxEventCount",
)  # fmt: skip
"""Every parameter that is understood; `TYPE` and `FIELD` stand for a word of the CBV and the name of a field."""


def read(parameters: Mapping[str, Any], names: Names = STANDARD) -> Asked:
    """
    A query from its parameters, each a value or a list of values. `names` are the prefixes in which fields of master data are named.

    Raises RefusedError: `query_parameter_unknown`, `query_parameter_invalid`, `query_pattern_unsupported`; each names the parameter.
    """
    found = _Found()
    for name, given in parameters.items():
        _one(name, _values(name, given), found, names)
    order = found.rest
    if order.get("limit") is not None and order.get("most") is not None:
        raise _invalid("maxEventCount", "eventCountLimit and maxEventCount exclude each other", "give one of the two")
    return Asked(tuple(found.among), tuple(found.spans), tuple(found.named), tests=tuple(found.tests), **order)


def both(one: Asked, other: Asked) -> Asked:
    """The first query with the conditions of a second beside its own."""
    return replace(
        one,
        among=one.among + other.among,
        spans=one.spans + other.spans,
        named=one.named + other.named,
        tests=one.tests + other.tests,
    )


def _one(name: str, values: list[str], found: _Found, names: Names) -> None:
    if name in _COLUMNS:
        column, form = _COLUMNS[name]
        found.among.append(Among(column, tuple(form(v) for v in values)))
    elif name in _SPANS:
        at = moment(_single(name, values))
        if at is None:
            raise _invalid(
                name, f"«{values[0][:40]}» is no time with its zone", "write it like 2026-01-31T08:00:00+08:00"
            )
        found.spans.append(Span(*_SPANS[name], at))
    elif name in _MATCHES:
        parts, of_class = _MATCHES[name]
        patterns = [pattern(name, v, of_class=of_class) for v in values]
        found.named.append(Named(parts, tuple(u for u, s in patterns if not s), tuple(u for u, s in patterns if s)))
    elif name == "EQ_eventID":
        found.rest["ids"] = tuple(values)
    elif name == "EXISTS_errorDeclaration":
        _true(name, values)
        found.rest["declared"] = True
    elif (test := _test(name, values, names)) is not None:
        found.tests.append(test)
    else:
        _control(name, values, found.rest)


def _test(name: str, values: list[str], names: Names) -> Test | None:
    for stem, (where, _, words) in _PAIRS.items():
        if name.startswith(stem) and (kind := name.removeprefix(stem)):
            return Test(where, _word(words)(kind), frozenset(canonical(v) for v in values))
    for stem in ("EQ_ILMD_", "EXISTS_ILMD_"):
        if name.startswith(stem) and name != stem:
            if stem[1] == "X":
                _true(name, values)
            key = field_name(name, name.removeprefix(stem), names)
            return Test("ilmd", key, frozenset(written(v) for v in values) if stem[1] == "Q" else frozenset())
    plain: dict[str, tuple[str, str, Callable[[str], str]]] = {
        "EQ_errorReason": ("errorDeclaration", "reason", _word(terms.ERROR_REASON)),
        "EQ_correctiveEventID": ("errorDeclaration", "correctiveEventIDs", str),
        "EQ_persistentDisposition_set": ("persistentDisposition", "set", _word(terms.DISPOSITION)),
        "EQ_persistentDisposition_unset": ("persistentDisposition", "unset", _word(terms.DISPOSITION)),
    }
    if name not in plain:
        return None
    where, key, form = plain[name]
    return Test(where, key, frozenset(form(v) for v in values))


def _control(name: str, values: list[str], rest: dict[str, Any]) -> None:
    one = _single(name, values) if values else ""
    if name == "orderBy":
        if one not in _ORDERS:
            raise _invalid(name, f"events are not ordered by {one[:40]}", "one of: eventTime, recordTime")
        rest["order"] = _ORDERS[one]
        rest.setdefault("descending", True)  # the standard's order where none is said
    elif name == "orderDirection":
        if one not in ("ASC", "DESC"):
            raise _invalid(name, f"«{one[:40]}» is no direction", "ASC or DESC")
        rest["descending"] = one == "DESC"
    elif name in ("eventCountLimit", "maxEventCount"):
        rest["limit" if name == "eventCountLimit" else "most"] = whole_number(name, one, 1, LONGEST)
    else:
        raise RefusedError.because(
            "query_parameter_unknown",
            f"there is no parameter {name[:80]} here",
            "see the chapter on tracing for those that are understood",
            field=name[:80],
        )


def _values(name: str, given: Any) -> list[str]:
    if isinstance(given, bool):
        return ["true" if given else "false"]
    texts = [given] if isinstance(given, (str, int, float)) else given
    if not isinstance(texts, Sequence) or not texts or not all(isinstance(t, (str, int, float)) for t in texts):
        raise _invalid(name, f"{name[:80]} takes texts", "give a text, or a list of texts")
    marks = "[|,]" if name in _COMMAS else "[|]"
    found = [part.strip() for t in texts for part in re.split(marks, str(t))]
    if len(found) > MOST_VALUES:
        raise _invalid(name, f"{len(found)} values, more than {MOST_VALUES}", "ask in parts")
    if any("\x00" in v or len(v) > 2000 for v in found):
        raise _invalid(name, "a value is too long or holds a zero byte", "give the value as it stands in the event")
    return list(dict.fromkeys(found))


def _single(name: str, values: list[str]) -> str:
    if len(values) != 1:
        raise _invalid(name, f"{name} takes one value", "give it once")
    return values[0]


def _true(name: str, values: list[str]) -> None:
    if values not in ([""], ["true"]):
        raise _invalid(name, f"{name[:80]} asks whether there is one at all", "leave its value empty, or write true")


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """A number in its bounds. Raises RefusedError(`query_parameter_invalid`)."""
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        raise _invalid(name, f"{name} is a whole number from {low} to {high}", "write plain digits")
    return int(text)


def field_name(parameter: str, name: str, names: Names) -> str:
    """
    `{namespace}name` of a field of master data: `prefix:name` with a prefix that is known, or `namespace#name` as in EPCIS 1.2.

    Raises RefusedError(`query_parameter_invalid`).
    """
    space, mark, local = name.rpartition("#")
    if mark and space and ":" in space:
        known = {s.rstrip("#/"): s for s in terms.PREFIXES.values()}
        return "{" + known.get(space.rstrip("#/"), space) + "}" + local
    key = names.key(name)
    if key is None or not key.startswith("{"):
        raise _invalid(
            parameter,
            f"the field {name[:60]} has no known namespace",
            "write namespace#name, or declare its prefix in GS1-Extensions",
        )
    return key


def _invalid(name: str, reason: str, remedy: str) -> RefusedError:
    return RefusedError.because("query_parameter_invalid", reason, remedy, field=name[:80])


# --- patterns ----------------------------------------------------------------------------------------------------------------------------


def pattern(name: str, text: str, *, of_class: bool) -> tuple[str, bool]:
    """
    (canonical link, False) for an identifier; (what the canonical link begins with, True) for a pattern whose last part is `*`.

    A pattern with stars further in front names no beginning of a link. Raises RefusedError(`query_pattern_unsupported`).
    """
    if "*" not in text:
        return canonical(text), False
    if of_class and text.startswith("urn:epc:idpat:sgtin:") and text.count("*") == 1:
        return canonical(text), False  # the class itself: an event names it so in its quantities
    head, _, tail = text.rpartition("*")
    if "*" not in head and not tail:
        if text.startswith("urn:epc:idpat:") and head.endswith("."):
            one = "urn:epc:id:" + head.removeprefix("urn:epc:idpat:") + "0"
        elif text.startswith(("urn:epc:class:lgtin:", "urn:epc:idpat:lgtin:")):
            one = "urn:epc:class:lgtin:" + head.rpartition(":")[2] + "0"
        else:
            one = head + "0"
        plain = canonical(one)
        if plain.startswith(("https://", "http://")) and plain.endswith("0") and _open_end(plain, one):
            return plain[:-1], True
    raise RefusedError.because(
        "query_pattern_unsupported",
        f"the pattern {text[:120]} cannot be looked up",
        "let only the last part be *: urn:epc:idpat:sgtin:PREFIX.ITEM.*, urn:epc:class:lgtin:PREFIX.ITEM.*, https://…/01/GTIN/21/*",
        field=name,
    )


_OPEN_END = re.compile(r"/(?:21|10|235|254|8004|8003|253)/[^/?]*0\Z")


def _open_end(plain: str, given: str) -> bool:
    """Whether the last part of a link is a serial, so that stars may follow: an SSCC, whose check digit stands last, is not."""
    return bool(_OPEN_END.search(plain)) or plain == given


# --- what only the body answers ------------------------------------------------------------------------------------------------------------


def holds(test: Test, body: Mapping[str, Any]) -> bool:
    """Whether an event's body meets a test."""
    if test.kind in shape.PAIR_LISTS:
        word = shape.PAIR_LISTS[test.kind]
        return any(
            _type(pair) == test.name and canonical(str(pair.get(word, "")).strip()) in test.values
            for pair in _objects(body.get(test.kind))
        )
    inside = body.get(test.kind)
    if not isinstance(inside, Mapping) or test.name not in inside:
        return False
    if not test.values:
        return True
    return any(_form(test)(v) in test.values for v in _texts(inside[test.name]))


def _form(test: Test) -> Callable[[Any], str]:
    words = {"errorDeclaration": terms.ERROR_REASON, "persistentDisposition": terms.DISPOSITION}.get(test.kind)
    return written if words is None else lambda v: _word(words)(str(v)) if test.name != "correctiveEventIDs" else str(v)


def _type(pair: Mapping[str, Any]) -> str:
    kind = str(pair.get("type", ""))
    return next((w for v in (terms.TRANSACTION_TYPE, terms.PARTY_TYPE) if (w := _word(v)(kind)) != kind), kind)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (v for v in (value if isinstance(value, list) else []) if isinstance(v, Mapping))


def _texts(value: Any) -> Iterator[Any]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping):
            if TEXT in one:
                yield one[TEXT]
        elif one is not None:
            yield one
