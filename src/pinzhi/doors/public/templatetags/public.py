"""Moments in China's time, and keys in groups of four."""

from __future__ import annotations

from datetime import datetime

from django import template

from pinzhi.kernel.clock import SHANGHAI

register = template.Library()


@register.filter
def moment(at: datetime) -> str:
    """Day and minute in China."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


@register.filter
def grouped(key: str) -> str:
    """`ABCDEFGHJKLM` as `ABCD-EFGH-JKLM`, for people who copy it by hand."""
    return "-".join(key[i : i + 4] for i in range(0, len(key), 4))
