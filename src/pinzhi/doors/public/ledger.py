"""
The log over HTTP at `/ledger/`, as C2SP tlog-tiles says: `checkpoint`, `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`, and proofs of single decisions.

Everything but the checkpoint never changes and may be cached for ever. Only what a signed checkpoint covers is served. Entries are commitments of 32 bytes;
what they commit to is handed out one by one, to whoever knows the decision's id (74 bits of chance).
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from pinzhi.engine import openings
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.ledger import proofs, store, tiles, witnessing
from pinzhi.ledger.models import Leaf
from pinzhi.ledger.tiles import Place
from pinzhi.ledger.witness import MAX_REQUEST_BYTES, TEXT_TYPE
from pinzhi.people.tokens import problem

FOR_EVER = "public, max-age=31536000, immutable"
_STATUS = {
    "leaf_unknown": 404,
    "leaf_not_openable": 404,
    "leaf_erased": 410,
    "checkpoint_unknown": 400,
    "bad_number": 400,
}


def _open_to_all(response: HttpResponse, cache: str) -> HttpResponse:
    """A public log may be read by any page in any browser: there is nothing here that a login would add."""
    response["Cache-Control"] = cache
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _missing(what: str) -> HttpResponse:
    return _open_to_all(HttpResponse(f"{what}\n", status=404, content_type="text/plain; charset=utf-8"), "no-store")


@require_safe
def checkpoint(_: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    signed = store.latest()
    if signed is None:
        return _missing("no checkpoint has been signed yet")
    return _open_to_all(HttpResponse(signed.note, content_type="text/plain; charset=utf-8"), "no-store")


def _covered(level: int, spelled: str) -> Place | None:
    """The place, if the newest checkpoint covers it."""
    try:
        place = tiles.read_path(spelled)
    except RefusedError:
        return None
    signed = store.latest()
    count = tiles.hashes_at(level, signed.size) if signed else 0
    return place if place.index * tiles.WIDTH + place.width <= count else None


@require_safe
def tile(_: HttpRequest, level: str, place: str) -> HttpResponse:
    """Hashes of one level. 404 for what no checkpoint covers."""
    found = _covered(int(level), place)
    row = store.fetch_tile(int(level), found.index) if found else None
    if found is None or row is None:
        return _missing("no such tile")
    hashes = row[: found.width * tiles.FULL // tiles.WIDTH]
    return _open_to_all(HttpResponse(hashes, content_type="application/octet-stream"), FOR_EVER)


@require_safe
def entries(_: HttpRequest, place: str) -> HttpResponse:
    """The entries under one tile of level 0: the commitments, each with its length."""
    found = _covered(0, place)
    if found is None:
        return _missing("no such entries")
    start = found.index * tiles.WIDTH
    rows = Leaf.objects.filter(index__gte=start, index__lt=start + found.width).order_by("index")
    bundle = tiles.entry_bundle(bytes(c) for c in rows.values_list("commitment", flat=True))
    return _open_to_all(HttpResponse(bundle, content_type="application/octet-stream"), FOR_EVER)


@require_safe
def decision_proof(request: HttpRequest, decision_id: str) -> HttpResponse:
    """The proof of one decision, as a file. `since` (a size, may be repeated) adds consistency proofs, `form=tlog` asks for the C2SP text."""
    return _proof(request, "decision", decision_id)


@require_safe
def event_proof(request: HttpRequest, reference: str) -> HttpResponse:
    """The proof of one event of the chain, by its hash: it commits to the hash and to who handed the event in, so that whoever knows the event may have it."""
    return _proof(request, "event", reference)


def _proof(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    try:
        since = [_size(text) for text in request.GET.getlist("since")]
        opened = openings.open_value(kind, name)
        proof = proofs.prove(opened.index, opened.what(), opened.nonce, at=clock.now(), since=since)
    except RefusedError as no:
        return _problem(no.refusal)
    if request.GET.get("form") == "tlog":
        response = HttpResponse(proof.tlog(), content_type="text/plain; charset=utf-8")
        file = f"{name}.tlog-proof"
    else:
        response = HttpResponse(proof.json(), content_type="application/json")
        file = f"{name}.proof.json"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    response["Cache-Control"] = "private, no-store"
    return response


@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """This installation as a witness of other logs (c2sp.org/tlog-witness); 404 where it is none."""
    if not (settings.LEDGER_WITNESS / witnessing.KEY).exists():
        return _missing("this installation is no witness")
    if int(request.headers.get("Content-Length") or 0) > MAX_REQUEST_BYTES:
        return HttpResponse("a request has at most 64 KiB\n", status=413, content_type=TEXT_TYPE)
    said = witnessing.Witness.open(settings.LEDGER_WITNESS).add_checkpoint(
        request.read(MAX_REQUEST_BYTES + 1), int(clock.now().timestamp())
    )
    return HttpResponse(said.body, status=said.status, content_type=said.content_type)


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise RefusedError(
            Refusal("bad_number", "`since` is the size of a checkpoint", "write a plain number", "since")
        )
    return int(text)


def _problem(no: Refusal) -> HttpResponse:
    """A problem document (RFC 9457)."""
    response = problem(no, _STATUS.get(no.code, 409))
    response["Cache-Control"] = "no-store"
    return response


urlpatterns = [
    path("checkpoint", checkpoint, name="ledger-checkpoint"),
    path("add-checkpoint", add_checkpoint, name="ledger-add-checkpoint"),
    re_path(r"^tile/entries/(?P<place>[0-9x/.p]+)\Z", entries, name="ledger-entries"),
    re_path(r"^tile/(?P<level>[0-9]|[1-5][0-9]|6[0-3])/(?P<place>[0-9x/.p]+)\Z", tile, name="ledger-tile"),
    path("proof/decision/<str:decision_id>", decision_proof, name="ledger-proof-decision"),
    re_path(r"^proof/event/(?P<reference>[0-9a-f]{64})\Z", event_proof, name="ledger-proof-event"),
]
