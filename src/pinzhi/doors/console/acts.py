"""What the audit lines are called: every verb that somebody may do, and how it ended."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTS = {
    "casework.claim": _("case taken"),
    "casework.release": _("case given back"),
    "casework.decide": _("case decided"),
    "casework.confirm": _("confirmed as second person"),
    "casework.reject": _("not confirmed"),
    "casework.withdraw": _("proposal withdrawn"),
    "casework.snooze": _("case put aside"),
    "casework.wake": _("case brought back"),
    "casework.assign": _("case given to a colleague"),
    "casework.escalate": _("case escalated"),
    "casework.ask": _("more asked for"),
    "casework.undo": _("decision taken back"),
    "casework.reopen": _("case reopened"),
    "casework.comment": _("remark added"),
    "casework.settle": _("two answers settled"),
    "casework.golden": _("known answer kept"),
    "casework.task": _("task for the rules opened"),
    "casework.view": _("view saved"),
    "casework.share": _("view shared"),
    "admission.submit": _("listing submitted"),
    "admission.appeal": _("appeal made"),
    "admission.review": _("listing reviewed"),
    "admission.watch": _("papers checked"),
    "monitoring.sweep": _("history swept for signals"),
    "monitoring.judge": _("signal judged"),
    "rating.recompute": _("ratings recomputed"),
    "rating.review": _("rating reviewed"),
    "decisions.lift": _("decision lifted"),
    "decisions.subscribe": _("subscription changed"),
    "decisions.replay": _("decisions sent again"),
    "engine.retry": _("delivery tried again"),
    "engine.discard": _("delivery discarded"),
    "feeds.import": _("events imported"),
    "catalogue.register": _("catalogue registered"),
    "catalogue.update": _("catalogue updated"),
    "catalogue.observe": _("catalogue seen in events"),
    "policy.draft": _("policy drafted"),
    "policy.publish": _("policy published"),
    "people.manage": _("accounts managed"),
    "people.accept": _("invitation accepted"),
    "people.lock": _("sign-in locked"),
    "people.unlock": _("sign-in unlocked"),
    "people.token": _("interface key managed"),
    "people.duty": _("duty entered"),
}
"""Verb → words. A test holds it equal to `people.roles.VERBS`."""
DONE = {"done": _("done"), "refused": _("refused")}
