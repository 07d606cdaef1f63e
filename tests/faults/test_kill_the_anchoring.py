"""Anchoring is killed at every place where that could matter: no anchor is sent twice, none is lost, and chain and ledger agree."""

import json
import os
import signal
import subprocess
import sys

import pytest

from installation import Installation
from pinzhi.ledger.anchoring.tests.chains import ETHER, Evm, door

pytestmark = [pytest.mark.faults, pytest.mark.slow]
GROW = """
from pinzhi.ledger import store
from django.db import transaction
from pinzhi.kernel import clock
import hashlib
n = store.size()
with transaction.atomic():
    store.append([store.NewLeaf("other", "x", hashlib.sha256(b"%d" % n).digest(), b"n" * 16)], at=clock.now())
print(n + 1)
"""
DEATHS = (
    ("eth_call", "before"),  # the row is begun, nothing is sent
    ("eth_send_raw_transaction", "before"),  # what is sent is remembered, and does not reach the chain
    ("eth_send_raw_transaction", "after"),  # it reaches the chain, and nobody hears of it
    ("eth_get_transaction_receipt", "after"),  # it is in a block, and not confirmed here
)


class Deadly(Evm):
    """A chain that kills who asks it: at one method, before or after it does what is asked."""

    victim, at, when, deaths, taken = 0, "", "", 0, 0

    def _kill(self):
        if self.victim:
            os.killpg(self.victim, signal.SIGKILL)
            self.victim, self.deaths = 0, self.deaths + 1
            raise ValueError("nobody hears this")

    def _deadly(self, method, does):
        if (self.at, self.when) == (method, "before"):
            self._kill()
        said = does()
        if (self.at, self.when) == (method, "after"):
            self._kill()
        return said

    def eth_call(self, call, at):
        return self._deadly("eth_call", lambda: super(Deadly, self).eth_call(call, at))

    def eth_send_raw_transaction(self, raw):
        def does():
            self.taken += 1
            return super(Deadly, self).eth_send_raw_transaction(raw)

        return self._deadly("eth_send_raw_transaction", does)

    def eth_get_transaction_receipt(self, name):
        return self._deadly(
            "eth_get_transaction_receipt", lambda: super(Deadly, self).eth_get_transaction_receipt(name)
        )


def anchor(house, evm=None):
    """`pinzhi ledger anchor --now`; with a chain, as its victim."""
    running = subprocess.Popen(
        [sys.executable, "-m", "pinzhi", "ledger", "anchor", "--now", "--json"],
        env=house.env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if evm is not None:
        evm.victim = running.pid
    out, _ = running.communicate(timeout=280)
    return running.returncode, out


def test_no_anchor_is_sent_twice_and_none_is_lost(tmp_path):
    evm = Deadly()
    with door(evm) as address:
        house = Installation(tmp_path / "home", PINZHI_ANCHORS=str(tmp_path / "anchors.toml"))
        house.home.mkdir()
        places = f'[[chain]]\nname = "dev"\naddress = "{address}"\nchain_id = {evm.eth_chain_id()}\n'
        (tmp_path / "anchors.toml").write_text(places)
        house.command("migrate")
        house.python(GROW)
        poor = json.loads(house.command("ledger", "anchor", "--deploy", "dev", "--json", check=False).stdout)
        account = next(word for word in poor["refused"]["reason"].split() if word.startswith("0x"))
        with evm.lock:
            evm.anvil_set_balance(account, hex(ETHER))
        made = json.loads(house.command("ledger", "anchor", "--deploy", "dev", "--json").stdout)
        (tmp_path / "anchors.toml").write_text(places + f'contract = "{made["contract"]}"\n')
        sizes = []
        for method, when in DEATHS:
            size = int(house.python(GROW))
            evm.at, evm.when = method, when
            before = evm.taken
            assert anchor(house, evm)[0] == -signal.SIGKILL, (method, when)
            status, out = anchor(house)
            assert status == 0, out
            (place,) = json.loads(out)["places"]
            assert (place["anchored"]["size"], place["under_way"]) == (size, None), (method, when)
            assert evm.taken - before == 1, f"{method} {when}: one transaction reaches the chain for one anchor"
            sizes.append(size)
        assert evm.deaths == len(DEATHS)
        nonce = evm.eth_get_transaction_count(account, "latest")
        assert nonce == 1 + len(sizes), "the contract, and one transaction for each anchor"
        checked = json.loads(house.command("ledger", "anchor", "--check", "--json").stdout)
        assert (checked["valid"], checked["compared"], checked["under_way"]) == (True, len(sizes), 0)
