"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables, the desk and how the policy is read."""

    name = "pinzhi.life.monitoring"
    label = "monitoring"

    def ready(self) -> None:
        """Enter the desk, the jobs and the policy's check."""
        from pinzhi.casework import desks
        from pinzhi.decisions import policies
        from pinzhi.life.monitoring import upkeep  # noqa: F401 - enters the jobs
        from pinzhi.life.monitoring.actions import DESK
        from pinzhi.life.monitoring.contracts import MonitoringPolicy

        desks.register(DESK)
        policies.register_check("monitoring", MonitoringPolicy.of)
