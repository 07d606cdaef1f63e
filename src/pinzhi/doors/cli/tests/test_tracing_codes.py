"""`pinzhi tracing issue|verify|link|keys` as a stranger runs them."""

import csv
import json
import re
import zipfile

import pyarrow.parquet as pq
import pypdfium2
import pytest
from click.testing import CliRunner

from pinzhi.doors.cli import main

GTIN = "06901234567892"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("PINZHI_HOME", str(tmp_path / "home"))

    def runs(*words, status=0, typed=None):
        result = CliRunner().invoke(main, ["tracing", *map(str, words)], input=typed)
        assert result.exit_code == status, result.output
        return result

    return runs


def said(result):
    return json.loads(result.stdout)


def test_codes_are_issued_and_verified(run, tmp_path):
    out = tmp_path / "codes.csv"
    done = said(run("issue", "--gtin", GTIN, "--count", 1000, "--batch", "B1", "--out", out, "--scratch", "--json"))
    assert done == {"count": 1000, "gtin": GTIN, "batch": "B1", "epoch": 0, "out": str(out)}
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert len({r["serial"] for r in rows}) == len({r["scratch"] for r in rows}) == 1000
    url = rows[0]["url"]
    assert url == f"https://id.pinzhi.example/01/{GTIN}/10/B1/21/{rows[0]['serial']}"
    found = said(run("verify", url, url[:-1] + ("0" if url[-1] != "0" else "1"), "--json"))
    assert [(f["valid"], f["batch"], f["epoch"], f["reason"]) for f in found] == [
        (True, "B1", 0, ""),
        (False, "B1", 0, "not_issued"),
    ]
    assert said(run("verify", "--gtin", GTIN, "-", "--json", typed=rows[5]["serial"].lower() + "\n"))["batch"] == "B1"
    moved = url.replace("/10/B1/", "/10/B2/")
    assert said(run("verify", moved, "--json"))["reason"] == "other_batch"


def test_a_second_call_gives_other_codes(run, tmp_path):
    for name in ("a.parquet", "b.parquet"):
        run("issue", "--gtin", "6901234567892", "--count", 50, "--out", tmp_path / name)
    both = [pq.read_table(tmp_path / n).column("serial").to_pylist() for n in ("a.parquet", "b.parquet")]
    assert len(set(both[0]) | set(both[1])) == 100


def test_digits_only(run, tmp_path):
    out = tmp_path / "codes.ndjson"
    run("issue", "--gtin", GTIN, "--count", 3, "--digits", "--host", "https://例.example", "--out", out, status=1)
    assert not out.exists()
    run("issue", "--gtin", GTIN, "--count", 3, "--digits", "--out", out)
    serials = [json.loads(line)["serial"] for line in out.read_text().splitlines()]
    assert all(s.isdigit() and len(s) == 20 for s in serials)
    assert said(run("verify", serials[0], "--gtin", GTIN, "--json"))["valid"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--gtin", "06901234567893", "--count", 1], "gtin_invalid"),
        (["--gtin", "69012345", "--count", 1], "gtin_invalid"),
        (["--gtin", GTIN, "--count", 1, "--batch", "批次一"], "batch_invalid"),
        (["--gtin", GTIN, "--count", 1, "--host", "nowhere"], "host_invalid"),
    ],
)
def test_refused_without_a_trace(run, tmp_path, words, code):
    result = run("issue", *words, "--out", tmp_path / "x.csv", "--json", status=1)
    assert json.loads(result.stdout)["refused"]["code"] == code
    assert not (tmp_path / "x.csv").exists()
    assert not (tmp_path / "home" / "keys").exists()


def test_a_file_of_unknown_type_uses_no_serials(run, tmp_path):
    run("issue", "--gtin", GTIN, "--count", 1, "--out", tmp_path / "x.docx", status=1)
    assert not (tmp_path / "home" / "keys").exists()


def test_rotation_and_revocation(run, tmp_path):
    run("issue", "--gtin", GTIN, "--count", 1, "--out", tmp_path / "a.ndjson")
    old = json.loads((tmp_path / "a.ndjson").read_text())["url"]
    assert [e["epoch"] for e in said(run("keys", "--rotate", "--json"))] == [0, 1]
    assert said(run("verify", old, "--json"))["valid"]
    run("keys", "--revoke", 0)
    gone = said(run("verify", old, "--json"))
    assert (gone["valid"], gone["reason"]) == (False, "epoch_revoked")
    run("keys", "--digits", status=2)
    run("keys", "--revoke", 7, status=1)


