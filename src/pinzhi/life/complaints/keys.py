"""
What a buyer holds: a receipt, which he may tell anybody, and a key, which opens the follow-up page. And the order token, by which the marketplace vouches.

Keys are derived, never stored: whoever has the table alone cannot open a page. A token carries the order in itself, signed: nothing has to be looked up.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core import signing

from pinzhi.kernel.refusal import RefusedError

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which people mistake for one another."""
RECEIPT, KEY = 10, 12
TOKEN_DAYS = 400
_SALT = "pinzhi.complaints.order"
_FIELDS = frozenset(
    [
        "order_id",
        "merchant_id",
        "listing_id",
        "batch_id",
        "unit",
        "category",
        "goods",
        "buyer_id",
        "price",
        "quantity",
        "paid_at",
        "received_on",
        "kind",
        "channel",
        "promises",
    ]
)


def new_receipt() -> str:
    """A receipt number."""
    return "".join(secrets.choice(ALPHABET) for _ in range(RECEIPT))


def key_of(id_: str) -> str:
    """The key of a complaint or report: 60 bits that only this installation can make."""
    made = hmac.digest(settings.IDENTITY_KEY, f"pinzhi complaint key {id_}".encode(), sha256)
    return "".join(ALPHABET[b & 31] for b in made[:KEY])


def public_number(id_: str) -> str:
    """The number under which a complaint stands in public rows: always the same, and nobody without our key can go back from it."""
    made = hmac.digest(settings.IDENTITY_KEY, f"pinzhi complaint in public {id_}".encode(), sha256)
    return "".join(ALPHABET[b & 31] for b in made[:KEY])


def opens(id_: str, typed: str) -> bool:
    """Whether what was typed is the key; blanks, dashes and small letters do not matter."""
    clean = "".join(c for c in typed.upper()[:64] if c.isalnum())
    return hmac.compare_digest(clean.encode(), key_of(id_).encode())


def order_token(order: dict[str, Any]) -> str:
    """
    The token of an order, for the address of the form that the marketplace shows to its buyer.

    Raises RefusedError(`order_field_unknown`, `order_id_missing`).
    """
    if unknown := sorted(set(order) - _FIELDS):
        raise RefusedError.because(
            "order_field_unknown",
            f"an order has no field «{unknown[0][:40]}»",
            f"known: {', '.join(sorted(_FIELDS))}",
            field=unknown[0],
        )
    if not order.get("order_id"):
        raise RefusedError.because("order_id_missing", "the order has no id", "give order_id", field="order_id")
    plain = {
        k: v.isoformat() if isinstance(v, (datetime, date)) else v for k, v in order.items() if v not in (None, "")
    }
    return signing.dumps(plain, salt=_SALT, compress=True)


def read_token(token: str) -> dict[str, Any]:
    """The order that a token vouches for. Raises RefusedError(`order_token_wrong`, `order_token_old`)."""
    try:
        found: dict[str, Any] = signing.loads(token[:4000], salt=_SALT, max_age=timedelta(days=TOKEN_DAYS))
    except signing.SignatureExpired as old:
        raise RefusedError.because(
            "order_token_old",
            "this link to the order is too old",
            "open the order in the shop again, or fill in what you bought by hand",
            field="order",
        ) from old
    except signing.BadSignature as bad:
        raise RefusedError.because(
            "order_token_wrong",
            "this link to the order is not complete",
            "open the order in the shop again, or fill in what you bought by hand",
            field="order",
        ) from bad
    return found
