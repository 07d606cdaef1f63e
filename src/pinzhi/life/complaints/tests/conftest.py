"""Who decides in the tests of this room, in a market that has sold nothing yet."""

from __future__ import annotations

import pytest

from pinzhi.life.complaints.tests.buyers import market, person
from pinzhi.people.roles import Actor, Role


@pytest.fixture
def shops(db, settings, tmp_path) -> None:
    settings.EVENT_STORE = tmp_path / "events"  # what another test sold is not sold here
    market()


@pytest.fixture
def agent(shops) -> Actor:
    return person("ada", Role.COMPLAINT_AGENT)


@pytest.fixture
def manager(shops) -> Actor:
    return person("may", Role.MANAGER)
