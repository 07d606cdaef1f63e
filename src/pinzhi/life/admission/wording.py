"""What a merchant changed between two submissions and what his papers are called, in the words of the page and not of the feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.rules.naming import PAPER_FIELDS, field_name, paper_name
from pinzhi.life.admission.tables import matrix

Line = tuple[Text, list[Text], list[Text]]
MONEY = ("price", "compared_price", "head_price")


def changes(row: Submission) -> list[Line]:
    """(field, before, after) of everything that differs from the submission before."""
    found = []
    for one in row.changes:
        head = one["path"].partition("[")[0].partition(".")[0]
        found.append((field_name(head), lines(head, one["before"]), lines(head, one["after"])))
    return found


def lines(field: str, value: Any) -> list[Text]:
    """A value of a field as lines; one em dash for nothing."""
    if value in (None, "", [], {}):
        return [Text("—", "—")]
    if field == "attributes" and isinstance(value, list) and not isinstance(value[0], list):
        return [_pair(value)]
    if isinstance(value, list):
        return [line for one in value for line in lines(field, one)]
    if isinstance(value, Mapping):
        return [_row(value)]
    said = f"¥{Decimal(value):,.2f}" if field in MONEY else str(value)
    return [Text(said, said)]


def _pair(value: Iterable[Any]) -> Text:
    name, said = value
    return Text(f"{name}：{said}", f"{name}: {said}")


def _row(value: Mapping[str, Any]) -> Text:
    """A paper, a deal or a variant in one line."""
    if "kind" in value:
        name = paper(str(value["kind"]))
        rest = [paper_field(str(k), str(v)) for k, v in dict(value.get("fields") or ()).items()]
        number = str(value.get("number") or "")
        zh, en = (" · ".join(filter(None, parts)) for parts in ([name.zh, number], [name.en, number]))
        return Text("，".join([zh, *(r.zh for r in rest)]), ", ".join([en, *(r.en for r in rest)]))
    said = " · ".join(str(v)[:16].replace("T", " ") for v in value.values() if v not in (None, ""))
    return Text(said, said)


def paper(kind: str) -> Text:
    """What a paper of this kind is called, by whatever word it was handed in."""
    own = paper_name(kind)
    return own if own.zh != kind else paper_name(matrix().kind(kind))


def paper_field(name: str, value: str) -> Text:
    """A field of a paper with its value."""
    called = PAPER_FIELDS.get(matrix().paper_field(name), Text(name, name))
    return Text(f"{called.zh}：{value}", f"{called.en}: {value}")
