"""Addresses: each door brings its own."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("pinzhi.doors.feeds.urls")),
    path("", include("pinzhi.doors.api.urls")),
    path("", RedirectView.as_view(pattern_name="console:today")),
    path("console/", include("pinzhi.doors.console.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("", include("pinzhi.doors.public.urls")),
]
