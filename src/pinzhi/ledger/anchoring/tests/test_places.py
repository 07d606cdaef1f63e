"""The file of places is read strictly, keys are made once; a node that talks nonsense is refused and never believed."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.anchoring.chain import Chain
from pinzhi.ledger.anchoring.contract import Contract
from pinzhi.ledger.anchoring.places import AuthorityPlace, ChainPlace, account, read_places
from pinzhi.ledger.anchoring.tests.chains import free_port
from pinzhi.ledger.anchoring.transactions import Fee

CHAIN = '[[chain]]\nname = "dev"\naddress = "http://127.0.0.1:8545/"\nchain_id = 31337\n'
CONTRACT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
AUTHORITY = '[[authority]]\nname = "tsa"\naddress = "https://tsa.example.org/"\nroots = "r.pem"\n'
HERE = Path("/etc/pinzhi")


def test_places_with_everything_and_with_defaults():
    full = CHAIN + f'contract = "{CONTRACT}"\nconfirmations = 12\nlegacy = true\nhours = 6\n' + AUTHORITY
    assert read_places(full, HERE) == (
        ChainPlace(
            "dev",
            "http://127.0.0.1:8545/",
            31337,
            bytes.fromhex(CONTRACT[2:]),
            12,
            legacy=True,
            every=timedelta(hours=6),
        ),
        AuthorityPlace("tsa", "https://tsa.example.org/", HERE / "r.pem", timedelta(hours=24)),
    )
    (plain,) = read_places(CHAIN, HERE)
    assert (plain.contract, plain.confirmations, plain.legacy, plain.every) == (b"", 1, False, timedelta(hours=1))
    (small,) = read_places(CHAIN + f'contract = "{CONTRACT.lower()}"\n', HERE)
    assert small.contract.hex() == CONTRACT.lower()[2:]
    assert read_places("", HERE) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[[chain]", "TOML"),
        ("[chain]\nname = 'x'", "chain"),
        ("[[place]]\n", "place"),
        (CHAIN + CHAIN, "dev is there twice"),
        (CHAIN + AUTHORITY.replace('"tsa"', '"dev"'), "dev is there twice"),
        (CHAIN.replace('"dev"', '"Dev Chain"'), "name"),
        (CHAIN.replace("http://", "ftp://"), "address"),
        (CHAIN.replace("31337", '"31337"'), "chain_id"),
        (CHAIN.replace("31337", "0"), "chain_id"),
        (CHAIN.replace("chain_id = 31337\n", ""), "chain_id is missing"),
        (CHAIN + 'contract = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"\n', "contract"),
        (CHAIN + 'contract = "0x5a"\n', "contract"),
        (CHAIN + "confirmations = true\n", "confirmations"),
        (CHAIN + "confirmations = 0\n", "confirmations"),
        (CHAIN + "hours = 0\n", "hours"),
        (CHAIN + 'hours = "1"\n', "hours"),
        (CHAIN + 'key = "x"\n', "key is not a word"),
        (AUTHORITY.replace('roots = "r.pem"\n', ""), "roots is missing"),
        ("chain = [1]", "without name"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(text, names):
    with pytest.raises(RefusedError) as no:
        read_places(text, HERE)
    assert no.value.refusal.code == "bad_anchors"
    assert names in no.value.refusal.reason


def test_a_key_is_made_once_and_read_again(tmp_path):
    with pytest.raises(RefusedError, match="anchor_key_missing"):
        account(tmp_path / "keys", "dev")
    assert not (tmp_path / "keys").exists()
    made = account(tmp_path / "keys", "dev", may_create=True)
    assert account(tmp_path / "keys", "dev") == account(tmp_path / "keys", "dev", may_create=True) == made
    assert (tmp_path / "keys" / "anchor-dev.key").stat().st_mode & 0o777 == 0o600
    assert account(tmp_path / "keys", "other", may_create=True) != made


@contextmanager
def node(reply):
    """A node that says always the same: bytes, or the value of `result`."""
    body = reply if isinstance(reply, bytes) else json.dumps({"jsonrpc": "2.0", "id": 1, "result": reply}).encode()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield Chain(f"http://127.0.0.1:{server.server_port}/rpc?key=secret")
        server.shutdown()


QUESTIONS = (
    lambda c: c.chain_id(),
    lambda c: c.height(),
    lambda c: c.nonce(b"\1" * 20),
    lambda c: c.code(b"\1" * 20),
    lambda c: c.view(b"\1" * 20, b"\2"),
    lambda c: c.fee(legacy=False),
    lambda c: c.receipt(b"\1" * 32),
)


@pytest.mark.parametrize("reply", [b"<html>", b"", b"[]", b"{}", b"\xff", 7, True, "7", "0x", "0xzz", [1], {"a": 1}])
def test_a_node_that_talks_nonsense_is_refused(reply):
    with node(reply) as chain:
        said = [outcome(question, chain) for question in QUESTIONS]
    bytes_are_empty = reply == "0x"  # the one of these that is an answer, to the two questions for bytes
    no = "chain_not_understood"
    assert said == [no, no, no, b"" if bytes_are_empty else no, b"" if bytes_are_empty else no, no, no]


def outcome(question, chain):
    """The answer, or the code of the refusal; the address, which may carry a key, is in neither."""
    try:
        return question(chain)
    except RefusedError as no:
        return no.refusal.code if "secret" not in str(no) + no.refusal.remedy else "told a secret"


@given(st.text(max_size=80))
def test_what_the_node_says_no_with_is_kept_short_and_never_ends_in_a_traceback(words):
    chain = Chain("http://127.0.0.1:1/")
    with pytest.MonkeyPatch.context() as patch:
        from pinzhi.ledger.anchoring import chain as module
        from pinzhi.ledger.asking import Said

        body = json.dumps({"error": {"code": -1, "message": words * 9}}).encode()
        patch.setattr(module, "ask", lambda *_a, **_k: Said(500, body))
        with pytest.raises(RefusedError) as no:
            chain.chain_id()
    assert no.value.refusal.code == "chain_refused"
    assert len(no.value.refusal.reason) < 260


def test_a_receipt_beyond_all_blocks_a_short_word_and_a_price_without_a_tip():
    found = {"status": "0x1", "blockNumber": hex(1 << 63), "gasUsed": "0x1", "contractAddress": None}
    with node(found) as chain, pytest.raises(RefusedError, match="beyond all blocks"):
        chain.receipt(b"\1" * 32)
    with node({**found, "blockNumber": None}) as chain:
        assert chain.receipt(b"\1" * 32) is None
    with node("0x01") as chain, pytest.raises(RefusedError, match="1 bytes, not 32"):
        Contract(chain, b"\1" * 20, b"\2" * 20).latest(b"\3" * 32)
    with node("0x07") as chain:
        assert chain.fee(legacy=True) == Fee(7)


def test_a_node_that_is_not_there_is_named_by_its_host_only():
    with pytest.raises(RefusedError) as no:
        Chain(f"http://me:secret@127.0.0.1:{free_port()}/?key=secret").chain_id()
    assert no.value.refusal.code == "chain_unreachable"
    assert "secret" not in no.value.refusal.reason
