"""ML-DSA-44 for logs and witnesses: the published checkpoint, the signed structure byte by byte, mixed quorums, change-over, machines without it."""

import builtins
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import asking, cosigning, keys, mldsa, monitor, proofs, store
from pinzhi.ledger.bundle import check, read_proof
from pinzhi.ledger.checkpoint import (
    COSIGNATURE,
    MLDSA44,
    Checkpoint,
    Note,
    Signature,
    SignerKey,
    VerifierKey,
    cosigned_message,
    open_checkpoint,
)
from pinzhi.ledger.models import WitnessHead
from pinzhi.ledger.tests.samples import LOG, ORIGIN, SmallLog
from pinzhi.ledger.tests.test_store import put
from pinzhi.ledger.tests.test_witness import served
from pinzhi.ledger.tree import ProofError
from pinzhi.ledger.trust import read_policy, write_policy
from pinzhi.ledger.verify import run
from pinzhi.ledger.witness import Cosigner, answer, read_submission, write_submission
from pinzhi.ledger.witness_server import server
from pinzhi.ledger.witnessing import Witness

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
# The request of the test of an ML-DSA-44 log in the witness «litewitness» (filippo.io/torchwood): its key, then the checkpoint that it signed.
PUBLISHED_KEY, _, PUBLISHED = (Path(__file__).parent / "mldsa_checkpoint.txt").read_bytes().partition(b"\n")
SMALL = SmallLog(5)
TEXT = SMALL.point(5).text()
PQ_LOG = SignerKey(ORIGIN, b"l" * 32, MLDSA44)
OLD = Cosigner("lab.example/w", b"o" * 32)
NEW = Cosigner("lab.example/w", b"n" * 32, MLDSA44)
OTHER = Cosigner("regulator.example/w", b"r" * 32, MLDSA44)


def without_mldsa(monkeypatch):
    """As with a `cryptography` that has no ML-DSA."""
    real = builtins.__import__

    def other(name, scope=None, local=None, wanted=(), level=0):
        if "mldsa" in (wanted or ()) and name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, scope, local, wanted, level)

    monkeypatch.setattr(builtins, "__import__", other)
    assert not mldsa.available()


def test_a_published_checkpoint_is_believed_and_no_changed_one():
    key = VerifierKey.parse(PUBLISHED_KEY.decode())
    assert (key.algorithm, key.key_id.hex(), key.line()) == (MLDSA44, "b5df45c5", PUBLISHED_KEY.decode())
    point, signers = open_checkpoint(PUBLISHED, [key])
    assert (point.origin, point.size, signers) == ("example.com/mldsa-log", 1, (key,))
    with pytest.raises(ProofError) as no:
        open_checkpoint(PUBLISHED.replace(b"\n1\n", b"\n2\n"), [key])
    assert no.value.refusal.code == "wrong_signature"


@tries(max_examples=60, deadline=None)
@given(st.data())
def test_every_single_byte_mutation_of_the_published_checkpoint_refuses(data):
    at = data.draw(st.integers(0, len(PUBLISHED) - 1))
    flip = data.draw(st.integers(1, 255))
    with pytest.raises(ProofError):
        open_checkpoint(
            PUBLISHED[:at] + bytes([PUBLISHED[at] ^ flip]) + PUBLISHED[at + 1 :],
            [VerifierKey.parse(PUBLISHED_KEY.decode())],
        )


def test_the_signed_structure_byte_by_byte():
    """tlog-cosignature, «ML-DSA-44 signed message»: label, name, time, origin, start, end, hash."""
    point = Checkpoint("a.example/log", 0x0102, bytes(range(32)))
    assert cosigned_message("w.example/消", point.text(), 1_679_315_147) == (
        b"subtree/v1\n\x00"
        b"\x0d"
        + "w.example/消".encode()
        + bytes.fromhex("00000000641850cb")
        + b"\x0da.example/log"
        + bytes(8)
        + bytes.fromhex("0000000000000102")
        + bytes(range(32))
    )
    assert len(OTHER.cosign(TEXT, 7).signature) == 8 + 2420
    assert OTHER.cosign(TEXT, 7).signature[:8] == (7).to_bytes(8, "big")


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("w", TEXT + "more\n", "extension_lines"),
        ("w" * 256, TEXT, "name_too_long"),
        ("w", TEXT.replace(ORIGIN, "o" * 256), "name_too_long"),
        ("w", Checkpoint(ORIGIN, 0, b"x" * 32).text(), "bad_checkpoint"),
        ("w", "no checkpoint\n", "bad_checkpoint"),
    ],
)
def test_what_cannot_be_signed_with_it(name, text, code):
    with pytest.raises(ProofError) as no:
        Cosigner(name, b"s" * 32, MLDSA44).cosign(text, 1)
    assert no.value.refusal.code == code


