"""Tokens, roles, invitations."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from pinzhi.engine.models import FactRow
from pinzhi.kernel.clock import frozen_at
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people import actions, queries, tokens
from pinzhi.people.models import Account, ApiToken, Grant, Organisation
from pinzhi.people.roles import Actor, Role

HOUSE = Actor.system("test")


def refused(code):
    return pytest.raises(RefusedError, match=f"^{code}:")


def request(token):
    return RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"} if token else {})


def test_a_token_is_kept_as_a_hash_and_recognised(db):
    shop = Organisation.objects.create(name="s", kind="merchant", merchant_id="M1")
    row, secret = tokens.make(HOUSE, name="n", scopes=["events:write"], organisation=shop)
    assert secret.split("_", 2)[2] not in str(ApiToken.objects.values().get())
    actor = tokens.authenticate(request(secret), "events:write")
    assert (actor.kind, actor.label, actor.merchant_id) == ("token", f"token:{row.prefix}", "M1")
    with refused("scope_missing"):
        tokens.authenticate(request(secret), "cases:read")


@pytest.mark.parametrize("wrong", ["pz", "pz_x_y", "pz_\x00_y", "x" * 5000, "品"])
def test_whatever_is_wrong_with_a_token_has_one_answer(db, wrong):
    with refused("token_invalid"):
        tokens.recognise(wrong)


def test_expired_revoked_and_altered_tokens_are_invalid(db):
    row, secret = tokens.make(HOUSE, name="n", scopes=["events:write"], days=1)
    with refused("token_invalid"):
        tokens.recognise(secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    with frozen_at(datetime.now(UTC) + timedelta(days=2)), refused("token_invalid"):
        tokens.recognise(secret)
    tokens.revoke(HOUSE, row.prefix)
    with refused("token_invalid"):
        tokens.recognise(secret)
    with refused("token_unknown"):
        tokens.revoke(HOUSE, row.prefix)


def test_plain_views_answer_with_problem_documents(db):
    view = tokens.bearer("events:write")(lambda request, actor: HttpResponse(actor.kind))
    _, secret = tokens.make(HOUSE, name="n", scopes=["cases:read"])
    for token, status, code in (
        (None, 401, "token_missing"),
        ("pz_a_b", 401, "token_invalid"),
        (secret, 403, "scope_missing"),
    ):
        answer = view(request(token))
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert f'"code": "{code}"'.encode() in answer.content
        assert ("WWW-Authenticate" in answer) == (status == 401)


def test_scopes_and_life_are_checked_and_nothing_is_made(db):
    with refused("scope_unknown"):
        tokens.make(HOUSE, name="n", scopes=["everything"])
    with refused("token_life"):
        tokens.make(HOUSE, name="n", scopes=["cases:read"], days=10_000)
    with refused("not_permitted"):
        tokens.make(Actor("person", "person:analyst", None, frozenset({Role.ANALYST})), name="n", scopes=["cases:read"])
    assert not ApiToken.objects.exists()


def test_nobody_gives_himself_a_role_and_the_last_administrator_stays(db):
    one, _ = actions.bootstrap("one")
    with refused("already_set_up"):
        actions.bootstrap("again")
    me = one.actor()
    with refused("own_roles"):
        actions.grant(me, one.pk, Role.MANAGER)
    with refused("last_administrator"):
        actions.revoke(HOUSE, one.pk, Role.ADMINISTRATOR)
    with refused("last_administrator"):
        actions.deactivate(HOUSE, one.pk)
    two, _ = actions.add(me, "two", frozenset({Role.ADMINISTRATOR}))
    actions.revoke(two.actor(), one.pk, Role.ADMINISTRATOR)
    assert list(Grant.objects.values_list("account__username", "role")) == [("two", "administrator")]
    assert Account.objects.get(username="one").is_staff is False
    assert list(FactRow.objects.order_by("seq").values_list("payload__change", flat=True)) == [
        "granted",
        "granted",
        "revoked",
    ]
    assert not FactRow.objects.filter(subject_id__in=["one", "two"]).exists()


def test_outsiders_belong_to_their_organisation_and_get_no_staff_role(db):
    shop = Organisation.objects.create(name="s", kind="merchant", merchant_id="M1")
    with refused("organisation_missing"):
        actions.add(HOUSE, "m", frozenset({Role.MERCHANT}))
    with refused("organisation_foreign"):
        actions.add(HOUSE, "m", frozenset({Role.MERCHANT, Role.ANALYST}), organisation=shop)
    account, _ = actions.add(HOUSE, "m", frozenset({Role.MERCHANT}), organisation=shop)
    with refused("organisation_foreign"):
        actions.grant(HOUSE, account.pk, Role.ANALYST)
    assert (account.actor().merchant_id, account.actor().outside, account.is_staff) == ("M1", True, False)
    assert Account.objects.count() == 1


def test_an_invitation_works_once_and_a_weak_password_does_not_spend_it(db):
    account, secret = actions.add(HOUSE, "ana", frozenset({Role.ANALYST}))
    with refused("password_weak"):
        actions.accept(secret, "short")
    assert actions.accept(secret, "a long pass sentence 1").pk == account.pk
    assert Account.objects.get().check_password("a long pass sentence 1")
    with refused("invitation_invalid"):
        actions.accept(secret, "another pass sentence 2")
    newer = actions.invite(HOUSE, account.pk)
    with frozen_at(datetime.now(UTC) + timedelta(days=8)), refused("invitation_invalid"):
        actions.accept(newer, "another pass sentence 2")


def test_another_merchants_row_is_not_there(db):
    for m in ("M1", "M2"):
        Organisation.objects.create(name=m, kind="merchant", merchant_id=m)
    mine = Actor("person", "person:merchant", 1, merchant_id="M1")
    assert queries.owned_or_404(Organisation.objects.all(), mine, name="M1").name == "M1"
    for name in ("M2", "M3"):
        with pytest.raises(Http404):
            queries.owned_or_404(Organisation.objects.all(), mine, name=name)


def test_everything_done_about_a_subject(db):
    from pinzhi.people.acts import act

    s = Subject(Kind.LISTING, "L1")
    with act("outer", HOUSE, subject=s) as a, act("inner", HOUSE, subject=s):
        pass
    assert [e.verb for e in queries.audit_of(s)] == ["outer", "inner"]
    assert [e.verb for e in queries.audit_of_act(a.id)] == ["inner", "outer"]
