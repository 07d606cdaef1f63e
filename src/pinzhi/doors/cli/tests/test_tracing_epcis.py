"""`pinzhi tracing epcis`: the contract's shape, exit codes, refusals, no framework."""

import json
import subprocess
import sys

from click.testing import CliRunner

from pinzhi.doors.cli.main import main

EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T08:30:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": ["https://id.gs1.org/01/06901234567892/21/A1"],
    "action": "OBSERVE",
}
HASH = "ni:///sha-256;0115658e5b7d9cc3d97745ddc4e3abc1a8d7785a0de1207eac0acb2776e3dac4?ver=CBV2.0"


def document(*events):
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-02T00:00:00Z",
            "epcisBody": {"eventList": list(events)},
        }
    )


def call(*args, **options):
    return CliRunner().invoke(main, ["tracing", "epcis", *map(str, args)], **options)


def test_a_valid_file(tmp_path):
    good = tmp_path / "good.json"
    good.write_text(document(EVENT))
    done = call("validate", good, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"file": str(good), "valid": True, "events": 1, "errors": [], "warnings": []}


def test_faults_have_path_code_and_message_in_both_languages(tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text(document(EVENT, EVENT | {"bizStep": "flying"}))
    done = call("validate", bad, "--json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert (answer["valid"], answer["events"]) == (False, 2)
    assert answer["errors"] == [
        {
            "path": "/epcisBody/eventList/1/bizStep",
            "code": "word_unknown",
            "value": "flying",
            "message": "the CBV has no word «flying»",
            "message_zh": "CBV 中没有「flying」",
            "message_en": "the CBV has no word «flying»",
        }
    ]
    assert "/epcisBody/eventList/1/bizStep  CBV 中没有「flying」" in call("validate", bad).stdout


def test_several_files_and_one_that_is_no_document(tmp_path):
    (tmp_path / "a.json").write_text(document(EVENT))
    (tmp_path / "b.xml").write_text("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    done = call("validate", tmp_path / "a.json", tmp_path / "b.xml", "--json")
    assert done.exit_code == 0
    assert [(d["valid"], [e["code"] for e in d["errors"]]) for d in json.loads(done.stdout)] == [
        (True, []),
        (False, ["epcis_xml_doctype"]),
    ]


def test_the_moment_counts(tmp_path):
    (tmp_path / "a.json").write_text(document(EVENT))
    done = call("validate", tmp_path / "a.json", "--as-of", "2026-02-01T00:00:00Z", "--json")
    assert [w["code"] for w in json.loads(done.stdout)["warnings"]] == ["time_future"]
    assert call("validate", tmp_path / "a.json", "--as-of", "noon").exit_code == 2


def test_a_file_that_is_not_there(tmp_path):
    done = call("validate", tmp_path / "none.json", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"]["code"] == "file_unreadable"


def test_one_that_is_not_there_stops_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(document(EVENT))
    done = call("validate", tmp_path / "none.json", tmp_path / "a.json", "--json")
    assert done.exit_code == 3
    assert [d["file"] for d in json.loads(done.stdout)] == [str(tmp_path / "a.json")]
    assert "file_unreadable" in done.stderr


def test_hashes_one_a_line_in_order(tmp_path):
    (tmp_path / "a.json").write_text(document(EVENT, EVENT | {"action": "DELETE"}))
    done = call("hash", tmp_path / "a.json")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == HASH
    assert len(lines) == 2
    assert call("hash", "-", input=document(EVENT)).stdout == HASH + "\n"
    (row,) = json.loads(call("hash", "-", "--json", input=document(EVENT)).stdout)
    assert row == {"file": "-", "path": "/epcisBody/eventList/0", "hash": HASH}
    assert call("hash", "-", "--prehash", input=document(EVENT)).stdout.startswith(
        "eventType=ObjectEventeventTime=2026-03-01T00:30"
    )


def test_what_is_no_event_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call("hash", "-", input=document(EVENT, 7, EVENT))
    assert done.exit_code == 3
    assert done.stdout.splitlines() == [HASH, HASH]
    (kept,) = [json.loads(x) for x in (tmp_path / "pinzhi.refused.ndjson").read_text("utf-8").splitlines()]
    assert (kept["line"], kept["code"]) == (2, "epcis_no_event")


def test_malformed_input_is_refused_without_a_traceback():
    done = call("hash", "-", input="{")
    assert done.exit_code == 1
    assert "epcis_json_invalid" in done.stderr
    assert "Traceback" not in done.output


def test_conversion_keeps_the_hash(tmp_path):
    source, there, back = tmp_path / "a.json", tmp_path / "a.xml", tmp_path / "b.json"
    source.write_text(document(EVENT, EVENT | {"bizStep": "shipping"}))
    assert json.loads(call("convert", source, "--to", "xml", "--out", there, "--json").stdout) == {
        "events": 2,
        "left_out": 0,
        "out": str(there),
    }
    assert call("convert", there, "--to", "json", "--out", back).exit_code == 0
    assert call("hash", source).stdout == call("hash", there).stdout == call("hash", back).stdout
    assert call("validate", there, back).exit_code == 0
    assert call("convert", source, "--to", "xml", "--out", "-").stdout.startswith("<?xml")


def test_what_cannot_be_converted_is_set_aside(tmp_path):
    (tmp_path / "a.json").write_text(document(EVENT | {"no:x": "1"}, EVENT))
    out = tmp_path / "a.xml"
    done = call("convert", tmp_path / "a.json", "--to", "xml", "--out", out)
    assert done.exit_code == 3
    (kept,) = [json.loads(x) for x in (tmp_path / "a.xml.refused.ndjson").read_text("utf-8").splitlines()]
    assert (kept["line"], kept["code"]) == (1, "epcis_not_writable")
    assert call("hash", out).stdout == HASH + "\n"


def test_it_needs_neither_django_nor_a_table_engine(tmp_path):
    (tmp_path / "a.json").write_text(document(EVENT))
    code = (
        "import sys; from pinzhi.doors.cli.main import main\n"
        f"try: main(['tracing', 'epcis', 'hash', {str(tmp_path / 'a.json')!r}])\n"
        "except SystemExit: pass\n"
        "print(sorted({'django', 'pyarrow', 'duckdb', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