def test_a_signature_is_of_one_name_one_time_and_one_key():
    line = OTHER.cosign(TEXT, 1_800_000_000)
    key = OTHER.verifier
    assert key.verify(TEXT.encode(), line.signature)
    again = OTHER.cosign(TEXT, 1_800_000_000)
    assert again != line  # hedged
    assert key.verify(TEXT.encode(), again.signature)
    renamed = VerifierKey("other.example/w", MLDSA44, key.public)
    assert not renamed.verify(TEXT.encode(), line.signature)
    late = (1_800_000_001).to_bytes(8, "big") + line.signature[8:]
    beyond = (1 << 63).to_bytes(8, "big") + line.signature[8:]
    for wrong in (late, beyond, line.signature[:-1], line.signature + b"\0", b""):
        assert not key.verify(TEXT.encode(), wrong)
    assert not key.verify((TEXT + "more\n").encode(), line.signature)


def test_private_lines_read_back_and_do_not_show():
    assert SignerKey.parse(PQ_LOG.line()) == PQ_LOG
    assert Cosigner.parse(NEW.line()) == NEW
    assert "seed" not in repr(NEW)
    with pytest.raises(ProofError) as no:
        SignerKey.parse(OLD.line())
    assert no.value.refusal.code == "unknown_algorithm"
    with pytest.raises(ProofError) as no:
        SignerKey.parse(PQ_LOG.line()[:-4] + "AAA=")
    assert "PRIVATE" not in str(no.value)


POLICY = (
    f"log {LOG.verifier.line()}\nwitness old {OLD.verifier.line()}\nwitness new {NEW.verifier.line()}\n"
    f"witness regulator {OTHER.verifier.line()}\ngroup lab any old new\ngroup both all lab regulator\nquorum both\n"
)


@pytest.mark.parametrize(
    ("signers", "met"),
    [((OLD, OTHER), True), ((NEW, OTHER), True), ((OLD, NEW), False), ((OLD, NEW, OTHER), True), ((OTHER,), False)],
)
def test_a_quorum_of_both_kinds_and_a_witness_with_two_keys_counts_once(signers, met):
    policy = read_policy(POLICY.encode())
    raw = SMALL.point(5).signed([LOG]).with_signatures(w.cosign(TEXT, 1) for w in signers).raw()
    if met:
        assert len(policy.believe(raw).witnesses) == len(signers)
    else:
        with pytest.raises(ProofError) as no:
            policy.believe(raw)
        assert no.value.refusal.code == "no_quorum"
    assert read_policy(write_policy(policy.logs, policy).encode()) == policy


def test_a_changed_cosignature_refuses_the_whole_note():
    good = OTHER.cosign(TEXT, 1)
    bad = Signature(good.name, good.key_id, good.signature[:-1] + bytes([good.signature[-1] ^ 1]))
    raw = SMALL.point(5).signed([LOG]).with_signatures([OLD.cosign(TEXT, 1), bad]).raw()
    with pytest.raises(ProofError) as no:
        read_policy(POLICY.encode()).believe(raw)
    assert no.value.refusal.code == "wrong_signature"


def test_a_log_signs_with_either_or_both_and_is_no_witness_of_itself():
    point = SMALL.point(5)
    both = point.signed([LOG, PQ_LOG]).raw()
    for trusted in (LOG, PQ_LOG):
        policy = read_policy(write_policy((trusted.verifier,)).encode())
        assert policy.believe(both).log == trusted.verifier
    line = PQ_LOG.verifier.line()
    for text in (f"log {line}\nwitness w {line}\nquorum w\n", f"witness w {line}\nlog {line}\nquorum w\n"):
        with pytest.raises(RefusedError) as no:
            read_policy(text.encode())
        assert (no.value.refusal.code, no.value.refusal.line) == ("bad_policy", 2)
    named_like_the_log = Cosigner(ORIGIN, b"w" * 32, MLDSA44)
    policy = read_policy(
        f"log {LOG.verifier.line()}\nwitness w {named_like_the_log.verifier.line()}\nquorum w\n".encode()
    )
    alone = Note(point.text(), (named_like_the_log.cosign(point.text(), 1),)).raw()
    with pytest.raises(ProofError) as no:
        policy.believe(alone)
    assert no.value.refusal.code == "foreign_log"


