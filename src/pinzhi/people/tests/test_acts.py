# ruff: noqa: PT012 - what happens inside an act that is refused is what these tests are about
"""`act`: one test per property."""

import pytest
from django.db import transaction

from pinzhi.engine.models import FactRow
from pinzhi.kernel.facts import CaseOpened, CaseReopened
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.ledger.models import Leaf
from pinzhi.people.acts import act
from pinzhi.people.models import AuditLine, Organisation
from pinzhi.people.roles import Actor, Role

RULE = Actor.rule("test/1")
L1 = Subject(Kind.LISTING, "L1")
NO = RefusedError.because("no", "no", "no")


def opened(n=1):
    return CaseOpened(subject=L1, case_id=f"C{n}", desk="d")


def lines():
    return list(AuditLine.objects.order_by("id").values_list("verb", "outcome", "note"))


def test_rows_fact_leaf_and_line_commit_together(db):
    with act("x", RULE, subject=L1) as a:
        Organisation.objects.create(name="o", kind="client")
        a.fact(opened())
        a.leaf("other", "r", {"v": 1})
        a.note = "n"
    fact = FactRow.objects.get()
    assert (fact.act, fact.actor, fact.at) == (a.id, "rule:test/1", a.now)
    assert Leaf.objects.count() == 2
    assert lines() == [("x", "done", "n")]


def test_an_act_without_permission_touches_nothing(db):
    with pytest.raises(RefusedError, match="not_permitted"), act("people.manage", Actor("person", "person")):
        raise AssertionError("the body must not run")
    assert lines() == [("people.manage", "refused", "not_permitted")]


def test_a_refusal_leaves_its_line_only(db):
    with pytest.raises(RefusedError), act("x", RULE) as a:
        Organisation.objects.create(name="o", kind="client")
        a.fact(opened())
        raise NO
    assert lines() == [("x", "refused", "no")]
    assert not Organisation.objects.exists()
    assert not FactRow.objects.exists()
    assert not Leaf.objects.exists()


def test_an_exception_leaves_nothing(db):
    with pytest.raises(ZeroDivisionError), act("x", RULE) as a:
        Organisation.objects.create(name="o", kind="client")
        a.fact(opened())
        1 / 0  # noqa: B018
    assert lines() == []
    assert not Organisation.objects.exists()
    assert not FactRow.objects.exists()


def test_an_inner_act_shares_transaction_and_moment_and_keeps_the_order_of_facts(db):
    with act("outer", RULE) as a:
        a.fact(opened(1))
        with act("inner", Actor.rule("other/1")) as b:
            b.fact(opened(2))
        assert b.now == a.now
        a.fact(opened(3))
    facts = list(FactRow.objects.order_by("seq"))
    assert [f.payload["case_id"] for f in facts] == ["C1", "C2", "C3"]
    assert [f.act for f in facts] == [a.id, b.id, a.id]
    assert [f.actor for f in facts] == ["rule:test/1", "rule:other/1", "rule:test/1"]
    assert AuditLine.objects.get(verb="inner").within == a.id


def test_an_inner_refusal_that_is_caught_undoes_the_inner_act_only(db):
    with act("outer", RULE) as a:
        a.fact(opened(1))
        with pytest.raises(RefusedError), act("inner", RULE) as b:
            b.fact(CaseReopened(subject=L1, case_id="C1", desk="d", why="undo"))
            Organisation.objects.create(name="o", kind="client")
            raise NO
    assert [f.name for f in FactRow.objects.all()] == ["CaseOpened"]
    assert not Organisation.objects.exists()
    assert sorted(lines()) == [("inner", "refused", "no"), ("outer", "done", "")]


def test_an_outer_refusal_undoes_the_inner_act_too(db):
    with pytest.raises(RefusedError), act("outer", RULE):
        with act("inner", RULE) as b:
            b.fact(opened())
        raise NO
    assert not FactRow.objects.exists()
    assert lines() == [("outer", "refused", "no")]


@pytest.mark.django_db(transaction=True)
def test_the_line_of_a_refusal_outlives_a_transaction_around_it():
    for end in ("roll back", "commit"):
        try:
            with transaction.atomic():
                with pytest.raises(RefusedError), act("x", RULE):
                    raise NO
                if end == "roll back":
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    with act("y", RULE):
        pass
    assert sorted(lines()) == [("x", "refused", "no"), ("x", "refused", "no"), ("y", "done", "")]


def test_a_token_may_only_what_its_scopes_say():
    client = Actor("token", "token:x", roles=frozenset({Role.API_CLIENT}), scopes=frozenset({"events:write"}))
    assert client.may("feeds.import")
    assert not client.may("catalogue.register")
    assert not client.may("casework.decide")
