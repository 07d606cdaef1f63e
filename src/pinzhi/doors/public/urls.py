"""Addresses of the public door."""

from django.urls import include, path

urlpatterns = [
    path("ledger/", include("pinzhi.doors.public.ledger")),
]
