"""
The cold chain of a piece or a batch: temperatures of everything that it travelled in, held against the limit of its goods.

A break opens a case at the desk of doubtful pieces, once for each batch and event; whether the sale stops is decided there by two persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import BatchCard
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.tracing import batches, desk, history, walk
from pinzhi.life.tracing.capture import PORTION
from pinzhi.life.tracing.history import History
from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import Event, Mention, Thing
from pinzhi.life.tracing.recall import policy_in_force
from pinzhi.life.tracing.rules.chain.containment import Stay
from pinzhi.life.tracing.rules.chain.mentions import lot_of
from pinzhi.life.tracing.rules.cold import Break, Reading, breaks, limit_of, readings
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

MOST_JOURNEYS = 200
"""Journeys of a batch that its page looks at, the latest."""
_NAMED = "SELECT DISTINCT event_id, thing_id FROM tracing_mention WHERE thing_id IN {ids}"


@dataclass(frozen=True, slots=True)
class Cold:
    """The temperatures on the way of a thing in the order of time, the limit of its goods (None: they need no cooling), and where it was passed."""

    readings: tuple[Reading, ...]
    most: Decimal | None
    breaks: tuple[Break, ...]

    @property
    def minutes(self) -> int:
        """How long above the limit, all together."""
        return sum(b.minutes for b in self.breaks)


def of_history(found: History) -> Cold | None:
    """The cold chain of a thing whose history is known; None where no event reports a temperature."""
    places = {line.number: line.place for line in found.lines}
    told = Event.objects.filter(pk__in=list(places), body__has_key="sensorElementList").values_list("pk", "body")
    held = [r for pk, body in told for r in readings(body, places[pk], pk)]
    if not held:
        return None
    figures = policy_in_force().cold
    key = lot_of(found.lot or found.uri)
    card = batches.registered(found.lot or found.uri, key[1]) if key else None
    most = limit_of(_words(card), figures) if card else None
    held.sort(key=lambda r: (r.at, r.celsius))
    return Cold(tuple(held), most, breaks(held, most, figures) if most is not None else ())


def of_thing(address: str) -> Cold | None:
    """The same by address. Raises RefusedError(`thing_unknown`)."""
    return of_history(history.of(address))


def of_batch(card: BatchCard) -> list[Cold]:
    """Every journey of a batch with temperatures, each by itself in the order of time: pallets travel side by side."""
    try:
        lot = batches.find(card.id, Actor.system("tracing"))
    except RefusedError:
        return []
    if lot.thing is None:
        return []
    things = [lot.thing, *Thing.objects.filter(lot_id=lot.thing).values_list("pk", flat=True)]
    inside = walk.containers(things)
    stays: dict[int, list[Stay]] = {}
    for each in inside.values():
        for stay in each:
            stays.setdefault(stay.parent, []).append(stay)
    own = set(things)
    named: dict[int, set[int]] = {}
    for event, thing in rows(_NAMED, own | set(stays)):
        named.setdefault(event, set()).add(thing)
    events = Event.objects.filter(pk__in=list(named), voided=False, error=False, body__has_key="sensorElementList")
    figures = policy_in_force().cold
    most = limit_of(_words(card), figures)
    found = []
    for event in events.order_by("-at")[:MOST_JOURNEYS]:
        if named[event.pk] & own or any(s.holds(event.at) for t in named[event.pk] for s in stays.get(t, ())):
            held = sorted(
                readings(event.body or {}, event.location or event.read_point, event.pk),
                key=lambda r: (r.at, r.celsius),
            )
            if held:
                found.append(Cold(tuple(held), most, breaks(held, most, figures) if most is not None else ()))
    return found[::-1]


def look_at_captured(capture_job: str, after: int) -> int:
    """The events with temperatures of a capture, from the portion that begins after number `after`."""
    portion = Event.objects.filter(job_id=capture_job, pk__gt=after).order_by("pk")[:PORTION]
    return look_at([pk for pk, held in portion.values_list("pk", "body__sensorElementList") if held])


def look_at(numbers: list[int]) -> int:
    """
    Hold events that report temperatures against the limits of the batches in them, and open a case for each batch that was too warm. Gives how many.

    The same event again opens nothing: a case is known by batch and event.
    """
    figures, opened = policy_in_force().cold, 0
    for event in Event.objects.filter(pk__in=numbers, voided=False, error=False):
        if event.body is None:
            continue
        held = readings(event.body, event.location or event.read_point, event.pk)
        for card in _cards(event) if held else ():
            most = limit_of(_words(card), figures)
            found = breaks(held, most, figures) if most is not None else ()
            if most is not None and found:
                with act("tracing.cold", Actor.system("tracing")) as a:
                    desk.open_cold(
                        a,
                        card.id,
                        card.merchant_id,
                        bytes(event.hash).hex(),
                        sentence(found, most),
                        _evidence(found, most),
                    )
                opened += 1
    return opened


def sentence(found: tuple[Break, ...], most: Decimal) -> Text:
    """What the breaks say, in both languages: since when, how long, how warm."""
    first, minutes = found[0], sum(b.minutes for b in found)
    worst = max(b.worst for b in found)
    since = f"{first.since.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return Text(
        f"运输温度自 {since} 起高于 {most:f} ℃，累计 {span(minutes).zh}，最高 {worst:f} ℃。",
        f"On the way it was above {most:f} °C from {since}, {span(minutes).en} in all, {worst:f} °C at most.",
    )


def span(minutes: int) -> Text:
    """So many minutes as people say it."""
    hours, rest = divmod(minutes, 60)
    zh = (f"{hours} 小时" if hours else "") + (
        f" {rest} 分钟" if rest and hours else f"{rest} 分钟" if rest or not hours else ""
    )
    en = " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")))
    return Text(zh, en)


def _evidence(found: tuple[Break, ...], most: Decimal) -> dict[str, object]:
    worst = max(b.worst for b in found)
    return {
        "limit_celsius": format(most, "f"), "highest_celsius": format(worst, "f"), "minutes": sum(b.minutes for b in found),
        "since": found[0].since.isoformat(), "where": found[0].where, "seen_at": clock.now().isoformat(timespec="seconds"),
    }  # fmt: skip


def _cards(event: Event) -> list[BatchCard]:
    """The registered batches of what an event names, and of what lies in its containers at that time."""
    named = list(Mention.objects.filter(event=event).values_list("thing_id", flat=True))
    things = set(named) | walk.contents(named, event.at)
    lots = set(Thing.objects.filter(units__pk__in=things).values_list("uri", flat=True)) if things else set()
    lots |= set(Thing.objects.filter(pk__in=things, lot=None).exclude(gtin="").values_list("uri", flat=True))
    cards = [batches.registered(uri, key[1]) for uri in sorted(lots) if (key := lot_of(uri)) is not None]
    return [card for card in cards if card is not None]


def _words(card: BatchCard) -> str:
    listing = catalogue.listing(card.listing_id) if card.listing_id else None
    return f"{listing.category} {listing.title}" if listing else ""
