"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables and the jobs."""

    name = "pinzhi.engine"
    label = "engine"

    def ready(self) -> None:
        """Enter the jobs of the night."""
        import pinzhi.engine.upkeep  # noqa: F401 - importing it enters them
