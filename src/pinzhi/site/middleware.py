"""What every answer gets: the strict content policy (nothing but our own files, no inline script or style, no frame), and less weight for pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)

FORM = "/complain"


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """
    Set the policy on every answer. There is no way to loosen it per view.

    One page may stand in a frame, where the operator named the origins that may do so: the form of a complaint. It has no session that a frame could misuse.
    """
    origins: str = settings.EMBED_ORIGINS
    framed = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {origins}")

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if origins and (request.path == FORM or request.path.startswith(f"{FORM}/")):
            response["Content-Security-Policy"] = framed
            response.headers.pop("X-Frame-Options", None)
        else:
            response["Content-Security-Policy"] = POLICY
        response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        return response

    return middleware


PAGES = ("/console/", "/merchant/", "/account/", "/static/")
"""What people load. Programs (API, feeds, ledger tiles) get their bytes as they are."""


def lighter_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pack pages and our own styles and scripts. Django pads each answer by chance, so that its length says nothing about what is in it (BREACH)."""
    packed = GZipMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        return packed(request) if request.path.startswith(PAGES) else get_response(request)  # type: ignore[return-value]

    return middleware
