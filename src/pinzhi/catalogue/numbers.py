"""
Check characters of the numbers that identify traders, persons and goods. Pure; each function answers what is wrong, or nothing.

Unified social credit code 统一社会信用代码: GB 32100-2015. Resident identity number 公民身份号码: GB 11643-1999 (ISO 7064 MOD 11-2). GTIN: GS1 General
Specifications 7.9.
"""

from __future__ import annotations

import re
from datetime import date

from pinzhi.kernel.values import Text

_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 signs: I, O, S, V and Z are left out because they are misread."""
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_ID_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
_ID_SIGNS = "10X98765432"

FORM = Text("格式不符", "it does not have the form of such a number")
CHECK = Text("校验位不符", "the check character does not match")


def uscc_check(body: str) -> str:
    """The 18th character for the first 17 of a unified social credit code. Raises ValueError for a sign that may not stand there."""
    total = sum(_USCC_SIGNS.index(sign) * weight for sign, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_SIGNS[(31 - total % 31) % 31]


def uscc_fault(number: str) -> Text | None:
    """What is wrong with a unified social credit code (upper case, no blanks), or None."""
    if not re.fullmatch(r"[1-9A-Y][1-9A]\d{6}[0-9A-Y]{9}[0-9A-Y]", number) or set(number) - set(_USCC_SIGNS):
        return FORM
    return None if uscc_check(number[:17]) == number[17] else CHECK


def id_number_check(body: str) -> str:
    """The 18th character for the first 17 digits of a resident identity number."""
    return _ID_SIGNS[sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def id_number_fault(number: str) -> Text | None:
    """What is wrong with a resident identity number, or None. The day of birth must exist."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        return FORM
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return FORM
    return None if id_number_check(number[:17]) == number[17] else CHECK


def gtin_fault(number: str) -> Text | None:
    """What is wrong with a GTIN of 8, 12, 13 or 14 digits, or None."""
    if not re.fullmatch(r"\d{8}|\d{12,14}", number):
        return FORM
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return None if total % 10 == 0 else CHECK
