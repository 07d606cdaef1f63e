"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables, the desks, the clock and how the policy is read."""

    name = "pinzhi.life.complaints"
    label = "complaints"

    def ready(self) -> None:
        """Enter the desks, the jobs, how the policy is read, and what the leaves of the ledger commit to."""
        from pinzhi.casework import desks
        from pinzhi.decisions import policies
        from pinzhi.engine import openings
        from pinzhi.life.complaints import (  # noqa: F401 - `placing` and `upkeep` enter the jobs
            allowing,
            desk,
            handing_over,
            incident_desk,
            incidents,
            log,
            money,
            opening,
            placing,
            rechecking,
            upkeep,
        )
        from pinzhi.life.complaints.rules.policy import typed_policy

        for one in (*desk.DESKS, incident_desk.DESK_OF_INCIDENTS, handing_over.DESK, *rechecking.DESKS):
            desks.register(one)
        policies.register_check("complaints", typed_policy)
        openings.register("complaint_step", log.committed_step)
        openings.register("incident_step", incidents.committed_step)
        openings.register("complaint_money", money.committed_movement)
        openings.register("offence", opening.committed_offence)
        openings.register("fast_consent", allowing.committed_consent)
        openings.register("fast_consent_end", allowing.committed_end)
