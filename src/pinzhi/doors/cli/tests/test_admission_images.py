"""`pinzhi admission images`: the contract's rows, exit codes, refusals one by one."""

import builtins
import json

import pytest
from click.testing import CliRunner
from PIL import Image, ImageOps

from pinzhi.doors.cli.main import main
from pinzhi.life.admission.tests.painting import goods


@pytest.fixture
def shop(tmp_path):
    bank, query = tmp_path / "bank", tmp_path / "query"
    bank.mkdir()
    query.mkdir()
    for seed in (1, 2, 3):
        goods(seed).save(bank / f"{seed}.png")
    return bank, query, tmp_path / "matches.ndjson"


def call(bank, query, out):
    return CliRunner().invoke(
        main, ["admission", "images", "--bank", str(bank), "--query", str(query), "--out", str(out), "--json"]
    )


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_copies_look_alikes_and_strangers(shop):
    bank, query, out = shop
    ImageOps.mirror(goods(1)).save(query / "mirrored.jpg")
    ImageOps.expand(goods(2), 40, "white").save(query / "framed.png")
    other = goods(3)
    other.paste(goods(40).crop((90, 70, 270, 190)), (90, 70))
    other.save(query / "other-flavour.png")
    goods(50).save(query / "stranger.png")
    done = call(bank, query, out)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"bank": 3, "queries": 4, "matched": 2, "family": 1, "rows": 3, "refused": 0}
    found = {row["query"]: row for row in lines(out)}
    assert {q: (r["match"], r["transform"], r["family"]) for q, r in found.items()} == {
        "mirrored.jpg": ("1.png", "mirror", None),
        "framed.png": ("2.png", "frame", None),
        "other-flavour.png": (None, "identity", "3.png"),
    }
    assert {q: r["score"] >= 0.5 for q, r in found.items()} == {
        "mirrored.jpg": True,
        "framed.png": True,
        "other-flavour.png": False,
    }
    assert list(lines(out)[0]) == ["query", "match", "score", "transform", "family"]


def test_bad_pictures_are_set_aside_and_the_rest_goes_on(shop):
    bank, query, out = shop
    (bank / "broken.png").write_bytes(b"nothing")
    goods(2).save(query / "same.png")
    (query / "empty.jpg").write_bytes(b"")
    done = call(bank, query, out)
    assert done.exit_code == 3
    assert [(r["query"], r["match"]) for r in lines(out)] == [("same.png", "2.png")]
    kept = lines(out.with_name("matches.ndjson.refused.ndjson"))
    assert [(r["file"], r["code"]) for r in kept] == [
        ("broken.png", "picture_type_unknown"),
        ("empty.jpg", "picture_empty"),
    ]


def test_no_bank_is_refused_as_a_whole_and_writes_nothing(shop, tmp_path):
    _, query, out = shop
    goods(1).save(query / "1.png")
    done = call(tmp_path / "nowhere", query, out)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"]["code"] == "folder_missing"
    assert not out.exists()


def test_without_the_extra_the_remedy_names_it(shop, monkeypatch):
    bank, query, out = shop
    real = builtins.__import__

    def without(name, *args, **options):
        if name == "cv2":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    done = call(bank, query, out)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"]["code"] == "extra_missing"
    assert "pinzhi[pictures]" in done.stderr


def test_no_picture_in_the_query_is_no_match(shop):
    bank, query, out = shop
    Image.new("RGB", (100, 100), "white").save(query / "white.png")
    done = call(bank, query, out)
    assert (done.exit_code, lines(out)) == (0, [])
