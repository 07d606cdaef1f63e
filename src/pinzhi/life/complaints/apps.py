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
        from pinzhi.life.complaints import handing_over, placing, upkeep  # noqa: F401 - enter the jobs
        from pinzhi.life.complaints.desk import DESKS
        from pinzhi.life.complaints.incident_desk import DESK_OF_INCIDENTS
        from pinzhi.life.complaints.rules.policy import typed_policy

        for one in (*DESKS, DESK_OF_INCIDENTS, handing_over.DESK):
            desks.register(one)
        policies.register_check("complaints", typed_policy)
