"""Through the real login page: lock-out, no enumeration, the second factor."""

import base64
import hashlib
import hmac
import re
import struct
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse

from pinzhi.kernel import clock
from pinzhi.kernel.clock import frozen_at
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people import actions, lockout
from pinzhi.people.models import AuditLine, FailedLogins
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
RIGHT = "a long pass sentence 1"


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    cache.clear()
    settings.SECOND_FACTOR_REQUIRED = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, these tests are not about it


@pytest.fixture
def ana():
    account, secret = actions.add(HOUSE, "ana", frozenset({Role.ANALYST}))
    actions.accept(secret, RIGHT)
    return account


def log_in(client, name="ana", password=RIGHT):
    client.cookies["django_language"] = "en"
    return client.post(reverse("account_login"), {"login": name, "password": password})


def code(secret, step=0):
    """RFC 6238 with the usual 30 s, SHA-1 and six digits, written from the standard."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 10**6:06}"


def said(answer):
    """The page without what differs by itself: the typed name and the tokens."""
    text = re.sub(r'value="[^"]*"', "", answer.content.decode())
    return re.sub(r'data-csrf="[^"]*"|nonce="[^"]*"', "", text)


def guess(client, name, times):
    return [log_in(client, name, f"wrong {n}") for n in range(times)]


@pytest.mark.parametrize(
    ("wrong", "seconds"), [(0, None), (4, None), (5, 60), (6, 120), (10, 1920), (11, 3600), (99, 3600)]
)
def test_each_wrong_try_locks_for_longer(wrong, seconds):
    span = lockout.lock_after(wrong)
    assert (span.total_seconds() if span else None) == seconds


def test_the_right_password_does_not_help_while_the_name_is_locked(client, ana):
    guess(client, "ana", 5)
    assert log_in(client).status_code == 200
    assert "_auth_user_id" not in client.session
    with frozen_at(clock.now() + timedelta(seconds=61)):
        assert log_in(client).status_code == 302
    assert client.session["_auth_user_id"] == str(ana.pk)
    assert not FailedLogins.objects.exists()


def test_lock_out_outlives_the_cache_and_case_and_width_are_no_way_around(client, ana):
    guess(client, "ana", 3)
    cache.clear()
    guess(client, "ANA", 1)
    guess(client, "ａｎａ ", 1)
    assert FailedLogins.objects.get().count == 5
    log_in(client)
    assert "_auth_user_id" not in client.session


def test_a_lock_leaves_an_audit_line_without_the_name(client, ana):
    guess(client, "ana", 5)
    guess(client, "nobody", 5)
    mine, nobodys = AuditLine.objects.filter(verb="people.lock").order_by("id")
    assert (mine.subject_kind, mine.subject_id, mine.outcome) == ("account", str(ana.pseudonym), "done")
    assert nobodys.subject_id == ""
    assert mine.note.startswith("password try 5 name:")
    assert "nobody" not in nobodys.note


def test_nothing_tells_whether_a_name_exists(client, ana):
    known, unknown = guess(client, "ana", 6), guess(client, "nobody", 6)
    assert [said(a) for a in known] == [said(a) for a in unknown]
    assert [a.status_code for a in known] == [a.status_code for a in unknown]
    assert said(known[0]) != said(known[5])


def test_a_right_password_wipes_the_wrong_ones(client, ana):
    guess(client, "ana", 4)
    assert log_in(client).status_code == 302
    client.logout()
    guess(client, "ana", 4)
    assert log_in(client).status_code == 302


def test_an_administrator_unlocks(client, ana):
    guess(client, "ana", 5)
    with pytest.raises(RefusedError, match=r"^not_permitted:"):
        lockout.unlock(Actor("person", "person:analyst", None, frozenset({Role.ANALYST})), "ana")
    assert FailedLogins.objects.exists()
    lockout.unlock(HOUSE, "ana")
    assert log_in(client).status_code == 302


def set_up(client):
    """As a person does it: his password once more, then the code that his app shows."""
    asked = client.get(reverse("mfa_activate_totp"))["Location"]
    assert asked.startswith(reverse("account_reauthenticate"))
    assert client.post(asked, {"password": RIGHT})["Location"] == reverse("mfa_activate_totp")
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    assert "<script" not in re.sub(r"<script[^>]* src=", "", page.content.decode())
    secret = client.session["mfa.totp.secret"]
    assert client.post(reverse("mfa_activate_totp"), {"code": code(secret)}).status_code == 302
    cache.clear()  # the code just used may be used again in this test
    return secret


def test_staff_set_up_a_second_factor_and_are_asked_for_it_from_then_on(client, ana):
    assert log_in(client)["Location"] == "/"  # which leads on by role
    for address in ("/console/", "/console/cases/", "/", reverse("account_change_password")):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index")), address
    part = client.get("/console/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, reverse("mfa_index"))
    assert client.get(reverse("mfa_index")).status_code == 200
    secret = set_up(client)
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    assert client.get("/")["Location"] == "/console/"
    assert client.get("/console/").status_code == 200
    client.logout()
    assert log_in(client)["Location"] == reverse("mfa_authenticate")
    assert client.get("/console/").status_code == 302
    assert client.post(reverse("mfa_authenticate"), {"code": code(secret)})["Location"] == "/"
    assert client.get("/console/").status_code == 200


def test_codes_cannot_be_guessed_either(client, ana):
    log_in(client)
    secret = set_up(client)
    client.logout()
    log_in(client)
    for _ in range(5):
        assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": code(secret)}).status_code == 200
    assert "_auth_user_id" not in client.session
    assert AuditLine.objects.filter(verb="people.lock", note__startswith="factor").count() == 1


def test_recovery_codes_alone_are_no_second_factor(client, ana):
    Authenticator.objects.create(user=ana, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    log_in(client)
    assert client.get("/console/")["Location"] == reverse("mfa_index")


def test_programs_and_probes_are_not_concerned(client, ana):
    log_in(client)
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/openapi.json").status_code == 200
    assert client.get("/api/v1/decisions").status_code == 401


def test_without_the_setting_nobody_is_sent_anywhere(client, ana, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    log_in(client)
    assert client.get("/console/").status_code == 200


def test_nobody_signs_himself_up(client):
    answer = client.post(reverse("account_signup"), {"username": "eve", "password1": RIGHT, "password2": RIGHT})
    assert answer.status_code in (200, 302)
    from pinzhi.people.models import Account

    assert not Account.objects.exists()
