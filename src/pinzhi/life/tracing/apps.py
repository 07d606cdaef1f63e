"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables, the desk, and how the leaves of events are opened."""

    name = "pinzhi.life.tracing"
    label = "tracing"

    def ready(self) -> None:
        """Enter the desk, the opener of events, the jobs and how the policy is read."""
        from pinzhi.casework import desks
        from pinzhi.decisions import policies
        from pinzhi.engine import openings
        from pinzhi.life.tracing import upkeep  # noqa: F401 - enters the jobs
        from pinzhi.life.tracing.capture import committed_event
        from pinzhi.life.tracing.desk import DESK
        from pinzhi.life.tracing.rules.policy import typed_policy

        desks.register(DESK)
        openings.register("event", committed_event)
        policies.register_check("tracing", typed_policy)
