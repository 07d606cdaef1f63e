"""
One event in XML (EPCIS 1.1, 1.2, 2.0) turned into the object of the JSON form.

Elements of the standard stand in no namespace or in one of EPCIS; everything else is an extension. The wrappers `extension` and `baseExtension` of EPCIS
1.x are looked through; what stands in them and is of no edition known here is kept under `{}name`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from pinzhi.life.tracing.rules.epcis import shape
from pinzhi.life.tracing.rules.epcis.documents import DEEPEST, Fault
from pinzhi.life.tracing.rules.epcis.names import TEXT
from pinzhi.life.tracing.rules.epcis.terms import XSI

_SPACES = ("", *(f"{{urn:epcglobal:epcis{part}:xsd:{n}}}" for part in ("", "-query", "-masterdata") for n in (1, 2)))
WRAPPERS = frozenset(space + name for space in _SPACES for name in ("extension", "baseExtension"))
_XSI = "{" + XSI + "}"
_TAIL = frozenset(
    {"ilmd", "sensorElementList", "persistentDisposition", "certificationInfo", "eventID", "errorDeclaration"}
)
"""Their place among themselves differs between editions of the schema and between GS1's own examples; it carries no meaning."""
Plan = dict[str, tuple[int, Any]]
"""By the name of a field: its place in the order of the schema (-1: no matter), and how it is read (nothing: as text)."""
_NOWHERE = (-1, None)


@lru_cache(maxsize=4096)
def local(tag: str) -> str:
    """The name of an element of the standard; empty for an extension."""
    if tag[:1] != "{":
        return tag
    space, _, name = tag.partition("}")
    return name if space + "}" in _SPACES else ""


