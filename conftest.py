"""Fixtures for every test: the shared public data, and a home folder of its own for each run."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "house", deadline=None
)  # how long one example takes depends on who else is working
hypothesis.settings.load_profile("house")
os.environ.setdefault("PINZHI_HOME", tempfile.mkdtemp(prefix="pinzhi-test-"))
os.environ.setdefault("PINZHI_SECRET_KEY", "only-for-tests")
os.environ.setdefault("PINZHI_SECOND_FACTOR", "0")
Path(os.environ["PINZHI_HOME"], "static").mkdir(
    parents=True, exist_ok=True
)  # what set-up makes; the server warns without it


def shared_folder() -> Path | None:
    """The folder of public data beside the checkout, or None."""
    for place in (os.environ.get("PINZHI_SHARED"), Path(__file__).parent.parent / "shared"):
        if place and (Path(place) / "data").is_dir():
            return Path(place)
    return None


@pytest.fixture(scope="session")
def shared() -> Path:
    """`shared.joinpath("data", …)`; skips with a reason where the data is not there."""
    found = shared_folder()
    if found is None:
        pytest.skip("the public data sets (../shared) are not on this machine")
    return found


@pytest.fixture(scope="session")
def official_texts(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Any]]:
    """The official texts of statutes, taken in from the public collections as an operator does it. They are not packaged."""
    import json

    from pinzhi.law import texts
    from pinzhi.life.complaints import assistant_tables

    def forget() -> None:
        for cached in (texts.library, assistant_tables.shelf, assistant_tables.assistant):
            cached.cache_clear()

    os.environ["PINZHI_LAW_TEXTS"] = str(tmp_path_factory.mktemp("law-texts"))
    rows = [
        json.loads(line)
        for name in ("law-consumer-cn", "law-supplement")
        for line in (shared / "data" / name / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    texts.take_in(rows)
    forget()
    yield texts.library
    del os.environ["PINZHI_LAW_TEXTS"]
    forget()


@pytest.fixture(scope="session", autouse=True)
def columns_hold() -> Iterator[None]:
    """SQLite keeps a text that is too long for its column, PostgreSQL refuses it: here both refuse."""
    from django.db import models
    from django.db.models.signals import pre_save  # noqa: TID251 - the product has none; this looks at what it saves

    def look(sender: Any, instance: Any, **_: Any) -> None:
        for field in sender._meta.concrete_fields:  # noqa: SLF001 - the framework's way to its columns
            value = getattr(instance, field.attname) if isinstance(field, models.CharField) else None
            if isinstance(value, str) and field.max_length and len(value) > field.max_length:
                raise ValueError(
                    f"{sender.__name__}.{field.name} holds {field.max_length}, not {len(value)}: {value!r}"
                )

    pre_save.connect(look, dispatch_uid="columns hold", weak=False)
    yield
    pre_save.disconnect(dispatch_uid="columns hold")


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Do something with each of several values at once, a thread and a connection of its own for each. For tests whose transactions are real."""
    from django.db import connection

    def doing(do: Callable[[Any], Any], values: Iterable[Any] = range(5)) -> list[Any]:
        def one(value: Any) -> Any:
            try:
                return do(value)
            finally:
                connection.close()

        given = list(values)
        with ThreadPoolExecutor(len(given)) as pool:
            return list(pool.map(one, given))

    return doing
