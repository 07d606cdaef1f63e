"""Making our contract on a chain: once per place, by the account that will be its operator for life."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.anchoring import anchors, contract
from pinzhi.ledger.anchoring.chain import Chain, Receipt
from pinzhi.ledger.anchoring.contract import Contract, compiled, prepare
from pinzhi.ledger.anchoring.places import ChainPlace, account
from pinzhi.ledger.anchoring.transactions import checksummed


@dataclass(frozen=True, slots=True)
class Sent:
    """The transaction that makes it: its hash, who will be its operator, and where it will stand."""

    hash: bytes
    operator: bytes
    contract: bytes


def begin(place: ChainPlace) -> Sent:
    """
    Send the transaction; the key is made where there is none.

    Raises RefusedError: `contract_set` (there is one that works), `account_empty` with the address to be funded, and those of the chain.
    """
    chain = Chain(place.address)
    anchors.must_be(chain, place)
    if place.contract:
        raise RefusedError.because(
            "contract_set",
            f"the place «{place.name}» already names the contract {checksummed(place.contract)}",
            "take the line out of the file first; what is anchored there stays there",
        )
    signer = account(settings.LEDGER_KEYS, place.name, may_create=True)
    made = prepare(chain, signer, b"", compiled().making, legacy=place.legacy)
    known_as = contract.send(chain, made)
    return Sent(known_as, signer.address, contract.address_of(signer.address, made.nonce))


def look(place: ChainPlace, sent: Sent) -> Receipt | None:
    """What became of it; None while it is in no block. Raises RefusedError(`contract_not_made`), and `contract_of_others` where the code is not ours."""
    chain = Chain(place.address)
    receipt = chain.receipt(sent.hash)
    if receipt is None:
        return None
    if not receipt.done:
        raise RefusedError.because(
            "contract_not_made", f"the transaction 0x{sent.hash.hex()} failed", "see docs/reference/ledger.md"
        )
    Contract.at(chain, receipt.contract)
    return receipt
