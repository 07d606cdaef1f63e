"""`pinzhi complaints triage` and `train` over real files."""

import csv
import json

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """A small model of the house: what it says is tested elsewhere."""
    from pinzhi.life.complaints import reader
    from pinzhi.life.complaints.tests.reading import small_model

    monkeypatch.setattr(reader, "_own", small_model)


def run(*args):
    return CliRunner().invoke(main, ["complaints", *args])


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


ROWS = [
    {"id": "1", "text": "充电宝充电的时候突然冒烟起火，手被烧伤了"},
    {"id": "2", "text": "衣服颜色和图片差别很大，想退货", "category": "女装"},
    {"id": "2", "text": "同一个编号"},
    {"id": "3"},
    {"id": "4", "text": 5},
    {"id": "5", "text": ""},
    {"text": "没有编号"},
]


def test_texts_in_the_shape_of_the_contract(tmp_path):
    source, out = tmp_path / "c.ndjson", tmp_path / "t.ndjson"
    source.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in ROWS) + "{broken\n", encoding="utf-8")
    done = run("triage", str(source), "--out", str(out), "--json")
    assert done.exit_code == 3, done.output
    told = json.loads(done.stdout.splitlines()[0])
    assert (told["read"], told["severity_1"], told["refused"], told["abstained"]) == (3, 1, 5, 1)
    first, second, empty = lines(out)
    assert (first["id"], first["type"], first["severity"], first["safety"], first["polarity"]) == (
        "1",
        "S1",
        1,
        True,
        "negative",
    )
    assert first["why"][0]["basis"] == "danger"
    assert (second["product_category"], second["severity"] > 1) == ("衣服", True)
    assert (empty["id"], empty["type"], empty["abstained"]) == ("5", None, True)
    refused = lines(tmp_path / "t.ndjson.refused.ndjson")
    assert [(r["line"], r["code"]) for r in refused] == [
        (3, "id_twice"),
        (4, "field_missing"),
        (5, "field_not_text"),
        (7, "field_missing"),
        (8, "json_invalid"),
    ]


def labelled(path, n=60):
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(["cat", "label", "review"])
        for i in range(n):
            out.writerow(["书籍", 1, f"内容很好值得一读{i % 9}"])
            out.writerow(["酒店", 0, f"房间太脏服务差{i % 9}"])
        out.writerow(["酒店", "不知道", "还行"])
        out.writerow(["酒店", 1, ""])
    return str(path)


def test_a_model_of_ones_own_goes_before_that_of_the_house(tmp_path):
    source = labelled(tmp_path / "own.csv")
    done = run("train", source, "--out", str(tmp_path / "one.model"), "--json")
    assert done.exit_code == 3, done.output
    told = json.loads(done.stdout.splitlines()[0])
    assert (told["texts"], told["refused"]) == (120, 2)
    assert told["heads"] == {"polarity": ["negative", "positive"], "category": ["书籍", "酒店"]}
    run("train", source, "--out", str(tmp_path / "two.model"))
    assert (tmp_path / "one.model").read_bytes() == (tmp_path / "two.model").read_bytes()
    texts, out = tmp_path / "c.csv", tmp_path / "t.ndjson"
    texts.write_text("id,text\na,内容很好\nb,房间太脏\n", encoding="utf-8")
    done = run("triage", str(texts), "--out", str(out), "--model", str(tmp_path / "one.model"))
    assert done.exit_code == 0, done.output
    assert [(r["product_category"], r["polarity"]) for r in lines(out)] == [("书籍", "positive"), ("酒店", "negative")]


@pytest.mark.parametrize(
    ("content", "code"), [(None, "file_not_readable"), (b"PK\x03\x04", "model_unreadable"), (b"", "model_unreadable")]
)
def test_a_model_that_is_none_is_refused_and_nothing_is_written(tmp_path, content, code):
    model, texts, out = tmp_path / "m.model", tmp_path / "c.csv", tmp_path / "t.ndjson"
    if content is not None:
        model.write_bytes(content)
    texts.write_text("id,text\na,好\n", encoding="utf-8")
    done = run("triage", str(texts), "--out", str(out), "--model", str(model))
    assert done.exit_code == 1
    assert code in done.output
    assert not out.exists()


def test_a_file_without_labels_trains_nothing(tmp_path):
    source = tmp_path / "x.csv"
    source.write_text("text\n好\n坏\n", encoding="utf-8")
    done = run("train", str(source), "--out", str(tmp_path / "m.model"))
    assert done.exit_code == 1
    assert "no_labels" in done.output
    assert not (tmp_path / "m.model").exists()
