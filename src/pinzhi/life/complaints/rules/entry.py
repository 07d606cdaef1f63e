"""What a buyer sends in, checked. Pure: every field that is wrong is named at once, so that a form can show all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pinzhi.kernel.canon import digest
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import Refusal
from pinzhi.kernel.values import Text, money
from pinzhi.life.complaints.contracts import REMEDY_NAMES

CHANNELS: dict[str, Text] = {
    "scan": Text("扫码", "scanned code"),
    "order": Text("订单页", "order page"),
    "web": Text("网页", "web form"),
    "phone": Text("电话", "telephone"),
    "api": Text("接口", "interface"),
    "embed": Text("商城内嵌页", "form within the marketplace"),
}
"""Ways in."""
MATERIAL = ("price", "merchant_id", "listing_id", "batch_id")
"""Fields of an order that money may rest on."""
SKEW = timedelta(minutes=10)
"""Clocks differ: what lies so little ahead is taken as now."""
_LONGEST = {
    "order_id": 128, "merchant_id": 128, "listing_id": 128, "batch_id": 128, "unit": 300, "category": 256, "goods": 300, "buyer_id": 128,
    "reference": 120, "language": 8, "device": 16, "kind": 8, "wish": 16,
}  # fmt: skip
_CONTACT = {"name": 60, "phone": 30, "email": 120, "prefer": 10}


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A complaint as it comes in. Only `words` or `kind` is needed; everything else helps.

    `vouched`: the marketplace says what was bought (order token, API), not the buyer. `reference` is the sender's own number: the same one is the same
    complaint.
    `person`: a person of the house is wanted first, not the merchant. `gravest` is the severity that something else than the words has found (1 to 4).
    `own_word`: of `MATERIAL`, what the buyer gave himself although the order is vouched for.
    `files` are SHA-256 of files that `files_owner` has handed in. `still_using` is the answer to «are you still using it?», None when it was not asked.
    """

    channel: str
    words: str = ""
    kind: str = ""
    reference: str = ""
    language: str = "zh-hans"
    order_id: str = ""
    merchant_id: str = ""
    listing_id: str = ""
    batch_id: str = ""
    unit: str = ""
    category: str = ""
    goods: str = ""
    buyer_id: str = ""
    price: Decimal | None = None
    quantity: int = 1
    paid_at: datetime | None = None
    received_on: date | None = None
    order_kind: str = ""
    order_channel: str = ""
    promises: tuple[Mapping[str, Any], ...] = ()
    wish: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    files_owner: str = ""
    device: str = ""
    vouched: bool = False
    still_using: bool | None = None
    person: bool = False
    gravest: int = 4
    own_word: frozenset[str] = frozenset()

    def content(self) -> str:
        """Digest of what was said, to tell a repetition from something else under the same number."""
        return digest(
            {
                "words": self.words, "kind": self.kind, "order": self.order_id, "unit": self.unit, "listing": self.listing_id, "wish": self.wish,
                "files": sorted(self.files),
            }
        )  # fmt: skip


def clean(text: object) -> str:
    """What somebody typed, without what no person types: nulls and other control characters, halves of characters, blanks at the ends."""
    raw = str(text).encode("utf-8", "replace").decode()
    return "".join(c for c in raw if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127)).strip()


def own_word(given: Mapping[str, Any], order: Mapping[str, Any]) -> frozenset[str]:
    """Of `MATERIAL`, what was typed or scanned and does not stand in the order that the marketplace vouches for (none where it vouches for none)."""
    return frozenset(n for n in MATERIAL if order and n not in order and given.get(n) not in (None, ""))


