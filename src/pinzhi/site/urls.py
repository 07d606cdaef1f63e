"""Addresses: each door brings its own."""

from django.urls import include, path

from pinzhi.site.home import home

urlpatterns = [
    path("", include("pinzhi.doors.feeds.urls")),
    path("", include("pinzhi.doors.api.urls")),
    path("", home, name="home"),
    path("console/", include("pinzhi.doors.console.urls")),
    path("merchant/", include("pinzhi.doors.merchant.urls")),
    path("epcis/", include("pinzhi.doors.epcis.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("", include("pinzhi.doors.public.urls")),
]
