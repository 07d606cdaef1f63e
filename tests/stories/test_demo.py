"""`make demo` as a stranger meets it: real processes, a living page, signals with their causes, and the same over a real public data set."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest
from tests.installation import Installation

pytestmark = [pytest.mark.slow]


@pytest.fixture
def demo(tmp_path):
    os.environ.pop("PINZHI_DATABASE", None)
    return Installation(tmp_path / "demo")


def pinzhi(demo, *args):
    return subprocess.run(
        [sys.executable, "-m", "pinzhi", *args], env=demo.env, capture_output=True, text=True, check=False, timeout=400
    )


def signals(demo):
    code = (
        "import json; from pinzhi.life.monitoring.models import SignalRow as S\n"
        "print(json.dumps(list(S.objects.values('entity_kind', 'entity_id', 'cause_kind', 'cause_id', 'severity', 'case_id'))))"
    )
    return json.loads(demo.python(code))


def browser():
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def log_in(visitor, url, name, password):
    page = visitor.open(f"{url}/console/", timeout=20)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "login": name, "password": password}).encode()
    asked = urllib.request.Request(page.url, form, {"Referer": page.url})
    return visitor.open(asked, timeout=20)


def store_version(visitor, url):
    metrics = visitor.open(f"{url}/metrics", timeout=20).read().decode()
    return float(re.search(r"^pinzhi_event_store_version (\S+)$", metrics, re.MULTILINE)[1])


def test_the_demo_lives(demo):
    """A simulated year: the leaking batch is found and named; the page answers, somebody logs in and sees it, and events keep coming."""
    # As the README says it, in one go: what builds the year is also what serves it.
    demo.home.mkdir(mode=0o700)
    log = (demo.home / "demo.log").open("ab")
    live = subprocess.Popen(
        [sys.executable, "-m", "pinzhi", "demo", "--port", str(demo.port)],
        env=demo.env, stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
    demo.running["serve"] = live
    (demo.home / "serve.log").write_text("see demo.log")
    try:
        demo.wait_ready(400)
        found = signals(demo)
        leaking = [s for s in found if (s["cause_kind"], s["cause_id"][:6]) == ("batch", "B00202")]
        assert {s["entity_kind"] for s in leaking} >= {"batch", "listing"}, found
        assert len({s["case_id"] for s in leaking}) == 1  # one trouble, one case
        kept = json.loads((demo.home / "demo.json").read_text())
        assert f"{len(found)} 条预警 signals" in (demo.home / "demo.log").read_text()
        assert kept["events"] > 150_000
        visitor = browser()
        assert log_in(visitor, demo.url, "analyst", kept["logins"]["analyst"]).url.startswith(f"{demo.url}/console/")
        queue = visitor.open(f"{demo.url}/console/cases/", timeout=30).read().decode()
        assert leaking[0]["case_id"] in queue
        case = visitor.open(f"{demo.url}/console/cases/{leaking[0]['case_id']}/", timeout=30).read().decode()
        assert leaking[0]["cause_id"] in case
        tracing = visitor.open(f"{demo.url}/console/tracing/", timeout=60).read().decode()
        shares = [float(x) for x in re.findall(r"\((\d+\.\d) %\)</span>", tracing)]
        assert len(shares) == 3, shares  # of what was sold: with a batch, registered, with a complete chain
        assert 20 < shares[2] < shares[1] == 100.0, shares
        for path in kept["pieces"].values():
            scanned = visitor.open(f"{demo.url}{path}", timeout=30).read().decode()
            assert re.search(r'<h1 class="good">', scanned), path
            assert '<ol class="way"' in scanned, path
        before, deadline = store_version(visitor, demo.url), time.monotonic() + 60
        while store_version(visitor, demo.url) <= before and time.monotonic() < deadline:
            time.sleep(1)
        assert store_version(visitor, demo.url) > before
    finally:
        os.killpg(live.pid, signal.SIGINT)  # Ctrl-C in a terminal reaches everybody at once
        live.wait(timeout=60)
        demo.running.clear()
    for name in ("demo.log", "live.log", "webhooks.log"):
        assert b"Traceback" not in (demo.home / name).read_bytes(), name


@pytest.mark.shared
def test_the_demo_runs_over_a_real_marketplace(demo, shared):
    """`DEMO_DATA=` an Olist folder: read whole, nothing refused, signals raised and judged by the same verbs."""
    built = pinzhi(demo, "demo", "--no-serve", "--data", str(shared / "data" / "olist-sample"))
    assert built.returncode == 0, built.stderr[-2000:]
    assert "22,526 accepted, 0 duplicate, 0 refused" in built.stderr + built.stdout
    found = signals(demo)
    assert 5 <= len(found) <= 30
    assert all(s["case_id"] for s in found)
    assert json.loads((demo.home / "demo.json").read_text())["events"] == 22_526
