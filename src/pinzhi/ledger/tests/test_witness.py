"""Witnesses: the statuses of the protocol, a memory that survives, quorum against a forked log, a monitor that finds it."""

import http.client
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import cosigning, monitor, proofs, store, tiles, tree
from pinzhi.ledger.bundle import check, read_proof
from pinzhi.ledger.checkpoint import Checkpoint, Note, VerifierKey
from pinzhi.ledger.models import SignedCheckpoint, WitnessHead
from pinzhi.ledger.tests.samples import LOG, ORIGIN, STRANGER, SmallLog
from pinzhi.ledger.tests.test_store import put
from pinzhi.ledger.tree import ProofError
from pinzhi.ledger.trust import read_policy, write_policy
from pinzhi.ledger.witness import SIZE_TYPE, Cosigner, answer, read_submission, write_submission
from pinzhi.ledger.witness_server import server
from pinzhi.ledger.witnessing import Witness

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
KEYS = (LOG.verifier,)
COSIGNER = Cosigner("example.org/witness", b"w" * 32)
BIG = SmallLog(300)


def request(log, old, new, signer=LOG, proof=None):
    shown = (tree.consistency_proof(old, new, log.node) if 0 < old < new else ()) if proof is None else proof
    return write_submission(old, shown, log.point(new).signed([signer]).raw().decode())


def judged(body, last=None):
    return answer(read_submission(body), KEYS, last, [COSIGNER], 1_800_000_000)


@pytest.mark.parametrize(
    ("body", "last", "status", "said"),
    [
        (request(BIG, 0, 5), None, 200, ""),
        (request(BIG, 5, 20), BIG.point(5), 200, ""),
        (request(BIG, 5, 5), BIG.point(5), 200, ""),
        (request(BIG, 0, 20), BIG.point(5), 409, "5\n"),
        (request(BIG, 7, 20), BIG.point(5), 409, "5\n"),
        (request(BIG, 7, 20), None, 409, "0\n"),
        (request(BIG, 20, 5), BIG.point(20), 400, ""),
        (request(BIG, 5, 20, signer=STRANGER), BIG.point(5), 403, ""),
        (request(BIG, 5, 20, proof=()), BIG.point(5), 422, ""),
        (request(BIG, 0, 20, proof=(b"x" * 32,)), None, 422, ""),
        (request(BIG, 5, 20), Checkpoint(ORIGIN, 5, b"r" * 32), 422, ""),
        (request(BIG, 5, 5), Checkpoint(ORIGIN, 5, b"r" * 32), 409, "5\n"),
    ],
    ids=["first", "grown", "again", "old size", "wrong old", "unknown old", "shrunk", "stranger", "no proof", "proof from nothing", "other history", "other root"],
)  # fmt: skip
def test_statuses_of_the_protocol(body, last, status, said):
    got = judged(body, last)
    assert got.status == status
    assert (got.cosigned is not None) == (status == 200)
    if status == 409:
        assert (got.body, got.content_type) == (said, SIZE_TYPE)


def test_a_log_that_nobody_knows():
    """c2sp.org/tlog-witness: 404, where older scripts expect 403."""
    other = write_submission(0, (), Checkpoint("elsewhere/log", 3, b"r" * 32).signed([LOG]).raw().decode())
    assert judged(other).status == 404


def test_the_cosignature_is_one_that_verifiers_take():
    got = judged(request(BIG, 0, 5))
    assert got.cosigned.verified_by([LOG.verifier, COSIGNER.verifier]) == (LOG.verifier, COSIGNER.verifier)
    assert got.body == got.cosigned.signatures[-1].line()
    assert Cosigner.parse(COSIGNER.line()) == COSIGNER
    assert VerifierKey.parse(COSIGNER.verifier.line()) == COSIGNER.verifier
    with pytest.raises(ProofError):
        Cosigner.parse(LOG.line())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 5\n",
        b"new 5\n\nx",
        b"old 05\n\nx",
        b"old 5\n!!!\n\nx",
        b"old 5\n" + b"AA==\n" * 64 + b"\nx",
        b"\xff\n\nx",
        b"old 0\n\n" + b"x" * 70_000,
    ],
)
def test_requests_that_cannot_be_read(body, tmp_path):
    witness = Witness.open(tmp_path, "example.org/w")
    witness.know(LOG.verifier.line())
    assert witness.add_checkpoint(body, 1).status == 400
    assert witness.last(ORIGIN) is None


