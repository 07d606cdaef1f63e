"""Addresses of the merchant door."""

from django.urls import path, re_path

from pinzhi.doors.merchant import attaching, inspections, views

app_name = "merchant"
urlpatterns = [
    path("", views.index, name="index"),
    path("listing", views.listing, name="listing"),
    re_path(r"^submissions/(?P<submission_id>[0-9a-f]{32})/$", views.submission, name="submission"),
    re_path(r"^submissions/(?P<submission_id>[0-9a-f]{32})/appeal$", views.appeal, name="appeal"),
    re_path(r"^files/(?P<sha256>[0-9a-f]{64})$", attaching.show, name="file"),
    path("inspections/", inspections.index, name="inspections"),
    path("inspections/<uuid:inspection_id>/", inspections.show, name="inspection"),
    path("inspections/<uuid:inspection_id>/answer", inspections.answer, name="inspection-answer"),
]
