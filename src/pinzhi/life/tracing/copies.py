"""The search for copied codes over stored scans and sales: the watch of `rules.clones`, run again over the last time, and what it raises said once."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from heapq import merge
from typing import Any

from pinzhi.catalogue import queries as catalogue
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel import clock
from pinzhi.kernel.facts import CodeCopied
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.tracing import desk
from pinzhi.life.tracing.models import CodeState, Scan
from pinzhi.life.tracing.recall import policy_in_force
from pinzhi.life.tracing.rules.clones import CloneRaised, CloneWatch, Seen
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor


def search(by: Actor, *, now: datetime | None = None) -> int:
    """
    Look at every scan and sale of the last time in their order, and mark the codes that are on many pieces. Returns how many are new.

    Raises RefusedError(`not_permitted`).
    """
    moment = now or clock.now()
    since = moment - timedelta(days=policy_in_force(moment).scan.clone_days)
    watch = CloneWatch()
    raised = [
        found
        for event in merge(_scans(since), _sales(since), key=lambda e: e.at)
        if (found := watch.take(event)) is not None
    ]
    return sum(_mark(one, by, moment) for one in raised)


def _scans(since: datetime) -> Any:
    rows = Scan.objects.filter(at__gte=since).order_by("at", "pk")
    names = ("state__gtin", "state__code", "at", "device", "region", "state__batch_id")
    for gtin, code, at, device, region, batch in rows.values_list(*names).iterator(chunk_size=5000):
        yield Seen(f"{gtin}/{code}", at, False, device, region, batch)


def _sales(since: datetime) -> list[Seen]:
    """Sales of coded pieces that have been scanned, from the marketplace's events."""
    known = {f"{g}/{c}": b for g, c, b in CodeState.objects.exclude(scans=0).values_list("gtin", "code", "batch_id")}
    found: list[Seen] = []
    for batch in sorted(set(known.values()) - {""}):
        events = open_store().about("batch", batch, kinds=("sale",), first=since.date())
        for row in events.select(["at", "code", "buyer_id", "region"]).to_pylist():
            name = _key(row["code"] or "")
            if name in known:
                found.append(Seen(name, row["at"], True, row["buyer_id"] or "", row["region"] or "", batch))
    return sorted(found, key=lambda e: e.at)


def _key(code: str) -> str:
    """GTIN and code of an address; the code of a feed may be either."""
    from pinzhi.life.tracing.rules.gs1.link import read
    from pinzhi.life.tracing.tables import identifiers

    if "/" not in code:
        return code
    link = read(identifiers(), code)
    return f"{link.value('01')}/{link.value('21')}"


def _mark(found: CloneRaised, by: Actor, now: datetime) -> bool:
    gtin, code = found.code.split("/", 1)
    with act("tracing.copies", by, now=now) as a:
        state = CodeState.objects.select_for_update().get(gtin=gtin, code=code)
        if state.copied_at is not None:
            return False
        sentence = found.sentence()
        state.copied_at = a.now
        state.copied = {
            "zh": sentence.zh,
            "en": sentence.en,
            "raised_at": found.at.isoformat(),
            **_plain(found.evidence()),
        }
        state.save(update_fields=["copied_at", "copied"])
        card = catalogue.batch(state.batch_id) if state.batch_id else None
        a.fact(
            CodeCopied(
                subject=Subject(Kind.BATCH, state.batch_id or gtin), code=sha256(found.code.encode()).hexdigest()[:32], scans=found.scans,
                devices=found.devices, regions=len(found.regions), e_value=f"{found.e_value:.0f}", merchant_id=card.merchant_id if card else "",
            )
        )  # fmt: skip
        desk.open_copied(a, gtin, code, state.batch_id, card.merchant_id if card else "", sentence, state.copied)
        return True


def _plain(evidence: dict[str, object]) -> dict[str, object]:
    """Without floats, which have no canonical form."""
    return {k: str(v) if isinstance(v, float) else v for k, v in evidence.items()}
