"""`pinzhi tracing certificate`: match, another file, none named, not bound; what cannot be judged; no framework."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main
from pinzhi.doors.cli.tests.test_tracing_epcis import EVENT, HASH, document
from pinzhi.life.tracing.rules.epcis.certificates import NAMESPACE, Certificate, ni, stated

HELLO = "7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
HELLO_NI = "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
BOUND = EVENT | {"@context": {"pinzhi": NAMESPACE}} | stated([Certificate(HELLO, "quarantine", "Q1")])


def call(*args, **options):
    return CliRunner().invoke(main, ["tracing", "certificate", *map(str, args)], **options)


@pytest.fixture
def held(tmp_path):
    paper, event = tmp_path / "paper.pdf", tmp_path / "event.json"
    paper.write_bytes(b"Hello World!")
    return paper, event


@pytest.mark.parametrize(
    ("event", "content", "verdict", "bound"),
    [
        (BOUND, b"Hello World!", "match", True),
        (BOUND, b"Hello World?", "other", False),
        (EVENT, b"Hello World!", "none", False),
        (EVENT | {"certificationInfo": "https://cert.example/1"}, b"Hello World!", "none", False),
        (EVENT | {"certificationInfo": HELLO_NI}, b"Hello World!", "match", False),
    ],
)
def test_the_verdict(held, event, content, verdict, bound):
    paper, file = held
    paper.write_bytes(content)
    file.write_text(document(event))
    done = call(paper, "--event", file, "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["verdict"], said["bound"]) == (0, verdict, bound)


def test_everything_that_is_said(held):
    paper, file = held
    file.write_text(document(EVENT, BOUND))
    said = json.loads(call(paper, "--event", file, "--json").stdout)
    named = said.pop("named")
    event = said.pop("event")
    assert event != HASH
    assert said == {
        "file": str(paper), "digest": HELLO_NI, "verdict": "match", "bound": True,
        "text_zh": "是该事件所附的文件", "text_en": "this is the file that the event names",
    }  # fmt: skip
    assert named == [
        {"event": event, "digest": HELLO_NI, "kind": "quarantine", "number": "Q1", "issued_on": None, "bound": True}
    ]
    line = call(paper, "--event", file).stdout
    assert line.startswith(f"✓ {paper}  {HELLO_NI}")
    file.write_text(document(EVENT | {"certificationInfo": HELLO_NI}))
    assert "账本不能证明" in call(paper, "--event", file).stdout


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "epcis_json_invalid"),
        (document(), "epcis_no_event"),
        (document(EVENT | {"certificationInfo": HELLO_NI + "="}), "ni_form"),
        (document(BOUND | {"certificationInfo": ni("00" * 32)}), "certificate_differs"),
    ],
)
def test_what_cannot_be_judged_is_refused_as_a_whole(held, text, code):
    paper, file = held
    file.write_text(text)
    done = call(paper, "--event", file, "--json")
    assert (done.exit_code, code in done.output) == (1, True)


def test_files_that_are_not_there_and_the_event_from_standard_input(held, tmp_path):
    paper, _ = held
    done = call(tmp_path / "nix", "--event", "-", input=document(BOUND))
    assert (done.exit_code, "file_unreadable" in done.output) == (1, True)
    done = call(paper, "--event", "-", "--json", input=document(BOUND))
    assert json.loads(done.stdout)["verdict"] == "match"
    assert call(paper).exit_code == 2


def test_no_framework_is_loaded(held):
    paper, file = held
    file.write_text(document(BOUND))
    code = (
        "import sys; from click.testing import CliRunner; from pinzhi.doors.cli.main import main;"
        f"done = CliRunner().invoke(main, ['tracing', 'certificate', {str(paper)!r}, '--event', {str(file)!r}]);"
        "assert done.exit_code == 0, done.output; assert 'django' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
