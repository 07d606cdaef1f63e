"""Addresses of the console."""

from django.urls import path, re_path

from pinzhi.doors.console import (
    admission,
    agreement,
    cases,
    dossiers,
    duties,
    ending,
    evaluation,
    handed,
    health,
    inspections,
    lab,
    monitor,
    preferences,
    ratings,
    signals,
    today,
    together,
    tracing,
    views,
)

app_name = "console"
_STEPS = "|".join(cases.STEPS)
_CASE = r"(?P<case_id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"

urlpatterns = [
    path("", today.today, name="today"),
    path("cases/", cases.queue, name="queue"),
    path("cases/bulk", together.bulk, name="bulk"),
    path("cases/export", together.export, name="export"),
    path("cases/undo", together.undo, name="undo"),
    path("cases/views/save", views.save, name="view-save"),
    path("cases/views/<int:view_id>/remove", views.remove, name="view-remove"),
    path("cases/<uuid:case_id>/", cases.case, name="case"),
    re_path(rf"^cases/{_CASE}/(?P<verb>{_STEPS})$", cases.step, name="step"),
    path("admission/", admission.index, name="admission"),
    path("admission/ending/", ending.show, name="ending"),
    re_path(
        r"^admission/files/(?P<submission_id>[0-9a-f]{32})/(?P<sha256>[0-9a-f]{64})$", handed.show, name="handed-file"
    ),
    path("admission/rules/", lab.index, name="lab"),
    path("admission/rules/draft", lab.draft, name="lab-draft"),
    re_path(r"^admission/rules/(?P<version_id>\d{1,18})/$", lab.show, name="lab-version"),
    re_path(
        r"^admission/rules/(?P<version_id>\d{1,18})/(?P<verb>backtest|shadow|percentage|live|withdraw|revert)$",
        lab.step,
        name="lab-step",
    ),
    path("tracing/", tracing.index, name="tracing"),
    path("tracing/piece", tracing.piece, name="piece"),
    path("tracing/recalls/new", tracing.call_back, name="call-back"),
    re_path(r"^tracing/recalls/(?P<recall_id>[0-9a-f]{32})/$", tracing.recall, name="recall"),
    re_path(r"^tracing/recalls/(?P<recall_id>[0-9a-f]{32})/grade$", tracing.grade, name="recall-grade"),
    re_path(r"^tracing/recalls/(?P<recall_id>[0-9a-f]{32})/close$", tracing.close, name="recall-close"),
    path("monitoring/", monitor.show, name="monitor"),
    path("monitoring/signals/<slug:signal_id>/", signals.show, name="signal"),
    path("ratings/", ratings.index, name="ratings"),
    path("ratings/<slug:kind>/<path:subject_id>/note", ratings.note, name="rating-note"),
    path("ratings/<slug:kind>/<path:subject_id>/", ratings.show, name="rating"),
    path("evaluation/", evaluation.show, name="evaluation"),
    path("dossiers/", dossiers.index, name="dossiers"),
    path("dossiers/<slug:kind>/<path:subject_id>/", dossiers.show, name="dossier"),
    path("inspections/", inspections.index, name="inspections"),
    path("inspections/new/<uuid:case_id>", inspections.new, name="inspection-new"),
    path("inspections/<uuid:inspection_id>/", inspections.show, name="inspection"),
    re_path(
        rf"^inspections/{_CASE.replace('case_id', 'inspection_id')}/(?P<verb>record|propose|cancel|give_up)$",
        inspections.step,
        name="inspection-step",
    ),
    path("agreement/", agreement.show, name="agreement"),
    path("agreement/task", agreement.task, name="agreement-task"),
    path("agreement/known/<int:item_id>/retire", agreement.retire, name="known-retire"),
    path("duties/", duties.show, name="duties"),
    path("duties/new", duties.new, name="duty-new"),
    path("duties/departments", duties.department, name="department"),
    re_path(r"^duties/(?P<duty_id>\d{1,18})/(?P<verb>done|reopen)$", duties.finish, name="duty-step"),
    path("health/", health.show, name="health"),
    re_path(r"^health/letters/(?P<delivery_id>\d{1,18})/(?P<verb>retry|discard)$", health.letter, name="letter"),
    path("look", preferences.theme, name="theme"),
    path("keys", preferences.keys, name="keys"),
]
