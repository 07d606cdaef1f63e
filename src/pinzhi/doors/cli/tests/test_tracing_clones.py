"""`pinzhi tracing clones` over files."""

import json

from click.testing import CliRunner

from pinzhi.doors.cli import main


def event(n, kind, day, **more):
    row = {
        "event_id": f"E{n}",
        "kind": kind,
        "at": f"2026-05-{day:02d}T08:00:00Z",
        "listing_id": "L",
        "merchant_id": "M",
        "category": "服装",
    }
    return row | more


def test_a_copied_code_is_written_once_and_bad_rows_are_set_aside(tmp_path):
    rows = [event(i, "sale", 1, code=f"G{i}", region=f"省{i % 9}", buyer_id=f"P{i}") for i in range(200)]
    rows += [event(200 + i, "scan", 2, code=f"G{i}", region=f"省{i % 9}", buyer_id=f"P{i}") for i in range(200)]
    rows += [event(500, "sale", 1, code="X", region="浙江", buyer_id="B")]
    rows += [event(501 + i, "scan", 3 + i, code="X", region=f"省{i}", buyer_id=f"Q{i}") for i in range(6)]
    rows += [event(600, "review", 3, score=5), event(601, "scan", 3, region="浙江"), event(602, "scan", 99, code="X")]
    source, out = tmp_path / "scans.ndjson", tmp_path / "clones.ndjson"
    source.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in reversed(rows)), encoding="utf-8")
    done = CliRunner().invoke(main, ["tracing", "clones", str(source), "--out", str(out), "--json"])
    assert done.exit_code == 3
    assert json.loads(done.stdout) == {"events": 407, "passed_over": 2, "raised": 1}
    (found,) = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert set(found) == {"code", "raised_at", "scans", "evidence", "text_zh", "text_en"}
    assert found["code"] == "X"
    assert found["scans"] <= 5
    assert found["evidence"]["sold_in"] == "浙江"
    assert found["raised_at"].startswith("2026-05-0")
    (refused,) = (tmp_path / "clones.ndjson.refused.ndjson").read_text().splitlines()
    assert json.loads(refused)["field"] == "at"


def found_in(tmp_path, rows):
    source, out = tmp_path / "scans.ndjson", tmp_path / "clones.ndjson"
    source.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    done = CliRunner().invoke(main, ["tracing", "clones", str(source), "--out", str(out), "--json"])
    assert done.exit_code == 0
    return json.loads(done.stdout), [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def market():
    rows = [event(i, "sale", 1, code=f"G{i}", region=f"省{i % 9}", buyer_id=f"P{i}") for i in range(200)]
    return rows + [event(200 + i, "scan", 2, code=f"G{i}", region=f"省{i % 9}", buyer_id=f"P{i}") for i in range(200)]


def test_deliveries_say_into_which_regions_a_batch_went(tmp_path):
    """Four strangers in one region raise nothing, unless it is one that the batch never went to; a delivery to nobody knows where takes that back."""
    rows = market()
    rows += [event(500 + i, "delivery", 1, batch_id="G", region=f"省{i}") for i in range(9)]
    rows += [event(600 + i, "scan", 3 + i, code="X", batch_id="B", region="省1", buyer_id=f"Q{i}") for i in range(4)]
    assert found_in(tmp_path, rows) == ({"events": 404, "passed_over": 0, "raised": 0, "deliveries": 9}, [])
    rows += [event(700, "delivery", 1, batch_id="B", region="浙江")]
    said, (found,) = found_in(tmp_path, rows)
    assert (said["raised"], said["deliveries"], found["code"]) == (1, 10, "X")
    assert found["evidence"]["never_shipped_to"] == ["省1"]
    assert "which diverted goods would explain too" in found["text_en"]
    rows += [event(701, "delivery", 1, batch_id="B")]
    assert found_in(tmp_path, rows)[1] == []


def test_covered_codes_that_were_typed_are_scans_with_a_reason(tmp_path):
    rows = market()
    rows += [event(500, "sale", 1, code="X", region="浙江", buyer_id="P")]
    rows += [event(501, "scan", 2, code="X", region="浙江", buyer_id="P", reason="owned")]
    rows += [
        event(502 + i, "scan", 3 + i, code="X", region=f"省{i}", buyer_id=f"Q{i}", reason="again") for i in range(2)
    ]
    said, (found,) = found_in(tmp_path, rows)
    assert said == {"events": 404, "passed_over": 0, "raised": 1}
    assert found["evidence"]["activated_again_by_others"] >= 1
    assert "个设备输入了正确的刮刮码" in found["text_zh"]