def test_codes_without_what_they_need(run):
    assert said(run("verify", "3JE4R3KEN23DEYY30153", "--json"))["reason"] == "gtin_missing"
    assert said(run("verify", "3JE4R3KEN23DEYY30153", "--gtin", GTIN, "--json"))["reason"] == "epoch_unknown"
    assert said(run("verify", "https://id.gs1.org/x", "--json"))["reason"] == "link_invalid"


def test_links(run):
    found = said(
        run("link", "https://id.gs1.org/01/09506000134352/10/ABC?17=261231", "https://id.gs1.org/01/1", "--json")
    )
    assert found[0] == {
        "link": "https://id.gs1.org/01/09506000134352/10/ABC?17=261231",
        "valid": True,
        "keys": {"01": "09506000134352"},
        "qualifiers": {"10": "ABC"},
        "attributes": {"17": "261231"},
        "others": {},
        "canonical": "https://id.gs1.org/01/09506000134352/10/ABC?17=261231",
        "errors": [],
    }
    assert found[1]["errors"][0]["message_zh"] == "长度不符合该标识符的规定"
    people = run("link", "-", typed="https://id.gs1.org/01/09506000134352\n").stdout
    assert "商品代码 · GTIN" in people


def test_sheets_of_labels(run, tmp_path):
    words = ("--batch", "B1", "--product", "童装卫衣", "--produced-on", "2026-11-01", "--report", "ZJ2026-1")
    out = tmp_path / "labels.pdf"
    done = said(run("issue", "--gtin", GTIN, "--count", 30, *words, "--out", out, "--json"))
    assert done["count"] == 30
    document = pypdfium2.PdfDocument(out)
    assert len(document) == 2
    whole = "".join(page.get_textpage().get_text_range() for page in document)
    code = "".join(re.search(r"(\w{5}) (\w{5})\s+(\w{5}) (\w{5})", whole).groups())
    assert said(run("verify", code, "--gtin", GTIN, "--json"))["batch"] == "B1"
    assert "生产日期 2026-11-01" in whole
    zpl = tmp_path / "labels.zpl"
    run("issue", "--gtin", GTIN, "--count", 3, *words, "--sheet", "roll-50x30", "--symbol", "datamatrix", "--out", zpl)
    assert zpl.read_text().count("^XA") == 3


def test_labels_that_cannot_be_printed_use_no_serials(run, tmp_path):
    long = "https://" + "a" * 900 + ".example"
    for words in (("--sheet", "a3"), ("--host", long, "--sheet", "roll-40x25")):
        run("issue", "--gtin", GTIN, "--count", 1, *words, "--out", tmp_path / "x.pdf", status=1)
    assert not (tmp_path / "x.pdf").exists()
    assert not (tmp_path / "home" / "keys").exists()


def test_links_are_compressed_and_read_again(run):
    address = f"https://shop.example/01/{GTIN}/10/L1?17=261231&lang=zh"
    whole = said(run("link", address, "--compress", "whole", "--json"))["compressed"]
    partly = said(run("link", address, "--compress", "partly", "--json"))["compressed"]
    assert re.fullmatch(r"https://shop\.example/[\w-]+\?lang=zh", whole)
    assert re.fullmatch(rf"https://shop\.example/01/{GTIN}/[\w-]+\?lang=zh", partly)
    canonical = f"https://id.gs1.org/01/{GTIN}/10/L1?17=261231"
    assert [said(run("link", a, "--json"))["canonical"] for a in (whole, partly)] == [canonical, canonical]
    assert whole in run("link", address, "--compress", "whole").output
    assert "compressed" not in said(run("link", "https://shop.example/", "--compress", "whole", "--json"))


def test_labels_as_sheets_of_svg(run, tmp_path):
    out = tmp_path / "labels.zip"
    done = said(run("issue", "--gtin", GTIN, "--count", 30, "--batch", "B1", "--out", out, "--json"))
    assert done["count"] == 30
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["0001.svg", "0002.svg"]
        assert archive.read("0002.svg").count(b"<path ") == 6
