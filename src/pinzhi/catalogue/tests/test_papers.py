"""Papers of batches: attached with a file of one's own, published only on purpose, another's is not there, refused ones do nothing."""

import pytest

from pinzhi.catalogue import actions, files, papers, queries
from pinzhi.catalogue.contracts import BatchEntry, MerchantEntry
from pinzhi.catalogue.models import Paper
from pinzhi.catalogue.tests.test_files import OTHER, PDF, REVIEWER, SHOP
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
GIVEN = {"kind": "quarantine", "number": "鄂动检证 4201-0071", "issued_on": "2026-11-01"}
B1 = Subject(Kind.BATCH, "B1")


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    settings.FILES = tmp_path / "files"
    actions.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    actions.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", gtin="06901234567892"), BatchEntry("B2", "M2")], HOUSE)


@pytest.fixture
def sha256():
    return files.upload([PDF], SHOP).sha256


def attach(sha256, batch="B1", by=SHOP, **more):
    return papers.attach(batch, sha256=sha256, by=by, **{**GIVEN, **more})


def test_a_paper_is_attached_once_published_and_taken_off(sha256):
    card = attach(sha256)
    assert attach(sha256, number="another") == card
    assert queries.papers(B1) == [card]
    assert (card.kind, card.number, card.issued_on.isoformat(), card.file_digest, card.public) == (
        "quarantine", "鄂动检证 4201-0071", "2026-11-01", sha256, False,
    )  # fmt: skip
    with pytest.raises(RefusedError, match="no such paper"):
        papers.public_file(card.id)
    assert queries.published([sha256]) == {}
    assert papers.publish(card.id, SHOP, public=True).public
    assert files.body(papers.public_file(card.id)) == PDF
    assert queries.published([sha256])[sha256].id == card.id
    assert not papers.publish(card.id, SHOP, public=False).public
    papers.detach(card.id, SHOP)
    assert queries.papers(B1) == []
    assert files.own(sha256, "merchant:M1") is not None
    assert not AuditLine.objects.filter(note__contains="4201").exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"by": OTHER}, "batch_unknown"),
        ({"batch": "B2"}, "batch_unknown"),
        ({"batch": "NIX"}, "batch_unknown"),
        ({"by": REVIEWER}, "not_permitted"),
        ({"kind": "song"}, "paper_kind_unknown"),
        ({"number": ""}, "paper_number_invalid"),
        ({"number": "9" * 65}, "paper_number_invalid"),
        ({"number": "<b>"}, "paper_number_invalid"),
        ({"issued_on": "1.11.2026"}, "day_unreadable"),
        ({"issued_on": "2090-01-01"}, "day_future"),
        ({"sha256": "0" * 64}, "file_unknown"),
        ({"sha256": "x"}, "file_unknown"),
    ],
)
def test_a_refused_paper_is_not_there(sha256, more, code):
    with pytest.raises(RefusedError) as no:
        attach(**{"sha256": sha256, **more})
    assert no.value.refusal.code == code
    assert not Paper.objects.exists()


def test_a_file_of_another_merchant_is_not_there(sha256):
    with pytest.raises(RefusedError) as no:
        attach(sha256, batch="B2", by=OTHER)
    assert (no.value.refusal.code, Paper.objects.count()) == ("file_unknown", 0)


def test_papers_of_others_are_not_there_and_a_batch_has_a_bound(sha256, monkeypatch):
    card = attach(sha256)
    for refused in (
        lambda: papers.publish(card.id, OTHER, public=True),
        lambda: papers.detach(card.id, OTHER),
        lambda: papers.detach("0" * 32, SHOP),
    ):
        with pytest.raises(RefusedError) as no:
            refused()
        assert no.value.refusal.code == "paper_unknown"
    assert queries.papers(B1) == [card]
    monkeypatch.setattr(papers, "MOST", 1)
    with pytest.raises(RefusedError) as no:
        attach(sha256, kind="report")
    assert (no.value.refusal.code, queries.papers(B1)) == ("papers_of_batch", [card])


@pytest.mark.django_db(transaction=True)
def test_the_same_paper_attached_twice_at_once_is_one(sha256, at_once):
    assert len(set(at_once(lambda _: attach(sha256).id))) == 1
    assert Paper.objects.count() == 1
