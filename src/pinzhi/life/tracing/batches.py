"""
Which lots a batch is: the catalogue's batch with its GTIN, a GTIN with a lot number, or a GS1 Digital Link.

A merchant may ask about batches of the catalogue that are his own.
"""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import BatchCard
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import numbers
from pinzhi.life.tracing.models import Thing
from pinzhi.life.tracing.rules.chain.mentions import lot_of, lot_uri
from pinzhi.life.tracing.rules.epcis.values import canonical
from pinzhi.people.roles import Actor


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch as the chain knows it: `uri` is its canonical link, `thing` its number where an event named it, `card` what the catalogue has of it."""

    name: str
    uri: str
    thing: int | None
    card: BatchCard | None

    @property
    def merchant_id(self) -> str:
        """Whose it is; empty where the catalogue does not know it."""
        return self.card.merchant_id if self.card else ""


def find(name: str, by: Actor) -> Lot:
    """
    The lot that `name` means.

    Raises RefusedError: `batch_unknown`; `batch_without_gtin`, where the catalogue knows no GTIN of it, so that no event can name it.
    """
    name = "".join(c for c in name.strip()[:300] if c.isprintable())
    card = catalogue.batch(name) if name else None
    uri = _uri(card) if card else _read(name)
    if card is None and uri and (key := lot_of(uri)) is not None:
        card = registered(uri, key[1])
    if by.merchant_id and (card is None or card.merchant_id != by.merchant_id):
        raise _unknown(name)
    if not uri:
        if card is None:
            raise _unknown(name)
        raise RefusedError.because(
            "batch_without_gtin",
            f"the batch {name} has no GTIN, and neither has its listing",
            "register the batch with its GTIN, or have the platform number the goods, so that events can name it",
            field="batch",
        )
    thing = Thing.objects.filter(uri=uri).values_list("pk", flat=True).first()
    if card is None and thing is None:
        raise _unknown(name)
    return Lot(name, uri, thing, card)


def registered(uri: str, name: str) -> BatchCard | None:
    """The batch of the catalogue whose goods carry a lot's link; None where there is none of that name, or it is of another GTIN."""
    held = catalogue.batch(name)
    return held if held is not None and _uri(held) == uri else None


def _unknown(name: str) -> RefusedError:
    return RefusedError.because(
        "batch_unknown",
        f"no batch is called «{name[:80]}»",
        "give the id of the batch, GTIN/LOT, or the Digital Link of the lot",
        field="batch",
    )


def _uri(card: BatchCard) -> str:
    gtin = numbers.of_goods([card])[card.id]
    try:
        return lot_uri(gtin, card.id) if gtin else ""
    except ValueError:
        return ""


def _read(name: str) -> str:
    if name.startswith(("http", "HTTP", "urn:")):
        return canonical(name)
    gtin, slash, lot = name.partition("/")
    try:
        return lot_uri(gtin, lot) if slash and lot else ""
    except ValueError:
        return ""
