"""Numbers from a GS1 company prefix of one's own (GS1 General Specifications, 1.4 and 2.1: GTIN-13 = prefix, item reference, check digit)."""

from __future__ import annotations

from pinzhi.life.tracing.rules.gs1.digits import check_digit

SHORTEST, LONGEST = 4, 11
_NOT_FOR_GOODS = (
    (
        "02",
        "04",
        "2",
    ),  # restricted circulation: unique inside one house only (in China 20 to 24 for the codes of shops, GB/T 18283)
    ("05", "98", "99"),  # coupons and refunds
    ("951", "96", "977", "978", "979"),  # EPC managers, GTIN-8, periodicals, books
)


def fault(prefix: str) -> str:
    """What is wrong with a company prefix, as a sentence; empty where nothing is."""
    if not (prefix.isascii() and prefix.isdigit() and SHORTEST <= len(prefix) <= LONGEST):
        return f"a GS1 company prefix has {SHORTEST} to {LONGEST} digits, as the licence says"
    if prefix.startswith(_NOT_FOR_GOODS[0]):
        return "numbers that begin with 02, 04 or 2 are for restricted circulation inside one house and mean other goods elsewhere"
    if prefix.startswith(_NOT_FOR_GOODS[1] + _NOT_FOR_GOODS[2]) or not prefix.strip("0"):
        return "GS1 gives no goods numbers with this beginning"
    return ""


def room(prefix: str) -> int:
    """How many numbers a prefix has."""
    return int(10 ** (12 - len(prefix)))


def gtin_at(prefix: str, reference: int) -> str:
    """The GTIN-14 of an item reference. Raises ValueError where the prefix has not so many."""
    if not 0 <= reference < room(prefix):
        raise ValueError(f"{prefix} has {room(prefix)} numbers")
    body = f"{prefix}{reference:0{12 - len(prefix)}d}"
    return f"0{body}{check_digit(body)}"


def reference_of(prefix: str, gtin: str) -> int | None:
    """The item reference of a GTIN-14 of the prefix; None for any other."""
    return int(gtin[1 + len(prefix) : 13]) if len(gtin) == 14 and gtin.startswith("0" + prefix) else None
