"""Jobs: in the caller's transaction, once per key, tried again, visible; schedules by turns."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django_q.models import OrmQ

from pinzhi.engine import jobs
from pinzhi.engine.jobs import MAX_ATTEMPTS, NullBroker, Schedule, enqueue, perform, turn_of
from pinzhi.engine.models import JobRun
from pinzhi.kernel.clock import frozen_at
from pinzhi.kernel.refusal import RefusedError

T0 = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)  # 10:00 in China


@pytest.fixture
def broker(monkeypatch):
    mine = NullBroker()
    before = jobs.use(mine)
    yield mine
    jobs.use(before)


@pytest.fixture
def add(monkeypatch):
    def work(progress, *, left, right):
        progress.total(2)
        progress.done(2)
        if right == 0:
            raise ZeroDivisionError("by nothing")
        return {"sum": left + right}

    monkeypatch.setitem(jobs.JOBS, "test.add", work)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_asked_for(add):
    with transaction.atomic():
        enqueue("test.add", key="one", left=1, right=2)
        transaction.set_rollback(True)
    assert (JobRun.objects.count(), OrmQ.objects.count()) == (0, 0)
    with transaction.atomic():
        enqueue("test.add", key="one", left=1, right=2)
    assert (JobRun.objects.count(), OrmQ.objects.count()) == (1, 1)
    with pytest.raises(RuntimeError):
        enqueue("test.add", key="two", left=1, right=2)


def test_the_same_key_is_one_job_and_a_message_twice_does_no_harm(db, add, broker):
    first = enqueue("test.add", key="one", left=1, right=2)
    assert enqueue("test.add", key="one", left=5, right=5).pk == first.pk
    assert broker.sent == [first.pk]
    assert [perform(first.pk), perform(first.pk)] == ["done", "left alone"]
    run = JobRun.objects.get()
    assert (run.state, run.result, run.done, run.total, run.attempts) == ("done", {"sum": 3}, 2, 2, 1)


def test_a_failing_job_is_tried_again_then_stays_visible_until_a_person_retries(db, add, broker):
    run = enqueue("test.add", key="one", left=1, right=0)
    states = [perform(run.pk) for _ in range(MAX_ATTEMPTS + 1)]
    assert states == ["queued"] * (MAX_ATTEMPTS - 1) + ["failed", "left alone"]
    assert broker.sent == [run.pk] * MAX_ATTEMPTS
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "ZeroDivisionError: by nothing")
    jobs.retry(run.pk)
    with pytest.raises(RefusedError, match=r"^job_not_failed:"):
        jobs.retry(run.pk)
    assert perform(run.pk) == "queued"


def test_a_cancelled_job_is_not_run(db, add, broker):
    run = enqueue("test.add", key="one", left=1, right=2)
    jobs.cancel(run.pk)
    assert perform(run.pk) == "left alone"
    assert JobRun.objects.get().result is None


def test_unknown_jobs_and_arguments_without_a_canonical_form_are_refused(db, add, broker):
    with pytest.raises(RefusedError, match=r"^job_unknown:"):
        enqueue("test.gone", key="one")
    with pytest.raises(TypeError):
        enqueue("test.add", key="one", left=1.5, right=2)
    assert (JobRun.objects.count(), broker.sent) == (0, [])


def test_the_job_of_a_dead_worker_is_taken_over_once(db, add, broker):
    with frozen_at(T0):
        run = enqueue("test.add", key="one", left=1, right=2)
    JobRun.objects.update(state="running", started_at=T0, attempts=1)
    assert jobs.take_over_stalled(T0 + timedelta(minutes=59)) == 0
    assert perform(run.pk) == "left alone"
    assert [jobs.take_over_stalled(T0 + timedelta(minutes=61)) for _ in range(2)] == [1, 0]
    assert perform(run.pk) == "done"


@pytest.mark.parametrize(
    ("period", "offset", "now", "turn"),
    [
        (timedelta(days=1), timedelta(hours=3), T0, datetime(2026, 5, 5, 19, tzinfo=UTC)),
        (timedelta(days=1), timedelta(hours=11), T0, datetime(2026, 5, 5, 3, tzinfo=UTC)),
        (timedelta(hours=6), timedelta(), T0, datetime(2026, 5, 5, 22, tzinfo=UTC)),
        (timedelta(hours=1), timedelta(minutes=20), T0, datetime(2026, 5, 6, 1, 20, tzinfo=UTC)),
    ],
)
def test_turns_are_counted_from_midnight_in_china(period, offset, now, turn):
    assert turn_of(Schedule("x", period, offset), now) == turn


def test_a_turn_is_taken_once_and_missed_ones_are_not_made_up_for(db, add, broker, monkeypatch):
    monkeypatch.setattr(jobs, "SCHEDULES", [])
    jobs.every(timedelta(days=1), "test.add", offset=timedelta(hours=3))
    assert [jobs.enqueue_due(T0), jobs.enqueue_due(T0 + timedelta(hours=1))] == [1, 0]
    assert [jobs.enqueue_due(T0 + timedelta(days=9)), JobRun.objects.count()] == [1, 2]
    with pytest.raises(ValueError, match="divides"):
        jobs.every(timedelta(hours=7), "test.add")
    with pytest.raises(ValueError, match="no job"):
        jobs.every(timedelta(hours=6), "test.gone")


def test_the_night_keeps_the_store_and_the_webhooks(db, tmp_path, settings, broker):
    settings.EVENT_STORE = tmp_path / "events"
    assert {s.name for s in jobs.SCHEDULES} >= {"engine.compact", "decisions.forget_dispatches"}
    for name in ("engine.compact", "decisions.forget_dispatches"):
        assert perform(enqueue(name, key=name).pk) == "done"
    assert JobRun.objects.get(name="engine.compact").result == {"joined": 0, "removed": 0, "swept": 0}


@pytest.mark.django_db
def test_finished_turns_are_forgotten_and_nothing_else(add, broker, monkeypatch):
    monkeypatch.setattr(jobs, "SCHEDULES", [Schedule("test.add", timedelta(minutes=1), timedelta())])
    for key, state, days in (
        ("test.add 2026-03-01T00:01", "done", 40),
        ("test.add 2026-03-01T00:02", "failed", 40),  # a fault stays to be looked at
        ("test.add 2026-05-01T00:01", "done", 5),
        ("test.add by hand", "done", 40),  # its key is done once, for ever
    ):
        at = T0 - timedelta(days=days)
        JobRun.objects.create(name="test.add", key=key, state=state, queued_at=at, ended_at=at)
    assert jobs.forget_turns(T0 - timedelta(days=30)) == 1
    assert not JobRun.objects.filter(key="test.add 2026-03-01T00:01").exists()
    assert JobRun.objects.count() == 3
