"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables, the desk, the reactions and how the policy is read."""

    name = "pinzhi.life.rating"
    label = "rating"

    def ready(self) -> None:
        """Enter the desk, the reactions and the policy's check."""
        from pinzhi.casework import desks
        from pinzhi.decisions import policies
        from pinzhi.engine import outbox
        from pinzhi.life.rating.desk import DESK
        from pinzhi.life.rating.reactions import REACTIONS
        from pinzhi.life.rating.rules.policy import typed_policy

        desks.register(DESK)
        outbox.register(REACTIONS)
        policies.register_check("rating", typed_policy)
