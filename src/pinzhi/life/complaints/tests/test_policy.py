"""The policy file: it reads, and figures that make no sense are refused by name."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.rules.policy import typed_policy

TEXT = files("pinzhi.life.complaints").joinpath("policy.toml").read_text(encoding="utf-8")


def test_the_packaged_policy_reads() -> None:
    typed = typed_policy(read_policy(TEXT))
    assert typed.desk.limit == Decimal("2000.00")
    assert typed.desk.review_severities == (1,)
    assert typed.version.startswith("complaints/2026-11#")


@pytest.mark.parametrize(
    ("entry", "value"),
    [("two_persons_above", "many"), ("review_severities", [5]), ("reopen_days", 0), ("photos", 1000)],
)
def test_a_figure_that_makes_no_sense_is_refused_by_name(entry: str, value: Any) -> None:
    with pytest.raises(RefusedError) as no:
        typed_policy(read_policy(TEXT, {"desk": {entry: value}}))
    assert (no.value.refusal.code, no.value.refusal.field) == ("policy_entry_range", f"desk.{entry}")
