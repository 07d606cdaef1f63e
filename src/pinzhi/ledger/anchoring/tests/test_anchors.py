"""Anchors from the ledger's table to a chain and back: on py-evm and on a real node, with blocks made by hand."""

import hashlib
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import store
from pinzhi.ledger.anchoring import anchors, contract
from pinzhi.ledger.anchoring.anchors import POLL, RETRY, STUCK, UNSEEN, anchor_due, files
from pinzhi.ledger.anchoring.chain import Chain
from pinzhi.ledger.anchoring.comparing import compare
from pinzhi.ledger.anchoring.contract import Contract, anchor_call, origin_hash, prepare, send
from pinzhi.ledger.anchoring.tests.chains import OPERATOR, STRANGER, Evm, anvil, deployed, door, free_port, receipt
from pinzhi.ledger.anchoring.transactions import checksummed
from pinzhi.ledger.models import Anchor, Leaf, SignedCheckpoint
from pinzhi.ledger.tests.samples import ORIGIN
from pinzhi.ledger.tests.test_store import put

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def by_hand(name):
    """(address, mine) of a chain whose blocks are made when a test says so."""
    if name == "py-evm":
        evm = Evm(by_hand=True)
        with door(evm) as address:
            yield address, evm.mine
    else:
        with anvil("--no-mining") as address:
            yield address, lambda blocks=1: Chain(address).ask("anvil_mine", hex(blocks))


class House:
    """Our log with three leaves, a contract on a chain, and the file of places."""

    def __init__(self, folder, settings, address, mine):
        settings.LEDGER_KEYS, settings.LEDGER_ORIGIN = folder / "keys", ORIGIN
        settings.LEDGER_ANCHORS = str(folder / "anchors.toml")
        self.folder, self.address, self.mine, self.chain = folder, address, mine, Chain(address)
        put(3)
        store.checkpoint(at=NOW)
        key = folder / "keys" / "anchor-dev.key"
        key.write_text(OPERATOR.secret.hex())
        key.chmod(0o600)
        self.contract = deployed(self.chain, mine=mine)
        self.write()

    def write(self, **changed):
        values = {
            "name": "dev",
            "address": self.address,
            "chain_id": self.chain.chain_id() if "chain_id" not in changed else 0,
            "contract": checksummed(self.contract.address),
            "confirmations": 3,
        } | changed
        lines = [f"{k} = {v}" if isinstance(v, int) else f'{k} = "{v}"' for k, v in values.items()]
        (self.folder / "anchors.toml").write_text("\n".join(["[[chain]]", *lines]))

    def root_at(self, size):
        return self.contract.root_at(origin_hash(ORIGIN), size)

    def grow(self, count, at):
        put(count)
        return store.checkpoint(at=at)

    def anchor(self, at):
        """From begun to confirmed."""
        assert anchor_due(at=at) == 1
        self.mine(3)
        assert anchor_due(at=at + POLL) == 1


@pytest.fixture
def house(request, tmp_path, settings):
    """On a real node, or on what `on_both` says."""
    with by_hand(getattr(request, "param", "anvil")) as (address, mine):
        yield House(tmp_path, settings, address, mine)


on_both = pytest.mark.parametrize("house", ["py-evm", "anvil"], indirect=True)


def only():
    return Anchor.objects.get()


@on_both
def test_an_anchor_is_sent_confirmed_and_begun_again_after_an_hour(house):
    assert anchor_due(at=NOW) == 1
    row = only()
    assert (row.size, row.at, row.kind, row.chain_id) == (3, None, "evm", house.chain.chain_id())
    assert bytes(row.root) == bytes(store.latest().root)
    assert anchor_due(at=NOW + POLL) == 0, "it is in no block"
    house.mine()
    assert house.root_at(3) == bytes(row.root)
    assert anchor_due(at=NOW + 2 * POLL) == 0, "one confirmation of three"
    house.mine(2)
    assert anchor_due(at=NOW + 3 * POLL) == 1
    row = only()
    assert (row.at, row.trouble, row.block) == (NOW + 3 * POLL, "", house.chain.height() - 2)
    assert 0 < row.gas <= 75_000
    nonce = house.chain.nonce(OPERATOR.address)
    house.grow(4, NOW)
    assert anchor_due(at=NOW + HOUR - POLL) == 0
    house.anchor(NOW + HOUR)
    assert Anchor.objects.count() == 2
    assert anchor_due(at=NOW + 3 * HOUR) == 0, "nothing new to anchor"
    assert house.chain.nonce(OPERATOR.address) == nonce + 1
    assert house.root_at(7) == bytes(store.latest().root)
    assert Anchor.objects.get(size=7).gas <= 60_000, "goal T12"


def test_what_is_on_the_chain_already_is_not_sent_again(house):
    """The note of it is lost (a restored backup, another worker): the chain is asked first."""
    house.anchor(NOW)
    nonce = house.chain.nonce(OPERATOR.address)
    Anchor.objects.all().delete()
    assert anchor_due(at=NOW) == 1
    assert (only().at, only().transaction, only().block) == (NOW, b"", None)
    assert house.chain.nonce(OPERATOR.address) == nonce