def test_memory_survives_and_is_asked_one_at_a_time(tmp_path):
    witness = Witness.open(tmp_path, "example.org/w")
    witness.know(LOG.verifier.line())
    witness.know(LOG.verifier.line())
    assert len(witness.logs()) == 1
    with ThreadPoolExecutor(8) as many:
        statuses = list(many.map(lambda n: witness.add_checkpoint(request(BIG, 0, n), 1).status, range(1, 41)))
    assert sorted(statuses) == [200] + [409] * 39
    again = Witness.open(tmp_path)
    assert again.last(ORIGIN).size == 1 + statuses.index(200)
    assert oct((tmp_path / "witness.key").stat().st_mode)[-3:] == "600"
    with pytest.raises(RefusedError) as no:
        Witness.open(tmp_path, "example.org/other")
    assert no.value.refusal.code == "witness_named_otherwise"
    with pytest.raises(RefusedError) as no:
        Witness.open(tmp_path / "nowhere")
    assert no.value.refusal.code == "witness_missing"
    (tmp_path / "witness.key").chmod(0o644)
    with pytest.raises(RefusedError) as no:
        Witness.open(tmp_path)
    assert no.value.refusal.code == "key_readable_by_others"


def test_killed_between_writing_and_answering(tmp_path, monkeypatch):
    """What was signed is remembered before it leaves the house: if the write fails nothing is said, and nothing is forgotten."""
    witness = Witness.open(tmp_path, "example.org/w")
    witness.know(LOG.verifier.line())
    assert witness.add_checkpoint(request(BIG, 0, 5), 1).status == 200
    monkeypatch.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(OSError("power cut")))
    with pytest.raises(OSError, match="power cut"):
        witness.add_checkpoint(request(BIG, 5, 9), 1)
    monkeypatch.undo()
    assert Witness.open(tmp_path).last(ORIGIN) == BIG.point(5)


def test_no_quorum_for_a_forked_log(tmp_path):
    """A thousand forks at any place: no witness that saw the true history cosigns one of them, so that no two of three ever do."""
    chance = random.Random(6962)
    three = [Cosigner(f"example.org/w{i}", bytes([i]) * 32) for i in range(3)]
    for _ in range(1000):
        size, at = chance.randint(2, 40), 0
        at = chance.randrange(size)
        true = SmallLog(size)
        new = chance.randint(size, size + 8)
        forked = SmallLog(new)
        forked.hashes[at] = tree.leaf_hash(b"other %d" % at)
        grown = tiles.grow(tree.Edge(), {}, forked.hashes)
        node = tiles.TileReader(lambda level, index, t=grown.tiles: t.get((level, index)))
        point = Checkpoint(ORIGIN, new, tree.root_of(forked.hashes))
        proof = tree.consistency_proof(size, new, node) if size < new else ()
        body = write_submission(size, proof, point.signed([LOG]).raw().decode())
        cosigned = [answer(read_submission(body), KEYS, true.point(size), [w], 1).status == 200 for w in three]
        assert not any(cosigned)


# --- end to end: a log with three witnesses over HTTP -----------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path, settings, db):
    """Our log, three witness servers on loopback, and the policy that asks for two of them."""
    settings.LEDGER_KEYS, settings.LEDGER_ORIGIN = tmp_path / "keys", ORIGIN
    put(3)
    first = store.checkpoint(at=NOW)
    from pinzhi.ledger import keys

    log = keys.verifiers(settings.LEDGER_KEYS)
    witnesses, running, lines = {}, [], []
    for name in ("lab", "merchants", "regulator"):
        witness = Witness.open(tmp_path / name, f"example.org/{name}")
        witness.know(log[0].line())
        bound = server(witness, "127.0.0.1", 0)
        threading.Thread(target=bound.serve_forever, daemon=True).start()
        running.append(bound)
        witnesses[name] = witness
        lines.append(f"witness {name} {witness.cosigners[0].verifier.line()} http://127.0.0.1:{bound.server_port}")
    file = tmp_path / "witnesses"
    file.write_text("\n".join([*lines, "group two 2 lab merchants regulator", "quorum two"]) + "\n")
    settings.LEDGER_WITNESSES = str(file)
    yield {"witnesses": witnesses, "servers": running, "log": log, "first": first, "file": file}
    for bound in running:
        bound.shutdown()
        bound.server_close()


@pytest.mark.django_db(transaction=True)
def test_checkpoints_are_cosigned_and_proofs_carry_the_quorum(house):
    assert cosigning.cosign_newest(at=NOW) == 3
    assert cosigning.cosign_newest(at=NOW) == 0
    put(5)
    store.checkpoint(at=NOW)
    assert cosigning.cosign_newest(at=NOW) == 3
    assert sorted(WitnessHead.objects.values_list("size", "trouble")) == [(8, "")] * 3
    put(1)
    store.checkpoint(at=NOW)
    house["servers"][0].shutdown()
    house["servers"][0].server_close()
    assert cosigning.cosign_newest(at=NOW) == 2
    assert WitnessHead.objects.get(name="lab").trouble == "unreachable"
    policy = read_policy(write_policy(house["log"], cosigning.witnesses()).encode())
    believed = policy.believe(store.latest().note.encode())
    assert believed.witnesses == ("merchants", "regulator")
    proof = proofs.prove(8, {"any": "thing"}, b"n" * 16, at=NOW)
    assert policy.believe(proof.checkpoint.encode()).point.size == 9
    assert read_proof(proof.json().encode()).index == 8
    assert {s.name: s.ok for s in check(proof, policy).steps}["witnesses"]


