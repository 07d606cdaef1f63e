"""The interface object: routers, description, errors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from pinzhi import __version__
from pinzhi.doors.api import (
    assistant,
    bulk,
    cases,
    complaints,
    decisions,
    files,
    listings,
    policies,
    problems,
    ratings,
    recalls,
    signals,
    subscriptions,
)
from pinzhi.doors.api.access import BearerToken

DESCRIPTION = """Quality supervision for online marketplaces: what is decided about listings, batches and merchants, and why.

Every request carries `Authorization: Bearer <token>`; tokens have scopes. Every error is a problem document (RFC 9457) with `code`, `reason`, `remedy`:
422 when the request is not as described here, 409 when it was understood and is refused, 404 when there is no such thing or it is not yours.
Times are RFC 3339, days ISO 8601, money is a decimal string in yuan."""


PARTS = (listings, files, decisions, subscriptions, policies, cases, signals, ratings, recalls, complaints, assistant)


def _no_unknown_parameters(view: Callable[..., Any]) -> Callable[..., Any]:
    """A query parameter that the operation does not have is an error: a misspelt `afer=5` must not read the feed from its beginning."""

    @functools.wraps(view)
    def checked(request: HttpRequest, *positional: Any, **values: Any) -> Any:
        if unknown := sorted(set(request.GET) - set(values)):
            raise ValidationError([{"loc": ("query", unknown[0]), "msg": "there is no such parameter"}])
        return view(request, *positional, **values)

    return checked


class Interface(NinjaAPI):
    """NinjaAPI whose description says what our errors are: problem documents."""

    def get_openapi_schema(self, **more: Any) -> Any:
        """The OpenAPI document."""
        found = super().get_openapi_schema(**more)
        for methods in found["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "content" in answer:
                        answer["content"] = {problems.MEDIA_TYPE: answer["content"].pop("application/json")}
        return found


def build() -> Interface:
    """The interface with everything mounted."""
    api = Interface(
        title="Pinzhi 品质",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        openapi_url=None,
        urls_namespace="api",
        servers=[],
    )
    problems.install(api)
    api.add_decorator(_no_unknown_parameters)
    for part in PARTS:
        api.add_router("", part.router)
    return api


api = build()


def openapi(_: HttpRequest) -> JsonResponse:
    """The description, open to everybody."""
    return JsonResponse(description())


def description() -> dict[str, Any]:
    """The OpenAPI document, with the scope of each operation in its security requirement (OpenAPI 3.1) and in words."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="api/v1/"))
    scopes = _scopes()
    for methods in found["paths"].values():
        for one in methods.values():
            scope = scopes[one["operationId"]]
            one["security"] = [{BearerToken.__name__: [scope]}]
            one["description"] = f"{one.get('description', '')}\n\nScope: `{scope}`.".strip()
    found["paths"][bulk.PATH] = {"post": bulk.operation()}
    found["components"]["schemas"].update(bulk.SCHEMAS)
    return found


def _scopes() -> dict[str, str]:
    """Operation → scope; the router's where the operation has none of its own."""
    found = {}
    for part in PARTS:
        for view in part.router.path_operations.values():
            for operation in view.operations:
                own = operation.auth_param if isinstance(operation.auth_param, BearerToken) else part.router.auth
                found[str(operation.operation_id)] = str(own.scope)
    return found