def test_the_log_rotates_to_another_algorithm(tmp_path):
    (first,) = keys.signers(tmp_path, ORIGIN, may_create=True)
    second = keys.rotate(tmp_path, ORIGIN, MLDSA44)
    signers = keys.signers(tmp_path, ORIGIN, may_create=False)
    assert [k.verifier for k in signers] == [first.verifier, second]
    raw = SMALL.point(5).signed(signers).raw()
    assert open_checkpoint(raw, keys.verifiers(tmp_path))[1] == (first.verifier, second)
    keys.retire(tmp_path, first.verifier.key_id.hex())
    assert open_checkpoint(SMALL.point(5).signed(keys.signers(tmp_path, ORIGIN, may_create=False)).raw(), [second])


# --- a machine without it -----------------------------------------------------------------------------------------------------------


def test_where_it_cannot_be_judged_nothing_is_proven_and_nothing_disproved(tmp_path, monkeypatch, capsys):
    proof = SMALL.proof(2, 5, witnesses=[OLD.cosign(TEXT, 1), OTHER.cosign(TEXT, 1)])
    (tmp_path / "p.json").write_text(proof.json())
    (tmp_path / "policy").write_text(POLICY)
    named = [str(tmp_path / "p.json"), "--policy", str(tmp_path / "policy")]
    assert run(named) == 0
    without_mldsa(monkeypatch)
    assert run(named) == 3
    said = capsys.readouterr().out
    assert "cannot be judged" in said
    assert "cryptography" in said
    assert "48" in said
    assert check(proof, read_policy(POLICY.encode())).valid is None
    only_old = read_policy(f"log {LOG.verifier.line()}\nwitness old {OLD.verifier.line()}\nquorum old\n".encode())
    assert check(proof, only_old).valid is True


def test_no_key_is_made_where_it_could_not_sign(tmp_path, monkeypatch):
    Witness.open(tmp_path / "w", "example.org/w")
    keys.signers(tmp_path / "k", ORIGIN, may_create=True)
    without_mldsa(monkeypatch)
    for attempt in (
        lambda: keys.rotate(tmp_path / "k", ORIGIN, MLDSA44),
        lambda: Witness.open(tmp_path / "w").with_key(MLDSA44),
        lambda: Witness.open(tmp_path / "new", "example.org/w", MLDSA44),
    ):
        with pytest.raises(ProofError) as no:
            attempt()
        assert no.value.refusal.code == "algorithm_missing"
    assert len(keys.verifiers(tmp_path / "k")) == 1
    assert len(Witness.open(tmp_path / "w").cosigners) == 1
    assert not (tmp_path / "new" / "witness.key").exists()


# --- witnesses that change over ------------------------------------------------------------------------------------------------------


def test_a_witness_gets_a_second_key_and_forgets_nothing(tmp_path):
    witness = Witness.open(tmp_path, "example.org/w")
    witness.know(LOG.verifier.line())
    first = write_submission(0, (), SMALL.point(5).signed([LOG]).raw().decode())
    assert witness.add_checkpoint(first, 1).status == 200
    two = witness.with_key(MLDSA44)
    assert two.with_key(MLDSA44).cosigners == two.cosigners == Witness.open(tmp_path).cosigners
    assert [c.algorithm for c in two.cosigners] == [COSIGNATURE, MLDSA44]
    assert (tmp_path / "witness.key").stat().st_mode & 0o777 == 0o600
    assert two.last(ORIGIN) == SMALL.point(5)
    said = two.add_checkpoint(write_submission(5, (), SMALL.point(5).signed([LOG]).raw().decode()), 2)
    lines = [Signature.parse(line) for line in said.body.removesuffix("\n").split("\n")]
    assert [s.key_id for s in lines] == [c.verifier.key_id for c in two.cosigners]
    assert said.cosigned.verified_by([c.verifier for c in two.cosigners]) == tuple(c.verifier for c in two.cosigners)
    with pytest.raises(ProofError):
        two.know(two.cosigners[1].verifier.line())


def test_extension_lines_are_cosigned_with_ed25519_only():
    point = Checkpoint(ORIGIN, 5, SMALL.root(5), ("more",))
    body = write_submission(0, (), point.signed([LOG]).raw().decode())
    said = answer(read_submission(body), [LOG.verifier], None, [OLD, NEW], 1)
    assert (said.status, said.body.count("\n")) == (200, 1)
    alone = answer(read_submission(body), [LOG.verifier], None, [NEW], 1)
    assert (alone.status, alone.cosigned) == (422, None)


