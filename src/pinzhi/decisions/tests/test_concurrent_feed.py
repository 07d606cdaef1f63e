"""The feed under concurrent commits, and the same decision asked for by several at once. On whatever database the tests run on."""

import threading

import pytest
from django.db import connection

from pinzhi.decisions import queries
from pinzhi.decisions.models import DecisionRow
from pinzhi.decisions.tests.samples import issued
from pinzhi.kernel.values import Kind, Subject

WRITERS, EACH = 4, 8
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def together(work):
    """Run `work(n)` in several threads that start at once; gives what they raised."""
    gate, raised = threading.Barrier(WRITERS), []

    def one(n):
        try:
            gate.wait()
            work(n)
        except Exception as why:  # noqa: BLE001 - the test asserts that nothing was raised
            raised.append(why)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    return threads, raised


def test_a_reader_that_keeps_its_cursor_misses_nothing_and_sees_nothing_twice():
    def write(n):
        for i in range(EACH):
            issued(Subject(Kind.LISTING, f"L{n}-{i}"))

    threads, raised = together(write)
    seen, cursor = [], 0
    while any(t.is_alive() for t in threads) or queries.last_cursor() > cursor:
        for step in queries.steps(cursor, 3):
            seen.append(step.decision.id)
            cursor = step.cursor
    for thread in threads:
        thread.join()
    assert raised == []
    assert len(seen) == len(set(seen)) == WRITERS * EACH
    assert set(seen) == set(DecisionRow.objects.values_list("pk", flat=True))


def test_the_same_decision_is_taken_once_however_many_ask():
    threads, raised = together(lambda _: issued(Subject(Kind.LISTING, "L")))
    for thread in threads:
        thread.join()
    assert raised == []
    assert DecisionRow.objects.count() == 1
    assert len(queries.steps()) == 1
