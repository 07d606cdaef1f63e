"""Keys on disk: made once, private, rotated without a gap."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import keys

ORIGIN = "example.com/log"


def test_made_once_private_and_the_same_for_everyone(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: keys.signers(tmp_path / "keys", ORIGIN, may_create=True), range(16)))
    assert len(made) == 1
    (path,) = (tmp_path / "keys").iterdir()
    assert (path.name, oct(path.stat().st_mode & 0o777)) == ("log-0001.key", "0o600")
    assert keys.verifiers(tmp_path / "keys") == tuple(k.verifier for k in made.pop())


def test_a_log_that_has_signed_does_not_quietly_get_a_new_key(tmp_path):
    with pytest.raises(RefusedError) as no:
        keys.signers(tmp_path, ORIGIN, may_create=False)
    assert no.value.refusal.code == "key_missing"
    assert list(tmp_path.iterdir()) == []


def test_rotation_signs_with_both_and_retiring_keeps_the_public_half(tmp_path):
    (old,) = keys.signers(tmp_path, ORIGIN, may_create=True)
    with pytest.raises(RefusedError) as no:
        keys.retire(tmp_path, old.verifier.key_id.hex())
    assert no.value.refusal.code == "last_key"
    new = keys.rotate(tmp_path, ORIGIN)
    assert [k.verifier for k in keys.signers(tmp_path, ORIGIN, may_create=False)] == [old.verifier, new]
    assert keys.retire(tmp_path, old.verifier.key_id.hex()) == old.verifier
    assert [k.verifier for k in keys.signers(tmp_path, ORIGIN, may_create=False)] == [new]
    assert keys.verifiers(tmp_path) == (old.verifier, new)
    assert not any("PRIVATE" in p.read_text() for p in tmp_path.glob("*.vkey"))
    assert keys.rotate(tmp_path, ORIGIN) == keys.verifiers(tmp_path)[2]
    with pytest.raises(RefusedError) as no:
        keys.retire(tmp_path, "00000000")
    assert no.value.refusal.code == "no_such_key"


def test_a_key_that_others_can_read_is_not_used(tmp_path):
    keys.signers(tmp_path, ORIGIN, may_create=True)
    (tmp_path / "log-0001.key").chmod(0o644)
    with pytest.raises(RefusedError) as no:
        keys.signers(tmp_path, ORIGIN, may_create=False)
    assert no.value.refusal.code == "key_readable_by_others"


def test_a_log_keeps_its_name(tmp_path):
    keys.signers(tmp_path, ORIGIN, may_create=True)
    with pytest.raises(RefusedError) as no:
        keys.signers(tmp_path, "other.example/log", may_create=True)
    assert no.value.refusal.code == "origin_changed"
