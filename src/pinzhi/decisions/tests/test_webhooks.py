"""Webhooks against a real server: retries, order, duplicates, rotation, replay, and the receiver example itself."""

import importlib.util
import json
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pinzhi.decisions import actions, queries, sending, subscriptions, webhooks
from pinzhi.decisions.deliveries import deliveries
from pinzhi.decisions.figures import webhook_policy
from pinzhi.decisions.models import Attempt, Dispatch, Subscription
from pinzhi.decisions.subscriptions import Filters
from pinzhi.decisions.tests.samples import MERCHANT, RULE, T0, issued
from pinzhi.engine import outbox
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Text
from pinzhi.people.acts import act
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor, Role

ADMIN = Actor("person", "person:administrator", None, frozenset({Role.ADMINISTRATOR}))
WHY = Text("申诉成立。", "The appeal was upheld.")
pytestmark = pytest.mark.django_db


def example():
    path = Path(__file__).parents[4] / "docs" / "examples" / "webhook_receiver.py"
    spec = importlib.util.spec_from_file_location("webhook_receiver", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Scripted(BaseHTTPRequestHandler):
    """Answers with the statuses of the script, then 200."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        status = self.server.script.pop(0) if self.server.script else 200
        if status == "hang":
            time.sleep(1.5)
            return
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("Location", self.server.elsewhere)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def serving(handler=Scripted):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.got, server.script = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/in"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def open_networks(monkeypatch):
    monkeypatch.setenv("PINZHI_WEBHOOK_PRIVATE", "1")


@pytest.fixture
def server(open_networks):
    with serving() as running:
        yield running


def at(moment, do):
    with clock.frozen_at(moment):
        return do()


def send(moment=T0):
    return at(moment, webhooks.drain)


def tell(moment=T0):
    """Deliver the facts to the reactions."""
    return at(moment, outbox.drain)


def subscribed(url, **filters):
    return at(T0, lambda: subscriptions.subscribe(ADMIN, name="market", url=url, filters=Filters(**filters)))


def ids(server):
    return [json.loads(body)["decision"]["id"] for _, body in server.got]


def test_a_decision_arrives_signed(server):
    _, secret = subscribed(server.url)
    decision = issued()
    tell()
    assert send() == 1
    headers, body = server.got[0]
    example().verify(headers["Pinzhi-Signature"], body, [secret], T0.timestamp())
    event = json.loads(body)
    assert event["decision"]["id"] == decision.id
    assert event["event"] == "decision.issued"
    assert headers["Pinzhi-Event-Id"] == event["id"]
    assert (Dispatch.objects.get().state, Attempt.objects.get().status) == ("done", 200)
    assert send() == 0


@pytest.mark.parametrize("change", ["body", "time", "secret", "header", "old"])
def test_the_example_refuses_what_is_not_authentic(change):
    receiver = example()
    from pinzhi.decisions.rules.webhooks import signature

    header, body, secret, now = signature([b"s"], 1000, b"{}"), b"{}", "s", 1000
    if change == "body":
        body = b"{ }"
    elif change == "time":
        header = header.replace("t=1000", "t=1001")
    elif change == "secret":
        secret = "other"
    elif change == "header":
        header = "t=,v1"
    else:
        now = 2000
    with pytest.raises(receiver.NotAuthenticError):
        receiver.verify(header, body, [secret], now)


def test_the_example_receiver_takes_the_whole_story_once(open_networks, tmp_path, capsys):
    receiver = example()
    store, secrets = receiver.Store(str(tmp_path / "r.sqlite3")), []
    with serving(receiver.handler(store, secrets)) as server:
        moment = clock.now()
        row, secret = at(moment, lambda: subscriptions.subscribe(ADMIN, name="m", url=server.url))
        secrets.append(secret)
        decision = issued(at=moment)
        tell(moment)
        assert send(moment) == 1
        assert store.in_force("listing:L-1") == ["restrict"]
        with act("x", RULE, now=moment) as a:
            actions.lift(a, decision.id, WHY)
        tell(moment)
        assert send(moment) == 1
        assert store.in_force("listing:L-1") == []
        assert at(moment, lambda: subscriptions.replay(ADMIN, row, after=0)) == 2
        assert send(moment) == 2
        assert store.in_force("listing:L-1") == []
        secrets[:] = ["another"]
        at(moment, lambda: subscriptions.replay(ADMIN, row, after=0))
        send(moment)
    assert Dispatch.objects.filter(state="done").count() == 4
    assert Attempt.objects.filter(status=400).count() == 1
    assert "known already" not in capsys.readouterr().out


def test_failures_are_tried_again_later_and_later(server):
    subscribed(server.url)
    issued()
    tell()
    server.script = [500, 500, 503]
    moment, waits = T0, []
    for _ in range(4):
        assert send(moment) == 1
        assert send(moment) == 0
        row = Dispatch.objects.get()
        if row.state == "waiting":
            waits.append((row.due - moment).total_seconds())
            moment = row.due
    assert row.state == "done"
    assert [round(w / s) for w, s in zip(waits, (5, 20, 80), strict=True)] == [1, 1, 1]
    assert list(Attempt.objects.order_by("number").values_list("status", flat=True)) == [500, 500, 503, 200]
    assert len({body for _, body in server.got}) == 1


def test_the_last_try_leaves_it_dead_and_a_person_can_resend(server):
    subscribed(server.url)
    issued()
    tell()
    server.script = [500] * webhook_policy().attempts
    moment = T0
    while (row := Dispatch.objects.get()).state == "waiting":
        moment = max(moment, row.due)
        assert send(moment) == 1
    assert (row.state, row.attempts) == ("dead", webhook_policy().attempts)
    assert send(moment + timedelta(days=9)) == 0
    at(moment, lambda: subscriptions.resend(ADMIN, row))
    assert send(moment) == 1
    assert Dispatch.objects.get().state == "done"
    assert Attempt.objects.count() == webhook_policy().attempts + 1


def test_order_holds_per_subject_and_other_subjects_do_not_wait(server):
    subscribed(server.url)
    first, second = issued(), issued(effect=Effect.DELIST)
    other = issued(subject=MERCHANT)
    tell()
    server.script = [500]
    send()
    assert ids(server) == [first.id, other.id]
    send(T0 + timedelta(minutes=1))
    assert ids(server) == [first.id, other.id, first.id, second.id]


def test_an_address_that_does_not_answer_rests_whole(open_networks):
    with serving() as gone:
        url = gone.url
    subscribed(url)
    issued()
    issued(subject=MERCHANT)
    tell()
    assert send() == 1
    row = Subscription.objects.get()
    assert (row.failures, Attempt.objects.get().error) == (1, "connection")
    assert row.rest_until > T0
    assert Dispatch.objects.filter(attempts=0).count() == 1


def test_an_answer_after_the_rest_clears_it(server):
    subscribed(server.url)
    issued()
    tell()
    server.script = [429]
    send()
    rest = Subscription.objects.get().rest_until
    assert send(rest) == 1
    row = Subscription.objects.get()
    assert (row.failures, row.rest_until, Dispatch.objects.get().state) == (0, None, "done")


def test_a_receiver_that_hangs_is_cut_off(server):
    server.script = ["hang"]
    outcome = sending.post(server.url, b"{}", {}, timeout=0.2)
    assert outcome == sending.Outcome(0, "timeout")


def test_redirects_are_not_followed(server):
    with serving() as inside:
        server.elsewhere = inside.url
        server.script = [302]
        assert sending.post(server.url, b"{}", {}, timeout=5).status == 302
        assert inside.got == []


def test_a_receiver_that_is_gone_pauses_the_subscription_and_resuming_sends_what_was_missed(server):
    row, _ = subscribed(server.url)
    first = issued()
    tell()
    server.script = [410]
    send()
    row.refresh_from_db()
    assert (row.active, row.paused_why) == (False, "the receiver answered 410 Gone")
    second = issued(subject=MERCHANT)
    tell()
    assert Dispatch.objects.count() == 1
    assert at(T0, lambda: subscriptions.resume(ADMIN, row)) == 1
    send(T0 + timedelta(minutes=1))
    assert sorted(ids(server)) == sorted([first.id, first.id, second.id])


def test_filters(server):
    subscribed(server.url, effects=["delist"])
    subscribed(server.url, kinds=["merchant"])
    subscribed(server.url, subjects=["listing:L-1"])
    issued(), issued(effect=Effect.DELIST, source="monitoring:S2"), issued(subject=MERCHANT)
    tell()
    assert Dispatch.objects.count() == 4


def test_what_was_before_the_subscription_comes_only_by_replay(server):
    old = issued()
    tell()
    row, _ = subscribed(server.url)
    tell()
    assert send() == 0
    assert at(T0, lambda: subscriptions.replay(ADMIN, row, after=0)) == 1
    send()
    assert ids(server) == [old.id]
    with pytest.raises(RefusedError, match="cursor_not_valid"):
        subscriptions.replay(ADMIN, row, after=5, until=4)


def test_both_secrets_sign_while_a_rotation_lasts(server):
    row, old = subscribed(server.url)
    new = at(T0, lambda: subscriptions.rotate(ADMIN, row))
    issued()
    tell()
    send()
    headers, body = server.got[0]
    for secret in (old, new):
        example().verify(headers["Pinzhi-Signature"], body, [secret], T0.timestamp())
    later = T0 + timedelta(hours=webhook_policy().secret_overlap_hours)
    row.refresh_from_db()
    assert webhooks.valid_secrets(row, later) == [new.encode()]


def test_secrets_are_not_in_the_database_in_clear(server):
    row, secret = subscribed(server.url)
    assert secret.startswith("whsec_")
    assert secret not in row.secret
    assert webhooks.valid_secrets(row, T0) == [secret.encode()]


def test_a_name_that_leads_inside_is_refused_whatever_it_led_to_before():
    def inside(host, port):
        return ["93.184.216.34", "10.0.0.7"]

    assert sending.post("https://hooks.example.com/", b"", {}, timeout=1, look_up=inside).error == (
        "webhook_address_refused"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://localhost/", "http://[::1]/", "gopher://x/"])
def test_private_addresses_are_refused_at_subscription(url):
    with pytest.raises(RefusedError, match="webhook_address_refused"):
        subscriptions.subscribe(ADMIN, name="x", url=url)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "filters", [{"effects": ["destroy"]}, {"kinds": ["planet"]}, {"subjects": ["listing"]}, {"subjects": ["x:y"]}]
)
def test_unknown_filters_are_refused_by_name(filters):
    with pytest.raises(RefusedError, match="filter_unknown"):
        subscriptions.subscribe(ADMIN, name="x", url="https://example.com/", filters=Filters(**filters))


def test_only_administrators_subscribe_and_every_change_leaves_a_line(server):
    analyst = Actor("person", "person:analyst", None, frozenset({Role.ANALYST}))
    with pytest.raises(RefusedError, match="not_permitted"):
        subscriptions.subscribe(analyst, name="x", url=server.url)
    row, _ = subscribed(server.url)
    subscriptions.change(ADMIN, row, name="renamed", url=server.url + "/2", filters=Filters(kinds=["listing"]))
    subscriptions.pause(ADMIN, row)
    row.refresh_from_db()
    assert (row.name, row.active, row.kinds) == ("renamed", False, ["listing"])
    subscriptions.end(ADMIN, row)
    assert list(AuditLine.objects.values_list("outcome", flat=True)) == ["refused", "done", "done", "done", "done"]


def test_queueing_twice_sends_once(server):
    subscribed(server.url)
    issued()
    step = queries.steps()[0]
    webhooks.queue_step(step, T0)
    webhooks.queue_step(step, T0)
    tell()
    assert Dispatch.objects.count() == 1


def test_two_senders_do_not_send_the_same(server):
    subscribed(server.url)
    issued()
    tell()
    inner = []

    def slow(*args, **more):
        inner.append(webhooks.send_due())
        return sending.post(*args, **more)

    assert at(T0, lambda: webhooks.send_due(post=slow)) == 1
    assert inner == [0]
    assert len(server.got) == 1


def test_old_dispatches_are_forgotten(server):
    subscribed(server.url)
    issued()
    tell()
    send()
    assert webhooks.forget(T0 + timedelta(days=89)) == 0
    assert webhooks.counts() == {"waiting": 0, "done": 1, "dead": 0}
    assert webhooks.forget(T0 + timedelta(days=91)) == 1


def test_the_state_of_each_subscription_and_when_it_is_called_silent(server):
    row, _ = subscribed(server.url)
    issued()
    tell()
    server.script = [500]
    send()
    (one,) = deliveries(T0 + timedelta(minutes=59))
    assert (one.last_success, one.waiting, one.dead, one.waiting_since, one.silent) == (None, 1, 0, T0, False)
    assert one.next_attempt == Dispatch.objects.get().due
    assert deliveries(T0 + timedelta(minutes=60))[0].silent
    at(T0, lambda: subscriptions.pause(ADMIN, row))
    assert not deliveries(T0 + timedelta(hours=5))[0].silent
    at(T0, lambda: subscriptions.resume(ADMIN, row))
    later = T0 + timedelta(hours=2)
    assert send(later) == 1
    (one,) = deliveries(later + timedelta(days=3))
    assert (one.last_success, one.waiting, one.next_attempt, one.silent) == (later, 0, None, False)