class Event:
    """One element turned into the object of the JSON form."""

    __slots__ = ("faults", "last", "path", "plan")

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.last = -1
        self.plan: Plan = {}

    def read(self, element: Element, kind: str) -> tuple[dict[str, Any], list[Fault]]:
        """The fields of the event, and what is wrong with the element."""
        self.plan = _PLANS.get(kind, _ANY)
        fields: dict[str, Any] = {"type": kind}
        if element.attrib:
            fields |= _foreign(element)
        self._children(element, fields, wrapped=False)
        return fields, self.faults

    def _children(self, element: Element, fields: dict[str, Any], *, wrapped: bool) -> None:
        plan = self.plan
        for child in element:
            tag = child.tag
            if tag in plan:
                self._known(tag, child, fields)
            elif tag in WRAPPERS:
                self._children(child, fields, wrapped=True)
            elif name := local(tag):
                if wrapped and name not in shape.ANY_FIELD:
                    self.faults.append(Fault("element_of_later_edition", f"{self.path}/{name}", name, warning=True))
                    _add(fields, "{}" + name, content(child))
                else:
                    self._known(name, child, fields)
            else:
                _add(fields, tag, content(child))

    def _known(self, name: str, child: Element, fields: dict[str, Any]) -> None:
        at, how = self.plan.get(name, _NOWHERE)
        if at >= 0:
            if at < self.last:
                self.faults.append(Fault("xml_order", f"{self.path}/{name}", name))
            else:
                self.last = at
        if name not in fields:
            if how:
                fields[name] = how(self, name, child)
            elif len(child):
                fields[name] = self._other(name, child)
            else:
                text = child.text
                fields[name] = text.strip() if text else ""
        elif name == "certificationInfo":
            _add(fields, name, self._other(name, child))
        else:
            self.faults.append(Fault("xml_repeated", f"{self.path}/{name}", name))

    # fields

    def _epcs(self, name: str, element: Element) -> list[str]:
        return self._texts(element, "epc", name)

    def _texts(self, element: Element, each: str, at: str) -> list[str]:
        found = []
        for child in element:
            if child.tag == each or local(child.tag) == each:
                found.append((child.text or "").strip())
            else:
                self._unknown(child, at)
        return found

    def _unknown(self, child: Element, at: str) -> None:
        name = local(child.tag) or child.tag
        self.faults.append(Fault("field_unknown", f"{self.path}/{at}/{name}", name))

    def _only(self, element: Element, each: str, at: str) -> Iterator[tuple[int, Element]]:
        number = 0
        for child in element:
            if child.tag == each or local(child.tag) == each:
                number += 1
                yield number, child
            elif child.tag in WRAPPERS:
                continue
            else:
                self._unknown(child, at)

    def _quantities(self, name: str, element: Element) -> list[Any]:
        each = self._only(element, "quantityElement", name)
        return [self._flat(e, f"{name}/quantityElement[{n}]") for n, e in each]

    def _pairs(self, name: str, element: Element) -> list[Any]:
        each = shape.PAIR_LISTS[name]
        return [{**e.attrib, each: (e.text or "").strip()} for _, e in self._only(element, each, name)]

    def _flat(self, element: Element, at: str, into: dict[str, Any] | None = None) -> dict[str, Any]:
        """Elements of text become fields; elements of other namespaces are extensions."""
        fields = _foreign(element) if into is None else into
        for child in element:
            tag = child.tag
            name = tag if tag[0] != "{" else local(tag)
            if tag in WRAPPERS:
                self._flat(child, at, fields)
            elif not name:
                _add(fields, tag, content(child))
            elif name in fields:
                self.faults.append(Fault("xml_repeated", f"{self.path}/{at}/{name}", name))
            else:
                fields[name] = (child.text or "").strip()
        return fields

    def _place(self, name: str, element: Element) -> dict[str, Any]:
        return self._flat(element, name)

    def _persistent(self, _name: str, element: Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in element:
            found.setdefault(local(child.tag) or child.tag, []).append((child.text or "").strip())
        return found

    def _sensors(self, name: str, element: Element) -> list[Any]:
        return [
            self._sensor(e, f"{name}/sensorElement[{n}]", {}) for n, e in self._only(element, "sensorElement", name)
        ]

    def _sensor(self, element: Element, at: str, fields: dict[str, Any]) -> dict[str, Any]:
        fields |= _foreign(element)
        for child in element:
            tag = child.tag
            name = tag if tag[0] != "{" else local(tag)
            if name == "sensorReport":
                fields.setdefault(name, []).append(dict(child.attrib))
            elif name == "sensorMetadata":
                if name in fields:
                    self.faults.append(Fault("xml_repeated", f"{self.path}/{at}/{name}", name))
                fields[name] = dict(child.attrib)
            elif tag in WRAPPERS:
                self._sensor(child, at, fields)
            elif name:
                fields[name] = content(child)
            else:
                _add(fields, tag, content(child))
        return fields

    def _error(self, name: str, element: Element, into: dict[str, Any] | None = None) -> dict[str, Any]:
        fields = _foreign(element) if into is None else into
        for child in element:
            inner = local(child.tag)
            if child.tag in WRAPPERS:
                self._error(name, child, fields)
            elif inner == "correctiveEventIDs":
                fields[inner] = self._texts(child, "correctiveEventID", f"{name}/{inner}")
            elif inner:
                fields[inner] = (child.text or "").strip()
            else:
                _add(fields, child.tag, content(child))
        return fields

    def _ilmd(self, _name: str, element: Element) -> dict[str, Any]:
        inner = content(element)
        if isinstance(inner, dict):
            for wrapper in [tag for tag in inner if tag in WRAPPERS and isinstance(inner[tag], dict)]:
                inner |= {k if k[:1] in "{#" else "{}" + k: v for k, v in inner.pop(wrapper).items()}
            return inner
        return {TEXT: inner} if inner else {}

    def _other(self, name: str, element: Element) -> Any:
        if not len(element):
            return (element.text or "").strip()
        if name in shape.ANY_FIELD and name != "certificationInfo":
            self.faults.append(Fault("type_text", f"{self.path}/{name}", name))
        return content(element)

    how: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(shape.EPC_LISTS, _epcs),
        **dict.fromkeys(shape.QUANTITY_LISTS, _quantities),
        **dict.fromkeys(shape.PAIR_LISTS, _pairs),
        "sensorElementList": _sensors,
        "readPoint": _place,
        "bizLocation": _place,
        "persistentDisposition": _persistent,
        "errorDeclaration": _error,
        "ilmd": _ilmd,
    }
    """How the fields are read that are no text."""


_ANY: Plan = {name: (-1, Event.how.get(name)) for name in shape.ANY_FIELD}
_PLANS: dict[str, Plan] = {
    kind: {**_ANY, **{name: (-1 if name in _TAIL else at, Event.how.get(name)) for at, name in enumerate(order)}}
    for kind, order in shape.ORDER.items()
}


def _foreign(element: Element) -> dict[str, Any]:
    """Attributes in a namespace are extensions."""
    return {name: value for name, value in element.attrib.items() if name[:1] == "{"} if element.attrib else {}


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    """A second element of the same name makes a list."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]


def content(element: Element, depth: int = 0) -> Any:
    """An extension: text, or an object of attributes and elements with its text under `#text`. Raises RecursionError where it is nested too deeply."""
    if depth > DEEPEST:
        raise RecursionError
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text
    fields: dict[str, Any] = {}
    for name, value in element.attrib.items():
        if not name.startswith(_XSI):
            fields[name] = value.strip()
    for child in element:
        _add(fields, child.tag, content(child, depth + 1))
    if not fields:
        return text
    if text:
        fields[TEXT] = text
    return fields
