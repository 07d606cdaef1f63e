"""`pinzhi monitoring scan` as a user calls it."""

import json

from click.testing import CliRunner

from pinzhi.doors.cli.monitoring import command


def test_the_command_writes_signals_scores_and_sets_bad_rows_aside(tmp_path):
    row = {"kind": "sale", "listing_id": "L1", "merchant_id": "M1", "category": "C", "quantity": 1, "amount": "5.00"}
    good = [{**row, "event_id": f"e{d}", "at": f"2026-01-{d + 1:02d}T10:00:00+08:00"} for d in range(10)]
    lines = [*good, {**row, "event_id": "x", "kind": "nonsense", "at": "2026-01-01T10:00:00+08:00"}]
    source = tmp_path / "events.ndjson"
    source.write_text("".join(json.dumps(r) + "\n" for r in lines), "utf-8")
    out, scores = tmp_path / "signals.ndjson", tmp_path / "scores.csv"
    done = CliRunner().invoke(command, ["scan", str(source), "--out", str(out), "--scores", str(scores), "--json"])
    assert done.exit_code == 3
    assert out.read_text("utf-8") == ""
    assert scores.read_text("utf-8").strip() == "entity_kind,entity_id,stream,day,score"
    assert json.loads((tmp_path / "signals.ndjson.refused.ndjson").read_text("utf-8"))["line"] == 11


def test_an_unknown_level_is_wrong_usage(tmp_path):
    done = CliRunner().invoke(command, ["scan", "none.csv", "--out", str(tmp_path / "s.csv"), "--level", "street"])
    assert done.exit_code == 2
    assert "street" in done.output
