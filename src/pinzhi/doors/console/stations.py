"""The nine stations as the interface calls them, in the order of a product's life."""

from django.utils.translation import gettext_lazy as _

STATION_WORDS = {
    "admission": _("Admission"),
    "tracing": _("Tracing"),
    "monitoring": _("Monitoring"),
    "sampling": _("Sampling"),
    "complaints": _("Complaints"),
    "rating": _("Rating"),
    "sanctions": _("Sanctions"),
    "training": _("Training"),
    "evaluation": _("Evaluation"),
}
