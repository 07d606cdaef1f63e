"""`pinzhi people` as an operator and a script see it."""

import json

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main
from pinzhi.people.models import Account, ApiToken
from pinzhi.people.tokens import recognise

pytestmark = pytest.mark.django_db


def answer(*arguments, code=0):
    result = CliRunner().invoke(main, ["people", *arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_an_account_from_nothing_to_a_password():
    made = answer("add", "ana", "--role", "analyst", "--role", "manager")
    assert made["roles"] == ["analyst", "manager"]
    answer("accept", made["invitation"], "--password", "a long pass sentence 1")
    assert Account.objects.get().check_password("a long pass sentence 1")
    answer("role", "ana", "--role", "manager", "--take-away")
    assert answer("list") == [{"username": "ana", "active": True, "roles": ["analyst"]}]


def test_unknown_roles_accounts_and_organisations_are_refused():
    assert answer("add", "ana", "--role", "king", code=1)["refused"]["code"] == "role_unknown"
    assert answer("role", "ana", "--role", "analyst", code=1)["refused"]["code"] == "account_unknown"
    no = answer("add", "ana", "--role", "merchant", "--organisation", "nobody", code=1)
    assert no["refused"]["code"] == "organisation_unknown"
    assert not Account.objects.exists()


def test_a_token_is_shown_once_and_can_be_ended():
    made = answer("token", "make", "shop", "--scope", "events:write")
    assert recognise(made["token"]).scopes == {"events:write"}
    (listed,) = answer("token", "list")
    assert made["token"] not in json.dumps(listed)
    answer("token", "revoke", made["prefix"])
    assert ApiToken.objects.get().revoked_at is not None
