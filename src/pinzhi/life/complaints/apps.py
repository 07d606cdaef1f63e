"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables, the desks, the clock and how the policy is read."""

    name = "pinzhi.life.complaints"
    label = "complaints"

    def ready(self) -> None:
        """Enter the desks, the jobs and how the policy is read."""
        from pinzhi.casework import desks
        from pinzhi.decisions import policies
        from pinzhi.life.complaints import (  # noqa: F401 - `placing` and `upkeep` enter the jobs
            desk,
            handing_over,
            incident_desk,
            placing,
            rechecking,
            upkeep,
        )
        from pinzhi.life.complaints.rules.policy import typed_policy

        for one in (*desk.DESKS, incident_desk.DESK_OF_INCIDENTS, handing_over.DESK, *rechecking.DESKS):
            desks.register(one)
        policies.register_check("complaints", typed_policy)
