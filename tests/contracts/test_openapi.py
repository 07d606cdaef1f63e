"""
The OpenAPI description against the running interface: Schemathesis invents requests, valid and not, and every answer must be one that the description
allows. A snapshot holds the description itself, so that a change of the contract is seen in review.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase
from hypothesis import settings as rounds

from pinzhi.doors.api import access, bulk
from pinzhi.doors.api.access import Holder, Scope
from pinzhi.doors.api.interface import description
from pinzhi.doors.feeds import http
from pinzhi.engine.intake.columns import EVENT_SCHEMA, KINDS, LONGEST, MOST_PIECES, REQUIRED
from pinzhi.people import tokens
from pinzhi.people.models import Organisation
from pinzhi.people.roles import Actor, Role
from pinzhi.site.wsgi import application

SNAPSHOT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
CLIENT = Actor("token", "token:api_client", None, frozenset({Role.API_CLIENT}))
config = schemathesis.Config.from_dict({"seed": 20261125})
schema = schemathesis.openapi.from_dict(description(), config=config)
schema.app = application


@schemathesis.serializer(*(t for t in bulk.BODIES if t != "application/json"))
def noise(context, value):
    """What the generator invents for a body of lines or columns, as bytes: none of it is a table, and every «no» must be a described one."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@pytest.fixture
def one_token(monkeypatch, db, settings, tmp_path):
    """A token that may everything, and a database connection that outlives the requests (Django's own test client does the same)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    organisation = Organisation.objects.create(name="market", kind="client")
    client = replace(CLIENT, organisation_id=organisation.pk, scopes=frozenset(Scope))
    known = {"good": Holder(client, frozenset(Scope))}
    monkeypatch.setattr(access, "holder", lambda request, token: known.get(token))
    recognise = tokens.recognise
    monkeypatch.setattr(tokens, "recognise", lambda token: client if token == "good" else recognise(token))
    settings.EVENT_STORE = tmp_path / "events"
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@rounds(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.slow
def test_every_answer_is_one_that_the_description_allows(case, one_token):
    # at the bulk door a bad row stands in the answer and does not refuse the others, so a body that breaks the description is no error as a whole,
    # and bytes that are no table are
    names = ("negative_data_rejection", "positive_data_acceptance") if case.path == bulk.PATH else ()
    beside = [schemathesis.checks.CHECKS.get_one(n) for n in names]
    case.call_and_validate(headers={"Authorization": "Bearer good"}, excluded_checks=beside)


def test_the_description_is_the_one_in_the_documentation():
    written = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(description()))
    assert now == written, "the contract has changed: review it, then `pinzhi docs write`"


def test_every_operation_asks_for_a_token_and_says_its_scope():
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            assert operation["security"], (method, path)
            assert "Scope: `" in operation["description"], (method, path)


def test_nothing_that_was_promised_has_gone(client):
    paths = set(description()["paths"])
    assert {"/api/v1/standing/{kind}/{id}", "/api/v1/decisions", "/api/v1/subscriptions"} <= paths
    assert client.get("/api/v1/openapi.json").json()["openapi"] == "3.1.0"


def test_the_bulk_door_is_described_as_it_is():
    operation = description()["paths"]["/api/v1/events"]["post"]
    assert set(operation["requestBody"]["content"]) == set(http.TYPES)
    assert {int(s) for s in operation["responses"]} == {200, 401, 403, 405, 422, *http.STATUS.values()}
    for status, answer in operation["responses"].items():
        assert list(answer["content"]) == ["application/json" if status == "200" else "application/problem+json"]
    assert operation["security"] == [{"BearerToken": ["events:write"]}]
    assert [p["name"] for p in operation["parameters"]] == ["source"]
    row = description()["components"]["schemas"]["EventIn"]
    assert list(row["properties"]) == EVENT_SCHEMA.names
    assert (row["required"], row["properties"]["kind"]["enum"]) == (list(REQUIRED), list(KINDS))
    assert row["properties"]["quantity"]["maximum"] == MOST_PIECES
    longest = {n: p["maxLength"] for n, p in row["properties"].items() if "maxLength" in p}
    assert longest == {n: v for n, v in LONGEST.items() if n != "kind"}
    assert description()["components"]["schemas"]["EventsTaken"]["properties"]["refused"]["maxItems"] == http.SHOWN
