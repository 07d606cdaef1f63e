"""Addresses of the merchant door."""

from django.urls import path, re_path

from pinzhi.doors.merchant import assistant, attaching, batches, complaints, fast, inspections, public_replies, views

app_name = "merchant"
urlpatterns = [
    path("", views.index, name="index"),
    path("listing", views.listing, name="listing"),
    re_path(r"^submissions/(?P<submission_id>[0-9a-f]{32})/$", views.submission, name="submission"),
    re_path(r"^submissions/(?P<submission_id>[0-9a-f]{32})/appeal$", views.appeal, name="appeal"),
    re_path(r"^files/(?P<sha256>[0-9a-f]{64})$", attaching.show, name="file"),
    path("batches/", batches.index, name="batches"),
    path("batches/new", batches.new, name="batch-new"),
    path("batches/file", batches.many, name="batches-file"),
    path("batches/labels/<int:job_id>/<int:number>", batches.labels, name="labels"),
    path("batches/<path:batch_id>/step/<slug:verb>", batches.step, name="batch-step"),
    path("batches/<path:batch_id>/", batches.show, name="batch"),
    path("ask", assistant.ask, name="ask"),
    path("complaints/", complaints.index, name="complaints"),
    path("complaints/fast/", fast.index, name="fast"),
    path("complaints/fast/consent", fast.consent, name="fast-consent"),
    path("complaints/fast/allow", fast.allow, name="fast-allow"),
    path("complaints/fast/end", fast.end, name="fast-end"),
    re_path(r"^complaints/(?P<complaint_id>[0-9a-f]{32})/fast$", fast.one, name="fast-one"),
    re_path(r"^complaints/(?P<complaint_id>[0-9a-f]{32})/object$", fast.object_to, name="fast-object"),
    path("complaints/public/", public_replies.index, name="public-replies"),
    path("complaints/public/say", public_replies.say, name="public-reply"),
    re_path(r"^complaints/(?P<complaint_id>[0-9a-f]{32})/$", complaints.show, name="complaint"),
    re_path(r"^complaints/(?P<complaint_id>[0-9a-f]{32})/answer$", complaints.answer, name="complaint-answer"),
    re_path(r"^complaints/(?P<complaint_id>[0-9a-f]{32})/fulfil$", complaints.fulfil, name="complaint-fulfil"),
    re_path(
        r"^complaints/(?P<complaint_id>[0-9a-f]{32})/files/(?P<sha256>[0-9a-f]{64})$",
        complaints.file,
        name="complaint-file",
    ),
    path("inspections/", inspections.index, name="inspections"),
    path("inspections/<uuid:inspection_id>/", inspections.show, name="inspection"),
    path("inspections/<uuid:inspection_id>/answer", inspections.answer, name="inspection-answer"),
]
