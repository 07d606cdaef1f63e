"""
The search for copied codes: the watch of `rules.clones` goes on with what it remembers, over the scans and sales that are new. What it raises is said once.

A scan is weighed once, and that it was is written with what was learnt from it in one transaction: a run that dies is as if it had not been. The sale of a
code is taken before its first scan, or when it becomes known later; a code of which nothing was heard for `clone_days` is forgotten. Where the pieces of a
batch went is read anew at every run; what was typed as a covered code comes with the scans.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256

from pinzhi.catalogue import queries as catalogue
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.facts import CodeCopied
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.tracing import desk, destinations
from pinzhi.life.tracing.destinations import Sent
from pinzhi.life.tracing.models import BatchMemory, CodeMemory, CodeState, Scan, SearchMemory
from pinzhi.life.tracing.recall import policy_in_force
from pinzhi.life.tracing.rules.clones import CloneRules, CloneWatch, Seen
from pinzhi.life.tracing.rules.clones_further import Covered
from pinzhi.life.tracing.rules.clones_raised import CloneRaised
from pinzhi.people.acts import act, permit
from pinzhi.people.roles import Actor

PORTION = 2000
"""Scans in one transaction."""
LATE = timedelta(days=7)
"""So late may the sale of a code arrive that was scanned before: older ones are not looked for again."""
Codes = dict[str, tuple[int, str]]
"""Codes by `GTIN/code`: number of the state, batch."""
Went = dict[str, list[Sent]]
"""Where pieces of batches went, each read once a run."""


def search(by: Actor, *, now: datetime | None = None) -> int:
    """
    Weigh what is new, and mark the codes that are on many pieces. Returns how many are newly marked.

    Raises RefusedError(`not_permitted`).
    """
    permit("tracing.copies", by)
    moment = now or clock.now()
    since = moment - timedelta(days=policy_in_force(moment).scan.clone_days)
    found = _weigh_sales(by, moment)
    went: Went = {}
    _read_destinations(went, since)
    while (new := _weigh_scans(by, moment, since, went)) is not None:
        found += new
        _read_destinations(went, since)
    CodeMemory.objects.filter(last_at__lt=since).delete()
    return found


def _read_destinations(went: Went, since: datetime) -> None:
    """Where the batches of the next portion went: read before its transaction, so that nobody who writes waits for it."""
    waiting = Scan.objects.filter(weighed=False).order_by("at", "pk")[:PORTION]
    for gtin, batch in set(waiting.values_list("state__gtin", "state__batch_id")):
        if batch and batch not in went:
            went[batch] = destinations.of_batch(gtin, batch, since)


def _weigh_sales(by: Actor, now: datetime) -> int:
    """Sales that became known after the first scan."""
    with whole():
        last = SearchMemory.objects.select_for_update().get_or_create(pk=1)[0]
        ran, last.ran_at = last.ran_at, now
        last.save(update_fields=["ran_at"])
        if ran is None:
            return 0
        names = ("state_id", "state__gtin", "state__code", "state__batch_id")
        waiting = CodeMemory.objects.filter(sold=False).exclude(state__batch_id="").values_list(*names)
        codes = {f"{gtin}/{code}": (pk, batch) for pk, gtin, code, batch in waiting}
        sales = _sales(codes, (ran - LATE).date())
        events = sorted(sales.values(), key=lambda e: e.at)
        return _take(events, {name: codes[name] for name in sales}, last, by, now)


def _weigh_scans(by: Actor, now: datetime, since: datetime, went: Went) -> int | None:
    """One portion of new scans, each code's sale before its first; None where there are none."""
    with whole():
        last = SearchMemory.objects.select_for_update().get_or_create(pk=1)[0]
        names = ("pk", "state_id", "state__gtin", "state__code", "state__batch_id", "at", "device", "region", "covered")
        scans = list(Scan.objects.filter(weighed=False).order_by("at", "pk").values_list(*names)[:PORTION])
        if not scans:
            return None
        codes = {f"{gtin}/{code}": (state, batch) for _, state, gtin, code, batch, *_ in scans}
        known = set(CodeMemory.objects.filter(pk__in={s for s, _ in codes.values()}).values_list("pk", flat=True))
        sales = _sales({name: own for name, own in codes.items() if own[0] not in known}, since.date())
        events: list[Seen] = []
        for _, _, gtin, code, batch, at, device, region, covered in scans:
            name = f"{gtin}/{code}"
            if batch and batch not in went:  # its first scan came after the portion was looked at
                went[batch] = destinations.of_batch(gtin, batch, since)
            if name in sales and sales[name].at <= at:
                events.append(sales.pop(name))
            if at >= since:
                events.append(Seen(name, at, False, device, region, batch, Covered(covered) if covered else None))
        events += sorted(sales.values(), key=lambda e: e.at)
        found = _take(events, codes, last, by, now, went)
        Scan.objects.filter(pk__in=[pk for pk, *_ in scans]).update(weighed=True)
        return found


def _take(
    events: list[Seen], codes: Codes, last: SearchMemory, by: Actor, now: datetime, went: Went | None = None
) -> int:
    """Let the watch take events with what it remembers, write what it remembers then, and mark what it raised."""
    if not events:
        return 0
    watch = CloneWatch(CloneRules(further=policy_in_force(now).clones))
    names = {state: name for name, (state, _) in codes.items()}
    batches = {batch for _, batch in codes.values() if batch}
    watch.remember(
        bytes(last.shared),
        [
            (names[pk], bytes(raw))
            for pk, raw in CodeMemory.objects.filter(pk__in=list(names)).values_list("pk", "kept")
        ],
        BatchMemory.objects.filter(pk__in=batches).values_list("batch_id", "raised", "seen"),
    )
    sent = sorted((*one, batch) for batch in batches for one in (went or {}).get(batch, ()))
    raised, told = [], 0
    for event in events:
        while told < len(sent) and sent[told][0] <= event.at:
            _, region, sale, batch = sent[told]
            watch.ship(batch, region, sale=sale)
            told += 1
        if (one := watch.take(event)) is not None:
            raised.append(one)
    heard: dict[str, datetime] = {}
    for event in events:
        heard[event.code] = max(event.at, heard.get(event.code, event.at))
    CodeMemory.objects.bulk_create(
        [
            CodeMemory(state_id=codes[name][0], kept=watch.code(name), sold=watch.sold(name), last_at=at)
            for name, at in heard.items()
        ],
        update_conflicts=True, unique_fields=["state"], update_fields=["kept", "sold", "last_at"], batch_size=200,
    )  # fmt: skip
    BatchMemory.objects.bulk_create(
        [BatchMemory(batch_id=b, raised=n, seen=m) for b in sorted(batches) for n, m in (watch.batch(b),)],
        update_conflicts=True, unique_fields=["batch_id"], update_fields=["raised", "seen"], batch_size=200,
    )  # fmt: skip
    last.shared = watch.shared()
    last.save(update_fields=["shared"])
    return sum(_mark(one, by, now) for one in raised)


def _sales(codes: Codes, first: date) -> dict[str, Seen]:
    """The first sale of each of these codes from a day on, from the marketplace's events."""
    found: dict[str, Seen] = {}
    for batch in sorted({batch for _, batch in codes.values()} - {""}):
        events = open_store().about("batch", batch, kinds=("sale",), first=first)
        for row in events.select(["at", "code", "buyer_id", "region"]).to_pylist():
            name = _key(row["code"] or "")
            if name in codes and (name not in found or row["at"] < found[name].at):
                found[name] = Seen(name, row["at"], True, row["buyer_id"] or "", row["region"] or "", batch)
    return found


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
