"""Named queries and subscriptions: new events reach a real receiver once each, whatever dies or answers in between; nobody touches another's."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pinzhi.decisions import sending
from pinzhi.doors.epcis.tests.conftest import Caller, listed, token_of
from pinzhi.kernel import clock
from pinzhi.life.tracing import subscribing
from pinzhi.life.tracing.models import Event
from pinzhi.life.tracing.models_queries import Query, QuerySubscription
from pinzhi.life.tracing.tests.chains import FACTORY, NOW, SHOP, document, made, seen, unit
from pinzhi.people.models import AuditLine

pytestmark = pytest.mark.django_db
SOLD = {"name": "sold", "query": {"EQ_bizStep": ["retail_selling"]}}


def sale(n, place=SHOP):
    return seen(5, [unit(f"S{n}")], "retail_selling", place) | {"eventID": f"urn:uuid:s{n}"}


class Receiver(BaseHTTPRequestHandler):
    """Answers with the statuses of the script, then 200."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.script.pop(0) if self.server.script else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def listening(*script):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.script, server.got = list(script), []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(autouse=True)
def loopback_allowed(monkeypatch):
    monkeypatch.setenv("PINZHI_WEBHOOK_PRIVATE", "1")


def at(server):
    return f"http://127.0.0.1:{server.server_address[1]}/epcis"


