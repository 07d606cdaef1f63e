"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables and how the policy is read."""

    name = "pinzhi.life.complaints"
    label = "complaints"

    def ready(self) -> None:
        """Say how the policy is read."""
        from pinzhi.decisions import policies
        from pinzhi.life.complaints.rules.policy import typed_policy

        policies.register_check("complaints", typed_policy)
