"""
The main job, end to end and through the real doors: a marketplace's months go in, a signal with its cause in words comes out, a person decides it and undoes
it, the standing and the webhook follow, and a third party verifies the decision without us.
"""

import importlib.util
import json
import re
import subprocess
import sys
import threading
from datetime import date
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from pinzhi.casework.models import Case
from pinzhi.catalogue.receiving import receive_events
from pinzhi.decisions import queries as decided
from pinzhi.decisions import subscriptions, webhooks
from pinzhi.decisions.models import DecisionRow
from pinzhi.doors.cli.demo import event_table
from pinzhi.engine import aggregates, outbox
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel import clock
from pinzhi.kernel.values import Kind, Subject
from pinzhi.ledger import keys, store
from pinzhi.ledger.trust import write_policy
from pinzhi.life.monitoring import actions as monitoring
from pinzhi.life.monitoring.models import SignalRow
from pinzhi.people.models import Account, AuditLine, Grant
from pinzhi.people.roles import Actor
from pinzhi.simulation.history import simulate

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def receiver(tmp_path):
    """The receiver that integrators are given, really listening."""
    spec = importlib.util.spec_from_file_location("receiver", ROOT / "docs" / "examples" / "webhook_receiver.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["receiver"] = module
    spec.loader.exec_module(module)
    secrets: list[str] = []
    kept = module.Store(str(tmp_path / "received.sqlite3"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), module.handler(kept, secrets))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept, secrets, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def year(settings, tmp_path, monkeypatch):
    """Half a year of a small marketplace, stored and swept."""
    monkeypatch.setenv("PINZHI_WEBHOOK_PRIVATE", "1")
    settings.EVENT_STORE = tmp_path / "events"
    settings.LEDGER_KEYS = tmp_path / "keys"
    settings.SECOND_FACTOR_REQUIRED = False  # its own tests are in people
    world = simulate(seed=11, first_day=date(2026, 1, 5), days=240, merchants=16, listings=70, sales_per_day=140)
    receive_events(Actor.system("story"), event_table(world.events), source="story", body_sha256="a" * 64)
    return world


def tell():
    """Let every reaction and every webhook of this moment run."""
    outbox.drain()
    while webhooks.send_due():
        pass


def test_a_signal_is_seen_decided_undone_told_and_proven(year, receiver, client, tmp_path):
    kept, secrets, url = receiver
    _, secret = subscriptions.subscribe(Actor.system("story"), name="market", url=url)
    secrets.append(secret)

    # the sweep: signals with a cause in words, a case for each trouble, and a temporary limit where it is severe
    tallies = aggregates.tallied(open_store().dense())
    run = monitoring.sweep(Actor.system("story"), tallies, levels=("listing", "batch"))
    cases = {str(pk) for pk in Case.objects.filter(desk="monitoring").values_list("pk", flat=True)}
    assert run.raised == SignalRow.objects.count() > len(cases) > 0  # one trouble, seen at two levels, is one case
    assert set(SignalRow.objects.values_list("case_id", flat=True)) == cases
    again = monitoring.sweep(Actor.system("story"), tallies, levels=("listing", "batch"))
    assert again.raised == 0
    tell()
    limit = the_only_limit_of_its_subject()
    subject = Subject(Kind(limit.subject_kind), limit.subject_id)
    signal = SignalRow.objects.get(pk=limit.source.partition(":")[2])
    assert str(signal.observed) in signal.text_zh
    assert str(signal.observed) in signal.text_en
    limited = decided.standing(subject).state
    assert limited in ("restricted", "quarantined")
    assert kept.in_force(str(subject)) == [limit.effect]

    # the analyst opens it in the browser's door and decides; nobody else may
    page = f"/console/cases/{signal.case_id}/"
    assert client.get(page).status_code == 302
    person = Account.objects.create(username="ana", is_staff=True)
    Grant.objects.create(account=person, role="analyst", given_at=clock.now())
    client.force_login(person)
    shown = client.get(page).content.decode()
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', shown)[1]
    stale = client.post(page + "decide", {"outcome": "noise", "seen": "0" * 64, "reason": "x"})
    assert stale.status_code == 409
    assert decided.standing(subject).state == limited
    assert client.post(
        page + "decide", {"outcome": "noise", "seen": seen, "reason": "抽查三件，均正常"}
    ).status_code in (200, 302)
    tell()
    assert decided.standing(subject).state == "normal"
    assert kept.in_force(str(subject)) == []

    # undo is a new act, and the world is told
    assert client.post(page + "undo", {"reason": ""}).status_code in (200, 302)
    tell()
    assert decided.standing(subject).state == limited
    assert kept.in_force(str(subject)) == [limit.effect]
    case = Case.objects.get(pk=signal.case_id)
    verbs = list(
        AuditLine.objects.filter(subject_kind=case.subject_kind, subject_id=case.subject_id)
        .order_by("pk")
        .values_list("verb", "outcome")
    )
    assert ("casework.decide", "refused") in verbs
    assert ("casework.decide", "done") in verbs
    assert ("casework.undo", "done") in verbs

    # anyone verifies it without us: only the proof file, the policy file, and the stand-alone verifier
    store.checkpoint(at=clock.now())
    proof = tmp_path / "proof.json"
    answer = client.get(f"/ledger/proof/decision/{limit.id}")
    assert answer.status_code == 200
    proof.write_bytes(answer.content)
    policy = tmp_path / "policy.txt"
    policy.write_text(write_policy(keys.verifiers(tmp_path / "keys")))
    assert verify(proof, policy) == (0, True)
    changed = json.loads(answer.content)
    proof.write_text(json.dumps(changed).replace(f'"{limit.effect}"', '"ban"'))
    assert verify(proof, policy)[1] is not True


def the_only_limit_of_its_subject():
    """A temporary limit whose subject has no other decision: its fate is decided by one case alone."""
    live = list(DecisionRow.objects.filter(source__startswith="monitoring:", lifted_at=None))
    alone = [
        d for d in live if sum((e.subject_kind, e.subject_id) == (d.subject_kind, d.subject_id) for e in live) == 1
    ]
    assert alone, "no severe signal in this world"
    return alone[0]


def verify(proof, policy):
    code = "import sys; from pinzhi.ledger.verify import main; assert 'django' not in sys.modules; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, str(proof), "--policy", str(policy), "--json"],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    rows = said if isinstance(said, list) else said.get("proofs") or said.get("results") or [said]
    return done.returncode, rows[0]["valid"]
