"""`/epcis/capture` and `POST /epcis/events`: documents and single events in. What is answered 202 or 201 is durable."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from pinzhi.doors.epcis.access import JSON_TYPES, MOST_EVENTS, XML_TYPES
from pinzhi.doors.epcis.paging import begun, linked, parameters, size_of
from pinzhi.doors.epcis.problems import body_of, not_there
from pinzhi.engine import bodies
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.tracing import capture as station
from pinzhi.life.tracing.models import CaptureJob
from pinzhi.life.tracing.selecting import stamp
from pinzhi.people.roles import Actor

BEHAVIOURS = ("rollback", "proceed")


def take(request: HttpRequest, by: Actor) -> HttpResponse:
    """POST /capture: 202 with the address of the job. Every event is stored and on the ledger by then, or named in the job."""
    parameters(request)
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", "rollback").strip().lower()
    if behaviour not in BEHAVIOURS:
        raise RefusedError.because(
            "error_behaviour_unknown",
            f"«{behaviour[:40]}» is no error behaviour",
            "rollback or proceed",
            field="GS1-Capture-Error-Behaviour",
        )
    job = station.capture(_document(request), by, rollback=behaviour == "rollback", most=MOST_EVENTS)
    answer = HttpResponse(status=202)
    answer["Location"] = f"/epcis/capture/{job.pk}"
    answer["GS1-Capture-Error-Behaviour"] = behaviour
    return answer


def take_one(request: HttpRequest, by: Actor) -> HttpResponse:
    """POST /events: 201 with the address of the event; 200 where it was stored already, 409 where its id has other content."""
    parameters(request)
    taken = station.capture_one(_document(request), by)
    answer = HttpResponse(status=201 if taken.fresh else 200)
    answer["Location"] = f"/epcis/events/{quote(taken.event_id, safe='')}"
    return answer


def _document(request: HttpRequest) -> bytes:
    """The body, JSON-LD or XML as its type says. Raises RefusedError: `media_type_unknown`, and those of `bodies.body_of`."""
    kind = (request.content_type or "").lower()
    if kind not in (*JSON_TYPES, *XML_TYPES):
        raise RefusedError.because(
            "media_type_unknown",
            f"{kind or 'no type'} is not taken here",
            f"send {', '.join((*JSON_TYPES, *XML_TYPES))}",
        )
    data = bodies.body_of(request, settings.FEED_BODY_BYTES)
    xml = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] in (b"<", b"\xff", b"\xfe") or data[:2] in (
        b"\xff\xfe",
        b"\xfe\xff",
    )
    if data and xml != (kind in XML_TYPES):
        raise RefusedError.because("body_differs", f"the body is no {kind}", "send the type that the body has")
    return data


def job(request: HttpRequest, by: Actor, job_id: str) -> HttpResponse:
    """GET /capture/{id}: what became of a document. A merchant sees its own."""
    parameters(request)
    row = _own(by).filter(pk=job_id).first()
    if row is None:
        raise not_there("job")
    return JsonResponse(document(row), json_dumps_params={"ensure_ascii": False})


def jobs(request: HttpRequest, by: Actor) -> HttpResponse:
    """GET /capture: jobs, the newest first."""
    parameters(request)
    place, size = begun(request, []), size_of(request)
    rows = _own(by).order_by("-at", "-pk")
    if place is not None:
        rows = rows.filter(at__lte=place[0]).exclude(at=place[0], pk__gte=place[1])
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    answer = JsonResponse([document(r) for r in found[:size]], safe=False, json_dumps_params={"ensure_ascii": False})
    return linked(answer, request, [], [last.at.isoformat(), last.pk] if last else None)


def _own(by: Actor) -> Any:
    rows = CaptureJob.objects.all()
    return rows.filter(owner=by.merchant_id) if by.merchant_id else rows


def document(row: CaptureJob) -> dict[str, Any]:
    """A capture job as the standard describes it, with our counts beside."""
    errors = [_error(e) for e in station.document(row)["errors"]]
    return {
        "captureID": row.pk,
        "createdAt": stamp(row.at),
        "finishedAt": stamp(row.finished_at) if row.finished_at else None,
        "running": row.running,
        "success": not row.running and not row.errors,
        "captureErrorBehaviour": "rollback" if row.rollback else "proceed",
        "errors": errors,
        "accepted": row.accepted,
        "duplicate": row.duplicate,
        "refused": row.refused,
    }


def _error(error: dict[str, Any]) -> dict[str, Any]:
    """A refusal inside a document: which event (from 0; -1: the document), where in it, and why in both languages."""
    told = Refusal(error["code"], error["message_en"], "mend what stands at the place named and send it again")
    place = {"instance": error["path"]} if error["path"] else {}
    return body_of(told, **place, event=error["number"], reason_zh=error["message_zh"])
