"""Django application of this room."""

from django.apps import AppConfig


class Config(AppConfig):
    """Registers the tables, the desk, the daily job and how the policy is read."""

    name = "pinzhi.life.admission"
    label = "admission"

    def ready(self) -> None:
        """Enter the desk, the guard of its refusals, the policy's check and the job."""
        from pinzhi.casework import desks
        from pinzhi.decisions import actions as decisions
        from pinzhi.decisions import policies
        from pinzhi.engine import openings, outbox
        from pinzhi.life.admission import lab, upkeep  # noqa: F401 - upkeep enters the jobs
        from pinzhi.life.admission.desk import DESK, lifted_alone
        from pinzhi.life.admission.reactions import REACTIONS
        from pinzhi.life.admission.renewal_desk import DESK as LARGE_CHANGES
        from pinzhi.life.admission.rules.reports.policy import report_policy

        desks.register(DESK)
        desks.register(LARGE_CHANGES)
        outbox.register(REACTIONS)
        decisions.register_guard("admission", lifted_alone)
        policies.register_check("admission", report_policy)
        openings.register("ruleset", lab.committed_ruleset)
