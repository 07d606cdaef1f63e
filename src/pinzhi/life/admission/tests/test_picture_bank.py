"""Pictures at the desk: refused goods come back under another name, pictures are borrowed, and a look-alike proves nothing."""

import io

import numpy as np
import pytest

from pinzhi.catalogue import files
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission import actions, picture_bank
from pinzhi.life.admission.contracts import Listing, State
from pinzhi.life.admission.models import PictureMark, Submission
from pinzhi.life.admission.queries import replay
from pinzhi.life.admission.rules import borrowed
from pinzhi.life.admission.rules.borrowed import SeenBefore
from pinzhi.life.admission.rules.pictures.growing import LEAST, Growing
from pinzhi.life.admission.rules.pictures.pdq import distance
from pinzhi.life.admission.stored import last_screening, outward, verdict_bytes
from pinzhi.life.admission.tests.painting import goods
from pinzhi.people.roles import Actor, Role

db = pytest.mark.django_db


def shop(merchant):
    return Actor("person", f"person:{merchant}", roles=frozenset({Role.MERCHANT}), merchant_id=merchant)


@pytest.fixture(autouse=True)
def own(settings, tmp_path, monkeypatch):
    settings.FILES = tmp_path / "files"
    monkeypatch.setattr(picture_bank, "_INDEX", picture_bank._Searched())
    picture_bank._pixels.cache_clear()


def handed_in(picture, merchant):
    out = io.BytesIO()
    picture.save(out, "PNG")
    return files.upload([out.getvalue()], shop(merchant)).reference


def submit(id_, merchant, picture, *, title="纯棉短袖T恤 男 夏季", brand="", **more):
    reference = handed_in(picture, merchant)
    listing = Listing(id_, merchant, "服装/T恤", title, brand=brand, images=(reference,), **more)
    return actions.submit(listing, shop(merchant))


def pictured(done):
    return [
        (f["rule"], f["severity"], f["evidence"]["same"])
        for f in done.screening.verdict["findings"]
        if f["field"].startswith("image:")
    ]


def refuse(done):
    Submission.objects.filter(pk=done.row.pk).update(state=State.REFUSED)


@db
@pytest.mark.parametrize("edit", ["as it was", "cropped", "mirrored", "band"])
def test_a_picture_of_refused_goods_comes_back(edit):
    picture = goods(1)
    refuse(submit("A1", "M1", picture))
    w, h = picture.size
    again = {
        "as it was": picture,
        "cropped": picture.crop((20, 15, w - 25, h - 20)),
        "mirrored": picture.transpose(0),
        "band": picture.copy(),
    }[edit]
    if edit == "band":
        again.paste((220, 20, 20), (0, h - 45, w, h))
    done = submit("B7", "M2", again, title="完全不同的标题 新款上市")
    assert pictured(done) == [("I01", "M", "true")]
    assert done.screening.outcome == "manual"
    assert replay(done.screening) == verdict_bytes(done.screening.verdict)


@db
def test_a_borrowed_picture_and_one_of_the_same_goods():
    submit("A1", "M1", goods(2), brand="云杉")
    other = submit("B1", "M2", goods(2), brand="海棠", title="海棠牌运动短袖")
    assert pictured(other) == [("I02", "M", "true")]
    same = submit("C1", "M3", goods(2), brand="云杉", title="云杉短袖 专卖")
    assert pictured(same) == [("I02", "L", "true")]


@db
def test_own_pictures_and_other_pictures_are_nothing():
    submit("A1", "M1", goods(3))
    assert pictured(submit("A2", "M1", goods(3))) == []
    assert pictured(submit("A1", "M1", goods(3), title="纯棉短袖T恤 女 夏季")) == []
    assert pictured(submit("B1", "M2", goods(4))) == []


@db
def test_what_is_seen_later_does_not_change_a_replay():
    first = submit("A1", "M1", goods(5))
    second = submit("B1", "M2", goods(5), title="另一种商品")
    refuse(first)
    submit("C1", "M3", goods(5), title="第三种商品")
    assert replay(last_screening(second.row)) == verdict_bytes(second.screening.verdict)