@pytest.mark.django_db(transaction=True)
def test_proofs_stand_on_a_cosigned_checkpoint_while_a_newer_one_waits(house):
    cosigning.cosign_newest(at=NOW)
    put(1)
    store.checkpoint(at=NOW)
    assert Checkpoint.parse(Note.parse(proofs.prove(1, {}, b"n" * 16, at=NOW).checkpoint.encode()).text).size == 3


@pytest.mark.django_db(transaction=True)
def test_a_witness_that_forgot_is_not_asked_again(house):
    cosigning.cosign_newest(at=NOW)
    put(4)
    store.checkpoint(at=NOW)
    lost = next(house["witnesses"]["lab"].folder.glob("*.checkpoint"))
    lost.unlink()
    assert cosigning.cosign_newest(at=NOW) == 2
    assert WitnessHead.objects.get(name="lab").trouble == cosigning.ROLLED_BACK
    assert cosigning.cosign_newest(at=NOW + timedelta(days=1)) == 0
    assert house["witnesses"]["lab"].last(ORIGIN) is None


@pytest.mark.django_db(transaction=True)
def test_a_witness_from_before_us_is_asked_from_where_it_stands(house):
    """Our note of it is lost, not its memory: the size that it answers with is enough."""
    cosigning.cosign_newest(at=NOW)
    WitnessHead.objects.all().delete()
    put(4)
    store.checkpoint(at=NOW)
    assert cosigning.cosign_newest(at=NOW) == 3


@pytest.mark.django_db(transaction=True)
def test_a_cosignature_of_somebody_else_is_not_taken(house, monkeypatch):
    from pinzhi.ledger import asking

    other = Cosigner("example.org/lab", b"z" * 32)
    note = Note.parse(store.latest().note.encode())
    monkeypatch.setattr(
        cosigning, "ask", lambda *_a, **_k: asking.Said(200, other.cosign(note.text, 1).line().encode())
    )
    assert cosigning.cosign_newest(at=NOW) == 0
    assert set(WitnessHead.objects.values_list("trouble", flat=True)) == {"wrong_cosignature"}
    assert len(Note.parse(SignedCheckpoint.objects.get().note.encode()).signatures) == 1


def test_the_server_bounds_what_it_reads(house):
    port = house["servers"][0].server_port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST", "/add-checkpoint", b"x" * 70_000)
    assert connection.getresponse().status == 413
    connection.close()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    for path, status in (("/", 200), ("/nothing", 404), ("/checkpoint/00", 404)):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        assert response.status == status
    connection.close()


# --- the monitor ----------------------------------------------------------------------------------------------------------------------


def served(log, newest):
    """A log over HTTP, without HTTP."""

    def fetch(name):
        if name == "checkpoint":
            return log.point(newest).signed([LOG]).raw()
        _, level, rest = name.split("/", 2)
        place = tiles.read_path(rest)
        return log.tiles[(int(level), place.index)][: place.width * 32]

    return fetch


def test_a_monitor_follows_growth_and_finds_a_fork():
    policy = read_policy(write_policy(KEYS).encode())
    old = BIG.point(257).signed([LOG]).raw()
    seen = monitor.look(served(BIG, 300), policy, [("me", old), ("w", BIG.point(300).signed([LOG]).raw())])
    assert (seen.point.size, seen.forks) == (300, ())
    forked = Checkpoint(ORIGIN, 257, b"f" * 32).signed([LOG]).raw()
    (fork,) = monitor.look(served(BIG, 300), policy, [("regulator", forked)]).forks
    assert (fork.held_by, fork.note) == ("regulator", forked)
    (same,) = monitor.look(
        served(BIG, 300), policy, [("lab", Checkpoint(ORIGIN, 300, b"f" * 32).signed([LOG]).raw())]
    ).forks
    assert "forked" in same.reason
    ahead = SmallLog(310)
    assert monitor.look(served(ahead, 310), policy, [("w", old)]).forks == ()
    lied = Checkpoint(ORIGIN, 257, b"f" * 32).signed([STRANGER]).raw()
    assert monitor.look(served(BIG, 300), policy, [("w", lied)]).forks == ()
