"""What a merchant types becomes a listing: one line for an attribute or a paper, and every mistake is said at its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import reading
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.tables import matrix

NAMES = (
    "id",
    "category",
    "title",
    "subtitle",
    "description",
    "brand",
    "attributes",
    "price",
    "compared_price",
    "compared_price_meaning",
    "images",
    "documents",
)
LINES = ("attributes", "images", "documents")
MOST = 200_000
WRONG = {
    "field_missing": _("This must be filled in."),
    "text_too_long": _("This is too long."),
    "price_invalid": _("Write yuan as 59.00."),
    "price_negative": _("A price is not below zero."),
    "price_places": _("Write yuan as 59.00."),
    "attribute_line": _("One attribute a line, name and value parted by a colon."),
    "document_line": _(
        "One paper a line: kind (ccc, report, 营业执照 …), number, last day (YYYY-MM-DD), file, parted by commas."
    ),
    "file_unknown": _("There is no such file of yours. Choose it below and hand it in."),
}
"""What is said beside a field, by the code of the refusal."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was typed; `wrong` says by field what cannot be read."""

    values: Mapping[str, str]
    wrong: Mapping[str, object] = field(default_factory=dict)
    listing: Listing | None = None


def read(posted: Mapping[str, str], merchant_id: str) -> Typed:
    """The listing that was typed, of this merchant whatever the form says; or what is wrong with it."""
    values = {n: posted.get(n, "").replace("\r\n", "\n")[:MOST] for n in NAMES}
    try:
        row = {n: v.strip() for n, v in values.items() if n not in LINES}
        listing = reading.listing(
            row
            | {
                "merchant_id": merchant_id,
                "attributes": attributes(values["attributes"]),
                "images": [line.strip() for line in values["images"].split("\n") if line.strip()],
                "documents": documents(values["documents"]),
            }
        )
    except RefusedError as no:
        where = re.split(r"[.\[]", no.refusal.field)[0] or "title"
        return Typed(values, {where: WRONG.get(no.refusal.code, no.refusal.reason)})
    return Typed(values, listing=listing)


def attributes(text: str) -> list[list[str]]:
    """`材质：棉100%` a line. Raises RefusedError(`attribute_line`)."""
    found = []
    for line in filter(None, (part.strip() for part in text.split("\n"))):
        name, colon, value = line.partition("：" if "：" in line else ":")
        if not colon or not name.strip() or not value.strip():
            raise RefusedError.because(
                "attribute_line", f"{line[:40]!r} has no colon", "write name: value", field="attributes"
            )
        found.append([name.strip(), value.strip()])
    return found


def documents(text: str) -> list[dict[str, object]]:
    """`ccc, 2026010101000001, 2027-12-31, file:9f86…` or `检验报告，R-1` a line; number, day, file may be left out. Raises RefusedError(`document_line`)."""
    found: list[dict[str, object]] = []
    for line in filter(None, (part.strip() for part in text.split("\n"))):
        kind, number, day, path, *more = [p.strip() for p in re.split("[,，]", line)] + ["", "", ""]
        if (
            not re.fullmatch(r"[a-z]\w{1,39}|[\u4e00-\u9fff][\w（）()]{1,39}", kind)
            or any(more)
            or (day and not re.fullmatch(r"\d{4}-\d\d-\d\d", day))
        ):
            raise RefusedError.because(
                "document_line", f"{line[:40]!r} is no paper", "write kind, number, day", field="documents"
            )
        kind = kind if kind.isascii() else matrix().kind(kind)
        found.append({"kind": kind, "number": number, "path": path, "fields": {"valid_to": day} if day else {}})
    return found
