"""
The second factor: whoever works for the platform and has none is sent to set one up, whatever address he asks for.

Recovery codes alone are none. Programs are not concerned: they carry tokens, not sessions. The middleware closes everything and opens what
somebody needs in order
to set up a factor or to leave, so that a screen that is added later is behind it without asking.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pinzhi.people import lockout
from pinzhi.people.models import Account
from pinzhi.people.roles import STAFF

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
OPEN = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_inactive",
        "set_language",
        "openapi",
        "healthz",
        "readyz",
        "metrics",
    }
)
"""Names of addresses that need no second factor, beside those of the set-up itself (`mfa_…`) and of the programs' interface."""


def missing(request: HttpRequest) -> bool:
    """Whether the person of this request works for the platform and has still to set up a second factor."""
    if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated:
        return False
    person: Account = request.user  # type: ignore[assignment]
    works_here = person.is_staff or bool(person.roles() & STAFF)
    return works_here and not is_mfa_enabled(person, FACTORS)


class SecondFactorFirst:
    """Middleware: nothing but the set-up of a second factor is answered to staff who have none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on; the check needs the resolved address."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Send to the set-up, also from inside a page that htmx refreshes."""
        found = request.resolver_match
        name = found.view_name if found else ""
        if name in OPEN or name.startswith(("mfa_", "api:")) or not missing(request):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": reverse("mfa_index")})
        return redirect("mfa_index")


class SealedFactors(DefaultMFAAdapter):
    """Secrets of authenticator apps lie in the database encrypted, under a key that never changes and is not in the database."""

    @staticmethod
    def _box() -> Fernet:
        key = HKDF(SHA256(), 32, salt=None, info=b"pinzhi second factor").derive(settings.IDENTITY_KEY)
        return Fernet(base64.urlsafe_b64encode(key))

    def encrypt(self, text: str) -> str:
        """Seal a secret."""
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return self._box().decrypt(encrypted_text.encode()).decode()


class _Counted:
    """Every try of a code is counted before it is looked at, as with passwords."""

    user: Account

    def clean_code(self) -> str:
        lockout.count_or_refuse("factor", self.user.username)
        code: str = super().clean_code()  # type: ignore[misc]
        lockout.forgive("factor", self.user.username)
        return code


class CountedAuthenticate(_Counted, AuthenticateForm):  # type: ignore[misc]
    """The code after the password."""


class CountedReauthenticate(_Counted, ReauthenticateForm):  # type: ignore[misc]
    """The code before something important."""
