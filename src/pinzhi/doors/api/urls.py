"""Addresses of the interface, and of what a monitor asks."""

from django.urls import path
from django.views.decorators.http import require_safe

from pinzhi.doors.api import health
from pinzhi.doors.api.interface import api, openapi

urlpatterns = [
    path("api/v1/openapi.json", require_safe(openapi), name="openapi"),
    path("api/v1/", api.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