def read(
    raw: Mapping[str, Any], *, channel: str, now: datetime, most_words: int, most_files: int, vouched: bool = False
) -> tuple[Entry | None, list[Refusal]]:
    """
    Check what came in. Returns the entry, or every reason why there is none.

    Codes: `words_missing`, `text_too_long`, `field_too_long`, `field_not_text`, `wish_unknown`, `amount_wrong`, `quantity_wrong`, `day_wrong`, `day_in_future`,
    `day_order`, `too_many_files`.
    """
    faults: list[Refusal] = []
    texts = {name: _text(raw.get(name, ""), name, most, faults) for name, most in _LONGEST.items()}
    words = _words(raw.get("words", ""), most_words, faults)
    if not words and not texts["kind"]:
        faults.append(
            Refusal(
                "words_missing",
                "nothing says what is wrong",
                "choose what is wrong, or write it in your own words",
                "words",
            )
        )
    if texts["wish"] and texts["wish"] not in REMEDY_NAMES:
        faults.append(Refusal("wish_unknown", "no remedy has this name", f"one of: {', '.join(REMEDY_NAMES)}", "wish"))
    price = _price(raw.get("price"), faults)
    quantity = _quantity(raw.get("quantity", 1), faults)
    paid, received = _moment(raw.get("paid_at"), faults), _day(raw.get("received_on"), faults)
    _order_of_days(paid, received, now, faults)
    files = tuple(dict.fromkeys(str(f) for f in raw.get("files", ())))
    if len(files) > most_files:
        faults.append(
            Refusal(
                "too_many_files",
                f"at most {most_files} files are taken at once",
                "send the most telling ones; more can follow later",
                "files",
            )
        )
    if faults:
        return None, faults
    still = raw.get("still_using")
    entry = Entry(
        channel=channel if channel in CHANNELS else "web", words=words, **texts, price=price, quantity=quantity, paid_at=paid, received_on=received,
        order_kind=clean(raw.get("order_kind", ""))[:16], order_channel=clean(raw.get("order_channel", ""))[:16],
        promises=tuple(p for p in raw.get("promises", ()) if isinstance(p, Mapping))[:10], contact=_contact(raw.get("contact")), files=files,
        files_owner=str(raw.get("files_owner", ""))[:160], vouched=vouched, still_using=still if isinstance(still, bool) else None,
        person=False, gravest=4, own_word=frozenset(),
    )  # fmt: skip
    return entry, []


def _text(value: object, name: str, most: int, faults: list[Refusal]) -> str:
    if value is None:
        return ""
    if not isinstance(value, (str, int)):
        faults.append(Refusal("field_not_text", f"«{name}» is a text", "send it as a text", name))
        return ""
    text = clean(value)
    if len(text) > most:
        faults.append(Refusal("field_too_long", f"«{name}» has at most {most} characters", "say it shorter", name))
        return ""
    return text


def _words(value: object, most: int, faults: list[Refusal]) -> str:
    if not isinstance(value, str):
        faults.append(Refusal("field_not_text", "«words» is a text", "send it as a text", "words"))
        return ""
    if len(value) > most:
        faults.append(
            Refusal(
                "text_too_long",
                f"at most {most} characters are read; there are {len(value)}",
                "say the most important first; more can follow later",
                "words",
            )
        )
        return ""
    return clean(value)


def _price(value: object, faults: list[Refusal]) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        found = money(str(value))
    except ValueError:
        found = Decimal(-1)
    if found < 0:
        faults.append(Refusal("amount_wrong", "the price is not an amount in yuan", "write it like 128.50", "price"))
        return None
    return found


def _quantity(value: object, faults: list[Refusal]) -> int:
    text = str(value or 1).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 100_000):
        faults.append(
            Refusal(
                "quantity_wrong",
                "the number of pieces is a whole number from 1",
                "write how many pieces it is about",
                "quantity",
            )
        )
        return 1
    return int(text)


def _moment(value: object, faults: list[Refusal]) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        faults.append(Refusal("day_wrong", "this is no moment", "write it like 2026-11-25T10:30:00+08:00", "paid_at"))
        return None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _day(value: object, faults: list[Refusal]) -> date | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        faults.append(Refusal("day_wrong", "this is no day", "write it like 2026-11-25", "received_on"))
        return None


def _order_of_days(paid: datetime | None, received: date | None, now: datetime, faults: list[Refusal]) -> None:
    if paid is not None and paid > now + SKEW:
        faults.append(
            Refusal("day_in_future", "the payment lies in the future", "look at the day of the order", "paid_at")
        )
    if received is not None and received > (now + SKEW).astimezone(SHANGHAI).date():
        faults.append(
            Refusal(
                "day_in_future",
                "the day of receipt lies in the future",
                "look at the day on which the parcel came",
                "received_on",
            )
        )
    elif paid is not None and received is not None and received < paid.astimezone(SHANGHAI).date():
        faults.append(Refusal("day_order", "the goods came before they were paid", "look at both days", "received_on"))


def _contact(raw: object) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    return {k: text for k, most in _CONTACT.items() if (text := clean(raw.get(k, ""))[:most])}
