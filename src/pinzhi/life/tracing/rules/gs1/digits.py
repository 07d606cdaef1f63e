"""Check digits and check characters of GS1 keys (GS1 General Specifications, section 7.9)."""

from __future__ import annotations

from functools import lru_cache


def check_digit(body: str) -> str:
    """The digit that ends a key of digits: weights 3 and 1 alternate from the right, the sum with the check digit is a multiple of 10."""
    return str(-(3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))) % 10)


@lru_cache(maxsize=16384)
def fits(key: str) -> bool:
    """Whether the last digit of a key of at most 19 digits is its check digit."""
    return key[-1] == check_digit(key[:-1])


CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""GS1 AI encodable character set 82, in the order of its values: a part of ISO/IEC 646."""
CSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""The characters of check character pairs, in the order of their values."""
_VALUE = {c: v for v, c in enumerate(CSET_82)}
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def check_pair(body: str) -> str:
    """The pair of check characters of a Global Model Number: values weighted by primes from the right, modulo 1021, in two halves of five bits."""
    total = sum(_VALUE[c] * p for c, p in zip(reversed(body), _PRIMES, strict=False)) % 1021
    return CSET_32[total >> 5] + CSET_32[total & 31]


def gtin_14(gtin: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits with zeros in front."""
    return gtin.zfill(14)