@db
def test_whose_picture_it_is_stays_in_the_house():
    submit("A1", "M1", goods(6))
    done = submit("B1", "M2", goods(6), title="另一种商品")
    told = outward(done.screening.verdict, shop("M2"))
    assert [f["evidence"] for f in told["findings"] if f["rule"] == "I02"] == [{}]
    assert "M1" not in str([f for f in told["findings"] if f["rule"] == "I02"])


@db
def test_files_of_another_merchant_are_none():
    reference = handed_in(goods(7), "M1")
    assert picture_bank.of(Listing("X", "M2", "服装", "标题", images=(reference,))) == {}
    assert list(picture_bank.of(Listing("X", "M1", "服装", "标题", images=(reference, "a.jpg")))) == [0]


@db
def test_a_file_is_fingerprinted_once():
    submit("A1", "M1", goods(8))
    submit("B1", "M2", goods(8), title="另一种商品")
    assert PictureMark.objects.count() == 1


@db
def test_a_picture_of_one_colour_is_no_trouble():
    plain = goods(1).point(lambda _: 255)
    submit("A1", "M1", plain)
    assert pictured(submit("B1", "M2", plain, title="另一种商品")) == [("I02", "M", "true")]


@db
def test_without_the_extra_nothing_is_compared(monkeypatch):
    submit("A1", "M1", goods(9))
    monkeypatch.setattr(picture_bank, "can_compare", lambda: False)
    assert pictured(submit("B1", "M2", goods(9), title="另一种商品")) == []


def seen(**more):
    return SeenBefore(
        **{
            "image": 0,
            "submission": "s",
            "merchant": "M9",
            "same": True,
            "score": 0.9,
            "transform": "crop",
            "mine": False,
            "refused": False,
            "goods": False,
        }
        | more
    )


@pytest.mark.parametrize(
    ("what", "rule", "severity"),
    [
        (seen(refused=True), "I01", Severity.MEDIUM),
        (seen(refused=True, same=False), "I01", Severity.MEDIUM),
        (seen(), "I02", Severity.MEDIUM),
        (seen(goods=True), "I02", Severity.LOW),
        (seen(same=False), "I02", Severity.LOW),
    ],
    ids=["refused", "like refused", "borrowed", "same goods", "look-alike"],
)
def test_no_picture_refuses_by_itself(what, rule, severity):
    (found,) = borrowed.judge(Listing("X", "M1", "服装", "标题", images=("a",)), [what])
    assert (found.rule, found.severity) == (rule, severity)


def test_the_gravest_of_a_picture_is_told():
    listing = Listing("X", "M1", "服装", "标题", images=("a", "b"))
    found = borrowed.judge(
        listing, [seen(), seen(refused=True, submission="r"), seen(goods=True, image=1), seen(image=5)]
    )
    assert [(f.field, f.rule) for f in found] == [("image:0", "I01"), ("image:1", "I02")]
    assert dict(found[0].evidence)["submission"] == "r"


def test_a_growing_index_misses_nothing():
    chance = np.random.default_rng(3)
    hashes = chance.integers(0, 2**63, (LEAST + 500, 4)).astype(np.uint64)
    index = Growing()
    for part in np.array_split(hashes, 7):
        index.add(part, np.arange(len(index), len(index) + len(part)))
    queries = hashes[[0, LEAST - 1, LEAST + 499]].copy()
    queries[:, 0] ^= np.uint64(0b1011)
    query, owner = index.within(queries)
    wanted = {(q, int(o)) for q in range(3) for o in np.flatnonzero(distance(hashes, queries[q]) <= 31)}
    assert set(zip(query.tolist(), owner.tolist(), strict=True)) == wanted
    assert {0, LEAST - 1, LEAST + 499} <= set(owner.tolist())
    assert len(Growing().within(queries)[0]) == 0
