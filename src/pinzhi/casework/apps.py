"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables."""

    name = "pinzhi.casework"
    label = "casework"

    def ready(self) -> None:
        """Registers its one desk: tasks for the texts of rules."""
        from pinzhi.casework.agreement import register_desk

        register_desk()
