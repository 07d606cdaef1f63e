"""The models of the house: trained once, whatever asks at once, kept whole, and never trained by a request."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pinzhi.life.complaints import reader, reading, tables, upkeep
from pinzhi.life.complaints.rules.triage.model import Model
from pinzhi.life.complaints.tests.reading import small_alarm, small_model

POLICY = tables.packaged_policy().triage


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """An empty house; what was trained in it."""
    done: list[str] = []

    def one(name: str, model: Model) -> Model:
        done.append(name)
        return model

    monkeypatch.setenv("PINZHI_HOME", str(tmp_path))
    monkeypatch.setattr(reader, "_held", {})
    monkeypatch.setattr(reader, "trained_on_own", lambda _: one("own", small_model()))
    monkeypatch.setattr(reader, "trained_on_perils", lambda _: one("danger", small_alarm()))
    for cached in (reader._packaged_places, reader._own, reader._alarm):
        cached.cache_clear()
    yield done
    monkeypatch.undo()
    for cached in (reader._packaged_places, reader._own, reader._alarm):
        cached.cache_clear()


def test_who_asks_at_once_gets_the_one_that_is_trained_once(trainings: list[str]) -> None:
    with ThreadPoolExecutor(4) as at_once:
        found = list(at_once.map(reader.own_model, [POLICY] * 4))
    assert trainings == ["own"]
    assert all(f is found[0] for f in found)
    reader._held.clear()  # another process
    assert reader.own_model(POLICY).to_bytes() == found[0].to_bytes()
    assert trainings == ["own"]
    assert [p.suffix for p in reader.home().iterdir() if not p.name.startswith(".")] == [".model"]


@pytest.mark.parametrize("harm", ["absent", "empty", "cut"])
def test_a_request_reads_by_words_until_the_job_has_mended_what_is_not_whole(trainings: list[str], harm: str) -> None:
    if harm != "absent":
        reader.own_model(POLICY)
        reader.alarm(POLICY)
        own, _ = reader._packaged_places()
        own.write_bytes(b"" if harm == "empty" else own.read_bytes()[:-3])
        reader._held.clear()
        trainings.clear()
    assert not reader.trained()
    assert reading.read_words("充电宝冒烟了", "").level == 1
    assert reading._reader().models == ()
    assert trainings == []
    upkeep.learn(Steps())  # type: ignore[arg-type]
    assert reader.trained()
    assert trainings == (["own", "danger"] if harm == "absent" else ["own"])
    assert reading._reader().models == (reader.own_model(POLICY),)


def test_a_folder_that_cannot_be_written_is_no_hindrance(trainings: list[str], tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be", encoding="utf-8")
    assert reader.own_model(POLICY) is reader.own_model(POLICY)
    assert trainings == ["own"]


class Steps:
    """What a job tells of its progress; nobody asks here."""

    def done(self, count: int) -> None:
        """Nothing."""
