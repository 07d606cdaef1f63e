"""Webhook secrets at rest: encrypted with a key that is derived from the installation's own, so that a copy of the database alone signs nothing."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from pinzhi.kernel.refusal import RefusedError


def _box() -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"pinzhi webhook secrets v1").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def lock(secret: str) -> str:
    """Encrypt a secret for the database."""
    return _box().encrypt(secret.encode()).decode()


def unlock(stored: str) -> bytes:
    """The secret again. Raises RefusedError(`secret_unreadable`) when the installation's key has changed since."""
    try:
        return _box().decrypt(stored.encode())
    except InvalidToken as why:
        raise RefusedError.because(
            "secret_unreadable", "the secret was stored under another PINZHI_SECRET_KEY", "rotate the webhook's secret"
        ) from why
