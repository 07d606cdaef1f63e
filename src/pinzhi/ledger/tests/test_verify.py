"""Bundles and the offline verifier: both spellings, every mutation, exit codes, plain words, no framework."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import verify
from pinzhi.ledger.bundle import check, describe, read_proof
from pinzhi.ledger.tests.samples import LOG, STRANGER, SmallLog, cosign
from pinzhi.ledger.trust import TrustPolicy, write_policy

SMALL = SmallLog(300)
POLICY = TrustPolicy((LOG.verifier,))
PROOF = SMALL.proof(123, 300, since=(7, 256))


def names(judged):
    return [(s.name, s.ok) for s in judged.steps]


@pytest.mark.parametrize("spell", ["json", "tlog"])
def test_both_spellings_read_back_and_prove(spell):
    raw = getattr(PROOF, spell)().encode()
    assert read_proof(raw) == PROOF
    judged = check(read_proof(raw), POLICY, [SMALL.point(7), SMALL.point(256), SMALL.point(300)])
    assert judged.valid is True
    assert names(judged) == [
        (n, True) for n in ("checkpoint", "witnesses", "included", "extends", "extends", "extends")
    ]


def test_the_tlog_text_is_the_one_of_the_specification():
    lines = PROOF.tlog().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert json.loads(base64.b64decode(lines[1].removeprefix("extra ")))["what"] == PROOF.what
    assert lines[2] == "index 123"
    assert [base64.b64decode(h) for h in lines[3 : 3 + len(PROOF.inclusion)]] == list(PROOF.inclusion)
    assert lines[3 + len(PROOF.inclusion)] == ""
    assert "\n".join(lines[4 + len(PROOF.inclusion) :]) == PROOF.checkpoint


def test_a_proof_for_a_thousand_million_entries_stays_small():
    thirty = replace(PROOF, inclusion=(b"h" * 32,) * 30, links=())
    assert len(thirty.json()) < 4096
    assert len(thirty.tlog()) < 4096


@pytest.mark.parametrize(
    ("changed", "step"),
    [
        (replace(PROOF, what={**PROOF.what, "payload": {"observed": 0}}), "included"),
        (replace(PROOF, nonce=b"x" * 16), "included"),
        (replace(PROOF, index=124), "included"),
        (replace(PROOF, index=300), "included"),
        (replace(PROOF, inclusion=PROOF.inclusion[:-1]), "included"),
        (replace(PROOF, checkpoint=SMALL.point(299).signed([LOG]).raw().decode()), "included"),
        (replace(PROOF, checkpoint=SMALL.point(300).signed([STRANGER]).raw().decode()), "checkpoint"),
        (replace(PROOF, checkpoint=PROOF.checkpoint.replace("\n300\n", "\n301\n")), "checkpoint"),
        (replace(PROOF, checkpoint=""), "checkpoint"),
    ],
)
def test_what_was_changed_is_not_proven_and_the_step_is_named(changed, step):
    judged = check(changed, POLICY)
    assert judged.valid is False
    assert [s.name for s in judged.steps if s.ok is False] == [step]
    assert all(s.sentence.zh and s.sentence.en for s in judged.steps)


def test_a_log_that_did_not_continue_an_older_checkpoint():
    forked = SmallLog(300)
    forked.hashes[3] = b"f" * 32
    judged = check(PROOF, POLICY, [forked.point(7)])
    assert names(judged)[-1] == ("extends", False)
    same_size = check(PROOF, POLICY, [forked.point(300)])
    assert (same_size.valid, names(same_size)[-1]) == (False, ("extends", False))
    other = check(PROOF, POLICY, [replace(SMALL.point(7), origin="other.example/log")])
    assert other.valid is False


def test_without_a_consistency_proof_the_answer_is_neither_yes_nor_no():
    judged = check(replace(PROOF, links=()), POLICY, [SMALL.point(7)])
    assert judged.valid is None
    assert check(replace(PROOF, links=()), POLICY, [SMALL.point(0)]).valid is True
    assert check(replace(PROOF, links=(), nonce=b"x"), POLICY, [SMALL.point(7)]).valid is False


def test_an_older_proof_under_a_newer_checkpoint():
    link = SMALL.proof(0, 300, since=(200,)).links
    assert check(replace(SMALL.proof(5, 200), links=link), POLICY, [SMALL.point(300)]).valid is True


def test_witnesses_count_when_the_policy_asks():
    key, line = cosign("w.example/1", b"w" * 32, SMALL.point(300).text())
    policy = TrustPolicy((LOG.verifier,), {"regulator": key}, {}, "regulator")
    assert check(SMALL.proof(1, 300, witnesses=[line]), policy).believed.witnesses == ("regulator",)
    assert [s.name for s in check(PROOF, policy).steps if s.ok is False] == ["checkpoint"]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_every_single_byte_mutation_of_a_proof_file_is_refused_or_not_proven_or_says_the_same(data):
    raw = PROOF.json().encode() if data.draw(st.booleans()) else PROOF.tlog().encode()
    at, flip = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(1, 255))
    try:
        read = read_proof(raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :])
    except RefusedError:
        return
    judged = check(read, POLICY, [SMALL.point(7), SMALL.point(256)])
    assert judged.valid is not True or read == PROOF  # white space between JSON tokens may change


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
def test_no_bytes_give_a_traceback(raw):
    with pytest.raises(RefusedError):
        read_proof(raw)
    with pytest.raises(RefusedError):
        read_proof(b"c2sp.org/tlog-proof@v1\n" + raw)


@pytest.mark.parametrize(
    "text",
    [
        '{"format":"pinzhi-proof/1"}',
        PROOF.json().replace('"index": 123', '"index": 123.0'),
        PROOF.json().replace('"index": 123', '"index": true'),
        PROOF.json().replace('"index": 123', '"index": "123"'),
        PROOF.json().replace('"index": 123', '"index": 123, "index": 124'),
        PROOF.json().replace('"observed": 123', '"observed": NaN'),
        PROOF.json().replace('"observed": 123', '"observed": "\\ud800"'),
        PROOF.json().replace('"observed": 123', '"observed": ' + "[" * 100_000 + "]" * 100_000),
        PROOF.json().replace('"observed": 123', '"observed": ' + "9" * 5000),
        PROOF.json().replace('"nonce": "', '"nonce": "A'),
        PROOF.json().replace('"from": 7', '"from": "7"'),
        PROOF.tlog().replace("index 123", "index 0123"),
        PROOF.tlog().replace("extra ", "extra  "),
        PROOF.tlog().replace("extra ", "more "),
    ],
)
def test_damaged_proofs_are_refused(text):
    with pytest.raises(RefusedError) as no:
        read_proof(text.encode("utf-8", "surrogatepass"))
    assert no.value.refusal.code == "unreadable_proof"


# --- the command -------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    (tmp_path / "policy").write_text(write_policy((LOG.verifier,)))
    (tmp_path / "good.json").write_text(PROOF.json(), encoding="utf-8")
    (tmp_path / "good.tlog-proof").write_text(PROOF.tlog(), encoding="utf-8")
    (tmp_path / "bad.json").write_text(replace(PROOF, index=124).json(), encoding="utf-8")
    (tmp_path / "broken.json").write_bytes(b"\xff\x00")
    for n in (7, 8, 300):
        (tmp_path / f"at{n}").write_bytes(SMALL.point(n).signed([LOG]).raw())
    (tmp_path / "foreign").write_bytes(SMALL.point(7).signed([STRANGER]).raw())
    return tmp_path


def run(files, line):
    words = [str(files / w) if (files / w).exists() or w == "absent" else w for w in line.split()]
    return verify.run([*words, "--policy", str(files / "policy")])


@pytest.mark.parametrize(
    ("line", "status", "status_json"),
    [
        ("good.json", 0, 0),
        ("good.tlog-proof good.json", 0, 0),
        ("good.json --checkpoint at7 --checkpoint at300", 0, 0),
        ("good.json --checkpoint at8", 3, 3),
        ("bad.json", 1, 0),
        ("good.json bad.json", 1, 0),
        ("broken.json", 3, 3),
        ("absent", 3, 3),
        ("good.json broken.json", 3, 3),
    ],
)
def test_exit_status(files, capsys, line, status, status_json):
    assert run(files, line) == status
    capsys.readouterr()
    assert run(files, line + " --json") == status_json
    assert json.loads(capsys.readouterr().out)["valid"] == {0: True, 1: False, 3: None}[status]


@pytest.mark.parametrize(
    "line", ["good.json --checkpoint foreign", "good.json --checkpoint absent", "good.json --checkpoint good.json"]
)
def test_an_older_checkpoint_that_can_not_be_relied_on_is_wrong_usage(files, capsys, line):
    with pytest.raises(SystemExit) as end:
        run(files, line)
    assert end.value.code == 2
    assert "→" in capsys.readouterr().err


def test_a_policy_that_can_not_be_read_is_wrong_usage(files, capsys):
    (files / "policy").write_text("quorum none\n")
    with pytest.raises(SystemExit) as end:
        run(files, "good.json")
    assert end.value.code == 2
    assert "no log line" in capsys.readouterr().err


def test_plain_words_in_both_languages_and_in_one(files, capsys):
    run(files, "good.json")
    out = capsys.readouterr().out
    assert "✓" in out
    assert "下列内容一字不差地就是日志的第 123 条" in out
    assert "entry 123 of the log" in out
    assert "事实「SignalRaised」，对象 listing:L-123" in out
    run(files, "good.json --lang en")
    assert "日志" not in capsys.readouterr().out


def test_a_proof_can_not_steer_the_terminal():
    assert verify.printable("a\x1b[2Jb\u202ec 品质") == "a\\x1b[2Jb\\u202ec 品质"


def test_the_document_says_what_was_proven(files, capsys):
    run(files, "good.json --json")
    document = json.loads(capsys.readouterr().out)
    assert (document["valid"], document["index"], document["size"], document["origin"]) == (
        True,
        123,
        300,
        "example.com/log",
    )
    assert document["what"] == PROOF.what
    assert [s["step"] for s in document["steps"]] == ["checkpoint", "witnesses", "included"]


def test_descriptions():
    decision = {
        "kind": "decision",
        "ref": "d",
        "value": {"effect": "restrict", "subject": {"kind": "listing", "id": "L-1"}},
    }
    assert "listing:L-1" in describe(decision).zh
    assert describe({"kind": "policy", "ref": "x"}).en == "The record «policy» x."
    assert describe([1]).en == "A record."


def test_the_verifier_starts_without_a_framework(files):
    """In a process of its own: no Django, no database, no other room is ever imported."""
    code = (
        "import sys; from pinzhi.ledger import verify; status = verify.run(sys.argv[1:]);"
        "wrong = [m for m in sys.modules if m.split('.')[0] in ('django', 'click', 'numpy') or m.startswith(('pinzhi.engine', 'pinzhi.people'))];"
        "print(wrong, file=sys.stderr); sys.exit(status if not wrong else 9)"
    )
    source = str(Path(verify.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code, str(files / "good.json"), "--policy", str(files / "policy")],
        env={"PYTHONPATH": source, "PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert "proven" in done.stdout
