"""The policies that decisions cite: readable by version, downloadable, searchable as text."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from pinzhi.decisions import policies as versions
from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.kernel.policy import read_policy

router = Router(tags=["policies"], auth=BearerToken(Scope.POLICIES))
Station = Annotated[str, Path(min_length=1, max_length=32, pattern=r"^[a-z_]+$")]


@router.get("/policies/{station}", response={200: s.PolicyOut, **ERRORS}, operation_id="policy")
def policy(
    request: HttpRequest,  # noqa: ARG001
    station: Station,
    version: Annotated[
        str | None,
        Query(
            max_length=120, pattern=r"^[^\u0000-\u001f\u007f]+$", description="as decisions cite it; default: in force"
        ),
    ] = None,
) -> dict[str, Any]:
    """The policy of a station that is in force, or the version that a decision cites."""
    if station not in versions.stations():
        raise not_found("station")
    if version is None:
        row = versions.row_in_force(station)
        text = row.text if row else versions.packaged_text(station)
    else:
        text = versions.public_text(station, version)
    read = read_policy(text)
    return {
        "station": read.station,
        "version": read.version,
        "in_force_from": read.in_force_from,
        "digest": read.digest,
        "text": text,
    }


@router.get(
    "/policies/{station}/versions", response={200: s.PolicyVersionsOut, **ERRORS}, operation_id="policy_versions"
)
def policy_versions(request: HttpRequest, station: Station) -> dict[str, Any]:  # noqa: ARG001
    """Every published version of a station's policy."""
    if station not in versions.stations():
        raise not_found("station")
    found = [v for v in versions.versions(station) if v.state == "published"]
    return {"packaged": versions.packaged(station).version, "versions": [versions.document(v) for v in found]}
