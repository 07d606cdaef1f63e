"""Small claims of vouched orders for the tests, the policy with other figures, and a batch whose sale is stopped."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pinzhi.decisions import actions as decisions
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, opened
from pinzhi.people.acts import act


def claim(n=1, **more):
    """A small claim of an order that the marketplace vouches for."""
    given = {
        "kind": "Q1",
        "vouched": True,
        "wish": "refund",
        "price": Decimal("60.00"),
        "order_id": f"O{n}",
        "buyer_id": f"b{n}",
    }
    return opened(**{**given, **more})  # fmt: skip


def again(row):
    return Complaint.objects.get(pk=row.pk)


def figures(monkeypatch, **more):
    """The policy with other figures of `[fast]`."""
    real = policy_in_force()
    changed = replace(real, fast=replace(real.fast, **more))
    for where in ("fast", "allowing", "rechecking", "upkeep", "merchant", "timing"):
        monkeypatch.setattr(f"pinzhi.life.complaints.{where}.policy_in_force", lambda *_: changed)


def stop_batch():
    reason = Reason("recall", Text("召回", "recalled"), ())
    with act("x", HOUSE, now=NOW) as a:
        decisions.issue(
            a,
            Subject(Kind.BATCH, "B1"),
            Effect.STOP_SALE,
            [reason],
            policy="p",
            decided_by="system:test",
            source="tracing:r1",
        )


def verbs(row):
    return list(row.log.order_by("n").values_list("verb", flat=True))
