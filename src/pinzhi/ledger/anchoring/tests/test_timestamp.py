"""Time stamps of an authority: real tokens, and everything about one that must not be believed."""

from datetime import UTC, datetime, timedelta

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import store
from pinzhi.ledger.anchoring import timestamp
from pinzhi.ledger.anchoring.anchors import RETRY, anchor_due, files, stamped_text
from pinzhi.ledger.anchoring.comparing import compare
from pinzhi.ledger.anchoring.tests.authority import START, WHEN, Authority, served
from pinzhi.ledger.anchoring.tests.chains import foreign, free_port
from pinzhi.ledger.checkpoint import Note
from pinzhi.ledger.models import Anchor
from pinzhi.ledger.tests.samples import ORIGIN
from pinzhi.ledger.tests.test_store import put

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TEXT = b"example.com/log\n3\nroot\n"


@pytest.fixture(autouse=True)
def library():
    return foreign("rfc3161_client", "rfc3161-client")


def refused(what, *args, **named):
    with pytest.raises(RefusedError) as no:
        what(*args, **named)
    return no.value.refusal


def test_a_token_is_asked_for_verified_and_states_its_time():
    authority = Authority()
    with served(authority) as address:
        answer, when = timestamp.stamped(address, TEXT, [authority.root])
    assert (when, authority.asked) == (WHEN, 1)
    assert timestamp.stated(answer, TEXT, [authority.root]) == WHEN


def test_a_token_over_something_else_or_of_somebody_else_is_refused():
    authority, other = Authority(), Authority(name="another root")
    with served(authority) as address:
        answer, _ = timestamp.stamped(address, TEXT, [authority.root])
        assert refused(timestamp.stamped, address, TEXT, [other.root]).code == "stamp_wrong"
        authority.digest = b"\x05" * 32
        wrong = refused(timestamp.stamped, address, TEXT, [authority.root])
        assert (wrong.code, "Mismatch between messages" in wrong.reason) == ("stamp_wrong", True)
        authority.digest, authority.nonce = None, 7
        assert "Nonce" in refused(timestamp.stamped, address, TEXT, [authority.root]).reason
    assert refused(timestamp.stated, answer, TEXT + b"\n", [authority.root]).code == "stamp_wrong"
    assert refused(timestamp.stated, answer, TEXT, [other.root]).code == "stamp_wrong"
    assert refused(timestamp.stated, answer, TEXT, []).code == "stamp_wrong"


def test_no_changed_byte_of_digest_and_time_is_taken():
    authority = Authority()
    with served(authority) as address:
        answer, _ = timestamp.stamped(address, TEXT, [authority.root])
    at = answer.index(WHEN.strftime("%Y%m%d%H%M%SZ").encode())
    for place in range(at - 60, at + 15):
        changed = bytearray(answer)
        changed[place] ^= 1
        assert refused(timestamp.stated, bytes(changed), TEXT, [authority.root]).code == "stamp_wrong", place


def test_a_certificate_that_may_not_stamp_or_was_not_valid_is_refused():
    authority = Authority(may_stamp=False)
    with served(authority) as address:
        assert refused(timestamp.stamped, address, TEXT, [authority.root]).code == "stamp_wrong"
    early = Authority()
    early.when = START - timedelta(days=1)
    with served(early) as address:
        assert refused(timestamp.stamped, address, TEXT, [early.root]).code == "stamp_wrong"


def test_an_authority_that_says_no_or_nothing_is_named():
    authority = Authority()
    authority.grants = False
    with served(authority) as address:
        no = refused(timestamp.stamped, address, TEXT, [authority.root])
        assert (no.code, "not today" in no.reason) == ("authority_refused", True)
    address = f"http://user:secret@127.0.0.1:{free_port()}/"
    no = refused(timestamp.stamped, address, TEXT, [authority.root])
    assert (no.code, "secret" in no.reason) == ("authority_unreachable", False)
    assert refused(timestamp.stated, b"nonsense", TEXT, [authority.root]).code == "stamp_wrong"


def test_roots_that_cannot_be_read_are_named(tmp_path):
    assert refused(timestamp.roots, tmp_path / "nothing.pem").code == "roots_unreadable"
    (tmp_path / "empty.pem").write_text("nothing")
    assert refused(timestamp.roots, tmp_path / "empty.pem").code == "roots_unreadable"


@pytest.fixture
def house(tmp_path, settings, db):
    """Our log with three leaves, an authority, and the file of places."""
    settings.LEDGER_KEYS, settings.LEDGER_ORIGIN = tmp_path / "keys", ORIGIN
    settings.LEDGER_ANCHORS = str(tmp_path / "anchors.toml")
    put(3)
    store.checkpoint(at=NOW)
    authority = Authority()
    (tmp_path / "roots.pem").write_bytes(authority.pem())
    with served(authority) as address:
        (tmp_path / "anchors.toml").write_text(
            f'[[authority]]\nname = "tsa"\naddress = "{address}"\nroots = "roots.pem"\nhours = 24\n'
        )
        yield authority


@pytest.mark.django_db(transaction=True)
def test_checkpoints_are_stamped_once_a_day_and_compared(house):
    assert anchor_due(at=NOW) == 1
    row = Anchor.objects.get()
    assert (row.kind, row.size, row.at, row.trouble) == ("rfc3161", 3, WHEN, "")
    assert row.authority.startswith("127.0.0.1:")
    assert stamped_text(row).decode() == Note.parse(store.latest().note.encode()).text
    put(2)
    store.checkpoint(at=NOW)
    assert anchor_due(at=NOW + timedelta(hours=23)) == 0
    assert anchor_due(at=NOW + timedelta(hours=24)) == 1
    assert (compare().ok, compare().compared, house.asked) == (True, 2, 2)
    handed = dict(files())
    assert list(handed) == ["3.txt", "3.checkpoint", "5.txt", "5.checkpoint", "tsa-3.tsr", "tsa-5.tsr", "anchors.json"]
    assert timestamp.stated(handed["tsa-3.tsr"], handed["3.txt"], [house.root]) == WHEN
    Anchor.objects.filter(size=3).update(at=WHEN + timedelta(hours=1))
    assert [(f.code, f.where) for f in compare().findings] == [("stamp_time_changed", "tsa 3")]
    Anchor.objects.filter(size=3).update(at=WHEN, root=b"\x01" * 32)
    assert {f.code for f in compare().findings} == {"anchor_not_ours", "stamp_wrong"}


@pytest.mark.django_db(transaction=True)
def test_a_wrong_stamp_is_never_kept(house, tmp_path):
    (tmp_path / "roots.pem").write_bytes(Authority(name="another").pem())
    assert anchor_due(at=NOW) == 0
    row = Anchor.objects.get()
    assert (row.trouble, row.at, bytes(row.token)) == ("stamp_wrong", None, b"")
    (tmp_path / "roots.pem").write_bytes(house.pem())
    assert anchor_due(at=NOW + RETRY) == 1
    assert (Anchor.objects.get().trouble, Anchor.objects.get().at) == ("", WHEN)