@on_both
def test_a_fork_is_named_with_both_roots_and_stops_the_place(house):
    other = hashlib.sha256(b"another history").digest()
    made = prepare(
        house.chain, OPERATOR, house.contract.address, anchor_call(origin_hash(ORIGIN), 3, other), legacy=False
    )
    send(house.chain, made)
    house.mine()
    nonce = house.chain.nonce(OPERATOR.address)
    assert anchor_due(at=NOW) == 0
    row = only()
    assert (row.trouble, row.at) == ("anchored_otherwise", None)
    assert other.hex() in row.reason
    assert bytes(row.root).hex() in row.reason
    house.grow(1, NOW)
    assert anchor_due(at=NOW + 2 * HOUR) == 0
    assert Anchor.objects.count() == 1
    assert house.chain.nonce(OPERATOR.address) == nonce
    found = compare()
    assert [f.code for f in found.findings] == ["anchored_otherwise"]
    assert other.hex() in found.findings[0].sentence.zh


def test_a_chain_that_cannot_be_reached_loses_nothing(house):
    port = free_port()
    house.write(address=f"http://127.0.0.1:{port}/")
    assert anchor_due(at=NOW) == 0
    assert (only().trouble, only().size, only().at) == ("chain_unreachable", 3, None)
    assert f"127.0.0.1:{port}" in only().reason
    house.grow(5, NOW)
    house.write()
    assert anchor_due(at=NOW + RETRY - POLL) == 0, "not asked again yet"
    house.anchor(NOW + RETRY)
    assert (only().trouble, only().reason, only().size) == ("", "", 3)
    house.anchor(NOW + 2 * HOUR)
    assert list(Anchor.objects.order_by("size").exclude(at=None).values_list("size", flat=True)) == [3, 8]


@on_both
def test_a_killed_worker_sends_nothing_twice(house, monkeypatch):
    """Killed between the note and the wire, and after the wire: one transaction takes effect, one nonce is used."""
    nonce = house.chain.nonce(OPERATOR.address)

    def killed(*_):
        raise SystemExit(9)

    with monkeypatch.context() as broken:
        broken.setattr(contract, "send", killed)
        with pytest.raises(SystemExit):
            anchor_due(at=NOW)
    assert (only().at, bool(only().transaction)) == (None, True)
    assert anchor_due(at=NOW + UNSEEN - POLL) == 0, "it may only not have come round"
    assert anchor_due(at=NOW + UNSEEN) == 1
    with monkeypatch.context() as broken:
        broken.setattr(anchors, "_needed", killed)
        with pytest.raises(SystemExit):
            anchor_due(at=NOW + UNSEEN + POLL)
    assert anchor_due(at=NOW + UNSEEN + 2 * POLL) == 0
    house.mine(3)
    assert anchor_due(at=NOW + UNSEEN + 3 * POLL) == 1
    assert house.chain.nonce(OPERATOR.address) == nonce + 1


@on_both
def test_a_stuck_transaction_is_replaced_by_one_that_pays_more(house):
    anchor_due(at=NOW)
    first = only()
    assert anchor_due(at=NOW + STUCK - POLL) == 0
    nonce = house.chain.nonce(OPERATOR.address)
    assert (anchor_due(at=NOW + STUCK), only().reason) == (1, "")
    second = only()
    assert second.price >= first.price * 9 // 8
    assert bytes(second.transaction) != bytes(first.transaction)
    house.mine(3)
    assert anchor_due(at=NOW + STUCK + POLL) == 1
    assert house.chain.nonce(OPERATOR.address) == nonce + 1
    assert bytes(only().root) == house.root_at(3)


def test_a_key_that_is_not_the_operators_is_refused_before_anything_is_sent(house):
    key = house.folder / "keys" / "anchor-dev.key"
    key.write_text(STRANGER.secret.hex())
    assert anchor_due(at=NOW) == 0
    assert only().trouble == "not_operator"
    key.unlink()
    assert anchor_due(at=NOW + RETRY) == 0
    assert only().trouble == "anchor_key_missing"
    key.write_text("not a key")
    key.chmod(0o600)
    assert anchor_due(at=NOW + 2 * RETRY) == 0
    assert (only().trouble, "not a key" in only().reason) == ("bad_key", False)
    key.chmod(0o644)
    assert anchor_due(at=NOW + 3 * RETRY) == 0
    assert only().trouble == "key_readable_by_others"
    assert house.chain.nonce(STRANGER.address) == 0
    assert house.root_at(3) is None


def test_a_node_of_another_chain_is_refused(house):
    house.write(chain_id=5)
    assert anchor_due(at=NOW) == 0
    assert only().trouble == "chain_other"


def test_a_database_older_than_its_anchors_is_named(house):
    house.grow(4, NOW)
    house.anchor(NOW)
    Anchor.objects.all().delete()
    SignedCheckpoint.objects.filter(size=7).delete()
    assert anchor_due(at=NOW) == 0
    assert only().trouble == "chain_ahead"


