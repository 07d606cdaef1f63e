"""Addresses of the public door."""

from django.urls import include, path, re_path

from pinzhi.doors.public import ask, certificate, complain, complaint, statistics
from pinzhi.doors.public.letters import letters
from pinzhi.doors.public.report import report

urlpatterns = [
    path("ledger/", include("pinzhi.doors.public.ledger")),
    path("", include("pinzhi.doors.public.scan")),
    path("report", report, name="report"),
    re_path(r"^certificates/(?P<paper_id>[0-9a-f]{32})\Z", certificate.file, name="certificate"),
    path("ask", ask.ask, name="ask"),
    path("letters", letters, name="letters"),
    path("complain", complain.begin, name="complain"),
    re_path(r"^complain/(?P<key>[A-Za-z0-9_-]{24})/(?P<number>[1-4])\Z", complain.page, name="complain-page"),
    re_path(r"^complain/(?P<key>[A-Za-z0-9_-]{24})/sent\Z", complain.sent, name="complain-sent"),
    path("complaints/statistics", statistics.page, name="complaint-statistics"),
    path("public/complaints/statistics", statistics.interface, name="complaint-statistics-json"),
    path("complaint", complaint.find, name="complaint-find"),
    re_path(r"^complaint/(?P<receipt>[2-9A-HJ-NP-Z]{10})\Z", complaint.show, name="complaint"),
    re_path(
        r"^complaint/(?P<receipt>[2-9A-HJ-NP-Z]{10})/files/(?P<sha256>[0-9a-f]{64})\Z",
        complaint.file,
        name="complaint-file",
    ),
]
