"""The log over HTTP: read as a stranger would, from tiles and public keys alone."""

import hashlib
import json

import pytest
from django.db import transaction

from pinzhi.decisions.tests.samples import T0, issued
from pinzhi.ledger import keys, store, tiles, tree
from pinzhi.ledger.bundle import check, read_proof
from pinzhi.ledger.checkpoint import open_checkpoint
from pinzhi.ledger.trust import TrustPolicy

pytestmark = pytest.mark.django_db
COMMITMENTS = [hashlib.sha256(b"%d" % i).digest() for i in range(700)]


@pytest.fixture(autouse=True)
def key_folder(tmp_path, settings):
    settings.LEDGER_KEYS = tmp_path / "keys"
    return settings.LEDGER_KEYS


def put(n):
    start = store.size()
    with transaction.atomic():
        store.append([store.NewLeaf("other", "x", c, b"n" * 16) for c in COMMITMENTS[start : start + n]], at=T0)


def get(client, path):
    return client.get(f"/ledger/{path}")


def test_a_stranger_rebuilds_the_tree_from_tiles_and_entries(client, key_folder):
    put(700)
    store.checkpoint(at=T0)
    answer = get(client, "checkpoint")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer["Cache-Control"] == "no-store"
    point, _ = open_checkpoint(answer.content, keys.verifiers(key_folder))

    def fetch(level, index):
        width = min(tiles.hashes_at(level, point.size) - index * 256, 256)
        tile = get(client, f"tile/{level}/{tiles.path_of(tiles.Place(index, width))}")
        assert (tile.status_code, tile["Content-Type"]) == (200, "application/octet-stream")
        assert tile["Cache-Control"] == "public, max-age=31536000, immutable"
        assert tile["Access-Control-Allow-Origin"] == "*"
        return tile.content

    node = tiles.TileReader(fetch)
    assert tree.subtree_root(0, 700, node) == point.root
    found = []
    for path in ("000", "001", "002.p/188"):
        raw = get(client, f"tile/entries/{path}").content
        found += [raw[i + 2 : i + 34] for i in range(0, len(raw), 34)]
        assert {raw[i : i + 2] for i in range(0, len(raw), 34)} == {b"\x00\x20"}
    assert found == COMMITMENTS
    tree.verify_inclusion(699, 700, tree.leaf_hash(found[699]), tree.inclusion_proof(699, 700, node), point.root)


def test_partial_tiles_of_older_checkpoints_stay(client):
    put(100)
    store.checkpoint(at=T0)
    before = get(client, "tile/0/000.p/100").content
    put(200)
    store.checkpoint(at=T0)
    assert get(client, "tile/0/000.p/100").content == before
    assert get(client, "tile/0/000").content[: 100 * 32] == before
    assert get(client, "tile/entries/000.p/100").content == tiles.entry_bundle(COMMITMENTS[:100])


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001",
        "tile/0/001.p/45",
        "tile/0/002.p/1",
        "tile/1/000",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "tile/63/000.p/1",
        "tile/64/000.p/1",
        "tile/00/000",
        "tile/0/0",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/x000/000",
        "tile/0/000/",
        "tile/-1/000",
        "tile/entries/001",
        "tile/entries/001.p/45",
        "tile/entries/..%2f000",
        "tile/0/999999999999999999999999",
        "proof/decision/unknown",
        "proof/decision/a%00b",
        "proof/fact/0",
    ],
)
def test_what_no_checkpoint_covers_is_not_found(client, path):
    put(300)
    store.checkpoint(at=T0)
    put(200)
    store.integrate()
    assert get(client, path).status_code == 404
    assert get(client, "tile/0/001.p/44").status_code == 200


def test_before_the_first_checkpoint_there_is_nothing_to_serve(client):
    put(300)
    store.integrate()
    for path in ("checkpoint", "tile/0/000", "tile/entries/000"):
        answer = get(client, path)
        assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")


def test_reading_only(client):
    for path in ("checkpoint", "tile/0/000", "tile/entries/000", "proof/decision/x"):
        assert client.post(f"/ledger/{path}").status_code == 405


@pytest.mark.parametrize(("form", "ending"), [("", "proof.json"), ("tlog", "tlog-proof")])
def test_the_proof_of_a_decision_is_a_file_that_verifies_offline(client, key_folder, form, ending):
    put(10)
    old = store.checkpoint(at=T0)
    row = issued()
    answer = client.get(f"/ledger/proof/decision/{row.id}", {"since": [10], "form": form})
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="{row.id}.{ending}"'
    assert answer["Cache-Control"] == "private, no-store"
    policy = TrustPolicy(keys.verifiers(key_folder))
    proof = read_proof(answer.content)
    assert check(proof, policy, [policy.believe(old.note.encode()).point]).valid is True
    assert proof.what["ref"] == row.id


@pytest.mark.parametrize(
    ("since", "status", "code"),
    [("99", 400, "checkpoint_unknown"), ("-1", 400, "bad_number"), ("x", 400, "bad_number")],
)
def test_a_wrong_question_is_a_problem_document(client, since, status, code):
    row = issued()
    answer = client.get(f"/ledger/proof/decision/{row.id}", {"since": since})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert json.loads(answer.content)["code"] == code
    assert json.loads(answer.content)["remedy"]


def test_a_decision_that_was_changed_is_a_conflict(client):
    row = issued()
    row.policy = "other/1#00000000"
    row.save()
    answer = client.get(f"/ledger/proof/decision/{row.id}")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (409, "leaf_changed")
