"""Whatever this room writes into the ledger can be opened from what it keeps, and what was changed behind its back is found."""

from __future__ import annotations

from decimal import Decimal

from pinzhi.engine.openings import OPENERS, audit_openings
from pinzhi.ledger import proofs
from pinzhi.ledger.models import Leaf
from pinzhi.life.complaints import allowing, incidents, money, opening
from pinzhi.life.complaints.models import FastConsent, Movement, Offence, Posting, StepRow
from pinzhi.life.complaints.models_incidents import Incident, IncidentStep
from pinzhi.life.complaints.tests.buyers import NOW, SHOP, entry
from pinzhi.life.complaints.tests.matters import HOUR, approve, carried, many, planned

KINDS = {"complaint_step", "incident_step", "complaint_money", "offence", "fast_consent", "fast_consent_end"}


def found() -> list[tuple[str, str]]:
    return [(f.code, f.where.split("(")[-1].rstrip(")")) for f in audit_openings(proofs.audit_stored((), ())).findings]


def test_every_leaf_of_this_room_opens_and_what_was_changed_does_not(agent, manager):
    rows = many(("10.00",) * 5)
    planned(agent)
    approve(agent)
    assert carried() == 5
    incidents.part(many(("5.00",) * 2, start=9)[0].pk, agent, now=NOW + 6 * HOUR)
    money.fund_in("500.00", "B-1", manager, now=NOW)
    opening.report_offence(entry("没有厂名厂址"), now=NOW)
    ended, live = allowing.allow("30", "600", SHOP, now=NOW), allowing.allow("20", "90.5", SHOP, category="", now=NOW)
    assert (allowing.end(SHOP, category="x"), allowing.end(SHOP, now=NOW), allowing.end(SHOP)) == (False, True, False)
    assert {k for k in Leaf.objects.values_list("kind", flat=True) if k not in ("fact", "decision", "policy")} == KINDS
    assert set(OPENERS) > KINDS
    assert found() == []

    step = StepRow.objects.get(complaint=rows[0], n=2)
    StepRow.objects.filter(pk=step.pk).update(data={"remedies": []}, side="house")
    line = Incident.objects.order_by("-size").first().log.get(n=2)
    IncidentStep.objects.filter(pk=line.pk).update(words="别的")
    key = Movement.objects.get().key
    Posting.objects.filter(movement__key=key, amount__gt=0).update(amount=Decimal("501.00"))
    offence = Offence.objects.get()
    Offence.objects.update(words="别的")
    FastConsent.objects.filter(pk=live.pk).update(most=Decimal("21.00"), ended_at=None)
    assert sorted(found()) == sorted(
        ("value_changed", where)
        for where in (
            f"complaint_step {rows[0].pk}/2", f"incident_step {line.incident_id}/2", f"complaint_money {key}", f"offence {offence.pk}",
            f"fast_consent {live.pk}", f"fast_consent_end {live.pk}",
        )
    )  # fmt: skip
    assert ended.pk != live.pk
