"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers how the policy is read; the room has no tables, its figures are computed from the events."""

    name = "pinzhi.life.evaluation"
    label = "evaluation"

    def ready(self) -> None:
        """Enter the policy's check."""
        from pinzhi.decisions import policies
        from pinzhi.life.evaluation.rules.policy import typed_policy

        policies.register_check("evaluation", typed_policy)
