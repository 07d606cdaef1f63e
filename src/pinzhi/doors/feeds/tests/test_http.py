"""`POST /api/v1/events`: every type once, durable, exactly once, with permission; every «no» a problem document."""

import gzip
import io
import json
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.models import FactRow
from pinzhi.people import tokens
from pinzhi.people.models import Organisation
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"


@pytest.fixture
def token():
    return tokens.make(HOUSE, name="feed", scopes=["events:write"])[1]


def event(n, **more):
    base = {"event_id": f"e{n}", "kind": "sale", "at": "2026-05-03T10:00:00+08:00"}
    return base | {"listing_id": "L1", "merchant_id": "M1", "category": "童装"} | more


def ndjson(rows):
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode()


def arrow(rows):
    table, out = pa.Table.from_pylist(rows), io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def parquet(rows):
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


BODIES = {
    "application/json": lambda rows: json.dumps(rows).encode(),
    "application/x-ndjson": ndjson,
    "application/vnd.apache.arrow.stream": arrow,
    "application/vnd.apache.parquet": parquet,
}


def post(client, body, kind="application/x-ndjson", token="", query="?source=shop", **headers):
    if token:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client.post(f"/api/v1/events{query}", body, content_type=kind, **headers)


@pytest.mark.parametrize("kind", BODIES)
def test_every_type_is_stored_once_and_said_once(client, token, kind):
    body = BODIES[kind]([event(1), event(2), event(3, kind="gift")])
    first, again = (post(client, body, kind, token) for _ in range(2))
    assert first.status_code == again.status_code == 200
    answer = first.json()
    assert (answer["accepted"], answer["duplicate"], answer["refused_count"]) == (2, 0, 1)
    assert [(r["line"], r["field"], r["code"]) for r in answer["refused"]] == [(3, "kind", "kind_unknown")]
    assert answer["refused"][0]["remedy"]
    assert (again.json()["accepted"], again.json()["duplicate"]) == (0, 2)
    assert open_store().count() == 2
    facts = FactRow.objects.filter(name="EventsAccepted")
    assert [(f.subject_id, f.payload["accepted"], f.payload["refused"]) for f in facts] == [("shop", 2, 1)]


def test_types_agree_with_each_other(client, token):
    for kind, make in BODIES.items():
        got = post(client, make([event(1, amount="12.50", quantity=2)]), kind, token).json()
        assert (got["accepted"] + got["duplicate"], got["refused"]) == (1, [])
    assert open_store().count() == 1


def test_a_changed_event_is_refused_and_the_first_stays(client, token):
    post(client, ndjson([event(1)]), token=token)
    got = post(client, ndjson([event(1, quantity=9), event(2)]), token=token).json()
    assert (got["accepted"], got["refused"][0]["code"], got["refused"][0]["line"]) == (1, "event_id_conflict", 1)


def test_a_packed_body_is_unpacked_up_to_the_limit_only(client, token, settings):
    body = gzip.compress(ndjson([event(1)]))
    assert post(client, body, token=token, HTTP_CONTENT_ENCODING="gzip").json()["accepted"] == 1
    settings.FEED_BODY_BYTES = 100_000
    bomb = gzip.compress(b" " * 10_000_000)
    told = post(client, bomb, token=token, HTTP_CONTENT_ENCODING="gzip")
    assert (told.status_code, told.json()["code"]) == (413, "body_too_large")
    cut = post(client, zlib.compress(ndjson([event(2)]))[:-9], token=token, HTTP_CONTENT_ENCODING="deflate")
    assert (cut.status_code, cut.json()["code"]) == (422, "body_damaged")


NOES = {
    "too_large": (b"x" * 2_000, "application/x-ndjson", {}, 413, "body_too_large"),
    "csv": (b"a,b", "text/csv", {}, 415, "media_type_unknown"),
    "packing": (b"{}", "application/json", {"HTTP_CONTENT_ENCODING": "br"}, 415, "content_encoding_unknown"),
    "no gzip": (b"{}", "application/json", {"HTTP_CONTENT_ENCODING": "gzip"}, 422, "body_damaged"),
    "empty": (b" ", "application/json", {}, 422, "file_empty"),
    "no json": (b"[{]", "application/json", {}, 422, "json_invalid"),
    "no parquet": (b"PAR1", "application/vnd.apache.parquet", {}, 422, "parquet_unreadable"),
    "no arrow": (b"ARROW1\0\0cut", "application/vnd.apache.arrow.stream", {}, 422, "file_truncated"),
    "columns": (b'{"event_id":"e1"}\n{"event_id":"e2"}\n', "application/x-ndjson", {}, 422, "column_missing"),
}


@pytest.mark.parametrize("name", NOES)
def test_every_no_is_a_problem_document_and_nothing_is_stored(client, token, settings, name):
    body, kind, headers, status, code = NOES[name]
    settings.FEED_BODY_BYTES = 1_000
    told = post(client, body, kind, token, **headers)
    assert (told.status_code, told.headers["Content-Type"]) == (status, "application/problem+json")
    assert told.json()["code"] == code
    assert told.json()["remedy"]
    assert open_store().count() == 0


def test_who_may_send(client, token):
    other = tokens.make(HOUSE, name="reader", scopes=["decisions:read"])[1]
    assert post(client, b"[]").status_code == 401
    assert post(client, b"[]", token="pz_x_y").status_code == 401
    assert post(client, ndjson([event(1)]), token=other).json()["code"] == "scope_missing"
    got = client.get("/api/v1/events", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (got.status_code, got.headers["Allow"]) == (405, "POST")
    assert post(client, ndjson([event(1)]), token=token, query="?source=%00").json()["code"] == "source_name"
    assert open_store().count() == 0


def test_the_feed_is_the_organisations_and_a_merchant_speaks_of_itself_only(client):
    shop = Organisation.objects.create(name="shop", kind="marketplace")
    mine = Organisation.objects.create(name="M1", kind="merchant", merchant_id="M1")
    by_shop = [tokens.make(HOUSE, name="a", scopes=["events:write"], organisation=shop)[1] for _ in range(2)]
    answers = [post(client, ndjson([event(1)]), token=t, query="").json() for t in by_shop]
    assert [a["accepted"] for a in answers] == [1, 0]
    merchant = tokens.make(HOUSE, name="m", scopes=["events:write"], organisation=mine)[1]
    got = post(client, ndjson([event(1), event(2, merchant_id="M2")]), token=merchant).json()
    assert (got["accepted"], [(r["line"], r["code"]) for r in got["refused"]]) == (1, [(2, "merchant_not_yours")])
    sources = {r for t in open_store().events() for r in t.column("source").to_pylist()}
    assert sources == {f"organisation:{shop.pk}", "merchant:M1"}
