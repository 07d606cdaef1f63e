"""Something is wrong with this piece: said from the scan page, put before a person at the desk of doubtful pieces."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import desk, scans
from pinzhi.life.tracing.models import UnitReport
from pinzhi.life.tracing.rules.chain.mentions import unit_parts
from pinzhi.life.tracing.rules.epcis.values import canonical
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

MOST_WORDS = 1000
MOST_A_DAY = 10
_RECEIPT = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def report(address: str, kind: str, words: str, *, device: str = "", now: datetime | None = None) -> UnitReport:
    """
    Take a report and open the case of the piece. The same words from the same device again are the same report.

    Raises RefusedError: `unit_unknown` (the address names no piece), `gtin_invalid`, `kind_unknown`, `text_too_long`, `too_many_reports`.
    """
    parts = unit_parts(canonical(address.strip()[:300].replace("\0", "")))
    if parts is None:
        raise RefusedError.because(
            "unit_unknown", "the address names no piece", "scan the code on the goods", field="unit"
        )
    if kind not in desk.REPORT_KINDS:
        raise RefusedError.because("kind_unknown", "choose what is wrong", "choose one of the list", field="kind")
    said = words.replace("\0", "").strip()
    if len(said) > MOST_WORDS:
        raise RefusedError.because(
            "text_too_long", f"at most {MOST_WORDS} characters are read", "say it shorter", field="words"
        )
    found = scans.look(*parts)
    moment = now or clock.now()
    known = UnitReport.objects.filter(unit=found.thing, at__gt=moment - timedelta(days=1))
    again = known.filter(kind=kind, words=said, device=device).first() if device else None
    if again is not None:
        return again
    if device and UnitReport.objects.filter(device=device, at__gt=moment - timedelta(days=1)).count() >= MOST_A_DAY:
        raise RefusedError.because(
            "too_many_reports", "this device has sent many reports today", "go on tomorrow, or call the platform"
        )
    with act("tracing.report", Actor.system("scan page"), now=moment) as a:
        row = UnitReport(
            receipt="".join(secrets.choice(_RECEIPT) for _ in range(10)), unit=found.thing, batch_id=found.batch_id, kind=kind, words=said,
            at=a.now, device=device[:16], said=found.said.value,
        )  # fmt: skip
        row.save(force_insert=True)
        card = catalogue.batch(found.batch_id) if found.batch_id else None
        row.case_id = desk.open_reported(a, row, card.merchant_id if card else "").id
        row.save(update_fields=["case_id"])
        a.note = f"report:{row.receipt}"
        return row
