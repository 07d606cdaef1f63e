"""Who decides in the tests of this room, in a market that has sold nothing yet."""

from __future__ import annotations

import pytest

from pinzhi.life.complaints.tests.buyers import market, person
from pinzhi.people.roles import Actor, Role


@pytest.fixture
def agent(db, settings, tmp_path) -> Actor:
    settings.EVENT_STORE = tmp_path / "events"  # what another test sold is not sold here
    market()
    return person("ada", Role.COMPLAINT_AGENT)


@pytest.fixture
def manager(agent) -> Actor:
    return person("may", Role.MANAGER)
