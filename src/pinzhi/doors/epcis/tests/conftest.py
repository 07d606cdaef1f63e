"""A client with tokens of the platform and of two merchants, and the moment of the chain's story."""

import json

import pytest

from pinzhi.kernel import clock
from pinzhi.life.tracing.tests.chains import NOW
from pinzhi.people import tokens
from pinzhi.people.models import Organisation
from pinzhi.people.roles import Actor

HOUSE = Actor.system("test")
BOTH = ["tracing:read", "tracing:write"]


@pytest.fixture(autouse=True)
def in_november(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


class Caller:
    """One token at the door."""

    def __init__(self, client, token):
        self.client, self.headers = client, {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def get(self, path, **headers):
        return self.client.get(f"/epcis/{path}", **self.headers, **headers)

    def post(self, path, body, kind="application/ld+json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/epcis/{path}", data, content_type=kind, **self.headers, **headers)

    def delete(self, path):
        return self.client.delete(f"/epcis/{path}", **self.headers)

    def job(self, answer):
        assert answer.status_code == 202, answer.content
        return self.client.get(answer["Location"], **self.headers).json()

    def events(self, query="", **headers):
        answer = self.get(f"events{query}", **headers)
        assert answer.status_code == 200, answer.content
        return listed(answer)


def listed(answer):
    return answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def token_of(merchant="", scopes=None, name="x"):
    organisation = Organisation.objects.create(name=f"{merchant or name}", merchant_id=merchant)
    return tokens.make(HOUSE, name="epcis", scopes=scopes or BOTH, organisation=organisation)[1]


@pytest.fixture
def platform(client, db):
    return Caller(client, token_of(name="platform"))


@pytest.fixture
def m1(client, db):
    return Caller(client, token_of("M1"))


@pytest.fixture
def m2(client, db):
    return Caller(client, token_of("M2"))
