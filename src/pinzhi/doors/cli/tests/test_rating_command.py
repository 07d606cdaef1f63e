"""`pinzhi rating compute` over files: fields, exit codes, refused rows, history."""

import json

from click.testing import CliRunner

from pinzhi.doors.cli.rating import command


def event(n, kind, day, listing, **more):
    return {
        "event_id": f"{kind}{n}", "kind": kind, "at": f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T10:00:00+08:00", "listing_id": listing,
        "merchant_id": "M", "category": "C", "order_id": f"O{n}", "buyer_id": f"B{n}", "quantity": 1, **more,
    }  # fmt: skip


def feed(tmp_path, extra=()):
    lines = []
    for n in range(240):
        listing, day = f"L{n % 2}", n // 2
        lines.append(event(n, "sale", day, listing))
        if n % 2 == 1 and day % 3 == 0:
            lines.append(event(n, "return", day + 4, listing))
    path = tmp_path / "events.ndjson"
    path.write_text("".join(json.dumps(r) + "\n" for r in [*lines, *extra]), encoding="utf-8")
    return path


def read(path):
    return [json.loads(x) for x in path.read_text(encoding="utf-8").splitlines()]


def run(*arguments):
    return CliRunner().invoke(command, ["compute", *map(str, arguments)])


def test_worse_goods_have_a_lower_mean_and_rows_have_the_promised_fields(tmp_path):
    out = tmp_path / "ratings.ndjson"
    answer = run(feed(tmp_path), "--as-of", "2026-05-10", "--out", out, "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["ratings"] == 2
    got = {r["listing_id"]: r for r in read(out)}
    assert {"mean", "low", "high", "orders", "grade", "state", "reasons"} <= set(got["L0"])
    assert got["L1"]["mean"] < got["L0"]["mean"]
    assert got["L0"]["orders"] == 120
    assert round(sum(b["points"] for b in got["L1"]["bars"]), 2) == round(got["L1"]["mean"] * 100, 2)


def test_a_history_has_one_row_per_listing_and_step(tmp_path):
    out = tmp_path / "history.ndjson"
    assert run(feed(tmp_path), "--as-of", "2026-02-10", "--out", out, "--every", "14d").exit_code == 0
    days = sorted({r["as_of"] for r in read(out)})
    assert days == ["2026-01-13", "2026-01-27", "2026-02-10"]


def test_a_bad_row_is_set_aside_and_the_rest_is_rated(tmp_path):
    out = tmp_path / "ratings.ndjson"
    path = feed(tmp_path, [event(9, "nonsense", 3, "L0")])
    answer = run(path, "--as-of", "2026-05-10", "--out", out)
    assert answer.exit_code == 3
    assert len(read(out)) == 2
    assert len(read(tmp_path / "ratings.ndjson.refused.ndjson")) == 1


def test_refusals_as_a_whole(tmp_path):
    path = feed(tmp_path)
    for arguments, code in [
        (("--as-of", "1999-01-01"), "as_of_before_events"),
    ]:
        answer = run(path, *arguments, "--out", tmp_path / "no.ndjson")
        assert answer.exit_code == 1
        assert code in answer.stderr
        assert not (tmp_path / "no.ndjson").exists()
