"""Addresses: each door brings its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("pinzhi.doors.api.urls")),
    path("account/", include("allauth.urls")),
    path("", include("pinzhi.doors.public.urls")),
]