@on_both
def test_the_comparison_agrees_and_then_finds_every_kind_of_difference(house):
    house.anchor(NOW)
    house.grow(4, NOW)
    house.anchor(NOW + HOUR)
    whole = compare()
    assert (whole.ok, whole.compared, whole.under_way, whole.not_named) == (True, 2, 0, 0)
    house.grow(2, NOW)
    anchor_due(at=NOW + 2 * HOUR)
    assert (compare().ok, compare().under_way) == (True, 1)
    Anchor.objects.filter(at=None).delete()

    row = Anchor.objects.get(size=3)
    right = bytes(row.root)
    Anchor.objects.filter(pk=row.pk).update(root=b"\x01" * 32)
    assert [(f.code, f.where) for f in compare().findings] == [
        ("anchor_not_ours", "dev 3"),
        ("anchored_otherwise", "dev 3"),
    ]
    Anchor.objects.filter(pk=row.pk).update(root=right)

    Anchor.objects.create(
        place="dev",
        kind="evm",
        size=5,
        root=b"\x02" * 32,
        begun=NOW,
        at=NOW,
        chain_id=row.chain_id,
        contract=row.contract,
    )
    assert {f.code for f in compare().findings} == {"anchor_not_ours", "anchor_gone"}
    Anchor.objects.filter(size=5).delete()

    Anchor.objects.create(place="former", kind="evm", size=3, root=right, begun=NOW, at=NOW, chain_id=9)
    assert (compare().ok, compare().not_named) == (True, 1)
    assert compare().ok

    Leaf.objects.filter(index=1).update(commitment=b"\x03" * 32)
    assert {f.code for f in compare().findings} == {"anchor_not_ours"}
    Anchor.objects.all().delete()
    (told,) = compare().findings
    assert (told.code, told.where) == ("anchored_otherwise", "dev 7"), "no row is needed to find a rewritten leaf"
    Leaf.objects.filter(index__gte=5).delete()
    assert [f.code for f in compare().findings] == ["chain_ahead"]


def test_an_unreachable_chain_is_a_finding_of_the_comparison(house):
    house.anchor(NOW)
    house.write(address=f"http://127.0.0.1:{free_port()}/", chain_id=house.chain.chain_id())
    assert [f.code for f in compare().findings] == ["chain_unreachable"]


def test_nothing_is_done_without_places_without_a_contract_and_without_entries(house, settings):
    house.write(contract="")
    assert anchor_due(at=NOW) == 0
    settings.LEDGER_ANCHORS = ""
    assert anchor_due(at=NOW) == 0
    settings.LEDGER_ANCHORS = str(house.folder / "nothing.toml")
    with pytest.raises(RefusedError, match="anchors_unreadable"):
        anchor_due(at=NOW)
    assert Anchor.objects.count() == 0


def test_a_contract_that_is_not_ours_is_never_written_to(house):
    made = prepare(house.chain, OPERATOR, b"", bytes.fromhex("60016000f3"), legacy=False)
    send(house.chain, made)
    house.mine()
    house.write(contract=checksummed(receipt(house.chain, made.hash).contract))
    assert anchor_due(at=NOW) == 0
    assert only().trouble == "contract_of_others"
    assert Contract.at(house.chain, house.contract.address).latest(origin_hash(ORIGIN)) == 0


def test_a_node_that_tells_of_a_transaction_only_in_a_block_and_knows_no_tip(tmp_path, settings, monkeypatch):
    """As the source of FISCO BCOS reads (EthEndpoint.cpp): what waits is unknown, sent again it is refused, the tip is no method."""
    evm = Evm(by_hand=True)
    evm.fails["eth_maxPriorityFeePerGas"] = "Method not found"
    send_first = evm.eth_send_raw_transaction

    def refuses_the_second(raw):
        if raw in evm.waiting.values():
            raise ValueError("VM Exception while processing transaction, reason: AlreadyInTxPool")
        return send_first(raw)

    with door(evm) as address:
        house = House(tmp_path, settings, address, evm.mine)
        monkeypatch.setattr(evm, "eth_get_transaction_by_hash", lambda _name: None)
        monkeypatch.setattr(evm, "eth_send_raw_transaction", refuses_the_second)
        assert anchor_due(at=NOW) == 1
        assert anchor_due(at=NOW + UNSEEN) == 0
        assert (only().trouble, "AlreadyInTxPool" in only().reason) == ("chain_refused", True)
        nonce = house.chain.nonce(OPERATOR.address)
        evm.mine(3)
        assert anchor_due(at=NOW + UNSEEN + RETRY) == 1
        assert (only().trouble, only().at) == ("", NOW + UNSEEN + RETRY)
        assert house.chain.nonce(OPERATOR.address) == nonce + 1


def test_only_what_is_confirmed_is_handed_over(house):
    house.anchor(NOW)
    house.grow(4, NOW)
    anchor_due(at=NOW + HOUR)
    assert [name for name, _ in files()] == ["3.txt", "3.checkpoint", "anchors.json"]