@pytest.fixture
def mixed(tmp_path, settings, db):
    """Our log with a key of each kind, a witness of each kind and one with both, over HTTP."""
    settings.LEDGER_KEYS, settings.LEDGER_ORIGIN = tmp_path / "keys", ORIGIN
    put(3)
    store.checkpoint(at=NOW)
    keys.rotate(tmp_path / "keys", ORIGIN, MLDSA44)
    put(1)
    store.checkpoint(at=NOW)
    log = keys.verifiers(settings.LEDGER_KEYS)
    running, lines = [], []
    for name, kinds in (("lab", (COSIGNATURE,)), ("regulator", (MLDSA44,)), ("merchants", (COSIGNATURE, MLDSA44))):
        witness = Witness.open(tmp_path / name, f"example.org/{name}", kinds[0])
        for kind in kinds:
            witness = witness.with_key(kind)
        witness.know(log[1].line())  # the key of ML-DSA-44
        bound = server(witness, "127.0.0.1", 0)
        threading.Thread(target=bound.serve_forever, daemon=True).start()
        running.append(bound)
        lines += [
            f"witness {name}-{n} {c.verifier.line()} http://127.0.0.1:{bound.server_port}"
            for n, c in enumerate(witness.cosigners)
        ]
    file = tmp_path / "witnesses"
    groups = "group merchants any merchants-0 merchants-1\ngroup all all lab-0 regulator-0 merchants\nquorum all\n"
    file.write_text("\n".join(lines) + "\n" + groups)
    settings.LEDGER_WITNESSES = str(file)
    yield log
    for bound in running:
        bound.shutdown()
        bound.server_close()


@pytest.mark.django_db(transaction=True)
def test_checkpoints_proofs_and_the_quorum_of_a_mixed_house(mixed):
    assert cosigning.cosign_newest(at=NOW) == 4
    assert sorted(WitnessHead.objects.values_list("name", "size", "trouble")) == [
        (name, 4, "") for name in ("lab-0", "merchants-0", "merchants-1", "regulator-0")
    ]
    put(2)
    store.checkpoint(at=NOW)
    assert cosigning.cosign_newest(at=NOW) == 4
    assert cosigning.with_quorum(5).size == 6
    policy = read_policy(write_policy(mixed, cosigning.witnesses()).encode())
    proof = proofs.prove(5, {"any": "thing"}, b"n" * 16, at=NOW)
    for spelled in (proof.json(), proof.tlog()):
        judged = check(read_proof(spelled.encode()), policy)
        assert {s.name: s.ok for s in judged.steps}["witnesses"]
        assert judged.believed.witnesses == ("lab-0", "merchants-0", "merchants-1", "regulator-0")


@pytest.mark.django_db(transaction=True)
def test_what_this_machine_cannot_judge_does_not_count_for_the_quorum(mixed, settings, monkeypatch):
    text = Note.parse(store.latest().note.encode()).text
    told = "".join(w.cosign(text, 1).line() for w in (OLD, NEW, OTHER)).encode()
    names = {"old": OLD, "new": NEW, "regulator": OTHER}
    file = Path(settings.LEDGER_WITNESSES)
    file.write_text(
        "".join(f"witness {n} {w.verifier.line()} http://127.0.0.1:9/\n" for n, w in names.items())
        + "group all all old new regulator\nquorum all\n"
    )
    monkeypatch.setattr(cosigning, "ask", lambda *_a, **_k: asking.Said(200, told))
    with monkeypatch.context() as poor:
        without_mldsa(poor)
        assert cosigning.cosign_newest(at=NOW) == 1
        assert sorted(WitnessHead.objects.values_list("name", "trouble")) == [
            ("new", "algorithm_missing"),
            ("old", ""),
            ("regulator", "algorithm_missing"),
        ]
    assert cosigning.cosign_newest(at=NOW + cosigning.RETRY) == 2
    assert cosigning.with_quorum(0).size == 4
    without_mldsa(monkeypatch)
    assert cosigning.with_quorum(0) is None


def test_a_monitor_follows_a_log_of_the_new_kind_and_finds_its_fork():
    policy = read_policy(write_policy((PQ_LOG.verifier,)).encode())
    log = SmallLog(300)
    mine = log.point(257).signed([PQ_LOG]).raw()

    def fetch(name):
        return log.point(300).signed([PQ_LOG]).raw() if name == "checkpoint" else served(log, 300)(name)

    assert monitor.look(fetch, policy, [("me", mine)]).forks == ()
    forked = Checkpoint(ORIGIN, 257, b"f" * 32).signed([PQ_LOG]).raw()
    (fork,) = monitor.look(fetch, policy, [("regulator", forked)]).forks
    assert (fork.held_by, fork.note) == ("regulator", forked)
