"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables and the reactions."""

    name = "pinzhi.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Enter the reaction table."""
        from pinzhi.decisions.reactions import REACTIONS
        from pinzhi.engine import outbox

        outbox.register(REACTIONS)
