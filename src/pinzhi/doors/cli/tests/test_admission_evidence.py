"""`pinzhi admission screen` with papers, merchants and a catalogue of prices."""

import json

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main


def written(path, rows):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return str(path)


def listing(id_, **more):
    return {"id": id_, "merchant_id": "m-1", "category": "女装", "title": "真丝衬衫 女", "attributes": {}} | more


def screened(tmp_path, listings, *options):
    out = tmp_path / "verdicts.ndjson"
    source = written(tmp_path / "listings.ndjson", listings)
    run = CliRunner().invoke(
        main, ["admission", "screen", source, "--out", str(out), "--as-of", "2026-11-26", "--json", *options]
    )
    assert run.exit_code == 0, run.output
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


BOOK = [
    {"kind": "publication", "number": "新出发浙杭零字第0123号", "fields": {"企业名称": "杭州禾木贸易有限公司"}},
    {"kind": "isbn", "number": "9787111213826"},
]


def test_a_file_that_is_not_complete_is_refused_and_says_what_is_missing(tmp_path):
    (done,) = screened(tmp_path, [listing("a", category="图书", title="家常菜谱", documents=BOOK[:1])])
    assert (done["outcome"], done["findings"]) == ("reject", [])
    (missing,) = done["missing"]
    assert (missing["claim"], missing["kinds"]) == ("books.number", ["isbn", "issn"])
    assert "没有提供书号" in missing["reason_zh"]
    assert missing["law"]["verified"] is False


def test_a_complete_file_passes_and_the_holder_is_compared_with_the_merchant(tmp_path):
    book = listing("a", category="图书", title="家常菜谱", documents=BOOK)
    mine = written(tmp_path / "m.ndjson", [{"merchant_id": "m-1", "name": "杭州禾木贸易有限公司"}])
    assert [d["outcome"] for d in screened(tmp_path, [book], "--merchants", mine)] == ["pass"]
    other = written(tmp_path / "n.ndjson", [{"merchant_id": "m-1", "name": "宁波知夏图书有限公司"}])
    (done,) = screened(tmp_path, [book], "--merchants", other)
    assert [m["claim"] for m in done["missing"]] == ["books.trade"]


@pytest.mark.parametrize(
    ("papers", "outcome", "notes"),
    [("auto", "pass", 1), ("never", "pass", 1), ("always", "reject", 0)],
)
def test_without_papers_texts_are_screened_by_themselves_unless_papers_are_demanded(tmp_path, papers, outcome, notes):
    (done,) = screened(tmp_path, [listing("a", category="玩具", title="积木桶")], "--papers", papers)
    assert (done["outcome"], len(done["notes"])) == (outcome, notes)
    assert bool(done["missing"]) == (papers == "always")


def test_prices_are_computed_from_deals_heads_and_variants(tmp_path):
    deals = [{"at": "2026-11-24T10:00:00+08:00", "price": "150"}]
    rows = [
        listing("above", price="99", compared_price="151", deal_prices=deals),
        listing("equal", price="99", compared_price="150", deal_prices=deals),
        listing("head", price="99", head_price="89"),
        listing("bait", price="9.9", skus=[{"name": "配件", "price": "9.9"}, {"name": "衬衫 M", "price": "199"}]),
    ]
    done = screened(tmp_path, rows)
    assert [[f"{f['rule']} {f['severity']}" for f in d["findings"]] for d in done] == [["P1 H"], [], ["P8 H"], ["P7 M"]]
    assert [d["outcome"] for d in done] == ["reject", "pass", "reject", "manual"]
    assert done[0]["findings"][0]["evidence"]["limit"] == "150"
    assert done[1]["exemptions"][0]["context"] == "lawful_comparison"


def test_like_goods_come_from_a_catalogue_that_may_be_the_file_itself(tmp_path):
    rows = [
        listing(str(i), brand="云杉", title="云杉 X20 衬衫", price=p)
        for i, p in enumerate(("199", "209", "189", "205", "1990"))
    ]
    source = written(tmp_path / "listings.ndjson", rows)
    done = screened(tmp_path, rows, "--catalogue", source)
    assert [[f["rule"] for f in d["findings"]] for d in done] == [[], [], [], [], ["P4"]]
    assert [[f["rule"] for f in d["findings"]] for d in screened(tmp_path, rows)] == [[], [], [], [], []]


def test_a_catalogue_from_standard_input_is_refused(tmp_path):
    source = written(tmp_path / "listings.ndjson", [listing("a")])
    run = CliRunner().invoke(
        main, ["admission", "screen", source, "--out", str(tmp_path / "v.ndjson"), "--catalogue", "-"]
    )
    assert run.exit_code == 1
    assert "catalogue_from_stdin" in run.stderr
    assert not (tmp_path / "v.ndjson").exists()


def test_a_variant_without_price_is_refused_by_itself(tmp_path):
    out = tmp_path / "verdicts.ndjson"
    source = written(tmp_path / "listings.ndjson", [listing("a", skus=[{"name": "M"}]), listing("b")])
    run = CliRunner().invoke(main, ["admission", "screen", source, "--out", str(out)])
    assert run.exit_code == 3
    refused = json.loads((tmp_path / "verdicts.ndjson.refused.ndjson").read_text("utf-8").splitlines()[0])
    assert (refused["line"], refused["field"], refused["code"]) == (1, "skus[0].price", "field_missing")
