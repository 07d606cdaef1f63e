"""
What a part of a value must hold beside its length: dates that exist, codes that are given out, check digits.

Each check takes the part and answers with a fault code, or with nothing. The names are those of `data/identifiers.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pinzhi.life.tracing.rules.gs1.digits import check_pair, fits

Check = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes that others give out: countries (three digits, two letters) and currencies (three digits)."""

    countries: frozenset[str]
    countries_alpha: frozenset[str]
    currencies: frozenset[str]


def checks(codes: Codes) -> dict[str, Check]:
    """Every check by name."""
    return {
        "csum": lambda v: "" if fits(v) else "check_digit",
        "csumalpha": lambda v: "" if len(v) > 2 and check_pair(v[:-2]) == v[-2:] else "check_characters",
        "key": lambda v: "" if v[:4].isdigit() and len(v) >= 4 else "company_prefix",
        "key1": lambda v: "" if v[1:5].isdigit() else "company_prefix",
        "yymmdd": lambda v: _day(v, 2, may_be_open=False),
        "yymmd0": lambda v: _day(v, 2, may_be_open=True),
        "yyyymmdd": lambda v: _day(v, 4, may_be_open=False),
        "hh": lambda v: "" if v < "24" else "time",
        "mi": lambda v: "" if v < "60" else "time",
        "ss": lambda v: "" if v < "60" else "time",
        "hhmi": lambda v: "" if v[:2] < "24" and v[2:] < "60" else "time",
        "iso3166": lambda v: "" if v in codes.countries else "country",
        "iso3166999": lambda v: "" if v in codes.countries or v == "999" else "country",
        "iso3166alpha2": lambda v: "" if v in codes.countries_alpha else "country",
        "iso4217": lambda v: "" if v in codes.currencies else "currency",
        "pcenc": lambda v: "percent_encoding" if re.search(r"%(?![0-9A-Fa-f]{2})", v) else "",
        "yesno": lambda v: "" if v in "01" else "flag",
        "winding": lambda v: "" if v in "019" else "winding",
        "zero": lambda v: "" if v == "0" else "zero_expected",
        "nonzero": lambda v: "" if v.strip("0") else "zero_not_allowed",
        "nozeroprefix": lambda v: "leading_zero" if v.startswith("0") and v != "0" else "",
        "hyphen": lambda v: "" if v == "-" else "hyphen_expected",
        "hasnondigit": lambda v: "only_digits" if v.isdigit() else "",
        "iso5218": lambda v: "" if v in "0129" else "sex",
        "latitude": lambda v: "" if int(v) <= 1_800_000_000 else "latitude",
        "longitude": lambda v: "" if int(v) <= 3_600_000_000 else "longitude",
        "pieceoftotal": _piece,
        "posinseqslash": _birth,
        "importeridx": lambda v: "" if re.fullmatch(r"[-0-9A-Za-z_]", v) else "importer_index",
        "mediatype": lambda v: "" if "01" <= v <= "10" or "80" <= v <= "99" else "media_type",
        "packagetype": lambda v: "" if re.fullmatch(r"[0-9A-Z]{1,4}", v) else "package_type",
        "iban": _iban,
        "coupon": lambda v: "" if v.isdigit() else "digits_expected",
    }


_LAST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _day(v: str, digits: int, *, may_be_open: bool) -> str:
    """A date. Of two digits the century is not known, so that a leap day counts wherever the two digits allow one (2000 was a leap year)."""
    year, month, day = int(v[:digits]), int(v[digits : digits + 2]), int(v[digits + 2 :])
    if not 1 <= month <= 12:
        return "date"
    if day == 0 and may_be_open:
        return ""
    leap = year % 4 == 0 and (digits == 2 or year % 100 != 0 or year % 400 == 0)
    return "" if 1 <= day <= _LAST[month - 1] - (month == 2 and not leap) else "date"


def _piece(v: str) -> str:
    piece, total = v[:2], v[2:]
    return "" if "00" < piece <= total else "piece_of_total"


def _birth(v: str) -> str:
    return "" if re.fullmatch(r"[1-9]/[1-9]", v) and v[0] <= v[2] else "birth_sequence"


def _iban(v: str) -> str:
    """ISO 13616: letters of the country, two check digits, modulo 97 is 1."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}", v):
        return "iban"
    return "" if int("".join(str(int(c, 36)) for c in v[4:] + v[:4])) % 97 == 1 else "iban"
