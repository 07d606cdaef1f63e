"""How people log in: no open sign-up; accounts are made by an administrator or come from the organisation's OIDC provider."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pinzhi.people import lockout


class StaffAccounts(DefaultAccountAdapter):
    """Closed house: nobody signs himself up, and guessing is locked out."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before the password is looked at. Raises ValidationError while the name is locked."""
        super().pre_authenticate(request, **credentials)
        lockout.count_or_refuse("password", str(credentials.get("username", "")))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The account with these credentials, or None; a right password wipes the wrong ones before it."""
        found: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if found is not None:
            lockout.forgive("password", str(credentials.get("username", "")))
        return found


class SignIn(LoginForm):  # type: ignore[misc]
    """The login form in the words of this house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "remember" in self.fields:
            self.fields["remember"].label = _("Stay signed in")