def ids(server):
    """The ids of each delivery's events."""
    return [
        [
            e["eventID"].removeprefix("urn:uuid:")
            for e in json.loads(body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        ]
        for _, body in server.got
    ]


def later(monkeypatch, **more):
    moment = clock.now() + timedelta(**more)
    monkeypatch.setattr(clock, "now", lambda: moment)


def subscribed(caller, server, **wanted):
    caller.post("queries", SOLD)
    answer = caller.post("queries/sold/subscriptions", {"dest": at(server), "stream": True} | wanted)
    assert answer.status_code == 201, answer.content
    return answer.json()["subscriptionID"]


def drain():
    while subscribing.send_due():
        pass


def test_a_query_is_kept_asked_and_ended(platform):
    platform.post("capture", document(sale(1), made(1, [unit("A1")])))
    answer = platform.post("queries", SOLD)
    assert (answer.status_code, answer["Location"]) == (201, "/epcis/queries/sold")
    assert platform.get("queries").json() == [
        {"name": "sold", "createdAt": "2026-11-20T00:00:00.000Z", "query": SOLD["query"]}
    ]
    found = platform.get("queries/sold/events")
    assert found.json()["epcisBody"]["queryResults"]["queryName"] == "sold"
    assert [e["eventID"] for e in listed(found)] == ["urn:uuid:s1"]
    assert platform.get("queries/sold/events?EQ_action=ADD").status_code == 400
    assert platform.delete("queries/sold").status_code == 204
    assert platform.get("queries/sold").status_code == 404
    assert AuditLine.objects.filter(verb="tracing.subscribe", outcome="done").count() == 2


def test_every_event_is_delivered_once_in_the_order_of_capture(platform):
    platform.post("capture", document(sale(0)))
    with listening() as server:
        subscribed(platform, server)
        drain()
        assert server.got == []
        platform.post("capture", document(sale(2), made(1, [unit("A1")]), sale(1)))
        drain()
        drain()
        platform.post("capture", document(sale(1), sale(3)))
        drain()
        assert ids(server) == [["s2", "s1"], ["s3"]]
        head = json.loads(server.got[0][1])
        assert head["type"] == "EPCISQueryDocument"
        assert head["epcisBody"]["queryResults"]["queryName"] == "sold"


def test_the_receiver_can_check_who_sent_it(platform):
    with listening() as server:
        subscribed(platform, server, signatureToken="s3cret")
        platform.post("capture", document(sale(1)))
        drain()
        headers, body = server.got[0]
        wanted = base64.b64encode(hmac.new(b"s3cret", body, hashlib.sha256).digest()).decode()
        assert (headers["GS1-Signature"], headers["GS1-EPCIS-Version"]) == (wanted, "2.0.0")
        assert "s3cret" not in QuerySubscription.objects.get().secret
        assert "s3cret" not in platform.get("queries/sold/subscriptions").content.decode()


def test_what_is_refused_or_unheard_comes_again_the_same_and_nothing_is_lost(platform, monkeypatch):
    with listening(500, 503) as server:
        subscribed(platform, server)
        platform.post("capture", document(sale(1)))
        drain()
        platform.post("capture", document(sale(2)))
        drain()
        assert ids(server) == [["s1"]]
        for _ in range(3):
            later(monkeypatch, hours=3)
            drain()
        assert ids(server) == [["s1"], ["s1"], ["s1"], ["s2"]]
        marks = [headers["Pinzhi-Event-Id"] for headers, _ in server.got]
        assert (marks[0] == marks[1] == marks[2], marks[3] != marks[0]) == (True, True)
        row = QuerySubscription.objects.get()
        assert (row.failures, row.cursor, row.upto) == (0, Event.objects.latest("pk").pk, None)


def test_a_sender_that_dies_after_the_answer_sends_the_same_delivery_again(platform, monkeypatch):
    """At least once is all that two machines can promise; the id tells the receiver that it has the delivery already."""
    with listening() as server:
        subscribed(platform, server)
        platform.post("capture", document(sale(1)))

        def killed(*given, **named):
            sending.post(*given, **named)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            subscribing.send_due(post=killed)
        platform.post("capture", document(sale(2)))
        drain()
        assert ids(server) == [["s1"]]
        later(monkeypatch, hours=1)
        drain()
        assert ids(server) == [["s1"], ["s1"], ["s2"]]
        marks = [headers["Pinzhi-Event-Id"] for headers, _ in server.got]
        assert (marks[0] == marks[1], len(set(marks))) == (True, 2)


def test_two_senders_do_not_send_the_same(platform):
    with listening() as server:
        subscribed(platform, server)
        platform.post("capture", document(sale(1)))

        def meanwhile(*given, **named):
            assert subscribing.send_due() == 0
            return sending.post(*given, **named)

        assert subscribing.send_due(post=meanwhile) == 1
        assert ids(server) == [["s1"]]


def test_many_events_go_in_parts(platform, monkeypatch):
    monkeypatch.setattr(subscribing, "IN_ONE_DELIVERY", 3)
    with listening() as server:
        subscribed(platform, server)
        platform.post("capture", document(*(made(n, [unit(f"A{n}")]) for n in range(4)), *(sale(n) for n in range(4))))
        drain()
        assert ids(server) == [["s0", "s1", "s2"], ["s3"]]


def test_from_an_earlier_moment_on(platform, monkeypatch):
    platform.post("capture", document(sale(1)))
    later(monkeypatch, hours=1)
    since = clock.now().isoformat()
    platform.post("capture", document(sale(2)))
    with listening() as server:
        subscribed(platform, server, initialRecordTime=since)
        drain()
        assert ids(server) == [["s2"]]


def test_a_schedule_sends_at_its_times_and_may_report_nothing(platform, monkeypatch):
    with listening() as server:
        subscribed(platform, server, stream=False, schedule={"hour": "1", "minute": "5"}, reportIfEmpty=True)
        platform.post("capture", document(sale(1)))
        drain()
        assert server.got == []
        assert QuerySubscription.objects.get().due.isoformat() == "2026-11-20T17:05:00+00:00"
        later(monkeypatch, hours=18)
        drain()
        later(monkeypatch, hours=24)
        drain()
        assert ids(server) == [["s1"], []]


def test_without_a_report_of_nothing_nothing_is_sent(platform, monkeypatch):
    with listening() as server:
        subscribed(platform, server, stream=False, schedule={"minute": "30"})
        later(monkeypatch, hours=2)
        drain()
        assert server.got == []
        assert QuerySubscription.objects.get().due > clock.now()


def test_a_receiver_that_is_gone_is_left_alone(platform, monkeypatch):
    with listening(410) as server:
        subscribed(platform, server)
        platform.post("capture", document(sale(1)))
        drain()
        later(monkeypatch, days=1)
        drain()
        assert len(server.got) == 1
        (row,) = platform.get("queries/sold/subscriptions").json()
        assert (row["active"], row["lastError"]) == (False, "410")


def test_a_merchant_is_told_of_its_own_events_only(m1, m2):
    with listening() as server:
        subscribed(m1, server)
        m2.post("capture", document(sale(1)))
        m1.post("capture", document(sale(2)))
        drain()
        assert ids(server) == [["s2"]]


def test_an_address_of_our_own_network_is_refused(platform, monkeypatch):
    monkeypatch.delenv("PINZHI_WEBHOOK_PRIVATE")
    platform.post("queries", SOLD)
    for dest in ("http://127.0.0.1:9000/", "http://169.254.169.254/latest", "ftp://example.org/", "http://localhost/"):
        told = platform.post("queries/sold/subscriptions", {"dest": dest, "stream": True})
        assert (told.status_code, told.json()["type"]) == (400, "epcisException:SubscriptionControlsException")
    assert not QuerySubscription.objects.exists()


SUBSCRIPTIONS = {
    "neither": {},
    "both": {"stream": True, "schedule": {"hour": "1"}},
    "no time table": {"schedule": {"week": "1"}},
    "empty": {"schedule": {}},
    "out of range": {"schedule": {"hour": "24"}},
    "backwards": {"schedule": {"minute": "[30-10]"}},
    "never": {"schedule": {"dayOfMonth": "30", "month": "2"}},
    "a word": {"stream": "yes"},
    "no time": {"stream": True, "initialRecordTime": "yesterday"},
    "no address": {"stream": True, "dest": None},
    "unknown": {"stream": True, "secret": "x"},
}


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
def test_a_subscription_that_makes_no_sense_is_refused(platform, name):
    platform.post("queries", SOLD)
    told = platform.post("queries/sold/subscriptions", {"dest": "http://127.0.0.1:9999/"} | SUBSCRIPTIONS[name])
    assert (told.status_code, told.json()["code"]) == (400, "subscription_invalid")
    assert not QuerySubscription.objects.exists()


QUERIES = {
    "no name": ({"query": {}}, 400, "query_invalid"),
    "a slash": ({"name": "a/b", "query": {}}, 400, "query_invalid"),
    "no query": ({"name": "q"}, 400, "query_invalid"),
    "a list": ([], 400, "query_invalid"),
    "no JSON": (b"{", 400, "query_invalid"),
    "more": ({"name": "q", "query": {}, "owner": "M1"}, 400, "query_invalid"),
    "unknown parameter": ({"name": "q", "query": {"EQ_bizSteps": ["x"]}}, 400, "query_parameter_unknown"),
    "an object for a value": ({"name": "q", "query": {"EQ_bizStep": {"a": 1}}}, 400, "query_parameter_invalid"),
    "the name again": (SOLD, 409, "query_exists"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_makes_no_sense_is_refused(platform, name):
    platform.post("queries", SOLD)
    body, status, code = QUERIES[name]
    told = platform.post("queries", body)
    assert (told.status_code, told.json()["code"], Query.objects.count()) == (status, code, 1)


def test_queries_and_subscriptions_belong_to_an_organisation(client, platform, m1, m2):
    with listening() as server:
        mine = subscribed(m1, server)
    for path in (
        "queries/sold",
        "queries/sold/events",
        "queries/sold/subscriptions",
        f"queries/sold/subscriptions/{mine}",
    ):
        assert (m1.get(path).status_code, m2.get(path).status_code, platform.get(path).status_code) == (200, 404, 404)
    for path in ("queries/sold", f"queries/sold/subscriptions/{mine}"):
        assert (m2.delete(path).status_code, platform.delete(path).status_code) == (404, 404)
    assert m2.post("queries", SOLD).status_code == 201
    assert m2.get(f"queries/sold/subscriptions/{mine}").status_code == 404
    writer = Caller(client, token_of(name="writer", scopes=["tracing:write"]))
    assert writer.post("queries", SOLD).status_code == 403
    assert m1.delete(f"queries/sold/subscriptions/{mine}").status_code == 204
    assert m1.get("queries/sold/subscriptions").json() == []


def test_the_whole_way(platform):
    """Captured, its job asked, found by a query, sent to the subscriber, and on the ledger."""
    with listening() as server:
        subscribed(platform, server)
        job = platform.job(platform.post("capture", document(sale(1, FACTORY), sale(2))))
        assert (job["success"], job["accepted"]) == (True, 2)
        drain()
        assert ids(server) == [["s1", "s2"]]
        assert [e["eventID"] for e in listed(platform.get("queries/sold/events"))] == ["urn:uuid:s1", "urn:uuid:s2"]
        assert QuerySubscription.objects.get().last_at == NOW
