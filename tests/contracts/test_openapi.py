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
from hypothesis import HealthCheck, Phase, settings

from pinzhi.doors.api import access
from pinzhi.doors.api.access import Holder, Scope
from pinzhi.doors.api.interface import description
from pinzhi.people.models import Organisation
from pinzhi.people.roles import Actor, Role
from pinzhi.site.wsgi import application

SNAPSHOT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
CLIENT = Actor("token", "token:api_client", None, frozenset({Role.API_CLIENT}))
config = schemathesis.Config.from_dict({"seed": 20261125})
schema = schemathesis.openapi.from_dict(description(), config=config)
schema.app = application


@pytest.fixture
def one_token(monkeypatch, db):
    """A token that may everything, and a database connection that outlives the requests (Django's own test client does the same)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    organisation = Organisation.objects.create(name="market", kind="client")
    known = {"good": Holder(replace(CLIENT, organisation_id=organisation.pk), frozenset(Scope))}
    monkeypatch.setattr(access, "holder", lambda request, token: known.get(token))
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.slow
def test_every_answer_is_one_that_the_description_allows(case, one_token):
    case.call_and_validate(headers={"Authorization": "Bearer good"})


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
