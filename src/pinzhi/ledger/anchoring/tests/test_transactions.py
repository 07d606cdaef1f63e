"""Keccak, RLP and signatures: the published vectors, and another implementation byte by byte."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.ledger.anchoring.keccak import SHA3, keccak256
from pinzhi.ledger.anchoring.tests.chains import foreign
from pinzhi.ledger.anchoring.transactions import (
    ORDER,
    Account,
    Fee,
    Transaction,
    checksummed,
    number,
    rlp,
)

KEYS = st.integers(1, ORDER - 1).map(lambda n: n.to_bytes(32, "big"))


def test_keccak_of_nothing_and_of_a_signature():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"transfer(address,uint256)")[:4].hex() == "a9059cbb"


@given(st.binary(max_size=700))
def test_the_permutation_is_that_of_hashlib(data):
    assert keccak256(data, padding=SHA3) == hashlib.sha3_256(data).digest()


@pytest.mark.parametrize(
    ("item", "written"),
    [
        (b"dog", "83646f67"),
        ([b"cat", b"dog"], "c88363617483646f67"),
        (b"", "80"),
        ([], "c0"),
        (number(0), "80"),
        (number(15), "0f"),
        (number(1024), "820400"),
        ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
        (
            b"Lorem ipsum dolor sit amet, consectetur adipisicing elit",
            "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974",
        ),
    ],
)
def test_rlp_of_the_published_examples(item, written):
    """ethereum.org, recursive-length prefix, examples."""
    assert rlp(item).hex() == written


def test_the_example_of_eip_155():
    """EIP-155: key 0x46…, nonce 9, chain 1. The example sends value, which ours never does: its hash is signed, its v, r, s compared."""
    account = Account(b"\x46" * 32)
    assert checksummed(account.address) == "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
    said = rlp([number(9), number(20 * 10**9), number(21000), b"\x35" * 20, number(10**18), b"", number(1), b"", b""])
    assert keccak256(said).hex() == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
    assert account.sign(keccak256(said)) == (
        0,
        0x28EF61340BD939BC2195FE537567866003E1A15D3C71FF63E1590620AA636276,
        0x67CBE9D8997F761AECB703304B3800CCF555C9F3DC64214B297FB1966A3B6D83,
    )


@pytest.mark.parametrize(
    "written",
    ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"],
)
def test_addresses_have_the_capitals_of_eip_55(written):
    assert checksummed(bytes.fromhex(written[2:])) == written


@pytest.fixture(scope="module")
def eth_account():
    return foreign("eth_account", "eth-account")


@settings(max_examples=20)
@given(KEYS, st.integers(1, 2**62), st.integers(0, 2**40), st.integers(0, 10**12), st.binary(max_size=200))
def test_transactions_are_those_of_another_signer(eth_account, key, chain, nonce, price, data):
    account, theirs = Account(key), eth_account.Account.from_key(key)
    assert checksummed(account.address) == theirs.address
    said = {"chainId": chain, "nonce": nonce, "gas": 90_000, "value": 0, "to": theirs.address, "data": data}
    for fee, named in (
        (Fee(price), {"gasPrice": price}),
        (Fee(price, price // 3), {"maxFeePerGas": price, "maxPriorityFeePerGas": price // 3, "type": 2}),
    ):
        mine = Transaction(chain, nonce, 90_000, fee, account.address, data).signed(account)
        assert mine == bytes(theirs.sign_transaction(said | named).raw_transaction)


@settings(max_examples=20)
@given(KEYS, st.binary(min_size=32, max_size=32))
def test_a_signature_is_low_verifies_and_is_always_the_same(key, digest):
    account = Account(key)
    parity, r, s = account.sign(digest)
    assert (parity in (0, 1), s <= ORDER // 2) == (True, True)
    assert account.sign(digest) == (parity, r, s)
    public = ec.derive_private_key(int.from_bytes(key, "big"), ec.SECP256K1()).public_key()
    public.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(hashes.SHA256())))


@pytest.mark.parametrize("secret", [b"", bytes(32), ORDER.to_bytes(32, "big"), b"\x01" * 31])
def test_what_is_no_key_is_refused_and_a_key_never_shows(secret):
    with pytest.raises(ValueError, match="between 1 and the order"):
        Account(secret)
    assert "1111" not in repr(Account(b"\x11" * 32))
    assert r"\x11" not in repr(Account(b"\x11" * 32))
