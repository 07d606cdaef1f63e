"""Addresses of the public door."""

from django.urls import include, path

from pinzhi.doors.public.report import report

urlpatterns = [
    path("ledger/", include("pinzhi.doors.public.ledger")),
    path("", include("pinzhi.doors.public.scan")),
    path("report", report, name="report"),
]
