"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables, the reactions, and what opens the ledger's leaves of decisions."""

    name = "pinzhi.decisions"
    label = "decisions"

    def ready(self) -> None:
        """Enter the reaction table and the openers."""
        import pinzhi.decisions.upkeep  # noqa: F401 - importing it enters the jobs of the night
        from pinzhi.decisions import policies, queries
        from pinzhi.decisions.reactions import REACTIONS
        from pinzhi.engine import openings, outbox

        outbox.register(REACTIONS)
        openings.register("decision", queries.committed_decision)
        openings.register("lift", queries.committed_lift)
        openings.register("policy", policies.committed_policy)
