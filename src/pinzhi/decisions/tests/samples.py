"""Reasons, actors and decisions that the tests of this room share."""

from datetime import UTC, datetime

from pinzhi.decisions import actions
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import LawRef, Reason
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor, Role

T0 = datetime(2026, 5, 3, 8, tzinfo=UTC)
LISTING = Subject(Kind.LISTING, "L-1")
MERCHANT = Subject(Kind.MERCHANT, "M-1")
LEAK = Reason(
    "returns_above_expectation",
    Text("近 30 天退货 14 件，预期 3.2 件。", "14 returns in 30 days, 3.2 expected."),
    (("observed", "14"), ("expected", "3.2")),
    LawRef("电子商务法", "38", "2019", True),
    weight=3,
)
RULE = Actor.rule("monitoring/1#00000000")
SENIOR = Actor("person", "person:senior_reviewer", None, frozenset({Role.SENIOR_REVIEWER}))
ANALYST = Actor("person", "person:analyst", None, frozenset({Role.ANALYST}))


def issued(subject=LISTING, effect=Effect.RESTRICT, *, source="monitoring:S1", at=T0, reasons=(LEAK,), **more):
    """Take a decision in an act of its own."""
    with act("monitoring.react", RULE, now=at) as a:
        return actions.issue(
            a, subject, effect, reasons, policy="monitoring/1#00000000", decided_by=RULE.label, source=source, **more
        )
