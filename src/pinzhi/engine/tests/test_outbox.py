"""The outbox by properties: whatever fails and how often, every reaction's effects happen once, in order, and a dead letter holds back its own subject only."""

from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pinzhi.engine import outbox
from pinzhi.engine.models import Delivery, FactRow, JobRun
from pinzhi.kernel import clock
from pinzhi.kernel.facts import CostBooked
from pinzhi.kernel.values import Kind, Subject

T0 = datetime(2026, 5, 6, 2, tzinfo=UTC)
NAMES = ("test.first", "test.second")
PLANS = st.lists(
    st.tuples(st.integers(0, 2), st.tuples(st.integers(0, 8), st.integers(0, 8)), st.booleans()),
    min_size=1,
    max_size=10,
)
"""Facts: which subject, how often each of the two reactions fails on it, and whether it is written in one act with the one before."""


@contextmanager
def house(plan):
    """Two reactions that leave a row for each effect, and fail as planned: after the row, so that it has to be rolled back."""
    left = {(i, n): failures[k] for i, (_, failures, _) in enumerate(plan) for k, n in enumerate(NAMES)}

    def reaction(name):
        def react(fact, context):
            JobRun.objects.create(
                name=name, key=f"{name}:{context.seq}", queued_at=clock.now(), result=[fact.subject.id, fact.minutes]
            )
            if left[fact.minutes, name]:
                left[fact.minutes, name] -= 1
                raise ValueError("not yet")

        return react

    before = dict(outbox.REACTIONS)
    outbox.REACTIONS.clear()
    outbox.REACTIONS["CostBooked"] = [(n, reaction(n)) for n in NAMES]
    try:
        yield
    finally:
        outbox.REACTIONS.clear()
        outbox.REACTIONS.update(before)


def write(plan):
    acts = []
    for i, (subject, _, together) in enumerate(plan):
        fact = CostBooked(subject=Subject(Kind.LISTING, f"L{subject}"), station="sampling", activity="test", minutes=i)
        entry = outbox.Entry.of_fact(fact, act="a", actor="test")
        acts[-1:] = [[*acts[-1], entry]] if together and acts else [*acts[-1:], [entry]]
    for entries in acts:
        with transaction.atomic():
            outbox.write(entries, at=T0, act="a", actor="test")


def pump_until_quiet(moment):
    """Let time pass until nothing moves any more: the longest wait between two attempts is five minutes."""
    quiet = 0
    while quiet < 2:
        moment += timedelta(seconds=301)
        with clock.frozen_at(moment):
            quiet = 0 if outbox.pump() else quiet + 1
    return moment


def effects():
    done = defaultdict(list)
    for row in JobRun.objects.order_by("pk"):
        subject, number = row.result
        done[row.name, subject].append(number)
    return done


class Outbox(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(PLANS)
    def test_once_in_order_and_the_dead_hold_back_their_own_subject_only(self, plan):
        with house(plan):
            write(plan)
            moment = pump_until_quiet(T0)
            wanted = defaultdict(list)
            for k, name in enumerate(NAMES):
                held = set()
                for i, (subject, failures, _) in enumerate(plan):
                    if subject not in held and failures[k] < outbox.MAX_ATTEMPTS:
                        wanted[name, f"L{subject}"].append(i)
                    else:
                        held.add(subject)
            assert effects() == wanted
            dead = Delivery.objects.filter(state="dead")
            assert all(d.last_error == "ValueError: not yet" for d in dead)

            # a person retries: at most eight failures were planned, so a second life is enough; everything behind follows in order
            while ids := list(Delivery.objects.filter(state="dead").values_list("pk", flat=True)):
                with clock.frozen_at(moment):
                    for pk in ids:
                        outbox.retry(pk)
                moment = pump_until_quiet(moment)
            assert not Delivery.objects.exclude(state="done").exists()
            everything = defaultdict(list)
            for name in NAMES:
                for i, (subject, _, _) in enumerate(plan):
                    everything[name, f"L{subject}"].append(i)
            assert effects() == everything


@pytest.mark.django_db
def test_a_discarded_letter_lets_its_subject_move_on():
    plan = [(0, (8, 0), False), (0, (0, 0), False)]
    with house(plan):
        write(plan)
        moment = pump_until_quiet(T0)
        assert effects() == {("test.second", "L0"): [0, 1]}
        outbox.discard(Delivery.objects.get(state="dead").pk)
        pump_until_quiet(moment)
        assert effects() == {("test.second", "L0"): [0, 1], ("test.first", "L0"): [1]}


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_said():
    fact = CostBooked(subject=Subject(Kind.LISTING, "L0"), station="sampling", activity="test", minutes=0)
    with house([(0, (0, 0), False)]):
        with transaction.atomic():
            outbox.write([outbox.Entry.of_fact(fact)], at=T0, act="a", actor="test")
            assert FactRow.objects.count() == Delivery.objects.count() - 1 == 1
            transaction.set_rollback(True)
        assert outbox.pump() == 0
    assert not FactRow.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_facts_without_a_transaction_are_refused():
    fact = CostBooked(subject=Subject(Kind.LISTING, "L0"), station="sampling", activity="test", minutes=0)
    with pytest.raises(RuntimeError, match="transaction of their act"):
        outbox.write([outbox.Entry.of_fact(fact)], at=T0, act="a", actor="test")
    assert not FactRow.objects.exists()
