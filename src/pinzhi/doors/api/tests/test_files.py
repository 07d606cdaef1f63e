"""Files over the interface: the body is the file, streamed and bounded; named in a listing of the same merchant only."""

import pytest

from pinzhi.catalogue.models import File
from pinzhi.catalogue.tests.test_files import png
from pinzhi.doors.api.tests.test_listings import body
from pinzhi.doors.api.tests.test_with_tokens import call, token  # noqa: F401 - a fixture
from pinzhi.life.admission.models import Submission

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.FILES = tmp_path / "files"
    settings.FILE_BYTES = 100_000


@pytest.fixture
def send(client):
    def sent(secret, content=None, media="image/png", query="", status=200):
        answer = client.post(
            f"/api/v1/files{query}",
            png() if content is None else content,
            content_type=media,
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    return sent


def absent(answer):
    assert answer.status_code == 404
    return answer.json()


def test_a_file_is_handed_in_read_and_named_in_a_listing(call, send):  # noqa: F811
    own, other = token("listings:write", merchant="M1"), token("listings:write", merchant="M2")
    card = send(own)
    assert card["reference"] == f"file:{card['sha256']}"
    assert (card["media_type"], card["bytes"], card["width"], card["height"]) == ("image/png", len(png()), 40, 30)
    assert send(own) == card | {"fresh": False}
    assert call("get", f"/files/{card['sha256']}", own).json() == card | {"fresh": False}
    assert absent(call("get", f"/files/{card['sha256']}", other))["code"] == "file_unknown"
    assert absent(call("get", f"/files/{card['sha256']}?merchant_id=M1", other))["code"] == "file_unknown"
    assert absent(call("get", f"/files/{'0' * 64}", own))["code"] == "file_unknown"

    paper = {
        "kind": "ccc",
        "number": "2026010101000001",
        "path": card["reference"],
        "fields": {"valid_to": "2999-01-01"},
    }
    said = call("post", "/listings", own, body(images=[card["reference"]], documents=[paper])).json()
    assert Submission.objects.get(pk=said["submission"]).snapshot["images"] == [card["reference"]]


def test_a_listing_names_no_file_of_another(call, send):  # noqa: F811
    card = send(token("listings:write", merchant="M1"))
    secret = token("listings:write", merchant="M2")
    theirs = body(merchant_id="M2", images=["1.jpg", card["reference"]])
    for address in ("/listings", "/listings/dry-run"):
        told = absent(call("post", address, secret, theirs))
        assert (told["code"], told["field"]) == ("file_unknown", "images[1]")
    papers = [{"kind": "ccc", "path": "file:../../etc"}]
    told = absent(call("post", "/listings", secret, body(merchant_id="M2", documents=papers)))
    assert told["field"] == "documents[0].path"
    assert not Submission.objects.exists()


def test_the_marketplace_says_for_whom(send):
    secret = token("listings:write")
    assert send(secret, status=409)["code"] == "owner_missing"
    assert send(secret, query="?merchant_id=M1")["fresh"]
    assert File.objects.get().owner == "merchant:M1"
    assert send(token("listings:write", merchant="M2"), query="?merchant_id=M1", status=404)["code"] == "owner_unknown"


@pytest.mark.parametrize(
    ("content", "media", "status", "code"),
    [
        (b"", "image/png", 411, "length_missing"),
        (b"PK\x03\x04", "application/zip", 415, "file_type_unknown"),
        (png(), "image/jpeg", 415, "file_type_differs"),
        (b"\0" * 100_001, "image/png", 413, "file_too_large"),
        (png(30_000, 30_000), "image/png", 409, "picture_too_large"),
    ],
)
def test_every_no_is_a_problem_document(send, content, media, status, code):
    told = send(token("listings:write", merchant="M1"), content, media, status=status)
    assert (told["code"], told["status"]) == (code, status)
    assert told["remedy"]
    assert not File.objects.exists()


def test_a_token_without_the_scope_hands_nothing_in(send):
    assert send(token("standing:read"), status=403)["code"] == "scope_missing"
    assert not File.objects.exists()
